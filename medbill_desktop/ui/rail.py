"""The rail: the pages that the role may open, with icons and words; icons alone in narrow windows (LOOK, Metrics)."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QStyle, QStyleOption, QToolButton, QVBoxLayout

from medbill_desktop.ui.icons import paint_icon
from medbill_desktop.ui.places import PageSpec
from medbill_desktop.ui.theme import Metric, Radius, Space, Type, colors

ITEM = 36


class RailItem(QToolButton):
    """One page of the rail."""

    def __init__(self, spec: PageSpec, key: str) -> None:
        super().__init__()
        self.spec = spec
        self._folded = False
        self.setCheckable(True)
        self.setAutoExclusive(False)
        self.setFixedHeight(ITEM)
        self.setObjectName(f"rail_{spec.key}")
        self.setAccessibleName(spec.title)
        self.setToolTip(f"{spec.title} ({key})" if key else spec.title)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def fold(self, on: bool) -> None:
        self._folded = on
        self.setFixedWidth(40 if on else Metric.RAIL - 2 * Space.ONE)

    def sizeHint(self) -> QSize:
        return QSize(40 if self._folded else Metric.RAIL - 2 * Space.ONE, ITEM)

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter = colors(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = self.rect()
        ground = c.selected if self.isChecked() else c.control if self.underMouse() else None
        if ground is not None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(ground))
            painter.drawRoundedRect(box, Radius.CONTROL, Radius.CONTROL)
        if self.isChecked():
            painter.fillRect(QRect(0, 9, 3, ITEM - 18), QColor(c.accent))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QColor(c.accent))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), Radius.CONTROL, Radius.CONTROL)
            painter.drawRoundedRect(box.adjusted(2, 2, -2, -2), Radius.CONTROL, Radius.CONTROL)
        name = f"{self.spec.icon}-fill" if self.isChecked() else self.spec.icon
        ink = c.accent if self.isChecked() else c.text2
        paint_icon(painter, QRect(12 if not self._folded else 10, 8, Metric.ICON_RAIL, Metric.ICON_RAIL), name, ink)
        if not self._folded:
            painter.setFont((Type.STRONG if self.isChecked() else Type.BODY).font())
            painter.setPen(QColor(c.text if self.isChecked() else c.text2))
            painter.drawText(box.adjusted(40, 0, -4, 0), int(Qt.AlignmentFlag.AlignVCenter), self.spec.title)
        painter.end()


class Rail(QFrame):
    """All pages of the rail; `chosen` carries the key."""

    chosen = Signal(str)

    def __init__(self, specs: Sequence[PageSpec]) -> None:
        super().__init__()
        self.setProperty("ground", "canvas")
        self.setProperty("edge", "right")
        self.setObjectName("rail")
        self.setAccessibleName("Pages")
        self._items: dict[str, RailItem] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.ONE, Space.ONE, Space.ONE, Space.ONE)
        column.setSpacing(0)
        upper = [each for each in specs if each.rail and not each.at_foot]
        lower = [each for each in specs if each.rail and each.at_foot]
        self.order = [each.key for each in (*upper, *lower)]
        for at, spec in enumerate((*upper, *lower)):
            if at == len(upper):
                column.addStretch(1)
            item = self._items[spec.key] = RailItem(spec, f"Ctrl+{at + 1}" if at < 9 else "")
            item.clicked.connect(lambda _checked=False, key=spec.key: self._on_clicked(key))
            column.addWidget(item)
        if not lower:
            column.addStretch(1)
        self.fold(False)

    def mark(self, key: str) -> None:
        """Show which page is open."""
        for each, item in self._items.items():
            item.setChecked(each == key)
            item.update()

    def fold(self, on: bool) -> None:
        """Show icons alone, or icons and words."""
        self.setFixedWidth((Metric.RAIL_FOLDED + 8) if on else Metric.RAIL)
        for item in self._items.values():
            item.fold(on)

    def _on_clicked(self, key: str) -> None:
        self.mark(key)
        self.chosen.emit(key)

    def paintEvent(self, event: QPaintEvent) -> None:
        option, painter = QStyleOption(), QPainter(self)
        option.initFrom(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_Widget, option, painter, self)
        painter.end()
