"""What waits for someone's hand, counted over the whole practice."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, exists, func, select

from medbill_desktop.domain.journal import Account
from medbill_desktop.domain.money import ZERO, Cents
from medbill_desktop.storage.dialect import unindexed
from medbill_desktop.storage.tables import journal_line, statement, visit


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
    each = (
        select((-func.sum(lines.c.cents)).label("cents"))
        .where(guarantor.is_not(None), lines.c.account == Account.PATIENT_CREDIT)
        .group_by(guarantor)
        .having(func.sum(lines.c.cents) < 0)
        .subquery()
    )
    count, cents = conn.execute(select(func.count(), func.coalesce(func.sum(each.c.cents), 0))).one()
    return Waiting(count, cents=Cents(cents))


def may_get_statement(conn: Connection, minimum: Cents, since: date) -> Waiting:
    """Count who owes at least the minimum and was sent nothing since; the Statements page judges each in full."""
    lines = journal_line
    # By the charges' index alone: by the guarantors' one each line would be fetched from the table.
    guarantor = unindexed(lines.c.guarantor_id)
    each = (
        select(guarantor.label("guarantor_id"), func.sum(lines.c.cents).label("cents"))
        .where(lines.c.charge_id.is_not(None), lines.c.account == Account.RECEIVABLE, guarantor.is_not(None))
        .group_by(guarantor)
        .having(func.sum(lines.c.cents) >= minimum, func.sum(lines.c.cents) > 0)
        .subquery()
    )
    sent = exists().where(
        statement.c.guarantor_id == each.c.guarantor_id,
        statement.c.withdrawn_on.is_(None),
        statement.c.statement_date > since,
    )
    wanted = select(func.count(), func.coalesce(func.sum(each.c.cents), 0)).where(~sent)
    count, cents = conn.execute(wanted).one()
    return Waiting(count, cents=Cents(cents))
