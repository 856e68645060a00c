"""Credit below zero: the bank took back what was refunded already, and the guarantor owes it (BILLING J47)."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import Connection, func, select, update

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Account
from medbill_desktop.domain.money import Cents
from medbill_desktop.storage import merged, money_items
from medbill_desktop.storage.tables import journal_line, money_item, payment

KIND: Final = "credit_below_zero"
SETTLED: Final = "Made good by a later payment, or by a refund that was taken back."


@dataclass(frozen=True, slots=True)
class BelowZero:
    """What one payment lacks under one earmark, as a positive amount."""

    payment_id: Id
    number: str
    guarantor_id: Id
    visit_id: Id | None
    received_on: date
    cents: Cents


def of_guarantor(conn: Connection, guarantor_id: int) -> list[BelowZero]:
    """Return what a guarantor owes for payments that came back after they were refunded, the oldest first."""
    lines, lacks = journal_line.c, func.sum(journal_line.c.cents)
    wanted = (
        select(lines.payment_id, payment.c.number, lines.guarantor_id, lines.visit_id, payment.c.received_on,
               lacks.label("cents"))
        .join(payment, payment.c.id == lines.payment_id)
        .where(
            lines.guarantor_id.in_(merged.guarantors(conn, guarantor_id)), lines.account == Account.PATIENT_CREDIT
        )
        .group_by(lines.payment_id, lines.guarantor_id, lines.visit_id)
        .having(lacks > 0)
        .order_by(payment.c.received_on, payment.c.id)
    )  # fmt: skip
    return [
        BelowZero(Id(row.payment_id), row.number, Id(row.guarantor_id), row.visit_id, row.received_on, Cents(row.cents))
        for row in conn.execute(wanted)
    ]


def note(conn: Connection, item_id: Id, payment_id: Id, guarantor_id: Id, below: Cents, today: date, by: Id) -> None:
    """Let the open item of a payment say what is owed now; at zero it is closed, else it is opened."""
    c = money_item.c
    is_open = (c.payment_id == payment_id, c.kind == KIND, c.closed_on.is_(None))
    if below <= 0:
        done = update(money_item).where(*is_open)
        conn.execute(done.values(closed_on=today, closed_by=by, answer=SETTLED))
    elif not conn.execute(update(money_item).where(*is_open).values(cents=below)).rowcount:
        money_items.add(conn, item_id, KIND, today, by, guarantor_id=guarantor_id, payment_id=payment_id, cents=below)
