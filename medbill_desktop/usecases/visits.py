"""Visits: who comes on which day, to whom and where (BILLING G3, C6)."""

from dataclasses import dataclass, field
from datetime import date

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.users import Permission
from medbill_desktop.usecases.declare import Reading, Work, query, usecase


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


@usecase("visit.add", needs=Permission.REGISTER, topics={"visits"})
def add_visits(work: Work, cmd: AddVisits) -> tuple[Id, ...]:
    raise NotImplementedError


@query("visit.day", needs=Permission.VIEW_ACCOUNT)
def day_visits(read: Reading, asked: DayVisits) -> tuple[VisitLine, ...]:
    raise NotImplementedError


@query("visit.patient", needs=Permission.VIEW_ACCOUNT, audit="visit.patient")
def patient_visits(read: Reading, asked: PatientVisits) -> tuple[VisitLine, ...]:
    raise NotImplementedError
