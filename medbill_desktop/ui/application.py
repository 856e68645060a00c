"""The program's one QApplication and its one loop; a second start raises the first window (SECURITY D6, L8)."""

import gc
import hashlib
import logging
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, QtMsgType, Signal, Slot, qInstallMessageHandler
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QApplication

from medbill_desktop.ui.fonts import load_fonts
from medbill_desktop.ui.main_window import MainWindow, all_pages
from medbill_desktop.ui.screen_capture import CaptureShield
from medbill_desktop.ui.theme import Choice, wear
from medbill_desktop.usecases.watch import Watch

if TYPE_CHECKING:
    from medbill_desktop.ui.places import PageSpec
    from medbill_desktop.ui.sign_in.preparing import Preparing

WORD = b"raise"
WAIT_MS = 500
PAGES_MS = 500  # after the sign-in is shown, and before anybody has typed a password
REFUSED = 3  # the exit code of a start that could not be
SOON_MS = 100  # a practice that is there is opened sooner: nothing flashes up
ANSWER_MS = 3000  # a window that is busy with a page may take its time

_log = logging.getLogger(__name__)


def socket_name(folder: Path) -> str:
    """Return the name of the socket of a practice folder; it says nothing of the folder's name."""
    return "medbill-" + hashlib.sha256(str(folder.absolute()).encode()).hexdigest()[:24]


class FirstWindow(QObject):
    """Listens for a second start at the same folder; it can say one word and nothing else."""

    raised = Signal()

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)
        name = socket_name(folder)
        # Qt puts its socket over one that is there, dead or not; a program that is stopped keeps its own: it may go on.
        if not _lives(name) and not self._server.listen(name):
            QLocalServer.removeServer(name)
            self._server.listen(name)

    @Slot()
    def _on_connection(self) -> None:
        while (caller := self._server.nextPendingConnection()) is not None:
            caller.readyRead.connect(self._on_word)
            caller.disconnected.connect(caller.deleteLater)

    @Slot()
    def _on_word(self) -> None:
        caller = self.sender()
        if isinstance(caller, QLocalSocket):
            if bytes(caller.read(len(WORD)).data()) == WORD:
                self.raised.emit()
            caller.disconnectFromServer()

    def close(self) -> None:
        self._server.close()


def raise_first(folder: Path) -> bool:
    """Ask the window that is open at this folder to come forward; tell whether one does.

    False as well where a program is there that does not answer: whoever goes on is then told by the practice's lock.
    """
    socket = QLocalSocket()
    socket.connectToServer(socket_name(folder))
    if not socket.waitForConnected(WAIT_MS):
        return False
    socket.write(WORD)
    socket.waitForBytesWritten(WAIT_MS)
    return _is_left(socket) or socket.waitForDisconnected(ANSWER_MS) or _is_left(socket)


def _is_left(socket: QLocalSocket) -> bool:
    return socket.state() is QLocalSocket.LocalSocketState.UnconnectedState


def _lives(name: str) -> bool:
    """Tell whether a process holds this socket; the system answers for one that is stopped."""
    socket = QLocalSocket()
    socket.connectToServer(name)
    return socket.waitForConnected(WAIT_MS)


def make_application(arguments: Sequence[str] = ("medbill",), choice: Choice = Choice.SYSTEM) -> QApplication:
    """Make the application object, dressed; the one that is there where there is one."""
    there = QApplication.instance()
    app = there if isinstance(there, QApplication) else QApplication(list(arguments))
    app.setApplicationName("medbill-desktop")
    app.setDesktopFileName("medbill-desktop")
    app.setAttribute(Qt.ApplicationAttribute.AA_DontShowIconsInMenus, False)
    load_fonts()
    wear(app, choice)
    return app


def quiet_messages() -> None:
    """Send what Qt says to the trouble log, without its words: they may quote a file or a field (SECURITY P7)."""
    qInstallMessageHandler(_note)


def _note(kind: QtMsgType, context: object, words: str | None) -> None:
    if kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg):
        _log.warning("Qt said something (%s)", kind.name)


def run(
    office: Callable[[], Any],
    folder: Path,
    *,
    specs: "Sequence[PageSpec] | None" = None,
    training: Callable[[Watch], Any] | None = None,
    making: Callable[[Watch], Any] | None = None,
    opened: Callable[[MainWindow], object] | None = None,
) -> int:
    """Show the window of a practice folder until it is closed; returns the exit code.

    `office` builds the Office (on this thread, before the window is shown), `training` that of a training practice
    beside it. `making` builds it in place of `office` where that takes long: on a worker, and what it is at is shown
    meanwhile. `opened` sees the window first, as a test or the screenshots do.
    """
    quiet_messages()
    app = make_application(sys.argv[:1])
    if raise_first(folder):
        return 0
    # What is loaded stays, and a collection of garbage need not look at it: that took four frames, each sign-out and
    # in between. Before the window is there, so that nothing a person saw is ever kept by this (SECURITY L13).
    gc.freeze()
    gc.enable()
    CaptureShield(app)
    start = _Start(specs, training, opened, FirstWindow(folder, app))
    if making is None:
        start.show(office())
    else:
        start.prepare(making)
    code = app.exec()
    return start.end() or code


class _Start:
    """From the start to the first window; holds it, for a window without a parent that nobody holds is collected."""

    def __init__(
        self,
        specs: "Sequence[PageSpec] | None",
        training: Callable[[Watch], Any] | None,
        opened: Callable[[MainWindow], object] | None,
        first: FirstWindow,
    ) -> None:
        self._specs, self._training, self._opened, self._first = specs, training, opened, first
        self._preparing: Preparing | None = None
        self._window: MainWindow | None = None
        first.raised.connect(self._bring_forward)

    def prepare(self, making: Callable[[Watch], Any]) -> None:
        """Show what is being made, and the window once it is."""
        from medbill_desktop.ui.sign_in.preparing import Preparing  # no other start has it

        self._preparing = Preparing(making)
        self._preparing.ready.connect(self.show)
        QTimer.singleShot(SOON_MS, self._show_preparing)

    def _show_preparing(self) -> None:
        if self._preparing is not None and self._window is None:
            self._preparing.show()
            self._preparing.focus_first()

    def show(self, office: Any) -> None:
        window = self._window = MainWindow(office, self._specs, training=self._training)
        window.show_first()
        QTimer.singleShot(PAGES_MS, all_pages)
        if self._preparing is not None:
            self._preparing.close()
        if self._opened is not None:
            self._opened(window)

    def end(self) -> int:
        """Leave nothing half-made; the exit code where it is not that of the loop."""
        self._first.close()
        if self._preparing is None:
            return 0
        self._preparing.jobs.close()
        return REFUSED if self._preparing.failed else 0

    def _bring_forward(self) -> None:
        shown = self._preparing if self._window is None else self._window.successor or self._window
        if shown is not None:
            shown.setWindowState(shown.windowState() & ~Qt.WindowState.WindowMinimized)
            shown.show()
            shown.raise_()
            shown.activateWindow()
