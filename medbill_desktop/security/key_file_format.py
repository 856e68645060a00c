"""The bytes of `vault.keys`, format v1, read strictly (SECURITY 2.2, K1, K2).

Danger: a lenient reader lets two programs see two different files in the same bytes. A file is taken only when
writing it again gives the same bytes: so no doubled key, no other spelling of a number, no space, no unknown key.
"""

import base64
import binascii
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Refused
from medbill_desktop.security import age_io
from medbill_desktop.security.kdf import ALGORITHM, KEY_BYTES, SALT_BYTES, VERSION, KdfCost, KdfParams, wipe
from medbill_desktop.security.passwords import BadName, fold_name

Kind = Literal["practice", "training"]

MAGIC: Final = "MBKEYS"
FORMAT: Final = 1
LARGEST: Final = 1 << 20
MOST_DEVICES: Final = 64
MOST_USERS: Final = 256
MOST_RECOVERY: Final = 3
_NONCE_BYTES: Final = 12
_LAST_INT: Final = (1 << 63) - 1
_HEX_32: Final = re.compile(r"[0-9a-f]{32}")
_DEVICE_ID: Final = re.compile(r"(?:enrol-)?[0-9a-f]{32}")  # `enrol-` is a computer that has not signed in yet (K15)


class KeyFileDamaged(Refused):
    """The key file is cut, changed, or not one; one type, so that nothing tells where."""

    def __init__(self) -> None:
        super().__init__("The key file of this practice is damaged. Restore it from the newest backup.")


class MadeByNewerVersion(Refused):
    """The key file has a format that this version does not know."""

    def __init__(self) -> None:
        super().__init__("This practice was opened by a newer version of MedBill. Install that version here too.")


@dataclass(frozen=True, slots=True)
class Box:
    """AES-256-GCM: nonce, and ciphertext with its tag."""

    nonce: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Header:
    kind: Kind
    vault_id: str
    epoch: int


@dataclass(frozen=True, slots=True)
class Device:
    """One enrolled computer: the STK under its secret."""

    device_id: str
    box: Box = field(repr=False)


@dataclass(frozen=True, slots=True)
class Slot:
    """One person who can open the practice: their age identity under their password."""

    user_id: Id
    name: str = field(repr=False)
    recipient: str
    kdf: KdfParams
    box: Box = field(default=Box(b"", b""), repr=False)


@dataclass(frozen=True, slots=True)
class Table:
    """What lies under the STK."""

    gen: int
    recovery: tuple[str, ...]
    dek_age: bytes = field(repr=False)
    users: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class KeyFile:
    """The outer file; `kit` is an age file."""

    header: Header
    devices: tuple[Device, ...]
    kit: bytes = field(repr=False)
    table: Box = field(repr=False)


def canon(value: Any) -> bytes:
    """Return JSON with sorted keys, without spaces, in ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


def derived(secret: bytes | bytearray, info: str) -> bytearray:
    """Return HKDF-SHA256 with an empty salt, 32 bytes; the caller wipes it."""
    return bytearray(HKDF(SHA256(), KEY_BYTES, None, info.encode("ascii")).derive(secret))


def close_box(key: bytearray, plain: bytes | bytearray, aad: bytes) -> Box:
    """Seal under a new random nonce."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return Box(nonce, AESGCM(key).encrypt(nonce, plain, aad))


def open_box(key: bytearray, box: Box, aad: bytes) -> bytearray:
    """Open a box, or KeyFileDamaged: a wrong key and a changed byte can't be told apart."""
    try:
        return bytearray(AESGCM(key).decrypt(box.nonce, box.sealed, aad))
    except InvalidTag:
        raise KeyFileDamaged from None


def device_aad(header: Header, device_id: str) -> bytes:
    return canon({"d": device_id, "h": _header(header)})


def table_aad(header: Header) -> bytes:
    return canon(_header(header))


def slot_aad(slot: Slot) -> bytes:
    plain = _slot(slot)
    del plain["priv"]
    return canon(plain)


def written(file: KeyFile) -> bytes:
    """Return the bytes of the file; ValueError where it has outgrown its format."""
    data = canon(_file(file))
    if len(data) > LARGEST:
        raise ValueError("the key file has outgrown its format")
    return data


def table_bytes(table: Table) -> bytes:
    return canon(_table(table))


def parse(data: bytes) -> KeyFile:
    """Read the outer file; nothing in it is authenticated yet. KeyFileDamaged or MadeByNewerVersion."""
    value = _json(data)
    _refuse_newer(value)
    try:
        header = _read_header(value["hdr"])
        devices = tuple(Device(_text(each["id"], _DEVICE_ID), _read_box(each["w"])) for each in value["devices"])
        file = KeyFile(header, devices, _binary(value["kit"]), _read_box(value["table"]))
        _need(1 <= len(devices) <= MOST_DEVICES and len({each.device_id for each in devices}) == len(devices))
        _need(canon(_file(file)) == data)
    except (KeyError, TypeError, ValueError):
        raise KeyFileDamaged from None
    return file


def parse_table(data: bytes) -> Table:
    """Read the authenticated table; KeyFileDamaged."""
    value = _json(data)
    try:
        users = tuple(_read_slot(each) for each in value["users"])
        recovery = tuple(value["recovery"])
        table = Table(_count(value["gen"]), recovery, _binary(value["dek_age"]), users)
        _need(1 <= len(users) <= MOST_USERS and 1 <= len(recovery) <= MOST_RECOVERY)
        _need(len({each.user_id for each in users}) == len({fold_name(each.name) for each in users}) == len(users))
        _need(all(age_io.is_recipient(each) for each in [*recovery, *(each.recipient for each in users)]))
        _need(canon(_table(table)) == data)
    except (KeyError, TypeError, ValueError, BadName):
        raise KeyFileDamaged from None
    return table


