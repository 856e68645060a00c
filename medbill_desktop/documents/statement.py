"""The statement on paper: a letter page for a window envelope, with a coupon at its foot (BILLING S1-S4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from medbill_desktop.documents import fonts
from medbill_desktop.documents.page import LEFT, QUIET, RIGHT, Mark, Pen, pdf_of, shortened, wrapped
from medbill_desktop.domain.aging import BUCKETS
from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.envelopes import (
    POINTS,
    PROFILES,
    EnvelopeProfile,
    Rect,
    address_size,
    check_layout,
    safe_area,
)
from medbill_desktop.domain.money import format_cents, format_dollars
from medbill_desktop.domain.problems import Problem
from medbill_desktop.domain.statement_content import PatientBlock, ServiceLine, StatementContent

ASIDE: Final = 404.0  # the right column, beside every window
BODY_TOP: Final = 298.0  # below the first fold of every profile
COUPON_TOP: Final = 648.0
FIRST_BOTTOM: Final = 624.0
LAST_BOTTOM: Final = 738.0
LATER_TOP: Final = 84.0
ROW: Final = 14.0
TOTALS: Final = 50.0  # sum and aging; a credit takes two rows more
GAP: Final = 8.0  # before the next patient
SERVICE: Final = 100.0
COLUMNS: Final = (
    ("Charge", 302.0),
    ("Insurance paid", 382.0),
    ("Adjusted", 446.0),
    ("You paid", 510.0),
    ("You owe", RIGHT),
)


class Watch(Protocol):
    def step(self, done: int, total: int, text: str) -> None: ...


def statements_pdf(contents: Sequence[StatementContent], watch: Watch) -> bytes:
    """Return one PDF of all statements, each beginning on a page of its own; the watch may cancel between two."""
    total = len(contents)

    def on_each(done: int) -> None:
        if done % 25 == 0 or done == total:
            watch.step(done, total, f"Drawing statement {done:,} of {total:,}")

    watch.step(0, total, "Drawing statements")
    return pdf_of("Patient statements", (marks_of(each) for each in contents), on_each)


def fits_envelope(key: str, practice_lines: int = 4) -> tuple[Problem, ...]:
    """Judge the layout against an envelope: a layout that doesn't fit is refused (BILLING S4)."""
    profile = PROFILES[key]
    safe = safe_area(profile, profile.address_window)
    lines = profile.address_lines
    height = (lines - 1) * profile.line_points / 10 + 9
    address = Rect(safe.left, safe.top, safe.right, safe.top + _thousandths(height))
    sender = _sender_area(profile, practice_lines)
    return check_layout(profile, address, sender, [
        Rect(_thousandths(ASIDE), 0, 8_500, _thousandths(BODY_TOP)),
        Rect(0, _thousandths(BODY_TOP - 10), 8_500, 11_000),
    ])  # fmt: skip


def marks_of(content: StatementContent) -> list[Mark]:
    """Return the marks of one statement, page by page."""
    profile = PROFILES[content.envelope]
    message = wrapped(content.message, 9.5, RIGHT - LEFT)
    table_top = BODY_TOP + 13 * len(message) + (8 if message else 0)
    totals = TOTALS + (2 * ROW if content.credit_cents else 0)
    pages = _paginated(_rows(content), table_top, totals)
    pen = Pen()
    for number, rows in enumerate(pages, start=1):
        if number == 1:
            _sender(pen, content, profile)
            _address(pen, content, profile)
            _aside(pen, content)
            for at, line in enumerate(message):
                pen.text(LEFT, BODY_TOP + 13 * at, line, 9.5)
            y = _table_head(pen, table_top)
        else:
            _later_head(pen, content)
            y = _table_head(pen, LATER_TOP) if rows else LATER_TOP
        for at, row in enumerate(rows):
            y += GAP if row.head and at else 0
            row.draw(pen, y)
            y += ROW
        if number == len(pages):
            _totals(pen, content, y)
        if number == 1:
            _coupon(pen, content, number, len(pages))
            _fold_ticks(pen, profile)
        else:
            pen.right(RIGHT, 762, f"Page {number} of {len(pages)}", 8, gray=QUIET)
        pen.end_page()
    return pen.marks


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the table: a patient's name, a service, a note or a sum."""

    words: str
    line: ServiceLine | None = None
    cents: int | None = None
    head: bool = False

    def draw(self, pen: Pen, y: float) -> None:
        if self.line is not None:
            _service(pen, self.line, y)
        elif self.head:
            pen.text(LEFT, y, shortened(self.words, 9.5, 250, bold=True), 9.5, bold=True)
        elif self.cents is not None:
            pen.text(SERVICE, y, self.words, 9, gray=QUIET)
            pen.right(RIGHT, y, format_cents(self.cents), 9, bold=True)
        else:
            pen.text(SERVICE, y, self.words, 8, gray=QUIET)


