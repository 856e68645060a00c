"""What a payment pays, charge by charge, in the side panel; each part can be changed (BILLING S9)."""

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.money import Cents, format_cents
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import MoneyField
from medbill_desktop.ui.widgets.words import Elided, StatusLine, label, reveal
from medbill_desktop.usecases.paying import left_of, summed
from medbill_desktop.usecases.payments import Allocation, OwedCharge, PaymentFormContent

MOST_LISTED: Final = 40  # the oldest; what lies behind them is paid oldest first


def said_elsewhere(content: PaymentFormContent) -> list[str]:
    """Say whose the rest is that is owed on the patient, where the guarantor changed."""
    who = content.guarantor_name
    return [
        f"{name} owes {format_cents(cents)} of this patient from before. It is not {who}'s and is not paid here."
        for name, cents in content.elsewhere
    ]


class SharesPanel(QWidget):
    """The charges a guarantor owes with what is paid on each; `changed` when a person typed a part."""

    changed = Signal()
    no_draft = "The parts are worked out anew from what is owed when the payment is taken."

    def __init__(self, content: PaymentFormContent) -> None:
        super().__init__()
        self.content = content
        self.by_hand = False
        self.fields: dict[Any, MoneyField] = {}
        self._shown: tuple[Allocation, ...] = ()
        self._trouble = StatusLine()
        self._again = Button("Oldest first again", kind="link", name="oldest_first", pressed=self._on_again)
        self._again.hide()
        self._rest = label(role=Type.STRONG, wrap=True, name="rest")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, Space.ONE, 0)
        column.setSpacing(Space.ONE)
        column.addLayout(self._grid(content.owed[:MOST_LISTED]))
        if (more := len(content.owed) - MOST_LISTED) > 0:
            words = f"{more} younger charges are not listed; oldest first reaches them as well."
            column.addWidget(label(words, Type.CAPTION, "2", wrap=True))
        if not content.owed:
            column.addWidget(label("Nothing is owed. What is paid now is kept as credit.", ink="2", wrap=True))
        column.addWidget(self._trouble)
        column.addWidget(self._rest)
        column.addWidget(self._again, 0, Qt.AlignmentFlag.AlignLeft)
        for each in content.credits:
            kept = " for a visit" if each.visit_id is not None else ""
            words = f"Credit{kept}: {format_cents(each.cents)}, receipt {each.number} of {show_date(each.received_on)}"
            column.addWidget(label(words, Type.CAPTION, "2", wrap=True))
        column.addStretch(1)

    def _grid(self, owed: Sequence[OwedCharge]) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.ONE)
        grid.setVerticalSpacing(Space.HALF)
        grid.setColumnStretch(0, 1)
        if owed:
            grid.addWidget(label("Charge", Type.CAPTION, "3"), 0, 0)
            head = label("Owes", Type.CAPTION, "3")
            grid.addWidget(head, 0, 1, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(label("Pays", Type.CAPTION, "3"), 0, 2, Qt.AlignmentFlag.AlignRight)
        for row, each in enumerate(owed, start=1):
            words = QVBoxLayout()
            words.setSpacing(0)
            words.addWidget(Elided(each.description))
            words.addWidget(Elided(f"{show_date(each.service_date)} · {each.patient_name}", Type.CAPTION, "2"))
            grid.addLayout(words, row, 0)
            grid.addWidget(label(format_cents(each.cents)), row, 1, Qt.AlignmentFlag.AlignRight)
            field = self.fields[each.charge_id] = MoneyField(name=f"share_{row}")
            field.setPlaceholderText("")
            field.setFixedWidth(92)
            field.setAccessibleName(
                f"Pay on {each.description}, {show_date(each.service_date)}, owes {format_cents(each.cents)}"
            )
            field.textEdited.connect(self._on_typed)
            grid.addWidget(field, row, 2)
        return grid

    def show_shares(self, allocation: tuple[Allocation, ...], rest: str) -> None:
        """Show what is paid unless a person chose, and say what stays over."""
        self._rest.setText(rest)
        if self.by_hand:
            return
        self._shown = allocation
        parts = {each.charge_id: each.cents for each in allocation}
        for charge_id, field in self.fields.items():
            field.set_value(parts.get(charge_id))

    @property
    def allocation(self) -> tuple[Allocation, ...]:
        """What is paid: as shown, or as typed."""
        if not self.by_hand:
            return self._shown
        typed = ((charge_id, field.value()) for charge_id, field in self.fields.items())
        return tuple(Allocation(charge_id, cents) for charge_id, cents in typed if cents)

    @property
    def problem(self) -> str:
        """What a part could not be read as; empty where all are amounts."""
        for field in self.fields.values():
            field.value()
            if field.problem:
                return field.problem
        return ""

    def say(self, words: str) -> None:
        """Say what is wrong with the parts."""
        self._trouble.say(words, Tone.STOP)

    def focus_first(self) -> None:
        for field in self.fields.values():
            field.setFocus(Qt.FocusReason.OtherFocusReason)
            field.selectAll()
            return

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.focusNextPrevChild(True)
            return
        super().keyPressEvent(event)

    @Slot(str)
    def _on_typed(self, text: str) -> None:
        self.by_hand = True
        reveal(self._again, True)
        self.say("")
        self.changed.emit()

    def _on_again(self) -> None:
        self.by_hand = False
        self._again.hide()
        self.say("")
        self.changed.emit()


def said_of_money(cents: Cents, parts: tuple[Allocation, ...]) -> str:
    """Say what a payment does: how many charges it pays, and what stays credit."""
    rest = left_of(cents, parts)
    if rest < 0:
        return f"The parts come to {format_cents(-rest)} more than the payment."
    paid = f"Pays {format_cents(summed(parts))} on {len(parts)} charge{'' if len(parts) == 1 else 's'}"
    if not parts:
        return f"All of it, {format_cents(cents)}, stays credit."
    return f"{paid}; {format_cents(rest)} stays credit." if rest else f"{paid}; nothing stays over."


def said_of_credit(form: PaymentFormContent, parts: tuple[Allocation, ...]) -> str:
    """Say what the credit at hand would pay, where there is any."""
    if not form.credits:
        return ""
    if not parts:
        return "The credit pays nothing now."
    return f"The credit would pay {format_cents(summed(parts))}."
