from dataclasses import asdict, replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Invalid, NotAllowed, OverLimit, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import journal, statement_facts
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.accounts import AgingAsOf, OpenAccount, aging, open_account
from medbill_desktop.usecases.adjustments import TransferResponsibility, WriteOff, transfer_responsibility, write_off
from medbill_desktop.usecases.charges import (
    CorrectFee,
    EnterSuperbills,
    VoidCharge,
    correct_fee,
    enter_superbills,
    void_charge,
)
from medbill_desktop.usecases.paying import credit_shares
from medbill_desktop.usecases.payments import (
    Allocation,
    ApplyCredit,
    DayPayments,
    PatientPayment,
    PaymentForm,
    ReceiptOf,
    TakePayment,
    TakePayments,
    Unapply,
    UndoLast,
    VoidPayment,
    apply_credit,
    day_payments,
    payment_form,
    receipt_of,
    take_payment,
    take_payments,
    unapply,
    undo_last,
    void_payment,
)
from tests.ledger_rows import START, a_patient, a_superbill, charge, furnish, pay

TODAY = date(2026, 11, 18)


@pytest.fixture
def nora(vault):
    furnish(vault)
    return a_patient(vault)


def owed_and_credit(desk, who):
    form = desk.ask(payment_form, PaymentForm(who.guarantor_id))
    return [each.cents for each in form.owed], form.credit_cents


def balances(vault):
    with vault.reader.begin() as conn:
        assert (found := journal.journal_check(conn)).is_sound, found
        return {str(account): cents for account, cents in journal.trial_balance(conn).items() if cents}


def test_a_payment_pays_the_oldest_service_first_and_the_rest_is_credit(desk, vault, nora):
    [late] = charge(desk, nora, "36415", self_pay=True)
    [early] = charge(desk, nora, "99213", day=TODAY - timedelta(days=30), self_pay=True)
    assert [each.charge_id for each in desk.ask(payment_form, PaymentForm(nora.guarantor_id)).owed] == [early, late]
    taken = pay(desk, nora, 170_00)
    assert (taken.number, taken.applied_cents, taken.credit_cents) == ("1-1", 170_00, 0)
    assert owed_and_credit(desk, nora) == ([7_00], 0)
    taken = pay(desk, nora, 10_00, method="check", reference="1044")
    assert (taken.number, taken.applied_cents, taken.credit_cents) == ("1-2", 7_00, 3_00)
    assert owed_and_credit(desk, nora) == ([], 3_00)
    assert balances(vault) == {"revenue": -177_00, "cash": 180_00, "patient_credit": -3_00}


def test_a_payment_pays_what_a_person_chose(desk, nora):
    _, second = charge(desk, nora, "99213", "36415", self_pay=True)
    taken = pay(desk, nora, 20_00, allocation=(Allocation(second, 12_00),))
    assert (taken.applied_cents, taken.credit_cents) == (12_00, 8_00)
    assert owed_and_credit(desk, nora) == ([165_00], 8_00)
    assert pay(desk, nora, 5_00, allocation=()).credit_cents == 5_00


def test_a_plans_part_is_never_paid_by_the_patient(desk, nora):
    [only] = charge(desk, nora)
    assert pay(desk, nora, 20_00).credit_cents == 20_00
    with pytest.raises(Invalid, match="owes nothing on this charge"):
        pay(desk, nora, 20_00, allocation=(Allocation(only, 20_00),))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"cents": 0}, "cents"),
        ({"cents": -5}, "cents"),
        ({"method": "gold"}, "method"),
        ({"reference": "4111-1111-1111-1111"}, "reference"),
        ({"reference": "1044\x00"}, "reference"),
        ({"received_on": TODAY + timedelta(days=1)}, "received_on"),
        ({"guarantor_id": Id(5)}, "guarantor"),
        ({"patient_id": Id(5)}, "patient"),
        ({"visit_id": Id(5)}, "patient"),
        ({"allocation": (Allocation(Id(5), 1),)}, "allocation.1"),
    ],
)
def test_a_problem_stands_at_its_field_and_nothing_is_taken(desk, vault, nora, change, field):
    good = {"guarantor_id": nora.guarantor_id, "cents": 10_00, "method": "cash"}
    with pytest.raises(Invalid) as caught:
        desk.run(take_payment, TakePayment(desk.new_id(), PatientPayment(**{**good, **change})))
    assert [p.field for p in caught.value.problems] == [field]
    with vault.reader.begin() as conn:
        assert conn.execute(select(t.payment)).first() is None


