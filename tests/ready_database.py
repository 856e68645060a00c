"""An empty database that was migrated once, for tests that only need one to begin with.

Each ALTER TABLE reads the whole schema anew, so that the steps take a second of the processor; thousands of tests
begin with them. The file is the real one: made by the real steps, encrypted, and given the key of the test.
"""

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

from sqlcipher3 import dbapi2 as sqlcipher

from medbill_desktop.storage import migrate as real
from medbill_desktop.storage.engine import bare_connection, create_file

_KEY = "0b" * 32


@cache
def _bytes() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "ready.db")
        create_file(path, lambda: _KEY)
        real.migrate(path, lambda: _KEY)
        with bare_connection(path, lambda: _KEY) as raw:
            raw.execute("PRAGMA journal_mode=DELETE")
        return path.read_bytes()


def migrate(path: Path, key_hex: Callable[[], str]) -> tuple[int, int]:
    """Do what the steps do to a new, empty file, by way of the file they made once."""
    path.write_bytes(_bytes())
    raw = sqlcipher.connect(str(path), isolation_level=None)
    try:
        raw.execute(f"PRAGMA key=\"x'{_KEY}'\"")
        if key_hex() != _KEY:
            raw.execute(f"PRAGMA rekey=\"x'{key_hex()}'\"")
        raw.execute("PRAGMA journal_mode=WAL")
    finally:
        raw.close()
    return 0, _newest()


@cache
def _newest() -> int:
    return real.steps()[-1].number
