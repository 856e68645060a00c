"""Buttons with their key printed in them (LOOK, Action bar)."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QShortcut
from PySide6.QtWidgets import QPushButton, QSizePolicy, QStyle, QStyleOptionButton, QStylePainter, QWidget

from medbill_desktop.ui.icons import icon
from medbill_desktop.ui.theme import Metric, Space, colors
from medbill_desktop.ui.widgets.words import restyle


def sequences(key: str) -> tuple[QKeySequence, ...]:
    """Return what a key in words means; Enter is two keys of the keyboard."""
    if key.endswith("Enter"):
        return QKeySequence(key.replace("Enter", "Return")), QKeySequence(key)
    return (QKeySequence(key),)


class Button(QPushButton):
    """A button; `key` is shown in it and, as a shortcut of the window around it, presses it.

    `kind`: "primary" (one a page), "link", or "" for a quiet one.
    """

    def __init__(
        self,
        words: str,
        key: str = "",
        *,
        kind: str = "",
        icon_name: str = "",
        name: str = "",
        pressed: Callable[[], object] | None = None,
        listens: bool = True,
    ) -> None:
        super().__init__(words)
        self._key, self._shortcuts = key, list[QShortcut]()
        self._icon_name = icon_name
        self.setAutoDefault(False)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(Metric.CONTROL)
        self.setIconSize(QSize(Metric.ICON, Metric.ICON))
        self._take_kind(kind)
        if name:
            self.setObjectName(name)
        if kind == "link":
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(words.replace("&", ""))
        if key:
            self.setToolTip(f"{words.replace('&', '')} ({key})")
            self.setAccessibleDescription(key)
        if key and listens and key not in ("Enter", "Esc"):
            # Esc and Enter belong to the panel or form around the button, never to a shortcut that swallows them.
            for sequence in sequences(key):
                shortcut = QShortcut(sequence, self)
                shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
                shortcut.activated.connect(self.click)
                self._shortcuts.append(shortcut)
        if pressed is not None:
            self.clicked.connect(lambda _checked=False: pressed())

    def make(self, kind: str) -> None:
        """Make it a button of this kind; while a form lies beside a page, the page's own primary is a quiet one."""
        self._take_kind(kind)
        restyle(self)

    def _take_kind(self, kind: str) -> None:
        self.setProperty("kind", kind)
        if self._icon_name:
            role = "on_accent" if kind == "primary" else "accent" if kind == "link" else "text2"
            self.setIcon(icon(self._icon_name, role))

    def listen(self, on: bool) -> None:
        """Let the key press the button, or leave it to another one: of two that share it Qt would press neither."""
        for each in self._shortcuts:
            each.setEnabled(on)

    def event(self, event: QEvent) -> bool:
        # The button that has the keyboard takes Enter before the form around it, whose Enter presses another one.
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_enter(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not _is_enter(event):
            super().keyPressEvent(event)
        elif not event.isAutoRepeat():  # held down, it must not press what the next page shows in this place
            self.click()

    def say(self, words: str) -> None:
        """Change the words."""
        self.setText(words)
        self.setAccessibleName(words.replace("&", ""))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        key = self.fontMetrics().horizontalAdvance(self._key) + Space.ONE + 2 if self._key else 0
        return QSize(self.minimumSizeHint().width() + key, Metric.CONTROL)

    def minimumSizeHint(self) -> QSize:
        """Without its key, which goes where there is no room for it: the tooltip and the F1 card say it as well."""
        width = self.fontMetrics().horizontalAdvance(self.text().replace("&", "")) + 28
        width -= 16 if self.property("kind") == "link" else 0
        width += Metric.ICON + 7 if not self.icon().isNull() else 0
        return QSize(width, Metric.CONTROL)

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionButton()
        self.initStyleOption(option)
        words, picture = self.text(), self.icon()
        option.text = ""
        option.icon = QIcon()
        painter = QStylePainter(self)
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        self._draw_words(painter, words)
        if not picture.isNull():
            mode = picture.Mode.Normal if self.isEnabled() else picture.Mode.Disabled
            left = 4 if self.property("kind") == "link" else 14
            picture.paint(painter, left, (self.height() - 16) // 2, 16, 16, Qt.AlignmentFlag.AlignCenter, mode)

    def _draw_words(self, painter: QPainter, words: str) -> None:
        c = colors()
        primary = self.property("kind") == "primary" and self.isEnabled()
        ink = QColor(c.on_accent if primary else c.text if self.isEnabled() else c.text3)
        link = self.property("kind") == "link"
        start = (4 if link else 14) + (Metric.ICON + 7 if not self.icon().isNull() else 0)
        box = self.rect().adjusted(start, 0, -4 if link else -14, 0)
        if link:
            ink = QColor(c.accent)
        painter.setPen(ink)
        has_room = self.width() >= self.sizeHint().width()
        across = Qt.AlignmentFlag.AlignLeft if has_room or not self._key else Qt.AlignmentFlag.AlignHCenter
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | across | Qt.TextFlag.TextShowMnemonic), words)
        faint = QColor(ink)
        faint.setAlphaF(0.85 if primary else 1)
        painter.setPen(faint if primary else QColor(c.text2 if self.isEnabled() else c.text3))
        if self._key and has_room:
            painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), self._key)


def _is_enter(event: QKeyEvent) -> bool:
    keypad = Qt.KeyboardModifier.KeypadModifier
    return event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & ~keypad


def primary_button(words: str, key: str = "Ctrl+Enter", **more: object) -> Button:
    """Make the one primary button of a page."""
    return Button(words, key, kind="primary", **more)  # type: ignore[arg-type]


def press_on_enter(parent: QWidget, button: QPushButton) -> None:
    """Let Enter anywhere in `parent` press the button, as in a sign-in form."""
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        shortcut = QShortcut(QKeySequence(key), parent)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(button.click)
