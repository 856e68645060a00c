"""Giving patients' money back: asked, approved by somebody else, paid; and stale checks (BILLING J45, J46, S12)."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Kind, posting_of, refund_lines, refund_paid_lines
from medbill_desktop.domain.money import Cents, format_cents, total
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.refunds import REASONS, WAYS_BACK, RefundState, check_refund, taken_from
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import below_zero, deposits, journal, money_items, payments, refunds, users
from medbill_desktop.storage.payments import PaymentFacts
from medbill_desktop.storage.refunds import RefundRow as RefundRow
from medbill_desktop.storage.refunds import UnappliedCredit as UnappliedCredit
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.posting import check_words, note_below_zero, post, take_back
from medbill_desktop.usecases.second_person import add_for_review

MOST_LISTED: Final = 1_000


@dataclass(frozen=True, slots=True)
class ListCredits:
    """What guarantors have with us, unapplied (BILLING T14)."""


@dataclass(frozen=True, slots=True)
class CreditsContent:
    rows: tuple[UnappliedCredit, ...]  # the oldest money first
    cents: Cents


@dataclass(frozen=True, slots=True)
class ListRefunds:
    """Those that wait for somebody first."""


@dataclass(frozen=True, slots=True)
class AskRefund:
    """Give back what is left of a payment, to the guarantor who paid it."""

    id: Id
    payment_id: Id
    cents: Cents
    method: str
    reason: str  # a key of REASONS of domain/refunds
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ApproveRefund:
    id: Id
    refund_id: Id


@dataclass(frozen=True, slots=True)
class RefuseRefund:
    id: Id
    refund_id: Id
    words: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RefundAlone:
    """Ask and approve in one, in a practice of one person; the owner's review list shows it."""

    id: Id
    payment_id: Id
    cents: Cents
    method: str
    reason: str
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PayRefund:
    """`reference` is the number of the check; last four and approval code of a card."""

    id: Id
    refund_id: Id
    reference: str = field(repr=False)
    paid_on: date | None = None  # today where None


@dataclass(frozen=True, slots=True)
class WithdrawRefund:
    """Turn an approved refund that was not paid back into credit."""

    id: Id
    refund_id: Id
    words: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StaleRefund:
    """The check was never cashed: it is owed again, and unclaimed property runs (BILLING J46, Q4)."""

    id: Id
    refund_id: Id


@dataclass(frozen=True, slots=True)
class Refunded:
    refund_id: Id
    number: str
    cents: Cents


@query("credit.list", needs=Permission.TAKE_PAYMENT)
def list_credits(read: Reading, query: ListCredits) -> CreditsContent:
    rows = tuple(refunds.unapplied(read.conn, MOST_LISTED))
    return CreditsContent(rows, total(each.cents for each in rows))


@query("refund.list", needs=Permission.TAKE_PAYMENT)
def list_refunds(read: Reading, query: ListRefunds) -> tuple[RefundRow, ...]:
    return tuple(refunds.listed(read.conn))


@usecase("refund.ask", needs=Permission.REFUND_PREPARE, topics={"payments"})
def ask_refund(work: Work, cmd: AskRefund) -> Refunded:
    """Ask for a refund; nothing is posted before somebody else approves it."""
    facts = _checked(work, cmd)
    number = _add(work, cmd, facts, RefundState.ASKED)
    work.entry.about("refund", cmd.id, facts.patient_id, cents=cmd.cents, reason=cmd.reason)
    return Refunded(cmd.id, number, cmd.cents)


@usecase("refund.approve", needs=Permission.REFUND_APPROVE, topics={"ledger", "payments"})
def approve_refund(work: Work, cmd: ApproveRefund) -> Refunded:
    """Approve what somebody else asked for, as far as the credit is still there (BILLING S12)."""
    row = _in_state(work, cmd.refund_id, RefundState.ASKED)
    if row.asked_by == work.user.id:
        raise Refused("You asked for this refund. Somebody else approves it.")
    _post_refund(work, cmd.id, row.id, row.number, row.payment_id, row.cents)
    refunds.change(work.conn, row.id, state=RefundState.APPROVED, decided_by=work.user.id, decided_at=work.now)
    _about(work, row, asked_by=row.asked_by)
    return Refunded(row.id, row.number, row.cents)


