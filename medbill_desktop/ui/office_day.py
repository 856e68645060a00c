"""Drives the real window by its keys, as a person at the desk does, and photographs it (DESIGN 3, 9; UX Proof).

The loop turns only while something is waited for, so the program's one loop stays where it is.
"""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, Final, TypeVar

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeySequence, QPainter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit, QPushButton, QWidget

from medbill_desktop.ui.application import make_application
from medbill_desktop.ui.main_window import MainWindow, all_pages
from medbill_desktop.ui.places import PageSpec
from medbill_desktop.ui.theme import Choice, wear
from medbill_desktop.ui.workspace import Workspace
from medbill_desktop.usecases.patients import FindPatients, find_patients
from medbill_desktop.usecases.payments import DayPayments, day_payments
from medbill_desktop.usecases.session import State
from medbill_desktop.usecases.statements import ListRuns, SelectStatements, list_runs, select_statements
from medbill_desktop.usecases.visits import DayVisits, day_visits
from medbill_desktop.usecases.watch import Watch

SIZE: Final = (1366, 768)
PATIENCE_SECONDS: Final = 60.0
STEP_MS: Final = 20
TURNS_OF_QUIET: Final = 4
W = TypeVar("W", bound=QWidget)


class NotThere(Exception):
    """The window does not show what the day needs next: a fault of the program."""


