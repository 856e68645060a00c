"""How long work reports, and learns that it is cancelled (DESIGN 6)."""

from typing import Protocol


class Cancelled(Exception):
    """Raised by `Watch.step`; the transaction rolls back."""


class Watch(Protocol):
    def step(self, done: int, total: int, text: str) -> None:
        """Report progress; raises Cancelled where the person has cancelled."""


class Quiet:
    """Nobody watches."""

    def step(self, done: int, total: int, text: str) -> None:
        pass
