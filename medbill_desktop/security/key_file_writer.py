"""Putting `vault.keys` in place whole, whatever happens in between (SECURITY K8-K10).

Danger: a lost key file is a lost practice. The old file stays under its name until the new one has been read back
from the disk and opened; the caller holds `vault.lock`.
"""

import errno
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from medbill_desktop.domain.problems import DiskFull, ReadOnly, Refused
from medbill_desktop.security.key_file_format import LARGEST, KeyFileDamaged

KEPT: Final = 3
_POSIX: Final = os.name == "posix"
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED: Final = {errno.EROFS, errno.EACCES, errno.EPERM}
_SHARING: Final = {5, 32, 33}  # Windows: another program has the file open for a moment
_TRIES: Final = 20
_PAUSE_SECONDS: Final = 0.05


class KeyFileMissing(Refused):
    """There is no key file where one belongs."""

    def __init__(self) -> None:
        super().__init__("The key file of this practice is missing. Restore it from the newest backup.")


class KeyFileUnwritable(Refused):
    """The disk refused the key file; the old one stands."""

    def __init__(self) -> None:
        super().__init__("The key file could not be written. The disk may be failing: make a backup elsewhere.")


def read_file(path: Path) -> bytes:
    """Return the bytes of a key file; KeyFileMissing, KeyFileDamaged for what is too large or can't be read."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise KeyFileMissing from None
    except PermissionError:
        raise ReadOnly("This account may not read the key file of this practice.") from None
    except OSError:
        raise KeyFileDamaged from None
    if len(data) > LARGEST:
        raise KeyFileDamaged
    return data


def write_atomically(path: Path, data: bytes, check: Callable[[bytes], None]) -> None:
    """Write a temporary file, flush, read it back through `check`, replace, flush the folder (K8).

    `check` gets what the disk gave back and raises where it does not open with the held identity. The old file stays
    as generation 1 until `drop_generations`. Raises DiskFull, ReadOnly or KeyFileUnwritable, and what `check` raises;
    after each of them the file under `path` is the old one or, where only the last flush failed, the new one.
    """
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    try:
        _write_new(part, data)
        back = part.read_bytes()
        if back != data:
            raise KeyFileUnwritable
        check(back)
        _keep_generations(path)
        _replace(part, path)
        _flush_folder(path.parent)
    except OSError as error:
        raise _refusal(error) from None
    finally:
        _forget(part)


def drop_generations(path: Path) -> None:
    """Delete older generations and leftovers after a good unlock: they hold the slots of removed people (K9)."""
    for old in (*_generations(path), *path.parent.glob(f"{path.name}.*.part")):
        _forget(old)


def _write_new(part: Path, data: bytes) -> None:
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _generations(path: Path) -> list[Path]:
    """Return where older files lie, newest first."""
    return [path.with_name(f"{path.name}.{number}") for number in range(1, KEPT + 1)]


def _keep_generations(path: Path) -> None:
    """Move 2 to 3 and 1 to 2, then give the current file the second name 1; it never loses its own."""
    if not path.exists():
        return
    kept = _generations(path)
    for newer, older in zip(reversed(kept[:-1]), reversed(kept[1:]), strict=True):
        if newer.exists():
            _replace(newer, older)
    try:
        os.link(path, kept[0])
    except OSError:
        # FAT and some shares know no second name. A copy cut by a crash does no harm: nothing opens by itself from it.
        _forget(kept[0])
        _write_new(kept[0], path.read_bytes())


def _replace(old: Path, new: Path) -> None:
    for tried in range(_TRIES):
        try:
            os.replace(old, new)
            return
        except PermissionError as error:
            if getattr(error, "winerror", None) not in _SHARING or tried == _TRIES - 1:
                raise
            time.sleep(_PAUSE_SECONDS)


def _flush_folder(folder: Path) -> None:
    if not _POSIX:
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # a file system without such a thing
            raise
    finally:
        os.close(handle)


def _forget(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # it is tried again at the next unlock


def _refusal(error: OSError) -> Refused:
    if error.errno in _FULL:
        return DiskFull("The disk is full; the key file was not changed. Make room and try again.")
    if error.errno in _DENIED:
        return ReadOnly("The practice folder can't be written; the key file was not changed.")
    return KeyFileUnwritable()
