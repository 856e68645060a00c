"""How long rows of the audit log stay: six years, by whole years, never under a legal hold (SECURITY A18, H25)."""

from datetime import UTC, datetime, timedelta
from typing import Final

YEARS_KEPT: Final = 6  # 45 CFR 164.316(b)(2)(i)
MONTHS_AT_WORK: Final = 24  # of the 72 since a year ended: a clock set ahead skips them, an office that lives does not
BACKUP_DAYS: Final = 7  # a year leaves the log only where a verified backup of these days still holds it


def end_of_year(year: int) -> datetime:
    """Return the moment at which a year of the log ends."""
    return datetime(year + 1, 1, 1, tzinfo=UTC)


def may_leave(year: int, now: datetime) -> bool:
    """Tell whether the last row of that year is six years old."""
    return now.astimezone(UTC).year >= year + 1 + YEARS_KEPT


def lived_through(months: int) -> bool:
    """Tell whether the practice was at work in enough months since: else the clock was set ahead (SECURITY F8)."""
    return months >= MONTHS_AT_WORK


def first_day_to_leave(year: int) -> datetime:
    return end_of_year(year + YEARS_KEPT)


def backed_up_lately(verified_at: datetime | None, now: datetime) -> bool:
    """Tell whether the newest verified backup is of these days; after a clock jumped ahead it is not (SECURITY F8)."""
    return verified_at is not None and timedelta(0) <= now - verified_at <= timedelta(days=BACKUP_DAYS)