@usecase("refund.refuse", needs=Permission.REFUND_APPROVE, topics={"payments"})
def refuse_refund(work: Work, cmd: RefuseRefund) -> None:
    """Say no to a refund, and why."""
    row = _in_state(work, cmd.refund_id, RefundState.ASKED)
    words = _why(cmd.words)
    refunds.change(work.conn, row.id, state=RefundState.REFUSED, decided_by=work.user.id, decided_at=work.now,
                   words=words)  # fmt: skip
    _about(work, row)


@usecase("refund.alone", needs=Permission.REFUND_APPROVE, topics={"ledger", "payments"})
def refund_alone(work: Work, cmd: RefundAlone) -> Refunded:
    """Refund without a second person, where the practice has none; it goes on the review list (SECURITY A2)."""
    if sum(each.active for each in users.all_users(work.conn)) > 1:
        raise Refused("Somebody else asks for a refund, and you approve it. Two people stand behind each.")
    facts = _checked(work, cmd)
    number = _add(work, cmd, facts, RefundState.APPROVED)
    _post_refund(work, cmd.id, cmd.id, number, facts.id, cmd.cents)
    money_items.add(work.conn, work.new_id(), "review_refund", work.today, work.user.id, refund_id=cmd.id,
                    guarantor_id=facts.guarantor_id, payment_id=facts.id, cents=cmd.cents)  # fmt: skip
    work.entry.about("refund", cmd.id, facts.patient_id, cents=cmd.cents, reason=cmd.reason, alone=True)
    add_for_review(work, "refund.alone", cmd.id)
    return Refunded(cmd.id, number, cmd.cents)


@usecase("refund.pay", needs=Permission.REFUND_APPROVE, topics={"ledger", "payments"})
def pay_refund(work: Work, cmd: PayRefund) -> Refunded:
    """Note that an approved refund left the practice (BILLING J46)."""
    row = _in_state(work, cmd.refund_id, RefundState.APPROVED)
    if payments.get(work.conn, row.payment_id).returned_on is not None:
        raise Refused("The bank took this payment back, so there is nothing to give. Take the refund back instead.")
    day = cmd.paid_on or work.today
    found = Findings()
    check_words(found, "reference", cmd.reference)
    if not cmd.reference.strip() and row.method != "cash":
        found.stop("reference", "reference", "The number is missing.", "Type the number of the check or approval.")
    if not row.asked_at.date() <= day <= work.today:
        found.stop("day", "paid_on", "It can't have been paid on that day.", "Type the day it was paid.")
    found.raise_stops()
    slip_id = work.new_id()
    deposits.add(work.conn, slip_id, work.number("deposit"), row.method, day, kind="disbursement", by=work.user.id,
                 at=work.now, cents=Cents(-row.cents))  # fmt: skip
    lines = refund_paid_lines(row.guarantor_id, row.payment_id, row.number, slip_id, row.cents)
    post(work, cmd.id, [posting_of(Kind.REFUND_PAID, work.today, lines, source_kind="refund", source_id=row.id)])
    refunds.change(work.conn, row.id, state=RefundState.PAID, paid_on=day, paid_reference=cmd.reference.strip(),
                   deposit_id=slip_id, stale_on=None)  # fmt: skip
    _about(work, row)
    return Refunded(row.id, row.number, row.cents)


@usecase("refund.withdraw", needs=Permission.REFUND_APPROVE, topics={"ledger", "payments"})
def withdraw_refund(work: Work, cmd: WithdrawRefund) -> Refunded:
    """Take an approved refund back before it is paid: the mirror makes it credit again."""
    row = _in_state(work, cmd.refund_id, RefundState.APPROVED)
    words = _why(cmd.words)
    _mirror(work, cmd.id, row, Kind.REFUND)
    note_below_zero(work, row.payment_id)
    refunds.change(work.conn, row.id, state=RefundState.WITHDRAWN, words=words)
    _about(work, row)
    return Refunded(row.id, row.number, row.cents)


