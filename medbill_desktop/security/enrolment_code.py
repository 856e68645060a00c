"""The code that lets one further computer in: 160 random bits as 36 characters in fours (SECURITY K15).

Danger: until it is used, expires or is withdrawn, the code stands for an enrolled computer. It is shown once, typed or
scanned once, and kept by nobody. It lets in a computer, not a person: name, password and code are asked after it.
"""

import secrets
from dataclasses import dataclass, field
from typing import Final

from medbill_desktop.domain.problems import Refused
from medbill_desktop.security.recovery_codes import SYMBOLS, as_typed, readable

SECRET_BYTES: Final = 20
LENGTH: Final = 36
_CHECK: Final = 4
# The largest prime of 20 bits: one wrong character, and any two that changed places, never leave the same remainder.
_PRIME: Final = 1_048_573


@dataclass(frozen=True, slots=True)
class EnrolmentCode:
    """What the pending entry of the key file is sealed under."""

    secret: bytes = field(repr=False)

    @property
    def groups(self) -> tuple[str, ...]:
        """The code as people read it: nine groups of four, the last of them the check."""
        data = readable(self.secret).replace("-", "")
        whole = data + _check_of(data)
        return tuple(whole[at : at + 4] for at in range(0, LENGTH, 4))

    @property
    def text(self) -> str:
        """The code as its QR holds it."""
        return "-".join(self.groups)


class CodeMistyped(Refused):
    """What was typed is no enrolment code; the message says what is wrong with it."""


def new_code() -> EnrolmentCode:
    return EnrolmentCode(secrets.token_bytes(SECRET_BYTES))


def parse(typed: str) -> EnrolmentCode:
    """Return the code that was typed or scanned; CodeMistyped where its check characters say it can't be one.

    No key is tried here: a typing error is caught before any cryptography.
    """
    bare = as_typed(typed)
    if not bare:
        raise CodeMistyped("Type the enrolment code.")
    for place, each in enumerate(bare):
        if each not in SYMBOLS:
            raise CodeMistyped(f"Group {place // 4 + 1} holds a sign that no code has: {each!r}. Look at it again.")
    if len(bare) != LENGTH:
        short = LENGTH - len(bare)
        said = f"{short} are missing" if short > 0 else f"{-short} are too many"
        raise CodeMistyped(f"An enrolment code has {LENGTH} characters; {said}. Compare group by group.")
    data, check = bare[:-_CHECK], bare[-_CHECK:]
    if check != _check_of(data):
        raise CodeMistyped("One or more characters are mistyped. Compare group by group with the other screen.")
    return EnrolmentCode(_number(data).to_bytes(SECRET_BYTES, "big"))


def _number(symbols: str) -> int:
    value = 0
    for each in symbols:
        value = value << 5 | SYMBOLS.index(each)
    return value


def _check_of(data: str) -> str:
    rest = _number(data) % _PRIME
    return "".join(SYMBOLS[rest >> shift & 31] for shift in (15, 10, 5, 0))
