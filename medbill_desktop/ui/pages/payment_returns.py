"""A payment that is taken back: voided before its slip closes, or returned by the bank (BILLING S9, J47)."""

from datetime import date

from medbill_desktop.domain.money import format_cents
from medbill_desktop.domain.refunds import RETURN_REASONS
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.pages.payment_day import DayRow
from medbill_desktop.ui.widgets.fields import ChoiceField, DateField, LineField
from medbill_desktop.usecases.payments import VoidPayment, void_payment
from medbill_desktop.usecases.returned import ReturnPayment, return_payment


def open_void(page: Page, line: DayRow) -> PanelForm:
    """Take a wrong payment back, with a reason."""

    def does() -> None:
        made.run(void_payment, VoidPayment(page.desk.new_id(), line.id, made.form.text("reason")), "Voided.")

    cents = format_cents(line.row.cents)
    words = f"Takes back {cents}, receipt {line.row.number}, and what it paid is owed again."
    made = PanelForm(page, words, "Void", does, keeps="payment.void", about=line.id)
    made.form.add("reason", "Why", LineField(name="void_reason"), 0, 0, 12)
    made.open("Void a payment")
    return made


def open_returned(page: Page, line: DayRow) -> PanelForm:
    """Note what the bank says of a check or a card."""

    def does() -> None:
        day = made.form.value("returned_on")
        command = ReturnPayment(
            page.desk.new_id(), line.id, day if isinstance(day, date) else page.desk.clock.today(),
            made.form.text("reason"), made.form.text("fee") == "yes",
        )  # fmt: skip
        made.run(return_payment, command, "Noted. What it paid is owed again.")

    cents = format_cents(line.row.cents)
    words = f"The bank took {cents} back, receipt {line.row.number}. Its slip stays as it was."
    made = PanelForm(page, words, "Note it", does, keeps="payment.returned", about=line.id)
    reasons = [("", "Choose"), *RETURN_REASONS.items()]
    made.form.add("reason", "What the bank says", ChoiceField(reasons), 0, 0, 12)
    made.form.add("returned_on", "Day of the bank", DateField(page.desk.clock.today), 1, 0, 6)
    made.form.add("fee", "Charge the fee", ChoiceField([("no", "No"), ("yes", "Yes")]), 1, 6, 6)
    made.form.set_values({"returned_on": page.desk.clock.today()})
    made.open("Returned by the bank")
    return made
