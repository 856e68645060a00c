"""A year of the audit log as a sealed file: age over lines of JSON, the first of which tells what they are (A18).

The keys of the chain lie inside, so that the kit alone verifies the file when no database is left. Nothing but age
keeps it closed: who opens it could also have read the log.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from medbill_desktop.domain.problems import Refused
from medbill_desktop.security import age_io, audit_mac
from medbill_desktop.security.age_io import AgeDamaged, BadKey, NotForThisKey, Passed, Sink, Source
from medbill_desktop.security.audit_mac import Epoch

FORMAT: Final = 1
_NAME: Final = re.compile(r"([0-9a-f]{8})-log-(\d{4})-\d{8}T\d{6}Z\.mba\.age")
_MOST_LINE: Final = 1 << 20
_HEAD: Final = {"format", "vault", "year", "first_seq", "last_seq", "before", "last", "epochs"}


class ArchiveDamaged(Refused):
    """The archive is not what was written, or not an archive of the log."""


class NotThisArchiveKey(Refused):
    """The key is not one that this archive was made for."""


@dataclass(frozen=True, slots=True)
class ArchiveHead:
    """What an archive is; `before` is the mac of the row before its first, empty at the very beginning of the log."""

    vault: str
    year: int
    first_seq: int
    last_seq: int
    before: bytes
    last: bytes
    epochs: tuple[Epoch, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ArchiveRead:
    """An archive that was read to its end, every row of it judged by the chain."""

    head: ArchiveHead
    rows: int
    plain: Passed


def name_of(vault_id: str, year: int, at: datetime) -> str:
    return f"{vault_id[:8]}-log-{year}-{at:%Y%m%dT%H%M%SZ}.mba.age"


def is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def seal(
    head: ArchiveHead, rows: Iterable[tuple[int, dict[str, Any], bytes]], sink: Sink, recipients: Sequence[str]
) -> tuple[Passed, Passed]:
    """Write the archive; return what went in and the file around it. At least two recipients (SECURITY B6)."""
    source = _Lines(_lines(head, rows))
    sealed = age_io.encrypt_stream(source, sink, recipients, least=2)
    return source.passed(), sealed


def read(
    source: Source, identities: Sequence[str], row: Callable[[int, dict[str, Any]], object] = lambda seq, row: None
) -> ArchiveRead:
    """Decrypt to the end, judge every row by the chain, and return what was there; `row` hears each that was judged.

    Danger: `row` hears rows before damage further on is found. Believe nothing until this returns.
    """
    judge = _Judge(row)
    try:
        plain = age_io.decrypt_stream(source, judge, identities)
    except NotForThisKey:
        raise NotThisArchiveKey(
            "This key does not open this archive: it was made for another practice or kit."
        ) from None
    except BadKey:
        raise NotThisArchiveKey("This is not a recovery kit line. Type the whole line.") from None
    except AgeDamaged:
        raise ArchiveDamaged(_DAMAGED) from None
    return judge.judged(plain)


_DAMAGED: Final = "This archive is damaged, or is no archive of the audit log. Fetch another copy of the file."


def _lines(head: ArchiveHead, rows: Iterable[tuple[int, dict[str, Any], bytes]]) -> Iterator[bytes]:
    yield _line(
        {
            "format": FORMAT, "vault": head.vault, "year": head.year, "first_seq": head.first_seq,
            "last_seq": head.last_seq, "before": head.before.hex(), "last": head.last.hex(),
            "epochs": [
                {"epoch": each.number, "key": each.key.hex(), "first_seq": each.first_seq} for each in head.epochs
            ],
        }
    )  # fmt: skip
    for seq, columns, mac in rows:
        yield _line({"seq": seq, "row": columns, "mac": mac.hex()})


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii") + b"\n"


class _Lines:
    """Lines that are read like a file, counted and hashed."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self._lines, self._rest = lines, b""
        self._hash, self._size = sha256(), 0

    def read(self, size: int, /) -> bytes:
        while len(self._rest) < size and (line := next(self._lines, None)) is not None:
            self._rest += line
        given, self._rest = self._rest[:size], self._rest[size:]
        self._hash.update(given)
        self._size += len(given)
        return given

    def passed(self) -> Passed:
        return Passed(self._size, self._hash.hexdigest())


class _Judge:
    """Takes the plain bytes as they come and follows the chain through them."""

    def __init__(self, row: Callable[[int, dict[str, Any]], object]) -> None:
        self._row, self._rest = row, b""
        self._head: ArchiveHead | None = None
        self._previous, self._expected, self._count = b"", 0, 0

    def write(self, data: bytes, /) -> int:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _MOST_LINE:
            raise ArchiveDamaged(_DAMAGED)
        for line in lines:
            try:
                self._take(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError):
                raise ArchiveDamaged(_DAMAGED) from None
        return len(data)

    def _take(self, value: dict[str, Any]) -> None:
        if self._head is None:
            self._head = _head(value)
            self._previous, self._expected = self._head.before, self._head.first_seq
            return
        seq, columns, mac = int(value["seq"]), value["row"], bytes.fromhex(value["mac"])
        epoch = [each for each in self._head.epochs if each.first_seq <= seq][-1:]
        if seq != self._expected or not epoch:
            raise ArchiveDamaged(f"Row {self._expected} is missing in this archive.")
        before = self._previous
        if seq == epoch[0].first_seq:
            before = audit_mac.first_link(epoch[0].key, self._head.vault, epoch[0].number, before or None)
        if audit_mac.link(epoch[0].key, before, seq, columns) != mac:
            raise ArchiveDamaged(f"Row {seq} of this archive is not what was written.")
        self._row(seq, columns)
        self._previous, self._expected, self._count = mac, seq + 1, self._count + 1

    def judged(self, plain: Passed) -> ArchiveRead:
        head = self._head
        if head is None or self._rest or self._expected != head.last_seq + 1 or self._previous != head.last:
            raise ArchiveDamaged(_DAMAGED)
        return ArchiveRead(head, self._count, plain)


def _head(value: dict[str, Any]) -> ArchiveHead:
    if set(value) != _HEAD or value["format"] != FORMAT:
        raise ArchiveDamaged("This archive was made by a newer version of the program, or is none.")
    epochs = tuple(
        Epoch(int(each["epoch"]), bytes.fromhex(each["key"]), int(each["first_seq"])) for each in value["epochs"]
    )
    return ArchiveHead(
        str(value["vault"]), int(value["year"]), int(value["first_seq"]), int(value["last_seq"]),
        bytes.fromhex(value["before"]), bytes.fromhex(value["last"]), epochs,
    )  # fmt: skip
