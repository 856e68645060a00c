"""Open the encrypted database: the only file that imports sqlcipher3 (SECURITY D1-D5, D15, A10).

DANGER: `connect()` without a key, or with a driver that ignores `PRAGMA key`, makes a plaintext file without a word.
Keys never pass through SQLAlchemy: its errors would carry the SQL text.
"""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, Final

import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError, ResourceClosedError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from medbill_desktop.domain.problems import Busy, Damaged, DiskFull, ReadOnly, Refused

APPLICATION_ID: Final = 0x4D42444B  # "MBDK"
BUSY_SECONDS: Final = 5.0
READERS: Final = 3
FULL_WORDS: Final = "The disk is full. Nothing was changed; make room, then try again."
_PROBE_BYTES: Final = 1 << 16
_COPY_PAGES: Final = 2048  # 8 MB between two looks at Cancel

_PRAGMAS: Final = (
    "cipher_memory_security=ON",
    "foreign_keys=ON",
    "journal_mode=WAL",
    "synchronous=FULL",
    "temp_store=MEMORY",  # a file leaked patient text from a sorter (SECURITY D3)
    "secure_delete=ON",
    "trusted_schema=OFF",
    "cell_size_check=ON",
    "recursive_triggers=ON",  # else INSERT OR REPLACE deletes behind the append-only triggers
)
# Every change of the schema: a renamed table, or a passing trigger or table in its place, would swallow audit rows.
_SCHEMA: Final = frozenset({*range(1, 9), *range(10, 18), 24, 25, 26, 29, 30})
_PRAGMA: Final = 19
_INSERT: Final = 18
_ARCHIVE: Final = "audit_archive"
_SETTINGS: Final = frozenset(
    {"key", "rekey", "temp_store", "writable_schema", "query_only", "journal_mode", "synchronous", "foreign_keys",
     "secure_delete", "trusted_schema", "recursive_triggers", "hexkey", "hexrekey",
     "ignore_check_constraints", "user_version", "application_id"}
)  # fmt: skip


class NotSqlcipher(Exception):
    """The driver is not SQLCipher 4: it would write plaintext."""


@dataclass(frozen=True, slots=True)
class Vault:
    """An open practice database: one writer, three readers."""

    path: Path
    writer: Engine
    reader: Engine
    read_only: bool = False

    def close(self) -> None:
        self.reader.dispose()
        self.writer.dispose()


def open_vault(path: Path, key_hex: Callable[[], str], *, read_only: bool = False) -> Vault:
    """Open an existing database with the raw key; `key_hex` raises once the key is dropped.

    Raises Damaged where the file cannot be read with the key: the key file has been judged before (SECURITY D8).
    `read_only` is for a folder that can't be written: nothing may change the file meanwhile (SECURITY D13).
    """

    def engine(reads: bool, size: int) -> Engine:
        made = create_engine(
            "sqlite://",
            module=sqlcipher,
            creator=lambda: _connect(path, key_hex, reads, immutable=read_only),
            poolclass=QueuePool,
            pool_size=size,
            max_overflow=0,
            pool_timeout=BUSY_SECONDS,
            hide_parameters=True,
        )
        begin = "BEGIN" if reads else "BEGIN IMMEDIATE"
        event.listen(made, "begin", lambda conn: conn.exec_driver_sql(begin))
        event.listen(made, "handle_error", _drop_poisoned)
        event.listen(made, "handle_error", tell_full)
        return made

    def tell_full(context: Any) -> Exception | None:
        """Tell a used-up quota from damage: SQLite says "disk I/O error" for both (SECURITY D10)."""
        if "disk I/O error" in str(context.original_exception) and not read_only and _takes_no_more(path):
            return DiskFull(FULL_WORDS)
        return None

    vault = Vault(path, engine(read_only, 1), engine(True, READERS), read_only)
    try:
        with vault.reader.connect() as conn:
            conn.exec_driver_sql("SELECT count(*) FROM vault")
    except Exception as error:
        vault.close()
        raise translated(error) or error from None
    return vault


def _takes_no_more(path: Path) -> bool:
    """Try to write as far out as the database and its log reach, in a file of no name."""
    reach = max(
        (each.stat().st_size for each in (path, path.with_name(f"{path.name}-wal")) if each.exists()), default=0
    )
    try:
        with TemporaryFile(dir=path.parent, buffering=0) as file:
            file.seek(reach)
            file.write(bytes(_PROBE_BYTES))
    except OSError as error:
        return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return False


def _drop_poisoned(context: Any) -> None:
    """Give up a connection that met a bad page: SQLCipher refuses every page after it, the good ones as well (D9)."""
    if isinstance(_plain(context.original_exception), Damaged):
        context.is_disconnect = True
        context.invalidate_pool_on_disconnect = False


def create_file(path: Path, key_hex: Callable[[], str]) -> None:
    """Create an empty encrypted database; raises FileExistsError rather than touch an existing one."""
    path.touch(mode=0o600, exist_ok=False)
    raw = _keyed(f"{path.as_uri()}?mode=rwc", key_hex)
    try:
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute(f"PRAGMA application_id={APPLICATION_ID}")
    finally:
        raw.close()


@contextmanager
def bare_connection(path: Path, key_hex: Callable[[], str]) -> Iterator[Any]:
    """A raw connection without the authorizer, for migration, snapshot and rotation only (SECURITY A10)."""
    raw = _keyed(f"{path.as_uri()}?mode=rw", key_hex)
    try:
        for pragma in _PRAGMAS:
            raw.execute(f"PRAGMA {pragma}")
        yield raw
    finally:
        raw.close()


