"""The last look at every command: nothing in it may be a card number (BILLING S8).

A form refuses a card number under its field; this stands behind all of them, so that a field which nobody thought of
can't keep one either. It runs inside the transaction, before the commit.
"""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Final

from medbill_desktop.domain.checks import CARD_WORDS, holds_card_number
from medbill_desktop.domain.problems import Invalid, Problem

# Fields whose text nobody types as a note. One number in ten of the right length would pass for a card's.
NO_CARDS: Final[dict[str, str]] = {
    "member_id": "given out by a plan",
    "group_number": "given out by a plan",
    "recipient": "a public key",
    "folder": "a place of the computer",
    "SetPreference.key": "named by the program",
    "SetPreference.value": "written by the program, with ids in it",
}
FILES: Final = frozenset({"path"})  # the name of the file is looked at, the folders before it are not


def refuse_card_numbers(command: object) -> None:
    """Raise Invalid with the field, where a text of the command looks like a card number."""
    if problems := tuple(card_problems(command)):
        raise Invalid(problems)


def card_problems(command: object) -> Iterator[Problem]:
    for where, text in _texts(command, ""):
        if holds_card_number(text):
            yield Problem("card-number", where, CARD_WORDS)


def _texts(value: Any, where: str) -> Iterator[tuple[str, str]]:
    """Yield (field, text) of every text that a person may have typed; the field as a form would name it."""
    if isinstance(value, str) and not isinstance(value, Enum):
        yield where, re.split(r"[/\\]", value)[-1] if where in FILES else value
    elif is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            if each.name not in NO_CARDS and f"{type(value).__name__}.{each.name}" not in NO_CARDS:
                yield from _texts(getattr(value, each.name), each.name)
    elif isinstance(value, tuple | list | set | frozenset):
        for each in value:
            yield from _texts(each, where)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _texts(each, str(key))
