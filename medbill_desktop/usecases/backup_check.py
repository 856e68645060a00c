"""What a signed-in person does about a backup after it was made: check a file, settle a restore (SECURITY B13, B15)."""

from dataclasses import dataclass, field
from pathlib import Path

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import backups
from medbill_desktop.usecases.backup_making import BackupKeys
from medbill_desktop.usecases.bundle_check import BundleFacts, verify_bundle
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.restore import confirm_restore, to_confirm

__all__ = [
    "BundleFacts", "ConfirmRestore", "RestoreWaits", "VerifyBackup", "restore_confirmed", "restore_waits",
    "verify_backup",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class VerifyBackup:
    """Check a file; with no `kit` by the key that this practice keeps for reading its own backups back."""

    file: str = field(repr=False)
    kit: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RestoreWaits:
    """Does a replaced practice wait until somebody confirms that the restored one is right?"""


@dataclass(frozen=True, slots=True)
class ConfirmRestore:
    """The restored practice is right: what it replaced may go."""

    id: Id


@query("backup.verify", needs=Permission.RUN_BACKUP, audit="backup.verify")
def verify_backup(read: Reading, query: VerifyBackup) -> BundleFacts:
    """Decrypt the file to its end, open what is in it, and compare all of it; leaves nothing behind."""
    line = query.kit.strip()
    if not line:
        own = backups.identity(read.conn)
        if own is None:
            raise Refused("This practice has made no backup yet. Type the line of the recovery kit to check a file.")
        line = own.line
    facts = verify_bundle(Path(query.file), line, read.watch)
    keys: BackupKeys = read.session.backup_keys
    read.entry.about("backup", None, bytes=facts.bytes, seq=facts.audit_seq, own=facts.vault == keys.vault_id)
    return facts


@query("restore.waits", needs=Permission.SELF)
def restore_waits(read: Reading, query: RestoreWaits) -> int:
    """Return how many replaced practices are kept."""
    keys: BackupKeys = read.session.backup_keys
    return len(to_confirm(keys.folder))


def _deleted(read: Reading, cmd: ConfirmRestore) -> int:
    keys: BackupKeys = read.session.backup_keys
    count = len(to_confirm(keys.folder))
    try:
        confirm_restore(keys.folder)
    except OSError as error:
        raise Refused(f"The replaced files can't be deleted: {error.strerror}. Nothing else was changed.") from None
    return count


@usecase("restore.confirm", needs=Permission.MANAGE_POLICY, topics={"backup"}, prepare=_deleted)
def restore_confirmed(work: Work, cmd: ConfirmRestore, plan: int) -> int:
    work.entry.about("vault", None, deleted=plan)
    return plan
