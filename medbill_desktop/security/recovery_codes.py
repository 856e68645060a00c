"""Ten codes that each stand in once for the authenticator (SECURITY K25)."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

COUNT: Final = 10
CODE_BYTES: Final = 15  # 120 bits: no guessing, so one plain hash is enough
WARN_AT: Final = 2
SYMBOLS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U
_READ_AS: Final = {"O": "0", "I": "1", "L": "1", "U": "V"}


@dataclass(frozen=True, slots=True)
class StoredCode:
    """What the database keeps of a code."""

    salt: bytes
    digest: bytes


def make() -> tuple[tuple[str, ...], tuple[StoredCode, ...]]:
    """Return ten new codes, to be shown once, and what to store of them in the same order."""
    codes = tuple(readable(secrets.token_bytes(CODE_BYTES)) for _ in range(COUNT))
    return codes, tuple(_stored(code, secrets.token_bytes(16)) for code in codes)


def match(typed: str, stored: Sequence[StoredCode]) -> int | None:
    """Return the place of the unused code that was typed, or None; every one is compared."""
    found = None
    for place, each in enumerate(stored):
        if hmac.compare_digest(_stored(typed, each.salt).digest, each.digest):
            found = place
    return found


def readable(data: bytes) -> str:
    """Write bytes in 32 symbols without look-alikes, in fours: `7QK2-...`; the length must be a multiple of 5."""
    if len(data) % 5:
        raise ValueError("five bytes make eight symbols")
    number = int.from_bytes(data, "big")
    symbols = "".join(SYMBOLS[number >> shift & 31] for shift in range(len(data) * 8 - 5, -1, -5))
    return "-".join(symbols[at : at + 4] for at in range(0, len(symbols), 4))


def as_typed(text: str) -> str:
    """Return the symbols of what a person typed: capitals, no separators, look-alikes read as what was meant."""
    bare = "".join(each for each in text.upper() if each.isalnum())
    return "".join(_READ_AS.get(each, each) for each in bare)


def _stored(code: str, salt: bytes) -> StoredCode:
    return StoredCode(salt, sha256(salt + as_typed(code).encode()).digest())
