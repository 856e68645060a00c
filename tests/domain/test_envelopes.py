from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.domain.envelopes import (
    MARGIN,
    PROFILES,
    DoesNotFit,
    Rect,
    address_size,
    check_layout,
    fit_address,
    keep_out,
    safe_area,
)
from medbill_desktop.domain.problems import Problem

THIRDS, FOLD, DOUBLE = (PROFILES[key] for key in ("10-thirds", "10-3.85", "9-double"))


def test_the_window_of_a_number_ten_is_where_the_rule_says():
    # BILLING S4: x 1.00-4.25; y 2.63-3.04 in thirds and 2.63-3.22 at 3.85; keep-out x 0-5.38, y 2.04-3.63.
    assert safe_area(THIRDS, THIRDS.address_window) == Rect(1000, 2625, 4250, 3042)
    assert safe_area(FOLD, FOLD.address_window) == Rect(1000, 2625, 4250, 3225)
    assert keep_out(THIRDS, THIRDS.address_window) == Rect(0, 2042, 5375, 3625)


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@given(share=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_wherever_the_sheet_slides_the_safe_area_shows_with_its_margin(profile, share):
    window = profile.address_window
    across = share[0] * (profile.width - 8_500)
    down = share[1] * (profile.height - profile.fold_height)
    left, top = window.from_left - across, profile.height - window.from_bottom - window.height - down
    safe, out = safe_area(profile, window), keep_out(profile, window)
    assert left + MARGIN <= safe.left + 0.5
    assert safe.right <= left + window.width - MARGIN + 0.5
    assert top + MARGIN <= safe.top + 0.5
    assert safe.bottom <= top + window.height - MARGIN + 0.5
    assert max(0, left) >= out.left
    assert left + window.width <= out.right
    assert top >= out.top
    assert top + window.height <= out.bottom


def test_the_lines_of_an_address_fit_the_safe_height():
    for profile in PROFILES.values():
        height = ((profile.address_lines - 1) * profile.line_points / 10 + 9 * 1.17) / 72 * 1000
        assert height <= safe_area(profile, profile.address_window).height


def test_a_sheet_larger_than_its_envelope_is_refused():
    with pytest.raises(DoesNotFit):
        safe_area(replace(THIRDS, fold_height=4_200), THIRDS.address_window)
    with pytest.raises(DoesNotFit):
        safe_area(replace(THIRDS, width=14_000), THIRDS.address_window)
    assert check_layout(replace(THIRDS, width=8_000), Rect(0, 0, 1, 1), Rect(0, 0, 1, 1), ())[0].code == "envelope"


ADDRESS, SENDER = Rect(1000, 2625, 4000, 3042), Rect(500, 500, 4000, 1200)


def test_a_layout_that_does_not_fit_is_refused():
    assert check_layout(THIRDS, ADDRESS, SENDER, [Rect(5500, 500, 8000, 3500)]) == ()
    assert check_layout(THIRDS, replace(ADDRESS, bottom=3100), SENDER, ())
    assert check_layout(THIRDS, ADDRESS, replace(SENDER, bottom=2100), ())
    assert check_layout(THIRDS, ADDRESS, SENDER, [Rect(5300, 3600, 8000, 4000)])
    assert check_layout(DOUBLE, Rect(437, 2375, 3000, 2917), Rect(437, 625, 3000, 1100), ())
    assert check_layout(DOUBLE, Rect(437, 2375, 3000, 2917), Rect(437, 625, 3000, 1042), [Rect(0, 1200, 900, 1300)])


def wide(text):
    return 0.6 * len(text)


def test_an_address_is_fitted_or_refused_with_the_fix():
    assert fit_address("Ana Ortiz", "14 Willow Lane", "Apt 3", "Rockport, ME 04856", THIRDS, wide) == (
        "Ana Ortiz", "14 Willow Lane Apt 3", "Rockport, ME 04856",
    )  # fmt: skip
    assert len(fit_address("Ana Ortiz", "14 Willow Lane", "Apt 3", "Rockport, ME 04856", FOLD, wide)) == 4
    too_long = fit_address("Ana Ortiz", "14 " + "Willow " * 10, "Apt 3", "Rockport, ME 04856", THIRDS, wide)
    assert isinstance(too_long, Problem)
    assert "Abbreviate" in too_long.fix
    assert isinstance(fit_address("Ana Ortiz", "", "", "Rockport, ME 04856", THIRDS, wide), Problem)
    assert isinstance(fit_address("Ana Ortiz", "14 Willow Lane", "", "", THIRDS, wide), Problem)


def test_a_wide_line_is_set_smaller_before_it_is_refused():
    room = safe_area(THIRDS, THIRDS.address_window).width * 72 / 1000
    letters = int(room / 0.6 / 8.5)
    assert address_size(["x" * 10], THIRDS, wide) == 9
    assert address_size(["x" * letters], THIRDS, wide) == 8.5
    assert address_size(["x" * 60], THIRDS, wide) is None
