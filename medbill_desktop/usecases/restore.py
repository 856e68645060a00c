"""Check a backup, and bring a practice back from one (SECURITY B13-B15, K20, A14).

No practice need exist: a fresh computer has only the bundle and the printed kit. Nothing of the live practice is
touched before everything in the bundle was judged.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, select

from medbill_desktop.domain.clock import Clock
from medbill_desktop.domain.ids import IdMaker
from medbill_desktop.domain.problems import ReadOnly, Refused
from medbill_desktop.security import audit_mac, key_file, recovery_kit
from medbill_desktop.security.bundle import NotThisKit
from medbill_desktop.security.kdf import wipe
from medbill_desktop.security.key_holder import KeyHolder
from medbill_desktop.storage import audit, commands, recovery, snapshot, tables
from medbill_desktop.storage.audit import AuditRow
from medbill_desktop.storage.engine import open_vault
from medbill_desktop.storage.practice_folder import PracticeFolder
from medbill_desktop.storage.practice_lock import OpenElsewhere, PracticeLock
from medbill_desktop.usecases import sign_in
from medbill_desktop.usecases.audit_chain import epochs
from medbill_desktop.usecases.bundle_check import BundleFacts, InsideOnly, Judged, judge, users_of, verify_bundle
from medbill_desktop.usecases.watch import Quiet, Watch

__all__ = [
    "BundleFacts", "Restored", "confirm_restore", "restore", "settle",
    "to_confirm", "verify_bundle",
]  # fmt: skip

_READY: Final = re.compile(r"\.restore-(ready|moving)-(\d{1,4})")
_KNOWS_USES: Final = 2  # the schema from which a use of the kit is kept
_NO_WORKSTATION: Final = 0  # a restore happens before this computer is enrolled
_OURS: Final = {"vault.lock", "attempts.json", "ballast", "backups"}


@dataclass(frozen=True, slots=True)
class Restored:
    """A practice that stands in its folder again; `replaced` keeps the pair it took the place of."""

    vault: str
    epoch: int
    users: int
    practice: str
    made_at: datetime
    replaced: Path | None


def restore(
    file: Path, identity: str, into: Path, clock: Clock, watch: Watch | None = None, kind: str | None = None
) -> Restored:
    """Bring the practice of the bundle into the folder, which is empty or holds a state of the same practice.

    Everything is staged and judged first; the live pair is touched by renames only and kept until `confirm_restore`.
    This computer is not enrolled yet: `Office.enrol_with_kit` follows. `kind` is what the folder is for.
    """
    line = recovery_kit.parse(identity).line
    places = PracticeFolder(into.absolute())
    _refuse_foreign_files(places)
    with _made_folder(places), _locked(places):
        _settled(places.path)
        with snapshot.private_folder(snapshot.staging(places.path)) as staging:
            try:
                judged = judge(file, line, staging, watch or Quiet())
            except NotThisKit as error:
                raise _named(error, places, line) from None
            users = users_of(judged)
            _refuse_other_practice(places, judged, kind)
            _finish_staging(places, judged, staging, clock)
            number = _commit(places.path, staging)
        _settled(places.path)
    replaced = places.path / f"replaced-{number}"
    facts = judged.facts
    return Restored(
        facts.vault, facts.epoch, users, facts.practice, facts.made_at, replaced if replaced.is_dir() else None
    )


def settle(folder: Path) -> None:
    """At start: finish a restore that was cut off after its commit, and remove what staging left (SECURITY B2, B13).

    Takes `vault.lock` for it; where somebody else has the practice open, what lies there is theirs and still in use.
    """
    if not folder.is_dir():
        return
    left = snapshot.staging(folder)
    if not any(_READY.fullmatch(each.name) for each in folder.iterdir()) and not (
        left.is_dir() and any(left.iterdir())
    ):
        return
    with suppress(OpenElsewhere, ReadOnly), _locked(PracticeFolder(folder)):
        _settled(folder)


def confirm_restore(folder: Path) -> None:
    """Delete the pair that a restore replaced, once the people have seen that the restored practice is right."""
    for old in folder.glob("replaced-*"):
        shutil.rmtree(old)


def to_confirm(folder: Path) -> tuple[Path, ...]:
    """Return where replaced pairs wait for `confirm_restore`."""
    return tuple(sorted(folder.glob("replaced-*")))


def _named(error: NotThisKit, places: PracticeFolder, line: str) -> NotThisKit:
    """Name the practice a wrong kit is for, where the folder's own key file tells it (SECURITY K20)."""
    try:
        kit = key_file.unlock_with_kit(places.key_file.read_bytes(), line)
    except (OSError, Refused):
        return error
    kit.wipe()
    return NotThisKit(
        f"This kit is for practice {kit.opened.vault_id[:8]}, which lies in this folder. The backup is another"
        " practice's, or older than the kit. Nothing was changed."
    )


