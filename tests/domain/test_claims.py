"""What a claim gathers, says and differs in: pure rules (BILLING X1, X2, XT1, XT16, R3, R6, R9, E55)."""

from dataclasses import fields, is_dataclass, replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.domain.claims import (
    MOVES,
    Billable,
    Event,
    Held,
    MovedTo,
    Ranked,
    Status,
    billed_coverage,
    check_void,
    followed,
    gathered,
    in_order,
    is_out,
    may_be_made_anew,
    moved,
    msp_reason_of,
)
from medbill_desktop.domain.claims_differences import Difference, differences, hidden, masked
from medbill_desktop.domain.claims_snapshot import (
    Clinician,
    Payer,
    Person,
    Plan,
    Practice,
    Service,
    Site,
    Snapshot,
    frozen,
    outside_coverage,
    thawed,
    with_lines,
)
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.restrictions import Restriction, State

DAY = date(2026, 11, 4)
PAYER_OF = {7: 70, 8: 80}
WORDS = st.text(max_size=12)
DATES = st.none() | st.dates()


def built(kind):
    return st.builds(kind, **{each.name: OF_TYPE[each.type] for each in fields(kind) if each.type in OF_TYPE})


OF_TYPE = {
    str: WORDS, int: st.integers(0, 99_999), date | None: DATES, "Cents": st.integers(0, 10**7),
    tuple[str, ...]: st.lists(WORDS, max_size=3).map(tuple), tuple[int, ...]: st.lists(st.integers(1, 12)).map(tuple),
}  # fmt: skip
PERSONS, PAYERS = built(Person), built(Payer)
PLANS = st.builds(
    Plan, coverage_id=st.integers(1, 9), order=st.integers(1, 4), payer=PAYERS, member_id=WORDS, group_number=WORDS,
    relationship=st.sampled_from(["self", "child", ""]), subscriber=PERSONS, first_day=DATES, last_day=DATES,
    msp_reason=WORDS, release_on=DATES, assignment_on=DATES, accepts=WORDS,
)  # fmt: skip
SERVICES = st.builds(
    Service, charge_id=st.integers(1, 10**15), code=WORDS, modifiers=st.lists(WORDS, max_size=4).map(tuple),
    units=st.integers(1, 99), cents=st.integers(0, 10**7), pointers=st.lists(st.integers(1, 12), max_size=4).map(tuple),
    first=st.dates(), last=DATES, ndc=WORDS, authorization=WORDS,
)  # fmt: skip
SNAPSHOTS = st.builds(
    Snapshot, account=WORDS, billing=built(Practice), rendering=built(Clinician), referring=built(Clinician),
    site=built(Site), plan=PLANS, others=st.lists(PLANS, max_size=2, unique_by=lambda p: p.coverage_id).map(tuple),
    patient=PERSONS, diagnoses=st.lists(WORDS, max_size=4).map(tuple),
    lines=st.lists(SERVICES, min_size=1, max_size=3, unique_by=lambda s: s.charge_id).map(tuple),
)  # fmt: skip


def a_charge(number=1, coverage_id=7, cents=100_00, owed=None, **more):
    return Billable(number, 5, coverage_id, cents, cents if owed is None else owed, **more)


def a_snapshot(**more):
    plan = Plan(7, 1, Payer(70, "Summit Mutual", "SM001", "CI"), "XK4471902", relationship="self",
                first_day=date(2026, 1, 1))  # fmt: skip
    line = Service(1, "1-1", "99213", cents=165_00, pointers=(1,), first=DAY)
    return replace(Snapshot("1-1", plan=plan, patient=Person("Ortiz", "Ana"), diagnoses=("M1711",), lines=(line,)),
                   **more)  # fmt: skip


# What is gathered


def test_a_charge_is_billed_to_the_coverage_that_owes_it():
    assert billed_coverage(a_charge(), PAYER_OF) == 7


def test_what_the_patient_pays_what_another_system_billed_and_what_is_no_claim_item_is_on_no_claim():
    for each in (a_charge(coverage_id=None), a_charge(imported=True), a_charge(claim_item=False), a_charge(owed=0)):
        assert billed_coverage(each, PAYER_OF) is None


def test_a_charge_that_moved_to_another_plan_is_billed_there_but_what_the_first_left_over_waits():
    moved_to = (MovedTo(8, 100_00, "wrong_coverage"),)
    assert billed_coverage(a_charge(owed=0, moved_to=moved_to), PAYER_OF) == 8
    left = (MovedTo(8, 20_00, "patient_share"),)
    assert billed_coverage(a_charge(owed=0, moved_to=left), PAYER_OF) is None
    assert billed_coverage(a_charge(coverage_id=None, moved_to=moved_to), PAYER_OF) == 8


