"""When a backup is due, and what the chip in the header says (SECURITY B11; UX, the window)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

RED_AFTER: Final = timedelta(hours=36)
DAILY_AFTER: Final = timedelta(hours=18)
SIGN_OUT_AFTER: Final = timedelta(minutes=15)


class Occasion(StrEnum):
    """When the program asks itself whether to make a backup."""

    QUIET = "the first quiet minute"
    LOCK = "at lock"
    SIGN_OUT = "at sign-out"


class Light(StrEnum):
    GREEN = "green"
    AMBER = "amber"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Chip:
    """The state of the backups in one light and a few words."""

    light: Light
    text: str
    fix: str = ""


def is_due(occasion: Occasion, newest_verified: datetime | None, now: datetime, changed: bool) -> bool:
    """Tell whether a backup is to be made now: once a day, and at sign-out where something changed since.

    A day is 18 hours here: an office that opens a little earlier than yesterday must not wait for the hour to come
    round. A clock set back makes a backup due rather than not.
    """
    if newest_verified is None or newest_verified > now or now - newest_verified >= DAILY_AFTER:
        return True
    return occasion is Occasion.SIGN_OUT and changed and now - newest_verified >= SIGN_OUT_AFTER


def chip(newest_elsewhere: datetime | None, newest: datetime | None, now: datetime, last_failed: bool) -> Chip:
    """Say how old the newest verified backup is that counts; `newest` is one on this computer's own disk as well.

    In a training practice the caller passes the same moment twice: there a folder on this disk counts.
    """
    if newest_elsewhere is None:
        if newest is None:
            return Chip(Light.RED, "No verified backup", "Back up now, best to a folder on another disk.")
        return Chip(
            Light.RED, "No backup on another disk", "Choose a folder on another disk, a USB drive or a network share."
        )
    age = now - newest_elsewhere
    if age < timedelta(0):
        return Chip(Light.AMBER, "Backup is from the future", "Check the clock of this computer, then back up now.")
    text = f"Verified {say_ago(age)}"
    if age > RED_AFTER:
        return Chip(Light.RED, text, "Back up now.")
    if last_failed:
        return Chip(Light.RED, "The last backup failed", "Open Backup to see why, then back up again.")
    return Chip(Light.GREEN, text)


def say_ago(age: timedelta) -> str:
    """Return `just now` within the first minute, and then `5 min ago`."""
    return "just now" if age < timedelta(minutes=1) else f"{say_age(age)} ago"


def say_age(age: timedelta) -> str:
    """Return `5 min`, `2 h` or `3 days`."""
    minutes = max(0, int(age.total_seconds() // 60))
    if minutes < 60:
        return f"{minutes} min"
    hours = minutes // 60
    return f"{hours} h" if hours < 48 else f"{hours // 24} days"
