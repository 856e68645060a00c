"""Keep the log as long as it must be kept: legal holds, and old years in sealed archives (SECURITY A18, H25)."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import insert, select, update

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.log_keeping import (
    BACKUP_DAYS,
    YEARS_KEPT,
    backed_up_lately,
    lived_through,
    may_leave,
)
from medbill_desktop.domain.names import tidy
from medbill_desktop.domain.problems import Busy, Damaged, Findings, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.edi.chosen_files import opened_plain
from medbill_desktop.gateways.targets import Target, TargetError
from medbill_desktop.security import log_archive, recovery_kit
from medbill_desktop.security.audit_mac import Epoch
from medbill_desktop.security.log_archive import ArchiveHead, ArchiveRead
from medbill_desktop.storage import audit_keeping, backups, commands, roles
from medbill_desktop.storage.audit_keeping import YearRows
from medbill_desktop.storage.tables import audit_archive, legal_hold, user
from medbill_desktop.usecases.audit_chain import PURGE, Trail, epochs, walked
from medbill_desktop.usecases.backup import open_target
from medbill_desktop.usecases.declare import Reading, Work, query, usecase

REASON_LEAST: Final = 10
REASON_MOST: Final = 2000
_STEP: Final = 5000


@dataclass(frozen=True, slots=True)
class AskKeeping:
    """What is kept, what may leave, and what stands in the way?"""


@dataclass(frozen=True, slots=True)
class Hold:
    """A legal hold; `lifted_at` None while it stands."""

    id: Id
    reason: str = field(repr=False)
    set_by: str
    set_at: datetime
    lifted_at: datetime | None
    lift_reason: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Archive:
    """A year that left the log."""

    id: Id
    year: int
    first_seq: int
    last_seq: int
    target: str
    name: str
    bytes: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Keeping:
    """`oldest` is None while the log lies within one year; `why_not` is empty where that year may leave."""

    oldest: int | None
    rows: int
    why_not: str
    holds: tuple[Hold, ...]
    archives: tuple[Archive, ...]

    @property
    def held(self) -> bool:
        return any(each.lifted_at is None for each in self.holds)


@dataclass(frozen=True, slots=True)
class SetHold:
    """Nothing may leave the log from now on."""

    id: Id
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LiftHold:
    """The matter is over."""

    id: Id
    hold_id: Id
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ArchiveYear:
    """Move the oldest year into a sealed archive, and out of the log."""

    id: Id
    year: int


@dataclass(frozen=True, slots=True)
class Archived:
    year: int
    rows: int
    last_seq: int
    bytes: int


@dataclass(frozen=True, slots=True)
class OpenArchive:
    """Read an archive to its end; with no `kit` by the keys that this practice keeps for its own backups."""

    file: str = field(repr=False)
    kit: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ArchiveFacts:
    """What a whole archive holds; `joined` tells whether the log goes on where it ends."""

    year: int
    rows: int
    first_seq: int
    last_seq: int
    head: str
    own: bool
    joined: bool


@query("log.keeping", needs=Permission.READ_AUDIT)
def log_keeping(read: Reading, asked: AskKeeping) -> Keeping:
    oldest, h, a = audit_keeping.oldest_year(read.conn), legal_hold.c, audit_archive.c
    holds = select(legal_hold, user.c.name).join(user, user.c.id == h.set_by).order_by(h.id.desc())
    return Keeping(
        None if oldest is None else oldest.year,
        0 if oldest is None else oldest.rows,
        _why_not(read, oldest),
        tuple(
            Hold(row.id, row.reason, row.name, row.set_at, row.lifted_at, row.lift_reason)
            for row in read.conn.execute(holds)
        ),
        tuple(
            Archive(row.id, row.year, row.first_seq, row.last_seq, row.target, row.name, row.bytes, row.at)
            for row in read.conn.execute(select(audit_archive).order_by(a.year.desc()))
        ),
    )


@usecase("log.hold", needs=Permission.SIGN_OFF_AUDIT, topics={"review"})
def set_hold(work: Work, cmd: SetHold) -> Id:
    reason, hold_id = _reasoned(cmd.reason), work.new_id()
    row = {"id": hold_id, "reason": reason, "set_by": work.user.id, "set_at": work.now}
    work.conn.execute(insert(legal_hold).values(row))
    work.entry.about("legal_hold", hold_id)
    return hold_id


@usecase("log.lift_hold", needs=Permission.SIGN_OFF_AUDIT, topics={"review"})
def lift_hold(work: Work, cmd: LiftHold) -> None:
    reason, c = _reasoned(cmd.reason), legal_hold.c
    standing = (c.id == cmd.hold_id) & c.lifted_at.is_(None)
    lifted = {"lift_reason": reason, "lifted_by": work.user.id, "lifted_at": work.now}
    if not work.conn.execute(update(legal_hold).where(standing).values(lifted)).rowcount:
        raise Refused("This hold is lifted already.")
    work.entry.about("legal_hold", cmd.hold_id)


@dataclass(frozen=True, slots=True)
class _Sealed:
    """An archive that lies at the target and was read back whole."""

    year: YearRows
    target: str
    name: str
    size: int
    sha256: str


def _sealed(read: Reading, cmd: ArchiveYear) -> _Sealed | None:
    """Write the archive, read it back from the target, and hold it to the log; nothing is taken out yet."""
    if commands.find(read.conn, cmd.id) is not None:
        return None  # sent twice: the door has the answer of the first time
    year = audit_keeping.oldest_year(read.conn)
    if year is None or year.year != cmd.year:
        raise Refused(f"The year {cmd.year} is not the oldest of the log. Look at the list again.")
    if why := _why_not(read, year):
        raise Refused(why)
    trail: Trail = read.session.trail
    if faults := walked(read.conn, trail, read.watch).faults:
        raise Damaged(f"The log is not whole, so no row leaves it: {faults[0].text}")
    keys, identity = read.session.backup_keys, backups.identity(read.conn)
    if identity is None:
        raise Refused("Make a backup first: an archive is sealed to the same keys.")
    where, target = open_target(None, backups.chosen_folder(read.conn, read.today), keys.folder)
    target.check()
    head = ArchiveHead(
        trail.vault_id, year.year, year.first_seq, year.last_seq, year.before, year.last_mac,
        tuple(_epochs_of(year, epochs(read.conn, trail))),
    )  # fmt: skip
    name = log_archive.name_of(trail.vault_id, year.year, read.clock.now())
    recipients = (*keys.recovery_recipients, identity.recipient)
    rows = _watched(read, year)
    plain, sealed = target.put(name, lambda sink: log_archive.seal(head, rows, sink, recipients))
    back = _read_back(target, name, identity.line)
    if (back.head, back.rows, back.plain) != (head, year.rows, plain):
        _take_away(target, name)
        raise TargetError("The drive did not give back what was written to it. Nothing left the log.")
    return _Sealed(year, where, name, sealed.size, sealed.sha256)


@usecase(PURGE, needs=Permission.SIGN_OFF_AUDIT, topics={"review"}, prepare=_sealed)
def archive_year(work: Work, cmd: ArchiveYear, plan: _Sealed | None) -> Archived:
    """Take the rows out in the transaction of the row that says so, with their last mac: the chain goes on from it."""
    if plan is None or audit_keeping.oldest_year(work.conn) != plan.year:
        raise Busy("The log changed meanwhile. Nothing left it; try again.")
    year = plan.year
    if why := _why_not(work, year):
        raise Refused(why)
    archive_id = work.new_id()
    archived = {
        "id": archive_id, "year": year.year, "first_seq": year.first_seq, "last_seq": year.last_seq,
        "last_mac": year.last_mac, "target": plan.target, "name": plan.name, "bytes": plan.size,
        "sha256": plan.sha256, "user_id": work.user.id, "at": work.now,
    }  # fmt: skip
    gone = audit_keeping.purge(work.conn, archived)
    if gone != year.rows:
        raise Damaged("The log changed under the purge. Nothing left it.")
    work.entry.about(
        "audit_archive", archive_id, year=year.year, rows=gone, first_seq=year.first_seq, last_seq=year.last_seq,
        mac=year.last_mac.hex(), bytes=plan.size,
    )  # fmt: skip
    return Archived(year.year, gone, year.last_seq, plan.size)


@query("audit.open_archive", needs=Permission.READ_AUDIT, audit="audit.open_archive")
def open_archive(read: Reading, asked: OpenArchive) -> ArchiveFacts:
    """Read the file to its end, judge every row, and tell whether the log goes on behind it."""
    lines = [recovery_kit.parse(asked.kit).line] if asked.kit.strip() else audit_keeping.identity_lines(read.conn)
    if not lines:
        raise Refused("This practice keeps no key yet. Type the line of the recovery kit.")
    try:
        with opened_plain(Path(asked.file))[0] as file:
            found = log_archive.read(file, lines)
    except OSError as error:
        raise Refused(f"The file can't be read: {error.strerror}.") from None
    trail: Trail = read.session.trail
    head, known = found.head, audit_keeping.archive_at(read.conn, found.head.last_seq)
    own = head.vault == trail.vault_id
    joined = own and known is not None and known[:2] == (head.year, head.last)
    read.entry.about("audit_archive", None, year=head.year, rows=found.rows, own=own, joined=joined)
    return ArchiveFacts(head.year, found.rows, head.first_seq, head.last_seq, head.last.hex()[:16], own, joined)


def _why_not(read: Reading, year: YearRows | None) -> str:
    """Say why the oldest year may not leave; empty where it may."""
    if audit_keeping.holds_now(read.conn):
        return "A legal hold stands, so nothing leaves the log. It has to be lifted first."
    if year is None or not may_leave(year.year, read.clock.now()):
        return f"Rows stay for {YEARS_KEPT} years, and only whole years leave. Nothing is old enough."
    if not lived_through(audit_keeping.months_at_work(read.conn, year.year)):
        return "Since then hardly a month has a row: the clock of this computer may be ahead. Nothing leaves the log."
    if _lifted_and_not_alone(read):
        return "You lifted a legal hold. Somebody else who signs the reviews decides what leaves the log."
    newest = backups.newest_verified(read.conn)
    if not backed_up_lately(None if newest is None else newest.verified_at, read.clock.now()):
        return f"Make a verified backup first: the newest is not of the last {BACKUP_DAYS} days."
    return ""


def _lifted_and_not_alone(read: Reading) -> bool:
    """Whether the person lifted a hold, and somebody else is there who could look: evidence is not one person's."""
    able = set(roles.with_right(read.conn, read.user.book, Permission.SIGN_OFF_AUDIT)) - {read.user.id}
    return bool(able) and read.user.id in audit_keeping.lifted_by(read.conn)


