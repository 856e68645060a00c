"""Commands already done, and gapless numbers (DESIGN 5)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, func, insert, select

from medbill_desktop.domain.ids import Id
from medbill_desktop.storage.dialect import counted_up
from medbill_desktop.storage.tables import command, counter, metadata

# Said once, as every command runs them.
_FIND: Final = select(command.c.case_name, command.c.digest, command.c.result).where(
    command.c.id == bindparam("sought")
)
_ADD: Final = insert(command)
_TAKE: Final = counted_up(counter, ["workstation", "kind"], counter.c.last)


@dataclass(frozen=True, slots=True)
class Done:
    case_name: str
    digest: bytes
    result: str  # JSON of ids, numbers and counts


def find(conn: Connection, command_id: int) -> Done | None:
    row = conn.execute(_FIND, {"sought": command_id}).first()
    return None if row is None else Done(row.case_name, row.digest, row.result)


def add(conn: Connection, command_id: int, done: Done, user_id: int, at: datetime) -> None:
    row = {"id": command_id, "case_name": done.case_name, "digest": done.digest, "result": done.result}
    conn.execute(_ADD, {**row, "user_id": user_id, "at": at})


def last_id(conn: Connection) -> Id:
    """Return the highest id in the database: ids never go back, also after the clock was set back (DESIGN 5).

    Commands alone are not enough: the rows that a command makes have higher ids than the command itself.
    """
    tables = [table for table in metadata.tables.values() if "id" in table.c]
    return Id(max(conn.execute(select(func.max(table.c.id))).scalar() or 0 for table in tables))


def next_number(conn: Connection, workstation: int, kind: str, count: int = 1) -> int:
    """Take the next `count` numbers of a kind and return the first; a rolled-back transaction gives them back."""
    last = conn.execute(_TAKE, {"workstation": workstation, "kind": kind, "last": count}).scalar_one()
    return int(last) - count + 1