def test_an_allocation_is_no_more_than_owed_and_no_more_than_given(desk, nora):
    [only] = charge(desk, nora, "36415", self_pay=True)
    for parts in ((Allocation(only, 12_01),), (Allocation(only, 6_00), Allocation(only, 6_00)), (Allocation(only, 0),)):
        with pytest.raises(Invalid):
            pay(desk, nora, 50_00, allocation=parts)
    with pytest.raises(Invalid, match=r"there is 5\.00"):
        pay(desk, nora, 5_00, allocation=(Allocation(only, 12_00),))


def test_a_payment_joins_the_open_slip_of_its_method(desk, vault, nora):
    for method in ("cash", "check", "cash", "card"):
        pay(desk, nora, 1_00, method=method)
    with vault.reader.begin() as conn:
        slips = {row.method: row.id for row in conn.execute(select(t.deposit))}
        joined = [(row.method, row.deposit_id) for row in conn.execute(select(t.payment).order_by(t.payment.c.id))]
    assert sorted(slips) == ["card", "cash", "check"]
    assert joined == [(method, slips[method]) for method in ("cash", "check", "cash", "card")]


def test_a_copay_waits_for_its_visit_and_pays_once_the_patient_owes(desk, vault):
    """BILLING J60 a1, a2, a7."""
    furnish(vault)
    who = a_patient(vault, secondary=True)
    with vault.writer.begin() as conn:
        conn.execute(t.visit.insert().values(id=77, patient_id=who.patient_id, service_date=TODAY, provider_id=11,
                                             place_id=12, status="open", created_at=desk.clock.now()))  # fmt: skip
    pay(desk, who, 25_00, visit_id=Id(77))
    assert balances(vault) == {"cash": 25_00, "patient_credit": -25_00}
    first, _ = charge(desk, who, "99214", "94010", visit_id=Id(77))
    assert balances(vault) == {"receivable": 240_00, "revenue": -240_00, "cash": 25_00, "patient_credit": -25_00}
    charge(desk, who, "36415", self_pay=True)
    with pytest.raises(Refused, match="Choose the charges"):
        desk.run(apply_credit, ApplyCredit(desk.new_id(), who.guarantor_id))
    move = TransferResponsibility(desk.new_id(), first, who.coverage_id, None, "patient_share", 25_00)
    assert desk.run(transfer_responsibility, move).owed_cents == 0
    assert owed_and_credit(desk, who) == ([12_00], 0)
    assert balances(vault) == {"receivable": 227_00, "revenue": -252_00, "cash": 25_00}


def a_kept_visit(vault, who, visit_id):
    with vault.writer.begin() as conn:
        conn.execute(t.visit.insert().values(id=visit_id, patient_id=who.patient_id, service_date=TODAY,
                                             provider_id=11, place_id=12, status="open", created_at=START))  # fmt: skip


def test_each_guarantors_copay_pays_what_that_guarantor_owes(desk, vault, nora):
    other = a_patient(vault, 2, last="Other")
    a_kept_visit(vault, nora, 77)

    def now_pays(guarantor_id):
        with vault.writer.begin() as conn:
            conn.execute(t.patient.update().where(t.patient.c.id == nora.patient_id).values(guarantor_id=guarantor_id))

    pay(desk, nora, 25_00, visit_id=Id(77))
    now_pays(other.guarantor_id)
    pay(desk, other, 5_00, visit_id=Id(77))
    now_pays(nora.guarantor_id)
    charge(desk, nora, visit_id=Id(77), self_pay=True)
    assert owed_and_credit(desk, nora) == ([140_00], 0)
    assert owed_and_credit(desk, other) == ([], 5_00)


