"""Payment plans: the schedule adds up, the warning comes at the fifth instalment (BILLING S13, J1)."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.domain.plans import (
    RULE_WORDS,
    Instalment,
    PlanFacts,
    Standing,
    check_plan,
    due_on,
    needs_warning,
    progress,
    schedule,
)
from medbill_desktop.domain.problems import Findings

TODAY = date(2026, 11, 18)


@given(st.integers(60, 10**9), st.integers(1, 60), st.dates(date(2026, 1, 1), date(2030, 1, 1)),
       st.sampled_from(["month", "two weeks", "week"]))  # fmt: skip
def test_instalments_sum_to_the_plan_and_the_last_takes_the_remainder(cents, count, first, every):
    made = schedule(cents, count, first, every)
    assert sum(each.cents for each in made) == cents
    assert len({each.cents for each in made[:-1]}) <= 1
    assert 0 <= made[-1].cents - made[0].cents < count
    assert made[0].due_on == first
    assert all(one.due_on < other.due_on for one, other in pairwise(made))


def test_the_thirty_first_falls_on_the_last_day_of_a_short_month():
    assert [due_on(date(2026, 12, 31), at, "month") for at in range(3)] == [
        date(2026, 12, 31), date(2027, 1, 31), date(2027, 2, 28),
    ]  # fmt: skip


def test_the_fifth_instalment_and_any_finance_charge_need_the_warning():
    assert [needs_warning(count, 0) for count in (1, 4, 5)] == [False, False, True]
    assert needs_warning(1, 1)


def test_a_finance_charge_is_refused_with_the_rule():
    found = Findings()
    check_plan(found, 100_00, 100_00, 4, TODAY, "month", TODAY, 1)
    assert [(each.code, each.fix) for each in found.problems] == [("finance-charge", RULE_WORDS)]


def test_more_than_is_owed_or_a_day_gone_by_is_refused():
    found = Findings()
    check_plan(found, 100_01, 100_00, 0, TODAY - timedelta(days=1), "year", TODAY, 0)
    assert {each.field for each in found.problems} == {"cents", "count", "every", "first_on"}


def plan(paid, ended_on=None):
    parts = (Instalment(1, TODAY, 50_00), Instalment(2, TODAY + timedelta(days=30), 50_00))
    return PlanFacts(1, 2, 100_00, TODAY, parts, paid, ended_on)


def test_an_instalment_is_missed_ten_days_after_it_was_due():
    assert progress(plan(0), TODAY + timedelta(days=10)).standing is Standing.CURRENT
    late = progress(plan(0), TODAY + timedelta(days=11))
    assert (late.standing, late.behind_cents, late.next_due) == (Standing.MISSED, 50_00, TODAY)


def test_a_plan_moves_on_with_what_is_paid_and_is_paid_at_the_end():
    part = progress(plan(60_00), TODAY + timedelta(days=35))
    assert (part.standing, part.next_cents, part.left_cents, part.behind_cents) == (
        Standing.CURRENT, 40_00, 40_00, 40_00,
    )  # fmt: skip
    assert progress(plan(100_00), TODAY + timedelta(days=90)).standing is Standing.PAID
    assert progress(plan(0, TODAY), TODAY + timedelta(days=90)).standing is Standing.ENDED
