"""The statement in large letters: 18 points for everything but the address, which is held to its window.

A table of seven columns has no room for such letters: each service is a small block of its own instead.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from medbill_desktop.documents import fonts
from medbill_desktop.documents.page import LEFT, RIGHT, Mark, Pen, shortened, wrapped
from medbill_desktop.documents.window_sheet import ASIDE, BODY_TOP, address, fold_ticks, sender
from medbill_desktop.domain.aging import BUCKETS
from medbill_desktop.domain.envelopes import PROFILES
from medbill_desktop.domain.money import format_cents, format_dollars
from medbill_desktop.domain.statement_content import ServiceLine, StatementContent
from medbill_desktop.domain.statement_words import StatementWords, age_in, date_in

SIZE: Final = 18.0
STEP: Final = 23.0
COUPON: Final = 596.0
FIRST_BOTTOM: Final = 578.0
LAST_BOTTOM: Final = 730.0
LATER_TOP: Final = 60.0
MIDDLE: Final = 300.0
GAP: Final = 10.0

Draw = Callable[[Pen, float], None]


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines that stay on one page."""

    lines: tuple[Draw, ...]
    gap: float = 0.0

    @property
    def height(self) -> float:
        return self.gap + STEP * len(self.lines)


def large_marks(content: StatementContent) -> list[Mark]:
    """Return the marks of one statement in large letters, page by page."""
    words, pen, profile = content.words, Pen(), PROFILES[content.envelope]
    pages = _paginated(_blocks(content, words))
    for number, blocks in enumerate(pages, start=1):
        if number == 1:
            sender(pen, content, profile)
            address(pen, content, profile)
            _aside(pen, content, words)
        else:
            _words(pen, LEFT, LATER_TOP - 10, content.practice.name, 330, bold=True)
            pen.right(RIGHT, LATER_TOP - 10, content.number, SIZE)
        y = BODY_TOP if number == 1 else LATER_TOP + STEP
        for at, block in enumerate(blocks):
            y += block.gap if at else 0
            for draw in block.lines:
                draw(pen, y)
                y += STEP
        if number == 1:
            _coupon(pen, content, words, len(pages))
            fold_ticks(pen, profile)
        else:
            pen.right(RIGHT, 768, words.page.format(page=number, pages=len(pages)), SIZE)
        pen.end_page()
    return pen.marks


def _paginated(blocks: Sequence[_Block]) -> list[list[_Block]]:
    pages: list[list[_Block]] = [[]]
    y, bottom = BODY_TOP, FIRST_BOTTOM
    for block in blocks:
        if y + block.height > bottom + STEP:
            pages.append([])
            y, bottom = LATER_TOP + STEP, LAST_BOTTOM
        pages[-1].append(block)
        y += block.height
    return pages


def _blocks(content: StatementContent, words: StatementWords) -> list[_Block]:
    room = RIGHT - LEFT
    out = [_paragraph(content.message)] if content.message else []
    for block in content.patients:
        name = _text(shortened(block.name, SIZE, room, bold=True), bold=True)
        for at, line in enumerate(block.lines):
            service = _service(content, line, words)
            out.append(_Block((name, *service) if at == 0 else service, GAP))
        if not block.lines:
            out.append(_Block((name,), GAP))
        if block.pending_cents:
            out.append(_paragraph(words.block_waits.format(cents=format_cents(block.pending_cents))))
        if len(content.patients) > 1 and block.lines:
            label = shortened(words.together.format(name=block.name), SIZE, 400)
            out.append(_Block((_pair(label, block.owes_cents),)))
    return [*out, *_totals(content, words)]


def _service(content: StatementContent, line: ServiceLine, words: StatementWords) -> tuple[Draw, ...]:
    """Return the day and the words of a service, then its amounts in two columns, what is owed in bold at the end."""
    charge, insurance, adjusted, paid, owe = words.columns
    day = f"{date_in(content.language, line.service_date)}  "
    what = shortened(f"{day}{line.words}", SIZE, RIGHT - LEFT)
    rows: list[Draw] = [
        _text(what),
        _two((charge, line.charged), (insurance, line.insurance_paid)),
        _two((adjusted, line.adjusted), (paid, line.you_paid)),
    ]
    if line.last_day is not None:
        rows.insert(1, _text(words.through.format(day=date_in(content.language, line.last_day))))
    if line.with_insurance:
        waits = words.line_waits.format(cents=format_cents(line.with_insurance))
        rows += [_text(each) for each in wrapped(waits, SIZE, RIGHT - LEFT)]
    return (*rows, _pair(owe, line.you_owe, bold=True))


def _totals(content: StatementContent, words: StatementWords) -> list[_Block]:
    sums: list[Draw] = []
    if content.credit_cents:
        sums += [_pair(words.services_above, content.owes_cents), _pair(words.less_credit, -content.credit_cents)]
    sums.append(_pair(words.amount_due, content.due_cents, bold=True))
    if content.your_credit_cents:
        return [_Block((*sums, _pair(words.your_credit, content.your_credit_cents, bold=True)), GAP)]
    ages = [_pair(age_in(content.language, days), cents) for days, cents in zip(BUCKETS, content.aging, strict=True)]
    return [_Block(tuple(sums), GAP), _Block((_text(words.age, bold=True), *ages), GAP)]


