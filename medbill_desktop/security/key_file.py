"""`vault.keys`: who can open the practice, from which computers (SECURITY 2.1, 2.2, K1-K9, K12).

Danger: everything here is authenticated, nothing is believed before it is. The device layer is judged before a
password is asked, the bounds of the key derivation before it runs, vault and epoch before the data key is used.
All functions are bytes in, bytes out; `key_file_writer` touches the disk, under `vault.lock` (K10).
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Refused
from medbill_desktop.security import age_io, kdf
from medbill_desktop.security.kdf import KdfPolicy, wipe
from medbill_desktop.security.key_file_format import (
    MOST_DEVICES,
    MOST_RECOVERY,
    MOST_USERS,
    Box,
    Device,
    Header,
    KeyFile,
    KeyFileDamaged,
    Kind,
    Slot,
    Table,
    close_box,
    derived,
    device_aad,
    open_box,
    opened_dek,
    opened_kit,
    parse,
    parse_table,
    sealed_dek,
    sealed_kit,
    table_aad,
    table_bytes,
    written,
)
from medbill_desktop.security.key_slot import NewSlot, WrongPassword, identity_of, make_slot, sealed_at, sealed_slot
from medbill_desktop.security.passwords import BadName, fold_name

__all__ = [
    "Header", "KeyFileDamaged", "Kind", "NewSlot", "NotEnrolled", "OpenedTable", "TooMany", "Unlocked",
    "UnlockedByKit", "WrongKit", "WrongPassword", "change_password", "check_written", "is_cheap", "make_slot",
    "new_device_secret", "new_epoch", "new_vault", "open_file", "opened_by", "peek", "sealed_device", "unlock",
    "unlock_with_kit", "with_device", "with_devices", "with_recovery", "with_rewritten_kdf", "with_slot",
    "without_slot",
]  # fmt: skip


class NotEnrolled(Refused):
    """This computer has no entry in the key file."""

    def __init__(self) -> None:
        super().__init__("This computer is not enrolled for this practice. Use an enrolment code or the recovery kit.")


class WrongKit(Refused):
    """A recovery kit of another practice, or one that was replaced."""

    def __init__(self, vault_id: str) -> None:
        super().__init__(
            f"This recovery kit does not open this practice ({vault_id[:8]}). "
            "It is for another practice, or was replaced by a newer kit: compare the practice number on the paper."
        )


class TooMany(Refused):
    """The key file is full."""


@dataclass(frozen=True, slots=True)
class OpenedTable:
    """The key file as an enrolled computer sees it before anybody signs in."""

    file: KeyFile
    table: Table
    stk: bytearray = field(repr=False)

    @property
    def vault_id(self) -> str:
        return self.file.header.vault_id

    @property
    def epoch(self) -> int:
        return self.file.header.epoch

    @property
    def kind(self) -> Kind:
        return self.file.header.kind

    @property
    def gen(self) -> int:
        return self.table.gen

    @property
    def users(self) -> tuple[Slot, ...]:
        return self.table.users

    @property
    def recovery(self) -> tuple[str, ...]:
        """The recipients of the recovery kits."""
        return self.table.recovery

    def find(self, who: str | int) -> Slot | None:
        """Return the slot of a user id, or of a name however it is written."""
        if isinstance(who, int):
            return next((slot for slot in self.users if slot.user_id == who), None)
        try:
            folded = fold_name(who)
        except BadName:
            return None
        return next((slot for slot in self.users if fold_name(slot.name) == folded), None)

    def wipe(self) -> None:
        wipe(self.stk)


@dataclass(frozen=True, slots=True)
class Unlocked:
    """What a right password gives: the person's age identity and the key of the database."""

    user_id: Id
    name: str
    recipient: str
    identity: bytearray = field(repr=False)
    dek: bytearray = field(repr=False)

    def wipe(self) -> None:
        wipe(self.identity)
        wipe(self.dek)


@dataclass(frozen=True, slots=True)
class UnlockedByKit:
    """What the recovery kit gives: the table and the key of the database, but nobody's identity."""

    opened: OpenedTable
    dek: bytearray = field(repr=False)

    def wipe(self) -> None:
        self.opened.wipe()
        wipe(self.dek)


def new_device_secret() -> bytearray:
    """Return the 256 bits that a computer keeps in its credential store."""
    return bytearray(secrets.token_bytes(32))


def new_vault(
    kind: Kind, owner: NewSlot, device_id: str, device_secret: bytes | bytearray, recovery: Sequence[str],
    vault_id: str | None = None,
) -> tuple[bytes, OpenedTable, Unlocked]:  # fmt: skip
    """Make the first key file of a practice: new vault id, STK and data key, epoch 1, generation 1 (K11)."""
    header = Header(kind, vault_id or secrets.token_hex(16), 1)
    return _first_of_epoch(header, [owner.slot], owner, device_id, device_secret, recovery)


