"""Refunds by two people, and payments that the bank took back (BILLING J45-J47, S12)."""

import pytest
from sqlalchemy import select

from medbill_desktop.domain.deposits import Pieces
from medbill_desktop.domain.journal import Account
from medbill_desktop.domain.problems import Invalid, NotAllowed, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import journal, payments
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.catalogs import SaveFees, save_fees
from medbill_desktop.usecases.day_sheet import DaySheet, day_sheet
from medbill_desktop.usecases.deposits import CloseSlip, ListMoneyItems, close_slip, list_money_items
from medbill_desktop.usecases.payments import (
    ApplyCredit,
    PaymentForm,
    UndoLast,
    VoidPayment,
    apply_credit,
    payment_form,
    undo_last,
    void_payment,
)
from medbill_desktop.usecases.refunds import (
    ApproveRefund,
    AskRefund,
    ListCredits,
    ListRefunds,
    PayRefund,
    RefundAlone,
    RefuseRefund,
    StaleRefund,
    WithdrawRefund,
    approve_refund,
    ask_refund,
    list_credits,
    list_refunds,
    pay_refund,
    refund_alone,
    refuse_refund,
    stale_refund,
    withdraw_refund,
)
from medbill_desktop.usecases.returned import (
    ReturnPayment,
    SetReturnedFee,
    return_payment,
    set_returned_fee,
)
from tests.ledger_rows import a_patient, charge, furnish, pay
from tests.people import a_fee
from tests.usecases.test_deposits import slip_of


@pytest.fixture
def who(vault):
    furnish(vault)
    return a_patient(vault, insured=False)


@pytest.fixture
def biller(desk_as):
    return desk_as(Role.BILLER, number=2)


@pytest.fixture
def manager(desk_as):
    return desk_as(Role.MANAGER, number=3)


def banked(desk, who, cents, method="check", **more):
    """A payment whose slip went to the bank."""
    taken = pay(desk, who, cents, method=method, **more)
    pieces = (Pieces(1, cents),) if method == "cash" else ()
    slip = slip_of(desk, method)
    desk.run(close_slip, CloseSlip(desk.new_id(), slip.id, slip.cents, pieces))
    return taken


def ask(desk, taken, cents, method="check", **more):
    return desk.run(ask_refund, AskRefund(desk.new_id(), taken.payment_id, cents, method, "overpaid", **more))


def sums(vault):
    with vault.reader.begin() as conn:
        assert journal.journal_check(conn).is_sound
        return journal.trial_balance(conn)


def proved(desk):
    sheet = desk.ask(day_sheet, DaySheet(desk.clock.today())).sheet
    assert sheet.is_proved, sheet.checks
    return sheet


def test_a_refund_is_asked_approved_by_another_and_paid(vault, biller, manager, who):
    taken = banked(biller, who, 50_00, patient_id=who.patient_id)
    asked = ask(biller, taken, 30_00)
    assert sums(vault)[Account.PATIENT_CREDIT] == -50_00
    manager.run(approve_refund, ApproveRefund(manager.new_id(), asked.refund_id))
    assert (sums(vault)[Account.PATIENT_CREDIT], sums(vault)[Account.REFUNDS_PAYABLE]) == (-20_00, -30_00)
    manager.run(pay_refund, PayRefund(manager.new_id(), asked.refund_id, "1088"))
    found = sums(vault)
    assert (found[Account.REFUNDS_PAYABLE], found[Account.CASH]) == (0, 20_00)
    with vault.reader.begin() as conn:
        about = conn.execute(
            select(t.audit.c.patient_id).where(t.audit.c.action.in_(["refund.approve", "refund.pay"]))
        ).scalars()
        assert list(about) == [who.patient_id] * 2, "the history of a record tells who refunded"
    [row] = biller.ask(list_refunds, ListRefunds())
    assert (row.state, row.paid_reference, row.asked_by_name, row.decided_by_name) == (
        "paid", "1088", "Person 2", "Person 3",
    )  # fmt: skip
    sheet = proved(manager)
    assert [each.cents for each in sheet.bank] == [0, -30_00]
    assert sheet.credit.closing == 20_00


def test_who_asked_does_not_approve_and_who_approves_does_not_ask(desk_as, biller, manager, who):
    both = desk_as(Role.BILLER, Role.MANAGER, number=4)
    asked = ask(both, banked(both, who, 50_00), 10_00)
    with pytest.raises(Refused, match="Somebody else approves"):
        both.run(approve_refund, ApproveRefund(both.new_id(), asked.refund_id))
    with pytest.raises(NotAllowed):
        biller.run(approve_refund, ApproveRefund(biller.new_id(), asked.refund_id))
    with pytest.raises(NotAllowed):
        ask(manager, banked(manager, who, 5_00), 5_00)


