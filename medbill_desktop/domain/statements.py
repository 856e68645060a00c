"""Who gets a statement, and who does not and why (BILLING S1, S3, S5, S6, R11)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from medbill_desktop.domain.dunning import Sent, Step
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import ZERO, Cents
from medbill_desktop.domain.problems import Problem

MINIMUM: Final = Cents(5_00)
DEFAULT_MESSAGES: Final[dict[Step, str]] = {
    Step.CURRENT: "Thank you for choosing our practice. Please pay by the due date, or call us with any question.",
    Step.REMINDER: "This is a friendly reminder. If you have paid already, please accept our thanks.",
    Step.PAST_DUE: "This balance is past due. Please pay it, or call us to arrange payments that work for you.",
    Step.FINAL: "This is our final notice. Please call us by the due date, so that we can find a way together.",
}


@dataclass(frozen=True, slots=True)
class StatementRules:
    """What the practice decides about its statements; kept in settings with an effective date."""

    minimum_cents: Cents = MINIMUM
    cycle_days: int = 28
    due_days: int = 21
    envelope: str = "10-thirds"
    current_message: str = DEFAULT_MESSAGES[Step.CURRENT]
    reminder_message: str = DEFAULT_MESSAGES[Step.REMINDER]
    past_due_message: str = DEFAULT_MESSAGES[Step.PAST_DUE]
    final_message: str = DEFAULT_MESSAGES[Step.FINAL]

    def message(self, step: Step) -> str:
        words = {
            Step.CURRENT: self.current_message,
            Step.REMINDER: self.reminder_message,
            Step.PAST_DUE: self.past_due_message,
        }
        return words.get(step, self.final_message)


class Reason(StrEnum):
    """Why there is no statement (BILLING S5)."""

    NOTHING_OWED = "nothing owed"
    CREDIT = "credit"
    BELOW_MINIMUM = "below minimum"
    WITHIN_CYCLE = "within cycle"
    NOT_MAILED = "made, not mailed"
    BAD_ADDRESS = "bad address"
    NO_ADDRESS = "no address"
    ADDRESS_TOO_LONG = "address too long"
    NO_MAILING_NAME = "no mailing name"
    NO_MAIL = "no mail"
    DECEASED = "deceased"
    BANKRUPT = "bankrupt"
    DISPUTE = "dispute"
    IN_COLLECTION = "in collection"
    PLAN_CURRENT = "plan current"
    PENDING = "pending with insurance"
    CORRECTION_AWAITED = "correction awaited"
    RESTRICTED = "restricted visit"
    ABOVE_ESTIMATE = "above estimate"
    REVIEW = "review"


class Hold(StrEnum):
    """Why one charge stays off a statement while the others go (BILLING S5)."""

    PENDING = "pending with insurance"
    CORRECTION_AWAITED = "correction awaited"
    RESTRICTED = "restricted visit"
    ABOVE_ESTIMATE = "above estimate"


@dataclass(frozen=True, slots=True)
class Address:
    """Where mail goes, as it is kept."""

    street: str = field(repr=False)
    street2: str = field(repr=False)
    city: str = field(repr=False)
    state: str = field(repr=False)
    zip: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OpenCharge:
    """One charge as far as a statement may know it; `owes` is what sits with the guarantor alone."""

    charge_id: Id
    patient_id: Id
    visit_id: Id
    service_date: date
    words: str
    charged: Cents
    insurance_paid: Cents
    adjusted: Cents
    patient_paid: Cents
    owes: Cents
    with_insurance: Cents
    owed_since: date
    hold: Hold | None = None


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """A patient of a guarantor: the name and, where asked for, the confidential address (BILLING R11)."""

    patient_id: Id
    first: str = field(repr=False)
    last: str = field(repr=False)
    mailing_name: str = field(repr=False)
    is_guarantor: bool
    deceased_on: date | None = None
    confidential_name: str = field(default="", repr=False)
    confidential: Address | None = field(default=None, repr=False)
    no_mail: bool = False


@dataclass(frozen=True, slots=True)
class Flags:
    """The dated flags of a guarantor (BILLING R13); each keeps paper back."""

    bad_address_on: date | None = None
    no_mail_on: date | None = None
    deceased_on: date | None = None
    bankrupt_on: date | None = None
    dispute_on: date | None = None
    collection_on: date | None = None
    plan_next_on: date | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """All that selection needs to know of one guarantor."""

    guarantor_id: Id
    reference: str
    first: str = field(repr=False)
    last: str = field(repr=False)
    mailing_name: str = field(repr=False)
    address: Address = field(repr=False)
    flags: Flags
    patients: tuple[PatientFacts, ...]
    charges: tuple[OpenCharge, ...]
    credit_cents: Cents = ZERO  # free credit, as a positive amount
    earmarks: tuple[tuple[Id, Cents], ...] = ()  # credit kept for a visit
    sent: tuple[Sent, ...] = ()


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where one statement goes: the guarantor's, or the confidential address of one patient (BILLING R11)."""

    guarantor_id: Id
    patient_id: Id | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A statement, or why there is none; `charges` are those that go on it."""

    mailbox: Mailbox
    sort_name: str = field(repr=False)
    addressee: tuple[str, ...] = field(repr=False)
    owes_cents: Cents
    credit_cents: Cents
    oldest_since: date | None
    last_mailed_on: date | None
    step: Step
    reason: Reason | None
    why: str
    charges: tuple[OpenCharge, ...] = field(default=(), repr=False)
    held: tuple[OpenCharge, ...] = field(default=(), repr=False)
    pending: tuple[OpenCharge, ...] = field(default=(), repr=False)

    @property
    def total_cents(self) -> Cents:
        return Cents(self.owes_cents - self.credit_cents)


FitAddress = Callable[[str, Address], "tuple[str, ...] | Problem"]
