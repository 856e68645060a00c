"""Deposits: what lies on each slip, counting and closing it, and the bank's line (BILLING S10, J48)."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from PySide6.QtCore import Qt, Slot

from medbill_desktop.domain.deposits import DENOMINATIONS, Pieces, counted
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents, format_cents
from medbill_desktop.domain.problems import Problem
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.models.rows import Column, Kind, Status, Total
from medbill_desktop.ui.pages.money_page import MoneyPage
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Tone
from medbill_desktop.ui.widgets.fields import ChoiceField, DateField, LineField, MoneyField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import KeyLine, label
from medbill_desktop.usecases.deposits import (
    CloseSlip,
    ListSlips,
    MovePayments,
    NoteBankLine,
    OpenSlip,
    SlipContent,
    SlipFacts,
    SlipItem,
    StartSlip,
    close_slip,
    list_slips,
    move_payments,
    note_bank_line,
    open_slip,
    slip_pdf,
    start_slip,
)
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.receipts import METHODS

PIECES_A_ROW: Final = 3


@dataclass(frozen=True, slots=True)
class SlipLine:
    """A slip in the list."""

    id: Id
    row: SlipFacts


@dataclass(frozen=True, slots=True)
class ItemLine:
    """A payment on the chosen slip."""

    id: Id
    row: SlipItem = field(repr=False)


def _state(line: SlipLine) -> Status:
    slip = line.row
    if slip.closed_on is None:
        return Status(Tone.INFO, "Being counted" if slip.filled_at else "Open")
    off = (slip.counted_cents or 0) - (slip.slip_cents or 0)
    if off:
        return Status(Tone.WARN, f"{'Over' if off > 0 else 'Short'} {format_cents(abs(off))}")
    if slip.bank_on is None:
        return Status(Tone.INFO, "Closed, bank not noted")
    return (
        Status(Tone.OK, "At the bank") if slip.bank_cents == slip.counted_cents else Status(Tone.WARN, "Bank differs")
    )


SLIPS: Final = (
    Column("number", "Slip", Kind.CODE, 84, value=lambda line: line.row.number),
    Column("method", "Method", width=110, value=lambda line: METHODS.get(line.row.method, line.row.method)),
    Column("opened", "Opened", Kind.DATE, 104, value=lambda line: line.row.opened_on, drop=2),
    Column("closed", "Closed", Kind.DATE, 104, value=lambda line: line.row.closed_on, drop=1),
    Column("items", "Items", Kind.COUNT, 72, value=lambda line: line.row.items),
    Column("cents", "Amount", Kind.MONEY, 108, value=lambda line: line.row.cents),
    Column("bank", "Bank", Kind.MONEY, 108, value=lambda line: line.row.bank_cents),
    Column("state", "Status", Kind.STATUS, stretch=True, value=_state),
)
ITEMS: Final = (
    Column("tick", "", Kind.TICK, 36, hint="Moves to another slip"),
    Column("number", "Receipt", Kind.CODE, 84, value=lambda line: line.row.number),
    Column("name", "From", Kind.NAME, stretch=True, value=lambda line: line.row.guarantor_name),
    Column("received", "Received", Kind.DATE, 104, value=lambda line: line.row.received_on, drop=2),
    Column("reference", "Reference", width=140, value=lambda line: line.row.reference, drop=1),
    Column("cents", "Amount", Kind.MONEY, 108, value=lambda line: line.row.cents),
)


class DepositsPage(MoneyPage):
    """The slips on top, what lies on the chosen one below."""

    topics = frozenset({"payments", "ledger"})

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Deposits")
        self._content: SlipContent | None = None
        empty = "No slip yet. The first payment of each method begins one."
        self.slips = Table(SLIPS, name="deposit_slips", spoken="Deposit slips", sizes=shell.sizes, empty=empty)
        self.items = Table(ITEMS, name="slip_items", spoken="Payments on the slip", sizes=shell.sizes,
                           empty="Nothing lies on this slip.")  # fmt: skip
        self._of = label("", ink="2")
        self.add(self.slips, 3)
        self.add(self._of)
        self.add(self.items, 2)
        self.add(
            KeyLine(
                ("Space", "ticks what moves to another slip"),
                ("Ctrl+Shift+Y", "day sheet"),
                ("Alt+Left", "back to the payments"),
            )
        )
        self._make_buttons()
        self.slips.chosen.connect(self._on_slip)
        self.items.rows.ticked.connect(self._tell)
        self.panel.opened.connect(self._tell)
        self.panel.closed.connect(self._tell)
        self._tell()

    def _make_buttons(self) -> None:
        self._next = self.button("Next slip", "Ctrl+N", self._on_next, case=start_slip, name="next_slip")
        self._move = self.button("Move", "Ctrl+M", self._on_move, case=move_payments, name="move_payments")
        self._bank = self.button("Bank line", "Ctrl+B", self._on_bank, case=note_bank_line, name="bank_line")
        self._paper = self.button("Slip on paper", "Ctrl+P", self._on_paper, icon_name="ph.printer", name="slip_pdf")
        self._close = self.button(
            "Count and close", "Ctrl+Enter", self._on_close, case=close_slip, kind="primary", name="close_slip"
        )
        self.action("Day sheet", "Ctrl+Shift+Y", lambda: self.shell.go("day_sheet"))
        self.action_bar.add(self._next, self._move, self._bank, self._paper, self._close)

    def reload(self) -> None:
        self.ask(list_slips, ListSlips(), self._on_slips)

    def focus_first(self) -> None:
        self.slips.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _on_slips(self, rows: tuple[SlipFacts, ...]) -> None:
        self.slips.show_rows([SlipLine(each.id, each) for each in rows])
        if self.slips.chosen_row() is None:
            self.slips.choose_first()
        self._on_slip(self.slips.chosen_row())

    @Slot(object)
    def _on_slip(self, line: SlipLine | None) -> None:
        self._content = None
        self.items.rows.ticks.clear()
        if line is None:
            self.items.show_rows([])
        else:
            self.ask(open_slip, OpenSlip(line.id), self._on_content)
        self._tell()

    @Slot(object)
    def _on_content(self, content: SlipContent) -> None:
        line = self.slips.chosen_row()
        if line is None or line.id != content.slip.id:
            return
        self._content = content
        rows: list[object] = [ItemLine(each.payment_id, each) for each in content.items]
        if rows:
            rows.append(Total(_said_items(content.slip.items), {"cents": content.slip.cents}))
        self.items.show_rows(rows)
        self._of.setText(f"Slip {content.slip.number}, {METHODS.get(content.slip.method, content.slip.method)}")
        self._tell()

    @Slot()
    def _tell(self, *_: object) -> None:
        content, free = self._content, not self.panel.isVisible()
        slip = None if content is None else content.slip
        is_open = slip is not None and slip.closed_on is None
        may = self.desk.may(close_slip) and free
        self._close.setEnabled(may and is_open and bool(content and content.items))
        self._next.setEnabled(may and is_open and slip is not None and slip.filled_at is None)
        self._move.setEnabled(may and is_open and bool(self.items.rows.ticks) and bool(self._targets()))
        self._bank.setEnabled(may and slip is not None and not is_open)
        self._paper.setEnabled(slip is not None and free)
        if slip is not None and not is_open:
            self.say_at_foot("A closed slip is not opened again; what the bank says is noted beside it.")
        else:
            self.say_at_foot("Its payments are frozen once the slip is closed." if slip is not None else "")

    def _targets(self) -> list[tuple[object, str]]:
        if self._content is None:
            return []
        slip = self._content.slip
        others = (self.slips.rows.line(at) for at in range(self.slips.rows.rowCount()))
        return [
            (each.id, f"Slip {each.row.number}")
            for each in others
            if isinstance(each, SlipLine)
            and each.row.closed_on is None
            and each.row.method == slip.method
            and each.id != slip.id
        ]

    def _on_close(self) -> None:
        content = self._content
        if content is None or not self._close.isEnabled():
            return
        slip = content.slip
        cash = slip.method == "cash"

        def pieces() -> tuple[Pieces, ...]:
            typed = ((cents, made.form.text(f"pieces.{cents}")) for cents, _ in DENOMINATIONS)
            return tuple(Pieces(cents, int(text)) for cents, text in typed if text.isascii() and text.isdigit())

        def does() -> None:
            have = made.form.value("counted") if not cash else None
            command = CloseSlip(
                self.desk.new_id(), slip.id, slip.cents, pieces() if cash else (),
                Cents(have) if isinstance(have, int) else None, made.form.text("reason"),
            )  # fmt: skip
            made.run(close_slip, command, f"Slip {slip.number} is closed.")

        words = f"Slip {slip.number}: {_said_items(slip.items)}, {format_cents(slip.cents)}."
        made = PanelForm(self, words, "Close the slip", does, keeps="slip.close", about=slip.id)
        sum_line = label(_said_count(Cents(0), slip.cents), wrap=True, name="counted_sum")
        if cash:
            for at, (cents, name) in enumerate(DENOMINATIONS):
                cell = LineField(most=6)
                made.form.add(f"pieces.{cents}", name, cell, at // PIECES_A_ROW, at % PIECES_A_ROW * 4, 4)
                cell.textChanged.connect(lambda *_: sum_line.setText(_said_count(counted(pieces()), slip.cents)))
            made.form.add_widget(sum_line, 4, 0, 12)
        else:
            made.form.add("counted", "Counted", MoneyField(), 0, 0, 6)
            made.form.set_values({"counted": slip.cents})
        made.form.add("reason", "Why it differs, if it does", LineField(name="difference_reason"), 5, 0, 12)
        made.open("Count and close")

    def _on_next(self) -> None:
        if self._content is not None:
            said = "New money lies on the next slip."
            self.run(start_slip, StartSlip(self.desk.new_id(), self._content.slip.id), lambda _: self.shell.say(said))

    def _on_move(self) -> None:
        ticked, targets = tuple(sorted(self.items.rows.ticks)), self._targets()
        if not ticked or not targets:
            return

        def does() -> None:
            target = Id(int(made.form.text("slip")))
            made.run(move_payments, MovePayments(self.desk.new_id(), ticked, target), "Moved.")

        count = f"{len(ticked)} payment{'' if len(ticked) == 1 else 's'}"
        made = PanelForm(self, f"{count} will lie on another open slip.", "Move", does, keeps="slip.move")
        made.form.add("slip", "To", ChoiceField(targets), 0, 0, 12)
        made.open("Move to another slip")

    def _on_bank(self) -> None:
        content = self._content
        if content is None:
            return

        def does() -> None:
            day, cents = made.form.value("bank_on"), made.form.value("bank_cents")
            if not isinstance(day, date) or not isinstance(cents, int):
                made.form.show_problems([Problem("bank", "bank_on", "Type the day and the amount of the bank.")])
                return
            command = NoteBankLine(self.desk.new_id(), content.slip.id, day, Cents(cents))
            made.run(note_bank_line, command, "The bank's line is noted.")

        words = "As the bank statement shows it. A difference becomes an open item."
        made = PanelForm(self, words, "Note it", does, keeps="slip.bank", about=content.slip.id)
        made.form.add("bank_on", "Day of the bank", DateField(self.desk.clock.today), 0, 0, 6)
        made.form.add("bank_cents", "Amount", MoneyField(negative=True), 0, 6, 6)
        made.form.set_values({"bank_on": self.desk.clock.today(), "bank_cents": content.slip.counted_cents})
        made.open("Bank line")

    def _on_paper(self) -> None:
        if self._content is not None:
            self.ask(slip_pdf, OpenSlip(self._content.slip.id), self._on_pdf)

    @Slot(object)
    def _on_pdf(self, pdf: bytes) -> None:
        self.shell.preview("Deposit slip", pdf, suggested="deposit.pdf")


def _said_count(have: Cents, slip: Cents) -> str:
    return f"Counted {format_cents(have)} of {format_cents(slip)}."


def _said_items(count: int) -> str:
    return "1 item" if count == 1 else f"{count} items"
