"""The practice as it stands on statements, and when the screens lock (SECURITY L3)."""

from dataclasses import fields, replace
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox

from medbill_desktop.domain.checks import show_phone, show_zip
from medbill_desktop.domain.practice import PracticeFacts, check_practice, tidied
from medbill_desktop.domain.problems import Problem
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.settings_tab import FormTab
from medbill_desktop.ui.sign_in.steps import PracticeStep
from medbill_desktop.ui.theme import Type
from medbill_desktop.ui.widgets.fields import LineField
from medbill_desktop.ui.widgets.words import label
from medbill_desktop.usecases.postal_style import AskPostalStyle, SetPostalStyle, postal_style, set_postal_style
from medbill_desktop.usecases.practice import (
    ChangePractice,
    OpenPracticeCard,
    PracticeCard,
    SetLockMinutes,
    change_practice,
    open_practice,
    set_lock_minutes,
)

LOCK_WORDS = "Every screen locks after so many minutes without a key or a click. It can't be switched off."


class PracticeTab(FormTab):
    """Facts and lock in one form."""

    keeps = "settings.practice"

    def __init__(self, page: Page) -> None:
        self._step = PracticeStep()
        super().__init__(page, self._step.form, change_practice)
        self._card: PracticeCard | None = None
        self.form.add_widget(label("Screen lock", Type.HEADING), 5)
        self.form.add_widget(label(LOCK_WORDS, ink="2", wrap=True), 6)
        self.postal = QCheckBox("Print addresses in postal style, as 14 WILLOW LN")
        self.postal.setObjectName("postal_style")
        self.form.add("minutes", "Minutes until the lock", LineField(name="lock_minutes", most=3), 7, 0, 4)
        self.form.add_widget(self.postal, 8)
        column = self.scrolled()
        column.addWidget(self._step)
        column.addWidget(self.trouble)
        column.addStretch(1)

    def fill(self) -> None:
        card = self._card = self.desk.ask(open_practice, OpenPracticeCard())
        facts = card.facts
        shown = replace(
            facts, zip=show_zip(facts.zip), phone=show_phone(facts.phone), tin=f"{facts.tin[:2]}-{facts.tin[2:]}"
        )
        self.postal.setChecked(self.desk.ask(postal_style, AskPostalStyle()))
        values = {each.name: getattr(shown, each.name) for each in fields(shown)}
        self.form.set_values({**values, "minutes": card.lock_minutes})

    def _typed(self) -> PracticeFacts:
        return PracticeFacts(**{each.name: self.form.text(each.name) for each in fields(PracticeFacts)})

    def send(self) -> None:
        facts, minutes = tidied(self._typed()), self.form.text("minutes")
        problems = list(check_practice(facts))
        if not minutes.isdecimal():
            problems.append(Problem("minutes", "minutes", "Type a number of minutes."))
        self.trouble.say("")
        if self._card is None or self.form.show_problems(problems) or problems:
            return
        if int(minutes) != self._card.lock_minutes:
            command = SetLockMinutes(self.desk.new_id(), int(minutes))
            self.page.jobs.start(set_lock_minutes, command).on(self._on_minutes, self._on_minutes_refused)
        else:
            self._on_minutes(None)

    @Slot(object)
    def _on_minutes(self, _: Any) -> None:
        if self.postal.isChecked() != self.desk.ask(postal_style, AskPostalStyle()):
            wanted = SetPostalStyle(self.desk.new_id(), self.postal.isChecked())
            self.page.jobs.start(set_postal_style, wanted).on(self._on_styled, self.refused)
        else:
            self._on_styled(None)

    @Slot(object)
    def _on_styled(self, _: Any) -> None:
        command = ChangePractice(self.desk.new_id(), tidied(self._typed()))
        self.page.jobs.start(change_practice, command).on(self._on_saved, self.refused)

    @Slot(object)
    def _on_minutes_refused(self, error: object) -> None:
        self.form.show_problems([Problem("minutes", "minutes", str(error))])

    @Slot(object)
    def _on_saved(self, _: Any) -> None:
        self.saved("The practice is saved.")
