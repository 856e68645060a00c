"""Who settles the estate of a guarantor who died, by day (BILLING R13, S5)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from medbill_desktop.domain.estates import Estate, estate_name
from medbill_desktop.domain.ids import Id
from medbill_desktop.storage import merged
from medbill_desktop.storage.tables import estate, guarantor


@dataclass(frozen=True, slots=True)
class EstateRow:
    """An estate as it was noted; it holds from its first day until the day it ended."""

    id: Id
    estate: Estate = field(repr=False)
    ended_on: date | None


def add(conn: Connection, estate_id: Id, guarantor_id: int, details: Estate, by: Id, at: datetime) -> None:
    row = {"id": estate_id, "guarantor_id": guarantor_id, "noted_by": by, "noted_at": at}
    conn.execute(insert(estate).values(row | asdict(details)))


def end(conn: Connection, estate_id: int, on: date, by: Id) -> bool:
    """End one from a day on; False where there is none that stands."""
    live = (estate.c.id == estate_id, estate.c.ended_on.is_(None))
    return conn.execute(update(estate).where(*live).values(ended_on=on, ended_by=by)).rowcount == 1


def of_guarantor(conn: Connection, guarantor_id: int) -> list[EstateRow]:
    """Return every estate that was noted for any record of a guarantor, the newest first."""
    mine = estate.c.guarantor_id.in_(merged.guarantors(conn, guarantor_id))
    wanted = select(estate).where(mine).order_by(estate.c.first_day.desc(), estate.c.id.desc())
    return [EstateRow(Id(row.id), _made(row), row.ended_on) for row in conn.execute(wanted)]


def in_force(conn: Connection, today: date, joined: Mapping[int, Id]) -> dict[int, Estate]:
    """Return whom to write to today instead of a guarantor, by the guarantor who gets the statements."""
    e = estate.c
    live = (e.first_day <= today, or_(e.ended_on.is_(None), e.ended_on > today))
    rows = conn.execute(select(estate).where(*live).order_by(e.first_day, e.id))
    return {joined.get(row.guarantor_id, row.guarantor_id): _made(row) for row in rows}


def on_paper(conn: Connection, guarantor_id: int, today: date) -> tuple[str, Estate] | None:
    """Return the name for papers and whom to write to, where the guarantor died and somebody settles it."""
    root = merged.payer_of_bills(conn, guarantor_id)
    g = guarantor.c
    same = merged.guarantors(conn, root)
    died = conn.execute(select(g.id).where(g.id.in_(same), g.deceased_on.is_not(None))).first()
    if died is None:
        return None
    found = in_force(conn, today, {int(each): root for each in same}).get(root)
    if found is None:
        return None
    name = conn.execute(select(g.mailing_name).where(g.id == root)).scalar_one()
    return estate_name(name), found


def _made(row: Any) -> Estate:
    return Estate(**{each.name: getattr(row, each.name) for each in fields(Estate)})
