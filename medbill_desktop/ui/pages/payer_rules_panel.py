"""The rules of a payer in the side panel: what holds now, and what is to hold from a day on (BILLING R14)."""

from datetime import date

from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.payer_rules import RULES, Rule
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.widgets.fields import ChoiceField, CodeField, DateField, LineField
from medbill_desktop.usecases.payer_rules import PayerRules, RuleValue, SavePayerRules, payer_rules_of, save_payer_rules


class RulesPanel(PanelForm):
    """Each value with since when it holds; what is changed holds from the day typed first."""

    def __init__(self, page: Page, payer_id: Id, name: str) -> None:
        words = f"{name}. Leave empty what is not known."
        super().__init__(page, words, "Save rules", self._on_send, keeps="payers.rules", about=payer_id)
        self._payer_id = payer_id
        today = page.desk.clock.today
        held = {each.rule: each for each in page.desk.ask(payer_rules_of, PayerRules(payer_id)).now}
        self._before = {rule: each.value for rule, each in held.items()}
        self.form.add("first_day", "Changes hold from", DateField(today), 0, 0, 7)
        for at, (rule, kind) in enumerate(RULES.items(), 1):
            since = f"since {show_date(held[rule].first_day)}" if rule in held else ""
            if kind.kind == "choice":
                field: ChoiceField | LineField = ChoiceField(kind.choices)
            else:
                most = 4 if kind.kind == "days" else 200
                field = CodeField(most=40) if kind.kind == "pattern" else LineField(most=most)
            self.form.add(str(rule), kind.words, field, at, 0, 12, hint=since if kind.kind == "days" else "")
        self.form.set_values({"first_day": today(), **{str(rule): self._before.get(rule, "") for rule in RULES}})
        allowed = page.desk.may(save_payer_rules)
        self.form.setEnabled(allowed)
        self.confirm.setEnabled(allowed)

    def _on_send(self) -> None:
        first = self.form.value("first_day")
        day = first if isinstance(first, date) else self.page.desk.clock.today()
        changed = tuple(
            RuleValue(str(rule), self.form.text(str(rule)), day)
            for rule in Rule
            if self.form.text(str(rule)) != self._before.get(rule, "")
        )
        command = SavePayerRules(self.page.desk.new_id(), self._payer_id, changed)
        self.run(save_payer_rules, command, "The rules of the payer are saved.")
