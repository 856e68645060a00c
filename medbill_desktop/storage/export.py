"""The whole database again under another key, in a new file (SECURITY D11).

`sqlcipher_export` loses version, application id and the write-ahead log's mode; they are set again here.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from medbill_desktop.domain.problems import Damaged
from medbill_desktop.storage.engine import APPLICATION_ID, bare_connection, translated

_OPERATIONS: Final = 16  # of SQLite's machine, four to a row: between two looks lie four rows, and a scan is one row
_LOOK_SECONDS: Final = 0.05  # between two looks at Cancel
_SCHEMA: Final = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name"


def export(
    old: Path, old_key: Callable[[], str], new: Path, new_key: Callable[[], str], written: Callable[[int], None]
) -> None:
    """Write all of `old` into the new file `new`; nobody may write to `old` meanwhile. `written(bytes)` may raise."""
    new.touch(mode=0o600, exist_ok=False)
    with bare_connection(old, old_key) as raw:
        version = int(raw.execute("PRAGMA user_version").fetchone()[0])
        raw.execute("ATTACH DATABASE ? AS exported KEY ?", (f"{new.as_uri()}?mode=rw", f"x'{new_key()}'"))
        # The file is nobody's yet: a crash deletes it, and it is flushed before anything leads to it.
        raw.execute("PRAGMA exported.journal_mode=OFF")
        raw.execute("PRAGMA exported.synchronous=OFF")
        _watched(raw, lambda: written(new.stat().st_size))
        raw.execute(f"PRAGMA exported.user_version={version}")
        raw.execute(f"PRAGMA exported.application_id={APPLICATION_ID}")
        raw.execute("DETACH DATABASE exported")
    with bare_connection(new, new_key) as raw:
        if raw.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            raise Damaged("The new database could not be made ready. Nothing was changed; try again.")


def same_schema(old: Connection, new: Connection) -> bool:
    """Tell whether tables, indexes, triggers, version and application id are the same in both."""
    asked = (_SCHEMA, "PRAGMA user_version", "PRAGMA application_id")
    return all(old.exec_driver_sql(each).all() == new.exec_driver_sql(each).all() for each in asked)


def flush(path: Path) -> None:
    """Have the disk hold what was written, and the folder know the file."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
    if os.name == "posix":
        handle = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _watched(raw: Any, look: Callable[[], None]) -> None:
    """Run the export as one statement that a look may stop; what the look raised is what the caller gets."""
    stopped: list[BaseException] = []
    due = 0.0

    def tick() -> int:
        nonlocal due
        if (now := time.monotonic()) < due:
            return 0
        due = now + _LOOK_SECONDS
        try:
            look()
        except BaseException as error:
            stopped.append(error)
            return 1
        return 0

    raw.set_progress_handler(tick, _OPERATIONS)
    try:
        raw.execute("SELECT sqlcipher_export('exported')").fetchone()
    except Exception as error:
        raise (stopped[0] if stopped else translated(error) or error) from None
    finally:
        with suppress(Exception):
            raw.set_progress_handler(None, 0)
