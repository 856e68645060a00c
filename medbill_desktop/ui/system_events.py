"""What the operating system tells: its session is locked, someone else is at it, the computer goes to sleep (L4).

Linux and BSD: logind and the screen savers, over D-Bus (`session_buses`). Windows: the messages of sessions and of
power. macOS: its session, read once a second (`mac_session`). A sleep that nobody tells of is seen at waking, by the
jump of the clock. Whatever is missing is silent: it is no error and holds nothing up.
"""

import ctypes
import os
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from ctypes import wintypes
from enum import StrEnum
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from PySide6.QtCore import QAbstractNativeEventFilter, QCoreApplication, QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from medbill_desktop.ui.mac_session import MacSession
    from medbill_desktop.ui.session_buses import SessionBuses

PROBE_SECONDS = 1.0
LOOK_EVERY_MS = 50
WINDOWS_WAITS_SECONDS = 1.5  # Windows gives two seconds, then it sleeps whatever we do

WM_POWERBROADCAST: Final = 0x0218
WM_WTSSESSION_CHANGE: Final = 0x02B1
# Going to sleep, and twice waking: who missed the one still seals at the other.
POWER_SLEEPS: Final = frozenset({0x0004, 0x0007, 0x0012})
SESSION_LEFT: Final = {
    0x0002: "switch",  # WTS_CONSOLE_DISCONNECT: another person at this screen
    0x0004: "switch",  # WTS_REMOTE_DISCONNECT
    0x0006: "system",  # WTS_SESSION_LOGOFF
    0x0007: "system",  # WTS_SESSION_LOCK
}


class Told(StrEnum):
    """What was told; the value is the reason that the audit log keeps of the lock."""

    LOCKED = "system"
    SWITCHED = "switch"
    SLEEPS = "suspend"


class Hearing:
    """What is heard on this computer, for the Security page."""

    def __init__(self) -> None:
        self.lock = self.sleep = False
        self.tried = True  # False: built for a system that we never had

    @property
    def words(self) -> str:
        match self.lock, self.sleep:
            case True, True:
                return "MedBill locks with this computer, and drops its keys when it goes to sleep"
            case True, False:
                said = "MedBill locks with this computer; that it goes to sleep is only seen when it wakes"
                return said if self.tried else f"{said} (built, not tried on a Mac)"
            case False, True:
                return "MedBill drops its keys at sleep; it does not hear when this computer is locked"
            case _:
                return "Not heard on this computer: lock MedBill with Ctrl+L as well"


hearing = Hearing()


def meaning(message: int, parameter: int) -> Told | None:
    """Return what a message of Windows tells us."""
    if message == WM_POWERBROADCAST and parameter in POWER_SLEEPS:
        return Told.SLEEPS
    if message == WM_WTSSESSION_CHANGE and parameter in SESSION_LEFT:
        return Told(SESSION_LEFT[parameter])
    return None


class WindowsMessages(QAbstractNativeEventFilter):
    """Reads the messages of Windows as they pass, and holds none back."""

    def __init__(self, tell: Callable[[Told], object]) -> None:
        super().__init__()
        self._tell = tell

    def nativeEventFilter(self, eventType: Any, message: Any) -> tuple[bool, int]:
        if bytes(eventType).startswith(b"windows_"):
            said = wintypes.MSG.from_address(int(message))
            told = meaning(said.message, said.wParam or 0)
            if told is not None:
                self._tell(told)
        return False, 0


def bus_addresses(environment: Mapping[str, str]) -> tuple[str, str]:
    """Return where the system's and the session's bus should be; empty where there is none."""
    runtime = environment.get("XDG_RUNTIME_DIR", "")
    system = environment.get("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/run/dbus/system_bus_socket")
    return system, environment.get("DBUS_SESSION_BUS_ADDRESS", f"unix:path={runtime}/bus" if runtime else "")


