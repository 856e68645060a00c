"""How old the receivable is, in one pass over the journal."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, Subquery, Text, and_, case, func, select, type_coerce

from medbill_desktop.domain.aging import aged
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
    sums: dict[int | None, dict[str, int]] = {None: {}}  # by payer, then by the day it became theirs
    for payer_id, since, cents in conn.execute(_owing_since(until)):
        if since is not None:
            days = sums.setdefault(payer_id, {})
            days[since] = days.get(since, 0) + cents
    names = conn.execute(select(payer.c.id, payer.c.name).order_by(payer.c.name))
    parties = [(None, "Patients"), *((Id(row.id), row.name) for row in names if row.id in sums)]
    return [AgedSums(payer_id, name, _bucketed(sums[payer_id], as_of)) for payer_id, name in parties]


def _bucketed(days: Mapping[str, int], as_of: date) -> tuple[Cents, Cents, Cents, Cents, Cents]:
    return aged(((date.fromisoformat(day), Cents(cents)) for day, cents in days.items()), as_of).buckets


def _owing_since(until: date | None) -> Select[Any]:
    """Return (payer, day as ISO text, cents) of what is owed, once per charge and party; no payer is the patient.

    One pass in the order of an index, and nothing is sorted: a GROUP BY here takes twice as long.
    """
    lines, mirror = journal_line, posting.alias("mirror")
    owing = _owing_parties(until)
    undone = select(mirror.c.id).where(mirror.c.reverses == posting.c.id)
    if until is not None:
        undone = undone.where(mirror.c.posted_on <= until)
    became_theirs = and_(lines.c.cents > 0, lines.c.cause.in_(BEGIN_A_DEBT))
    began = func.min(case((became_theirs, posting.c.posted_on)))
    theirs = (
        select(func.coalesce(began, func.min(posting.c.posted_on)))
        .select_from(lines.join(posting, posting.c.id == lines.c.posting_id))
        .where(
            lines.c.charge_id == owing.c.charge_id,
            # By the guarantor's index SQLite would read all their charges for each one of them.
            unindexed(lines.c.guarantor_id) == owing.c.guarantor_id,
            lines.c.account == Account.RECEIVABLE,
            is_original(),
            ~undone.exists(),
        )
    )
    if until is not None:
        theirs = theirs.where(posting.c.posted_on <= until)
    served = select(charge.c.service_date).where(charge.c.id == owing.c.charge_id).scalar_subquery()
    payer_id = select(coverage.c.payer_id).where(coverage.c.id == owing.c.coverage_id).scalar_subquery()
    since = case((owing.c.coverage_id.is_not(None), served), else_=theirs.scalar_subquery())
    return select(payer_id, type_coerce(since, Text), owing.c.cents)


def _owing_parties(until: date | None) -> Subquery:
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
