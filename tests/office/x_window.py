"""The real program on a real screen: Xvfb, a window manager, and a keyboard that is all there is (UX Keys, Proof).

What is on the screen is known from window titles, which carry page names alone, and from the program being at rest:
no thread of it runs and no pixel changes. Nothing waits for a fixed time.
"""

import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest

from medbill_desktop.training.founding import found
from medbill_desktop.ui.pages import PAGES
from medbill_desktop.usecases.installation import open_office
from medbill_desktop.usecases.office import TRAINING_SIGN_IN
from tests.cli.commands import ROOT, Home

PACKAGES = {"Xvfb": "xvfb", "openbox": "openbox", "xdotool": "xdotool", "import": "imagemagick"}
SIZE = (1366, 768)
PATIENCE_SECONDS = 30.0
LOOK_SECONDS = 0.03
LOOKS_AT_REST = 5
HEADER = 4096  # before the pixels of the screen's file
RAIL = [each.title for foot in (False, True) for each in PAGES if each.rail and each.at_foot is foot]


def need_a_screen():
    """Skip, naming what to install, where a screen can't be had."""
    missing = sorted(package for program, package in PACKAGES.items() if shutil.which(program) is None)
    if missing:
        pytest.skip(f"install {' '.join(missing)}")


def until(holds, what, seconds=PATIENCE_SECONDS):
    """Poll until something holds; its value is returned."""
    end = monotonic() + seconds
    while True:
        if found := holds():
            return found
        assert monotonic() < end, f"waited {seconds:.0f} s for {what}"
        sleep(LOOK_SECONDS)