@pytest.mark.parametrize("state", [State.REQUESTED, State.ACTIVE, State.AT_RISK])
def test_a_restricted_charge_is_on_no_claim_to_the_plan_it_is_kept_from(state):
    kept = [Restriction(1, 5, 1, state)]
    assert billed_coverage(a_charge(), PAYER_OF, kept) is None
    assert billed_coverage(a_charge(2), PAYER_OF, kept) == 7
    from_another = [Restriction(1, 5, 1, state, frozenset({80}))]
    assert billed_coverage(a_charge(), PAYER_OF, from_another) == 7
    assert billed_coverage(a_charge(), PAYER_OF, [Restriction(1, 5, 1, State.ENDED)]) == 7


def test_a_free_line_goes_with_the_others_and_makes_no_claim_of_its_own():
    free = a_charge(2, cents=0)
    assert gathered([a_charge(), free], PAYER_OF) == {7: (1, 2)}
    assert gathered([free], PAYER_OF) == {}


CHARGES = st.lists(
    st.builds(
        Billable, charge_id=st.integers(1, 8), visit_id=st.just(5), coverage_id=st.sampled_from([None, 7, 8]),
        amount_cents=st.integers(0, 3), owed_cents=st.integers(0, 3), claim_item=st.booleans(),
        imported=st.booleans(),
    ), unique_by=lambda each: each.charge_id,
)  # fmt: skip
RULES = st.lists(st.builds(Restriction, id=st.just(1), visit_id=st.just(5), charge_id=st.none() | st.integers(1, 8),
                           state=st.sampled_from(State), payer_ids=st.sampled_from([frozenset(), frozenset({70})])),
                 max_size=3)  # fmt: skip
HELD = st.lists(
    st.builds(Held, claim_id=st.integers(1, 9), coverage_id=st.sampled_from([7, 8]), status=st.sampled_from(Status),
              charge_ids=st.frozensets(st.integers(1, 8), max_size=3)),
    unique_by=lambda each: each.claim_id,
)  # fmt: skip


@given(CHARGES, RULES)
def test_no_charge_is_gathered_twice_and_no_restricted_one_at_all(charges, rules):
    found = gathered(charges, PAYER_OF, rules)
    every = [each for mine in found.values() for each in mine]
    assert len(every) == len(set(every))
    for coverage_id, mine in found.items():
        for charge_id in mine:
            own = [rule for rule in rules if rule.charge_id == charge_id]
            assert not any(rule.keeps_from(PAYER_OF[coverage_id]) for rule in own)


@given(CHARGES, HELD)
def test_following_leaves_each_wanted_charge_on_one_claim_and_touches_drafts_only(charges, held):
    drafts = {each.coverage_id: each for each in held if each.status is Status.DRAFT}
    held = [each for each in held if each.status is not Status.DRAFT or drafts[each.coverage_id] is each]
    wanted = gathered(charges, PAYER_OF)
    done = followed(wanted, held)
    statuses = {each.claim_id: each.status for each in held}
    assert all(statuses[each] is Status.DRAFT for each in (*done.keep, *done.empty))
    others = {(each.coverage_id, charge) for each in held if each.status is not Status.DRAFT
              for charge in each.charge_ids}  # fmt: skip
    for coverage_id, mine in wanted.items():
        kept = [charges for claim_id, charges in done.keep.items()
                if next(each for each in held if each.claim_id == claim_id).coverage_id == coverage_id]  # fmt: skip
        now = [*(each for some in kept for each in some), *done.new.get(coverage_id, ())]
        assert sorted(now) == sorted(each for each in mine if (coverage_id, each) not in others)


# The moves


def test_no_other_move_exists_than_those_of_the_table():
    for status in (None, *Status):
        for event in Event:
            move = MOVES.get(event)
            if move is not None and status in move.sources:
                assert moved(status, event) is move.to
            else:
                with pytest.raises(Refused):
                    moved(status, event)


def test_only_a_draft_is_made_anew_and_what_is_out_keeps_its_charges():
    assert [each for each in Status if may_be_made_anew(each)] == [Status.DRAFT]
    home = {Status.DRAFT, Status.HELD, Status.READY, Status.REJECTED, Status.VOIDED, Status.CLOSED}
    assert {each for each in Status if not is_out(each)} == home


def test_a_claim_is_withdrawn_with_a_reason_and_only_before_a_payer_has_it():
    for status, reason, codes in ((Status.DRAFT, "twice", []), (Status.DRAFT, " ", ["reason"]),
                                  (Status.SENT, "twice", ["status"])):  # fmt: skip
        found = Findings()
        check_void(status, reason, found)
        assert [each.code for each in found.problems] == codes


# The order of plans


def test_a_policy_of_the_second_rank_is_primary_on_a_day_without_a_first():
    first, second = Ranked(7, 1, date(2026, 1, 1), date(2026, 6, 30)), Ranked(8, 2, date(2026, 1, 1), None)
    assert in_order([second, first], date(2026, 6, 30), 8) == [7, 8]
    assert in_order([second, first], date(2026, 7, 1), 8) == [8]
    assert in_order([second, first], date(2026, 7, 1), 7) == [7, 8]  # what is billed stands in any case


@pytest.mark.parametrize(("filing", "order", "said"), [("MB", 2, "12"), ("MB", 1, ""), ("CI", 2, "")])
def test_only_medicare_that_pays_second_has_a_reason(filing, order, said):
    assert msp_reason_of(filing, order, "12") == said


