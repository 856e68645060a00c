"""The parts of a large page as a list in groups: typed to, walked with the arrows, reached by a key per group."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
)

from medbill_desktop.ui.theme import Metric, Radius, Space, Type, colors
from medbill_desktop.ui.widgets.fields import LineField

WIDTH = 184
HEAD = 32  # a heading, with the room above it
KEY_ROLE = Qt.ItemDataRole.UserRole
HINT_ROLE = Qt.ItemDataRole.UserRole + 1

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class ListedPart:
    """A part as the list shows it; `also` are other words by which people look for it."""

    key: str
    title: str
    also: str = ""


@dataclass(frozen=True, slots=True)
class PartGroup:
    """Parts below one heading, and the key that goes to them."""

    title: str
    shortcut: str
    parts: tuple[ListedPart, ...]


class PartList(QFrame):
    """`chosen` carries the key of a part as soon as it is the current one; `entered` once the person wants into it."""

    chosen, entered = Signal(str), Signal()

    def __init__(self, groups: Sequence[PartGroup], *, spoken: str, find: str) -> None:
        super().__init__()
        self.setProperty("ground", "surface")
        self.setProperty("edge", "right")
        self._groups = groups
        self._rows: dict[str, QListWidgetItem] = {}
        self.search = LineField(find, name="find_part")
        self.search.setAccessibleName(find)
        self.list = _List(spoken)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, Space.TWO, Space.ONE, 0)
        column.setSpacing(0)
        typed = QHBoxLayout()
        typed.setContentsMargins(Metric.CELL_PAD, 0, 0, 0)
        typed.addWidget(self.search)
        column.addLayout(typed)
        column.addWidget(self.list, 1)
        self.setFixedWidth(WIDTH + Space.ONE)
        for group in groups:
            self._add_group(group)
        self.search.textChanged.connect(self._on_typed)
        self.search.installEventFilter(self.list)
        self.search.returnPressed.connect(self._on_entered)
        self.list.currentItemChanged.connect(self._on_current)
        self.list.entered_part.connect(self._on_entered)
        self.list.itemClicked.connect(self._on_entered)

    def _add_group(self, group: PartGroup) -> None:
        head = QListWidgetItem(group.title, self.list)
        head.setFlags(Qt.ItemFlag.NoItemFlags)
        head.setData(HINT_ROLE, group.shortcut)
        for part in group.parts:
            row = self._rows[part.key] = QListWidgetItem(part.title, self.list)
            row.setData(KEY_ROLE, part.key)
            row.setToolTip(f"{part.title} ({group.shortcut})")

    @property
    def current(self) -> str:
        """The key of the part that is chosen."""
        item = self.list.currentItem()
        return str(item.data(KEY_ROLE)) if item is not None else ""

    def choose(self, key: str) -> None:
        """Make a part the current one, whatever was typed."""
        self.search.clear()
        if key in self._rows:
            self.list.setCurrentItem(self._rows[key])

    def choose_group(self, group: PartGroup) -> None:
        """Go to the first part of a group; whoever is in it goes to its next."""
        keys = [each.key for each in group.parts]
        at = keys.index(self.current) + 1 if self.current in keys else 0
        self.choose(keys[at % len(keys)])

    def step(self, by: int) -> None:
        """Go to the part above (-1) or below (1)."""
        seen = [key for key, row in self._rows.items() if not row.isHidden()]
        if self.current in seen:
            self.choose_row(seen[min(max(seen.index(self.current) + by, 0), len(seen) - 1)])

    def choose_row(self, key: str) -> None:
        """Make a part the current one and leave what was typed."""
        self.list.setCurrentItem(self._rows[key])

    @Slot(str)
    def _on_typed(self, text: str) -> None:
        """Show what begins like the text; the first of it is chosen."""
        shown = _fitting(self._groups, text)
        for key, row in self._rows.items():
            row.setHidden(key not in shown)
        at = 0
        for group in self._groups:
            self.list.item(at).setHidden(not any(each.key in shown for each in group.parts))
            at += 1 + len(group.parts)
        if shown and self.current not in shown:
            self.choose_row(shown[0])

    @Slot()
    def _on_entered(self, *_: object) -> None:
        self.search.clear()
        self.entered.emit()

    @Slot()
    def _on_current(self, *_: object) -> None:
        if self.current:
            self.chosen.emit(self.current)


class _List(QListWidget):
    """Up and Down also work from the find field above; Enter and Right go into the part."""

    entered_part = Signal()

    def __init__(self, spoken: str) -> None:
        super().__init__()
        self.setObjectName("parts")
        self.setAccessibleName(spoken)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(_PartDelegate(self))
        self.viewport().setAutoFillBackground(False)
        self.setMouseTracking(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Right) and not event.modifiers():
            self.entered_part.emit()
            return
        super().keyPressEvent(event)

    def eventFilter(self, watched: object, event: object) -> bool:
        if not isinstance(event, QKeyEvent) or event.type() is not QKeyEvent.Type.KeyPress or event.modifiers():
            return False
        walks = event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down)
        if walks:
            super().keyPressEvent(event)
        return walks


class _PartDelegate(QStyledItemDelegate):
    """Headings in caption with their key; parts as the rail draws its pages."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(WIDTH, Metric.ROW if index.data(KEY_ROLE) else HEAD)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box: QRect = option.rect
        if index.data(KEY_ROLE):
            self._paint_part(painter, option, index, box)
        else:
            self._paint_head(painter, index, box)
        painter.restore()

    def _paint_head(self, painter: QPainter, index: Index, box: QRect) -> None:
        font, c = Type.CAPTION.font(), colors()
        painter.setFont(font)
        painter.setPen(QColor(c.text3))
        inside = box.adjusted(Metric.CELL_PAD, 0, -Metric.CELL_PAD, -4)
        hint = str(index.data(HINT_ROLE) or "")
        below = Qt.AlignmentFlag.AlignBottom
        painter.drawText(inside, int(below | Qt.AlignmentFlag.AlignRight), hint)
        room = inside.width() - QFontMetrics(font).horizontalAdvance(hint) - Space.ONE
        words = QFontMetrics(font).elidedText(str(index.data()), Qt.TextElideMode.ElideRight, room)
        painter.drawText(inside, int(below | Qt.AlignmentFlag.AlignLeft), words)

    def _paint_part(self, painter: QPainter, option: QStyleOptionViewItem, index: Index, box: QRect) -> None:
        state: QStyle.StateFlag = option.state
        here, c = bool(state & QStyle.StateFlag.State_Selected), colors()
        over = bool(state & QStyle.StateFlag.State_MouseOver)
        if here or over:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(c.selected if here else c.control))
            painter.drawRoundedRect(box, Radius.CONTROL, Radius.CONTROL)
        if here:
            painter.fillRect(QRect(box.left(), box.top() + 6, 3, box.height() - 12), QColor(c.accent))
        if here and state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QColor(c.accent))
            for inset in (1, 2):
                edge = box.adjusted(inset, inset, -inset, -inset)
                painter.drawRoundedRect(edge, Radius.CONTROL, Radius.CONTROL)
        painter.setFont((Type.STRONG if here else Type.BODY).font())
        painter.setPen(QColor(c.text if here else c.text2))
        inside = box.adjusted(Metric.CELL_PAD, 0, -Metric.CELL_PAD, 0)
        painter.drawText(inside, int(Qt.AlignmentFlag.AlignVCenter), str(index.data()))


def _fitting(groups: Iterable[PartGroup], text: str) -> list[str]:
    """Return the keys of the parts of which each word that is typed begins a word."""
    typed = text.casefold().split()
    found = []
    for group in groups:
        for part in group.parts:
            there = f"{part.title} {part.also} {group.title}".casefold().split()
            if all(any(word.startswith(each) for word in there) for each in typed):
                found.append(part.key)
    return found
