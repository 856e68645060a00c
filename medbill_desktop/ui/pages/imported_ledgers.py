"""Ledgers that were imported, and taking one of them back whole (BILLING J3)."""

from PySide6.QtCore import Qt, Slot

from medbill_desktop.domain.names import tidy
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Tone
from medbill_desktop.ui.widgets.fields import LineField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.ledger_imports import (
    LedgerImport,
    ListImports,
    UndoImport,
    list_imports,
    undo_import,
)

WORDS = {"history": "Ledger history", "balances": "Opening balances"}
COLUMNS = (
    Column("made_at", "Imported", Kind.DATE, 104, value=lambda row: row.made_at.astimezone().date()),
    Column("kind", "What", Kind.NAME, stretch=True, value=lambda row: f"{WORDS[row.kind]}, {row.source}"),
    Column("first_day", "From", Kind.DATE, 104, drop=2),
    Column("last_day", "To", Kind.DATE, 104, drop=2),
    Column("row_count", "Rows", Kind.COUNT, 80),
    Column("charges", "Charges", Kind.COUNT, 80, drop=3),
    Column("charged_cents", "Charged", Kind.MONEY, 130),
    Column("paid_cents", "Paid", Kind.MONEY, 130),
    Column("made_by", "By", width=150, drop=1),
    Column(
        "undone_at", "Status", Kind.STATUS, 130,
        value=lambda row: Status(Tone.OK, "Stands") if row.undone_at is None else Status(Tone.NONE, "Taken back"),
    ),
)  # fmt: skip


class ImportedLedgersPage(Page):
    """Every ledger that came from another system; Ctrl+R takes the chosen one back."""

    topics = frozenset({"ledger"})

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Imported ledgers")
        empty = "No ledger was imported yet. Ctrl+N opens the import."
        self.table = Table(COLUMNS, name="imported_ledgers", spoken="Imported ledgers", sizes=shell.sizes, empty=empty)
        self._undo = self.button("Take it back", "Ctrl+R", self._on_undo, case=undo_import, name="undo_import")
        more = self.button("Import a ledger", "Ctrl+N", self._on_import, kind="primary", name="import_ledger")
        self.action_bar.add(self._undo, more)
        self.add(self.table, 1)

    def reload(self) -> None:
        rows = self.desk.ask(list_imports, ListImports())
        self.table.show_rows(rows)
        many = "1 ledger was imported." if len(rows) == 1 else f"{len(rows)} ledgers were imported."
        self.action_bar.say(many if rows else "Nothing was imported.")
        self._undo.setEnabled(bool(rows) and self.desk.may(undo_import))

    def focus_first(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_import(self) -> None:
        self.shell.go("import", "history")

    @Slot()
    def _on_undo(self) -> None:
        chosen = self.table.chosen_row()
        if not isinstance(chosen, LedgerImport):
            return

        def does() -> None:
            reason = tidy(str(made.form.value("reason") or ""))
            made.run(undo_import, UndoImport(self.desk.new_id(), chosen.id, reason), "The import was taken back.")

        words = (
            f"All {chosen.row_count:,} rows of this import are taken back, each on its own day. It is refused where"
            " something was posted or billed on them since."
        )
        made = PanelForm(self, words, "Take it back", does, keeps="ledger.undo", about=chosen.id)
        made.form.add("reason", "Why", LineField("wrong file", name="undo_import_reason", most=200), 0, 0, 12)
        made.open("Take an import back")
