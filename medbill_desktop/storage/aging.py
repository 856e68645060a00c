"""How old the receivable is, summed in the database."""

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from medbill_desktop.domain.aging import LAST_DAYS
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import BEGIN_A_DEBT, Account
from medbill_desktop.domain.money import Cents
from medbill_desktop.storage.dialect import unindexed
from medbill_desktop.storage.journal import is_original
from medbill_desktop.storage.tables import charge, coverage, journal_line, payer, posting


@dataclass(frozen=True, slots=True)
class AgedSums:
    """The receivable of one payer, or with `payer_id` None of the patients, by bucket from the youngest."""

    payer_id: Id | None
    payer_name: str
    cents: tuple[Cents, Cents, Cents, Cents, Cents]


def aged_by_party(conn: Connection, as_of: date, until: date | None) -> list[AgedSums]:
    """Sum the receivable by party and age (BILLING S7, T6).

    `until` None takes the whole journal, which an index alone can answer; a day leaves out what was posted after it.
    """
    owing = _owing_parties(until)
    plans = (
        select(payer.c.id, payer.c.name, *_buckets(charge.c.service_date, owing.c.cents, as_of))
        .select_from(owing)
        .join(charge, charge.c.id == owing.c.charge_id)
        .join(coverage, coverage.c.id == owing.c.coverage_id)
        .join(payer, payer.c.id == coverage.c.payer_id)
        .group_by(payer.c.id)
        .order_by(payer.c.name)
    )
    rows = [AgedSums(Id(row.id), row.name, _five(row)) for row in conn.execute(plans)]
    return [_aged_patients(conn, as_of, until), *rows]


def _aged_patients(conn: Connection, as_of: date, until: date | None) -> AgedSums:
    lines, mirror = journal_line, posting.alias("mirror")
    owing = _owing_parties(until)
    undone = select(mirror.c.id).where(mirror.c.reverses == posting.c.id)
    if until is not None:
        undone = undone.where(mirror.c.posted_on <= until)
    # By the guarantor's index SQLite would read all their charges for each one of them.
    same_guarantor = unindexed(lines.c.guarantor_id) == owing.c.guarantor_id
    became_theirs = and_(lines.c.cents > 0, lines.c.cause.in_(BEGIN_A_DEBT))
    began = func.min(case((became_theirs, posting.c.posted_on)))
    items = (
        select(owing.c.charge_id, owing.c.cents, func.coalesce(began, func.min(posting.c.posted_on)).label("since"))
        .join(lines, and_(lines.c.charge_id == owing.c.charge_id, same_guarantor))
        .join(posting, posting.c.id == lines.c.posting_id)
        .where(lines.c.account == Account.RECEIVABLE, is_original(), ~undone.exists())
        .group_by(owing.c.charge_id, owing.c.guarantor_id)
    )
    if until is not None:
        items = items.where(posting.c.posted_on <= until)
    since = items.subquery()
    row = conn.execute(select(*_buckets(since.c.since, since.c.cents, as_of))).one()
    return AgedSums(None, "Patients", _five(row))


def _owing_parties(until: date | None) -> Any:
    lines = journal_line
    wanted = (
        select(lines.c.charge_id, lines.c.coverage_id, lines.c.guarantor_id, func.sum(lines.c.cents).label("cents"))
        .where(lines.c.charge_id.is_not(None), unindexed(lines.c.account) == Account.RECEIVABLE)
        # In the order of the index on charges, account and all, nothing needs to be sorted.
        .group_by(lines.c.charge_id, lines.c.account, lines.c.coverage_id, lines.c.guarantor_id)
        .having(func.sum(lines.c.cents) != 0)
    )
    if until is not None:
        wanted = wanted.join(posting, posting.c.id == lines.c.posting_id).where(posting.c.posted_on <= until)
    return wanted.subquery()


def _buckets(since: Any, cents: Any, as_of: date) -> list[ColumnElement[Any]]:
    # ISO dates compare as text, so that no row is turned into a date.
    edges = [as_of - timedelta(days=last) for last in LAST_DAYS]
    later = [since >= edges[0]]
    later += [and_(since < younger, since >= older) for younger, older in pairwise(edges)]
    later.append(since < edges[-1])
    return [
        func.coalesce(func.sum(case((where, cents), else_=0)), 0).label(f"b{place}")
        for place, where in enumerate(later)
    ]


def _five(row: Any) -> tuple[Cents, Cents, Cents, Cents, Cents]:
    return (Cents(row.b0), Cents(row.b1), Cents(row.b2), Cents(row.b3), Cents(row.b4))
