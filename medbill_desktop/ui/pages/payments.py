"""Payments: one is taken in under ten seconds by keyboard; the day's are listed by method (UX Payments; BILLING S9)."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Any, Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout

from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents, format_cents
from medbill_desktop.domain.problems import Invalid, Problem
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.payment_day import DAY, DayRow, day_lines, said_count
from medbill_desktop.ui.pages.payment_entry import PaymentEntry, placed
from medbill_desktop.ui.pages.payment_returns import open_returned, open_void
from medbill_desktop.ui.pages.payment_shares import SharesPanel, said_elsewhere, said_of_credit, said_of_money
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Metric, Space, Tone
from medbill_desktop.ui.widgets.fields import DateField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import KeyLine
from medbill_desktop.usecases.collections import list_cases
from medbill_desktop.usecases.day_sheet import day_sheet
from medbill_desktop.usecases.deposits import list_slips
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.patients import OpenPatient, PatientCard, open_patient
from medbill_desktop.usecases.paying import credit_shares, shares
from medbill_desktop.usecases.payments import (
    Allocation,
    AppliedCredit,
    ApplyCredit,
    DayPayments,
    DayPaymentsContent,
    PatientPayment,
    PaymentForm,
    PaymentFormContent,
    TakenPayment,
    TakePayment,
    UndoLast,
    Undone,
    apply_credit,
    day_payments,
    payment_form,
    take_payment,
    undo_last,
    void_payment,
)
from medbill_desktop.usecases.plans import list_plans
from medbill_desktop.usecases.receipts import ReceiptPdf, receipt_pdf
from medbill_desktop.usecases.refunds import list_refunds
from medbill_desktop.usecases.returned import return_payment
from medbill_desktop.usecases.visits import DayVisits, day_visits

FORM_WIDTH: Final = 680
WAYS: Final = (
    ("Deposits", "Ctrl+Shift+D", "deposits", list_slips),
    ("Day sheet", "Ctrl+Shift+Y", "day_sheet", day_sheet),
    ("Refunds", "Ctrl+Shift+R", "refunds", list_refunds),
    ("Plans", "Ctrl+Shift+L", "plans", list_plans),
    ("Collections", "Ctrl+Shift+C", "collections", list_cases),
)


class PaymentsPage(Page):
    """The fields on top, what the money pays beside them, the day's payments below."""

    topics = frozenset({"payments", "ledger"})
    draft_form = "payment"

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Payments")
        today = desk.clock.today
        self.entry = PaymentEntry(desk, today)
        self.entry.setMaximumWidth(FORM_WIDTH)
        self._card: PatientCard | None = None
        self._owed: PaymentFormContent | None = None
        self._shares: SharesPanel | None = None
        self._takes_when_ready = self._sending = False
        self._newest: Id | None = None
        self._day = DateField(today, name="day")
        self._day.setAccessibleName("Day of the list")
        self._day.setToolTip("Payments of this day")
        self._day.setFixedWidth(112)
        self._day.set_value(today())
        empty = "No payment on this day. Type the patient above to take one."
        self.table = Table(DAY, name="day_payments", spoken="Payments of the day", sizes=shell.sizes, empty=empty)
        fields = QHBoxLayout()
        fields.setContentsMargins(Metric.PAGE, 0, Metric.PAGE, 0)
        fields.addWidget(self.entry, FORM_WIDTH)
        fields.addStretch(1)
        self.body.addLayout(fields)
        self.body.addLayout(self._ways())
        self.body.addSpacing(Space.ONE)
        self.add(self.table, 1)
        self.add(
            KeyLine(
                ("Alt+K", "goes to the check number"),
                ("Ctrl+E", "changes what is paid"),
                ("Enter", "shows the receipt of the chosen payment"),
            )
        )
        self._make_buttons()
        self._connect()
        self._tell()

    def _ways(self) -> QHBoxLayout:
        """Lead to what is done with money besides taking it."""
        row = QHBoxLayout()
        row.setContentsMargins(Metric.PAGE, 0, Metric.PAGE, 0)
        row.setSpacing(Space.ONE)
        for words, key, page, case in WAYS:
            row.addWidget(self.button(words, key, partial(self.shell.go, page), case=case, name=f"go_{page}"))
        row.addStretch(1)
        return row

    def _make_buttons(self) -> None:
        self.tools(
            self._day,
            self.button("New", "Ctrl+N", self._on_new, icon_name="ph.plus"),
            self.button("Apply credit", "Ctrl+J", self._on_apply, case=apply_credit, name="apply_credit"),
            self.button("Undo", "Ctrl+Z", self._on_undo, case=undo_last, name="undo_last"),
        )
        self._receipt = self.button("Receipt", "Ctrl+P", self._on_receipt, icon_name="ph.printer", name="receipt")
        self._returned = self.button(
            "Returned", "Ctrl+B", self._on_returned, case=return_payment, name="return_payment"
        )
        self._returned.setToolTip("The bank took the chosen payment back (Ctrl+B)")
        self._void = self.button("Void", "Ctrl+D", self._on_void, case=void_payment, name="void_payment")
        self._take = self.button(
            "Take payment", "Ctrl+Enter", self._on_take, case=take_payment, kind="primary", name="take_payment"
        )
        self.action_bar.add(self._returned, self._void, self._receipt, self._take)
        self.action("Change what is paid", "Ctrl+E", self._on_choose)
        self.action("Go to the check number", "Alt+K", self.entry.fields["reference"].field.setFocus)

    def _connect(self) -> None:
        self.entry.patient.picked.connect(self._on_picked)
        self.entry.patient.textEdited.connect(self._on_patient_typed)
        self.entry.changed.connect(self._on_edited)
        self.entry.entered.connect(self._on_take)
        self._day.left.connect(self.reload)
        self._day.returnPressed.connect(self.reload)
        self.table.chosen.connect(self._on_chosen)
        self.table.opened.connect(self._on_receipt_of)
        self.panel.closed.connect(self._on_panel_gone)

    def open(self, place: object) -> None:
        if isinstance(place, PatientPlace):
            self._clear()
            self.entry.patient.fill(place.patient_id, "")
            self._on_picked(place.patient_id)

    def reload(self) -> None:
        self.ask(day_payments, DayPayments(self._on_day_of_list()), self._on_day)
        if self._owed is not None:
            patient_id = None if self._card is None else self._card.id
            self.ask(payment_form, PaymentForm(self._owed.guarantor_id, patient_id), self._on_owed)

    def focus_first(self) -> None:
        known = self.entry.value("patient") is not None
        field_name = "cents" if known else "patient"
        self.entry.fields[field_name].field.setFocus(Qt.FocusReason.OtherFocusReason)

    def draft(self) -> Mapping[str, object] | None:
        return self.entry.kept()

    def restore(self, draft: Mapping[str, Any]) -> None:
        self.entry.put_back(draft)
        if isinstance(patient_id := draft.get("patient_id"), int):
            self.ask(open_patient, OpenPatient(Id(patient_id)), partial(self._on_kept_card, Id(patient_id)))

    def _on_kept_card(self, kept_id: Id, card: PatientCard) -> None:
        """Go on with whom the draft names; of a record merged meanwhile, with the one that stands for it."""
        if self.entry.patient.value() == kept_id:
            self.entry.patient.fill(card.id, card.name)
            self._on_card(card)

    def start_over(self) -> None:
        self._clear()

    def _on_day_of_list(self) -> date:
        return self._day.value() or self.desk.clock.today()

    @Slot(object)
    def _on_day(self, content: DayPaymentsContent) -> None:
        self.table.show_rows(day_lines(content))
        if self._newest is not None and self.table.choose(self._newest):
            self._newest = None
        day = "Today" if self._on_day_of_list() == self.desk.clock.today() else say_date(self._on_day_of_list())
        self.say_title("Payments", f"{day}: {said_count(content)}, {format_cents(content.cents)}")

    @Slot(object)
    def _on_picked(self, patient_id: Any) -> None:
        self._forget_owed()
        self.ask(open_patient, OpenPatient(patient_id), self._on_card)
        self.touched()
        self.focus_first()

    @Slot(object)
    def _on_card(self, card: PatientCard) -> None:
        if card.id != self.entry.value("patient"):
            return  # the answer for somebody who was typed over
        self._card = card
        if not self.entry.patient.text():
            self.entry.patient.fill(card.id, card.name)
        visits = self.desk.ask(day_visits, DayVisits(self.desk.clock.today()))
        self.entry.offer_visits([each for each in visits if each.visit.patient_id == card.id])
        self.ask(payment_form, PaymentForm(card.guarantor.id, card.id), self._on_owed)

    @Slot(object)
    def _on_owed(self, content: PaymentFormContent) -> None:
        if self._card is None or content.guarantor_id != self._card.guarantor.id:
            return
        if content != self._owed:
            self._owed = content
            self.problems.say(*((each, Tone.INFO) for each in said_elsewhere(content)))
            if self.window().width() >= Metric.NARROW:  # in a narrow window it would lie over the fields
                self._open_shares()
        self._tell()
        if self._takes_when_ready:
            self._on_take()

    def _open_shares(self) -> None:
        if self._owed is None:
            return
        made = self._shares = SharesPanel(self._owed)
        made.changed.connect(self._tell)
        owed = format_cents(self._owed.owed_cents)
        held = f" · credit {format_cents(self._owed.credit_cents)}" if self._owed.credit_cents else ""
        self.open_panel("What it pays", made, note=f"{self._owed.guarantor_name} owes {owed}{held}")
        self._tell()

    @Slot()
    def _on_edited(self) -> None:
        self.entry.clear_problems()
        self.touched()
        self._tell()

    @Slot(str)
    def _on_patient_typed(self, text: str) -> None:
        if self._card is not None:
            self._forget_owed()

    @Slot()
    def _tell(self) -> None:
        """Say at the foot, and beside, what would happen."""
        cents, panel = self.entry.value("cents"), self._shares
        if self._owed is None:
            self.action_bar.say("Type the patient, the amount and the method; Enter takes it.")
            return
        if not isinstance(cents, int) or not cents:
            parts = credit_shares(self._owed)
            words = said_of_credit(self._owed, parts)
            self.action_bar.say("Type the amount." if not parts else "Type the amount, or apply the credit (Ctrl+J).")
        else:
            by_hand = panel is not None and panel.by_hand
            parts = panel.allocation if panel is not None and by_hand else self._planned(Cents(cents))
            words = said_of_money(Cents(cents), parts)
            self.action_bar.say(words)
        if panel is not None:
            panel.show_shares(parts, words)

    def _planned(self, cents: Cents) -> tuple[Allocation, ...]:
        if self._owed is None or self.entry.keeps_all:
            return ()
        return shares(self._owed, cents, self.entry.visit_id)

    @Slot()
    def _on_take(self) -> None:
        if self._sending or not self._take.isEnabled():
            return
        self.entry.clear_problems()
        if faults := self.entry.missing():
            self._takes_when_ready = False
            self.entry.show_problems(faults)
            return
        if self._card is None or self._owed is None:
            self._takes_when_ready = True  # the account is still being opened; Enter is not asked for twice
            return
        self._takes_when_ready = False
        if self._shares is not None and self._shares.problem:
            self._shares.say(self._shares.problem)
            return
        self._sending = True
        job = self.run(take_payment, TakePayment(self.desk.new_id(), self._payment(self._card)), self._on_taken)
        job.failed.connect(self._on_not_taken)

    def _payment(self, card: PatientCard) -> PatientPayment:
        cents, day = self.entry.value("cents"), self.entry.value("received_on")
        chosen: tuple[Allocation, ...] | None = None
        if self._shares is not None and self._shares.by_hand:
            chosen = self._shares.allocation
        elif self.entry.keeps_all:
            chosen = ()
        return PatientPayment(
            card.guarantor.id,
            Cents(cents if isinstance(cents, int) else 0),
            self.entry.text("method"),
            card.id,
            self.entry.text("reference"),
            chosen,
            self.entry.visit_id,
            day if isinstance(day, date) else None,
        )

    @Slot(object)
    def _on_taken(self, taken: TakenPayment) -> None:
        self._sending = False
        kept = f", {format_cents(taken.credit_cents)} stays credit" if taken.credit_cents else ""
        self.shell.say(f"Receipt {taken.number}: {format_cents(taken.applied_cents)} applied{kept}.")
        self._newest = taken.payment_id
        self._clear()
        self.focus_first()

    @Slot(object)
    def _on_not_taken(self, error: object) -> None:
        self._sending = False
        if not isinstance(error, Invalid):
            return
        self.problems.say()
        homeless = self.entry.show_problems([placed(each) for each in error.problems])
        parts = [each for each in homeless if each.field.startswith("allocation")]
        if parts and self._shares is not None:
            self._shares.say(" ".join(each.sentence() for each in parts))
        self.say_problems(*(each for each in homeless if each not in parts or self._shares is None))

    def _on_apply(self) -> None:
        if self._owed is None:
            self.say_problems(Problem("patient", "", "Choose the patient whose credit is to be applied."))
            self.focus_first()
            return
        chosen = self._shares.allocation if self._shares is not None and self._shares.by_hand else None
        self.run(apply_credit, ApplyCredit(self.desk.new_id(), self._owed.guarantor_id, chosen), self._on_applied)

    @Slot(object)
    def _on_applied(self, applied: AppliedCredit) -> None:
        left = format_cents(applied.credit_cents)
        self.shell.say(f"{format_cents(applied.applied_cents)} of credit applied; {left} is left.")

    def _on_undo(self) -> None:
        self.run(undo_last, UndoLast(self.desk.new_id()), self._on_undone)

    @Slot(object)
    def _on_undone(self, undone: Undone) -> None:
        self.shell.say(f"Undone: your last {undone.what}. Ctrl+Z once more undoes what was before it.")

    @Slot(object)
    def _on_chosen(self, line: DayRow | None) -> None:
        self._receipt.setEnabled(line is not None)
        if self.desk.may(void_payment):
            self._void.setEnabled(line is not None and not line.row.voided)
        if self.desk.may(return_payment):
            self._returned.setEnabled(line is not None and not line.row.voided and line.row.method != "cash")

    def _on_receipt(self) -> None:
        if (line := self.table.chosen_row()) is not None:
            self._on_receipt_of(line)

    @Slot(object)
    def _on_receipt_of(self, line: DayRow) -> None:
        self.ask(receipt_pdf, ReceiptPdf(line.id), self._on_pdf)

    @Slot(object)
    def _on_pdf(self, pdf: bytes) -> None:
        self.shell.preview("Receipt", pdf, suggested="receipt.pdf")

    def _on_void(self) -> None:
        self._take_back(open_void)

    def _on_returned(self) -> None:
        self._take_back(open_returned)

    def _take_back(self, opens: Callable[[Page, DayRow], object]) -> None:
        line = self.table.chosen_row()
        if line is None or line.row.voided:
            return
        self._shares = None
        self._take.setEnabled(False)  # one Ctrl+Enter at a time
        opens(self, line)

    def _on_choose(self) -> None:
        if self._owed is None:
            self.focus_first()
            return
        if self._shares is None:
            self._open_shares()
        if self._shares is not None:
            self._shares.focus_first()

    def _on_new(self) -> None:
        self._clear()
        self.focus_first()

    @Slot()
    def _on_panel_gone(self) -> None:
        self._shares = None
        self._take.setEnabled(self.desk.may(take_payment))
        self._tell()

    def _forget_owed(self) -> None:
        self._card = self._owed = None
        self.problems.say()
        self.close_panel()
        self._shares = None
        self.entry.offer_visits(())
        self._tell()

    def _clear(self) -> None:
        self.entry.start(self.desk.clock.today())
        self._takes_when_ready = False
        self._forget_owed()
        self.finished()
