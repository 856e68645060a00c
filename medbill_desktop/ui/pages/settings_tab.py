"""What the tabs of the Settings page have in common."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from medbill_desktop.domain.problems import Invalid
from medbill_desktop.ui.half_typed import Keeper
from medbill_desktop.ui.help import Key
from medbill_desktop.ui.jobs import explain
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.theme import Metric, Space, Tone
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import Form
from medbill_desktop.ui.widgets.scroll import scrolling
from medbill_desktop.ui.widgets.words import StatusLine
from medbill_desktop.usecases.declare import Case

FORM_WIDTH = 720


class SettingsTab(QWidget):
    """One tab: `reload` when it comes into sight and after a change; `buttons` stand in the action bar meanwhile."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page, self.desk = page, page.desk
        self.keys: list[Key] = []
        self.buttons: tuple[Button, ...] = ()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, Space.TWO, Metric.CELL_PAD, 0)
        self.column.setSpacing(Space.ONE)

    def reload(self) -> None:
        """Read again what is shown."""

    def focus_first(self) -> None:
        """Put the keyboard where work begins."""

    def button(self, words: str, key: str, pressed: Callable[[], object], *, case: Case, **more: Any) -> Button:
        """Make a button whose key stands on the F1 card only while this tab is shown."""
        made = Button(words, key, pressed=pressed, **more)
        self.keys.append(Key(key, words))
        if not self.desk.may(case):
            made.setEnabled(False)
            made.setToolTip(f"Your role may not {case.needs}.")
        return made

    def inset(self, *widgets: QWidget) -> None:
        """Add a row at the text edge; a table begins before it, so that its text stands in line."""
        row = QHBoxLayout()
        row.setContentsMargins(Metric.CELL_PAD, 0, 0, 0)
        row.setSpacing(Space.ONE)
        for each in widgets:
            row.addWidget(each)
        row.addStretch(1)
        self.column.addLayout(row)

    def scrolled(self) -> QVBoxLayout:
        """Return a column that scrolls where the window is low."""
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(Metric.CELL_PAD, 0, Space.TWO, 0)
        column.setSpacing(Space.TWO)
        area = scrolling(inside)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        area.setAccessibleName("More of this page")
        self.column.addWidget(area, 1)
        return column


class FormTab(SettingsTab):
    """A form that is saved whole; what was typed stays until it is saved or taken back."""

    keeps = ""  # the name of its draft

    def __init__(self, page: Page, form: Form, save: Case) -> None:
        super().__init__(page)
        self.form, self._touched = form, False
        self._draft: Keeper | None = None
        self.form.setMaximumWidth(FORM_WIDTH)
        self.trouble = StatusLine()
        self._undo = self.button("Take back", "Alt+Z", self._on_undo, case=save, name="take_back")
        self._save = self.button("Save", "Ctrl+Enter", self.send, case=save, kind="primary", name="save")
        self.buttons = (self._undo, self._save)
        self.form.changed.connect(self._on_touched)
        self.form.setEnabled(self.desk.may(save))

    def fill(self) -> None:
        """Show what is kept."""

    def send(self) -> None:
        """Save what was typed."""

    def reload(self) -> None:
        if not self._touched:
            self.fill()
            if self._draft is not None:
                self._draft.rebase()
        if self._draft is None and self.form.isEnabled():
            self._draft = self.page.keep(self)
            if self._draft is not None and self._draft.restore():
                self._touched = True
                self.trouble.say("This is what you left unfinished. Alt+Z takes it back.", Tone.INFO)

    def focus_first(self) -> None:
        next(iter(self.form.fields.values())).setFocus()

    @Slot()
    def _on_touched(self) -> None:
        self._touched = True

    def _on_undo(self) -> None:
        """Show what is kept in the place of what was typed; Half-finished work brings that back."""
        if self._draft is not None:
            self._draft.give_up()
        self._fill_again()

    def _fill_again(self) -> None:
        self._touched = False
        self.form.clear_problems()
        self.trouble.say("")
        self.fill()

    def saved(self, words: str) -> None:
        """What was typed is kept now."""
        self._fill_again()
        if self._draft is not None:
            self._draft.finish()
        self.page.shell.say(words)

    @Slot(object)
    def refused(self, error: object) -> None:
        """Show what is wrong under its field, the rest below the form."""
        if isinstance(error, Invalid):
            homeless = self.form.show_problems(error.problems)
            self.trouble.say(" ".join(each.sentence() for each in homeless))
        else:
            self.trouble.say(explain(error), Tone.STOP)
