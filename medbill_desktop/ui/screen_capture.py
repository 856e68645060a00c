"""Keeps pictures of our windows from other programs, where the system can (SECURITY P10, F23).

Windows leaves a window out of screenshots and shared screens when it is told so for each. No other system can: X11
gives every program the whole screen, and Wayland's rules are those of the desktop, so the Security page says it.
"""

import sys
from typing import Any, Final

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QGuiApplication, QWindow

WDA_EXCLUDEFROMCAPTURE: Final = 0x11
WDA_MONITOR: Final = 0x01  # before Windows 10 2004: the window is black in pictures
KEPT_WORDS: Final = "Windows leaves MedBill out of pictures and shared screens"
PARTLY_WORDS: Final = "Windows did not agree to leave MedBill out of pictures of the screen"
OPEN_WORDS: Final = "This system can't keep other programs from taking pictures of the screen"


class CaptureShield(QObject):
    """Tells the system of every window that is shown, also of lists, menus and dialogs that come later."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.refused = False
        # Each event of the program passes here in Python, which costs; so only where it is of use.
        if able() and (app := QGuiApplication.instance()) is not None:
            app.installEventFilter(self)

    @property
    def words(self) -> str:
        if not able():
            return OPEN_WORDS
        return PARTLY_WORDS if self.refused else KEPT_WORDS

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Expose comes when the system's window is there, and again whenever it was made anew.
        if event.type() in (QEvent.Type.Show, QEvent.Type.Expose) and isinstance(watched, QWindow):
            self.cover(watched)
        return False

    def cover(self, window: QWindow) -> None:
        """Leave this window out of pictures; a window inside another is covered by it."""
        if window.parent() is not None:
            return
        user = _user32()
        handle = int(window.winId())
        told = user.SetWindowDisplayAffinity(handle, WDA_EXCLUDEFROMCAPTURE)
        self.refused = not (told or user.SetWindowDisplayAffinity(handle, WDA_MONITOR))


def able() -> bool:
    return sys.platform == "win32"


def _user32() -> Any:
    import ctypes

    return getattr(ctypes, "WinDLL")("user32")  # noqa: B009 - the other systems have no such name


def covered_words() -> str:
    """Say for the Security page whether pictures of the screen show MedBill."""
    app = QGuiApplication.instance()
    shield = app.findChild(CaptureShield) if app is not None else None
    return shield.words if shield is not None else OPEN_WORDS
