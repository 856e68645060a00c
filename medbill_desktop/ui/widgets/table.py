"""The table of all lists: 28-px rows, sticky header, remembered widths, Enter opens, Space explains (LOOK, Metrics)."""

from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QRect, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from medbill_desktop.domain.money import format_cents
from medbill_desktop.ui.models.rows import Column, Kind, Note, RowsModel, Section, Total, Trouble
from medbill_desktop.ui.sizes import Sizes
from medbill_desktop.ui.theme import Metric, Type, colors, worn
from medbill_desktop.ui.widgets.cells import CellDelegate
from medbill_desktop.ui.widgets.privacy import privacy

WORDS = frozenset({Kind.TEXT, Kind.NAME, Kind.STATUS})
TALL = {Section: 32, Total: 32, Trouble: 56, Note: Metric.ROW}


class Table(QTableView):
    """`chosen` as the row under the cursor changes, `opened` on Enter or a click on the chosen row, `asked` on Space.

    All three carry the row itself. With a TICK column Space ticks instead.
    """

    chosen = Signal(object)
    opened = Signal(object)
    asked = Signal(object)

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        name: str,
        spoken: str,
        sizes: Sizes | None = None,
        empty: str = "",
        tall: bool = False,
    ) -> None:
        """`name` keys the remembered widths; `spoken` is the accessible name; `empty` says why there is nothing."""
        super().__init__()
        self.rows = RowsModel(columns)
        self._sizes, self._empty, self._key = sizes, empty, f"table.{name}"
        self._row_height = 32 if tall else Metric.ROW
        self._awaited: object = None
        self._fitting = False
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        self.setModel(self.rows)
        self.setItemDelegate(CellDelegate(self, self._is_blurred))
        self._dress()
        self.selectionModel().currentRowChanged.connect(self._on_current)
        self.rows.modelReset.connect(self._on_reset)
        self.horizontalHeader().sectionResized.connect(self._on_resized)
        worn.changed.connect(self.viewport().update)
        privacy.changed.connect(self.viewport().update)
        self._later = QTimer(self, interval=400, singleShot=True)
        self._later.timeout.connect(self._remember)

    def _dress(self) -> None:
        self.setFont(Type.BODY.font())
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        down = self.verticalHeader()
        down.hide()
        down.setMinimumSectionSize(Metric.ROW)
        down.setDefaultSectionSize(self._row_height)
        down.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        across = self.horizontalHeader()
        across.setFont(Type.CAPTION.font())
        across.setFixedHeight(Metric.ROW)
        across.setHighlightSections(False)
        across.setMinimumSectionSize(32)
        across.setSectionsClickable(False)
        saved = self._sizes.numbers(self._key) if self._sizes is not None else {}
        keys = [each.key for each in self.rows.columns]
        self._needed: dict[int, int] = {}
        self._drawn = {keys.index(key): max(32, width) for key, width in saved.items() if key in keys}
        for at, column in enumerate(self.rows.columns):
            across.setSectionResizeMode(
                at, QHeaderView.ResizeMode.Stretch if column.stretch else QHeaderView.ResizeMode.Interactive
            )
            if not column.stretch:
                self.setColumnWidth(at, self._width(at))

    def show_rows(self, rows: Iterable[Any], *, keep: bool = True) -> None:
        """Show rows; the chosen one stays chosen where it is still there."""
        held = self.chosen_row() if keep else None
        listed = list(rows)
        self.rows.show_rows(listed if listed or not self._empty else [Note(self._empty)])
        self._choose_again(getattr(held, "id", None))

    def show_ids(self, ids: Sequence[Any], fetch: Any, *, keep: bool = True) -> None:
        """Show many rows, fetched on sight; see RowsModel."""
        held = self.chosen_row() if keep else None
        if ids:
            self.rows.show_ids(ids, fetch)
        else:
            self.rows.show_rows([Note(self._empty)] if self._empty else [])
        self._choose_again(getattr(held, "id", None))

    def chosen_row(self) -> Any:
        """Return the row under the cursor, None where that is a heading or nothing."""
        index = self.currentIndex()
        row = self.rows.line(index.row()) if index.isValid() else None
        return None if isinstance(row, Section | Total | Note | Trouble) else row

    def choose(self, wanted: object) -> bool:
        """Put the cursor on the row with this id."""
        at = self.rows.place_of(wanted)
        if at >= 0:
            self.setCurrentIndex(self.rows.index(at, 0))
        return at >= 0

    def choose_next(self, wanted: object) -> None:
        """Put the cursor on what was just made, now or as soon as it is listed: the next key is meant for it."""
        self._awaited = None if self.choose(wanted) else wanted

    def choose_first(self) -> None:
        """Put the cursor on the first row that is one."""
        for at in range(min(self.rows.rowCount(), 20)):
            if not isinstance(self.rows.line(at), Section | Total | Note | Trouble):
                self.setCurrentIndex(self.rows.index(at, 0))
                return

    def set_empty(self, words: str) -> None:
        """Change what an empty table says."""
        self._empty = words

    def _is_blurred(self, row: int) -> bool:
        """Hide all rows but the chosen one from people who stand by (UX 7)."""
        return privacy.on and row != self.currentIndex().row()

    def _choose_again(self, wanted: object) -> None:
        if self._awaited is not None and self.choose(self._awaited):
            self._awaited = None
            return
        if wanted is None or not self.choose(wanted):
            self.choose_first()

    @Slot()
    def _on_reset(self) -> None:
        self.clearSpans()
        if self.rows._ids is not None:
            return
        for at in range(self.rows.rowCount()):
            row = self.rows.line(at)
            height = TALL.get(type(row), self._row_height)
            if height != self.rowHeight(at):  # a reset keeps the heights of what stood there before
                self.setRowHeight(at, height)
            if (span := self._span(row)) > 1:
                self.setSpan(at, 0, 1, span)
        self._make_room_for_money()

    def _make_room_for_money(self) -> None:
        """Widen columns whose sums would be cut: an amount is never shortened, whatever its width is drawn to."""
        lines = [self.rows.line(at) for at in range(self.rows.rowCount())]
        digits = QFontMetrics(Type.STRONG.font())
        for at, column in enumerate(self.rows.columns):
            if column.kind is not Kind.MONEY:
                continue
            cents = [each for row in lines if isinstance(each := _cents(row, column), int)] or [0]
            text = max(digits.horizontalAdvance(format_cents(each)) for each in (min(cents), max(cents)))
            self._needed[at] = text + digits.horizontalAdvance(")") + 2 * Metric.CELL_PAD
            if not column.stretch and self._width(at) > self.columnWidth(at):
                self._fitting = True  # this is no width that a person drew
                self.setColumnWidth(at, self._width(at))
                self._fitting = False
        self._fit()

    def _span(self, row: Any) -> int:
        """Return over how many columns a line begins: a heading over all, a total up to its first sum."""
        columns = self.rows.columns
        if isinstance(row, Section | Note | Trouble):
            return len(columns)
        if isinstance(row, Total):
            return next((n for n, each in enumerate(columns) if each.key in row.sums), len(columns))
        return 1

    @Slot(QModelIndex, QModelIndex)
    def _on_current(self, now: QModelIndex, before: QModelIndex) -> None:
        self.viewport().update()
        self.chosen.emit(self.chosen_row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row = self.chosen_row()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() and row is not None:
            self.opened.emit(row)
        elif event.key() == Qt.Key.Key_Space and not event.modifiers() and row is not None:
            self._on_space(row)
        elif event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Escape):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def _on_space(self, row: Any) -> None:
        at = next((n for n, each in enumerate(self.rows.columns) if each.kind is Kind.TICK), None)
        if at is None:
            self.asked.emit(row)
            return
        state = Qt.CheckState.Unchecked if row.id in self.rows.ticks else Qt.CheckState.Checked
        self.rows.setData(self.rows.index(self.currentIndex().row(), at), state, Qt.ItemDataRole.CheckStateRole)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        again = index.isValid() and index.row() == self.currentIndex().row()
        super().mousePressEvent(event)
        if event.button() is not Qt.MouseButton.LeftButton or not index.isValid():
            return
        row = self.chosen_row()
        if row is not None and self.rows.columns[index.column()].kind is Kind.TICK:
            self._on_space(row)
        elif row is not None and again:
            self.opened.emit(row)

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        """Step over headings and totals."""
        index = super().moveCursor(action, modifiers)
        down = action in (QAbstractItemView.CursorAction.MoveDown, QAbstractItemView.CursorAction.MovePageDown)
        step = 1 if down or action is QAbstractItemView.CursorAction.MoveHome else -1
        at = index.row()
        while 0 <= at < self.rows.rowCount() and isinstance(self.rows.line(at), Section | Total | Note | Trouble):
            at += step
        if 0 <= at < self.rows.rowCount():
            return self.rows.index(at, max(index.column(), 0))
        return self.currentIndex()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        index = self.currentIndex()
        if not (self.hasFocus() and index.isValid() and self.chosen_row() is not None):
            return
        row = QRect(0, self.rowViewportPosition(index.row()), self.viewport().width(), self.rowHeight(index.row()))
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colors().accent), Metric.FOCUS))
        painter.drawRoundedRect(row.adjusted(1, 1, -1, -2), 3, 3)
        painter.end()

    def focusInEvent(self, event: Any) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid():
            self.choose_first()
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.StyleChange:
            self.horizontalHeader().setFont(Type.CAPTION.font())

    def _fit(self) -> None:
        """Drop columns by priority where the window is narrow; give them their full words where it is wide."""
        if self._fitting:
            return
        self._fitting = True
        columns, room = self.rows.columns, self.viewport().width()
        need = sum(180 if each.stretch else self._width(at) for at, each in enumerate(columns))
        hidden = set()
        for at, column in sorted(enumerate(columns), key=lambda pair: -pair[1].drop):
            if need > room and column.drop:
                hidden.add(at)
                need -= self._width(at)
        for at in range(len(columns)):
            if self.isColumnHidden(at) != (at in hidden):
                self.setColumnHidden(at, at in hidden)
        self._grow({at for at in range(len(columns)) if at not in hidden}, room - need)
        wide = self.window().width() >= Metric.WIDE
        if wide != self.rows.wide:
            self.rows.wide = wide
            self.rows.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(columns) - 1)
        self._fitting = False

    def _width(self, at: int) -> int:
        """Return the width a person drew, else the column's own; never less than its amounts need."""
        return max(self._drawn.get(at, self.rows.columns[at].width), self._needed.get(at, 0))

    def _grow(self, shown: set[int], spare: int) -> None:
        """Give words half of the spare room, so that none is cut beside an empty one; a width that was drawn stays."""
        columns = self.rows.columns
        growing = [
            at for at in shown if columns[at].kind in WORDS and not columns[at].stretch and at not in self._drawn
        ]
        own = sum(self._width(at) for at in growing)
        most = min(max(spare, 0) // 2, own // 2)
        for at in growing:
            self.setColumnWidth(at, self._width(at) + most * self._width(at) // own)

    @Slot(int, int, int)
    def _on_resized(self, at: int, before: int, now: int) -> None:
        if self.isVisible() and now and not self._fitting and not self.rows.columns[at].stretch:
            self._drawn[at] = now
            self._later.start()

    @Slot()
    def _remember(self) -> None:
        if self._sizes is not None:
            self._sizes.keep(self._key, {self.rows.columns[at].key: width for at, width in self._drawn.items()})


def _cents(row: Any, column: Column) -> Any:
    """Return the amount of a line in a column; nothing where it has none."""
    if isinstance(row, Total):
        return row.sums.get(column.key)
    return None if isinstance(row, Section | Note | Trouble) else column.cell(row)
