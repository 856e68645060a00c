"""CSV files in which no cell can be taken for a formula (SECURITY F13)."""

import csv
import io
from collections.abc import Iterable, Sequence


def as_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """Return the bytes of a CSV in UTF-8 with its mark, as spreadsheets expect it."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([[inert(cell) for cell in row] for row in rows])
    return text.getvalue().encode("utf-8-sig")


def inert(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would calculate; plain numbers stay numbers."""
    if cell.lstrip("-").replace(".", "", 1).isdigit():
        return cell
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠") else cell
