"""What of patients' money waits on Today, with how many and since when (UX Today; BILLING S10-S14, J47)."""

import pytest

from medbill_desktop.domain.users import Role
from medbill_desktop.usecases.collections import RecallCase, recall_case
from medbill_desktop.usecases.netting import NetCredit, net_credit
from medbill_desktop.usecases.plans import EndPlan, MakePlan, PlanTerms, end_plan, make_plan
from medbill_desktop.usecases.today import AskMoneyQueues, AskQueues, money_waiting, work_waiting
from tests.ledger_rows import a_patient, charge, furnish, pay
from tests.usecases.test_collections import decide, owing, review, sent
from tests.usecases.test_money_mishaps import approved, below
from tests.usecases.test_refunds import ask, banked


@pytest.fixture
def biller(desk_as):
    return desk_as(Role.BILLER, number=2)


@pytest.fixture
def manager(desk_as):
    return desk_as(Role.MANAGER, number=3)


@pytest.fixture
def who(vault):
    furnish(vault)
    return a_patient(vault, insured=False)


def waiting(desk):
    return desk.ask(money_waiting, AskMoneyQueues())


def said(queue):
    return queue.count, queue.oldest, queue.cents


def test_a_plan_waits_from_the_eleventh_day_and_no_more_once_it_is_ended(biller, who):
    charge(biller, who, "99213")
    first = biller.clock.today()
    made = biller.run(make_plan, MakePlan(biller.new_id(), PlanTerms(who.guarantor_id, 100_00, 4, first, "month")))
    biller.clock.move(days=10)
    assert waiting(biller).plans_missed.count == 0
    biller.clock.move(days=1)
    assert said(waiting(biller).plans_missed) == (1, first, 25_00)
    biller.run(end_plan, EndPlan(biller.new_id(), made.plan_id, "broken", "did not call back"))
    assert waiting(biller).plans_missed.count == 0


def test_refunds_wait_for_approval_then_for_payment(biller, manager, who):
    taken = banked(biller, who, 50_00)
    day = biller.clock.today()
    ask(biller, taken, 20_00)
    approved(biller, manager, taken, 30_00)
    biller.clock.move(days=3)
    assert said(waiting(biller).refunds_to_approve) == (1, day, 20_00)
    assert said(waiting(biller).refunds_to_pay) == (1, day, 30_00)


def test_credit_tells_since_when_it_lies(biller, who):
    day = biller.clock.today()
    pay(biller, who, 20_00, allocation=())
    biller.clock.move(days=5)
    pay(biller, who, 5_00, allocation=())
    assert said(biller.ask(work_waiting, AskQueues()).credits) == (1, day, 25_00)


def test_a_slip_waits_from_the_day_after_it_was_opened_while_money_lies_on_it(biller, who):
    day = biller.clock.today()
    pay(biller, who, 20_00)
    assert waiting(biller).slips.count == 0
    biller.clock.move(days=1)
    assert said(waiting(biller).slips) == (1, day, 20_00)


def test_a_payment_that_came_back_waits_until_it_is_made_good(biller, manager, who):
    below(biller, manager, who)
    assert waiting(biller).returned.count == 1
    pay(biller, who, 50_00, allocation=())
    biller.run(net_credit, NetCredit(biller.new_id(), who.guarantor_id, "paid at the desk"))
    assert waiting(biller).returned.count == 0


def test_cases_wait_for_approval_then_to_be_handed_over(vault, biller, manager):
    furnish(vault)
    case_id = review(biller, owing(biller, vault))
    assert said(waiting(biller).cases_to_approve) == (1, biller.clock.today(), 165_00)
    decide(manager, case_id)
    found = waiting(biller)
    assert (found.cases_to_approve.count, found.cases_to_send.count) == (0, 1)


def test_a_case_that_is_paid_waits_to_be_called_back(vault, biller, manager):
    furnish(vault)
    who = owing(biller, vault)
    case_id = sent(biller, manager, who)
    assert waiting(biller).cases_paid.count == 0
    pay(biller, who, 165_00)
    assert waiting(biller).cases_paid.count == 1
    manager.run(recall_case, RecallCase(manager.new_id(), case_id, "paid in full"))
    assert waiting(biller).cases_paid.count == 0
