"""Window envelopes: where the address shows however the sheet slides, and where nothing else may stand (BILLING S4).

Lengths are whole thousandths of an inch, because a #10 envelope is 4.125 high; x from the left and y from the top of
the letter sheet. A profile is data: an office with another envelope measures it and adds a row.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from medbill_desktop.domain.problems import Findings, Problem

SHEET_WIDTH: Final = 8_500
MARGIN: Final = 125  # USPS Publication 25, 3-9: clear on all four sides through the full movement
POINTS: Final = 72  # in an inch


@dataclass(frozen=True, slots=True)
class Rect:
    """A part of the sheet, in thousandths of an inch from its top left corner."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    def holds(self, other: "Rect") -> bool:
        return (
            self.left <= other.left
            and self.top <= other.top
            and other.right <= self.right
            and other.bottom <= self.bottom
        )

    def meets(self, other: "Rect") -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


@dataclass(frozen=True, slots=True)
class Window:
    """A window as a paper seller states it: measured from the envelope's left and bottom edges."""

    width: int
    height: int
    from_left: int
    from_bottom: int


@dataclass(frozen=True, slots=True)
class EnvelopeProfile:
    """One envelope with one way of folding; `address_lines` is how many lines fit into its safe area."""

    key: str
    words: str
    width: int
    height: int
    fold_height: int  # of the folded sheet: where the first fold lies
    address_window: Window
    return_window: Window | None
    address_lines: int
    line_points: int  # from one line of the address to the next, in tenths of a point
    fold_ticks: bool

    @property
    def folds(self) -> tuple[int, ...]:
        """The heights of the folds, from the top of the sheet."""
        return (self.fold_height, 2 * self.fold_height)


THIRD: Final = 3_667
_TEN: Final = Window(width=4_500, height=1_125, from_left=875, from_bottom=500)
PROFILES: Final[dict[str, EnvelopeProfile]] = {
    each.key: each
    for each in (
        EnvelopeProfile("10-thirds", "#10, folded in thirds", 9_500, 4_125, THIRD, _TEN, None, 3, 97, True),
        EnvelopeProfile("10-3.85", "#10, folded at 3.85 inches", 9_500, 4_125, 3_850, _TEN, None, 4, 105, True),
        EnvelopeProfile(
            "9-double", "#9 with two windows, folded in thirds", 8_875, 3_875, THIRD,
            Window(width=4_000, height=1_000, from_left=312, from_bottom=625),
            Window(width=3_500, height=875, from_left=312, from_bottom=2_500), 3, 100, True,
        ),
    )
}  # fmt: skip


class DoesNotFit(Exception):
    """The sheet is larger than the envelope, or slides so far that nothing stays in the window."""


def safe_area(profile: EnvelopeProfile, window: Window) -> Rect:
    """Return what is visible in every position of the sheet, less an eighth of an inch; raises DoesNotFit."""
    across, down = _slide(profile)
    top = profile.height - window.from_bottom - window.height
    area = Rect(
        window.from_left + MARGIN,
        top + MARGIN,
        window.from_left + window.width - across - MARGIN,
        top + window.height - down - MARGIN,
    )
    if area.width <= 0 or area.height <= 0:
        raise DoesNotFit(profile.key)
    return area


def keep_out(profile: EnvelopeProfile, window: Window) -> Rect:
    """Return what is visible in any position of the sheet: nothing but the address is printed there."""
    across, down = _slide(profile)
    top = profile.height - window.from_bottom - window.height
    return Rect(
        max(0, window.from_left - across),
        max(0, top - down),
        min(SHEET_WIDTH, window.from_left + window.width),
        top + window.height,
    )


def _slide(profile: EnvelopeProfile) -> tuple[int, int]:
    across, down = profile.width - SHEET_WIDTH, profile.height - profile.fold_height
    if across < 0 or down < 0:
        raise DoesNotFit(profile.key)
    return across, down


def check_layout(profile: EnvelopeProfile, address: Rect, sender: Rect, others: Sequence[Rect]) -> tuple[Problem, ...]:
    """Judge where a page prints: its address and return address in their windows, everything else out of them."""
    found = Findings()
    try:
        safe, out = safe_area(profile, profile.address_window), keep_out(profile, profile.address_window)
        if not safe.holds(address):
            found.stop("window", "envelope", "The address would slide out of the window.", "Choose another fold.")
        rest = [*others]
        if profile.return_window is None:
            rest.append(sender)
        else:
            if not safe_area(profile, profile.return_window).holds(sender):
                found.stop("window", "envelope", "The return address would slide out of its window.")
            upper = keep_out(profile, profile.return_window)
            if any(upper.meets(each) for each in [*others, address]):
                found.stop("window", "envelope", "More than the return address would show in the upper window.")
        if any(out.meets(each) for each in rest):
            found.stop("window", "envelope", "More than the address would show in the window.")
    except DoesNotFit:
        found.stop("envelope", "envelope", "The folded sheet doesn't fit this envelope.", "Measure the envelope again.")
    return found.stops()


SIZES: Final = (9.0, 8.5, 8.0)  # in points; smaller is not read by a sorting machine


def fit_address(
    name: str,
    street: str,
    street2: str,
    city_line: str,
    profile: EnvelopeProfile,
    width: Callable[[str], float],
    care_of: str = "",
) -> tuple[str, ...] | Problem:
    """Return the lines of an address that stay inside the window, or what keeps them from it.

    `width` measures a text in points at size 1. Where there are too few lines, the second street line joins the first,
    and then who it goes care of joins the name.
    """
    lines = [name, care_of, street, street2, city_line]
    if profile.address_lines < sum(bool(each.strip()) for each in lines):
        lines = [name, care_of, f"{street} {street2}".strip(), city_line]
    if profile.address_lines < sum(bool(each.strip()) for each in lines):
        lines = [f"{name} {care_of}".strip(), f"{street} {street2}".strip(), city_line]
    lines = [" ".join(line.split()) for line in lines if line.strip()]
    if not street.strip() or not city_line.strip():
        return Problem("no-address", "street", "There is no complete address.", "Ask for street, city, state and ZIP.")
    if address_size(lines, profile, width) is None:
        return Problem(
            "address-too-long", "street", "The address is too long for the envelope window.",
            "Abbreviate the street, as the post office does: St, Ave, Apt.",
        )  # fmt: skip
    return tuple(lines)


def address_size(lines: Sequence[str], profile: EnvelopeProfile, width: Callable[[str], float]) -> float | None:
    """Return the largest size in points at which every line fits the safe area, or None."""
    room = safe_area(profile, profile.address_window).width * POINTS / 1000
    widest = max(map(width, lines), default=0.0)
    return next((size for size in SIZES if widest * size <= room), None)


# Scripts that run from right to left or join their letters need shaping, which a plain PDF text has not; Hangul, rare
# ideographs and pictures stand in none of our fonts.
_NOT_ON_PAPER: Final = re.compile(
    "[\u0590-\u08ff\u0900-\u11ff\u1780-\u17ff\u1800-\u18af\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff\ufb1d-\ufdff"
    "\ufe70-\ufeff\U00010000-\U0010ffff]"
)


def prints_well(text: str) -> bool:
    """Tell whether paper can carry the text as it stands (BILLING S3)."""
    return _NOT_ON_PAPER.search(text) is None
