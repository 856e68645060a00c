"""A thing that can be set: heading, a sentence or two, and below what sets it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.words import StatusLine, label

READING_WIDTH = 640  # prose stays readable in wide windows


class Prose(QLabel):
    """Wrapped words that never get wider than one can read; a layout would count too few lines for a capped label."""

    def __init__(self, words: str, ink: str = "") -> None:
        super().__init__(words)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(Type.BODY.font())
        self.setProperty("ink", ink)
        self.setWordWrap(True)
        self.setMaximumWidth(READING_WIDTH)

    def heightForWidth(self, width: int) -> int:
        return super().heightForWidth(min(width, READING_WIDTH))


class Setting(QWidget):
    """Heading, words, status, and widgets in a row."""

    def __init__(self, title: str, words: str, *widgets: QWidget) -> None:
        super().__init__()
        self._words, self._status = Prose(words, "2"), StatusLine(Type.BODY)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.ONE)
        for each in widgets:
            row.addWidget(each)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, Space.TWO)
        column.setSpacing(Space.HALF)
        column.addWidget(label(title, Type.HEADING))
        column.addWidget(self._words)
        column.addWidget(self._status)
        column.addSpacing(Space.HALF)
        column.addLayout(row)

    def say(self, words: str, tone: Tone) -> None:
        """Show how it stands, in its tone."""
        self._status.say(words, tone)

    @property
    def words(self) -> str:
        return f"{self._words.text()} {self._status.words}".strip()
