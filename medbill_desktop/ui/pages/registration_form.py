"""The fields of a registration: patient, guarantor, permissions and the confidential address."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.names import full_name, is_latin
from medbill_desktop.domain.patients import ContactDetails, ContactKind, GuarantorDetails, PatientDetails
from medbill_desktop.domain.postal import Postal, postal
from medbill_desktop.domain.problems import Problem
from medbill_desktop.ui.theme import Space, Type
from medbill_desktop.ui.widgets.fields import ChoiceField, DateField, Form, LineField
from medbill_desktop.ui.widgets.type_ahead import Suggestion, TypeAhead
from medbill_desktop.ui.widgets.words import label, reveal
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.patients import FindPatients, find_patients

SEXES = (("U", "Not known"), ("F", "F"), ("M", "M"))
RELATIONSHIPS = (("self", "Self"), ("spouse", "Spouse"), ("child", "Child"), ("other", "Other"))
PERMISSIONS = (("voicemail", "May leave voicemail"), ("text", "May text"), ("email", "May e-mail"))
ADDRESS = ("street", "street2", "city", "state", "zip")
Today = Callable[[], date]


def search_patients(desk: Desk) -> Callable[[str], list[Suggestion]]:
    """Return what finds a patient by the beginning of anything."""

    def search(text: str) -> list[Suggestion]:
        lines = desk.ask(find_patients, FindPatients(text, 10))
        return [Suggestion(e.id, e.name, f"born {show_date(e.birth_date)} · {e.account}") for e in lines]

    return search


class PatientForm(Form):
    """Name, birth date, address: the fields are those of PatientDetails."""

    def __init__(self, today: Today) -> None:
        super().__init__()
        self._held: PatientDetails | None = None
        self.add("last", "Last name", LineField(), 0, 0, 5, box="2")
        self.add("first", "First name", LineField(), 0, 5, 4, box="2")
        self.add("middle", "Middle", LineField(), 0, 9, 2, box="2")
        self.add("suffix", "Suffix", LineField(), 0, 11, 1)
        self.add("mailing_name", "Name in Latin letters, for envelopes and claims", LineField(), 1, 0, 12)
        self.add("birth_date", "Birth date", DateField(today), 2, 0, 4, box="3")
        self.add("sex", "Sex", ChoiceField(SEXES), 2, 4, 3, box="3")
        self.add("phone", "Phone", LineField(), 2, 7, 5, box="5")
        self.add("street", "Street", LineField(), 3, 0, 8, box="5")
        self.add("street2", "Apartment, unit", LineField(), 3, 8, 4)
        self.add("city", "City", LineField(), 4, 0, 6, box="5")
        self.add("state", "State", LineField(), 4, 6, 2, box="5")
        self.add("zip", "ZIP", LineField(), 4, 8, 4, box="5")
        self.add("email", "E-mail", LineField(), 5, 0, 8)
        self.add("deceased_on", "Died on", DateField(today), 5, 8, 4)
        self._style = label("", Type.CAPTION, "2", name="postal_style", wrap=True)
        self.add_widget(self._style, 6)
        self.changed.connect(self._show_mailing_name)
        self.changed.connect(self._propose_style)
        self._show_mailing_name()
        self._propose_style()

    @Slot()
    def _show_mailing_name(self) -> None:
        """Asked for only where the name can't stand on an envelope."""
        name = full_name(*(self.text(each) for each in ("last", "first", "middle", "suffix")))
        reveal(self.fields["mailing_name"], not is_latin(name) or bool(self.text("mailing_name")))

    def _address(self) -> Postal:
        return Postal(*(self.text(each) for each in ADDRESS))

    @Slot()
    def _propose_style(self) -> None:
        """Propose the address as the post prefers it; F4 takes it, and nothing forces it."""
        typed = self._address()
        made = postal(typed)
        words = " ".join(part for part in (made.street, made.street2, made.city, made.state, made.zip) if part)
        differs = bool(typed.street and typed.city) and made != typed
        self._style.setText(f"Postal style (F4): {words}" if differs else "")
        reveal(self._style, differs)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_F4 and not event.modifiers():
            self.take_style()
            return
        super().keyPressEvent(event)

    def take_style(self) -> None:
        """Write the address in postal style."""
        made = postal(self._address())
        super().set_values({name: getattr(made, name) for name in ADDRESS})
        self.changed.emit()

    def show_details(self, details: PatientDetails) -> None:
        """Fill the fields; what has no field stays as it was."""
        self._held = details
        self.set_values({name: getattr(details, name) for name in self.fields})
        self._show_mailing_name()

    def clear(self) -> None:
        super().clear()
        self._held = None
        self.fields["sex"].field.set_value("U")  # type: ignore[attr-defined]
        self._show_mailing_name()

    def set_values(self, values: Mapping[str, object]) -> None:
        super().set_values(values)
        self._show_mailing_name()
        self._propose_style()

    def details(self, today: date) -> PatientDetails:
        """Return what is typed; the birth date must have been asked for before."""
        born = self.value("birth_date")
        typed: dict[str, Any] = {name: self.text(name) for name in self.fields}
        typed |= {"birth_date": born if isinstance(born, date) else today, "deceased_on": self.value("deceased_on")}
        return PatientDetails(**typed) if self._held is None else replace(self._held, **typed)


