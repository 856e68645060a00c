"""Restrictions of disclosure: who asked for what, and where each stands (BILLING R9)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import BindParameter, Connection, and_, bindparam, func, insert, select, update

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Account, Cause
from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.restrictions import Restriction, State, Told
from medbill_desktop.storage import merged
from medbill_desktop.storage.charges import chunks
from medbill_desktop.storage.tables import charge, coverage, journal_line, payment, restriction, restriction_plan, visit


@dataclass(frozen=True, slots=True)
class RestrictionRow:
    """A restriction as it was noted."""

    id: Id
    patient_id: Id
    visit_id: Id
    charge_id: Id | None
    state: State
    asked_on: date
    asked_by: str = field(repr=False)
    proven_on: date | None
    at_risk_on: date | None
    told_on: date | None
    ended_on: date | None
    ending: str
    words: str = field(repr=False)
    noted_at: datetime
    payer_ids: frozenset[Id] = frozenset()

    @property
    def rule(self) -> Restriction:
        return Restriction(self.id, self.visit_id, self.charge_id, self.state, self.payer_ids)


_OWN = tuple(name for name in RestrictionRow.__dataclass_fields__ if name not in {"payer_ids"})
_ROW = select(*(restriction.c[name] for name in _OWN))
_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
# Said once: every posting asks it, and SQLAlchemy takes longer to put it together than SQLite to answer. Of the ids
# alone: nearly always there is none, and a statement of all columns takes SQLite twenty times as long.
_LIVE_OF_CHARGES: Final = select(restriction.c.id).where(
    restriction.c.charge_id.in_(_IDS), restriction.c.state != State.ENDED
)


def get(conn: Connection, restriction_id: int) -> RestrictionRow:
    """Return a restriction; raises Refused where there is none."""
    found = _rows(conn, restriction.c.id == restriction_id)
    if not found:
        raise Refused("This restriction is not there.")
    return found[0]


def of_patient(conn: Connection, patient_id: int) -> list[RestrictionRow]:
    """Return what was ever asked for a person, newest first."""
    found = _rows(conn, restriction.c.patient_id.in_(merged.patients(conn, patient_id)))
    return sorted(found, key=lambda row: row.id, reverse=True)


def of_visits(conn: Connection, visit_ids: Iterable[int]) -> list[RestrictionRow]:
    """Return what was ever asked for these visits and their services."""
    return [row for part in chunks(set(visit_ids)) for row in _rows(conn, restriction.c.visit_id.in_(part))]


def live_of_charges(conn: Connection, charge_ids: Iterable[int]) -> list[RestrictionRow]:
    """Return the restrictions of these charges that have not ended."""
    found = [
        each for part in chunks(set(charge_ids)) for each in conn.execute(_LIVE_OF_CHARGES, {"ids": part}).scalars()
    ]
    return [row for part in chunks(found) for row in _rows(conn, restriction.c.id.in_(part))]


def for_services(conn: Connection, charge_ids: Iterable[int]) -> tuple[list[Told], list[Restriction]]:
    """Return these charges as what is told, and all that may keep a plan from them."""
    found = [
        Told(Id(row.id), Id(row.visit_id))
        for part in chunks(list(dict.fromkeys(charge_ids)))
        for row in conn.execute(select(charge.c.id, charge.c.visit_id).where(charge.c.id.in_(part)))
    ]
    return found, [row.rule for row in of_visits(conn, {each.visit_id for each in found})]


def payers_of(conn: Connection, coverage_ids: Iterable[int]) -> dict[Id, Id]:
    """Return which plan each coverage is of."""
    c = coverage.c
    return {
        Id(row.id): Id(row.payer_id)
        for part in chunks(set(coverage_ids))
        for row in conn.execute(select(c.id, c.payer_id).where(c.id.in_(part)))
    }


def add(conn: Connection, values: dict[str, Any], payer_ids: Iterable[int]) -> None:
    conn.execute(insert(restriction).values(values))
    for each in payer_ids:
        conn.execute(insert(restriction_plan).values(restriction_id=values["id"], payer_id=each))


def change(conn: Connection, restriction_id: int, **values: Any) -> None:
    conn.execute(update(restriction).where(restriction.c.id == restriction_id).values(values))


def say_self_pay(conn: Connection, visit_id: int) -> None:
    """Say of a visit that the patient pays it, so that every screen shows it so."""
    conn.execute(update(visit).where(visit.c.id == visit_id).values(self_pay=True, coverage_id=None))


def proofs(conn: Connection, charge_ids: Iterable[int]) -> dict[Id, tuple[str, ...]]:
    """Return the receipts that pay each charge: the proof of full payment."""
    lines, found = journal_line.c, dict[Id, tuple[str, ...]]()
    wanted = (
        select(lines.charge_id, payment.c.number)
        .join(payment, payment.c.id == lines.payment_id)
        .where(lines.account == Account.RECEIVABLE, lines.cause == Cause.PAYMENT)
        .group_by(lines.charge_id, payment.c.id)
        .having(func.sum(lines.cents) < 0)
        .order_by(payment.c.id)
    )
    for part in chunks(set(charge_ids)):
        for row in conn.execute(wanted.where(lines.charge_id.in_(part))):
            found[Id(row.charge_id)] = (*found.get(Id(row.charge_id), ()), row.number)
    return found


@dataclass(frozen=True, slots=True)
class AtRisk:
    count: int
    oldest: date | None
    patient_id: Id | None  # of the oldest


def at_risk(conn: Connection) -> AtRisk:
    """Count the services whose payment failed, and that nobody has looked at since."""
    c = restriction.c
    void = select(charge.c.id).where(charge.c.id == c.charge_id, charge.c.voided_at.is_not(None)).exists()
    waiting = and_(c.state == State.AT_RISK, c.told_on.is_(None), ~void)
    count, oldest = conn.execute(select(func.count(), func.min(c.at_risk_on)).where(waiting)).one()
    first = conn.execute(select(c.patient_id).where(waiting).order_by(c.at_risk_on, c.id).limit(1)).scalar()
    return AtRisk(count, oldest, None if first is None else merged.survivor(conn, first))


def under_review(conn: Connection, charge_ids: Sequence[int]) -> set[Id]:
    """Return those of the charges whose payment failed and that nobody has looked at since (BILLING S5)."""
    c = restriction.c
    wanted = select(c.charge_id).where(c.state == State.AT_RISK, c.told_on.is_(None), c.charge_id.is_not(None))
    asked = set(charge_ids)
    return {Id(each) for each in conn.execute(wanted).scalars() if each in asked}


def _rows(conn: Connection, where: Any) -> list[RestrictionRow]:
    rows = conn.execute(_ROW.where(where).order_by(restriction.c.id)).mappings().all()
    plans: dict[int, set[Id]] = {}
    p = restriction_plan.c
    for part in chunks([row["id"] for row in rows]):
        for each in conn.execute(select(p.restriction_id, p.payer_id).where(p.restriction_id.in_(part))):
            plans.setdefault(each.restriction_id, set()).add(Id(each.payer_id))
    return [
        RestrictionRow(**(dict(row) | {"state": State(row["state"])}), payer_ids=frozenset(plans.get(row["id"], ())))
        for row in rows
    ]
