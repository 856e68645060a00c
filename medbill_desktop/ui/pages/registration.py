"""Register a patient: one form, doubles warned of while typing, the unfinished kept (UX Patients; BILLING R1-R4)."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Invalid, LockedError, Problem
from medbill_desktop.ui.help import Key
from medbill_desktop.ui.jobs import Job, Jobs
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.coverage_form import CoverageForm
from medbill_desktop.ui.pages.registration_alike import Alike
from medbill_desktop.ui.pages.registration_form import (
    ContactChoices,
    GuarantorForm,
    PatientForm,
    heading,
    place_of,
    plain_text,
    put_back,
)
from medbill_desktop.ui.places import PairPlace, PatientPlace
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Metric, Space, Tone
from medbill_desktop.ui.widgets.buttons import Button, primary_button
from medbill_desktop.ui.widgets.fields import Form, LineField
from medbill_desktop.ui.widgets.scroll import scrolling
from medbill_desktop.ui.widgets.words import reveal
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.merging import merge_patients
from medbill_desktop.usecases.patients import (
    CheckPatient,
    FindDuplicates,
    NewPatient,
    OpenPatient,
    PatientCard,
    Registered,
    RegisterPatient,
    check_patient,
    find_duplicates,
    open_patient,
    register_patient,
)

CHECK_AFTER_MS = 300
MOST_COVERAGES = 3


class RegistrationPage(Page):
    """Ctrl+Enter saves and begins the next; Esc leaves, and what was typed is kept sealed."""

    draft_form = "registration"

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Register a patient")
        today = desk.clock.today
        # Made in reading order, which is the order of Tab.
        self._patient, self._contacts, self._guarantor = PatientForm(today), ContactChoices(today), GuarantorForm(desk)
        self._coverages = [CoverageForm(desk)]
        self._alike = Alike(may_merge=desk.may(merge_patients))
        self._compare_with: Id | None = None
        self._payer_of_bills: PatientCard | None = None  # who was chosen as guarantor
        self._restored, self._sending = False, False
        self._check = QTimer(self, interval=CHECK_AFTER_MS, singleShot=True)
        self._check.timeout.connect(self._on_check_due)
        self._more = self.button("Add coverage", "Ctrl+Shift+A", self._on_add_coverage, icon_name="ph.plus")
        self._afresh = self.button("Start afresh", "Ctrl+Shift+N", self._on_afresh, name="afresh")
        self._save = self.button("Save and open", "Ctrl+S", self._on_save_and_open, name="save_and_open")
        self._next = primary_button("Save and next", name="save_and_next", pressed=self._on_save_and_next)
        self.tools(self._afresh)
        self._lay_out()
        self._listen()
        self.action_bar.add(Button("Leave", "Esc", pressed=self._on_leave), self._save, self._next)
        self.keys += [Key("Ctrl+Enter", "Save and next"), Key("F6", "The guarantor is the subscriber")]
        self.keys += [Key("Alt+O", "Open who may be the same"), Key("Alt+M", "Save, then compare the two")]
        self.action("Show CMS-1500 box numbers", "F2", self._on_boxes)
        self._boxes = False
        self._say_what_happens()

    def _lay_out(self) -> None:
        left, right = QVBoxLayout(), QVBoxLayout()
        for column in (left, right):
            column.setSpacing(Space.TWO)
        left.addWidget(heading("Patient"))
        left.addWidget(self._patient)
        left.addWidget(heading("Contact"))
        left.addWidget(self._contacts)
        left.addStretch(1)
        right.addWidget(heading("Guarantor"))
        right.addWidget(self._guarantor)
        self._policies = QVBoxLayout()
        self._policies.setSpacing(Space.TWO)
        self._policies.addWidget(heading("Coverage"))
        self._policies.addWidget(self._coverages[0])
        right.addLayout(self._policies)
        right.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        right.addStretch(1)
        sheet = QWidget()
        across = QHBoxLayout(sheet)
        across.setContentsMargins(0, 0, Space.TWO, 0)
        across.setSpacing(Space.FOUR)
        across.addLayout(left, 1)
        across.addLayout(right, 1)
        self._scroll = scrolling(sheet)
        self.add(self._alike)
        self.add(self._scroll, 1)

    def _listen(self) -> None:
        for each in (self._patient, self._guarantor, self._contacts, self._coverages[0]):
            each.changed.connect(self._on_typed)
        first = self._coverages[0]
        first.guarantor_wanted.connect(lambda: self._fill_subscriber(first))
        self._guarantor.looked_up.connect(self._on_guarantor_found)
        self._alike.wanted.connect(self.open_other)
        self._alike.compared.connect(self._on_save_and_compare)
        for form in self._forms():
            self._follow(form)

    def _follow(self, form: Form) -> None:
        """Judge again whenever a field is left."""
        for each in form.fields.values():
            if isinstance(each.field, LineField):
                each.field.left.connect(self._check.start)

    def _forms(self) -> list[Form]:
        return [self._patient, self._guarantor, self._contacts.address, *self._coverages]

    def open(self, place: object) -> None:
        reveal(self._afresh, self._restored)
        if self._restored:
            self.problems.say(("This is what you left unfinished. Go on, or start afresh with Ctrl+Shift+N.", Tone.OK))

    def focus_first(self) -> None:
        self._patient.fields["last"].field.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._on_leave()
            return
        super().keyPressEvent(event)

    def open_other(self, patient_id: Any) -> None:
        """Go to the one who may be the same person; what was typed is kept."""
        self.shell.keep_draft(self)
        self.shell.go("patient", PatientPlace(patient_id))

    # What is typed

    def new_patient(self) -> NewPatient:
        today = self.desk.clock.today()
        patient = self._patient.details(today)
        return NewPatient(
            patient,
            self._guarantor.details(patient),
            None if self._guarantor.own else self._guarantor.guarantor_id,
            str(self._guarantor.value("relationship")),
            tuple(each.details(today, patient) for each in self._used()),
            self._contacts.contacts(),
        )

    def _used(self) -> list[CoverageForm]:
        return [each for each in self._coverages if not each.is_empty]

    def draft(self) -> Mapping[str, object] | None:
        if not any(self._patient.text(each) for each in ("last", "first", "birth_date", "phone", "street")):
            return None
        return {
            "patient": plain_text(self._patient),
            "guarantor": plain_text(self._guarantor),
            "guarantor_id": self._guarantor.guarantor_id,
            "guarantor_text": self._known_field_text(),
            "coverages": [
                {"fields": plain_text(each), "payer_id": each.value("payer_id"), "payer": each.payer_text}
                for each in self._coverages
            ],
            "contacts": self._contacts.plain(),
        }

    def restore(self, draft: Mapping[str, Any]) -> None:
        self._patient.set_values(put_back(self._patient, draft["patient"]))
        self._guarantor.set_values(put_back(self._guarantor, draft["guarantor"]))
        self._guarantor.choose(draft["guarantor_id"])
        known = self._guarantor.fields["guarantor"].field
        known.fill(draft["guarantor_id"], draft["guarantor_text"])  # type: ignore[attr-defined]
        for at, each in enumerate(draft["coverages"]):
            if at == len(self._coverages):
                self._add_coverage()
            self._coverages[at].set_values(put_back(self._coverages[at], each["fields"]))
            self._coverages[at].show_payer(each["payer_id"], each["payer"])
        self._contacts.restore(draft["contacts"])
        self._restored = True

    def start_over(self) -> None:
        self._begin_anew()

    def _known_field_text(self) -> str:
        field = self._guarantor.fields["guarantor"].field
        return field.text() if isinstance(field, LineField) else ""

    # What happens

    @Slot()
    def _on_typed(self) -> None:
        self.touched()
        self._check.start()
        self._say_what_happens()

    @Slot()
    def _on_check_due(self) -> None:
        # The screen may have been locked since the last letter; what is typed is judged when it is back.
        if self.isVisible():
            with suppress(LockedError):
                self._look()

    def _look(self) -> None:
        """Tell doubles, and what is odd, while it is typed; what is still empty is not told."""
        born = self._patient.value("birth_date")
        ids = tuple(each.text("member_id") for each in self._used() if each.text("member_id"))
        text = self._patient.text
        asked = FindDuplicates(
            text("last"), text("first"), born if isinstance(born, date) else None, text("phone"), ids
        )
        self._alike.show_people(self.desk.ask(find_duplicates, asked))
        if not isinstance(born, date) or not text("last"):
            return
        found = self.desk.ask(check_patient, CheckPatient(self.new_patient()))
        self._show([each for each in found if each.code != "duplicate" and self._is_typed(each)], focus=False)

    def _is_typed(self, problem: Problem) -> bool:
        form, name = place_of(problem, self._parts())
        if form is None:
            return False
        field = form.fields[name].field
        return not isinstance(field, LineField) or (bool(field.text().strip()) and not field.hasFocus())

    def _parts(self) -> list[tuple[str, Form]]:
        parts: list[tuple[str, Form]] = [("guarantor.", self._guarantor), ("contact.1.", self._contacts.address)]
        parts += [(f"coverage.{at}.", form) for at, form in enumerate(self._used(), 1)]
        if not self._used():
            parts.append(("coverage.1.", self._coverages[0]))
        return [*parts, ("", self._patient), ("", self._guarantor)]

    def _show(self, problems: list[Problem], *, focus: bool = True) -> None:
        """Put every problem under its field, in whichever part it stands."""
        for form in self._forms():
            form.clear_problems()
        homeless, by_form = [], dict[Form, list[Problem]]()
        for problem in problems:
            place, name = place_of(problem, self._parts())
            if place is None:
                homeless.append(problem)
            else:
                by_form.setdefault(place, []).append(replace(problem, field=name))
        order = sorted(by_form, key=self._forms().index, reverse=True)
        for form in order:  # the first part last, so that the keyboard ends in its first field
            form.show_problems(by_form[form], focus=focus)
        if homeless and focus:
            self.say_problems(*homeless)
        now = self.focusWidget()
        if focus and now is not None:
            self._scroll.ensureWidgetVisible(now, 0, Metric.PAGE * 3)

    def _on_guarantor_found(self, patient_id: Any) -> None:
        self.ask(open_patient, OpenPatient(patient_id), self._on_guarantor_opened)

    @Slot(object)
    def _on_guarantor_opened(self, card: PatientCard) -> None:
        self._payer_of_bills = card
        self._guarantor.choose(card.guarantor.id)
        self._on_typed()

    def _fill_subscriber(self, form: CoverageForm) -> None:
        """Write the guarantor, chosen or typed, down as the subscriber of a policy (BILLING R4)."""
        card = self._payer_of_bills
        if card is not None and self._guarantor.guarantor_id == card.guarantor.id and not self._guarantor.own:
            own = card.relationship == "self"
            form.fill_subscriber(
                card.guarantor.details, card.patient.birth_date if own else None, card.patient.sex if own else ""
            )
        elif (typed := self._guarantor.details(self._patient.details(self.desk.clock.today()))) is not None:
            form.fill_subscriber(typed)

    def _on_add_coverage(self) -> None:
        """Go to the policy that is empty yet, or to one more."""
        empty = next((each for each in self._coverages if each.is_empty), None)
        if empty is None and len(self._coverages) < MOST_COVERAGES:
            empty = self._add_coverage()
        if empty is not None:
            empty.fields["payer_id"].field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _add_coverage(self) -> CoverageForm:
        made = CoverageForm(self.desk, rank=len(self._coverages) + 1)
        self._coverages.append(made)
        self._policies.addWidget(made)
        made.changed.connect(self._on_typed)
        made.guarantor_wanted.connect(lambda: self._fill_subscriber(made))
        self._follow(made)
        self._more.setEnabled(len(self._coverages) < MOST_COVERAGES)
        return made

    def _missing(self) -> list[Problem]:
        found = list(self._patient.typed_problems())
        if not self._patient.text("birth_date") and not found:
            found.append(Problem("birth-date", "birth_date", "Type the birth date."))
        for at, each in enumerate(self._used(), 1):
            found += [replace(p, field=f"coverage.{at}.{p.field}") for p in each.missing()]
        return found

    def _on_save_and_open(self) -> None:
        self._send(self._on_saved_to_open)

    @Slot(object)
    def _on_save_and_compare(self, other_id: Id) -> None:
        self._compare_with = other_id
        self._send(self._on_saved_to_compare)

    @Slot(object)
    def _on_saved_to_compare(self, done: Registered) -> None:
        other_id = self._compare_with
        self._begin_anew()
        self.shell.say(f"Registered, account {done.account}.")
        if other_id is not None:
            self.shell.go("duplicates", PairPlace(done.patient_id, other_id))

    def _on_save_and_next(self) -> None:
        self._send(self._on_saved_for_next)

    def _send(self, then: Any) -> None:
        if self._sending:
            return
        self._check.stop()
        self.problems.say()
        if missing := self._missing():
            found = self.desk.ask(check_patient, CheckPatient(self.new_patient()))
            named = {each.field for each in missing}
            self._show([*missing, *(p for p in found if not p.warns and p.field not in named)])
            return
        self._sending = True
        command = RegisterPatient(self.desk.new_id(), self.new_patient())
        job: Job = self.jobs.start(register_patient, command)
        job.on(then, self._on_refused, self._on_answered)

    @Slot()
    def _on_answered(self) -> None:
        self._sending = False

    @Slot(object)
    def _on_refused(self, error: object) -> None:
        if isinstance(error, Invalid):
            self._show(list(error.problems))
        else:
            self.say_error(error)

    @Slot(object)
    def _on_saved_to_open(self, done: Registered) -> None:
        self._begin_anew()
        self.shell.say(f"Registered, account {done.account}.")
        self.shell.go("patient", PatientPlace(done.patient_id))

    @Slot(object)
    def _on_saved_for_next(self, done: Registered) -> None:
        self._begin_anew()
        self.shell.say(f"Registered, account {done.account}.")
        self.focus_first()

    def _on_afresh(self) -> None:
        self._begin_anew()
        self.focus_first()

    def _begin_anew(self) -> None:
        self.finished()
        self._restored = False
        reveal(self._afresh, False)
        self._check.stop()
        self.problems.say()
        for extra in self._coverages[1:]:
            self._policies.removeWidget(extra)
            extra.deleteLater()
        del self._coverages[1:]
        self._more.setEnabled(True)
        for each in (self._patient, self._guarantor, self._contacts, self._coverages[0]):
            each.clear()
        self._coverages[0].set_values({"rank": 1, "relationship": "self", "subscriber_sex": ""})
        self._alike.show_people(())
        self._payer_of_bills = self._compare_with = None
        self._say_what_happens()

    def leave(self) -> None:
        if self.draft() is not None:
            self.shell.keep_draft(self)
            self._restored = True

    def _on_leave(self) -> None:
        if self.draft() is not None:
            self.leave()
            self.shell.say("What you typed is kept, sealed to you.", Tone.INFO)
        self.shell.back()

    def _on_boxes(self) -> None:
        self._boxes = not self._boxes
        for form in self._forms():
            form.show_boxes(self._boxes)

    def _say_what_happens(self) -> None:
        count = len(self._used())
        policies = (
            "without coverage, self-pay" if count == 0 else "with 1 policy" if count == 1 else f"with {count} policies"
        )
        self.action_bar.say(f"Registers the patient {policies}.")