def _rows(content: StatementContent) -> list[_Row]:
    rows: list[_Row] = []
    for block in content.patients:
        rows.append(_Row(block.name, head=True))
        for line in block.lines:
            rows.append(_Row("", line))
            if line.with_insurance:
                rows.append(_Row(f"{format_cents(line.with_insurance)} of it is still with insurance and not due now."))
        rows += _after(block, several=len(content.patients) > 1)
    return rows


def _after(block: PatientBlock, *, several: bool) -> list[_Row]:
    rows = []
    if block.pending_cents:
        words = f"Charges of {format_cents(block.pending_cents)} are still with insurance. Nothing is due for them now."
        rows.append(_Row(words))
    if several and block.lines:
        rows.append(_Row(f"Together for {block.name}", cents=block.owes_cents))
    return rows


def _paginated(rows: list[_Row], table_top: float, totals: float) -> list[list[_Row]]:
    """Spread the rows over pages; a name never stands alone at a foot, and follows its services over the leaf."""
    pages: list[list[_Row]] = [[]]
    y, bottom, name = table_top + 20, FIRST_BOTTOM, ""
    for row in rows:
        need = 2 * ROW + GAP if row.head else ROW
        if y + need > bottom + ROW:
            pages.append([])
            y, bottom = LATER_TOP + 20, LAST_BOTTOM
            if name and not row.head:
                pages[-1].append(_Row(f"{name} (continued)", head=True))
                y += ROW
        name = row.words if row.head else name
        y += ROW + (GAP if row.head and pages[-1] else 0)
        pages[-1].append(row)
    if y + totals > bottom + ROW:
        pages.append([])
    return pages


def _service(pen: Pen, line: ServiceLine, y: float) -> None:
    pen.text(LEFT, y, show_date(line.service_date), 9)
    pen.text(SERVICE, y, shortened(line.words, 9, 148), 9)
    amounts = (line.charged, line.insurance_paid, line.adjusted, line.you_paid, line.you_owe)
    for (_, x), cents in zip(COLUMNS, amounts, strict=True):
        pen.right(x, y, format_cents(cents), 9)


def _sender_area(profile: EnvelopeProfile, lines: int) -> Rect:
    if profile.return_window is not None:
        safe = safe_area(profile, profile.return_window)
        return Rect(safe.left, safe.top, safe.right, safe.top + _thousandths(29))
    return Rect(_thousandths(LEFT), 400, _thousandths(ASIDE - 12), _thousandths(56 + 12 * lines))


def _sender(pen: Pen, content: StatementContent, profile: EnvelopeProfile) -> None:
    practice = content.practice
    if profile.return_window is not None:
        area = safe_area(profile, profile.return_window)
        room = area.width * POINTS / 1000
        lines = [practice.name, ", ".join(practice.address[:-1]), *practice.address[-1:]]
        for at, line in enumerate(lines):
            words = shortened(line, 9, room, bold=at == 0)
            pen.text(_points(area.left), _points(area.top) + 7.2 + 10 * at, words, 9, bold=at == 0)
        return
    pen.text(LEFT, 50, shortened(practice.name, 15, ASIDE - LEFT - 16, bold=True), 15, bold=True)
    for at, line in enumerate(practice.address[:3]):
        pen.text(LEFT, 68 + 12 * at, shortened(line, 9, ASIDE - LEFT - 16), 9, gray=QUIET)


def _address(pen: Pen, content: StatementContent, profile: EnvelopeProfile) -> None:
    area = safe_area(profile, profile.address_window)
    size = address_size(content.addressee, profile, fonts.width) or 8
    for at, line in enumerate(content.addressee):
        pen.text(_points(area.left), _points(area.top) + 8.4 + profile.line_points / 10 * at, line, size)


def _aside(pen: Pen, content: StatementContent) -> None:
    """Title, facts and amount, where no window shows them."""
    pen.text(ASIDE, 51, content.step_words, 18, bold=True)
    facts = (
        ("Statement date", show_date(content.statement_date)),
        ("Statement number", content.number),
        ("Account", content.reference),
        ("Please pay by", show_date(content.due_date)),
    )
    for at, (label, value) in enumerate(facts):
        pen.text(ASIDE, 78 + 15 * at, label, 9, gray=QUIET)
        pen.right(RIGHT, 78 + 15 * at, value, 9)
    pen.fill(ASIDE, 144, RIGHT - ASIDE, 48)
    pen.text(ASIDE + 10, 160, "Amount due", 9, gray=QUIET)
    pen.text(ASIDE + 10, 182, format_dollars(content.total_cents), 17, bold=True)
    if content.practice.phone:
        pen.text(ASIDE, 212, "Questions about this statement?", 9, gray=QUIET)
        pen.text(ASIDE, 226, f"Call us: {content.practice.phone}", 9)


