"""The lock on a real screen, heard by a real screen reader and told by a real bus (SECURITY L4-L9, P5, P11, F24, F25).

Whatever floats over the page is left open by keys or mouse; then the screen locks. Nothing of a patient may be said
or stand in a title, and after the unlock everything is as it was and nothing was done.
"""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from medbill_desktop.usecases.audit_log import ListAudit, list_audit
from medbill_desktop.usecases.office import TRAINING_SIGN_IN
from medbill_desktop.usecases.patients import FindPatients, find_patients
from tests.cli.commands import Home
from tests.office.x_window import Program, Screen, founded, need_a_screen, signed_in, until
from tests.ui.mock_services import LOGIND
from tests.ui.test_system_events import LOCK, Mock, sleep

pytestmark = [pytest.mark.peer, pytest.mark.long, pytest.mark.timeout(180)]

READER = Path(__file__).with_name("screen_reader.py")
PYTHON = "/usr/bin/python3"
BINDINGS = "import gi; gi.require_version('Atspi', '2.0'); from gi.repository import Atspi"
LOCKED = "MedBill - Locked"
TYPED = "Quimbyhalf"


def has_reader():
    launcher = any(Path(each, "at-spi-bus-launcher").exists() for each in ("/usr/libexec", "/usr/lib/at-spi2-core"))
    if not launcher or not Path(PYTHON).exists():
        return False
    return subprocess.run([PYTHON, "-c", BINDINGS], capture_output=True, check=False).returncode == 0


needs_reader = pytest.mark.skipif(not has_reader(), reason="install at-spi2-core gir1.2-atspi-2.0 python3-gi")


class SpokenHome(Home):
    """A home whose programs find our buses and talk to screen readers."""

    def environment(self):
        buses = dict.fromkeys(("DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS"), self.bus)
        run = {"XDG_RUNTIME_DIR": str(self.path / "run"), "XDG_SESSION_ID": "2"}
        return {**super().environment(), **buses, **run, "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1", "NO_AT_BRIDGE": "0"}


@dataclass
class Desk:
    """The program at work, and who listens."""

    screen: Screen
    program: Program
    home: SpokenHome
    logind: Mock
    canary: str
    names: list

    def hear(self):
        ran = subprocess.run(
            [PYTHON, str(READER), "medbill"], env={**self.home.environment(), "DISPLAY": self.screen.display},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        heard = json.loads(ran.stdout)
        assert heard["objects"] > 5, f"the screen reader found no program: {heard} {ran.stderr}"
        return " | ".join(heard["words"])

    def titles(self):
        ids = self.screen._ask("xdotool", "search", "--onlyvisible", "--name", "").decode().split()
        return {self.screen._ask("xdotool", "getwindowname", each).decode().strip() for each in ids}

    def told_of_lock(self):
        self.logind.send(LOCK)
        self.program.until_title(LOCKED)

    def pressed_lock(self):
        self.program.press("ctrl+l", settle=False)
        self.program.until_title(LOCKED)

    def unlock(self, title):
        self.program.write(TRAINING_SIGN_IN.password, "Return", settle=False)
        self.program.until_title(title)

    def assert_silent(self):
        heard = self.hear()
        assert "Unlock" in heard, "the shield itself can be read"
        assert [each for each in (*self.names, TYPED) if each in heard] == []
        assert {each for each in self.titles() if "MedBill" in each} == {LOCKED}
        assert not [name for name in self.names if any(name in title for title in self.titles())]


@pytest.fixture(scope="module")
def bus(tmp_path_factory):
    if shutil.which("dbus-daemon") is None:
        pytest.skip("install dbus-daemon")
    pytest.importorskip("jeepney", reason="needs jeepney, which keyring brings on Linux")
    need_a_screen()
    home = SpokenHome(tmp_path_factory.mktemp("home"))
    (home.path / "run").mkdir(mode=0o700)
    with Screen(tmp_path_factory.mktemp("locked-screen")) as screen:
        home.bus = ""
        daemon = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env={**home.environment(), "DISPLAY": screen.display},
        )  # fmt: skip
        home.bus = daemon.stdout.readline().strip()
        yield screen, home
        daemon.kill()
        daemon.wait()
        daemon.stdout.close()


@pytest.fixture(scope="module")
def practice(bus, tmp_path_factory):
    _, home = bus
    data = tmp_path_factory.mktemp("data") / "practice"
    with founded(home.path, data, patients=12) as desk:
        lines = [
            line for letter in "abcdefghijklmnopqrstuvwxyz" for line in desk.ask(find_patients, FindPatients(letter))
        ]
        names = sorted({line.name.split(",")[0] for line in lines if line.name.isascii()}, key=len)
    return data, [name for name in names if len(name) >= 5]


@pytest.fixture
def desk(bus, practice):
    screen, home = bus
    data, names = practice
    logind = Mock(home.bus, [LOGIND], ())
    program = Program(screen, home.path, data, "--training")
    program.home = home
    program.start()
    try:
        program.until_title("MedBill")
        program.press("Return", settle=False)
        program.until_title("Today - MedBill")
        until(lambda: "held" in list(logind.said.queue), "the program to listen to logind")
        yield Desk(screen, program, home, logind, names[-1], names)
        program.press("alt+F4", settle=False)
        assert program.process.wait(30) == 0
        assert program.said() == "", "it complained of nothing"
        with signed_in(home.path, data) as own:
            assert "session.lock" in {row.action for row in own.ask(list_audit, ListAudit(action="session."))}
    except BaseException:
        screen.photograph("broken")
        raise
    finally:
        program.end()
        logind.stop()


