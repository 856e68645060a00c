"""The recovery kit: one age identity line on paper that opens the practice and its bundles (SECURITY K20, K21)."""

import hmac
import re
from dataclasses import dataclass, field
from typing import Final

from medbill_desktop.domain.problems import Refused
from medbill_desktop.security.age_io import BadKey, new_identity, recipient_of

PREFIX: Final = "AGE-SECRET-KEY-1"
LENGTH: Final = 58  # characters after the prefix; the last six are its checksum
_SYMBOLS: Final = frozenset("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L")
# The four characters that a kit never holds are read as what they look like; the checksum has the last word.
_READ_AS: Final = {"O": "0", "I": "L", "1": "L", "B": "8"}


@dataclass(frozen=True, slots=True)
class Kit:
    """The line on the paper and the recipient that stands in the key file."""

    line: str = field(repr=False)
    recipient: str


class KitMistyped(Refused):
    """What was typed is no recovery kit; the message says what is wrong with it."""


def new_kit() -> Kit:
    """Make a kit; it exists on paper and nowhere else, so nobody keeps the value."""
    identity, recipient = new_identity()
    return Kit(identity.decode("ascii"), recipient)


def in_groups(kit: Kit) -> tuple[str, ...]:
    """Return the line as people read it: the prefix, then groups of four (the last has two)."""
    rest = kit.line[len(PREFIX) :]
    return (PREFIX, *(rest[at : at + 4] for at in range(0, LENGTH, 4)))


def normalise(typed: str) -> str:
    """Return the line without spaces, separators, comments and small letters; KitMistyped says what is wrong.

    Takes the groups of the paper, the text of the QR and a whole `kit.txt` with its comment lines.
    """
    lines = [line for line in typed.splitlines() if not line.lstrip().startswith("#")]
    bare = re.sub(r"[\s.,;:_/\u2010-\u2015\u00ad-]+", "", "".join(lines)).upper()
    if not bare:
        raise KitMistyped("Type the line of the recovery kit.")
    start = re.match(r"AGESECRETKEY[1IL]", bare)
    if start is None:
        raise KitMistyped(f"The line of a recovery kit begins with {PREFIX}.")
    rest = "".join(_READ_AS.get(each, each) for each in bare[start.end() :])
    for place, each in enumerate(rest, start=1):
        if each not in _SYMBOLS:
            group = (place - 1) // 4 + 1
            raise KitMistyped(f"Group {group} after {PREFIX} holds a sign that no kit has: {each!r}. Look at it again.")
    if len(rest) != LENGTH:
        missing = LENGTH - len(rest)
        said = f"{missing} are missing" if missing > 0 else f"{-missing} are too many"
        raise KitMistyped(f"After {PREFIX} come {LENGTH} characters; {said}. Compare group by group.")
    return PREFIX + rest


def parse(typed: str) -> Kit:
    """Return the kit that was typed or scanned; KitMistyped where a character is wrong (its checksum finds it)."""
    line = normalise(typed)
    try:
        return Kit(line, recipient_of(line))
    except BadKey:
        raise KitMistyped("One or more characters are mistyped. Compare group by group with the paper.") from None


def matches(kit: Kit, typed: str) -> bool:
    """Tell whether the paper was retyped rightly; raises KitMistyped for what is no kit at all."""
    return hmac.compare_digest(parse(typed).line, kit.line)
