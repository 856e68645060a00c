"""What stands around a page: side panel, action bar, empty state (LOOK, Decided)."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget
from shiboken6 import isValid

from medbill_desktop.ui.theme import Metric, Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.words import IconLabel, KeyCap, StatusLine, label, reveal, set_ink

RESTORED = "This is what you left unfinished. Esc gives it up."


class SidePanel(QFrame):
    """The 368-px panel beside the list: it explains the chosen row; Esc closes it."""

    opened, closed = Signal(), Signal()
    given_up = Signal()  # Esc: the person leaves what stands in it

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("ground", "canvas")
        self.setProperty("edge", "left")
        self.setFixedWidth(Metric.SIDE_PANEL)
        self.setObjectName("side_panel")
        self._quieted: list[Button] = []
        self._restored = StatusLine()
        self._title, self._note = label(role=Type.HEADING, wrap=True), label(ink="2", wrap=True)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(KeyCap("Esc"), 0, Qt.AlignmentFlag.AlignTop)
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.viewport().setAutoFillBackground(False)
        self._foot = QHBoxLayout()
        self._foot.setContentsMargins(0, 0, 0, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(Space.THREE, Space.TWO, Space.THREE, Space.TWO)
        column.setSpacing(Space.ONE)
        column.addLayout(head)
        column.addWidget(self._note)
        column.addWidget(self._restored)
        column.addWidget(self._scroll, 1)
        column.addLayout(self._foot)
        self.hide()

    @property
    def content(self) -> QWidget | None:
        """What is shown in it; None while it is closed."""
        return self._scroll.widget()

    def say_restored(self, restored: bool) -> None:
        """Say that what stands in the form was left there before."""
        self._restored.say(RESTORED if restored else "", Tone.INFO)

    def show_content(self, title: str, content: QWidget, *, note: str = "", buttons: tuple[QWidget, ...] = ()) -> None:
        """Open with this content; what was shown before is destroyed. Focus stays where it is."""
        self._title.setText(title)
        self._note.setText(note)
        reveal(self._note, bool(note))
        self.setAccessibleName(title)
        self._clear_foot()
        if self._scroll.widget() is not content:
            self._scroll.setWidget(content)
        content.setAutoFillBackground(False)
        for each in buttons:
            self._foot.addWidget(each)
        self._foot.addStretch(1)
        self._give_back_primary()
        if any(each.property("kind") == "primary" for each in buttons):
            self._take_primary()
        reveal(self, True)
        self.raise_()
        self.opened.emit()

    def close_panel(self) -> None:
        """Close and forget the content."""
        if self.isHidden():
            return
        if (old := self._scroll.takeWidget()) is not None:
            old.deleteLater()
        self._clear_foot()
        self._restored.say("")
        self._give_back_primary()
        self.hide()
        self.closed.emit()

    def _take_primary(self) -> None:
        """The one primary button in sight is that of the form in here, and Ctrl+Enter is its key."""
        page = self.parentWidget()
        for each in page.findChildren(Button) if page is not None else ():
            if each.property("kind") == "primary" and not self.isAncestorOf(each):
                each.make("")
                each.listen(False)
                self._quieted.append(each)

    def _give_back_primary(self) -> None:
        for each in self._quieted:
            if isValid(each):
                each.make("primary")
                each.listen(True)
        self._quieted = []

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
            self.close_panel()
            event.accept()
            return
        super().keyPressEvent(event)

    def _clear_foot(self) -> None:
        while (item := self._foot.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()


class ActionBar(QFrame):
    """The foot of a working page: one sentence on what will happen, then the buttons, the primary last."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("ground", "surface")
        self.setProperty("edge", "top")
        self.setFixedHeight(Metric.ACTION_BAR)
        self.setObjectName("action_bar")
        self._icon = IconLabel(Tone.STOP.value, Tone.STOP)
        self._icon.hide()
        self._lead, self._words = label(), label(ink="2", wrap=True)
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(Metric.PAGE, 0, Metric.PAGE - Metric.RING, 0)
        self._row.setSpacing(Space.ONE)
        for each, stretch in ((self._icon, 0), (self._lead, 0), (self._words, 1)):
            self._row.addWidget(each, stretch)
        self.hide()

    def add(self, *buttons: QWidget) -> None:
        """Add buttons, the primary one last."""
        for each in buttons:
            self._row.addWidget(each)
        reveal(self, True)

    def say(self, words: str, *, lead: str = "", tone: Tone | None = None) -> None:
        """Say what will happen; `lead` is a status before it, such as `1 problem on line 1`."""
        self._words.setText(words)
        self._words.setToolTip(words)
        self._lead.setText(lead)
        reveal(self._lead, bool(lead))
        reveal(self._icon, tone is not None and bool(lead))
        if tone is not None:
            self._icon.show_icon(tone.value, tone)
            set_ink(self._lead, tone.name.lower() if tone is not Tone.NONE else "3")
        reveal(self, True)

    @property
    def words(self) -> str:
        return f"{self._lead.text()} {self._words.text()}".strip()


class EmptyState(QWidget):
    """An empty page: a picture, one sentence and the button that begins."""

    def __init__(self, icon_name: str, sentence: str, *buttons: QWidget) -> None:
        super().__init__()
        self._sentence = label(sentence, ink="2", wrap=True)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence.setFixedWidth(480)
        row = QHBoxLayout()
        row.setSpacing(Space.ONE)
        row.addStretch(1)
        for each in buttons:
            row.addWidget(each)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setSpacing(Space.TWO)
        column.addStretch(1)
        column.addWidget(IconLabel(icon_name, "text3", 32), 0, Qt.AlignmentFlag.AlignHCenter)
        # Between stretches, not by an alignment: an aligned item is never asked for its height at its width.
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self._sentence)
        middle.addStretch(1)
        column.addLayout(middle)
        column.addLayout(row)
        column.addStretch(2)

    def say(self, sentence: str) -> None:
        self._sentence.setText(sentence)


class ProblemBar(QFrame):
    """Problems that belong to no field, on top of a page; hidden while there are none."""

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(Space.ONE, Space.HALF, Space.ONE, Space.HALF)
        self._column.setSpacing(Space.HALF)
        self.setProperty("tint", "stop")
        self._lines: list[StatusLine] = []
        self.hide()

    def say(self, *lines: tuple[str, Tone]) -> None:
        """Show these lines, or hide with none."""
        while (item := self._column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        self._lines = []
        for words, tone in lines:
            line = StatusLine(Type.BODY)
            line.say(words, tone)
            self._column.addWidget(line)
            self._lines.append(line)
        worst = Tone.STOP if any(tone is Tone.STOP for _, tone in lines) else Tone.WARN
        if lines and all(tone is Tone.OK for _, tone in lines):
            worst = Tone.OK
        self.setProperty("tint", worst.name.lower())
        self.style().unpolish(self)
        self.style().polish(self)
        reveal(self, bool(lines))

    @property
    def words(self) -> str:
        return "\n".join(each.words for each in self._lines)
