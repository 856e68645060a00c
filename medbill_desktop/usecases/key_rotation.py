"""New keys for the whole practice, so that who left opens nothing any more (SECURITY K14b, K16, D11, A9, B19).

The database is exported under a new data key into `vault.<epoch+1>.db`, checked, and then the new `vault.keys` takes
the place of the old one: that `os.replace` is the commit. Killed before it the old pair is whole, after it the new one;
whichever is left over goes at the next sign-in.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, insert, select, update

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Damaged, DiskFull, ReadOnly, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.security import age_io, audit_mac, key_file, key_file_writer
from medbill_desktop.security.kdf import wipe
from medbill_desktop.security.key_file import OpenedTable, Unlocked
from medbill_desktop.security.key_holder import KeyHolder
from medbill_desktop.security.secret_store import StoreTrouble
from medbill_desktop.storage import audit, backups, enrolments, recovery, snapshot
from medbill_desktop.storage.backups import Identity
from medbill_desktop.storage.engine import Vault, open_vault, translated
from medbill_desktop.storage.export import export, flush, same_schema
from medbill_desktop.storage.tables import audit_epoch, backup_identity, workstation
from medbill_desktop.storage.tables import vault as vault_table
from medbill_desktop.usecases.audit_chain import Before, walked
from medbill_desktop.usecases.declare import Work, usecase
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.opened_practice import OpenPractice, Seat
from medbill_desktop.usecases.watch import Cancelled, Watch

_MARGIN_BYTES: Final = 32 << 20


class Why(StrEnum):
    """What the new keys are for, in the words of the audit log."""

    REMOVAL = "removal"
    COMPUTER = "computer"
    KIT = "kit"
    LEAK = "leak"


@dataclass(frozen=True, slots=True)
class BeginRotation:
    """New keys are to be made."""

    id: Id
    why: Why


@dataclass(frozen=True, slots=True)
class Rotated:
    """The new keys are in force; each computer in `dropped` needs an enrolment code (SECURITY K15)."""

    epoch: int
    computers_dropped: int
    bytes: int
    dropped: tuple[str, ...] = ()


@usecase("keys.rotate", needs=Permission.MANAGE_USERS)
def begin_rotation(work: Work, cmd: BeginRotation) -> None:
    work.entry.about("vault", None, why=str(cmd.why))


def rotate(practice: OpenPractice, seat: Seat, desk: Desk, why: Why, watch: Watch) -> Rotated:
    """Make new keys and go on with them; raises Refused or Cancelled, and then the old ones are in force.

    Nobody else writes meanwhile; every other computer has to be enrolled again. The caller holds the ceremony.
    """
    if practice.vault.read_only:
        raise ReadOnly("The folder of the practice can't be written, so its keys can't be changed here.")
    desk.run(begin_rotation, BeginRotation(desk.new_id(), why))
    try:
        return _Rotation(practice, seat, desk, why, watch).done()
    except Exception as error:
        raise translated(error) or error from None


@dataclass(frozen=True, slots=True)
class _NewPair:
    """What is to take the place of the old pair."""

    data: bytes = field(repr=False)
    table: OpenedTable
    unlocked: Unlocked
    holder: KeyHolder
    path: Path

    def forget(self) -> None:
        self.holder.clear()
        self.table.wipe()
        self.unlocked.wipe()


class _Rotation:
    def __init__(self, practice: OpenPractice, seat: Seat, desk: Desk, why: Why, watch: Watch) -> None:
        self._practice, self._seat, self._desk, self._why, self._watch = practice, seat, desk, why, watch
        self._old, self._places = practice.vault, practice.places
        self._size = max(self._old.path.stat().st_size, 1)

    def done(self) -> Rotated:
        self._check_room()
        self._places.drop_database(self._practice.epoch + 1)  # left by a rotation that was killed
        with self._writer_held() as (conn, closed):
            pair = self._new_pair()
            vault = None
            try:
                export(self._old.path, self._practice.key_hex, pair.path, pair.holder.hex, self._exported)
                dropped = self._make_ready(pair, closed)
                vault = open_vault(pair.path, pair.holder.hex)
                self._step(2, "Putting the new keys in place")
                self._commit(pair)
            except BaseException:
                if not self._in_force(pair):
                    if vault is not None:
                        vault.close()
                    pair.forget()
                    self._drop_orphan(pair)
                raise
            self._go_on_with(pair, vault, conn)
        self._forget_old()
        return Rotated(pair.table.epoch, len(dropped), pair.path.stat().st_size, dropped)

    def _check_room(self) -> None:
        log = self._old.path.with_name(f"{self._old.path.name}-wal")
        need = self._size + (log.stat().st_size if log.exists() else 0)
        if shutil.disk_usage(self._places.path).free < need + _MARGIN_BYTES:
            raise DiskFull(
                f"New keys need {need // 10**6 + 1} MB more on the disk of the practice for a while. Make room, then"
                " try again."
            )

    @contextmanager
    def _writer_held(self) -> Iterator[tuple[Connection, tuple[int, bytes]]]:
        """Keep the only writing connection from the closing row to the end; give it back only where the old stands."""
        practice = self._practice
        with self._old.writer.connect() as conn:
            with conn.begin():
                self._append_closing(conn, "done")
                head = audit.head(conn)
            if head is None:
                raise Damaged("The audit log is empty, which no practice's is. Nothing was changed.")
            held = conn.begin()
            try:
                yield conn, (head[0], head[1])
            except BaseException as error:
                held.rollback()
                if isinstance(error, Exception) and practice.vault is self._old:
                    with conn.begin():
                        self._append_closing(conn, _outcome(error))
                raise
            held.rollback()

    def _append_closing(self, conn: Connection, outcome: str) -> None:
        practice, seat = self._practice, self._seat
        row = practice.row(seat.user.id, seat.token, "keys.close", outcome, epoch=practice.epoch)
        audit.append(conn, row, practice.keys.link)

    def _new_pair(self) -> _NewPair:
        practice = self._practice
        data, table, unlocked = key_file.new_epoch(
            practice.opened, practice.unlocked, practice.device.id, practice.device.secret, practice.opened.recovery
        )
        return _NewPair(data, table, unlocked, KeyHolder(unlocked.dek), self._places.database(table.epoch))

    def _exported(self, size: int) -> None:
        self._step(min(size / self._size, 1.0), "Encrypting the database anew")

    def _step(self, passes: float, text: str) -> None:
        self._watch.step(int(passes * self._size), 3 * self._size, text)

    def _make_ready(self, pair: _NewPair, closed: tuple[int, bytes]) -> tuple[str, ...]:
        """Compare the new database with the old, open its log, judge it, and flush it; name the computers dropped."""
        self._step(1, "Checking the new database")
        vault = open_vault(pair.path, pair.holder.hex)
        try:
            with self._old.reader.begin() as old, vault.reader.begin() as new:
                if not same_schema(old, new) or snapshot.totals(old) != snapshot.totals(new):
                    raise Damaged("The new database differs from the old one. Nothing was changed; try again.")
            with vault.writer.begin() as conn:
                dropped = self._write_epoch(conn, pair, closed)
            self._step(1.5, "Checking the new database")
            self._judge(vault, pair)
        finally:
            vault.close()
        flush(pair.path)
        return dropped

    def _write_epoch(self, conn: Connection, pair: _NewPair, closed: tuple[int, bytes]) -> tuple[str, ...]:
        practice, seat, now, (seq, mac) = self._practice, self._seat, self._practice.clock.now(), closed
        first = 1 + conn.execute(select(func.coalesce(func.max(audit_epoch.c.last_seq), 0))).scalar_one()
        conn.execute(
            insert(audit_epoch).values(
                epoch=practice.epoch, mac_key=practice.audit_key, first_seq=first, last_seq=seq, last_mac=mac
            )
        )
        conn.execute(update(vault_table).values(epoch=pair.table.epoch, gen=pair.table.gen))
        others = (workstation.c.device_id != practice.device.id) & workstation.c.revoked_at.is_(None)
        names = conn.execute(select(workstation.c.name).where(others).order_by(workstation.c.number)).scalars().all()
        conn.execute(update(workstation).where(others).values(revoked_at=now))
        enrolments.end_all_but(conn, (), now)
        recovery.new_epoch(conn, now)
        conn.execute(update(backup_identity).where(backup_identity.c.retired_at.is_(None)).values(retired_at=now))
        line, recipient = age_io.new_identity()
        backups.add_identity(conn, practice.ids.make(now), Identity(line.decode("ascii"), recipient), now)
        link = audit_mac.linker(pair.holder.audit_key(), practice.vault_id, pair.table.epoch, seq + 1)
        row = practice.row(
            seat.user.id, seat.token, "keys.open", epoch=pair.table.epoch, computers=len(names), why=str(self._why)
        )
        audit.append(conn, row, link)
        return tuple(names)

    def _judge(self, vault: Vault, pair: _NewPair) -> None:
        """Raise Damaged unless pages, references and the log across all epochs are sound."""
        practice = self._practice
        trail = Before(practice.vault_id, pair.table.epoch, pair.holder.audit_key(), practice.anchors())
        with vault.reader.begin() as conn:
            faults = [*snapshot.page_faults(conn), *snapshot.reference_faults(conn)]
            faults += [each.text for each in walked(conn, trail, _Cancellable(self)).faults]
        if faults:
            raise Damaged(f"The new database is not sound ({faults[0]}). Nothing was changed.")

    def _commit(self, pair: _NewPair) -> None:
        practice = self._practice
        try:
            key_file_writer.write_atomically(
                self._places.key_file,
                pair.data,
                lambda back: key_file.check_written(back, practice.device.id, practice.device.secret, pair.unlocked),
            )
        except Exception:
            if not self._in_force(pair):  # else only the flush of the folder failed
                raise

    def _in_force(self, pair: _NewPair) -> bool:
        """Tell whether the new key file stands: then its database is the practice."""
        with suppress(Refused):
            return key_file_writer.read_file(self._places.key_file) == pair.data
        return False

    def _drop_orphan(self, pair: _NewPair) -> None:
        """Delete the new database where the old key file surely stands; in doubt the next sign-in does."""
        with suppress(Refused):
            header, _ = key_file.peek(key_file_writer.read_file(self._places.key_file))
            if header.epoch < pair.table.epoch:
                self._places.drop_database(pair.table.epoch)

    def _go_on_with(self, pair: _NewPair, vault: Vault, conn: Connection) -> None:
        """Lead everybody to the new database, and let nobody who waits for the old writer have it."""
        practice, old_holder = self._practice, self._practice.holder
        wipe(pair.unlocked.identity)  # a copy: the seat holds the first
        try:
            going_on = replace(pair.unlocked, identity=practice.unlocked.identity)
            practice.change_keys(pair.table, going_on, pair.holder, vault)
            self._desk.change_keys(vault, practice.keys)
        except BaseException:
            practice.close()  # what were written to the old database now would be lost
            raise
        finally:
            old_holder.retire()
            conn.invalidate()

    def _forget_old(self) -> None:
        """Delete what the old keys open; what can't be done now the next sign-in does."""
        practice = self._practice
        self._old.reader.dispose()  # the writer's only connection is closed, and who waits for it must hear so
        with suppress(StoreTrouble):
            practice.memory.keep(epoch=practice.epoch, gen=practice.opened.gen)
            practice.anchor()
        with suppress(OSError):
            key_file_writer.drop_generations(self._places.key_file)
        self._places.drop_other_databases(practice.epoch)


def _outcome(error: Exception) -> str:
    if isinstance(error, Cancelled):
        return "cancelled"
    return "refused" if isinstance(translated(error), Refused) else "failed"


class _Cancellable:
    """A watch for work inside a pass: it can be cancelled, and moves nothing."""

    def __init__(self, rotation: _Rotation) -> None:
        self._rotation = rotation

    def step(self, done: int, total: int, text: str) -> None:
        self._rotation._step(1.5 + 0.5 * done / max(total, 1), text)
