"""A comment and a signature at the foot of a panel: reviews, emergencies, holds, and gaps are signed alike."""

from typing import Any

from PySide6.QtCore import Slot

from medbill_desktop.domain.problems import Invalid
from medbill_desktop.ui.jobs import explain
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.audit_panels import PanelText
from medbill_desktop.ui.widgets.buttons import Button, primary_button
from medbill_desktop.ui.widgets.fields import FormField, NoteField
from medbill_desktop.ui.widgets.words import StatusLine
from medbill_desktop.usecases.declare import UseCase

SIGN_OFF = "Sign off"
MADE_OF_IT = "What you made of it"


class SigningPanel(PanelText):
    """Says what is to be signed; `ask_signature` adds the form below it."""

    short = "Say what you made of it, in at least ten letters."
    said = "It is signed off."

    def __init__(
        self, page: Page, case: UseCase[Any, Any], name: str, title: str, button: str, about: object = None
    ) -> None:
        """`name` names the field, the button and the draft, so that each form of the program is known by its own."""
        super().__init__()
        self._page, self._case = page, case
        self.keeps, self.about = f"audit.{name}", about
        self.trouble = StatusLine()
        self.comment = FormField(title, NoteField(name=f"{name}_comment", lines=5))
        self.sign = primary_button(button, name=f"sign_{name}", pressed=self._on_sign)
        if not page.desk.may(case):
            self.sign.setEnabled(False)
            self.sign.setToolTip(f"Your role may not {case.needs}.")

    def ask_signature(self) -> None:
        """Put the form at the foot."""
        self.column.addWidget(self.comment)
        self.column.addWidget(self.trouble)

    @property
    def buttons(self) -> tuple[Button, ...]:
        return self.sign, Button("Close", "Esc", pressed=self._page.give_up_panel)

    def least(self) -> int:
        """Return how many letters the comment needs."""
        return 10

    def command(self, words: str) -> object:
        """Return the command that signs."""
        raise NotImplementedError

    def _on_sign(self) -> None:
        words = str(self.comment.field.value())  # type: ignore[attr-defined]
        if len(words) < self.least():
            self.comment.say(self.short)
            return
        self.comment.say("")
        self.sign.setEnabled(False)
        self._page.jobs.start(self._case, self.command(words)).on(self._on_signed, self._on_refused)

    @Slot(object)
    def _on_signed(self, _: object) -> None:
        self._page.shell.say(self.said)
        self._page.close_panel()

    @Slot(object)
    def _on_refused(self, error: object) -> None:
        self.sign.setEnabled(True)
        if isinstance(error, Invalid):
            self.comment.say(str(error))
        else:
            self.trouble.say(explain(error))
