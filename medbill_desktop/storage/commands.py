"""Commands already done, and gapless numbers (DESIGN 5)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from medbill_desktop.domain.ids import Id
from medbill_desktop.storage.dialect import upsert
from medbill_desktop.storage.tables import command, counter, metadata


@dataclass(frozen=True, slots=True)
class Done:
    case_name: str
    digest: bytes
    result: str  # JSON of ids, numbers and counts


def find(conn: Connection, command_id: int) -> Done | None:
    row = conn.execute(
        select(command.c.case_name, command.c.digest, command.c.result).where(command.c.id == command_id)
    ).first()
    return None if row is None else Done(row.case_name, row.digest, row.result)


def add(conn: Connection, command_id: int, done: Done, user_id: int, at: datetime) -> None:
    conn.execute(
        insert(command).values(
            id=command_id, case_name=done.case_name, digest=done.digest, user_id=user_id, at=at, result=done.result
        )
    )


def last_id(conn: Connection) -> Id:
    """Return the highest id in the database: ids never go back, also after the clock was set back (DESIGN 5).

    Commands alone are not enough: the rows that a command makes have higher ids than the command itself.
    """
    tables = [table for table in metadata.tables.values() if "id" in table.c]
    return Id(max(conn.execute(select(func.max(table.c.id))).scalar() or 0 for table in tables))


def next_number(conn: Connection, workstation: int, kind: str, count: int = 1) -> int:
    """Take the next `count` numbers of a kind and return the first; a rolled-back transaction gives them back."""
    last = conn.execute(
        select(counter.c.last).where(counter.c.workstation == workstation, counter.c.kind == kind)
    ).scalar()
    if last is None:
        conn.execute(
            upsert(counter, {"workstation": workstation, "kind": kind, "last": count}, ["workstation", "kind"])
        )
        return 1
    conn.execute(
        update(counter).where(counter.c.workstation == workstation, counter.c.kind == kind).values(last=last + count)
    )
    return int(last) + 1