def test_a_copay_taken_off_finds_its_visit_again_behind_an_older_debt(desk, vault, nora):
    charge(desk, nora, day=TODAY - timedelta(days=9), self_pay=True)
    a_kept_visit(vault, nora, 77)
    charge(desk, nora, "36415", visit_id=Id(77), self_pay=True)
    pay(desk, nora, 12_00, visit_id=Id(77))
    with vault.reader.begin() as conn:
        applied = conn.execute(select(t.posting.c.id).where(t.posting.c.kind == "apply")).scalar_one()
    desk.run(unapply, Unapply(desk.new_id(), applied))
    assert owed_and_credit(desk, nora) == ([165_00, 12_00], 12_00)
    assert desk.run(apply_credit, ApplyCredit(desk.new_id(), nora.guarantor_id)).applied_cents == 12_00
    assert owed_and_credit(desk, nora) == ([165_00], 0)


def test_a_copay_is_free_once_its_visit_is_settled(desk, vault, nora):
    a_kept_visit(vault, nora, 77)
    pay(desk, nora, 25_00, visit_id=Id(77))
    charge(desk, nora, "36415", day=TODAY - timedelta(days=3), self_pay=True)
    [only] = charge(desk, nora, visit_id=Id(77))
    assert desk.ask(payment_form, PaymentForm(nora.guarantor_id)).credits[0].visit_id == 77
    with pytest.raises(Refused, match="Choose the charges"):
        desk.run(apply_credit, ApplyCredit(desk.new_id(), nora.guarantor_id))
    desk.run(write_off, WriteOff(desk.new_id(), only, 165_00, "denial", nora.coverage_id))
    form = desk.ask(payment_form, PaymentForm(nora.guarantor_id))
    assert form.credits[0].visit_id is None
    told = credit_shares(form)
    with vault.reader.begin() as conn:
        [facts] = statement_facts.facts(conn, TODAY, [nora.guarantor_id])
    assert (facts.credit_cents, facts.earmarks) == (25_00, ())
    assert desk.run(apply_credit, ApplyCredit(desk.new_id(), nora.guarantor_id)).applied_cents == 12_00
    assert sum(each.cents for each in told) == 12_00
    assert owed_and_credit(desk, nora) == ([], 13_00)
    assert balances(vault)["patient_credit"] == -13_00


def test_money_of_an_earlier_day_never_pays_a_debt_before_it_began(desk, nora):
    charge(desk, nora, self_pay=True)
    pay(desk, nora, 165_00, received_on=TODAY - timedelta(days=2))
    for back in range(4):
        report = desk.ask(aging, AgingAsOf(TODAY - timedelta(days=back)))
        assert report.total.buckets == (0, 0, 0, 0, 0)


def test_a_fee_corrected_from_nothing_is_not_undone_into_a_void(desk, nora):
    bill = a_superbill(nora, TODAY, self_pay=True)
    bill = replace(bill, lines=(replace(bill.lines[0], fee_cents=0),))
    [free] = desk.run(enter_superbills, EnterSuperbills(desk.new_id(), (bill,))).charge_ids
    desk.run(correct_fee, CorrectFee(desk.new_id(), free, 50_00, "forgotten"))
    with pytest.raises(Refused, match="corrected"):
        desk.run(undo_last, UndoLast(desk.new_id()))
    assert owed_and_credit(desk, nora) == ([50_00], 0)


def test_a_copay_of_a_self_pay_visit_pays_at_entry(desk, vault, nora):
    with vault.writer.begin() as conn:
        conn.execute(t.visit.insert().values(id=77, patient_id=nora.patient_id, service_date=TODAY, provider_id=11,
                                             place_id=12, status="open", created_at=desk.clock.now()))  # fmt: skip
    pay(desk, nora, 200_00, visit_id=Id(77))
    charge(desk, nora, visit_id=Id(77), self_pay=True)
    assert owed_and_credit(desk, nora) == ([], 35_00)


def test_a_stack_is_taken_whole_or_not_at_all(desk, vault, nora):
    charge(desk, nora, self_pay=True)
    good = PatientPayment(nora.guarantor_id, 100_00, "cash")
    bad = PatientPayment(nora.guarantor_id, 0, "cash")
    with pytest.raises(Invalid) as caught:
        desk.run(take_payments, TakePayments(desk.new_id(), (good, bad)))
    assert [p.field for p in caught.value.problems] == ["payment.2.cents"]
    assert owed_and_credit(desk, nora) == ([165_00], 0)
    command = TakePayments(desk.new_id(), (good, good))
    done = desk.run(take_payments, command)
    assert [(each.number, each.applied_cents, each.credit_cents) for each in done] == [
        ("1-1", 100_00, 0),
        ("1-2", 65_00, 35_00),
    ]
    assert desk.run(take_payments, command) == done
    assert owed_and_credit(desk, nora) == ([], 35_00)
    balances(vault)