@usecase("refund.stale", needs=Permission.REFUND_APPROVE, topics={"ledger", "payments"})
def stale_refund(work: Work, cmd: StaleRefund) -> Refunded:
    """Mirror the payment of a refund whose check was never cashed; it waits to be paid again."""
    row = _in_state(work, cmd.refund_id, RefundState.PAID)
    if row.method != "check":
        raise Refused("Only a check can grow stale.")
    _mirror(work, cmd.id, row, Kind.REFUND_PAID)
    if row.deposit_id is not None:  # no bank ever booked it
        deposits.note_bank(work.conn, row.deposit_id, work.today, Cents(0))
    refunds.change(work.conn, row.id, state=RefundState.APPROVED, stale_on=work.today)
    money_items.add(work.conn, work.new_id(), "unclaimed", work.today, work.user.id, refund_id=row.id,
                    guarantor_id=row.guarantor_id, payment_id=row.payment_id, cents=row.cents)  # fmt: skip
    _about(work, row)
    return Refunded(row.id, row.number, row.cents)


def _checked(work: Work, cmd: AskRefund | RefundAlone) -> PaymentFacts:
    facts = payments.get(work.conn, cmd.payment_id)
    found = Findings()
    if cmd.reason not in REASONS:
        found.stop("reason", "reason", "Choose a reason.")
    check_words(found, "words", cmd.words)
    asked = refunds.asked_for(work.conn, facts.id)
    check_refund(found, cmd.cents, payments.unspent(work.conn, facts.id), asked, cmd.method, facts.method)
    found.raise_stops()
    _refuse_below_zero(work, facts.guarantor_id)
    if payments.slip_is_open(work.conn, facts.deposit_id) and facts.method != "cash":
        # Money that has not reached the bank may come back from there.
        raise Refused("This payment still lies in the office. Void it, or close its deposit slip first.")
    return facts


def _refuse_below_zero(work: Work, guarantor_id: Id) -> None:
    if lacking := total(each.cents for each in below_zero.of_guarantor(work.conn, guarantor_id)):
        raise Refused(
            f"This guarantor owes {format_cents(lacking)} for a payment that came back after it was refunded."
            " Net that against the credit first."
        )


def _add(work: Work, cmd: AskRefund | RefundAlone, facts: PaymentFacts, state: RefundState) -> str:
    alone = state is RefundState.APPROVED
    number = work.number("refund")
    refunds.add(
        work.conn, id=cmd.id, number=number, guarantor_id=facts.guarantor_id, payment_id=facts.id, cents=cmd.cents,
        method=cmd.method, reason=cmd.reason, asked_by=work.user.id, asked_at=work.now, state=state, alone=alone,
        note=cmd.words.strip(), decided_by=work.user.id if alone else None, decided_at=work.now if alone else None,
    )  # fmt: skip
    return number


def _post_refund(work: Work, command_id: Id, refund_id: Id, number: str, payment_id: Id, cents: Cents) -> None:
    _refuse_below_zero(work, payments.get(work.conn, payment_id).guarantor_id)
    facts, held = payments.get(work.conn, payment_id), refunds.buckets(work.conn, payment_id)
    left = payments.unspent(work.conn, payment_id)
    if cents > left:
        left = Cents(max(left, 0))
        raise Refused(f"Only {format_cents(left)} of this payment is credit by now. Refuse it, and ask anew.")
    parts = taken_from(tuple(each for each in held if each.cents > 0), cents)
    lines = refund_lines(facts.guarantor_id, payment_id, number, [(each.visit_id, each.cents) for each in parts])
    post(work, command_id, [posting_of(Kind.REFUND, work.today, lines, source_kind="refund", source_id=refund_id)])


def _mirror(work: Work, command_id: Id, row: RefundRow, kind: Kind) -> None:
    live = journal.live_by_source(work.conn, "refund", row.id)
    found = journal.of_ids(work.conn, live)
    take_back(work, command_id, [each for each in live if found[each].kind is kind])


def _about(work: Work, row: RefundRow, **more: int) -> None:
    """Let the entry name the patient as well, so that the history of the record is whole."""
    work.entry.about("refund", row.id, payments.get(work.conn, row.payment_id).patient_id, cents=row.cents, **more)


def _in_state(work: Work, refund_id: Id, state: RefundState) -> RefundRow:
    row = refunds.get(work.conn, refund_id)
    if row.state is not state:
        raise Refused(f"Refund {row.number} is {row.state} by now.")
    return row


def _why(words: str) -> str:
    found = Findings()
    check_words(found, "words", words, needed=True)
    found.raise_stops()
    return words.strip()


def ways_back(came_by: str) -> tuple[str, ...]:
    """Return how money may go back, the way it came first."""
    return WAYS_BACK[came_by]
