"""Payers, providers, places and fees: listed by everyone, kept by who may (DESIGN 5, BILLING C2, R14)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, Final, TypeVar

from sqlalchemy import Table

from medbill_desktop.domain import checks
from medbill_desktop.domain.fields import Form, tidied
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.names import fold, provider_name
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import catalogs
from medbill_desktop.storage.catalogs import FeeRow
from medbill_desktop.storage.tables import payer, place, provider
from medbill_desktop.usecases.declare import Reading, Work, query, usecase

ONE_DAY: Final = timedelta(days=1)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PayerDetails:
    """The company that adjudicates and pays; `filing_indicator` is SBR09."""

    name: str
    payer_code: str = ""
    filing_indicator: str = ""
    street: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    phone: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class PayerLine:
    id: Id
    payer: PayerDetails


@dataclass(frozen=True, slots=True)
class ListPayers:
    """Those whose name or payer id begins so; those no longer used as well where `everyone` is set."""

    text: str = ""
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class SavePayer:
    """Add a payer, or change one where `payer_id` is given."""

    id: Id
    payer: PayerDetails
    payer_id: Id | None = None


@dataclass(frozen=True, slots=True)
class ProviderDetails:
    last: str
    first: str = ""
    credential: str = ""
    npi: str = ""
    taxonomy: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class ProviderLine:
    id: Id
    provider: ProviderDetails
    name: str  # `Ortiz, Ana MD`


@dataclass(frozen=True, slots=True)
class ListProviders:
    text: str = ""
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class SaveProvider:
    id: Id
    provider: ProviderDetails
    provider_id: Id | None = None


@dataclass(frozen=True, slots=True)
class PlaceDetails:
    """Where it was done; `pos` is the two-digit place of service."""

    name: str
    pos: str = "11"
    street: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True)
class PlaceLine:
    id: Id
    place: PlaceDetails


@dataclass(frozen=True, slots=True)
class ListPlaces:
    text: str = ""
    everyone: bool = False


@dataclass(frozen=True, slots=True)
class SavePlace:
    id: Id
    place: PlaceDetails
    place_id: Id | None = None


@dataclass(frozen=True, slots=True)
class FeeDetails:
    """A price from a day on; `generic_words` is what a statement may say (BILLING S2)."""

    code: str
    description: str
    generic_words: str
    cents: Cents
    first_day: date
    modifier: str = ""
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class FeeLine:
    id: Id
    fee: FeeDetails


@dataclass(frozen=True, slots=True)
class FindFees:
    """Prices in force on a day whose code, or a word of whose description, begins so; all where `text` is empty."""

    text: str
    on: date
    limit: int = 20
    schedule: str = "standard"


@dataclass(frozen=True, slots=True)
class SaveFees:
    """Prices from their first day on; an older price of the same code ends the day before."""

    id: Id
    fees: tuple[FeeDetails, ...]
    schedule: str = "standard"


@dataclass(frozen=True, slots=True)
class SavedFees:
    added: int
    changed: int
    unchanged: int


@query("payer.list", needs=Permission.VIEW_ACCOUNT)
def list_payers(read: Reading, asked: ListPayers) -> tuple[PayerLine, ...]:
    rows = catalogs.entries(read.conn, payer, everyone=asked.everyone, order="name")
    lines = (PayerLine(Id(row["id"]), _made(PayerDetails, row)) for row in rows)
    return tuple(each for each in lines if _begins(asked.text, each.payer.name, each.payer.payer_code))


@usecase("payer.save", needs=Permission.MANAGE_CATALOGS, topics={"catalogs"})
def save_payer(work: Work, cmd: SavePayer) -> Id:
    found = Findings()
    details = checked_payer(cmd.payer, found)
    names = {fold(name): each for each, name, _ in catalogs.payer_names(work.conn)}
    if names.get(fold(details.name), cmd.payer_id) != cmd.payer_id:
        found.stop(
            "duplicate", "name", "A payer has this name already.", "Change that one, or add what tells them apart."
        )
    found.raise_stops()
    return _save(work, payer, cmd.payer_id, details)


@query("provider.list", needs=Permission.VIEW_ACCOUNT)
def list_providers(read: Reading, asked: ListProviders) -> tuple[ProviderLine, ...]:
    rows = catalogs.entries(read.conn, provider, everyone=asked.everyone, order="last")
    lines = (
        ProviderLine(
            Id(row["id"]), _made(ProviderDetails, row), provider_name(row["last"], row["first"], row["credential"])
        )
        for row in rows
    )
    return tuple(each for each in lines if _begins(asked.text, each.name, each.provider.npi))


@usecase("provider.save", needs=Permission.MANAGE_CATALOGS, topics={"catalogs"})
def save_provider(work: Work, cmd: SaveProvider) -> Id:
    found = Findings()
    details = checked_provider(cmd.provider, found)
    found.raise_stops()
    return _save(work, provider, cmd.provider_id, details)


@query("place.list", needs=Permission.VIEW_ACCOUNT)
def list_places(read: Reading, asked: ListPlaces) -> tuple[PlaceLine, ...]:
    rows = catalogs.entries(read.conn, place, everyone=asked.everyone, order="name")
    lines = (PlaceLine(Id(row["id"]), _made(PlaceDetails, row)) for row in rows)
    return tuple(each for each in lines if _begins(asked.text, each.place.name, each.place.pos))


@usecase("place.save", needs=Permission.MANAGE_CATALOGS, topics={"catalogs"})
def save_place(work: Work, cmd: SavePlace) -> Id:
    found = Findings()
    details = checked_place(cmd.place, found)
    found.raise_stops()
    return _save(work, place, cmd.place_id, details)


@query("fee.find", needs=Permission.VIEW_ACCOUNT)
def find_fees(read: Reading, asked: FindFees) -> tuple[FeeLine, ...]:
    """Codes that begin so come first."""
    rows = catalogs.all_fees_on(read.conn, asked.on, asked.schedule)
    typed = asked.text.strip().upper()
    by_code = [row for row in rows if row.code.startswith(typed)]
    chosen = by_code[: asked.limit]
    if len(chosen) < asked.limit and typed:
        taken = {row.id for row in by_code}
        by_words = (
            row for row in rows if row.id not in taken and _begins(asked.text, row.description, row.generic_words)
        )
        chosen += list(by_words)[: asked.limit - len(chosen)]
    return tuple(FeeLine(row.id, _fee_details(row)) for row in chosen)


@usecase("fee.save", needs=Permission.MANAGE_CATALOGS, topics={"catalogs"})
def save_fees(work: Work, cmd: SaveFees) -> SavedFees:
    found = Findings()
    fees = [checked_fee(each, found, f"fee.{at}.") for at, each in enumerate(cmd.fees, 1)]
    _no_doubles(fees, found)
    found.raise_stops()
    before = catalogs.fees_of(work.conn, sorted({each.code for each in fees}), cmd.schedule)
    plan = fee_changes(before, fees, cmd.schedule)
    for row in plan.changed:
        catalogs.change_fee(work.conn, row)
    catalogs.add_fees(work.conn, [replace(row, id=work.new_id()) for row in plan.added])
    saved = SavedFees(len(plan.added), plan.repriced, plan.unchanged)
    work.entry.about("fees", None, added=saved.added, changed=saved.changed)
    return saved


def checked_payer(details: PayerDetails, found: Findings) -> PayerDetails:
    form = Form(found)
    made = tidied(details, form)
    if not made.name:
        form.stop("name", "name", "Type the payer's name.")
    if len(made.filing_indicator) > 2:
        form.stop(
            "filing-indicator", "filing_indicator", "A filing indicator has two characters.", "Such as MB, BL or CI."
        )
    return made


def checked_provider(details: ProviderDetails, found: Findings) -> ProviderDetails:
    form = Form(found)
    made = tidied(details, form, not_cards=frozenset({"npi"}))
    if not made.last:
        form.stop("name", "last", "Type the last name.")
    if made.npi and not checks.is_npi(made.npi):
        form.stop("npi", "npi", "This is not a valid NPI.", "Ten digits; check for a slip of the finger.")
    if made.taxonomy and not checks.is_taxonomy(made.taxonomy):
        form.stop("taxonomy", "taxonomy", "A taxonomy code has ten characters and ends with X.", "Such as 207Q00000X.")
    return made


def checked_place(details: PlaceDetails, found: Findings) -> PlaceDetails:
    form = Form(found)
    made = tidied(details, form)
    if not made.name:
        form.stop("name", "name", "Type the place's name.")
    if not checks.is_place_of_service(made.pos):
        form.stop("pos", "pos", "A place of service has two digits.", "11 is an office.")
    return made


def checked_fee(details: FeeDetails, found: Findings, prefix: str = "") -> FeeDetails:
    form = Form(found, prefix)
    made = tidied(details, form)
    made = replace(made, code=made.code.upper(), modifier=made.modifier.upper())
    if not re.fullmatch(r"[0-9A-Z]{1,12}", made.code):
        form.stop("code", "code", "A code has letters and digits only.")
    if not re.fullmatch(r"([0-9A-Z]{2})?", made.modifier):
        form.stop("modifier", "modifier", "A modifier has two characters.")
    for name, label in (("description", "description"), ("generic_words", "words for the statement")):
        if not getattr(made, name):
            form.stop("words", name, f"Type the {label}.")
    if made.cents < 0:
        form.stop("price", "cents", "A price can't be below zero.")
    if made.last_day is not None and made.last_day < made.first_day:
        form.stop("dates", "last_day", "The last day lies before the first.")
    return made


@dataclass(frozen=True, slots=True)
class FeeChanges:
    added: tuple[FeeRow, ...]
    changed: tuple[FeeRow, ...]  # new prices and earlier ends
    repriced: int
    unchanged: int


def fee_changes(before: Sequence[FeeRow], fees: Sequence[FeeDetails], schedule: str) -> FeeChanges:
    """Decide what a list of prices does to those there are: no day has two prices of one code and modifier."""
    by_key: dict[tuple[str, str], list[FeeRow]] = {}
    for row in before:
        by_key.setdefault((row.code, row.modifier), []).append(row)
    touched: dict[int, FeeRow] = {}
    added: list[FeeRow] = []
    repriced = unchanged = 0
    for each in sorted(fees, key=lambda fee: fee.first_day):
        rows = by_key.setdefault((each.code, each.modifier), [])
        later = min((row.first_day for row in rows if row.first_day > each.first_day), default=None)
        last_day = each.last_day
        if later is not None and (last_day is None or last_day >= later):
            last_day = later - ONE_DAY
        same = next((row for row in rows if row.first_day == each.first_day), None)
        new = FeeRow(
            Id(0) if same is None else same.id, schedule, each.code, each.modifier, each.description,
            each.generic_words, each.cents, each.first_day, last_day,
        )  # fmt: skip
        if same == new:
            unchanged += 1
            continue
        for row in [row for row in rows if row.first_day < each.first_day]:
            if row.last_day is None or row.last_day >= each.first_day:
                _put(rows, row, replace(row, last_day=each.first_day - ONE_DAY), touched, added)
        if same is None:
            rows.append(new)
            added.append(new)
        else:
            repriced += 1
            _put(rows, same, new, touched, added)
    return FeeChanges(tuple(added), tuple(touched.values()), repriced, unchanged)


def _put(rows: list[FeeRow], old: FeeRow, new: FeeRow, touched: dict[int, FeeRow], added: list[FeeRow]) -> None:
    rows[rows.index(old)] = new
    if old.id:
        touched[old.id] = new
    else:
        added[added.index(old)] = new


def _no_doubles(fees: Sequence[FeeDetails], found: Findings) -> None:
    seen: set[tuple[str, str, date]] = set()
    for at, each in enumerate(fees, 1):
        key = (each.code, each.modifier, each.first_day)
        if key in seen:
            found.stop("duplicate", f"fee.{at}.code", f"{each.code} stands twice with the same first day.", "Keep one.")
        seen.add(key)


def _save(work: Work, table: Table, entry_id: Id | None, details: object) -> Id:
    columns = {f.name: getattr(details, f.name) for f in fields(details)}  # type: ignore[arg-type]
    made = work.new_id() if entry_id is None else entry_id
    if entry_id is None:
        catalogs.add_entries(work.conn, table, [{"id": made, **columns}])
    elif not catalogs.change_entry(work.conn, table, entry_id, columns):
        raise Refused("This entry does not exist any more. Nothing was changed.")
    work.entry.about(table.name, made, changed=entry_id is not None)
    return made


def _begins(typed: str, *texts: str) -> bool:
    """Tell whether a word of one of the texts begins as typed; several typed words follow one another."""
    wanted = fold(typed)
    return not wanted or any(f" {fold(text)}".find(f" {wanted}") >= 0 for text in texts)


def _fee_details(row: FeeRow) -> FeeDetails:
    return FeeDetails(
        row.code, row.description, row.generic_words, row.cents, row.first_day, row.modifier, row.last_day
    )


def _made(kind: type[T], row: Mapping[Any, Any]) -> T:
    return kind(**{f.name: row[f.name] for f in fields(kind)})  # type: ignore[arg-type]
