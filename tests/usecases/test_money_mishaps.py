"""What a front desk does wrong, in the wrong order, or twice: money stays right (BILLING J43-J47, S9-S14)."""

from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import insert, update

from medbill_desktop.domain.plans import Standing
from medbill_desktop.domain.problems import Invalid, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import payments
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.accounts import ExplainBalance, OpenAccount, explain_balance, open_account
from medbill_desktop.usecases.adjustments import UndoAdjustment, WriteOff, undo_adjustment, write_off
from medbill_desktop.usecases.charges import VoidCharge, void_charge
from medbill_desktop.usecases.collections import (
    AgencyRemit,
    PaidSinceHandover,
    Reinstate,
    ReportedPaid,
    agency_remit,
    paid_since_handover,
    reinstate,
    reported_paid,
)
from medbill_desktop.usecases.day_sheet import DaySheet, SignDay, day_sheet, sign_day
from medbill_desktop.usecases.deposits import ListMoneyItems, NoteBankLine, list_money_items, note_bank_line
from medbill_desktop.usecases.netting import NetCredit, NettedCredit, net_credit
from medbill_desktop.usecases.payments import UndoLast, VoidPayment, undo_last, void_payment
from medbill_desktop.usecases.plans import ListPlans, MakePlan, PlanTerms, list_plans, make_plan
from medbill_desktop.usecases.receipts import ReceiptPdf, receipt_pdf
from medbill_desktop.usecases.refunds import (
    ApproveRefund,
    PayRefund,
    WithdrawRefund,
    approve_refund,
    pay_refund,
    withdraw_refund,
)
from medbill_desktop.usecases.returned import ReturnPayment, SetReturnedFee, return_payment, set_returned_fee
from medbill_desktop.usecases.small_balances import ListSmallBalances, list_small_balances
from tests.ledger_rows import PLACE, PROVIDER, a_patient, charge, furnish, pay
from tests.usecases.test_collections import owing, sent
from tests.usecases.test_refunds import ask, banked, sums


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


def proved(desk):
    sheet = desk.ask(day_sheet, DaySheet(desk.clock.today())).sheet
    assert sheet.is_proved, sheet.checks


def owes(desk, who):
    with desk._vault.reader.begin() as conn:
        return sum(each.cents for each in payments.owed_by(conn, who.guarantor_id))


def bounced(desk, taken):
    command = ReturnPayment(desk.new_id(), taken.payment_id, desk.clock.today(), "insufficient_funds")
    return desk.run(return_payment, command)


def approved(biller, manager, taken, cents, method="check"):
    asked = ask(biller, taken, cents, method)
    manager.run(approve_refund, ApproveRefund(manager.new_id(), asked.refund_id))
    return asked.refund_id


def test_a_payment_whose_refund_was_approved_is_not_void_any_more(biller, manager, who):
    taken = pay(biller, who, 20_00)
    approved(biller, manager, taken, 15_00, "cash")
    with pytest.raises(Refused, match="refund"):
        manager.run(void_payment, VoidPayment(manager.new_id(), taken.payment_id, "wrong"))
    with pytest.raises(Refused, match="refund"):
        biller.run(undo_last, UndoLast(biller.new_id()))
    assert sums(biller._vault)["patient_credit"] == -5_00


def below(biller, manager, who, cents=50_00):
    """A payment that was refunded, paid out, and then returned by the bank."""
    taken = banked(biller, who, cents, allocation=())
    refund_id = approved(biller, manager, taken, cents)
    manager.run(pay_refund, PayRefund(manager.new_id(), refund_id, "1088"))
    assert bounced(manager, taken).below_zero_cents == cents
    return taken


def open_items(desk):
    return [(each.kind, each.cents) for each in desk.ask(list_money_items, ListMoneyItems())]


def net(desk, who):
    return desk.run(net_credit, NetCredit(desk.new_id(), who.guarantor_id, "agreed by phone"))


def test_later_money_makes_good_what_was_refunded_before_it_bounced(biller, manager, who):
    below(biller, manager, who)
    with pytest.raises(Refused, match="no free credit"):
        net(biller, who)
    pay(biller, who, 30_00, allocation=())
    assert net(biller, who) == NettedCredit(30_00, 20_00)
    assert open_items(biller) == [("credit_below_zero", 20_00)]
    pay(biller, who, 25_00, allocation=())
    assert net(biller, who) == NettedCredit(20_00, 0)
    assert open_items(biller) == []
    assert biller.ask(open_account, OpenAccount(who.patient_id)).credit_cents == 5_00
    assert sums(biller._vault)["patient_credit"] == -5_00
    with pytest.raises(Refused, match="No credit"):
        net(biller, who)
    proved(manager)


