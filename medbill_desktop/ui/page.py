"""What every page is built on; `ui/shell.py` says what a page may ask of the window around it (STYLE, Pages).

    class PatientsPage(Page):
        topics = frozenset({"patients"})

        def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
            super().__init__(desk, jobs, shell, "Patients")
            self._table = Table(COLUMNS, name="patients", spoken="Patients", sizes=shell.sizes, empty="No patient yet.")
            self.tools(self.button("Register", "Ctrl+N", self._on_register, case=register_patient))
            self.add(self._table, 1)                       # a table begins 16 px in, all else 24 px
            self._table.opened.connect(self._on_opened)

        def reload(self) -> None: ...                      # called when first shown and when a topic changed
        def open(self, place: object) -> None: ...         # what `shell.go("patient", PatientPlace(id))` brought
        def leave(self) -> None: ...                       # another page is shown; forget what was searched

and in `ui/pages/__init__.py`:  PageSpec("patients", "Patients", "ph.users", find_patients, PatientsPage).
"""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QStackedWidget, QVBoxLayout, QWidget
from shiboken6 import isValid

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Invalid, OverLimit, Problem
from medbill_desktop.ui.half_typed import KEEP_AFTER_MS, Keeper, keeper_of
from medbill_desktop.ui.help import Key
from medbill_desktop.ui.jobs import Job, Jobs, explain
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Metric, Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.panel import ActionBar, EmptyState, ProblemBar, SidePanel
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import label, reveal
from medbill_desktop.usecases.declare import Case
from medbill_desktop.usecases.desk import Desk

OVERHANG = 3  # a J begins left of its place; a label would cut it there


