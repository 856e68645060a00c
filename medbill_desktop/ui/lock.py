"""The lock as the screen sees it: real input counts, and at a lock nothing of the practice remains (SECURITY L2-L9).

The state machine is Office's; this follows it. Input is watched at the windows, where the window system delivers it:
a filter on the whole program would see every paint and timer as well, and cost a frame at each page.
"""

import sys
from collections.abc import Callable
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, QThread, QTimer, Signal, Slot
from PySide6.QtGui import QDrag, QGuiApplication, QKeyEvent, QMouseEvent, QWindow
from PySide6.QtWidgets import QApplication, QDialog, QToolTip, QWidget
from shiboken6 import isValid

from medbill_desktop.ui.clipboard import Clipboard
from medbill_desktop.usecases.session import LIVE, State, Tick

if TYPE_CHECKING:
    from medbill_desktop.ui.dialogs.secure_dialog import SecureDialog

TICK_MS = 1000
SEAL_TRIES = 3  # an unlock that was under way may open the session once more
_INPUT = frozenset(
    {QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel, QEvent.Type.TouchBegin,
     QEvent.Type.TouchUpdate, QEvent.Type.TabletPress}
)  # fmt: skip


class Idle(Protocol):
    """What the lock needs of Office."""

    @property
    def state(self) -> State: ...
    def lock(self, reason: str = "key") -> None: ...
    def seal(self, reason: str = "idle", *, at_once: bool = False) -> bool: ...
    def touch(self, monotonic: float) -> None: ...
    def tick(self) -> Tick: ...
    def on_changed(self, listener: Callable[[State], None]) -> None: ...
    def on_locking(self, listener: Callable[[], None]) -> None: ...


class InputWatch(QObject):
    """Tells `touched` for what a person did at our windows, and for nothing else (SECURITY L2)."""

    touched = Signal()
    lock_asked = Signal()  # Ctrl+L while a dialog is open: Qt keeps the shortcuts of a window from its modal dialogs

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pointer: QPointF | None = None
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.focusWindowChanged.connect(self._on_window)
        self.watch_windows()

    def watch_windows(self) -> None:
        """Watch windows that came meanwhile: dialogs, lists, menus."""
        for window in QGuiApplication.topLevelWindows():
            self._on_window(window)

    @Slot(QWindow)
    def _on_window(self, window: QWindow | None) -> None:
        if window is not None:
            # Installed again it only moves to the front, so nothing need be remembered of windows that come and go.
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self.is_real(event):
            self.touched.emit()
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress and _is_lock_key(event):
            self.lock_asked.emit()
            return True
        return False

    def is_real(self, event: QEvent) -> bool:
        """Tell input from what only looks like it: synthetic events, and moves under a mouse that lies still."""
        if not event.spontaneous():
            return False
        if event.type() in _INPUT:
            return True
        if event.type() is QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            moved = self._pointer is not None and event.globalPosition() != self._pointer
            self._pointer = event.globalPosition()
            return moved
        return False


def _is_lock_key(event: QKeyEvent) -> bool:
    return event.key() == Qt.Key.Key_L and event.modifiers() == Qt.KeyboardModifier.ControlModifier


