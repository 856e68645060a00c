"""Reading a patient's money: what is owed and held, the day's payments, and receipts (BILLING S9)."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents, total
from medbill_desktop.domain.spending import Credit, Owed
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import estates, payments, privacy
from medbill_desktop.usecases.declare import Reading, query
from medbill_desktop.usecases.taking import METHODS
from medbill_desktop.usecases.taking import Allocation as Allocation
from medbill_desktop.usecases.taking import AppliedCredit as AppliedCredit
from medbill_desktop.usecases.taking import ApplyCredit as ApplyCredit
from medbill_desktop.usecases.taking import PatientPayment as PatientPayment
from medbill_desktop.usecases.taking import TakenPayment as TakenPayment
from medbill_desktop.usecases.taking import TakePayment as TakePayment
from medbill_desktop.usecases.taking import TakePayments as TakePayments
from medbill_desktop.usecases.taking import apply_credit as apply_credit
from medbill_desktop.usecases.taking import take_payment as take_payment
from medbill_desktop.usecases.taking import take_payments as take_payments
from medbill_desktop.usecases.undoing import Unapply as Unapply
from medbill_desktop.usecases.undoing import UndoLast as UndoLast
from medbill_desktop.usecases.undoing import Undone as Undone
from medbill_desktop.usecases.undoing import VoidPayment as VoidPayment
from medbill_desktop.usecases.undoing import unapply as unapply
from medbill_desktop.usecases.undoing import undo_last as undo_last
from medbill_desktop.usecases.undoing import void_payment as void_payment

BILLED_APART: Final = "Billed separately"  # a patient's services that the payer's papers say nothing of


@dataclass(frozen=True, slots=True)
class PaymentForm:
    """What would a payment pay? With `patient_id` also who else owes something on that patient."""

    guarantor_id: Id
    patient_id: Id | None = None


@dataclass(frozen=True, slots=True)
class OwedCharge:
    charge_id: Id
    visit_id: Id
    patient_id: Id
    patient_name: str = field(repr=False)
    service_date: date
    description: str = field(repr=False)
    cents: Cents


@dataclass(frozen=True, slots=True)
class CreditHeld:
    """What is left of one payment; `visit_id` is the visit it still waits for."""

    payment_id: Id
    number: str
    received_on: date
    visit_id: Id | None
    cents: Cents


@dataclass(frozen=True, slots=True)
class PaymentFormContent:
    guarantor_id: Id
    guarantor_name: str = field(repr=False)
    owed: tuple[OwedCharge, ...]  # oldest service first
    credits: tuple[CreditHeld, ...]
    owed_cents: Cents
    credit_cents: Cents
    elsewhere: tuple[tuple[str, Cents], ...] = field(default=(), repr=False)  # former guarantors and what they owe


@dataclass(frozen=True, slots=True)
class DayPayments:
    on: date


@dataclass(frozen=True, slots=True)
class PaymentRow:
    payment_id: Id
    number: str
    guarantor_id: Id
    guarantor_name: str = field(repr=False)
    method: str
    cents: Cents
    unapplied_cents: Cents
    taken_by: str
    taken_at: datetime
    deposit_number: str
    voided: bool


@dataclass(frozen=True, slots=True)
class DayPaymentsContent:
    rows: tuple[PaymentRow, ...]
    by_method: tuple[tuple[str, Cents], ...]  # without the void ones
    cents: Cents


@dataclass(frozen=True, slots=True)
class ReceiptOf:
    payment_id: Id


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    service_date: date
    patient_words: str = field(repr=False)  # first name and last initial (BILLING S2)
    generic_words: str = field(repr=False)
    cents: Cents


@dataclass(frozen=True, slots=True)
class ReceiptContent:
    """What a receipt may show, and nothing more (BILLING S2, S9)."""

    number: str
    received_on: date
    method: str
    reference: str = field(repr=False)
    cents: Cents
    from_name: str = field(repr=False)
    practice_name: str
    practice_lines: tuple[str, ...]
    practice_phone: str
    lines: tuple[ReceiptLine, ...]  # what it paid
    credit_cents: Cents  # what of it is not yet applied
    still_owed_cents: Cents  # by the guarantor, after it
    voided: bool


@query("payment.form", needs=Permission.TAKE_PAYMENT, audit="payment.form")
def payment_form(read: Reading, query: PaymentForm) -> PaymentFormContent:
    """Return what a guarantor owes, charge by charge, and what credit there is."""
    name = payments.guarantor_name(read.conn, query.guarantor_id)
    owed = payments.owed_by(read.conn, query.guarantor_id)
    words = payments.charge_words(read.conn, [each.charge.charge_id for each in owed])
    held = payments.credits_of(read.conn, query.guarantor_id)
    read.entry.about("guarantor", query.guarantor_id)
    return PaymentFormContent(
        query.guarantor_id,
        name,
        tuple(_owed_charge(each, words[each.charge.charge_id]) for each in owed),
        tuple(map(_credit_held, held)),
        total(each.cents for each in owed),
        total(each.cents for each in held),
        () if query.patient_id is None else payments.owed_by_others(read.conn, query.patient_id, query.guarantor_id),
    )


def _credit_held(held: Credit) -> CreditHeld:
    visit_id = held.visit_id if held.waits else None
    return CreditHeld(held.payment_id, held.number, held.received_on, visit_id, held.cents)


def _owed_charge(owed: Owed, words: payments.ChargeWords) -> OwedCharge:
    return OwedCharge(owed.charge.charge_id, owed.visit_id, owed.charge.patient_id, words.patient_words,
                      owed.service_date, words.description, owed.cents)  # fmt: skip


@query("payment.day", needs=Permission.TAKE_PAYMENT)
def day_payments(read: Reading, query: DayPayments) -> DayPaymentsContent:
    """List the payments received on a day, with what they come to by method."""
    rows = payments.of_day(read.conn, query.on)
    good = [each.payment for each in rows if each.payment.voided_at is None]
    by_method = tuple(
        (method, total(each.cents for each in good if each.method == method))
        for method in METHODS
        if any(each.method == method for each in good)
    )
    return DayPaymentsContent(tuple(map(_payment_row, rows)), by_method, total(each.cents for each in good))


def _payment_row(row: payments.DayRow) -> PaymentRow:
    facts = row.payment
    return PaymentRow(
        facts.id,
        facts.number,
        facts.guarantor_id,
        row.guarantor_name,
        facts.method,
        facts.cents,
        row.unapplied_cents,
        row.taken_by_name,
        facts.taken_at,
        row.deposit_number,
        facts.voided_at is not None,
    )


@query("receipt.open", needs=Permission.TAKE_PAYMENT, audit="receipt.open")
def receipt_of(read: Reading, query: ReceiptOf) -> ReceiptContent:
    """Return what the receipt of a payment shows."""
    facts = payments.get(read.conn, query.payment_id)
    spent = payments.spent_on(read.conn, facts.id)
    words = payments.charge_words(read.conn, list(spent))
    apart = privacy.told_apart(read.conn, spent, facts.patient_id, read.today)
    lines = sorted(
        (ReceiptLine(words[each].service_date, words[each].patient_words, words[each].generic_words, cents)
         for each, cents in spent.items() if each not in apart),
        key=lambda line: line.service_date,
    )  # fmt: skip
    if apart:
        lines.append(ReceiptLine(facts.received_on, "", BILLED_APART, total(spent[each] for each in apart)))
    practice = payments.practice_block(read.conn)
    name = payments.guarantor_name(read.conn, facts.guarantor_id)
    settled = estates.on_paper(read.conn, facts.guarantor_id, facts.received_on)
    read.entry.about("payment", facts.id, facts.patient_id)
    return ReceiptContent(
        number=facts.number,
        received_on=facts.received_on,
        method=facts.method,
        reference=facts.reference,
        cents=facts.cents,
        from_name=name if settled is None else settled[0],
        practice_name=practice.name,
        practice_lines=practice.lines,
        practice_phone=practice.phone,
        lines=tuple(lines),
        credit_cents=Cents(max(payments.unspent(read.conn, facts.id), 0)),
        still_owed_cents=total(each.cents for each in payments.owed_by(read.conn, facts.guarantor_id)),
        voided=facts.voided_at is not None or facts.returned_on is not None,
    )
