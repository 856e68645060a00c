"""Payers, providers, places and fees: listed by everyone, kept by who may (DESIGN 5, BILLING C2, R14)."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Table

from medbill_desktop import assets
from medbill_desktop.domain.catalogs import FeeDetails as FeeDetails
from medbill_desktop.domain.catalogs import (
    FeeRow,
    checked_fee,
    checked_payer,
    checked_place,
    checked_provider,
    fee_changes,
)
from medbill_desktop.domain.catalogs import PayerDetails as PayerDetails
from medbill_desktop.domain.catalogs import PlaceDetails as PlaceDetails
from medbill_desktop.domain.catalogs import ProviderDetails as ProviderDetails
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import parse_cents
from medbill_desktop.domain.names import fold, provider_name
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import catalogs
from medbill_desktop.storage.tables import payer, place, provider
from medbill_desktop.usecases.declare import Reading, Work, query, usecase

T = TypeVar("T")


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
class ProviderLine:
    id: Id
    provider: ProviderDetails
    name: str  # `Ortiz, Ana MD`


@dataclass(frozen=True, slots=True)
class ListProviders:
    """Those who give care here; `kind` is `referring` for who sends patients, empty for both."""

    text: str = ""
    everyone: bool = False
    kind: str = "rendering"


@dataclass(frozen=True, slots=True)
class SaveProvider:
    id: Id
    provider: ProviderDetails
    provider_id: Id | None = None


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
    wanted = (each for each in lines if asked.kind in ("", each.provider.kind))
    return tuple(each for each in wanted if _begins(asked.text, each.name, each.provider.npi))


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
    saved = keep_fees(work, fees, cmd.schedule)
    work.entry.about("fees", None, added=saved.added, changed=saved.changed)
    return saved


def keep_fees(work: Work, fees: Sequence[FeeDetails], schedule: str = catalogs.STANDARD) -> SavedFees:
    """Write prices that were checked, and end the older ones of their codes."""
    before = catalogs.fees_of(work.conn, sorted({each.code for each in fees}), schedule)
    plan = fee_changes(before, fees, schedule)
    catalogs.change_fees(work.conn, plan.changed)
    catalogs.add_fees(work.conn, [replace(row, id=work.new_id()) for row in plan.added])
    return SavedFees(len(plan.added), plan.repriced, plan.unchanged)


def demo_fees() -> tuple[FeeDetails, ...]:
    """Return the price list of the training practice, with our own words for every service."""
    with assets.path("demo_fees.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            FeeDetails(
                row["code"],
                row["description"],
                row["generic_words"],
                parse_cents(row["price"]),
                date.fromisoformat(row["first_day"]),
                row["modifier"],
            )
            for row in csv.DictReader(file)
        )


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
        row.code,
        row.description,
        row.generic_words,
        row.cents,
        row.first_day,
        row.modifier,
        row.last_day,
        row.claim_item,
    )


def _made(kind: type[T], row: Mapping[Any, Any]) -> T:
    return kind(**{f.name: row[f.name] for f in fields(kind)})  # type: ignore[arg-type]
