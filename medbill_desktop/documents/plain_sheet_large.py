"""A letter of facts and tables in large letters: 18 points, each row of a table in as many lines as it needs."""

from typing import Final

from medbill_desktop.documents import fonts
from medbill_desktop.documents.page import LEFT, RIGHT, Mark, Pen, wrapped
from medbill_desktop.documents.sheet_parts import Grid, PlainSheet

SIZE: Final = 18.0
STEP: Final = 23.0
TOP: Final = 54.0
BOTTOM: Final = 750.0


def large_marks(sheet: PlainSheet) -> list[Mark]:
    """Return the marks, page by page."""
    page = _Page()
    page.words(sheet.title, bold=True)
    page.words(sheet.practice, bold=True)
    for line in sheet.lines:
        page.words(line)
    page.gap()
    for line in sheet.addressee:
        page.words(line)
    if sheet.addressee:
        page.gap()
    for label, value in sheet.facts:
        page.pair(label, value)
    for grid in sheet.grids:
        page.gap()
        _grid(page, grid)
    for words in sheet.paragraphs:
        page.gap()
        page.words(words)
    for name in sheet.signatures:
        page.room(3)
        page.y += 2 * STEP
        page.pen.rule(LEFT, page.y - STEP + 6, RIGHT, gray=0.3)
        page.words(name)
    page.pen.end_page()
    return page.pen.marks


def _grid(page: "_Page", grid: Grid) -> None:
    page.words(grid.title, bold=True)
    words = len(grid.heads) - grid.money
    for at, row in enumerate(grid.rows):
        said = "  ".join(each for each in row[:words] if each)
        for head, cell in zip(grid.heads[words:-1], row[words:-1], strict=True):
            said += f"  {head} {cell}"
        page.pair(said, row[-1], bold=at in grid.strong)


class _Page:
    """Where the next line stands."""

    def __init__(self) -> None:
        self.pen, self.y = Pen(), TOP

    def room(self, lines: int) -> None:
        if self.y + STEP * (lines - 1) > BOTTOM:
            self.pen.end_page()
            self.y = TOP

    def gap(self) -> None:
        self.y += STEP / 2

    def words(self, words: str, *, bold: bool = False) -> None:
        for line in wrapped(words, SIZE, (RIGHT - LEFT) * (0.9 if bold else 1)):
            self.room(1)
            self.pen.text(LEFT, self.y, line, SIZE, bold=bold)
            self.y += STEP

    def pair(self, label: str, value: str, *, bold: bool = False) -> None:
        """Set words at the left, over as many lines as they need, and what belongs to them at the right of the last."""
        lines = wrapped(label, SIZE, (RIGHT - LEFT) * (0.9 if bold else 1)) or [""]
        self.room(len(lines) + 1)
        for line in lines:
            self.pen.text(LEFT, self.y, line, SIZE, bold=bold)
            self.y += STEP
        beside = (fonts.width(lines[-1], bold=bold) + fonts.width(value, bold=bold) + 1) * SIZE <= RIGHT - LEFT
        self.y -= STEP if beside else 0
        self.pen.right(RIGHT, self.y, value, SIZE, bold=bold)
        self.y += STEP
