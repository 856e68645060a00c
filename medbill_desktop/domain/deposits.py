"""A deposit slip: what lies on it, what was counted, and how the two differ (BILLING S10, J48)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from medbill_desktop.domain.money import Cents, format_cents, total
from medbill_desktop.domain.problems import Findings

DENOMINATIONS: Final[tuple[tuple[int, str], ...]] = (  # cents of one piece, and its name
    (100_00, "$100"), (50_00, "$50"), (20_00, "$20"), (10_00, "$10"), (5_00, "$5"), (2_00, "$2"), (1_00, "$1"),
    (50, "50 ¢"), (25, "25 ¢"), (10, "10 ¢"), (5, "5 ¢"), (1, "1 ¢"),
)  # fmt: skip
MOST_PIECES: Final = 100_000


@dataclass(frozen=True, slots=True)
class Pieces:
    """So many notes or coins of one kind."""

    cents: int
    count: int


def counted(pieces: tuple[Pieces, ...]) -> Cents:
    return total(each.cents * each.count for each in pieces)


def check_pieces(found: Findings, pieces: tuple[Pieces, ...]) -> None:
    """Judge a count by denomination: known pieces, each once, never a negative number of them."""
    known = {cents for cents, _ in DENOMINATIONS}
    seen: set[int] = set()
    for each in pieces:
        if each.cents not in known or each.cents in seen:
            found.stop(
                "denomination", f"pieces.{each.cents}", "There is no such note or coin.", "Use those of the list."
            )
        elif not 0 <= each.count <= MOST_PIECES:
            found.stop("count", f"pieces.{each.cents}", "This is no number of pieces.", "Type how many there are.")
        seen.add(each.cents)


def check_difference(found: Findings, slip: Cents, have: Cents, reason: str) -> Cents:
    """Return over (above zero) or short (below zero); a difference needs a reason, it never changes a payment."""
    difference = Cents(have - slip)
    if difference and not reason.strip():
        word = "more" if difference > 0 else "less"
        found.stop("difference", "reason", f"There is {format_cents(abs(difference))} {word} than the slip says.",
                   "Count again, or say in a few words why.")  # fmt: skip
    return difference


def pieces_text(pieces: tuple[Pieces, ...]) -> str:
    """Return how a count is kept: `10000x2 500x1`."""
    return " ".join(f"{each.cents}x{each.count}" for each in pieces if each.count)


def pieces_of(text: str) -> tuple[Pieces, ...]:
    """Read what `pieces_text` wrote."""
    parts = (each.split("x") for each in text.split())
    return tuple(Pieces(int(cents), int(count)) for cents, count in parts)


def by_denomination(text: str) -> Mapping[str, int]:
    """Return the count with the names of the pieces, the largest first."""
    held = {each.cents: each.count for each in pieces_of(text)}
    return {name: held[cents] for cents, name in DENOMINATIONS if cents in held}
