"""What a front desk does with a patient's money (BILLING J23-J25, S9)."""

from dataclasses import dataclass, field
from datetime import date, datetime

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.users import Permission
from medbill_desktop.usecases.declare import Reading, Work, query, usecase


@dataclass(frozen=True, slots=True)
class Allocation:
    charge_id: Id
    cents: Cents


@dataclass(frozen=True, slots=True)
class PatientPayment:
    """Money in hand. `allocation` None pays the oldest services first; an empty one keeps all of it as credit.

    With `visit_id` it is a copay: it pays what the guarantor owes for that visit, the rest waits for it as credit.
    """

    guarantor_id: Id
    cents: Cents
    method: str  # cash, check, card, eft
    patient_id: Id | None = None
    reference: str = field(default="", repr=False)  # check number; last four and approval code of a card
    allocation: tuple[Allocation, ...] | None = None
    visit_id: Id | None = None
    received_on: date | None = None  # today where None


@dataclass(frozen=True, slots=True)
class TakePayment:
    id: Id
    payment: PatientPayment


@dataclass(frozen=True, slots=True)
class TakePayments:
    """A stack of receipts, posted whole or not at all."""

    id: Id
    payments: tuple[PatientPayment, ...]


@dataclass(frozen=True, slots=True)
class TakenPayment:
    payment_id: Id
    number: str
    applied_cents: Cents
    credit_cents: Cents


@dataclass(frozen=True, slots=True)
class ApplyCredit:
    """Pay charges out of a guarantor's credit; None pays the oldest services first."""

    id: Id
    guarantor_id: Id
    allocation: tuple[Allocation, ...] | None = None


@dataclass(frozen=True, slots=True)
class AppliedCredit:
    applied_cents: Cents
    credit_cents: Cents


@dataclass(frozen=True, slots=True)
class Unapply:
    id: Id
    posting_id: Id


@dataclass(frozen=True, slots=True)
class VoidPayment:
    id: Id
    payment_id: Id
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class VoidedPayment:
    payment_id: Id
    cents: Cents


@dataclass(frozen=True, slots=True)
class UndoLast:
    id: Id


@dataclass(frozen=True, slots=True)
class Undone:
    """What was undone: `what` is the kind of the first posting of that command."""

    what: str
    postings: int


@dataclass(frozen=True, slots=True)
class PaymentForm:
    guarantor_id: Id


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
    """What is left of one payment; `visit_id` is its earmark."""

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


@usecase("payment.take", needs=Permission.TAKE_PAYMENT, topics={"ledger", "payments"})
def take_payment(work: Work, cmd: TakePayment) -> TakenPayment:
    """Take money from a patient: into the open slip of its method, to credit, and from there to charges."""
    raise NotImplementedError


@usecase("payment.take_many", needs=Permission.TAKE_PAYMENT, topics={"ledger", "payments"})
def take_payments(work: Work, cmd: TakePayments) -> tuple[TakenPayment, ...]:
    raise NotImplementedError


@usecase("credit.apply", needs=Permission.TAKE_PAYMENT, topics={"ledger", "payments"})
def apply_credit(work: Work, cmd: ApplyCredit) -> AppliedCredit:
    raise NotImplementedError


@usecase("credit.unapply", needs=Permission.VOID, topics={"ledger", "payments"})
def unapply(work: Work, cmd: Unapply) -> Undone:
    """Turn an applied payment back into credit (BILLING J25)."""
    raise NotImplementedError


@usecase("payment.void", needs=Permission.VOID, topics={"ledger", "payments"})
def void_payment(work: Work, cmd: VoidPayment) -> VoidedPayment:
    """Take a payment back while its deposit is open (BILLING S9)."""
    raise NotImplementedError


@usecase("posting.undo_last", needs=Permission.VOID, topics={"ledger", "payments", "visits"})
def undo_last(work: Work, cmd: UndoLast) -> Undone:
    """Reverse exactly what the person posted last, today."""
    raise NotImplementedError


@query("payment.form", needs=Permission.TAKE_PAYMENT, audit="payment.form")
def payment_form(read: Reading, query: PaymentForm) -> PaymentFormContent:
    raise NotImplementedError


@query("payment.day", needs=Permission.TAKE_PAYMENT)
def day_payments(read: Reading, query: DayPayments) -> DayPaymentsContent:
    raise NotImplementedError


@query("receipt.open", needs=Permission.TAKE_PAYMENT, audit="receipt.open")
def receipt_of(read: Reading, query: ReceiptOf) -> ReceiptContent:
    raise NotImplementedError
