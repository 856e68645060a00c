"""The office's own list of procedures as a CSV: code, words, first_day, last_day (BILLING C4, EDI K16)."""

import csv
import re
from collections.abc import Iterator
from datetime import date
from typing import Final

from medbill_desktop.domain.checks import unprintable
from medbill_desktop.domain.code_books import CodeRow
from medbill_desktop.domain.dates import NotADate, parse_date
from medbill_desktop.domain.problems import Refused
from medbill_desktop.edi.text_lines import LineFile

_CODE: Final = re.compile(r"[0-9A-Z]{2,12}")
CENTURY: Final = date(2030, 1, 1)  # years of two digits are those around it
_NAMES: Final = {
    "code": ("code", "cpt", "hcpcs", "procedure"),
    "words": ("words", "description", "desc", "name"),
    "first_day": ("first_day", "start", "from", "effective"),
    "last_day": ("last_day", "stop", "until", "end"),
}


def own_codes(file: LineFile) -> Iterator[CodeRow]:
    """Yield the rows; a code without words has its own number for them."""
    at: dict[str, int] | None = None
    for number, line in file.lines(published=False):
        try:
            cells = [each.strip() for each in next(csv.reader([line], strict=True), [])]
        except csv.Error:
            raise Refused(f"The quotation marks in line {number:,} are not closed.") from None
        if not any(cells):
            continue
        if at is None:
            at = _heads(cells)
            continue
        row = {name: cells[column] if column < len(cells) else "" for name, column in at.items()}
        code = row["code"].upper()
        if _CODE.fullmatch(code) is None:
            raise Refused(f"Line {number:,}: {row['code'][:20]!r} is not a code.")
        words = " ".join(row.get("words", "").split())[:200] or code
        if unprintable(words):
            raise Refused(f"Line {number:,}: the words of {code} hold a sign that can't be shown.")
        first, last = (_day(row.get(name, ""), number) for name in ("first_day", "last_day"))
        if first is not None and last is not None and last < first:
            raise Refused(f"Line {number:,}: {code} ends before it begins.")
        yield CodeRow(code, True, words, first, last)
    if at is None:
        raise Refused("This file is empty.")


def _heads(cells: list[str]) -> dict[str, int]:
    found = {}
    heads = [each.lower().replace(" ", "_") for each in cells]
    for name, others in _NAMES.items():
        column = next((at for at, head in enumerate(heads) if head in others), None)
        if column is not None:
            found[name] = column
    if "code" not in found:
        raise Refused("The first line names the columns; one of them must be “code”.")
    return found


def _day(text: str, number: int) -> date | None:
    if not text:
        return None
    try:
        return parse_date(text, CENTURY)
    except NotADate:
        raise Refused(f"Line {number:,} has the day {text[:20]!r}, which is none.") from None