def _later_head(pen: Pen, content: StatementContent) -> None:
    pen.text(LEFT, 50, shortened(content.practice.name, 10, 300, bold=True), 10, bold=True)
    words = f"Statement {content.number} of {show_date(content.statement_date)}, account {content.reference}"
    pen.right(RIGHT, 50, words, 8, gray=QUIET)


def _table_head(pen: Pen, y: float) -> float:
    """Draw the head of the table and return the base line of its first row."""
    pen.text(LEFT, y, "Date", 8, gray=QUIET)
    pen.text(SERVICE, y, "Service", 8, gray=QUIET)
    for words, x in COLUMNS:
        pen.right(x, y, words, 8, gray=QUIET)
    pen.rule(LEFT, y + 5, RIGHT)
    return y + 20


def _totals(pen: Pen, content: StatementContent, y: float) -> None:
    """Draw sum, credit, amount due and aging below the last row."""
    pen.rule(LEFT, y - 9, RIGHT, gray=0.3)
    y += 6
    if content.credit_cents:
        pen.text(SERVICE, y, "Services above", 9, gray=QUIET)
        pen.right(RIGHT, y, format_cents(content.owes_cents), 9)
        pen.text(SERVICE, y + ROW, "Less your credit with us", 9, gray=QUIET)
        pen.right(RIGHT, y + ROW, format_cents(-content.credit_cents), 9)
        y += 2 * ROW
    pen.text(SERVICE, y, "Amount due", 10, bold=True)
    pen.right(RIGHT, y, format_cents(content.total_cents), 10, bold=True)
    pen.fill(LEFT, y + 10, RIGHT - LEFT, 34)
    pen.text(LEFT + 8, y + 23, "Age of the balance", 8, gray=QUIET)
    for place, (words, cents) in enumerate(zip(BUCKETS, content.aging, strict=True)):
        x = 196 + 72 * place
        pen.right(x, y + 23, f"{words} days", 8, gray=QUIET)
        pen.right(x, y + 36, format_cents(cents), 9)
    pen.right(RIGHT - 8, y + 23, "Total", 8, gray=QUIET)
    pen.right(RIGHT - 8, y + 36, format_cents(content.total_cents), 9, bold=True)


def _coupon(pen: Pen, content: StatementContent, number: int, pages: int) -> None:
    if pages > 1:
        pen.right(RIGHT, COUPON_TOP - 6, f"Page {number} of {pages}", 8, gray=QUIET)
    pen.rule(LEFT, COUPON_TOP, RIGHT, gray=0.4, dashed=True)
    pen.centre(
        (LEFT + RIGHT) / 2, COUPON_TOP + 12, "Please cut here and send this part with your payment", 8, gray=QUIET
    )
    top = COUPON_TOP + 38
    pen.text(LEFT, top, "Make your check payable and mail it to", 8, gray=QUIET)
    pen.text(LEFT, top + 18, shortened(content.practice.name, 11, 300, bold=True), 11, bold=True)
    for at, line in enumerate(content.practice.address[:3]):
        pen.text(LEFT, top + 33 + 13 * at, shortened(line, 10, 300), 10)
    facts = (
        ("Account", content.reference),
        ("Statement number", content.number),
        ("Please pay by", show_date(content.due_date)),
    )
    for at, (label, value) in enumerate(facts):
        pen.text(ASIDE, top + 14 * at, label, 9, gray=QUIET)
        pen.right(RIGHT, top + 14 * at, value, 9)
    pen.text(ASIDE, top + 44, "Amount due", 9, bold=True)
    pen.right(RIGHT, top + 44, format_dollars(content.total_cents), 10, bold=True)
    pen.text(ASIDE, top + 70, "Amount enclosed", 9, gray=QUIET)
    pen.frame(ASIDE + 92, top + 55, RIGHT - ASIDE - 92, 22)
    pen.text(ASIDE + 99, top + 70, "$", 10)


def _fold_ticks(pen: Pen, profile: EnvelopeProfile) -> None:
    if profile.fold_ticks:
        for fold in profile.folds:
            pen.rule(18, _points(fold), 27, gray=0.55)
            pen.rule(585, _points(fold), 594, gray=0.55)


def _points(thousandths: int) -> float:
    return thousandths * POINTS / 1000


def _thousandths(points: float) -> int:
    return round(points * 1000 / POINTS)
