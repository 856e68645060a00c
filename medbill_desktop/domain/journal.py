"""The double-entry journal: accounts, postings and what each event writes (BILLING J).

Debit is plus, credit is minus, in integer cents. A posting sums to zero by construction: only `posting_of` makes one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents


class Account(StrEnum):
    RECEIVABLE = "receivable"
    REVENUE = "revenue"
    CASH = "cash"
    ADJUSTMENT = "adjustment"
    PATIENT_CREDIT = "patient_credit"
    PAYER_CREDIT = "payer_credit"
    SUSPENSE = "suspense"
    INTEREST = "interest"
    REFUNDS_PAYABLE = "refunds_payable"


class Cause(StrEnum):
    """Why a receivable changed (BILLING J, Accounts)."""

    CHARGE = "charge"
    PAYMENT = "payment"
    ADJUST = "adjust"
    TRANSFER = "transfer"
    REFUND = "refund"
    RECOUP = "recoup"
    REINSTATE = "reinstate"
    OPENING = "opening"


BEGIN_A_DEBT: Final = (Cause.CHARGE, Cause.TRANSFER, Cause.REINSTATE, Cause.OPENING)  # what makes someone owe


class Kind(StrEnum):
    """The event a posting records."""

    CHARGE = "charge"
    PAYMENT = "payment"
    APPLY = "apply"
    TRANSFER = "transfer"
    ADJUSTMENT = "adjustment"
    MOVE_DEPOSIT = "move deposit"
    REFUND = "refund"
    REFUND_PAID = "refund paid"
    RETURN = "returned payment"
    NET = "credit netted"
    REINSTATE = "reinstatement"
    REVERSAL = "reversal"


class ReasonClass(StrEnum):
    CONTRACTUAL = "contractual"
    WRITE_OFF = "write-off"
    NOT_PATIENT = "not patient"


_W, _C, _N = ReasonClass.WRITE_OFF, ReasonClass.CONTRACTUAL, ReasonClass.NOT_PATIENT
REASONS: Final[dict[str, ReasonClass]] = {  # BILLING J11
    "contractual": _C, "sequestration": _C, "payer_reduction": _C, "qmb_medicaid": _C,
    "timely_filing": _W, "denial": _W, "no_authorization": _W, "courtesy": _W, "prompt_pay": _W, "hardship": _W,
    "small_balance": _W, "bad_debt": _W, "bad_debt_recovery": _W, "deceased": _W, "bankruptcy": _W,
    "tax_levy": _N, "tax_withheld": _N, "nonreimbursable": _N, "payer_fee": _N, "collection_fee": _N, "opening": _N,
}  # fmt: skip
WRITE_OFF_REASONS: Final = (  # what a person may choose for J42; recovery is J43
    "courtesy", "prompt_pay", "hardship", "small_balance", "bad_debt", "timely_filing", "denial", "no_authorization",
    "deceased", "bankruptcy",
)  # fmt: skip
DISCOUNT_REASONS: Final = frozenset({"courtesy", "prompt_pay"})
TRANSFER_REASONS: Final = ("wrong_coverage", "coverage_ended", "patient_choice", "patient_share")  # BILLING J41
SMALL_BALANCE_MOST: Final = 4_99  # BILLING S11
SMALL_BALANCE_DAYS: Final = 90


class Unbalanced(Exception):
    """The lines of a posting do not sum to zero: a fault of the program, never of a person."""


class NothingToPost(ValueError):
    """The event would write no line (BILLING J2)."""


@dataclass(frozen=True, slots=True)
class Party:
    """Who owes: a coverage or the guarantor, never both for the same cent (BILLING G24)."""

    coverage_id: Id | None = None
    guarantor_id: Id | None = None

    def __post_init__(self) -> None:
        if (self.coverage_id is None) == (self.guarantor_id is None):
            raise ValueError("a party is one coverage or one guarantor")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a posting: an account, signed cents, and the dimensions its account needs."""

    account: Account
    cents: Cents
    cause: Cause | None = None
    patient_id: Id | None = None
    charge_id: Id | None = None
    coverage_id: Id | None = None
    guarantor_id: Id | None = None
    payer_id: Id | None = None
    provider_id: Id | None = None
    deposit_id: Id | None = None
    payment_id: Id | None = None
    visit_id: Id | None = None  # the earmark of a credit
    remittance_id: Id | None = None
    reason: str | None = None
    ref: str | None = None

    @property
    def party(self) -> Party:
        """Return who owes a receivable; raises ValueError on a line that has no party."""
        return Party(self.coverage_id, self.guarantor_id)


