"""A person's own sizes and choices: column widths, theme, last page (SECURITY P12). Never about a patient."""

import json
import re
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from medbill_desktop.domain.users import Permission
from medbill_desktop.storage.dialect import upsert
from medbill_desktop.storage.tables import preference
from medbill_desktop.usecases.declare import Reading, Work, query, usecase

_KEY: Final = re.compile(r"[a-z][a-z0-9_.-]{0,79}")
_LONGEST: Final = 8192

Value = bool | int | str | tuple[int, ...] | tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class SetPreference:
    """Remember a choice of mine; the last one counts, so it needs no id."""

    key: str
    value: Value


@dataclass(frozen=True, slots=True)
class MyPreferences:
    """All my choices."""


@usecase("preference.set", needs=Permission.SELF)
def set_preference(work: Work, cmd: SetPreference) -> None:
    if not _KEY.fullmatch(cmd.key):
        raise ValueError(f"{cmd.key!r} is no name of a preference")
    text = json.dumps(cmd.value)
    if len(text) > _LONGEST:
        raise ValueError("a preference this long is something else")
    work.conn.execute(upsert(preference, {"user_id": work.user.id, "key": cmd.key, "value": text}, ["user_id", "key"]))


@query("preference.mine", needs=Permission.SELF)
def my_preferences(read: Reading, asked: MyPreferences) -> dict[str, Value]:
    """Return them by key; sequences come back as tuples."""
    rows = read.conn.execute(select(preference.c.key, preference.c.value).where(preference.c.user_id == read.user.id))
    return {row.key: _thawed(json.loads(row.value)) for row in rows}


def _thawed(value: Value | list[int] | list[str]) -> Value:
    return tuple(value) if isinstance(value, list) else value  # type: ignore[return-value]
