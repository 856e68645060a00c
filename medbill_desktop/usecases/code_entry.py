"""A person's first sign-in at a computer that an enrolment code lets in (SECURITY K15).

Danger: the code opens the table of slots, not the database. The computer gets its own secret only together with a right
name, password and code, in one transaction with its number and its audit row; until then the pending entry stays.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from threading import RLock

from sqlalchemy import Connection, update

from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.users import User
from medbill_desktop.security import enrolment_code, key_file, key_file_writer, pending_device
from medbill_desktop.security.attempts import Attempts, mirror_of
from medbill_desktop.security.attempts import opened as section_of
from medbill_desktop.security.audit_mac import Anchor
from medbill_desktop.security.device_memory import Device, DeviceMemory, new_device
from medbill_desktop.security.kdf import KdfPolicy
from medbill_desktop.security.key_file import Unlocked
from medbill_desktop.security.key_holder import KeyHolder, attempts_key
from medbill_desktop.security.pending_device import CodeUnknown, Pending
from medbill_desktop.security.secret_store import StoreTrouble
from medbill_desktop.storage import audit, enrolments
from medbill_desktop.storage.engine import Vault, translated
from medbill_desktop.storage.practice_folder import check_place, filesystem_of
from medbill_desktop.storage.tables import workstation
from medbill_desktop.usecases import sign_in
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.opened_practice import OpenPractice
from medbill_desktop.usecases.premises import Premises
from medbill_desktop.usecases.session import LIVE, State, new_token
from medbill_desktop.usecases.sign_in import OldKeyFile, SignInFailed
from medbill_desktop.usecases.sitting import Sitting


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """What is typed at the new computer: the enrolment code, then a person's sign-in."""

    typed: str = field(repr=False)
    name: str
    password: str = field(repr=False)
    code: str = field(default="", repr=False)
    protected_file: bool = False


class ComputerEntry:
    """How a computer that the practice does not know comes in with an enrolment code, at the Office."""

    def __init__(self, sitting: Sitting, ceremony: RLock, policy: KdfPolicy) -> None:
        self._sitting, self._ceremony, self._policy = sitting, ceremony, policy

    def check_code(self, typed: str) -> None:
        """Refuse a code that opens nothing here, before a name and a password are asked; writes nothing."""
        with self._ceremony:
            opened_by_code(self._looked_at(), typed).opened.wipe()

    def with_code(self, entry: CodeEntry) -> Desk:
        """Enrol this computer and sign the person in; raises as a sign-in does, or what is wrong with the code."""
        sign_in.refuse_one_time_code(entry.password)
        with self._ceremony:
            return arrive(self._sitting, self._looked_at(), self._policy, entry)

    def _looked_at(self) -> Premises:
        if self._sitting.machine.state in LIVE:
            raise Refused("Sign out first.")
        self._sitting.premises.look_around()
        return self._sitting.premises


def opened_by_code(premises: Premises, typed: str) -> Pending:
    """Open the pending entry; CodeMistyped, CodeUnknown, CodeExpired, or what is wrong with the files."""
    code = enrolment_code.parse(typed)
    data = key_file_writer.read_file(premises.places.key_file)
    return pending_device.open_pending(data, code, premises.clock.now())


def arrive(sitting: Sitting, premises: Premises, policy: KdfPolicy, entry: CodeEntry) -> Desk:
    """Enrol this computer and sign the person in; raises Refused, and then the code is as good as before.

    A wrong name, password or code is counted and raises SignInFailed or TooSoon. The caller holds the ceremony.
    """
    header = premises.header
    if header is None:
        raise Refused("There is no practice in this folder. Choose the folder of the practice, or restore a backup.")
    code = enrolment_code.parse(entry.typed)
    premises.computer.check_only_folder(header)
    memory = DeviceMemory(premises.computer.chosen(header.kind, entry.protected_file), header.vault_id)
    check_place(premises.places.path, premises.probe or filesystem_of)
    premises.lock_file.take()
    try:
        pending = opened_by_code(premises, entry.typed)
        _refuse_older(memory, pending)
        attempts = _attempts(premises, pending, code.secret)
        practice, user, token = _Arriving(premises, memory, pending, attempts, policy, entry).done()
    except BaseException:
        premises.lock_file.give_back()
        raise
    sitting.machine.move(State.SIGNED_OUT)
    premises.header = practice.opened.file.header
    return sitting.begin(practice, user, token, sitting.machine.turn)


def _refuse_older(memory: DeviceMemory, pending: Pending) -> None:
    """A computer that was enrolled before knows how new the key file must be (SECURITY K7)."""
    known, opened = memory.state, pending.opened
    if (opened.epoch, opened.gen) < (known.epoch, known.gen):
        opened.wipe()
        raise OldKeyFile


def _attempts(premises: Premises, pending: Pending, secret: bytes) -> Attempts:
    """Return the counter of failed sign-ins with this code; it lies in the folder alone.

    Who holds the code and can delete the file could guess at a copy of the key file just as well, without any counter.
    """
    opened, key = pending.opened, attempts_key(secret)
    where = premises.places.attempts_file
    counter = Attempts(where, opened.vault_id, pending.entry_id, key, premises.steady, lambda mirror: None)
    stored = section_of(counter.stored(), key, opened.vault_id, pending.entry_id)
    if stored is None:
        counter.enrol()
    else:
        counter.load(mirror_of(stored))
    return counter


