"""One backup on its way: copied, judged, sealed, put, read back, receipted (SECURITY B1-B10).

All of it happens on a reader's snapshot and at the target; the writer only keeps the receipt.
"""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final, Protocol

from sqlalchemy import Connection

import medbill_desktop
from medbill_desktop.domain import retention
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Damaged, DiskFull
from medbill_desktop.domain.retention import Held
from medbill_desktop.gateways.targets import Target, TargetError
from medbill_desktop.security import age_io, bundle
from medbill_desktop.security.bundle import Manifest, MemberFacts, Sealed
from medbill_desktop.storage import audit, backups, migrate, snapshot
from medbill_desktop.storage.backups import Identity, Receipt
from medbill_desktop.storage.engine import Vault, open_vault
from medbill_desktop.storage.snapshot import Totals
from medbill_desktop.usecases.audit_chain import Trail, walked
from medbill_desktop.usecases.declare import Reading
from medbill_desktop.usecases.watch import Watch

MOST_RECEIPTS: Final = 1000
_MARGIN_BYTES: Final = 32 << 20
_LOOK_SECONDS: Final = 0.1


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
class Verified:
    """A bundle that lies at the target and was read back whole: what the database is to keep of it."""

    receipt: Receipt
    new_identity: Identity | None = field(repr=False)
    deleted: tuple[str, ...]


