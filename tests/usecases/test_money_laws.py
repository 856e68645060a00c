"""What holds after any history of money: slips, refunds, returned checks, agencies, plans (BILLING J9, T5)."""

from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from medbill_desktop.domain.day_sheet import continues
from medbill_desktop.domain.deposits import Pieces
from medbill_desktop.domain.journal import Account, mirror_of
from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import accounts, deposits, journal, refunds
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.accounts import AgingAsOf, OpenAccount, aging, open_account
from medbill_desktop.usecases.collections import AgencyRemit, Reinstate, agency_remit, reinstate
from medbill_desktop.usecases.day_sheet import DaySheet, day_sheet
from medbill_desktop.usecases.deposits import (
    CloseSlip,
    MovePayments,
    NoteBankLine,
    StartSlip,
    close_slip,
    move_payments,
    note_bank_line,
    start_slip,
)
from medbill_desktop.usecases.merging import MergePatients, UndoMerge, merge_patients, undo_merge
from medbill_desktop.usecases.payments import PatientPayment, TakePayment, take_payment
from medbill_desktop.usecases.plans import EndPlan, MakePlan, PlanTerms, end_plan, make_plan
from medbill_desktop.usecases.refunds import (
    ApproveRefund,
    AskRefund,
    PayRefund,
    RefuseRefund,
    StaleRefund,
    WithdrawRefund,
    approve_refund,
    ask_refund,
    pay_refund,
    refuse_refund,
    stale_refund,
    withdraw_refund,
)
from medbill_desktop.usecases.returned import ReturnPayment, return_payment
from medbill_desktop.usecases.small_balances import (
    ListSmallBalances,
    WriteOffSmall,
    list_small_balances,
    write_off_small,
)
from tests.door import FakeClock, desk_for, make_vault, person
from tests.ledger_rows import a_patient, furnish
from tests.usecases.test_ledger_laws import NUMBERS, Office, act, charge, pick

MONEY_ACTS = ("check", "card", "close slip", "next slip", "move", "bank", "ask refund", "approve", "refuse",
              "pay refund", "withdraw", "stale", "return", "agency", "reinstate", "small", "plan",
              "end plan")  # fmt: skip
MERGE_ACTS = ("merge", "unmerge")
OTHER_ACTS = ("charge", "pay", "copay", "keep", "apply", "write off", "to patient", "void charge", "void payment",
              "unapply", "undo adjustment", "undo", "tomorrow")  # fmt: skip
# What must come before something can happen is drawn more often.
ACTS = (*MONEY_ACTS, *OTHER_ACTS, "check", "card", "keep", "close slip", "ask refund", "approve", "tomorrow")
steps = st.lists(
    st.tuples(st.sampled_from((*ACTS, *MERGE_ACTS, *MERGE_ACTS)), st.integers(0, 40), st.integers(1, 1_100)),
    min_size=25,
    max_size=40,
)


@pytest.fixture(scope="module")
def practice(tmp_path_factory):
    vault, clock = make_vault(tmp_path_factory.mktemp("money")), FakeClock()
    furnish(vault)
    yield vault, clock
    vault.close()


def ids(office, table, *where):
    with office.vault.reader.begin() as conn:
        return list(conn.execute(select(table.c.id).where(*where).order_by(table.c.id.desc()).limit(40)).scalars())


