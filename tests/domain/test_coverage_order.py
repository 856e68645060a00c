from datetime import date

from medbill_desktop.domain.coverage_order import Plan, needs_msp_reason, suggested
from medbill_desktop.domain.ids import Id


def plan(number, indicator="CI", relationship="self", born=None, rank=1, msp=""):
    return Plan(Id(number), rank, indicator, relationship, born, msp)


def order(*plans):
    return list(suggested(plans).order)


def test_of_two_parents_the_earlier_birthday_in_the_year_pays_first_whatever_the_year():
    mother = plan(1, relationship="child", born=date(1990, 9, 1))
    father = plan(2, relationship="child", born=date(1992, 3, 5))
    assert order(mother, father) == [2, 1]
    assert "Birthday rule" in " ".join(suggested([mother, father]).reasons)


def test_medicaid_pays_last_and_the_own_plan_before_a_dependents():
    assert order(plan(1, "MC"), plan(2, relationship="spouse"), plan(3)) == [3, 2, 1]


def test_medicare_pays_first_unless_a_reason_says_otherwise():
    assert order(plan(1), plan(2, "MB")) == [2, 1]
    assert order(plan(1), plan(2, "MB", msp="12")) == [1, 2]
    assert needs_msp_reason("MB", 2)
    assert not needs_msp_reason("MB", 1)
    assert not needs_msp_reason("CI", 2)


def test_where_nothing_tells_the_order_stays():
    assert order(plan(9, rank=1), plan(4, rank=2)) == [9, 4]
    assert suggested([plan(1)]).reasons == ()
