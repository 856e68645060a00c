"""Words on the screen: labels, status, chips, key caps, hairlines (LOOK, Rendering)."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from medbill_desktop.ui.icons import icon
from medbill_desktop.ui.theme import Metric, Space, Tone, Type, worn

TINTS = {Tone.OK: "ok", Tone.WARN: "warn", Tone.STOP: "stop", Tone.INFO: "info", Tone.NONE: "key"}


def restyle(widget: QWidget) -> None:
    """Let the stylesheet see a property that changed."""
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def reveal(widget: QWidget, on: bool) -> None:
    """Show or hide; a widget without a parent waits for one, where `show()` would open it as a window."""
    if on and widget.parentWidget() is None:
        widget.setAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide, False)
    else:
        widget.setVisible(on)


def label(words: str = "", role: Type = Type.BODY, ink: str = "", *, wrap: bool = False, name: str = "") -> QLabel:
    """Make a label; `ink` is "" for text, "2" for second facts, "3" for hints, or a tone such as "warn"."""
    made = QLabel(words)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setFont(role.font())
    made.setProperty("ink", ink)
    made.setWordWrap(wrap)
    if name:
        made.setObjectName(name)
    return made


def set_ink(made: QLabel, ink: str) -> None:
    """Change a label's colour."""
    if made.property("ink") != ink:
        made.setProperty("ink", ink)
        restyle(made)


def rule() -> QFrame:
    """Make a hairline."""
    made = QFrame()
    made.setProperty("rule", True)
    made.setFixedHeight(1)
    return made


class IconLabel(QLabel):
    """An icon that is drawn anew when the theme changes; never the only carrier of a meaning."""

    def __init__(self, name: str, role: str | Tone = "text2", size: int = Metric.ICON) -> None:
        super().__init__()
        self._size = size
        self.setFixedSize(size, size)
        self.show_icon(name, role)
        worn.changed.connect(self._draw)

    def show_icon(self, name: str, role: str | Tone) -> None:
        self._name, self._role = name, role
        self._draw()

    def _draw(self) -> None:
        self.setPixmap(icon(self._name, self._role).pixmap(self._size, self._size))


class StatusLine(QWidget):
    """Icon and words of a status, all in its tone; hidden while it has nothing to say."""

    def __init__(self, role: Type = Type.CAPTION, *, wrap: bool = True) -> None:
        super().__init__()
        self._icon = IconLabel(Tone.NONE.value, Tone.NONE)
        self._words = label(role=role, wrap=wrap)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._words, 1)
        self.setVisible(False)

    def say(self, words: str, tone: Tone = Tone.STOP) -> None:
        """Show the words, or hide with none; a screen reader hears them as the widget's name."""
        self._words.setText(words)
        set_ink(self._words, "3" if tone is Tone.NONE else TINTS[tone])
        self._icon.show_icon(tone.value, tone)
        self.setAccessibleName(words)
        reveal(self, bool(words))

    @property
    def words(self) -> str:
        return self._words.text()


class Chip(QFrame):
    """A tinted word for the top bar and page banners, never for rows."""

    def __init__(self, words: str = "", tone: Tone = Tone.INFO, icon_name: str = "") -> None:
        super().__init__()
        self._icon, self._words = IconLabel(icon_name or tone.value, tone, 14), label(words, Type.CAPTION)
        self._fixed_icon = icon_name
        self.setFixedHeight(22)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(7, 0, 8, 0)
        row.setSpacing(6)
        row.addWidget(self._icon)
        row.addWidget(self._words)
        self.show_words(words, tone)

    def show_words(self, words: str, tone: Tone) -> None:
        self._words.setText(words)
        self._icon.show_icon(self._fixed_icon or tone.value, tone)
        set_ink(self._words, "2" if tone is Tone.NONE else TINTS[tone])
        self.setProperty("tint", TINTS[tone])
        self.setAccessibleName(words)
        reveal(self, bool(words))
        restyle(self)

    @property
    def words(self) -> str:
        return self._words.text()


class KeyCap(QLabel):
    """A key as it stands beside its words."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.setFont(Type.CAPTION.font())
        self.setProperty("tint", "key")
        self.setContentsMargins(6, 1, 6, 1)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)


class KeyLine(QWidget):
    """Key caps under a table: `KeyLine(("Space", "opens a balance"), ("Enter", "opens the claim"))`."""

    def __init__(self, *pairs: tuple[str, str]) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.ONE)
        for key, words in pairs:
            row.addWidget(KeyCap(key))
            row.addWidget(label(words, Type.CAPTION, "2"))
            row.addSpacing(Space.HALF)
        row.addStretch(1)


class Fact(QWidget):
    """A small word over a figure, as in a banner: `Patient owes` / `21.60`."""

    def __init__(self, words: str, figure: str = "", *, role: Type = Type.TITLE) -> None:
        super().__init__()
        self._words = label(words, Type.CAPTION, "2")
        self._figure = label(figure, role)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for each in (self._words, self._figure):
            column.addWidget(each, 0, Qt.AlignmentFlag.AlignRight)
        self.show_figure(figure)

    def show_figure(self, figure: str, ink: str = "") -> None:
        self._figure.setText(figure)
        set_ink(self._figure, ink)
        self.setAccessibleName(f"{self._words.text()} {figure}")

    @property
    def figure(self) -> str:
        return self._figure.text()


class Elided(QLabel):
    """One line that ends in an ellipsis where the room ends; for notes, never for money, names or dates."""

    def __init__(self, words: str = "", role: Type = Type.BODY, ink: str = "") -> None:
        super().__init__()
        self._whole = words
        self.setFont(role.font())
        self.setProperty("ink", ink)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.show_words(words)

    def show_words(self, words: str) -> None:
        self._whole = words
        self.setAccessibleName(words)
        self._fit()

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.FontChange):
            self._fit()
        return super().event(event)

    def _fit(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, max(self.width(), 1))
        self.setText(shown)
        self.setToolTip(self._whole if shown != self._whole else "")
