"""What this person left half-typed: go on with it, or throw it away (SECURITY L11)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from PySide6.QtCore import Qt, Slot

from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.models.rows import Column
from medbill_desktop.ui.page import Page, Shell
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import KeyLine
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.drafts import DraftLine, DropDraft, ListDrafts, drop_draft, list_drafts

# The form that a draft is kept under, its words, and the page that brings it back when it opens.
FORMS: Final = {
    "registration": ("Registering a patient", "registration"),
    "payment": ("Taking a payment", "payments"),
    "charges": ("Entering charges", "charges"),
}


@dataclass(frozen=True, slots=True)
class DraftRow:
    id: str
    kept_at: datetime

    @property
    def words(self) -> str:
        return FORMS.get(self.id, (self.id, ""))[0]


DRAFTS: Final = (
    Column("form", "What", stretch=True, value=lambda row: row.words),
    Column("kept", "Kept", width=180, value=lambda row: f"{row.kept_at.astimezone():%m/%d/%Y %H:%M}"),
)


class DraftsPage(Page):
    """One line a form; nobody else's are ever listed."""

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Half-finished work")
        self.table = Table(DRAFTS, name="drafts", spoken="Half-finished work", sizes=shell.sizes,
                           empty="You left nothing half-finished.")  # fmt: skip
        self.add(self.table, 1)
        self.add(KeyLine(("Enter", "goes on with it"), ("Alt+Left", "back")))
        self._drop = self.button("Throw away", "Ctrl+D", self._on_drop, name="drop_draft")
        self._resume = self.button("Go on", "Ctrl+Enter", self._on_resume, kind="primary", name="resume")
        self.action_bar.add(self._drop, self._resume)
        self.action_bar.say("Drafts are encrypted for you alone and go after 30 days.")
        self.table.opened.connect(self._on_resume)
        self.table.chosen.connect(self._tell)
        self._tell()

    def reload(self) -> None:
        self.jobs.ask(list_drafts, ListDrafts()).on(self._on_drafts, self.say_error)

    def leave(self) -> None:
        self._stale = True  # whoever comes back sees what was kept meanwhile

    def focus_first(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _on_drafts(self, found: tuple[DraftLine, ...]) -> None:
        self.table.show_rows([DraftRow(each.form, each.updated_at) for each in found])
        self._tell()

    @Slot()
    def _tell(self) -> None:
        row = self._row()
        self._drop.setEnabled(row is not None)
        self._resume.setEnabled(row is not None and row.id in FORMS)

    def _row(self) -> DraftRow | None:
        row = self.table.chosen_row()
        return row if isinstance(row, DraftRow) else None

    @Slot()
    def _on_resume(self) -> None:
        if (row := self._row()) is not None and row.id in FORMS:
            self.shell.go(FORMS[row.id][1])

    def _on_drop(self) -> None:
        if (row := self._row()) is not None:
            sentence = f"{row.words}, kept {row.kept_at.astimezone():%m/%d/%Y %H:%M}. It can't be brought back."
            self.shell.confirm("Throw away", sentence, "Throw away", lambda: self._drop_form(row.id))

    def _drop_form(self, form: str) -> None:
        self.run(drop_draft, DropDraft(form), self._on_dropped)

    @Slot(object)
    def _on_dropped(self, _: object) -> None:
        self.shell.say("Thrown away.")
        self.reload()
