"""Make a verified, encrypted backup, choose where it goes, and know how old it is (SECURITY B1-B11)."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from medbill_desktop.domain import backup_schedule
from medbill_desktop.domain.backup_schedule import Chip
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.users import Permission
from medbill_desktop.usecases.declare import Reading, Work, query, usecase

Occasion = backup_schedule.Occasion


class BackupKeys(Protocol):
    """What a backup needs of the open practice; `session.backup_keys`, beside `session.trail`."""

    @property
    def folder(self) -> Path:
        """The practice folder; the database is `vault.<epoch>.db` in it."""

    @property
    def vault_id(self) -> str: ...
    @property
    def epoch(self) -> int: ...
    @property
    def kind(self) -> str:
        """`practice` or `training`."""

    @property
    def recovery_recipients(self) -> tuple[str, ...]: ...
    def key_hex(self) -> str:
        """Return the data key in hex; raises Sealed once it is dropped."""

    def key_file(self) -> bytes:
        """Return `vault.keys` as it is now, while nobody writes it."""


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


@usecase("backup.make", needs=Permission.RUN_BACKUP, topics={"backup"})
def make_backup(work: Work, cmd: MakeBackup) -> BackupMade:
    raise NotImplementedError


@usecase("backup.target", needs=Permission.MANAGE_POLICY, topics={"backup"})
def choose_target(work: Work, cmd: ChooseTarget) -> TargetChosen:
    raise NotImplementedError


@query("backup.status", needs=Permission.SELF)
def backup_status(read: Reading, asked: ShowBackups) -> BackupStatus:
    raise NotImplementedError


@query("backup.due", needs=Permission.SELF)
def backup_due(read: Reading, asked: AskDue) -> bool:
    raise NotImplementedError
