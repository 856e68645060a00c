"""The files behind Medicare's prices and edits: PPRRVU, GPCI, NCCI pairs, MUE (EDI K12-K15).

Their descriptions belong to the AMA and are never read.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from medbill_desktop.domain.medicare_prices import Locality, Values
from medbill_desktop.domain.problems import Refused
from medbill_desktop.edi.text_lines import LineFile

_CODE: Final = re.compile(r"[0-9A-Z]{5}")
_MODIFIER: Final = re.compile(r"([0-9A-Z]{2})?")
MOST_BEFORE_THE_HEAD: Final = 60
HUNDREDTHS, THOUSANDTHS, TEN_THOUSANDTHS = 2, 3, 4
_RVU_HEADS: Final = {5: "WORK", 10: "MP", 25: "CONV"}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two codes that are not paid together from `first_day` to `last_day`; `helps` 0 never, 1 by a modifier, 9 n/a."""

    code: str
    other: str
    first_day: date
    last_day: date | None
    helps: int


@dataclass(frozen=True, slots=True)
class UnitsLimit:
    """Most units of a code; `kind` 1 per line, 2 per day and absolute, 3 per day."""

    code: str
    units: int
    kind: int


def relative_values(file: LineFile) -> Iterator[Values]:
    """Yield the rows of a PPRRVU file; the description column is not read."""
    heads: list[list[str]] = []
    begun = False
    for number, cells in _rows(file):
        if not begun:
            heads.append(cells)
            begun = [each.strip().upper() for each in cells[:2]] == ["HCPCS", "MOD"]
            if begun:
                _check_heads(heads, number)
            elif len(heads) > MOST_BEFORE_THE_HEAD:
                raise Refused("This file has no row of heads that begins with HCPCS and MOD. It is not a PPRRVU file.")
            continue
        code, modifier = cells[0].strip(), cells[1].strip()
        if not code:
            continue
        if _CODE.fullmatch(code) is None or _MODIFIER.fullmatch(modifier) is None or len(cells) < 26:
            raise Refused(f"Line {number:,} is not one of a PPRRVU file.")
        work, office, facility, malpractice = (_exact(cells[at], HUNDREDTHS, number) for at in (5, 6, 8, 10))
        factor = _exact(cells[25], TEN_THOUSANDTHS, number)
        yield Values(code, modifier, cells[3].strip(), work, office, facility, malpractice, factor)
    if not begun:
        raise Refused("This file has no row of heads that begins with HCPCS and MOD. It is not a PPRRVU file.")


def cost_indices(file: LineFile) -> Iterator[Locality]:
    """Yield the localities of a GPCI file: carrier, locality, name and three indices."""
    at: dict[str, int] | None = None
    for number, cells in _rows(file):
        if at is None:
            at = _gpci_heads(cells)
            if at is None and number > MOST_BEFORE_THE_HEAD:
                break
            continue
        carrier, locality = cells[at["mac"]].strip(), cells[at["locality"]].strip()
        if not carrier.isdigit():
            continue  # notes under the table
        indices = (_exact(cells[at[each]], THOUSANDTHS, number) for each in ("work", "expense", "mp"))
        yield Locality(carrier, locality.zfill(2), cells[at["name"]].strip(" *"), *indices)
    if at is None:
        raise Refused("This file has no heads for work, PE and MP. It is not a GPCI file.")


def code_pairs(file: LineFile) -> Iterator[Pair]:
    """Yield the pairs of an NCCI practitioner file, tabs between its columns."""
    begun = False
    for number, line in file.lines():
        cells = line.split("\t")
        if len(cells) < 6 or _CODE.fullmatch(cells[0]) is None or _CODE.fullmatch(cells[1]) is None:
            if begun and line.strip():
                raise Refused(f"Line {number:,} is not one of an NCCI file.")
            if not begun and number > MOST_BEFORE_THE_HEAD:
                break
            continue
        begun = True
        first, helps = _ccyymmdd(cells[3], number), cells[5].strip()
        if first is None or helps not in ("0", "1", "9"):
            raise Refused(f"Line {number:,} is not one of an NCCI file.")
        yield Pair(cells[0], cells[1], first, _ccyymmdd(cells[4], number), int(helps))
    if not begun:
        raise Refused("This file holds no pair of codes. It is not an NCCI text file.")


def unit_limits(file: LineFile) -> Iterator[UnitsLimit]:
    """Yield the limits of an MUE practitioner list."""
    begun = False
    for number, cells in _rows(file):
        if len(cells) < 3 or _CODE.fullmatch(cells[0].strip()) is None or not cells[1].strip().isdigit():
            if begun and any(each.strip() for each in cells):
                raise Refused(f"Line {number:,} is not one of an MUE list.")
            if not begun and number > MOST_BEFORE_THE_HEAD:
                break
            continue
        begun = True
        kind, units = cells[2].strip()[:1], int(cells[1])
        if kind not in ("1", "2", "3") or units > 99_999:
            raise Refused(f"Line {number:,} is not one of an MUE list.")
        yield UnitsLimit(cells[0].strip(), units, int(kind))
    if not begun:
        raise Refused("This file holds no code with units. It is not an MUE list.")


def _rows(file: LineFile) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, cells); a quoted cell may run over lines, but not endlessly."""
    number = 0

    def text() -> Iterator[str]:
        nonlocal number
        for at, line in file.lines():
            number = at
            yield f"{line}\n"

    reader = csv.reader(text(), strict=True)
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise Refused(f"The quotation marks near line {number:,} are not closed. Get the file again.") from None
        yield number, cells


def _check_heads(heads: Sequence[Sequence[str]], number: int) -> None:
    """The columns are taken by position; what stands over them must not say otherwise."""
    for at, word in _RVU_HEADS.items():
        over = " ".join(row[at].upper() for row in heads[-5:] if at < len(row))
        if word not in over:
            raise Refused(
                f"Over column {at + 1} in line {number:,} stands no {word}: this PPRRVU file has a new layout."
            )


def _gpci_heads(cells: Sequence[str]) -> dict[str, int] | None:
    found: dict[str, int] = {}
    for at, each in enumerate(cells):
        head = each.upper()
        for name, words in _GPCI_WORDS.items():
            if name not in found and all(word in head for word in words):
                found[name] = at
                break
    return found if len(found) == len(_GPCI_WORDS) else None


_GPCI_WORDS: Final = {
    "name": ("LOCALITY", "NAME"), "mac": ("MAC",), "locality": ("LOCALITY",), "work": ("W", "GPCI"),
    "mp": ("MP", "GPCI"), "expense": ("PE", "GPCI"),
}  # fmt: skip


def _exact(text: str, digits: int, number: int) -> int:
    """Return a decimal as an integer of its last digit; raises Refused for more digits than there may be."""
    text = text.strip()
    try:
        value = Decimal(text or "0").scaleb(digits)
    except InvalidOperation:
        raise Refused(f"Line {number:,} has {text!r} where a number belongs. Get the file again.") from None
    if not value.is_finite() or value != value.to_integral_value() or not 0 <= value < 10**9:
        raise Refused(f"Line {number:,} has {text!r} where a number with {digits} decimals belongs.")
    return int(value)


def _ccyymmdd(text: str, number: int) -> date | None:
    text = text.strip()
    if text in ("", "*"):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise Refused(f"Line {number:,} has the day {text!r}, which is none. Get the file again.") from None
