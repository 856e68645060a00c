"""The computers of the practice, and taking one out (SECURITY K16, H16)."""

from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.setting import Prose
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import label
from medbill_desktop.usecases.devices import ComputerLine, ListComputers, list_computers
from medbill_desktop.usecases.key_rotation import Rotated

TAKE_OUT_WORDS = (
    "A backup is made and read back first. Then the practice gets new keys, which a copy from that computer does not"
    " open. All other computers have to be enrolled again with the recovery kit."
)
_HEIGHT = 150


class ComputersPanel(QWidget):
    """Who may not manage people does not see it."""

    def __init__(self, page: Page, take_out: Button) -> None:
        super().__init__()
        self._page, self._take_out = page, take_out
        self.table = Table(
            COLUMNS, name="computers", spoken="Computers", sizes=page.shell.sizes, empty="No computer is enrolled."
        )
        self.table.setFixedHeight(_HEIGHT)
        self.table.chosen.connect(self._on_chosen)
        row = QHBoxLayout()
        row.addWidget(take_out)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.ONE)
        column.addWidget(label("Computers", Type.HEADING))
        column.addWidget(Prose("A further computer, or another account on this one, is enrolled with the kit."))
        column.addWidget(self.table)
        column.addLayout(row)

    def reload(self) -> None:
        """Show who is enrolled."""
        computers = self._page.desk.ask(list_computers, ListComputers())
        self.table.show_rows(computers)
        self._on_chosen(None)

    def take_out(self) -> None:
        """Ask once more, then make the backup and the new keys."""
        row = self.table.chosen_row()
        if isinstance(row, ComputerLine):
            words = f"{row.name}: {TAKE_OUT_WORDS}"
            self._page.shell.confirm("Take a computer out", words, "Take out", partial(self._go, row.number))

    @Slot(object)
    def _on_chosen(self, _: object) -> None:
        row = self.table.chosen_row()
        self._take_out.setEnabled(isinstance(row, ComputerLine) and row.revoked_at is None and not row.is_this)

    def _go(self, number: int) -> None:
        office = self._page.shell.office
        self._page.problems.say()
        work = self._page.jobs.work(lambda watch: office.take_out(number, watch), "Taking a computer out", writes=True)
        work.cancelled.connect(self._on_cancelled)
        work.on(self._on_taken_out, self._page.say_error)

    @Slot()
    def _on_cancelled(self) -> None:
        self._page.shell.say("The old keys stay in force; no computer was taken out.", Tone.WARN)

    @Slot(object)
    def _on_taken_out(self, made: Rotated) -> None:
        self.reload()
        self._page.shell.say(f"The practice has new keys. Computers taken out: {made.computers_dropped}.")


def _state(row: ComputerLine) -> Status:
    if row.revoked_at is not None:
        return Status(Tone.NONE, "Taken out")
    return Status(Tone.OK, "This computer" if row.is_this else "Enrolled")


COLUMNS = (
    Column("number", "No.", Kind.COUNT, 56),
    Column("name", "Computer", Kind.NAME, stretch=True),
    Column(
        "store_kind", "Secret", width=160, value=lambda row: "Protected file" if row.store_kind == "file" else "Store"
    ),
    Column("enrolled_at", "Enrolled", Kind.DATE, 110, value=lambda row: row.enrolled_at.astimezone().date()),
    Column("state", "State", Kind.STATUS, 150, value=_state),
)