def money_act(office, biller, what, number, permille):
    desk, own = office.desk, office.folk[number % 2]
    new_id, today = desk.new_id(), desk.clock.today()
    own_money = t.payment.c.guarantor_id == own.guarantor_id
    payment_id = pick(ids(office, t.payment, own_money), number)
    mine = t.refund.c.guarantor_id == own.guarantor_id
    slip_id = pick(ids(office, t.deposit, t.deposit.c.kind == "slip"), number)
    match what:
        case "check" | "card":
            payment = PatientPayment(own.guarantor_id, permille * 20, what, allocation=() if number % 3 else None)
            office.payments.append(office.run(take_payment, TakePayment(new_id, payment)).payment_id)
        case "close slip":
            with office.vault.reader.begin() as conn:
                slip = deposits.get(conn, slip_id)
            have = max(slip.cents + (number % 3 - 1), 0)
            pieces = (Pieces(1, have),) if slip.method == "cash" else ()
            counted = None if pieces else have
            office.run(close_slip, CloseSlip(new_id, slip.id, slip.cents, pieces, counted, "miscounted"))
        case "next slip":
            office.run(start_slip, StartSlip(new_id, slip_id))
        case "move":
            office.run(move_payments, MovePayments(new_id, (payment_id,), slip_id))
        case "bank":
            office.run(note_bank_line, NoteBankLine(new_id, slip_id, today, permille))
        case "ask refund":
            with office.vault.reader.begin() as conn:
                cents = sum(each.cents for each in refunds.buckets(conn, payment_id))
            cents = cents if number % 2 else max(1, cents * permille // 1000)
            method = ("cash", "check", "card")[number % 3]
            biller.run(ask_refund, AskRefund(new_id, payment_id, cents, method, "overpaid"))
        case "approve":
            waiting = ids(office, t.refund, mine, t.refund.c.state == "asked")
            office.run(approve_refund, ApproveRefund(new_id, pick(waiting, number)))
        case "refuse":
            waiting = ids(office, t.refund, mine, t.refund.c.state == "asked")
            office.run(refuse_refund, RefuseRefund(new_id, pick(waiting, number), "law"))
        case "pay refund":
            waiting = ids(office, t.refund, mine, t.refund.c.state == "approved")
            office.run(pay_refund, PayRefund(new_id, pick(waiting, number), "1"))
        case "withdraw":
            waiting = ids(office, t.refund, mine, t.refund.c.state == "approved")
            office.run(withdraw_refund, WithdrawRefund(new_id, pick(waiting, number), "law"))
        case "stale":
            paid = ids(office, t.refund, mine, t.refund.c.state == "paid")
            office.run(stale_refund, StaleRefund(new_id, pick(paid, number)))
        case "return":
            office.run(return_payment, ReturnPayment(new_id, payment_id, today, "chargeback"))
        case "agency":
            gross = permille * 10
            office.run(agency_remit, AgencyRemit(new_id, own.guarantor_id, gross, gross // 3, "check"))
        case "reinstate":
            office.run(reinstate, Reinstate(new_id, pick(office.charges, number), permille))
        case "small":
            rows = desk.ask(list_small_balances, ListSmallBalances())
            chosen = tuple(each.guarantor_id for each in rows)
            office.run(write_off_small, WriteOffSmall(new_id, chosen, sum(each.cents for each in rows)))
        case "plan":
            office.run(make_plan, MakePlan(new_id, PlanTerms(own.guarantor_id, permille, 3, today)))
        case "end plan":
            live = ids(office, t.payment_plan, t.payment_plan.c.ended_on.is_(None))
            office.run(end_plan, EndPlan(new_id, pick(live, number), "broken", "law"))
        case "merge":
            one, other = office.folk if number % 2 else office.folk[::-1]
            guarantor_id = None if number % 3 else other.guarantor_id
            apart = sums_of(office)
            office.run(merge_patients, MergePatients(new_id, one.patient_id, other.patient_id, guarantor_id))
            assert sums_of(office) == apart
        case "unmerge":
            both = t.patient_merge.c.merged_id.in_([each.patient_id for each in office.folk])
            apart = sums_of(office)
            office.run(undo_merge, UndoMerge(new_id, pick(ids(office, t.patient_merge, both), 0)))
            assert sums_of(office) == apart


def sums_of(office):
    """What the practice has in all: nothing of it may change because two records are one person."""
    with office.vault.reader.begin() as conn:
        items = accounts.open_items(conn)
        return (
            journal.trial_balance(conn), sum(accounts.credits(conn).values()), {each.charge_id for each in items},
            sum(each.owes_cents for each in items), sum(each.pending_cents for each in items),
            conn.execute(select(func.count()).select_from(t.journal_line)).scalar_one(),
        )  # fmt: skip


def check_money(office):
    with office.vault.reader.begin() as conn:
        assert (found := journal.journal_check(conn)).is_sound, found
        sums = journal.trial_balance(conn)
        items, held = accounts.open_items(conn), accounts.credits(conn)
        lines = t.journal_line.c
        of_slip = select(lines.deposit_id, func.sum(lines.cents)).where(lines.account == Account.CASH)
        cash = dict(conn.execute(of_slip.group_by(lines.deposit_id)).all())
        closed = conn.execute(select(t.deposit).where(t.deposit.c.closed_on.is_not(None))).all()
        payable = conn.execute(select(func.sum(t.refund.c.cents)).where(t.refund.c.state == "approved")).scalar() or 0
    receivable = sums.get(Account.RECEIVABLE, 0)
    assert sum(sums.values()) == 0
    assert sum(each.owes_cents + each.pending_cents for each in items) == receivable
    assert -sum(held.values()) == sums.get(Account.PATIENT_CREDIT, 0)
    assert office.desk.ask(aging, AgingAsOf()).total.total_cents == receivable
    assert -sums.get(Account.REFUNDS_PAYABLE, 0) == payable
    for slip in closed:
        never_cashed = slip.kind == "disbursement" and slip.bank_cents == 0
        left = 0 if never_cashed else slip.slip_cents
        assert cash.get(slip.id, 0) == left, "a closed deposit still equals its slip, or what the bank booked"
    every = [office.desk.ask(open_account, OpenAccount(who.patient_id)) for who in office.folk]
    for account in every:
        assert account.totals.balance_cents == account.patient_owes_cents + account.with_insurance_cents
        assert account.patient_aging.total_cents == account.patient_owes_cents


def check_days(office, first):
    today = office.desk.clock.today()
    days = [first + timedelta(days=at) for at in range((today - first).days + 1)]
    sheets = [office.desk.ask(day_sheet, DaySheet(day)).sheet for day in days]
    for sheet in sheets:
        assert sheet.is_proved, [each.sentence() for each in sheet.checks]
    for one, other in pairwise(sheets):
        assert continues(one.figures(), other.figures())
    assert office.desk.ask(day_sheet, DaySheet(first, today)).sheet.is_proved


def reverse_all(office):
    """Mirror every live posting, the newest first, as nobody can at the desk."""
    desk = office.desk
    with office.vault.writer.begin() as conn:
        live = (
            conn.execute(select(t.posting.c.id).where(journal.live()).order_by(t.posting.c.id.desc())).scalars().all()
        )
        for posting_id in live:
            mirror = mirror_of(journal.get(conn, posting_id), posting_id, desk.clock.today())
            journal.add(conn, [(desk.new_id(), mirror)], user_id=1, command_id=desk.new_id(),
                        recorded_at=desk.clock.now(), new_id=desk.new_id)  # fmt: skip
    with office.vault.reader.begin() as conn:
        assert journal.journal_check(conn).is_sound
        assert set(journal.trial_balance(conn).values()) <= {0}
        assert accounts.open_items(conn) == []
        assert accounts.credits(conn) == {}


def check_history(practice, history):
    vault, clock = practice
    clock.move(days=1)
    first = clock.today()
    one = a_patient(vault, next(NUMBERS) + 5_000, insured=False)
    other = a_patient(vault, next(NUMBERS) + 5_000, secondary=True)
    office = Office(desk_for(vault, person({Role.OWNER}), clock), vault, [one, other])
    biller = desk_for(vault, person({Role.BILLER}, 2), clock)
    for patient, number in ((0, 1), (1, 3)):
        charge(office, patient, number)
    done = set()
    for what, number, permille in history:
        with suppress(Refused):
            (money_act(office, biller, what, number, permille) if what in (*MONEY_ACTS, *MERGE_ACTS)
             else act(office, what, number, permille))  # fmt: skip
            done.add(what)
    check_money(office)
    check_days(office, first)
    with vault.writer.begin() as conn:
        conn.execute(t.deposit.update().where(t.deposit.c.closed_on.is_(None)).values(filled_at=clock.now()))
    return office, done


_slow = [HealthCheck.too_slow, HealthCheck.data_too_large]


@settings(max_examples=8, deadline=None, suppress_health_check=_slow)
@given(steps)
def test_any_history_of_money_is_proved_day_by_day(practice, history):
    check_history(practice, history)


@pytest.mark.long
@pytest.mark.timeout(1_800)
@settings(max_examples=100, deadline=None, suppress_health_check=_slow)
@given(st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 40), st.integers(1, 1_100)), min_size=60, max_size=90))
def test_thousands_of_events_are_proved_day_by_day(practice, history):
    check_history(practice, history)


def test_a_long_history_comes_to_nothing_when_every_posting_is_reversed(tmp_path):
    vault, clock = make_vault(tmp_path), FakeClock()
    furnish(vault)
    chance = Random(7)
    history = [(chance.choice(ACTS), chance.randint(0, 40), chance.randint(1, 1_100)) for _ in range(450)]
    office, done = check_history((vault, clock), history)
    assert set(MONEY_ACTS) - done <= {"small", "reinstate", "stale", "refuse"}, (
        "an act that never succeeds proves nothing"
    )
    reverse_all(office)
    vault.close()
