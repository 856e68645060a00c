"""Payment plans: made with their instalments before one's eyes, followed, ended (BILLING S13)."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QCheckBox

from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents, format_cents
from medbill_desktop.domain.plans import EVERY, Standing, due_on
from medbill_desktop.domain.problems import Problem
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Tone
from medbill_desktop.ui.widgets.fields import ChoiceField, DateField, LineField, MoneyField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.type_ahead import Suggestion, TypeAhead
from medbill_desktop.ui.widgets.words import KeyLine, label
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.patients import FindPatients, OpenPatient, PatientCard, find_patients, open_patient
from medbill_desktop.usecases.plans import (
    EndPlan,
    ListPlans,
    MadePlan,
    MakePlan,
    PlanAgreement,
    PlanLine,
    PlanPreview,
    PlanTerms,
    PreviewPlan,
    SignPlan,
    end_plan,
    list_plans,
    make_plan,
    plan_agreement_pdf,
    preview_plan,
    sign_plan,
)

MOST_FOUND: Final = 10
STANDING: Final = {
    Standing.MISSED: Status(Tone.STOP, "Missed"),
    Standing.CURRENT: Status(Tone.OK, "Current"),
    Standing.PAID: Status(Tone.INFO, "Paid: end it"),
    Standing.ENDED: Status(Tone.NONE, "Ended"),
}
ENDINGS: Final = (("paid", "Paid in full"), ("broken", "Broken"), ("replaced", "Replaced by another"))


@dataclass(frozen=True, slots=True)
class PlanRow:
    id: Id
    row: PlanLine = field(repr=False)


PLANS: Final = (
    Column("number", "Plan", Kind.CODE, 72, value=lambda line: line.row.number),
    Column("name", "Account", Kind.NAME, stretch=True, value=lambda line: line.row.guarantor_name),
    Column("cents", "Plan of", Kind.MONEY, 100, value=lambda line: line.row.cents),
    Column("paid", "Paid", Kind.MONEY, 100, value=lambda line: line.row.paid_cents),
    Column("left", "Left", Kind.MONEY, 100, value=lambda line: line.row.left_cents),
    Column("next", "Next due", Kind.DATE, 104, value=lambda line: line.row.next_due),
    Column("behind", "Behind", Kind.MONEY, 92, value=lambda line: line.row.behind_cents or None),
    Column("signed", "Signed", Kind.DATE, 104, value=lambda line: line.row.signed_on, drop=1),
    Column("state", "Status", Kind.STATUS, 128, value=lambda line: STANDING[line.row.standing]),
)


class PlansPage(Page):
    """The plans, the missed ones first; a new one is made in the side panel."""

    topics = frozenset({"payments", "ledger"})

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Payment plans")
        self._made: NewPlan | None = None
        self.plans = Table(PLANS, name="plans", spoken="Payment plans", sizes=shell.sizes,
                           empty="No payment plan yet. Ctrl+N makes one.")  # fmt: skip
        self.add(self.plans, 1)
        self.add(KeyLine(("Enter", "shows the instalments"), ("Alt+Left", "back to the payments")))
        self._end = self.button("End", "Ctrl+D", self._on_end, case=end_plan, name="end_plan")
        self._sign = self.button("Signed", "Ctrl+S", self._on_signed, case=sign_plan, name="sign_plan")
        self._paper = self.button("Agreement", "Ctrl+P", self._on_paper, icon_name="ph.printer", name="agreement")
        self._new = self.button("New plan", "Ctrl+N", self._on_new, case=make_plan, kind="primary", name="new_plan",
                                icon_name="ph.plus")  # fmt: skip
        self.action_bar.add(self._end, self._sign, self._paper, self._new)
        self.plans.chosen.connect(self._tell)
        self.plans.opened.connect(self._on_opened)
        self.plans.asked.connect(self._on_opened)
        self._tell()

    def open(self, place: object) -> None:
        if isinstance(place, PatientPlace):
            self._on_new()
            if self._made is not None:
                self._made.begin_with(place.patient_id)

    def reload(self) -> None:
        self.ask(list_plans, ListPlans(), self._on_plans)

    def focus_first(self) -> None:
        self.plans.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _on_plans(self, rows: tuple[PlanLine, ...]) -> None:
        self.plans.show_rows([PlanRow(each.plan_id, each) for each in rows])
        missed = sum(each.standing is Standing.MISSED for each in rows)
        live = sum(each.standing in (Standing.MISSED, Standing.CURRENT) for each in rows)
        self.say_title("Payment plans", f"{live} running, {missed} missed")
        self._tell()

    def _line(self) -> PlanLine | None:
        line = self.plans.chosen_row()
        return line.row if isinstance(line, PlanRow) else None

    @Slot()
    def _tell(self, *_: object) -> None:
        line = self._line()
        live = line is not None and line.standing is not Standing.ENDED
        self._end.setEnabled(self.desk.may(end_plan) and live)
        self._sign.setEnabled(self.desk.may(sign_plan) and live and line is not None and line.signed_on is None)
        self._paper.setEnabled(line is not None)
        self.action_bar.say("While a plan is current, no statement goes out." if line is None else line.words)

    @Slot(object)
    def _on_opened(self, line: PlanRow) -> None:
        words = "\n".join(
            f"{each.position}.  {show_date(each.due_on)}  {format_cents(each.cents)}" for each in line.row.instalments
        )
        self.open_panel(f"Plan {line.row.number}", label(words, wrap=True), note=line.row.guarantor_name)

    def _on_new(self) -> None:
        self._made = NewPlan(self)
        self._made.open("New plan")

    def show_agreement(self, made: MadePlan) -> None:
        """Show the paper that both sign, right after the plan was made."""
        self.plans.choose_next(made.plan_id)
        self.ask(plan_agreement_pdf, PlanAgreement(made.plan_id), self._on_pdf)

    def _on_paper(self) -> None:
        if (line := self._line()) is not None:
            self.ask(plan_agreement_pdf, PlanAgreement(line.plan_id), self._on_pdf)

    @Slot(object)
    def _on_pdf(self, pdf: bytes) -> None:
        self.shell.preview("Payment plan", pdf, suggested="payment-plan.pdf")

    def _on_signed(self) -> None:
        line = self._line()
        if line is None:
            return

        def does() -> None:
            day = made.form.value("signed_on")
            if not isinstance(day, date):
                made.form.show_problems([Problem("day", "signed_on", "Type the day on the paper.")])
                return
            made.run(sign_plan, SignPlan(self.desk.new_id(), line.plan_id, day), "Noted as signed.")

        words = "The agreement came back signed."
        made = PanelForm(self, words, "Note it", does, keeps="plan.signed", about=line.plan_id)
        made.form.add("signed_on", "Signed on", DateField(self.desk.clock.today), 0, 0, 6)
        made.form.set_values({"signed_on": self.desk.clock.today()})
        made.open("Signed")

    def _on_end(self) -> None:
        line = self._line()
        if line is None:
            return

        def does() -> None:
            command = EndPlan(self.desk.new_id(), line.plan_id, made.form.text("ending"), made.form.text("words"))
            made.run(end_plan, command, "The plan has ended.")

        words = f"{format_cents(line.left_cents)} is left. Statements go out again for what is owed."
        made = PanelForm(self, words, "End it", does, keeps="plan.end", about=line.plan_id)
        made.form.add("ending", "How it ended", ChoiceField(ENDINGS), 0, 0, 12)
        made.form.add("words", "Note", LineField(name="ending_words"), 1, 0, 12)
        made.form.set_values({"ending": "paid" if line.standing is Standing.PAID else "broken"})
        made.open("End the plan")


class NewPlan(PanelForm):
    """The terms of a plan; the instalments and the rule stand under them as they are typed."""

    def __init__(self, page: PlansPage) -> None:
        super().__init__(page, "Without interest and without fees; the last instalment takes the rest.", "Make it",
                         self._on_make, keeps="plan")  # fmt: skip
        self._plans_page = page
        self._card: PatientCard | None = None
        today = page.desk.clock.today()
        self.patient = TypeAhead(self._search, "Name, account, phone or birth date", name="plan_patient")
        self.form.add("guarantor", "Patient", self.patient, 0, 0, 12)
        self.form.add("cents", "Amount", MoneyField(name="plan_amount"), 1, 0, 6)
        self.form.add("count", "Instalments", LineField(name="plan_count", most=2), 1, 6, 6)
        self.form.add("first_on", "First due", DateField(page.desk.clock.today, name="plan_first"), 2, 0, 6)
        self.form.add("every", "How often", ChoiceField(EVERY.items(), name="plan_every"), 2, 6, 6)
        self.form.set_values({"count": "4", "first_on": due_on(today, 1, "month"), "every": "month"})
        self._said = label("", wrap=True, name="plan_instalments")
        self._rule = label("", ink="2", wrap=True, name="plan_rule")
        self._read = QCheckBox("I have read this")
        self._read.setObjectName("plan_rule_read")
        for widget, row in ((self._said, 3), (self._rule, 4), (self._read, 5)):
            self.form.add_widget(widget, row)
        self._rule.hide()
        self._read.hide()
        self.form.changed.connect(self._look)
        self.patient.picked.connect(self.begin_with)

    def begin_with(self, patient_id: Any) -> None:
        """Take what the guarantor of this patient owes."""
        self.page.ask(open_patient, OpenPatient(patient_id), self._on_card)

    @Slot(object)
    def _on_card(self, card: PatientCard) -> None:
        self._card = card
        if not self.patient.text():
            self.patient.fill(card.id, card.name)
        self._look(fills=True)

    def _terms(self) -> PlanTerms | None:
        cents, first = self.form.value("cents"), self.form.value("first_on")
        count = self.form.text("count")
        if self._card is None or not isinstance(first, date) or not (count.isascii() and count.isdigit()):
            return None
        have = Cents(cents) if isinstance(cents, int) else Cents(0)
        return PlanTerms(self._card.guarantor.id, have, int(count), first, self.form.text("every"))

    @Slot()
    def _look(self, *, fills: bool = False) -> None:
        terms = self._terms()
        typed = [each for each in self.form.typed_problems() if each.field == "cents"]
        if terms is None or typed:
            self._said.setText(" ".join(each.sentence() for each in typed))
            return
        seen: PlanPreview = self.page.desk.ask(preview_plan, PreviewPlan(terms))
        if fills and not terms.cents and seen.owed_cents:
            self.form.set_values({"cents": seen.owed_cents})
            amount = self.form.fields["cents"].field
            if isinstance(amount, MoneyField) and amount.hasFocus():
                amount.selectAll()  # the keyboard was there before the amount came: typing replaces it
            self._look()
            return
        parts = [f"{show_date(each.due_on)}  {format_cents(each.cents)}" for each in seen.instalments[:6]]
        if len(seen.instalments) > 6:
            parts.append(f"and {len(seen.instalments) - 6} more")
        self._said.setText("\n".join(parts) if parts else " ".join(each.sentence() for each in seen.problems))
        self._rule.setText(seen.warning)
        self._rule.setVisible(bool(seen.warning))
        self._read.setVisible(bool(seen.warning))

    def _on_make(self) -> None:
        terms = self._terms()
        if terms is None or not terms.cents:
            self.form.show_problems(self._missing())
            return
        command = MakePlan(self.page.desk.new_id(), terms, self._read.isChecked() and self._read.isVisible())
        self._sending, self._done = True, "The plan is made. Print the agreement and let it be signed."
        self.page.jobs.start(make_plan, command).on(self._on_made, self._on_refused)

    def _missing(self) -> list[Problem]:
        """Say of each field that is empty or no number what to type."""
        found = []
        if self._card is None:
            found.append(Problem("patient", "guarantor", "Choose the patient."))
        if not self.form.value("cents"):
            found.append(Problem("amount", "cents", "Type what is paid in parts, such as 300.00."))
        count = self.form.text("count")
        if not (count.isascii() and count.isdigit()):
            found.append(Problem("count", "count", "Type in how many parts, such as 4."))
        if not isinstance(self.form.value("first_on"), date):
            found.append(Problem("day", "first_on", "Type the day of the first part."))
        return found

    @Slot(object)
    def _on_made(self, made: MadePlan) -> None:
        self._on_done(made)
        self._plans_page.show_agreement(made)

    def _search(self, text: str) -> list[Suggestion]:
        found = self.page.desk.ask(find_patients, FindPatients(text, MOST_FOUND))
        return [Suggestion(e.id, e.name, f"{show_date(e.birth_date)} · {e.account}") for e in found]