def new_epoch(
    opened: OpenedTable, unlocked: Unlocked, device_id: str, device_secret: bytes | bytearray,
    recovery: Sequence[str],
) -> tuple[bytes, OpenedTable, Unlocked]:  # fmt: skip
    """Return the file of the next epoch: new data key and STK, the same people, this computer alone (K14b, K16)."""
    header = replace(opened.file.header, epoch=opened.epoch + 1)
    slot = opened.find(unlocked.user_id)
    if slot is None:
        raise WrongPassword
    held = NewSlot(slot, bytearray(unlocked.identity))
    return _first_of_epoch(header, opened.users, held, device_id, device_secret, recovery)


def peek(data: bytes) -> tuple[Header, tuple[str, ...]]:
    """Return header and device ids of a file that nobody has authenticated: for messages only, never to decide by."""
    file = parse(data)
    return file.header, tuple(each.device_id for each in file.devices)


def open_file(data: bytes, device_id: str, device_secret: bytes | bytearray) -> OpenedTable:
    """Open the device layer and the table; KeyFileDamaged (a wrong secret too), MadeByNewerVersion or NotEnrolled."""
    file = parse(data)
    entry = next((each for each in file.devices if each.device_id == device_id), None)
    if entry is None:
        raise NotEnrolled
    key = derived(device_secret, "mb/dev/v1")
    stk = open_box(key, entry.box, device_aad(file.header, device_id))
    wipe(key)
    return opened_by(file, stk)


def unlock(opened: OpenedTable, who: str | int, password: str, policy: KdfPolicy) -> Unlocked:
    """Open a person's slot and the data key; WrongPassword for a wrong name as well, after the same time (K6).

    Raises KeyFileDamaged where the slot asks more or less than the policy runs, and NotEnoughMemory.
    """
    slot = opened.find(who)
    if slot is None:
        kdf.dummy(password, policy)
        raise WrongPassword
    identity = identity_of(slot, password, policy)
    try:
        dek = opened_dek(opened.file.header, opened.table.dek_age, identity)
    except KeyFileDamaged:
        wipe(identity)
        raise
    return Unlocked(slot.user_id, slot.name, slot.recipient, identity, dek)


def unlock_with_kit(data: bytes, kit_identity: str | bytearray) -> UnlockedByKit:
    """Open the table and the data key with the recovery kit, on any computer; WrongKit where it is another one's."""
    file = parse(data)
    try:
        stk = opened_kit(file.header, file.kit, kit_identity)
    except age_io.NotForThisKey:
        raise WrongKit(file.header.vault_id) from None
    opened = opened_by(file, stk)
    return UnlockedByKit(opened, opened_dek(file.header, opened.table.dek_age, kit_identity))


def change_password(
    opened: OpenedTable, unlocked: Unlocked, current: str, new: str, policy: KdfPolicy
) -> NewSlot:  # fmt: skip
    """Return my slot under a new password for `with_slot`: new salt, same identity (K12); WrongPassword."""
    slot = opened.find(unlocked.user_id)
    if slot is None:
        raise WrongPassword
    identity = identity_of(slot, current, policy)
    return sealed_slot(slot.user_id, slot.name, identity, slot.recipient, new, policy)


def is_cheap(opened: OpenedTable, user_id: Id, policy: KdfPolicy) -> bool:
    """Tell whether a slot is under today's cost, so that the next good sign-in upgrades it (K3)."""
    slot = opened.find(user_id)
    return slot is not None and not slot.kdf.cost.reaches(policy.cost)


def with_rewritten_kdf(opened: OpenedTable, unlocked: Unlocked, password: str, policy: KdfPolicy) -> bytes:
    """Return the file with my slot at today's cost; NotEnoughMemory leaves the slot as it is."""
    slot = sealed_at(
        unlocked.user_id, unlocked.name, unlocked.identity, unlocked.recipient, password, policy.cost, policy
    )
    return with_slot(opened, unlocked, NewSlot(slot, bytearray(unlocked.identity)))


def with_slot(opened: OpenedTable, unlocked: Unlocked | UnlockedByKit, new: NewSlot) -> bytes:
    """Return the file with the slot added, or in the place of the one with the same user id."""
    old = opened.find(new.slot.user_id)
    others = [slot for slot in opened.users if slot.user_id != new.slot.user_id]
    if any(fold_name(slot.name) == fold_name(new.slot.name) for slot in others):
        raise Refused("Someone else has this name already.")
    if len(others) >= MOST_USERS:
        raise TooMany(f"A practice has at most {MOST_USERS} people who can sign in. Remove one first.")
    users = [new.slot if slot is old else slot for slot in opened.users] if old else [*others, new.slot]
    return _next(opened, unlocked.dek, users=tuple(users))


def without_slot(opened: OpenedTable, unlocked: Unlocked | UnlockedByKit, user_id: Id) -> bytes:
    """Return the file without a person's slot and the data key sealed to the rest (K14a)."""
    if opened.find(user_id) is None:
        raise Refused("This person has no key here.")
    if len(opened.users) == 1:
        raise Refused("The last person who can sign in can't be removed.")
    if isinstance(unlocked, Unlocked) and unlocked.user_id == user_id:
        # What is written is read back with the held identity, which this would have locked out.
        raise Refused("Nobody removes their own key. Ask another owner or officer.")
    return _next(opened, unlocked.dek, users=tuple(slot for slot in opened.users if slot.user_id != user_id))


