"""The fields of a payment: patient, amount, method, and Enter takes it (UX Payments)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent

from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Problem
from medbill_desktop.ui.widgets.fields import ChoiceField, DateField, Form, LineField, MoneyField
from medbill_desktop.ui.widgets.type_ahead import Suggestion, TypeAhead
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.patients import FindPatients, PatientLine, find_patients
from medbill_desktop.usecases.receipts import METHODS
from medbill_desktop.usecases.visits import VisitLine

OLDEST, CREDIT = "oldest", "credit"
ANYTHING: Final[tuple[tuple[object, str], ...]] = (
    (OLDEST, "Oldest services first"), (CREDIT, "Nothing yet: keep it as credit"),
)  # fmt: skip
FIELD_OF: Final = {"guarantor": "patient"}  # a problem of the command stands under this field of the form
MOST_FOUND: Final = 10


class PaymentEntry(Form):
    """`entered` on Enter from the method on, when the payment is whole."""

    entered = Signal()

    def __init__(self, desk: Desk, today: Callable[[], date]) -> None:
        super().__init__()
        self._desk = desk
        self.patient = TypeAhead(self._search, "Name, account, phone or birth date", name="payment_patient")
        self.method = ChoiceField(METHODS.items(), name="payment_method")
        self.purpose = ChoiceField(ANYTHING, name="payment_purpose")
        self.add("patient", "Patient", self.patient, 0, 0, 6)
        self.add("cents", "Amount", MoneyField(name="payment_amount"), 0, 6, 3)
        self.add("method", "Method", self.method, 0, 9, 3)
        self.add("purpose", "What it pays", self.purpose, 1, 0, 6)
        self.add("reference", "Check no. or last four", LineField(name="payment_reference", most=60), 1, 6, 3)
        self.add("received_on", "Received", DateField(today, name="payment_day"), 1, 9, 3)
        self.start(today())

    def start(self, today: date) -> None:
        """Begin the next payment; the method stays, since money comes in stacks of one kind."""
        method = self.method.value()
        self.clear()
        self.offer_visits(())
        self.set_values({"method": method, "purpose": OLDEST, "received_on": today})

    def offer_visits(self, visits: Sequence[VisitLine]) -> None:
        """Offer to keep a copay for a visit of today."""
        named = [(each.id, f"Copay: visit {show_date(each.visit.service_date)}, {each.provider}") for each in visits]
        self.purpose.offer([ANYTHING[0], *named, ANYTHING[1]])

    @property
    def visit_id(self) -> Id | None:
        chosen = self.purpose.value()
        return Id(chosen) if isinstance(chosen, int) else None

    @property
    def keeps_all(self) -> bool:
        """Whether all of it is to stay credit."""
        return self.purpose.value() == CREDIT

    def missing(self) -> tuple[Problem, ...]:
        """Return what must be typed before anything is sent."""
        found = list(self.typed_problems())
        if self.value("patient") is None:
            found.append(Problem("patient", "patient", "Choose the patient from the list."))
        if not self.value("cents") and not any(each.field == "cents" for each in found):
            found.append(Problem("amount", "cents", "Type the amount."))
        return tuple(found)

    def kept(self) -> dict[str, Any] | None:
        """Return what is half-typed; None where there is nothing."""
        words = {name: self.fields[name].field.text() for name in ("patient", "cents", "reference", "received_on")}  # type: ignore[attr-defined]
        if not (words["patient"] or words["cents"]):
            return None
        return {**words, "patient_id": self.value("patient"), "method": self.method.value()}

    def put_back(self, kept: Mapping[str, Any]) -> None:
        """Put back what was half-typed."""
        self.patient.fill(kept.get("patient_id"), str(kept.get("patient", "")))
        for name in ("cents", "reference", "received_on"):
            self.fields[name].field.setText(str(kept.get(name, "")))  # type: ignore[attr-defined]
        self.method.set_value(kept.get("method"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers()
        early = (self.patient, self.fields["cents"].field)
        if enter and self.focusWidget() not in early:
            self.entered.emit()
            event.accept()
            return
        super().keyPressEvent(event)

    def _search(self, text: str) -> list[Suggestion]:
        found = self._desk.ask(find_patients, FindPatients(text, MOST_FOUND))
        return [Suggestion(each.id, each.name, _tell_apart(each)) for each in found]


def _tell_apart(line: PatientLine) -> str:
    return f"{show_date(line.birth_date)} · {line.account}"


def placed(problem: Problem) -> Problem:
    """Let a problem stand under the field a person typed into."""
    return Problem(problem.code, FIELD_OF.get(problem.field, problem.field), problem.text, problem.fix)
