"""Prices out of a file: a row that says what the price list says already is known (BILLING C2, DESIGN 11)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from medbill_desktop.domain.catalogs import FeeDetails, FeeRow, checked_fee
from medbill_desktop.domain.charges import STANDARD
from medbill_desktop.domain.money import Cents, NotMoney, format_cents, parse_cents
from medbill_desktop.domain.names import tidy
from medbill_desktop.domain.problems import Findings, Problem
from medbill_desktop.edi.column_maps import Header, Row
from medbill_desktop.storage import catalogs, contracts
from medbill_desktop.usecases.catalogs import keep_fees
from medbill_desktop.usecases.declare import Reading, Work
from medbill_desktop.usecases.importing import YES, Ready, made_ref

ONE_DAY: Final = timedelta(days=1)
NO: Final = frozenset({"no", "n", "false", "0"})
MOST_NAME: Final = 40
Place = tuple[str, str, str, date]  # schedule, code, modifier, first day


class Fees:
    """Prices from a day on; the price of the same code until then ends the day before."""

    fields = (
        "code", "modifier", "description", "generic_words", "price", "first_day", "last_day", "schedule", "claim_item",
    )  # fmt: skip
    needed = (("code",), ("description",), ("generic_words",), ("price",), ("first_day",))

    def __init__(self, read: Reading, header: Header, folder: Path) -> None:
        self._header = header
        names = dict.fromkeys((STANDARD, *contracts.schedules(read.conn)))
        self._before = {_place(row, name): row for name in names for row in catalogs.all_fees(read.conn, name)}
        self._lines: dict[Place, int] = {}
        self._look: _Look | None = None

    def known(self) -> set[str]:
        """Return the names of the prices that are there; one that a later price ended is known open as well."""
        begins = {(row.schedule, row.code, row.modifier, row.first_day - ONE_DAY) for row in self._before.values()}
        found = {_content(row, row.schedule) for row in self._before.values()}
        found |= {
            _content(replace(row, last_day=None), row.schedule)
            for row in self._before.values()
            if row.last_day is not None and (row.schedule, row.code, row.modifier, row.last_day) in begins
        }
        return {made_ref(self._header.map.source, each) for each in found}

    def key(self, row: Row) -> str:
        look = self._looked_at(row)
        return "|".join(row.cells) if look.priced is None else _content(look.priced.fee, look.priced.schedule)

    def judge(self, row: Row, line: int) -> "Priced | None":
        look = self._looked_at(row)
        row.found.problems += look.problems
        if look.priced is None or row.found.stops():
            return None
        made = look.priced.fee
        place = _place(made, look.priced.schedule)
        if (before := self._lines.setdefault(place, line)) != line:
            said = f"Line {before} has another price of this code from the same day."
            row.found.stop("duplicate", "code", said, "Keep one of them.")
        old = self._before.get(place)
        if old is not None and old.cents != made.cents:
            row.found.warn(
                "replaces", "price", f"This takes the place of {format_cents(old.cents)} from the same day on.",
                "Charges that are entered keep their price.",
            )  # fmt: skip
        if old is not None and old.claim_item != made.claim_item:
            said = "goes on claims" if old.claim_item else "goes on no claim"
            row.found.warn("replaces", "claim_item", f"Until now this {said}.", "Check the column claim_item.")
        return look.priced

    def _looked_at(self, row: Row) -> "_Look":
        """Read and check a row once, though it is asked for its name before it is judged."""
        if self._look is None or self._look.line != row.line:
            apart = Row(row.header, row.line, row.cells, Findings())
            told, found, priced = len(apart.found.problems), Findings(), _read(apart)
            if priced is not None:
                priced = Priced(priced.schedule, checked_fee(priced.fee, found))
            renamed = [replace(each, field=_COLUMNS.get(each.field, each.field)) for each in found.problems]
            self._look = _Look(row.line, priced, [*apart.found.problems[told:], *renamed])
        return self._look

    def write(self, work: Work, ready: Sequence[Ready]) -> None:
        by_schedule: dict[str, list[FeeDetails]] = {}
        for each in ready:
            by_schedule.setdefault(each.record.schedule, []).append(each.record.fee)
        for schedule, fees in by_schedule.items():
            keep_fees(work, fees, schedule)


@dataclass(frozen=True, slots=True)
class Priced:
    """A price and the schedule that it stands in."""

    schedule: str
    fee: FeeDetails


@dataclass(frozen=True, slots=True)
class _Look:
    """What a line says, and what is wrong with it; None where nothing can be made of it."""

    line: int
    priced: Priced | None
    problems: list[Problem]


_COLUMNS = {"cents": "price"}


def _read(row: Row) -> Priced | None:
    """Return what a row says; without a price or a first day nothing can be made of it."""
    first_day, last_day, cents = row.day("first_day"), row.day("last_day"), _price(row)
    if first_day is None and not any(each.field == "first_day" for each in row.found.problems):
        row.found.stop("dates", "first_day", "The first day is missing.")
    claim_item, schedule = _claim_item(row), tidy(row.text("schedule")) or STANDARD
    if len(schedule) > MOST_NAME:
        row.found.stop("schedule", "schedule", f"The name of a schedule has at most {MOST_NAME} characters.")
    if first_day is None or cents is None:
        return None
    text = row.text
    return Priced(
        STANDARD if schedule.lower() == STANDARD else schedule,
        FeeDetails(
            text("code"), text("description"), text("generic_words"), cents, first_day, text("modifier"), last_day,
            claim_item,
        ),
    )  # fmt: skip


def _claim_item(row: Row) -> bool:
    """Tell whether it may be on a claim: so it is where the file says nothing (BILLING C10)."""
    said = row.text("claim_item").lower()
    if said and said not in YES | NO:
        row.found.stop("claim-item", "claim_item", "Whether it may be on a claim is said with yes or no.")
    return said not in NO


def _price(row: Row) -> Cents | None:
    text = row.text("price")
    try:
        return parse_cents(text)
    except NotMoney:
        said = "This is not an amount of dollars and cents." if text else "The price is missing."
        row.found.stop("price", "price", said)
        return None


def _place(fee: FeeDetails | FeeRow, schedule: str) -> Place:
    return schedule, fee.code, fee.modifier, fee.first_day


def _content(fee: FeeDetails | FeeRow, schedule: str) -> str:
    last = "" if fee.last_day is None else str(fee.last_day)
    said = [fee.code, fee.modifier, fee.description, fee.generic_words, str(fee.cents), str(fee.first_day), last]
    # The names of prices that were imported before there were schedules stay as they were.
    said += [] if schedule == STANDARD and fee.claim_item else [schedule, str(fee.claim_item)]
    return "|".join(said)