def test_never_more_than_the_credit_of_that_payment_whoever_else_has_some(vault, biller, who):
    other = a_patient(vault, 2, insured=False)
    banked(biller, other, 500_00)
    taken = banked(biller, who, 50_00)
    for cents in (50_01, 0, -1):
        with pytest.raises(Invalid):
            ask(biller, taken, cents)
    ask(biller, taken, 40_00)
    with pytest.raises(Invalid, match=r"Only 10.00 .*40.00 is asked for already"):
        ask(biller, taken, 10_01)


def test_money_goes_back_by_the_way_it_came(biller, who):
    card = banked(biller, who, 50_00, method="card")
    with pytest.raises(Invalid, match="goes back by card"):
        ask(biller, card, 5_00, "check")
    cash = pay(biller, who, 20_00)
    assert ask(biller, cash, 5_00, "cash").cents == ask(biller, cash, 5_00, "check").cents


def test_a_check_that_still_lies_in_the_drawer_is_not_refunded(biller, who):
    with pytest.raises(Refused, match="still lies in the office"):
        ask(biller, pay(biller, who, 50_00, method="check"), 5_00)


def test_what_was_spent_since_it_was_asked_for_is_not_refunded(biller, manager, who):
    taken = banked(biller, who, 50_00)
    asked = ask(biller, taken, 50_00)
    charge(biller, who, "36415")
    assert biller.ask(payment_form, PaymentForm(who.guarantor_id)).owed_cents == 12_00
    biller.run(apply_credit, ApplyCredit(biller.new_id(), who.guarantor_id))
    with pytest.raises(Refused, match=r"Only 38.00 of this payment is credit by now"):
        manager.run(approve_refund, ApproveRefund(manager.new_id(), asked.refund_id))
    manager.run(refuse_refund, RefuseRefund(manager.new_id(), asked.refund_id, "Used since"))
    assert biller.ask(list_refunds, ListRefunds())[0].state == "refused"


def test_an_approved_refund_taken_back_is_credit_again(vault, biller, manager, who):
    asked = ask(biller, banked(biller, who, 50_00), 30_00)
    manager.run(approve_refund, ApproveRefund(manager.new_id(), asked.refund_id))
    manager.run(withdraw_refund, WithdrawRefund(manager.new_id(), asked.refund_id, "They want to keep it here"))
    assert (sums(vault)[Account.PATIENT_CREDIT], sums(vault)[Account.REFUNDS_PAYABLE]) == (-50_00, 0)
    proved(manager)


def test_a_stale_check_is_owed_again_and_runs_into_unclaimed_property(vault, biller, manager, who):
    asked = ask(biller, banked(biller, who, 50_00), 30_00)
    manager.run(approve_refund, ApproveRefund(manager.new_id(), asked.refund_id))
    with pytest.raises(Refused, match="approved by now"):
        manager.run(stale_refund, StaleRefund(manager.new_id(), asked.refund_id))
    manager.run(pay_refund, PayRefund(manager.new_id(), asked.refund_id, "1088"))
    manager.clock.move(days=200)
    manager.run(stale_refund, StaleRefund(manager.new_id(), asked.refund_id))
    assert (sums(vault)[Account.REFUNDS_PAYABLE], sums(vault)[Account.CASH]) == (-30_00, 50_00)
    assert [each.kind for each in biller.ask(list_money_items, ListMoneyItems())] == ["unclaimed"]
    manager.run(pay_refund, PayRefund(manager.new_id(), asked.refund_id, "1102"))
    assert sums(vault)[Account.CASH] == 20_00
    proved(manager)


def test_a_practice_of_one_refunds_alone_and_reviews_it(desk, who):
    taken = banked(desk, who, 50_00)
    desk.run(refund_alone, RefundAlone(desk.new_id(), taken.payment_id, 20_00, "check", "overpaid"))
    [row] = desk.ask(list_refunds, ListRefunds())
    assert (row.state, row.alone) == ("approved", True)
    assert [each.kind for each in desk.ask(list_money_items, ListMoneyItems())] == ["review_refund"]


def test_with_a_second_person_nobody_refunds_alone(desk, biller, who):
    taken = banked(desk, who, 50_00)
    with pytest.raises(Refused, match="Two people"):
        desk.run(refund_alone, RefundAlone(desk.new_id(), taken.payment_id, 20_00, "check", "overpaid"))


