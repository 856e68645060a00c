"""A pen for letter pages: it gathers marks, plain tuples, and a canvas draws them (SECURITY P2, F17).

Layout is so a pure function whose result a test can read, and the drawing is bare canvas calls. `y` runs from the top
of the page in points, as people read; marks hold PDF's own, from the bottom.
"""

from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import Any, Final

from reportlab import rl_config
from reportlab.pdfgen.canvas import Canvas

from medbill_desktop.documents import fonts

rl_config.useA85 = 0  # streams as they are: a fifth smaller and a tenth faster than in letters

PAGE_WIDTH: Final = 612.0
PAGE_HEIGHT: Final = 792.0
LEFT: Final = 36.0
RIGHT: Final = 576.0
INK, QUIET, RULE, SHADE = 0.0, 0.38, 0.72, 0.94
AUTHOR: Final = "MedBill Desktop"

# ("text", font, size, gray, x, y, words) | ("line", width, gray, dashed, x1, y1, x2, y2) | ("fill", gray, x, y, w, h)
# | ("frame", width, gray, x, y, w, h) | ("page",)
Mark = tuple[Any, ...]


class Pen:
    """Gathers the marks of one document."""

    def __init__(self) -> None:
        self.marks: list[Mark] = []

    def text(self, x: float, y: float, words: str, size: float, *, bold: bool = False, gray: float = INK) -> None:
        """Set words from `x` on; `y` is their base line."""
        if words.isascii() and words.isprintable():
            if words:
                font = fonts.BOLD if bold else fonts.SANS
                self.marks.append(("text", font, size, gray, x, PAGE_HEIGHT - y, words))
            return
        for font, run in fonts.runs(words, bold=bold):
            self.marks.append(("text", font, size, gray, x, PAGE_HEIGHT - y, run))
            x += fonts.run_width(font, run) * size

    def right(self, x: float, y: float, words: str, size: float, *, bold: bool = False, gray: float = INK) -> None:
        """Set words that end at `x`."""
        self.text(round(x - fonts.width(words, bold=bold) * size, 3), y, words, size, bold=bold, gray=gray)

    def centre(self, x: float, y: float, words: str, size: float, *, bold: bool = False, gray: float = INK) -> None:
        self.text(round(x - fonts.width(words, bold=bold) * size / 2, 3), y, words, size, bold=bold, gray=gray)

    def rule(
        self, x1: float, y: float, x2: float, *, width: float = 0.5, gray: float = RULE, dashed: bool = False
    ) -> None:
        self.marks.append(("line", width, gray, dashed, x1, PAGE_HEIGHT - y, x2, PAGE_HEIGHT - y))

    def fill(self, x: float, y: float, width: float, height: float, *, gray: float = SHADE) -> None:
        """Shade a box whose top left corner is given."""
        self.marks.append(("fill", gray, x, PAGE_HEIGHT - y - height, width, height))

    def frame(self, x: float, y: float, width: float, height: float, *, line: float = 0.6, gray: float = INK) -> None:
        self.marks.append(("frame", line, gray, x, PAGE_HEIGHT - y - height, width, height))

    def end_page(self) -> None:
        self.marks.append(("page",))


def shortened(words: str, size: float, room: float, *, bold: bool = False) -> str:
    """Return the words, cut with an ellipsis where they are wider than `room` points."""
    if fonts.width(words, bold=bold) * size <= room:
        return words
    while words and fonts.width(words + "…", bold=bold) * size > room:
        words = words[:-1]
    return words.rstrip() + "…"


def wrapped(words: str, size: float, room: float) -> list[str]:
    """Break a paragraph into lines no wider than `room` points; a script without blanks breaks at any letter."""
    lines: list[str] = []
    line = ""
    for word in words.split():
        joined = f"{line} {word}" if line else word
        if fonts.width(joined) * size <= room:
            line = joined
            continue
        if line:
            lines.append(line)
        while fonts.width(word) * size > room:
            fit = next(n for n in range(len(word) - 1, 0, -1) if n == 1 or fonts.width(word[:n]) * size <= room)
            lines.append(word[:fit])
            word = word[fit:]
        line = word
    return [*lines, line] if line else lines


class Sheets:
    """One PDF in the making; the same marks always give the same bytes, and no name stands in its metadata."""

    def __init__(self, title: str) -> None:
        fonts.ready()
        self._out = BytesIO()
        self._canvas = Canvas(self._out, pagesize=(PAGE_WIDTH, PAGE_HEIGHT), pageCompression=1, invariant=1)
        self._canvas.setTitle(title)
        self._canvas.setAuthor(AUTHOR)
        self._canvas.setCreator(AUTHOR)
        self._canvas.setProducer(AUTHOR)
        self._canvas.setSubject(title)
        self._font: tuple[str, float] | None = None
        self._fill: float | None = None

    def draw(self, marks: Iterable[Mark]) -> None:
        canvas, font, fill = self._canvas, self._font, self._fill
        for mark in marks:
            match mark:
                case ("text", name, size, gray, x, y, words):
                    if font != (name, size):
                        font = (name, size)
                        canvas.setFont(name, size)
                    if fill != gray:
                        fill = gray
                        canvas.setFillGray(gray)
                    canvas.drawString(x, y, words)
                case ("line", width, gray, dashed, x1, y1, x2, y2):
                    canvas.setLineWidth(width)
                    canvas.setStrokeGray(gray)
                    canvas.setDash(*((3, 3) if dashed else ()))
                    canvas.line(x1, y1, x2, y2)
                case ("fill", gray, x, y, w, h):
                    if fill != gray:
                        fill = gray
                        canvas.setFillGray(gray)
                    canvas.rect(x, y, w, h, stroke=0, fill=1)
                case ("frame", width, gray, x, y, w, h):
                    canvas.setLineWidth(width)
                    canvas.setStrokeGray(gray)
                    canvas.setDash()
                    canvas.rect(x, y, w, h, stroke=1, fill=0)
                case ("page",):
                    canvas.showPage()
                    font = fill = None  # a new page begins with the canvas's own
        self._font, self._fill = font, fill

    def done(self) -> bytes:
        self._canvas.save()
        return self._out.getvalue()


def pdf_of(title: str, documents: Iterable[Iterator[Mark] | list[Mark]], on_each: Callable[[int], None]) -> bytes:
    """Draw documents one after the other into one PDF; `on_each` hears how many are done and may raise to cancel."""
    sheets = Sheets(title)
    for done, marks in enumerate(documents, start=1):
        sheets.draw(marks)
        on_each(done)
    return sheets.done()
