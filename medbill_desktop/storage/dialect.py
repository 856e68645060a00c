"""The few statements that only SQLite speaks; another database would need its own copy of this file (DESIGN 5)."""

from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.sql.dml import Insert


def upsert(table: Table, values: dict[str, Any], keys: list[str]) -> Insert:
    """Insert a row, or update the one that has the same `keys`."""
    made = insert(table).values(values)
    return made.on_conflict_do_update(
        index_elements=keys, set_={name: made.excluded[name] for name in values if name not in keys}
    )
