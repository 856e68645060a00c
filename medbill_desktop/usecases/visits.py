"""Visits: who comes on which day, to whom and where (BILLING G3, C6)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from medbill_desktop.domain import names
from medbill_desktop.domain.coverages import Standing, standing
from medbill_desktop.domain.dates import say_date, show_date
from medbill_desktop.domain.fields import Form, tidied
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.names import provider_name
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import catalogs, coverages, merged, patients, visits
from medbill_desktop.storage.tables import place, provider
from medbill_desktop.usecases.declare import Reading, Work, query, usecase

NO_CHARGE_REASONS: Final = (
    "Did not come", "Cancelled", "After surgery, in its price", "Nurse only, nothing to bill", "Research or free care",
    "Billed by another practice", "Entered by mistake",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class VisitDetails:
    """A visit; without a coverage and not self-pay it is billed to the first coverage of its date."""

    patient_id: Id
    service_date: date
    provider_id: Id
    place_id: Id
    coverage_id: Id | None = None
    self_pay: bool = False
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AddVisits:
    """One or many, all or none."""

    id: Id
    visits: tuple[VisitDetails, ...]


@dataclass(frozen=True, slots=True)
class DayVisits:
    day: date


@dataclass(frozen=True, slots=True)
class PatientVisits:
    patient_id: Id


@dataclass(frozen=True, slots=True)
class MissingCharges:
    """Visits before a day, today where None."""

    before: date | None = None
    limit: int = 500


@dataclass(frozen=True, slots=True)
class MarkNoCharge:
    """`reason` is one of NO_CHARGE_REASONS; empty opens the visit again."""

    id: Id
    visit_id: Id
    reason: str


@dataclass(frozen=True, slots=True)
class VisitLine:
    id: Id
    visit: VisitDetails
    status: str  # `open`, `charged`, `no charge`
    account: str
    patient: str = field(repr=False)  # `Ortiz, Ana M`
    birth_date: date = field(repr=False)
    provider: str
    place: str
    payer: str = field(repr=False)  # of the first coverage in force on that day; empty is self-pay
    coverage_ended: date | None = field(repr=False)  # where nobody pays any more: the last day of the policy
    last_day: date | None = None  # of services that went on after the day of the visit

    @property
    def lacks_coverage(self) -> bool:
        """Nobody but the patient would pay, though nobody said so."""
        return not self.payer and not self.visit.self_pay

    @property
    def who_pays(self) -> str:
        """The payer, or in words that there is none."""
        if self.lacks_coverage and self.coverage_ended is not None:
            return f"Ended {show_date(self.coverage_ended)}"
        return "None on this day" if self.lacks_coverage else self.payer or "Self-pay"


@usecase("visit.add", needs=Permission.REGISTER, topics={"visits"})
def add_visits(work: Work, cmd: AddVisits) -> tuple[Id, ...]:
    found, new = Findings(), []
    _check_known(work, cmd.visits, found)
    for at, each in enumerate(cmd.visits, 1):
        note = tidied(each, Form(found, f"visit.{at}.")).note
        new.append(
            visits.NewVisit(
                work.new_id(),
                each.patient_id,
                each.service_date,
                each.provider_id,
                each.place_id,
                each.coverage_id,
                each.self_pay,
                note=note,
            )
        )
    found.raise_stops()
    visits.add(work.conn, new, work.now)
    if len(new) == 1:
        work.entry.about("visit", new[0].id, new[0].patient_id)
    else:
        work.entry.about("visits", None, visits=len(new))
    return tuple(each.id for each in new)


@usecase("visit.no_charge", needs=Permission.ENTER_CHARGES, topics={"visits"})
def mark_no_charge(work: Work, cmd: MarkNoCharge) -> None:
    """Say why a kept visit has no charge, so that nobody looks for one; without a reason it is open again (C6)."""
    row = visits.find(work.conn, cmd.visit_id)
    if row is None:
        raise Refused("This visit is not there.")
    if row.status == "charged":
        raise Refused("This visit has charges. Void them first.")
    found, reason = Findings(), names.tidy(cmd.reason)
    if reason and reason not in NO_CHARGE_REASONS:
        found.stop("reason", "reason", "Choose one of the reasons.", "; ".join(NO_CHARGE_REASONS))
    found.raise_stops()
    visits.mark_no_charge(work.conn, cmd.visit_id, reason)
    work.entry.about("visit", cmd.visit_id, row.patient_id, reopened=not reason)


@query("visit.missing", needs=Permission.ENTER_CHARGES)
def missing_charges(read: Reading, asked: MissingCharges) -> tuple[VisitLine, ...]:
    """Return visits of earlier days that have neither a charge nor a reason for none, the oldest first (C6)."""
    return tuple(_line(row) for row in visits.open_before(read.conn, asked.before or read.today, asked.limit))


@query("visit.day", needs=Permission.VIEW_ACCOUNT)
def day_visits(read: Reading, asked: DayVisits) -> tuple[VisitLine, ...]:
    return tuple(_line(row) for row in visits.of_day(read.conn, asked.day))


@query("visit.patient", needs=Permission.VIEW_ACCOUNT, audit="visit.patient")
def patient_visits(read: Reading, asked: PatientVisits) -> tuple[VisitLine, ...]:
    read.entry.about("patient", asked.patient_id, asked.patient_id)
    last = visits.last_days(read.conn, asked.patient_id)
    return tuple(
        replace(_line(row), last_day=last.get(row.id)) for row in visits.of_patient(read.conn, asked.patient_id)
    )


def _check_known(work: Work, asked: Sequence[VisitDetails], found: Findings) -> None:
    """Stop what is not there, a day outside the patient's life, a coverage of someone else or of another day."""
    lives = patients.lives(work.conn, [each.patient_id for each in asked])
    providers = catalogs.known_ids(work.conn, provider, list({each.provider_id for each in asked}))
    places = catalogs.known_ids(work.conn, place, list({each.place_id for each in asked}))
    for at, each in enumerate(asked, 1):
        prefix = f"visit.{at}."
        born, died = lives.get(each.patient_id, (None, None))
        if born is None:
            found.stop("patient", f"{prefix}patient_id", "Choose the patient.")
        elif each.service_date < born:
            found.stop("service-date", f"{prefix}service_date", "The day lies before the patient's birth.")
        elif died is not None and each.service_date > died:
            found.stop("service-date", f"{prefix}service_date", f"The patient died {say_date(died)}, before this day.")
        if each.provider_id not in providers:
            found.stop("provider", f"{prefix}provider_id", "Choose the provider.")
        if each.place_id not in places:
            found.stop("place", f"{prefix}place_id", "Choose the place.")
        if each.coverage_id is not None:
            _check_coverage(work, each, found, prefix)


