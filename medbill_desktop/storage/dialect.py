"""The few statements that only SQLite speaks; another database would need its own copy of this file (DESIGN 5)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Table, UnaryExpression
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.sql.dml import Insert, ReturningInsert
from sqlalchemy.sql.operators import custom_op


def insert_many(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns; foreign keys are judged at the commit.

    Judged at each row they make SQLite keep a journal of every statement, in memory that cipher_memory_security locks
    and wipes: ten thousand patients would take six times as long. CHECKs say OR and not IN for the same reason.
    """
    if rows:
        raw: Any = conn.connection.dbapi_connection
        raw.execute("PRAGMA defer_foreign_keys=ON")
        conn.execute(insert(table), [dict(row) for row in rows])


def unindexed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return `+column`: SQLite then neither searches by it nor takes it for a constant when it looks for an order."""
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def upsert(table: Table, values: dict[str, Any], keys: list[str]) -> Insert:
    """Insert a row, or update the one that has the same `keys`."""
    made = insert(table).values(values)
    return made.on_conflict_do_update(
        index_elements=keys, set_={name: made.excluded[name] for name in values if name not in keys}
    )


def counted_up(table: Table, keys: list[str], column: Column[int]) -> ReturningInsert[Any]:
    """Add what is given for `column` to what stands in the row with the same `keys`, or begin it; return the sum."""
    made = insert(table)
    more = column + made.excluded[column.name]
    return made.on_conflict_do_update(index_elements=keys, set_={column.name: more}).returning(column)
