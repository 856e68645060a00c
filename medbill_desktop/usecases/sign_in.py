"""One sign-in, in the order of SECURITY 2.3: the files first, then the person, then the database, then the code.

Danger: a wrong name, password or code and a person who left must look alike, in words and in time (SECURITY K6). What
is wrong with the files has its own plain words, because no secret hangs on it.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from math import floor
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from medbill_desktop.domain.clock import Clock
from medbill_desktop.domain.problems import Damaged, ReadOnly, Refused
from medbill_desktop.domain.users import User
from medbill_desktop.security import key_file, key_file_writer, one_time_code, recovery_codes, totp
from medbill_desktop.security.attempts import Attempts, Section, mirror_of
from medbill_desktop.security.attempts import opened as section_of
from medbill_desktop.security.device_memory import Device, DeviceMemory
from medbill_desktop.security.kdf import KdfPolicy
from medbill_desktop.security.key_file import OpenedTable, Unlocked, WrongPassword
from medbill_desktop.security.key_holder import KeyHolder, attempts_key
from medbill_desktop.security.passwords import BadName, fold_name
from medbill_desktop.security.recovery_codes import StoredCode
from medbill_desktop.storage import invitations, leaves, users
from medbill_desktop.storage.engine import Vault, open_vault
from medbill_desktop.storage.migrate import migrate, steps
from medbill_desktop.storage.practice_folder import PracticeFolder
from medbill_desktop.storage.tables import vault as vault_table
from medbill_desktop.storage.tables import workstation

NOBODY = "\0"  # stands for a name that can be nobody's, so that its attempts are counted all the same


class SignInFailed(Refused):
    """Name, password or code is not right: one sentence for all of it (SECURITY K6)."""

    def __init__(self) -> None:
        super().__init__("Name, password or code is not right.")


class TooSoon(Refused):
    """After wrong attempts the next one has to wait `seconds` (SECURITY K27)."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"Too many attempts. Try again in {said(seconds)}.")


class CodeNotPassword(Refused):
    """A one-time code where a password belongs; told by its form alone, so that it says of no code whether it opens."""

    def __init__(self) -> None:
        super().__init__(
            "That is a one-time code, not a password. At the sign-in window press I have a one-time code, and type it"
            " there. It was not counted as a wrong attempt."
        )


class OldKeyFile(Refused):
    """Key file or database are older than what this computer or the other one remembers (SECURITY K7)."""

    def __init__(self) -> None:
        super().__init__(
            "An older key file was put back: this computer has seen a newer one. Nothing was opened. Put the newest"
            " files back, or restore the newest backup with the recovery kit."
        )


class ForeignDatabase(Damaged):
    """The keys are right, and the database beside them belongs to another practice."""

    def __init__(self) -> None:
        super().__init__(
            "The database in this folder belongs to another practice than its key file. Nothing was opened. Restore the"
            " last verified backup."
        )


class Decommissioned(Refused):
    """This computer was taken out of the practice."""

    def __init__(self) -> None:
        super().__init__("This computer was taken out of the practice. Ask an owner to enrol it again.")


class Steady:
    """The clock as waits see it: forward only as fast as the monotonic one, for one run (SECURITY K28)."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wall, self._mono = clock.now(), clock.monotonic()

    def now(self) -> datetime:
        run = self._clock.monotonic() - self._mono
        return datetime.fromtimestamp(floor(self._wall.timestamp()) + max(0.0, run), self._wall.tzinfo)

    def today(self) -> date:
        return self._clock.today()

    def monotonic(self) -> float:
        return self._clock.monotonic()


def said(seconds: int) -> str:
    """Say a wait in the words of the screen."""
    if seconds < 120:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    return f"{-(-seconds // 60)} minutes"


def refuse_one_time_code(password: str) -> None:
    """Raise CodeNotPassword before anything is tried, and before anything is counted (SECURITY K13)."""
    if one_time_code.is_one(password):
        raise CodeNotPassword


def folded(name: str) -> str:
    """Return the name as attempts are counted under it; never fails."""
    try:
        return fold_name(name)
    except BadName:
        return NOBODY


class UnwrittenAttempts(Attempts):
    """The counter where the folder can't be written: the mirror in the credential store alone remembers (D13)."""

    def _keep(self, section: Section) -> None:
        # The number stays the file's: a mirror that ran ahead of it would look like an older file put back.
        self._section = replace(section, number=self._section.number)
        self._keep_mirror(mirror_of(self._section))

    def load(self, mirror: Mapping[str, Any] | None) -> None:
        stored = section_of(self._sections().get(self._device_id), self._key, self._vault_id, self._device_id)
        self._section = replace(self._section, number=0 if stored is None else stored.number)
        super().load(mirror)


