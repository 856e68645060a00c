"""The one column of sign-in, lock and first run, always in the same place, so that hands know it (LOOK, Locked)."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from medbill_desktop import __version__
from medbill_desktop.ui.help import BEFORE_SIGN_IN, HelpPanel
from medbill_desktop.ui.theme import Metric, Space, Tone, Type
from medbill_desktop.ui.widgets.scroll import scrolling
from medbill_desktop.ui.widgets.words import Chip, Elided, IconLabel, KeyLine, label, reveal

WIDTH = 360
WIDE = 560


class Column(QWidget):
    """A narrow column in the middle, a strip above and one below; F1 shows the manual's page `help_key` beside it."""

    help_key = "sign_in"

    def __init__(self, *, icon_name: str, title: str, ground: str = "surface", wide: bool = False) -> None:
        super().__init__()
        self.setProperty("ground", ground)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setProperty("stage", True)
        self._training = Chip("", Tone.WARN)
        self.title, self.subtitle = label(title, Type.TITLE, name="title"), label(ink="2", wrap=True)
        self.subtitle.hide()
        self.body = QVBoxLayout()
        self.body.setSpacing(12)
        self.column = QWidget()
        self.column.setFixedWidth(WIDE if wide else WIDTH)
        self._left, self._right = label(role=Type.CAPTION, ink="2"), label(f"Version {__version__}", Type.CAPTION, "2")
        self._note = Elided("", Type.CAPTION, "2")
        self._help: HelpPanel | None = None
        self._arrange(icon_name, tall=wide)
        QShortcut(QKeySequence("F1"), self).activated.connect(self._on_help)

    def _arrange(self, icon_name: str, *, tall: bool) -> None:
        head = QHBoxLayout()
        head.setSpacing(Space.ONE)
        head.addWidget(IconLabel(icon_name, "accent", 24))
        head.addWidget(self.title, 1)
        inside = QVBoxLayout(self.column)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(Space.HALF)
        inside.addLayout(head)
        inside.addWidget(self.subtitle)
        inside.addSpacing(Space.TWO)
        inside.addLayout(self.body)
        top = QHBoxLayout()
        top.setContentsMargins(Metric.PAGE, Space.TWO, Metric.PAGE, 0)
        top.addStretch(1)
        top.addWidget(self._training)
        middle = QWidget()
        center = QVBoxLayout(middle)
        center.setContentsMargins(0, Space.ONE, 0, Space.ONE)
        center.addStretch(1)
        # Between two stretches, not by an alignment: an aligned item is never asked for its height at its width.
        across = QHBoxLayout()
        across.addStretch(1)
        across.addWidget(self.column)
        across.addStretch(1)
        center.addLayout(across)
        center.addStretch(1 if tall else 2)
        scroll = scrolling(middle)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._foot = QFrame()
        self._foot.setProperty("ground", "canvas")
        self._foot.setProperty("edge", "top")
        self._foot.setFixedHeight(40)
        row = QHBoxLayout(self._foot)
        row.setContentsMargins(Metric.PAGE, 0, Metric.PAGE, 0)
        row.setSpacing(Space.TWO)
        row.addWidget(self._left)
        row.addWidget(self._note, 1)
        row.addWidget(self._right)
        row.addWidget(KeyLine(("F1", "help")))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addLayout(top)
        whole.addWidget(scroll, 1)
        whole.addWidget(self._foot)

    @Slot()
    def _on_help(self) -> None:
        if self._help is None:
            self._help = HelpPanel()
            self._help.setParent(self)
            self._help.closed.connect(self.focus_first)
        if self._help.isVisible():
            self._help.close_help()
        else:
            self._place_help()
            self._help.show_help(self.help_key, (), BEFORE_SIGN_IN)

    def _place_help(self) -> None:
        if self._help is not None:
            room = self.height() - self._foot.height()
            self._help.setGeometry(self.width() - Metric.SIDE_PANEL, 0, Metric.SIDE_PANEL, room)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_help()

    def say_training(self, on: bool) -> None:
        self._training.show_words("TRAINING" if on else "", Tone.WARN)

    def say_foot(self, left: str, note: str = "", right: str = "") -> None:
        self._left.setText(left)
        self._note.show_words(note)
        if right:
            self._right.setText(right)

    def say_title(self, title: str, subtitle: str = "") -> None:
        self.title.setText(title)
        self.subtitle.setText(subtitle)
        reveal(self.subtitle, bool(subtitle))

    def focus_first(self) -> None:
        """Put the keyboard where it begins."""