class GuarantorForm(Form):
    """Who pays the patient's share: the patient, someone who is here already, or a new person."""

    looked_up = Signal(object)  # the id of the patient who was chosen as guarantor

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.guarantor_id: Id | None = None
        self.add("relationship", "The patient is the guarantor's", ChoiceField(RELATIONSHIPS), 0, 0, 5)
        known = TypeAhead(search_patients(desk), "A patient who is here already")
        self.add("guarantor", "Guarantor is here already", known, 0, 5, 7)
        self.add("last", "Guarantor's last name", LineField(name="guarantor_last"), 1, 0, 6)
        self.add("first", "First name", LineField(name="guarantor_first"), 1, 6, 6)
        self.add("street", "Street", LineField(name="guarantor_street"), 2, 0, 8)
        self.add("phone", "Phone", LineField(name="guarantor_phone"), 2, 8, 4)
        self.add("city", "City", LineField(name="guarantor_city"), 3, 0, 6)
        self.add("state", "State", LineField(name="guarantor_state"), 3, 6, 2)
        self.add("zip", "ZIP", LineField(name="guarantor_zip"), 3, 8, 4)
        known.picked.connect(self.looked_up)
        known.textEdited.connect(self._on_retyped)
        self.changed.connect(self._show)
        self._show()

    @property
    def own(self) -> bool:
        return self.value("relationship") == "self"

    def choose(self, guarantor_id: Id | None) -> None:
        """Take someone who is here as the guarantor."""
        self.guarantor_id = guarantor_id
        self._show()

    def clear(self) -> None:
        super().clear()
        self.guarantor_id = None
        self.fields["relationship"].field.set_value("self")  # type: ignore[attr-defined]
        self._show()

    def set_values(self, values: Mapping[str, object]) -> None:
        super().set_values(values)
        self._show()

    def details(self, patient: PatientDetails) -> GuarantorDetails | None:
        """Return the new person; an address that is left empty is the patient's."""
        if self.own or self.guarantor_id is not None:
            return None
        place = self if any(self.text(each) for each in ("street", "city", "zip")) else None
        spelled = {n: self.text(n) if place else getattr(patient, n) for n in ("street", "city", "state", "zip")}
        return GuarantorDetails(
            self.text("last"), self.text("first"), phone=self.text("phone") or patient.phone, **spelled
        )

    def _on_retyped(self, _: str) -> None:
        self.choose(None)

    @Slot()
    def _show(self) -> None:
        reveal(self.fields["guarantor"], not self.own)
        for name in ("last", "first", "street", "phone", "city", "state", "zip"):
            reveal(self.fields[name], not self.own and self.guarantor_id is None)


