"""The statement on paper: a letter page for a window envelope, with a coupon at its foot (BILLING S1-S4)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from medbill_desktop.documents import fonts
from medbill_desktop.documents.page import LEFT, QUIET, RIGHT, Mark, Pen, pdf_of, shortened, wrapped
from medbill_desktop.documents.statement_large import large_marks
from medbill_desktop.documents.window_sheet import (
    ASIDE,
    BODY_TOP,
    address,
    fold_ticks,
    sender,
    sender_area,
    thousandths,
)
from medbill_desktop.domain.aging import BUCKETS
from medbill_desktop.domain.envelopes import PROFILES, Rect, check_layout, safe_area
from medbill_desktop.domain.money import format_cents, format_dollars
from medbill_desktop.domain.problems import Problem
from medbill_desktop.domain.statement_content import PatientBlock, ServiceLine, StatementContent
from medbill_desktop.domain.statement_words import StatementWords, age_in, date_in

COUPON_TOP: Final = 648.0
FIRST_BOTTOM: Final = 624.0
LAST_BOTTOM: Final = 738.0
LATER_TOP: Final = 84.0
ROW: Final = 14.0
TOTALS: Final = 50.0  # sum and aging; a credit takes two rows more
GAP: Final = 8.0  # before the next patient
SERVICE: Final = 100.0
COLUMNS: Final = (302.0, 382.0, 446.0, 510.0, RIGHT)  # charge, insurance paid, adjusted, you paid, you owe


class Watch(Protocol):
    def step(self, done: int, total: int, text: str) -> None: ...


def statements_pdf(contents: Sequence[StatementContent], watch: Watch) -> bytes:
    """Return one PDF of all statements, each beginning on a page of its own; the watch may cancel between two."""
    return drawn_pdf((marks_of(each) for each in contents), len(contents), watch)


def drawn_pdf(documents: Iterable[list[Mark]], total: int, watch: Watch) -> bytes:
    """Return one PDF of statements whose marks are made, one at a time, or were kept when they were sent."""

    def on_each(done: int) -> None:
        if done % 25 == 0 or done == total:
            watch.step(done, total, f"Drawing statement {done:,} of {total:,}")

    watch.step(0, total, "Drawing statements")
    return pdf_of("Patient statements", documents, on_each)


def sheets_of(marks: Sequence[Mark]) -> int:
    """Return how many sheets one statement takes, each printed on one side."""
    return sum(mark[0] == "page" for mark in marks)


def fits_envelope(key: str, practice_lines: int = 4) -> tuple[Problem, ...]:
    """Judge the layout against an envelope: a layout that doesn't fit is refused (BILLING S4)."""
    profile = PROFILES[key]
    safe = safe_area(profile, profile.address_window)
    lines = profile.address_lines
    height = (lines - 1) * profile.line_points / 10 + 9
    address = Rect(safe.left, safe.top, safe.right, safe.top + thousandths(height))
    sender = sender_area(profile, practice_lines)
    return check_layout(profile, address, sender, [
        Rect(thousandths(ASIDE), 0, 8_500, thousandths(BODY_TOP)),
        Rect(0, thousandths(BODY_TOP - 10), 8_500, 11_000),
    ])  # fmt: skip


def marks_of(content: StatementContent) -> list[Mark]:
    """Return the marks of one statement, page by page, in the letters that its reader asked for."""
    return large_marks(content) if content.large_print else _plain_marks(content)


def _plain_marks(content: StatementContent) -> list[Mark]:
    words = content.words
    profile = PROFILES[content.envelope]
    message = wrapped(content.message, 9.5, RIGHT - LEFT)
    table_top = BODY_TOP + 13 * len(message) + (8 if message else 0)
    totals = TOTALS + (2 * ROW if content.credit_cents else 0)
    pages = _paginated(_rows(content), table_top, totals, words.continued)
    pen = Pen()
    for number, rows in enumerate(pages, start=1):
        if number == 1:
            sender(pen, content, profile)
            address(pen, content, profile)
            _aside(pen, content)
            for at, line in enumerate(message):
                pen.text(LEFT, BODY_TOP + 13 * at, line, 9.5)
            y = _table_head(pen, table_top, words) if rows or not content.your_credit_cents else table_top
        else:
            _later_head(pen, content)
            y = _table_head(pen, LATER_TOP, words) if rows else LATER_TOP
        for at, row in enumerate(rows):
            y += GAP if row.head and at else 0
            row.draw(pen, y)
            y += ROW
        if number == len(pages):
            _totals(pen, content, y)
        if number == 1:
            _coupon(pen, content, number, len(pages))
            fold_ticks(pen, profile)
        else:
            pen.right(RIGHT, 762, words.page.format(page=number, pages=len(pages)), 8, gray=QUIET)
        pen.end_page()
    return pen.marks


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the table: a patient's name, a service, a note or a sum."""

    words: str
    line: ServiceLine | None = None
    cents: int | None = None
    head: bool = False
    day: str = ""

    def draw(self, pen: Pen, y: float) -> None:
        if self.line is not None:
            _service(pen, self.line, self.day, y)
        elif self.head:
            pen.text(LEFT, y, shortened(self.words, 9.5, 250, bold=True), 9.5, bold=True)
        elif self.cents is not None:
            pen.text(SERVICE, y, self.words, 9, gray=QUIET)
            pen.right(RIGHT, y, format_cents(self.cents), 9, bold=True)
        else:
            pen.text(SERVICE, y, self.words, 8, gray=QUIET)


