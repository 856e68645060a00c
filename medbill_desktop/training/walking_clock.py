"""A clock that walks through the past days of a practice in the making, and then shows this computer's time.

What is posted today is posted with today's date; so the history of a training practice is made on the days on which
it happened, without a back door for old dates.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from medbill_desktop.domain.clock import Clock

_OPENS: Final = time(9)
_CLOSES_AFTER: Final = timedelta(hours=8)
_STEP: Final = timedelta(seconds=1)


class WalkingClock:
    """Stands at nine o'clock of a day and goes on a second at every look, until it comes home."""

    def __init__(self, home: Clock, first_day: date) -> None:
        self._home, self._away = home, True
        self._day, self._moment = first_day, _morning(first_day)

    def walk_to(self, day: date) -> None:
        """Begin another day; the clock never goes back."""
        if day > self._day:
            self._day, self._moment = day, _morning(day)

    def come_home(self) -> None:
        self._away = False

    def now(self) -> datetime:
        if not self._away:
            return self._home.now()
        if self._moment < _morning(self._day) + _CLOSES_AFTER:
            self._moment += _STEP
        return min(self._moment, self._home.now())

    def today(self) -> date:
        return self._day if self._away else self._home.today()

    def monotonic(self) -> float:
        return self._home.monotonic()


def _morning(day: date) -> datetime:
    return datetime.combine(day, _OPENS).astimezone().astimezone(UTC)


def working_days(until: date, count: int) -> tuple[date, ...]:
    """Return the `count` week days before `until`, oldest first."""
    days: list[date] = []
    day = until
    while len(days) < count:
        day -= timedelta(days=1)
        if day.weekday() < 5:
            days.append(day)
    return tuple(reversed(days))
