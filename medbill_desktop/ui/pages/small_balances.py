"""Small balances: a list with ticks, written off in one go (BILLING S11)."""

from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import Qt, Slot

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import format_cents, total
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.models.rows import Column, Kind
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import KeyLine
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.small_balances import (
    ListSmallBalances,
    SmallBalance,
    WriteOffSmall,
    WrittenOffSmall,
    list_small_balances,
    write_off_small,
)


@dataclass(frozen=True, slots=True)
class SmallLine:
    id: Id
    row: SmallBalance = field(repr=False)


SMALL: Final = (
    Column("tick", "", Kind.TICK, 36, hint="Is written off"),
    Column("name", "Account", Kind.NAME, stretch=True, value=lambda line: line.row.name),
    Column("since", "Theirs since", Kind.DATE, 120, value=lambda line: line.row.since),
    Column("charges", "Charges", Kind.COUNT, 84, value=lambda line: len(line.row.charge_ids)),
    Column("cents", "Owes", Kind.MONEY, 108, value=lambda line: line.row.cents),
)


class SmallBalancesPage(Page):
    """Everyone who owes no more than 4.99 in all, for 90 days."""

    topics = frozenset({"ledger"})

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Small balances")
        self.table = Table(SMALL, name="small_balances", spoken="Small balances", sizes=shell.sizes,
                           empty="Nobody owes so little for so long.")  # fmt: skip
        self.add(self.table, 1)
        self.add(KeyLine(("Space", "ticks or unticks"), ("Alt+Left", "back to collections")))
        self._go = self.button(
            "Write off", "Ctrl+Enter", self._on_go, case=write_off_small, kind="primary", name="write_off_small"
        )
        self.action_bar.add(self._go)
        self.table.rows.ticked.connect(self._tell)
        self._tell()

    def reload(self) -> None:
        self.ask(list_small_balances, ListSmallBalances(), self._on_rows)

    def focus_first(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _on_rows(self, rows: tuple[SmallBalance, ...]) -> None:
        self.table.rows.ticks = {each.guarantor_id for each in rows}
        self.table.show_rows([SmallLine(each.guarantor_id, each) for each in rows])
        self._tell()

    def _ticked(self) -> list[SmallBalance]:
        lines = (self.table.rows.line(at) for at in range(self.table.rows.rowCount()))
        return [each.row for each in lines if isinstance(each, SmallLine) and each.id in self.table.rows.ticks]

    @Slot()
    def _tell(self, *_: object) -> None:
        chosen = self._ticked()
        self._go.setEnabled(self.desk.may(write_off_small) and bool(chosen))
        cents = format_cents(total(each.cents for each in chosen))
        self.action_bar.say(f"{len(chosen)} accounts, {cents} in all." if chosen else "")

    def _on_go(self) -> None:
        chosen = self._ticked()
        cents = total(each.cents for each in chosen)
        command = WriteOffSmall(self.desk.new_id(), tuple(each.guarantor_id for each in chosen), cents)
        sentence = f"{len(chosen)} accounts, {format_cents(cents)} in all. It can be undone charge by charge."
        self.shell.confirm("Write small balances off", sentence, "Write off", lambda: self._write_off(command))

    def _write_off(self, command: WriteOffSmall) -> None:
        self.run(write_off_small, command, self._on_done)

    @Slot(object)
    def _on_done(self, done: WrittenOffSmall) -> None:
        self.shell.say(f"{done.charges} charges of {done.accounts} accounts written off, {format_cents(done.cents)}.")
