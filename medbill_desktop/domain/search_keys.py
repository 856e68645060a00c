"""The keys by which a patient is found while typing, and what a typed text looks for (DESIGN 5).

Every key is a text whose beginning is typed: names in both orders, each later word of a name, former names, account
number, phone number (all of it, and the last seven), birth date as ISO and as mmddyyyy.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from medbill_desktop.domain.names import fold, fold_german, written_without_spaces

_SHORTEST_WORD = 2


@dataclass(frozen=True, slots=True, repr=False)
class Findable:
    """What a patient is found by; `phones` are digits."""

    last: str
    first: str
    middle: str
    former_names: tuple[str, ...]
    account: str
    phones: tuple[str, ...]
    birth_date: date


def keys_of(patient: Findable) -> frozenset[str]:
    """Return every key of a patient; none is empty."""
    keys = set(_name_keys(patient.last, f"{patient.first} {patient.middle}"))
    for former in patient.former_names:
        keys.update(_name_keys(former, patient.first))
    keys.add(patient.account)
    for phone in patient.phones:
        keys |= {phone, phone[-7:]}
    born = patient.birth_date
    keys |= {born.isoformat(), f"{born.month:02d}{born.day:02d}{born.year:04d}"}
    return frozenset(key for key in keys if key)


def prefixes_of(typed: str) -> tuple[str, ...]:
    """Return the key beginnings that a typed text may mean, at most three; none where nothing is typed."""
    text = typed.strip()
    if not text:
        return ()
    if not re.fullmatch(r"[\d\s().+/\-]+", text, re.ASCII):
        folded = fold(text)
        return (folded,) if folded else ()
    return tuple(dict.fromkeys(_digit_prefixes(text)))


def _digit_prefixes(text: str) -> Iterator[str]:
    if found := re.fullmatch(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})", text):
        yield f"{int(found[1]):02d}{int(found[2]):02d}{found[3]}"
    elif found := re.fullmatch(r"(\d{1,2})/(?:(\d{1,2})(?:/(\d{0,3}))?)?", text):
        # A date half typed: its last part may still grow, so only whole parts are filled up.
        month, day, year = found[1].zfill(2), found[2] or "", found[3]
        yield month + (day if year is None else day.zfill(2) + year)
    if re.fullmatch(r"\d+(-\d*)*", text):
        yield text
    digits = re.sub(r"\D", "", text)
    if len(digits) == 11 and digits[0] == "1":
        digits = digits[1:]
    if digits:
        yield digits


def _name_keys(last: str, first: str) -> Iterator[str]:
    for folding in (fold, fold_german):
        family, given = folding(last), folding(first)
        yield from _beginnings(family.split(), given)
        yield from _beginnings(given.split(), family)
    if written_without_spaces(last + first):
        yield fold(last + first).replace(" ", "")
        yield fold(first + last).replace(" ", "")


def _beginnings(words: Iterable[str], rest: str) -> Iterator[str]:
    """Yield the words followed by the rest, then the same without the first word, and so on."""
    left = list(words)
    for at in range(len(left)):
        if at == 0 or len(left[at]) >= _SHORTEST_WORD:
            yield " ".join([*left[at:], rest]).strip()