def sealed_dek(header: Header, dek: bytearray, recipients: Sequence[str]) -> bytes:
    """Return the age file that holds the data key of this vault and epoch."""
    return _sealed_secret(header, "dek", dek, recipients)


def opened_dek(header: Header, data: bytes, identity: str | bytearray) -> bytearray:
    """Return the data key; KeyFileDamaged where it is not for us or not of this vault and epoch."""
    try:
        return _opened_secret(header, "dek", data, identity)
    except age_io.NotForThisKey:
        raise KeyFileDamaged from None


def sealed_kit(header: Header, stk: bytearray, recipients: Sequence[str]) -> bytes:
    """Return the age file that lets the recovery kit open the table."""
    return _sealed_secret(header, "stk", stk, recipients)


def opened_kit(header: Header, data: bytes, identity: str | bytearray) -> bytearray:
    """Return the STK; NotForThisKey, or KeyFileDamaged."""
    return _opened_secret(header, "stk", data, identity)


def _sealed_secret(header: Header, name: str, secret: bytearray, recipients: Sequence[str]) -> bytes:
    plain = bytearray(canon({"epoch": header.epoch, name: _base64(secret), "vault": header.vault_id}))
    sealed = age_io.encrypt_bytes(plain, recipients)
    wipe(plain)
    return sealed


def _opened_secret(header: Header, name: str, data: bytes, identity: str | bytearray) -> bytearray:
    try:
        plain = age_io.decrypt_bytes(data, [identity])
    except age_io.AgeDamaged:
        raise KeyFileDamaged from None
    value = _json(bytes(plain))
    try:
        secret = bytearray(_binary(value[name]))
        whole = {"epoch": header.epoch, name: _base64(secret), "vault": header.vault_id}
        _need(len(secret) == KEY_BYTES and canon(whole) == plain)
    except (KeyError, TypeError, ValueError):
        raise KeyFileDamaged from None
    finally:
        wipe(plain)
    return secret


def _json(data: bytes) -> Any:
    try:
        if len(data) > LARGEST:
            raise KeyFileDamaged
        return json.loads(data.decode("ascii"))
    except (ValueError, RecursionError):
        raise KeyFileDamaged from None


def _refuse_newer(value: Any) -> None:
    """A newer file may look different everywhere but in these two places."""
    header = value.get("hdr") if isinstance(value, dict) else None
    if not isinstance(header, dict) or header.get("magic") != MAGIC:
        raise KeyFileDamaged
    version = header.get("v")
    if type(version) is int and version > FORMAT:
        raise MadeByNewerVersion


def _file(file: KeyFile) -> dict[str, Any]:
    return {
        "devices": [{"id": each.device_id, "w": _box(each.box)} for each in file.devices],
        "hdr": _header(file.header),
        "kit": _base64(file.kit),
        "table": _box(file.table),
    }


def _header(header: Header) -> dict[str, Any]:
    return {"epoch": header.epoch, "kind": header.kind, "magic": MAGIC, "v": FORMAT, "vault": header.vault_id}


def _table(table: Table) -> dict[str, Any]:
    return {
        "dek_age": _base64(table.dek_age),
        "gen": table.gen,
        "recovery": list(table.recovery),
        "users": [_slot(each) for each in table.users],
    }


def _slot(slot: Slot) -> dict[str, Any]:
    cost, salt = slot.kdf.cost, _base64(slot.kdf.salt)
    return {
        "id": slot.user_id,
        "kdf": {"alg": ALGORITHM, "m": cost.m_kib, "p": cost.p, "salt": salt, "t": cost.t, "v": VERSION},
        "name": slot.name,
        "priv": _box(slot.box),
        "pub": slot.recipient,
    }  # fmt: skip


def _box(box: Box) -> dict[str, str]:
    return {"c": _base64(box.sealed), "n": _base64(box.nonce)}


def _base64(data: bytes | bytearray) -> str:
    return base64.b64encode(data).decode("ascii")


def _read_header(value: Mapping[str, Any]) -> Header:
    kind = value["kind"]
    _need(kind in get_args(Kind))
    return Header(kind, _text(value["vault"], _HEX_32), _count(value["epoch"]))


def _read_slot(value: Mapping[str, Any]) -> Slot:
    kdf = value["kdf"]
    salt = _binary(kdf["salt"])
    _need(len(salt) == SALT_BYTES)
    params = KdfParams(KdfCost(_count(kdf["m"]), _count(kdf["t"]), _count(kdf["p"])), salt)
    name = value["name"]
    _need(isinstance(name, str))
    return Slot(Id(_count(value["id"])), name, value["pub"], params, _read_box(value["priv"]))


def _read_box(value: Mapping[str, Any]) -> Box:
    box = Box(_binary(value["n"]), _binary(value["c"]))
    _need(len(box.nonce) == _NONCE_BYTES)
    return box


def _text(value: Any, form: re.Pattern[str]) -> str:
    _need(isinstance(value, str) and form.fullmatch(value) is not None)
    return str(value)


def _count(value: Any) -> int:
    _need(type(value) is int and 1 <= value <= _LAST_INT)
    return int(value)


def _binary(value: Any) -> bytes:
    _need(isinstance(value, str))
    try:
        return base64.b64decode(value, validate=True)
    except binascii.Error:
        raise ValueError("not Base64") from None


def _need(holds: object) -> None:
    if not holds:
        raise ValueError("not of this format")
