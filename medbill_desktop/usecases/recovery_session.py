"""What somebody who holds the recovery kit may do before anybody is signed in (SECURITY K21).

Danger: the kit opens everything, so this session hands out neither a Desk nor a record. It may enrol this computer and
give an owner or officer a one-time code; a restore needs no session. Its beginning is written down before anything
else: every officer is told, and the practice owes itself a new kit and new keys until it has both.
"""

import secrets
from contextlib import suppress
from dataclasses import dataclass
from threading import RLock
from typing import Any, Final, Self

from sqlalchemy import Connection, func, select

from medbill_desktop.domain.ids import Id, IdMaker
from medbill_desktop.domain.problems import LockedError, Refused
from medbill_desktop.domain.users import Permission, Role
from medbill_desktop.security import audit_mac, key_file, key_file_writer, one_time_code, recovery_kit
from medbill_desktop.security.audit_mac import Anchor
from medbill_desktop.security.device_memory import Device, DeviceMemory, Remembered, new_device
from medbill_desktop.security.kdf import KdfPolicy, wipe
from medbill_desktop.security.key_holder import KeyHolder
from medbill_desktop.security.secret_store import StoreTrouble
from medbill_desktop.storage import audit, commands, invitations, recovery, roles, users
from medbill_desktop.storage.audit import AuditRow
from medbill_desktop.storage.engine import Vault
from medbill_desktop.storage.invitations import Invitation
from medbill_desktop.storage.tables import audit_epoch
from medbill_desktop.storage.tables import practice as practice_table
from medbill_desktop.usecases import sign_in
from medbill_desktop.usecases.inviting import LIFE as CODE_LIFE
from medbill_desktop.usecases.inviting import Slip
from medbill_desktop.usecases.premises import Premises

MINUTES: Final = 30
_NO_WORKSTATION: Final = 0  # a kit may be used before this computer is enrolled
OFFICERS: Final = frozenset({Permission.MANAGE_USERS, Permission.SIGN_OFF_AUDIT})


@dataclass(frozen=True, slots=True)
class Officer:
    """An owner or officer, to whom the kit may give a new sign-in."""

    id: Id
    name: str


