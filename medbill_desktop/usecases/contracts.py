"""From which schedule a payer is priced, what its contract allows, and which place may test (BILLING C2, C7, E31)."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from medbill_desktop.domain.catalogs import FeeDetails
from medbill_desktop.domain.charges import STANDARD
from medbill_desktop.domain.contracts import Rate, checked_rate
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.medicare_prices import Locality, allowed
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.names import tidy
from medbill_desktop.domain.problems import Findings
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import catalogs, charge_facts, code_releases, contracts
from medbill_desktop.storage.tables import payer, place
from medbill_desktop.usecases.catalogs import keep_fees
from medbill_desktop.usecases.declare import Reading, Work, query, usecase

Dated = contracts.Dated
_CLIA: Final = re.compile(r"\d{2}D\d{7}")
MOST_SHARE: Final = 100_000  # a thousand percent


@dataclass(frozen=True, slots=True)
class ListContracts:
    """Of one payer, or of all."""

    payer_id: Id | None = None


@dataclass(frozen=True, slots=True)
class RateLine:
    id: Id
    rate: Rate
    payer: str


@dataclass(frozen=True, slots=True)
class Contracts:
    """`schedules` are those that have a price."""

    uses: tuple[Dated, ...]
    rates: tuple[RateLine, ...]
    certificates: tuple[Dated, ...]
    schedules: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UseSchedule:
    """From a day on the payer's charges are priced from this schedule alone."""

    id: Id
    payer_id: Id
    schedule: str
    first_day: date
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class SaveRates:
    """Allowables from their first day on; an older one of the same service ends the day before."""

    id: Id
    rates: tuple[Rate, ...]


@dataclass(frozen=True, slots=True)
class SavedRates:
    added: int
    changed: int


@dataclass(frozen=True, slots=True)
class SaveCertificate:
    id: Id
    place_id: Id
    number: str
    first_day: date
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class ListLocalities:
    on: date


@dataclass(frozen=True, slots=True)
class PriceLikeMedicare:
    """Price every code of the standard schedule at a share of Medicare's price; `share` in hundredths of a percent."""

    id: Id
    schedule: str
    carrier: str
    locality: str
    share: int
    first_day: date
    facility: bool = False


@dataclass(frozen=True, slots=True)
class Priced:
    """`without` counts the codes that Medicare sets no price for: they get none here."""

    priced: int
    without: int


@query("contract.list", needs=Permission.VIEW_ACCOUNT)
def list_contracts(read: Reading, asked: ListContracts) -> Contracts:
    names = {each: name for each, name, _ in catalogs.payer_names(read.conn)}
    rates = charge_facts.rates(read.conn, asked.payer_id)
    uses = [each for each in contracts.uses(read.conn) if asked.payer_id in (None, each.owner_id)]
    return Contracts(
        tuple(uses),
        tuple(RateLine(each, rate, names.get(rate.payer_id, "")) for each, rate in rates),
        tuple(contracts.certificates(read.conn)),
        tuple(contracts.schedules(read.conn)),
    )


@usecase("contract.schedule", needs=Permission.MANAGE_CATALOGS, topics={"catalogs"})
def use_schedule(work: Work, cmd: UseSchedule) -> Id:
    found = Findings()
    schedule = tidy(cmd.schedule)
    if not catalogs.known_ids(work.conn, payer, [cmd.payer_id]):
        found.stop("payer", "payer", "Choose the payer.")
    if schedule != STANDARD and schedule not in contracts.schedules(work.conn):
        found.stop("schedule", "schedule", "This schedule has no price yet.", "Make it first, or correct its name.")
    _check_days(found, cmd.first_day, cmd.last_day)
    found.raise_stops()
    made = contracts.set_use(work.conn, work.new_id(), cmd.payer_id, schedule, cmd.first_day, cmd.last_day)
    work.entry.about("payer", cmd.payer_id)
    return made


@usecase("contract.rates", needs=Permission.MANAGE_CATALOGS, topics={"catalogs"})
def save_rates(work: Work, cmd: SaveRates) -> SavedRates:
    found = Findings()
    made = [
        checked_rate(each, found, f"rate.{at}." if len(cmd.rates) > 1 else "") for at, each in enumerate(cmd.rates, 1)
    ]
    known = catalogs.known_ids(work.conn, payer, sorted({each.payer_id for each in made}))
    if any(each.payer_id not in known for each in made):
        found.stop("payer", "payer", "Choose the payer.")
    found.raise_stops()
    added, changed = contracts.keep_rates(work.conn, [(work.new_id(), each) for each in made])
    work.entry.about("contract", None, added=added, changed=changed)
    return SavedRates(added, changed)


@usecase("contract.certificate", needs=Permission.MANAGE_CATALOGS, topics={"catalogs"})
def save_certificate(work: Work, cmd: SaveCertificate) -> Id:
    """Keep the CLIA number of a place from a day on."""
    found, number = Findings(), tidy(cmd.number).upper()
    if _CLIA.fullmatch(number) is None:
        found.stop("clia", "number", "A CLIA number has two digits, D and seven digits.", "Such as 22D0000001.")
    if not catalogs.known_ids(work.conn, place, [cmd.place_id]):
        found.stop("place", "place", "Choose the place.")
    _check_days(found, cmd.first_day, cmd.last_day)
    found.raise_stops()
    made = contracts.set_certificate(work.conn, work.new_id(), cmd.place_id, number, cmd.first_day, cmd.last_day)
    work.entry.about("place", cmd.place_id)
    return made


@query("code.localities", needs=Permission.VIEW_ACCOUNT)
def list_localities(read: Reading, asked: ListLocalities) -> tuple[Locality, ...]:
    return tuple(code_releases.localities_on(read.conn, asked.on))


@usecase("fee.like_medicare", needs=Permission.MANAGE_CATALOGS, topics={"catalogs"})
def price_like_medicare(work: Work, cmd: PriceLikeMedicare) -> Priced:
    """Make or renew a schedule out of PPRRVU and GPCI, exactly; a code without Medicare's price gets none."""
    found, schedule = Findings(), tidy(cmd.schedule)
    if not schedule or schedule == STANDARD:
        found.stop("schedule", "schedule", "Give the schedule a name of its own.")
    if not 1 <= cmd.share <= MOST_SHARE:
        found.stop("share", "share", "The share is more than 0 % and at most 1,000 %.")
    values = code_releases.values_on(work.conn, cmd.first_day)
    if not values:
        found.stop("values", "first_day", "There are no relative values for that day.", "Import PPRRVU in Code sets.")
    where = next(
        (each for each in code_releases.localities_on(work.conn, cmd.first_day)
         if (each.carrier, each.locality) == (cmd.carrier, cmd.locality)), None,
    )  # fmt: skip
    if where is None:
        found.stop("locality", "locality", "Choose where the practice is.", "Import GPCI in Code sets if it is empty.")
    found.raise_stops()
    assert where is not None
    made, without = [], 0
    for row in catalogs.all_fees_on(work.conn, cmd.first_day):
        own = values.get((row.code, row.modifier))
        cents = None if own is None else allowed(own, where, facility=cmd.facility, share=cmd.share)
        if cents is None:
            without += 1
            continue
        made.append(FeeDetails(row.code, row.description, row.generic_words, Cents(cents), cmd.first_day, row.modifier))
    keep_fees(work, made, schedule)
    work.entry.about("fees", None, added=len(made), without=without)
    return Priced(len(made), without)


def _check_days(found: Findings, first: date, last: date | None) -> None:
    if last is not None and last < first:
        found.stop("dates", "last_day", "The last day lies before the first.")