@dataclass(frozen=True, slots=True)
class Posting:
    kind: Kind
    posted_on: date
    lines: tuple[Line, ...]
    memo: str = ""
    source_kind: str = ""
    source_id: Id | None = None
    reverses: Id | None = None


@dataclass(frozen=True, slots=True)
class ChargeFacts:
    """What the journal needs to know of one charge."""

    charge_id: Id
    patient_id: Id
    provider_id: Id
    party: Party


def posting_of(
    kind: Kind,
    posted_on: date,
    lines: Iterable[Line],
    *,
    memo: str = "",
    source_kind: str = "",
    source_id: Id | None = None,
    reverses: Id | None = None,
) -> Posting:
    """Make a posting of the lines that are not zero; raises Unbalanced or NothingToPost (BILLING J2)."""
    kept = tuple(line for line in lines if line.cents)
    if not kept:
        raise NothingToPost(kind)
    if off := sum(line.cents for line in kept):
        raise Unbalanced(f"{kind} is off by {off} cents")
    return Posting(kind, posted_on, kept, memo, source_kind, source_id, reverses)


def charge_lines(charge: ChargeFacts, cents: Cents) -> list[Line]:
    """BILLING J20: receivable of the party first responsible, against revenue."""
    return [
        _receivable(charge, charge.party, cents, Cause.CHARGE),
        Line(
            Account.REVENUE,
            Cents(-cents),
            patient_id=charge.patient_id,
            charge_id=charge.charge_id,
            provider_id=charge.provider_id,
        ),
    ]


def payment_lines(
    guarantor_id: Id, payment_id: Id, deposit_id: Id, cents: Cents, *, patient_id: Id | None, visit_id: Id | None
) -> list[Line]:
    """BILLING J23: money from a patient always becomes a credit first."""
    return [
        Line(Account.CASH, cents, deposit_id=deposit_id, payment_id=payment_id, patient_id=patient_id),
        Line(
            Account.PATIENT_CREDIT,
            Cents(-cents),
            guarantor_id=guarantor_id,
            payment_id=payment_id,
            patient_id=patient_id,
            visit_id=visit_id,
        ),
    ]


def apply_lines(
    charge: ChargeFacts,
    guarantor_id: Id,
    payment_id: Id,
    cents: Cents,
    *,
    visit_id: Id | None = None,
    from_guarantor: Id | None = None,
) -> list[Line]:
    """BILLING J24: credit pays what the guarantor owes on one charge; `from_guarantor` where a record was joined."""
    return [
        Line(
            Account.PATIENT_CREDIT,
            cents,
            guarantor_id=from_guarantor or guarantor_id,
            payment_id=payment_id,
            patient_id=charge.patient_id,
            visit_id=visit_id,
        ),
        _receivable(charge, Party(guarantor_id=guarantor_id), Cents(-cents), Cause.PAYMENT, payment_id=payment_id),
    ]


def transfer_lines(charge: ChargeFacts, payer: Party, to: Party, cents: Cents, reason: str) -> list[Line]:
    """BILLING J41: responsibility moves from one party to another."""
    return [
        _receivable(charge, payer, Cents(-cents), Cause.TRANSFER, reason=reason),
        _receivable(charge, to, cents, Cause.TRANSFER, reason=reason),
    ]


def adjustment_lines(charge: ChargeFacts, party: Party, cents: Cents, reason: str) -> list[Line]:
    """BILLING J42: given up, for a reason of the table J11."""
    if reason not in REASONS:
        raise ValueError(f"{reason!r} is no adjustment reason")
    return [
        Line(
            Account.ADJUSTMENT,
            cents,
            patient_id=charge.patient_id,
            charge_id=charge.charge_id,
            coverage_id=party.coverage_id,
            guarantor_id=party.guarantor_id,
            provider_id=charge.provider_id,
            reason=reason,
        ),
        _receivable(charge, party, Cents(-cents), Cause.ADJUST, reason=reason),
    ]


def agency_lines(
    guarantor_id: Id, payment_id: Id, deposit_id: Id, gross: Cents, kept: Cents, *, patient_id: Id | None
) -> list[Line]:
    """BILLING J43: an agency passes on what it collected, less what it keeps."""
    return [
        Line(Account.CASH, Cents(gross - kept), deposit_id=deposit_id, payment_id=payment_id, patient_id=patient_id),
        Line(Account.ADJUSTMENT, kept, guarantor_id=guarantor_id, payment_id=payment_id, reason="collection_fee"),
        Line(
            Account.PATIENT_CREDIT,
            Cents(-gross),
            guarantor_id=guarantor_id,
            payment_id=payment_id,
            patient_id=patient_id,
        ),
    ]


