"""Payers, providers, places and fees in and out (BILLING C2, R14)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, or_, select, update

from medbill_desktop.domain.catalogs import FeeRow
from medbill_desktop.domain.ids import Id
from medbill_desktop.storage.tables import fee, payer

STANDARD = "standard"


def fees_on(
    conn: Connection, codes: Sequence[str], day: date, schedule: str = STANDARD, modifiers: Sequence[str] = ("",)
) -> dict[str, FeeRow]:
    """Return the price of each code in force on a day; of several modifiers the first that has its own."""
    wanted = select(fee).where(_in_force(schedule, day), fee.c.code.in_(codes), fee.c.modifier.in_(modifiers))
    order = {each: modifiers.index(each) for each in modifiers}
    found: dict[str, FeeRow] = {}
    for row in conn.execute(wanted).mappings():
        best = found.get(row["code"])
        if best is None or order[row["modifier"]] < order[best.modifier]:
            found[row["code"]] = _fee(row)
    return found


def all_fees_on(conn: Connection, day: date, schedule: str = STANDARD) -> list[FeeRow]:
    """Return the whole price list of a day by code."""
    wanted = select(fee).where(_in_force(schedule, day)).order_by(fee.c.code, fee.c.modifier)
    return [_fee(row) for row in conn.execute(wanted).mappings()]


def all_fees(conn: Connection, schedule: str = STANDARD) -> list[FeeRow]:
    """Return every price there is, past and future ones as well."""
    return [_fee(row) for row in conn.execute(select(fee).where(fee.c.schedule == schedule)).mappings()]


def fees_of(conn: Connection, codes: Sequence[str], schedule: str = STANDARD) -> list[FeeRow]:
    """Return every price of these codes, past and future ones as well."""
    wanted = select(fee).where(fee.c.schedule == schedule, fee.c.code.in_(codes)).order_by(fee.c.first_day)
    return [_fee(row) for row in conn.execute(wanted).mappings()]


def add_fees(conn: Connection, rows: Sequence[FeeRow]) -> None:
    if rows:
        conn.execute(
            insert(fee), [{name: getattr(each, name) for name in FeeRow.__dataclass_fields__} for each in rows]
        )


def change_fees(conn: Connection, rows: Sequence[FeeRow]) -> None:
    names = [name for name in FeeRow.__dataclass_fields__ if name != "id"]
    wanted = update(fee).where(fee.c.id == bindparam("of")).values({name: bindparam(name) for name in names})
    if rows:
        conn.execute(wanted, [{"of": each.id} | {name: getattr(each, name) for name in names} for each in rows])


def entries(conn: Connection, table: Table, *, everyone: bool, order: str) -> list[Mapping[Any, Any]]:
    """Return the rows of payer, provider or place; only those in use unless `everyone`."""
    wanted = select(table).order_by(table.c[order], table.c.id)
    return list(conn.execute(wanted if everyone else wanted.where(table.c.active)).mappings())


def entry(conn: Connection, table: Table, entry_id: int) -> Mapping[Any, Any] | None:
    return conn.execute(select(table).where(table.c.id == entry_id)).mappings().first()


def add_entries(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        conn.execute(insert(table), list(rows))


def change_entry(conn: Connection, table: Table, entry_id: int, columns: Mapping[str, Any]) -> bool:
    return conn.execute(update(table).where(table.c.id == entry_id).values(dict(columns))).rowcount == 1


def ids_by_source(conn: Connection, table: Table) -> dict[str, Id]:
    """Return the rows that came from a file, by the name they have there."""
    wanted = select(table.c.source_ref, table.c.id).where(table.c.source_ref.is_not(None))
    return {row[0]: Id(row[1]) for row in conn.execute(wanted)}


def payer_names(conn: Connection) -> list[tuple[Id, str, str]]:
    """Return (id, name, payer id) of every payer."""
    return [(Id(row[0]), row[1], row[2]) for row in conn.execute(select(payer.c.id, payer.c.name, payer.c.payer_code))]


def known_ids(conn: Connection, table: Table, ids: Sequence[Id]) -> set[Id]:
    """Return those of `ids` that exist."""
    return {Id(each) for each in conn.execute(select(table.c.id).where(table.c.id.in_(ids))).scalars()}


def _in_force(schedule: str, day: date) -> Any:
    c = fee.c
    return (c.schedule == schedule) & (c.first_day <= day) & or_(c.last_day.is_(None), c.last_day >= day)


def _fee(row: Mapping[Any, Any]) -> FeeRow:
    values = {name: row[name] for name in FeeRow.__dataclass_fields__}
    return FeeRow(**values)
