"""Backups in a folder: another disk, a USB drive, a network share (SECURITY B7, B17).

Danger: the folder of an unplugged drive is still a folder, on the wrong disk. A marker file with a random word proves
that the volume the practice chose is mounted; without it nothing is written.
"""

import errno
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from time import time
from typing import IO, Final, TypeVar

from medbill_desktop.gateways.targets import (
    Capabilities,
    HeldFile,
    Sink,
    TargetError,
    TargetFull,
    TargetGone,
    TargetRefused,
    TargetTransient,
)

T = TypeVar("T")

MARKER: Final = "medbill-backups.json"
_MAGIC: Final = "MBBACKUPS"
_DAY_SECONDS: Final = 24 * 60 * 60
_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NOT_LET: Final = {errno.EACCES, errno.EPERM, errno.EROFS}
_PASSES: Final = {errno.EAGAIN, errno.EINTR, errno.ETIMEDOUT, errno.EBUSY}


class FolderTarget:
    """A folder; `marker` is the word it must hold, None for a folder that was named for this once."""

    def __init__(self, folder: Path, near: Path, marker: str | None = None) -> None:
        self._folder, self._near, self._marker = folder, near, marker

    def check(self) -> None:
        with _translated():
            if not self._folder.is_dir():
                raise TargetGone(
                    f"The backup folder {self._folder} is not there. Plug in the drive or connect the share, then"
                    " back up again."
                )
            if self._marker is not None and read_marker(self._folder) != self._marker:
                raise TargetGone(
                    f"The drive that backups go to is not mounted at {self._folder}: its marker file is missing or"
                    " another one. Nothing was written. Plug in the right drive, or choose the folder again."
                )

    def put(self, name: str, fill: Callable[[Sink], T]) -> T:
        self.check()
        path, part = self._path(name), self._path(f"{name}.part")
        with _translated():
            if path.exists():
                raise TargetRefused(f"{name} is already there. Nothing was overwritten.")
            file = os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _FLAGS, 0o600), "wb", buffering=0)
        try:
            with file:
                filled = fill(_Sink(file))
                with _translated():
                    file.flush()
                    os.fsync(file.fileno())
                    _drop_cache(file)
            with _translated():
                os.rename(part, path)
                _sync_folder(self._folder)
        except BaseException:
            _remove(part)
            raise
        return filled

    @contextmanager
    def get(self, name: str) -> Iterator["_Source"]:
        self.check()
        with _translated():
            file = self._path(name).open("rb", buffering=0)
        with file:
            _drop_cache(file)
            yield _Source(file)

    def list(self) -> tuple[HeldFile, ...]:
        self.check()
        held = []
        with _translated():
            for each in sorted(self._folder.iterdir()):
                with suppress(FileNotFoundError):  # a file of somebody else may go while we look
                    found = each.stat()
                    if stat.S_ISREG(found.st_mode):
                        held.append(HeldFile(each.name, found.st_size))
        return tuple(held)

    def delete(self, name: str) -> None:
        self.check()
        with _translated():
            self._path(name).unlink(missing_ok=True)

    def capabilities(self) -> Capabilities:
        return Capabilities(other_disk=not on_same_disk(self._folder, self._near))

    def tidy(self, ours: Callable[[str], bool]) -> None:
        """Remove unfinished files of ours that are older than a day: a backup was killed there."""
        for held in self.list():
            path = self._path(held.name)
            if held.name.endswith(".part") and ours(held.name.removesuffix(".part")):
                with _translated():
                    if time() - path.stat().st_mtime > _DAY_SECONDS:
                        path.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        if name in ("", ".", "..") or set(name) & set("/\\:\0"):
            raise ValueError("a target holds plain file names")
        return self._folder / name


# A link laid at the target under the name of a bundle in the making must not choose what is overwritten.
_FLAGS: Final = getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)


class _Sink:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, data: bytes, /) -> int | None:
        with _translated():
            return self._file.write(data)


class _Source:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int, /) -> bytes:
        with _translated():
            return self._file.read(size)


def make_marker(folder: Path) -> str:
    """Return the word of the folder's marker file, writing one where there is none; proves it can be written to."""
    with _translated():
        if not folder.is_dir():
            raise TargetGone(f"There is no folder {folder}. Make it, or choose another.")
        probe = folder / f".{token_hex(8)}.part"
        try:
            probe.write_bytes(b"x")
        finally:
            _remove(probe)
        have = read_marker(folder)
        if have is not None:
            return have
        word = token_hex(16)
        part = folder / f"{MARKER}.part"
        part.write_text(json.dumps({"magic": _MAGIC, "target": word}), encoding="ascii")
        os.replace(part, folder / MARKER)
        _sync_folder(folder)
        return word


def read_marker(folder: Path) -> str | None:
    """Return the word of the marker file; None where there is none that is ours."""
    try:
        found = json.loads((folder / MARKER).read_bytes()[:4096])
    except (FileNotFoundError, ValueError):
        return None
    word = found.get("target") if isinstance(found, dict) and found.get("magic") == _MAGIC else None
    return word if isinstance(word, str) and len(word) == 32 else None


def on_same_disk(one: Path, other: Path) -> bool:
    """Tell whether both lie on one disk: the same file system, or two partitions of one drive where Linux tells.

    What can't be told is taken for the same disk: the chip stays red rather than falsely green.
    """
    try:
        first, second = one.stat().st_dev, other.stat().st_dev
    except OSError:
        return True
    return first == second or _drive(first) == _drive(second)


def _drive(device: int) -> str:
    """Return the drive that a Linux block device is a partition of; else the device itself."""
    if not hasattr(os, "major"):
        return str(device)
    entry = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}")
    try:
        real = entry.resolve(strict=True)
        return str(real.parent if (real / "partition").exists() else real)
    except OSError:
        return str(device)


def _drop_cache(file: IO[bytes]) -> None:
    """Ask the system to forget what it has of this file, so that reading it back asks the medium."""
    advise = getattr(os, "posix_fadvise", None)
    if advise is not None:
        try:
            advise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        except OSError:
            return  # a share may not know the request; the read-back then proves a little less


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some shares can't sync a folder
            raise
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # the drive is gone with it; what is left is a `.part`, removed a day later


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what the system says into what a person can act on."""
    try:
        yield
    except TargetError:
        raise
    except OSError as error:
        raise _plain(error) from error


def _plain(error: OSError) -> TargetError:
    if error.errno in _FULL:
        return TargetFull("The backup drive is full. Make room there or choose another folder, then back up again.")
    if error.errno in _NOT_LET:
        return TargetRefused("This account may not write to the backup folder. Choose another, or have it allowed.")
    if error.errno in _PASSES:
        return TargetTransient("The backup drive did not answer. Try again in a moment.")
    return TargetGone("The backup drive went away. Plug it in again, then back up again.")
