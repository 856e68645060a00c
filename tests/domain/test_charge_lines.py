"""Drug packages, anesthesia times, authorizations and pointers: pure rules."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.domain.anesthesia import Timed, Times, is_timed, timed
from medbill_desktop.domain.authorizations import Authorization, AuthorizationDetails, check_use, suggested
from medbill_desktop.domain.charge_codes import check_certificate, check_modifiers, check_pairs, check_units, moved
from medbill_desktop.domain.contracts import Rate, rate_in_force
from medbill_desktop.domain.drugs import Drug, KeptDrug, NotAnNdc, eleven_digits, kept_drug, show_ndc
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Findings

DAY = date(2026, 11, 18)
PAYER = Id(5)


def codes(found):
    return [each.code for each in found.problems]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("0409-1234-01", "00409123401"), ("12345-678-90", "12345067890"), ("12345-6789-0", "12345678900"),
        ("12345-6789-01", "12345678901"), ("12345678901", "12345678901"), (" 0409 1234 01 ", "00409123401"),
    ],
)  # fmt: skip
def test_a_package_number_is_padded_in_the_group_that_is_short(typed, kept):
    assert eleven_digits(typed) == kept
    assert eleven_digits(show_ndc(kept)) == kept


@pytest.mark.parametrize("typed", ["0409123401", "1234", "", "0409-12E4-01", "123456-789-01", "٠٤٠٩-1234-01"])
def test_what_could_be_several_numbers_or_none_is_refused(typed):
    with pytest.raises(NotAnNdc):
        eleven_digits(typed)


def test_a_drug_needs_all_three_of_its_fields():
    found = Findings()
    assert kept_drug(found, "line.1", Drug("0409-1234-01", "2.5", "ml")) == KeptDrug("00409123401", 2500, "ML")
    assert kept_drug(found, "line.1", Drug("")) is None
    assert not found.problems
    for drug, wrong in (
        (Drug("0409-1234-01"), ["ndc-unit", "ndc-quantity"]), (Drug("0409-1234-01", "0", "ML"), ["ndc-quantity"]),
        (Drug("0409-1234-01", "1.2345", "ML"), ["ndc-quantity"]), (Drug("0409-1234-01", "NaN", "ML"), ["ndc-quantity"]),
        (Drug("", "1", "XX"), ["ndc", "ndc-unit"]),
    ):  # fmt: skip
        found = Findings()
        assert kept_drug(found, "line.1", drug) is None
        assert codes(found) == wrong


def test_minutes_are_for_anesthesia_and_only_there():
    found = Findings()
    assert timed(found, "line.1", "00790", ("AA", "P3"), Times("7:35", "0910")) == Timed("07:35", "09:10", 95)
    assert timed(found, "line.1", "00790", ("AA",), Times("23:50", "0:20")).minutes == 30
    assert timed(found, "line.1", "99213", (), None) is None
    assert not found.problems
    assert not is_timed("01996")
    for code, modifiers, times, wrong in (
        ("99213", (), Times("7:35", "9:10"), ["minutes"]), ("00790", ("AA",), None, ["minutes"]),
        ("00790", ("P3", "AA"), Times("7:35", "9:10"), ["anesthesia-who"]),
        ("00790", ("AA",), Times("25:00", "9"), ["time", "time"]),
        ("00790", ("AA",), Times("7:35", "7:35"), ["minutes"]), ("00790", ("AA",), Times("7:35", "20:00"), ["long"]),
    ):  # fmt: skip
        found = Findings()
        timed(found, "line.1", code, modifiers, times)
        assert codes(found) == wrong


def an_authorization(used=0, **more):
    facts = {"allowed": 10, "first_day": date(2026, 1, 1), "last_day": date(2026, 12, 31), "codes": ("97110",)}
    return Authorization(Id(1), AuthorizationDetails(PAYER, "A-77", **(facts | more)), used)


@pytest.mark.parametrize(
    ("used", "more", "payer", "code", "day", "said"),
    [
        (0, 1, PAYER, "97110", DAY, []), (6, 1, PAYER, "97110", DAY, []),
        (7, 1, PAYER, "97110", DAY, ["authorization-low"]),
        (9, 1, PAYER, "97110", DAY, ["authorization-low"]), (10, 1, PAYER, "97110", DAY, ["authorization-over"]),
        (0, 1, Id(6), "97110", DAY, ["authorization"]), (0, 1, PAYER, "97112", DAY, ["authorization"]),
        (0, 1, PAYER, "97110", date(2027, 1, 1), ["authorization"]),
    ],
)  # fmt: skip
def test_the_use_of_an_authorization_is_told_from_eighty_percent_on(used, more, payer, code, day, said):
    found = Findings()
    check_use(found, "line.1", an_authorization(used), payer, code, day, more)
    assert codes(found) == said


def test_the_authorization_that_ends_first_and_has_something_left_is_suggested():
    early = an_authorization(10, last_day=date(2026, 11, 30))
    late = an_authorization(3)
    assert suggested((early, late), PAYER, "97110", DAY) == late
    assert suggested((early,), PAYER, "97110", DAY) is None


LETTERS = st.text("ABCDEFGHIJKL", max_size=4)


@given(st.lists(st.sampled_from("ABCDEFGHIJKL"), unique=True, max_size=12), st.data())
def test_pointers_follow_their_diagnoses_wherever_they_are_moved(pointed, data):
    rows = [f"code {letter}" for letter in "ABCDEFGHIJKL"]
    at, to = data.draw(st.integers(0, 11)), data.draw(st.integers(0, 11))
    meant = [rows[ord(each) - 65] for each in pointed]
    after = moved("".join(pointed), at, to)
    rows.insert(to, rows.pop(at))
    assert [rows[ord(each) - 65] for each in after] == meant
    assert moved(after, to, at) == "".join(pointed)


def test_modifiers_that_contradict_each_other_are_told():
    for modifiers, wrong in (
        (("26", "TC"), ["modifier-conflict"]), (("LT", "RT"), ["modifier-conflict"]), (("25",), ["modifier-conflict"]),
        (("GA", "GZ"), ["abn-both"]), (("59",), []),
    ):  # fmt: skip
        found = Findings()
        check_modifiers(found, "line.1.modifiers", "20610", modifiers, DAY, None)
        assert codes(found) == wrong
    found = Findings()
    check_modifiers(found, "line.1.modifiers", "99213", ("25",), DAY, None)
    check_certificate(found, "line.1.code", "99213", "")
    check_certificate(found, "line.1.code", "80053", "22D0000001")
    assert not found.problems


def test_units_are_compared_by_line_or_by_day():
    lines = [("line.1", "X", 2), ("line.2", "X", 2)]
    for limits, wrong in (({"X": (2, 1)}, 0), ({"X": (3, 2)}, 2), ({"X": (4, 3)}, 0), ({}, 0), ({"X": (1, 1)}, 2)):
        found = Findings()
        check_units(found, lines, limits)
        assert len(found.problems) == wrong


def test_a_pair_is_told_unless_a_modifier_may_help_and_stands_there():
    for helps, modifiers, wrong in ((0, ("59",), 1), (1, ("59",), 0), (1, (), 1), (1, ("LT",), 0), (9, (), 0)):
        found = Findings()
        check_pairs(found, [("line.1", "A", ()), ("line.2", "B", modifiers)], [("A", "B", helps)])
        assert len(found.problems) == wrong


def test_the_rate_that_says_most_about_a_service_holds():
    def rate(cents, **more):
        return Rate(PAYER, "99213", Cents(cents), date(2026, 1, 1), **more)

    rates = [rate(1), rate(2, modifier="95"), rate(3, plan="Gold"), rate(4, plan="Gold", place_class="facility"),
             rate(9, last_day=date(2026, 6, 30))]  # fmt: skip

    def holds(plan="", modifiers=(), place="office", day=DAY, code="99213", payer=PAYER):
        found = rate_in_force(rates, payer, plan, code, modifiers, place, day)
        return None if found is None else found.cents

    assert holds() == 1
    assert holds(modifiers=("25", "95")) == 2
    assert holds(plan="Gold") == holds(plan="Gold", modifiers=("95",)) == 3
    assert holds(plan="Gold", place="facility") == 4
    assert holds(day=date(2025, 12, 31)) is holds(code="99214") is holds(payer=Id(6)) is None