class DayWindow:
    """The window of an office, worked by keys."""

    def __init__(self, office: Any, specs: Sequence[PageSpec] | None = None) -> None:
        if sys.platform.startswith("linux") and not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
            os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        self.application = make_application(choice=Choice.LIGHT)
        self.office, self.specs, self.pictures = office, all_pages() if specs is None else specs, 0
        self.window = MainWindow(office, self.specs)
        self.window.resize(*SIZE)
        self.window.show()
        self.quiet()

    @property
    def workspace(self) -> Workspace:
        if self.window.workspace is None:
            raise NotThere("nobody is signed in")
        return self.window.workspace

    def sign_in(self, name: str, password: str) -> None:
        self.until(lambda: self.find(QLineEdit, "sign_in") is not None, "the sign-in")
        self.write("name", name)
        self.write("password", password)
        self.click("sign_in_button")
        self.until(lambda: self.window.workspace is not None, "the workspace")
        self.quiet()

    def lock(self) -> None:
        self.press("Ctrl+L")
        self.until(lambda: self.office.state is State.LOCKED, "the locked screen")
        self.quiet()

    def unlock(self, password: str) -> None:
        self.write("password", password)
        self.click("unlock")
        self.until(lambda: self.office.state is State.OPEN, "the open session")
        self.quiet()

    def write(self, name: str, text: str) -> None:
        """Replace what a field holds, key by key."""
        field = self.field(name)
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        field.selectAll()
        QTest.keyClicks(field, text)
        self.turn()

    def press(self, keys: str) -> None:
        """Press a shortcut where the focus is."""
        target = self.application.focusWidget() or self.window
        QTest.keySequence(target, QKeySequence(keys))
        self.turn()

    def click(self, name: str) -> None:
        button = self.find(QPushButton, name)
        if button is None:
            raise NotThere(f"the button {name}")
        button.click()
        self.turn()

    def field(self, name: str) -> QLineEdit:
        """Return the field of that name; a form's own field may hold it inside."""
        for each in self.window.findChildren(QLineEdit):
            holders = (each, each.parentWidget())
            if each.isVisible() and any(holder is not None and holder.objectName() == name for holder in holders):
                return each
        raise NotThere(f"the field {name}")

    def find(self, kind: type[W], name: str) -> W | None:
        found = [each for each in self.window.findChildren(kind) if each.isVisible()]
        if kind is QLineEdit:  # any field of the view of that name
            view = self.window.findChild(QWidget, name)
            return next((each for each in found if view is not None and view.isAncestorOf(each)), None)
        return next((each for each in found if each.objectName() == name), None)

    def go(self, key: str, place: object = None) -> None:
        self.workspace.go(key, place)
        self.quiet()

    def has(self, key: str) -> bool:
        """Tell whether the person who is signed in has this page."""
        return any(each.key == key and self.office.desk.may(each.case) for each in self.specs)

    def turn(self, milliseconds: int = STEP_MS) -> None:
        """Let the loop turn for a moment."""
        QTest.qWait(milliseconds)

    def until(self, holds: Callable[[], bool], what: str) -> None:
        end = monotonic() + PATIENCE_SECONDS
        while not holds():
            if monotonic() > end:
                raise NotThere(what)
            self.turn()

    def quiet(self) -> None:
        """Wait until no job runs and what it brought is painted; one job may start the next."""
        jobs = self.window.jobs
        for _ in range(TURNS_OF_QUIET):
            self.turn()
            # While locked the news are kept back, so there only changes are waited for.
            self.until(
                lambda: not (jobs.is_busy if self.office.state is State.LOCKED else jobs.under_way), "the end of a job"
            )

    def stay(self) -> None:
        """Touch a key that does nothing: whoever only looks for five minutes is locked out."""
        if (handle := self.window.windowHandle()) is not None:
            QTest.keyClick(handle, Qt.Key.Key_Shift)

    def dress(self, choice: Choice) -> None:
        wear(self.application, choice)
        self.turn()

    def resize(self, width: int, height: int) -> None:
        self.window.resize(width, height)
        self.turn()

    def picture(self, path: Path) -> None:
        """Save what the window shows; the focus ring is part of it."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shot = self.window.grab()
        for dialog in self.dialogs():
            seen = dialog.grab()
            middle = (shot.deviceIndependentSize() - seen.deviceIndependentSize()) / 2
            painter = QPainter(shot)
            painter.drawPixmap(QPointF(middle.width(), middle.height()), seen)
            painter.end()
        if not shot.save(str(path)):
            raise OSError(None, "cannot be written", str(path))

    def dialogs(self) -> list[QDialog]:
        return [each for each in self.application.topLevelWidgets() if isinstance(each, QDialog) and each.isVisible()]

    def close_dialogs(self) -> None:
        for dialog in self.dialogs():
            QTest.keyClick(dialog, Qt.Key.Key_Escape)
        self.until(lambda: not self.dialogs(), "the dialog to close")
        # Without a window manager nobody gives the window its focus back, and shortcuts need it.
        self.window.activateWindow()
        self.quiet()

    def close(self) -> None:
        self.window.close()
        self.until(lambda: not self.window.isVisible(), "the window to close")
        self.window.deleteLater()
        QApplication.sendPostedEvents(self.window, QEvent.Type.DeferredDelete)
        self.turn()


@contextmanager
def opened(office: Any, specs: Sequence[PageSpec] | None = None) -> Iterator[DayWindow]:
    """Yield the window of an office; closing it closes the office."""
    day = DayWindow(office, specs)
    try:
        yield day
    finally:
        day.close()


Told = tuple[str, str, str]  # what was done, its result, and the name of its picture


def morning(day: DayWindow, name: str, password: str, pictures: Path, watch: Watch) -> Iterator[tuple[str, str]]:
    """Sign in, go through every page, find a patient, key a superbill and take a payment; yields what was done."""
    yield from _photographed(day, (_sign_in(day, name, password),), pictures)
    rail = [each for each in day.specs if each.rail and day.has(each.key)]
    for number, spec in enumerate(rail):
        watch.step(number, len(rail), f"Showing {spec.title}")
        day.go(spec.key)
        _shoot(day, pictures, spec.key)
    yield "Went through the pages", f"{len(rail)} pages"
    yield from _photographed(day, (_find_and_open(day), _key_superbill(day), _take_payment(day)), pictures)


def evening(day: DayWindow, password: str, pictures: Path) -> Iterator[tuple[str, str]]:
    """Make the statements at their page, lock and come back; yields what was done."""
    yield from _photographed(day, (_make_statements(day), _lock(day, password)), pictures)


def _photographed(day: DayWindow, parts: Sequence[Iterator[Told]], pictures: Path) -> Iterator[tuple[str, str]]:
    for part in parts:
        for words, result, key in part:
            _shoot(day, pictures, key)
            yield words, result


def _shoot(day: DayWindow, pictures: Path, key: str) -> None:
    day.pictures += 1
    day.picture(pictures / f"{day.pictures:02d}-{key}.png")


def _sign_in(day: DayWindow, name: str, password: str) -> Iterator[Told]:
    yield "Opened the window", "the sign-in", "sign-in"
    day.sign_in(name, password)
    yield "Signed in", name, "signed-in"


def _lock(day: DayWindow, password: str) -> Iterator[Told]:
    day.lock()
    yield "Locked the screen with Ctrl+L", "nothing of a patient in sight", "locked"
    day.unlock(password)
    yield "Unlocked it again", "the same page", "unlocked"


def _key_superbill(day: DayWindow) -> Iterator[Told]:
    """Key the first visit of today that waits for its charges, and post it."""
    desk = day.office.desk
    waiting = [each for each in desk.ask(day_visits, DayVisits(desk.clock.today())) if each.status == "open"]
    if not day.has("charges") or not waiting:
        return
    day.go("charges", waiting[0])
    day.write("diagnosis_A", "J06.9")
    day.write("line_1_code", "99213")
    day.press("Tab")
    day.quiet()
    yield "Keyed a superbill of today", "diagnosis, code, pointer", "superbill"
    day.click("post_batch")
    day.until(lambda: _waiting(day) < len(waiting), "the charge to be posted")
    day.quiet()
    yield "Posted the batch", "1 superbill", "batch-posted"


def _waiting(day: DayWindow) -> int:
    desk = day.office.desk
    return sum(each.status == "open" for each in desk.ask(day_visits, DayVisits(desk.clock.today())))


def _make_statements(day: DayWindow) -> Iterator[Told]:
    """Make one PDF of all who are to get a statement; mailing it is said by a person."""
    if not day.has("statements"):
        return
    desk = day.office.desk
    before = len(desk.ask(list_runs, ListRuns()))
    day.go("statements")
    chosen = len(desk.ask(select_statements, SelectStatements()).chosen)
    yield "Selected who gets a statement, and who does not and why", f"{chosen} get one", "statements-chosen"
    if not chosen:
        return
    day.press("Ctrl+Return")
    day.until(lambda: len(desk.ask(list_runs, ListRuns())) > before, "the statements")
    day.quiet()
    made = desk.ask(list_runs, ListRuns(1))[0].statements
    yield "Made them into one PDF", f"{made} statements", "statements-made"
    day.close_dialogs()


def _find_and_open(day: DayWindow) -> Iterator[Told]:
    """Find somebody by the beginning of a name and open the record with Enter."""
    if not day.has("patients"):
        return
    day.go("patients")
    found = len(day.office.desk.ask(find_patients, FindPatients("b")))
    day.write("find_patient", "b")
    yield "Typed one letter into the find field", f"{found} patients", "found"
    if day.has("patient") and found:
        day.press("Return")
        day.until(lambda: day.workspace.current == "patient", "the patient's page")
        day.quiet()
        yield "Opened the first of them with Enter", "the account", "patient"


def _take_payment(day: DayWindow) -> Iterator[Told]:
    """Take cash by keys alone: patient, amount, Ctrl+Enter."""
    if not day.has("payments"):
        return
    day.go("payments")
    day.write("payment_patient", "1-2")
    day.press("Return")
    day.quiet()
    day.write("payment_amount", "20")
    day.quiet()
    yield "Typed a patient and an amount", "what it pays stands beside", "payment"
    before = _taken_today(day)
    day.press("Ctrl+Return")
    day.until(lambda: _taken_today(day) > before, "the payment in the day's list")
    day.quiet()
    yield "Took the payment with Ctrl+Enter", "20.00", "payment-taken"


def _taken_today(day: DayWindow) -> int:
    desk = day.office.desk
    return len(desk.ask(day_payments, DayPayments(desk.clock.today())).rows)
