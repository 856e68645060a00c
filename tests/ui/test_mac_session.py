"""macOS locks its screen or changes the person: a reader that says what a test wants, and libraries that are played.

The real libraries were never asked: no test here ran on a Mac. What is proven of that part is which calls are made,
with which types, and that whatever was copied or created is released once.
"""

import ctypes
import json
import logging
import subprocess
import sys
from functools import partial
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from medbill_desktop.storage import tables
from medbill_desktop.ui import mac_session
from medbill_desktop.ui.mac_session import MacSession, SessionFacts, SessionReader, begin
from medbill_desktop.ui.main_window import LOCKED_TITLE
from medbill_desktop.ui.sign_in.locked_view import LockedView
from medbill_desktop.ui.sign_in.sign_in_view import SignInView
from medbill_desktop.ui.system_events import Told, hearing
from medbill_desktop.usecases.session import State
from tests.office_factory import PASSWORD, make_office
from tests.ui.test_lock import spoken
from tests.ui.window import CANARY, make_window

HERE = SessionFacts(locked=False, on_console=True)
LOCKED = SessionFacts(locked=True, on_console=True)
AWAY = SessionFacts(locked=False, on_console=False)
LOCKED_AWAY = SessionFacts(locked=True, on_console=False)


@pytest.fixture(autouse=True)
def deaf(monkeypatch):
    """What one test heard is unheard in the next."""
    for name, value in (("lock", False), ("sleep", False), ("tried", True)):
        monkeypatch.setattr(hearing, name, value)


@pytest.fixture
def office(tmp_path):
    made, facts = make_office(tmp_path)
    made.facts = facts
    yield made
    made.close()


class Mac:
    """A session that says what it was told to, or fails as it was told to."""

    def __init__(self):
        self.says, self.asked = HERE, 0

    def read(self):
        self.asked += 1
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


@pytest.fixture
def mac():
    return Mac()


@pytest.fixture
def window(office, mac, tmp_path, qtbot):
    made = make_window(office, tmp_path, qtbot)
    qtbot.waitUntil(lambda: isinstance(made.stage.content, SignInView), timeout=5000)
    made.sit_down(office.desk)
    made.workspace.start_backup = lambda occasion: False
    made.system._mac = MacSession(mac.read)
    made.lock._timer.stop()
    tick(made)
    yield made
    made.system.close()


def tick(window):
    """Let a second pass for the window."""
    window.lock._timer.timeout.emit()


def told(*readings):
    """Return what a row of readings tells, look by look."""
    left = list(readings)
    session = MacSession(lambda: left.pop(0))
    return [session.look() for _ in readings]


@pytest.mark.parametrize("says", [LOCKED, AWAY, LOCKED_AWAY, None], ids=["locked", "switched", "both", "no session"])
def test_the_screen_locks_at_the_next_tick(window, office, mac, qapp, says):
    assert office.state is State.OPEN
    mac.says = says
    tick(window)
    assert office.state is State.LOCKED
    assert isinstance(window.stage.content, LockedView)
    assert window.windowTitle() == LOCKED_TITLE
    assert CANARY not in spoken(qapp)


@pytest.mark.parametrize(("says", "reason"), [(LOCKED, "system"), (None, "system"), (AWAY, "switch")])
def test_the_reason_stands_in_the_audit_log(window, office, mac, says, reason):
    reader = office.trail.vault.reader
    mac.says = says
    tick(window)
    tick(window)
    office.settle()
    with reader.begin() as conn:
        events = select(tables.audit.c.detail).where(tables.audit.c.action == "session.lock")
        assert [json.loads(row.detail) for row in conn.execute(events)] == [{"reason": reason}]


def test_who_works_on_a_screen_far_away_is_locked_once(window, office, mac):
    mac.says = AWAY
    tick(window)
    office.unlock(PASSWORD)
    tick(window)
    assert office.state is State.OPEN, "nothing changed since"
    mac.says = LOCKED_AWAY
    tick(window)
    assert office.state is State.LOCKED


