"""The Account tab: each charge with where it stands, the sum, how old it is, and why it is owed (UX 4; BILLING S7)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QWidget

from medbill_desktop.domain.aging import BUCKETS, Aged
from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.ui.models.rows import Column, Kind, Status, Total
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages import patient_actions as actions
from medbill_desktop.ui.pages.patient_explain import WhyPanel
from medbill_desktop.ui.pages.patient_tab import PatientTab
from medbill_desktop.ui.pages.patient_undo import open_undo_adjustment
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.theme import Metric, Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import KeyLine, label
from medbill_desktop.usecases.accounts import (
    Account,
    AccountLine,
    ExplainBalance,
    Explanation,
    OpenAccount,
    explain_balance,
    open_account,
)
from medbill_desktop.usecases.adjustments import transfer_responsibility, undo_adjustment, write_off
from medbill_desktop.usecases.charges import correct_fee, void_charge
from medbill_desktop.usecases.declare import Case
from medbill_desktop.usecases.payments import apply_credit, take_payment, undo_last
from medbill_desktop.usecases.plans import list_plans
from medbill_desktop.usecases.statement_why import WhyPage, why_page

TONES = {
    "insurance": Tone.INFO,
    "patient": Tone.WARN,
    "settled": Tone.OK,
    "credit": Tone.INFO,
    "void": Tone.NONE,
}


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """A charge in the table."""

    id: Id
    line: AccountLine


@dataclass(frozen=True, slots=True)
class AgingRow:
    id: int
    who: str
    aged: Aged


def _bucket(at: int) -> Callable[[AgingRow], int]:
    return lambda row: row.aged.buckets[at]


def _service(line: AccountLine) -> str:
    """Return what was done, and until when where it went on for days."""
    return line.description if line.last_day is None else f"{line.description}, through {show_date(line.last_day)}"


def _some(cents: int) -> int | None:
    """Return an amount, or nothing where nothing happened (LOOK, Zero)."""
    return cents or None


LEDGER = (
    Column("service_date", "Service date", Kind.DATE, 96, value=lambda row: row.line.service_date),
    Column("service", "Service", Kind.NAME, stretch=True, value=lambda row: _service(row.line)),
    Column("code", "Code", Kind.CODE, 72, value=lambda row: row.line.code, drop=1),
    Column("modifiers", "Modifiers", Kind.CODE, 84, value=lambda row: row.line.modifiers, drop=2),
    Column("charged", "Charged", Kind.MONEY, 72, value=lambda row: row.line.charged_cents),
    Column("insurance", "Ins. paid", Kind.MONEY, 72, value=lambda row: _some(row.line.insurance_paid_cents)),
    Column("adjusted", "Adjusted", Kind.MONEY, 72, value=lambda row: _some(row.line.adjusted_cents)),
    Column("patient", "Pat. paid", Kind.MONEY, 72, value=lambda row: _some(row.line.patient_paid_cents)),
    Column(
        "balance", "Balance", Kind.MONEY, 88, value=lambda row: row.line.balance_cents,
        strong=lambda row: row.line.balance_cents != 0,
    ),
    Column(
        "status", "Status", Kind.STATUS, 156,
        value=lambda row: Status(TONES[row.line.status], row.line.status_words),
    ),
)  # fmt: skip
AGING = (
    Column("who", "", stretch=True),
    *(Column(f"b{at}", title, Kind.MONEY, 90, value=_bucket(at)) for at, title in enumerate(BUCKETS)),
    Column("total", "Total", Kind.MONEY, 108, value=lambda row: row.aged.total_cents, strong=lambda row: True),
)


_ROOM_FOR_WORDS = 1150


class AccountTab(PatientTab):
    """`told` is called with each account that was read, for the banner."""

    def __init__(self, page: Page, told: Callable[[Account], None]) -> None:
        super().__init__(page)
        self._told = told
        self.account: Account | None = None
        self._narrow = False
        self._asked: ExplainBalance | None = None  # whose answer is still wanted
        empty = "Nothing was charged yet. Ctrl+N enters a charge."
        self.table = Table(LEDGER, name="account", spoken="Charges", sizes=page.shell.sizes, empty=empty)
        self._aged_on = label("", Type.CAPTION, "2")
        self.aging = Table(AGING, name="aging", spoken="Age of the balance")
        self.aging.setFixedHeight(3 * Metric.ROW + 2)
        self.aging.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._indent(self.table, 1)
        self._indent(KeyLine(("Space", "why it is owed"), ("Ctrl+B", "why everything is owed")), before=Space.ONE)
        self._indent(self._aged_on, before=Space.ONE)
        self._indent(self.aging)
        self._make_actions()
        self.table.asked.connect(self._on_asked)
        self.table.opened.connect(self._on_asked)
        self.table.chosen.connect(self._on_chosen)

    def _indent(self, what: QWidget, stretch: int = 0, before: int = 0) -> None:
        what.setContentsMargins(before, 0, 0, 0)
        self.column.addWidget(what, stretch)

    def _make_actions(self) -> None:
        self._write_off = self._act("Write off", "Ctrl+W", self._on_write_off, write_off)
        self._transfer = self._act("Transfer", "Ctrl+R", self._on_transfer, transfer_responsibility)
        self._fee = self._act("Correct fee", "Ctrl+E", self._on_fee, correct_fee)
        self.page.action("Correct units", "Ctrl+Shift+U", self._on_units)
        self._void = self._act("Void", "Ctrl+D", self._on_void, void_charge)
        self._credit = self._act("Apply credit", "Ctrl+J", self._on_credit, apply_credit)
        self._undo = self._act("Undo", "Ctrl+Z", self._on_undo, undo_last)
        self._undo.setToolTip("Reverse what you posted last today (Ctrl+Z)")
        self._pay = self.page.button(
            "Take payment", "Ctrl+T", self.on_pay, case=take_payment, kind="primary", icon_name="ph.money",
            name="take_payment",
        )  # fmt: skip
        self.page.action("Why everything is owed", "Ctrl+B", self._on_explain_all)
        self.page.action("Undo a write-off or transfer", "Ctrl+Shift+Z", self._on_undo_adjustment)
        self.page.action("Payment plan", "Ctrl+Shift+I", self._on_plan)

    def _act(self, words: str, key: str, does: Callable[[], None], case: Case) -> Button:
        """Make a button whose key works also while a narrow page has no room for the button."""
        made = Button(words, key, pressed=does, listens=False)
        if not self.page.desk.may(case):
            made.setEnabled(False)
            made.setToolTip(f"Your role may not {case.needs}.")
        self.page.action(words, key, lambda: made.click() if self.isVisible() else None)
        return made

    def fit(self, room: int) -> None:
        """Show as many buttons as there is room for; those that are needed least go first."""
        for button in self.buttons:
            button.show()
        self._narrow = room < _ROOM_FOR_WORDS
        self._say_line()
        for button in (self._credit, self._undo, self._fee, self._void):
            if sum(each.sizeHint().width() + Space.ONE for each in self.buttons if not each.isHidden()) <= room - 56:
                break
            button.hide()

    @property
    def buttons(self) -> tuple[Button, ...]:
        """What stands in the action bar while this tab is looked at."""
        return self._write_off, self._transfer, self._fee, self._void, self._credit, self._undo, self._pay

    def show_card(self, card: Any) -> None:
        super().show_card(card)
        self.page.ask(open_account, OpenAccount(card.id), self._on_account)

    def forget(self) -> None:
        super().forget()
        self.account = self._asked = None
        self.table.show_rows([], keep=False)
        self.aging.show_rows([])
        self._aged_on.setText("")

    def focus_first(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _on_account(self, account: Account) -> None:
        if self.card is None or account.patient_id != self.card.id:
            return  # the answer of a patient who was left
        self.account = account
        sums, count = account.totals, len([each for each in account.lines if each.status != "void"])
        rows: list[object] = [ChargeRow(each.charge_id, each) for each in account.lines]
        if rows:
            rows.append(
                Total(
                    "1 charge" if count == 1 else f"{count} charges",
                    {
                        "charged": sums.charged_cents,
                        "insurance": sums.insurance_paid_cents,
                        "adjusted": sums.adjusted_cents,
                        "patient": sums.patient_paid_cents,
                        "balance": sums.balance_cents,
                    },
                )
            )
        self.table.show_rows(rows)
        self._aged_on.setText(f"Aging on {show_date(account.as_of)}")
        self.aging.show_rows(
            [
                AgingRow(1, "Patient, since it became theirs", account.patient_aging),
                AgingRow(2, "Insurance, since service", account.insurance_aging),
            ]
        )
        self.aging.clearSelection()
        self.aging.setCurrentIndex(self.aging.rootIndex())
        self._told(account)
        self._on_chosen(self.table.chosen_row())

    @Slot(object)
    def _on_chosen(self, row: ChargeRow | None) -> None:
        line = None if row is None else row.line
        open_debt = line is not None and (line.patient_owes_cents > 0 or line.with_insurance_cents > 0)
        live = line is not None and line.status != "void"
        for button, case, on in (
            (self._write_off, write_off, open_debt),
            (self._transfer, transfer_responsibility, open_debt),
            (self._fee, correct_fee, live),
            (self._void, void_charge, live),
            (self._credit, apply_credit, self.account is not None and self.account.credit_cents > 0),
        ):
            button.setEnabled(on and self.page.desk.may(case))
        self._say_line()

    def _say_line(self) -> None:
        """Say what the buttons are about, where there is room beside them; the side panel says it else."""
        line = None if self._narrow else self._line()
        words = "" if line is None else f"{line.code}, {show_date(line.service_date)}"
        if self.card is not None and self.page.action_bar.isVisible():
            self.page.action_bar.say(words)

    def _line(self) -> AccountLine | None:
        """Return the chosen charge."""
        row = self.table.chosen_row()
        return row.line if isinstance(row, ChargeRow) else None

    @Slot(object)
    def _on_asked(self, row: ChargeRow) -> None:
        self._asked = ExplainBalance(charge_id=row.id)
        self.page.ask(explain_balance, self._asked, self._on_explained_charge)

    def _on_explain_all(self) -> None:
        if self.account is not None:
            self._asked = ExplainBalance(guarantor_id=self.account.guarantor_id)
            self.page.ask(explain_balance, self._asked, self._on_explained_all)

    @Slot(object)
    def _on_explained_charge(self, found: Explanation) -> None:
        line = self._line()
        if line is not None and self._asked is not None and line.charge_id == self._asked.charge_id:
            self._show_why(found, f"{show_date(line.service_date)} · Charge {line.control_number}")

    @Slot(object)
    def _on_explained_all(self, found: Explanation) -> None:
        if self._asked is not None and self._asked.charge_id is None:
            self._show_why(found, "Everything this guarantor owes")

    def _show_why(self, found: Explanation, line: str) -> None:
        buttons: tuple[QWidget, ...] = ()
        if found.owes_cents > 0 and self.page.desk.may(take_payment):
            buttons = (Button("Take payment", kind="primary", icon_name="ph.money", pressed=self.on_pay),)
        if self.page.desk.may(why_page):
            page = Button("On paper", "Ctrl+P", icon_name="ph.printer", name="why_page", pressed=self._on_paper)
            buttons = (page, *buttons)
        self.page.open_panel("Why do I owe this?", WhyPanel(found, line), buttons=buttons)

    def _on_paper(self) -> None:
        if (asked := self._asked) is not None:
            self.page.ask(why_page, WhyPage(asked.charge_id, asked.guarantor_id), self._on_why_page)

    @Slot(object)
    def _on_why_page(self, pdf: bytes) -> None:
        self.page.shell.preview("Why do I owe this?", pdf, suggested="why-i-owe-this.pdf")

    def on_pay(self) -> None:
        """Go to the payments with this patient."""
        if self.card is not None:
            self.page.shell.go("payments", PatientPlace(self.card.id))

    def _on_write_off(self) -> None:
        self._asked = None
        if (line := self._line()) is not None and self.card is not None:
            actions.open_write_off(self.page, line, self.card)

    def _on_transfer(self) -> None:
        self._asked = None
        if (line := self._line()) is not None and self.card is not None:
            actions.open_transfer(self.page, line, self.card)

    def _on_fee(self) -> None:
        self._asked = None
        if (line := self._line()) is not None:
            actions.open_correct_fee(self.page, line)

    def _on_units(self) -> None:
        self._asked = None
        if self.isVisible() and self._fee.isEnabled() and (line := self._line()) is not None:
            actions.open_correct_units(self.page, line)

    def _on_void(self) -> None:
        self._asked = None
        if (line := self._line()) is not None:
            actions.open_void(self.page, line)

    def _on_credit(self) -> None:
        self._asked = None
        if self.account is not None:
            actions.open_apply_credit(self.page, self.account)

    def _on_undo_adjustment(self) -> None:
        line = self._line()
        if self.isVisible() and line is not None and self.page.desk.may(undo_adjustment):
            self._asked = None
            self.page.ask(explain_balance, ExplainBalance(charge_id=line.charge_id), self._on_adjustments)

    @Slot(object)
    def _on_adjustments(self, found: Explanation) -> None:
        line = self._line()
        if line is not None and open_undo_adjustment(self.page, line, found) is None:
            self.page.shell.say("Nothing was written off or moved on this charge that still stands.", Tone.INFO)

    def _on_plan(self) -> None:
        if self.isVisible() and self.card is not None and self.page.desk.may(list_plans):
            self.page.shell.go("plans", PatientPlace(self.card.id))

    def _on_undo(self) -> None:
        self._asked = None
        actions.open_undo(self.page)
