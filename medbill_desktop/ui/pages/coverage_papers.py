"""Signatures, the reason of Medicare second, and the order of plans, in the side panel (BILLING R6-R8)."""

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox

from medbill_desktop.domain.coverage_order import MSP_REASONS
from medbill_desktop.domain.coverages import Standing, rank_word
from medbill_desktop.domain.dates import say_date, show_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.widgets.fields import ChoiceField, DateField, LineField
from medbill_desktop.usecases.coverage_papers import (
    CoveragePapers,
    DecideOrder,
    PapersOf,
    SavePapers,
    SuggestOrder,
    decide_order,
    papers_of,
    save_papers,
    suggest_order,
)
from medbill_desktop.usecases.coverages import CoverageLine

REASONS = (
    ("", "Medicare pays first, or is not the payer"),
    *((code, f"{code} {words}") for code, words in MSP_REASONS.items()),
)


class PapersPanel(PanelForm):
    """What was signed for one policy, with the day on the paper."""

    def __init__(self, page: Page, row: CoverageLine) -> None:
        words = f"{row.payer}, since {show_date(row.coverage.first_day)}."
        super().__init__(page, words, "Save", self._on_send, keeps="coverage.papers", about=row.id)
        self._coverage_id = row.id
        held = page.desk.ask(papers_of, PapersOf(row.id))
        today = page.desk.clock.today
        self.form.add("release_signed_on", "Release of information signed", DateField(today), 0, 0, 7, box="12")
        self.form.add("assignment_signed_on", "Assignment of benefits signed", DateField(today), 1, 0, 7, box="13")
        reasons = ChoiceField(REASONS)
        reasons.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        reasons.setMinimumContentsLength(20)  # the longest reason is wider than the panel
        self.form.add("msp_reason", "Why Medicare pays second", reasons, 2, 0, 12)
        self.form.add("msp_asked_on", "Medicare questionnaire asked on", DateField(today), 3, 0, 7)
        self.form.set_values({name: getattr(held.papers, name) for name in self.form.fields})
        if held.needs_msp:
            self.add_note("Medicare does not pay first here: claims need the reason and the day it was asked.")
        if held.order_on is not None:
            self.add_note(f"Order of the plans decided on {say_date(held.order_on)}. {held.order_reason}".strip())

    def _on_send(self) -> None:
        value = self.form.value
        papers = CoveragePapers(
            self._coverage_id,
            value("release_signed_on"),  # type: ignore[arg-type]
            value("assignment_signed_on"),  # type: ignore[arg-type]
            str(value("msp_reason") or ""),
            value("msp_asked_on"),  # type: ignore[arg-type]
        )
        self.run(save_papers, SavePapers(self.page.desk.new_id(), papers), "What was signed is noted.")


class OrderPanel(PanelForm):
    """Which plan pays first: suggested, decided by a person, with the day."""

    def __init__(self, page: Page, patient_id: Id, rows: Sequence[CoverageLine]) -> None:
        said = page.desk.ask(suggest_order, SuggestOrder(patient_id))
        words = " ".join(said.reasons) or "Nothing tells which plan pays first; it stays as it is."
        super().__init__(page, f"Suggested: {words}", "Decide the order", self._on_send, keeps="coverage.order")
        self._patient_id = patient_id
        plans = [(row.id, row.payer) for row in rows if row.standing is Standing.ACTIVE]
        for at, coverage_id in enumerate(said.order, 1):
            self.form.add(f"plan.{at}", f"Pays {rank_word(at)}", ChoiceField(plans), at, 0, 12)
            self.form.set_values({f"plan.{at}": coverage_id})
        self._count = len(said.order)
        self.form.add("reason", "Why, in your words", LineField("May stay empty", most=120), self._count + 1, 0, 12)

    def _on_send(self) -> None:
        chosen = [self.form.value(f"plan.{at}") for at in range(1, self._count + 1)]
        order = tuple(Id(each) for each in chosen if isinstance(each, int))
        command = DecideOrder(self.page.desk.new_id(), self._patient_id, order, self.form.text("reason"))
        self.run(decide_order, command, "The order of the plans is decided.")
