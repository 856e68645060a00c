"""Over the own limit: the side panel in which a person asks somebody else to approve it (SECURITY A2)."""

from typing import Final

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from medbill_desktop.domain.problems import Invalid, OverLimit
from medbill_desktop.domain.proposals import STANDS_DAYS, AskReason
from medbill_desktop.ui.jobs import explain
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button, primary_button
from medbill_desktop.ui.widgets.fields import ChoiceField, Form, NoteField
from medbill_desktop.ui.widgets.words import StatusLine, label
from medbill_desktop.usecases.proposals import Propose, propose

KEPT: Final = (
    "What you typed is kept as it is. Somebody with the right and the limit approves it, or declines it with a reason;"
    f" you are told on Today. After {STANDS_DAYS} days it lapses."
)


class AskPanel(QWidget):
    """The refusal in words, why it is right all the same, and the button that asks."""

    keeps = "approval"

    def __init__(self, page: Page, error: OverLimit) -> None:
        super().__init__()
        self._page, self._error = page, error
        self.form, self._trouble = Form(), StatusLine()
        self.about = None if error.asked is None else error.asked[0]
        self.refusal = StatusLine(Type.BODY)
        self.refusal.say(explain(error), Tone.WARN)
        reasons = [("", "Choose"), *((each.name, each.value) for each in AskReason)]
        self.form.add("reason", "Why", ChoiceField(reasons, name="ask_reason"), 0, 0, 12)
        self.form.add("words", "In your words", NoteField(name="ask_words", lines=4), 1, 0, 12)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, Space.ONE, 0)
        column.setSpacing(Space.TWO)
        column.addWidget(self.refusal)
        column.addWidget(self.form)
        column.addWidget(self._trouble)
        column.addWidget(label(KEPT, Type.CAPTION, "2", wrap=True))
        column.addStretch(1)
        self.ask = primary_button("Ask for approval", name="ask_approval", pressed=self._on_ask)
        self.cancel = Button("Cancel", "Esc", name="ask_cancel", pressed=page.give_up_panel)

    def open(self) -> None:
        self._page.open_panel("Ask for approval", self, buttons=(self.ask, self.cancel))
        self.form.fields["reason"].field.setFocus()

    def _on_ask(self) -> None:
        asked, reason = self._error.asked, str(self.form.value("reason") or "")
        if asked is None:
            return
        if reason not in AskReason.__members__:
            self.form.fields["reason"].say("Choose why.")
            self.form.fields["reason"].field.setFocus()
            return
        self.ask.setEnabled(False)
        desk = self._page.desk
        command = Propose(desk.new_id(), asked[0], asked[1], AskReason[reason], self.form.text("words"))
        self._page.jobs.start(propose, command).on(self._on_asked, self._on_refused)

    @Slot(object)
    def _on_asked(self, _: object) -> None:
        self._page.shell.say("Asked for approval. You are told on Today when it is decided.")
        self._page.problems.say()
        self._page.approval_asked()
        self._page.close_panel()

    @Slot(object)
    def _on_refused(self, error: object) -> None:
        self.ask.setEnabled(True)
        if isinstance(error, Invalid):
            homeless = self.form.show_problems(error.problems)
            self._trouble.say(" ".join(each.sentence() for each in homeless))
        else:
            self._trouble.say(explain(error), Tone.STOP)
