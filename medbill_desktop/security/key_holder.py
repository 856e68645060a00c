"""The data key while the practice is open, and what is derived from it (SECURITY K29, A9, L14).

Danger: whoever calls `hex` makes a copy in a string that cannot be wiped. Only the factory of connections does.
"""

from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from medbill_desktop.domain.problems import Busy, LockedError

_AUDIT: Final = b"mb/audit/v1"
_COMMAND: Final = b"mb/command/v1"
_ATTEMPTS: Final = b"mb/attempts/v1"


class Sealed(LockedError):
    """The practice is sealed: its key is no longer in memory."""

    def __init__(self) -> None:
        super().__init__("The practice is sealed. Sign in with your name, password and code.")


class KeyHolder:
    """Holds the data key until `clear`; afterwards nothing opens a connection any more."""

    def __init__(self, dek: bytearray) -> None:
        """Take the key over: the holder wipes it, the caller keeps no copy."""
        if len(dek) != 32:
            raise ValueError("a data key has 32 bytes")
        self._dek: bytearray | None = dek
        self._retired = False

    def hex(self) -> str:
        """Return the raw key as SQLCipher takes it; raises Sealed once it is dropped, Busy once it is retired."""
        if self._retired:
            raise Busy("The practice has new keys since a moment. Nothing was done; try again.")
        if self._dek is None:
            raise Sealed
        return self._dek.hex()

    def audit_key(self) -> bytes:
        return self._derived(_AUDIT)

    def command_key(self) -> bytes:
        """Return the key of the digests that tell a repeated command from another one (DESIGN 5)."""
        return self._derived(_COMMAND)

    def clear(self) -> None:
        """Wipe the key."""
        if self._dek is not None:
            self._dek[:] = bytes(len(self._dek))
            self._dek = None

    def retire(self) -> None:
        """Wipe the key because another took its place: who waits for a connection under it may try again."""
        self._retired = True
        self.clear()

    def _derived(self, info: bytes) -> bytes:
        if self._dek is None:
            raise Sealed
        return _hk(bytes(self._dek), info)

    def __repr__(self) -> str:
        return "KeyHolder(...)"


def attempts_key(device_secret: bytes) -> bytes:
    """Return the key under which this device counts its failed sign-ins (SECURITY K27)."""
    return _hk(device_secret, _ATTEMPTS)


def _hk(secret: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=b"", info=info).derive(secret)