def test_the_account_tells_what_was_refunded_before_it_bounced(biller, manager, who):
    below(biller, manager, who)
    told = biller.ask(explain_balance, ExplainBalance(guarantor_id=who.guarantor_id))
    assert "owe $50.00: we refunded a payment" in told.read_aloud
    assert "nothing" not in told.read_aloud
    charge(biller, who, "36415")
    pay(biller, who, 30_00, allocation=())
    told = biller.ask(explain_balance, ExplainBalance(guarantor_id=who.guarantor_id))
    assert told.balance_cents == 32_00 == sum(each.cents for each in told.entries)
    assert biller.ask(open_account, OpenAccount(who.patient_id)).credit_cents == -20_00


def test_the_item_opens_again_when_the_money_that_made_it_good_goes_back(biller, manager, who):
    below(biller, manager, who)
    taken = pay(biller, who, 50_00, allocation=())
    net(biller, who)
    assert open_items(biller) == []
    biller.run(undo_last, UndoLast(biller.new_id()))
    assert open_items(biller) == [("credit_below_zero", 50_00)]
    net(biller, who)
    biller.run(void_payment, VoidPayment(biller.new_id(), taken.payment_id, "typed twice"))
    assert open_items(biller) == [("credit_below_zero", 50_00)]
    assert sums(biller._vault)["patient_credit"] == 50_00
    later = banked(biller, who, 50_00, allocation=())
    net(biller, who)
    bounced(manager, later)
    assert open_items(biller) == [("credit_below_zero", 50_00)]
    proved(manager)


def test_a_copay_that_waits_for_its_visit_is_not_netted(vault, biller, manager, who):
    below(biller, manager, who)
    visit_id = biller.new_id()
    with vault.writer.begin() as conn:
        conn.execute(insert(t.visit).values(id=visit_id, patient_id=who.patient_id, service_date=biller.clock.today(),
                                            provider_id=PROVIDER, place_id=PLACE, status="open",
                                            created_at=biller.clock.now()))  # fmt: skip
    pay(biller, who, 30_00, visit_id=visit_id)
    with pytest.raises(Refused, match="no free credit"):
        net(biller, who)


def test_nothing_is_refunded_while_an_older_refund_is_owed_back(biller, manager, who):
    later = banked(biller, who, 30_00, method="card", allocation=())
    below(biller, manager, who)
    with pytest.raises(Refused, match="Net that"):
        ask(biller, later, 30_00, "card")
    net(biller, who)
    with pytest.raises(Invalid, match=r"Only 0\.00"):
        ask(biller, later, 30_00, "card")


def test_a_refund_taken_back_closes_the_item_of_its_bounced_payment(biller, manager, who):
    taken = banked(biller, who, 50_00, allocation=())
    refund_id = approved(biller, manager, taken, 50_00)
    bounced(manager, taken)
    assert open_items(biller) == [("credit_below_zero", 50_00)]
    pay(biller, who, 50_00, allocation=())
    with pytest.raises(Refused, match="Take it back"):
        net(biller, who)
    manager.run(withdraw_refund, WithdrawRefund(manager.new_id(), refund_id, "it bounced"))
    assert open_items(biller) == []
    proved(manager)


def test_a_refund_is_not_paid_once_the_bank_took_the_payment_back(biller, manager, who):
    taken = banked(biller, who, 50_00)
    refund_id = approved(biller, manager, taken, 50_00)
    bounced(manager, taken)
    with pytest.raises(Refused, match="took this payment back"):
        manager.run(pay_refund, PayRefund(manager.new_id(), refund_id, "1088"))


def test_a_fee_for_a_returned_check_stands_with_who_wrote_the_check(vault, biller, manager, who):
    child = a_patient(vault, 2, insured=False, guarantor_id=who.guarantor_id, first="Mia")
    charge(biller, child, "36415")
    taken = banked(biller, who, 12_00)
    other = a_patient(vault, 3, insured=False, first="Omar")
    with vault.writer.begin() as conn:
        conn.execute(update(t.patient).where(t.patient.c.id == child.patient_id)
                     .values(guarantor_id=other.guarantor_id))  # fmt: skip
    manager.run(set_returned_fee, SetReturnedFee(manager.new_id(), "NOSHOW"))
    command = ReturnPayment(manager.new_id(), taken.payment_id, manager.clock.today(), "insufficient_funds", True)
    with pytest.raises(Refused, match="Someone else pays"):
        manager.run(return_payment, command)
    assert owes(biller, other) == 0


