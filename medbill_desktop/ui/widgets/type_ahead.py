"""Find by typing the beginning of anything: patients, codes, payers, places (UX 2)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from medbill_desktop.ui.theme import Metric, Type, colors
from medbill_desktop.ui.widgets.fields import LineField

SUGGESTION = Qt.ItemDataRole.UserRole + 1
MOST_SHOWN = 10
NOTHING = "Nothing begins like this."


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One line of the list: what is meant, its words, and what tells it from others."""

    value: Any
    title: str = field(repr=False)
    note: str = field(default="", repr=False)


Search = Callable[[str], Sequence[Suggestion]]


def stage_of(widget: QWidget) -> QWidget:
    """Return the content that the lock takes out of the tree, so that a list laid over it goes with it."""
    at: QWidget | None = widget
    while at is not None:
        if at.property("stage") is True:
            return at
        at = at.parentWidget()
    return widget.window()


class _LineDelegate(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(100, Metric.ROW + 2)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        c, line, rect = colors(), index.data(SUGGESTION), option.rect
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, QColor(c.selected))
            painter.fillRect(QRect(rect.left(), rect.top(), 2, rect.height()), QColor(c.accent))
        inner = rect.adjusted(10, 0, -10, 0)
        painter.setFont(Type.BODY.font())
        painter.setPen(QColor(c.text2 if line.title == NOTHING else c.text))
        flags = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inner, int(flags | Qt.AlignmentFlag.AlignLeft), line.title)
        free = inner.width() - painter.fontMetrics().horizontalAdvance(line.title) - 16
        painter.setFont(Type.CAPTION.font())
        painter.setPen(QColor(c.text2))
        note = painter.fontMetrics().elidedText(line.note, Qt.TextElideMode.ElideRight, max(free, 0))
        painter.drawText(inner, int(flags | Qt.AlignmentFlag.AlignRight), note)
        painter.restore()


