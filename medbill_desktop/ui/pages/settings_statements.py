"""The rules of the statements: minimum, cycle, time to pay, envelope, and a sentence for each step (BILLING S5, S6)."""

from dataclasses import asdict
from typing import Any

from PySide6.QtCore import Slot

from medbill_desktop.domain.envelopes import PROFILES
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Problem
from medbill_desktop.domain.statement_rules import StatementRules
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.settings_tab import FormTab
from medbill_desktop.ui.pages.statement_rules import MESSAGES
from medbill_desktop.ui.theme import Type
from medbill_desktop.ui.widgets.fields import ChoiceField, Form, LineField, MoneyField, NoteField
from medbill_desktop.ui.widgets.words import label
from medbill_desktop.usecases.statements import (
    SetStatementRules,
    StatementRulesNow,
    set_statement_rules,
    statement_rules,
)

DAYS = ("cycle_days", "due_days")
FROM_TODAY = "The rules hold from today on; statements that were made before stay as they are."


class RulesTab(FormTab):
    """The form of StatementRules."""

    keeps = "settings.statements"

    def __init__(self, page: Page) -> None:
        form = Form()
        form.add("minimum_cents", "Smallest balance that gets one", MoneyField(name="minimum"), 0, 0, 3)
        form.add("cycle_days", "Days between two", LineField(name="cycle_days", most=3), 0, 3, 3)
        form.add("due_days", "Days to pay", LineField(name="due_days", most=3), 0, 6, 3)
        envelopes = [(key, each.words) for key, each in PROFILES.items()]
        form.add("envelope", "Envelope", ChoiceField(envelopes, name="envelope"), 1, 0, 9)
        form.add_widget(label("What a statement says", Type.HEADING), 2)
        for at, (name, words) in enumerate(MESSAGES.items()):
            form.add(name, words, NoteField(name=name, lines=3), 3 + at // 2, 6 * (at % 2), 6)
        super().__init__(page, form, set_statement_rules)
        column = self.scrolled()
        column.addWidget(form)
        column.addWidget(label(FROM_TODAY, ink="2", wrap=True))
        column.addWidget(self.trouble)
        column.addStretch(1)

    def fill(self) -> None:
        self.form.blockSignals(True)  # a note field tells of every change, ours as well
        self.form.set_values(asdict(self.desk.ask(statement_rules, StatementRulesNow())))
        self.form.blockSignals(False)

    def send(self) -> None:
        problems = [*self.form.typed_problems()]
        problems += [
            Problem("days", each, "Type a number of days.") for each in DAYS if not self.form.text(each).isdecimal()
        ]
        minimum = self.form.value("minimum_cents")
        if minimum is None and not any(each.field == "minimum_cents" for each in problems):
            problems.append(Problem("minimum", "minimum_cents", "Type an amount; 0.00 sends every balance."))
        self.trouble.say("")
        self.form.show_problems(problems)
        if problems or not isinstance(minimum, int):
            return
        typed: dict[str, Any] = {name: self.form.text(name) for name in MESSAGES}
        typed |= {each: int(self.form.text(each)) for each in DAYS}
        rules = StatementRules(Cents(minimum), envelope=self.form.text("envelope"), **typed)
        command = SetStatementRules(self.desk.new_id(), rules)
        self.page.jobs.start(set_statement_rules, command).on(self._on_saved, self.refused)

    @Slot(object)
    def _on_saved(self, _: Any) -> None:
        self.saved("The rules are saved.")
