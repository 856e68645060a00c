"""What one statement shows in the envelope's window and says on its page, beside the list (BILLING S2, S3)."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.money import format_cents
from medbill_desktop.domain.statement_content import StatementContent
from medbill_desktop.ui.theme import Radius, Space, Tone, Type, colors, worn
from medbill_desktop.ui.widgets.words import Elided, StatusLine, label, rule
from medbill_desktop.usecases.statements import StatementPreview

MOST_LINES: Final = 24
LINE: Final = 16


class EnvelopeWindow(QWidget):
    """The envelope with its window: the lines that can be read from outside, and no others."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__()
        self._lines = tuple(lines)
        self.setFixedHeight(self.sizeHint().height())
        self.setAccessibleName("In the window: " + (", ".join(lines) or "nothing"))
        worn.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(320, max(3, len(self._lines)) * LINE + 34)

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter = colors(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(c.field), 1))
        painter.setBrush(QColor(c.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), Radius.CONTROL, Radius.CONTROL)
        inside = QRectF(16, 12, 240, self.height() - 24)
        painter.setPen(QPen(QColor(c.text3), 1, Qt.PenStyle.DashLine))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(inside)
        painter.setPen(QColor(c.text))
        painter.setFont(Type.CAPTION.font())
        for at, line in enumerate(self._lines):
            row = QRectF(inside.left() + 8, inside.top() + 4 + at * LINE, inside.width() - 12, LINE)
            painter.drawText(row, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), line)
        painter.end()


class StatementView(QWidget):
    """The preview of one row."""

    def __init__(self, preview: StatementPreview) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, Space.ONE, Space.ONE, 0)
        column.setSpacing(Space.ONE)
        if preview.row.reason is not None:
            why = StatusLine(Type.BODY)
            why.say(f"Left out: {preview.row.why}", Tone.WARN)
            column.addWidget(why)
        if preview.window_lines:
            column.addWidget(label("What shows in the window", Type.STRONG))
            column.addWidget(EnvelopeWindow(preview.window_lines))
            words = f"{preview.envelope_words}. Inside the dashes it shows however the sheet slides."
            column.addWidget(label(words, Type.CAPTION, "2", wrap=True))
            column.addSpacing(Space.ONE)
        if preview.content is not None:
            column.addLayout(_page_grid(preview.content))
            column.addSpacing(Space.ONE)
            for words in _facts(preview):
                line = StatusLine()
                line.say(words, Tone.OK)
                column.addWidget(line)
        for each in preview.held_notes:
            line = StatusLine()
            line.say(f"A charge stays off: {each}", Tone.INFO)
            column.addWidget(line)
        column.addStretch(1)


def _facts(preview: StatementPreview) -> tuple[str, ...]:
    credit = 0 if preview.content is None else preview.content.credit_cents
    taken = f"Credit of {format_cents(credit)} taken off" if credit else "No credit to take off"
    return "No diagnosis, code, birth date or member id", "Only name and address inside the window", taken


def _page_grid(content: StatementContent) -> QGridLayout:
    """Draw the lines as the page has them: date, words, charge, and what is owed on it."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(Space.ONE)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(1, 1)
    right = Qt.AlignmentFlag.AlignRight
    grid.addWidget(label("What the page says", Type.STRONG), 0, 0, 1, 2)
    grid.addWidget(label("Charge", Type.CAPTION, "3"), 0, 2, right)
    grid.addWidget(label(content.words.columns[-1], Type.CAPTION, "3"), 0, 3, right)
    row, shown = 1, 0
    for block in content.patients:
        if len(content.patients) > 1:
            grid.addWidget(Elided(block.name, Type.CAPTION, "2"), row, 0, 1, 4)
            row += 1
        for line in block.lines[: max(0, MOST_LINES - shown)]:
            grid.addWidget(rule(), row, 0, 1, 4)
            days = f"{line.service_date:%m/%d}" + (f"–{line.last_day:%m/%d}" if line.last_day else "")
            grid.addWidget(label(days), row + 1, 0)
            grid.addWidget(Elided(line.words), row + 1, 1)
            grid.addWidget(label(format_cents(line.charged)), row + 1, 2, right)
            grid.addWidget(label(format_cents(line.you_owe)), row + 1, 3, right)
            row, shown = row + 2, shown + 1
    more = sum(len(block.lines) for block in content.patients) - shown
    if more > 0:
        grid.addWidget(label(f"{more} more lines stand on the page.", Type.CAPTION, "2"), row, 0, 1, 4)
        row += 1
    grid.addWidget(rule(), row, 0, 1, 4)
    yours = content.your_credit_cents
    words = "No payment is due; their credit" if yours else f"Due {show_date(content.due_date)}"
    grid.addWidget(label(words, Type.STRONG), row + 1, 0, 1, 3)
    grid.addWidget(label(format_cents(yours or content.due_cents), Type.STRONG), row + 1, 3, right)
    return grid
