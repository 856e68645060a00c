"""One superbill being keyed: head, diagnoses A to L, lines; judged while it is typed (BILLING C1-C5)."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from medbill_desktop.domain.charges import Judged
from medbill_desktop.domain.coverages import rank_word
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import format_cents
from medbill_desktop.domain.problems import LockedError, Problem
from medbill_desktop.ui.pages.charge_diagnoses import Diagnoses
from medbill_desktop.ui.pages.charge_lines import LineGrid
from medbill_desktop.ui.pages.charge_sheet import AUTO, SELF_PAY, Sheet
from medbill_desktop.ui.pages.registration_form import search_patients
from medbill_desktop.ui.theme import Space, Type
from medbill_desktop.ui.widgets.fields import ChoiceField, DateField, Form
from medbill_desktop.ui.widgets.type_ahead import Suggestion, TypeAhead
from medbill_desktop.ui.widgets.words import label
from medbill_desktop.usecases.catalogs import ListPlaces, ListProviders, list_places, list_providers
from medbill_desktop.usecases.charges import CheckSuperbill, check_superbill
from medbill_desktop.usecases.coverages import CoverageLine
from medbill_desktop.usecases.desk import Desk

JUDGE_AFTER_MS = 120


class Entry(QWidget):
    """`changed` when something was typed, `judged` when it was looked at, `patient_picked` with the id."""

    changed = Signal()
    judged = Signal()
    patient_picked = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._visit_id: Id | None = None
        self.found: Judged | None = None
        self.problems: tuple[Problem, ...] = ()
        self.kept: Callable[[], Iterable[Sheet]] = tuple  # the others of the batch
        self._coverages: tuple[CoverageLine, ...] = ()
        self.head = Form(columns=24)
        today = desk.clock.today
        self.patient = TypeAhead(search_patients(desk), "Name, account, phone or birth date")
        self.day = DateField(today)
        self.provider = TypeAhead(self._providers, "Name", on_empty=True)
        self.place = TypeAhead(self._places, "Name", on_empty=True)
        self.coverage = ChoiceField([(AUTO, "First in force"), (SELF_PAY, "Self-pay")])
        self.head.add("patient", "Patient", self.patient, 0, 0, 6, box="2")
        self.head.add("service_date", "Service date", self.day, 0, 6, 4, box="24A")
        self.head.add("provider", "Provider", self.provider, 0, 10, 5, box="24J")
        self.head.add("place", "Place", self.place, 0, 15, 5, box="24B")
        self.head.add("coverage", "Coverage on that day", self.coverage, 0, 20, 4, box="11c")
        # The name of a payer must not press provider and place together.
        self.coverage.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.diagnoses = Diagnoses(desk, lambda: self.day.value() or today())
        self.lines = LineGrid(desk, lambda: self.day.value() or today(), lambda: bool(self.diagnoses.codes()))
        self._total = label(role=Type.STRONG, name="superbill_total")
        self._lay_out()
        self._judge = QTimer(self, interval=JUDGE_AFTER_MS, singleShot=True)
        self._judge.timeout.connect(self._on_judge_due)
        self.head.changed.connect(self._on_typed)
        self.diagnoses.typed.connect(self._on_typed)
        self.diagnoses.moved.connect(self.lines.follow)
        self.lines.typed.connect(self._on_typed)
        for each in (self.provider, self.place):
            each.picked.connect(self._on_typed)
        self.patient.picked.connect(self._on_patient)
        self.day.left.connect(self._on_typed)
        self.day.set_value(today())

    def _lay_out(self) -> None:
        total = QHBoxLayout()
        total.addWidget(label("Superbill total", Type.STRONG))
        total.addStretch(1)
        total.addWidget(self._total)
        total.addSpacing(104 + Space.ONE)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.TWO)
        column.addWidget(self.head)
        column.addWidget(self.diagnoses)
        column.addWidget(self.lines)
        column.addLayout(total)
        column.addStretch(1)

    def _providers(self, text: str) -> list[Suggestion]:
        found = self._desk.ask(list_providers, ListProviders(text))
        return [Suggestion(each.id, each.name, each.provider.npi) for each in found[:12]]

    def _places(self, text: str) -> list[Suggestion]:
        found = self._desk.ask(list_places, ListPlaces(text))
        return [Suggestion(each.id, f"{each.place.pos} {each.place.name}", each.place.city) for each in found[:12]]

    def fill_the_only(self) -> None:
        """Where the practice has one provider or one place, nobody types its name."""
        for field, search in ((self.provider, self._providers), (self.place, self._places)):
            if not field.text() and len(found := search("")) == 1:
                field.fill(found[0].value, found[0].title)

    def sheet(self) -> Sheet:
        """Return what is typed."""
        day = self.day.value()
        return Sheet(
            patient_id=self.patient.value(),
            patient=self.patient.text().strip(),
            service_date=day,
            provider_id=self.provider.value(),
            provider=self.provider.text().strip(),
            place_id=self.place.value(),
            place=self.place.text().strip(),
            coverage=str(self.coverage.value()),
            visit_id=self._visit_id,
            diagnoses=self.diagnoses.codes(),
            lines=self.lines.lines(),
        )

    def show_sheet(self, sheet: Sheet) -> None:
        """Put a superbill into the fields."""
        self._visit_id = sheet.visit_id
        self.head.clear_problems()
        self.patient.fill(sheet.patient_id, sheet.patient)
        self.day.set_value(sheet.service_date)
        self.provider.fill(sheet.provider_id, sheet.provider)
        self.place.fill(sheet.place_id, sheet.place)
        self.show_coverages(())
        known = sheet.coverage in (AUTO, SELF_PAY)
        if not known:
            self.coverage.offer([*self._choices(), (sheet.coverage, "As chosen before")])
        self.coverage.set_value(sheet.coverage)
        self.diagnoses.show_codes(sheet.diagnoses)
        self.lines.show_lines(sheet.lines)
        self.look()

    def next_sheet(self) -> Sheet:
        """Return an empty superbill of the same day, provider and place."""
        return replace(self.sheet(), patient_id=None, patient="", coverage=AUTO, visit_id=None, diagnoses=(), lines=())

    def name_patient(self, words: str) -> None:
        """Show the name of the patient who was given by id."""
        self.patient.fill(self.patient.value(), words)

    def show_coverages(self, lines: tuple[CoverageLine, ...]) -> None:
        """Offer the policies of the patient."""
        self._coverages = lines
        self.coverage.offer(self._choices())

    def _choices(self) -> list[tuple[object, str]]:
        policy = None if self.found is None else self.found.policy
        first = "First in force" if policy is None else policy.payer_name
        if self.found is not None and policy is None and self.patient.value() is not None:
            first = "None in force: self-pay"
        choices: list[tuple[object, str]] = [(AUTO, first), (SELF_PAY, "Self-pay")]
        choices += [
            (str(each.id), f"{each.payer}, {rank_word(each.coverage.rank)}, {each.standing}")
            for each in self._coverages
        ]
        return choices

    @Slot()
    def _on_judge_due(self) -> None:
        # The screen may have been locked since the last letter; what is typed is judged when it is back.
        if self.isVisible():
            with suppress(LockedError):
                self.look()

    @Slot()
    def look(self) -> None:
        """Judge what is typed and show what is wrong where it is."""
        self._judge.stop()
        sheet = self.sheet()
        superbill = sheet.superbill()
        self.found = None if superbill is None else self._desk.ask(check_superbill, CheckSuperbill(superbill))
        problems = () if self.found is None else (*self._keyed_twice(sheet), *self.found.problems)
        self.problems = tuple(p for p in problems if p.code not in ("no-line",))
        if self.coverage.value() == AUTO:
            self.coverage.offer(self._choices())
        named = [each for each in self.problems if each.field in self.head.fields]
        typed = self.head.typed_problems()
        self.head.show_problems([*typed, *named], focus=False)
        self.diagnoses.show_problems(each for each in self.problems if each.field.startswith("diagnosis."))
        self.lines.show_judged(self.found, self.problems)
        self._total.setText("" if self.found is None else format_cents(self.found.total_cents))
        self.judged.emit()

    @property
    def lacks_head(self) -> bool:
        """Whether patient, day, provider or place is still to be typed."""
        return self.sheet().superbill() is None

    def _keyed_twice(self, sheet: Sheet) -> Iterator[Problem]:
        """Warn where the batch holds the same patient, day and provider already."""
        mine = (sheet.patient_id, sheet.service_date, sheet.provider_id)
        if any((each.patient_id, each.service_date, each.provider_id) == mine for each in self.kept()):
            yield Problem("visit-twice", "service_date", "The batch holds this patient, day and provider already.",
                          "If it is the same visit, take one of the two out.", warns=True)  # fmt: skip

    @property
    def stops(self) -> tuple[Problem, ...]:
        """What hinders posting, the missing head fields among it."""
        sheet, missing = self.sheet(), []
        for name, value, words in (
            ("patient", sheet.patient_id, "Choose the patient."),
            ("service_date", sheet.service_date, "Type the service date."),
            ("provider", sheet.provider_id, "Choose the provider."),
            ("place", sheet.place_id, "Choose the place."),
        ):
            if value is None and not self._unread(name):
                missing.append(Problem("missing", name, words))
        found = () if self.found is None else (each for each in self.found.stops if each.code != "no-line")
        return (*self.head.typed_problems(), *missing, *found)

    def _unread(self, name: str) -> bool:
        return any(each.field == name for each in self.head.typed_problems())

    def show_stops(self) -> None:
        """Put the missing head fields under their fields, with the keyboard in the first."""
        self.head.show_problems([each for each in self.stops if each.field in self.head.fields])

    def show_boxes(self, on: bool) -> None:
        self.head.show_boxes(on)
        self.diagnoses.show_boxes(on)
        self.lines.show_boxes(on)

    @Slot()
    def _on_typed(self, *_: object) -> None:
        self._judge.start()
        self.changed.emit()

    @Slot(object)
    def _on_patient(self, patient_id: Id) -> None:
        self._visit_id = None
        self.coverage.set_value(AUTO)
        self._on_typed()
        self.patient_picked.emit(patient_id)
