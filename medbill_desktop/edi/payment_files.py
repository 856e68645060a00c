"""The files behind Medicare's prices and edits: PPRRVU, GPCI, NCCI pairs, MUE (EDI K12-K15).

Their descriptions belong to the AMA and are never read.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from medbill_desktop.domain.medicare_prices import Locality, Values
from medbill_desktop.domain.problems import Refused
from medbill_desktop.edi.text_lines import LineFile

_CODE: Final = re.compile(r"[0-9A-Z]{5}")
_MODIFIER: Final = re.compile(r"([0-9A-Z]{2})?")
MOST_BEFORE_THE_HEAD: Final = 60
HUNDREDTHS, THOUSANDTHS, TEN_THOUSANDTHS = 2, 3, 4
_HEAD_ROWS: Final = 5  # over how many rows CMS spreads the name of a column
# What stands over each column that is read, and what may not: the places move, the names have not.
_RVU_HEADS: Final = {
    "status": (("STATUS", "CODE"), ()), "work": (("WORK", "RVU"), ()), "office": (("NON-FAC", "PE", "RVU"), ()),
    "facility": (("FACILITY", "PE", "RVU"), ("NON-",)), "malpractice": (("MP", "RVU"), ()),
    "factor": (("CONV", "FACTOR"), ()),
}  # fmt: skip
_CARRIER: Final = re.compile(r"\d{4,5}", re.ASCII)  # a spreadsheet takes the zero in front away
_UNITS: Final = re.compile(r"\d{1,5}", re.ASCII)


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
    at: dict[str, int] | None = None
    for number, cells in _rows(file):
        if at is None:
            heads.append(cells)
            if [each.strip().upper() for each in cells[:2]] == ["HCPCS", "MOD"]:
                at = _rvu_places(heads[-_HEAD_ROWS:], number)
            elif len(heads) > MOST_BEFORE_THE_HEAD:
                break
            continue
        if not "".join(cells[:1]).strip():
            continue
        code, modifier = cells[0].strip(), "".join(cells[1:2]).strip()
        if _CODE.fullmatch(code) is None or _MODIFIER.fullmatch(modifier) is None or len(cells) <= max(at.values()):
            raise Refused(f"Line {number:,} is not one of a PPRRVU file.")
        work, office, facility, malpractice = (
            _exact(cells[at[each]], HUNDREDTHS, number) for each in ("work", "office", "facility", "malpractice")
        )
        factor = _exact(cells[at["factor"]], TEN_THOUSANDTHS, number)
        yield Values(code, modifier, cells[at["status"]].strip(), work, office, facility, malpractice, factor)
    if at is None:
        raise Refused("This file has no row of heads that begins with HCPCS and MOD. It is not a PPRRVU file.")


def cost_indices(file: LineFile) -> Iterator[Locality]:
    """Yield the localities of a GPCI file: carrier, locality, name and three indices.

    Since 2026 it has the index of work twice; the one with the floor of 1.0 is taken, which Congress has renewed.
    """
    at: dict[str, int] | None = None
    for number, cells in _rows(file):
        if at is None:
            at = _gpci_heads(cells)
            if at is None and number > MOST_BEFORE_THE_HEAD:
                break
            continue
        carrier = cells[at["mac"]].strip() if at["mac"] < len(cells) else ""
        if _CARRIER.fullmatch(carrier) is None:
            continue  # notes under the table
        if len(cells) <= max(at.values()):
            raise Refused(f"Line {number:,} is not one of a GPCI file.")
        locality = cells[at["locality"]].strip()
        indices = (_exact(cells[at[each]], THOUSANDTHS, number) for each in ("work", "expense", "mp"))
        yield Locality(carrier.zfill(5), locality.zfill(2), cells[at["name"]].strip(" *"), *indices)
    if at is None:
        raise Refused("This file has no heads for work, PE and MP. It is not a GPCI file.")


def code_pairs(file: LineFile) -> Iterator[Pair]:
    """Yield the pairs of an NCCI practitioner file, tabs between its columns."""
    begun = False
    for number, line in file.lines():
        cells = [each.strip() for each in line.split("\t")]
        if len(cells) < 6 or _CODE.fullmatch(cells[0]) is None or _CODE.fullmatch(cells[1]) is None:
            if begun and line.strip():
                raise Refused(f"Line {number:,} is not one of an NCCI file.")
            if not begun and number > MOST_BEFORE_THE_HEAD:
                break
            continue
        begun = True
        first, helps = _ccyymmdd(cells[3], number), cells[5]
        if first is None or helps not in ("0", "1", "9"):
            raise Refused(f"Line {number:,} is not one of an NCCI file.")
        yield Pair(cells[0], cells[1], first, _ccyymmdd(cells[4], number), int(helps))
    if not begun:
        raise Refused("This file holds no pair of codes. It is not an NCCI text file.")


def unit_limits(file: LineFile) -> Iterator[UnitsLimit]:
    """Yield the limits of an MUE practitioner list."""
    begun = False
    for number, cells in _rows(file):
        if len(cells) < 3 or _CODE.fullmatch(cells[0].strip()) is None or _UNITS.fullmatch(cells[1].strip()) is None:
            if begun and any(each.strip() for each in cells):
                raise Refused(f"Line {number:,} is not one of an MUE list.")
            if not begun and number > MOST_BEFORE_THE_HEAD:
                break
            continue
        begun = True
        kind, units = cells[2].strip()[:1], int(cells[1])
        if kind not in ("1", "2", "3"):
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


def _rvu_places(heads: Sequence[Sequence[str]], number: int) -> dict[str, int]:
    """Return the place of each column by what stands over it, in a name that may run over several rows."""
    width = len(heads[-1])
    over = [" ".join(row[at].upper() for row in heads if at < len(row)) for at in range(width)]
    found = {}
    for name, (words, others) in _RVU_HEADS.items():
        fits = [at for at, said in enumerate(over) if _stands(said, words, others)]
        if len(fits) != 1:
            raise Refused(
                f"Over {'no' if not fits else 'more than one'} column in line {number:,} stands {' '.join(words)}:"
                " this PPRRVU file has a new layout."
            )
        found[name] = fits[0]
    return found


def _stands(said: str, words: Sequence[str], others: Sequence[str]) -> bool:
    return all(word in said for word in words) and not any(word in said for word in others)


def _gpci_heads(cells: Sequence[str]) -> dict[str, int] | None:
    heads, found = [each.upper() for each in cells], dict[str, int]()
    for name, words in _GPCI_WORDS.items():
        fits = [at for at, head in enumerate(heads) if at not in found.values() and _stands(head, words, ())]
        if not fits:
            return None
        found[name] = min(fits, key=lambda at: ("WITHOUT" in heads[at], at))
    return found


_GPCI_WORDS: Final = {
    "name": ("LOCALITY", "NAME"), "mac": ("MAC",), "locality": ("LOCALITY",), "work": ("W", "GPCI"),
    "mp": ("MP", "GPCI"), "expense": ("PE", "GPCI"),
}  # fmt: skip


def _exact(text: str, digits: int, number: int) -> int:
    """Return a decimal as an integer of its last digit; raises Refused for more digits than there may be."""
    text = text.strip()
    try:
        value = Decimal("?" if "_" in text or len(text) > 20 else text or "0").scaleb(digits)
    except ArithmeticError:
        raise Refused(f"Line {number:,} has {text[:20]!r} where a number belongs. Get the file again.") from None
    if not value.is_finite() or value != value.to_integral_value() or not 0 <= value < 10**9:
        raise Refused(f"Line {number:,} has {text[:20]!r} where a number with {digits} decimals belongs.")
    return int(value)


def _ccyymmdd(text: str, number: int) -> date | None:
    text = text.strip()
    if text in ("", "*"):
        return None
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        raise Refused(f"Line {number:,} has the day {text[:20]!r}, which is none. Get the file again.") from None
