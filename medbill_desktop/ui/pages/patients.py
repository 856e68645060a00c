"""Patients: found by the beginning of anything, opened by Enter, registered by Ctrl+N (UX Patients)."""

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent

from medbill_desktop.domain.dates import age_on
from medbill_desktop.domain.patients import Flag
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.models.rows import Column, Kind, Section, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.recent_patients import recent
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Tone
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import LineField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import KeyLine
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.imports import import_rows
from medbill_desktop.usecases.merging import find_alike
from medbill_desktop.usecases.patients import FindPatients, PatientLine, find_patients, register_patient

MOST_SHOWN = 100
FLAG_WORDS = {
    Flag.BAD_ADDRESS: "Bad address",
    Flag.NO_MAIL: "No mail",
    Flag.DECEASED: "Deceased",
    Flag.BANKRUPT: "Bankrupt",
    Flag.DISPUTE: "In dispute",
    Flag.COLLECTION: "In collection",
}


def show_phone(digits: str) -> str:
    """Return `207-555-0142` for ten digits, anything else as it is."""
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}" if len(digits) == 10 and digits.isdigit() else digits


LEAST_FIND, MOST_FIND = 248, 340


class PatientsPage(Page):
    """The list that every patient is found in."""

    topics = frozenset({"patients", "visits"})

    no_draft = "A search, which is forgotten with the page."

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Patients")
        self._find = LineField("Name, account, phone or birth date", name="find_patient")
        self._find.setAccessibleName("Find a patient")
        self._find.setMinimumWidth(LEAST_FIND)
        self._find.setMaximumWidth(MOST_FIND)
        self._find.setClearButtonEnabled(True)
        self._table = Table(self._columns(), name="patients", spoken="Patients", sizes=shell.sizes)
        register = self.button("Register", "Ctrl+N", self._on_register, case=register_patient, icon_name="ph.user-plus")
        bring_in = self.button("Import", "Ctrl+I", self._on_import, case=import_rows, icon_name="ph.file-arrow-down")
        alike = self.button("Duplicates", "Ctrl+Shift+M", self._on_alike, case=find_alike, icon_name="ph.copy")
        self.tools(self._find, register, alike, bring_in)
        self._begin = Button("Register a patient", "Ctrl+N", kind="primary", pressed=self._on_register, listens=False)
        self._begin.setEnabled(desk.may(register_patient))
        self.add(self._table, 1)
        self.add(KeyLine(("Enter", "opens the patient"), ("Down", "goes to the list"), ("Esc", "empties the search")))
        self._find.textChanged.connect(self._on_typed)
        self._find.installEventFilter(self)
        self._table.opened.connect(self._on_opened)

    def _columns(self) -> tuple[Column, ...]:
        today = self.desk.clock.today
        return (
            Column("name", "Name", Kind.NAME, stretch=True),
            Column("account", "Account", Kind.CODE, 88),
            Column("birth_date", "Born", Kind.DATE, 96),
            Column("age", "Age", Kind.COUNT, 48, value=lambda row: age_on(row.birth_date, today()), drop=4),
            Column("sex", "Sex", width=48, drop=5),
            Column("phone", "Phone", width=116, value=lambda row: show_phone(row.phone), drop=2),
            Column("city", "City", width=130, drop=3),
            Column("payer", "Coverage", width=180, value=lambda row: row.payer or "Self-pay", drop=1),
            Column("last_visit", "Last visit", Kind.DATE, 96, drop=6),
            Column("flags", "Flags", Kind.STATUS, 132, value=_flags),
        )

    def reload(self) -> None:
        text = self._find.text().strip()
        if text:
            found = self.desk.ask(find_patients, FindPatients(text, MOST_SHOWN))
            self._table.set_empty("Nobody by that beginning. Type less, or register with Ctrl+N.")
            self.show_body()
            self._table.show_rows(found, keep=False)
            return
        rows = self._recent_rows()
        if not rows:
            self.show_empty("ph.users", _BEGIN, self._begin)
            return
        self.show_body()
        self._table.show_rows([Section("Opened lately"), *rows])

    def leave(self) -> None:
        self._find.clear()

    def focus_first(self) -> None:
        self._find.setFocus(Qt.FocusReason.OtherFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._find and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            return self._key_in_find(event)
        return super().eventFilter(watched, event)

    def _key_in_find(self, event: QKeyEvent) -> bool:
        """Move in the list and open from it without leaving the field."""
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
            self._table.keyPressEvent(event)
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            if (row := self._table.chosen_row()) is not None:
                self._on_opened(row)
            return True
        if event.key() == Qt.Key.Key_Escape and self._find.text():
            self._find.clear()
            return True
        return False

    def _recent_rows(self) -> list[PatientLine]:
        rows = []
        for patient_id, account in recent(self.desk).items():
            found = self.desk.ask(find_patients, FindPatients(account))
            rows += [each for each in found if each.id == patient_id]
        return rows

    @Slot(str)
    def _on_typed(self, text: str) -> None:
        if self.isVisible():
            self.reload()

    @Slot(object)
    def _on_opened(self, row: Any) -> None:
        self.shell.go("patient", PatientPlace(row.id))

    def _on_register(self) -> None:
        self.shell.go("registration")

    def _on_alike(self) -> None:
        self.shell.go("duplicates")

    def _on_import(self) -> None:
        self.shell.go("import")


def _flags(row: PatientLine) -> Status | None:
    if row.deceased:
        return Status(Tone.NONE, "Deceased")
    if not row.flags:
        return None
    more = f" +{len(row.flags) - 1}" if len(row.flags) > 1 else ""
    return Status(Tone.WARN, FLAG_WORDS[row.flags[0]] + more)


_BEGIN = "Find a patient by name, account, phone or birth date, or begin:"
