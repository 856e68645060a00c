"""Drafts on their way to the database, sealed already: what a lock or a full disk left half-typed (L11, D10)."""

from datetime import timedelta
from threading import Lock
from typing import Final

from medbill_desktop.domain.fields import cardless
from medbill_desktop.domain.ids import Id
from medbill_desktop.storage import drafts
from medbill_desktop.usecases.opened_practice import OpenPractice, Seat

DAYS: Final = 30


class KeptDrafts:
    """Age files in memory, at most one for each person and form; they outlive a seal.

    A draft that is dropped waits as well, as None: what was kept before it must not be written after it.
    """

    def __init__(self) -> None:
        self._waiting: dict[tuple[Id, str], drafts.DraftRecord | None] = {}
        self._guard = Lock()

    def __len__(self) -> int:
        return sum(each is not None for each in self._waiting.values())

    def keep(self, practice: OpenPractice, seat: Seat, form: str, plain: bytes) -> None:
        """Seal to the person who types; a later one of the same form takes its place."""
        now = practice.clock.now()
        record = drafts.DraftRecord(practice.ids.make(now), seat.user.id, form, seat.seal_draft(cardless(plain)), now)
        with self._guard:
            self._waiting[seat.user.id, form] = record

    def drop(self, seat: Seat, form: str) -> None:
        """The form was saved or given up: forget what waits of it, and what is written."""
        with self._guard:
            self._waiting[seat.user.id, form] = None

    def write(self, practice: OpenPractice) -> None:
        """Write what waits; what the disk refuses goes on waiting."""
        with self._guard:
            waiting = list(self._waiting.items())
        for (user_id, form), record in waiting:
            with practice.writing() as conn:
                if record is None:
                    drafts.drop(conn, user_id, form)
                else:
                    drafts.put(conn, record)
            with self._guard:
                if (user_id, form) in self._waiting and self._waiting[user_id, form] is record:
                    del self._waiting[user_id, form]


def tidy(practice: OpenPractice) -> None:
    """Once after a sign-in: forget old drafts, make the ballast anew, tighten the modes of our files."""
    with practice.writing() as conn:
        drafts.drop_older(conn, practice.clock.now() - timedelta(days=DAYS))
    practice.places.make_ballast()
    practice.places.tighten()
