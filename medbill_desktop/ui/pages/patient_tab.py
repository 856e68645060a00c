"""What the tabs of the Patient page have in common, and the small forms that open in its side panel."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from medbill_desktop.domain.problems import Invalid, OverLimit
from medbill_desktop.ui.jobs import explain
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button, primary_button, sequences
from medbill_desktop.ui.widgets.fields import Form
from medbill_desktop.ui.widgets.words import StatusLine, label
from medbill_desktop.usecases.patients import PatientCard


class PatientTab(QWidget):
    """One tab: `show_card` when the record was opened, `wake` when the tab comes into sight, `forget` when it goes."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self.card: PatientCard | None = None
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, Space.ONE, 0, 0)
        self.column.setSpacing(Space.ONE)

    def show_card(self, card: PatientCard) -> None:
        """Show the record, again after each change."""
        self.card = card

    def wake(self) -> None:
        """The tab is looked at: read what only it shows."""

    def forget(self) -> None:
        """Another patient comes: nothing of this one stays."""
        self.card = None

    def focus_first(self) -> None:
        """Put the keyboard where work begins."""


def press_within(parent: QWidget, button: QPushButton) -> None:
    """Let Ctrl+Enter press the button of the form that holds the keyboard; a page may show two such forms."""
    for sequence in sequences("Ctrl+Enter"):
        shortcut = QShortcut(sequence, parent)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(button.click)


class PanelForm(QWidget):
    """A form in the side panel: what will happen, fields, and a button that does it (Ctrl+Enter)."""

    def __init__(
        self, page: Page, sentence: str, button: str, does: Callable[[], None], *,
        keeps: str = "", about: object = None, no_draft: str = "",
    ) -> None:  # fmt: skip
        """`keeps` names its draft and `about` the line that it is about; without a draft `no_draft` says why."""
        super().__init__()
        self.page, self.form = page, Form()
        self.keeps, self.about, self.no_draft = keeps, about, no_draft
        self._does, self._sending = does, False
        self._then: Callable[[Any], object] | None = None
        self._trouble = StatusLine()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, Space.ONE, 0)
        column.setSpacing(Space.TWO)
        column.addWidget(label(sentence, wrap=True))
        column.addWidget(self.form)
        column.addWidget(self._trouble)
        column.addStretch(1)
        self.confirm = primary_button(button, name="panel_confirm", pressed=self.send, listens=False)
        press_within(self, self.confirm)
        press_within(self.confirm, self.confirm)
        self.cancel = Button("Cancel", "Esc", pressed=page.give_up_panel)

    def add_note(self, words: str) -> None:
        """Say a rule that holds, such as a limit, under the fields."""
        at = self.layout()
        assert isinstance(at, QVBoxLayout)
        at.insertWidget(2, label(words, Type.CAPTION, "2", wrap=True))

    def open(self, title: str) -> None:
        """Show it in the side panel with the keyboard in its first field."""
        self.page.open_panel(title, self, buttons=(self.confirm, self.cancel))
        first = next(iter(self.form.fields.values()), None)
        (first.field if first is not None else self.confirm).setFocus(Qt.FocusReason.OtherFocusReason)

    def send(self) -> None:
        if self._sending:
            return
        self._trouble.say("")
        if typed := self.form.typed_problems():
            self.form.show_problems(typed)
            return
        self._does()

    def run(self, case: Any, command: object, done: str, then: Callable[[Any], object] | None = None) -> None:
        """Send the command; what it refuses stands under its field, what it did at the foot of the window.

        `then` gets what it returned, to put the cursor on what was made.
        """
        self._sending, self._done, self._then = True, done, then
        self.page.jobs.start(case, command).on(self._on_done, self._on_refused)

    @Slot(object)
    def _on_done(self, made: object) -> None:
        self.page.shell.say(self._done)
        self.page.close_panel()
        if self._then is not None:
            self._then(made)

    @Slot(object)
    def _on_refused(self, error: object) -> None:
        self._sending = False
        if isinstance(error, Invalid):
            homeless = self.form.show_problems(error.problems)
            self._trouble.say(" ".join(each.sentence() for each in homeless))
        elif isinstance(error, OverLimit) and error.may_ask:
            self.page.offer_approval(error)
        else:
            self._trouble.say(explain(error), Tone.STOP)
