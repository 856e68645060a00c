"""Make a verified, encrypted backup, choose where it goes, and know how old it is (SECURITY B1-B11)."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select

from medbill_desktop.domain import backup_schedule
from medbill_desktop.domain.backup_schedule import Chip
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Busy, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.gateways import folder_target
from medbill_desktop.gateways.targets import Target
from medbill_desktop.storage import backups, commands, snapshot, tables
from medbill_desktop.storage.backups import Receipt
from medbill_desktop.usecases.audit_chain import Before
from medbill_desktop.usecases.backup_making import MOST_RECEIPTS, BackupKeys, Making, Verified
from medbill_desktop.usecases.declare import Reading, Work, query, usecase

__all__ = [
    "AskDue", "BackupLine", "BackupMade", "BackupStatus", "ChooseTarget", "MakeBackup",
    "Occasion", "ShowBackups", "TargetChosen", "backup_due", "backup_status", "choose_target", "make_backup",
]  # fmt: skip

MAKE: Final = "backup.make"
Occasion = backup_schedule.Occasion
_one_at_a_time = threading.Lock()


@dataclass(frozen=True, slots=True)
class MakeBackup:
    """Back up now, to the chosen target; `to` names another folder for this once."""

    id: Id
    to: str | None = None


@dataclass(frozen=True, slots=True)
class BackupMade:
    """A backup that was read back whole; `name` is the file's name at the target."""

    backup_id: Id
    name: str
    bytes: int
    sha256: str
    verified_at: datetime
    other_disk: bool
    deleted: int


@dataclass(frozen=True, slots=True)
class ChooseTarget:
    """Backups go to this folder from now on: another disk, a USB drive, a share."""

    id: Id
    folder: str


@dataclass(frozen=True, slots=True)
class TargetChosen:
    other_disk: bool


@dataclass(frozen=True, slots=True)
class ShowBackups:
    """The Backup page and the chip in the header; `limit` backups at most, newest first."""

    limit: int = 100


@dataclass(frozen=True, slots=True)
class BackupLine:
    """A backup as the Backup page lists it; `deleted_at` where retention has taken it away."""

    id: Id
    at: datetime
    verified_at: datetime | None
    name: str
    target: str
    bytes: int
    other_disk: bool
    deleted_at: datetime | None


@dataclass(frozen=True, slots=True)
class BackupStatus:
    """What the chip and the Backup page show; `counts` is the newest verified backup that the chip goes by."""

    chip: Chip
    counts: datetime | None
    newest: datetime | None
    target: str
    target_chosen: bool
    last_failed: bool
    lines: tuple[BackupLine, ...]


@dataclass(frozen=True, slots=True)
class AskDue:
    """Is a backup to be made on this occasion?"""

    occasion: Occasion


def _made_and_verified(read: Reading, cmd: MakeBackup) -> Verified | None:
    """Do all of the slow work on a snapshot: copy, check, encrypt, read back, receipt, retention."""
    keys: BackupKeys = read.session.backup_keys
    # Anchors are written while others work: those taken after the snapshot would know rows that it can't have.
    trail = Before.of(read.session.trail)
    if commands.find(read.conn, cmd.id) is not None:
        return None  # sent twice: the door has the answer of the first time
    with _alone():
        chosen = backups.chosen_folder(read.conn, read.today)
        where, target = open_target(cmd.to, chosen, keys.folder)
        target.check()
        snapshot.sweep(keys.folder)
        with snapshot.private_folder(snapshot.staging(keys.folder)) as staging:
            return Making(read, keys, trail, where, target).made(staging, cmd.id)


def open_target(to: str | None, chosen: backups.ChosenFolder | None, folder: Path) -> tuple[str, Target]:
    """Return the target and how receipts call it: the folder asked for, the chosen one, or the practice's own."""
    if to is not None:
        return str(Path(to).absolute()), folder_target.FolderTarget(Path(to).absolute(), folder)
    if chosen is not None:
        return chosen.folder, folder_target.FolderTarget(Path(chosen.folder), folder, chosen.marker)
    own = folder / "backups"
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    return str(own), folder_target.FolderTarget(own, folder)


