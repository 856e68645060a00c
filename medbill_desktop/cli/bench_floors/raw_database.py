"""An encrypted database with the program's own settings and nothing of the program around it, for floors that write."""

import secrets
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2 as sqlcipher

PRAGMAS = (
    "cipher_memory_security=ON", "foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL", "temp_store=MEMORY",
    "secure_delete=ON", "trusted_schema=OFF", "cell_size_check=ON", "recursive_triggers=ON",
)  # fmt: skip


def raw_database(folder: str) -> Any:
    conn = sqlcipher.connect(str(Path(folder) / "raw.db"), isolation_level=None)
    conn.execute(f"PRAGMA key=\"x'{secrets.token_hex(32)}'\"")
    for pragma in PRAGMAS:
        conn.execute(f"PRAGMA {pragma}")
    return conn