def attempts_of(
    places: PracticeFolder,
    memory: DeviceMemory,
    device: Device,
    vault_id: str,
    clock: Clock,
    *,
    read_only: bool = False,
) -> Attempts:
    """Return this device's counter of failed attempts, not loaded yet."""
    return (UnwrittenAttempts if read_only else Attempts)(
        places.attempts_file, vault_id, device.id, attempts_key(device.secret), clock,
        lambda mirror: memory.keep(attempts=mirror),
    )  # fmt: skip


def open_table(places: PracticeFolder, memory: DeviceMemory, device: Device) -> OpenedTable:
    """Steps 4 and 5: open the device layer and the table, and refuse what is older than remembered."""
    opened = key_file.open_file(key_file_writer.read_file(places.key_file), device.id, device.secret)
    known = memory.state
    if opened.epoch < known.epoch or (opened.epoch == known.epoch and opened.gen < known.gen):
        opened.wipe()
        memory.keep(put_back=known.put_back + 1)
        raise OldKeyFile
    return opened


def unlock_person(
    opened: OpenedTable, who: str | int, password: str, policy: KdfPolicy, attempts: Attempts, counted: str
) -> Unlocked:
    """Steps 3 and 6 to 8: wait out the delay, then open the person's slot; the failure is counted before it is said."""
    if wait := attempts.wait_seconds(counted):
        raise TooSoon(wait)
    try:
        unlocked = key_file.unlock(opened, who, password, policy)
    except WrongPassword:
        attempts.failed(counted)
        raise SignInFailed from None
    if attempts.is_disabled(counted):
        unlocked.wipe()
        attempts.failed(counted)
        raise SignInFailed
    return unlocked


def open_database(places: PracticeFolder, opened: OpenedTable, holder: KeyHolder, *, read_only: bool = False) -> Vault:
    """Step 9: migrate and open the database, and compare what it says of itself with the key file (SECURITY D8)."""
    path = places.database(opened.epoch)
    # An empty file would be filled with empty tables, and its practice be gone without a word.
    if not path.is_file() or not path.stat().st_size:
        raise Damaged(
            "The database of this practice is missing or empty. Nothing was changed. Restore the last backup."
        )
    if read_only:
        _refuse_unfinished(path)
    else:
        migrate(path, holder.hex)
    vault = open_vault(path, holder.hex, read_only=read_only)
    try:
        with vault.reader.begin() as conn:
            if read_only and conn.exec_driver_sql("PRAGMA user_version").scalar() != steps()[-1].number:
                raise ReadOnly("This practice must be brought up to date first, and its folder can't be written.")
            own = conn.execute(select(vault_table)).one()
        if (own.vault_id, own.kind) != (opened.vault_id, opened.kind) or own.epoch != opened.epoch:
            raise ForeignDatabase
        if own.gen > opened.gen:
            raise OldKeyFile
    except BaseException:
        vault.close()
        raise
    return vault


def _refuse_unfinished(path: Path) -> None:
    """A log beside the database holds changes that an unwritable folder can't take in; without them it is older."""
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:
        raise ReadOnly(
            "The practice was not closed properly and its folder can't be written, so it can't be opened here. Copy the"
            " folder to a disk that can be written, or give this account the right to write."
        )


