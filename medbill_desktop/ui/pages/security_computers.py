"""The computers of the practice: letting one in by a code, and taking one out (SECURITY K15, K16, H16)."""

from functools import partial

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medbill_desktop.ui.dialogs.enrolment_codes import EnrolmentCodeDialog, offer_codes
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.setting import Prose
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import label
from medbill_desktop.usecases.devices import ComputerLine, ListComputers, list_computers
from medbill_desktop.usecases.enrolment import EnrolmentLine, ListEnrolments, list_enrolments
from medbill_desktop.usecases.key_rotation import Rotated

TAKE_OUT_WORDS = (
    "A backup is made and read back first. Then the practice gets new keys, which a copy from that computer does not"
    " open. All other computers have to be enrolled again, each with a code that you are offered then."
)
_HEIGHT, _CODES_HEIGHT = 150, 110


class ComputersPanel(QWidget):
    """Who may not manage people does not see it."""

    def __init__(self, page: Page, take_out: Button, show_code: Button, withdraw: Button) -> None:
        super().__init__()
        self._page, self._take_out, self._withdraw = page, take_out, withdraw
        self.table = Table(
            COLUMNS, name="computers", spoken="Computers", sizes=page.shell.sizes, empty="No computer is enrolled."
        )
        self.table.setFixedHeight(_HEIGHT)
        self.table.chosen.connect(self._on_chosen)
        self.waiting = Table(
            CODE_COLUMNS, name="codes", spoken="Enrolment codes", sizes=page.shell.sizes, empty="No code is out."
        )
        self.waiting.setFixedHeight(_CODES_HEIGHT)
        self.waiting.chosen.connect(self._on_code_chosen)
        row, codes = QHBoxLayout(), QHBoxLayout()
        for each in (show_code, take_out):
            row.addWidget(each)
        row.addStretch(1)
        codes.addWidget(withdraw)
        codes.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.ONE)
        column.addWidget(label("Computers", Type.HEADING))
        column.addWidget(Prose("A further computer, or another account on this one, is let in by an enrolment code."))
        column.addWidget(self.table)
        column.addLayout(row)
        column.addWidget(label("Enrolment codes that were not used yet", Type.STRONG))
        column.addWidget(self.waiting)
        column.addLayout(codes)

    def reload(self) -> None:
        """Show who is enrolled."""
        computers = self._page.desk.ask(list_computers, ListComputers())
        self.table.show_rows(computers)
        codes = self._page.desk.ask(list_enrolments, ListEnrolments())
        self.waiting.show_rows(codes)
        self._on_chosen(None)
        self._on_code_chosen(None)

    def show_code(self) -> None:
        """Ask for which computer, and show a code once."""
        dialog = EnrolmentCodeDialog(self._page)
        dialog.finished.connect(self.reload)
        dialog.open()

    def withdraw(self) -> None:
        """Ask once more, then end the chosen code."""
        row = self.waiting.chosen_row()
        if isinstance(row, EnrolmentLine):
            words = f"The code for {row.name} then lets nobody in. Another one can be shown at any time."
            self._page.shell.confirm("Withdraw a code", words, "Withdraw", partial(self._go_withdraw, row))

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

    @Slot(object)
    def _on_code_chosen(self, _: object) -> None:
        self._withdraw.setEnabled(isinstance(self.waiting.chosen_row(), EnrolmentLine))

    def _go_withdraw(self, row: EnrolmentLine) -> None:
        office = self._page.shell.office
        job = self._page.jobs.work(lambda watch: office.codes.withdraw(row), writes=True)
        job.on(self._on_withdrawn, self._page.say_error)

    @Slot(object)
    def _on_withdrawn(self, _: object) -> None:
        self.reload()
        self._page.shell.say("The code is withdrawn.")

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
        offer_codes(self._page, made, self.reload)


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
CODE_COLUMNS = (
    Column("name", "For", Kind.NAME, stretch=True),
    Column("offered_at", "Shown", Kind.DATE, 110, value=lambda row: row.offered_at.astimezone().date()),
    Column("expires_at", "Good until", Kind.DATE, 110, value=lambda row: row.expires_at.astimezone().date()),
)