def _text(words: str, *, bold: bool = False) -> Draw:
    return lambda pen, y: pen.text(LEFT, y, words, SIZE, bold=bold)


def _paragraph(words: str) -> _Block:
    return _Block(tuple(_text(each) for each in wrapped(words, SIZE, RIGHT - LEFT)), GAP)


def _pair(label: str, cents: int, *, bold: bool = False) -> Draw:
    def draw(pen: Pen, y: float) -> None:
        pen.text(LEFT, y, label, SIZE, bold=bold)
        pen.right(RIGHT, y, format_cents(cents), SIZE, bold=bold)

    return draw


def _two(first: tuple[str, int], second: tuple[str, int]) -> Draw:
    def draw(pen: Pen, y: float) -> None:
        for x, end, (label, cents) in ((LEFT, MIDDLE - 18, first), (MIDDLE, RIGHT, second)):
            pen.text(x, y, label, SIZE)
            pen.right(end, y, format_cents(cents), SIZE)

    return draw


def _words(pen: Pen, x: float, y: float, words: str, room: float, *, bold: bool = False) -> None:
    """Set words no wider than the room: a little smaller where it is short, then cut."""
    size = SIZE
    while size > 14 and fonts.width(words, bold=bold) * size > room:
        size -= 1
    pen.text(x, y, shortened(words, size, room, bold=bold), size, bold=bold)


def _aside(pen: Pen, content: StatementContent, words: StatementWords) -> None:
    room, y = RIGHT - ASIDE, 54.0
    _words(pen, ASIDE, y, content.step_words, room, bold=True)
    facts = [f"{label} {value}" for label, value in zip(words.short_facts, _facts(content), strict=True)]
    for said in (*facts[:3], words.nothing_due) if content.your_credit_cents else facts:
        y += STEP
        _words(pen, ASIDE, y, said, room)
    pen.fill(ASIDE - 4, y + 8, room + 4, 2 * STEP + 10)
    _words(pen, ASIDE, y + 8 + STEP, words.your_credit if content.your_credit_cents else words.amount_due, room)
    figure = format_dollars(content.your_credit_cents or content.due_cents)
    _words(pen, ASIDE, y + 8 + 2 * STEP, figure, room, bold=True)
    if content.practice.phone:
        y += 8 + 3 * STEP + 8
        call, phone = words.call.split("{phone}")[0].strip(), content.practice.phone
        _words(pen, ASIDE, y, call, room)
        _words(pen, ASIDE, y + STEP, phone, room)


def _facts(content: StatementContent) -> tuple[str, str, str, str]:
    made, due = (date_in(content.language, each) for each in (content.statement_date, content.due_date))
    return made, content.number, content.reference, due


def _coupon(pen: Pen, content: StatementContent, words: StatementWords, pages: int) -> None:
    pen.rule(LEFT, COUPON, RIGHT, gray=0.4, dashed=True)
    if pages > 1:
        pen.right(RIGHT, COUPON - 4, words.page.format(page=1, pages=pages), SIZE)
    if content.your_credit_cents:
        _words(pen, LEFT, COUPON + 20 + STEP, words.nothing_due, RIGHT - LEFT, bold=True)
        return
    room, right = 258.0, RIGHT - MIDDLE
    for at, line in enumerate(wrapped(words.cut, SIZE, RIGHT - LEFT)[:1]):
        pen.text(LEFT, COUPON + 20 + STEP * at, line, SIZE)
    top = COUPON + 20 + STEP
    _words(pen, LEFT, top, words.short_check_to, room)
    name = wrapped(content.practice.name, SIZE, room * 0.86)[:2]  # bold letters are wider
    for at, line in enumerate((*name, *content.practice.address[:3])):
        _words(pen, LEFT, top + (1 + at) * STEP, line, room, bold=at < len(name))
    _, number, reference, due = _facts(content)
    facts = ((words.account, reference), (words.statement_number, number), (words.pay_by, due))
    for at, (label, value) in enumerate((*facts, (words.amount_due, format_dollars(content.total_cents)))):
        wide = fonts.width(value, bold=at == len(facts)) * SIZE
        _words(pen, MIDDLE + 12, top + at * STEP, label, right - 20 - wide, bold=at == len(facts))
        pen.right(RIGHT, top + at * STEP, value, SIZE, bold=at == len(facts))
    _words(pen, MIDDLE + 12, top + 4 * STEP, words.enclosed, right - 12)
    pen.frame(MIDDLE + 12, top + 4 * STEP + 8, right - 12, 26)
    pen.text(MIDDLE + 18, top + 5 * STEP + 5, "$", SIZE)
