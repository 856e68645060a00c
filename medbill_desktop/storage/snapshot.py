"""A whole copy of the database as it stood at one moment, and the questions that tell whether it is sound (B2, B3).

The copy is SQLCipher under the same key from its first byte, in `backups/.staging` of the practice folder.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Final

from sqlalchemy import Connection, column, func, select, table

from medbill_desktop.domain.journal import Account
from medbill_desktop.storage.engine import copy_pages
from medbill_desktop.storage.tables import journal_line, posting

_BLOCK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Totals:
    """The control totals of a database: equal in the copy and in what was copied (SECURITY B1)."""

    receivable_cents: int
    journal_cents: int  # all accounts together: zero
    last_posting_id: int
    rows: tuple[tuple[str, int], ...]  # (table, rows) in the order of names

    @property
    def all_rows(self) -> int:
        return sum(count for _, count in self.rows)


def staging(folder: Path) -> Path:
    """Return where a practice folder keeps unfinished copies."""
    return folder / "backups" / ".staging"


def sweep(folder: Path) -> None:
    """Remove unfinished copies; called at start and before a backup, while `vault.lock` is held (SECURITY B2)."""
    shutil.rmtree(staging(folder), ignore_errors=True)


@contextmanager
def private_folder(parent: Path) -> Iterator[Path]:
    """A new 0700 folder under `parent`, gone at the end whatever happens."""
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = parent / token_hex(8)
    made.mkdir(mode=0o700)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def take(conn: Connection, path: Path, key_hex: Callable[[], str], copied: Callable[[int, int], None]) -> Totals:
    """Copy the database as `conn` sees it into `path` and return the totals of the same transaction."""
    read = totals(conn)
    copy_pages(conn, path, key_hex, copied)
    return read


def totals(conn: Connection) -> Totals:
    """Count every table and sum the journal; works for older schemas, since it asks the database for its tables."""
    master = table("sqlite_master", column("type"), column("name"))
    names = conn.execute(
        select(master.c.name)
        .where(master.c.type == "table", master.c.name.not_like("sqlite\\_%", escape="\\"))
        .order_by(master.c.name)
    ).scalars()
    rows = tuple((name, _count(conn, name)) for name in names.all())
    lines = journal_line
    owed = select(func.coalesce(func.sum(lines.c.cents), 0))
    return Totals(
        conn.execute(owed.where(lines.c.account == Account.RECEIVABLE)).scalar_one(),
        conn.execute(owed).scalar_one(),
        conn.execute(select(func.coalesce(func.max(posting.c.id), 0))).scalar_one(),
        rows,
    )


def _count(conn: Connection, name: str) -> int:
    return int(conn.execute(select(func.count()).select_from(table(name))).scalar_one())


def faults(conn: Connection) -> list[str]:
    """Return what is wrong with pages, structure and references; empty where all is sound (SECURITY B13, D9)."""
    found = page_faults(conn)
    if not found:
        found = [str(row[0]) for row in conn.exec_driver_sql("PRAGMA quick_check") if row[0] != "ok"]
    return found or reference_faults(conn)


def page_faults(conn: Connection) -> list[str]:
    """Return the pages that are not what was written under the key (SECURITY B3)."""
    return [str(row[0]) for row in conn.exec_driver_sql("PRAGMA cipher_integrity_check")]


def reference_faults(conn: Connection) -> list[str]:
    return [f"a row of {row[0]} points nowhere" for row in conn.exec_driver_sql("PRAGMA foreign_key_check")]


def schema_of(conn: Connection) -> int:
    return int(conn.exec_driver_sql("PRAGMA user_version").scalar_one())


def hash_file(path: Path) -> tuple[int, str]:
    """Return size and SHA-256 of a file."""
    made, size = sha256(), 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            made.update(block)
            size += len(block)
    return size, made.hexdigest()