def _rows(content: StatementContent) -> list[_Row]:
    rows: list[_Row] = []
    words = content.words
    for block in content.patients:
        rows.append(_Row(block.name, head=True))
        for line in block.lines:
            rows.append(_Row("", line, day=date_in(content.language, line.service_date)))
            if line.last_day is not None:
                rows.append(_Row(words.through.format(day=date_in(content.language, line.last_day))))
            if line.with_insurance:
                rows.append(_Row(words.line_waits.format(cents=format_cents(line.with_insurance))))
        rows += _after(block, words, several=len(content.patients) > 1)
    return rows


def _after(block: PatientBlock, words: StatementWords, *, several: bool) -> list[_Row]:
    rows = []
    if block.pending_cents:
        rows.append(_Row(words.block_waits.format(cents=format_cents(block.pending_cents))))
    if several and block.lines:
        rows.append(_Row(words.together.format(name=block.name), cents=block.owes_cents))
    return rows


def _paginated(rows: list[_Row], table_top: float, totals: float, continued: str) -> list[list[_Row]]:
    """Spread the rows over pages; a name never stands alone at a foot, and follows its services over the leaf."""
    pages: list[list[_Row]] = [[]]
    y, bottom, name = table_top + 20, FIRST_BOTTOM, ""
    for row in rows:
        need = 2 * ROW + GAP if row.head else ROW
        if y + need > bottom + ROW:
            pages.append([])
            y, bottom = LATER_TOP + 20, LAST_BOTTOM
            if name and not row.head:
                pages[-1].append(_Row(continued.format(name=name), head=True))
                y += ROW
        name = row.words if row.head else name
        y += ROW + (GAP if row.head and pages[-1] else 0)
        pages[-1].append(row)
    if y + totals > bottom + ROW:
        pages.append([])
    return pages


def _service(pen: Pen, line: ServiceLine, day: str, y: float) -> None:
    pen.text(LEFT, y, day, 9)
    pen.text(SERVICE, y, shortened(line.words, 9, 148), 9)
    amounts = (line.charged, line.insurance_paid, line.adjusted, line.you_paid, line.you_owe)
    for x, cents in zip(COLUMNS, amounts, strict=True):
        pen.right(x, y, format_cents(cents), 9)


def _aside(pen: Pen, content: StatementContent) -> None:
    """Title, facts and amount, where no window shows them."""
    words = content.words
    wide = fonts.width(content.step_words, bold=True)
    pen.text(ASIDE, 51, content.step_words, min(18.0, int(2 * (RIGHT - ASIDE) / wide) / 2), bold=True)
    facts = (
        (words.statement_date, date_in(content.language, content.statement_date)),
        (words.statement_number, content.number),
        (words.account, content.reference),
        _pay_by(content),
    )
    for at, (label, value) in enumerate(facts):
        pen.text(ASIDE, 78 + 15 * at, label, 9, gray=QUIET)
        pen.right(RIGHT, 78 + 15 * at, value, 9)
    pen.fill(ASIDE, 144, RIGHT - ASIDE, 48)
    pen.text(ASIDE + 10, 160, words.your_credit if content.your_credit_cents else words.amount_due, 9, gray=QUIET)
    pen.text(ASIDE + 10, 182, format_dollars(content.your_credit_cents or content.due_cents), 17, bold=True)
    if content.practice.phone:
        pen.text(ASIDE, 212, words.questions, 9, gray=QUIET)
        pen.text(ASIDE, 226, words.call.format(phone=content.practice.phone), 9)


