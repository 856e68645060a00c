"""Files as long as the real ones, for the rows of the bench that bring something in."""

import gzip
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final

from medbill_desktop import assets
from medbill_desktop.domain.code_books import CodeBook

CODES_OF_A_FILE: Final = 1_300  # first codes of one of the four NCCI files
_ICD10CM: Final = "codes/icd10cm.txt.gz"
_FEES: Final = "code,description,generic_words,price,first_day\r\n"


def icd10cm(path: Path) -> int:
    """Write the order file of the release that comes with the program; returns how many codes it has."""
    text = gzip.decompress(assets.path(_ICD10CM).read_bytes()).decode("utf-8")
    book = CodeBook(text.partition("\n")[2].rstrip("\n"))
    return _write(
        path,
        (
            f"{at:05d} {row.code:<7} {int(row.billable)} {row.words[:60]:<60} {row.words}\r\n"
            for at, row in enumerate(book, 1)
        ),
    )


def code_pairs(path: Path, count: int) -> int:
    """Write a file of NCCI pairs, as many others for each first code."""
    others = max(count // CODES_OF_A_FILE, 1)
    pairs = (
        f"{10_000 + code:05d}\t{60_000 + other:05d}\t*\t20200101\t*\t{other % 2}\tStandards\r\n"
        for code in range(CODES_OF_A_FILE)
        for other in range(others)
    )
    return _write(path, pairs, "Column 1\tColumn 2\t*\tDate\tDate\tMod\r\n")


def fee_schedule(path: Path, count: int, first_day: date) -> int:
    """Write a price list in generic words, a price a code; it raises each by a dollar a month."""
    rows = (
        f"{10_000 + at:05d},Service {at},Office service,{40 + at % 900 + first_day.month}.00,{first_day}\r\n"
        for at in range(count)
    )
    return _write(path, rows, _FEES)


def _write(path: Path, lines: Iterator[str], head: str = "") -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(head)
        for line in lines:
            file.write(line)
            count += 1
    return count
