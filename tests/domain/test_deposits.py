"""Counting a slip: by denomination, with a reason for what is over or short (BILLING S10)."""

from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.domain.deposits import (
    DENOMINATIONS,
    Pieces,
    by_denomination,
    check_difference,
    check_pieces,
    counted,
    pieces_of,
    pieces_text,
)
from medbill_desktop.domain.problems import Findings

counts = st.lists(st.integers(0, 500), min_size=len(DENOMINATIONS), max_size=len(DENOMINATIONS))


@given(counts)
def test_a_count_is_kept_whole(numbers):
    pieces = tuple(Pieces(cents, count) for (cents, _), count in zip(DENOMINATIONS, numbers, strict=True))
    kept = pieces_of(pieces_text(pieces))
    assert counted(kept) == counted(pieces) == sum(each.cents * each.count for each in pieces)
    assert list(by_denomination(pieces_text(pieces)).values()) == [each for each in numbers if each]
    found = Findings()
    check_pieces(found, pieces)
    assert not found.problems


def test_an_unknown_or_doubled_piece_and_a_negative_count_are_refused():
    found = Findings()
    check_pieces(found, (Pieces(3, 1), Pieces(100, 1), Pieces(100, 2), Pieces(25, -1)))
    assert [each.code for each in found.problems] == ["denomination", "denomination", "count"]


def test_over_or_short_needs_a_reason():
    found = Findings()
    assert check_difference(found, 100_00, 98_00, " ") == -2_00
    assert "2.00 less" in found.problems[0].text
    again = Findings()
    assert check_difference(again, 100_00, 101_00, "Coins of the coffee box") == 1_00
    assert not again.problems
