"""`vault.lock`: one process has a practice open at a time (SECURITY D6).

The operating system holds the lock: it goes with a process that dies, and stays with one that is only stopped. What
is written in the file is for the message alone.
"""

import errno
import getpass
import json
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from medbill_desktop.domain.problems import ReadOnly, Refused

_LOCKED_BYTE: Final = 1 << 30  # far behind the text: on Windows a locked byte can't be read
_LARGEST: Final = 4096


class OpenElsewhere(Refused):
    """Another process has this practice open; `pid` and `host` say which."""

    def __init__(self, holder: dict[str, Any]) -> None:
        self.pid = holder.get("pid")
        self.host = str(holder.get("host", ""))
        account = str(holder.get("account", ""))
        where = f" by {account} on {self.host}" if account and self.host else ""
        super().__init__(
            f"This practice is already open{where}. Use the window that is open on this computer, or close it first."
        )


class PracticeLock:
    """The lock of one folder, as one process holds it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    @property
    def held(self) -> bool:
        return self._handle is not None

    def take(self) -> None:
        """Take the lock or raise OpenElsewhere; ReadOnly where the folder can't be written."""
        if self.held:
            return
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        except OSError as error:
            if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
                raise ReadOnly("The folder of this practice can't be written by this account.") from None
            if error.errno in (errno.ELOOP, errno.EISDIR):
                raise Refused(f"{self._path} is no file of this program. Remove it, then try again.") from None
            raise
        try:
            _lock(handle)
        except OSError as error:
            holder = _read(handle)
            os.close(handle)
            if error.errno in (errno.EAGAIN, errno.EACCES, errno.EDEADLK, errno.EWOULDBLOCK):
                raise OpenElsewhere(holder) from None
            raise
        self._handle = handle
        holder = {"host": socket.gethostname(), "pid": os.getpid(), "account": _account()}
        # A full disk takes no text, and the lock holds without it.
        with suppress(OSError):
            os.ftruncate(handle, 0)
            os.pwrite(handle, json.dumps(holder).encode("ascii"), 0) if hasattr(os, "pwrite") else os.write(
                handle, json.dumps(holder).encode("ascii")
            )

    def give_back(self) -> None:
        """Let go; nothing happens where it is not held. The file stays: deleting it would let two hold two locks."""
        if self._handle is not None:
            handle, self._handle = self._handle, None
            with suppress(OSError):
                os.ftruncate(handle, 0)
            os.close(handle)

    def give_back_and_remove(self) -> None:
        """Let go of the lock of an aborted setup, which leaves nothing."""
        if self._handle is not None:
            with suppress(OSError):
                self._path.unlink()
            self.give_back()


def _lock(handle: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(handle, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        os.lseek(handle, 0, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _read(handle: int) -> dict[str, Any]:
    try:
        os.lseek(handle, 0, os.SEEK_SET)
        found = json.loads(os.read(handle, _LARGEST))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _account() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""
