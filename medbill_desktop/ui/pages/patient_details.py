"""The Details tab: the person, the guarantor, contacts and permissions, flags (BILLING R1, R11, R13)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.patients import ContactDetails, ContactKind, Flag
from medbill_desktop.domain.problems import Invalid, Problem
from medbill_desktop.ui.half_typed import Keeper
from medbill_desktop.ui.jobs import explain
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import PanelForm, PatientTab, press_within
from medbill_desktop.ui.pages.patient_watch import WatchTick
from medbill_desktop.ui.pages.patients import FLAG_WORDS, show_phone
from medbill_desktop.ui.pages.registration_form import PERMISSIONS, GuarantorForm, PatientForm, heading
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.theme import Metric, Space, Tone
from medbill_desktop.ui.widgets.buttons import Button, primary_button
from medbill_desktop.ui.widgets.fields import ChoiceField, DateField, Form, FormField, LineField
from medbill_desktop.ui.widgets.scroll import scrolling
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import StatusLine, label
from medbill_desktop.usecases.audit_log import list_audit
from medbill_desktop.usecases.patients import (
    ChangeGuarantor,
    ChangePatient,
    ContactLine,
    OpenPatient,
    PatientCard,
    SaveContact,
    SetFlag,
    change_guarantor,
    change_patient,
    open_patient,
    save_contact,
    set_flag,
)

KINDS = {
    ContactKind.CONFIDENTIAL: "Confidential address",
    ContactKind.PERMISSION: "Permission",
    ContactKind.PERSON: "Person to call",
}
_PERMITS = dict(PERMISSIONS) | {"talk": "May be talked to"}
_DETAIL_PLACES = (
    ("street", "Street", 1, 12), ("city", "City", 2, 12), ("state", "State", 3, 4), ("zip", "ZIP", 3, 8),
    ("phone", "Phone", 4, 12),
)  # fmt: skip


def say_contact(contact: ContactDetails) -> str:
    """Return a contact in one line."""
    if contact.kind == ContactKind.PERMISSION:
        words = _PERMITS.get(contact.permission, contact.permission)
        return words if contact.allowed else f"{words}: no"
    where = ", ".join(part for part in (contact.street, contact.city, contact.state) if part)
    return " · ".join(p for p in (contact.name, contact.relationship, where, show_phone(contact.phone)) if p)


CONTACTS = (
    Column("kind", "Kind", width=150, value=lambda row: KINDS.get(row.contact.kind, row.contact.kind)),
    Column("words", "Contact", stretch=True, value=lambda row: say_contact(row.contact)),
    Column("since", "Since", Kind.DATE, 90, value=lambda row: row.contact.first_day, drop=1),
    Column(
        "state", "Status", Kind.STATUS, 110,
        value=lambda row: Status(Tone.OK, "In force") if row.in_force else Status(Tone.NONE, "Not in force"),
    ),
)  # fmt: skip


class DetailsTab(PatientTab):
    """The form at the left is the registration's; at the right what changes at other times."""

    def __init__(self, page: Page, tools: Sequence[QWidget] = ()) -> None:
        """`tools` are buttons of the page that stand beside the guarantor."""
        super().__init__(page)
        self._tools = tools
        today = page.desk.clock.today
        self.form, self._guarantor = PatientForm(today), GuarantorForm(page.desk)
        self._guarantor.hide()
        self.form.keeps, self._guarantor.keeps = "patient", "patient.guarantor"  # type: ignore[attr-defined]
        self._drafts: dict[Form, Keeper] = {}
        self._trouble, self._sending = StatusLine(), False
        self._pays = label(wrap=True, ink="2")
        self.contacts = Table(CONTACTS, name="contacts", spoken="Contacts", sizes=page.shell.sizes, empty="None.")
        self.contacts.setFixedHeight(5 * Metric.ROW)
        self.flags = {flag: QCheckBox(words) for flag, words in FLAG_WORDS.items() if flag != Flag.DECEASED}
        self.watch = WatchTick(page)
        self._may = page.desk.may(change_patient)
        self._save = primary_button("Save details", name="save_details", pressed=self._on_save, listens=False)
        press_within(self, self._save)
        self._save.setEnabled(self._may)
        self._lay_out()
        self._guarantor.looked_up.connect(self._on_guarantor_found)
        self.contacts.opened.connect(self._on_contact_opened)
        for flag, tick in self.flags.items():
            tick.clicked.connect(lambda on, flag=flag: self._on_flag(flag, on))

    def _lay_out(self) -> None:
        page, left, right = self.page, QVBoxLayout(), QVBoxLayout()
        for each in (left, right):
            each.setSpacing(Space.ONE)
        save = QHBoxLayout()
        save.addWidget(self._save)
        save.addStretch(1)
        save.addWidget(self._trouble, 9)
        left.addWidget(heading("Patient"))
        left.addWidget(self.form)
        left.addLayout(save)
        left.addStretch(1)
        change = page.button("Change guarantor", "Ctrl+Shift+G", self._on_change_guarantor, case=change_guarantor)
        self._take = Button("Make this the guarantor", pressed=self._on_take_guarantor)
        self._take.hide()
        self._from = DateField(page.desk.clock.today, name="guarantor_from")
        self._from_place = FormField("Pays for services from", self._from)
        self._from_place.hide()
        add = page.button("Add contact", "Ctrl+Shift+C", self._on_add_contact, case=save_contact, icon_name="ph.plus")
        end = page.button("End contact", "Ctrl+Shift+D", self._on_end_contact, case=save_contact)
        right.addWidget(heading("Guarantor"))
        right.addWidget(self._pays)
        paying = QHBoxLayout()
        for tool in (change, *self._tools):
            paying.addWidget(tool)
        paying.addStretch(1)
        right.addLayout(paying)
        right.addWidget(self._guarantor)
        right.addWidget(self._from_place, 0, Qt.AlignmentFlag.AlignLeft)
        right.addWidget(self._take, 0, Qt.AlignmentFlag.AlignLeft)
        right.addWidget(heading("Contacts and privacy"))
        right.addWidget(self.contacts)
        row = QHBoxLayout()
        row.addWidget(add)
        row.addWidget(end)
        row.addStretch(1)
        opened = page.button("Who opened this record", "Ctrl+Shift+W", self._on_who_opened, case=list_audit)
        access = QHBoxLayout()
        access.addWidget(opened)
        access.addWidget(self.watch)
        access.addStretch(1)
        right.addLayout(row)
        right.addLayout(access)
        right.addWidget(heading("Flags of the guarantor"))
        right.addLayout(self._flag_rows())
        right.addStretch(1)
        self._wrap(left, right)

    def _flag_rows(self) -> QVBoxLayout:
        rows, ticks = QVBoxLayout(), list(self.flags.values())
        for start in (0, 3):
            row = QHBoxLayout()
            row.setSpacing(Space.TWO)
            for tick in ticks[start : start + 3]:
                tick.setEnabled(self._may)
                row.addWidget(tick)
            row.addStretch(1)
            rows.addLayout(row)
        return rows

    def _wrap(self, left: QVBoxLayout, right: QVBoxLayout) -> None:
        sheet = QWidget()
        across = QHBoxLayout(sheet)
        across.setContentsMargins(Space.ONE, 0, Space.TWO, Space.ONE)
        across.setSpacing(Space.FOUR)
        across.addLayout(left, 1)
        across.addLayout(right, 1)
        self.column.addWidget(scrolling(sheet), 1)

    def show_card(self, card: PatientCard) -> None:
        fresh = self.card is None or self.card.id != card.id
        typed = not fresh and self.card is not None and self._is_changed()
        super().show_card(card)
        if not typed:  # what is half-typed is not overwritten by a change elsewhere
            self.form.show_details(card.patient)
            self.form.clear_problems()
        if fresh and self._may:
            self._keep(self.form)
        who = card.guarantor.details
        place = ", ".join(part for part in (who.street, who.city, who.state, who.zip) if part)
        says = "The patient pays" if card.relationship == "self" else f"Patient is the {card.relationship} of"
        self._pays.setText(f"{says}: {who.first} {who.last}\n{place or 'no address'} · {show_phone(who.phone)}")
        self.watch.show_patient(card.id)
        self.contacts.show_rows(card.contacts)
        for flag, tick in self.flags.items():
            on = card.guarantor.flags.get(flag)
            tick.setChecked(on is not None)
            tick.setText(FLAG_WORDS[flag] if on is None else f"{FLAG_WORDS[flag]} since {show_date(on)}")

    def _keep(self, form: Form) -> None:
        """Keep a form of this patient, and put back what was left in it."""
        draft = self.page.keep(form)
        if draft is not None:
            self._drafts[form] = draft
            if draft.restore():
                self._trouble.say("This is what you left unfinished. Save it, or throw it away under"
                                  " Half-finished work.", Tone.INFO)  # fmt: skip

    def _finished(self, form: Form) -> None:
        if (draft := self._drafts.get(form)) is not None:
            draft.finish()

    def forget(self) -> None:
        super().forget()
        for draft in self._drafts.values():
            draft.detach()
        self._drafts.clear()
        self.form.clear()
        self._guarantor.hide()
        self._take.hide()
        self._trouble.say("")
        self.watch.show_patient(None)
        self.contacts.show_rows([], keep=False)

    def focus_first(self) -> None:
        self.form.fields["last"].field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _is_changed(self) -> bool:
        return self.card is not None and self.form.details(self.page.desk.clock.today()) != self.card.patient

    def _on_save(self) -> None:
        if self.card is None or self._sending:
            return
        missing = list(self.form.typed_problems())
        if not missing and not isinstance(self.form.value("birth_date"), date):
            missing = [Problem("birth-date", "birth_date", "Type the birth date.")]
        if missing:
            self.form.show_problems(missing)
            return
        details = self.form.details(self.page.desk.clock.today())
        command = ChangePatient(self.page.desk.new_id(), self.card.id, self.card.version, details)
        self._sending = True
        self.page.jobs.start(change_patient, command).on(self._on_saved, self._on_refused, self._on_answered)

    @Slot()
    def _on_answered(self) -> None:
        self._sending = False

    @Slot(object)
    def _on_saved(self, _: object) -> None:
        self._trouble.say("")
        self.form.clear_problems()
        if self.card is not None:
            self.card = replace(self.card, patient=self.form.details(self.page.desk.clock.today()))
        self._finished(self.form)
        self.page.shell.say("The details are saved.")

    @Slot(object)
    def _on_refused(self, error: object) -> None:
        homeless = self.form.show_problems(error.problems) if isinstance(error, Invalid) else ()
        words = " ".join(each.sentence() for each in homeless) if isinstance(error, Invalid) else explain(error)
        self._trouble.say(words)

    def _on_change_guarantor(self) -> None:
        on = self._guarantor.isHidden()
        self._guarantor.setVisible(on)
        self._take.setVisible(on)
        self._from_place.setVisible(on)
        if on and self.card is not None:
            self._from.set_value(self.page.desk.clock.today())
            self._from_place.say("")
            self._guarantor.clear()
            self._guarantor.set_values({"relationship": self.card.relationship})
            self._keep(self._guarantor)
            self._guarantor.fields["relationship"].field.setFocus()
        elif (draft := self._drafts.pop(self._guarantor, None)) is not None:
            draft.give_up()
            draft.detach()

    def _on_guarantor_found(self, patient_id: Any) -> None:
        self.page.ask(open_patient, OpenPatient(patient_id), self._on_guarantor_opened)

    @Slot(object)
    def _on_guarantor_opened(self, card: PatientCard) -> None:
        self._guarantor.choose(card.guarantor.id)

    def _on_take_guarantor(self) -> None:
        if self.card is None:
            return
        form, card = self._guarantor, self.card
        chosen = None if form.own else form.guarantor_id
        command = ChangeGuarantor(
            self.page.desk.new_id(), card.id, card.version, str(form.value("relationship")),
            form.details(card.patient), chosen, self._from.value(),
        )  # fmt: skip
        self.page.jobs.start(change_guarantor, command).on(self._on_guarantor_changed, self._on_guarantor_refused)

    @Slot(object)
    def _on_guarantor_changed(self, _: object) -> None:
        self._guarantor.hide()
        self._take.hide()
        self._from_place.hide()
        self._finished(self._guarantor)
        self.page.shell.say("The guarantor is changed.")

    @Slot(object)
    def _on_guarantor_refused(self, error: object) -> None:
        if isinstance(error, Invalid):
            when = [each for each in error.problems if each.field == "first_day"]
            self._from_place.say(" ".join(each.sentence() for each in when))
            named = [
                replace(each, field=each.field.removeprefix("guarantor."))
                for each in error.problems
                if each not in when
            ]
            self.page.say_problems(*self._guarantor.show_problems(named))
        else:
            self.page.say_error(error)

    def _on_flag(self, flag: Flag, on: bool) -> None:
        if self.card is not None:
            day = self.page.desk.clock.today() if on else None
            self.page.run(set_flag, SetFlag(self.page.desk.new_id(), self.card.guarantor.id, flag, day))

    def _on_add_contact(self) -> None:
        if self.card is not None:
            open_contact(self.page, self.card, None)

    @Slot(object)
    def _on_contact_opened(self, row: ContactLine) -> None:
        if self.card is not None and self._may:
            open_contact(self.page, self.card, row)

    def _on_who_opened(self) -> None:
        if self.card is not None:
            self.page.shell.go("audit", PatientPlace(self.card.id, "access"))

    def _on_end_contact(self) -> None:
        row, card = self.contacts.chosen_row(), self.card
        if not isinstance(row, ContactLine) or card is None:
            return
        # Yesterday, so that it does not hold today any more; one that began today ends on its only day.
        day = max(self.page.desk.clock.today() - timedelta(days=1), row.contact.first_day)
        ended = SaveContact(self.page.desk.new_id(), card.id, replace(row.contact, last_day=day), row.id)
        self.page.run(save_contact, ended, self._on_contact_ended)

    @Slot(object)
    def _on_contact_ended(self, _: object) -> None:
        self.page.shell.say("The contact has ended.")


