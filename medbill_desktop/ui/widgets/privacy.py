"""Shoulder privacy: rows are hidden from people who stand by, in every table there is and will be (UX 7)."""

from typing import Final

from PySide6.QtCore import QObject, Signal


class _Privacy(QObject):
    """`on` lasts until it is switched back or another session begins; it is kept nowhere."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.on = False

    def switch(self, on: bool) -> None:
        self.on = on
        self.changed.emit()


privacy: Final = _Privacy()
