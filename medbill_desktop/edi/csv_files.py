"""CSV files read with suspicion: size, encoding and shape are judged before a cell is believed (SECURITY F14).

A file is read twice: once as bytes, for its digest, its encoding and its number of lines, and once as rows. Neither
pass holds more than a row in memory, and the second ends well only where it met the same bytes.
"""

import codecs
import csv
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BufferedReader, RawIOBase, TextIOWrapper
from pathlib import Path
from typing import Any, BinaryIO, Final

from medbill_desktop.domain.problems import Refused
from medbill_desktop.edi.chosen_files import CHANGED, kind_of, opened_plain

MOST_BYTES: Final = 256 * 1024 * 1024
MOST_ROWS: Final = 200_000
LONGEST_CELL: Final = 4_096
MOST_COLUMNS: Final = 500
_BLOCK: Final = 1024 * 1024
_DELIMITERS: Final = ",;\t|"


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A file that may be read as rows; `codec` is Python's name of the encoding, `encoding` the one that is said."""

    path: Path
    codec: str
    encoding: str
    sha256: str
    lines: int
    delimiter: str
    header: tuple[str, ...]

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (line number, cells) of every row below the header that is not empty; raises Refused."""
        rows = _rows(self)
        next(rows, None)
        yield from rows


def examine(path: Path, most_bytes: int = MOST_BYTES, step: Callable[[int, int], None] | None = None) -> CsvFile:
    """Judge a file and read its header; raises Refused in words that name the way out. `step(bytes done, total)`."""
    try:
        codec, encoding, sha256, lines = _scan(path, most_bytes, step)
        found = CsvFile(path, codec, encoding, sha256, lines, ",", ())
        delimiter = _delimiter(found)
        found = CsvFile(path, codec, encoding, sha256, lines, delimiter, ())
        header = tuple(cell.strip().strip("\ufeff") for cell in next(_rows(found), (0, []))[1])
    except OSError:
        raise Refused("This file can't be read.") from None
    if not any(header):
        raise Refused("This file is empty.")
    if len(header) > MOST_COLUMNS:
        raise Refused(f"This file has more than {MOST_COLUMNS} columns. It is not a list that can be imported.")
    twice = {name for name in header if name and header.count(name) > 1}
    if twice:
        raise Refused(f"The header has two columns named {min(twice)}. Rename one of them.")
    return CsvFile(path, codec, encoding, sha256, lines, delimiter, header)


def begins_like_formula(cell: str) -> bool:
    """Tell whether a spreadsheet would run this cell (SECURITY F13); here it is text, whatever it says."""
    return cell[:1] in {"=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠"} and len(cell) > 1


def _scan(path: Path, most_bytes: int, step: Callable[[int, int], None] | None) -> tuple[str, str, str, int]:
    digest, lines, done, utf8 = hashlib.sha256(), 0, 0, True
    decoder = codecs.getincrementaldecoder("utf-8")()
    windows = codecs.getincrementaldecoder("cp1252")()
    windows_fails_in = 0
    file, size = opened_plain(path)
    with file:
        if size > most_bytes:
            raise Refused(
                f"This file has {size // 1_000_000:,} MB; {most_bytes // 1_000_000:,} MB can be read at once."
                " Split it into several files."
            )
        while block := file.read(_BLOCK):
            if done == 0 and (kind := kind_of(block)):
                raise Refused(f"This file is {kind}. Save it again as CSV UTF-8.")
            if done + len(block) > size:
                raise Refused(CHANGED)
            if (at := block.find(0)) >= 0:
                line = lines + block.count(b"\n", 0, at) + 1
                raise Refused(
                    f"Line {line} holds a NUL character: the file is in UTF-16 or damaged. Save it again as CSV UTF-8."
                )
            digest.update(block)
            utf8 = utf8 and _decodes(decoder, block)
            if not windows_fails_in and not _decodes(windows, block):
                windows_fails_in = lines + 1
            lines += block.count(b"\n")
            done += len(block)
            if step is not None:
                step(done, size)
    if utf8 and _decodes(decoder, b"", final=True):
        return "utf-8-sig", "UTF-8", digest.hexdigest(), lines + 1
    if windows_fails_in:
        raise Refused("This file is neither UTF-8 nor Windows-1252. Save it again as CSV UTF-8.")
    return "cp1252", "Windows-1252", digest.hexdigest(), lines + 1


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


class _Digested(RawIOBase):
    """Bytes on their way to the rows, with the digest of all that passed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self.digest = file, hashlib.sha256()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self._file.read(memoryview(buffer).nbytes)
        self.digest.update(block)
        memoryview(buffer)[: len(block)] = block
        return len(block)

    def close(self) -> None:
        self._file.close()
        super().close()


def _delimiter(file: CsvFile) -> str:
    """Return the sign that stands most often in the first line."""
    with TextIOWrapper(opened_plain(file.path)[0], encoding=file.codec, newline="") as text:
        first = text.readline(64 * 1024)
    return max(_DELIMITERS, key=first.count)


def _rows(file: CsvFile) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows, the header first; raises Refused at the end where the bytes are not those that were judged."""
    passed = _Digested(opened_plain(file.path)[0])
    try:
        with TextIOWrapper(BufferedReader(passed, _BLOCK), encoding=file.codec, newline="") as text:
            yield from _parsed(text, file.delimiter)
    except UnicodeDecodeError:
        raise Refused(CHANGED) from None
    except OSError:
        raise Refused("This file can't be read.") from None
    if passed.digest.hexdigest() != file.sha256:
        raise Refused(CHANGED)


def _parsed(text: TextIOWrapper, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    count = 0
    reader = csv.reader(_bounded(text), delimiter=delimiter, strict=True)
    while True:
        begins = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Refused(_not_csv(str(error), begins)) from None
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        if count > MOST_ROWS + 1:
            raise Refused(f"This file has more than {MOST_ROWS:,} rows. Split it into several files.")
        yield begins, cells


def _not_csv(why: str, line: int) -> str:
    if "field limit" in why:
        return (
            f"A cell in line {line:,} is endlessly long, or its quotation marks are not closed; the rest can't be read."
        )
    return f"The quotation marks in line {line:,} are not closed or not doubled; the rest can't be read."


def _bounded(text: TextIOWrapper) -> Iterator[str]:
    """Yield the lines; a line without an end would fill the memory."""
    number = 0
    while line := text.readline(_BLOCK):
        number += 1
        if len(line) >= _BLOCK:
            raise Refused(f"Line {number:,} is endlessly long. This is not a CSV file.")
        yield line
