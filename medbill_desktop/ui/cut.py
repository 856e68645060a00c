"""Finds what is wrong with a window to the eye: cut words, headers and buttons, two primary ones (UX Proof, LOOK).

What it returns quotes the screen. It is meant for the training practice; of a real one it would carry names.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QComboBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollBar,
    QTabBar,
    QWidget,
)

from medbill_desktop.ui.models.rows import Kind, Note, Section, Status, Total, Trouble, say_cell
from medbill_desktop.ui.theme import Metric, Type
from medbill_desktop.ui.widgets.fields import DateField, MoneyField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import Elided

FIELD_EDGES = 20  # padding and border at both sides of a field
CARET = 28  # of a combo box, with the room before it
STATUS_ICON = Metric.ICON + 6
SLACK = 1  # rounding of fonts
WITH_WORDS = (QLabel, QPushButton, QLineEdit, QComboBox)
ELIDED_ON_PURPOSE = frozenset({Kind.TEXT})  # notes end in an ellipsis; money, names, dates and states never do


@dataclass(frozen=True, slots=True)
class Cut:
    """A thing that needs more room than it has."""

    what: str
    words: str = field(repr=False)
    needs: int
    has: int

    def sentence(self) -> str:
        return f"{self.what} needs {self.needs} px and has {self.has}: {self.words[:60]}"


def cut_in(window: QWidget) -> list[Cut]:
    """Return what is cut in a window as it is shown now, from top to bottom."""
    found: list[Cut] = []
    for each in (window, *window.findChildren(QWidget)):
        if each.isVisible() and each.width() > 0:
            found += _cut(each)
            found += _hangs_out(each, window)
            if window.width() >= Metric.NARROW:  # in narrow windows panels lie over the page on purpose
                found += _covered(each, window)
    return found + list(_primaries(window))


def _primaries(window: QWidget) -> Iterator[Cut]:
    """Yield the primary buttons where there is more than one: which of them is meant by the eye?"""
    there = [each for each in window.findChildren(QPushButton) if each.property("kind") == "primary"]
    words = [each.text() for each in there if each.isVisible() and not each.visibleRegion().isEmpty()]
    if len(words) > 1:
        yield Cut("primary buttons", ", ".join(words), len(words), 1)


def _cut(widget: QWidget) -> Iterator[Cut]:
    match widget:
        case Table():
            yield from _in_table(widget)
        case Elided():
            return
        case QLabel():
            yield from _label(widget)
        case QPushButton():
            yield from _button(widget)
        case QLineEdit():
            yield from _field(widget)
        case QComboBox():
            needs = widget.fontMetrics().horizontalAdvance(widget.currentText()) + CARET + 10
            yield from _wide("choice", widget.currentText(), needs, widget.width())
        case QTabBar():
            yield from _wide("tabs", _tabs(widget), widget.sizeHint().width(), widget.width())
        case QScrollBar() if widget.orientation() is Qt.Orientation.Horizontal:
            yield Cut("scrolls sideways", widget.objectName(), widget.maximum(), 0)


def _wide(what: str, words: str, needs: int, has: int) -> Iterator[Cut]:
    if needs > has + SLACK:
        yield Cut(what, words, needs, has)


def _label(shown: QLabel) -> Iterator[Cut]:
    words = shown.text()
    if not words:
        return
    if not shown.wordWrap():
        yield from _wide("label", words, shown.sizeHint().width(), shown.width())
        yield from _wide("label's height", words, shown.sizeHint().height() - 2, shown.height())
        return
    inside = shown.contentsRect().width()
    longest = max((shown.fontMetrics().horizontalAdvance(each) for each in words.split()), default=0)
    yield from _wide("word", words, longest, inside)
    yield from _wide("lines", words, shown.heightForWidth(shown.width()) - 2, shown.height())


def _button(button: QPushButton) -> Iterator[Cut]:
    words = button.text()
    needs = button.minimumSizeHint()
    yield from _wide("button", words, needs.width(), button.width())
    yield from _wide("button's height", words, needs.height(), button.height())


def _field(field_: QLineEdit) -> Iterator[Cut]:
    margins = field_.textMargins()
    room = field_.width() - FIELD_EDGES - margins.left() - margins.right()
    words = field_.text() or field_.placeholderText()
    if not field_.text() or isinstance(field_, DateField | MoneyField) or field_.isReadOnly():
        yield from _wide("field", words, field_.fontMetrics().horizontalAdvance(words), room)


def _tabs(bar: QTabBar) -> str:
    return ", ".join(bar.tabText(at) for at in range(bar.count()))


def _in_table(table: Table) -> Iterator[Cut]:
    header, small = table.horizontalHeader(), QFontMetrics(Type.CAPTION.font())
    for at, column in enumerate(table.rows.columns):
        if not table.isColumnHidden(at):
            title = str(table.rows.headerData(at, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole) or "")
            has = header.sectionSize(at) - 2 * Metric.CELL_PAD
            yield from _wide(f"header of {column.key}", title, small.horizontalAdvance(title), has)
    if table.rows.rowCount() and table.viewport().height() < Metric.ROW:
        yield Cut("table", table.objectName(), Metric.ROW, table.viewport().height())
    for row in range(table.rows.rowCount()):
        top = table.rowViewportPosition(row)
        if 0 <= top < table.viewport().height():
            yield from _in_row(table, row)


def _in_row(table: Table, at: int) -> Iterator[Cut]:
    body, strong = QFontMetrics(Type.BODY.font()), QFontMetrics(Type.STRONG.font())
    row, columns = table.rows.line(at), table.rows.columns
    whole = table.viewport().width() - 2 * Metric.CELL_PAD
    match row:
        case Section():
            needs = strong.horizontalAdvance(row.title) + 10 + body.horizontalAdvance(row.note)
            yield from _wide("section", f"{row.title} {row.note}", needs, whole)
        case Note():
            yield from _wide("note", row.text, body.horizontalAdvance(row.text), whole)
        case Trouble():
            small = QFontMetrics(Type.CAPTION.font())
            needs = max(strong.horizontalAdvance(row.title), small.horizontalAdvance(row.why)) + STATUS_ICON
            yield from _wide("problem", f"{row.title} {row.why}", needs, whole)
        case Total() | None:
            return
        case _:
            for n, column in enumerate(columns):
                if column.kind in ELIDED_ON_PURPOSE or table.isColumnHidden(n):
                    continue
                value = column.cell(row)
                is_strong = column.strong is not None and column.strong(row)
                words = "" if column.kind is Kind.TICK else say_cell(value, column.kind)
                needs = (strong if is_strong else body).horizontalAdvance(words)
                needs += STATUS_ICON if isinstance(value, Status) else 0
                has = table.columnWidth(n) - 2 * Metric.CELL_PAD
                yield from _wide(f"cell of {column.key}", words, needs, has)


def _covered(widget: QWidget, window: QWidget) -> Iterator[Cut]:
    """Yield a thing over whose end something else lies."""
    if not isinstance(widget, WITH_WORDS) or not (shown := widget.visibleRegion().boundingRect()).isValid():
        return
    for x in (shown.left() + 1, shown.right() - 1):
        over = window.childAt(widget.mapTo(window, QPoint(x, shown.center().y())))
        if over is not None and over is not widget and not widget.isAncestorOf(over) and not over.isAncestorOf(widget):
            yield Cut(f"{type(widget).__name__} below {type(over).__name__}", _words_of(widget), widget.width(), x)
            return


def _words_of(widget: QWidget) -> str:
    return widget.accessibleName() or str(getattr(widget, "text", str)())


def _hangs_out(widget: QWidget, window: QWidget) -> Iterator[Cut]:
    """Yield a thing with words of which a part lies outside of what holds it."""
    if not isinstance(widget, WITH_WORDS) or widget is window:
        return
    box = QRect(QPoint(0, 0), widget.size())
    holder: QWidget = widget
    while holder is not window and (parent := holder.parentWidget()) is not None:
        box.translate(holder.pos())
        scrolls = parent.parentWidget()
        down = not (isinstance(scrolls, QAbstractScrollArea) and scrolls.viewport() is parent)
        sideways = max(box.right() + 1 - parent.width(), -box.left())
        below = max(box.bottom() + 1 - parent.height(), -box.top()) if down else 0
        if sideways > SLACK or below > SLACK:
            size = widget.width() if sideways > SLACK else widget.height()
            yield Cut(f"{type(widget).__name__} outside", _words_of(widget), size, size - max(sideways, below))
            return
        if not down:
            return  # what is below a scroll area's edge is reached by scrolling
        holder = parent