def open_contact(page: Page, card: PatientCard, row: ContactLine | None) -> PanelForm:
    """Add a contact, or change one, in the side panel."""

    def does() -> None:
        first = made.form.value("first_day")
        typed: dict[str, Any] = {name: made.form.text(name) for name in made.form.fields}
        typed |= {
            "first_day": first if isinstance(first, date) else page.desk.clock.today(),
            "last_day": made.form.value("last_day"),
            "allowed": made.form.value("allowed") != "no",
        }
        contact = ContactDetails(**typed)
        if contact.kind != ContactKind.PERMISSION:
            contact = replace(contact, permission="", allowed=True)
        held = None if row is None else row.id
        made.run(save_contact, SaveContact(page.desk.new_id(), card.id, contact, held), "The contact is saved.")

    words = "A confidential address wins over every other: statements and calls go there and nowhere else."
    made = PanelForm(page, words, "Save", does, keeps="contact", about=None if row is None else row.id)
    form, today = made.form, page.desk.clock.today
    form.add("kind", "Kind", ChoiceField(list(KINDS.items())), 0, 0, 12)
    for name, title, line, span in _DETAIL_PLACES:
        form.add(name, title, LineField(name=f"contact_{name}"), line, 4 if name == "zip" else 0, span)
    form.add("name", "Name", LineField(name="contact_name"), 5, 0, 12)
    form.add("relationship", "Who that is", LineField(name="contact_relationship"), 6, 0, 12)
    form.add("permission", "Permission", ChoiceField(list(_PERMITS.items())), 7, 0, 7)
    form.add("allowed", "Allowed", ChoiceField([("yes", "Yes"), ("no", "No")]), 7, 7, 5)
    form.add("first_day", "First day", DateField(today), 8, 0, 6)
    form.add("last_day", "Last day, if any", DateField(today), 8, 6, 6)
    form.set_values({"first_day": today()})
    if row is not None:
        held = row.contact
        form.set_values({name: getattr(held, name) for name in form.fields if name != "allowed"})
        form.set_values({"allowed": "yes" if held.allowed else "no"})

    kind_field = form.fields["kind"].field
    assert isinstance(kind_field, ChoiceField)
    kind_field.currentIndexChanged.connect(lambda _: _fit_contact(form))
    made.open("Contact")
    _fit_contact(form)
    return made


def _fit_contact(form: Form) -> None:
    """Ask for what this kind of contact has, and for nothing else."""
    kind = form.value("kind")
    for name in ("street", "city", "state", "zip"):
        form.fields[name].setVisible(kind == ContactKind.CONFIDENTIAL)
    form.fields["phone"].setVisible(kind != ContactKind.PERMISSION)
    for name in ("name", "relationship"):
        form.fields[name].setVisible(kind == ContactKind.PERSON)
    for name in ("permission", "allowed"):
        form.fields[name].setVisible(kind == ContactKind.PERMISSION)
