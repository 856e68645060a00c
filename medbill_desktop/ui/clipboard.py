"""Secrets in the clipboard: marked as such, gone after thirty seconds, while still ours (SECURITY P4)."""

from PySide6.QtCore import QMimeData, QObject, QTimer, Slot
from PySide6.QtGui import QClipboard, QGuiApplication

SECONDS = 30
MARKS = {
    "x-kde-passwordManagerHint": b"secret",
    "application/x-nspasteboard-concealed-type": b"1",
    "ExcludeClipboardContentFromMonitorProcessing": b"1",
}
_MODES = (QClipboard.Mode.Clipboard, QClipboard.Mode.Selection)


class Clipboard(QObject):
    """Copies secrets, and takes back whatever of ours is still there."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ours: str | None = None
        self._timer = QTimer(self, interval=SECONDS * 1000, singleShot=True)
        self._timer.timeout.connect(self.clear_ours)

    def copy_secret(self, text: str) -> None:
        """Copy with the marks that clipboard histories respect."""
        data = QMimeData()
        data.setText(text)
        for mark, value in MARKS.items():
            data.setData(mark, value)
        QGuiApplication.clipboard().setMimeData(data)
        self._ours = text
        self._timer.start()

    @Slot()
    def clear_ours(self) -> None:
        """Clear the clipboard where it still holds what this program put there; what others put stays."""
        board = QGuiApplication.clipboard()
        for mode in _MODES:
            if mode is QClipboard.Mode.Selection and not board.supportsSelection():
                continue
            if self.owns(mode) or (self._ours is not None and board.text(mode) == self._ours):
                board.clear(mode)
        self._ours = None
        self._timer.stop()

    @staticmethod
    def owns(mode: QClipboard.Mode) -> bool:
        """Tell whether this program put there what is there, also what a person copied out of a field."""
        board = QGuiApplication.clipboard()
        return board.ownsSelection() if mode is QClipboard.Mode.Selection else board.ownsClipboard()