# The snapshot


@given(SNAPSHOTS)
def test_a_snapshot_is_read_back_as_it_was_and_its_text_is_canonical(snapshot):
    made = frozen(snapshot)
    again = thawed(made.text)
    assert replace(again, layout=0) == snapshot
    assert frozen(again) == made
    assert made.text.isascii()
    assert differences(snapshot, again) == ()


@given(SNAPSHOTS, SNAPSHOTS)
def test_two_snapshots_that_say_different_things_have_different_digests_and_the_other_way_round(one, other):
    assert (frozen(one).sha256 == frozen(other).sha256) == (one == other)


def every_field(noun, prefix=""):
    for each in fields(noun):
        value = getattr(noun, each.name)
        if is_dataclass(value):
            yield from every_field(value, f"{prefix}{each.name}.")
        else:
            yield f"{prefix}{each.name}", value


def changed_at(noun, path, value):
    name, _, rest = path.partition(".")
    return replace(noun, **{name: changed_at(getattr(noun, name), rest, value) if rest else value})


def test_every_fact_of_the_head_that_changes_is_named_in_plain_words():
    was = a_snapshot()
    untold = {"layout", "others", "lines", "diagnosis_release", "plan.coverage_id", "plan.payer.id"}
    for path, value in every_field(was):
        if path in untold:
            continue
        new = {str: "Other", int: 2, date: date(2020, 2, 29), tuple: ("I10",)}.get(type(value), date(2020, 2, 29))
        [found] = differences(was, changed_at(was, path, new))
        assert found.where == path
        assert found.what
        assert "_" not in found.what
        assert "." not in found.what


def test_a_difference_says_what_was_and_what_is():
    was = a_snapshot()
    plan = replace(was.plan, member_id="ZZ9900055", last_day=date(2026, 10, 31))
    found = {each.where: each for each in differences(was, replace(was, plan=plan))}
    assert found["plan.member_id"].sentence == "Policy's member id: was XK4471902, is ZZ9900055 now."
    assert found["plan.last_day"].sentence == "Policy's last day: was empty, is 10/31/2026 now."
    assert masked(found["plan.member_id"]).sentence == "Policy's member id: was •••••1902, is •••••0055 now."
    assert masked(found["plan.last_day"]) == found["plan.last_day"]
    assert hidden("A12") == "A12"
    assert "XK44" not in repr(found["plan.member_id"])


def test_lines_and_other_plans_that_came_went_or_changed_are_named():
    was = a_snapshot()
    [line] = was.lines
    second = Service(2, "1-2", "94010", cents=60_00, first=DAY)
    other = Plan(8, 2, Payer(80, "Lakeshore"), "LK1")
    now = replace(was, lines=(replace(line, units=2, cents=330_00), second), others=(other,))
    assert [each.sentence for each in differences(was, now)] == [
        "Other plan of that day: was empty, is Lakeshore now.",
        "Line 1, units: was 1, is 2 now.",
        "Line 1, amount: was 165.00, is 330.00 now.",
        "Line 2: was empty, is 94010 of 60.00 now.",
    ]
    back = [each.sentence for each in differences(now, was)]
    assert "Line 2: was 94010 of 60.00, is empty now." in back
    assert Difference("others.8", "Other plan of that day", "Lakeshore", "") in differences(now, was)
    newer = replace(now, others=(replace(other, member_id="LK2"),))
    assert [each.sentence for each in differences(now, newer)] == [
        "Lakeshore, policy's member id: was LK1, is LK2 now."
    ]


def test_new_charges_leave_what_registration_said_as_it_was_frozen():
    was = a_snapshot()
    now = a_snapshot(patient=Person("Other", "Name"), lines=(Service(9, "1-9", "99214", cents=1, first=DAY),))
    made = with_lines(was, now)
    assert (made.patient, made.plan) == (was.patient, was.plan)
    assert made.lines == now.lines


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (date(2026, 1, 1), None, None),
        (date(2026, 1, 1), DAY, None),
        (date(2026, 1, 1), date(2026, 10, 31), "Policy ended Oct 31, 2026; service was Nov 4, 2026."),
        (date(2026, 11, 5), None, "Policy begins Nov 5, 2026; service was Nov 4, 2026."),
    ],
)
def test_a_policy_that_was_not_in_force_on_the_day_is_told(first, last, said):
    was = a_snapshot()
    found = outside_coverage(replace(was, plan=replace(was.plan, first_day=first, last_day=last)))
    assert [each.text for each in found] == ([] if said is None else [said])


def test_the_subscriber_is_the_patient_unless_somebody_else_is_named():
    was = a_snapshot()
    assert was.subscriber == was.patient
    parent = Person("Ortiz", "Luis")
    assert replace(was, plan=replace(was.plan, subscriber=parent)).subscriber == parent


def test_nothing_a_claim_says_can_be_read_in_a_log():
    assert "Ortiz" not in repr(a_snapshot())
    assert "Ortiz" not in repr(frozen(a_snapshot()))
