"""What holds after any history of an office day, however clumsy (BILLING J1-J12)."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from medbill_desktop.domain.ids import IdMaker
from medbill_desktop.domain.journal import (
    TRANSFER_REASONS,
    WRITE_OFF_REASONS,
    Account,
    Kind,
    Line,
    NothingToPost,
    Unbalanced,
    posting_of,
)
from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import accounts, commands, journal, payments
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.accounts import (
    AgingAsOf,
    ExplainBalance,
    OpenAccount,
    aging,
    explain_balance,
    open_account,
)
from medbill_desktop.usecases.adjustments import (
    TransferResponsibility,
    UndoAdjustment,
    WriteOff,
    transfer_responsibility,
    undo_adjustment,
    write_off,
)
from medbill_desktop.usecases.charges import (
    CorrectFee,
    EnterSuperbills,
    VoidCharge,
    correct_fee,
    enter_superbills,
    void_charge,
)
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.payments import (
    ApplyCredit,
    PatientPayment,
    TakePayment,
    Unapply,
    UndoLast,
    VoidPayment,
    apply_credit,
    take_payment,
    unapply,
    undo_last,
    void_payment,
)
from tests.door import FakeClock, desk_for, make_vault, person
from tests.ledger_rows import FEES, Folk, a_patient, a_superbill, furnish

NUMBERS = count(1)


@dataclass
class Office:
    """Two patients of one guarantor, and what was done for them so far."""

    desk: Desk
    vault: object
    folk: list[Folk]
    charges: dict[int, int] = field(default_factory=dict)  # each with the place of its patient
    visits: dict[int, int] = field(default_factory=dict)
    payments: list[int] = field(default_factory=list)

    def owed(self, charge_id):
        with self.vault.reader.begin() as conn:
            sums = accounts.sums_of_charge(conn, charge_id)
        return sums.owes_cents, sums.pending_cents

    def live(self, kind):
        with self.vault.reader.begin() as conn:
            mine = select(t.journal_line.c.posting_id).where(
                t.journal_line.c.patient_id.in_([each.patient_id for each in self.folk])
            )
            wanted = select(t.posting.c.id).where(t.posting.c.kind == kind, t.posting.c.id.in_(mine), journal.live())
            return list(conn.execute(wanted.order_by(t.posting.c.id)).scalars())

    def run(self, case, command):
        """Send a command twice: it is done once and answers the same."""
        first = self.desk.run(case, command)
        before = self.count()
        assert self.desk.run(case, command) == first
        assert self.count() == before
        return first

    def count(self):
        with self.vault.reader.begin() as conn:
            return conn.execute(select(func.count()).select_from(t.posting)).scalar_one()


@pytest.fixture(scope="module")
def practice(tmp_path_factory):
    clock = FakeClock()
    vault = make_vault(tmp_path_factory.mktemp("laws"))
    furnish(vault)
    yield vault, clock
    vault.close()


ACTS = ("charge", "pay", "copay", "keep", "apply", "write off", "to patient", "to plan", "void charge", "correct",
        "void payment", "unapply", "undo adjustment", "undo", "tomorrow")  # fmt: skip
steps = st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 40), st.integers(1, 1_100)), min_size=20, max_size=30)


def pick(things, number):
    """Choose one of what there is; of nothing there is an id that nobody has."""
    return list(things)[number % len(things)] if things else 5


def act(office: Office, what: str, number: int, permille: int) -> None:
    """Do one thing, with an amount that is mostly right; what is refused must change nothing, as the laws show."""
    charge_id = pick(office.charges, number)
    who = office.folk[office.charges[charge_id]]
    owed, pending = office.owed(charge_id)
    part, of_plan = max(1, owed * permille // 1000), max(1, pending * permille // 1000)
    own = office.folk[number % 2]
    new_id = office.desk.new_id()
    match what:
        case "charge":
            charge(office, number % 2, number)
        case "pay":
            pay(office, own, part, None, None)
        case "keep":
            pay(office, own, permille, (), None)
        case "copay":
            pay(office, office.folk[office.visits[(visit_id := pick(office.visits, number))]], part, None, visit_id)
        case "apply":
            office.run(apply_credit, ApplyCredit(new_id, own.guarantor_id))
        case "write off":
            by_plan = not owed
            command = WriteOff(new_id, charge_id, of_plan if by_plan else part, pick(WRITE_OFF_REASONS, number),
                               who.coverage_id if by_plan else None)  # fmt: skip
            office.run(write_off, command)
        case "to patient":
            move(office, new_id, charge_id, who.coverage_id, None, number, of_plan)
        case "to plan":
            move(office, new_id, charge_id, None, who.coverage_id, number, part)
        case "void charge":
            office.run(void_charge, VoidCharge(new_id, charge_id, "law"))
        case "correct":
            office.run(correct_fee, CorrectFee(new_id, charge_id, permille * 10, "law"))
        case "void payment":
            office.run(void_payment, VoidPayment(new_id, pick(office.payments, number), "law"))
        case "unapply":
            office.run(unapply, Unapply(new_id, pick(office.live(Kind.APPLY), number)))
        case "undo adjustment":
            adjustments = office.live(Kind.TRANSFER) + office.live(Kind.ADJUSTMENT)
            office.run(undo_adjustment, UndoAdjustment(new_id, pick(adjustments, number)))
        case "undo":
            office.run(undo_last, UndoLast(new_id))
        case "tomorrow":
            office.desk.clock.move(days=1)


def charge(office, patient, number):
    who = office.folk[patient]
    codes = [list(FEES)[(number + each) % len(FEES)] for each in range(1 + number % 3)]
    day = office.desk.clock.today() - timedelta(days=number * 4)
    bill = a_superbill(who, day, *codes, self_pay=number % 3 == 0)
    done = office.run(enter_superbills, EnterSuperbills(office.desk.new_id(), (bill,)))
    office.charges |= dict.fromkeys(done.charge_ids, patient)
    office.visits |= dict.fromkeys(done.visit_ids, patient)


def pay(office, who, cents, allocation, visit_id):
    payment = PatientPayment(who.guarantor_id, cents, "cash", allocation=allocation, visit_id=visit_id)
    office.payments.append(office.run(take_payment, TakePayment(office.desk.new_id(), payment)).payment_id)


def move(office, new_id, charge_id, source, target, number, cents):
    part = None if number % 2 else cents
    command = TransferResponsibility(new_id, charge_id, source, target, pick(TRANSFER_REASONS, number), part)
    office.run(transfer_responsibility, command)


def check_laws(office: Office) -> None:
    with office.vault.reader.begin() as conn:
        assert (found := journal.journal_check(conn)).is_sound, found
        sums = journal.trial_balance(conn)
        assert sum(sums.values()) == 0
        party = (t.journal_line.c.charge_id, t.journal_line.c.coverage_id, t.journal_line.c.guarantor_id)
        owing = select(func.sum(t.journal_line.c.cents)).where(t.journal_line.c.account == Account.RECEIVABLE)
        assert all(cents >= 0 for cents in conn.execute(owing.group_by(*party)).scalars())
        credit = select(func.sum(t.journal_line.c.cents)).where(t.journal_line.c.account == Account.PATIENT_CREDIT)
        of_payment = credit.group_by(t.journal_line.c.payment_id, t.journal_line.c.visit_id)
        assert all(cents <= 0 for cents in conn.execute(of_payment).scalars())
        items = accounts.open_items(conn)
        held = accounts.credits(conn)
        waits = sum(each.cents for each in payments.credits_of(conn, office.folk[0].guarantor_id))
    receivable = sums.get(Account.RECEIVABLE, 0)
    assert sum(each.owes_cents + each.pending_cents for each in items) == receivable
    for each in items:
        parts = each.insurance_paid_cents + each.adjusted_cents + each.patient_paid_cents
        assert each.charged_cents - parts == each.owes_cents + each.pending_cents
        assert (each.since is None) == (each.owes_cents == 0)
    assert held.get(office.folk[0].guarantor_id, 0) == waits
    assert -sum(held.values()) == sums.get(Account.PATIENT_CREDIT, 0)
    desk = office.desk
    report = desk.ask(aging, AgingAsOf())
    assert report.total.total_cents == receivable
    assert desk.ask(aging, AgingAsOf(desk.clock.today() - timedelta(days=1))).total.total_cents >= 0
    every = [desk.ask(open_account, OpenAccount(who.patient_id)) for who in office.folk]
    assert sum(each.totals.balance_cents for each in every) == receivable
    for account in every:
        assert account.patient_aging.total_cents == account.patient_owes_cents
        assert account.insurance_aging.total_cents == account.with_insurance_cents
    why = desk.ask(explain_balance, ExplainBalance(guarantor_id=office.folk[0].guarantor_id))
    assert sum(each.cents for each in why.entries) == why.balance_cents
    for charge_id in list(office.charges)[:3]:
        why = desk.ask(explain_balance, ExplainBalance(charge_id=charge_id))
        assert sum(each.cents for each in why.entries) == why.balance_cents == why.owes_cents + why.with_insurance_cents
        assert sum(each.cents for each in why.entries if each.undone or each.kind == Kind.REVERSAL) == 0


def take_everything_back(office: Office) -> None:
    with office.vault.reader.begin() as conn:
        paid = [each for each in office.payments if payments.get(conn, each).voided_at is None]
        live = select(t.charge.c.id).where(t.charge.c.id.in_(list(office.charges)), t.charge.c.voided_at.is_(None))
        charged = list(conn.execute(live).scalars())
    for payment_id in paid:
        office.run(void_payment, VoidPayment(office.desk.new_id(), payment_id, "law"))
    for charge_id in charged:
        office.run(void_charge, VoidCharge(office.desk.new_id(), charge_id, "law"))


def check_history(practice, history) -> None:
    vault, clock = practice
    first = a_patient(vault, next(NUMBERS), secondary=True)
    second = a_patient(vault, next(NUMBERS), guarantor_id=first.guarantor_id, first="Teo")
    office = Office(desk_for(vault, person({Role.OWNER}), clock), vault, [first, second])
    for patient, number in ((0, 1), (0, 3), (1, 2)):
        charge(office, patient, number)
    for what, number, permille in history:
        with suppress(Refused):
            act(office, what, number, permille)
    check_laws(office)
    take_everything_back(office)
    check_laws(office)
    with vault.reader.begin() as conn:
        assert set(journal.trial_balance(conn).values()) <= {0}
        assert accounts.open_items(conn) == []


_slow = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=10, deadline=None, suppress_health_check=_slow)
@given(steps)
def test_any_history_balances_and_can_be_taken_back_whole(practice, history):
    check_history(practice, history)


@pytest.mark.long
@pytest.mark.timeout(900)
@settings(max_examples=150, deadline=None, suppress_health_check=_slow)
@given(steps)
def test_many_histories_balance_and_can_be_taken_back_whole(practice, history):
    check_history(practice, history)


@given(st.lists(st.integers(-10_000, 10_000), max_size=6))
def test_a_posting_sums_to_zero_or_is_not_made(amounts):
    lines = [Line(Account.CASH, cents) for cents in amounts]
    if not any(amounts):
        with pytest.raises(NothingToPost):
            posting_of(Kind.PAYMENT, FakeClock().today(), lines)
    elif sum(amounts):
        with pytest.raises(Unbalanced):
            posting_of(Kind.PAYMENT, FakeClock().today(), lines)
    else:
        made = posting_of(Kind.PAYMENT, FakeClock().today(), lines)
        assert [line.cents for line in made.lines] == [cents for cents in amounts if cents]


def test_ids_never_come_twice_when_the_clock_is_set_back(vault, clock):
    furnish(vault)
    who = a_patient(vault)
    for _ in range(3):
        with vault.reader.begin() as conn:
            ids = IdMaker(1, commands.last_id(conn))
        desk = desk_for(vault, person({Role.OWNER}), clock)
        desk._ids = ids  # as after a restart, which has nothing but the database to go by
        desk.run(enter_superbills, EnterSuperbills(desk.new_id(), (a_superbill(who, clock.today()),)))
        clock.move(hours=-1)
    with vault.reader.begin() as conn:
        assert conn.execute(select(func.count()).select_from(t.posting)).scalar_one() == 3