def _epochs_of(year: YearRows, known: list[Epoch]) -> Iterator[Epoch]:
    """Yield the epochs that have rows in that year."""
    for each in known:
        if each.first_seq <= year.last_seq and (each.last_seq is None or each.last_seq >= year.first_seq):
            yield Epoch(each.number, each.key, each.first_seq)


def _watched(read: Reading, year: YearRows) -> Iterator[tuple[int, dict[str, Any], bytes]]:
    for done, row in enumerate(audit_keeping.rows_between(read.conn, year.first_seq, year.last_seq)):
        if done % _STEP == 0:
            read.watch.step(done, year.rows, "Sealing the old rows")
        yield row


def _read_back(target: Target, name: str, line: str) -> ArchiveRead:
    try:
        with target.get(name) as source:
            return log_archive.read(source, [line])
    except Exception:
        _take_away(target, name)
        raise


def _take_away(target: Target, name: str) -> None:
    with suppress(TargetError):
        target.delete(name)


def _reasoned(typed: str) -> str:
    reason, problems = tidy(typed), Findings()
    if len(reason) < REASON_LEAST:
        problems.stop("reason", "reason", "Say why.", "Write at least ten letters.")
    if len(reason) > REASON_MOST:
        problems.stop("reason", "reason", f"This is over {REASON_MOST:,} letters.", "Make it shorter.")
    problems.raise_stops()
    return reason
