"""Coverages in and out; the one that pays is found by the date of service (BILLING R2, R3)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select, update

from medbill_desktop.domain.coverages import CoverageDetails, Held
from medbill_desktop.domain.ids import Id
from medbill_desktop.storage import merged
from medbill_desktop.storage.dialect import insert_many
from medbill_desktop.storage.tables import charge, coverage, patient, payer, visit


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """A policy with the name of its payer."""

    id: Id
    patient_id: Id
    details: CoverageDetails = field(repr=False)
    payer_name: str = field(repr=False)
    payer_code: str

    @property
    def payer_id(self) -> Id:
        return self.details.payer_id

    @property
    def rank(self) -> int:
        return self.details.rank

    @property
    def first_day(self) -> date:
        return self.details.first_day

    @property
    def last_day(self) -> date | None:
        return self.details.last_day


@dataclass(frozen=True, slots=True)
class NewCoverage:
    id: Id
    patient_id: Id
    details: CoverageDetails = field(repr=False)
    source_ref: str | None = None


def on(conn: Connection, patient_id: int, day: date) -> list[CoverageRow]:
    """Return the policies of a patient in force on a day, primary first."""
    return on_many(conn, [Id(patient_id)], day).get(Id(patient_id), [])


def on_many(conn: Connection, patient_ids: Sequence[Id], day: date) -> dict[Id, list[CoverageRow]]:
    """Return the policies in force on a day by patient, primary first; a patient without any is not a key."""
    c = coverage.c
    in_force = (c.first_day <= day) & (c.last_day.is_(None) | (c.last_day >= day))
    families, own = merged.families(conn, patient_ids), dict[Id, list[CoverageRow]]()
    records = list({each for family in families.values() for each in family})
    for start in range(0, len(records), _CHUNK):
        mine = c.patient_id.in_(records[start : start + _CHUNK])
        for row in conn.execute(_WITH_PAYER.where(mine, in_force).order_by(c.patient_id, c.rank)).mappings():
            own.setdefault(Id(row["patient_id"]), []).append(_row(row))
    found = {
        asked: _in_order(row for each in family for row in own.get(each, ())) for asked, family in families.items()
    }
    return {asked: rows for asked, rows in found.items() if rows}


def of_patient(conn: Connection, patient_id: int) -> list[CoverageRow]:
    """Return every policy, by rank, the newest first."""
    c = coverage.c
    mine = c.patient_id.in_(merged.patients(conn, patient_id))
    rows = conn.execute(_WITH_PAYER.where(mine).order_by(c.rank, c.first_day.desc())).mappings()
    return [_row(row) for row in rows]


def find(conn: Connection, coverage_id: int) -> CoverageRow | None:
    row = conn.execute(_WITH_PAYER.where(coverage.c.id == coverage_id)).mappings().first()
    return None if row is None else _row(row)


def held(conn: Connection, patient_id: int) -> list[Held]:
    return [Held(row.id, row.rank, row.first_day, row.last_day) for row in of_patient(conn, patient_id)]


def all_held(conn: Connection) -> dict[Id, list[Held]]:
    """Return every policy by patient, to judge the rows of a file."""
    c, found = coverage.c, dict[Id, list[Held]]()
    wanted = select(merged.stands_for(patient), c.id, c.rank, c.first_day, c.last_day)
    for row in conn.execute(wanted.join(patient, patient.c.id == c.patient_id)):
        found.setdefault(Id(row[0]), []).append(Held(Id(row[1]), row[2], row[3], row[4]))
    return found


def sources(conn: Connection) -> set[str]:
    return set(conn.execute(select(coverage.c.source_ref).where(coverage.c.source_ref.is_not(None))).scalars())


def with_member_ids(conn: Connection, member_ids: Sequence[str]) -> list[Id]:
    """Return the patients who have a policy with one of these member ids."""
    wanted = select(coverage.c.patient_id).where(coverage.c.member_id.in_(member_ids)).distinct()
    return merged.survivors(conn, (Id(each) for each in conn.execute(wanted).scalars()))


def add(conn: Connection, new: Sequence[NewCoverage], at: datetime) -> None:
    insert_many(
        conn,
        coverage,
        [
            {"id": each.id, "patient_id": each.patient_id, "source_ref": each.source_ref, "created_at": at}
            | _columns(each.details)
            for each in new
        ],
    )


def change(conn: Connection, coverage_id: Id, details: CoverageDetails) -> None:
    conn.execute(update(coverage).where(coverage.c.id == coverage_id).values(_columns(details)))


def end(conn: Connection, coverage_id: Id, last_day: date) -> None:
    conn.execute(update(coverage).where(coverage.c.id == coverage_id).values(last_day=last_day))


def papers(conn: Connection, coverage_id: int) -> Mapping[Any, Any]:
    """Return what was signed, why it pays second, who decided the order, and the payer's filing indicator."""
    c = coverage.c
    columns = (c.release_signed_on, c.assignment_signed_on, c.msp_reason, c.msp_asked_on, c.order_reason, c.order_on)
    wanted = select(*columns, payer.c.filing_indicator).join(payer, payer.c.id == c.payer_id)
    return conn.execute(wanted.where(c.id == coverage_id)).mappings().one()


def set_papers(conn: Connection, coverage_id: Id, **columns: Any) -> None:
    conn.execute(update(coverage).where(coverage.c.id == coverage_id).values(**columns))


def set_rank(conn: Connection, coverage_id: Id, rank: int, reason: str, by: Id, day: date) -> None:
    """Set in which place a policy pays, with who decided it and when (BILLING R7)."""
    decided = {"rank": rank, "order_reason": reason, "order_by": by, "order_on": day}
    conn.execute(update(coverage).where(coverage.c.id == coverage_id).values(decided))


def used_between(conn: Connection, coverage_id: int) -> tuple[date, date] | None:
    """Return the first and last service date of what was billed or booked on a policy; None where nothing was."""
    days = [
        day
        for each in (charge, visit)
        for day in conn.execute(select(each.c.service_date).where(each.c.coverage_id == coverage_id)).scalars()
    ]
    return (min(days), max(days)) if days else None


_CHUNK = 5_000
_FIELDS = tuple(f.name for f in fields(CoverageDetails))
_WITH_PAYER = select(
    coverage, payer.c.name.label("payer_name"), payer.c.payer_code.label("payer_code")
).join(payer, payer.c.id == coverage.c.payer_id)  # fmt: skip


def _in_order(rows: Iterable[CoverageRow]) -> list[CoverageRow]:
    """Put policies by rank; the same policy on two records of one person is there once."""
    once = {(each.rank, each.payer_id, each.details.member_id): each for each in reversed(list(rows))}
    return sorted(once.values(), key=lambda each: each.rank)


def _columns(details: CoverageDetails) -> dict[str, Any]:
    return {name: getattr(details, name) for name in _FIELDS}


def _row(row: Mapping[Any, Any]) -> CoverageRow:
    details = CoverageDetails(**{name: row[name] for name in _FIELDS})
    return CoverageRow(Id(row["id"]), Id(row["patient_id"]), details, row["payer_name"], row["payer_code"])