@usecase(MAKE, needs=Permission.RUN_BACKUP, topics={"backup"}, prepare=_made_and_verified)
def make_backup(work: Work, cmd: MakeBackup, plan: Verified | None) -> BackupMade:
    if plan is None:
        raise Busy("This backup is being made already.")
    made = plan.receipt
    if plan.new_identity is not None:
        backups.add_identity(work.conn, work.new_id(), plan.new_identity, work.now)
    backups.add(work.conn, made)
    backups.mark_deleted(work.conn, made.target, plan.deleted, work.now)
    work.entry.about(
        "backup", made.id, bytes=made.size, other_disk=made.other_disk, seq=made.audit_seq, deleted=len(plan.deleted)
    )
    return BackupMade(
        made.id, made.name, made.size, made.sha256, made.verified_at or made.at, made.other_disk, len(plan.deleted)
    )


@dataclass(frozen=True, slots=True)
class MarkedFolder:
    """A folder that can be written to, with its marker in place."""

    folder: Path
    marker: str
    other_disk: bool


def _marked(read: Reading, cmd: ChooseTarget) -> MarkedFolder:
    keys: BackupKeys = read.session.backup_keys
    folder = Path(cmd.folder)
    if not cmd.folder.strip() or not folder.is_absolute():
        raise Refused("Name the whole path of the backup folder.")
    practice = keys.folder.resolve()
    if folder.resolve() == practice or (practice in folder.resolve().parents and folder.resolve().name != "backups"):
        raise Refused("Backups can't lie among the practice's own files. Choose another folder.")
    marker = folder_target.make_marker(folder)
    return MarkedFolder(folder, marker, not folder_target.on_same_disk(folder, keys.folder))


@usecase("backup.target", needs=Permission.MANAGE_POLICY, topics={"backup"}, prepare=_marked)
def choose_target(work: Work, cmd: ChooseTarget, plan: MarkedFolder) -> TargetChosen:
    backups.choose_folder(work.conn, work.today, backups.ChosenFolder(str(plan.folder), plan.marker))
    work.entry.about("setting", None, other_disk=plan.other_disk)
    return TargetChosen(plan.other_disk)


@query("backup.status", needs=Permission.SELF)
def backup_status(read: Reading, asked: ShowBackups) -> BackupStatus:
    newest = backups.newest_verified(read.conn)
    elsewhere = backups.newest_verified(read.conn, other_disk_only=not _is_training(read.conn))
    failed = backups.last_try_failed(read.conn, MAKE, 0 if newest is None else newest.audit_seq)
    chosen = backups.chosen_folder(read.conn, read.today)
    verified, counts = _verified_at(newest), _verified_at(elsewhere)
    lines = backups.receipts(read.conn, min(asked.limit, MOST_RECEIPTS))
    return BackupStatus(
        chip=backup_schedule.chip(counts, verified, read.clock.now(), failed),
        counts=counts,
        newest=verified,
        target="" if chosen is None else chosen.folder,
        target_chosen=chosen is not None,
        last_failed=failed,
        lines=tuple(
            BackupLine(r.id, r.at, r.verified_at, r.name, r.target, r.size, r.other_disk, r.deleted_at) for r in lines
        ),
    )


@query("backup.due", needs=Permission.SELF)
def backup_due(read: Reading, asked: AskDue) -> bool:
    newest = backups.newest_verified(read.conn)
    if newest is None or newest.verified_at is None:
        return True
    changed = asked.occasion is Occasion.SIGN_OUT and backups.changed_since(read.conn, newest)
    return backup_schedule.is_due(asked.occasion, newest.verified_at, read.clock.now(), changed)


@contextmanager
def _alone() -> Iterator[None]:
    if not _one_at_a_time.acquire(blocking=False):
        raise Busy("A backup is being made already. Wait until it is done.")
    try:
        yield
    finally:
        _one_at_a_time.release()


def _is_training(conn: Connection) -> bool:
    return conn.execute(select(tables.vault.c.kind)).scalar() == "training"


def _verified_at(receipt: Receipt | None) -> datetime | None:
    return None if receipt is None else receipt.verified_at
