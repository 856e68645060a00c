"""Settings of the practice, each from a day on; what was in force on an earlier day stays readable (DESIGN 5)."""

import json
from datetime import date
from typing import Any

from sqlalchemy import Connection, select

from medbill_desktop.storage.dialect import upsert
from medbill_desktop.storage.tables import setting


def value(conn: Connection, key: str, on: date, default: Any = None) -> Any:
    """Return what was in force on that day, or the default."""
    c = setting.c
    in_force = select(c.value).where(c.key == key, c.effective_from <= on).order_by(c.effective_from.desc()).limit(1)
    found = conn.execute(in_force).scalar()
    return default if found is None else json.loads(found)


def put(conn: Connection, key: str, wanted: Any, effective_from: date) -> None:
    """Set a value from a day on; an entry of the same day is replaced."""
    text = json.dumps(wanted, sort_keys=True, separators=(",", ":"))
    row = {"key": key, "effective_from": effective_from, "value": text}
    conn.execute(upsert(setting, row, ["key", "effective_from"]))


def history(conn: Connection, key: str) -> list[tuple[date, Any]]:
    """Return every (first day, value) of a setting, oldest first."""
    c = setting.c
    rows = conn.execute(select(c.effective_from, c.value).where(c.key == key).order_by(c.effective_from))
    return [(row.effective_from, json.loads(row.value)) for row in rows]
