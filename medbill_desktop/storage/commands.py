"""Commands already done, and gapless numbers (DESIGN 5)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from medbill_desktop.domain.ids import WORKSTATION_BITS, Id
from medbill_desktop.storage.dialect import upsert
from medbill_desktop.storage.tables import command, counter


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


def last_id(conn: Connection, workstation: int) -> Id:
    """Return the highest command id this workstation has used, or 0: ids never go back (DESIGN 5)."""
    own = (command.c.id.op(">>")(12)).op("&")((1 << WORKSTATION_BITS) - 1) == workstation
    return Id(conn.execute(select(func.coalesce(func.max(command.c.id), 0)).where(own)).scalar_one())


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
