"""The card for a caller: tick what matches, then read what may be said (SECURITY H31)."""

from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from medbill_desktop.domain.callers import CALLER_WORDS, NEEDED, Caller
from medbill_desktop.ui.jobs import explain
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import press_within
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button, primary_button
from medbill_desktop.ui.widgets.fields import ChoiceField, Form
from medbill_desktop.ui.widgets.words import StatusLine, label
from medbill_desktop.usecases.callers import (
    CallerCard,
    CheckCaller,
    CheckedCaller,
    MayBeSaid,
    check_caller,
    what_may_be_said,
)


class CallerPanel(QWidget):
    """Space ticks, Ctrl+Enter checks; the answer stands below until the panel goes."""

    no_draft = "Every caller is asked anew; what one of them knew proves nothing of the next."

    def __init__(self, page: Page, card: CallerCard) -> None:
        super().__init__()
        self._page, self._card, self._sending = page, card, False
        self.form = Form()
        self.form.add("caller", "Who says they are calling?", ChoiceField(list(CALLER_WORDS.items())), 0, 0, 12)
        self.ticks = {each.key: QCheckBox(each.words) for each in card.identifiers}
        self._answer = QVBoxLayout()
        self._answer.setSpacing(Space.ONE)
        self.confirm = primary_button("Check", name="check_caller", pressed=self._on_check, listens=False)
        press_within(self, self.confirm)
        press_within(self.confirm, self.confirm)
        self.cancel = Button("Close", "Esc", pressed=page.close_panel)
        self._lay_out()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, Space.ONE, 0)
        column.setSpacing(Space.ONE)
        sentence = f"Let the caller say it, don't read it out. {NEEDED} must match. Only how many is written down."
        column.addWidget(label(sentence, wrap=True))
        column.addWidget(self.form)
        for each in self._card.identifiers:
            tick = self.ticks[each.key]
            tick.setObjectName(f"matches_{each.key}")
            tick.setAccessibleDescription(each.value)
            column.addWidget(tick)
            value = label(each.value, Type.CAPTION, "2", wrap=True)
            value.setContentsMargins(Space.THREE, 0, 0, 0)
            column.addWidget(value)
        column.addLayout(self._answer)
        for title, lines in (("Named by the patient", self._card.people), ("Wishes", self._card.wishes)):
            if lines:
                column.addWidget(label(title, Type.STRONG))
                for line in lines:
                    column.addWidget(label(line, wrap=True))
        column.addStretch(1)

    def open(self) -> None:
        self._page.open_panel("Who is calling?", self, buttons=(self.confirm, self.cancel))
        self.form.fields["caller"].field.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def caller(self) -> Caller:
        return Caller(str(self.form.value("caller")))

    def _on_check(self) -> None:
        if self._sending:
            return
        self._sending = True
        matched = tuple(key for key, tick in self.ticks.items() if tick.isChecked())
        command = CheckCaller(self._page.desk.new_id(), self._card.patient_id, self.caller, matched)
        self._page.jobs.start(check_caller, command).on(self._on_checked, self._on_refused, self._on_answered)

    @Slot()
    def _on_answered(self) -> None:
        self._sending = False

    @Slot(object)
    def _on_checked(self, done: CheckedCaller) -> None:
        asked = MayBeSaid(self._card.patient_id, self.caller, done.passed)
        self._say(self._page.desk.ask(what_may_be_said, asked))
        self._page.shell.say("The check is written down.")

    @Slot(object)
    def _on_refused(self, error: Any) -> None:
        self._say(((False, explain(error)),))

    def _say(self, lines: tuple[tuple[bool, str], ...]) -> None:
        while (item := self._answer.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for yes, words in lines:
            line = StatusLine()
            self._answer.addWidget(line)
            line.say(words, Tone.OK if yes else Tone.STOP)
