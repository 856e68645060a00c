"""Photographs everything a person can see of the program, and says what is cut in it (UX Proof).

Pages and their parts come from the registry; panels and dialogs are found by pressing every button and key of a page
as a person would, so that nothing new can be forgotten. It presses what writes as well: a practice that is shown here
is thrown away afterwards.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import ascii_lowercase
from time import monotonic
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from medbill_desktop.domain.ids import Id
from medbill_desktop.ui.cut import cut_in
from medbill_desktop.ui.office_day import DayWindow, NotThere
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient import PatientPage
from medbill_desktop.ui.places import PageSpec, PatientPlace
from medbill_desktop.ui.theme import Choice
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.usecases.documents import ListDocuments, list_clinical_documents
from medbill_desktop.usecases.patients import FindPatients, find_patients
from medbill_desktop.usecases.session import State
from medbill_desktop.usecases.watch import Watch

SIZES: Final = ((1366, 768), (1920, 1080))
THEMES: Final = (Choice.LIGHT, Choice.DARK)
TURN_MS: Final = 10
PATIENCE_SECONDS: Final = 20.0
WALKS: Final = re.compile(r"Alt\+(\d|F|Up|Down)|Ctrl\+Pg.*|F\d|Up|Down|Enter|Space|Esc|Tab|Del|[+\-]|.*/.*|.* .*")
SIGNS_IN: Final = frozenset({"sign_in_button", "look_around"})
NEVER_PRESSED_IN: Final = frozenset({"FileDialog", "PrintDialog"})  # they write to the disk and the printer of a person


@dataclass(slots=True)
class Album:
    """What was photographed; a press that shows nothing new is not tried again with other colours."""

    folder: Path
    seconds: float
    pictures: list[Path] = field(default_factory=list)
    scenes: dict[str, tuple[str, ...]] = field(default_factory=dict)  # name -> the kinds of what it shows
    cut: dict[str, list[str]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    barren: set[tuple[str, str]] = field(default_factory=set)
    until: float = field(init=False)

    def __post_init__(self) -> None:
        self.until = monotonic() + self.seconds

    @property
    def is_late(self) -> bool:
        return monotonic() > self.until


def photograph(
    day: DayWindow, name: str, password: str, album: Album, watch: Watch, *, choice: Choice, only: str = ""
) -> None:
    """Photograph the program in one theme, from the sign-in to the lock; `only` one page where it is named."""
    walk = _Walk(day, album, choice)
    day.dress(choice)
    if not only:
        walk.outside()
    day.sign_in(name, password)
    specs = [each for each in day.specs if day.office.desk.may(each.case) and only in ("", each.key)]
    for number, spec in enumerate(specs):
        watch.step(number, len(specs) + 1, f"Photographing {spec.title} ({choice})")
        for key, place in places_of(day, spec):
            walk.page(spec, key, place)
    if not only:
        day.window.lock.lock_now()
        walk.quiet()
        walk.shoot("locked")
        day.unlock(password)


def photograph_arrival(day: DayWindow, album: Album, *, choice: Choice) -> None:
    """Photograph what a computer shows on which there is no practice yet."""
    day.dress(choice)
    _Walk(day, album, choice).outside()


class _Walk:
    """One way through the program in one theme."""

    def __init__(self, day: DayWindow, album: Album, choice: Choice) -> None:
        self.day, self.album, self.choice = day, album, choice
        self._seen: set[str] = set()

    def shoot(self, name: str, *kinds: str) -> None:
        """Save what is shown in every size, and note what is cut in the smallest."""
        self.day.stay()
        for width, height in SIZES:
            self._resize(width, height)
            self.quiet()
            path = self.album.folder / f"{name}-{width}x{height}-{self.choice}.png"
            self.day.picture(path)
            self.album.pictures.append(path)
            shown: QWidget = next(reversed(self.day.dialogs()), self.day.window)
            sentences = [each.sentence() for each in cut_in(shown)]
            if (pressed := self.day.window.size()) != self._logical(width, height):
                sentences.append(f"the window is pressed to {pressed.width()} x {pressed.height()} px")
            if sentences:
                self.album.cut.setdefault(f"{name}-{width}x{height}", sentences)
        self.album.scenes.setdefault(name, kinds)
        self._resize(*SIZES[0])

    def _logical(self, width: int, height: int) -> QSize:
        """Return the size of a window that fills a screen of so many dots, whatever it is scaled by."""
        scale = self.day.window.devicePixelRatio()
        return QSize(int(width / scale), int(height / scale))

    def _resize(self, width: int, height: int) -> None:
        size = self._logical(width, height)
        self.day.resize(size.width(), size.height())

    def quiet(self) -> None:
        """Wait until no job runs and what it brought is painted."""
        jobs, office = self.day.window.jobs, self.day.office
        end = monotonic() + PATIENCE_SECONDS
        for _ in range(3):
            self.day.turn(TURN_MS)
            while jobs.is_busy if office.state is State.LOCKED else jobs.under_way:
                if monotonic() > end:
                    raise NotThere("the end of a job")
                self.day.turn(TURN_MS)

    def page(self, spec: PageSpec, key: str, place: object) -> None:
        """Photograph a page or a part of it, and all that can be opened from there."""
        if self.album.is_late:
            self.album.missing.append(key)
            return
        try:
            page = self._go(spec, place)
            self.shoot(key, type(page).__name__)
            if place is None or spec.key == "patient":
                self._help(key)
            for label, press in _presses(page):
                if (key, label) not in self.album.barren and not self.album.is_late:
                    self._try(spec, key, place, label, press)
        except Exception as error:  # a fault of one page must not hide all that come after it
            words = str(error) if isinstance(error, NotThere) else type(error).__name__
            self.album.missing.append(f"{key}: {words}")

    def _go(self, spec: PageSpec, place: object) -> Page:
        self._clear()
        self.day.workspace.go(spec.key, place)
        self.quiet()
        page = self.day.workspace.page
        if page is None or self.day.workspace.current != spec.key:
            raise NotThere(spec.title)
        if spec.key == "patients":
            self.day.write("find_patient", "s")
        for table in page.findChildren(Table):
            if table.isVisible() and table.chosen_row() is None:
                table.choose_first()
        self.quiet()
        return page

    def _help(self, key: str) -> None:
        """Photograph the page with its help beside it."""
        self.day.workspace.show_help()
        self.quiet()
        self.shoot(f"{key}-help", "HelpPanel")
        self.day.workspace.help_panel.close_help()
        self.quiet()

    def _try(self, spec: PageSpec, key: str, place: object, label: str, press: "_Press") -> None:
        """Press once, and once more on each button of what opens; what shows nothing new is not tried again."""
        page = self._go(spec, place)
        press(self.day, page)
        self.quiet()
        kinds, name = self._kinds(), f"{key}-{label}"
        if not kinds or self._is_old(spec, name, kinds):
            self.album.barren.add((key, label))
            return
        self.shoot(name, *kinds)
        for words in self._inner_buttons():
            inner = f"{label}-{_slug(words)}"
            if (key, inner) in self.album.barren or self.album.is_late:
                continue
            page = self._go(spec, place)
            press(self.day, page)
            self.quiet()
            before = self._words()
            self._press_inside(words)
            if not (opened := self._kinds()) or self._words() == before or self._is_old(spec, f"{key}-{inner}", opened):
                self.album.barren.add((key, inner))
            else:
                self.shoot(f"{key}-{inner}", *opened)

    def _is_old(self, spec: PageSpec, name: str, kinds: tuple[str, ...]) -> bool:
        """Tell whether this page has shown the same by another button."""
        scenes = self.album.scenes
        return name not in scenes and any(each.startswith(spec.key) and kinds == held for each, held in scenes.items())

    def _inside(self) -> QWidget | None:
        """Return what lies over the page: the dialog on top, else the panel."""
        page, dialogs = self.day.workspace.page, self.day.dialogs()
        if dialogs:
            return dialogs[-1]
        return page.panel if page is not None and page.panel.isVisible() else None

    def _inner_buttons(self) -> list[str]:
        inside = self._inside()
        if inside is None or type(inside).__name__ in NEVER_PRESSED_IN:
            return []
        found = (each for each in inside.findChildren(Button) if each.isVisible() and each.isEnabled())
        return list(dict.fromkeys(each.text() for each in found if each.accessibleDescription() != "Esc"))

    def _press_inside(self, words: str) -> None:
        inside = self._inside()
        for each in inside.findChildren(Button) if inside is not None else ():
            if each.text() == words and each.isVisible() and each.isEnabled():
                each.click()
                break
        self.quiet()

    def _words(self) -> tuple[str, ...]:
        """Return the labels of what lies over the page: a refused form says more than before."""
        inside = self._inside()
        shown = inside.findChildren(QLabel) if inside is not None else ()
        return tuple(each.text() for each in shown if each.isVisible())

    def _kinds(self) -> tuple[str, ...]:
        """Return the kinds of the panel and dialogs that are open, with their titles."""
        found = [f"{type(each).__name__}:{each.windowTitle()}" for each in self.day.dialogs()]
        page = self.day.workspace.page
        if page is not None and page.panel.isVisible():
            content = page.panel.content
            found.append(f"{type(content).__name__}:{page.panel.accessibleName()}")
        return tuple(found)

    def _clear(self) -> None:
        """Take away what lies over the page, and what was typed into it."""
        for dialog in reversed(self.day.dialogs()):
            dialog.reject()
        self.quiet()
        if (page := self.day.workspace.page) is not None:
            page.close_panel()
            page.say_problems()
        self.day.window.activateWindow()

    def outside(self) -> None:
        """Photograph the views before a sign-in: from each all others that its buttons lead to."""
        self._seen = set()
        self._explore(())
        self._follow(())

    def _explore(self, path: tuple[str, ...]) -> None:
        if not self._follow(path):
            return
        view = self._view()
        if type(view).__name__ in self._seen:
            return
        self._seen.add(type(view).__name__)
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(view).__name__).lower()
        self.shoot("sign-in" if name == "sign-in-view" else name, type(view).__name__)
        there = [each for each in view.findChildren(Button) if each.isVisible() and each.isEnabled()]
        for words in [each.text() for each in there if each.objectName() not in SIGNS_IN]:
            self._explore((*path, words))

    def _follow(self, path: Sequence[str]) -> bool:
        """Come to a view from the beginning."""
        for dialog in reversed(self.day.dialogs()):
            dialog.reject()
        self.day.window.show_entrance()
        self.quiet()
        for words in path:
            found = (each for each in self._view().findChildren(Button) if each.text() == words and each.isVisible())
            if (button := next(found, None)) is None:
                return False
            button.click()
            self.quiet()
        return not self.day.dialogs()

    def _view(self) -> QWidget:
        """Return the innermost view: an entrance holds a stage of its own."""
        content = self.day.window.stage.content
        inner = getattr(content, "stage", None)
        shown = inner.content if inner is not None else content
        if shown is None:
            raise NotThere("a view")
        return shown


_Press = Callable[[DayWindow, Page], None]


def _presses(page: Page) -> list[tuple[str, _Press]]:
    """Return what can be pressed on a page as it is shown: its buttons, its keys, and its tables' Space and Enter."""
    found: dict[str, _Press] = {}
    with_buttons = set()
    for button in page.findChildren(Button):
        if button.isVisible() and button.isEnabled() and not page.panel.isAncestorOf(button):
            found.setdefault(_slug(button.text()), _button_press(button.text()))
            with_buttons.add(button.accessibleDescription())
    for key in page.keys:
        if key.key not in with_buttons and not WALKS.fullmatch(key.key):
            found.setdefault(_slug(key.words), _key_press(key.key))
    for number in range(sum(each.isVisible() for each in page.findChildren(Table))):
        found[f"space-{number}"] = _table_press(number, Qt.Key.Key_Space)
        found[f"enter-{number}"] = _table_press(number, Qt.Key.Key_Return)
    return list(found.items())


