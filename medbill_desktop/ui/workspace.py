"""All that one signed-in person sees: rail, top bar, pages, foot. It is taken off whole at a lock (SECURITY L7).

It is made for one desk and destroyed with it, so nothing that a person searched, opened or undid can reach the next.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from medbill_desktop.domain.backup_schedule import Occasion
from medbill_desktop.domain.ids import Id
from medbill_desktop.ui import handing_out
from medbill_desktop.ui.backing_up import BackingUp
from medbill_desktop.ui.clipboard import Clipboard
from medbill_desktop.ui.dialogs.asking import ConfirmDialog, folder_dialog, open_file_dialog
from medbill_desktop.ui.doings import Doing, theme_doings
from medbill_desktop.ui.emergency import Urgent
from medbill_desktop.ui.finding import Finding
from medbill_desktop.ui.foot import Foot
from medbill_desktop.ui.going_on import GoingOn
from medbill_desktop.ui.half_typed import Shelf
from medbill_desktop.ui.help import HelpPanel
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.places import PageSpec, PatientPlace
from medbill_desktop.ui.rail import Rail
from medbill_desktop.ui.recovery_bar import RecoveryBar
from medbill_desktop.ui.screen_capture import captured_words
from medbill_desktop.ui.sizes import KEPT_AS, Sizes, saved_sizes
from medbill_desktop.ui.theme import Metric, Tone
from medbill_desktop.ui.top_bar import TopBar
from medbill_desktop.ui.widgets.panel import ProblemBar
from medbill_desktop.ui.widgets.privacy import privacy
from medbill_desktop.usecases.code_sets import OpenBooks, open_books
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.practice import OpenPracticeCard, open_practice
from medbill_desktop.usecases.preferences import MyPreferences, SetPreference, my_preferences, set_preference

BANNERS_MS = 10_000
MOST_BACK = 50


class Workspace(QWidget):
    """The window's content for one desk; what pages call `shell`."""

    lock_wanted = Signal()
    shown = Signal(str)  # the title of a page, as the window's title may carry it

    def __init__(self, office: Any, desk: Desk, jobs: Jobs, clipboard: Clipboard, specs: Sequence[PageSpec]) -> None:
        super().__init__()
        self.setProperty("stage", True)
        self.setProperty("ground", "surface")
        self._office, self._desk, self._jobs, self._clipboard = office, desk, jobs, clipboard
        self._specs = {each.key: each for each in specs if desk.may(each.case)}
        self.urgent = Urgent(self, desk, jobs, specs)
        self.recovery = RecoveryBar(desk, jobs)
        self._pages: dict[str, Page] = {}
        self._current, self._history = "", list[str]()
        self._preferences: dict[str, object] = dict(desk.ask(my_preferences, MyPreferences()).items())
        self._sizes = Sizes(saved_sizes(self._preferences), self._keep_size)
        self._drafts = Shelf(desk, office, self)
        self._going_on = GoingOn(self, jobs)
        privacy.switch(False)
        self.rail = Rail(list(self._specs.values()))
        self.finding = Finding(desk, tuple(self._specs.values()), self._commands, self._doings)
        who = f"{desk.user.name} · {desk.user.title}"
        self.top = TopBar(self.finding.search, who, training=office.kind == "training")
        self.backups = BackingUp(self, desk, jobs, self.top, self.say)
        self.foot, self.help_panel, self.banners = Foot(jobs), HelpPanel(), ProblemBar()
        self._stack = QStackedWidget()
        self._arrange()
        self._connect()
        self._add_keys()
        self._show_practice()
        if desk.may(open_books):
            jobs.ask(open_books, OpenBooks(desk.clock.today()))

    def _arrange(self) -> None:
        middle = QVBoxLayout()
        middle.setSpacing(0)
        middle.addWidget(self.urgent.alert)
        middle.addWidget(self.recovery)
        middle.addWidget(self.banners)
        middle.addWidget(self._stack, 1)
        across = self._across = QHBoxLayout()
        across.setSpacing(0)
        across.addWidget(self.rail)
        across.addLayout(middle, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.urgent.frame(column)
        column.addWidget(self.top)
        column.addLayout(across, 1)
        column.addWidget(self.foot)
        self.help_panel.setParent(self)
        self.help_panel.hide()

    def _connect(self) -> None:
        self.rail.chosen.connect(self.go)
        self.urgent.alert.looked_at.connect(lambda: self.go("audit", "emergency"))
        self.recovery.looked_at.connect(lambda: self.go("settings", "security"))
        self.top.locked.connect(self.lock_wanted)
        self.top.backup_wanted.connect(lambda: self.go("backup"))
        self.top.find_box.picked.connect(self._on_found)
        self.top.find_box.left_empty.connect(self._back_to_page)
        self.foot.help_wanted.connect(self.show_help)
        self.help_panel.closed.connect(self._place_help)
        self.help_panel.closed.connect(self._back_to_page)
        self._jobs.changed.connect(self._on_changed)
        self._drafts.emptied.connect(self._on_emptied)
        self._banner_timer = QTimer(self, interval=BANNERS_MS)
        self._banner_timer.timeout.connect(self._show_banners)
        self._banner_timer.start()
        self._show_banners()

    def _add_keys(self) -> None:
        keys: list[tuple[str, Callable[[], object]]] = [
            ("Ctrl+K", self._on_find), ("F1", self.show_help), ("F5", self._on_refresh), ("Alt+Left", self.back),
            ("Ctrl+Shift+P", self._on_blur),
        ]  # fmt: skip
        keys += [(f"Ctrl+{at + 1}", partial(self.go, key)) for at, key in enumerate(self.rail.order[:9])]
        for words, does in keys:
            shortcut = QShortcut(QKeySequence(words), self)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(does)

    # What a page may ask of the window (page.Shell).

    @property
    def sizes(self) -> Sizes:
        return self._sizes

    @property
    def office(self) -> Any:
        return self._office

    @property
    def drafts(self) -> Shelf:
        return self._drafts

    @property
    def current(self) -> str:
        """The key of the page that is shown."""
        return self._current

    @property
    def page(self) -> Page | None:
        return self._pages.get(self._current)

    @property
    def title(self) -> str:
        """The name of the page that is shown: a kind of page, never a patient (SECURITY P5)."""
        return self._specs[self._current].title if self._current else ""

    def go(self, key: str, place: object = None) -> None:
        spec = self._specs.get(key)
        if spec is None:
            self._refuse(key, place)
            return
        before = self.page
        page = self._pages.get(key) or self._made(spec)
        self.top.find_box.forget()
        if before is not None and before is not page:
            before.step_away()
            self._history = [*self._history[-MOST_BACK:], self._current]
        self._current, self.urgent.resume = key, ("", None)
        self.rail.mark(self._on_rail(spec))
        self._stack.setCurrentWidget(page)
        page.open(place)
        self.shown.emit(spec.title)
        page.focus_first()
        if self.help_panel.isVisible():
            self.show_help()

    def _on_rail(self, spec: PageSpec) -> str:
        """Return the page of the rail from which this one is reached, over other pages where it must be."""
        while not spec.rail and spec.parent in self._specs:
            spec = self._specs[spec.parent]
        return spec.key

    def _refuse(self, key: str, place: object) -> None:
        """Say that the role hides a page; where an emergency would open it, offer that in its place."""
        if (refused := self.urgent.refused(key, place)) is None:
            self.say("Your role has no such page.", Tone.WARN)
            return
        self._current_left()
        self._history = [*self._history[-MOST_BACK:], *([self._current] if self._current else [])]
        self.top.find_box.forget()
        self._current = ""
        self._stack.setCurrentIndex(self._stack.addWidget(refused))
        refused.setFocus()
        self.shown.emit("")

    def back(self) -> None:
        if self._history:
            key, *rest = reversed(self._history)
            self._current_left()
            self._history = list(reversed(rest))
            self._current = ""
            self.go(key)

    def say(self, words: str, tone: Tone = Tone.OK) -> None:
        self.foot.say(words, tone)

    def preview(
        self, title: str, pdf: bytes, *, suggested: str = "document.pdf", printed: Callable[[], object] | None = None
    ) -> None:
        handing_out.preview(self, self._jobs, self._desk, self.say, title, pdf, suggested, printed)

    def choose_file(self, title: str, patterns: str, then: Callable[[Path], object]) -> None:
        open_file_dialog(self, title, patterns, then)

    def choose_folder(self, title: str, then: Callable[[Path], object]) -> None:
        folder_dialog(self, title, then)

    def save_file(self, title: str, suggested: str, data: bytes, then: Callable[[Path], object] | None = None) -> None:
        handing_out.save_file(self, self._jobs, self._desk, self.say, title, suggested, data, then)

    def confirm(self, title: str, sentence: str, button: str, then: Callable[[], object]) -> None:
        ConfirmDialog(self, title, sentence, button, then).open()

    def copy_secret(self, text: str) -> None:
        self._clipboard.copy_secret(text)
        self._jobs.call(lambda: self._desk.record("clipboard.copy"))

    def keep_draft(self, page: Page) -> None:
        draft = page.draft()
        if draft is not None and page.draft_form:
            self._drafts.keep(page.draft_form, draft)

    def drop_draft(self, page: Page) -> None:
        self._drafts.drop(page.draft_form)

    def go_on(self, key: str, patient_id: Id | None = None) -> None:
        self._going_on.begin(key, patient_id)

    # What the window around asks of the workspace.

    def keep_drafts(self) -> None:
        """The screen is about to lock or to close: seal what is half-typed (SECURITY L11)."""
        for page in self._pages.values():
            if page.draft_form:
                self.keep_draft(page)
        self._drafts.flush()

    def start_backup(self, occasion: Occasion) -> bool:
        """Start a backup where one is due; it may finish while the screen is locked (issue A 9)."""
        return self.backups.start(occasion)

    def forget(self) -> None:
        """Somebody else sits down: searches and lists go before the widgets are destroyed (SECURITY L13)."""
        self.top.find_box.forget()
        self._history = []
        self.backups.stop()
        self._banner_timer.stop()

    def show_help(self) -> None:
        """F1 opens the help of this page, and closes it."""
        if self.help_panel.isVisible() and self.help_panel.property("of") == self._current:
            self.help_panel.close_help()
            return
        page = self.page
        self.help_panel.setProperty("of", self._current)
        self.help_panel.show_help(self._current or "index", page.keys if page is not None else ())
        self._place_help()

    def _made(self, spec: PageSpec) -> Page:
        page = self._pages[spec.key] = spec.factory(self._desk, self._jobs, self)
        self._stack.addWidget(page)
        page.panel.opened.connect(self._place_help)
        page.panel.closed.connect(self._place_help)
        if page.draft_form:
            kept = self._drafts.find(page.draft_form)
            if kept is not None:
                page.restore(kept)
        return page

    def _current_left(self) -> None:
        if (page := self.page) is not None:
            page.step_away()

    def _commands(self) -> Sequence[tuple[str, str]]:
        """Return the current page's commands and their keys, for Ctrl+K."""
        page = self.page
        return [(each.words, each.key) for each in page.keys] if page is not None else []

    def _doings(self) -> tuple[Doing, ...]:
        """Return what Ctrl+K offers on every page."""
        return (
            *self.urgent.doings(),
            Doing("Lock", self.lock_wanted.emit, "Ctrl+L", also="screen now"),
            *self.backups.doings(),
            *theme_doings(self._jobs),
            Doing("Blur the rows", self._on_blur, "Ctrl+Shift+P", also="privacy hide"),
            Doing("Help", self.show_help, "F1", also="manual keys"),
        )

    def _keep_size(self, key: str, numbers: Mapping[str, int]) -> None:
        self._jobs.start(set_preference, SetPreference(KEPT_AS + key, json.dumps(dict(numbers))))

    def preference(self, key: str) -> object:
        """Return a choice of this person, such as the theme."""
        return self._preferences.get(key)

    @Slot(object)
    def _on_found(self, found: object) -> None:
        match found:
            case ("patient", int(patient_id)):
                self.go("patient", PatientPlace(patient_id))  # type: ignore[arg-type]
            case ("page", str(key)):
                self.go(key)
            case ("part", str(key), str(part)):
                self.go(key, part)
            case ("command", str(key)):
                self._press(key)
            case ("doing", Doing() as doing):
                doing.does()

    def _press(self, key: str) -> None:
        page = self.page
        if page is None:
            return
        for shortcut in page.findChildren(QShortcut):
            if shortcut.key() == QKeySequence(key) or shortcut.key().toString() == key.replace("Enter", "Return"):
                shortcut.activated.emit()
                return

    @Slot()
    def _on_find(self) -> None:
        self.top.find_box.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.top.find_box.selectAll()

    @Slot()
    def _on_refresh(self) -> None:
        if (page := self.page) is not None:
            page.reload()

    @Slot()
    def _on_blur(self) -> None:
        privacy.switch(not privacy.on)
        self.say("Rows are blurred but the chosen one." if privacy.on else "Rows are shown.", Tone.INFO)

    @Slot()
    def _back_to_page(self) -> None:
        if (page := self.page) is not None:
            page.focus_first()

    @Slot(object)
    def _on_changed(self, topics: frozenset[str]) -> None:
        if "backup" in topics:
            self.backups.light.look()
        if "practice" in topics:
            self._show_practice()
            self._show_banners()

    @Slot(str)
    def _on_emptied(self, key: str) -> None:
        """A page's own draft was thrown away: the page is emptied."""
        for page in self._pages.values():
            if page.draft_form == key:
                page.start_over()

    def _show_practice(self) -> None:
        self.top.show_practice(self._desk.ask(open_practice, OpenPracticeCard()).facts.name)

    @Slot()
    def _show_banners(self) -> None:
        if self.isVisible() or not self._current:
            said = (*self._office.banners, *captured_words())
            self.banners.say(*((words, Tone.WARN) for words in said))

    @Slot()
    def _place_help(self) -> None:
        """Put it beside the page where there is room, over it in a narrow window, and over the page's own panel."""
        page, panel, shown = self.page, self.help_panel, self.help_panel.isVisible()
        room = self.width() - Metric.RAIL_FOLDED - Metric.SIDE_PANEL
        beside = self.width() >= Metric.NARROW and (
            page is None or (page.panel.isHidden() and page.minimumSizeHint().width() <= room)
        )
        if beside and self._across.indexOf(panel) < 0:
            self._across.addWidget(panel)
        elif not beside:
            self._across.removeWidget(panel)
            top, foot = self.top.height(), self.foot.height()
            panel.setGeometry(self.width() - Metric.SIDE_PANEL, top, Metric.SIDE_PANEL, self.height() - top - foot)
            panel.raise_()
        self.rail.fold(self.width() - (Metric.SIDE_PANEL if beside and shown else 0) < Metric.NARROW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.top.fit(self.width())
        self._place_help()
