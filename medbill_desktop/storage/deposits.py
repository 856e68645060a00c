"""Deposit slips: open, filled, closed, met by a line of the bank (BILLING S10, J48)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, insert, select, update

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Account
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Refused
from medbill_desktop.storage.dialect import unindexed
from medbill_desktop.storage.tables import deposit, guarantor, journal_line, payment, user


@dataclass(frozen=True, slots=True)
class SlipFacts:
    """A deposit; `slip_cents` and what follows are frozen when it is closed."""

    id: Id
    number: str
    method: str
    kind: str
    opened_on: date
    filled_at: datetime | None  # from then on no new payment joins it
    closed_on: date | None
    closed_by: str
    slip_cents: Cents | None
    slip_items: int | None
    counted_cents: Cents | None
    pieces: str
    bank_on: date | None
    bank_cents: Cents | None
    cents: Cents  # as the journal has it
    items: int


@dataclass(frozen=True, slots=True)
class SlipItem:
    """A payment that lies on a slip, with what of it went into the drawer."""

    payment_id: Id
    number: str
    guarantor_name: str = field(repr=False)
    received_on: date
    reference: str = field(repr=False)
    cents: Cents


def _slips(summed: ColumnElement[bool]) -> Select[Any]:
    """Select slips; the lines of those that are `summed` are read, of the others what was frozen at the close."""
    lines = journal_line
    read = select(deposit.c.id).where(summed)
    sums = (
        select(
            lines.c.deposit_id,
            lines.c.payment_id,
            func.sum(lines.c.cents).label("cents"),
        )
        .where(unindexed(lines.c.account) == Account.CASH, lines.c.deposit_id.in_(read))
        .group_by(lines.c.deposit_id, lines.c.payment_id)
        .having(func.sum(lines.c.cents) != 0)
        .subquery()
    )
    by_slip = (
        select(sums.c.deposit_id, func.sum(sums.c.cents).label("cents"), func.count().label("items"))
        .group_by(sums.c.deposit_id)
        .subquery()
    )
    columns = [deposit.c[name] for name in _PLAIN]
    closer = func.coalesce(user.c.name, "").label("closed_by")
    return (
        select(
            *columns, closer,
            case((summed, func.coalesce(by_slip.c.cents, 0)), else_=deposit.c.slip_cents).label("cents"),
            case((summed, func.coalesce(by_slip.c["items"], 0)), else_=deposit.c.slip_items).label("items"),
        )
        .join_from(deposit, by_slip, by_slip.c.deposit_id == deposit.c.id, isouter=True)
        .join(user, user.c.id == deposit.c.closed_by, isouter=True)
    )  # fmt: skip


_PLAIN = ("id", "number", "method", "kind", "opened_on", "filled_at", "closed_on", "slip_cents", "slip_items",
          "counted_cents", "pieces", "bank_on", "bank_cents")  # fmt: skip


def get(conn: Connection, slip_id: int) -> SlipFacts:
    """Return a deposit; raises Refused where there is none."""
    row = conn.execute(_slips(deposit.c.id == slip_id).where(deposit.c.id == slip_id)).mappings().first()
    if row is None:
        raise Refused("This deposit is not there.")
    return SlipFacts(**row)


def slips(conn: Connection, *, limit: int) -> list[SlipFacts]:
    """Return the slips, those still open first, then the newest; what an import brought lies on none of them."""
    not_frozen = deposit.c.closed_on.is_(None) | deposit.c.slip_cents.is_(None)
    wanted = _slips(not_frozen).where(deposit.c.kind == "slip", deposit.c.import_id.is_(None))
    order = wanted.order_by(deposit.c.closed_on.is_not(None), deposit.c.id.desc()).limit(limit)
    return [SlipFacts(**row) for row in conn.execute(order).mappings()]


def items(conn: Connection, slip_id: int) -> list[SlipItem]:
    """Return what lies on a slip, in the order it was taken."""
    lines = journal_line
    wanted = (
        select(payment.c.id, payment.c.number, guarantor.c.last, guarantor.c.first, payment.c.received_on,
               payment.c.reference, func.sum(lines.c.cents).label("cents"))
        .join(lines, lines.c.payment_id == payment.c.id)
        .join(guarantor, guarantor.c.id == payment.c.guarantor_id)
        .where(lines.c.deposit_id == slip_id, lines.c.account == Account.CASH)
        .group_by(payment.c.id)
        .having(func.sum(lines.c.cents) != 0)
        .order_by(payment.c.id)
    )  # fmt: skip
    return [
        SlipItem(Id(row.id), row.number, f"{row.last}, {row.first}".rstrip(", "), row.received_on, row.reference,
                 Cents(row.cents))
        for row in conn.execute(wanted)
    ]  # fmt: skip


def add(
    conn: Connection,
    slip_id: Id,
    number: str,
    method: str,
    day: date,
    *,
    kind: str,
    by: Id,
    at: datetime,
    cents: Cents,
) -> None:
    """Write a bank event, which is closed as it is made: a returned payment, or a refund that was paid."""
    conn.execute(
        insert(deposit).values(
            id=slip_id, number=number, method=method, opened_on=day, kind=kind, closed_on=day, closed_by=by,
            closed_at=at, slip_cents=cents, slip_items=1, counted_cents=cents, pieces="", bank_on=day,
            bank_cents=cents,
        )
    )  # fmt: skip


def fill(conn: Connection, slip_id: int, at: datetime) -> None:
    conn.execute(update(deposit).where(deposit.c.id == slip_id).values(filled_at=at))


def close(conn: Connection, slip: SlipFacts, day: date, by: Id, at: datetime, counted: Cents, pieces: str) -> None:
    """Close a slip with what lies on it now; the database lets nobody change these again."""
    conn.execute(
        update(deposit)
        .where(deposit.c.id == slip.id)
        .values(closed_on=day, closed_by=by, closed_at=at, slip_cents=slip.cents, slip_items=slip.items,
                counted_cents=counted, pieces=pieces)
    )  # fmt: skip


def note_bank(conn: Connection, slip_id: int, day: date, cents: Cents) -> None:
    conn.execute(update(deposit).where(deposit.c.id == slip_id).values(bank_on=day, bank_cents=cents))


def move(conn: Connection, payment_ids: Sequence[int], slip_id: int) -> None:
    conn.execute(update(payment).where(payment.c.id.in_(payment_ids)).values(deposit_id=slip_id))


def cash_of(conn: Connection, payment_id: int, slip_id: int) -> Cents:
    """Return what of a payment lies on a slip."""
    lines = journal_line.c
    total = select(func.coalesce(func.sum(lines.cents), 0)).where(
        lines.payment_id == payment_id, lines.deposit_id == slip_id, lines.account == Account.CASH
    )
    return Cents(conn.execute(total).scalar_one())
