"""Statements: who gets one, who does not and why, and one PDF of them all (UX Statements; BILLING S5, S6)."""

from dataclasses import dataclass, field
from typing import Any, Final

from PySide6.QtCore import Qt, QTimer, Slot

from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.money import Cents, format_cents
from medbill_desktop.domain.statement_reasons import Reason
from medbill_desktop.domain.statements import Mailbox, Wish
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.models.rows import Column, Kind, Section, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_estate import open_estate_form
from medbill_desktop.ui.pages.statement_preview import StatementView
from medbill_desktop.ui.pages.statement_rules import open_rules
from medbill_desktop.ui.pages.statement_runs import RunPlace
from medbill_desktop.ui.pages.statement_wishes import Chosen, open_hold, open_wish
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Tone
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import KeyLine
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.estates import AskEstate, EstateCard, note_estate, open_estate
from medbill_desktop.usecases.statement_life import (
    AskMailWish,
    GuarantorHolds,
    HoldsOf,
    hold_statements,
    holds_of,
    list_returned,
    mail_wish,
    set_mail_wish,
)
from medbill_desktop.usecases.statement_pages import PreviewPage, preview_page
from medbill_desktop.usecases.statements import (
    PreviewStatement,
    RunMade,
    RunStatements,
    Selection,
    SelectionRow,
    SelectStatements,
    StatementPreview,
    list_runs,
    preview_statement,
    run_statements,
    select_statements,
    set_statement_rules,
)

FOLLOW_MS: Final = 250  # a preview opens a record; holding an arrow key down opens none of those passed
TONES: Final[dict[Reason, Tone]] = {
    Reason.NOTHING_OWED: Tone.NONE,
    Reason.CREDIT: Tone.NONE,
    Reason.BELOW_MINIMUM: Tone.NONE,
    Reason.WITHIN_CYCLE: Tone.NONE,
    Reason.NOT_MAILED: Tone.INFO,
    Reason.PENDING: Tone.INFO,
    Reason.CORRECTION_AWAITED: Tone.INFO,
    Reason.PLAN_CURRENT: Tone.OK,
    Reason.DECEASED: Tone.STOP,
    Reason.BANKRUPT: Tone.STOP,
    Reason.RESTRICTED: Tone.STOP,
}  # any other wants a person: a warning


@dataclass(frozen=True, slots=True)
class BoxRow:
    """One mailbox in the list."""

    id: Mailbox
    row: SelectionRow = field(repr=False)


def _step_or_reason(line: BoxRow) -> object:
    """Return the step, or the first sentence of the reason; the panel says all of it."""
    reason = line.row.reason
    if reason is None:
        return line.row.step_words
    return Status(TONES.get(reason, Tone.WARN), line.row.why.split(". ")[0].removesuffix("."))


def _mailed(line: BoxRow) -> str:
    return show_date(line.row.last_mailed_on) or "—"


COLUMNS: Final = (
    Column("tick", "", Kind.TICK, 36),
    Column("name", "Guarantor", Kind.NAME, stretch=True, value=lambda row: row.row.name),
    Column("owes", "Owes", Kind.MONEY, 92, value=lambda row: row.row.total_cents),
    Column("oldest", "Oldest since", Kind.DATE, 100, value=lambda row: row.row.oldest_since, drop=1),
    Column("mailed", "Last mailed", Kind.DATE, 100, value=_mailed, drop=2),
    Column("step", "Step, or why not", Kind.STATUS, 304, value=_step_or_reason),
)


