"""The system locks its screen, changes the person or goes to sleep: a private bus, stand-ins on it, a real window."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from ctypes import addressof, wintypes
from pathlib import Path
from queue import Empty, Queue

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from sqlalchemy import select

from medbill_desktop.domain.problems import LockedError
from medbill_desktop.security.key_holder import Sealed
from medbill_desktop.storage import tables
from medbill_desktop.ui import session_buses, system_events
from medbill_desktop.ui.main_window import LOCKED_TITLE
from medbill_desktop.ui.session_buses import SCREEN_SAVERS
from medbill_desktop.ui.sign_in.locked_view import LockedView
from medbill_desktop.ui.sign_in.sign_in_view import SignInView
from medbill_desktop.ui.system_events import (
    WM_POWERBROADCAST,
    WM_WTSSESSION_CHANGE,
    Hearing,
    SystemEvents,
    Told,
    WindowsMessages,
    answering,
    bus_addresses,
    hearing,
)
from medbill_desktop.usecases import office as office_module
from medbill_desktop.usecases import sign_in
from medbill_desktop.usecases.session import State
from medbill_desktop.usecases.users import my_account
from tests.office_factory import PASSWORD, make_office
from tests.ui.mock_services import ANOTHERS, LOGIND, OURS
from tests.ui.test_lock import spoken, titles
from tests.ui.window import CANARY, AskingDialog, make_window, wait_for

MANAGER, SESSION, PROPERTIES = f"{LOGIND}.Manager", f"{LOGIND}.Session", "org.freedesktop.DBus.Properties"
ROOT = Path(__file__).resolve().parents[2]

LOCK = {"path": OURS, "interface": SESSION, "member": "Lock"}


def sleep(begins):
    return {"path": "/org/freedesktop/login1", "interface": MANAGER, "member": "PrepareForSleep", "signature": "b",
            "body": [begins]}  # fmt: skip


def changed(name, value, interface=SESSION, path=OURS):
    return {"path": path, "interface": PROPERTIES, "member": "PropertiesChanged", "signature": "sa{sv}as",
            "body": [interface, {name: ["b", value]}, []]}  # fmt: skip


def saver(name, body=(True,), signature="b"):
    path = "/" + name.replace(".", "/")
    return {"path": path, "interface": name, "member": "ActiveChanged", "signature": signature, "body": list(body)}


class Mock:
    """The stand-ins, as a test drives them."""

    def __init__(self, address, names, without):
        path = os.pathsep.join([str(ROOT), *sys.path])
        self.child = subprocess.Popen(
            [sys.executable, "-m", "tests.ui.mock_services", address, json.dumps(names), json.dumps(without)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path},
        )  # fmt: skip
        self.said = Queue()
        threading.Thread(target=lambda: [self.said.put(json.loads(line)) for line in self.child.stdout], daemon=True).start()  # noqa: E501  # fmt: skip
        assert self.said.get(timeout=20) == "ready"

    def send(self, *orders):
        for order in orders:
            self.child.stdin.write(json.dumps(order) + "\n")
        self.child.stdin.flush()

    def wait(self, qtbot, *words):
        heard = []

        def there():
            try:
                while True:
                    heard.append(self.said.get_nowait())
            except Empty:
                return all(word in heard for word in words)

        qtbot.waitUntil(there, timeout=10_000)
        return heard

    def stop(self):
        self.child.kill()
        self.child.wait()
        self.child.stdin.close()
        self.child.stdout.close()


@pytest.fixture(autouse=True)
def deaf(monkeypatch):
    """What one test heard is unheard in the next."""
    monkeypatch.setattr(hearing, "lock", False)
    monkeypatch.setattr(hearing, "sleep", False)
    monkeypatch.setattr(hearing, "tried", True)


@pytest.fixture
def bus():
    if shutil.which("dbus-daemon") is None:
        pytest.skip("needs dbus-daemon (package dbus)")
    daemon = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    daemon.address = daemon.stdout.readline().strip()
    yield daemon
    daemon.kill()
    daemon.wait()
    daemon.stdout.close()


@pytest.fixture
def mocks(bus):
    pytest.importorskip("jeepney", reason="needs jeepney, which keyring brings on Linux")
    made = []

    def make(*names, without=()):
        made.append(Mock(bus.address, names or (LOGIND, *SCREEN_SAVERS), without))
        return made[-1]

    yield make
    for each in made:
        each.stop()


@pytest.fixture
def office(tmp_path):
    made, facts = make_office(tmp_path)
    made.facts = facts
    yield made
    made.close()


@pytest.fixture
def window(office, tmp_path, qtbot):
    made = make_window(office, tmp_path, qtbot)
    qtbot.waitUntil(lambda: isinstance(made.stage.content, SignInView), timeout=5000)
    made.sit_down(office.desk)
    made.backups = []
    made.workspace.start_backup = made.backups.append
    made.told = []
    yield made
    made.system.close()


def environment(bus):
    return {"DBUS_SYSTEM_BUS_ADDRESS": bus.address, "DBUS_SESSION_BUS_ADDRESS": bus.address}


def listen(window, bus, qtbot):
    """Let the window hear a bus, and wait until what it asked there is answered."""
    window.system.listen(window, environment(bus))
    qtbot.waitUntil(lambda: window.system._buses is not None, timeout=10_000)
    window.system._buses.told.connect(window.told.append)


@pytest.fixture
def mock(window, bus, mocks, qtbot, monkeypatch):
    monkeypatch.setenv("XDG_SESSION_ID", "2")
    made = mocks()
    listen(window, bus, qtbot)
    made.wait(qtbot, "held", ["GetSession", "2"])
    qtbot.waitUntil(lambda: window.system._buses._delay is not None, timeout=5000)
    qtbot.wait(100)  # the bus has read which signals of the session are wanted
    return made


def assert_nothing_shown(qapp):
    assert CANARY not in spoken(qapp)
    assert [title for title in titles() if title not in ("", LOCKED_TITLE)] == []


@pytest.mark.parametrize(
    "signal", [LOCK, changed("LockedHint", True), changed("Active", False), *map(saver, SCREEN_SAVERS)],
    ids=lambda each: f"{each['interface']}.{each['member']}",
)  # fmt: skip
def test_the_screen_locks_with_the_system(mock, window, office, qtbot, qapp, signal):
    dialog = AskingDialog(window)
    dialog.open()
    mock.send(signal)
    qtbot.waitUntil(lambda: office.state is State.LOCKED, timeout=5000)
    assert isinstance(window.stage.content, LockedView)
    assert_nothing_shown(qapp)
    assert dialog.answers == []
    assert window.backups, "a backup that is due is begun"


def test_what_does_not_concern_us_locks_nothing(mock, window, office, qtbot):
    name = SCREEN_SAVERS[0]
    mock.send(
        saver(name, [False]), saver(name, ["true"], "s"), saver(name, [], ""), {**LOCK, "path": ANOTHERS},
        changed("Active", True), changed("LockedHint", False), changed("Active", False, path=ANOTHERS),
        changed("Active", False, interface="org.example.Other"), {**LOCK, "member": "Unlock"},
        {**sleep(True), "stranger": True}, {**LOCK, "stranger": True}, {**saver(name), "stranger": True},
    )  # fmt: skip
    qtbot.wait(200)
    assert office.state is State.OPEN
    mock.send(saver(SCREEN_SAVERS[1]))
    qtbot.waitUntil(lambda: office.state is State.LOCKED, timeout=5000)
    assert window.told == [Told.LOCKED], "only the last"


def test_a_sleep_waits_until_the_keys_are_gone(mock, window, office, qtbot, qapp):
    desk, vault, buses, states = office.desk, office.trail.vault, window.system._buses, []
    office.on_changed(lambda state: states.append((state, buses._delay is not None)))
    mock.send(sleep(True))
    mock.wait(qtbot, "released")
    assert states == [(State.LOCKED, True), (State.SEALED, True)]
    assert office.state is State.SEALED
    assert window.workspace is None
    assert window.backups == [], "there is no time to begin one"
    assert_nothing_shown(qapp)
    with pytest.raises(LockedError):
        desk.ask(my_account, None)
    with pytest.raises(Sealed), vault.reader.connect():
        pass
    mock.send(sleep(False))
    mock.wait(qtbot, "held")
    view = wait_for(qtbot, SignInView, window)
    view.name.setText(office.facts.name)
    view.password.field.setText(PASSWORD)
    view.code.setText(office.facts.code())
    view.button.click()
    qtbot.waitUntil(lambda: window.workspace is not None, timeout=10_000)
    mock.send(sleep(True))
    mock.wait(qtbot, "released")
    assert office.state is State.SEALED


def test_a_sleep_cancels_what_runs_and_drops_what_comes_late(mock, window, office, qtbot, qapp):
    begun, cancelled, late = threading.Event(), threading.Event(), []

    def work():
        with office.job(cancelled.set):
            begun.set()
            assert cancelled.wait(10)
        return CANARY

    window.jobs.call(work).succeeded.connect(late.append)
    assert begun.wait(5)
    mock.send(sleep(True))
    mock.wait(qtbot, "released")
    assert cancelled.is_set()
    assert office.state is State.SEALED
    qtbot.wait(100)
    assert late == []
    assert_nothing_shown(qapp)


def test_an_unlock_under_way_does_not_survive_a_sleep(mock, window, office, qtbot, monkeypatch):
    monkeypatch.setattr(office_module, "SUSPEND_PATIENCE_SECONDS", 0.3)
    inside, gate, right = threading.Event(), threading.Event(), sign_in.unlock_person

    def slow(*given):
        inside.set()
        assert gate.wait(10)
        return right(*given)

    monkeypatch.setattr(sign_in, "unlock_person", slow)
    window.lock.lock_now()
    other = threading.Thread(target=office.unlock, args=(PASSWORD,))
    other.start()
    assert inside.wait(5)
    mock.send(sleep(True))
    qtbot.waitUntil(lambda: window.told == [Told.SLEEPS], timeout=5000)
    QTimer.singleShot(400, gate.set)
    mock.wait(qtbot, "released")
    other.join(10)
    assert office.state is State.SEALED
    assert window.workspace is None


def test_who_sleeps_unheard_is_sealed_at_waking(mock, window, office, qtbot):
    mock.send(sleep(False))
    qtbot.waitUntil(lambda: office.state is State.SEALED, timeout=5000)


def test_a_sleep_while_nobody_is_signed_in_goes_on_at_once(mock, window, office, qtbot):
    office.sign_out()
    mock.send(sleep(True))
    mock.wait(qtbot, "released")
    assert office.state is State.SIGNED_OUT
    mock.send(LOCK)
    qtbot.waitUntil(lambda: window.told == [Told.SLEEPS, Told.LOCKED], timeout=5000)
    assert office.state is State.SIGNED_OUT


def test_a_closed_window_holds_no_sleep_off(mock, window, office, qtbot):
    window.close()
    mock.wait(qtbot, "released")
    mock.send(sleep(True), LOCK)
    qtbot.wait(100)
    assert window.told == []


def test_what_is_heard_can_be_said(mock, qtbot):
    qtbot.waitUntil(lambda: hearing.lock and hearing.sleep, timeout=5000)


def test_a_service_that_comes_later_is_heard(window, office, bus, mocks, qtbot):
    mock = mocks("org.example.Nobody")
    listen(window, bus, qtbot)
    qtbot.wait(100)
    assert not hearing.lock
    mock.send({"own": SCREEN_SAVERS[2]})
    qtbot.waitUntil(lambda: hearing.lock, timeout=5000)
    mock.send(saver(SCREEN_SAVERS[2]))
    qtbot.waitUntil(lambda: office.state is State.LOCKED, timeout=5000)


@pytest.mark.parametrize(
    ("named", "without", "asked"),
    [("stale", (), ["GetSession", "auto"]), ("", ("GetSession",), ["GetSessionByPID", os.getpid()])],
)
def test_our_session_is_found_in_another_way(window, office, bus, mocks, qtbot, monkeypatch, named, without, asked):
    monkeypatch.setenv("XDG_SESSION_ID", named)
    mock = mocks(without=without)
    listen(window, bus, qtbot)
    mock.wait(qtbot, asked)
    qtbot.wait(100)
    mock.send(LOCK)
    qtbot.waitUntil(lambda: office.state is State.LOCKED, timeout=5000)


@pytest.mark.parametrize("without", [("answers",), ("Inhibit", "GetSession", "GetSessionByPID")])
def test_a_logind_that_refuses_or_is_silent_still_tells_of_sleep(
    window, office, bus, mocks, qtbot, monkeypatch, without
):
    monkeypatch.setattr(session_buses, "ANSWER_MS", 200)
    mock = mocks(without=without)
    listen(window, bus, qtbot)
    mock.wait(qtbot, ["GetSessionByPID", os.getpid()])
    qtbot.wait(250)
    assert window.system._buses._delay is None
    mock.send(sleep(True))
    qtbot.waitUntil(lambda: office.state is State.SEALED, timeout=5000)


def test_a_bus_that_dies_takes_nothing_along(mock, window, office, bus, qtbot):
    bus.kill()
    bus.wait()
    qtbot.wait(200)
    assert office.state is State.OPEN
    window.lock.lock_now()
    assert isinstance(window.stage.content, LockedView)
    window.lock.suspend()
    qtbot.waitUntil(lambda: office.state is State.SEALED, timeout=5000)


def hung(path):
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    server.listen()
    return server


@pytest.mark.parametrize("kind", ["none", "gone", "file", "hung", "nonsense"])
def test_a_bus_that_is_missing_or_hangs_holds_nothing_up(window, office, tmp_path, qtbot, monkeypatch, kind):
    monkeypatch.setattr(system_events, "PROBE_SECONDS", 0.15)
    path = Path(tmp_path, "b")
    address = {"none": "", "nonsense": "tcp:host=x;;unix:,=;unix:path=%00;unix:abstract="}.get(
        kind, f"unix:path={path}"
    )
    server = hung(path) if kind == "hung" else None
    if kind == "file":
        path.write_text("no socket")
    late, last = [], [time.monotonic()]

    def beat():
        late.append(time.monotonic() - last[0])
        last[0] = time.monotonic()

    timer = QTimer(interval=10)
    timer.timeout.connect(beat)
    timer.start()
    window.system.listen(window, {"DBUS_SYSTEM_BUS_ADDRESS": address, "DBUS_SESSION_BUS_ADDRESS": address})
    qtbot.wait(500)
    timer.stop()
    assert max(late) < 0.25, "the probe waits on a thread of its own"
    assert window.system._buses is None
    assert office.state is State.OPEN
    if server is not None:
        server.close()


def test_the_buses_are_where_the_environment_says():
    assert bus_addresses({}) == ("unix:path=/run/dbus/system_bus_socket", "")
    assert bus_addresses({"XDG_RUNTIME_DIR": "/run/user/7"})[1] == "unix:path=/run/user/7/bus"
    assert bus_addresses({"DBUS_SYSTEM_BUS_ADDRESS": "a", "DBUS_SESSION_BUS_ADDRESS": "b"}) == ("a", "b")


def test_the_first_address_that_answers_is_taken(bus, tmp_path):
    assert answering(f"unix:path={tmp_path}/none;tcp:host=x;{bus.address};unix:path={tmp_path}/other") == bus.address


def windows_says(window, message, parameter, kind=b"windows_generic_MSG"):
    said = wintypes.MSG()
    said.message, said.wParam = message, parameter
    return window.system._messages.nativeEventFilter(kind, addressof(said))


@pytest.fixture
def on_windows(window):
    window.system._messages = WindowsMessages(window.system.tell)
    return window


@pytest.mark.parametrize("change", [2, 4, 6, 7])
def test_windows_locks_disconnects_or_logs_off(on_windows, office, qapp, change):
    assert windows_says(on_windows, WM_WTSSESSION_CHANGE, change) == (False, 0), "nothing is held back"
    assert office.state is State.LOCKED
    assert_nothing_shown(qapp)


@pytest.mark.parametrize("power", [0x04, 0x07, 0x12])
def test_windows_sleeps_after_the_keys_are_gone(on_windows, office, qtbot, qapp, power):
    assert windows_says(on_windows, WM_POWERBROADCAST, power) == (False, 0)
    assert office.state is State.SEALED, "Windows does not wait for a second turn"
    qtbot.waitUntil(lambda: on_windows.workspace is None, timeout=5000)
    assert_nothing_shown(qapp)


def test_windows_says_much_else(on_windows, office):
    meant = {WM_POWERBROADCAST: (0x04, 0x07, 0x12), WM_WTSSESSION_CHANGE: (2, 4, 6, 7)}
    for message in (*range(0x400), WM_WTSSESSION_CHANGE):
        for parameter in range(0x14):
            if parameter not in meant.get(message, ()):
                windows_says(on_windows, message, parameter)
    windows_says(on_windows, WM_WTSSESSION_CHANGE, 7, b"xcb_generic_event_t")
    assert office.state is State.OPEN


@pytest.mark.parametrize("told", [Told.LOCKED, Told.SWITCHED])
def test_the_reason_stands_in_the_audit_log(window, office, told):
    reader = office.trail.vault.reader
    window.system.tell(told)
    office.settle()
    with reader.begin() as conn:
        events = select(tables.audit.c.detail).where(tables.audit.c.action == "session.lock")
        assert [json.loads(row.detail) for row in conn.execute(events)] == [{"reason": told}]


def test_a_computer_that_slept_unheard_shows_nothing_at_waking(window, office, qtbot, qapp):
    window.lock._on_tick()
    office.clock.move(seconds=8 * 3600)
    window.lock._on_tick()
    assert isinstance(window.stage.content, LockedView)
    assert_nothing_shown(qapp)
    window.lock._on_tick()
    assert office.state is State.SEALED
    assert window.workspace is None
    assert_nothing_shown(qapp)


def test_a_key_typed_after_a_sleep_reaches_nothing(window, office, qtbot):
    page = window.workspace.page
    page.field.setFocus()
    window.lock.suspend(5)
    qtbot.waitUntil(lambda: window.workspace is None, timeout=5000)
    focus = QApplication.focusWidget()
    assert focus is None or window.stage.content.isAncestorOf(focus)
    assert page.pressed == []


def test_a_seal_that_fails_still_lets_the_computer_sleep(window, office, qtbot, monkeypatch):
    monkeypatch.setattr(office, "seal", lambda reason, at_once: (_ for _ in ()).throw(OSError("disk gone")))
    monkeypatch.setattr(threading, "excepthook", lambda given: None)
    with qtbot.waitSignal(window.lock.put_away, timeout=5000):
        window.lock.suspend()
    assert office.state is State.LOCKED


def test_no_sentence_claims_what_is_not_heard():
    said = Hearing()
    assert said.words.startswith("Not heard")
    said.lock = True
    assert said.words.endswith("only seen when it wakes")
    said.tried = False
    assert said.words.endswith("(built, not tried on a Mac)")
    said.tried = True
    said.sleep = True
    assert "drops its keys" in said.words
    said.lock = False
    assert "does not hear" in said.words


def test_listening_never_waits(window):
    begun = time.monotonic()
    other = SystemEvents()
    other.listen(window, {})
    assert time.monotonic() - begun < 0.2
    other.close()
