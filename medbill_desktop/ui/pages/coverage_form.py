"""The fields of one policy, and of its subscriber (BILLING R4, R6)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox

from medbill_desktop.domain.coverage_order import MSP_REASONS
from medbill_desktop.domain.coverages import RANK_WORDS, CoverageDetails
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.patients import GuarantorDetails, PatientDetails
from medbill_desktop.domain.problems import Problem
from medbill_desktop.ui.pages.registration_form import RELATIONSHIPS, SEXES
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import ChoiceField, CodeField, DateField, Form, LineField
from medbill_desktop.ui.widgets.type_ahead import Suggestion, TypeAhead
from medbill_desktop.ui.widgets.words import reveal
from medbill_desktop.usecases.catalogs import ListPayers, list_payers
from medbill_desktop.usecases.desk import Desk

MSP_FIELDS = ("msp_reason", "msp_asked_on")
_PLACE = ("street", "city", "state", "zip")


def search_payers(desk: Desk) -> Callable[[str], list[Suggestion]]:
    """Return what finds a payer by its name or number."""

    def search(text: str) -> list[Suggestion]:
        lines = desk.ask(list_payers, ListPayers(text))
        return [Suggestion(each.id, each.payer.name, each.payer.payer_code) for each in lines[:12]]

    return search


class CoverageForm(Form):
    """One policy; the subscriber is asked for where it is not the patient (BILLING R4)."""

    guarantor_wanted = Signal()  # the subscriber is the guarantor: fill the fields
    subscriber = ("last", "first", "birth", "sex", "street", "city", "state", "zip")

    def __init__(self, desk: Desk, rank: int = 1) -> None:
        super().__init__()
        today = desk.clock.today
        self.add("payer_id", "Payer", TypeAhead(search_payers(desk), "Type its name"), 0, 0, 8, box="11c")
        ranks = [(number, words.capitalize()) for number, words in RANK_WORDS.items()]
        self.add("rank", "Rank", ChoiceField(ranks), 0, 8, 4)
        self.add("member_id", "Member id", CodeField(most=80), 1, 0, 6, box="1a")
        self.add("group_number", "Group number", LineField(), 1, 6, 6, box="11")
        self.add("first_day", "First day", DateField(today), 2, 0, 4)
        self.add("last_day", "Last day, if known", DateField(today), 2, 4, 4)
        self.add("relationship", "Patient is subscriber's", ChoiceField(RELATIONSHIPS), 2, 8, 4, box="6")
        self.add("subscriber_last", "Subscriber's last name", LineField(), 3, 0, 6, box="4")
        self.add("subscriber_first", "First name", LineField(), 3, 6, 6, box="4")
        self.add("subscriber_birth", "Birth date", DateField(today), 4, 0, 5, box="11a")
        self.add("subscriber_sex", "Sex", ChoiceField([("", ""), *SEXES]), 4, 5, 3, box="11a")
        self.add("subscriber_zip", "ZIP", LineField(), 4, 8, 4, box="7")
        self.add("subscriber_street", "Street", LineField(), 5, 0, 6, box="7")
        self.add("subscriber_city", "City", LineField(), 5, 6, 4, box="7")
        self.add("subscriber_state", "State", LineField(), 5, 10, 2, box="7")
        self.same = Button("Same as guarantor", "F6", pressed=self.guarantor_wanted.emit)
        self.add_widget(self.same, 6, 0, 6)
        reasons = ChoiceField([("", "Choose"), *((code, f"{code} {words}") for code, words in MSP_REASONS.items())])
        reasons.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        reasons.setMinimumContentsLength(20)  # the longest reason is wider than the form
        self.add("msp_reason", "Why Medicare pays second", reasons, 7, 0, 8)
        self.add("msp_asked_on", "Questionnaire asked on", DateField(today), 7, 8, 4)
        self.fields["rank"].field.set_value(rank)  # type: ignore[attr-defined]
        self.changed.connect(self._show)
        self._show()

    @Slot()
    def _show(self) -> None:
        for each in self.subscriber:
            reveal(self.fields[f"subscriber_{each}"], self.value("relationship") != "self")
        reveal(self.same, self.value("relationship") != "self")
        self._show_msp(asked=any(self.fields[name].problem for name in MSP_FIELDS))

    def _show_msp(self, *, asked: bool) -> None:
        """The questions of Medicare are there where they are asked, or answered (BILLING R6)."""
        for name in MSP_FIELDS:
            reveal(self.fields[name], asked or any(self.text(each) for each in MSP_FIELDS))

    def show_problems(self, problems: Iterable[Problem], *, focus: bool = True) -> tuple[Problem, ...]:
        told = tuple(problems)
        self._show_msp(asked=any(each.field in MSP_FIELDS for each in told))
        return super().show_problems(told, focus=focus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F6 and not event.modifiers() and self.value("relationship") != "self":
            self.guarantor_wanted.emit()
            return
        super().keyPressEvent(event)

    def fill_subscriber(self, who: GuarantorDetails, birth: date | None = None, sex: str = "") -> None:
        """Write the guarantor down as the subscriber; what nobody knows of them stays as it was typed."""
        known: dict[str, object] = {name: getattr(who, name) for name in ("last", "first", *_PLACE)}
        known |= {"birth": birth, "sex": sex}
        self.set_values({f"subscriber_{name}": value for name, value in known.items() if value})
        self.changed.emit()

    @property
    def is_empty(self) -> bool:
        return not (self.payer_text or self.text("member_id"))

    @property
    def payer_text(self) -> str:
        field = self.fields["payer_id"].field
        return field.text().strip() if isinstance(field, TypeAhead) else ""

    def show_payer(self, payer_id: Id | None, words: str) -> None:
        field = self.fields["payer_id"].field
        if isinstance(field, TypeAhead):
            field.fill(payer_id, words)

    def show_details(self, details: CoverageDetails, payer: str) -> None:
        self.set_values({n: getattr(details, n) for n in self.fields if n != "payer_id"})
        self.show_payer(details.payer_id, payer)
        self._show()

    def set_values(self, values: Mapping[str, object]) -> None:
        super().set_values(values)
        self._show()

    def details(self, today: date, patient: PatientDetails | None = None) -> CoverageDetails:
        """Return what is typed; a subscriber's address that is left empty is the patient's."""
        typed: dict[str, Any] = {name: self.text(name) for name in self.fields}
        typed |= {name: self.value(name) for name in ("rank", "last_day", "subscriber_birth", "msp_asked_on")}
        first = self.value("first_day")
        typed |= {"payer_id": self.value("payer_id") or Id(0), "first_day": first if isinstance(first, date) else today}
        if typed["relationship"] == "self":
            typed |= {f"subscriber_{each}": "" for each in self.subscriber} | {"subscriber_birth": None}
        elif patient is not None and not typed["subscriber_street"]:
            typed |= {f"subscriber_{each}": getattr(patient, each) for each in _PLACE}
        return CoverageDetails(**typed)

    def missing(self) -> tuple[Problem, ...]:
        """Return what must be typed before anything is sent."""
        found = list(self.typed_problems())
        if not self.text("first_day"):
            found.append(Problem("dates", "first_day", "Type the first day.", "It stands on the card, or ask."))
        return tuple(found)