class Page(QWidget):
    """A page: title and tools on top, `body`, action bar at the foot, side panel at the right."""

    topics: frozenset[str] = frozenset()
    draft_form = ""  # the name under which unfinished work is kept; empty: nothing to keep
    no_draft = ""  # why nothing that is typed on the page itself is kept

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell, title: str) -> None:
        super().__init__()
        self.desk, self.jobs, self.shell = desk, jobs, shell
        self.keys: list[Key] = []
        self._stale, self._title_words, self._in_order = True, title, False
        self.setProperty("ground", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.title, self.subtitle = label(title, Type.TITLE, name="page_title"), label(ink="2")
        self.subtitle.hide()
        self.panel, self.action_bar, self.problems = SidePanel(), ActionBar(), ProblemBar()
        self.body = QVBoxLayout()
        self._tools = QHBoxLayout()
        self._stack = QStackedWidget()
        self._empty: EmptyState | None = None
        self._half: Keeper | None = None  # keeps the form in the side panel
        self._aside, self._leaves = "", False
        self._arrange()
        self.panel.given_up.connect(self._on_given_up)
        self.panel.closed.connect(self._on_form_gone)
        self.panel.closed.connect(self._on_panel_closed)
        jobs.changed.connect(self._on_changed)
        self._draft_timer = QTimer(self, interval=KEEP_AFTER_MS, singleShot=True)
        self._draft_timer.timeout.connect(self._on_draft_due)

    def _arrange(self) -> None:
        names = QVBoxLayout()
        names.setSpacing(0)
        for each in (self.title, self.subtitle):
            each.setContentsMargins(OVERHANG, 0, 0, 0)
        names.addWidget(self.title)
        names.addWidget(self.subtitle)
        head = QHBoxLayout()
        head.setContentsMargins(Metric.PAGE - OVERHANG, Space.TWO, Metric.PAGE - Metric.RING, Space.ONE)
        head.addLayout(names, 1)
        self._tools.setSpacing(Space.ONE)
        head.addLayout(self._tools)
        self.body.setContentsMargins(0, 0, 0, Space.ONE)
        self.body.setSpacing(Space.ONE)
        content = QWidget()
        content.setLayout(self.body)
        self._stack.addWidget(content)
        alarm = QHBoxLayout()
        alarm.setContentsMargins(Metric.PAGE - Space.ONE, 0, Metric.PAGE - Space.ONE, Space.HALF)
        alarm.addWidget(self.problems)
        main = QVBoxLayout()
        main.setContentsMargins(0, 0, 0, 0)
        main.setSpacing(0)
        main.addLayout(head)
        main.addLayout(alarm)
        main.addWidget(self._stack, 1)
        main.addWidget(self.action_bar)
        self._across = QHBoxLayout(self)
        self._across.setContentsMargins(0, 0, 0, 0)
        self._across.setSpacing(0)
        self._across.addLayout(main, 1)
        self._across.addWidget(self.panel)

    def open(self, place: object) -> None:
        """Show what `place` means; called each time somebody goes here with one."""

    def reload(self) -> None:
        """Read again what is shown; called before the first look and after a change of `topics`."""

    def leave(self) -> None:
        """Another page is shown; a panel that is closed now keeps what was half-typed in it."""

    def focus_first(self) -> None:
        """Put the keyboard where work begins; the first field or table of the body unless overridden."""
        for each in self.findChildren(QWidget):
            if isinstance(each, QLineEdit | Table) and each.isVisible() and each.isEnabled():
                each.setFocus(Qt.FocusReason.OtherFocusReason)
                return

    def draft(self) -> Mapping[str, object] | None:
        """Return unfinished work as plain values (text, numbers, lists), None where there is none."""
        return None

    def restore(self, draft: Mapping[str, Any]) -> None:
        """Put unfinished work back."""

    def start_over(self) -> None:
        """Empty the page's own form: what stood in it was thrown away."""

    @property
    def patient_id(self) -> Id | None:
        """Whose record the page shows: its forms are kept under that patient."""
        return None

    def keep(self, content: QWidget) -> Keeper | None:
        """Keep a form of the page every few seconds, under the name it `keeps`; None where it has none."""
        return keeper_of(content, self.shell.drafts, self.patient_id) if getattr(content, "keeps", "") else None

    def touched(self) -> None:
        """Something was typed: keep it in five seconds; connect a form's `changed` to this.

        Counted from the first letter that is not kept: whoever types without a pause would be kept never.
        """
        if self.draft_form and not self._draft_timer.isActive():
            self._draft_timer.start()

    def finished(self) -> None:
        """The work was saved: its draft goes."""
        self._draft_timer.stop()
        if self.draft_form:
            self.shell.drop_draft(self)

    def say_title(self, title: str, subtitle: str = "") -> None:
        """Change the words on top of the page; the window's title never follows them."""
        self.title.setText(title)
        self.subtitle.setText(subtitle)
        reveal(self.subtitle, bool(subtitle))

    def add(self, what: QWidget, stretch: int = 0, *, edge: int | None = None) -> QWidget:
        """Add to the body at the page's text edge; a table begins so much before it that its text stands in line."""
        inset = edge if edge is not None else Metric.PAGE - (Metric.CELL_PAD if isinstance(what, Table) else 0)
        row = QHBoxLayout()
        row.setContentsMargins(inset, 0, inset, 0)
        row.addWidget(what)
        self.body.addLayout(row, stretch)
        return what

    def tools(self, *widgets: QWidget) -> None:
        """Add buttons or fields at the right of the title."""
        for each in widgets:
            self._tools.addWidget(each)

    def button(
        self,
        words: str,
        key: str = "",
        pressed: Callable[[], object] | None = None,
        *,
        case: Case | None = None,
        kind: str = "",
        icon_name: str = "",
        name: str = "",
    ) -> Button:
        """Make a button whose key stands on the F1 card; greyed, with the reason, where the role may not run `case`."""
        made = Button(words, key, kind=kind, icon_name=icon_name, name=name, pressed=pressed)
        if key:
            self.keys.append(Key(key, words.replace("&", "")))
        if case is not None and not self.desk.may(case):
            made.setEnabled(False)
            made.setToolTip(f"Your role may not {case.needs}.")
        return made

    def action(self, words: str, key: str, does: Callable[[], object]) -> None:
        """Add a shortcut without a button."""
        shortcut = QShortcut(QKeySequence(key), self)
        # Of the window: the keyboard may still be in the find box or the rail. A page that is hidden hears none.
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.activated.connect(does)
        self.keys.append(Key(key, words))

    def open_panel(self, title: str, content: QWidget, *, note: str = "", buttons: tuple[QWidget, ...] = ()) -> None:
        """Explain the chosen row in the side panel; what was half-typed in the one before is kept."""
        again = self.panel.content is content
        if not again:
            self._put_form_aside()
        self.panel.show_content(title, content, note=note, buttons=buttons)
        self._place_panel()
        if not again:
            self._half = self.keep(content)
            self.panel.say_restored(self._half is not None and self._half.restore())

    def close_panel(self) -> None:
        """Close it: its form was saved, or there was none."""
        self.panel.close_panel()

    @Slot()
    def give_up_panel(self) -> None:
        """Close it without saving (Esc); what was typed can be brought back."""
        self._on_given_up()
        self.close_panel()

    def put_panel_away(self) -> None:
        """Close it because something else is shown; what was half-typed in it is kept."""
        self._leaves = True
        self.close_panel()
        self._leaves = False

    def step_away(self) -> None:
        """Another page comes: keep what was half-typed on this one."""
        if self._half is not None and isValid(self._half):
            self._half.flush()
        self._leaves = True
        self.leave()
        self._leaves = False

    def approval_asked(self) -> None:
        """Somebody else was asked to approve what the form before this one said: its draft goes."""
        if self._aside:
            self.shell.drafts.drop(self._aside)
            self._aside = ""

    def show_empty(self, icon_name: str, sentence: str, *buttons: QWidget) -> None:
        """Show one sentence and the button that begins, instead of the body."""
        if self._empty is None:
            self._empty = EmptyState(icon_name, sentence, *buttons)
            self._stack.addWidget(self._empty)
        self._empty.say(sentence)
        self._stack.setCurrentWidget(self._empty)

    def show_body(self) -> None:
        self._stack.setCurrentIndex(0)

    def say_problems(self, *problems: Problem) -> None:
        """Show problems that have no field; with none the bar goes."""
        self.problems.say(*((each.sentence(), Tone.WARN if each.warns else Tone.STOP) for each in problems))

    def say_error(self, error: object) -> None:
        """Show what a job failed with: connect `job.failed` to this."""
        if isinstance(error, Invalid):
            self.say_problems(*error.problems)
            return
        self.problems.say((explain(error), Tone.STOP))
        if isinstance(error, OverLimit) and error.may_ask:
            self.offer_approval(error)

    def offer_approval(self, error: OverLimit) -> None:
        """Let the person ask somebody else to approve what is over the own limit (SECURITY A2)."""
        from medbill_desktop.ui.pages.ask_approval import AskPanel  # it is built on pages itself

        AskPanel(self, error).open()

    def run(self, case: Any, command: object, done: Callable[[Any], object] | None = None, title: str = "") -> Job:
        """Run a writing use case; a refusal is shown on the page."""
        self.problems.say()
        return self.jobs.start(case, command, title).on(done, self.say_error)

    def ask(self, case: Any, query: object, done: Callable[[Any], object]) -> Job:
        """Ask an audited or slow query; a refusal is shown on the page."""
        return self.jobs.ask_for(done, case, query).on(failed=self.say_error)

    @Slot(object)
    def _on_changed(self, topics: frozenset[str]) -> None:
        if topics & self.topics:
            self._stale = True
            if self.isVisible():
                self._reload_stale()

    def _reload_stale(self) -> None:
        if self._stale:
            self._stale = False
            self.reload()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._in_order:
            self._in_order = True
            self._put_actions_last()
        self._reload_stale()

    def _put_actions_last(self) -> None:
        """Let Tab come to the action bar after the body, as the eye does; Qt goes by when a widget was added."""
        mine: list[QWidget] = []
        each = self.nextInFocusChain()
        while each is not self and each is not None:
            if self.isAncestorOf(each) and each.focusPolicy() & Qt.FocusPolicy.TabFocus:
                mine.append(each)
            each = each.nextInFocusChain()
        body = [each for each in mine if not self.action_bar.isAncestorOf(each)]
        actions = [each for each in mine if self.action_bar.isAncestorOf(each)]
        for before, after in pairwise([*body[-1:], *actions]):
            QWidget.setTabOrder(before, after)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.panel.isVisible():
            self.give_up_panel()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_panel()

    def _place_panel(self) -> None:
        """Beside the page where there is room, over it in a narrow window."""
        over = self.window().width() < Metric.NARROW
        if over and self._across.indexOf(self.panel) >= 0:
            self._across.removeWidget(self.panel)
        elif not over and self._across.indexOf(self.panel) < 0:
            self._across.addWidget(self.panel)
        if over:
            self.panel.setGeometry(self.width() - Metric.SIDE_PANEL, 0, Metric.SIDE_PANEL, self.height())
            self.panel.raise_()

    def _put_form_aside(self) -> None:
        form, self._half = self._half, None
        if form is not None and isValid(form):
            self._aside = form.key
            form.detach()

    @Slot()
    def _on_given_up(self) -> None:
        if self._half is not None and isValid(self._half) and self._half.give_up():
            self.shell.say("Given up. Half-finished work brings it back.", Tone.INFO)

    @Slot()
    def _on_form_gone(self) -> None:
        """The panel was closed: what is saved needs no draft."""
        if self._leaves:
            self._put_form_aside()
        elif self._half is not None and isValid(self._half):
            self._half.finish()
        self._half = None

    @Slot()
    def _on_panel_closed(self) -> None:
        self.focus_first()

    @Slot()
    def _on_draft_due(self) -> None:
        if self.draft() is not None:
            self.shell.keep_draft(self)
