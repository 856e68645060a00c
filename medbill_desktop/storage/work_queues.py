"""What waits for someone's hand, counted over the whole practice."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, Subquery, exists, func, select

from medbill_desktop.domain.journal import Account
from medbill_desktop.domain.money import ZERO, Cents
from medbill_desktop.storage import merged
from medbill_desktop.storage.dialect import unindexed
from medbill_desktop.storage.tables import guarantor as guarantors
from medbill_desktop.storage.tables import journal_line, payment, statement, visit


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many, and how old the oldest or how much all of it."""

    count: int
    oldest: date | None = None
    cents: Cents = ZERO


def open_visits(conn: Connection, before: date) -> Waiting:
    """Count the visits of earlier days that have no charge and are not marked as without one.

    The table is read once from end to end: by the index of the days nearly every row is fetched alone, which takes
    twenty times as long.
    """
    wanted = select(func.count(), func.min(visit.c.service_date)).where(
        visit.c.status == "open", unindexed(visit.c.service_date) < before
    )
    count, oldest = conn.execute(wanted).one()
    return Waiting(count, oldest)


def credits_held(conn: Connection) -> Waiting:
    """Count the guarantors whose money is not applied, and sum it."""
    lines = journal_line
    guarantor = unindexed(lines.c.guarantor_id)  # one reading from end to end, as above
    sums = (
        select(guarantor.label("guarantor_id"), func.sum(lines.c.cents).label("cents"))
        .where(guarantor.is_not(None), lines.c.account == Account.PATIENT_CREDIT)
        .group_by(guarantor)
    )
    held = _by_payer(conn, sums)
    each = select((-held.c.cents).label("cents")).where(held.c.cents < 0).subquery()
    count, cents = conn.execute(select(func.count(), func.coalesce(func.sum(each.c.cents), 0))).one()
    return Waiting(count, _oldest_credit(conn) if count else None, Cents(cents))


def _oldest_credit(conn: Connection) -> date | None:
    """Return when the oldest money came that is not applied."""
    lines = journal_line
    paid_by = unindexed(lines.c.payment_id)
    held = (
        select(paid_by.label("payment_id"))
        .where(paid_by.is_not(None), lines.c.account == Account.PATIENT_CREDIT)
        .group_by(paid_by)
        .having(func.sum(lines.c.cents) < 0)
        .subquery()
    )
    oldest = select(func.min(payment.c.received_on)).join(held, held.c.payment_id == payment.c.id)
    return conn.execute(oldest).scalar()


def may_get_statement(conn: Connection, minimum: Cents, since: date) -> Waiting:
    """Count who owes at least the minimum and was sent nothing since; the Statements page judges each in full."""
    lines = journal_line
    # By the charges' index alone: by the guarantors' one each line would be fetched from the table.
    guarantor = unindexed(lines.c.guarantor_id)
    sums = (
        select(guarantor.label("guarantor_id"), func.sum(lines.c.cents).label("cents"))
        .where(lines.c.charge_id.is_not(None), lines.c.account == Account.RECEIVABLE, guarantor.is_not(None))
        .group_by(guarantor)
    )
    owing = _by_payer(conn, sums)
    each = select(owing).where(owing.c.cents >= minimum, owing.c.cents > 0).subquery()
    sent = exists().where(
        merged.is_one_payer(statement.c.guarantor_id, each.c.guarantor_id),
        statement.c.withdrawn_on.is_(None),
        statement.c.statement_date > since,
    )
    wanted = select(func.count(), func.coalesce(func.sum(each.c.cents), 0)).where(~sent)
    count, cents = conn.execute(wanted).one()
    return Waiting(count, cents=Cents(cents))


def _by_payer(conn: Connection, sums: Select[Any]) -> Subquery:
    """Add the sums of joined guarantors to those of whom they were joined to; nothing is asked where nobody was."""
    own = sums.subquery()
    if not merged.joined_guarantors(conn):
        return own
    root = merged.stands_for(guarantors)
    joined = select(root.label("guarantor_id"), func.sum(own.c.cents).label("cents"))
    return joined.join_from(own, guarantors, guarantors.c.id == own.c.guarantor_id).group_by(root).subquery()