def _check_coverage(work: Work, visit: VisitDetails, found: Findings, prefix: str) -> None:
    row = None if visit.coverage_id is None else coverages.find(work.conn, visit.coverage_id)
    if visit.self_pay:
        found.stop("coverage", f"{prefix}coverage_id", "A self-pay visit has no coverage.", "Choose one of the two.")
    elif row is None or row.patient_id not in merged.patients(work.conn, visit.patient_id):
        found.stop("coverage", f"{prefix}coverage_id", "This coverage is not the patient's.", "Choose another one.")
    elif standing(row.first_day, row.last_day, visit.service_date) != Standing.ACTIVE:
        until = "" if row.last_day is None else f" to {say_date(row.last_day)}"
        found.stop(
            "coverage", f"{prefix}coverage_id",
            f"This policy runs from {say_date(row.first_day)}{until}; the visit is on {say_date(visit.service_date)}.",
            "Choose another coverage or change its dates.",
        )  # fmt: skip


def _line(row: visits.VisitRow) -> VisitLine:
    return VisitLine(
        id=row.id,
        visit=VisitDetails(
            row.patient_id,
            row.service_date,
            row.provider_id,
            row.place_id,
            row.coverage_id,
            row.self_pay,
            row.note,
        ),
        status=row.status,
        account=row.account,
        patient=names.list_name(row.last, row.first, row.middle, row.suffix),
        birth_date=row.birth_date,
        provider=provider_name(row.provider_last, row.provider_first, row.credential),
        place=row.place,
        payer=row.payer,
        coverage_ended=row.coverage_ended,
    )
