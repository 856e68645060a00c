"""How the open practice stands: what waits to be written, what the window must show (SECURITY D9, D10, L5)."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from medbill_desktop.domain.problems import Busy, DiskFull
from medbill_desktop.storage import health
from medbill_desktop.storage.engine import translated
from medbill_desktop.storage.practice_folder import LOW_ON_SPACE_BYTES, PracticeFolder
from medbill_desktop.usecases import kept_drafts
from medbill_desktop.usecases.kept_drafts import KeptDrafts
from medbill_desktop.usecases.opened_practice import OpenPractice, Seat
from medbill_desktop.usecases.this_computer import PROTECTED_FILE_WORDS
from medbill_desktop.usecases.write_behind import WriteBehind

FULL_WORDS: Final = "The disk is full. Nothing new can be saved until there is room; what you type is kept in memory."
READ_ONLY_WORDS: Final = (
    "The folder of the practice can't be written: this is for looking things up. Patients' records stay closed, because"
    " opening one could not be written down."
)
LOW_WORDS: Final = "Less than 500 MB are free on the disk of the practice. Make room soon."
ANCHOR_WORDS: Final = (
    "The audit log is not the one that this computer remembers. Somebody may have put an older database back, or made"
    " this computer forget. Tell the security officer."
)


class Standing:
    """Begins with a sign-in and ends with a seal; the drafts that wait outlive it."""

    def __init__(self, places: PracticeFolder) -> None:
        self._places = places
        self._behind: WriteBehind | None = None
        self._practice: OpenPractice | None = None
        self._damage: tuple[str, ...] = ()
        self.drafts = KeptDrafts()
        self.disk_full = False

    def begin(self, practice: OpenPractice, seat: Seat) -> None:
        """Write what waited, tidy up and look the database over, behind the back of who just signed in."""
        self._practice = practice
        if self._behind is None:
            self._behind = WriteBehind(self.full)
        self.errand(self.drafts.write)
        self.errand(kept_drafts.tidy)
        self.errand(lambda each: self._look_over(each, seat))

    def end(self) -> None:
        """Write what waits, then stop; nothing happens where nothing began."""
        behind, self._behind = self._behind, None
        self._practice = None
        if behind is not None:
            behind.close()

    def errand(self, do: Callable[[OpenPractice], None]) -> None:
        """Do something with the practice soon; nobody waits for it."""
        practice, behind = self._practice, self._behind
        if practice is not None and behind is not None:
            behind.put(lambda: do(practice))

    def note(self, seat: Seat | None, action: str, **detail: Any) -> None:
        """Queue an audit row of this moment; nobody waits for it (SECURITY L5)."""
        if self._practice is not None and seat is not None:
            row = self._practice.row(seat.user.id, seat.token, action, **detail)
            self.errand(lambda each: each.append(row))

    def keep_draft(self, practice: OpenPractice, seat: Seat, form: str, plain: bytes) -> None:
        self.drafts.keep(practice, seat, form, plain)
        self.errand(self.drafts.write)

    def drop_draft(self, seat: Seat, form: str) -> None:
        self.drafts.drop(seat, form)
        self.errand(self.drafts.write)

    def settle(self) -> None:
        if self._behind is not None:
            self._behind.settle()

    def full(self, full: bool) -> None:
        """Note that the disk refused a change, or has room again."""
        self.disk_full = full

    def retry(self, practice: OpenPractice, seat: Seat) -> bool:
        """Try to write what waits; tell whether there is room again."""
        try:
            practice.append(practice.row(seat.user.id, seat.token, "disk.retry"))
        except Exception as error:
            if isinstance(translated(error), DiskFull | Busy):
                return False
            raise
        self.full(False)
        self.errand(self.drafts.write)
        return self._behind is not None and self._behind.retry() and self._places.make_ballast()

    def banners(self, *, protected_file: bool) -> tuple[str, ...]:
        """Whole sentences, the most pressing first."""
        practice = self._practice
        if practice is None:
            return ()
        said: list[str] = []
        if practice.vault.read_only:
            said.append(READ_ONLY_WORDS)
        elif self.disk_full:
            said.append(FULL_WORDS)
        elif self._free_bytes() < LOW_ON_SPACE_BYTES:
            said.append(LOW_WORDS)
        said.extend(self._damage)
        if practice.anchor_suspect:
            said.append(ANCHOR_WORDS)
        if protected_file:
            said.append(PROTECTED_FILE_WORDS)
        return tuple(said)

    def _look_over(self, practice: OpenPractice, seat: Seat) -> None:
        """The integrity check after a sign-in (SECURITY D9); what it finds is shown until the next one."""
        if practice.vault.read_only:
            return
        findings = health.quick_check(self._places.database(practice.epoch), practice.key_hex)
        self._damage = tuple(each.sentence() for each in findings[:1])
        if findings:
            row = practice.row(seat.user.id, seat.token, "health.check", "failed", findings=len(findings))
            practice.append(row)

    def _free_bytes(self) -> int:
        with suppress(OSError):
            return self._places.free_bytes()
        return LOW_ON_SPACE_BYTES