def reinstate_lines(charge: ChargeFacts, guarantor_id: Id, cents: Cents) -> list[Line]:
    """BILLING J43: a bad debt is owed again, because somebody pays it after all."""
    party = Party(guarantor_id=guarantor_id)
    return [
        _receivable(charge, party, cents, Cause.REINSTATE, reason="bad_debt_recovery"),
        Line(
            Account.ADJUSTMENT,
            Cents(-cents),
            patient_id=charge.patient_id,
            charge_id=charge.charge_id,
            guarantor_id=guarantor_id,
            provider_id=charge.provider_id,
            reason="bad_debt_recovery",
        ),
    ]


def refund_lines(guarantor_id: Id, payment_id: Id, number: str, parts: Sequence[tuple[Id | None, Cents]]) -> list[Line]:
    """BILLING J45: credit of one payment, by earmark, is owed to the guarantor who paid it."""
    held = [
        Line(Account.PATIENT_CREDIT, cents, guarantor_id=guarantor_id, payment_id=payment_id, visit_id=visit_id)
        for visit_id, cents in parts
    ]
    owed = Cents(-sum(cents for _, cents in parts))
    return [*held, Line(Account.REFUNDS_PAYABLE, owed, guarantor_id=guarantor_id, payment_id=payment_id, ref=number)]


def refund_paid_lines(guarantor_id: Id, payment_id: Id, number: str, deposit_id: Id, cents: Cents) -> list[Line]:
    """BILLING J46: an approved refund leaves the bank."""
    return [
        Line(Account.REFUNDS_PAYABLE, cents, guarantor_id=guarantor_id, payment_id=payment_id, ref=number),
        Line(Account.CASH, Cents(-cents), deposit_id=deposit_id, payment_id=payment_id, ref=number),
    ]


def return_lines(guarantor_id: Id, payment_id: Id, deposit_id: Id, cents: Cents, *, visit_id: Id | None) -> list[Line]:
    """BILLING J47: the bank takes a payment back; the old deposit still equals its slip."""
    return [
        Line(Account.PATIENT_CREDIT, cents, guarantor_id=guarantor_id, payment_id=payment_id, visit_id=visit_id),
        Line(Account.CASH, Cents(-cents), deposit_id=deposit_id, payment_id=payment_id),
    ]


def net_lines(source: tuple[Id, Id, Id | None], target: tuple[Id, Id, Id | None], cents: Cents) -> list[Line]:
    """BILLING J47: credit of a later payment makes good one below zero; each is (guarantor, payment, visit)."""
    return [
        Line(Account.PATIENT_CREDIT, sign, guarantor_id=guarantor_id, payment_id=payment_id, visit_id=visit_id)
        for (guarantor_id, payment_id, visit_id), sign in ((source, cents), (target, Cents(-cents)))
    ]


def move_lines(payment_id: Id, source_id: Id, target_id: Id, cents: Cents) -> list[Line]:
    """BILLING J48: money lies on another slip."""
    return [
        Line(Account.CASH, Cents(-cents), deposit_id=source_id, payment_id=payment_id),
        Line(Account.CASH, cents, deposit_id=target_id, payment_id=payment_id),
    ]


def mirror_of(posting: Posting, posting_id: Id, posted_on: date, memo: str = "") -> Posting:
    """BILLING J3, J10: the exact opposite, dated today; a reversal itself is never reversed."""
    if posting.reverses is not None:
        raise ValueError("a reversal cannot be reversed; post anew")
    lines = [replace(line, cents=Cents(-line.cents)) for line in posting.lines]
    return posting_of(
        Kind.REVERSAL,
        posted_on,
        lines,
        memo=memo,
        source_kind=posting.source_kind,
        source_id=posting.source_id,
        reverses=posting_id,
    )


def _receivable(
    charge: ChargeFacts,
    party: Party,
    cents: Cents,
    cause: Cause,
    *,
    payment_id: Id | None = None,
    reason: str | None = None,
) -> Line:
    return Line(
        Account.RECEIVABLE,
        cents,
        cause=cause,
        patient_id=charge.patient_id,
        charge_id=charge.charge_id,
        coverage_id=party.coverage_id,
        guarantor_id=party.guarantor_id,
        provider_id=charge.provider_id,
        payment_id=payment_id,
        reason=reason,
    )
