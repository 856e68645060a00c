"""The one door between a person and the practice's data (DESIGN 4).

`Desk.run`: session -> right -> limits -> BEGIN IMMEDIATE -> body -> audit row in the same transaction -> COMMIT.
`Desk.ask`: the same on a reader; where a patient's record is opened the audit row commits before the data is handed
over. Nothing else in the program opens a transaction for a person.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import Connection

from medbill_desktop.domain.clock import Clock
from medbill_desktop.domain.emergency import Emergency
from medbill_desktop.domain.ids import Id, IdMaker
from medbill_desktop.domain.problems import Busy, DiskFull, NotAllowed, OverLimit, Refused, SameIdOtherCommand
from medbill_desktop.domain.users import User
from medbill_desktop.storage import audit, commands, roles, users
from medbill_desktop.storage.engine import Vault, interrupt, translated
from medbill_desktop.usecases.canonical import digest_of, revived, stored_form
from medbill_desktop.usecases.card_numbers import refuse_card_numbers
from medbill_desktop.usecases.declare import Ask, Case, Entry, Plan, Reading, UseCase, Work
from medbill_desktop.usecases.second_person import keep_for_review, within_limits
from medbill_desktop.usecases.watch import Cancelled, Quiet, Watch

C = TypeVar("C")
R = TypeVar("R")
MOST_PREPARES = 3


class Session(Protocol):
    """Who is at the desk; the state machine behind it belongs to Office (SECURITY L1)."""

    @property
    def user(self) -> User: ...
    @property
    def workstation(self) -> int: ...
    @property
    def token(self) -> str: ...
    @property
    def emergency(self) -> Emergency | None:
        """The emergency access that runs; None once its time is over or the session was locked (SECURITY A4)."""

    def check(self) -> None:
        """Raise LockedError unless the session is open; counts the refusal (SECURITY A5)."""

    def working(self) -> AbstractContextManager[None]:
        """As `check`, and count the call while it runs: a seal waits for it (SECURITY L10)."""

    def seal_draft(self, plain: bytes) -> bytes:
        """Encrypt to the user's own recipient (SECURITY L11)."""

    def open_draft(self, sealed: bytes) -> bytes: ...

    def searched(self, found: int) -> None:
        """Note that a search found so many; the last before a pause is written down (SECURITY A6)."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What the door needs of the data key: the audit link and the digest of a command."""

    link: audit.Link
    command: bytes = field(repr=False)