def a_record(desk):
    desk.program.find(desk.canary)
    return "Patient - MedBill"


def a_form(desk):
    """A registration that is half typed."""
    desk.program.go("Patients")
    desk.program.press("ctrl+n", settle=False)
    desk.program.until_title("Register a patient - MedBill")
    desk.program.press("ctrl+a")
    desk.program.write(TYPED)
    return "Register a patient - MedBill"


def the_menu_of_a_field(desk):
    title = a_form(desk)
    desk.program.press("shift+F10")
    return title


def a_list_of_choices(desk):
    title = a_form(desk)
    desk.program.press(*["Tab"] * 5)
    desk.program.press("alt+Down")
    return title


def a_list_while_typing(desk):
    desk.program.go("Payments")
    desk.program.write(desk.canary)
    return "Payments - MedBill"


def the_finder(desk):
    desk.program.go("Today")
    desk.program.press("ctrl+k")
    desk.program.write(desk.canary)
    return "Today - MedBill"


def the_help(desk):
    title = a_form(desk)
    desk.program.press("F1")
    return title


# What floats may hold the keyboard to itself, so that is locked by key; the system's lock needs none.
FLOATING = {
    a_record: "by the system", a_form: "by key", the_menu_of_a_field: "by key", a_list_of_choices: "by key",
    a_list_while_typing: "by key", the_finder: "by the system", the_help: "by the system",
}  # fmt: skip


@needs_reader
@pytest.mark.parametrize(("place", "how"), FLOATING.items(), ids=[each.__name__ for each in FLOATING])
def test_nothing_is_said_while_locked_and_the_page_comes_back(desk, place, how):
    title = place(desk)
    words = TYPED if "Register" in title else desk.canary
    assert words in desk.hear(), "the reader hears an open record, so it can be believed below"
    desk.pressed_lock() if how == "by key" else desk.told_of_lock()
    desk.assert_silent()
    desk.unlock(title)
    if "Register" in title:
        assert TYPED in desk.hear(), "what was typed is there"
    desk.program.press("Escape")


def statements(desk):
    desk.program.press("Escape")
    desk.program.go("Statements")
    desk.program.press("ctrl+Return", settle=False)
    desk.program.until_title("Statements")
    return "Statements"


def printing(desk):
    desk.program.press("ctrl+p", settle=False)
    desk.program.until_title("Print")
    return "Print"


def saving(desk):
    desk.program.press("ctrl+s", settle=False)
    desk.program.until_title("Save as PDF")
    return "Save as PDF"


@needs_reader
def test_dialogs_are_taken_away_and_come_back_over_each_other_and_nothing_is_printed(desk):
    """The preview of a run of statements, and over it Qt's print dialog, then its file dialog."""
    files = set(desk.home.path.rglob("*.pdf"))
    for opens in (statements, printing, saving):
        title = opens(desk)
        for lock in (desk.told_of_lock, desk.pressed_lock):
            lock()
            desk.assert_silent()
            desk.screen.photograph(f"locked-{title}")
            desk.unlock(title)
            desk.screen.photograph(f"back-{title}")
        if title != "Statements":
            desk.program.press("Escape", settle=False)
            desk.program.until_title("Statements")
    desk.program.press("Escape", settle=False)
    desk.program.until_title("Statement runs - MedBill")
    assert set(desk.home.path.rglob("*.pdf")) == files


@needs_reader
def test_a_drag_ends_with_the_lock_and_drops_nothing(desk):
    """Text is dragged with the mouse; the system locks meanwhile, since no key reaches a program that drags."""
    title = a_form(desk)
    desk.program.press("ctrl+a")
    before, ask = desk.hear().count(TYPED), desk.screen._ask
    x, y = _a_selected_pixel(desk)
    ask("xdotool", "mousemove", str(x), str(y), "mousedown", "1")
    for step in range(1, 12):
        ask("xdotool", "mousemove", str(x + 6 * step), str(y + 8 * step))
    desk.logind.send(LOCK)
    until(lambda: desk.screen.title() == LOCKED, "the lock")
    ask("xdotool", "mouseup", "1")
    desk.program.settle()
    desk.assert_silent()
    desk.unlock(title)
    assert desk.hear().count(TYPED) == before, "nothing was dropped, and nothing was taken from where it was"
    desk.program.press("Escape")


def _a_selected_pixel(desk):
    """Find the selected text by what changes on the screen when the selection goes and comes."""
    marked = desk.screen.pixels()
    desk.program.press("End")
    plain = desk.screen.pixels()
    desk.program.press("ctrl+a")
    row = desk.screen.size[0] * 4
    changed = [at for at in range(0, len(marked) - 4, 4) if marked[at : at + 3] != plain[at : at + 3]]
    rows = [at // row for at in changed]
    middle = sorted(rows)[len(rows) // 2]
    line = [at % row // 4 for at in changed if at // row == middle]
    return sorted(line)[len(line) // 3], middle


@needs_reader
def test_a_sleep_seals_the_practice_and_nothing_is_said(desk):
    title = a_record(desk)
    assert desk.canary in desk.hear()
    desk.logind.send(sleep(True))
    until(lambda: "released" in list(desk.logind.said.queue), "the keys to be gone before the sleep")
    desk.logind.send(sleep(False))
    desk.program.until_title(LOCKED)
    heard = desk.hear()
    assert "Sign in" in heard, "it asks for the whole sign-in"
    assert [each for each in (*desk.names, TYPED) if each in heard] == []
    assert title not in desk.titles()
    desk.program.press("Return", settle=False)
    desk.program.until_title("Today - MedBill")
