"""The tabs Visits and Statements of a patient: read when they are looked at."""

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Slot

from medbill_desktop.domain.ids import Id
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import PatientTab
from medbill_desktop.ui.theme import Tone
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import KeyLine
from medbill_desktop.usecases.statement_life import list_returned
from medbill_desktop.usecases.statements import (
    GuarantorStatements,
    StatementPdf,
    StatementRow,
    guarantor_statements,
    statement_pdf,
)
from medbill_desktop.usecases.visits import PatientVisits, VisitLine, patient_visits

VISIT_TONES = {"open": Tone.WARN, "charged": Tone.OK, "no charge": Tone.NONE}
VISIT_WORDS = {"open": "Not charged yet", "charged": "Charged", "no charge": "No charge"}
VISITS = (
    Column("service_date", "Date", Kind.DATE, 100, value=lambda row: row.visit.service_date),
    Column("through", "Through", Kind.DATE, 100, value=lambda row: row.last_day, drop=2),
    Column("provider", "Provider", Kind.NAME, stretch=True),
    Column("place", "Place", width=220, drop=1),
    Column("payer", "Coverage on that day", width=220, value=lambda row: row.who_pays),
    Column(
        "status", "Status", Kind.STATUS, 160,
        value=lambda row: Status(VISIT_TONES.get(row.status, Tone.INFO), VISIT_WORDS.get(row.status, row.status)),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Statement:
    id: Id
    row: StatementRow


def _standing(held: _Statement) -> Status:
    if held.row.withdrawn_on is not None:
        return Status(Tone.NONE, "Withdrawn")
    if held.row.mailed_on is None:
        return Status(Tone.WARN, "Made, not mailed")
    if held.row.returned_on is not None:
        tone = Tone.WARN if held.row.to_do else Tone.NONE
        return Status(tone, f"Came back {held.row.returned_on:%m/%d/%Y}")
    return Status(Tone.OK, f"Mailed {held.row.mailed_on:%m/%d/%Y}")


STATEMENTS = (
    Column("statement_date", "Date", Kind.DATE, 100, value=lambda held: held.row.statement_date),
    Column("number", "Number", Kind.CODE, 100, value=lambda held: held.row.number),
    Column("step", "Notice", stretch=True, value=lambda held: held.row.step_words),
    Column("due_date", "Due", Kind.DATE, 100, value=lambda held: held.row.due_date),
    Column("total", "Total", Kind.MONEY, 110, value=lambda held: held.row.total_cents),
    Column("standing", "Status", Kind.STATUS, 190, value=_standing),
    Column("to_do", "What to do", width=250, value=lambda held: held.row.to_do, drop=1),
)


class _ListTab(PatientTab):
    """A tab that is one table; `enter` says what Enter does with its row."""

    def __init__(self, page: Page, table: Table, enter: str, *more: tuple[str, str]) -> None:
        super().__init__(page)
        self.table = table
        self.column.addWidget(table, 1)
        line = KeyLine(("Enter", enter), *more)
        line.setContentsMargins(8, 0, 0, 8)
        self.column.addWidget(line)

    def forget(self) -> None:
        super().forget()
        self.table.show_rows([], keep=False)

    def focus_first(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)


class VisitsTab(_ListTab):
    """When the patient came, newest first, and whether it was charged. Enter charges an open one."""

    def __init__(self, page: Page) -> None:
        table = Table(VISITS, name="patient_visits", spoken="Visits", sizes=page.shell.sizes, empty="No visit yet.")
        super().__init__(page, table, "charges the visit that is not charged yet")
        self.table.opened.connect(self._on_opened)

    def wake(self) -> None:
        if self.card is not None:
            self.page.ask(patient_visits, PatientVisits(self.card.id), self._on_visits)

    @Slot(object)
    def _on_visits(self, found: tuple[VisitLine, ...]) -> None:
        if self.card is not None and all(each.visit.patient_id == self.card.id for each in found):
            self.table.show_rows(found)

    @Slot(object)
    def _on_opened(self, row: VisitLine) -> None:
        if row.status == "open":
            self.page.shell.go("charges", row)


class StatementsTab(_ListTab):
    """What the guarantor was sent; Enter shows it again."""

    def __init__(self, page: Page) -> None:
        empty = "The guarantor has got no statement yet."
        table = Table(STATEMENTS, name="patient_statements", spoken="Statements", sizes=page.shell.sizes, empty=empty)
        super().__init__(
            page, table, "shows the statement as it was sent", ("Ctrl+Shift+H", "settles mail that came back")
        )
        page.action("Mail that came back", "Ctrl+Shift+H", self._on_returned)
        self._asked_of: Id | None = None
        self.table.opened.connect(self._on_opened)

    def wake(self) -> None:
        if self.card is not None:
            query = GuarantorStatements(self.card.guarantor.id)
            self._asked_of = self.card.id
            self.page.ask(guarantor_statements, query, self._on_statements)

    @Slot(object)
    def _on_statements(self, found: tuple[StatementRow, ...]) -> None:
        if self.card is not None and self.card.id == self._asked_of:
            self.table.show_rows([_Statement(each.statement_id, each) for each in found])

    def _on_returned(self) -> None:
        """Go where returned mail is settled and sent again."""
        if self.isVisible() and self.page.desk.may(list_returned):
            self.page.shell.go("returned_mail")

    @Slot(object)
    def _on_opened(self, held: Any) -> None:
        self.page.ask(statement_pdf, StatementPdf(held.id), self._on_pdf)

    @Slot(object)
    def _on_pdf(self, pdf: bytes) -> None:
        self.page.shell.preview("Statement", pdf, suggested="statement.pdf")