def _refuse_foreign_files(places: PracticeFolder) -> None:
    """Before anything: a folder with somebody's other files in it is no place for a practice."""
    if places.path.is_dir():
        for each in places.path.iterdir():
            known = each.name.startswith(("vault.", "replaced-", ".restore-", ".setup")) or each.name in _OURS
            if not known:
                raise Refused(
                    f"The folder {places.path} holds other files ({each.name}). Choose an empty folder, or the folder"
                    " of the practice."
                )
    elif places.path.exists():
        raise Refused(f"{places.path} is a file, not a folder. Choose an empty folder.")


def _refuse_other_practice(places: PracticeFolder, judged: Judged, kind: str | None) -> None:
    manifest = judged.manifest
    if kind is not None and kind != manifest.kind:
        raise Refused(
            "This is the backup of a real practice; the training practice does not take it."
            if manifest.kind == "practice"
            else "This is a backup of the training practice; a real practice does not take it."
        )
    live = _live_vault(places)
    if live is not None and live != manifest.vault:
        raise Refused(
            f"The folder holds practice {live[:8]}, the backup is of practice {manifest.vault[:8]}. Nothing was"
            " changed. Choose an empty folder."
        )
    if live is None and places.databases() and not _opens_here(places, judged):
        raise Refused(
            "The folder holds a database whose practice can't be told. Nothing was changed. Move its files away, or"
            " choose an empty folder."
        )


def _live_vault(places: PracticeFolder) -> str | None:
    """Return the vault id that the live key file tells; None where there is none that can be read."""
    try:
        return key_file.peek(places.key_file.read_bytes())[0].vault_id
    except (OSError, Refused):
        return None


def _opens_here(places: PracticeFolder, judged: Judged) -> bool:
    return _live_head(places, judged, KeyHolder(bytearray.fromhex(judged.manifest.dek))) is not None


def _live_head(places: PracticeFolder, judged: Judged, holder: KeyHolder) -> tuple[int, str] | None:
    """Return seq and mac of the last audit row of the live database of the same practice; None where it is lost."""
    newest = max(places.databases(), default=None)
    if newest is None:
        return None
    try:
        vault = open_vault(places.database(newest), holder.hex, read_only=True)
        try:
            with vault.reader.begin() as conn:
                own = conn.execute(select(tables.vault.c.vault_id)).scalar()
                head = audit.head(conn)
        finally:
            vault.close()
    except Exception:  # whatever is wrong with what a restore replaces, it must not stop the restore
        return None
    finally:
        holder.clear()
    return (head[0], head[1].hex()) if head is not None and own == judged.manifest.vault else None


def _head_before(places: PracticeFolder, judged: Judged) -> tuple[int, str] | None:
    """Return the head of the log that the restore leaves behind, where the kit still opens it (SECURITY A14)."""
    try:
        kit = key_file.unlock_with_kit(places.key_file.read_bytes(), judged.line)
    except (OSError, Refused):
        return None
    holder = KeyHolder(bytearray(kit.dek))
    kit.wipe()
    return _live_head(places, judged, holder)


