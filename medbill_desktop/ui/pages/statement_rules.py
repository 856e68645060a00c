"""What the practice decides about its statements, in the side panel (BILLING S4-S6)."""

from typing import Final

from medbill_desktop.domain.dunning import STEP_WORDS
from medbill_desktop.domain.envelopes import PROFILES
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Problem
from medbill_desktop.domain.statement_rules import MESSAGE_STEPS, StatementRules, estate_field, message_field
from medbill_desktop.domain.statement_words import LANGUAGE_WORDS, Language
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.widgets.fields import ChoiceField, LineField, MoneyField, NoteField
from medbill_desktop.usecases.statements import SetStatementRules, set_statement_rules

MESSAGES: Final[dict[str, str]] = {
    message_field(step, language): f"{STEP_WORDS[step]}, {LANGUAGE_WORDS[language]}"
    for step in MESSAGE_STEPS
    for language in Language
} | {estate_field(language): f"To an estate, {LANGUAGE_WORDS[language]}" for language in Language}
DAYS: Final = ("cycle_days", "due_days")


def open_rules(page: Page, rules: StatementRules) -> PanelForm:
    """Show the rules in force and let them be changed from today on."""

    def does() -> None:
        if wrong := [name for name in DAYS if not made.form.text(name).isdigit()]:
            made.form.show_problems([Problem("days", name, "Type a number of days.") for name in wrong])
            return
        made.run(
            set_statement_rules, SetStatementRules(page.desk.new_id(), _typed(made)), "Rules saved, from today on."
        )

    words = "They hold for statements that are made from now on."
    made = PanelForm(page, words, "Save the rules", does, keeps="mail.rules")
    form = made.form
    form.add("minimum_cents", "Least amount", MoneyField(), 0, 0, 4)
    form.add("cycle_days", "Cycle, days", LineField(most=3), 0, 4, 4)
    form.add("due_days", "Days to pay", LineField(most=3), 0, 8, 4)
    envelopes = ChoiceField([(key, each.words) for key, each in PROFILES.items()])
    form.add("envelope", "Envelope", envelopes, 1, 0, 12)
    for row, (name, words) in enumerate(MESSAGES.items(), start=2):
        form.add(name, f"What it says: {words}", NoteField(lines=4), row, 0, 12)
    form.set_values(
        {
            "minimum_cents": rules.minimum_cents,
            "cycle_days": rules.cycle_days,
            "due_days": rules.due_days,
            "envelope": rules.envelope,
            **rules.messages(),
        }
    )
    made.open("Rules for statements")
    return made


def _typed(made: PanelForm) -> StatementRules:
    cents = made.form.value("minimum_cents")
    return StatementRules(
        Cents(cents if isinstance(cents, int) else 0),
        int(made.form.text("cycle_days")),
        int(made.form.text("due_days")),
        made.form.text("envelope"),
        **{name: made.form.text(name) for name in MESSAGES},
    )
