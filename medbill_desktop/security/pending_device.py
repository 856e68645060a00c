"""Entries of the key file for computers that have not signed in yet (SECURITY K15).

Danger: such an entry is opened by 160 bits that were on a screen. Its last second stands in its id, which is bound to
what it seals, so that nobody lengthens it; the first sign-in puts a fresh 256-bit secret in its place.
"""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from medbill_desktop.domain.problems import Refused
from medbill_desktop.security import key_file
from medbill_desktop.security.enrolment_code import EnrolmentCode
from medbill_desktop.security.kdf import wipe
from medbill_desktop.security.key_file import OpenedTable, TooMany, Unlocked
from medbill_desktop.security.key_file_format import (
    MOST_DEVICES,
    KeyFileDamaged,
    derived,
    device_aad,
    open_box,
    parse,
)

PREFIX: Final = "enrol-"
_RANDOM_BYTES: Final = 12


class CodeUnknown(Refused):
    """No pending entry opens with this code."""

    def __init__(self) -> None:
        super().__init__(
            "This enrolment code does not open this practice. It was used or withdrawn, or the practice has new keys"
            " since: ask for a new code."
        )


class CodeExpired(Refused):
    """The code is older than it may be."""

    def __init__(self) -> None:
        super().__init__("This enrolment code has expired. Ask an owner or officer for a new one.")


@dataclass(frozen=True, slots=True)
class Pending:
    """A pending entry that a code has opened."""

    entry_id: str
    opened: OpenedTable


def new_entry_id(expires_at: datetime) -> str:
    """Return an id that says until when the entry is good."""
    return f"{PREFIX}{int(expires_at.timestamp()):08x}{secrets.token_hex(_RANDOM_BYTES)}"


def is_pending(device_id: str) -> bool:
    return device_id.startswith(PREFIX)


def expires_at(entry_id: str) -> datetime:
    """Return until when a pending entry is good."""
    return datetime.fromtimestamp(int(entry_id[len(PREFIX) :][:8], 16), UTC)


def pending_of(opened: OpenedTable) -> tuple[str, ...]:
    """Return the ids of the pending entries."""
    return tuple(each.device_id for each in opened.file.devices if is_pending(each.device_id))


def expired_of(opened: OpenedTable, now: datetime) -> tuple[str, ...]:
    """Return the pending entries that are good no longer."""
    return tuple(each for each in pending_of(opened) if expires_at(each) <= now)


def check_room(opened: OpenedTable, more: int) -> None:
    """Raise TooMany where so many entries more do not fit."""
    if len(opened.file.devices) + more > MOST_DEVICES:
        raise TooMany(f"A practice has at most {MOST_DEVICES} computers and codes. Withdraw a code or take one out.")


def with_pending(opened: OpenedTable, unlocked: Unlocked, entries: Sequence[tuple[str, EnrolmentCode]]) -> bytes:
    """Return the file with these entries besides all others; TooMany where there is no room."""
    check_room(opened, len(entries))
    made = [key_file.sealed_device(opened, entry_id, code.secret) for entry_id, code in entries]
    return key_file.with_devices(opened, unlocked, (*opened.file.devices, *made))


def without_pending(opened: OpenedTable, unlocked: Unlocked, entry_ids: Collection[str]) -> bytes:
    """Return the file without these pending entries; those of enrolled computers stay."""
    kept = [each for each in opened.file.devices if not (is_pending(each.device_id) and each.device_id in entry_ids)]
    return key_file.with_devices(opened, unlocked, tuple(kept))


def open_pending(data: bytes, code: EnrolmentCode, now: datetime) -> Pending:
    """Open the entry that the code is for; CodeUnknown, CodeExpired, or KeyFileDamaged and MadeByNewerVersion."""
    file = parse(data)
    key = derived(code.secret, "mb/dev/v1")
    try:
        for each in file.devices:
            if not is_pending(each.device_id):
                continue
            try:
                stk = open_box(key, each.box, device_aad(file.header, each.device_id))
            except KeyFileDamaged:
                continue  # another code's entry
            if expires_at(each.device_id) <= now:
                wipe(stk)
                raise CodeExpired
            return Pending(each.device_id, key_file.opened_by(file, stk))
    finally:
        wipe(key)
    raise CodeUnknown


def with_arrived(
    pending: Pending, unlocked: Unlocked, device_id: str, device_secret: bytes | bytearray
) -> bytes:  # fmt: skip
    """Return the file with the computer's own 256-bit secret in the place of the pending entry."""
    opened = pending.opened
    own = key_file.sealed_device(opened, device_id, device_secret)
    devices = [own if each.device_id == pending.entry_id else each for each in opened.file.devices]
    return key_file.with_devices(opened, unlocked, tuple(devices))