def with_device(
    opened: OpenedTable, unlocked: Unlocked | UnlockedByKit, device_id: str, device_secret: bytes | bytearray
) -> bytes:
    """Return the file with this computer enrolled; an older entry of the same id is replaced."""
    others = tuple(each for each in opened.file.devices if each.device_id != device_id)
    if len(others) >= MOST_DEVICES:
        raise TooMany(f"A practice has at most {MOST_DEVICES} computers. Decommission one first.")
    return with_devices(opened, unlocked, (*others, sealed_device(opened, device_id, device_secret)))


def with_devices(opened: OpenedTable, unlocked: Unlocked | UnlockedByKit, devices: tuple[Device, ...]) -> bytes:
    """Return the file with just these entries; those taken over from it stay byte for byte as they were."""
    if not devices:
        raise Refused("The last computer can't be taken out.")
    return _next(opened, unlocked.dek, devices=devices)


def sealed_device(opened: OpenedTable, device_id: str, device_secret: bytes | bytearray) -> Device:
    """Return an entry that this secret opens; the caller puts it into the file."""
    return _device(opened.file.header, device_id, device_secret, opened.stk)


def with_recovery(opened: OpenedTable, unlocked: Unlocked | UnlockedByKit, recovery: Sequence[str]) -> bytes:
    """Return the file that new recovery kits open and the old ones no longer do (K22)."""
    return _next(opened, unlocked.dek, recovery=_checked(recovery))


def check_written(
    data: bytes, device_id: str, device_secret: bytes | bytearray, held: Unlocked | UnlockedByKit
) -> None:
    """Read written bytes back with what is held: table, slot and data key must open; KeyFileDamaged (K8)."""
    opened = open_file(data, device_id, device_secret)
    if isinstance(held, Unlocked):
        dek = opened_dek(opened.file.header, opened.table.dek_age, held.identity)
        same = dek == held.dek
        wipe(dek)
        if not same:
            raise KeyFileDamaged
    opened.wipe()


def _first_of_epoch(
    header: Header, users: Sequence[Slot], held: NewSlot, device_id: str, device_secret: bytes | bytearray,
    recovery: Sequence[str],
) -> tuple[bytes, OpenedTable, Unlocked]:  # fmt: skip
    stk, dek = bytearray(secrets.token_bytes(32)), bytearray(secrets.token_bytes(32))
    recipients = _checked(recovery)
    table = Table(1, recipients, sealed_dek(header, dek, _openers(users, recipients)), tuple(users))
    device = _device(header, device_id, device_secret, stk)
    file = KeyFile(header, (device,), sealed_kit(header, stk, recipients), _sealed(header, stk, table))
    slot = held.slot
    return (
        written(file),
        OpenedTable(file, table, stk),
        Unlocked(slot.user_id, slot.name, slot.recipient, held.identity, dek),
    )


def _next(
    opened: OpenedTable, dek: bytearray, *, users: tuple[Slot, ...] | None = None,
    recovery: tuple[str, ...] | None = None, devices: tuple[Device, ...] | None = None,
) -> bytes:  # fmt: skip
    """Return the file one generation on; what is not named stays byte for byte as it was."""
    header, old = opened.file.header, opened.table
    new = Table(old.gen + 1, recovery or old.recovery, old.dek_age, old.users if users is None else users)
    before, after = _openers(old.users, old.recovery), _openers(new.users, new.recovery)
    if before != after:
        new = replace(new, dek_age=sealed_dek(header, dek, after))
    kit = opened.file.kit if new.recovery == old.recovery else sealed_kit(header, opened.stk, new.recovery)
    return written(KeyFile(header, devices or opened.file.devices, kit, _sealed(header, opened.stk, new)))


def opened_by(file: KeyFile, stk: bytearray) -> OpenedTable:
    """Open the table with the key of its slots; KeyFileDamaged."""
    key = derived(stk, "mb/table/v1")
    plain = open_box(key, file.table, table_aad(file.header))
    wipe(key)
    return OpenedTable(file, parse_table(bytes(plain)), stk)


def _device(header: Header, device_id: str, device_secret: bytes | bytearray, stk: bytearray) -> Device:
    key = derived(device_secret, "mb/dev/v1")
    box = close_box(key, stk, device_aad(header, device_id))
    wipe(key)
    return Device(device_id, box)


def _sealed(header: Header, stk: bytearray, table: Table) -> Box:
    key = derived(stk, "mb/table/v1")
    box = close_box(key, table_bytes(table), table_aad(header))
    wipe(key)
    return box


def _openers(users: Sequence[Slot], recovery: Sequence[str]) -> list[str]:
    return sorted({*(slot.recipient for slot in users), *recovery})


def _checked(recovery: Sequence[str]) -> tuple[str, ...]:
    if not 1 <= len(set(recovery)) == len(recovery) <= MOST_RECOVERY:
        raise Refused(f"A practice has one to {MOST_RECOVERY} recovery kits, each different.")
    if not all(age_io.is_recipient(each) for each in recovery):
        raise age_io.BadKey
    return tuple(recovery)
