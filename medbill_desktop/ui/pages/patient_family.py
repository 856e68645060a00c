"""The family of a patient in the side panel: everyone whose statement the guarantor gets, and what each owes."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from medbill_desktop.domain.money import format_cents
from medbill_desktop.ui.models.rows import Column, Kind
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.theme import Space, Tone
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import StatusLine, label
from medbill_desktop.usecases.families import Family, Member

COLUMNS = (
    Column("name", "Patient", Kind.NAME, stretch=True, value=lambda row: row.patient.name),
    Column("owes_cents", "Patient owes", Kind.MONEY, 100),
)


class FamilyPanel(QWidget):
    """Enter opens a member's record."""

    def __init__(self, page: Page, family: Family) -> None:
        super().__init__()
        self._page = page
        self.table = Table(COLUMNS, name="family", spoken="Family", sizes=page.shell.sizes, empty="Nobody.")
        self.table.setMinimumHeight(220)
        sums = (
            f"Together {format_cents(family.owes_cents)} with the patient's side,"
            f" {format_cents(family.with_insurance_cents)} with insurance, credit {format_cents(family.credit_cents)}."
        )
        warning = StatusLine()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, Space.ONE, 0)
        column.setSpacing(Space.ONE)
        column.addWidget(label(sums, wrap=True))
        column.addWidget(self.table, 1)
        column.addWidget(warning)
        if family.own_minor:
            warning.say("A minor is their own guarantor. It is the adult who signed: choose who that is.", Tone.WARN)
        self.table.show_rows(family.members)
        self.table.opened.connect(self._on_opened)

    def open(self, guarantor: str) -> None:
        self._page.open_panel("Family", self, note=f"Statements go to {guarantor}.")
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _on_opened(self, row: Member) -> None:
        self._page.shell.go("patient", PatientPlace(row.id))
