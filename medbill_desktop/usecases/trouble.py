"""What is written down when the program itself fails: type and place in the code, never a value (SECURITY P6, P7).

The text of an exception may quote a name, a key or an SQL statement, so it is dropped; the person sees a number, and
the line with that number in the log tells a developer where to look.
"""

import faulthandler
import json
import logging
import os
import sys
import threading
import warnings
from datetime import UTC, datetime
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import Any, Final

MOST_BYTES: Final = 1_000_000
KEPT_FILES: Final = 3
_PACKAGE: Final = Path(__file__).resolve().parents[1]


class TroubleLog:
    """`trouble.log` in a folder of this account: one JSON line for each fault, rotated, for its owner alone."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "trouble.log"
        self._lock = threading.Lock()
        self._last = 0

    def fault(self, error: BaseException, trace: TracebackType | None = None) -> int:
        """Write the fault down and return its number, which the person is shown."""
        places = [_place(frame.f_code.co_filename, line, frame.f_code.co_name) for frame, line in walk_tb(
            trace or error.__traceback__
        )]  # fmt: skip
        return self._write(kind=type(error).__name__, places=places[-12:])

    def note(self, source: str, level: str) -> int:
        """Write down that a library or Qt complained: who and how badly, not what it said."""
        return self._write(kind="message", source=source, level=level)

    def _write(self, **fields: Any) -> int:
        with self._lock:
            now = datetime.now(UTC)
            self._last = max(self._last + 1, int(now.timestamp()) % 1_000_000_00)
            line = json.dumps({"number": self._last, "at": now.isoformat(timespec="seconds"), **fields}, sort_keys=True)
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._rotate()
                handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                with os.fdopen(handle, "a", encoding="ascii") as file:
                    file.write(line + "\n")
            except OSError:
                pass  # a full disk must not turn one fault into two
            return self._last

    def _rotate(self) -> None:
        if not self._path.exists() or self._path.stat().st_size < MOST_BYTES:
            return
        for number in range(KEPT_FILES - 1, 0, -1):
            older = self._path.with_name(f"trouble.log.{number}")
            if older.exists():
                older.replace(self._path.with_name(f"trouble.log.{number + 1}"))
        self._path.replace(self._path.with_name("trouble.log.1"))


class _Names(logging.Handler):
    """Takes what libraries log and keeps who spoke and how loud."""

    def __init__(self, log: TroubleLog) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            self._log.fault(error)
        else:
            self._log.note(record.name, record.levelname)


def install(folder: Path) -> TroubleLog:
    """Send every uncaught error of this process to the log in `folder`; nothing of it reaches stderr but a number."""
    log = TroubleLog(folder)

    def tell(error: BaseException, trace: TracebackType | None) -> None:
        number = log.fault(error, trace)
        print(f"MedBill met a fault of its own (number {number}); the log says where.", file=sys.stderr)  # noqa: T201

    def uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.exit(130)
        tell(error, trace)

    def in_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and not isinstance(args.exc_value, SystemExit):
            tell(args.exc_value, args.exc_traceback)

    def unraisable(args: Any) -> None:
        if args.exc_value is not None:
            log.fault(args.exc_value, args.exc_traceback)

    def warned(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
        log.note("warnings", category.__name__)

    warnings.showwarning = warned
    sys.excepthook = uncaught
    threading.excepthook = in_thread
    sys.unraisablehook = unraisable
    faulthandler.disable()  # its dump may hold what stood on the stack
    root = logging.getLogger()
    root.handlers = [_Names(log)]
    root.setLevel(logging.WARNING)
    return log


def _place(file: str, line: int, function: str) -> str:
    path = Path(file)
    try:
        shown = str(path.relative_to(_PACKAGE.parent))
    except ValueError:
        shown = path.name
    return f"{shown}:{line} {function}"
