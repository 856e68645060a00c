"""A plain letter page of facts and tables: deposit slip, day sheet, plan agreement (BILLING S10, S13, T5)."""

from collections.abc import Sequence
from typing import Final

from medbill_desktop.documents.page import LEFT, QUIET, RIGHT, Mark, Pen, pdf_of, shortened, wrapped
from medbill_desktop.documents.plain_sheet_large import large_marks
from medbill_desktop.documents.sheet_parts import Grid as Grid
from medbill_desktop.documents.sheet_parts import PlainSheet as PlainSheet

BOTTOM: Final = 736.0
ROW: Final = 15.0
FIRST: Final = 60.0


def plain_sheet_pdf(sheet: PlainSheet) -> bytes:
    """Return the sheet as a PDF."""
    return pdf_of(sheet.title, [marks_of(sheet)], lambda done: None)


def marks_of(sheet: PlainSheet) -> list[Mark]:
    """Return the marks, page by page."""
    if sheet.large:
        return large_marks(sheet)
    pen = Pen()
    y = _head(pen, sheet)
    for grid in sheet.grids:
        y = _grid(pen, grid, y)
    for words in sheet.paragraphs:
        for line in wrapped(words, 10, RIGHT - LEFT):
            y = _room(pen, y, 1)
            pen.text(LEFT, y, line, 10)
            y += 14
        y += 6
    if sheet.signatures:
        y = _room(pen, y, 4)
        _signatures(pen, sheet.signatures, y + 36)
    pen.end_page()
    return pen.marks


def _head(pen: Pen, sheet: PlainSheet) -> float:
    pen.text(LEFT, 50, shortened(sheet.practice, 13, 300, bold=True), 13, bold=True)
    for at, line in enumerate(sheet.lines):
        pen.text(LEFT, 66 + 12 * at, shortened(line, 9, 300), 9, gray=QUIET)
    pen.right(RIGHT, 51, sheet.title, 17, bold=True)
    y = 74.0
    for title, words in sheet.facts:
        pen.text(372, y, title, 9, gray=QUIET)
        pen.right(RIGHT, y, shortened(words, 9, 130), 9)
        y += 13
    y = max(y, 66 + 12 * len(sheet.lines)) + 20
    for line in sheet.addressee:
        pen.text(LEFT, y, shortened(line, 10, 320), 10)
        y += 13
    return y + (16 if sheet.addressee else 0)


def _grid(pen: Pen, grid: Grid, y: float) -> float:
    y = _room(pen, y, 3)
    pen.text(LEFT, y, grid.title, 11, bold=True)
    y += 18
    places = _places(grid)
    _cells(pen, grid, places, grid.heads, y, size=8, gray=QUIET)
    pen.rule(LEFT, y + 4, RIGHT)
    y += ROW + 2
    for at, row in enumerate(grid.rows):
        y = _room(pen, y, 1)
        _cells(pen, grid, places, row, y, bold=at in grid.strong)
        y += ROW
    return y + 12


def _places(grid: Grid) -> list[float]:
    """Return where each column stands: words from the left in equal parts, money to the right, 84 points each."""
    words = len(grid.heads) - grid.money
    room = (RIGHT - LEFT - 84 * grid.money) / max(words, 1)
    return [*(LEFT + room * at for at in range(words)), *(RIGHT - 84 * at for at in range(grid.money - 1, -1, -1))]


def _cells(
    pen: Pen,
    grid: Grid,
    places: Sequence[float],
    row: Sequence[str],
    y: float,
    *,
    size: float = 9,
    bold: bool = False,
    gray: float = 0.0,
) -> None:
    words = len(grid.heads) - grid.money
    for at, cell in enumerate(row):
        if at < words:
            end = places[at + 1] if at + 1 < words else RIGHT - 84 * grid.money
            pen.text(places[at], y, shortened(cell, size, end - places[at] - 8, bold=bold), size, bold=bold, gray=gray)
        else:
            pen.right(places[at], y, cell, size, bold=bold, gray=gray)


def _room(pen: Pen, y: float, rows: int) -> float:
    """Begin a new page where so many rows don't fit any more."""
    if y + ROW * rows <= BOTTOM:
        return y
    pen.end_page()
    return FIRST


def _signatures(pen: Pen, names: Sequence[str], y: float) -> None:
    for at, name in enumerate(names):
        x = LEFT + 280 * at
        pen.rule(x, y, x + 240, gray=0.3)
        pen.text(x, y + 13, name, 8, gray=QUIET)