class _Arriving:
    """One arrival, from the password to the open practice."""

    def __init__(
        self, premises: Premises, memory: DeviceMemory, pending: Pending, attempts: Attempts, policy: KdfPolicy,
        entry: CodeEntry,
    ) -> None:  # fmt: skip
        self._premises, self._memory, self._pending, self._attempts = premises, memory, pending, attempts
        self._policy, self._entry = policy, entry
        self._device, self._before = new_device(), _device_or_none(memory)

    def done(self) -> tuple[OpenPractice, User, str]:
        entry, opened = self._entry, self._pending.opened
        counted = sign_in.folded(entry.name)
        try:
            unlocked = sign_in.unlock_person(opened, entry.name, entry.password, self._policy, self._attempts, counted)
        except BaseException:
            opened.wipe()
            raise
        holder = KeyHolder(unlocked.dek)
        practice = vault = None
        try:
            vault = sign_in.open_database(self._premises.places, opened, holder)
            data = pending_device.with_arrived(self._pending, unlocked, self._device.id, self._device.secret)
            practice = self._opened(data, unlocked, holder, vault)
            user, token = self._written(practice, data)
        except BaseException as error:
            if isinstance(error, SignInFailed):
                self._attempts.failed(counted)
            holder.clear()
            if vault is not None:
                vault.close()
            unlocked.wipe()
            raise translated(error) or error from None
        finally:
            opened.wipe()
        self._settle(practice)
        return practice, user, token

    def _opened(self, data: bytes, unlocked: Unlocked, holder: KeyHolder, vault: Vault) -> OpenPractice:
        """Return the practice as it is once the new key file is in place."""
        device, premises = self._device, self._premises
        table = key_file.open_file(data, device.id, device.secret)
        with vault.reader.begin() as conn:
            number = sign_in.next_workstation(conn)
        return OpenPractice(
            premises.places, premises.clock, self._memory, device, table, unlocked, holder, vault, number
        )

    def _written(self, practice: OpenPractice, data: bytes) -> tuple[User, str]:
        """Judge the code, write every row and the key file; all of it, or nothing that would let anybody in.

        Killed after the key file and before the commit, the next sign-in writes the rows (`entrance.opened`).
        """
        device, memory = practice.device, self._memory
        try:
            with practice.writing() as conn:
                before = audit.head(conn)
                user, token = self._rows(conn, practice)
                memory.keep_device(device)
                self._begin_remembering(None if before is None else Anchor(*before[:2], "the credential store"))
                key_file_writer.write_atomically(
                    practice.places.key_file,
                    data,
                    lambda back: key_file.check_written(back, device.id, device.secret, practice.unlocked),
                )
            return user, token
        except BaseException:
            if not self._in_force(data):
                _put_back(memory, self._before)
            raise

    def _rows(self, conn: Connection, practice: OpenPractice) -> tuple[User, str]:
        now, token, entry_id = practice.clock.now(), new_token(), self._pending.entry_id
        offered = enrolments.find(conn, entry_id)
        newest = enrolments.newest_moment(conn)
        if offered is None:
            raise CodeUnknown
        if newest is not None and newest >= offered.expires_at:
            raise pending_device.CodeExpired  # the clock of this computer was set back
        today = practice.clock.today()
        user, proof = sign_in.admit(conn, practice.unlocked, self._entry.code, now, today)
        kind = self._memory.store_kind
        number, _ = sign_in.workstation_number(conn, practice.device, offered.name, kind, now)
        mine = workstation.c.number == number
        conn.execute(update(workstation).where(mine).values(enrolled_by=offered.offered_by))
        enrolments.use(conn, entry_id, number, now)
        sign_in.level_gen(conn, practice.opened)
        link, wrong = practice.keys.link, self._attempts.unreported
        if wrong:
            row = practice.row(None, token, "session.sign_in", "denied", attempts=wrong)
            audit.append(conn, row, link)
        enrolled = practice.row(
            user.id, token, "device.enrol", workstation=number, by="code", code=offered.id, store=kind
        )  # fmt: skip
        audit.append(conn, enrolled, link)
        audit.append(conn, practice.row(user.id, token, "session.sign_in", proof=proof), link)
        return user, token

    def _in_force(self, data: bytes) -> bool:
        with suppress(Refused):
            return key_file_writer.read_file(self._premises.places.key_file) == data
        return False

    def _settle(self, practice: OpenPractice) -> None:
        """Have this computer remember what it has seen."""
        self._memory.keep(epoch=practice.epoch, gen=practice.opened.gen)
        practice.anchor()
        with suppress(OSError):
            key_file_writer.drop_generations(self._premises.places.key_file)

    def _begin_remembering(self, head: Anchor | None) -> None:
        """Before the computer can be let in: one that has no counter has to wait, one without an anchor is suspect."""
        premises, opened = self._premises, self._pending.opened
        self._memory.keep(epoch=opened.epoch, gen=opened.gen, anchor=head, put_back=0)
        attempts = sign_in.attempts_of(premises.places, self._memory, self._device, opened.vault_id, premises.steady)
        attempts.enrol()
        premises.attempts = attempts


def _device_or_none(memory: DeviceMemory) -> Device | None:
    try:
        return memory.device()
    except StoreTrouble:
        return None


def _put_back(memory: DeviceMemory, before: Device | None) -> None:
    """Let the computer be what it was before."""
    with suppress(StoreTrouble):
        if before is None:
            memory.forget()
        else:
            memory.keep_device(before)
