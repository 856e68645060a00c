"""Anesthesia is charged by the minute, and nothing else is (BILLING C8, E30)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from medbill_desktop.domain.problems import Findings

UNTIMED: Final = frozenset({"01953", "01996"})
WHO_DID_IT: Final = frozenset({"AA", "QK", "QX", "QY", "QZ", "AD"})
_CODE: Final = re.compile(r"0[01]\d{3}")
_TIME: Final = re.compile(r"([01]?\d|2[0-3]):?([0-5]\d)")
DAY: Final = 24 * 60
LONG: Final = 12 * 60


@dataclass(frozen=True, slots=True)
class Times:
    """As typed: `7:35` or `0735`, on a clock of 24 hours."""

    start: str = ""
    stop: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.start.strip() or self.stop.strip())


@dataclass(frozen=True, slots=True)
class Timed:
    start: str  # `07:35`
    stop: str
    minutes: int


def is_anesthesia(code: str) -> bool:
    return _CODE.fullmatch(code) is not None and "00100" <= code <= "01999"


def is_timed(code: str) -> bool:
    return is_anesthesia(code) and code not in UNTIMED


def timed(found: Findings, where: str, code: str, modifiers: Sequence[str], times: Times | None) -> Timed | None:
    """Judge the times of a line both ways: anesthesia has them, nothing else does."""
    typed = times is not None and not times.is_empty
    if not is_timed(code):
        if typed:
            found.stop("minutes", f"{where}.start", "Minutes are for anesthesia only.", "Take the times out.")
        return None
    if not modifiers or modifiers[0] not in WHO_DID_IT:
        found.warn("anesthesia-who", f"{where}.modifiers", "The first modifier says who gave the anesthesia.",
                   f"One of {', '.join(sorted(WHO_DID_IT))}, then P1 to P6.")  # fmt: skip
    if not typed or times is None:
        found.stop("minutes", f"{where}.start", "Anesthesia needs its start and stop time.", "Type them like 7:35.")
        return None
    start, stop = _minute(times.start), _minute(times.stop)
    for name, minute in (("start", start), ("stop", stop)):
        if minute is None:
            found.stop("time", f"{where}.{name}", "This is not a time.", "Type it like 7:35 or 1535.")
    if start is None or stop is None:
        return None
    minutes = (stop - start) % DAY  # past midnight is the next day
    if not minutes:
        found.stop("minutes", f"{where}.stop", "It stops when it starts.", "Correct one of the two times.")
        return None
    if minutes > LONG:
        found.warn("long", f"{where}.stop", f"This is {minutes // 60} hours and {minutes % 60} minutes.",
                   "Check both times.")  # fmt: skip
    return Timed(f"{start // 60:02d}:{start % 60:02d}", f"{stop // 60:02d}:{stop % 60:02d}", minutes)


def _minute(text: str) -> int | None:
    found = _TIME.fullmatch(text.strip())
    return None if found is None else int(found[1]) * 60 + int(found[2])
