"""CSV files in which no cell can be taken for a formula (SECURITY F13)."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_SIGNS: Final = "=+\\-@＝＋－＠"
# What a spreadsheet skips before a sign; and separators at which one of another country splits a cell in two.
_BEGINS: Final = re.compile(rf"[\s\"'\ufeff\u200b]*[{_SIGNS}]|[\t\r\n]")
_SPLIT: Final = re.compile(rf"(?<=[;|\t\r\n])(?=[ \"\ufeff\u200b]*[{_SIGNS}])")


def as_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """Return the bytes of a CSV in UTF-8 with its mark, as spreadsheets expect it."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([[inert(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8-sig")


def inert(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would calculate, also behind a separator; plain numbers stay."""
    if _NUMBER.fullmatch(cell):
        return cell
    safe = _SPLIT.sub("'", cell)
    return f"'{safe}" if _BEGINS.match(safe) else safe
