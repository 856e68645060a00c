"""Identities that two workstations can make while apart (DESIGN 5)."""

from datetime import UTC, datetime
from threading import Lock
from typing import NewType

Id = NewType("Id", int)

EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
WORKSTATION_BITS = 10
SEQUENCE_BITS = 12
LAST_WORKSTATION = (1 << WORKSTATION_BITS) - 1


class IdMaker:
    """Makes 63-bit ids that only grow: 41 bits of milliseconds, 10 of workstation, 12 of sequence.

    More than 4,095 in a millisecond borrow from the next; a clock set back never makes an id twice, because the
    maker starts above `last`, the highest id this workstation has used.
    """

    def __init__(self, workstation: int, last: int = 0) -> None:
        if not 1 <= workstation <= LAST_WORKSTATION:
            raise ValueError(f"workstation {workstation} is not between 1 and {LAST_WORKSTATION}")
        self.workstation = workstation
        self._tick = _tick_of(last)
        self._lock = Lock()

    def make(self, now: datetime) -> Id:
        milliseconds = int((now - EPOCH).total_seconds() * 1000)
        with self._lock:
            self._tick = max(self._tick + 1, milliseconds << SEQUENCE_BITS)
            millisecond, sequence = self._tick >> SEQUENCE_BITS, self._tick & ((1 << SEQUENCE_BITS) - 1)
        return Id((millisecond << WORKSTATION_BITS | self.workstation) << SEQUENCE_BITS | sequence)


def first_id(moment: datetime) -> Id:
    """Return the lowest id that could be made at a moment: ids made later are above it."""
    return Id(int((moment - EPOCH).total_seconds() * 1000) << (WORKSTATION_BITS + SEQUENCE_BITS))


def _tick_of(made: int) -> int:
    millisecond = made >> (WORKSTATION_BITS + SEQUENCE_BITS)
    return millisecond << SEQUENCE_BITS | made & ((1 << SEQUENCE_BITS) - 1)