def test_two_equal_payments_are_two_and_one_sent_twice_is_one(desk, nora):
    payment = PatientPayment(nora.guarantor_id, 10_00, "cash")
    command = TakePayment(desk.new_id(), payment)
    assert desk.run(take_payment, command) == desk.run(take_payment, command)
    desk.run(take_payment, TakePayment(desk.new_id(), payment))
    assert owed_and_credit(desk, nora) == ([], 20_00)


def test_credit_is_applied_and_unapplied_exactly(desk, vault, nora):
    pay(desk, nora, 8_00)
    pay(desk, nora, 8_00)
    charge(desk, nora, "36415", self_pay=True)
    done = desk.run(apply_credit, ApplyCredit(desk.new_id(), nora.guarantor_id))
    assert (done.applied_cents, done.credit_cents) == (12_00, 4_00)
    with vault.reader.begin() as conn:
        wanted = select(t.posting.c.id).where(t.posting.c.kind == "apply").order_by(t.posting.c.id)
        first, second = conn.execute(wanted).scalars()
    desk.run(unapply, Unapply(desk.new_id(), first))
    assert owed_and_credit(desk, nora) == ([8_00], 12_00)
    with pytest.raises(Refused, match="taken back already"):
        desk.run(unapply, Unapply(desk.new_id(), first))
    desk.run(unapply, Unapply(desk.new_id(), second))
    assert balances(vault) == {"receivable": 12_00, "revenue": -12_00, "cash": 16_00, "patient_credit": -16_00}
    with pytest.raises(Refused, match="no credit"):
        desk.run(apply_credit, ApplyCredit(desk.new_id(), Id(2_000_009)))


def test_a_payment_is_void_only_while_its_slip_is_open(desk, vault, nora):
    charge(desk, nora, self_pay=True)
    first, second = pay(desk, nora, 100_00), pay(desk, nora, 100_00)
    desk.run(void_payment, VoidPayment(desk.new_id(), first.payment_id, "counted twice"))
    assert owed_and_credit(desk, nora) == ([100_00], 35_00)
    with pytest.raises(Refused, match="void already"):
        desk.run(void_payment, VoidPayment(desk.new_id(), first.payment_id, "counted twice"))
    with vault.writer.begin() as conn:
        conn.execute(t.deposit.update().values(closed_on=TODAY))
    with pytest.raises(Refused, match="deposit of this payment is closed"):
        desk.run(void_payment, VoidPayment(desk.new_id(), second.payment_id, "counted twice"))
    assert balances(vault)["cash"] == 100_00


def test_the_front_desk_takes_money_today_and_voids_nothing(desk_as, nora):
    front = desk_as(Role.FRONT_DESK)
    taken = pay(front, nora, 10_00)
    with pytest.raises(NotAllowed, match="biller, practice manager or owner"):
        front.run(void_payment, VoidPayment(front.new_id(), taken.payment_id, "no"))
    with pytest.raises(OverLimit, match="back-dating"):
        pay(front, nora, 10_00, received_on=TODAY - timedelta(days=1))
    assert not front.may(undo_last)


def test_undo_reverses_exactly_what_was_posted_last_and_then_what_was_before(desk, desk_as, vault, nora):
    biller = desk_as(Role.BILLER)
    [only] = charge(biller, nora, self_pay=True)
    pay(biller, nora, 100_00)
    pay(desk, nora, 1_00)
    biller.run(write_off, WriteOff(biller.new_id(), only, 10_00, "hardship"))
    assert owed_and_credit(desk, nora) == ([54_00], 0)
    assert biller.run(undo_last, UndoLast(biller.new_id())).what == "adjustment"
    assert owed_and_credit(desk, nora) == ([64_00], 0)
    done = biller.run(undo_last, UndoLast(biller.new_id()))
    assert (done.what, done.postings) == ("payment", 2)
    assert owed_and_credit(desk, nora) == ([164_00], 0)
    assert biller.run(undo_last, UndoLast(biller.new_id())).what == "charge"
    assert owed_and_credit(desk, nora) == ([], 1_00)
    assert balances(vault) == {"cash": 1_00, "patient_credit": -1_00}
    with pytest.raises(Refused, match="posted nothing today"):
        biller.run(undo_last, UndoLast(biller.new_id()))