class Desk:
    """One signed-in user at one open practice. Safe to call from several threads."""

    def __init__(
        self,
        vault: Vault,
        session: Session,
        keys: Keys,
        clock: Clock,
        *,
        ids: IdMaker | None = None,
        free_ballast: Callable[[], bool] = lambda: False,
        on_disk_full: Callable[[], None] = lambda: None,
        revisions: dict[str, int] | None = None,
    ) -> None:
        """`revisions` counts the changes by topic; two desks at one database, one after the other, share it."""
        self._vault, self._session, self._keys, self._clock = vault, session, keys, clock
        self._free_ballast, self._on_disk_full = free_ballast, on_disk_full
        self._revisions: dict[str, int] = {} if revisions is None else revisions
        self._listeners: list[Callable[[frozenset[str]], None]] = []
        self._lock = Lock()
        with vault.reader.begin() as conn:
            ids = ids or IdMaker(session.workstation, commands.last_id(conn))
            book = roles.book_of(conn, clock.today())
        self._ids = ids
        self._user = replace(session.user, book=book)
        self._roles_of = (self._revisions.get("users", 0), clock.today())

    @property
    def user(self) -> User:
        """Who is at the desk, with what the roles allow as of the last call."""
        return self._user

    def _learn_roles(self) -> None:
        """Read roles and limits anew where people or roles changed, or a day began: they hold at the next call."""
        seen = (self._revisions.get("users", 0), self._clock.today())
        if seen == self._roles_of:
            return
        with self._vault.reader.begin() as conn:
            book = roles.book_of(conn, seen[1])
            record = users.find(conn, self._user.id) if seen[0] != self._roles_of[0] else None
        self._user = replace(self._user, book=book) if record is None else record.as_user(book)
        self._roles_of = seen

    @property
    def clock(self) -> Clock:
        return self._clock

    def new_id(self) -> Id:
        """Make the id of a command before it is sent, so that sending it twice does it once (BILLING J12)."""
        return self._ids.make(self._clock.now())

    def may(self, case: Case) -> bool:
        """Tell a screen whether to enable an action; `run` and `ask` check again."""
        return case.needs in self._user.permissions or self._by_emergency(case)

    @property
    def emergency(self) -> Emergency | None:
        """The emergency access that runs, for the red frame of the window (SECURITY A4)."""
        return self._session.emergency

    def _by_emergency(self, case: Case) -> bool:
        """Whether only the emergency opens this: a read that is declared so, never a change."""
        hidden = case.needs not in self._user.permissions
        return hidden and isinstance(case, Ask) and case.emergency and self._session.emergency is not None

    def change_keys(self, vault: Vault, keys: Keys) -> None:
        """Go on at the same practice under new keys (SECURITY K14b); the keys first: no row without their link."""
        self._keys = keys
        self._vault = vault

    def on_changed(self, listener: Callable[[frozenset[str]], None]) -> None:
        """Call `listener` with the topics of each change, on the thread that made it."""
        self._listeners.append(listener)

    def run(self, case: UseCase[C, R], command: C, watch: Watch | None = None) -> R:
        """Do a writing use case, whole or not at all; raises a Refused with plain words where it is not done."""
        with self._session.working():
            self._learn_roles()
            result, touched = self._run(case, command, watch or Quiet())
            self._revise(touched)
            self._learn_roles()
        for listener in list(self._listeners):
            listener(touched)
        return result

    def _run(self, case: UseCase[C, R], command: C, watch: Watch) -> tuple[R, frozenset[str]]:
        entry = self._entry(case.audit)
        self._may_or_refuse(case, entry, command)
        try:
            for attempt in range(MOST_PREPARES):
                plan, seen = self._prepare(case, command, watch)
                result, touched = self._write(case, command, plan, seen, watch, last=attempt == MOST_PREPARES - 1)
                if result is not _STALE:
                    break
        except Exception as error:
            refusal = self._failed(case, error, command)
            if isinstance(refusal, OverLimit):
                refusal.asked = (case.name, command)
            raise refusal from (None if refusal is not error else error.__cause__)
        return result, case.topics | touched

    def ask(self, case: Ask[C, R], query: C, watch: Watch | None = None) -> R:
        """Answer a query; where it opens a record, the audit row is committed first: no row, no data (SECURITY A6)."""
        with self._session.working():
            self._learn_roles()
            return self._ask(case, query, watch)

    def _ask(self, case: Ask[C, R], query: C, watch: Watch | None) -> R:
        entry = self._entry(case.audit or case.name)
        self._may_or_refuse(case, entry, query)
        # What an emergency alone opens leaves a row each, also a list or a search that otherwise leaves none.
        noted = case.audit is not None or case.needs not in self._user.permissions
        try:
            with self._vault.reader.begin() as conn, _tied(watch or Quiet(), conn) as tied:
                reading = Reading(conn, self._user, self._clock, tied, entry, self._session)
                answer = case.body(reading, query)
            if noted:
                self._record(entry, "done")
        except Exception as error:
            refusal = self._failed(case, error, query)
            raise refusal from (None if refusal is not error else error.__cause__)
        return answer

    def record(self, action: str, **detail: int | str | bool) -> None:
        """Write an audit row for something that happened at the screen: a print, a copy, an export (SECURITY A15)."""
        entry = self._entry(action)
        entry.detail.update(detail)
        self._record(entry, "done")

    def _entry(self, action: str | None, reason: str | None = None) -> Entry:
        """Begin a row; during an emergency each carries its id (SECURITY A4)."""
        held = self._session.emergency
        return Entry(action, reason=reason, detail={} if held is None else {"emergency": held.id})

    def _may_or_refuse(self, case: Case, entry: Entry, asked: object) -> None:
        if self.may(case):
            return
        self._record(_about_asked(self._entry(entry.action, f"lacks the right to {case.needs}"), asked), "denied")
        able = self._user.book.who_may(case.needs)
        raise NotAllowed(f"Your role may not {case.needs}. Ask someone who may: {able}.")

    def _prepare(self, case: UseCase[C, R], command: C, watch: Watch) -> tuple[Plan, dict[str, int]]:
        if case.prepare is None:
            return None, {}
        seen = {topic: self._revisions.get(topic, 0) for topic in case.reads}
        with self._vault.reader.begin() as conn, _tied(watch, conn) as tied:
            entry = Entry(case.audit)
            reading = Reading(conn, self._user, self._clock, tied, entry, self._session)
            return case.prepare(reading, command), seen

    def _write(
        self, case: UseCase[C, R], command: C, plan: Plan, seen: Mapping[str, int], watch: Watch, *, last: bool
    ) -> tuple[Any, frozenset[str]]:
        digest = self._digest(case.name, command)
        command_id = getattr(command, "id", None)
        now = self._clock.now()
        with self._vault.writer.begin() as conn, _tied(watch, conn) as tied:
            if command_id is not None and (done := commands.find(conn, command_id)) is not None:
                if (done.case_name, done.digest) != (case.name, digest):
                    raise SameIdOtherCommand(case.name)
                return revived(case.returns, json.loads(done.result)), frozenset()
            if any(self._revisions.get(topic, 0) != revision for topic, revision in seen.items()):
                if last:
                    raise Busy("Someone keeps changing what this needs. Nothing was done; try again in a moment.")
                return _STALE, frozenset()
            entry = self._entry(case.audit)
            work = Work(conn, self._user, self._clock, tied, entry, self._session, now, self._ids, self._digest)
            alone = within_limits(work, case, command)
            result = case.body(work, command) if case.prepare is None else case.body(work, command, plan)
            keep_for_review(work, case, command_id, alone)
            refuse_card_numbers(command)
            if command_id is not None:
                stored = commands.Done(case.name, digest, json.dumps(stored_form(result)))
                commands.add(conn, command_id, stored, self._user.id, now)
            if case.audit is not None:
                rows = (self._row(each, "done") for each in (entry, *work.entries))
                audit.append_all(conn, rows, self._keys.link)
        for each in work.committed:
            each()
        return result, frozenset(work.touched)

    def _digest(self, case_name: str, command: object) -> bytes:
        return digest_of(self._keys.command, case_name, command)

    def _failed(self, case: Case, error: Exception, asked: object) -> Exception:
        """Audit the failure in its own transaction and return what the caller is to see (SECURITY A5)."""
        plain = error if isinstance(error, Refused | Cancelled) else (translated(error) or error)
        if isinstance(error, Exception) and "interrupted" in str(error) and not isinstance(plain, Refused):
            plain = Cancelled()
        outcome = "cancelled" if isinstance(plain, Cancelled) else "refused" if isinstance(plain, Refused) else "failed"
        if isinstance(plain, DiskFull):
            self._on_disk_full()
        if case.audit is not None and not isinstance(plain, DiskFull | Busy):
            try:
                self._record(_about_asked(self._entry(case.audit, type(plain).__name__), asked), outcome)
            except Exception as second:
                # The first error is what the person must see; a full disk refuses this row as well.
                return translated(second) or plain
        return plain

    def _record(self, entry: Entry, outcome: str) -> None:
        try:
            self._append(entry, outcome)
        except DiskFull:
            self._on_disk_full()
            if not self._free_ballast():
                raise
            self._append(entry, outcome)

    def _append(self, entry: Entry, outcome: str) -> None:
        try:
            with self._vault.writer.begin() as conn:
                audit.append(conn, self._row(entry, outcome), self._keys.link)
        except Exception as error:
            raise translated(error) or error from None

    def _row(self, entry: Entry, outcome: str) -> audit.AuditRow:
        return audit.AuditRow(
            at=self._clock.now(),
            user_id=self._session.user.id,
            workstation=self._session.workstation,
            session=self._session.token,
            action=entry.action or "unnamed",
            outcome=outcome,
            subject_kind=entry.subject_kind,
            subject_id=entry.subject_id,
            patient_id=entry.patient_id,
            reason=entry.reason,
            detail=entry.detail,
        )

    def _revise(self, topics: frozenset[str]) -> None:
        with self._lock:
            for topic in topics:
                self._revisions[topic] = self._revisions.get(topic, 0) + 1


_STALE = object()
_SUBJECTS: Final = ("patient", "visit", "charge", "coverage", "guarantor", "payment", "posting", "run", "user")


def _about_asked(entry: Entry, asked: object) -> Entry:
    """Name whom a command that was not done was about, by the first id in it (SECURITY A5)."""
    for kind in _SUBJECTS:
        subject = getattr(asked, f"{kind}_id", None)
        if isinstance(subject, int):
            entry.about(kind, subject, subject if kind == "patient" else None)
            break
    return entry


@contextmanager
def _tied(watch: Watch, conn: Connection) -> Iterator[Watch]:
    """Let a cancel stop the statement that runs, and nothing after it: the connection goes on to somebody else."""
    on_cancel = getattr(watch, "on_cancel", None)
    if on_cancel is None:
        yield watch
        return
    on_cancel(lambda: interrupt(conn))
    try:
        yield watch
    finally:
        on_cancel(None)