def test_unapplied_credit_is_listed_by_guarantor_and_payment(vault, biller, who):
    other = a_patient(vault, 2, insured=False, last="Zhou")
    pay(biller, who, 5_00)
    pay(biller, other, 7_00)
    found = biller.ask(list_credits, ListCredits())
    assert [(each.guarantor_name, each.cents) for each in found.rows] == [
        ("Whitfield, Nora", 5_00),
        ("Zhou, Nora", 7_00),
    ]
    assert found.cents == 12_00


def returned(desk, taken, **more):
    day = desk.clock.today()
    return desk.run(return_payment, ReturnPayment(desk.new_id(), taken.payment_id, day, "insufficient_funds", **more))


def test_a_returned_check_is_owed_again_by_a_bank_event_of_its_own(vault, biller, who):
    charge(biller, who, "94010")
    taken = banked(biller, who, 70_00)
    old = sums(vault)
    biller.clock.move(days=5)
    done = returned(biller, taken)
    assert (done.cents, done.owed_again_cents, done.below_zero_cents) == (70_00, 60_00, 0)
    found = sums(vault)
    assert (old[Account.CASH], found[Account.CASH], found[Account.PATIENT_CREDIT]) == (70_00, 0, 0)
    assert biller.ask(payment_form, PaymentForm(who.guarantor_id)).owed_cents == 60_00
    with vault.reader.begin() as conn:
        slip_id = payments.get(conn, taken.payment_id).deposit_id
        row = conn.execute(select(t.deposit).where(t.deposit.c.id == slip_id)).one()
        lines = journal.live_by_source(conn, "payment", taken.payment_id)
    assert row.slip_cents == 70_00
    assert len(lines) == 2
    sheet = proved(biller)
    assert [each.cents for each in sheet.bank] == [-70_00, 0]


def test_a_payment_returns_once_and_only_from_a_bank(biller, who):
    taken = banked(biller, who, 70_00)
    returned(biller, taken)
    with pytest.raises(Refused, match="taken back already"):
        returned(biller, taken)
    with pytest.raises(Refused, match="open slip"):
        returned(biller, pay(biller, who, 5_00, method="check"))
    with pytest.raises(Refused, match="Cash"):
        returned(biller, banked(biller, who, 1, method="cash"))


def test_a_returned_payment_can_be_charged_for_and_no_plan_sees_the_fee(desk, vault, who):
    desk.run(save_fees, SaveFees(desk.new_id(), (a_fee("RETURNED", 25_00, "Returned payment", "Fee"),)))
    charge(desk, who, "94010")
    taken = banked(desk, who, 60_00)
    with pytest.raises(Refused, match="No fee"):
        returned(desk, taken, charge_fee=True)
    with pytest.raises(Invalid, match="plans see"):
        desk.run(set_returned_fee, SetReturnedFee(desk.new_id(), "99213"))
    desk.run(set_returned_fee, SetReturnedFee(desk.new_id(), "returned"))
    assert returned(desk, taken, charge_fee=True).fee_cents == 25_00
    assert desk.ask(payment_form, PaymentForm(who.guarantor_id)).owed_cents == 85_00
    proved(desk)


def test_what_was_refunded_of_a_returned_check_stands_below_zero_as_an_item(vault, biller, manager, who):
    taken = banked(biller, who, 70_00)
    asked = ask(biller, taken, 20_00)
    manager.run(approve_refund, ApproveRefund(manager.new_id(), asked.refund_id))
    assert returned(biller, taken).below_zero_cents == 20_00
    [item] = biller.ask(list_money_items, ListMoneyItems())
    assert (item.kind, item.cents) == ("credit_below_zero", 20_00)
    assert biller.ask(list_credits, ListCredits()).rows[0].cents == -20_00
    assert sums(vault)[Account.PATIENT_CREDIT] == 20_00
    proved(biller)


def test_a_service_kept_from_a_plan_is_looked_at_again_when_its_payment_comes_back(biller, vault):
    furnish(vault)
    insured = a_patient(vault, 9)
    charge(biller, insured, "94010", self_pay=True)
    returned(biller, banked(biller, insured, 60_00))
    assert [each.kind for each in biller.ask(list_money_items, ListMoneyItems())] == ["restriction"]


def test_neither_a_return_nor_a_refund_is_undone_by_a_key(biller, manager, who):
    taken = banked(biller, who, 70_00)
    returned(biller, taken)
    with pytest.raises(Refused, match="not undone by a key"):
        biller.run(undo_last, UndoLast(biller.new_id()))
    with pytest.raises(Refused, match="closed"):
        biller.run(void_payment, VoidPayment(biller.new_id(), taken.payment_id, "x"))
