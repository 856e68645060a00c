"""The audit anchor on paper: the head of the log, out of reach of whoever can change files (SECURITY A12).

It is filed with the papers of the month; a signed page from last year still tells whether a row of then was changed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from medbill_desktop.documents.page import LEFT, QUIET, RIGHT, Mark, Pen, pdf_of, shortened, wrapped
from medbill_desktop.domain.dates import show_date

TITLE: Final = "Audit anchor"
_WORDS: Final = (
    (
        "Each row of the audit log is sealed together with all rows before it. The digits below are the seal of the"
        " last row at the time of printing. If any earlier row is changed, taken out or put in, the log no longer gives"
        " these digits for this row, even if whoever did it has every key."
    ),
    (
        "Sign this page, file it where the people who use the program can't exchange it, and keep it for six years. To"
        " hold the log to it, open Audit log, Verify now, and type the anchor; or run:"
    ),
)
_COLUMN: Final = 190.0


@dataclass(frozen=True, slots=True)
class AnchorContent:
    """What stands on the page; nothing of a patient."""

    practice: str
    vault: str  # the first 8 digits of its id
    epoch: int
    seq: int
    head: str  # the first 16 hex digits of the mac
    at: datetime
    printed_at: datetime
    counts: Sequence[tuple[str, int]]

    @property
    def anchor(self) -> str:
        """The anchor as it is typed."""
        return f"{self.seq}:{self.head}"


def audit_anchor_pdf(content: AnchorContent) -> bytes:
    """Return the page as a PDF."""
    return pdf_of(TITLE, [marks_of(content)], lambda done: None)


def marks_of(content: AnchorContent) -> list[Mark]:
    """Return the marks of the page."""
    pen = Pen()
    pen.text(LEFT, 60, TITLE, 20, bold=True)
    pen.text(LEFT, 82, shortened(content.practice, 11, RIGHT - LEFT), 11)
    y = 116.0
    for paragraph in _WORDS:
        for line in wrapped(paragraph, 10, RIGHT - LEFT):
            pen.text(LEFT, y, line, 10)
            y += 14
        y += 6
    pen.text(LEFT + 12, y, f"medbill audit verify --anchor {content.anchor}", 10)
    y += 26
    pen.fill(LEFT, y, RIGHT - LEFT, 64)
    pen.text(LEFT + 14, y + 18, "Row and head", 8, gray=QUIET)
    grouped = " ".join(content.head[at : at + 4] for at in range(0, len(content.head), 4))
    pen.text(LEFT + 14, y + 46, f"{content.seq}  :  {grouped}", 20, bold=True)
    y += 92
    facts = (
        ("Written", _moment(content.at)),
        ("Printed", _moment(content.printed_at)),
        ("Practice no.", content.vault),
        ("Keys", f"epoch {content.epoch}"),
        *((name, f"{count:,}") for name, count in content.counts),
    )
    for name, words in facts:
        pen.text(LEFT, y, name, 10, gray=QUIET)
        pen.text(LEFT + _COLUMN, y, words, 10)
        y += 17
    y += 60
    for at, words in ((LEFT, "Name and signature"), (LEFT + 330, "Date")):
        pen.rule(at, y, at + (300 if at == LEFT else 210), gray=0.3)
        pen.text(at, y + 14, words, 8, gray=QUIET)
    pen.end_page()
    return pen.marks


def _moment(at: datetime) -> str:
    return f"{show_date(at.date())}, {at:%H:%M:%S} UTC"
