"""What this computer remembers of a practice outside its folder (SECURITY K7, K18, K27, A12).

Two items per practice in the credential store: `device`, written once, and `state`, written often. They are what
makes a copied folder useless and an old file noticed.
"""

import binascii
import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, Final

from medbill_desktop.security.audit_mac import Anchor
from medbill_desktop.security.secret_store import Item, SecretStore, StoreRefused, StoreTrouble

SECRET_BYTES = 32
_ITEMS: Final[tuple[Item, ...]] = ("state", "device")


@dataclass(frozen=True, slots=True)
class Device:
    """This computer under this account: the name it has in the key file, and its secret."""

    id: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Remembered:
    """The last state that this computer has seen of the practice."""

    epoch: int = 0
    gen: int = 0
    attempts: Mapping[str, Any] | None = None
    anchor: Anchor | None = None
    put_back: int = 0  # older key files refused since the last good sign-in


def new_device() -> Device:
    return Device(secrets.token_hex(16), secrets.token_bytes(SECRET_BYTES))


class DeviceMemory:
    """Reads and writes the two items; every call may take seconds and raise StoreTrouble."""

    def __init__(self, store: SecretStore, vault_id: str) -> None:
        self._store, self._vault_id = store, vault_id
        self._state: Remembered | None = None
        self._guard = Lock()  # anchors are written on another thread than failed sign-ins

    @property
    def store_kind(self) -> str:
        """`keyring`, or `file` for the choice of SECURITY K19."""
        return self._store.kind

    def device(self) -> Device | None:
        """Return the device, or None where this computer was never enrolled."""
        value = self._store.read(self._vault_id, "device")
        if value is None:
            return None
        try:
            plain = json.loads(value)
            device = Device(str(plain["id"]), b64decode(plain["secret"], validate=True))
        except (ValueError, TypeError, KeyError, RecursionError, binascii.Error):
            raise StoreRefused("What this computer keeps for this practice is damaged.") from None
        if len(device.id) != 32 or len(device.secret) != SECRET_BYTES:
            raise StoreRefused("What this computer keeps for this practice is damaged.")
        return device

    def keep_device(self, device: Device) -> None:
        self._store.write(
            self._vault_id, "device", _json({"id": device.id, "secret": b64encode(device.secret).decode()})
        )

    @property
    def state(self) -> Remembered:
        """Return what was last written; an item that is missing or no item of ours counts as nothing remembered."""
        if self._state is None:
            self._state = _state_of(self._store.read(self._vault_id, "state"))
        return self._state

    def keep(self, **changes: Any) -> None:
        """Write the state with these fields changed: `epoch`, `gen`, `attempts`, `anchor`, `put_back`."""
        with self._guard:
            changed = replace(self.state, **changes)
            anchor = changed.anchor
            plain = {
                "e": changed.epoch,
                "g": changed.gen,
                "a": None if changed.attempts is None else dict(changed.attempts),
                "h": None if anchor is None else [anchor.seq, anchor.mac.hex()],
                "r": changed.put_back,
            }
            self._store.write(self._vault_id, "state", _json(plain))
            self._state = changed

    def move_to(self, store: SecretStore) -> SecretStore:
        """Go on in another store, once both items were read back from it; return the store that still has the old ones.

        The device is copied last: a copy that was cut off counts as none, because the device is what is looked for.
        """
        with self._guard:
            try:
                self._copy(store)
            except BaseException:
                with suppress(StoreTrouble):
                    store.delete(self._vault_id, "device")
                raise
            old, self._store = self._store, store
            return old

    def _copy(self, store: SecretStore) -> None:
        for item in _ITEMS:
            value = self._store.read(self._vault_id, item)
            if value is None:
                store.delete(self._vault_id, item)
                continue
            store.write(self._vault_id, item, value)
            if store.read(self._vault_id, item) != value:
                raise StoreRefused("The credential store of this computer did not keep what it was given.")

    def drop_copy(self, store: SecretStore) -> bool:
        """Delete both items in a store that holds the same device as this one; tell whether there was one."""
        device = store.read(self._vault_id, "device")
        if device is None or device != self._store.read(self._vault_id, "device"):
            return False
        for item in reversed(_ITEMS):
            store.delete(self._vault_id, item)
        return True

    def forget(self) -> None:
        """Delete both items: an aborted setup, a decommissioned computer."""
        self._store.delete(self._vault_id, "state")
        self._store.delete(self._vault_id, "device")
        self._state = None


def _state_of(value: bytes | None) -> Remembered:
    try:
        if value is None:
            return Remembered()
        plain = json.loads(value)
        head = plain["h"]
        anchor = None if head is None else Anchor(int(head[0]), bytes.fromhex(head[1]), "the credential store")
        return Remembered(int(plain["e"]), int(plain["g"]), plain["a"], anchor, int(plain["r"]))
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError):
        return Remembered()


def _json(plain: Any) -> bytes:
    return json.dumps(plain, sort_keys=True, separators=(",", ":")).encode("ascii")