class RecoverySession:
    """Holds the key that the kit gave, and the lock of the folder, until `close`, or for half an hour."""

    def __init__(self, premises: Premises, typed: str, policy: KdfPolicy, ceremony: RLock) -> None:
        """Raise KitMistyped, WrongKit, or what is wrong with the files; then nothing was written."""
        header = premises.header
        if header is None:
            raise Refused("There is no practice in this folder. Restore a backup first.")
        kit = recovery_kit.parse(typed)
        premises.computer.check_only_folder(header)
        self._premises, self._policy, self._ceremony, self._header = premises, policy, ceremony, header
        self._line, self._until = kit.line, premises.clock.monotonic() + MINUTES * 60
        self._token = secrets.token_hex(16)
        self._vault: Vault | None = None
        premises.lock_file.take()
        try:
            data = key_file_writer.read_file(premises.places.key_file)
            self._by_kit = key_file.unlock_with_kit(data, self._line)
            self._holder = KeyHolder(self._by_kit.dek)
            try:
                self._vault = sign_in.open_database(premises.places, self._by_kit.opened, self._holder)
                self._begin(self._vault, kit.recipient)
            except BaseException:
                self.close()
                raise
        except BaseException:
            premises.lock_file.give_back()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def enrol(self, name: str, *, protected_file: bool = False) -> int:
        """Enrol this computer and return its number; an ordinary sign-in follows.

        Also after a restore on a computer that was enrolled: it forgets what it remembered of the newer state.
        """
        with self._ceremony:
            vault = self._open()
            memory = DeviceMemory(
                self._premises.computer.chosen(self._header.kind, protected_file), self._header.vault_id
            )
            device, before = new_device(), _remembered(memory)
            data = key_file.with_device(self._by_kit.opened, self._by_kit, device.id, device.secret)
            try:
                memory.keep_device(device)
                self._begin_remembering(vault, memory, device)
                self._write(data)
                number = self._written_down(vault, memory, device, name)
            except BaseException:
                if not self._in_force(data):
                    _put_back(memory, *before)
                raise
            with vault.reader.begin() as conn:
                anchor = _anchor(conn)
            memory.keep(epoch=self._by_kit.opened.epoch, gen=self._by_kit.opened.gen, anchor=anchor)
            self._premises.computer.remember(self._header)
            return number

    def people(self) -> tuple[Officer, ...]:
        """Return the active owners and officers, the only ones to whom the kit gives a new sign-in."""
        with self._open().reader.begin() as conn:
            return self._officers(conn)

    def reset(self, user_id: Id) -> Slip:
        """Give an owner or officer a one-time code (K13); half a second. The old password stops working at once."""
        with self._ceremony:
            vault, clock = self._open(), self._premises.clock
            with vault.reader.begin() as conn:
                person = next((each for each in self._officers(conn) if each.id == user_id), None)
                practice = conn.execute(select(practice_table.c.name)).scalar() or "MedBill"
            if person is None:
                raise Refused("The recovery kit gives a new sign-in to owners and officers only.")
            code, until = one_time_code.new_code(), clock.now() + CODE_LIFE
            slot = key_file.make_slot(person.id, person.name, one_time_code.parse(code), self._policy)
            with vault.writer.begin() as conn:
                ids = IdMaker(sign_in.next_workstation(conn), commands.last_id(conn))
                now = clock.now()
                invitations.add(
                    conn, Invitation(ids.make(now), person.id, "reset", slot.slot.recipient, now, None, until)
                )
                self._note(conn, "recovery.reset", "user", person.id)
            self._write(key_file.with_slot(self._by_kit.opened, self._by_kit, slot))
            self._level(vault)
            wipe(slot.identity)
            return Slip(person.id, person.name, practice, code, until)

    def close(self) -> None:
        """Drop the key and let go of the folder."""
        self._holder.clear()
        if self._vault is not None:
            self._vault.close()
            self._vault = None
        self._by_kit.wipe()
        self._line = ""
        self._premises.lock_file.give_back()

    @property
    def is_over(self) -> bool:
        return self._vault is None or self._premises.clock.monotonic() >= self._until

    def _open(self) -> Vault:
        if self._vault is None or self.is_over:
            self.close()
            raise LockedError("The time with the recovery kit is over. Type its line again.")
        return self._vault

    def _begin(self, vault: Vault, recipient: str) -> None:
        """Write down that the kit is used: what follows is owed from now on, whatever happens."""
        now, opened = self._premises.clock.now(), self._by_kit.opened
        with vault.writer.begin() as conn:
            recovery.level(conn, opened.recovery, now)
            ids = IdMaker(sign_in.next_workstation(conn), commands.last_id(conn))
            use_id = ids.make(now)
            recovery.begin_use(conn, use_id, recipient, _NO_WORKSTATION, now)
            self._note(conn, "recovery.begin", "recovery", use_id)

    def _note(self, conn: Connection, action: str, kind: str, subject_id: int | None, **detail: Any) -> None:
        opened = self._by_kit.opened
        last = func.coalesce(func.max(audit_epoch.c.last_seq), 0)
        first = 1 + conn.execute(select(last).where(audit_epoch.c.epoch < opened.epoch)).scalar_one()
        link = audit_mac.linker(self._holder.audit_key(), opened.vault_id, opened.epoch, first)
        row = AuditRow(
            self._premises.clock.now(), None, _NO_WORKSTATION, self._token, action, "done", kind, subject_id,
            detail=detail,
        )  # fmt: skip
        audit.append(conn, row, link)

    def _officers(self, conn: Connection) -> tuple[Officer, ...]:
        book, named = roles.book_of(conn, self._premises.clock.today()), users.officers(conn)
        slots = {each.user_id for each in self._by_kit.opened.users}
        found = []
        for each in users.all_users(conn):
            chosen = each.id in (named.privacy, named.security) or Role.OWNER in each.roles
            if each.active and each.id in slots and (chosen or each.as_user(book).permissions & OFFICERS):
                found.append(Officer(each.id, each.name))
        return tuple(found)

    def _begin_remembering(self, vault: Vault, memory: DeviceMemory, device: Device) -> None:
        """Before the computer is let in: one without a counter has to wait, one without an anchor is suspect."""
        opened, premises = self._by_kit.opened, self._premises
        with vault.reader.begin() as conn:
            anchor = _anchor(conn)
        memory.keep(epoch=opened.epoch, gen=opened.gen, attempts=None, anchor=anchor, put_back=0)
        attempts = sign_in.attempts_of(premises.places, memory, device, opened.vault_id, premises.steady)
        attempts.enrol()
        premises.attempts = attempts

    def _written_down(self, vault: Vault, memory: DeviceMemory, device: Device, name: str) -> int:
        """Write number, name and audit row; killed before it, the next sign-in writes them (`entrance.opened`)."""
        now, kind = self._premises.clock.now(), memory.store_kind
        with vault.writer.begin() as conn:
            number, _ = sign_in.workstation_number(conn, device, name.strip() or "This computer", kind, now)
            sign_in.level_gen(conn, self._by_kit.opened)
            self._note(conn, "device.enrol", "workstation", number, workstation=number, by="kit", store=kind)
        return number

    def _write(self, data: bytes) -> None:
        """Put a key file in place that the kit opens, and go on with it (SECURITY K8)."""
        line = self._line
        key_file_writer.write_atomically(
            self._premises.places.key_file, data, lambda back: key_file.unlock_with_kit(back, line).wipe()
        )
        fresh = key_file.unlock_with_kit(data, line)
        wipe(fresh.dek)
        self._by_kit.opened.wipe()
        self._by_kit = key_file.UnlockedByKit(fresh.opened, self._by_kit.dek)

    def _level(self, vault: Vault) -> None:
        with vault.writer.begin() as conn:
            sign_in.level_gen(conn, self._by_kit.opened)

    def _in_force(self, data: bytes) -> bool:
        with suppress(Refused):
            return key_file_writer.read_file(self._premises.places.key_file) == data
        return False


def _anchor(conn: Connection) -> Anchor | None:
    head = audit.head(conn)
    return None if head is None else Anchor(head[0], head[1], "the credential store")


def _remembered(memory: DeviceMemory) -> tuple[Device | None, Remembered]:
    device = None
    with suppress(StoreTrouble):
        device = memory.device()
    return device, memory.state


def _put_back(memory: DeviceMemory, device: Device | None, state: Remembered) -> None:
    """Let this computer be what it was; an entry of its new id in the key file opens nothing without its secret."""
    with suppress(StoreTrouble):
        if device is None:
            memory.forget()
        else:
            memory.keep_device(device)
            memory.keep(
                epoch=state.epoch, gen=state.gen, attempts=state.attempts, anchor=state.anchor, put_back=state.put_back
            )
