"""Is the database whole? (SECURITY D9). A finding names its table; nothing is repaired, a restore is offered."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from medbill_desktop.domain.problems import Damaged
from medbill_desktop.storage.engine import bare_connection, translated

MOST_FINDINGS: Final = 100
_PAGE: Final = re.compile(r"page (\d+)")


class Judged(StrEnum):
    """By which check a fault was found."""

    PAGE = "a page was changed or is unreadable"
    STRUCTURE = "the structure is broken"
    REFERENCE = "a row refers to one that is not there"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: the page where one is known, the table where one can be named."""

    kind: Judged
    page: int | None = None
    table: str | None = None

    def sentence(self) -> str:
        where = f" in table {self.table}" if self.table else ""
        page = f" (page {self.page})" if self.page else ""
        return f"Damage was found{where}: {self.kind}{page}. Restore the last verified backup."


def quick_check(path: Path, key_hex: Callable[[], str]) -> tuple[Finding, ...]:
    """What is looked at in idle time after every sign-in: page 1 and the structure."""
    try:
        with bare_connection(path, key_hex) as raw:
            return tuple(_structure(raw, "quick_check"))
    except Damaged:
        return (Finding(Judged.PAGE, 1),)


def full_check(path: Path, key_hex: Callable[[], str]) -> tuple[Finding, ...]:
    """Every page against its HMAC, the structure, every reference; half a second for 200 MB, daily and before backup.

    Runs on connections of its own, beside a living practice.
    """
    try:
        with bare_connection(path, key_hex) as raw:
            bad = raw.execute("PRAGMA cipher_integrity_check").fetchmany(MOST_FINDINGS)
            if not bad:
                return (*_structure(raw, "integrity_check"), *_references(raw))
            tables = _names(raw, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    except Damaged:
        return (Finding(Judged.PAGE, 1),)
    broken = [each for each in tables if not _readable(path, key_hex, each)]
    owner = broken[0] if len(broken) == 1 else None
    pages = tuple(Finding(Judged.PAGE, _page(str(row[0])), owner) for row in bad)
    return pages if owner else (*pages, *(Finding(Judged.STRUCTURE, None, each) for each in broken))


def _structure(raw: Any, pragma: str) -> list[Finding]:
    try:
        rows = raw.execute(f"PRAGMA {pragma}({MOST_FINDINGS})").fetchall()
    except Exception as error:
        if isinstance(translated(error), Damaged):
            return [Finding(Judged.STRUCTURE)]
        raise
    return [Finding(Judged.STRUCTURE, _page(str(row[0]))) for row in rows if row[0] != "ok"]


def _references(raw: Any) -> list[Finding]:
    rows = raw.execute("PRAGMA foreign_key_check").fetchmany(MOST_FINDINGS)
    return [Finding(Judged.REFERENCE, None, str(row[0])) for row in rows]


def _page(text: str) -> int | None:
    found = _PAGE.search(text)
    return int(found[1]) if found else None


def _readable(path: Path, key_hex: Callable[[], str], table: str) -> bool:
    """Tell whether a table can be read whole, rows and indexes.

    Each on a connection of its own: SQLCipher refuses every page after the first bad one it met.
    """
    with bare_connection(path, key_hex) as raw:
        columns = _names(raw, f"SELECT name FROM pragma_table_info('{table}')")  # noqa: S608
        every = ", ".join(f'sum(length(quote("{name}")))' for name in columns)
        ways = [f'SELECT {every or "count(*)"} FROM "{table}" NOT INDEXED']  # noqa: S608
        ways += [
            f'SELECT count(*) FROM "{table}" INDEXED BY "{index}"'  # noqa: S608
            for index in _names(raw, f"SELECT name FROM pragma_index_list('{table}') WHERE NOT partial")  # noqa: S608
        ]
        return all(_reads(raw, way) for way in ways)


def _reads(raw: Any, statement: str) -> bool:
    try:
        raw.execute(statement).fetchall()
    except Exception as error:
        if isinstance(translated(error), Damaged):
            return False
        raise
    return True


def _names(raw: Any, statement: str) -> list[str]:
    try:
        return [str(row[0]) for row in raw.execute(statement)]
    except Exception as error:
        if isinstance(translated(error), Damaged):
            return []
        raise
