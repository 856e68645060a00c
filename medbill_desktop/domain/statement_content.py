"""What a statement says: everything that may be printed, and nothing else (BILLING S1, S2; 45 CFR 164.502(b)).

No field here can hold a diagnosis, a procedure code, a birth date, a member id or an SSN: what cannot be said cannot
leak.
"""

from dataclasses import dataclass, field
from datetime import date

from medbill_desktop.domain.money import ZERO, Cents


@dataclass(frozen=True, slots=True)
class PracticeBlock:
    """Who sends the statement: the return address is also where a check goes."""

    name: str
    address: tuple[str, ...]
    phone: str


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """One service in generic words; the last four amounts and `you_owe` sum up from `charged` (see `explained`)."""

    service_date: date
    words: str
    charged: Cents
    insurance_paid: Cents
    adjusted: Cents
    you_paid: Cents
    you_owe: Cents
    with_insurance: Cents = ZERO

    @property
    def explained(self) -> bool:
        """Whether the line adds up by itself, as a reader will check it."""
        rest = self.insurance_paid + self.adjusted + self.you_paid + self.with_insurance
        return self.charged - rest == self.you_owe


@dataclass(frozen=True, slots=True)
class PatientBlock:
    """The services of one patient, who is named by first name and last initial only."""

    name: str = field(repr=False)
    lines: tuple[ServiceLine, ...]
    pending_cents: Cents = ZERO  # still with insurance: a note, never an amount due

    @property
    def owes_cents(self) -> Cents:
        return Cents(sum(line.you_owe for line in self.lines))


@dataclass(frozen=True, slots=True)
class StatementContent:
    """One statement, ready to be drawn; kept as JSON, so that a reprint says what was mailed."""

    number: str
    reference: str  # the account reference; never stands above the address
    statement_date: date
    due_date: date
    step_words: str
    practice: PracticeBlock
    addressee: tuple[str, ...] = field(repr=False)
    patients: tuple[PatientBlock, ...]
    aging: tuple[Cents, ...]  # 0-30, 31-60, 61-90, 91-120, over 120 days; sums to the total
    credit_cents: Cents
    total_cents: Cents
    message: str
    envelope: str = "10-thirds"

    @property
    def owes_cents(self) -> Cents:
        """What the lines say, before a credit is taken off."""
        return Cents(sum(each.owes_cents for each in self.patients))


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One service that a payment went to."""

    service_date: date
    patient: str = field(repr=False)
    words: str
    cents: Cents


@dataclass(frozen=True, slots=True)
class ReceiptContent:
    """What a receipt says (BILLING S9): no more than a statement may."""

    number: str
    received_on: date
    practice: PracticeBlock
    payer_name: str = field(repr=False)
    method: str
    reference: str = field(repr=False)  # check number, or type and last four of a card
    cents: Cents
    lines: tuple[ReceiptLine, ...]
    kept_as_credit: Cents
    still_owed: Cents
    taken_by: str
    void_on: date | None = None