def answering(addresses: str) -> str:
    """Return the first of these addresses where a bus answers, else nothing.

    Qt waits for a bus without an end and with the whole program, so one that hangs must be found out before.
    """
    if sys.platform != "win32":
        for address in addresses.split(";"):
            for path in _socket_paths(address):
                try:
                    with socket.socket(socket.AF_UNIX) as probe:
                        probe.settimeout(PROBE_SECONDS)
                        probe.connect(path)
                        probe.sendall(b"\0AUTH EXTERNAL " + str(os.getuid()).encode().hex().encode() + b"\r\n")
                        if probe.recv(1):
                            return address
                except (OSError, ValueError):
                    continue
    return ""


def _socket_paths(address: str) -> Iterator[str]:
    kind, _, facts = address.partition(":")
    if kind == "unix":
        for fact in facts.split(","):
            key, _, value = fact.partition("=")
            if key == "path" and Path(unquote(value)).exists():
                yield unquote(value)
            elif key == "abstract":
                yield "\0" + unquote(value)


def look_for_buses(found: SimpleQueue[tuple[str, str]], system: str, session: str) -> None:
    """Put in the queue what answers; may take seconds, so it has a thread of its own, which holds no QObject."""
    found.put((answering(system), answering(session)))


class SystemEvents(QObject):
    """Says when the screen must lock and when the keys must go."""

    locking = Signal(str)  # the reason
    suspending = Signal(float)  # how many seconds the system waits for whoever hears this

    def __init__(self) -> None:
        super().__init__()
        self._found: SimpleQueue[tuple[str, str]] = SimpleQueue()
        self._waits = QTimer(self, interval=LOOK_EVERY_MS)
        self._waits.timeout.connect(self._on_look)
        self._buses: SessionBuses | None = None
        self._messages: WindowsMessages | None = None
        self._mac: MacSession | None = None

    def listen(self, window: QWidget, environment: Mapping[str, str] = os.environ) -> None:
        """Begin to listen for a window; returns at once, whatever the system does."""
        if sys.platform == "win32":
            self._messages = WindowsMessages(self.tell)
            app = QCoreApplication.instance()
            if app is not None:
                app.installNativeEventFilter(self._messages)
            told = ctypes.WinDLL("wtsapi32").WTSRegisterSessionNotification(wintypes.HWND(int(window.winId())), 0)
            hearing.lock, hearing.sleep = bool(told), True
        elif sys.platform == "darwin":
            from medbill_desktop.ui.mac_session import begin

            self._mac = begin()
        else:
            about = (self._found, *bus_addresses(environment))
            Thread(target=look_for_buses, args=about, name="buses", daemon=True).start()
            self._waits.start()

    @Slot()
    def _on_look(self) -> None:
        if self._found.empty():
            return
        self._waits.stop()
        system, session = self._found.get()
        if not (system or session):
            return
        # Loaded now, so that no start waits for it.
        from medbill_desktop.ui.session_buses import SessionBuses

        self._buses = SessionBuses(system, session, self)
        self._buses.told.connect(self.tell)

    @Slot(object)
    def tell(self, told: Told) -> None:
        """Pass on what was heard."""
        if told is Told.SLEEPS:
            # Under logind the sleep is held off until `rest`; nobody need wait.
            self.suspending.emit(WINDOWS_WAITS_SECONDS if self._messages is not None else 0.0)
        else:
            self.locking.emit(str(told))

    @Slot()
    def look(self) -> None:
        """Look at a system that tells nothing by itself; called once a second."""
        told = self._mac.look() if self._mac is not None else None
        if told is not None:
            self.tell(told)

    @Slot()
    def rest(self) -> None:
        """The keys are gone: the computer may sleep."""
        if self._buses is not None:
            self._buses.let_sleep()

    def close(self) -> None:
        """Hear no more."""
        self._waits.stop()
        self._mac = None
        if self._buses is not None:
            self._buses.close()
            self._buses = None
        app = QCoreApplication.instance()
        if self._messages is not None and app is not None:
            app.removeNativeEventFilter(self._messages)
        self._messages = None
