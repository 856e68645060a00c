"""The tasks that joining and leaving leave open, until somebody did them (SECURITY K14, H5)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from medbill_desktop.domain.ids import Id
from medbill_desktop.storage.tables import staff_task, user


@dataclass(frozen=True, slots=True)
class TaskRecord:
    id: Id
    user_id: Id
    name: str
    list: str
    kind: str
    opened_at: datetime
    done_on: date | None
    done_at: datetime | None
    done_by: str  # a name; empty while it is open


def add(conn: Connection, user_id: Id, which: str, kinds: Iterable[tuple[Id, str]], by: Id, at: datetime) -> None:
    """Open tasks; `kinds` are pairs of a new id and what is to be done."""
    rows = [
        {"id": each, "user_id": user_id, "list": which, "kind": kind, "opened_at": at, "opened_by": by}
        for each, kind in kinds
    ]
    if rows:
        conn.execute(insert(staff_task), rows)


def finish(conn: Connection, task_id: int, on: date, by: Id, at: datetime) -> bool:
    """Close a task; False where it was closed before."""
    still = (staff_task.c.id == task_id) & staff_task.c.done_at.is_(None)
    return conn.execute(update(staff_task).where(still).values(done_on=on, done_by=by, done_at=at)).rowcount == 1


def tasks(conn: Connection, *, user_id: int | None = None, only_open: bool = False) -> Sequence[TaskRecord]:
    """Return the tasks of one person or of all, the oldest first."""
    c = staff_task.c
    doer = user.alias("doer")
    asked = (
        select(staff_task, user.c.name, doer.c.name.label("doer_name"))
        .join(user, user.c.id == c.user_id)
        .outerjoin(doer, doer.c.id == c.done_by)
        .where(_is_open() | c.done_at.is_not(None))
        .order_by(c.opened_at, c.id)
    )
    if user_id is not None:
        asked = asked.where(c.user_id == user_id)
    if only_open:
        asked = asked.where(_is_open())
    return [
        TaskRecord(
            Id(row.id), Id(row.user_id), row.name, row.list, row.kind, row.opened_at, row.done_on, row.done_at,
            row.doer_name or "",
        )
        for row in conn.execute(asked)
    ]  # fmt: skip


def open_counts(conn: Connection) -> dict[int, int]:
    """Return how many tasks are open, by person."""
    c = staff_task.c
    counts = select(c.user_id, func.count()).join(user, user.c.id == c.user_id).where(_is_open()).group_by(c.user_id)
    return {row[0]: row[1] for row in conn.execute(counts)}


def _is_open() -> ColumnElement[bool]:
    """What is still to be done; who left is not trained any more."""
    return staff_task.c.done_at.is_(None) & ((staff_task.c.list == "leaving") | user.c.active)
