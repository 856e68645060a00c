"""The side panels of the approvals: a proposal with its decision, and the signature under what was done alone."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Slot

from medbill_desktop.domain.audit_words import say_action
from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.money import format_cents
from medbill_desktop.domain.problems import Invalid
from medbill_desktop.domain.proposals import DeclineReason
from medbill_desktop.ui.jobs import explain
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.audit_panels import PanelText
from medbill_desktop.ui.pages.backup_texts import say_moment
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.theme import Tone, Type
from medbill_desktop.ui.widgets.buttons import Button, primary_button
from medbill_desktop.ui.widgets.fields import ChoiceField, Form, FormField, LineField, NoteField
from medbill_desktop.ui.widgets.words import StatusLine
from medbill_desktop.usecases.proposals import (
    AloneRow,
    Approve,
    Decline,
    ProposalCard,
    SignAlone,
    Withdraw,
    approve,
    decline,
    sign_alone,
    withdraw,
)


class ProposalPanel(PanelText):
    """What is asked and why; approve it, decline it with a reason, or withdraw the own."""

    keeps = "approval.decline"

    def __init__(self, page: Page, card: ProposalCard) -> None:
        super().__init__()
        self._page, self._card, line = page, card, card.line
        self.about = line.id
        self._trouble, self.form = StatusLine(), Form()
        self.sentence(card.reason, Type.STRONG)
        self.sentence(card.words)
        who = "You" if line.mine else line.asker
        facts = [("Asked by", who), ("Asked", say_moment(line.asked_at))]
        if line.patient:
            facts += [("Patient", line.patient), ("Account", line.account or "")]
        facts += [*card.facts, ("Over", line.limit), ("Lapses after", say_date(line.expires_on))]
        self.facts(facts)
        self._say_decision()
        self.approve = primary_button("Approve", name="approve", pressed=self._on_approve)
        self.decline = Button("Decline", "Alt+D", name="decline", pressed=self._on_decline)
        self.withdraw = Button("Withdraw", "Alt+W", name="withdraw", pressed=self._on_withdraw)
        if line.for_me:
            reasons = [("", "Choose"), *((each.name, each.value) for each in DeclineReason)]
            self.form.add("reason", "To decline: why", ChoiceField(reasons, name="decline_reason"), 0, 0, 12)
            self.form.add("words", "In your words", LineField(name="decline_words"), 1, 0, 12)
            self.column.addWidget(self.form)
        if card.patient_id is not None:
            see = Button("Open the account", "Alt+O", kind="link", name="see_account", pressed=self._on_account)
            self.column.addWidget(see)
        self.column.addWidget(self._trouble)
        self.end()

    def open(self) -> None:
        line, close = self._card.line, Button("Close", "Esc", pressed=self._page.give_up_panel)
        buttons: tuple[Button, ...] = (close,)
        if line.for_me:
            buttons = (self.approve, self.decline)
        elif line.mine and line.state in ("waiting", "expired"):
            buttons = (self.withdraw, close)
        self._page.open_panel(line.what, self, buttons=buttons)
        if buttons[0] is not close:
            buttons[0].setFocus()

    def _say_decision(self) -> None:
        card, line = self._card, self._card.line
        if card.decided_at is None:
            return
        tone = {"approved": Tone.OK, "declined": Tone.STOP}.get(line.state, Tone.NONE)
        self.status(f"{line.state.capitalize()} by {line.decider}, {say_moment(card.decided_at)}.", tone)
        if card.countersigned:
            self.sentence("Over the owner's own limit as well: countersigned.", ink="2")
        if card.answer:
            self.sentence(card.answer)

    def _on_account(self) -> None:
        if self._card.patient_id is not None:
            self._page.shell.go("patient", PatientPlace(self._card.patient_id, "account"))

    def _on_approve(self) -> None:
        self._send(approve, Approve(self._page.desk.new_id(), self._card.line.id), "Approved, and done.")

    def _on_withdraw(self) -> None:
        self._send(withdraw, Withdraw(self._page.desk.new_id(), self._card.line.id), "Withdrawn.")

    def _on_decline(self) -> None:
        reason = str(self.form.value("reason") or "")
        if reason not in DeclineReason.__members__:
            self.form.fields["reason"].say("Choose why.")
            self.form.fields["reason"].field.setFocus()
            return
        words = self.form.text("words")
        command = Decline(self._page.desk.new_id(), self._card.line.id, DeclineReason[reason], words)
        self._send(decline, command, "Declined. Who asked is told.")

    def _send(self, case: Any, command: object, done: str) -> None:
        self._done = done
        for each in (self.approve, self.decline, self.withdraw):
            each.setEnabled(False)
        self._page.jobs.start(case, command).on(self._on_done, self._on_refused)

    @Slot(object)
    def _on_done(self, _: object) -> None:
        self._page.shell.say(self._done)
        self._page.close_panel()

    @Slot(object)
    def _on_refused(self, error: object) -> None:
        for each in (self.approve, self.decline, self.withdraw):
            each.setEnabled(True)
        if isinstance(error, Invalid):
            homeless = self.form.show_problems(error.problems)
            self._trouble.say(" ".join(each.sentence() for each in homeless))
        else:
            self._trouble.say(explain(error), Tone.STOP)


class AlonePanel(PanelText):
    """One line of the review list, and the signature under all that are not signed."""

    keeps = "alone"

    def __init__(self, page: Page, row: AloneRow, unsigned: Sequence[AloneRow]) -> None:
        super().__init__()
        self._page, self._lines, self._row = page, tuple(each.id for each in unsigned), row
        self.about = row.id
        facts = [("Owner", row.person), ("When", say_moment(row.at))]
        if row.account:
            facts.append(("Account", row.account))
        if row.cents is not None:
            facts.append(("Amount", format_cents(row.cents)))
        self.facts(facts)
        self._trouble = StatusLine()
        self.comment = FormField("Comment, if needed", NoteField(name="alone_comment", lines=4))
        count = len(self._lines)
        words = "Sign this line" if count == 1 else f"Sign all {count} lines"
        self.sign = primary_button(words, name="sign_alone", pressed=self._on_sign)
        if row.signed_at is not None:
            self.status(f"Signed by {row.signer}, {say_moment(row.signed_at)}.", Tone.OK)
            if row.comment:
                self.sentence(row.comment)
        if count:
            self.column.addWidget(self.comment)
        self.column.addWidget(self._trouble)
        self.end()

    def open(self) -> None:
        close = Button("Close", "Esc", pressed=self._page.give_up_panel)
        buttons = (self.sign, close) if self._lines else (close,)
        self._page.open_panel(say_action(self._row.action), self, buttons=buttons)
        if self._lines:
            self.comment.field.setFocus()

    def _on_sign(self) -> None:
        self.sign.setEnabled(False)
        words = str(self.comment.field.value())  # type: ignore[attr-defined]
        command = SignAlone(self._page.desk.new_id(), self._lines, words)
        self._page.jobs.start(sign_alone, command).on(self._on_signed, self._on_refused)

    @Slot(object)
    def _on_signed(self, _: object) -> None:
        self._page.shell.say("The review list is signed.")
        self._page.close_panel()

    @Slot(object)
    def _on_refused(self, error: object) -> None:
        self.sign.setEnabled(True)
        self._trouble.say(explain(error), Tone.STOP)
