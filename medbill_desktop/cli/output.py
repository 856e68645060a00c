"""What a command prints: words for people, or with `--json` one document on stdout (DESIGN 11)."""

import json
import os
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import IntEnum
from pathlib import Path
from typing import Any, Final

from medbill_desktop.domain.problems import Problem

_SHOW_EVERY_SECONDS: Final = 0.2


class Exit(IntEnum):
    """How a command ended; scripts rely on the numbers."""

    DONE = 0
    FINDINGS = 1
    USAGE = 2
    REFUSED = 3
    DAMAGED = 4
    FAULT = 70  # a fault of the program itself


class Output:
    """One command's stdout and stderr."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        self._progress_shown = False
        self._shown_at = 0.0

    def result(self, document: Mapping[str, Any], lines: Iterable[str] = ()) -> None:
        """Print the result: the document where JSON is asked for, else the lines."""
        self._end_progress()
        if self.as_json:
            print(json.dumps(document, ensure_ascii=False, indent=2, default=_plain))
        else:
            for line in lines:
                print(line)

    def say(self, text: str) -> None:
        """Tell a person something on stderr, where no script reads."""
        self._end_progress()
        print(text, file=sys.stderr)

    def refuse(self, kind: str, text: str, problems: Sequence[Problem] = ()) -> None:
        """Say why nothing was done; the document carries the same words."""
        self.say(text)
        if self.as_json:
            self.result({"error": {"kind": kind, "text": text, "problems": [shown(each) for each in problems]}})

    def step(self, done: int, total: int, text: str) -> None:
        """Show progress on a terminal; a pipe gets none."""
        now = time.monotonic()
        if not sys.stderr.isatty() or now - self._shown_at < _SHOW_EVERY_SECONDS:
            return
        self._shown_at, self._progress_shown = now, True
        print(f"\r\x1b[K{done * 100 // max(total, 1):3d}%  {text}"[:110], end="", file=sys.stderr, flush=True)

    def _end_progress(self) -> None:
        if self._progress_shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._progress_shown = False


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


def shown(problem: Problem) -> dict[str, str]:
    """Return a problem as JSON holds it."""
    return {
        "code": problem.code,
        "place": problem.segment,
        "field": problem.field,
        "text": problem.text,
        "fix": problem.fix,
    }


def table(rows: Sequence[Sequence[str]], right: Iterable[int] = ()) -> list[str]:
    """Return aligned lines; the columns in `right` hold numbers."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))] if rows else []
    numbers = set(right)
    return [
        "  ".join(
            cell.rjust(widths[at]) if at in numbers else cell.ljust(widths[at]) for at, cell in enumerate(row)
        ).rstrip()
        for row in rows
    ]


def write_private(path: Path, content: bytes) -> None:
    """Write a file for its owner alone, whole or not at all (SECURITY P2)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