def _button_press(words: str) -> _Press:
    def press(day: DayWindow, page: Page) -> None:
        for each in page.findChildren(Button):
            if each.text() == words and each.isVisible() and each.isEnabled():
                each.click()
                return

    return press


def _key_press(key: str) -> _Press:
    return lambda day, page: day.press(key)


def _table_press(number: int, key: Qt.Key) -> _Press:
    def press(day: DayWindow, page: Page) -> None:
        tables = [each for each in page.findChildren(Table) if each.isVisible()]
        if number < len(tables):
            tables[number].setFocus(Qt.FocusReason.OtherFocusReason)
            QTest.keyClick(tables[number], key)

    return press


def _slug(words: str) -> str:
    return re.sub(r"[^a-z]+", "-", words.replace("&", "").casefold()).strip("-")


def places_of(day: DayWindow, spec: PageSpec) -> list[tuple[str, object]]:
    """Return the name of each picture of a page and where to open it: itself, then every part."""
    desk = day.office.desk
    if spec.key == "patient":
        who = _somebody(day)
        return [(f"patient-{tab}", PatientPlace(who, tab)) for tab in _tabs(day, who)] if who is not None else []
    parts: list[tuple[str, object]] = [
        (f"{spec.key}-{each.key}", each.key) for each in spec.parts if desk.may(each.case)
    ]
    return parts if spec.key == "settings" else [(spec.key, None), *parts]


def _tabs(day: DayWindow, who: Id) -> list[str]:
    day.go("patient", PatientPlace(who))
    page = day.workspace.page
    return [key for key, *_ in page.tabs] if isinstance(page, PatientPage) else []


def _somebody(day: DayWindow) -> Id | None:
    """Return a patient with papers where there is one, of whom every tab shows something."""
    desk = day.office.desk
    found = [each.id for letter in ascii_lowercase for each in desk.ask(find_patients, FindPatients(letter))]
    with_papers = (each for each in found if desk.ask(list_clinical_documents, ListDocuments(each)))
    return next(with_papers, found[0] if found else None)