class TypeAhead(LineField):
    """A field that answers while typing; `picked` carries the value, `value()` keeps it.

    `search(text)` runs in the GUI thread on every keystroke: give it a prefix query that is under a frame. Typing after
    a pick drops the value. `free=True` keeps typed text that matches nothing as the value.
    """

    picked = Signal(object)

    def __init__(
        self,
        search: Search,
        placeholder: str = "",
        *,
        name: str = "",
        free: bool = False,
        on_empty: bool = False,
        keeps_text: bool = True,
    ) -> None:
        super().__init__(placeholder, name=name)
        self._search, self._free, self._on_empty, self._keeps = search, free, on_empty, keeps_text
        self._picked: Any = None
        self._says_nothing = False  # the list shows that there is none, and nothing that could be picked
        self._model = QStandardItemModel(self)
        self._list: QListView | None = None
        self._late = QTimer(self, interval=0, singleShot=True)
        self._late.timeout.connect(self._ask)
        self.textEdited.connect(self._on_typed)

    def value(self) -> Any:
        """Return what was picked; with `free` the text where nothing was."""
        return self.text().strip() or None if self._picked is None and self._free else self._picked

    def set_value(self, value: object) -> None:
        """Empty the field with None; to fill it use `fill`, which knows the words as well."""
        self._picked = value
        if value is None or self._free:
            self.setText("" if value is None else str(value))
        self.close_list()

    def fill(self, value: object, words: str) -> None:
        """Show a value with its words, without asking."""
        self._picked = value
        self.setText(words)
        self.setCursorPosition(0)
        self.close_list()

    def fill_again(self, words: str, value: object, *, tells: bool) -> None:
        """Show what was picked before, or typed only; without its value it is looked up by its words."""
        found = value
        if found is None and words.strip():
            same = [each.value for each in self._search(words.strip()) if each.title == words]
            found = same[0] if len(same) == 1 else None
        self.fill(found, words)
        if tells and found is not None:
            self.picked.emit(found)

    @property
    def suggestions(self) -> tuple[Suggestion, ...]:
        """Return what the list shows at the moment."""
        if self._says_nothing:
            return ()
        return tuple(self._model.item(at).data(SUGGESTION) for at in range(self._model.rowCount()))

    @property
    def is_open(self) -> bool:
        """Whether something can be picked."""
        return self._list is not None and self._list.isVisible() and not self._says_nothing

    @Slot(str)
    def _on_typed(self, text: str) -> None:
        self._picked = None
        # Asked in the same turn of the loop but after the letter is painted into the field.
        self._late.start()

    @Slot()
    def _ask(self) -> None:
        text = self.text().strip()
        found = list(self._search(text)) if text or self._on_empty else []
        self._model.clear()
        self._says_nothing = not found and bool(text) and not self._free
        if self._says_nothing:
            found = [Suggestion(None, NOTHING)]
        for each in found:
            item = QStandardItem(f"{each.title} {each.note}")
            item.setData(each, SUGGESTION)
            item.setEditable(False)
            self._model.appendRow(item)
        if found and self.hasFocus():
            self._open_list()
        else:
            self.close_list()

    def _open_list(self) -> None:
        stage = stage_of(self)
        if self._list is None:
            self._list = QListView(stage)
            self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            self._list.setItemDelegate(_LineDelegate(self._list))
            self._list.setModel(self._model)
            self._list.setObjectName(f"{self.objectName()}_list")
            self._list.setAccessibleName("Suggestions")
            self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self._list.clicked.connect(self._on_clicked)
        self._list.setParent(stage)
        rows = min(self._model.rowCount(), MOST_SHOWN)
        at = self.mapTo(stage, QPoint(0, self.height() + 2))
        width = min(max(self.width(), 420), stage.width() - 16)
        left = max(8, min(at.x(), stage.width() - width - 8))
        height = rows * (Metric.ROW + 2) + 12
        top = at.y() if at.y() + height < stage.height() else max(8, at.y() - height - self.height() - 4)
        self._list.setGeometry(left, top, width, height)
        self._list.setCurrentIndex(QModelIndex() if self._says_nothing else self._model.index(0, 0))
        self._list.show()
        self._list.raise_()

    def close_list(self) -> None:
        """Take the list away."""
        self._late.stop()
        if self._list is not None:
            self._list.hide()
        self._model.clear()
        self._says_nothing = False

    def forget(self) -> None:
        """Empty the field and the list: nothing that was searched remains (SECURITY P14)."""
        self.set_value(None)
        self.clear()

    @Slot(QModelIndex)
    def _on_clicked(self, index: QModelIndex) -> None:
        if not self._says_nothing:
            self._pick(index.data(SUGGESTION))

    def _pick(self, line: Suggestion) -> None:
        self.close_list()
        if self._keeps:
            self.fill(line.value, line.title)
        else:
            self.clear()
        self.picked.emit(line.value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._late.isActive() and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._late.stop()
            self._ask()
        if self.is_open and self._list is not None:
            at = self._list.currentIndex().row()
            match event.key():
                case Qt.Key.Key_Down | Qt.Key.Key_Up:
                    step = 1 if event.key() == Qt.Key.Key_Down else -1
                    self._list.setCurrentIndex(self._model.index((at + step) % self._model.rowCount(), 0))
                    return
                case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                    self._pick(self._list.currentIndex().data(SUGGESTION))
                    if self._keeps and self.hasFocus():
                        super().keyPressEvent(event)  # on to the form, where Enter goes to the next field
                    return
                case Qt.Key.Key_Escape:
                    self.close_list()
                    return
        elif event.key() == Qt.Key.Key_Down:
            self._ask()
            return
        elif event.key() == Qt.Key.Key_Escape:
            self.close_list()
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Tab:
            if self._late.isActive():
                self._late.stop()
                self._ask()
            if self.is_open and self._list is not None and self._picked is None:
                self._pick(self._list.currentIndex().data(SUGGESTION))
        return super().event(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.close_list()

    def hideEvent(self, event: Any) -> None:
        super().hideEvent(event)
        self.close_list()
