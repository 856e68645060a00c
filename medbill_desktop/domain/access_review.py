"""The quarterly review of who may do what (SECURITY A17, H6; 45 CFR 164.308(a)(4)(ii)(C))."""

from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

OVERDUE_AFTER: Final = timedelta(days=30)
QUARTERS_SHOWN: Final = 12


class Verdict(StrEnum):
    """What is to become of a person's roles."""

    KEEP = "keep"
    NARROW = "narrow"
    REMOVE = "remove"


def quarter_of(day: date) -> date:
    """Return the first day of the calendar quarter."""
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def next_quarter(first: date) -> date:
    return quarter_of(first + timedelta(days=95))


def finished(began: date, today: date) -> Iterator[date]:
    """Yield the quarters that have ended since the log began, the newest first, at most three years of them."""
    first = quarter_of(today)
    for _ in range(QUARTERS_SHOWN):
        first = quarter_of(first - timedelta(days=1))
        if first < quarter_of(began):
            return
        yield first


def is_overdue(first: date, today: date) -> bool:
    """Tell whether the review of a quarter is late: a month after it ended."""
    return today >= next_quarter(first) + OVERDUE_AFTER


def say_quarter(first: date) -> str:
    """Return `July to September 2026`."""
    last = next_quarter(first) - timedelta(days=1)
    return f"{first:%B} to {last:%B %Y}"