def test_a_bad_debt_that_was_reinstated_is_not_owed_twice(biller, manager, who):
    [charge_id] = charge(biller, who, "36415")
    done = manager.run(write_off, WriteOff(manager.new_id(), charge_id, 12_00, "bad_debt"))
    manager.run(reinstate, Reinstate(manager.new_id(), charge_id, 12_00))
    with pytest.raises(Refused):
        manager.run(undo_adjustment, UndoAdjustment(manager.new_id(), done.posting_id))
    assert owes(biller, who) == 12_00


def test_a_charge_with_a_reinstated_bad_debt_can_be_void(biller, manager, who):
    [charge_id] = charge(biller, who, "36415")
    manager.run(write_off, WriteOff(manager.new_id(), charge_id, 12_00, "bad_debt"))
    manager.run(reinstate, Reinstate(manager.new_id(), charge_id, 12_00))
    manager.run(void_charge, VoidCharge(manager.new_id(), charge_id, "wrong"))
    assert owes(biller, who) == 0
    assert set(sums(biller._vault).values()) == {0}


def test_an_agency_payment_that_is_void_leaves_the_debt_written_off(biller, manager, who):
    [charge_id] = charge(biller, who, "36415")
    manager.run(write_off, WriteOff(manager.new_id(), charge_id, 12_00, "bad_debt"))
    taken = manager.run(agency_remit, AgencyRemit(manager.new_id(), who.guarantor_id, 12_00, 4_00, "check"))
    manager.run(void_payment, VoidPayment(manager.new_id(), taken.payment_id, "typed twice"))
    assert owes(biller, who) == 0
    proved(manager)


def test_what_an_agency_collected_pays_the_bad_debt_and_not_a_later_visit(biller, manager, who):
    [old] = charge(biller, who, "36415")
    manager.run(write_off, WriteOff(manager.new_id(), old, 12_00, "bad_debt"))
    biller.clock.move(days=30)
    charge(biller, who, "80053")
    done = manager.run(agency_remit, AgencyRemit(manager.new_id(), who.guarantor_id, 15_00, 4_00, "check"))
    assert (done.reinstated_cents, done.applied_cents, owes(biller, who)) == (12_00, 15_00, 45_00)
    with biller._vault.reader.begin() as conn:
        assert payments.spent_on(conn, done.payment_id)[old] == 12_00
    proved(manager)


def test_a_line_of_the_bank_noted_anew_leaves_one_difference_at_most(biller, who):
    taken = banked(biller, who, 50_00)
    with biller._vault.reader.begin() as conn:
        slip_id = payments.get(conn, taken.payment_id).deposit_id
    today = biller.clock.today()
    biller.run(note_bank_line, NoteBankLine(biller.new_id(), slip_id, today, 40_00))
    biller.run(note_bank_line, NoteBankLine(biller.new_id(), slip_id, today, 45_00))
    assert open_items(biller) == [("bank_difference", -5_00)]
    biller.run(note_bank_line, NoteBankLine(biller.new_id(), slip_id, today, 50_00))
    assert open_items(biller) == []


def test_an_agency_payment_is_undone_by_a_key(biller, manager, who):
    [charge_id] = charge(biller, who, "36415")
    manager.run(write_off, WriteOff(manager.new_id(), charge_id, 12_00, "bad_debt"))
    manager.run(agency_remit, AgencyRemit(manager.new_id(), who.guarantor_id, 12_00, 4_00, "check"))
    manager.run(undo_last, UndoLast(manager.new_id()))
    assert owes(biller, who) == 0
    proved(manager)


def test_the_agency_hears_of_a_payment_that_went_back_after_it_was_told(vault, biller, manager):
    furnish(vault)
    who = owing(biller, vault)
    sent(biller, manager, who)
    manager.clock.move(minutes=1)
    taken = banked(biller, who, 60_00)
    manager.clock.move(minutes=1)
    manager.run(reported_paid, ReportedPaid(manager.new_id()))
    manager.clock.move(days=3)
    bounced(manager, taken)
    [row] = biller.ask(paid_since_handover, PaidSinceHandover())
    assert (row.cents, row.taken_back) == (60_00, True)
    manager.clock.move(minutes=1)
    manager.run(reported_paid, ReportedPaid(manager.new_id()))
    assert biller.ask(paid_since_handover, PaidSinceHandover()) == ()


def test_what_the_agency_itself_passes_on_is_not_told_to_it(vault, biller, manager):
    furnish(vault)
    who = owing(biller, vault)
    sent(biller, manager, who)
    manager.clock.move(minutes=1)
    manager.run(agency_remit, AgencyRemit(manager.new_id(), who.guarantor_id, 65_00, 0, "check"))
    assert biller.ask(paid_since_handover, PaidSinceHandover()) == ()


