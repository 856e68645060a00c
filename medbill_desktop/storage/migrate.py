"""Bring a database up to date: numbered SQL files, one transaction each, forward only (DESIGN 5, SECURITY D12)."""

import errno
import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from medbill_desktop.domain.problems import DiskFull, Refused
from medbill_desktop.storage.engine import bare_connection

_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class TooNew(Refused):
    """The database was written by a newer version of the program."""


@dataclass(frozen=True, slots=True)
class Step:
    number: int
    name: str
    script: str


def steps() -> list[Step]:
    """Return the released steps in order; their numbers run from 1 without a gap."""
    found = []
    for path in files("medbill_desktop.storage").joinpath("migrations").iterdir():
        if match := re.fullmatch(r"(\d{4})_(\w+)\.sql", path.name):
            found.append(Step(int(match[1]), match[2], path.read_text(encoding="utf-8")))
    return sorted(found, key=lambda step: step.number)


def migrate(path: Path, key_hex: Callable[[], str], todo: list[Step] | None = None) -> tuple[int, int]:
    """Run the steps that this database lacks; return (version before, version now).

    A database that holds data is copied first, still encrypted, to `<name>.before-<version>`; the copy is deleted by
    the next verified backup. A step that fails leaves the database at the step before it.
    """
    todo = steps() if todo is None else todo
    with bare_connection(path, key_hex) as raw:
        have = int(raw.execute("PRAGMA user_version").fetchone()[0])
        newest = todo[-1].number
        if have > newest:
            raise TooNew(
                f"This practice was last opened by a newer version of the program (data version {have}, this program"
                f" knows {newest}). Install the newer version; nothing was changed."
            )
        if have and have < newest:
            _copy(raw, path, have)
        for step in todo[have:]:
            _run(raw, step)
    return have, newest


def copies(path: Path) -> list[Path]:
    """Return the encrypted copies that earlier migrations left beside the database."""
    return sorted(path.parent.glob(f"{path.name}.before-*"))


def _run(raw: Any, step: Step) -> None:
    raw.execute("BEGIN IMMEDIATE")
    try:
        for statement in statements(step.script):
            raw.execute(statement)
        raw.execute(f"PRAGMA user_version={step.number}")
        raw.execute("COMMIT")
    except BaseException:
        raw.execute("ROLLBACK")
        raise


def statements(script: str) -> Iterator[str]:
    """Split a script into statements; a trigger's inner semicolons do not end it."""
    pending = ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            yield pending
            pending = ""
    if pending.strip():
        yield pending


def _copy(raw: Any, path: Path, version: int) -> None:
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copy = path.with_name(f"{path.name}.before-{version}")
    part = copy.with_name(f"{copy.name}.part")
    try:
        shutil.copyfile(path, part)
        part.chmod(0o600)
        with part.open("r+b") as done:
            os.fsync(done.fileno())
        part.replace(copy)
    except OSError as error:
        part.unlink(missing_ok=True)
        if error.errno in _FULL:
            raise DiskFull(
                "The practice must be brought up to date first, and the disk has no room for the copy that is kept of"
                " it. Nothing was changed. Make room and sign in again."
            ) from None
        raise