def test_each_change_is_told_once():
    assert told(HERE, HERE, LOCKED, LOCKED, HERE, LOCKED) == [None, None, Told.LOCKED, None, None, Told.LOCKED]
    assert told(HERE, AWAY, AWAY, HERE, AWAY) == [None, Told.SWITCHED, None, None, Told.SWITCHED]
    assert told(AWAY, LOCKED_AWAY, AWAY) == [Told.SWITCHED, Told.LOCKED, Told.SWITCHED]
    assert told(None, None, HERE, None) == [Told.LOCKED, None, None, Told.LOCKED]


def test_a_session_that_is_as_it_was_locks_nothing(window, office, mac):
    asked = mac.asked
    for _ in range(5):
        tick(window)
    assert mac.asked == asked + 5
    assert office.state is State.OPEN


def test_the_security_page_claims_a_mac_only_once_it_was_read(mac):
    session = MacSession(mac.read)
    mac.says = None
    session.look()
    assert hearing.words.startswith("Not heard")
    mac.says = HERE
    session.look()
    assert hearing.words.endswith("(built, not tried on a Mac)")


def test_a_reading_that_fails_is_noted_once_and_is_the_last(window, office, mac, caplog):
    asked = mac.asked
    mac.says = OSError("/Users/someone")
    with caplog.at_level(logging.WARNING, mac_session.__name__):
        for _ in range(3):
            tick(window)
    assert [each.getMessage() for each in caplog.records] == ["the lock of this computer is not heard (OSError)"]
    assert mac.asked == asked + 1
    assert hearing.words.startswith("Not heard on this computer")
    assert office.state is State.OPEN


def test_a_window_that_closes_asks_no_more(window, mac):
    asked = mac.asked
    window.system.close()
    tick(window)
    assert mac.asked == asked


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac has the libraries")
def test_a_system_without_the_libraries_is_noted_and_not_heard(window, monkeypatch, caplog):
    window.system._mac = None
    hearing.lock, hearing.tried = False, True
    with caplog.at_level(logging.WARNING, mac_session.__name__):
        with monkeypatch.context() as on_a_mac:
            on_a_mac.setattr(sys, "platform", "darwin")
            window.system.listen(window, {})
        tick(window)
    assert [each.getMessage() for each in caplog.records] == ["the lock of this computer is not heard (OSError)"]
    assert window.system._mac is None
    assert hearing.words.startswith("Not heard on this computer")


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac is asked")
def test_no_other_system_is_asked(window, mac, monkeypatch):
    window.system._mac = None
    monkeypatch.setattr(mac_session, "begin", lambda: pytest.fail("the libraries of a Mac were looked for"))
    window.system.listen(window, {})
    tick(window)
    assert window.system._mac is None
    assert mac.asked == 1


@pytest.mark.skipif(sys.platform == "darwin", reason="a Mac loads it")
def test_no_other_system_loads_it():
    program = "import sys, medbill_desktop.ui.main_window; sys.exit('medbill_desktop.ui.mac_session' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


