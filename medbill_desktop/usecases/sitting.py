"""The practice while it is open or locked: who sits at the desk, and what ends with the sitting (SECURITY L1, L14)."""

import gc

from medbill_desktop.domain.problems import LockedError
from medbill_desktop.domain.users import User
from medbill_desktop.security.key_holder import Sealed
from medbill_desktop.storage import settings
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.opened_practice import OpenPractice, Seat
from medbill_desktop.usecases.practice import LOCK_MINUTES_KEY
from medbill_desktop.usecases.premises import Premises
from medbill_desktop.usecases.session import LOCK_MINUTES, SessionMachine, State
from medbill_desktop.usecases.standing import Standing


class Sitting:
    """Holds the keys from a sign-in to a seal; a second person may take the seat while the practice stays open."""

    def __init__(self, premises: Premises, machine: SessionMachine) -> None:
        self.premises, self.machine = premises, machine
        self.practice: OpenPractice | None = None
        self.seat: Seat | None = None
        self.desk: Desk | None = None
        self.standing = Standing(premises.places)
        self.last_step = 0  # of a code that was taken where nothing could be written
        self._revisions: dict[str, int] = {}

    def begin(self, practice: OpenPractice, user: User, token: str, turn: int) -> Desk:
        """Give the person the desk and open the session; raises LockedError where it changed since `turn`."""
        premises = self.premises
        self.practice = practice
        seat = Seat(practice, self.machine, user, token)
        desk = Desk(
            practice.vault, seat, practice.keys, premises.clock, ids=practice.ids,
            free_ballast=premises.places.free_ballast, on_disk_full=lambda: self.standing.full(True),
            revisions=self._revisions,
        )  # fmt: skip
        self.seat, self.desk = seat, desk
        desk.on_changed(lambda topics: self._read_policy() if "practice" in topics else None)
        self._read_policy()
        if not self.machine.open_as(token, if_turn=turn):
            raise LockedError("The session changed meanwhile. Sign in again.")
        premises.computer.remember(practice.opened.file.header)
        self.standing.begin(practice, seat)
        return desk

    def held(self) -> tuple[OpenPractice, Seat]:
        """Return what the open session holds; raises LockedError unless it is open."""
        practice, seat = self.practice, self.seat
        if practice is None or seat is None or self.machine.state is not State.OPEN:
            raise LockedError("The screen is locked.")
        return practice, seat

    def open_desk(self) -> Desk:
        """Return the desk of the person who is signed in; raises LockedError unless the session is open."""
        desk, state = self.desk, self.machine.state
        if desk is None or state is not State.OPEN:
            raise LockedError("The screen is locked." if state is State.LOCKED else "Nobody is signed in.")
        return desk

    def note_lock(self, reason: str) -> None:
        """Write down a lock that has happened; nobody waits for it (SECURITY L5)."""
        self.tell_search(at_once=True)
        self.standing.note(self.seat, "session.lock", reason=reason)
        self.anchor()

    def anchor(self) -> None:
        """Have this computer remember where the audit log stands."""
        self.standing.errand(lambda practice: practice.anchor())

    def look_after(self) -> None:
        """Once a second: a search that came to rest, an anchor that is due."""
        practice = self.practice
        self.tell_search()
        if practice is not None and practice.anchor_due():
            self.anchor()

    def tell_search(self, *, at_once: bool = False) -> None:
        """Write down how many a search found once it came to rest; a keystroke is not a read (SECURITY A6)."""
        seat = self.seat
        facts = None if seat is None else seat.search_that_ended(at_once=at_once)
        if facts is not None:
            self.standing.note(seat, "patient.search", **facts)

    def keep_draft(self, form: str, plain: bytes) -> None:
        """Seal a half-typed form to the person and write it behind their back; raises Sealed where the key is gone."""
        practice, seat = self.practice, self.seat
        if practice is None or seat is None:
            raise Sealed
        self.standing.keep_draft(practice, seat, form, plain)

    def drop_draft(self, form: str) -> None:
        """Forget a draft behind the person's back, after what was kept of it before; raises Sealed as `keep_draft`."""
        if self.practice is None or self.seat is None:
            raise Sealed
        self.standing.drop_draft(self.seat, form)

    def retry(self) -> bool:
        """Try to write what waits; tell whether there is room again."""
        practice, seat = self.practice, self.seat
        return practice is not None and seat is not None and self.standing.retry(practice, seat)

    def leave(self, to: State) -> None:
        """Write what waits, then drop connections, keys and the lock (SECURITY L14)."""
        self.standing.end()
        try:
            self.machine.move(to)
        finally:
            self.drop()
        gc.collect()

    def drop(self) -> None:
        practice, self.practice = self.practice, None
        self.seat, self.desk = None, None
        self.standing.end()
        if practice is not None:
            practice.close()
        self._revisions.clear()
        self.premises.lock_file.give_back()

    def _read_policy(self) -> None:
        practice = self.practice
        if practice is not None:
            with practice.vault.reader.begin() as conn:
                minutes = settings.value(conn, LOCK_MINUTES_KEY, self.premises.clock.today(), LOCK_MINUTES)
            self.machine.lock_minutes = int(minutes)