class Lock(QObject):
    """Follows the session: `locked`, `sealed`, and the seconds that remain."""

    locked = Signal()
    sealed = Signal(object)  # the state: sealed or signed out
    counted = Signal(object)  # seconds to the lock, or None
    locking = Signal()  # the session is still open: keep drafts, start a backup that is due
    put_away = Signal()  # after `suspend`: nothing is open any more
    ticked = Signal()  # once a second, after what the clock demands
    _moved = Signal(object)

    def __init__(self, office: Idle, monotonic: Callable[[], float], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._office, self._monotonic = office, monotonic
        self.suspends = False  # while `locking` is told: no time to begin anything
        self.clipboard = Clipboard(self)
        self.watch = InputWatch(self)
        self.watch.touched.connect(self._on_touched)
        self.watch.lock_asked.connect(self.lock_now)
        self._moved.connect(self._on_moved)
        office.on_changed(self._tell)
        office.on_locking(self._on_locking)
        self._timer = QTimer(self, interval=TICK_MS)
        self._timer.timeout.connect(self._on_tick)
        self._timer.timeout.connect(self.ticked)
        self._timer.start()

    @Slot()
    def lock_now(self) -> None:
        """Ctrl+L and the lock button: at once, without a question (SECURITY L5)."""
        self._office.lock("key")

    @Slot(str)
    def lock_for(self, reason: str) -> None:
        """The system says so: its session is locked, or somebody else is at it (SECURITY L4)."""
        self._office.lock(reason)

    @Slot(float)
    def suspend(self, wait_seconds: float = 0.0) -> None:
        """Lock, cancel what runs and drop the key at once (SECURITY L4, L10); `put_away` tells that it is done.

        The key goes on a thread, so that the shield is painted meanwhile: the first thing to be seen at waking.
        `wait_seconds` is how long a system waits that sleeps as soon as this returns.
        """
        self.suspends = True
        try:
            self._office.lock("suspend")
        finally:
            self.suspends = False
        sealing = Thread(target=self._seal, name="suspend", daemon=True)
        sealing.start()
        if wait_seconds > 0:
            sealing.join(wait_seconds)

    def _seal(self) -> None:
        try:
            for _ in range(SEAL_TRIES):
                if self._office.seal("suspend", at_once=True) or self._office.state not in LIVE:
                    break
        finally:
            if isValid(self):
                self.put_away.emit()

    @Slot()
    def _on_touched(self) -> None:
        self._office.touch(self._monotonic())

    @Slot()
    def _on_tick(self) -> None:
        self.watch.watch_windows()
        self.counted.emit(self._office.tick().countdown)

    def _tell(self, state: State) -> None:
        # Office outlives its window, in tests and when the training practice takes its place.
        if isValid(self):
            self._moved.emit(state)

    def _on_locking(self) -> None:
        # Called on the thread that locks; widgets may be touched on their own alone.
        if isValid(self) and QThread.currentThread() is self.thread():
            self.locking.emit()

    @Slot(object)
    def _on_moved(self, state: State) -> None:
        if state is State.LOCKED:
            close_what_floats()
            self.clipboard.clear_ours()
            # From the top down, and up again in `give_back`: one shown under what it is blocked by takes no key.
            living = _dialogs()
            for dialog in reversed(living):
                dialog.shield()
            self.locked.emit()
            if living and (under := living[0].parentWidget()) is not None:
                # A window manager may leave the keyboard with a dialog that is gone, once it has seen it go.
                for after_ms in (0, 150):
                    QTimer.singleShot(after_ms, under, under.activateWindow)
        elif state in (State.SEALED, State.SIGNED_OUT):
            close_what_floats()
            self.clipboard.clear_ours()
            self.sealed.emit(state)

    def give_back(self) -> None:
        """The same person is back: dialogs return as they were left."""
        for dialog in _dialogs():
            dialog.unshield()

    @staticmethod
    def destroy_dialogs() -> None:
        """Somebody else is here, or nobody: dialogs and what they held go."""
        for dialog in _dialogs():
            dialog.destroy_content()


def _dialogs() -> tuple["SecureDialog", ...]:
    """Return our dialogs that are there; none can be before the module of them is loaded, which no sign-in needs."""
    module = sys.modules.get("medbill_desktop.ui.dialogs.secure_dialog")
    return () if module is None else tuple(module.SecureDialog.living())


def close_what_floats() -> None:
    """Close lists, menus, tips, drags and boxes that are Qt's own; a half-composed character is dropped."""
    while (popup := QApplication.activePopupWidget()) is not None:
        popup.close()
        if QApplication.activePopupWidget() is popup:
            popup.hide()
            break
    ours = _dialogs()
    for each in QApplication.topLevelWidgets():
        if isinstance(each, QDialog) and each.isVisible() and each not in ours:
            each.done(0)  # `close` may be ignored by a box that must be answered; 0 is no to any question
    QToolTip.hideText()
    if QGuiApplication.mouseButtons() is not Qt.MouseButton.NoButton:
        QDrag.cancel()
    QGuiApplication.inputMethod().reset()


class Stage(QWidget):
    """Holds one content at a time; what is taken off leaves the widget tree whole (SECURITY L7)."""

    def __init__(self) -> None:
        super().__init__()
        self._content: QWidget | None = None
        self._focus: QWidget | None = None

    def show_content(self, content: QWidget) -> None:
        """Put a content on; the one before is taken off and returned to whoever holds it."""
        if content is self._content:
            return
        self.take_content()
        self._content = content
        content.setParent(self)
        content.setGeometry(self.rect())
        content.show()

    def take_content(self) -> QWidget | None:
        """Take the content out of the tree."""
        old, self._content = self._content, None
        if old is not None:
            old.setParent(None)
        return old

    @property
    def content(self) -> QWidget | None:
        return self._content

    def resizeEvent(self, event: Any) -> None:
        super().resizeEvent(event)
        if self._content is not None:
            self._content.setGeometry(self.rect())
