"""Whether the disk under a folder, and the swap space, are encrypted, as far as this computer can tell (SECURITY P9).

Linux tells by its block devices: a layer of dm-crypt (LUKS) anywhere under the file system. A disk that encrypts by
itself, and a host that encrypts the disk of a virtual machine, can't be seen from here: "no" means not seen.
"""

import os
import re
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Final

# Filesystems whose files are stored encrypted by themselves.
_ENCRYPTING: Final = frozenset({"ecryptfs", "fuse.gocryptfs", "fuse.encfs", "fuse.cryfs", "fuse.securefs"})
_IN_MEMORY: Final = frozenset({"tmpfs", "ramfs"})
_KIB: Final = re.compile(r"^VmLck:\s+(\d+) kB", re.MULTILINE)


class Seen(StrEnum):
    """What can be seen of an encryption."""

    YES = "encrypted"
    NO = "not encrypted"
    NONE = "none"  # there is no such disk: swap is off, or only in memory
    UNKNOWN = "unknown"


def of_folder(folder: Path, system: Path = Path("/")) -> Seen:
    """Tell whether the disk under a folder is encrypted; `system` is where /proc, /sys and /dev lie."""
    if not sys.platform.startswith("linux"):
        return Seen.UNKNOWN
    try:
        kind, source, device = _mount_of(folder, system)
        if kind in _ENCRYPTING:
            return Seen.YES
        if kind in _IN_MEMORY:
            return Seen.NONE
        return _of_device(device if not device.startswith("0:") else _number(system, source), system)
    except (OSError, ValueError, IndexError):
        return Seen.UNKNOWN


def of_swap(system: Path = Path("/")) -> Seen:
    """Tell whether everything that memory may be swapped to is encrypted; the weakest counts."""
    if not sys.platform.startswith("linux"):
        return Seen.UNKNOWN
    try:
        lines = (system / "proc/swaps").read_text(encoding="utf-8", errors="surrogateescape").splitlines()[1:]
    except OSError:
        return Seen.UNKNOWN
    seen = {_of_one_swap(line.split(), system) for line in lines if line.strip()} - {Seen.NONE}
    return next((each for each in (Seen.NO, Seen.UNKNOWN, Seen.YES) if each in seen), Seen.NONE)


def locked_kib(system: Path = Path("/")) -> int | None:
    """Return how much memory of this process can't be swapped out; None where the system does not say."""
    try:
        found = _KIB.search((system / "proc/self/status").read_text(encoding="ascii", errors="replace"))
    except OSError:
        return None
    return None if found is None else int(found[1])


def _of_one_swap(fields: list[str], system: Path) -> Seen:
    name, kind = _unescaped(fields[0]), fields[1]
    if Path(name).name.startswith("zram"):
        return Seen.NONE
    if kind == "file":
        return of_folder(Path(name).parent, system)
    try:
        return _of_device(_number(system, name), system)
    except (OSError, ValueError):
        return Seen.UNKNOWN


def _mount_of(folder: Path, system: Path) -> tuple[str, str, str]:
    """Return the type, the source and the `major:minor` of the file system that holds a folder."""
    best, found = "", ("", "", "")
    text = (system / "proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape")
    real = os.path.realpath(folder)
    for line in text.splitlines():
        left, _, right = line.partition(" - ")
        device, point = left.split()[2], _unescaped(left.split()[4])
        inside = point == "/" or real == point or real.startswith(point + "/")
        if inside and len(point) >= len(best):
            best, found = point, (right.split()[0], _unescaped(right.split()[1]), device)
    if not found[0]:
        raise ValueError("no file system holds this folder")
    return found


def _number(system: Path, source: str) -> str:
    """Return the `major:minor` of a device by its name, also by a link such as /dev/mapper/data."""
    node = Path(os.path.realpath(system / source.lstrip("/")))
    return (system / "sys/class/block" / node.name / "dev").read_text(encoding="ascii").strip()


def _of_device(number: str, system: Path) -> Seen:
    block = Path(os.path.realpath(system / "sys/dev/block" / number))
    if not block.is_dir():
        return Seen.UNKNOWN
    return Seen.YES if _is_crypt(block) else Seen.NO


def _is_crypt(block: Path) -> bool:
    """Tell whether this device, or every device that it lies on, is a layer of dm-crypt."""
    uuid = block / "dm/uuid"
    if uuid.exists() and uuid.read_text(encoding="ascii", errors="replace").startswith("CRYPT-"):
        return True
    under = list(_under(block))
    return bool(under) and all(_is_crypt(each) for each in under)


def _under(block: Path) -> Iterator[Path]:
    slaves = block / "slaves"
    if slaves.is_dir():
        yield from (Path(os.path.realpath(each)) for each in slaves.iterdir())
    if (block / "partition").exists() and not (slaves.is_dir() and any(slaves.iterdir())):
        yield block.parent


def _unescaped(text: str) -> str:
    return re.sub(r"\\(\d{3})", lambda each: chr(int(each[1], 8)), text)
