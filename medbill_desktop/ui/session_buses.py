"""logind and the screen savers, over D-Bus: which signals lock, and the short delay of a sleep (SECURITY L4).

Everything is asked without waiting for the answer. A service that is not there, does not answer, or answers nonsense
is as if it had said nothing.
"""

import os
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, Final

from PySide6.QtCore import SLOT, QObject, Signal, Slot
from PySide6.QtDBus import (
    QDBusConnection,
    QDBusMessage,
    QDBusObjectPath,
    QDBusPendingCallWatcher,
    QDBusServiceWatcher,
    QDBusUnixFileDescriptor,
)

from medbill_desktop.ui.system_events import Told, hearing

LOGIND: Final = "org.freedesktop.login1"
LOGIND_PATH: Final = "/org/freedesktop/login1"
MANAGER, SESSION = f"{LOGIND}.Manager", f"{LOGIND}.Session"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"
SCREEN_SAVERS: Final = (
    "org.freedesktop.ScreenSaver", "org.gnome.ScreenSaver", "org.xfce.ScreenSaver", "org.cinnamon.ScreenSaver",
    "org.mate.ScreenSaver",
)  # fmt: skip
ANSWER_MS = 5000
ANY_PATH = ""
# What SLOT() makes; the connection takes text, though its stub says bytes.
_ON_SIGNAL: Final[Any] = SLOT("_on_signal(QDBusMessage)")
_ON_PROPERTIES: Final[Any] = SLOT("_on_properties(QString,QVariantMap)")
_numbers = count(1)


def meaning(interface: str, member: str, arguments: Sequence[Any]) -> Told | None:
    """Return what a signal tells us; waking too means that the computer slept."""
    if (interface, member) == (MANAGER, "PrepareForSleep"):
        return Told.SLEEPS
    if (interface, member) == (SESSION, "Lock"):
        return Told.LOCKED
    if interface in SCREEN_SAVERS and member == "ActiveChanged" and arguments[:1] == [True]:
        return Told.LOCKED
    return None


class SessionBuses(QObject):
    """Listens at the system's and the session's bus; `told` for what concerns us."""

    told = Signal(object)  # Told

    def __init__(self, system: str, session: str, parent: QObject | None = None) -> None:
        """`system` and `session` are addresses where a bus answers; empty for one that is not there."""
        super().__init__(parent)
        self._names: list[str] = []
        self._asleep, self._closed = False, False
        self._delay: QDBusUnixFileDescriptor | None = None
        self._system = self._connected(system)
        if self._system is not None:
            self._listen_to_logind(self._system)
        bus = self._connected(session)
        if bus is not None:
            self._listen_to_screen_savers(bus)

    def let_sleep(self) -> None:
        """Give the sleep free that was held off until the keys were gone."""
        if self._asleep:
            self._delay = None

    def close(self) -> None:
        """Hear no more, and hold nothing off."""
        self._closed, self._delay, self._system = True, None, None
        for name in self._names:
            QDBusConnection.disconnectFromBus(name)
        self.deleteLater()  # signals that are under way already find nobody

    def _connected(self, address: str) -> QDBusConnection | None:
        name = f"medbill-{next(_numbers)}"
        bus = QDBusConnection.connectToBus(address, name) if address else None
        if bus is None or not bus.isConnected():
            return None
        self._names.append(name)
        return bus

    def _listen_to_logind(self, bus: QDBusConnection) -> None:
        # Only from logind itself: anybody may send signals on the system's bus.
        bus.connect(LOGIND, LOGIND_PATH, MANAGER, "PrepareForSleep", self, _ON_SIGNAL)
        self._hold_sleep()
        named = os.environ.get("XDG_SESSION_ID", "")
        ways: list[tuple[str, object]] = [("GetSession", "auto"), ("GetSessionByPID", os.getpid())]
        self._ask_session(bus, [("GetSession", named), *ways] if named else ways)

    def _ask_session(self, bus: QDBusConnection, ways: list[tuple[str, object]]) -> None:
        """Ask which session is ours, one way after the other."""
        if not ways:
            return
        (member, argument), *others = ways

        def answered(answer: object) -> None:
            if isinstance(answer, QDBusObjectPath):
                self._listen_to_session(bus, answer.path())
            else:
                self._ask_session(bus, others)

        self._ask(bus, member, [argument], answered)

    def _listen_to_session(self, bus: QDBusConnection, path: str) -> None:
        bus.connect(LOGIND, path, SESSION, "Lock", self, _ON_SIGNAL)
        bus.connect(LOGIND, path, PROPERTIES, "PropertiesChanged", self, _ON_PROPERTIES)

    def _listen_to_screen_savers(self, bus: QDBusConnection) -> None:
        for name in SCREEN_SAVERS:
            bus.connect(name, ANY_PATH, name, "ActiveChanged", self, _ON_SIGNAL)
            watcher = QDBusServiceWatcher(name, bus, QDBusServiceWatcher.WatchModeFlag.WatchForRegistration, self)
            watcher.serviceRegistered.connect(self._on_saver)
            asked = QDBusMessage.createMethodCall(
                "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameHasOwner"
            )
            self._send(bus, asked, [name], lambda there: self._on_saver("") if there is True else None)

    @Slot(str)
    def _on_saver(self, _: str) -> None:
        # A session of logind alone proves nothing: only what locks the screen tells that it did.
        hearing.lock = True

    def _hold_sleep(self) -> None:
        """Ask logind to wait, a few seconds at most, until the keys are gone."""
        if self._system is not None and self._delay is None:
            words = ["sleep", "MedBill", "Locks the practice and drops its keys", "delay"]
            self._ask(self._system, "Inhibit", words, self._on_delay)

    def _on_delay(self, answer: object) -> None:
        if isinstance(answer, QDBusUnixFileDescriptor) and not self._closed:
            self._delay = answer
            hearing.sleep = True

    def _ask(
        self, bus: QDBusConnection, member: str, arguments: Sequence[object], then: Callable[[object], object]
    ) -> None:
        self._send(bus, QDBusMessage.createMethodCall(LOGIND, LOGIND_PATH, MANAGER, member), arguments, then)

    def _send(
        self, bus: QDBusConnection, message: QDBusMessage, arguments: Sequence[object], then: Callable[[object], object]
    ) -> None:
        """Send, and give `then` the first value of the answer; None where an error came, or nothing."""
        message.setArguments(list(arguments))
        watcher = QDBusPendingCallWatcher(bus.asyncCall(message, ANSWER_MS), self)

        def answered(done: QDBusPendingCallWatcher) -> None:
            values = [] if done.isError() else done.reply().arguments()
            done.deleteLater()
            if not self._closed:
                then(values[0] if values else None)

        watcher.finished.connect(answered)

    @Slot(QDBusMessage)
    def _on_signal(self, message: QDBusMessage) -> None:
        arguments = message.arguments()
        told = meaning(message.interface(), message.member(), arguments)
        if told is None or self._closed:
            return
        if told is Told.SLEEPS:
            self._asleep = arguments[:1] == [True]
        self.told.emit(told)
        if told is Told.SLEEPS and not self._asleep:
            self._hold_sleep()

    @Slot(str, "QVariantMap")
    def _on_properties(self, interface: str, changed: dict[str, Any]) -> None:
        if interface == SESSION and not self._closed:
            if changed.get("LockedHint") is True:
                self.told.emit(Told.LOCKED)
            if changed.get("Active") is False:
                self.told.emit(Told.SWITCHED)
