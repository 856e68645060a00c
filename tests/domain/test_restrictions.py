"""The rules of services kept from plans (BILLING R9)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.domain.restrictions import (
    Ending,
    ForPlan,
    KeptFromPlan,
    Restriction,
    State,
    Told,
    cleared_for_plan,
    exceeds_estimate,
    left_for_plan,
    may_disclose_to_plan,
    of_visit,
    paid_in_full,
    retested,
    why_not_end,
)

CENTS = st.integers(0, 500_00)
RULES = st.builds(
    Restriction, st.integers(1, 9), st.integers(1, 3), st.none() | st.integers(1, 6), st.sampled_from(State),
    st.frozensets(st.integers(1, 3), max_size=2),
)  # fmt: skip
SERVICES = st.lists(st.builds(Told, st.integers(1, 6), st.integers(1, 3)), unique_by=lambda told: told.charge_id)


@pytest.mark.parametrize(
    ("charged", "paid", "discounts", "left", "full"),
    [
        (100_00, 100_00, 0, 0, True),
        (100_00, 99_99, 0, 1, False),
        (100_00, 90_00, 10_00, 0, True),  # a discount lowers the price
        (100_00, 60_00, 0, 0, False),  # the rest was given up, which pays nothing
        (100_00, 0, 100_00, 0, False),
        (0, 0, 0, 0, False),
    ],
)
def test_paid_in_full_is_money_of_the_patient(charged, paid, discounts, left, full):
    assert paid_in_full(charged, paid, discounts, left) is full


@given(st.lists(st.booleans(), max_size=12))
def test_a_request_stops_from_its_first_day_on_whatever_becomes_of_the_payment(tests):
    state = State.REQUESTED
    for at, paid in enumerate(tests):
        state = retested(state, paid)
        assert Restriction(1, 1, 1, state).keeps_from(7)
        ever = any(tests[: at + 1])
        assert state is (State.ACTIVE if paid else State.AT_RISK if ever else State.REQUESTED)


@pytest.mark.parametrize("paid", [True, False])
def test_what_has_ended_stays_ended(paid):
    assert retested(State.ENDED, paid) is State.ENDED
    assert why_not_end(State.ENDED, Ending.PATIENT)


@pytest.mark.parametrize("state", [State.REQUESTED, State.ACTIVE, State.AT_RISK])
def test_the_practice_ends_all_but_an_active_one_and_the_patient_any(state):
    assert why_not_end(state, Ending.PATIENT) == ""
    assert bool(why_not_end(state, Ending.PRACTICE)) is (state is State.ACTIVE)


def test_a_visit_stands_as_its_weakest_service():
    assert of_visit([State.ACTIVE, State.AT_RISK]) is State.AT_RISK
    assert of_visit([State.ACTIVE, State.ACTIVE]) is State.ACTIVE
    assert of_visit([]) is State.REQUESTED


@given(SERVICES, st.lists(RULES, max_size=6), st.none() | st.integers(1, 3))
def test_no_output_to_a_plan_holds_a_restricted_service(services, rules, payer_id):
    told = left_for_plan(payer_id, services, rules)
    allowed = set(told.charge_ids)
    for each in services:
        own = [rule for rule in rules if rule.visit_id == each.visit_id and rule.charge_id == each.charge_id]
        if any(rule.keeps_from(payer_id) for rule in own):
            assert each.charge_id not in allowed
    if len(allowed) < len(services):
        with pytest.raises(KeptFromPlan, match="asked that the plan not be told"):
            cleared_for_plan(payer_id, services, rules)
    else:
        assert cleared_for_plan(payer_id, services, rules) == told


@given(st.frozensets(st.integers(1, 3), max_size=2), st.none() | st.integers(1, 3))
def test_a_plan_that_is_not_known_is_told_nothing(payer_ids, payer_id):
    rule = Restriction(1, 1, 1, State.REQUESTED, payer_ids)
    may = may_disclose_to_plan(Told(1, 1), payer_id, [rule])
    assert may is bool(payer_ids and payer_id is not None and payer_id not in payer_ids)


def test_what_is_kept_of_a_visit_holds_for_a_service_that_has_no_word_of_its_own():
    whole = Restriction(1, 1, None, State.REQUESTED)
    freed = Restriction(2, 1, 5, State.ENDED)
    assert not may_disclose_to_plan(Told(4, 1), 7, [whole, freed])
    assert may_disclose_to_plan(Told(5, 1), 7, [whole, freed])
    assert may_disclose_to_plan(Told(4, 2), 7, [whole, freed])


def test_nothing_but_the_check_makes_what_a_plan_is_told():
    with pytest.raises(TypeError):
        ForPlan(7, (1, 2))


@pytest.mark.parametrize(("charged", "estimate", "over"), [(500_00, 100_00, True), (499_99, 100_00, False)])
def test_four_hundred_dollars_above_the_estimate_is_looked_at(charged, estimate, over):
    assert exceeds_estimate(charged, estimate) is over
