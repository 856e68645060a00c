"""Prices out of a file: a row that says what the price list says already is known (BILLING C2, DESIGN 11)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from medbill_desktop.domain.catalogs import FeeDetails, FeeRow, checked_fee
from medbill_desktop.domain.money import Cents, NotMoney, format_cents, parse_cents
from medbill_desktop.domain.problems import Findings
from medbill_desktop.edi.column_maps import Header, Row
from medbill_desktop.storage import catalogs
from medbill_desktop.usecases.catalogs import keep_fees
from medbill_desktop.usecases.declare import Reading, Work
from medbill_desktop.usecases.importing import Ready, made_ref

ONE_DAY = timedelta(days=1)


class Fees:
    """Prices from a day on; the price of the same code until then ends the day before."""

    fields = ("code", "modifier", "description", "generic_words", "price", "first_day", "last_day")
    needed = (("code",), ("description",), ("generic_words",), ("price",), ("first_day",))

    def __init__(self, read: Reading, header: Header, folder: Path) -> None:
        self._header = header
        self._before = {_place(row): row for row in catalogs.all_fees(read.conn)}
        self._lines: dict[tuple[str, str, date], int] = {}

    def known(self) -> set[str]:
        """Return the names of the prices that are there; one that a later price ended is known open as well."""
        begins = {(row.code, row.modifier, row.first_day - ONE_DAY) for row in self._before.values()}
        found = {_content(row) for row in self._before.values()}
        found |= {
            _content(replace(row, last_day=None))
            for row in self._before.values()
            if row.last_day is not None and (row.code, row.modifier, row.last_day) in begins
        }
        return {made_ref(self._header.map.source, each) for each in found}

    def key(self, row: Row) -> str:
        read = _read(Row(row.header, row.line, row.cells, Findings()))
        return "|".join(row.cells) if read is None else _content(checked_fee(read, Findings()))

    def judge(self, row: Row, line: int) -> FeeDetails | None:
        read = _read(row)
        if read is None:
            return None
        found = Findings()
        made = checked_fee(read, found)
        row.found.problems += [replace(each, field=_COLUMNS.get(each.field, each.field)) for each in found.problems]
        if row.found.stops():
            return None
        place = _place(made)
        if (before := self._lines.setdefault(place, line)) != line:
            said = f"Line {before} has another price of this code from the same day."
            row.found.stop("duplicate", "code", said, "Keep one of them.")
        old = self._before.get(place)
        if old is not None and old.cents != made.cents:
            row.found.warn(
                "replaces", "price", f"This takes the place of {format_cents(old.cents)} from the same day on.",
                "Charges that are entered keep their price.",
            )  # fmt: skip
        return made

    def write(self, work: Work, ready: Sequence[Ready]) -> None:
        keep_fees(work, [each.record for each in ready])


_COLUMNS = {"cents": "price"}


def _read(row: Row) -> FeeDetails | None:
    """Return what a row says; without a price or a first day nothing can be made of it."""
    first_day, last_day, cents = row.day("first_day"), row.day("last_day"), _price(row)
    if first_day is None and not any(each.field == "first_day" for each in row.found.problems):
        row.found.stop("dates", "first_day", "The first day is missing.")
    if first_day is None or cents is None:
        return None
    text = row.text
    return FeeDetails(
        text("code"), text("description"), text("generic_words"), cents, first_day, text("modifier"), last_day
    )


def _price(row: Row) -> Cents | None:
    text = row.text("price")
    try:
        return parse_cents(text)
    except NotMoney:
        said = "This is not an amount of dollars and cents." if text else "The price is missing."
        row.found.stop("price", "price", said)
        return None


def _place(fee: FeeDetails | FeeRow) -> tuple[str, str, date]:
    return fee.code, fee.modifier, fee.first_day


def _content(fee: FeeDetails | FeeRow) -> str:
    last = "" if fee.last_day is None else str(fee.last_day)
    said = (fee.code, fee.modifier, fee.description, fee.generic_words, str(fee.cents), str(fee.first_day), last)
    return "|".join(said)