def _finish_staging(places: PracticeFolder, judged: Judged, staging: Path, clock: Clock) -> None:
    """Write the `restore` row that names both heads, put the key file beside, and flush both (SECURITY A14)."""
    manifest, left = judged.manifest, _head_before(places, judged)
    key = bytearray.fromhex(manifest.dek)
    holder = KeyHolder(key)
    vault = open_vault(judged.unsealed.database, holder.hex)
    try:
        with vault.writer.begin() as conn:
            running = epochs(conn, InsideOnly(manifest.vault, manifest.epoch, holder.audit_key()))[-1]
            link = audit_mac.linker(running.key, manifest.vault, running.number, running.first_seq)
            detail = {
                "from_seq": manifest.audit_seq,
                "from_head": manifest.audit_head[:16],
                "left_seq": None if left is None else left[0],
                "left_head": None if left is None else left[1][:16],
            }
            row = AuditRow(
                clock.now(), None, _NO_WORKSTATION, "restore", "restore", "done", "vault", None, detail=detail
            )
            audit.append(conn, row, link)
            if manifest.schema >= _KNOWS_USES:
                _owe(conn, judged.line, clock.now())
    finally:
        vault.close()
        holder.clear()
        wipe(key)
    keys = staging / places.key_file.name
    keys.touch(mode=0o600)
    keys.write_bytes(judged.unsealed.key_file)
    for each in (judged.unsealed.database, keys):
        with each.open("rb+") as done:
            os.fsync(done.fileno())
    for stray in staging.iterdir():
        if stray not in (judged.unsealed.database, keys):
            stray.unlink()


def _owe(conn: Connection, line: str, now: datetime) -> None:
    """Write down that the kit was used: what was put back could be of before another use, and would hide it (K21)."""
    ids = IdMaker(sign_in.next_workstation(conn), commands.last_id(conn))
    recovery.begin_use(conn, ids.make(now), recovery_kit.parse(line).recipient, _NO_WORKSTATION, now)


def _commit(folder: Path, staging: Path) -> int:
    """Rename the judged pair to the name that means "put me in place"; from here on it is only finished."""
    number = 1
    while (folder / f"replaced-{number}").exists():
        number += 1
    _sync(staging)
    staging.rename(folder / f".restore-ready-{number}")
    _sync(folder)
    return number


def _settled(folder: Path) -> None:
    """Move the live pair aside, then the ready one in. Each step may be cut off and done again.

    The folder's name tells the phase: while it is `ready` nothing new was moved in, so what lies here is the old
    pair; once it is `moving`, whatever of the old pair there was is aside.
    """
    snapshot.sweep(folder)
    for each in sorted(folder.iterdir()):
        match = _READY.fullmatch(each.name)
        if match is None:
            continue
        moving = folder / f".restore-moving-{match[2]}"
        if match[1] == "ready":
            aside = folder / f"replaced-{match[2]}"
            for old in sorted(folder.glob("vault.*")):
                if old.name != "vault.lock":
                    aside.mkdir(mode=0o700, exist_ok=True)
                    old.rename(aside / old.name)
            _sync(folder)
            each.rename(moving)
        for new in sorted(moving.iterdir(), reverse=True):  # the key file last: it is what makes a practice
            new.rename(folder / new.name)
        _sync(folder)
        moving.rmdir()


@contextmanager
def _made_folder(places: PracticeFolder) -> Iterator[None]:
    """Make the folder; a restore that fails leaves none where none was."""
    new = places.make()
    try:
        yield
    except BaseException:
        if new:
            shutil.rmtree(places.path, ignore_errors=True)
        raise


@contextmanager
def _locked(places: PracticeFolder) -> Iterator[None]:
    lock, there = PracticeLock(places.lock_file), places.lock_file.exists()
    lock.take()
    try:
        yield
    except BaseException:
        if not there:
            lock.give_back_and_remove()
        raise
    finally:
        lock.give_back()


def _sync(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
