"""Refunds: unapplied credit on top, what was asked for, approved and paid below (BILLING J45, J46, S12, T14)."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from PySide6.QtCore import Qt, Slot

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents, format_cents
from medbill_desktop.domain.refunds import REASONS, STATE_WORDS, RefundState
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.models.rows import Column, Kind, Status, Total
from medbill_desktop.ui.pages.money_page import MoneyPage
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Tone
from medbill_desktop.ui.widgets.fields import ChoiceField, DateField, LineField, MoneyField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import KeyLine, label
from medbill_desktop.usecases.declare import UseCase
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.netting import NetCredit, net_credit
from medbill_desktop.usecases.receipts import METHODS
from medbill_desktop.usecases.refunds import (
    ApproveRefund,
    AskRefund,
    CreditsContent,
    ListCredits,
    ListRefunds,
    PayRefund,
    RefundAlone,
    Refunded,
    RefundRow,
    RefuseRefund,
    StaleRefund,
    UnappliedCredit,
    WithdrawRefund,
    approve_refund,
    ask_refund,
    list_credits,
    list_refunds,
    pay_refund,
    refund_alone,
    refuse_refund,
    stale_refund,
    ways_back,
    withdraw_refund,
)
from medbill_desktop.usecases.returned import (
    ReturnedFeeNow,
    SetReturnedFee,
    returned_fee,
    set_returned_fee,
)

TONES: Final = {
    RefundState.ASKED: Tone.WARN,
    RefundState.APPROVED: Tone.INFO,
    RefundState.PAID: Tone.OK,
    RefundState.REFUSED: Tone.NONE,
    RefundState.WITHDRAWN: Tone.NONE,
}


@dataclass(frozen=True, slots=True)
class CreditLine:
    id: str
    row: UnappliedCredit = field(repr=False)


@dataclass(frozen=True, slots=True)
class RefundLine:
    id: Id
    row: RefundRow = field(repr=False)


CREDITS: Final = (
    Column("received", "Received", Kind.DATE, 104, value=lambda line: line.row.received_on),
    Column("name", "Account", Kind.NAME, stretch=True, value=lambda line: line.row.guarantor_name),
    Column("receipt", "Receipt", Kind.CODE, 84, value=lambda line: line.row.receipt, drop=1),
    Column("method", "By", width=110, value=lambda line: METHODS.get(line.row.method, line.row.method)),
    Column("visit", "For the visit of", Kind.DATE, 120, value=lambda line: line.row.visit_on, drop=2),
    Column("cents", "Credit", Kind.MONEY, 108, value=lambda line: line.row.cents),
)
REFUNDS: Final = (
    Column("number", "Refund", Kind.CODE, 84, value=lambda line: line.row.number),
    Column("name", "To", Kind.NAME, stretch=True, value=lambda line: line.row.guarantor_name),
    Column("method", "By", width=110, value=lambda line: METHODS.get(line.row.method, line.row.method), drop=3),
    Column("asked", "Asked by", width=120, value=lambda line: line.row.asked_by_name, drop=2),
    Column("decided", "Decided by", width=120, value=lambda line: line.row.decided_by_name, drop=1),
    Column("cents", "Amount", Kind.MONEY, 100, value=lambda line: line.row.cents),
    Column("state", "Status", Kind.STATUS, 170,
           value=lambda line: Status(TONES[line.row.state], STATE_WORDS[line.row.state])),
)  # fmt: skip


class RefundsPage(MoneyPage):
    """Credit on top, refunds below; each button acts on the list that it names."""

    topics = frozenset({"payments", "ledger"})

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Refunds")
        self.credits = Table(CREDITS, name="credits", spoken="Unapplied credit", sizes=shell.sizes,
                             empty="Nobody has credit with the practice.")  # fmt: skip
        self.refunds = Table(REFUNDS, name="refunds", spoken="Refunds", sizes=shell.sizes,
                             empty="No refund yet. Choose a credit above and ask for one.")  # fmt: skip
        self.add(self.credits, 3)
        self.add(label("Refunds", ink="2"))
        self.add(self.refunds, 3)
        self.add(KeyLine(("Tab", "to the other list"), ("Alt+Left", "back to the payments")))
        self._make_buttons()
        for table in (self.credits, self.refunds):
            table.chosen.connect(self._tell)
        self.panel.opened.connect(self._tell)
        self.panel.closed.connect(self._tell)
        self._tell()

    def _make_buttons(self) -> None:
        self._fee = self.button("Fee for returned", "Ctrl+E", self._on_fee, case=set_returned_fee, name="returned_fee")
        self._fee.setToolTip("Which item is charged for a returned payment (Ctrl+E)")
        self.tools(self._fee)
        alone = not self.desk.may(ask_refund) and self.desk.may(refund_alone)
        case: UseCase[Any, Any] = refund_alone if alone else ask_refund
        self._ask = self.button("Refund", "Ctrl+N", self._on_ask, case=case, name="ask_refund")
        self._alone = alone
        self._net = self.button("Net", "Ctrl+J", self._on_net, case=net_credit, name="net_credit")
        self._net.setToolTip("Use later credit of this account for what is below zero (Ctrl+J)")
        self._uncashed = self.button("Never cashed", "Ctrl+W", self._on_stale, case=stale_refund, name="stale_refund")
        self._back = self.button("Take back", "Ctrl+R", self._on_withdraw, case=withdraw_refund, name="withdraw_refund")
        self._no = self.button("Refuse", "Ctrl+D", self._on_refuse, case=refuse_refund, name="refuse_refund")
        self._paid = self.button("Paid", "Ctrl+T", self._on_paid, case=pay_refund, name="pay_refund")
        self._yes = self.button(
            "Approve", "Ctrl+Enter", self._on_approve, case=approve_refund, kind="primary", name="approve_refund"
        )
        self.action_bar.add(self._ask, self._net, self._uncashed, self._back, self._no, self._paid, self._yes)

    def reload(self) -> None:
        self.ask(list_credits, ListCredits(), self._on_credits)
        self.ask(list_refunds, ListRefunds(), self._on_refunds)

    def focus_first(self) -> None:
        self.credits.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _on_credits(self, content: CreditsContent) -> None:
        rows: list[object] = [
            CreditLine(f"{each.payment_id} {each.visit_on}", each) for each in content.rows
        ]  # fmt: skip
        if rows:
            rows.append(Total("Together", {"cents": content.cents}))
        self.credits.show_rows(rows)
        self.say_title("Refunds", f"Credit of {len(content.rows):,} payments, {format_cents(content.cents)}")
        self._tell()

    @Slot(object)
    def _on_refunds(self, rows: tuple[RefundRow, ...]) -> None:
        self.refunds.show_rows([RefundLine(each.id, each) for each in rows])
        self._tell()

    def _refund(self) -> RefundRow | None:
        line = self.refunds.chosen_row()
        return line.row if isinstance(line, RefundLine) else None

    def _credit(self) -> UnappliedCredit | None:
        line = self.credits.chosen_row()
        return line.row if isinstance(line, CreditLine) else None

    @Slot()
    def _tell(self, *_: object) -> None:
        row, credit, free = self._refund(), self._credit(), not self.panel.isVisible()
        state = None if row is None else row.state
        can = self.desk.may(refund_alone if self._alone else ask_refund)
        self._ask.setEnabled(free and can and credit is not None and credit.cents > 0)
        self._net.setEnabled(free and self.desk.may(net_credit) and credit is not None and credit.cents < 0)
        for button, case, wanted in (
            (self._yes, approve_refund, RefundState.ASKED),
            (self._no, refuse_refund, RefundState.ASKED),
            (self._paid, pay_refund, RefundState.APPROVED),
            (self._back, withdraw_refund, RefundState.APPROVED),
            (self._uncashed, stale_refund, RefundState.PAID),
        ):
            button.setEnabled(free and self.desk.may(case) and state is wanted)
        if row is not None and row.words:
            self.say_at_foot(row.words)
        else:
            self.say_at_foot("Who asks for a refund does not approve it.")

    def _on_ask(self) -> None:
        credit = self._credit()
        if credit is None:
            return

        def chosen(asked: Refunded) -> None:
            self.refunds.choose_next(asked.refund_id)

        def does() -> None:
            cents = made.form.value("cents")
            values = (
                self.desk.new_id(), credit.payment_id, Cents(cents if isinstance(cents, int) else 0),
                made.form.text("method"), made.form.text("reason"), made.form.text("words"),
            )  # fmt: skip
            if self._alone:
                made.run(refund_alone, RefundAlone(*values), "Approved; it waits to be paid and to be reviewed.",
                         chosen)  # fmt: skip
            else:
                made.run(ask_refund, AskRefund(*values), "Asked; somebody else approves it.", chosen)

        words = (
            f"Receipt {credit.receipt} of {credit.received_on:%m/%d/%Y}, by {METHODS[credit.method].lower()}. The money"
            " goes to who paid it, by the way it came."
        )
        button = "Ask for it" if not self._alone else "Refund"
        made = PanelForm(self, words, button, does, keeps="refund", about=credit.payment_id)
        made.form.add("cents", "Amount", MoneyField(), 0, 0, 6)
        made.form.add(
            "method", "Goes back by", ChoiceField([(e, METHODS[e]) for e in ways_back(credit.method)]), 0, 6, 6
        )
        made.form.add("reason", "Reason", ChoiceField([("", "Choose"), *REASONS.items()]), 1, 0, 12)
        made.form.add("words", "Note, if needed", LineField(name="refund_words"), 2, 0, 12)
        made.form.set_values({"cents": credit.cents})
        made.open("Refund")

    def _on_net(self) -> None:
        credit = self._credit()
        if credit is None or credit.cents >= 0:
            return

        def does() -> None:
            command = NetCredit(self.desk.new_id(), credit.guarantor_id, made.form.text("words"))
            made.run(net_credit, command, "Netted as far as the free credit reaches.")

        words = (
            f"Receipt {credit.receipt} was refunded, and then the bank took it back: the account owes"
            f" {format_cents(-credit.cents)}. Later payments that are kept as credit make it good."
        )
        made = PanelForm(self, words, "Net", does, keeps="refund.net", about=credit.payment_id)
        made.form.add("words", "Why now", LineField(name="net_words"), 0, 0, 12)
        made.open("Credit below zero")

    def _on_approve(self) -> None:
        row = self._refund()
        if row is not None and self._yes.isEnabled():
            sentence = f"{format_cents(row.cents)} of receipt {row.receipt}, asked by {row.asked_by_name}. Approve it?"
            self.shell.confirm("Approve a refund", sentence, "Approve", lambda: self._approve(row.id))

    def _approve(self, refund_id: Id) -> None:
        command = ApproveRefund(self.desk.new_id(), refund_id)
        self.run(approve_refund, command, lambda _: self.shell.say("Approved. It waits to be paid."))

    def _on_refuse(self) -> None:
        if (row := self._refund()) is not None:
            self._ask_why(row, "refund.refuse", "Refuse", refuse_refund, RefuseRefund, "Refused.")

    def _on_withdraw(self) -> None:
        if (row := self._refund()) is not None:
            said = "It is credit again."
            self._ask_why(row, "refund.withdraw", "Take back", withdraw_refund, WithdrawRefund, said)

    def _ask_why(
        self, row: RefundRow, keeps: str, button: str, case: UseCase[Any, Any], command: Any, done: str
    ) -> None:
        def does() -> None:
            made.run(case, command(self.desk.new_id(), row.id, made.form.text("words")), done)

        words = f"Refund {row.number}, {format_cents(row.cents)}."
        made = PanelForm(self, words, button, does, keeps=keeps, about=row.id)
        made.form.add("words", "Why", LineField(name="refund_why"), 0, 0, 12)
        made.open(button)

    def _on_paid(self) -> None:
        row = self._refund()
        if row is None:
            return

        def does() -> None:
            day = made.form.value("paid_on")
            command = PayRefund(self.desk.new_id(), row.id, made.form.text("reference"),
                                day if isinstance(day, date) else None)  # fmt: skip
            made.run(pay_refund, command, "Noted as paid.")

        words = f"{format_cents(row.cents)} by {METHODS[row.method].lower()}."
        made = PanelForm(self, words, "Note as paid", does, keeps="refund.paid", about=row.id)
        made.form.add("reference", "Check no. or approval", LineField(name="paid_reference", most=60), 0, 0, 6)
        made.form.add("paid_on", "Paid on", DateField(self.desk.clock.today), 0, 6, 6)
        made.form.set_values({"paid_on": self.desk.clock.today()})
        made.open("A refund was paid")

    def _on_stale(self) -> None:
        row = self._refund()
        if row is not None:
            sentence = f"Check {row.paid_reference} of {format_cents(row.cents)} was never cashed. It is owed again."
            self.shell.confirm("Never cashed", sentence, "Note it", lambda: self._stale_one(row.id))

    def _stale_one(self, refund_id: Id) -> None:
        said = "It waits to be paid again; unclaimed property runs."
        self.run(stale_refund, StaleRefund(self.desk.new_id(), refund_id), lambda _: self.shell.say(said))

    def _on_fee(self) -> None:
        def does() -> None:
            made.run(set_returned_fee, SetReturnedFee(self.desk.new_id(), made.form.text("code")), "Kept.")

        words = "The item of your fee list that is charged when a bank returns a payment. No plan ever sees it."
        made = PanelForm(self, words, "Keep", does, keeps="refund.fee")
        made.form.add("code", "Code, such as RETURNED", LineField(name="fee_code", most=20), 0, 0, 8)
        made.form.set_values({"code": self.desk.ask(returned_fee, ReturnedFeeNow())})
        made.open("Fee for returned payments")
