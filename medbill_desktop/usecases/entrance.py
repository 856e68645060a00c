"""A sign-in: password, then the database opens, the code is judged, the rows are written (SECURITY 2.3)."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

import medbill_desktop
from medbill_desktop.domain.problems import DiskFull, ReadOnly
from medbill_desktop.domain.users import User
from medbill_desktop.security import key_file, key_file_writer, pending_device
from medbill_desktop.security.attempts import Attempts
from medbill_desktop.security.device_memory import Device, DeviceMemory
from medbill_desktop.security.kdf import KdfPolicy, NotEnoughMemory
from medbill_desktop.security.key_file import OpenedTable, Unlocked
from medbill_desktop.security.key_holder import KeyHolder
from medbill_desktop.storage import audit, enrolments, invitations, recovery
from medbill_desktop.storage.engine import translated
from medbill_desktop.storage.tables import vault as vault_table
from medbill_desktop.usecases import enrolment, sign_in
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.opened_practice import OpenPractice
from medbill_desktop.usecases.premises import Premises
from medbill_desktop.usecases.session import new_token
from medbill_desktop.usecases.sign_in import OldKeyFile, SignInFailed
from medbill_desktop.usecases.sitting import Sitting


def come_in(
    sitting: Sitting,
    reach: Callable[[], tuple[DeviceMemory, Device, Attempts]],
    policy: KdfPolicy,
    name: str,
    password: str,
    code: str,
) -> Desk:
    """Sign a person in; a practice that is only locked stays open, and is closed to the person before.

    Raises SignInFailed, which is counted, CodeNotPassword, TooSoon, or what is wrong with the files. The caller holds
    the ceremony.
    """
    machine, premises = sitting.machine, sitting.premises
    sign_in.refuse_one_time_code(password)
    turn, counted = machine.turn, sign_in.folded(name)
    memory, device, attempts = reach()
    table = sign_in.open_table(premises.places, memory, device)
    unlocked = sign_in.unlock_person(table, name, password, policy, attempts, counted)
    before = sitting.practice
    practice = before or opened(premises, memory, device, table, unlocked)
    sitting.practice = practice
    refused = machine.take_refused()
    try:
        user, token = Admission(practice, unlocked, attempts, refused, sitting.last_step).admit(code)
        sitting.last_step = practice.last_step
    except BaseException as error:
        machine.give_back_refused(refused)
        if isinstance(error, SignInFailed):
            attempts.failed(counted)
        unlocked.wipe() if before is not None else practice.close()
        raise
    finally:
        if before is not None:
            table.wipe()
    if before is not None:
        practice.take_over(unlocked)
    attempts.succeeded(counted)
    memory.keep(epoch=practice.epoch, gen=practice.opened.gen, put_back=0)
    upgrade(practice, user, token, password, policy)
    drop_spent_codes(practice, user, token)
    with suppress(OSError):
        key_file_writer.drop_generations(premises.places.key_file)
    if not practice.vault.read_only:
        premises.places.drop_other_databases(practice.epoch)
    desk = sitting.begin(practice, user, token, turn)
    if sitting.seat is not None and not practice.vault.read_only:
        enrolment.drop_expired(practice, sitting.seat)
    return desk


def opened(
    premises: Premises, memory: DeviceMemory, device: Device, table: OpenedTable, unlocked: Unlocked
) -> OpenPractice:
    """Step 9: open the database; where it fails every key is dropped."""
    places, clock, read_only = premises.places, premises.clock, premises.read_only
    holder = KeyHolder(unlocked.dek)
    vault = None
    try:
        vault = sign_in.open_database(places, table, holder, read_only=read_only)
        with vault.writer.begin() as conn:
            number, new = sign_in.workstation_number(conn, device, "This computer", memory.store_kind, clock.now())
            moved = not new and not read_only and sign_in.level_store(conn, number, memory.store_kind)
            if not read_only:
                level(conn, table, clock.now())
        practice = OpenPractice(places, clock, memory, device, table, unlocked, holder, vault, number)
        if new:
            practice.append(practice.row(unlocked.user_id, "", "device.enrol", workstation=number, repaired=True))
            practice.anchor()
        if moved:
            told = practice.row(unlocked.user_id, "", "device.move_secret", store=memory.store_kind, repaired=True)
            practice.append(told)
        practice.anchor_suspect = not practice.reaches_anchor()
        if not read_only:
            _note_upgrade(practice, unlocked.user_id)
    except BaseException as error:
        if isinstance(error, OldKeyFile):
            memory.keep(put_back=memory.state.put_back + 1)
        holder.clear()
        if vault is not None:
            vault.close()
        unlocked.wipe()
        table.wipe()
        raise translated(error) or error from None
    return practice


def level(conn: Connection, table: OpenedTable, now: datetime) -> None:
    """Bring what the database says of codes and kits to what the key file says: it is written last (SECURITY K8)."""
    enrolments.end_all_but(conn, pending_device.pending_of(table), now)
    recovery.level(conn, table.recovery, now)


def _note_upgrade(practice: OpenPractice, user_id: int) -> None:
    """Write down that another version of the program opened the practice first (SECURITY A15)."""
    now = medbill_desktop.__version__
    with practice.writing() as conn:
        before = conn.execute(select(vault_table.c.app_version)).scalar_one()
        if before != now:
            conn.execute(update(vault_table).values(app_version=now))
            row = practice.row(user_id, "", "practice.upgrade", before=before, after=now)
            audit.append(conn, row, practice.keys.link)


@dataclass(frozen=True, slots=True)
class Admission:
    """Steps 10 to 12 for one person: code, audit rows in the same transaction, token."""

    practice: OpenPractice
    unlocked: Unlocked
    attempts: Attempts
    refused: int  # calls that were refused while the screen was locked
    last_step: int = 0  # of a code that was taken where nothing could be written

    def admit(self, code: str) -> tuple[User, str]:
        """Return who came in and the session's token; SignInFailed leaves nothing written."""
        if self.practice.vault.read_only:
            return self._admit_reader(code)
        try:
            return self._admit(code)
        except Exception as error:
            if not isinstance(translated(error), DiskFull) or not self.practice.places.free_ballast():
                raise translated(error) or error from None
            return self._admit(code)

    def _admit(self, code: str) -> tuple[User, str]:
        practice, token = self.practice, new_token()
        with practice.writing() as conn:
            user, proof = sign_in.admit(conn, self.unlocked, code, practice.clock.now(), practice.clock.today())
            sign_in.level_gen(conn, practice.opened)
            self._write_what_went_before(conn, token)
            row = practice.row(user.id, token, "session.sign_in", proof=proof, refused=self.refused)
            audit.append(conn, row, practice.keys.link)
        return user, token

    def _admit_reader(self, code: str) -> tuple[User, str]:
        practice = self.practice
        with practice.vault.reader.begin() as conn:
            now, today = practice.clock.now(), practice.clock.today()
            user, practice.last_step = sign_in.admit_reader(conn, self.unlocked, code, now, today, self.last_step)
        return user, new_token()

    def _write_what_went_before(self, conn: Connection, token: str) -> None:
        """Failed attempts, old key files and a log that is not the remembered one, before the row of who came in."""
        practice = self.practice
        told = {
            "session.sign_in": {"attempts": self.attempts.unreported},
            "keys.put_back": {"times": practice.memory.state.put_back},
            "audit.anchor": {"unreached": int(practice.anchor_suspect)},
        }
        for action, detail in told.items():
            if any(detail.values()):
                audit.append(conn, practice.row(None, token, action, "denied", **detail), practice.keys.link)


def upgrade(practice: OpenPractice, user: User, token: str, password: str, policy: KdfPolicy) -> None:
    """Bring a slot under today's cost up to it (SECURITY K3); where memory is short it stays as it is."""
    if key_file.is_cheap(practice.opened, user.id, policy):
        with suppress(NotEnoughMemory, DiskFull, ReadOnly):
            data = key_file.with_rewritten_kdf(practice.opened, practice.unlocked, password, policy)
            practice.write_keys(data, user.id, token, upgraded=user.id)


def drop_spent_codes(practice: OpenPractice, user: User, token: str) -> None:
    """Take slots out of the key file whose one-time codes ran out: a lost slip is worth nothing then (K13)."""
    if practice.vault.read_only:
        return
    with practice.vault.reader.begin() as conn:
        now, newest = invitations.latest_time(conn, practice.clock.now()), invitations.newest(conn)
    slots = {each.user_id: each.recipient for each in practice.opened.users}
    for each in newest.values():
        if slots.get(each.user_id) == each.recipient and (each.withdrawn or each.expires_at <= now):
            with suppress(DiskFull, ReadOnly):
                data = key_file.without_slot(practice.opened, practice.unlocked, each.user_id)
                practice.write_keys(data, user.id, token, dropped=each.user_id)