class Screen:
    """A display of its own with a window manager; `pictures` is where it is photographed to."""

    def __init__(self, folder, size=SIZE):
        need_a_screen()
        self.folder, self.size = Path(folder), size
        self.pictures = self.folder / "pictures"
        self.pictures.mkdir(parents=True, exist_ok=True)
        self._taken = 0
        self._processes = []

    def __enter__(self):
        try:
            self._show()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _show(self):
        screen = f"{self.size[0]}x{self.size[1]}x24"
        reading, writing = os.pipe()
        # Without -noreset the server begins anew whenever its last client leaves, and drops whoever comes meanwhile.
        options = ["-noreset", "-nolisten", "tcp", "-fbdir", self.folder]
        self._start(["Xvfb", "-displayfd", writing, "-screen", "0", screen, *options], "xvfb.log", pass_fds=(writing,))
        os.close(writing)
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        assert number, "Xvfb did not start: " + (self.folder / "xvfb.log").read_text()
        self.display = f":{number}"
        self._start(["openbox", "--sm-disable"], "openbox.log")
        until(self._managed, "openbox")

    def __exit__(self, *_):
        for process in reversed(self._processes):
            process.terminate()
            process.wait(10)

    @property
    def environment(self):
        """What a program needs to be shown here; one that was not started yet has no display."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        return {**kept, "DISPLAY": getattr(self, "display", ""), "HOME": str(self.folder)}

    def _start(self, command, log, **more):
        with (self.folder / log).open("wb") as out:
            process = subprocess.Popen(
                [*map(str, command)], stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=self.environment, **more
            )
        self._processes.append(process)
        return process

    def _ask(self, *command):
        return subprocess.run(command, capture_output=True, env=self.environment, check=False).stdout

    def _managed(self):
        return self._ask("xdotool", "get_num_desktops").strip() not in (b"", b"0")

    def title(self):
        """Return the title of the window that has the keyboard; empty where none has."""
        return self._ask("xdotool", "getactivewindow", "getwindowname").decode().strip()

    def minimize(self):
        """Put the window that has the keyboard away, as its person does."""
        self._ask("xdotool", "getactivewindow", "windowminimize")

    def pixels(self):
        """Return what is on the screen, as bytes."""
        return (self.folder / "Xvfb_screen0").read_bytes()[HEADER:]

    def photograph(self, name):
        """Keep a picture of the whole screen."""
        self._taken += 1
        path = self.pictures / f"{self._taken:02d}-{name}.png"
        self._ask("import", "-window", "root", str(path))
        return path


class Program:
    """MedBill as a process of its own on a screen, with its own home."""

    def __init__(self, screen, home, data, *arguments):
        self.screen, self.home, self.data = screen, Home(Path(home)), Path(data)
        self.arguments = arguments
        self.strokes, self.phase = Counter(), "start"
        self.process = None

    def start(self):
        """Start it and return at once."""
        self.process = self.launched()
        return self

    def launched(self):
        """Start the program once more at the same folder, as somebody does who forgot that it runs."""
        home = self.home.environment()
        home.pop("QT_QPA_PLATFORM")
        log = (self.screen.folder / "program.log").open("ab")
        with log:
            return subprocess.Popen(
                [sys.executable, "-m", "medbill_desktop", *map(str, self.arguments), "--data", str(self.data)],
                cwd=ROOT, env={**home, "DISPLAY": self.screen.display}, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log,
            )  # fmt: skip

    def said(self):
        """Return what the program wrote to its terminal."""
        return (self.screen.folder / "program.log").read_text()

    def until_title(self, wanted, seconds=PATIENCE_SECONDS):
        """Wait for a window with this title to have the keyboard, and for the program to be at rest."""
        end = monotonic() + seconds
        while (now := self.screen.title()) != wanted:
            assert self.process.poll() is None, f"the program ended: {self.said()}"
            if monotonic() > end:
                self.screen.photograph("lost")
                raise AssertionError(f"waited for {wanted!r}, the screen shows {now!r}")
            sleep(LOOK_SECONDS)
        self.settle()

    def settle(self, seconds=PATIENCE_SECONDS):
        """Wait until no thread of the program runs and the screen stands still."""
        end, still, before = monotonic() + seconds, 0, None
        while still < LOOKS_AT_REST:
            assert monotonic() < end, "the program does not come to rest"
            sleep(LOOK_SECONDS)
            now = (self._work(), self.screen.pixels())
            still = still + 1 if now == before and not self._runs() else 0
            before = now

    def _threads(self):
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            try:
                yield (task / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # the thread ended meanwhile

    def _runs(self):
        return any(fields[0] in "RD" for fields in self._threads())

    def _work(self):
        """Return the ticks that all threads worked so far."""
        return sum(int(fields[11]) + int(fields[12]) for fields in self._threads())

    def press(self, *keys, settle=True):
        """Press keys as xdotool names them: `ctrl+k`, `Return`, `alt+1`."""
        self.strokes[self.phase] += len(keys)
        self.screen._ask("xdotool", "key", "--clearmodifiers", "--delay", "8", *keys)
        if settle:
            self.settle()

    def write(self, text, *keys, settle=True):
        """Type a text, then press keys."""
        self.strokes[self.phase] += len(text)
        self.screen._ask("xdotool", "type", "--clearmodifiers", "--delay", "8", "--", text)
        if keys:
            self.press(*keys, settle=settle)
        elif settle:
            self.settle()

    def go(self, page):
        """Open a page of the rail by its key."""
        self.press(f"ctrl+{RAIL.index(page) + 1}", settle=False)
        self.until_title(f"{page} - MedBill")

    def find(self, name):
        """Open a patient by Ctrl+K."""
        self.press("ctrl+k")
        self.write(name, "Return", settle=False)
        self.until_title("Patient - MedBill")

    def fill(self, *texts):
        """Type into one field after the other; an empty text leaves its field as it is."""
        for text in texts:
            self.write(text, "Return", settle=False)
        self.settle()

    def tell(self, sent):
        """Send the process a signal."""
        self.process.send_signal(sent)

    def end(self):
        """End the process whatever it is at."""
        if self.process is not None and self.process.poll() is None:
            self.tell(signal.SIGCONT)
            self.process.kill()
            self.process.wait(10)


@contextmanager
def at_home(home):
    """Let this process live in another home for a while, where its device secrets lie."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in Home(Path(home)).environment().items():
            if name == "HOME" or name.startswith("XDG_"):
                patch.setenv(name, value)
        yield


@contextmanager
def founded(home, data, seed=5, patients=25):
    """Make a training practice in that home; yield the desk of its owner, then close it."""
    with at_home(home):
        made = found(Path(data), seed, patients)
        try:
            yield made.desk
        finally:
            made.office.close()


@contextmanager
def signed_in(home, data):
    """Sign in to the practice that the program has left; yield the desk."""
    with at_home(home):
        office = open_office(Path(data), training=True)
        try:
            office.look()
            yield office.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)
        finally:
            office.close()
