"""Which enrolment codes are out, and for which computer (SECURITY K15)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from medbill_desktop.domain.ids import Id
from medbill_desktop.storage.tables import audit, enrolment


@dataclass(frozen=True, slots=True)
class Offered:
    """A code that was shown; `entry_id` names its entry in the key file. The code itself is kept nowhere."""

    id: Id
    entry_id: str
    name: str
    offered_by: Id
    offered_at: datetime
    expires_at: datetime


_OPEN = enrolment.c.used_at.is_(None) & enrolment.c.ended_at.is_(None)


def add(conn: Connection, offered: Iterable[Offered]) -> None:
    for each in offered:
        conn.execute(
            insert(enrolment).values(
                id=each.id, entry_id=each.entry_id, name=each.name, offered_by=each.offered_by,
                offered_at=each.offered_at, expires_at=each.expires_at,
            )
        )  # fmt: skip


def waiting(conn: Connection, now: datetime) -> tuple[Offered, ...]:
    """Return the codes that are good still, the newest first."""
    c = enrolment.c
    rows = conn.execute(select(enrolment).where(_OPEN, c.expires_at > now).order_by(c.id.desc()))
    return tuple(_offered(row) for row in rows)


def find(conn: Connection, entry_id: str) -> Offered | None:
    """Return the code of an entry where it was neither used nor ended."""
    row = conn.execute(select(enrolment).where(_OPEN, enrolment.c.entry_id == entry_id)).first()
    return None if row is None else _offered(row)


def use(conn: Connection, entry_id: str, workstation: int, now: datetime) -> None:
    mine = _OPEN & (enrolment.c.entry_id == entry_id)
    conn.execute(update(enrolment).where(mine).values(used_at=now, workstation=workstation))


def end(conn: Connection, offered_id: int, now: datetime) -> bool:
    """End a code that was not used; tell whether there was one."""
    mine = _OPEN & (enrolment.c.id == offered_id)
    return conn.execute(update(enrolment).where(mine).values(ended_at=now)).rowcount == 1


def end_of_maker(conn: Connection, user_id: int, now: datetime) -> int:
    """End the codes that somebody had shown and nobody used, and say how many: they may have kept them."""
    mine = _OPEN & (enrolment.c.offered_by == user_id)
    return conn.execute(update(enrolment).where(mine).values(ended_at=now)).rowcount


def end_all_but(conn: Connection, entry_ids: Collection[str], now: datetime) -> int:
    """End the codes whose entry is not in the key file, and say how many: what was cut off, or new keys."""
    gone = _OPEN & enrolment.c.entry_id.not_in(list(entry_ids))
    return conn.execute(update(enrolment).where(gone).values(ended_at=now)).rowcount


def newest_moment(conn: Connection) -> datetime | None:
    """Return when the last row of the log was written: a clock that says less was set back."""
    return conn.execute(select(audit.c.at).order_by(audit.c.seq.desc()).limit(1)).scalar()


def _offered(each: Row[Any]) -> Offered:
    return Offered(each.id, each.entry_id, each.name, each.offered_by, each.offered_at, each.expires_at)
