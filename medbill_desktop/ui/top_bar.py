"""The top bar: find anything, the practice, TRAINING, backups, who is signed in, and the lock (UX, Shell)."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy

from medbill_desktop.ui.theme import Metric, Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.type_ahead import Search, TypeAhead
from medbill_desktop.ui.widgets.words import Chip, IconLabel, KeyCap, label, reveal


class FindBox(TypeAhead):
    """Ctrl+K: a patient, a page or a command by the beginning of any word."""

    left_empty = Signal()

    def __init__(self, search: Search) -> None:
        super().__init__(search, "Find a patient, page or command", name="find", on_empty=False, keeps_text=False)
        self.setAccessibleName("Find anything")
        self.setMinimumWidth(200)
        self.setMaximumWidth(400)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setTextMargins(22, 0, 58, 0)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 0, 8, 0)
        row.addWidget(IconLabel("ph.magnifying-glass", "text3"))
        row.addStretch(1)
        row.addWidget(KeyCap("Ctrl+K"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc takes the list away, then what was typed, then leaves: a name does not stay on top of the window."""
        if event.key() == Qt.Key.Key_Escape and not self.is_open:
            self.forget()
            self.left_empty.emit()
            return
        super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(400, Metric.CONTROL)


class ClickableChip(Chip):
    """A chip that leads somewhere."""

    clicked = Signal()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()


class TopBar(QFrame):
    """`locked` when the lock button is pressed, `backup_wanted` when the backup chip is."""

    locked = Signal()
    backup_wanted = Signal()

    def __init__(self, search: Search, user: str, *, training: bool) -> None:
        super().__init__()
        self.setProperty("ground", "canvas")
        self.setProperty("edge", "bottom")
        self.setFixedHeight(Metric.TOP)
        self.setObjectName("top_bar")
        self.find_box = FindBox(search)
        self._name = label("MedBill", Type.HEADING)
        self._name.setFixedWidth(Metric.RAIL - Metric.PAGE)
        self._practice = label(name="practice_name", ink="2")
        self._training = Chip("TRAINING" if training else "", Tone.WARN)
        self._backup = ClickableChip("", Tone.OK, "ph.shield-check-fill")
        self._user = label(user, ink="2", name="user_name")
        self._lock = Button("Lock", icon_name="ph.lock-simple", name="lock", pressed=self.locked.emit)
        self._lock.setToolTip("Lock (Ctrl+L)")
        self._lock.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._backup.setObjectName("backup_chip")
        self._backup.clicked.connect(self.backup_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(Metric.PAGE, 0, Space.TWO, 0)
        row.setSpacing(Space.TWO)
        row.addWidget(self._name)
        row.addWidget(self.find_box)
        row.addStretch(1)
        for each in (self._practice, self._training, self._backup, self._user, self._lock):
            row.addWidget(each)

    def show_practice(self, name: str) -> None:
        self._practice.setText(name)

    def show_backup(self, words: str, tone: Tone, fix: str) -> None:
        """Show how old the newest verified backup is, in words and colour."""
        self._backup.show_words(words, tone)
        self._backup.setToolTip(fix or words)

    def fit(self, width: int) -> None:
        """Drop what is said elsewhere as well, where the window is narrow."""
        reveal(self._practice, width >= Metric.NARROW)
        reveal(self._user, width >= 900)
        self._name.setFixedWidth(Metric.RAIL - Metric.PAGE if width >= Metric.NARROW else 72)


def backup_words(words: str) -> str:
    """Let the chip say of what it speaks: `Verified 2 h ago` becomes `Backup verified 2 h ago`."""
    return words if "backup" in words.casefold() else f"Backup {words[:1].lower()}{words[1:]}"
