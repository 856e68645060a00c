"""A QR code drawn from its modules; nothing of it goes through a file (SECURITY K20, K25)."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

QUIET_MODULES = 4
DARK, LIGHT = "#000000", "#FFFFFF"  # cameras need them, in both themes


class QrCode(QWidget):
    """Shows a text as a QR code, dark on light in both themes."""

    def __init__(self, text: str, *, side: int = 208, spoken: str = "QR code for your authenticator app") -> None:
        import segno  # only where a person sets up an authenticator: it is not needed to sign in

        super().__init__()
        self._rows = [bytes(row) for row in segno.make(text, error="m", micro=False).matrix]
        self.setFixedSize(side, side)
        self.setAccessibleName(spoken)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(LIGHT))
        count = len(self._rows) + 2 * QUIET_MODULES
        size = self.width() // count
        start = (self.width() - size * len(self._rows)) // 2
        painter.setPen(Qt.PenStyle.NoPen)
        for y, row in enumerate(self._rows):
            for x, dark in enumerate(row):
                if dark:
                    painter.fillRect(QRect(start + x * size, start + y * size, size, size), QColor(DARK))
        painter.end()
