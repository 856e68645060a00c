"""Visits in and out (BILLING G3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from medbill_desktop.domain.coverages import Standing, standing
from medbill_desktop.domain.ids import Id
from medbill_desktop.storage import merged
from medbill_desktop.storage.dialect import insert_many
from medbill_desktop.storage.patients import first_payer
from medbill_desktop.storage.tables import charge, patient, payer, place, provider, visit
from medbill_desktop.storage.tables import coverage as coverage_table


@dataclass(frozen=True, slots=True)
class NewVisit:
    id: Id
    patient_id: Id
    service_date: date
    provider_id: Id
    place_id: Id
    coverage_id: Id | None = None
    self_pay: bool = False
    status: str = "open"
    note: str = field(default="", repr=False)
    source_ref: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class VisitRow:
    """A visit with the words that a list shows."""

    id: Id
    patient_id: Id
    service_date: date
    provider_id: Id
    place_id: Id
    coverage_id: Id | None
    self_pay: bool
    status: str
    note: str
    account: str
    last: str
    first: str
    middle: str
    suffix: str
    birth_date: date
    provider_last: str
    provider_first: str
    credential: str
    place: str
    payer: str
    coverage_ended: date | None


def add(conn: Connection, visits: Sequence[NewVisit], at: datetime) -> None:
    """Write new visits."""
    names = NewVisit.__dataclass_fields__
    insert_many(conn, visit, [{name: getattr(each, name) for name in names} | {"created_at": at} for each in visits])


def find(conn: Connection, visit_id: int) -> VisitRow | None:
    return next(iter(_read(conn, visit.c.id == visit_id)), None)


def of_day(conn: Connection, day: date) -> list[VisitRow]:
    """Return the visits of a day in the order they were made."""
    return _read(conn, visit.c.service_date == day)


def of_patient(conn: Connection, patient_id: int) -> list[VisitRow]:
    """Return the visits of a patient, the newest first."""
    return list(reversed(_read(conn, visit.c.patient_id.in_(merged.patients(conn, patient_id)))))


def last_days(conn: Connection, patient_id: int) -> dict[Id, date]:
    """Return the last day of those visits of a patient whose services went on after the first."""
    c = charge.c
    mine = (c.patient_id.in_(merged.patients(conn, patient_id)), c.service_to.is_not(None), c.voided_at.is_(None))
    rows = conn.execute(select(c.visit_id, c.service_to).where(*mine).order_by(c.service_to))
    return {Id(row.visit_id): row.service_to for row in rows}


def open_before(conn: Connection, day: date, limit: int) -> list[VisitRow]:
    """Return visits before a day that nobody charged and that have no reason for none, the oldest first."""
    oldest = (
        select(visit.c.id)
        .where(visit.c.status == "open", visit.c.service_date < day)
        .order_by(visit.c.service_date, visit.c.id)
        .limit(limit)
    )
    return _read(conn, visit.c.id.in_(oldest))


def mark_no_charge(conn: Connection, visit_id: int, reason: str) -> None:
    status = "no charge" if reason else "open"
    conn.execute(update(visit).where(visit.c.id == visit_id).values(status=status, no_charge_reason=reason))


def kept(conn: Connection) -> set[tuple[Id, date, Id, Id]]:
    """Return (patient, day, provider, place) of every visit, by the record that stands for the patient."""
    c = visit.c
    wanted = select(merged.stands_for(patient), c.service_date, c.provider_id, c.place_id)
    return {tuple(row) for row in conn.execute(wanted.join(patient, patient.c.id == c.patient_id))}


def sources(conn: Connection) -> set[str]:
    return set(conn.execute(select(visit.c.source_ref).where(visit.c.source_ref.is_not(None))).scalars())


def _read(conn: Connection, *where: Any) -> list[VisitRow]:
    c, policy, policy_payer = coverage_table.c, coverage_table.alias("policy"), payer.alias("policy_payer")
    ended = (
        select(func.max(c.last_day))
        .where(merged.is_one_of(c.patient_id, patient.c.id), c.last_day < visit.c.service_date)
        .scalar_subquery()
    )
    p, d, entered_for = patient.c, provider.c, patient.alias("entered_for")
    wanted = (
        select(
            *(each for each in visit.c if each.name != "patient_id"), p.id.label("patient_id"),
            p.account, p.last, p.first, p.middle, p.suffix, p.birth_date, d.last.label("provider_last"),
            d.first.label("provider_first"), d.credential, place.c.name.label("place"),
            policy_payer.c.name.label("chosen"), policy.c.first_day, policy.c.last_day,
            first_payer(p.id, visit.c.service_date), ended.label("ended"),
        )
        .join(entered_for, entered_for.c.id == visit.c.patient_id)
        .join(patient, p.id == merged.stands_for(entered_for))
        .join(provider, d.id == visit.c.provider_id)
        .join(place, place.c.id == visit.c.place_id)
        .outerjoin(policy, policy.c.id == visit.c.coverage_id)
        .outerjoin(policy_payer, policy_payer.c.id == policy.c.payer_id)
        .where(*where)
        .order_by(visit.c.service_date, visit.c.id)
    )  # fmt: skip
    return [_row(row) for row in conn.execute(wanted).mappings()]


def _row(row: Mapping[Any, Any]) -> VisitRow:
    made = ("self_pay", "payer", "coverage_ended")
    named = {name: row[name] for name in VisitRow.__dataclass_fields__ if name not in made}
    paying, ended = _who_pays(row)
    return VisitRow(**named, self_pay=bool(row["self_pay"]), payer=paying, coverage_ended=ended)


def _who_pays(row: Mapping[Any, Any]) -> tuple[str, date | None]:
    """Return the payer, and where there is none the last day of the policy that would have paid.

    A policy that was chosen for the visit may have been given another end since; what is charged stays as it is.
    """
    if row["self_pay"]:
        return "", None
    if row["chosen"] is None:
        return row["payer"] or "", None if row["payer"] else row["ended"]
    stands = standing(row["first_day"], row["last_day"], row["service_date"])
    if row["status"] == "charged" or stands is Standing.ACTIVE:
        return row["chosen"], None
    last_day = row["last_day"]
    return "", last_day if last_day is not None and last_day < row["service_date"] else None
