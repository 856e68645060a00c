"""The bundle of a backup: age over a tar that exists only while it flows (SECURITY 6, B1, B4, B13).

DANGER: the manifest holds the data key of the database beside it. It is made in memory, goes into the age layer and
comes out into memory; it never touches a disk. When reading, age lets earlier chunks through before it finds damage:
what `open_bundle` returns is judged as a whole, and nothing before that.
"""

import errno
import re
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from medbill_desktop.domain.problems import DiskFull, Refused
from medbill_desktop.security import age_io
from medbill_desktop.security.age_io import AgeDamaged, BadKey, NotForThisKey, Passed, Sink, Source
from medbill_desktop.security.manifest import (
    KEY_FILE,
    BundleDamaged,
    BundleTooNew,
    Manifest,
    MemberFacts,
    manifest_bytes,
    parse_manifest,
)

__all__ = [
    "BundleDamaged", "BundleTooNew", "Manifest", "MemberFacts", "NotThisKit", "Sealed", "Unsealed", "is_name_of",
    "manifest_bytes", "name_of", "open_bundle", "parse_manifest", "read_back", "seal", "short_vault_of",
]  # fmt: skip

MANIFEST: Final = "manifest.json"
MOST_SMALL: Final = 1 << 20  # manifest and key file
_DATABASE: Final = re.compile(r"vault\.([1-9][0-9]{0,8})\.db")
_NAME: Final = re.compile(r"([0-9a-f]{8})-(\d{8}T\d{6}Z)-([1-9][0-9]{0,8})\.mbb\.age")
_BLOCK: Final = 512
_READ: Final = 1 << 18


class NotThisKit(Refused):
    """The kit, or the key, is not one that this backup was made for."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """What was written: the tar inside and the bundle around it."""

    tar: Passed
    bundle: Passed


@dataclass(frozen=True, slots=True)
class Unsealed:
    """What a whole bundle held; the database lies in the staging folder, the rest in memory."""

    manifest: Manifest
    manifest_sha256: str
    key_file: bytes = field(repr=False)
    database: Path
    tar: Passed
    bundle: Passed


def name_of(vault_id: str, made_at: datetime, epoch: int) -> str:
    """Return the file name of a bundle: it tells the vault's short id, the UTC time, the epoch, and nothing else."""
    return f"{vault_id[:8]}-{made_at:%Y%m%dT%H%M%SZ}-{epoch}.mbb.age"


def is_name_of(vault_id: str, name: str) -> bool:
    """Tell whether a file name is one of this vault's bundles (SECURITY B10)."""
    match = _NAME.fullmatch(name)
    return match is not None and match[1] == vault_id[:8]


def short_vault_of(name: str) -> str | None:
    """Return the first 8 hex digits of the vault a bundle's name tells; for messages only."""
    match = _NAME.fullmatch(name)
    return None if match is None else match[1]


def seal(
    manifest: Manifest, database: Path, key_file: bytes, target: Sink, recipients: Sequence[str],
    passed: Callable[[int], None],
) -> Sealed:  # fmt: skip
    """Write the bundle to the target; `passed` hears the bytes so far and may raise to cancel.

    At least two recipients or no bundle (SECURITY B6). Raises what the target raised, at whichever byte (B5).
    """
    tar = _TarStream(_members(manifest, database, key_file), passed)
    bundle = age_io.encrypt_stream(tar, target, recipients, least=2)
    return Sealed(tar.passed(), bundle)


def read_back(source: Source, identities: Sequence[str], passed: Callable[[int], None]) -> Sealed:
    """Decrypt to the end, keep nothing, and return what was there: to compare with what was written (SECURITY B8)."""
    reader = _Counted(source, passed)
    tar = _decrypted(reader, _Nothing(), identities)
    return Sealed(tar, reader.done())


def open_bundle(source: Source, identity: str, folder: Path, room: int, passed: Callable[[int], None]) -> Unsealed:
    """Decrypt a bundle into an empty private folder and check every hash; raises before anything may be believed.

    `room` is how many bytes the database may take. Raises NotThisKit, BundleDamaged, BundleTooNew, DiskFull.
    """
    reader, members = _Counted(source, passed), _Unpacker(folder, room)
    try:
        tar = _decrypted(reader, members, [identity])
    finally:
        members.close()
    manifest, database = members.judged()
    return Unsealed(
        manifest,
        sha256(members.small[MANIFEST]).hexdigest(),
        bytes(members.small[KEY_FILE]),
        database,
        tar,
        reader.done(),
    )


def _decrypted(source: Source, target: Sink, identities: Sequence[str]) -> Passed:
    try:
        return age_io.decrypt_stream(source, target, identities)
    except NotForThisKey:
        raise NotThisKit("This key does not open this backup: it was made for another practice or kit.") from None
    except BadKey:
        raise NotThisKit(
            "This is not a recovery kit line. Type the whole line, or name the file that holds it."
        ) from None
    except AgeDamaged:
        raise BundleDamaged from None


def _members(manifest: Manifest, database: Path, key_file: bytes) -> Iterator[bytes]:
    """Yield the tar in its fixed order: the same input makes the same bytes."""
    head = manifest_bytes(manifest)
    yield from (_header(MANIFEST, len(head)), head, _padding(len(head)))
    size = manifest.database.size
    yield _header(manifest.database_name, size)
    with database.open("rb") as file:
        left = size
        while left and (block := file.read(min(_READ, left))):
            left -= len(block)
            yield block
    if left:
        raise BundleDamaged("The copy that was to be backed up became shorter.")
    yield _padding(size)
    yield from (_header(KEY_FILE, len(key_file)), key_file, _padding(len(key_file)))
    yield bytes(2 * _BLOCK)


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size, 0o600, 0
    return info.tobuf(tarfile.GNU_FORMAT, "ascii", "strict")