def test_undo_takes_a_batch_back_and_opens_its_visits(desk, vault, nora):
    bills = tuple(a_superbill(nora, TODAY, "99213", "36415") for _ in range(3))
    done = desk.run(enter_superbills, EnterSuperbills(desk.new_id(), bills))
    command = UndoLast(desk.new_id())
    assert desk.run(undo_last, command).postings == 6
    assert desk.run(undo_last, command).postings == 6
    assert balances(vault) == {}
    with vault.reader.begin() as conn:
        assert set(conn.execute(select(t.visit.c.status)).scalars()) == {"open"}
        assert {row.id for row in conn.execute(select(t.charge)) if row.voided_at} == set(done.charge_ids)


def test_undo_of_a_transfer_frees_what_was_paid_on_it(desk, vault, nora):
    [only] = charge(desk, nora)
    move = TransferResponsibility(desk.new_id(), only, nora.coverage_id, None, "patient_share", 40_00)
    desk.run(transfer_responsibility, move)
    cash = desk.run(take_payment, TakePayment(desk.new_id(), PatientPayment(nora.guarantor_id, 30_00, "cash")))
    desk.run(undo_last, UndoLast(desk.new_id()))
    desk.run(undo_last, UndoLast(desk.new_id()))
    assert cash.applied_cents == 30_00
    assert balances(vault) == {"receivable": 165_00, "revenue": -165_00}
    assert desk.ask(open_account, OpenAccount(nora.patient_id)).with_insurance_cents == 165_00


def test_what_took_something_back_is_not_undone(desk, nora):
    [first] = charge(desk, nora, self_pay=True)
    desk.run(correct_fee, CorrectFee(desk.new_id(), first, 150_00, "typed wrong"))
    with pytest.raises(Refused, match="Enter it anew"):
        desk.run(undo_last, UndoLast(desk.new_id()))
    desk.run(void_charge, VoidCharge(desk.new_id(), first, "typed wrong"))
    with pytest.raises(Refused, match="Enter it anew"):
        desk.run(undo_last, UndoLast(desk.new_id()))


def test_yesterdays_work_is_not_undone(desk, clock, nora):
    pay(desk, nora, 1_00)
    clock.move(days=1)
    with pytest.raises(Refused, match="posted nothing today"):
        desk.run(undo_last, UndoLast(desk.new_id()))


def test_the_day_lists_every_payment_and_sums_those_that_stand(desk, nora):
    first = pay(desk, nora, 10_00)
    pay(desk, nora, 20_00, method="card")
    desk.run(void_payment, VoidPayment(desk.new_id(), first.payment_id, "counted twice"))
    day = desk.ask(day_payments, DayPayments(TODAY))
    assert [(each.number, each.cents, each.unapplied_cents, each.voided) for each in day.rows] == [
        ("1-1", 10_00, 0, True),
        ("1-2", 20_00, 20_00, False),
    ]
    assert (day.by_method, day.cents) == ((("card", 20_00),), 20_00)
    assert day.rows[0].guarantor_name == "Whitfield, Nora"


def test_a_receipt_says_what_was_paid_and_nothing_of_the_illness(desk, nora):
    charge(desk, nora, "20610", self_pay=True)
    taken = pay(desk, nora, 200_00, method="check", reference="1044")
    receipt = desk.ask(receipt_of, ReceiptOf(taken.payment_id))
    assert [(each.patient_words, each.generic_words, each.cents) for each in receipt.lines] == [
        ("Nora W.", "Joint injection", 150_00)
    ]
    assert (receipt.number, receipt.cents, receipt.credit_cents, receipt.still_owed_cents) == ("1-1", 200_00, 50_00, 0)
    assert receipt.practice_lines == ("12 Harbor Street", "Rockport, ME 04856-1234")
    assert not any(secret in str(asdict(receipt)) for secret in ("20610", "M1711", "1979", "XYZ"))
