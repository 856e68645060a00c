"""The recovery kits of the practice: who keeps one, a new one, and the yearly try (SECURITY K20, K22)."""

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medbill_desktop.ui.dialogs.new_kit import DrillDialog, NewKitDialog
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.setting import Prose
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import label
from medbill_desktop.usecases.kits import KitLine, ListKits, list_kits

_HEIGHT = 110


class KitsPanel(QWidget):
    """Who may not manage the kit does not see it."""

    def __init__(self, page: Page, new: Button, drill: Button) -> None:
        super().__init__()
        self._page = page
        self.table = Table(COLUMNS, name="kits", spoken="Recovery kits", sizes=page.shell.sizes, empty="No kit.")
        self.table.setFixedHeight(_HEIGHT)
        row = QHBoxLayout()
        for each in (new, drill):
            row.addWidget(each)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.ONE)
        column.addWidget(label("Recovery kits", Type.HEADING))
        column.addWidget(Prose("Each opens the practice and its backups. A lost one is replaced; three are the most."))
        column.addWidget(self.table)
        column.addLayout(row)

    def reload(self) -> None:
        """Show the kits in force."""
        kits = self._page.desk.ask(list_kits, ListKits())
        self.table.show_rows(kits)

    def new(self) -> None:
        NewKitDialog(self._page, self.reload).open()

    def drill(self) -> None:
        DrillDialog(self._page, self.reload).open()


def _state(row: KitLine) -> Status:
    return Status(Tone.WARN, "Try it again") if row.drill_due else Status(Tone.OK, "In force")


COLUMNS = (
    Column("number", "No.", Kind.COUNT, 56),
    Column("holder", "Kept by", Kind.NAME, stretch=True, value=lambda row: row.holder or "not written down"),
    Column("made_at", "Made", Kind.DATE, 110, value=lambda row: row.made_at.astimezone().date()),
    Column(
        "drilled_at", "Tried", Kind.DATE, 110,
        value=lambda row: None if row.drilled_at is None else row.drilled_at.astimezone().date(),
    ),
    Column("state", "State", Kind.STATUS, 150, value=_state),
)  # fmt: skip
