"""What of patients' money waits for someone's hand, counted over the whole practice (BILLING S10-S13, J47)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Connection, exists, func, select

from medbill_desktop.domain.journal import Account
from medbill_desktop.domain.money import Cents, total
from medbill_desktop.domain.plans import Standing, progress
from medbill_desktop.domain.refunds import RefundState
from medbill_desktop.storage import plans
from medbill_desktop.storage.dialect import unindexed
from medbill_desktop.storage.tables import (
    collection_case,
    collection_charge,
    deposit,
    journal_line,
    money_item,
    payment,
    refund,
)
from medbill_desktop.storage.work_queues import Waiting

RETURN_ITEMS: Final = ("credit_below_zero", "restriction")  # what a payment that came back left to do


@dataclass(frozen=True, slots=True)
class MoneyQueues:
    """Each with how many, since when, and how much."""

    plans_missed: Waiting
    refunds_to_approve: Waiting
    refunds_to_pay: Waiting
    returned: Waiting
    items: Waiting
    slips: Waiting  # opened before today
    cases_to_approve: Waiting
    cases_to_send: Waiting
    cases_paid: Waiting  # with the agency, and nothing is owed on them any more


def money_queues(conn: Connection, today: date) -> MoneyQueues:
    return MoneyQueues(
        plans_missed(conn, today),
        _refunds(conn, RefundState.ASKED),
        _refunds(conn, RefundState.APPROVED),
        _items(conn, RETURN_ITEMS, among=True),
        _items(conn, RETURN_ITEMS, among=False),
        slips_open(conn, today),
        _cases(conn, "reviewed"),
        _cases(conn, "approved"),
        cases_paid(conn),
    )


def plans_missed(conn: Connection, today: date) -> Waiting:
    """Count the plans of which an instalment is more than ten days late; the day is that of the instalment."""
    late = [
        stands
        for row in plans.running_plans(conn)
        if (stands := progress(row.facts, today)).standing is Standing.MISSED
    ]
    days = [each.next_due for each in late if each.next_due is not None]
    return Waiting(len(late), min(days, default=None), total(each.behind_cents for each in late))


def _refunds(conn: Connection, state: RefundState) -> Waiting:
    r = refund.c
    wanted = select(func.count(), func.min(r.asked_at), func.coalesce(func.sum(r.cents), 0)).where(r.state == state)
    count, oldest, cents = conn.execute(wanted).one()
    return Waiting(count, None if oldest is None else oldest.astimezone().date(), Cents(cents))


def _items(conn: Connection, kinds: Iterable[str], *, among: bool) -> Waiting:
    c = money_item.c
    which = c.kind.in_(tuple(kinds)) if among else c.kind.not_in(tuple(kinds))
    count, oldest = conn.execute(select(func.count(), func.min(c.opened_on)).where(c.closed_on.is_(None), which)).one()
    return Waiting(count, oldest)


def slips_open(conn: Connection, today: date) -> Waiting:
    """Count the slips with money on them that were opened before today and not closed."""
    c = deposit.c
    lies = (
        select(payment.c.deposit_id, func.sum(payment.c.cents - payment.c.kept_cents).label("cents"))
        .join(deposit, c.id == payment.c.deposit_id)
        .where(c.closed_on.is_(None), c.kind == "slip", c.opened_on < today, payment.c.voided_at.is_(None))
        .group_by(payment.c.deposit_id)
        .subquery()
    )
    wanted = (
        select(func.count(), func.min(c.opened_on), func.coalesce(func.sum(lies.c.cents), 0))
        .join(lies, lies.c.deposit_id == c.id)
    )  # fmt: skip
    count, oldest, cents = conn.execute(wanted).one()
    return Waiting(count, oldest, Cents(cents))


def cases_paid(conn: Connection) -> Waiting:
    """Count the cases that stay with the agency for nothing: until they are called back no statement goes out."""
    c, lines, own = collection_case.c, journal_line.c, collection_charge.c
    owing = exists().where(
        own.case_id == c.id,
        select(func.coalesce(func.sum(lines.cents), 0))
        .where(lines.charge_id == own.charge_id, lines.account == Account.RECEIVABLE, lines.guarantor_id.is_not(None))
        .correlate(collection_charge)
        .scalar_subquery()
        > 0,
    )
    count, oldest = conn.execute(select(func.count(), func.min(c.sent_at)).where(c.state == "sent", ~owing)).one()
    return Waiting(count, None if oldest is None else oldest.astimezone().date())


def _cases(conn: Connection, state: str) -> Waiting:
    c = collection_case.c
    since = c.reviewed_on if state == "reviewed" else c.approved_on
    wanted = select(func.count(), func.min(since), func.coalesce(func.sum(c.cents), 0)).where(
        unindexed(c.state) == state
    )
    count, oldest, cents = conn.execute(wanted).one()
    return Waiting(count, oldest, Cents(cents))
