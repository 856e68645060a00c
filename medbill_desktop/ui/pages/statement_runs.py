"""Runs of statements: print, say that they are mailed, build again, take back, print one again (BILLING S6)."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from PySide6.QtCore import Qt, Slot

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import format_cents
from medbill_desktop.domain.problems import Problem
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Tone
from medbill_desktop.ui.widgets.fields import DateField, LineField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import KeyLine, label
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.statement_mailing import STEPS, AskMailing, Mailing, mailing, mailing_list
from medbill_desktop.usecases.statement_pages import MadeStatement, StatementsOfRun, statements_of_run
from medbill_desktop.usecases.statements import (
    ConfirmMailed,
    ListRuns,
    RefreshRun,
    RunPdf,
    RunRefreshed,
    RunRow,
    StatementPdf,
    WithdrawRun,
    confirm_mailed,
    list_runs,
    refresh_run,
    statement_pdf,
    statement_run_pdf,
    withdraw_run,
)


@dataclass(frozen=True, slots=True)
class RunPlace:
    """Which run `shell.go("statement_runs", RunPlace(id))` chooses; `shows` opens its PDF as well."""

    run_id: Id
    shows: bool = False


@dataclass(frozen=True, slots=True)
class RunLine:
    id: Id
    row: RunRow

    @property
    def waits(self) -> int:
        """How many are neither mailed nor taken back."""
        return self.row.statements - self.row.mailed


@dataclass(frozen=True, slots=True)
class MadeLine:
    id: Id
    row: MadeStatement = field(repr=False)


def _run_state(line: RunLine) -> Status:
    row = line.row
    if not row.statements:
        return Status(Tone.NONE, "Taken back")
    if row.changed_since:
        return Status(Tone.WARN, f"{row.changed_since:,} changed: refresh")
    if line.waits:
        return Status(Tone.INFO, f"{line.waits:,} not mailed")
    return Status(Tone.OK, "Mailed")


def _made_state(line: MadeLine) -> Status:
    mailed = line.row.mailed_on
    return Status(Tone.OK, f"Mailed {mailed:%m/%d/%Y}") if mailed else Status(Tone.INFO, "Not mailed")


RUNS: Final = (
    Column("made", "Made", Kind.DATE, 104, value=lambda row: row.row.made_on),
    Column("due", "Due", Kind.DATE, 104, value=lambda row: row.row.due_on, drop=2),
    Column("count", "Statements", Kind.COUNT, 92, value=lambda row: row.row.statements),
    Column("total", "Total", Kind.MONEY, 112, value=lambda row: row.row.total_cents),
    Column("withdrawn", "Taken back", Kind.COUNT, 96, value=lambda row: row.row.withdrawn or "", drop=1),
    Column("state", "Status", Kind.STATUS, stretch=True, value=_run_state),
)
MADE: Final = (
    Column("tick", "", Kind.TICK, 36, hint="Goes to the post"),
    Column("number", "Number", Kind.CODE, 88, value=lambda row: row.row.number),
    Column("addressee", "To", Kind.NAME, stretch=True, value=lambda row: row.row.addressee),
    Column("step", "Step", width=128, value=lambda row: row.row.step_words, drop=1),
    Column("total", "Owes", Kind.MONEY, 100, value=lambda row: row.row.total_cents),
    Column("state", "Status", Kind.STATUS, 168, value=_made_state),
)


class StatementRunsPage(Page):
    """The runs on top, the statements of the chosen one below."""

    topics = frozenset({"statements", "ledger", "payments", "patients"})

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Statement runs")
        self._wanted: RunPlace | None = None
        self._of: Id | None = None
        self.runs = Table(RUNS, name="statement_runs", spoken="Runs", sizes=shell.sizes,
                          empty="No statements were made yet. Alt+Left goes back to the selection.")  # fmt: skip
        self.made = Table(MADE, name="statements_of_run", spoken="Statements of the run", sizes=shell.sizes)
        self._of_words = label("", ink="2")
        self.add(self.runs, 2)
        self.add(self._of_words)
        self.add(self.made, 3)
        self.add(KeyLine(("Enter", "prints one again"), ("Space", "ticks what goes to the post"), ("Alt+Left", "back")))
        self._make_buttons()
        self.runs.chosen.connect(self._on_run)
        self.runs.opened.connect(self._on_run_opened)
        self.made.opened.connect(self._on_made_opened)
        self.made.rows.ticked.connect(self._on_ticked)
        self.panel.closed.connect(self._tell)

    def _make_buttons(self) -> None:
        self._back = self.button("Take back", "Ctrl+D", self._on_withdraw, case=withdraw_run, name="withdraw")
        self._again = self.button("Refresh", "Ctrl+R", self._on_refresh, case=refresh_run, name="refresh")
        self._print = self.button("Open PDF", "Ctrl+P", self._on_print, case=statement_run_pdf, name="open_pdf",
                                  icon_name="ph.printer")  # fmt: skip
        self._list = self.button("Mailing list", "Ctrl+M", self._on_list, case=mailing_list, name="mailing_list")
        self._mailed = self.button(
            "Mailed", "Ctrl+Enter", self._on_mailed, case=confirm_mailed, kind="primary", name="mailed"
        )
        self.action_bar.add(self._back, self._again, self._list, self._print, self._mailed)
        self._tell()

    def open(self, place: object) -> None:
        if isinstance(place, RunPlace):
            self._wanted = place
            self.reload()

    def reload(self) -> None:
        self.jobs.ask(list_runs, ListRuns()).on(self._on_runs, self.say_error)

    def focus_first(self) -> None:
        self.runs.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _on_runs(self, rows: tuple[RunRow, ...]) -> None:
        self.runs.show_rows([RunLine(each.run_id, each) for each in rows])
        wanted, self._wanted = self._wanted, None
        if wanted is not None and self.runs.choose(wanted.run_id) and wanted.shows:
            self._on_print()
        self._on_run(self.runs.chosen_row())

    @Slot(object)
    def _on_run(self, line: RunLine | None) -> None:
        self._tell()
        if line is not None:
            self.jobs.ask(statements_of_run, StatementsOfRun(line.id)).on(self._on_made, self.say_error)
        else:
            self.made.show_rows([])
            self._of_words.setText("")

    @Slot(object)
    def _on_made(self, rows: tuple[MadeStatement, ...]) -> None:
        line = self.runs.chosen_row()
        if line is None:
            return
        if line.id != self._of:
            self._of = line.id
            self.made.rows.ticks = {each.statement_id for each in rows if each.mailed_on is None}
        self.made.show_rows([MadeLine(each.statement_id, each) for each in rows])
        self._of_words.setText(f"Run of {line.row.made_on:%m/%d/%Y}; untick what does not go to the post")
        self._tell()

    @Slot(object, bool)
    def _on_ticked(self, statement_id: Any, on: bool) -> None:
        line = self.made.chosen_row()
        if line is not None and line.row.mailed_on is not None:
            self.made.rows.tick([statement_id], False)
        self._tell()

    @Slot()
    def _tell(self) -> None:
        line = self.runs.chosen_row()
        waits = 0 if line is None else line.waits
        changed = 0 if line is None else line.row.changed_since
        self._print.setEnabled(line is not None and line.row.statements > 0 and self.desk.may(statement_run_pdf))
        # `changed` counts what moved money; an address or a flag that changed is found only by building it again.
        self._again.setEnabled(waits > 0 and self.desk.may(refresh_run))
        self._list.setEnabled(waits > 0 and self.desk.may(mailing_list))
        self._back.setEnabled(waits > 0 and self.desk.may(withdraw_run))
        self._mailed.setEnabled(waits > 0 and not self.panel.isVisible() and self.desk.may(confirm_mailed))
        if changed:
            self.action_bar.say("Refresh builds them again.", lead=f"{changed:,} changed since.", tone=Tone.WARN)
        else:
            self.action_bar.say("")

    @Slot(object)
    def _on_run_opened(self, line: RunLine) -> None:
        self._on_print()

    def _on_print(self) -> None:
        line = self.runs.chosen_row()
        if line is not None:
            self.problems.say()
            waiting = 0 < line.row.mailed < line.row.statements  # what is mailed is not printed with the rest
            job = self.jobs.ask(statement_run_pdf, RunPdf(line.id, waiting), "Drawing statements")
            job.on(self._on_pdf, self.say_error)

    @Slot(object)
    def _on_pdf(self, pdf: bytes) -> None:
        self.shell.preview("Statements", pdf, suggested="statements.pdf", printed=self._on_printed)

    def _on_printed(self) -> None:
        self.shell.say("Sent to the printer. When they lie in the mail, say so with Ctrl+Enter.", Tone.INFO)

    @Slot(object)
    def _on_made_opened(self, line: MadeLine) -> None:
        self.ask(statement_pdf, StatementPdf(line.id), self._on_one)

    @Slot(object)
    def _on_one(self, pdf: bytes) -> None:
        self.shell.preview("Statement", pdf, suggested="statement.pdf")

    def _kept_back(self) -> tuple[Id, ...]:
        waiting = [row for row in self._statements() if row.mailed_on is None]
        return tuple(each.statement_id for each in waiting if each.statement_id not in self.made.rows.ticks)

    def _on_list(self) -> None:
        if (line := self.runs.chosen_row()) is not None:
            asked = AskMailing(line.id, self._kept_back())
            self.jobs.ask(mailing_list, asked, "Counting sheets").on(self._on_list_pdf, self.say_error)

    @Slot(object)
    def _on_list_pdf(self, pdf: bytes) -> None:
        self.shell.preview("Mailing list", pdf, suggested="mailing-list.pdf")

    def _on_mailed(self) -> None:
        line = self.runs.chosen_row()
        if line is not None and not self.panel.isVisible():
            self._mailed.setEnabled(False)  # one Ctrl+Enter at a time
            asked = AskMailing(line.id, self._kept_back())
            job = self.jobs.ask(mailing, asked, "Counting sheets")
            job.on(lambda found: self._show_mailed(line, asked, found), self.say_error)

    def _show_mailed(self, line: RunLine, asked: AskMailing, found: Mailing) -> None:
        def does() -> None:
            day = made.form.value("mailed_on")
            problems = [] if isinstance(day, date) else [Problem("day", "mailed_on", "Type the day of mailing.")]
            problems += [
                Problem("count", each, "Type the number that you counted.")
                for each in ("envelopes", "sheets")
                if not made.form.text(each).isdecimal()
            ]
            made.form.show_problems(problems)
            if isinstance(day, date) and not problems:
                counts = int(made.form.text("envelopes")), int(made.form.text("sheets"))
                command = ConfirmMailed(self.desk.new_id(), line.id, day, asked.kept_back, *counts)
                made.run(confirm_mailed, command, "Noted as mailed; the next step counts from that day.")

        kept = len(asked.kept_back)
        sentence = (
            f"{found.envelopes:,} of {line.waits:,} go to the post, on {found.sheets:,} sheets; "
            f"{found.several:,} envelopes hold more than one."
        ) + (f" {kept:,} stay here and can be mailed later." if kept else "")
        made = PanelForm(self, sentence, "Note as mailed", does, keeps="run.mailed", about=line.id)
        made.form.add("mailed_on", "Mailed on", DateField(self.desk.clock.today, name="mailed_on"), 0, 0, 6)
        made.form.add("envelopes", "Envelopes you counted", LineField(name="envelopes", most=6), 1, 0, 6)
        made.form.add("sheets", "Sheets you counted", LineField(name="sheets", most=6), 1, 6, 6)
        for words in reversed(STEPS):  # each is put before the one that was added last
            made.add_note(words)
        made.form.set_values({"mailed_on": self.desk.clock.today()})
        made.open("They are mailed")

    def _statements(self) -> list[MadeStatement]:
        lines = (self.made.rows.line(at) for at in range(self.made.rows.rowCount()))
        return [each.row for each in lines if isinstance(each, MadeLine)]

    def _on_refresh(self) -> None:
        if (line := self.runs.chosen_row()) is not None:
            self.run(refresh_run, RefreshRun(self.desk.new_id(), line.id), self._on_refreshed, "Building statements")

    @Slot(object)
    def _on_refreshed(self, done: RunRefreshed) -> None:
        self.problems.say()
        if not done.rebuilt and not done.withdrawn:
            self.shell.say("Nothing has changed since; the statements can be printed.")
            return
        gone = f", {done.withdrawn:,} taken back: no statement is due on those now" if done.withdrawn else ""
        self.shell.say(f"{done.rebuilt:,} built again{gone}.")

    def _on_withdraw(self) -> None:
        line = self.runs.chosen_row()
        if line is None:
            return
        sentence = f"{line.waits:,} statements of {format_cents(line.row.total_cents)} were not mailed. Take them back?"
        self.shell.confirm("Take back", sentence, "Take back", lambda: self._withdraw(line.id))

    def _withdraw(self, run_id: Id) -> None:
        self.run(withdraw_run, WithdrawRun(self.desk.new_id(), run_id), self._on_withdrawn)

    @Slot(object)
    def _on_withdrawn(self, count: int) -> None:
        self.shell.say(f"{count:,} taken back; they can be made anew.")
