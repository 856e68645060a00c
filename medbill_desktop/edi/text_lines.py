"""Lines of a text file that somebody chose, read with suspicion and never more than one at a time (SECURITY F14)."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from medbill_desktop.domain.problems import Refused
from medbill_desktop.edi.chosen_files import CHANGED, kind_of, opened_plain

MOST_BYTES: Final = 512 * 1024 * 1024
LONGEST_LINE: Final = 8_192
_ENCODINGS: Final = ("utf-8-sig", "cp1252")
_END_OF_TEXT: Final = b"\x1a"  # what old programs put after the last line, as some files of CMS have it
Step = Callable[[int, int], None]


@dataclass(slots=True)
class LineFile:
    """A file read once from end to end; `sha256` is whole when the last line was taken."""

    path: Path
    size: int
    step: Step | None = None
    done: int = 0
    _digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def lines(self, *, published: bool = True) -> Iterator[tuple[int, str]]:
        """Yield (line number, text without its end); raises Refused where it is not a whole text file.

        What is published ends every line; in a list that an office typed the last one may be open.
        """
        number = 0
        try:
            file, size = opened_plain(self.path)
            with file:
                while raw := file.readline(LONGEST_LINE + 2):
                    number += 1
                    self._digest.update(raw)
                    self.done += len(raw)
                    if self.done > self.size or size != self.size:
                        raise Refused(CHANGED)
                    if self.step is not None and number % 5_000 == 1:
                        self.step(self.done, self.size)
                    if self.done == self.size and raw.rstrip() == _END_OF_TEXT:
                        break
                    if not published and self.done == self.size and not raw.endswith(b"\n"):
                        raw += b"\n"
                    yield number, _decoded(raw, number)
        except OSError:
            raise Refused("This file can't be read.") from None
        if self.done != self.size:
            raise Refused(CHANGED)
        if not number:
            raise Refused("This file is empty.")


def opened(path: Path, step: Step | None = None, most_bytes: int = MOST_BYTES) -> LineFile:
    """Judge what can be judged before reading; raises Refused in words that name the way out."""
    try:
        file, size = opened_plain(path)
        with file:
            head = file.read(8)
    except OSError:
        raise Refused("This file can't be read.") from None
    if size > most_bytes:
        raise Refused(f"This file has {size // 1_000_000:,} MB. No code set is that long.")
    if kind := kind_of(head):
        packed = "ZIP" in kind or "compressed" in kind
        fix = "Unpack it, then choose the text file in it." if packed else "Choose the text file that was published."
        raise Refused(f"This file is {kind}. {fix}")
    return LineFile(path, size, step)


def _decoded(raw: bytes, number: int) -> str:
    if len(raw) > LONGEST_LINE:
        raise Refused(f"Line {number:,} is endlessly long. This is not a code set.")
    if 0 in raw:
        raise Refused(f"Line {number:,} holds a NUL character: the file is in UTF-16 or damaged. Get it again.")
    if not raw.endswith(b"\n"):
        raise Refused(f"The file ends in the middle of line {number:,}: it was cut. Get it again.")
    body = raw.rstrip(b"\r\n")
    for encoding in _ENCODINGS:
        try:
            return body.decode(encoding if number == 1 or encoding == "cp1252" else "utf-8")
        except UnicodeDecodeError:
            continue
    raise Refused(f"Line {number:,} is neither UTF-8 nor Windows-1252. Get the file again.")
