"""Refunds, and the credit they are taken from (BILLING J45, J46)."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, func, insert, select, update

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Account
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.names import list_name
from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.refunds import Bucket, RefundState
from medbill_desktop.storage import merged
from medbill_desktop.storage.tables import guarantor, journal_line, payment, refund, user, visit


@dataclass(frozen=True, slots=True)
class RefundRow:
    id: Id
    number: str
    guarantor_id: Id
    guarantor_name: str = field(repr=False)
    payment_id: Id
    receipt: str
    came_by: str
    cents: Cents
    method: str
    reason: str
    asked_by: Id
    asked_by_name: str
    asked_at: datetime
    decided_by: Id | None
    decided_by_name: str
    state: RefundState
    alone: bool
    words: str = field(repr=False)
    paid_on: date | None
    paid_reference: str = field(repr=False)
    deposit_id: Id | None
    stale_on: date | None


def _rows() -> Select[Any]:
    asker, decider = user.alias("asker"), user.alias("decider")
    r = refund.c
    return (
        select(refund, guarantor.c.last, guarantor.c.first, payment.c.number.label("receipt"),
               payment.c.method.label("came_by"), asker.c.name.label("asker_name"),
               decider.c.name.label("decider_name"))
        .join(guarantor, guarantor.c.id == r.guarantor_id)
        .join(payment, payment.c.id == r.payment_id)
        .join(asker, asker.c.id == r.asked_by)
        .join(decider, decider.c.id == r.decided_by, isouter=True)
    )  # fmt: skip


def _row(row: Any) -> RefundRow:
    return RefundRow(
        Id(row.id), row.number, Id(row.guarantor_id), list_name(row.last, row.first), Id(row.payment_id), row.receipt,
        row.came_by, Cents(row.cents), row.method, row.reason, Id(row.asked_by), row.asker_name, row.asked_at,
        row.decided_by, row.decider_name or "", RefundState(row.state), row.alone, row.words, row.paid_on,
        row.paid_reference, row.deposit_id, row.stale_on,
    )  # fmt: skip


def get(conn: Connection, refund_id: int) -> RefundRow:
    """Return a refund; raises Refused where there is none."""
    row = conn.execute(_rows().where(refund.c.id == refund_id)).first()
    if row is None:
        raise Refused("This refund is not there.")
    return _row(row)


def listed(conn: Connection, limit: int = 500) -> list[RefundRow]:
    """Return the refunds, those that wait for somebody first, then the newest."""
    waits = refund.c.state.in_((RefundState.ASKED, RefundState.APPROVED))
    wanted = _rows().order_by(waits.desc(), refund.c.id.desc()).limit(limit)
    return [_row(row) for row in conn.execute(wanted)]


def add(conn: Connection, *, note: str, **values: Any) -> None:
    conn.execute(insert(refund).values(paid_reference="", words=note, **values))


def change(conn: Connection, refund_id: int, **values: Any) -> None:
    conn.execute(update(refund).where(refund.c.id == refund_id).values(**values))


def asked_for(conn: Connection, payment_id: int) -> Cents:
    """Return what of a payment somebody asked to give back and nobody decided yet."""
    total = select(func.coalesce(func.sum(refund.c.cents), 0)).where(
        refund.c.payment_id == payment_id, refund.c.state == RefundState.ASKED
    )
    return Cents(conn.execute(total).scalar_one())


def is_claimed(conn: Connection, payment_id: int) -> bool:
    """Tell whether a refund of a payment waits, or was given."""
    stands = refund.c.state.in_((RefundState.ASKED, RefundState.APPROVED, RefundState.PAID))
    return conn.execute(select(refund.c.id).where(refund.c.payment_id == payment_id, stands)).first() is not None


def waits_to_be_paid(conn: Connection, payment_id: int) -> bool:
    approved = refund.c.state == RefundState.APPROVED
    return conn.execute(select(refund.c.id).where(refund.c.payment_id == payment_id, approved)).first() is not None


def buckets(conn: Connection, payment_id: int) -> tuple[Bucket, ...]:
    """Return the credit of a payment by earmark; one below zero stands there as it is."""
    lines = journal_line.c
    left = -func.sum(lines.cents)
    wanted = (
        select(lines.visit_id, left.label("cents"))
        .where(lines.payment_id == payment_id, lines.account == Account.PATIENT_CREDIT)
        .group_by(lines.visit_id)
        .having(left != 0)
    )
    return tuple(Bucket(row.visit_id, Cents(row.cents)) for row in conn.execute(wanted))


@dataclass(frozen=True, slots=True)
class UnappliedCredit:
    """What is left of one payment under one earmark; below zero the bank took back what was refunded already."""

    payment_id: Id
    receipt: str
    guarantor_id: Id
    guarantor_name: str = field(repr=False)
    method: str
    received_on: date
    visit_on: date | None  # the visit it was taken for
    cents: Cents


def unapplied(conn: Connection, limit: int) -> list[UnappliedCredit]:
    """Return every credit, the oldest money first (BILLING T14)."""
    lines, left = journal_line.c, -func.sum(journal_line.c.cents)
    payer, g = guarantor.alias("payer"), guarantor.c
    wanted = (
        select(payment.c.id, payment.c.number, g.id.label("guarantor_id"), g.last, g.first, payment.c.method,
               payment.c.received_on, visit.c.service_date, left.label("cents"))
        .select_from(journal_line)
        .join(payment, payment.c.id == lines.payment_id)
        .join(payer, payer.c.id == payment.c.guarantor_id)
        .join(guarantor, g.id == merged.stands_for(payer))
        .join(visit, visit.c.id == lines.visit_id, isouter=True)
        .where(lines.account == Account.PATIENT_CREDIT)
        .group_by(payment.c.id, lines.visit_id)
        .having(left != 0)
        .order_by(payment.c.received_on, payment.c.id)
        .limit(limit)
    )  # fmt: skip
    return [
        UnappliedCredit(
            Id(row.id), row.number, Id(row.guarantor_id), f"{row.last}, {row.first}".rstrip(", "), row.method,
            row.received_on, row.service_date, Cents(row.cents),
        )
        for row in conn.execute(wanted)
    ]  # fmt: skip
