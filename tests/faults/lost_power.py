"""A disk that loses power: replays what a process really did to its files, up to any point, as a disk may keep it.

`strace` writes the calls down; nothing in the program is stood in for. Three disks are played, each allowed by POSIX:
`strict` keeps what was flushed and names whose folder was flushed; `hasty` keeps every name and only flushed bytes;
`torn` keeps all, but cuts the last write in half (SECURITY F2).
"""

import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

DISKS = ("strict", "hasty", "torn")
CALLS = (
    "openat,write,pwrite64,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat,ftruncate,mkdir,rmdir"
)
_LINE = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+)")
_UNFINISHED = re.compile(r"^(\d+) +(\w+\(.*) <unfinished \.\.\.>$")
_RESUMED = re.compile(r"^(\d+) +<\.\.\. \w+ resumed>(.*)$")
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_FD = re.compile(r"^(\d+)<([^>]*)>")


def recorded(root, code, *arguments, cwd):
    """Run Python code and return the changes it made under `root`, in order."""
    log = Path(root).parent / f"{Path(root).name}.strace"
    ran = subprocess.run(
        ["strace", "-f", "-y", "-xx", "-s", "9000000", "-e", f"trace={CALLS}", "-o", str(log),
         sys.executable, "-c", code, *map(str, arguments)],
        cwd=cwd, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    found = [change for call in _calls(log) if (change := _change(*call, str(root))) is not None]
    log.unlink()
    return found


def _calls(log):
    """Yield (name, arguments, result) of every call that succeeded; halves of one call are joined."""
    waiting = {}
    with log.open(encoding="ascii", errors="replace") as lines:
        for line in lines:
            if half := _UNFINISHED.match(line.rstrip("\n")):
                waiting[half[1]] = half[2]
                continue
            if rest := _RESUMED.match(line):
                line = f"{rest[1]} {waiting.pop(rest[1])}{rest[2]}"
            whole = _LINE.match(line)
            if whole and int(whole[4]) >= 0:
                yield whole[2], whole[3], int(whole[4])


def _bytes(text):
    return bytes.fromhex(text.replace("\\x", ""))


def _change(name, text, result, root):
    """Return (kind, path, ...) of a call that concerns files under `root`, else None."""
    texts = [_bytes(each) for each in _TEXT.findall(text)]
    fd = _FD.match(text)
    path = None
    if fd is not None:
        path = _bytes(fd[2]).decode() if fd[2].startswith("\\x") else fd[2]
    match name:
        case "openat":
            change = ("open", texts[0].decode(), "O_CREAT" in text, "O_TRUNC" in text)
        case "write" | "pwrite64":
            at = int(text.rsplit(", ", 1)[1]) if name == "pwrite64" else None
            change = ("write", path, texts[0][:result], at)
        case "fsync" | "fdatasync":
            change = ("flush", path)
        case "ftruncate":
            change = ("cut", path, int(text.rsplit(", ", 1)[1]))
        case "rename" | "renameat" | "renameat2":
            change = ("rename", texts[0].decode(), texts[1].decode())
        case "link" | "linkat":
            change = ("link", texts[0].decode(), texts[1].decode())
        case "unlink" | "unlinkat":
            change = ("unlink", texts[0].decode())
        case "mkdir":
            change = ("mkdir", texts[0].decode())
        case _:
            change = ("rmdir", texts[0].decode())
    return change if change[1] is not None and change[1].startswith(root + "/") else None


@dataclass
class _File:
    now: bytearray = field(default_factory=bytearray)
    flushed: bytes = b""


class Disk:
    """The files under `root` as they were before, and as the changes make them."""

    def __init__(self, root):
        self.root = str(root)
        self.names = {}
        for path in sorted(Path(root).rglob("*")):
            data = None if path.is_dir() else path.read_bytes()
            self.names[str(path)] = None if data is None else _File(bytearray(data), data)
        self.flushed_names = dict(self.names)
        self.places, self.last = {}, None

    def do(self, change):
        self.last = None
        kind, path, *more = change
        if path.endswith("-shm"):
            return
        getattr(self, f"_{kind}")(path, *more)

    def _open(self, path, creates, cuts):
        if path not in self.names:
            if not creates:
                return
            self.names[path] = _File()
        self.places[path] = 0
        if cuts and self.names[path] is not None:
            del self.names[path].now[:]

    def _write(self, path, data, at):
        file = self.names.get(path)
        if file is None:
            return  # a file that lost its name while it was open
        if at is None:
            at = self.places.get(path, 0)
            self.places[path] = at + len(data)
        if len(file.now) < at:
            file.now.extend(bytes(at - len(file.now)))
        before = bytes(file.now[at : at + len(data)])
        file.now[at : at + len(data)] = data
        self.last = (file, at, before, len(data))

    def _cut(self, path, size):
        if (file := self.names.get(path)) is not None:
            del file.now[size:]
            file.now.extend(bytes(size - len(file.now)))

    def _flush(self, path):
        file = self.names.get(path)
        if file is not None:
            file.flushed = bytes(file.now)
            return
        inside = f"{path}/"
        here = [name for name in {*self.names, *self.flushed_names} if name.rpartition("/")[0] + "/" == inside]
        for name in here:
            if name in self.names:
                self.flushed_names[name] = self.names[name]
            else:
                self.flushed_names.pop(name, None)

    def _rename(self, old, new):
        moved = [name for name in self.names if name == old or name.startswith(f"{old}/")]
        for name in moved:
            self.names[new + name[len(old) :]] = self.names.pop(name)

    def _link(self, old, new):
        self.names[new] = self.names[old]

    def _unlink(self, path):
        self.names.pop(path, None)

    _rmdir = _unlink

    def _mkdir(self, path):
        self.names.setdefault(path, None)

    def kept(self, disk):
        """Return path -> bytes (None for a folder) after the power went, on such a disk."""
        names = self.flushed_names if disk == "strict" else self.names
        kept = {}
        for name, file in names.items():
            if file is None:
                kept[name] = None
            elif disk == "torn":
                kept[name] = self._torn(file)
            else:
                kept[name] = file.flushed
        return {name: data for name, data in kept.items() if self._reachable(name, kept)}

    def _torn(self, file):
        data = bytearray(file.now)
        if self.last is not None and self.last[0] is file:
            _, at, before, size = self.last
            half = size // 2
            data[at + half : at + size] = before[half:] + bytes(max(0, size - half - len(before[half:])))
            if len(before) < size:
                del data[at + half :]
        return bytes(data)

    def _reachable(self, name, kept):
        above = name.rpartition("/")[0]
        return above == self.root or (above in kept and self._reachable(above, kept))


def crashes(root, changes, points):
    """Yield (number of changes done, disk, what it kept), each state once.

    Every new name is a point, before and after; of all other changes about so many are.
    """
    disk, seen = Disk(root), set()
    named = [n for n, change in enumerate(changes) if change[0] in ("rename", "link")]
    others = [n for n, change in enumerate(changes) if change[0] not in ("rename", "link", "open")]
    chosen = {*named, *(n + 1 for n in named), *others[:: max(1, len(others) // points)]}
    for number in range(len(changes) + 1):
        if number in chosen or number == len(changes):
            for kind in DISKS:
                kept = disk.kept(kind)
                mark = hash(tuple(sorted((name, data) for name, data in kept.items() if data is not None)))
                if mark not in seen:
                    seen.add(mark)
                    yield number, kind, kept
        if number < len(changes):
            disk.do(changes[number])


def laid_down(kept, root, into):
    """Write a state into another folder."""
    for name, data in sorted(kept.items()):
        path = Path(into) / Path(name).relative_to(root)
        if data is None:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        else:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_bytes(data)