class ContactChoices(QWidget):
    """What the patient allows, and the confidential address that wins over every other (BILLING R11)."""

    changed = Signal()

    def __init__(self, today: Today) -> None:
        super().__init__()
        self._today = today
        self.ticks = {key: QCheckBox(words) for key, words in PERMISSIONS}
        self.wants_other = QCheckBox("Confidential address or phone")
        self.address = Form()
        self.address.add("street", "Street", LineField(name="confidential_street"), 0, 0, 8)
        self.address.add("phone", "Phone", LineField(name="confidential_phone"), 0, 8, 4)
        self.address.add("city", "City", LineField(name="confidential_city"), 1, 0, 6)
        self.address.add("state", "State", LineField(name="confidential_state"), 1, 6, 2)
        self.address.add("zip", "ZIP", LineField(name="confidential_zip"), 1, 8, 4)
        row = QHBoxLayout()
        row.setSpacing(Space.TWO)
        for each in self.ticks.values():
            row.addWidget(each)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.wants_other)
        column.addWidget(self.address)
        for tick in (*self.ticks.values(), self.wants_other):
            tick.toggled.connect(self._on_toggled)
        self.address.changed.connect(self.changed)
        self.address.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes on from a tick as it does from a field; Space ticks."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.focusNextPrevChild(True)
            return
        super().keyPressEvent(event)

    @Slot(bool)
    def _on_toggled(self, _: bool) -> None:
        reveal(self.address, self.wants_other.isChecked())
        self.changed.emit()

    def contacts(self) -> tuple[ContactDetails, ...]:
        """Return the confidential address first, where one is wanted."""
        first = self._today()
        found = []
        if self.wants_other.isChecked():
            typed: dict[str, Any] = {name: self.address.text(name) for name in self.address.fields}
            found.append(ContactDetails(ContactKind.CONFIDENTIAL, first, **typed))
        found += [
            ContactDetails(ContactKind.PERMISSION, first, permission=key)
            for key, tick in self.ticks.items()
            if tick.isChecked()
        ]
        return tuple(found)

    def clear(self) -> None:
        for tick in (*self.ticks.values(), self.wants_other):
            tick.setChecked(False)
        self.address.clear()

    def plain(self) -> dict[str, object]:
        """Return what is chosen, for a draft."""
        return {
            "ticks": [key for key, tick in self.ticks.items() if tick.isChecked()],
            "other": self.wants_other.isChecked(),
            "address": {name: self.address.text(name) for name in self.address.fields},
        }

    def restore(self, plain: Mapping[str, Any]) -> None:
        for key, tick in self.ticks.items():
            tick.setChecked(key in plain["ticks"])
        self.wants_other.setChecked(bool(plain["other"]))
        self.address.set_values(plain["address"])


def heading(words: str) -> QWidget:
    """Return the title of a group of fields."""
    return label(words, Type.HEADING)


def plain_text(form: Form) -> dict[str, object]:
    """Return what stands in the fields as plain values; dates stay as they were typed."""
    kept: dict[str, object] = {}
    for name, each in form.fields.items():
        field = each.field
        kept[name] = field.text() if isinstance(field, LineField) else form.value(name)
    return kept


def put_back(form: Form, kept: Mapping[str, Any]) -> dict[str, object]:
    """Put text back into line fields, and return the values of the other fields."""
    others: dict[str, object] = {}
    for name, value in kept.items():
        field = form.fields[name].field if name in form.fields else None
        if isinstance(field, LineField):
            field.setText(str(value or ""))
        elif field is not None:
            others[name] = value
    return others


def place_of(problem: Problem, parts: Iterable[tuple[str, Form]]) -> tuple[Form | None, str]:
    """Return the form that a problem belongs to, and the name of its field there; `parts` are forms by their prefix."""
    for prefix, form in parts:
        name = problem.field.removeprefix(prefix)
        if problem.field.startswith(prefix) and name in form.fields:
            return form, name
    return None, ""