@pytest.mark.parametrize("flag", ["dispute_on", "bankrupt_on", "collection_on", "deceased_on"])
def test_small_balances_of_an_account_that_is_held_stay(vault, biller, manager, who, flag):
    charge(biller, who, "36415")
    pay(biller, who, 8_00)
    manager.clock.move(days=120)
    assert len(manager.ask(list_small_balances, ListSmallBalances())) == 1
    with vault.writer.begin() as conn:
        conn.execute(update(t.guarantor).where(t.guarantor.c.id == who.guarantor_id)
                     .values(**{flag: manager.clock.today()}))  # fmt: skip
    assert manager.ask(list_small_balances, ListSmallBalances()) == ()


def test_small_balances_under_a_missed_plan_stay(biller, manager, who):
    charge(biller, who, "36415")
    pay(biller, who, 8_00)
    terms = PlanTerms(who.guarantor_id, 4_00, 2, biller.clock.today(), "month")
    biller.run(make_plan, MakePlan(biller.new_id(), terms))
    manager.clock.move(days=120)
    assert manager.ask(list_small_balances, ListSmallBalances()) == ()


def test_money_given_back_does_not_count_for_a_plan(biller, manager, who):
    charge(biller, who, "99213")
    terms = PlanTerms(who.guarantor_id, 100_00, 4, biller.clock.today(), "month")
    biller.run(make_plan, MakePlan(biller.new_id(), terms))
    biller.clock.move(minutes=1)
    taken = banked(biller, who, 50_00, allocation=())
    [line] = biller.ask(list_plans, ListPlans())
    assert line.paid_cents == 50_00
    approved(biller, manager, taken, 30_00)
    [line] = biller.ask(list_plans, ListPlans())
    assert (line.paid_cents, line.left_cents) == (20_00, 80_00)


def test_a_plan_is_paid_by_a_write_off_and_by_credit_as_well(biller, manager, who):
    [charge_id] = charge(biller, who, "36415")
    terms = PlanTerms(who.guarantor_id, 12_00, 4, biller.clock.today(), "month")
    biller.run(make_plan, MakePlan(biller.new_id(), terms))
    manager.run(write_off, WriteOff(manager.new_id(), charge_id, 5_00, "hardship"))
    [line] = biller.ask(list_plans, ListPlans())
    assert (line.paid_cents, line.standing) == (5_00, Standing.CURRENT)
    manager.run(write_off, WriteOff(manager.new_id(), charge_id, 7_00, "hardship"))
    biller.clock.move(days=60)
    [line] = biller.ask(list_plans, ListPlans())
    assert (line.left_cents, line.standing) == (0, Standing.PAID)


def test_what_is_posted_before_a_signed_day_with_the_clock_set_back_shows_on_its_sheet(biller, who):
    charge(biller, who)
    signed = biller.clock.today()
    biller.run(sign_day, SignDay(biller.new_id(), signed))
    biller.clock.move(days=-2)
    pay(biller, who, 5_00)
    biller.clock.move(days=2)
    content = biller.ask(day_sheet, DaySheet(signed))
    assert content.changed
    assert content.sheet.is_proved


def test_the_receipt_of_a_payment_that_bounced_says_so(biller, manager, who):
    charge(biller, who, "36415")
    taken = banked(biller, who, 12_00)
    bounced(manager, taken)
    text = PdfReader(BytesIO(biller.ask(receipt_pdf, ReceiptPdf(taken.payment_id)))).pages[0].extract_text()
    assert "taken back" in text


def test_a_payment_split_over_a_family_bounces_whole(vault, biller, manager, who):
    child = a_patient(vault, 2, insured=False, guarantor_id=who.guarantor_id, first="Mia")
    charge(biller, child, "36415")
    charge(biller, who, "80053")
    taken = banked(biller, who, 70_00)
    done = bounced(manager, taken)
    assert (done.owed_again_cents, done.below_zero_cents, owes(biller, who)) == (60_00, 0, 60_00)
    with pytest.raises(Refused, match="already"):
        bounced(manager, taken)
    proved(manager)


def test_two_clerks_refund_once(biller, desk_as, manager, who):
    taken = banked(biller, who, 50_00)
    first, second = ask(biller, taken, 30_00), ask(desk_as(Role.BILLER, number=5), taken, 20_00)
    manager.run(approve_refund, ApproveRefund(manager.new_id(), first.refund_id))
    with pytest.raises(Refused):
        manager.run(approve_refund, ApproveRefund(manager.new_id(), first.refund_id))
    manager.run(approve_refund, ApproveRefund(manager.new_id(), second.refund_id))
    with pytest.raises(Invalid):
        ask(biller, taken, 1)
