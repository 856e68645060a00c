"""Contract rates out of a file: what a payer allows of each service, from a day on (BILLING C7, DESIGN 11)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from medbill_desktop.domain.contracts import Rate, checked_rate
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents, NotMoney, format_cents, parse_cents
from medbill_desktop.domain.names import fold
from medbill_desktop.domain.problems import Findings
from medbill_desktop.edi.column_maps import Header, Row
from medbill_desktop.storage import catalogs, charge_facts, contracts
from medbill_desktop.usecases.declare import Reading, Work
from medbill_desktop.usecases.importing import Ready, made_ref

Place = tuple[Id, str, str, str, str, date]  # payer, plan, code, modifier, place class, first day
_COLUMNS: Final = {"cents": "allowed", "place_class": "where"}
_PLACES: Final = {"": "", "any": "", "11": "office", "nonfacility": "office", "non-facility": "office"}


class Rates:
    """Allowables from a day on; the one of the same service until then ends the day before."""

    fields = ("payer", "payer_code", "plan", "code", "modifier", "where", "allowed", "first_day", "last_day")
    needed = (("payer", "payer_code"), ("code",), ("allowed",), ("first_day",))

    def __init__(self, read: Reading, header: Header, folder: Path) -> None:
        self._header = header
        payers = catalogs.payer_names(read.conn)
        self._by_name = {fold(name): each for each, name, _ in payers}
        self._by_code = {code: each for each, _, code in payers if code}
        self._before = {_place(rate): rate for _, rate in charge_facts.rates(read.conn)}
        self._lines: dict[Place, int] = {}

    def known(self) -> set[str]:
        """Return the names of the rates that are there; one that a later rate ended is known open as well."""
        every = list(self._before.values())
        begins = {(_place(each)[:-1], each.first_day) for each in every}
        ended = [
            each for each in every
            if each.last_day is not None and (_place(each)[:-1], each.last_day + contracts.ONE_DAY) in begins
        ]  # fmt: skip
        found = [*every, *(replace(each, last_day=None) for each in ended)]
        return {made_ref(self._header.map.source, _content(each)) for each in found}

    def key(self, row: Row) -> str:
        read = self._read(Row(row.header, row.line, row.cells, Findings()))
        return "|".join(row.cells) if read is None else _content(checked_rate(read, Findings()))

    def judge(self, row: Row, line: int) -> Rate | None:
        read = self._read(row)
        if read is None:
            return None
        found = Findings()
        made = checked_rate(read, found)
        row.found.problems += [replace(each, field=_COLUMNS.get(each.field, each.field)) for each in found.problems]
        if row.found.stops():
            return None
        place = _place(made)
        if (before := self._lines.setdefault(place, line)) != line:
            said = f"Line {before} has another rate of this service from the same day."
            row.found.stop("duplicate", "code", said, "Keep one of them.")
        old = self._before.get(place)
        if old is not None and old.cents != made.cents:
            row.found.warn(
                "replaces", "allowed", f"This takes the place of {format_cents(old.cents)} from the same day on.",
                "Charges that are entered keep what was expected of them.",
            )  # fmt: skip
        return made

    def write(self, work: Work, ready: Sequence[Ready]) -> None:
        contracts.keep_rates(work.conn, [(work.new_id(), each.record) for each in ready])

    def _read(self, row: Row) -> Rate | None:
        """Return what a row says; without a payer, an amount or a first day nothing can be made of it."""
        payer_id, cents = self._payer(row), _allowed(row)
        first_day, last_day = row.day("first_day"), row.day("last_day")
        if first_day is None and not any(each.field == "first_day" for each in row.found.problems):
            row.found.stop("dates", "first_day", "The first day is missing.")
        if payer_id is None or cents is None or first_day is None:
            return None
        where = row.text("where").lower()
        return Rate(
            payer_id, row.text("code"), cents, first_day, row.text("plan"), row.text("modifier"),
            _PLACES.get(where, where), last_day,
        )  # fmt: skip

    def _payer(self, row: Row) -> Id | None:
        code, name = row.text("payer_code"), row.text("payer")
        found = (self._by_code.get(code) if code else None) or self._by_name.get(fold(name))
        if found is None:
            row.found.stop("payer", "payer", "This payer is not in the practice.", "Import or add the payer first.")
        return found


def _allowed(row: Row) -> Cents | None:
    text = row.text("allowed")
    try:
        return parse_cents(text)
    except NotMoney:
        said = "This is not an amount of dollars and cents." if text else "What is allowed is missing."
        row.found.stop("cents", "allowed", said)
        return None


def _place(rate: Rate) -> Place:
    return rate.payer_id, rate.plan, rate.code, rate.modifier, rate.place_class, rate.first_day


def _content(rate: Rate) -> str:
    last = "" if rate.last_day is None else str(rate.last_day)
    said = (rate.payer_id, rate.plan, rate.code, rate.modifier, rate.place_class, rate.cents, rate.first_day, last)
    return "|".join(str(each) for each in said)
