"""The one delegate of all tables: money, dates, status, sections and totals (LOOK, Rendering)."""

from collections.abc import Callable
from typing import Any, cast

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from medbill_desktop.domain.money import format_cents
from medbill_desktop.ui.icons import paint_icon
from medbill_desktop.ui.models.rows import CELL, LINE, Column, Kind, Note, RowsModel, Section, Status, Total, Trouble
from medbill_desktop.ui.models.rows import say_cell as say
from medbill_desktop.ui.theme import Metric, Radius, Tone, Type, colors, tone_color

Index = QModelIndex | QPersistentModelIndex
RIGHT, LEFT = Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignLeft
MIDDLE = Qt.AlignmentFlag.AlignVCenter


class CellDelegate(QStyledItemDelegate):
    """Draws every cell itself: a stock delegate tints icons and drops status colour in the selected row."""

    def __init__(self, view: QTableView, blurred: Callable[[int], bool] | None = None) -> None:
        super().__init__(view)
        self._view = view
        self._blurred = blurred or (lambda row: False)
        self._body, self._strong = Type.BODY.font(), Type.STRONG.font()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(40, Metric.ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = cast(RowsModel, index.model())
        row, column = index.data(LINE), model.columns[index.column()]
        rect: QRect = option.rect
        painter.save()
        self._ground(painter, rect, option, index, row)
        inner = rect.adjusted(Metric.CELL_PAD, 0, -Metric.CELL_PAD, -1)
        if isinstance(row, Section | Note | Trouble):
            self._spanned(painter, inner, row, model)
        elif isinstance(row, Total):
            self._total(painter, inner, row, column, index.column())
        elif row is not None and self._blurred(index.row()):
            painter.fillRect(inner.adjusted(0, 8, -inner.width() // 3, -8), QColor(colors().control))
        elif row is not None:
            self._cell(painter, inner, row, column, index)
        painter.restore()

    def _ground(self, painter: QPainter, rect: QRect, option: QStyleOptionViewItem, index: Index, row: Any) -> None:
        c = colors()
        state: QStyle.StateFlag = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        ground = c.stop_bg if isinstance(row, Trouble) else c.selected if selected else c.surface
        painter.fillRect(rect, QColor(ground))
        painter.fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), QColor(c.hairline))
        if isinstance(row, Total):
            painter.fillRect(QRect(rect.left(), rect.top(), rect.width(), 1), QColor(c.field))
        if selected and self._is_first(index):
            painter.fillRect(QRect(rect.left(), rect.top(), 2, rect.height() - 1), QColor(c.accent))

    def _is_first(self, index: Index) -> bool:
        return self._view.horizontalHeader().visualIndex(index.column()) == 0

    def _cell(self, painter: QPainter, rect: QRect, row: Any, column: Column, index: Index) -> None:
        c, value = colors(), index.data(CELL)
        strong = column.strong is not None and column.strong(row)
        painter.setFont(self._strong if strong else self._body)
        painter.setPen(QColor(c.text))
        match column.kind:
            case Kind.TICK:
                self._tick(painter, rect, index.data(Qt.ItemDataRole.CheckStateRole))
            case Kind.STATUS if isinstance(value, Status):
                self._status(painter, rect, value)
            case Kind.MONEY if isinstance(value, int):
                draw_money(painter, rect, value, strong)
            case Kind.COUNT:
                painter.drawText(rect, int(RIGHT | MIDDLE), say(value, column.kind))
            case _:
                if column.kind in (Kind.DATE, Kind.CODE) and not strong:
                    painter.setPen(QColor(c.text2))
                self._text(painter, rect, say(value, column.kind))

    @staticmethod
    def _text(painter: QPainter, rect: QRect, words: str) -> None:
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, int(LEFT | MIDDLE), shown)

    @staticmethod
    def _status(painter: QPainter, rect: QRect, status: Status) -> None:
        color = tone_color(status.tone)
        top = rect.top() + (rect.height() - Metric.ICON) // 2
        paint_icon(painter, QRect(rect.left(), top, Metric.ICON, Metric.ICON), status.tone.value, color)
        painter.setPen(QColor(color))
        rest = rect.adjusted(Metric.ICON + 6, 0, 0, 0)
        shown = painter.fontMetrics().elidedText(status.word, Qt.TextElideMode.ElideRight, rest.width())
        painter.drawText(rest, int(LEFT | MIDDLE), shown)

    @staticmethod
    def _tick(painter: QPainter, rect: QRect, state: object) -> None:
        if state is None:
            return
        c = colors()
        on = Qt.CheckState(state) is Qt.CheckState.Checked
        box = QRect(rect.left(), rect.top() + (rect.height() - 16) // 2, 16, 16)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(c.accent if on else c.field), 1))
        painter.setBrush(QColor(c.accent if on else c.surface))
        painter.drawRoundedRect(box.adjusted(0, 0, -1, -1), Radius.SMALL, Radius.SMALL)
        if on:
            paint_icon(painter, box.adjusted(2, 2, -2, -2), "ph.check-bold", c.on_accent)

    def _spanned(self, painter: QPainter, rect: QRect, row: Any, model: RowsModel) -> None:
        c = colors()
        if isinstance(row, Trouble):
            self._trouble(painter, rect, row, model)
            return
        if isinstance(row, Note):
            painter.setFont(self._body)
            painter.setPen(QColor(c.text3))
            painter.drawText(rect, int(LEFT | MIDDLE), row.text)
            return
        painter.setFont(self._strong)
        painter.setPen(QColor(c.text))
        painter.drawText(rect, int(LEFT | MIDDLE), row.title)
        start = painter.fontMetrics().horizontalAdvance(row.title) + 10
        painter.setFont(self._body)
        painter.setPen(QColor(c.text2))
        painter.drawText(rect.adjusted(start, 0, 0, 0), int(LEFT | MIDDLE), row.note)

    def _trouble(self, painter: QPainter, rect: QRect, row: Trouble, model: RowsModel) -> None:
        c = colors()
        at = next((n for n, each in enumerate(model.columns) if each.key == row.column), 0)
        rect = rect.adjusted(self._view.columnViewportPosition(at) - self._view.columnViewportPosition(0), 0, 0, 0)
        half = rect.height() // 2
        icon = QRect(rect.left(), rect.top() + half - 19, Metric.ICON, Metric.ICON)
        paint_icon(painter, icon, Tone.STOP.value, c.stop)
        words = rect.adjusted(Metric.ICON + 6, 0, 0, 0)
        painter.setFont(self._strong)
        painter.setPen(QColor(c.stop))
        painter.drawText(QRect(words.left(), rect.top() + half - 21, words.width(), 20), int(LEFT | MIDDLE), row.title)
        painter.setFont(Type.CAPTION.font())
        painter.setPen(QColor(c.text))
        painter.drawText(QRect(words.left(), rect.top() + half - 1, words.width(), 20), int(LEFT | MIDDLE), row.why)

    def _total(self, painter: QPainter, rect: QRect, row: Total, column: Column, at: int) -> None:
        painter.setFont(self._strong)
        painter.setPen(QColor(colors().text))
        if at == 0:
            painter.drawText(rect, int(LEFT | MIDDLE), row.title)
        elif column.key in row.sums:
            amount = row.sums[column.key]
            if column.kind is Kind.MONEY:
                draw_money(painter, rect, amount, strong=True)
            else:
                painter.drawText(rect, int(RIGHT | MIDDLE), str(amount))


def draw_money(painter: QPainter, rect: QRect, cents: int, strong: bool = False) -> None:
    """Draw an amount so that the digits stand in line: positive figures keep the width of `)` free on the right."""
    words = format_cents(cents)
    free = 0 if words.endswith(")") else painter.fontMetrics().horizontalAdvance(")")
    if cents == 0 and not strong:
        painter.setPen(QColor(colors().text3))
    painter.drawText(rect.adjusted(0, 0, -free, 0), int(RIGHT | MIDDLE), words)