class StatementsPage(Page):
    """The list, with the chosen one's page beside it."""

    topics = frozenset({"statements", "ledger", "payments", "patients", "visits", "practice"})

    no_draft = "Ticks of a list that is made anew each time."

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Statements")
        self._selection: Selection | None = None
        self._only_left_out = self._making = False
        self._unticked: set[Mailbox] = set()  # whom the person took out; everyone else gets one
        self._shown: Mailbox | None = None
        self.table = Table(COLUMNS, name="statements", spoken="Who gets a statement", sizes=shell.sizes,
                           empty="Judging every account")  # fmt: skip
        self.add(self.table, 1)
        self.add(
            KeyLine(
                ("Space", "ticks"),
                ("Enter", "shows the page"),
                ("Ctrl+Shift+B", "holds"),
                ("Ctrl+Shift+L", "language and letters"),
                ("Ctrl+Shift+T", "estate"),
            )
        )
        self._make_buttons()
        self._follow = QTimer(self, interval=FOLLOW_MS, singleShot=True)
        self._follow.timeout.connect(self._on_follow)
        self.table.rows.ticked.connect(self._on_ticked)
        self.table.opened.connect(self._on_opened)
        self.table.chosen.connect(self._on_chosen)
        self.panel.closed.connect(self._on_panel_gone)

    def _make_buttons(self) -> None:
        self._reasons = self.button("Left out", "Ctrl+R", self._on_reasons, icon_name="ph.funnel", name="left_out")
        self.tools(
            self._reasons,
            self.button("Earlier runs", "Ctrl+H", self._on_runs, case=list_runs, name="earlier_runs"),
            self.button("Returned", "Ctrl+B", self._on_returned, case=list_returned, name="returned_mail"),
            self.button("Rules", "Ctrl+U", self._on_rules, case=set_statement_rules, name="rules"),
        )
        self._none = self.button("Tick none", "Ctrl+Shift+A", self._on_none, name="tick_none")
        self._all = self.button("Tick all", "Ctrl+A", self._on_all, name="tick_all")
        self._make = self.button(
            "Make one PDF", "Ctrl+Enter", self._on_make, case=run_statements, kind="primary", name="make_pdf"
        )
        self.action_bar.add(self._none, self._all, self._make)
        self.action_bar.say("Mailed is what you say is mailed.")
        self.action("Hold or release statements", "Ctrl+Shift+B", self._on_hold)
        self.action("Language and letters", "Ctrl+Shift+L", self._on_wish)
        self.action("Estate of somebody who died", "Ctrl+Shift+T", self._on_estate)

    def reload(self) -> None:
        if self._selection is None:
            self.table.show_rows([])
        self.jobs.ask(select_statements, SelectStatements()).on(self._on_selection, self.say_error)

    @Slot(object)
    def _on_selection(self, selection: Selection) -> None:
        self._selection = selection
        self.table.set_empty("Nobody is left out." if self._only_left_out else "Nobody owes anything today.")
        self._unticked &= {row.mailbox for row in selection.chosen}
        rules = selection.rules
        self.say_title("Statements", f"{show_date(selection.on)}, {rules.cycle_days}-day cycle")
        self._reasons.say("Everybody" if self._only_left_out else f"Left out ({len(selection.left_out):,})")
        self.table.rows.ticks = {row.mailbox for row in selection.chosen} - self._unticked
        self.table.show_rows(self._lines(selection))
        self._tell()

    def _lines(self, selection: Selection) -> list[object]:
        lines: list[object] = []
        halves = (
            ("Get one", selection.chosen, selection.chosen_cents),
            ("Left out, and why", selection.left_out, selection.left_out_cents),
        )
        for title, rows, cents in halves:
            if rows and not (self._only_left_out and rows is selection.chosen):
                lines.append(Section(title, f"{_guarantors(len(rows))} · {format_cents(cents)}"))
                lines += [BoxRow(row.mailbox, row) for row in rows]
        return lines

    def _tell(self) -> None:
        count = len(self.table.rows.ticks)
        self._make.say(f"Make one PDF of {count:,}" if count else "Make one PDF")
        may = self.desk.may(run_statements) and not self._making and not self._form_is_open
        self._make.setEnabled(may and count > 0)

    @property
    def _form_is_open(self) -> bool:
        return self.panel.isVisible() and self._shown is None

    @Slot(object, bool)
    def _on_ticked(self, box: Mailbox, on: bool) -> None:
        chosen = {row.mailbox for row in self._selection.chosen} if self._selection is not None else set()
        if box not in chosen:
            self.table.rows.tick([box], False)
            line = self.table.chosen_row()
            if line is not None and line.id == box:
                self.shell.say(f"Stays out: {line.row.why.removesuffix('.')}.", Tone.WARN)
        elif on:
            self._unticked.discard(box)
        else:
            self._unticked.add(box)
        self._tell()

    def _on_all(self) -> None:
        self._tick_all(True)

    def _on_none(self) -> None:
        self._tick_all(False)

    def _tick_all(self, on: bool) -> None:
        if self._selection is not None:
            boxes = {row.mailbox for row in self._selection.chosen}
            self._unticked = set() if on else boxes
            self.table.rows.tick(boxes, on)
            self._tell()

    def _on_reasons(self) -> None:
        self._only_left_out = not self._only_left_out
        if self._selection is not None:
            self._on_selection(self._selection)

    def _on_runs(self) -> None:
        self.shell.go("statement_runs")

    def _on_returned(self) -> None:
        self.shell.go("returned_mail")

    def _chosen(self) -> Chosen | None:
        line = self.table.chosen_row()
        return Chosen(line.id, line.row.name) if isinstance(line, BoxRow) else None

    def _on_hold(self) -> None:
        chosen = self._chosen()
        if chosen is not None and self.desk.may(hold_statements):
            self.ask(holds_of, HoldsOf(chosen.mailbox.guarantor_id), lambda found: self._show_hold(chosen, found))

    def _show_hold(self, chosen: Chosen, found: GuarantorHolds) -> None:
        self._shown = None
        open_hold(self, chosen, found)
        self._tell()

    def _on_wish(self) -> None:
        chosen = self._chosen()
        if chosen is not None and self.desk.may(set_mail_wish):
            self.ask(mail_wish, AskMailWish(chosen.mailbox.guarantor_id), lambda wish: self._show_wish(chosen, wish))

    def _show_wish(self, chosen: Chosen, wish: Wish) -> None:
        self._shown = None
        open_wish(self, chosen, wish)
        self._tell()

    def _on_estate(self) -> None:
        chosen = self._chosen()
        if chosen is not None and self.desk.may(note_estate):
            self.ask(open_estate, AskEstate(chosen.mailbox.guarantor_id), self._show_estate)

    @Slot(object)
    def _show_estate(self, card: EstateCard) -> None:
        self._shown = None
        open_estate_form(self, card)
        self._tell()

    def _on_rules(self) -> None:
        if self._selection is not None:
            self._shown = None
            open_rules(self, self._selection.rules)
            self._tell()

    @Slot(object)
    def _on_opened(self, line: BoxRow) -> None:
        self.ask(preview_statement, PreviewStatement(line.id), self._on_preview)

    @Slot(object)
    def _on_chosen(self, line: BoxRow | None) -> None:
        if self.panel.isVisible() and self._shown is not None and line is not None and line.id != self._shown:
            self._follow.start()

    @Slot()
    def _on_follow(self) -> None:
        line = self.table.chosen_row()
        if line is not None and self.panel.isVisible() and self._shown is not None:
            self._on_opened(line)

    @Slot(object)
    def _on_preview(self, preview: StatementPreview) -> None:
        line = self.table.chosen_row()
        if line is None or line.id != preview.row.mailbox:
            return  # another row was chosen meanwhile
        self._shown = preview.row.mailbox
        buttons: tuple[Button, ...] = ()
        if preview.content is not None:
            buttons = (Button("Open", "Ctrl+O", icon_name="ph.file-pdf", name="open_page",
                              pressed=self._on_page),)  # fmt: skip
        if self.desk.may(hold_statements):
            buttons += (Button("Hold", name="hold", pressed=self._on_hold),)
        if self.desk.may(set_mail_wish):
            buttons += (Button("Letters", name="letters", pressed=self._on_wish),)
        note = preview.row.step_words if preview.row.reason is None else "Gets none now"
        self.open_panel(preview.row.name, StatementView(preview), note=note, buttons=buttons)
        self._tell()

    def _on_page(self) -> None:
        if self._shown is not None:
            self.ask(preview_page, PreviewPage(self._shown), self._on_pdf)

    @Slot(object)
    def _on_pdf(self, pdf: bytes) -> None:
        self.shell.preview("Statement, not made yet", pdf, suggested="statement.pdf")

    @Slot()
    def _on_panel_gone(self) -> None:
        self._shown = None
        self._tell()

    def _on_make(self) -> None:
        if self._making or self._selection is None:
            return
        self._making = True
        self._tell()
        everyone = not self._unticked
        only = None if everyone else tuple(row.mailbox for row in self._selection.chosen if self._is_ticked(row))
        job = self.run(run_statements, RunStatements(self.desk.new_id(), only), self._on_made, "Making statements")
        job.finished.connect(self._on_finished)

    def _is_ticked(self, row: SelectionRow) -> bool:
        return row.mailbox not in self._unticked

    @Slot()
    def _on_finished(self) -> None:
        self._making = False
        self._tell()

    @Slot(object)
    def _on_made(self, made: RunMade) -> None:
        self._unticked = set()
        if made.run_id is None:
            self.shell.say("Nobody gets a statement any more; nothing was made.", Tone.WARN)
            return
        self.shell.say(_made_words(made))
        self.shell.go("statement_runs", RunPlace(made.run_id, shows=True))

    def focus_first(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def leave(self) -> None:
        self.close_panel()

    def open(self, place: Any) -> None:
        """Come to the whole list."""
        self._only_left_out = False


def _guarantors(count: int) -> str:
    return "1 guarantor" if count == 1 else f"{count:,} guarantors"


def _made_words(made: RunMade) -> str:
    count = "1 statement" if made.statements == 1 else f"{made.statements:,} statements"
    return f"{count} made, {format_cents(Cents(made.total_cents))}."
