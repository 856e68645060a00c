"""Mail that came back: note it by its number, ask for the address, send it again (BILLING S5, R13)."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from PySide6.QtCore import Qt, Slot

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Problem
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.pages.statement_runs import RunPlace
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Tone
from medbill_desktop.ui.widgets.fields import DateField, LineField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import KeyLine
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.statement_life import (
    ListReturned,
    NoteReturned,
    ReturnedLine,
    SettleReturned,
    list_returned,
    note_returned,
    settle_returned,
)
from medbill_desktop.usecases.statements import (
    RunMade,
    RunStatements,
    StatementPdf,
    run_statements,
    statement_pdf,
)

WHERE: Final = "The number stands at the right of the page, under the date. Its address gets nothing more until then."


@dataclass(frozen=True, slots=True)
class ReturnedRow:
    id: Id
    row: ReturnedLine = field(repr=False)


def _state(line: ReturnedRow) -> Status:
    return Status(Tone.OK if line.row.may_send else Tone.WARN, line.row.words)


RETURNED: Final = (
    Column("number", "Number", Kind.CODE, 88, value=lambda row: row.row.number),
    Column("name", "To", Kind.NAME, stretch=True, value=lambda row: row.row.name),
    Column("mailed", "Mailed", Kind.DATE, 100, value=lambda row: row.row.mailed_on, drop=1),
    Column("returned", "Came back", Kind.DATE, 100, value=lambda row: row.row.returned_on),
    Column("state", "What to do", Kind.STATUS, 320, value=_state),
)


class ReturnedMailPage(Page):
    """What the post brought back and is not settled."""

    topics = frozenset({"statements", "patients", "ledger"})

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Returned mail")
        self.table = Table(RETURNED, name="returned_mail", spoken="Returned mail", sizes=shell.sizes,
                           empty="No mail has come back. Ctrl+N notes a letter that did.")  # fmt: skip
        self.add(self.table, 1)
        self.add(KeyLine(("Enter", "shows the statement as it was sent"), ("Alt+Left", "back")))
        self._right = self.button("The address is right", "Ctrl+D", self._on_right, case=settle_returned,
                                  name="address_right")  # fmt: skip
        self._again = self.button("Make it again", "Ctrl+Enter", self._on_again, case=run_statements, name="send_again")
        self._note = self.button("Note a letter", "Ctrl+N", self._on_note, case=note_returned, kind="primary",
                                 name="note_returned")  # fmt: skip
        self.action_bar.add(self._right, self._again, self._note)
        self.table.opened.connect(self._on_opened)
        self.table.chosen.connect(self._tell)
        self._tell()

    def reload(self) -> None:
        self.jobs.ask(list_returned, ListReturned()).on(self._on_rows, self.say_error)

    def focus_first(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        self.close_panel()

    @Slot(object)
    def _on_rows(self, rows: tuple[ReturnedLine, ...]) -> None:
        self.table.show_rows([ReturnedRow(each.statement_id, each) for each in rows])
        self._tell()

    @Slot()
    def _tell(self) -> None:
        line = self._line()
        self._right.setEnabled(line is not None and self.desk.may(settle_returned))
        self._again.setEnabled(line is not None and line.row.may_send and self.desk.may(run_statements))
        self.action_bar.say("" if line is None else line.row.words + ".")

    def _line(self) -> ReturnedRow | None:
        line = self.table.chosen_row()
        return line if isinstance(line, ReturnedRow) else None

    def _on_note(self) -> None:
        def does() -> None:
            day = made.form.value("returned_on")
            if not isinstance(day, date):
                made.form.show_problems([Problem("day", "returned_on", "Type the day it came back.")])
                return
            command = NoteReturned(self.desk.new_id(), made.form.text("number"), day)
            made.run(note_returned, command, "Noted. Nothing more goes to this address.")

        made = PanelForm(self, WHERE, "Note it", does, keeps="mail.returned")
        made.form.add("number", "Statement number", LineField(name="returned_number", most=20), 0, 0, 6)
        made.form.add("returned_on", "Came back on", DateField(self.desk.clock.today, name="returned_on"), 0, 6, 6)
        made.form.set_values({"returned_on": self.desk.clock.today()})
        made.open("Mail that came back")

    @Slot(object)
    def _on_opened(self, line: ReturnedRow) -> None:
        self.ask(statement_pdf, StatementPdf(line.id), self._on_pdf)

    @Slot(object)
    def _on_pdf(self, pdf: bytes) -> None:
        self.shell.preview("Statement as it was sent", pdf, suggested="statement.pdf")

    def _on_right(self) -> None:
        if (line := self._line()) is not None:
            sentence = "Was the address right? Then mail may go there again."
            self.shell.confirm("The address is right", sentence, "It is right", lambda: self._settle(line.id))

    def _settle(self, statement_id: Id) -> None:
        self.run(settle_returned, SettleReturned(self.desk.new_id(), statement_id), self._on_settled)

    @Slot(object)
    def _on_settled(self, _: object) -> None:
        self.shell.say("Settled; the next run sends it again.")

    def _on_again(self) -> None:
        if (line := self._line()) is not None and line.row.may_send:
            command = RunStatements(self.desk.new_id(), (line.row.mailbox,))
            self.run(run_statements, command, self._on_made)

    @Slot(object)
    def _on_made(self, made: RunMade) -> None:
        if made.run_id is None:
            self.shell.say("Nobody gets a statement any more; nothing was made.", Tone.WARN)
            return
        self.shell.go("statement_runs", RunPlace(made.run_id, shows=True))