def copy_pages(conn: Connection, path: Path, key_hex: Callable[[], str], copied: Callable[[int, int], None]) -> None:
    """Copy what `conn` reads, still encrypted under the same key, into a new file; `copied(pages, of)` may raise.

    The caller has read once in the transaction of `conn`: a stepped copy without it restarts at every write.
    """
    path.touch(mode=0o600, exist_ok=False)
    raw = _keyed(f"{path.as_uri()}?mode=rw", key_hex)
    try:
        raw.execute("PRAGMA journal_mode=OFF")  # nothing was here before, so nothing is to be brought back
        raw.execute("PRAGMA synchronous=OFF")
        source: Any = conn.connection.dbapi_connection
        source.backup(raw, pages=_COPY_PAGES, progress=lambda _, rest, of: copied(of - rest, of))
    except sqlcipher.DatabaseError as error:
        raise (_plain(error) or error) from None
    finally:
        raw.close()


def _connect(path: Path, key_hex: Callable[[], str], read_only: bool, immutable: bool) -> Any:
    raw = _keyed(f"{path.as_uri()}?mode={'ro&immutable=1' if immutable else 'rw'}", key_hex)
    try:
        for pragma in _PRAGMAS:
            raw.execute(f"PRAGMA {pragma}")
        if read_only:
            raw.execute("PRAGMA query_only=ON")
        raw.set_authorizer(refuse_key_and_schema_tricks)
    except BaseException:
        raw.close()
        raise
    return raw


def _keyed(uri: str, key_hex: Callable[[], str], driver: Any = sqlcipher) -> Any:
    key = key_hex()  # before the file: under a key that was dropped or retired it may be gone
    # Kept statements use up SQLite's small store of quick memory; all else is then locked and wiped by
    # cipher_memory_security piece by piece, and inserts take four times as long.
    raw = driver.connect(
        uri, uri=True, check_same_thread=False, timeout=BUSY_SECONDS, isolation_level=None, cached_statements=0
    )
    try:
        raw.execute("PRAGMA cipher_log_level=NONE")  # else SQLCipher writes errors to stderr
        raw.execute(f"PRAGMA key=\"x'{key}'\"")
        version = raw.execute("PRAGMA cipher_version").fetchone()
        if version is None or not str(version[0]).startswith("4."):
            raise NotSqlcipher
        raw.execute("SELECT count(*) FROM sqlite_master").fetchone()  # the first touch proves the key
    except sqlcipher.DatabaseError as error:
        raw.close()
        raise (_plain(error) or error) from None
    except BaseException:
        raw.close()
        raise
    return raw


def refuse_key_and_schema_tricks(action: int, first: str | None, second: str | None, *_: object) -> int:
    """SQLite authorizer: no ATTACH, no change of the schema, no change of a protecting PRAGMA (SECURITY A10)."""
    if action in _SCHEMA or (action == _INSERT and first == _ARCHIVE):
        return int(sqlcipher.SQLITE_DENY)
    if action == _PRAGMA and second is not None:
        name = (first or "").lower()
        if name in _SETTINGS or name.startswith("cipher"):
            return int(sqlcipher.SQLITE_DENY)
    return int(sqlcipher.SQLITE_OK)


@contextmanager
def purging(conn: Connection) -> Iterator[None]:
    """Let one purge write which rows are archived, and with that take them out of the log (SECURITY A10, A18).

    Nothing else may: a row of `audit_archive` is what the append-only trigger of the log asks for.
    """
    raw: Any = conn.connection.dbapi_connection
    raw.set_authorizer(_refuse_but_archive)
    try:
        yield
    finally:
        raw.set_authorizer(refuse_key_and_schema_tricks)


def _refuse_but_archive(action: int, first: str | None, second: str | None, *more: object) -> int:
    if action == _INSERT and first == _ARCHIVE:
        return int(sqlcipher.SQLITE_OK)
    return refuse_key_and_schema_tricks(action, first, second, *more)


def translated(error: BaseException) -> Refused | None:
    """Return the refusal that says in plain words what happened to the database; None where it is our fault."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, PoolTimeout):
        return Busy("Another change is still being written. Nothing was done; try again in a moment.")
    if isinstance(error, DBAPIError) and error.orig is not None:
        return _plain(error.orig)
    return _plain(error)


def _plain(error: BaseException) -> Refused | None:
    text = str(error)
    if "database is locked" in text or "database table is locked" in text:
        return Busy("Another change is still being written. Nothing was done; try again in a moment.")
    if "database or disk is full" in text:
        return DiskFull(FULL_WORDS)
    if "readonly database" in text or "attempt to write a readonly" in text:
        return ReadOnly("This practice is open for reading only, because its folder cannot be written.")
    if any(sign in text for sign in ("not a database", "malformed", "disk I/O error", "hmac", "database corruption")):
        return Damaged("The database is damaged. Nothing was changed. Restore the last verified backup.")
    if "unable to open database file" in text:
        return Damaged("The database file is missing or cannot be opened. Nothing was changed.")
    return None


def interrupt(conn: Connection) -> None:
    """Stop the statement that runs on this connection; called from another thread (SECURITY D15)."""
    with suppress(ResourceClosedError):  # the statement may end in the very moment it is cancelled
        raw: Any = conn.connection.dbapi_connection
        raw.interrupt()
