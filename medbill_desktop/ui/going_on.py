"""Going on with what was left half-typed: its form is opened where it belongs (SECURITY L11).

A form is opened as a person opens it: with the key that stands on the page, on the line that it is about.
"""

from typing import Final, Protocol

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from medbill_desktop.domain.drafts import DraftName, read_name
from medbill_desktop.domain.ids import Id
from medbill_desktop.ui.half_forms import FORMS, HalfForm
from medbill_desktop.ui.half_typed import Shelf
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.theme import Tone
from medbill_desktop.ui.widgets.table import Table

LOOK_MS: Final = 40
LOOKS: Final = 150  # six seconds: the record is read, and its row of the log written, before a form can open
MOST_LINES: Final = 2_000
GONE: Final = "What this was about is not in the list any more. What you typed is kept under Half-finished work."
BOTH: Final = (
    "The two records were merged, and this form is half-finished on the one that stands for both as well. Finish or"
    " throw away that one first."
)
UNKNOWN: Final = "This version of the program has no such form. What you typed is kept."


class Window(Protocol):
    """What going on asks of the workspace."""

    @property
    def drafts(self) -> Shelf: ...
    @property
    def current(self) -> str: ...
    @property
    def page(self) -> Page | None: ...
    def go(self, key: str, place: object = None) -> None: ...
    def say(self, words: str, tone: Tone = Tone.OK) -> None: ...


class GoingOn(QObject):
    """One at a time; whoever goes elsewhere meanwhile is left in peace."""

    def __init__(self, window: Window, jobs: Jobs) -> None:
        super().__init__(window if isinstance(window, QObject) else None)
        self._window, self._jobs = window, jobs
        self._form: HalfForm | None = None
        self._name, self._left, self._keys = DraftName(""), 0, list[str]()
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)

    def begin(self, key: str, patient_id: Id | None = None) -> None:
        """Show the page of a form and open the form; of a merged patient, on the record that stands for it now."""
        name = read_name(key)
        form = self._form = FORMS.get(name.form)
        if form is None or not form.page:
            self._window.say(UNKNOWN if form is None else form.again, Tone.WARN if form is None else Tone.INFO)
            return
        if name.patient_id is not None and patient_id is not None and patient_id != name.patient_id:
            name = DraftName(name.form, patient_id, name.about)
            if not self._window.drafts.move(key, name.key):
                self._window.say(BOTH, Tone.WARN)
                return
            self._window.say("The two records were merged: this opens on the one that stands for both.", Tone.INFO)
        self._name = name
        self._window.go(form.page, _place(form, name))
        page = self._window.page
        if page is None or self._window.current != form.page:
            return  # the role has no such page any more, and was told
        if page.draft_form == name.form:
            self._fill(page)
        elif form.key or form.line_key:
            self._left, self._keys = LOOKS, [each for each in (form.key, form.then) if each]
            self._timer.start()
        elif form.again:
            self._window.say(form.again, Tone.INFO)

    def _fill(self, page: Page) -> None:
        """A page fills its own form when it is made; one that was emptied since is filled again."""
        held = self._window.drafts.find(page.draft_form)
        if page.draft() is None and held is not None:
            page.restore(held)

    @Slot()
    def _look(self) -> None:
        """Wait until the page shows what was asked for, then press."""
        form, page = self._form, self._window.page
        if form is None or page is None or self._window.current != form.page:
            self._timer.stop()
            return
        self._left -= 1
        if self._jobs.under_way and self._left > 0:
            return
        if self._name.about and (form.line_key or not form.again):
            self._open_on_line(page, form)
            return
        if self._keys[0] == form.key:
            page.put_panel_away()
        self._press(page, self._keys.pop(0))
        if not self._keys:
            self._done(form)

    def _open_on_line(self, page: Page, form: HalfForm) -> None:
        table = _table_with(page, self._name.about)
        if table is None and self._left > 0:
            return  # its rows may still come
        if table is None:
            self._timer.stop()
            self._window.say(GONE, Tone.WARN)
            return
        page.put_panel_away()
        if form.line_key == "Enter":
            table.opened.emit(table.chosen_row())
        else:
            self._press(page, form.line_key or form.key)
        self._done(form)

    def _done(self, form: HalfForm) -> None:
        self._timer.stop()
        if form.again:
            self._window.say(form.again, Tone.INFO)

    def _press(self, page: Page, key: str) -> None:
        wanted = QKeySequence(key)
        for each in page.findChildren(QShortcut):
            owner = each.parent()
            if each.key() == wanted and isinstance(owner, QWidget) and owner.isVisible() and owner.isEnabled():
                each.activated.emit()
                return
        self._window.say("Your role may not do this any more. What you typed is kept.", Tone.WARN)


def _place(form: HalfForm, name: DraftName) -> object:
    if name.patient_id is not None and form.page == "patient":
        return PatientPlace(name.patient_id, form.part)
    return form.part or None


def _table_with(page: Page, about: str) -> Table | None:
    """Put the cursor on the line that a form is about, and return its table."""
    for table in page.findChildren(Table):
        if table.isVisible():
            ids = [getattr(table.rows.line(at), "id", None) for at in range(min(table.rows.rowCount(), MOST_LINES))]
            if (found := next((each for each in ids if _is_about(each, about)), None)) is not None:
                table.choose(found)
                return table
    return None


def _is_about(line_id: object, about: str) -> bool:
    """A line may stand for more than one of a kind: its id then begins with what the form is about."""
    return line_id is not None and (str(line_id) == about or str(line_id).split(" ")[0] == about)
