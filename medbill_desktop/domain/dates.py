"""Dates as an office types and reads them (UX, Keys; LOOK, Rendering)."""

import re
from calendar import monthrange
from datetime import date, timedelta

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


class NotADate(ValueError):
    """The text is no date; the message says why and, where it can, what was meant."""


def parse_date(text: str, today: date) -> date:
    """Read `t`, `y`, `+3`, `-1`, `m/d`, `mmddyy`, `mmddyyyy`, `mm/dd/yy`, `mm/dd/yyyy` or ISO; raises NotADate.

    A year of two digits lies within 80 years before and 19 after `today`; `m/d` without a year is this year's.
    """
    typed = text.strip().lower()
    if typed in {"t", "today"}:
        return today
    if typed in {"y", "yesterday"}:
        return today - timedelta(days=1)
    if re.fullmatch(r"[+-]\d{1,3}", typed):
        return today + timedelta(days=int(typed))
    if found := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", typed):
        return _made(int(found[1]), int(found[2]), int(found[3]))
    if found := re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{2}|\d{4}))?", typed):
        year = today.year if found[3] is None else _year(found[3], today)
        return _made(year, int(found[1]), int(found[2]))
    if found := re.fullmatch(r"(\d{2})(\d{2})(\d{2}|\d{4})", typed):
        return _made(_year(found[3], today), int(found[1]), int(found[2]))
    raise NotADate("Type a date as mm/dd/yyyy.")


def _year(digits: str, today: date) -> int:
    if len(digits) == 4:
        return int(digits)
    year = today.year - today.year % 100 + int(digits)
    if year > today.year + 19:
        return year - 100
    return year + 100 if year <= today.year - 81 else year


def _made(year: int, month: int, day: int) -> date:
    if not 1 <= month <= 12:
        raise NotADate(f"There is no month {month}.")
    if not 1800 <= year <= 2200:
        raise NotADate(f"The year {year} can't be right.")
    last = monthrange(year, month)[1]
    if not 1 <= day <= last:
        meant = f" Did you mean {show_date(date(year, month, last))}?" if day > last else ""
        raise NotADate(f"{_MONTHS[month - 1]} {year} has {last} days.{meant}")
    return date(year, month, day)


def show_date(day: date | None) -> str:
    """Return `mm/dd/yyyy`, the form of tables and fields; nothing for no date."""
    return "" if day is None else f"{day.month:02d}/{day.day:02d}/{day.year:04d}"


def say_date(day: date) -> str:
    """Return `Oct 31, 2026`, the form of sentences on the screen."""
    return f"{_MONTHS[day.month - 1][:3]} {day.day}, {day.year}"


def read_date(day: date) -> str:
    """Return `September 22`, the form of text that is read aloud."""
    return f"{_MONTHS[day.month - 1]} {day.day}"


def age_on(birth: date, today: date) -> int:
    """Return the age in whole years; never below zero."""
    return max(0, today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day)))
