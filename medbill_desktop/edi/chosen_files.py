"""A file that somebody chose, opened without waiting and judged once it is open (SECURITY F14).

Danger: opening a pipe waits for ever, and between a look at a name and its opening something else can come to stand
there. So nothing but a plain file is opened, never with waiting, and what is open is looked at again.
"""

import codecs
import os
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO, Final

from medbill_desktop.domain.problems import Refused

CHANGED: Final = "This file was changed while it was read. Wait until nothing writes to it, then try again."
_FLAGS: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_KINDS: Final = (
    (b"PK\x03\x04", "a ZIP file, or a workbook"), (b"PK\x05\x06", "an empty ZIP file"),
    (b"\xd0\xcf\x11\xe0", "a workbook of an old kind"), (b"%PDF-", "a PDF"), (b"\x1f\x8b", "a compressed file"),
    (b"7z\xbc\xaf", "a compressed file"), (b"Rar!", "a compressed file"), (codecs.BOM_UTF16_LE, "in UTF-16"),
    (codecs.BOM_UTF16_BE, "in UTF-16"),
)  # fmt: skip


def opened_plain(path: Path) -> tuple[BinaryIO, int]:
    """Return the file open for reading, and its bytes; raises Refused where it is none, or can't be opened."""
    try:
        if not S_ISREG(path.stat().st_mode):
            raise Refused("This is not a file.")
        handle = os.open(path, _FLAGS)
    except FileNotFoundError:
        raise Refused("This file can't be found.") from None
    except (OSError, ValueError) as error:  # a name that no system takes is a ValueError
        why = getattr(error, "strerror", None)
        raise Refused(f"This file can't be opened: {why}." if why else "This file can't be opened.") from None
    file = os.fdopen(handle, "rb")
    status = os.fstat(handle)
    if not S_ISREG(status.st_mode):
        file.close()
        raise Refused("This is not a file.")
    return file, status.st_size


def kind_of(head: bytes) -> str:
    """Return what a file is that is no text, by its first bytes, as in `This file is ...`; empty where it may be."""
    return next((said for magic, said in _KINDS if head.startswith(magic)), "")
