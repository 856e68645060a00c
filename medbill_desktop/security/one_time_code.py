"""The code on a slip that opens a new person's slot once (SECURITY K13).

Danger: for a day it is a person's password. It is shown once, kept nowhere, and reaches only the form in which the
person chooses a password of their own.
"""

import secrets
from hashlib import sha256
from typing import Final

from medbill_desktop.domain.problems import Refused
from medbill_desktop.security.recovery_codes import CODE_BYTES, SYMBOLS, as_typed, readable

LIFE_HOURS: Final = 24
SYMBOLS_OF_CODE: Final = CODE_BYTES * 8 // 5  # 24 symbols of 5 bits
CHECK_SYMBOLS: Final = 4
GROUP: Final = 4
_LENGTH: Final = SYMBOLS_OF_CODE + CHECK_SYMBOLS


class CodeMistyped(Refused):
    """What was typed is no one-time code; said before any cryptography, and not counted as a failed attempt."""


def new_code() -> str:
    """Return a new code of 120 bits and four check characters, in fours: `7QK2-...`."""
    bare = as_typed(readable(secrets.token_bytes(CODE_BYTES)))
    return in_groups(bare + _check(bare))


def in_groups(bare: str) -> str:
    return "-".join(bare[at : at + GROUP] for at in range(0, len(bare), GROUP))


def parse(typed: str) -> str:
    """Return what locks the slot: the symbols in capitals, without groups; CodeMistyped says what is wrong."""
    bare = as_typed(typed)
    if len(bare) != _LENGTH:
        short = _LENGTH - len(bare)
        said = f"{short} missing" if short > 0 else f"{-short} too many"
        raise CodeMistyped(f"A one-time code has {_LENGTH} characters; {said}. Compare group by group with the slip.")
    if not set(bare) <= set(SYMBOLS) or _check(bare[:SYMBOLS_OF_CODE]) != bare[SYMBOLS_OF_CODE:]:
        raise CodeMistyped("One or more characters are mistyped. Compare group by group with the slip.")
    return bare


def is_one(typed: str) -> bool:
    """Tell whether this is a one-time code, typed where a password belongs."""
    try:
        parse(typed)
    except CodeMistyped:
        return False
    return True


def _check(bare: str) -> str:
    number = int.from_bytes(sha256(b"mb/one-time-code/v1" + bare.encode("ascii")).digest()[:4], "big")
    return "".join(SYMBOLS[number >> shift & 31] for shift in range(0, CHECK_SYMBOLS * 5, 5))