def workstation_number(conn: Connection, device: Device, name: str, store_kind: str, now: datetime) -> tuple[int, bool]:
    """Return this computer's number and whether it was given just now: max + 1, never reused (DESIGN 5).

    An enrolment that died between key file and database is made whole here.
    """
    row = conn.execute(select(workstation).where(workstation.c.device_id == device.id)).first()
    if row is not None:
        if row.revoked_at is not None:
            raise Decommissioned
        return row.number, False
    number = next_workstation(conn)
    conn.execute(
        insert(workstation).values(
            number=number, device_id=device.id, name=name, store_kind=store_kind, enrolled_at=now
        )
    )
    return number, True


def level_store(conn: Connection, number: int, store_kind: str) -> bool:
    """Write down where this computer keeps its secret; tell whether that is news: a move that was cut off (K19)."""
    c = workstation.c
    other = (c.number == number) & (c.store_kind != store_kind)
    return conn.execute(update(workstation).where(other).values(store_kind=store_kind)).rowcount == 1


def next_workstation(conn: Connection) -> int:
    """Return the number that the next computer gets; none is ever given twice."""
    return int(conn.execute(select(func.coalesce(func.max(workstation.c.number), 0))).scalar_one()) + 1


def is_welcome(conn: Connection, user_id: int, today: date) -> bool:
    """Tell whether a person may come in at all today: here, with a role, and not on leave."""
    record = users.find(conn, user_id)
    return record is not None and record.active and bool(record.roles) and not leaves.is_away(conn, user_id, today)


def has_own_password(conn: Connection, unlocked: Unlocked) -> bool:
    """Tell whether the slot is under a password, not under a one-time code, which reaches no Desk (SECURITY K13)."""
    return invitations.of_slot(conn, unlocked.recipient) is None


def _at_the_door(conn: Connection, unlocked: Unlocked, today: date) -> users.UserRecord:
    record = users.find(conn, unlocked.user_id)
    if record is None or not is_welcome(conn, record.id, today) or not has_own_password(conn, unlocked):
        raise SignInFailed
    return record


def admit(conn: Connection, unlocked: Unlocked, code: str, now: datetime, today: date) -> tuple[User, str]:
    """Step 10: the person is active and the code is right; return who it is and what proved it.

    Runs in the transaction of the audit row, so that a code is spent exactly when a sign-in is written down.
    """
    record = _at_the_door(conn, unlocked, today)
    proof = proof_of(conn, record, code, now)
    if record.name != unlocked.name:
        # The key file is written last, so its name is the newer one where a change was cut off (SECURITY 2.2).
        users.set_name(conn, record.id, unlocked.name, fold_name(unlocked.name))
    return User(record.id, unlocked.name, record.roles), proof


def admit_reader(
    conn: Connection, unlocked: Unlocked, code: str, now: datetime, today: date, last_step: int
) -> tuple[User, int]:
    """Step 10 where nothing can be written: a recovery code can't be spent, a code is remembered by the caller."""
    record = _at_the_door(conn, unlocked, today)
    if record.totp_secret is None:
        return record.as_user(), last_step
    step = totp.check(record.totp_secret, code, now, max(last_step, record.totp_last_step))
    if step is None:
        raise SignInFailed
    return record.as_user(), step


def proof_of(conn: Connection, record: users.UserRecord, code: str, now: datetime) -> str:
    """Spend the code or recovery code of this person and say which it was; raises SignInFailed."""
    if record.totp_secret is None:
        return "none"
    step = totp.check(record.totp_secret, code, now, record.totp_last_step)
    if step is not None and users.set_last_step(conn, record.id, step):
        return "code"
    unused = users.unused_codes(conn, record.id)
    place = recovery_codes.match(code, [StoredCode(each.salt, each.digest) for each in unused])
    if place is not None and users.use_code(conn, unused[place].id, now):
        return "recovery code"
    raise SignInFailed


def level_gen(conn: Connection, opened: OpenedTable) -> None:
    """Bring the database's generation up to the key file's, after a crash between the two (SECURITY K8)."""
    conn.execute(update(vault_table).where(vault_table.c.gen < opened.gen).values(gen=opened.gen))
