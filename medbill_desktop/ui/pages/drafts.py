"""What this person left half-typed: go on with it, or throw it away (SECURITY L11)."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from PySide6.QtCore import Qt, Slot

from medbill_desktop.domain.drafts import read_name
from medbill_desktop.domain.ids import Id
from medbill_desktop.ui.half_forms import FORMS
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.models.rows import Column, Kind
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import KeyLine
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.drafts import DraftLine, ListDrafts, list_drafts

UNKNOWN: Final = "A form of another version of the program"


@dataclass(frozen=True, slots=True)
class DraftRow:
    id: str
    kept_at: datetime
    patient_id: Id | None = None
    patient: str = field(default="", repr=False)
    was_merged: bool = False

    @property
    def words(self) -> str:
        form = FORMS.get(read_name(self.id).form)
        return UNKNOWN if form is None else form.words

    @property
    def whose(self) -> str:
        """Return the patient; of a record that was merged since, the one that stands for it now."""
        return f"{self.patient}, merged since" if self.was_merged else self.patient


DRAFTS: Final = (
    Column("form", "What", stretch=True, value=lambda row: row.words),
    Column("patient", "Patient", Kind.NAME, 260, value=lambda row: row.whose),
    Column("kept", "Kept", width=180, value=lambda row: f"{row.kept_at.astimezone():%m/%d/%Y %H:%M}"),
)


class DraftsPage(Page):
    """One line a form; nobody else's are ever listed. What is thrown away can be brought back until one leaves."""

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Half-finished work")
        self.table = Table(DRAFTS, name="drafts", spoken="Half-finished work", sizes=shell.sizes,
                           empty="You left nothing half-finished.")  # fmt: skip
        self.add(self.table, 1)
        self.add(KeyLine(("Enter", "goes on with it"), ("Alt+Left", "back")))
        self._drop = self.button("Throw away", "Ctrl+D", self._on_drop, name="drop_draft")
        self._back = self.button("Bring back", "Ctrl+Z", self._on_back, name="bring_back")
        self._back.setToolTip("Bring back what was thrown away last (Ctrl+Z)")
        self._resume = self.button("Go on", "Ctrl+Enter", self._on_resume, kind="primary", name="resume")
        self.action_bar.add(self._back, self._drop, self._resume)
        self.action_bar.say("Drafts are encrypted for you alone and go after 30 days.")
        self.table.opened.connect(self._on_resume)
        self.table.chosen.connect(self._tell)
        self._tell()

    def reload(self) -> None:
        # What was kept a moment ago, on the page before this one, is on its way to the disk.
        self.jobs.call(self.shell.drafts.settle).on(always=self._on_settled)

    @Slot()
    def _on_settled(self) -> None:
        self.jobs.ask(list_drafts, ListDrafts()).on(self._on_drafts, self.say_error)

    def leave(self) -> None:
        self._stale = True  # whoever comes back sees what was kept meanwhile

    def focus_first(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _on_drafts(self, found: tuple[DraftLine, ...]) -> None:
        self.table.show_rows([
            DraftRow(each.form, each.updated_at, each.patient_id, each.patient, each.was_merged) for each in found
        ])  # fmt: skip
        self._tell()

    @Slot()
    def _tell(self) -> None:
        row = self._row()
        self._drop.setEnabled(row is not None)
        self._resume.setEnabled(row is not None and read_name(row.id).form in FORMS)
        self._back.setEnabled(self.shell.drafts.has_thrown)

    def _row(self) -> DraftRow | None:
        row = self.table.chosen_row()
        return row if isinstance(row, DraftRow) else None

    @Slot()
    def _on_resume(self) -> None:
        if (row := self._row()) is not None and read_name(row.id).form in FORMS:
            self.shell.go_on(row.id, row.patient_id)

    def _on_drop(self) -> None:
        if (row := self._row()) is not None:
            self.shell.drafts.throw_away(row.id)
            self.shell.say("Thrown away. Ctrl+Z brings it back.")
            self.reload()

    def _on_back(self) -> None:
        if key := self.shell.drafts.bring_back():
            self.table.choose_next(key)
            self.shell.say("Brought back.")
            self.reload()
