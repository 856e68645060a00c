"""Visits without a charge: each is keyed, or gets a reason for none (BILLING C6)."""

from PySide6.QtCore import Qt, Slot

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.names import tidy
from medbill_desktop.ui.help import Key
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.models.rows import Column, Kind
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.widgets.fields import ChoiceField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.visits import (
    NO_CHARGE_REASONS,
    MarkNoCharge,
    MissingCharges,
    VisitLine,
    mark_no_charge,
    missing_charges,
)

COLUMNS = (
    Column("day", "Date", Kind.DATE, 104, value=lambda row: row.visit.service_date),
    Column("patient", "Patient", Kind.NAME, stretch=True),
    Column("account", "Account", Kind.CODE, 92, drop=2),
    Column("provider", "Provider", width=190),
    Column("place", "Place", width=160, drop=1),
    Column("who_pays", "Who pays", width=190),
)


class MissingChargesPage(Page):
    """Enter keys the chosen visit, Ctrl+R gives the reason."""

    topics = frozenset({"visits"})

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Visits without a charge")
        empty = "Every visit of earlier days has its charges, or a reason for none."
        self.table = Table(COLUMNS, name="missing_charges", spoken="Visits without a charge", sizes=shell.sizes,
                           empty=empty)  # fmt: skip
        self._reason = self.button("No charge", "Ctrl+R", self._on_reason, case=mark_no_charge, name="no_charge")
        self._key = self.button("Key the charges", "Ctrl+Enter", self._on_key, kind="primary", name="key_charges")
        self.action_bar.add(self._reason, self._key)
        self.add(self.table, 1)
        self.keys.append(Key("Enter", "Key the charges of the chosen visit"))
        self.table.opened.connect(self._on_opened)

    def reload(self) -> None:
        rows = self.desk.ask(missing_charges, MissingCharges())
        self.table.show_rows(rows)
        many = "1 visit waits." if len(rows) == 1 else f"{len(rows)} visits wait." if rows else "Nothing waits."
        self.action_bar.say(many)
        for each in (self._reason, self._key):
            each.setEnabled(bool(rows) and self.desk.may(mark_no_charge))

    def focus_first(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _on_opened(self, line: VisitLine) -> None:
        self.shell.go("charges", line)

    def _on_key(self) -> None:
        if isinstance(line := self.table.chosen_row(), VisitLine):
            self.shell.go("charges", line)

    def _on_reason(self) -> None:
        if isinstance(line := self.table.chosen_row(), VisitLine):
            open_no_charge(self, line.id)


def open_no_charge(page: Page, visit_id: Id) -> PanelForm:
    """Ask why a visit has no charge."""

    def does() -> None:
        reason = tidy(str(made.form.value("reason") or ""))
        made.run(mark_no_charge, MarkNoCharge(page.desk.new_id(), visit_id, reason), "The reason is kept.")

    words = "The visit leaves the list. Nothing is posted, and it can be opened again."
    made = PanelForm(page, words, "Keep the reason", does, keeps="visit.no_charge", about=visit_id)
    choices = [*((each, each) for each in NO_CHARGE_REASONS), ("", "None, it is open again")]
    made.form.add("reason", "Why there is no charge", ChoiceField(choices, name="no_charge_reason"), 0, 0, 12)
    made.open("No charge")
    return made
