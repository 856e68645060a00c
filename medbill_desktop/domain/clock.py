"""Where time comes from: injected, so that a test can move it."""

from datetime import UTC, date, datetime
from time import monotonic
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Return the moment in UTC."""

    def today(self) -> date:
        """Return the practice's business date: the local calendar day."""

    def monotonic(self) -> float:
        """Return seconds that never go back."""


class SystemClock:
    """The clock of this computer."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def today(self) -> date:
        return datetime.now().astimezone().date()

    def monotonic(self) -> float:
        return monotonic()
