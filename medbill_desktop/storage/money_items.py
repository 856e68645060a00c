"""What about money waits for a person: a difference, credit below zero, a refund to review (BILLING S10, J47)."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, select, update

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Refused
from medbill_desktop.storage.tables import deposit, guarantor, money_item, user


@dataclass(frozen=True, slots=True)
class MoneyItem:
    id: Id
    kind: str
    guarantor_id: Id | None
    guarantor_name: str = field(repr=False)
    deposit_number: str
    cents: Cents
    words: str = field(repr=False)
    opened_on: date
    opened_by: str
    closed_on: date | None
    answer: str = field(repr=False)


def add(conn: Connection, item_id: Id, kind: str, on: date, by: Id, **more: Any) -> None:
    """Open an item; `more` are columns: guarantor_id, deposit_id, payment_id, refund_id, cents, words."""
    values = {"id": item_id, "kind": kind, "opened_on": on, "opened_by": by, "cents": 0, "words": "", "answer": ""}
    conn.execute(insert(money_item).values(values | more))


def listed(conn: Connection, *, closed: bool, limit: int = 500) -> list[MoneyItem]:
    """Return the items that are open, the oldest first, or those that were closed, the newest first."""
    c = money_item.c
    wanted = (
        select(c.id, c.kind, c.guarantor_id, guarantor.c.last, guarantor.c.first, deposit.c.number, c.cents, c.words,
               c.opened_on, user.c.name, c.closed_on, c.answer)
        .join(user, user.c.id == c.opened_by)
        .join(guarantor, guarantor.c.id == c.guarantor_id, isouter=True)
        .join(deposit, deposit.c.id == c.deposit_id, isouter=True)
        .where(c.closed_on.is_not(None) if closed else c.closed_on.is_(None))
        .order_by(c.id.desc() if closed else c.id)
        .limit(limit)
    )  # fmt: skip
    return [
        MoneyItem(Id(row.id), row.kind, row.guarantor_id, f"{row.last or ''}, {row.first or ''}".strip(", "),
                  row.number or "", Cents(row.cents), row.words, row.opened_on, row.name, row.closed_on, row.answer)
        for row in conn.execute(wanted)
    ]  # fmt: skip


def opener(conn: Connection, item_id: int) -> tuple[str, Id] | None:
    """Return the kind of an item, and who opened it; None where it is not there."""
    c = money_item.c
    row = conn.execute(select(c.kind, c.opened_by).where(c.id == item_id)).first()
    return None if row is None else (row.kind, Id(row.opened_by))


def close(conn: Connection, item_id: int, on: date, by: Id, answer: str) -> None:
    """Close an item; raises Refused where it is not open."""
    open_one = (money_item.c.id == item_id, money_item.c.closed_on.is_(None))
    done = conn.execute(update(money_item).where(*open_one).values(closed_on=on, closed_by=by, answer=answer))
    if not done.rowcount:
        raise Refused("This item is closed already.")


def close_of_slip(conn: Connection, deposit_id: int, kind: str, on: date, by: Id) -> None:
    """Close what is open of a kind for a slip, because the bank's line was noted anew."""
    c = money_item.c
    open_ones = (c.deposit_id == deposit_id, c.kind == kind, c.closed_on.is_(None))
    done = update(money_item).where(*open_ones)
    conn.execute(done.values(closed_on=on, closed_by=by, answer="The line of the bank was noted anew."))