def _pay_by(content: StatementContent) -> tuple[str, str]:
    """Return until when to pay, or that there is nothing to pay."""
    words = content.words
    return (words.nothing_due, "") if content.your_credit_cents else (
        words.pay_by, date_in(content.language, content.due_date))  # fmt: skip


def _later_head(pen: Pen, content: StatementContent) -> None:
    pen.text(LEFT, 50, shortened(content.practice.name, 10, 300, bold=True), 10, bold=True)
    day = date_in(content.language, content.statement_date)
    words = content.words.later_head.format(number=content.number, date=day, account=content.reference)
    pen.right(RIGHT, 50, words, 8, gray=QUIET)


def _table_head(pen: Pen, y: float, said: StatementWords) -> float:
    """Draw the head of the table and return the base line of its first row."""
    pen.text(LEFT, y, said.date, 8, gray=QUIET)
    pen.text(SERVICE, y, said.service, 8, gray=QUIET)
    for words, x in zip(said.columns, COLUMNS, strict=True):
        pen.right(x, y, words, 8, gray=QUIET)
    pen.rule(LEFT, y + 5, RIGHT)
    return y + 20


def _totals(pen: Pen, content: StatementContent, y: float) -> None:
    """Draw sum, credit, amount due and aging below the last row."""
    said = content.words
    pen.rule(LEFT, y - 9, RIGHT, gray=0.3)
    y += 6
    if content.credit_cents:
        pen.text(SERVICE, y, said.services_above, 9, gray=QUIET)
        pen.right(RIGHT, y, format_cents(content.owes_cents), 9)
        pen.text(SERVICE, y + ROW, said.less_credit, 9, gray=QUIET)
        pen.right(RIGHT, y + ROW, format_cents(-content.credit_cents), 9)
        y += 2 * ROW
    pen.text(SERVICE, y, said.amount_due, 10, bold=True)
    pen.right(RIGHT, y, format_cents(content.due_cents), 10, bold=True)
    if content.your_credit_cents:
        pen.text(SERVICE, y + ROW, said.your_credit, 10, bold=True)
        pen.right(RIGHT, y + ROW, format_cents(content.your_credit_cents), 10, bold=True)
        return
    pen.fill(LEFT, y + 10, RIGHT - LEFT, 34)
    pen.text(LEFT + 8, y + 23, said.age, 8, gray=QUIET)
    for place, (words, cents) in enumerate(zip(BUCKETS, content.aging, strict=True)):
        x = 196 + 72 * place
        pen.right(x, y + 23, age_in(content.language, words), 8, gray=QUIET)
        pen.right(x, y + 36, format_cents(cents), 9)
    pen.right(RIGHT - 8, y + 23, said.total, 8, gray=QUIET)
    pen.right(RIGHT - 8, y + 36, format_cents(content.total_cents), 9, bold=True)


def _coupon(pen: Pen, content: StatementContent, number: int, pages: int) -> None:
    words = content.words
    if pages > 1:
        pen.right(RIGHT, COUPON_TOP - 6, words.page.format(page=number, pages=pages), 8, gray=QUIET)
    pen.rule(LEFT, COUPON_TOP, RIGHT, gray=0.4, dashed=True)
    if content.your_credit_cents:
        pen.centre((LEFT + RIGHT) / 2, COUPON_TOP + 30, words.nothing_due, 11, bold=True)
        return
    pen.centre((LEFT + RIGHT) / 2, COUPON_TOP + 12, words.cut, 8, gray=QUIET)
    top = COUPON_TOP + 38
    pen.text(LEFT, top, words.check_to, 8, gray=QUIET)
    pen.text(LEFT, top + 18, shortened(content.practice.name, 11, 300, bold=True), 11, bold=True)
    for at, line in enumerate(content.practice.address[:3]):
        pen.text(LEFT, top + 33 + 13 * at, shortened(line, 10, 300), 10)
    facts = (
        (words.account, content.reference),
        (words.statement_number, content.number),
        (words.pay_by, date_in(content.language, content.due_date)),
    )
    for at, (label, value) in enumerate(facts):
        pen.text(ASIDE, top + 14 * at, label, 9, gray=QUIET)
        pen.right(RIGHT, top + 14 * at, value, 9)
    pen.text(ASIDE, top + 44, words.amount_due, 9, bold=True)
    pen.right(RIGHT, top + 44, format_dollars(content.total_cents), 10, bold=True)
    pen.text(ASIDE, top + 70, words.enclosed, 9, gray=QUIET)
    pen.frame(ASIDE + 92, top + 55, RIGHT - ASIDE - 92, 22)
    pen.text(ASIDE + 99, top + 70, "$", 10)
