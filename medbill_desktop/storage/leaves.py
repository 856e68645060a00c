"""Who is away, and from when to when (SECURITY A16)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, insert, select, update

from medbill_desktop.domain.absence import Absence, until_return
from medbill_desktop.domain.ids import Id
from medbill_desktop.storage.tables import leave


@dataclass(frozen=True, slots=True)
class LeaveRecord:
    id: Id
    absence: Absence
    entered_by: Id


def add(conn: Connection, leave_id: Id, wanted: Absence, by: Id, at: datetime) -> None:
    conn.execute(
        insert(leave).values(
            id=leave_id, user_id=wanted.user_id, first_day=wanted.first_day, last_day=wanted.last_day,
            entered_by=by, entered_at=at,
        )
    )  # fmt: skip


def end(conn: Connection, leave_id: int, back_on: date, by: Id, at: datetime) -> None:
    """End a leave early: from `back_on` the person is there again."""
    open_ = (leave.c.id == leave_id) & leave.c.back_on.is_(None)
    conn.execute(update(leave).where(open_).values(back_on=back_on, ended_by=by, ended_at=at))


def all_leaves(conn: Connection) -> Sequence[LeaveRecord]:
    """Return every leave that holds at least one day, by person and day; also those that are over."""
    rows = conn.execute(select(leave).order_by(leave.c.user_id, leave.c.first_day))
    found = []
    for row in rows:
        last = until_return(row.first_day, row.last_day, row.back_on)
        if last >= row.first_day:
            found.append(LeaveRecord(Id(row.id), Absence(Id(row.user_id), row.first_day, last), Id(row.entered_by)))
    return found


def absences(conn: Connection) -> tuple[Absence, ...]:
    """Return the days that everybody was, is or will be away: what "on leave" is detected by (SECURITY A16)."""
    return tuple(each.absence for each in all_leaves(conn))


def is_away(conn: Connection, user_id: int, day: date) -> bool:
    """Tell whether a person is on leave on this day of the practice."""
    c = leave.c
    rows = conn.execute(select(c.first_day, c.last_day, c.back_on).where(c.user_id == user_id, c.first_day <= day))
    return any(day <= until_return(*row) for row in rows)
