"""The base of all dialogs: it can be emptied at once, whatever it shows, and be filled again (SECURITY L5, L6).

Danger: hidden widgets stay readable to accessibility, so the content leaves the tree; and `QDialog.hide()` may tell the
caller that the dialog was rejected, so it is never used to lock. A dialog is opened with `open()`, never with a loop.

A dialog in which something is typed names the draft it `keeps`, or says in `no_draft` why it keeps none (SECURITY L11).
"""

from typing import ClassVar
from weakref import WeakSet

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QApplication, QDialog, QHBoxLayout, QLayout, QVBoxLayout, QWidget
from shiboken6 import isValid

from medbill_desktop.ui.half_typed import Keeper, Shelf, keeper_of
from medbill_desktop.ui.theme import Metric, Space, Tone, Type
from medbill_desktop.ui.widgets.panel import RESTORED
from medbill_desktop.ui.widgets.words import StatusLine, label


class SecureDialog(QDialog):
    """A window-modal dialog whose `content` is taken away while the screen is locked.

    Put widgets into `self.body` and buttons, the primary last, with `self.add_buttons(...)`.
    """

    keeps: ClassVar[str] = ""  # the name of its draft
    no_draft: ClassVar[str] = ""  # why what is typed in it is not kept

    _alive: ClassVar[WeakSet["SecureDialog"]] = WeakSet()

    def __init__(self, parent: QWidget, title: str) -> None:
        """`title` is a kind of thing, never a name: it stands in the task bar (SECURITY P5)."""
        super().__init__(parent.window())
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._title, self._locked = title, False
        self._focus: QWidget | None = None
        self._shelf = _shelf_of(parent)
        self._half: Keeper | None = None
        self._is_restored = StatusLine()
        self.setWindowTitle(title)
        self.content = QWidget()
        self.content.setProperty("stage", True)
        self.content.setProperty("ground", "surface")
        self.content.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._frame = QVBoxLayout(self)
        self._frame.setContentsMargins(0, 0, 0, 0)
        self._frame.addWidget(self.content)
        self.body = QVBoxLayout()
        self.body.setSpacing(Space.TWO)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(Space.ONE)
        self._buttons.addStretch(1)
        inside = QVBoxLayout(self.content)
        inside.setContentsMargins(Metric.PAGE, Space.TWO, Metric.PAGE, Space.TWO)
        inside.setSpacing(Space.TWO)
        inside.addWidget(label(title, Type.HEADING))
        inside.addWidget(self._is_restored)
        inside.addLayout(self.body, 1)
        inside.addLayout(self._buttons)
        self._alive.add(self)
        self.accepted.connect(self._on_finished_form)
        self.rejected.connect(self._on_left_form)

    @property
    def kept_part(self) -> QWidget | None:
        """Where the person types what is kept; a dialog that asks for secrets later names its first step."""
        return self.content

    @classmethod
    def living(cls) -> tuple["SecureDialog", ...]:
        """Return the dialogs that are on the screen, or were when it was locked; each before what lies over it."""
        there = [each for each in cls._alive if isValid(each)]
        return tuple(sorted((each for each in there if each._locked or each.isVisible()), key=cls._depth))

    def _depth(self) -> int:
        over = self.parentWidget()
        return 1 + over._depth() if isinstance(over, SecureDialog) else 0

    def add_buttons(self, *buttons: QWidget) -> None:
        for each in buttons:
            self._buttons.addWidget(each)

    def keep_width(self, width: int) -> None:
        """Grow and shrink with the content at this width, so that a new line never presses the fields together."""
        self.content.setFixedWidth(width)
        self._frame.setSizeConstraint(QLayout.SizeConstraint.SetFixedSize)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        part = self.kept_part
        if self._half is None and self._shelf is not None and self.keeps and part is not None:
            self._half = keeper_of(part, self._shelf, form=self.keeps)
            if self._half is not None and self._half.restore():
                self._is_restored.say(RESTORED, Tone.INFO)

    @Slot()
    def _on_finished_form(self) -> None:
        if self._half is not None and isValid(self._half):
            self._half.finish()

    @Slot()
    def _on_left_form(self) -> None:
        if self._half is not None and isValid(self._half):
            self._half.give_up()

    def shield(self) -> None:
        """Take the content out of the tree and the window off the screen, without telling the caller anything."""
        if self._locked:
            return
        self._locked = True
        now = QApplication.focusWidget()
        self._focus = now if now is not None and self.content.isAncestorOf(now) else None
        self._frame.removeWidget(self.content)
        # Else the layout, which shows what it was given in a later turn of the loop, could show it as a window.
        self.content.hide()
        self.content.setParent(None)
        self.setWindowTitle("Locked")
        QWidget.setVisible(self, False)

    def unshield(self) -> None:
        """Put the same content back, as it was left."""
        if not self._locked:
            return
        self._locked = False
        self._frame.addWidget(self.content)
        self.content.show()
        self.setWindowTitle(self._title)
        self.show()
        if self._focus is not None:
            self._focus.setFocus()

    def destroy_content(self) -> None:
        """Another person sits down, or the practice is sealed: nothing of it remains (SECURITY L13, L14)."""
        self.blockSignals(True)
        self.content.deleteLater()
        self.deleteLater()
        self._alive.discard(self)


def _shelf_of(parent: QWidget) -> Shelf | None:
    """Return where the drafts of the person at the desk lie; a dialog before the sign-in has none."""
    at: QWidget | None = parent
    while at is not None:
        shelf = getattr(getattr(at, "shell", at), "drafts", None)
        if isinstance(shelf, Shelf):
            return shelf
        at = at.parentWidget()
    return None
