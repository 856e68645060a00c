"""Is this backup sound? Everything in a bundle, checked before anything in it is believed (SECURITY B13, B15).

No practice need exist for it.
"""

import shutil
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, select

from medbill_desktop.domain.problems import Refused
from medbill_desktop.security import bundle, key_file, recovery_kit
from medbill_desktop.security.audit_mac import Anchor
from medbill_desktop.security.bundle import BundleDamaged, BundleTooNew, Manifest, NotThisKit, Unsealed
from medbill_desktop.security.key_holder import KeyHolder
from medbill_desktop.storage import audit, migrate, snapshot, tables
from medbill_desktop.storage.engine import open_vault
from medbill_desktop.usecases.audit_chain import walked
from medbill_desktop.usecases.watch import Quiet, Watch

_MARGIN_BYTES: Final = 32 << 20


@dataclass(frozen=True, slots=True)
class BundleFacts:
    """What a bundle holds, after everything in it was checked."""

    vault: str
    kind: str
    epoch: int
    schema: int
    made_at: datetime
    app: str
    practice: str
    users: int
    audit_seq: int
    audit_head: str
    receivable_cents: int
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A bundle whose parts lie in staging, all of them found sound."""

    unsealed: Unsealed = field(repr=False)
    facts: BundleFacts
    line: str = field(repr=False)

    @property
    def manifest(self) -> Manifest:
        return self.unsealed.manifest


@dataclass(frozen=True, slots=True)
class InsideOnly:
    """How the log of a bundle is judged: by its own key, and by no anchor outside it."""

    vault_id: str
    epoch: int
    key: bytes = field(repr=False)
    anchor_missing: bool = False

    def anchors(self) -> tuple[Anchor, ...]:
        return ()


def verify_bundle(file: Path, identity: str, watch: Watch | None = None, scratch: Path | None = None) -> BundleFacts:
    """Open a bundle with the kit or a backup identity and check all of it; leaves nothing behind.

    `identity` is the line or the text of the file that holds it; `scratch` is where the encrypted database may be
    unpacked meanwhile. Raises a Refused that names the fault: NotThisKit, KitMistyped, BundleDamaged, BundleTooNew.
    """
    line = recovery_kit.parse(identity).line
    with ExitStack() as stack:
        if scratch is None:
            scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="medbill-")))
        staging = stack.enter_context(snapshot.private_folder(scratch))
        return judge(file, line, staging, watch or Quiet()).facts


def judge(file: Path, line: str, staging: Path, watch: Watch) -> Judged:
    """Unpack into staging and check all of it; raises before anything else is touched (SECURITY B13)."""
    unsealed = _unsealed(file, line, staging, watch)
    manifest = unsealed.manifest
    if manifest.schema > migrate.steps()[-1].number:
        raise BundleTooNew
    header, _ = key_file.peek(unsealed.key_file)
    if (header.vault_id, header.epoch, header.kind) != (manifest.vault, manifest.epoch, manifest.kind):
        raise BundleDamaged("The key file in this backup is another practice's.")
    holder = KeyHolder(bytearray.fromhex(manifest.dek))
    try:
        vault = open_vault(unsealed.database, holder.hex)
        try:
            with vault.reader.begin() as conn:
                facts = _facts(conn, unsealed, holder, watch)
        finally:
            vault.close()
    finally:
        holder.clear()
    return Judged(unsealed, facts, line)


def _unsealed(file: Path, line: str, staging: Path, watch: Watch) -> Unsealed:
    try:
        if file.exists() and not file.is_file() and not file.is_dir():
            raise Refused(f"{file} is not a file. Name the .mbb.age file of a backup.")
        size = file.stat().st_size
        room = shutil.disk_usage(staging).free - _MARGIN_BYTES
        with file.open("rb") as source:
            return bundle.open_bundle(
                source, line, staging, room, lambda done: watch.step(min(done, size), 2 * size, "Decrypting the backup")
            )
    except NotThisKit:
        short = bundle.short_vault_of(file.name)
        named = f" The name of the file says practice {short}." if short else ""
        raise NotThisKit(
            f"This kit does not open this backup: it is another practice's, or the backup is older than the kit.{named}"
            " Compare it with the practice number printed on the kit."
        ) from None
    except FileNotFoundError:
        raise Refused(f"There is no file {file}.") from None
    except IsADirectoryError:
        raise Refused(f"{file} is a folder. Name the .mbb.age file in it.") from None
    except PermissionError:
        raise Refused(f"This account may not read {file}.") from None


def _facts(conn: Connection, unsealed: Unsealed, holder: KeyHolder, watch: Watch) -> BundleFacts:
    manifest = unsealed.manifest
    watch.step(1, 2, "Checking the database")
    if found := snapshot.faults(conn):
        raise BundleDamaged(f"The database in this backup is damaged ({found[0]}).")
    if snapshot.schema_of(conn) != manifest.schema:
        raise BundleDamaged("The database in this backup is not the one it names.")
    read = snapshot.totals(conn)
    said = (manifest.receivable_cents, manifest.journal_cents, manifest.last_posting_id, manifest.rows)
    if (read.receivable_cents, read.journal_cents, read.last_posting_id, read.rows) != said:
        raise BundleDamaged("The totals in this backup differ from those it was made with.")
    own = conn.execute(select(tables.vault.c.vault_id, tables.vault.c.epoch, tables.vault.c.kind)).one()
    if tuple(own) != (manifest.vault, manifest.epoch, manifest.kind):
        raise BundleDamaged("The database in this backup is another practice's.")
    trail = InsideOnly(manifest.vault, manifest.epoch, holder.audit_key())
    verdict, head = walked(conn, trail, watch), audit.head(conn)
    if not verdict.verified:
        raise BundleDamaged(f"The audit log in this backup is not whole: {verdict.faults[0].text}")
    if head is None or (head[0], head[1].hex()) != (manifest.audit_seq, manifest.audit_head):
        raise BundleDamaged("The audit log in this backup is not the one it was made with.")
    return BundleFacts(
        vault=manifest.vault,
        kind=manifest.kind,
        epoch=manifest.epoch,
        schema=manifest.schema,
        made_at=manifest.made_at,
        app=manifest.app,
        practice=conn.execute(select(tables.practice.c.name)).scalar() or "",
        users=conn.execute(select(func.count()).where(tables.user.c.active)).scalar_one(),
        audit_seq=manifest.audit_seq,
        audit_head=manifest.audit_head[:16],
        receivable_cents=manifest.receivable_cents,
        rows=read.all_rows,
        bytes=unsealed.bundle.size,
        sha256=unsealed.bundle.sha256,
    )


def users_of(judged: Judged) -> int:
    """Return how many people can sign in, by opening the key file of the bundle with the kit."""
    try:
        kit = key_file.unlock_with_kit(judged.unsealed.key_file, judged.line)
    except key_file.WrongKit:
        raise NotThisKit(
            "This key opens the backup but not the practice: it is a backup key. To restore, use the recovery kit."
        ) from None
    same, users = kit.dek.hex() == judged.manifest.dek, len(kit.opened.users)
    kit.wipe()
    if not same:
        raise BundleDamaged("The key file in this backup does not belong to its database.")
    return users
