"""When the office works, each weekday for itself: what lies outside stands out in the audit log (SECURITY A16)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

from medbill_desktop.domain.problems import Findings, Problem

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MINUTES_A_DAY: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """For each day from Monday: (first minute, minute after the last), or None where the office is closed."""

    days: tuple[tuple[int, int] | None, ...]

    def cover(self, at: datetime) -> bool:
        """Tell whether somebody at work then needs no explanation."""
        span = self.days[at.weekday()]
        return span is not None and span[0] <= at.hour * 60 + at.minute < span[1]

    def say(self, weekday: int) -> str:
        span = self.days[weekday]
        return "closed" if span is None else f"{say_minute(span[0])} to {say_minute(span[1])}"

    def stored(self) -> list[list[int] | None]:
        return [None if span is None else list(span) for span in self.days]


USUAL: Final = OfficeHours((*((6 * 60, 20 * 60),) * 6, None))


def of_stored(value: Sequence[Sequence[int] | None] | None) -> OfficeHours:
    """Return what a setting holds; the usual hours where there is none."""
    if value is None:
        return USUAL
    return OfficeHours(tuple(None if span is None else (span[0], span[1]) for span in value))


def check_hours(hours: OfficeHours) -> tuple[Problem, ...]:
    """Judge hours that are to be kept: seven days, each from earlier to later within one day."""
    found = Findings()
    if len(hours.days) != len(WEEKDAYS):
        raise ValueError("office hours are for seven days")
    for name, span in zip(WEEKDAYS, hours.days, strict=True):
        if span is not None and not 0 <= span[0] < span[1] <= MINUTES_A_DAY:
            found.stop("hours", name.lower(), f"{name} ends before it begins.", "Type the opening hour first.")
    if all(span is None for span in hours.days):
        found.stop("hours", "monday", "The office is never open.", "Type hours for one day at least.")
    return found.stops()


def read_span(typed: str) -> tuple[int, int] | None:
    """Read `8-17`, `8:30 - 17:00`, `8am to 5pm`; None for `closed` or nothing; ValueError for all else."""
    words = typed.casefold().replace("to", "-").replace("–", "-").replace(" ", "")
    if words in ("", "closed", "-"):
        return None
    first, _, last = words.partition("-")
    return read_minute(first), read_minute(last)


def read_minute(typed: str) -> int:
    """Read `8`, `8:30`, `8am`, `5:15pm`, `24` as minutes of the day."""
    words, half = typed, 0
    for mark, hours in (("am", 0), ("pm", 12)):
        if words.endswith(mark):
            words, half = words.removesuffix(mark), hours or -12
    hour_words, _, minute_words = words.partition(":")
    if not (hour_words.isascii() and hour_words.isdigit() and len(hour_words) <= 2):
        raise ValueError(typed)
    if minute_words and not (minute_words.isascii() and minute_words.isdigit() and len(minute_words) == 2):
        raise ValueError(typed)
    hour, minute = int(hour_words), int(minute_words or 0)
    if half:
        if not 1 <= hour <= 12:
            raise ValueError(typed)
        hour = hour % 12 + (12 if half > 0 else 0)
    if minute > 59 or hour * 60 + minute > MINUTES_A_DAY:
        raise ValueError(typed)
    return hour * 60 + minute


def say_minute(minute: int) -> str:
    if minute == MINUTES_A_DAY:
        return "midnight"
    moment = time(minute // 60, minute % 60)
    return f"{moment:%I:%M %p}".lstrip("0").replace(":00 ", " ")
