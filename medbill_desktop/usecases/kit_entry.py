"""Enrolling this computer with the recovery kit (SECURITY K21 in part, B14).

Danger: the kit opens everything. What is done here is this computer's entry in the key file and its number, audited;
nobody is signed in by it.
"""

from medbill_desktop.domain.problems import Refused
from medbill_desktop.security import key_file, key_file_writer, recovery_kit
from medbill_desktop.security.attempts import Attempts
from medbill_desktop.security.audit_mac import Anchor
from medbill_desktop.security.device_memory import Device, DeviceMemory, new_device
from medbill_desktop.security.key_file import OpenedTable, Unlocked
from medbill_desktop.security.key_holder import KeyHolder
from medbill_desktop.security.secret_store import StoreTrouble
from medbill_desktop.storage import audit
from medbill_desktop.storage.engine import Vault
from medbill_desktop.usecases import sign_in
from medbill_desktop.usecases.opened_practice import OpenPractice
from medbill_desktop.usecases.premises import Premises
from medbill_desktop.usecases.session import new_token


def enrol(premises: Premises, typed: str, name: str, *, protected_file: bool = False) -> int:
    """Enrol this computer in the practice that lies here and return its number.

    Raises Refused, KitMistyped, WrongKit, and what is wrong with the files.
    """
    header = premises.header
    if header is None:
        raise Refused("There is no practice in this folder. Restore a backup first.")
    premises.computer.check_only_folder(header)
    store = premises.computer.chosen(header.kind, protected_file)
    premises.lock_file.take()
    try:
        number, premises.attempts = _enrolled(premises, DeviceMemory(store, header.vault_id), typed, name)
    finally:
        premises.lock_file.give_back()
    premises.computer.remember(header)
    return number


def _enrolled(premises: Premises, memory: DeviceMemory, typed: str, name: str) -> tuple[int, Attempts]:
    """Write the new device entry, its workstation row and its audit row; return its number and a fresh counter."""
    places = premises.places
    data = key_file_writer.read_file(places.key_file)
    by_kit = key_file.unlock_with_kit(data, recovery_kit.parse(typed).line)
    holder = KeyHolder(by_kit.dek)
    device, before = new_device(), _device_or_none(memory)
    vault = None
    try:
        vault = sign_in.open_database(places, by_kit.opened, holder)
        new = key_file.with_device(by_kit.opened, by_kit, device.id, device.secret)
        memory.keep_device(device)
        key_file_writer.write_atomically(
            places.key_file, new, lambda back: key_file.check_written(back, device.id, device.secret, by_kit)
        )
        opened = key_file.open_file(new, device.id, device.secret)
        number, anchor = _written_down(premises, vault, holder, memory, device, opened, name)
        memory.keep(epoch=opened.epoch, gen=opened.gen, attempts=None, anchor=anchor, put_back=0)
        attempts = sign_in.attempts_of(places, memory, device, opened.vault_id, premises.steady)
        attempts.enrol()
        opened.wipe()
        return number, attempts
    except BaseException:
        _undo(memory, before)
        raise
    finally:
        if vault is not None:
            vault.close()
        holder.clear()
        by_kit.wipe()


def _written_down(
    premises: Premises, vault: Vault, holder: KeyHolder, memory: DeviceMemory, device: Device, opened: OpenedTable,
    name: str,
) -> tuple[int, Anchor | None]:  # fmt: skip
    now = premises.clock.now()
    nobody = Unlocked(opened.users[0].user_id, "", "", bytearray(), bytearray())
    with vault.reader.begin() as conn:
        last_number = sign_in.next_workstation(conn)
    practice = OpenPractice(premises.places, premises.clock, memory, device, opened, nobody, holder, vault, last_number)
    with vault.writer.begin() as conn:
        number, _ = sign_in.workstation_number(conn, device, name.strip() or "This computer", memory.store_kind, now)
        sign_in.level_gen(conn, opened)
        row = practice.row(None, new_token(), "device.enrol", workstation=number, by="kit", store=memory.store_kind)
        audit.append(conn, row, practice.keys.link)
        head = audit.head(conn)
    return number, None if head is None else Anchor(head[0], head[1], "the credential store")


def _device_or_none(memory: DeviceMemory) -> Device | None:
    try:
        return memory.device()
    except StoreTrouble:
        return None


def _undo(memory: DeviceMemory, before: Device | None) -> None:
    """Put back what this computer was before; an entry of its new id in the key file opens nothing without it."""
    try:
        if before is None:
            memory.forget()
        else:
            memory.keep_device(before)
    except StoreTrouble:
        return
