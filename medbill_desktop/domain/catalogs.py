"""Payer, provider, place and fee as they are typed and kept (BILLING C2, R14; EDI K22-K23)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from medbill_desktop.domain import checks
from medbill_desktop.domain.fields import Form, tidied
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Findings

PROVIDER_KINDS: Final = ("rendering", "referring")
ONE_DAY: Final = timedelta(days=1)


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
class ProviderDetails:
    last: str
    first: str = ""
    credential: str = ""
    npi: str = ""
    taxonomy: str = ""
    active: bool = True
    kind: str = "rendering"  # or `referring`: who sends patients, and renders nothing here


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
class FeeDetails:
    """A price from a day on; `generic_words` is what a statement may say (BILLING S2)."""

    code: str
    description: str
    generic_words: str
    cents: Cents
    first_day: date
    modifier: str = ""
    last_day: date | None = None
    claim_item: bool = True  # False: a form, a missed visit and the like, which no plan ever sees (BILLING C10)


@dataclass(frozen=True, slots=True)
class FeeRow:
    """A price in force from `first_day` to `last_day`, both inclusive."""

    id: Id
    schedule: str
    code: str
    modifier: str
    description: str
    generic_words: str
    cents: Cents
    first_day: date
    last_day: date | None
    claim_item: bool = True


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
    if made.kind not in PROVIDER_KINDS:
        form.stop("kind", "kind", "Choose whether this provider gives care here or sends patients.")
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
    book: dict[tuple[str, str], list[FeeRow]] = {}
    for row in before:
        book.setdefault((row.code, row.modifier), []).append(row)
    touched: dict[int, FeeRow] = {}
    added: list[FeeRow] = []
    repriced = unchanged = 0
    for each in sorted(fees, key=lambda fee: fee.first_day):
        rows = book.setdefault((each.code, each.modifier), [])
        same = next((row for row in rows if row.first_day == each.first_day), None)
        new = _row_of(each, schedule, Id(0) if same is None else same.id, rows)
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


def _row_of(each: FeeDetails, schedule: str, row_id: Id, rows: Sequence[FeeRow]) -> FeeRow:
    """Make the row of a price; it ends where a later one begins."""
    last_day = each.last_day
    later = min((row.first_day for row in rows if row.first_day > each.first_day), default=None)
    if later is not None and (last_day is None or last_day >= later):
        last_day = later - ONE_DAY
    return FeeRow(
        row_id, schedule, each.code, each.modifier, each.description, each.generic_words, each.cents, each.first_day,
        last_day, each.claim_item,
    )  # fmt: skip


def _put(rows: list[FeeRow], old: FeeRow, new: FeeRow, touched: dict[int, FeeRow], added: list[FeeRow]) -> None:
    rows[rows.index(old)] = new
    if old.id:
        touched[old.id] = new
    else:
        added[added.index(old)] = new
