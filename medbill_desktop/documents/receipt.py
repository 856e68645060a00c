"""The receipt for a payment on paper: the upper half of a letter page (BILLING S9, S2)."""

from typing import Final

from medbill_desktop.documents.page import LEFT, QUIET, RIGHT, Mark, Pen, pdf_of, shortened
from medbill_desktop.domain.letter_words import RECEIPT
from medbill_desktop.domain.money import format_cents, format_dollars
from medbill_desktop.domain.statement_content import ReceiptContent
from medbill_desktop.domain.statement_words import date_in

ASIDE: Final = 404.0
ROW: Final = 15.0
LAST_BOTTOM: Final = 740.0


def receipt_pdf_of(content: ReceiptContent) -> bytes:
    """Return the receipt as a PDF."""
    return pdf_of("Receipt", [marks_of(content)], lambda done: None)


def marks_of(content: ReceiptContent) -> list[Mark]:
    """Return the marks of one receipt, page by page."""
    pen = Pen()
    y = _head(pen, content)
    for line in content.lines:
        if y > LAST_BOTTOM - 5 * ROW:
            pen.end_page()
            y = 60.0
        pen.text(LEFT, y, date_in(content.language, line.service_date), 9)
        pen.text(LEFT + 70, y, shortened(line.patient, 9, 90), 9)
        pen.text(LEFT + 170, y, shortened(line.words, 9, 240), 9)
        pen.right(RIGHT, y, format_cents(line.cents), 9)
        y += ROW
    _sums(pen, content, y)
    pen.end_page()
    return pen.marks


def _head(pen: Pen, content: ReceiptContent) -> float:
    practice, said = content.practice, RECEIPT[content.language]
    pen.text(LEFT, 50, shortened(practice.name, 15, ASIDE - LEFT - 16, bold=True), 15, bold=True)
    for at, line in enumerate([*practice.address[:3], practice.phone]):
        pen.text(LEFT, 68 + 12 * at, shortened(line, 9, ASIDE - LEFT - 16), 9, gray=QUIET)
    pen.text(ASIDE, 51, said.void_title if content.void else said.title, 18, bold=True)
    facts = ((said.number, content.number), (said.date, date_in(content.language, content.received_on)))
    for at, (label, value) in enumerate(facts):
        pen.text(ASIDE, 74 + 15 * at, label, 9, gray=QUIET)
        pen.right(RIGHT, 74 + 15 * at, value, 9)
    pen.fill(LEFT, 128, RIGHT - LEFT, 52)
    pen.text(LEFT + 12, 146, said.received_from, 8, gray=QUIET)
    pen.text(LEFT + 12, 165, shortened(content.payer_name, 12, 240, bold=True), 12, bold=True)
    pen.text(LEFT + 270, 146, said.by, 8, gray=QUIET)
    by = f"{content.method}, {content.reference}" if content.reference else content.method
    pen.text(LEFT + 270, 165, shortened(by, 10, 150), 10)
    pen.right(RIGHT - 12, 146, said.amount, 8, gray=QUIET)
    pen.right(RIGHT - 12, 167, format_dollars(content.cents), 16, bold=True)
    y = 206.0
    if content.lines:
        pen.text(LEFT, y, said.service_date, 8, gray=QUIET)
        pen.text(LEFT + 170, y, said.service, 8, gray=QUIET)
        pen.right(RIGHT, y, said.paid, 8, gray=QUIET)
        pen.rule(LEFT, y + 5, RIGHT)
        y += 20
    return y


def _sums(pen: Pen, content: ReceiptContent, y: float) -> None:
    said = RECEIPT[content.language]
    pen.rule(LEFT, y - 9, RIGHT, gray=0.3)
    y += 6
    if content.kept_as_credit:
        pen.text(LEFT + 170, y, said.kept, 9, gray=QUIET)
        pen.right(RIGHT, y, format_cents(content.kept_as_credit), 9)
        y += ROW
    pen.text(LEFT + 170, y, said.together, 9.5, bold=True)
    pen.right(RIGHT, y, format_cents(content.cents), 9.5, bold=True)
    y += ROW + 6
    pen.text(LEFT + 170, y, said.owe.format(day=date_in(content.language, content.as_of)), 9, gray=QUIET)
    pen.right(RIGHT, y, format_cents(content.still_owed), 9)
    words = said.void if content.void else said.thanks
    pen.text(LEFT, y + 30, words, 9.5)
