"""The security page on paper: each protection, what is weak, and the evidence for each clause (SECURITY H)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from medbill_desktop.documents.page import LEFT, QUIET, RIGHT, Mark, Pen, pdf_of, shortened, wrapped
from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.protections import Evidence, Level, Protection

TITLE: Final = "Security of the practice"
NOTE: Final = (
    "As this program sees it, from the records of the practice and from this computer. It is no legal advice, and it"
    " is no proof against somebody who has every key."
)
_COLUMN: Final = 170.0
_BOTTOM: Final = 740.0


@dataclass(frozen=True, slots=True)
class SecurityContent:
    """What stands on the pages; nothing of a patient."""

    practice: str
    printed_by: str
    printed_at: datetime
    lines: Sequence[Protection]
    evidence: Sequence[Evidence]


def security_page_pdf(content: SecurityContent) -> bytes:
    """Return the pages as a PDF."""
    return pdf_of(TITLE, [marks_of(content)], lambda done: None)


def marks_of(content: SecurityContent) -> list[Mark]:
    """Return the marks, page by page."""
    sheet = _Sheet()
    sheet.pen.text(LEFT, 56, TITLE, 20, bold=True)
    sheet.pen.text(LEFT, 76, shortened(content.practice, 11, RIGHT - LEFT), 11)
    by = f"Printed {show_date(content.printed_at.date())} by {content.printed_by}"
    sheet.pen.text(LEFT, 92, shortened(by, 9, RIGHT - LEFT), 9, gray=QUIET)
    sheet.y = 112
    sheet.paragraph(NOTE, LEFT, 9)
    weak = [each for each in content.lines if each.level is Level.WEAK]
    sheet.heading("Weak" if weak else "Nothing is weak")
    for each in weak:
        sheet.row(f"! {each.name}", f"{each.words} What to do: {each.do}" if each.do else each.words, bold=True)
    sheet.heading("Each protection")
    for each in content.lines:
        if each.level is not Level.WEAK:
            sheet.row(each.name, each.words)
    sheet.heading("Evidence by clause of 45 CFR")
    for proof in content.evidence:
        sheet.row(f"{proof.id}  {proof.clause}", f"{proof.feature}. {proof.today}")
    sheet.pen.end_page()
    return sheet.pen.marks


class _Sheet:
    """Goes down a page and on to the next."""

    def __init__(self) -> None:
        self.pen, self.y = Pen(), 60.0

    def heading(self, words: str) -> None:
        self.y += 14
        self._room(40)
        self.pen.text(LEFT, self.y, words, 12, bold=True)
        self.pen.rule(LEFT, self.y + 5, RIGHT)
        self.y += 20

    def paragraph(self, words: str, x: float, size: float) -> None:
        for line in wrapped(words, size, RIGHT - x):
            self._room(13)
            self.pen.text(x, self.y, line, size)
            self.y += 13

    def row(self, name: str, words: str, *, bold: bool = False) -> None:
        titles, lines = wrapped(name, 9, _COLUMN - 10), wrapped(words, 9, RIGHT - LEFT - _COLUMN)
        height = 13 * max(len(titles), len(lines))
        self._room(height)
        for at, line in enumerate(titles):
            self.pen.text(LEFT, self.y + 13 * at, line, 9, bold=bold, gray=0.0 if bold else QUIET)
        for at, line in enumerate(lines):
            self.pen.text(LEFT + _COLUMN, self.y + 13 * at, line, 9)
        self.y += height + 3

    def _room(self, height: float) -> None:
        if self.y + height > _BOTTOM:
            self.pen.end_page()
            self.y = 60.0