class Libraries:
    """Plays the two libraries: `facts` are the session's dictionary, None for no session; counts what is held."""

    FLAG, NUMBER, TEXT = 21, 22, 7

    def __init__(self, facts, *, without=""):
        self.facts, self.without = facts, without
        self.objects, self.held, self.released = {}, set(), []
        self.paths = []

    def load(self, path):
        self.paths.append(path)
        if path == mac_session.GRAPHICS:
            names = {"CGSessionCopyCurrentDictionary": lambda: self._make(self.facts)}
        else:
            names = {
                "CFStringCreateWithCString": lambda _, name, encoding: self._make((name, encoding)),
                "CFDictionaryGetValue": self._get, "CFRelease": self._release, "CFGetTypeID": self._kind,
                "CFBooleanGetTypeID": lambda: self.FLAG, "CFNumberGetTypeID": lambda: self.NUMBER,
                "CFBooleanGetValue": lambda value: int(self.objects[value]), "CFNumberGetValue": self._number,
            }  # fmt: skip
        # A bound method takes no attributes, a partial does.
        wrapped = {name: partial(call) for name, call in names.items()}
        wrapped.pop(self.without, None)
        made = SimpleNamespace(**wrapped)
        self.functions = {**getattr(self, "functions", {}), **wrapped}
        return made

    def _make(self, thing, owned=True):
        if thing is None:
            return None
        handle = 1 << 40 | len(self.objects) + 1  # more than 32 bits hold
        self.objects[handle] = thing
        if owned:
            self.held.add(handle)
        return handle

    def _get(self, session, key):
        assert {session, key} <= self.held
        name, encoding = self.objects[key]
        assert encoding == 0x08000100
        return self._make(self.objects[session].get(name.decode()), owned=False)

    def _kind(self, value):
        assert any(isinstance(self.objects[each], dict) for each in self.held), "read after the dictionary was released"
        thing = self.objects[value]
        return self.FLAG if isinstance(thing, bool) else self.NUMBER if isinstance(thing, int) else self.TEXT

    def _number(self, value, kind, place):
        assert kind == 3
        place._obj.value = self.objects[value]
        return 1

    def _release(self, thing):
        self.held.remove(thing)
        self.released.append(thing)


@pytest.mark.parametrize(
    ("said", "facts"),
    [
        (None, None),
        ({"kCGSSessionOnConsoleKey": True}, HERE),
        ({"kCGSSessionOnConsoleKey": True, "CGSSessionScreenIsLocked": True}, LOCKED),
        ({"kCGSSessionOnConsoleKey": True, "CGSSessionScreenIsLocked": False}, HERE),
        ({"kCGSSessionOnConsoleKey": False}, AWAY),
        ({}, AWAY),
        ({"kCGSSessionOnConsoleKey": 1, "CGSSessionScreenIsLocked": 1}, LOCKED),
        ({"kCGSSessionOnConsoleKey": 1, "CGSSessionScreenIsLocked": 0}, HERE),
        ({"kCGSSessionOnConsoleKey": True, "CGSSessionScreenIsLocked": "yes"}, HERE),
    ],
)
def test_the_dictionary_of_the_session_is_read_and_released(said, facts):
    libraries = Libraries(said)
    reader = SessionReader(libraries.load)
    for _ in range(3):
        assert reader.read() == facts
        assert libraries.held == set()
    assert len(libraries.released) == (0 if said is None else 9)


def test_each_function_has_its_types():
    libraries = Libraries({})
    SessionReader(libraries.load)
    assert len(libraries.functions) == 9
    for name, function in libraries.functions.items():
        assert hasattr(function, "restype"), name
        assert isinstance(function.argtypes, tuple), name
    for name in ("CGSessionCopyCurrentDictionary", "CFStringCreateWithCString", "CFDictionaryGetValue"):
        assert libraries.functions[name].restype is ctypes.c_void_p


@pytest.mark.parametrize("without", ["CGSessionCopyCurrentDictionary", "CFBooleanGetValue"])
def test_a_library_without_a_function_is_noted(caplog, without):
    with caplog.at_level(logging.WARNING, mac_session.__name__):
        assert begin(Libraries({}, without=without).load) is None
    assert [each.getMessage() for each in caplog.records] == ["the lock of this computer is not heard (AttributeError)"]


def test_the_libraries_are_played_through_to_what_is_told():
    libraries = Libraries({"kCGSSessionOnConsoleKey": True})
    session = begin(libraries.load)
    assert session is not None
    assert session.look() is None
    libraries.facts = {"kCGSSessionOnConsoleKey": True, "CGSSessionScreenIsLocked": True}
    assert session.look() is Told.LOCKED
    assert session.look() is None
