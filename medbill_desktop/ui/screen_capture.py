"""Keeps pictures of our windows from other programs, where the system can (SECURITY P10, F23).

Windows leaves a window out of screenshots and shared screens when it is told so for each. No other system can: X11
gives every program the whole screen, and Wayland's rules are those of the desktop, so the Security page says it.
"""

import sys
from typing import Any, Final

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QGuiApplication, QWindow

WDA_EXCLUDEFROMCAPTURE: Final = 0x11
WDA_NONE: Final = 0x00
WDA_MONITOR: Final = 0x01  # before Windows 10 2004: the window is black in pictures
KEPT_WORDS: Final = "Windows leaves MedBill out of pictures and shared screens"
PARTLY_WORDS: Final = "Windows did not agree to leave MedBill out of pictures of the screen"
OPEN_WORDS: Final = "This system can't keep other programs from taking pictures of the screen"
OFF_WORDS: Final = "Pictures and shared screens show MedBill until it is closed, because somebody switched that on."


class CaptureShield(QObject):
    """Tells the system of every window that is shown, also of lists, menus and dialogs that come later."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.refused, self.off = False, False
        # Each event of the program passes here in Python, which costs; so only where it is of use.
        if able() and (app := QGuiApplication.instance()) is not None:
            app.installEventFilter(self)

    @property
    def words(self) -> str:
        if not able():
            return OPEN_WORDS
        if self.off:
            return OFF_WORDS
        return PARTLY_WORDS if self.refused else KEPT_WORDS

    def let_pictures(self) -> None:
        """Let support see the screen, from now on until the program is closed; nothing switches it back but that."""
        self.off = True
        for each in QGuiApplication.topLevelWindows():
            if each.isVisible() and able():
                _user32().SetWindowDisplayAffinity(int(each.winId()), WDA_NONE)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Expose comes when the system's window is there, and again whenever it was made anew.
        if event.type() in (QEvent.Type.Show, QEvent.Type.Expose) and isinstance(watched, QWindow):
            self.cover(watched)
        return False

    def cover(self, window: QWindow) -> None:
        """Leave this window out of pictures; a window inside another is covered by it."""
        if window.parent() is not None or self.off:
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


def shield() -> CaptureShield | None:
    """Return the one of this program."""
    app = QGuiApplication.instance()
    return app.findChild(CaptureShield) if app is not None else None


def covered_words() -> str:
    """Say for the Security page whether pictures of the screen show MedBill."""
    made = shield()
    return made.words if made is not None else OPEN_WORDS


def captured_words() -> tuple[str, ...]:
    """Return what stands on every screen while pictures are let (SECURITY P10)."""
    made = shield()
    return (OFF_WORDS,) if made is not None and made.off else ()