def _padding(size: int) -> bytes:
    return bytes(-size % _BLOCK)


class _TarStream:
    """A tar that is read like a file and hashes what it gives."""

    def __init__(self, parts: Iterator[bytes], passed: Callable[[int], None]) -> None:
        self._parts, self._told = parts, passed
        self._rest = memoryview(b"")
        self._size, self._hash = 0, sha256()

    def read(self, size: int, /) -> bytes:
        while not self._rest:
            part = next(self._parts, None)
            if part is None:
                return b""
            self._rest = memoryview(part)
            self._hash.update(part)
            self._size += len(part)
            self._told(self._size)
        given, self._rest = self._rest[:size], self._rest[size:]
        return bytes(given)

    def passed(self) -> Passed:
        return Passed(self._size, self._hash.hexdigest())


class _Counted:
    """Reads through, and hashes what was there."""

    def __init__(self, source: Source, passed: Callable[[int], None]) -> None:
        self._source, self._told = source, passed
        self._size, self._hash, self._next = 0, sha256(), 0

    def read(self, size: int, /) -> bytes:
        block = self._source.read(size)
        self._hash.update(block)
        self._size += len(block)
        if self._size >= self._next:
            self._next = self._size + _READ
            self._told(self._size)
        return block

    def done(self) -> Passed:
        return Passed(self._size, self._hash.hexdigest())


class _Nothing:
    def write(self, data: bytes, /) -> int:
        return len(data)


class _Unpacker:
    """Takes the tar as it comes: three names, plain files, in order, sizes within bounds, and nothing behind them.

    Bytes reach the disk only as the SQLCipher file; manifest and key file stay in memory.
    """

    def __init__(self, folder: Path, room: int) -> None:
        self._folder, self._room = folder, room
        self.small: dict[str, bytearray] = {}
        self._pending = bytearray()
        self._member = ""
        self._left = self._pad = self._blank = 0
        self._order = [MANIFEST, "", KEY_FILE]
        self._file: Any = None
        self._path: Path | None = None
        self._facts: dict[str, MemberFacts] = {}
        self._hash, self._size = sha256(), 0
        self._parsed: Manifest | None = None

    def write(self, data: bytes, /) -> int:
        rest = memoryview(data)
        while rest:
            if self._left:
                taken = rest[: self._left]
                self._keep(taken)
                self._left -= len(taken)
                rest = rest[len(taken) :]
                if not self._left:
                    self._end_of_member()
            elif self._pad:
                taken = rest[: self._pad]
                _whole(not any(taken))
                self._pad -= len(taken)
                rest = rest[len(taken) :]
            else:
                taken = rest[: _BLOCK - len(self._pending)]
                self._pending += taken
                rest = rest[len(taken) :]
                if len(self._pending) == _BLOCK:
                    self._begin(bytes(self._pending))
                    self._pending.clear()
        return len(data)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def judged(self) -> tuple[Manifest, Path]:
        """Return what came out, once it is whole and every hash is the one the manifest names."""
        _whole(not self._order and not self._left and not self._pad and not self._pending and self._blank >= 2)
        _whole(self._parsed is not None and self._path is not None)
        manifest, path = self._parsed, self._path
        if manifest is None or path is None:
            raise BundleDamaged
        _whole(path.name == manifest.database_name)
        _whole(self._facts[path.name] == manifest.database and self._facts[KEY_FILE] == manifest.key_file)
        return manifest, path

    def _begin(self, block: bytes) -> None:
        if not any(block):
            _whole(not self._order)
            self._blank += 1
            return
        _whole(bool(self._order) and not self._blank)
        try:
            info = tarfile.TarInfo.frombuf(block, "ascii", "strict")
        except (tarfile.HeaderError, ValueError):
            raise BundleDamaged from None
        expected = self._order.pop(0)
        _whole(info.type == tarfile.REGTYPE and not info.linkname)
        _whole(info.name == expected if expected else _DATABASE.fullmatch(info.name) is not None)
        _whole(0 < info.size <= (MOST_SMALL if expected else 1 << 50))
        self._member, self._left, self._pad = info.name, info.size, -info.size % _BLOCK
        self._hash, self._size = sha256(), info.size
        if expected:
            self.small[expected] = bytearray()
        else:
            self._make_room(info.size)

    def _make_room(self, size: int) -> None:
        if size > self._room:
            raise DiskFull(
                f"There is not enough room to unpack this backup: {size // 10**6 + 1} MB are needed. Nothing was"
                " changed; make room, then try again."
            )
        self._path = self._folder / self._member
        self._path.touch(mode=0o600, exist_ok=False)
        self._file = self._path.open("r+b", buffering=0)

    def _keep(self, data: memoryview) -> None:
        self._hash.update(data)
        if self._member in self.small:
            self.small[self._member] += data
            return
        try:
            while data:
                data = data[self._file.write(data) :]
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise DiskFull("The disk is full. Nothing was changed; make room, then try again.") from None
            raise

    def _end_of_member(self) -> None:
        self._facts[self._member] = MemberFacts(self._size, self._hash.hexdigest())
        if self._member == MANIFEST:
            # A newer format may go on in another way: it is refused by its number, before its parts are judged.
            self._parsed = parse_manifest(bytes(self.small[MANIFEST]))


def _whole(holds: bool) -> None:
    if not holds:
        raise BundleDamaged