class Progress:
    """The four passes over the data as one bar: copy, check, encrypt, read back."""

    def __init__(self, watch: Watch, size: int) -> None:
        self._watch, self._size = watch, max(size, 1)
        self._pass, self._text = 0, "Copying the database"

    def begin(self, text: str) -> None:
        if text != self._text:
            self._pass, self._text = self._pass + 1, text
        self.passed(0)

    def end(self) -> None:
        self.passed(self._size)

    def copied(self, pages: int, of: int) -> None:
        self.passed(self._size * pages // max(of, 1))

    def passed(self, size: int) -> None:
        self._watch.step(self._pass * self._size + min(size, self._size), 4 * self._size, self._text)

    def quiet(self) -> "_Ticking":
        """Return a watch for work inside a pass: it can be cancelled, and moves nothing."""
        return _Ticking(self)


class _Ticking:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def step(self, done: int, total: int, text: str) -> None:
        self._progress.passed(0)


class Making:
    """One backup on its way to one target."""

    def __init__(self, read: Reading, keys: BackupKeys, trail: Trail, where: str, target: Target) -> None:
        self._read, self._keys, self._trail = read, keys, trail
        self._where, self._target = where, target
        self._now = read.clock.now()
        self._known = backups.identity(read.conn)
        self._identity = self._known or _new_identity()
        database = keys.folder / f"vault.{keys.epoch}.db"
        self._database = database
        self._progress = Progress(read.watch, database.stat().st_size)

    def made(self, staging: Path, backup_id: Id) -> Verified:
        self._check_room(staging)
        copy = staging / self._database.name
        before = snapshot.take(self._read.conn, copy, self._keys.key_hex, self._progress.copied)
        # After the snapshot: a key file is never older than the database that is beside it in the bundle (B2).
        key_file = self._keys.key_file()
        manifest, head = self._checked(copy, before, key_file)
        name = self._free_name()
        self._target.tidy(lambda each: bundle.is_name_of(self._keys.vault_id, each))
        sealed = self._target.put(name, lambda sink: self._seal(manifest, copy, key_file, sink))
        self._verify(name, sealed)
        receipt = self._receipt(backup_id, name, manifest, head, sealed)
        self._leave_receipt(receipt)
        for old in migrate.copies(self._database):
            old.unlink(missing_ok=True)  # what a migration kept back is now in a verified backup (SECURITY D12)
        return Verified(receipt, None if self._known else self._identity, self._pruned(receipt))

    def _check_room(self, staging: Path) -> None:
        """The copy takes as much as the database with what still stands in its log (SECURITY D10)."""
        log = self._database.with_name(f"{self._database.name}-wal")
        need = self._database.stat().st_size + (log.stat().st_size if log.exists() else 0)
        if shutil.disk_usage(staging).free < need + _MARGIN_BYTES:
            raise DiskFull(
                f"A backup needs {need // 10**6 + 1} MB on this computer's disk for a while, and there is less. Make"
                " room, then back up again."
            )

    def _checked(self, copy: Path, before: Totals, key_file: bytes) -> tuple[Manifest, bytes]:
        """Open the copy and judge it; a backup is made of a sound one only (SECURITY B3)."""
        self._progress.begin("Checking the copy")
        vault = open_vault(copy, self._keys.key_hex)
        try:
            # Every page is read twice, for its seal and for its rows: side by side, since both leave Python alone.
            with ThreadPoolExecutor(1) as pool:
                pages = pool.submit(_pages_judged, vault, copy)
                with vault.reader.begin() as conn:
                    head = self._rows_judged(conn, before)
                    schema = snapshot.schema_of(conn)
                while not wait([pages], _LOOK_SECONDS).done:
                    self._progress.passed(0)
                size, digest = pages.result()
        finally:
            vault.close()
        newest = backups.receipts(self._read.conn, 1)
        return Manifest(
            app=medbill_desktop.__version__,
            schema=schema,
            vault=self._keys.vault_id,
            kind=self._keys.kind,
            epoch=self._keys.epoch,
            made_at=self._now,
            dek=self._keys.key_hex(),
            database=MemberFacts(size, digest),
            key_file=MemberFacts(len(key_file), sha256(key_file).hexdigest()),
            receivable_cents=before.receivable_cents,
            journal_cents=before.journal_cents,
            last_posting_id=before.last_posting_id,
            rows=before.rows,
            audit_seq=head[0],
            audit_head=head[1].hex(),
            previous=newest[0].manifest_sha256 if newest else "",
        ), head[1]

    def _rows_judged(self, conn: Connection, before: Totals) -> tuple[int, bytes]:
        """Raise Damaged unless rows, totals and log are those of the database; return the head of the log."""
        if snapshot.totals(conn) != before:
            raise Damaged("The copy differs from the database. No backup was made; try again.")
        _none_of(snapshot.reference_faults(conn))
        verdict, head = walked(conn, self._trail, self._progress.quiet()), audit.head(conn)
        if not verdict.verified:
            raise Damaged(f"The audit log is not whole: {verdict.faults[0].text} No backup was made.")
        if head is None:
            raise Damaged("The audit log is empty, which no practice's is. No backup was made.")
        return head[0], head[1]

    def _free_name(self) -> str:
        taken = {held.name for held in self._target.list()}
        moment = self._now.astimezone(UTC)
        while (name := bundle.name_of(self._keys.vault_id, moment, self._keys.epoch)) in taken:
            moment += timedelta(seconds=1)
        return name

    def _seal(self, manifest: Manifest, copy: Path, key_file: bytes, sink: age_io.Sink) -> Sealed:
        self._progress.begin("Encrypting")
        recipients = (*self._keys.recovery_recipients, self._identity.recipient)
        return bundle.seal(manifest, copy, key_file, sink, recipients, self._progress.passed)

    def _verify(self, name: str, sealed: Sealed) -> None:
        """Read the bundle again from the target; what differs is removed, and no backup was made (SECURITY B8)."""
        try:
            try:
                back = self._read_back(name)
            except (TargetError, bundle.BundleDamaged):
                back = self._read_back(name)  # a share or a drive may fail once; twice is a verdict
            if back != sealed:
                raise bundle.BundleDamaged
        except BaseException as error:
            self._take_away(name)
            if isinstance(error, bundle.BundleDamaged | bundle.NotThisKit):
                raise TargetError(
                    "The backup drive did not give back what was written to it. That backup was removed. Choose"
                    " another drive, then back up again."
                ) from None
            raise

    def _read_back(self, name: str) -> Sealed:
        self._progress.begin("Reading the backup back")
        with self._target.get(name) as source:
            back = bundle.read_back(source, [self._identity.line], self._progress.passed)
        self._progress.end()
        return back

    def _receipt(self, backup_id: Id, name: str, manifest: Manifest, head: bytes, sealed: Sealed) -> Receipt:
        return Receipt(
            id=backup_id,
            at=self._now,
            target=self._where,
            name=name,
            size=sealed.bundle.size,
            sha256=sealed.bundle.sha256,
            manifest_sha256=sha256(bundle.manifest_bytes(manifest)).hexdigest(),
            audit_seq=manifest.audit_seq,
            audit_head=head,
            verified_at=self._read.clock.now(),
            other_disk=self._target.capabilities().other_disk,
        )

    def _leave_receipt(self, made: Receipt) -> None:
        """Write the receipt beside the bundle, last: no key, no name, no counts (SECURITY B9)."""
        text = json.dumps(receipt_facts(made, self._keys.vault_id), sort_keys=True, indent=1)
        try:
            self._target.put(f"{made.name}.receipt.json", lambda sink: sink.write(text.encode("ascii")))
        except BaseException:
            self._take_away(made.name)
            raise

    def _pruned(self, made: Receipt) -> tuple[str, ...]:
        """Delete what no tier keeps; the new bundle is verified, so it may. Return what lies there no more (B10)."""
        known = backups.receipts(self._read.conn, MOST_RECEIPTS, self._where)
        there = {each.name for each in self._target.list()}
        gone = [each.name for each in known if each.name not in there]
        held = [Held(each.name, each.at, each.verified_at) for each in (*known, made) if each.name in there]
        for name in retention.to_delete(held, self._now):
            if bundle.is_name_of(self._keys.vault_id, name) and self._take_away(name):
                gone.append(name)
        return tuple(gone)

    def _take_away(self, name: str) -> bool:
        try:
            self._target.delete(name)
            self._target.delete(f"{name}.receipt.json")
        except TargetError:
            return False  # it stays where it is, and retention finds it again
        return True


def receipt_facts(made: Receipt, vault_id: str) -> dict[str, object]:
    """Return what may lie beside a bundle for anybody to read."""
    return {
        "at": made.at.astimezone(UTC).isoformat(timespec="seconds"),
        "target": made.target,
        "bytes": made.size,
        "sha256": made.sha256,
        "vault": vault_id,
        "audit_seq": made.audit_seq,
        "audit_head": made.audit_head.hex(),
        "verified_at": None if made.verified_at is None else made.verified_at.astimezone(UTC).isoformat("T", "seconds"),
    }


def _pages_judged(vault: Vault, copy: Path) -> tuple[int, str]:
    with vault.reader.begin() as conn:
        _none_of(snapshot.page_faults(conn))
    return snapshot.hash_file(copy)


def _none_of(found: list[str]) -> None:
    if found:
        raise Damaged(f"The database is damaged ({found[0]}). No backup was made; restore the last one.")


def _new_identity() -> Identity:
    line, recipient = age_io.new_identity()
    return Identity(line.decode("ascii"), recipient)
