"""A code set as a book that answers while somebody types: by code, by words, and the nearest of a wrong code.

A book is one text, a line a code: code, 1 where it is billable, first and last day where they differ from the
release's, words; separated by tabs and sorted by code. A release of 98,000 codes is read in half a second, once, and
takes 20 MB while it is used; packed it has 700 KB, where rows with a full-text index put 25 MB into every backup.
"""

import unicodedata
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from heapq import nsmallest
from itertools import accumulate, pairwise
from typing import Final

LEAST_LETTERS: Final = 3  # of a word that is searched inside the titles
MOST_LOOKED_AT: Final = 3_000
_SIGNS: Final = str.maketrans(dict.fromkeys("\t,;:()[]/-'\"", " "))


class NotABook(ValueError):
    """The text is not sorted lines of five columns."""


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code of a release; the days are None where they are those of the release."""

    code: str
    billable: bool
    words: str
    first_day: date | None = None
    last_day: date | None = None

    def holds(self, day: date) -> bool:
        """Tell whether it could be billed on that day, as far as its own dates say."""
        begun = self.first_day is None or self.first_day <= day
        return self.billable and begun and (self.last_day is None or day <= self.last_day)


def line_of(row: CodeRow) -> str:
    first, last = ("" if day is None else day.isoformat() for day in (row.first_day, row.last_day))
    return f"{row.code}\t{int(row.billable)}\t{first}\t{last}\t{row.words}"


def text_of(rows: Iterable[CodeRow]) -> str:
    """Return the text of a book; the rows may come in any order, each code once."""
    return "\n".join(line_of(row) for row in sorted(rows, key=lambda row: row.code))


class CodeBook:
    """One release, read-only, safe to ask from several threads."""

    def __init__(self, text: str) -> None:
        """Raises NotABook."""
        lines = text.split("\n") if text else []
        codes = (line.partition("\t")[0] for line in lines)
        if any(line.count("\t") != 4 for line in lines) or any(a >= b for a, b in pairwise(codes)):
            raise NotABook("a book has sorted lines of five columns")
        # Kept are two texts and where their lines begin: a string a line would take twice as much again.
        self._text, self._begins = text, _beginnings(lines)
        self._searched = f" {_plain(text)}"
        self._starts = _beginnings(self._searched.split("\n"))
        self._rows = range(len(lines))

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[CodeRow]:
        return (self._row(at) for at in self._rows)

    def get(self, code: str) -> CodeRow | None:
        at = self._first(code)
        return self._row(at) if at < len(self) and self._code(at) == code else None

    def begins(self, prefix: str, limit: int, *, billable: bool = False) -> list[CodeRow]:
        """Return the codes that begin so, in order; with `billable` only those a claim may carry."""
        found: list[CodeRow] = []
        for at in range(self._first(prefix), len(self)):
            if len(found) == limit or not self._code(at).startswith(prefix):
                break
            row = self._row(at)
            if row.billable or not billable:
                found.append(row)
        return found

    def with_words(self, typed: str, limit: int) -> list[CodeRow]:
        """Return billable codes in whose words every typed word begins one, the shortest titles first."""
        words = _plain(typed).split()
        seed = max(words, key=len, default="")
        if len(seed) < LEAST_LETTERS:
            return []
        others = [f" {each}" for each in words if each != seed]
        searched = self._searched
        hits: list[tuple[int, int]] = []  # length and beginning of a line
        # What one line costs decides whether the answer comes within a frame: nothing is cut out or split here.
        at = searched.find(f" {seed}")
        for _ in range(MOST_LOOKED_AT):
            if at < 0:
                break
            begin, end = searched.rfind("\n", 0, at) + 1, searched.find("\n", at)
            end = len(searched) if end < 0 else end
            if searched[searched.find(" ", begin + 1) + 1] == "1" and all(
                searched.find(each, begin, end) >= 0 for each in others
            ):
                hits.append((end - begin, begin))
            at = searched.find(f" {seed}", end)
        return [self._row(bisect_right(self._starts, begin) - 1) for _, begin in nsmallest(limit, hits)]

    def nearest(self, code: str, limit: int = 3) -> list[CodeRow]:
        """Return billable codes that share the most beginning with a code: those that continue it, else its family."""
        for length in range(len(code), 2, -1):
            if found := self.begins(code[:length], limit, billable=True):
                return found
        return []

    def _first(self, code: str) -> int:
        """Return the row of a code, or the first one behind it."""
        return bisect_left(self._rows, code, key=self._code)

    def _code(self, at: int) -> str:
        begin = self._begins[at]
        return self._text[begin : self._text.index("\t", begin)]

    def _row(self, at: int) -> CodeRow:
        line = self._text[self._begins[at] : self._begins[at + 1] - 1]
        code, billable, first, last, words = line.split("\t")
        return CodeRow(code, billable == "1", words, _day(first), _day(last))


def _beginnings(lines: Iterable[str]) -> "array[int]":
    return array("L", accumulate((len(line) + 1 for line in lines), initial=0))


def compared(old: CodeBook | None, new: CodeBook) -> tuple[int, int, int]:
    """Return how many codes a release adds, ends and changes against the one before (EDI K20)."""
    before = {} if old is None else {row.code: row for row in old}
    added = changed = 0
    for row in new:
        had = before.pop(row.code, None)
        added += had is None
        changed += had is not None and had != row
    return added, len(before), changed


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _plain(text: str) -> str:
    """Return a text as it is compared: small letters without accents, signs as blanks, lines as they are."""
    if not text.isascii():
        lines = (line if line.isascii() else unicodedata.normalize("NFKD", line) for line in text.split("\n"))
        text = "\n".join(lines).encode("ascii", "ignore").decode()
    return text.lower().translate(_SIGNS)


def say_codes(rows: Sequence[CodeRow], show: Iterable[str]) -> str:
    """Return `M17.11 Unilateral primary osteoarthritis, right knee; M17.12 ...` for a fix under a field."""
    return "; ".join(f"{code} {row.words}" for code, row in zip(show, rows, strict=True))
