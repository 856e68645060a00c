"""What each event in another system's ledger becomes in ours (BILLING J20-J50, J6).

An old ledger says who paid and how much; ours says at every moment who owes. So a charge is followed while its rows are
read: what a patient paid before the plan decided was their share, and moves to them by a transfer of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Final

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import (
    REASONS,
    TRANSFER_REASONS,
    Account,
    Cause,
    ChargeFacts,
    Kind,
    Line,
    Party,
    ReasonClass,
    adjustment_lines,
    apply_lines,
    charge_lines,
    payment_lines,
    refund_lines,
    refund_paid_lines,
    transfer_lines,
)
from medbill_desktop.domain.money import Cents

PATIENT_SHARE: Final = "patient_share"
OPENING: Final = "opening"
OPENING_CODE: Final = "OPENING"
OPENING_WORDS: Final = "Balance from before"


class EventKind(StrEnum):
    """What a row of an old ledger records."""

    CHARGE = "charge"
    PAYMENT = "payment"
    ADJUSTMENT = "adjustment"
    TRANSFER = "transfer"
    TRANSFER_OUT = "transfer out"  # the half that its `transfer in` completes
    TRANSFER_IN = "transfer in"
    REFUND = "refund"


EVENT_WORDS: Final = {
    "write-off": EventKind.ADJUSTMENT, "writeoff": EventKind.ADJUSTMENT, "write off": EventKind.ADJUSTMENT,
    "transferout": EventKind.TRANSFER_OUT, "transferin": EventKind.TRANSFER_IN,
    **{str(each): each for each in EventKind},
}  # fmt: skip
ADJUSTMENT_REASONS: Final = tuple(
    name for name, what in REASONS.items() if what is not ReasonClass.NOT_PATIENT and name != "bad_debt_recovery"
)
MOVE_REASONS: Final = TRANSFER_REASONS


class NotOwed(ValueError):
    """More is given up than the party owes (BILLING J6); `cents` is what it does owe."""

    def __init__(self, cents: Cents) -> None:
        super().__init__(cents)
        self.cents = cents


class NoCredit(ValueError):
    """More is given back than was left of what the patient paid."""


@dataclass(slots=True, eq=False)
class Taken:
    """A patient's payment, and what of it pays nothing yet; its id is known once it is written."""

    guarantor_id: Id
    left: Cents
    id: Id | None = None


@dataclass(slots=True, eq=False)
class Followed:
    """A charge while its rows are read: who answers for it, and what each party owes; its id comes with the writing."""

    patient_id: Id
    provider_id: Id
    visit_id: Id
    service_date: date
    posted_on: date
    guarantor: Party
    holder: Party
    plan: Party | None = None  # the plan that had it last
    owed: dict[Party, Cents] = field(default_factory=dict)
    taken: list[Taken] = field(default_factory=list)
    id: Id | None = None

    def owes(self, party: Party) -> Cents:
        return self.owed.get(party, Cents(0))

    def facts(self, party: Party) -> ChargeFacts:
        """Return what the journal needs; `party` and not the holder, who has changed by the time of the writing."""
        assert self.id is not None
        return ChargeFacts(self.id, self.patient_id, self.provider_id, party)

    def _add(self, party: Party, cents: int) -> None:
        self.owed[party] = Cents(self.owes(party) + cents)


@dataclass(frozen=True, slots=True)
class Step:
    """One posting to come; `party` is who pays or owes less, `to` who owes more, `taken` whose money it is."""

    kind: Kind
    cents: Cents
    party: Party | None = None
    to: Party | None = None
    reason: str = ""
    taken: Taken | None = None


def charged(charge: Followed, cents: Cents) -> list[Step]:
    """BILLING J20; a charge of nothing has no posting (J2)."""
    charge._add(charge.holder, cents)
    return [Step(Kind.CHARGE, cents, charge.holder)] if cents else []


def opened(charge: Followed, cents: Cents) -> list[Step]:
    """BILLING J50: a balance as it stood when we began; a plan's may be below zero."""
    charge._add(charge.holder, cents)
    return [Step(Kind.ADJUSTMENT, cents, charge.holder, reason=OPENING)]


def credit_opened(cents: Cents, taken: Taken) -> list[Step]:
    """BILLING J50: credit of a patient as it stood when we began."""
    return [Step(Kind.ADJUSTMENT, cents, reason=OPENING, taken=taken)]


def paid_by_plan(charge: Followed, plan: Party, cents: Cents) -> list[Step]:
    """BILLING J27: a plan may pay more than it owes; the rest is a credit balance (J6)."""
    charge._add(plan, -cents)
    return [Step(Kind.PAYMENT, cents, plan)]


def paid_by_patient(charge: Followed, cents: Cents, taken: Taken) -> list[Step]:
    """BILLING J23, J24: money first, then what the patient owes; what a plan still has of it was the patient's share.

    What is paid beyond the charge stays the patient's credit.
    """
    steps = [Step(Kind.PAYMENT, cents, taken=taken)]
    missing = cents - max(charge.owes(charge.guarantor), 0)
    for party, owed in list(charge.owed.items()):
        part = Cents(min(missing, owed))
        if party != charge.guarantor and part > 0:
            steps.append(_moved(charge, party, charge.guarantor, part, PATIENT_SHARE))
            missing -= part
    applied = Cents(min(cents, charge.owes(charge.guarantor)))
    if applied > 0:
        charge._add(charge.guarantor, -applied)
        steps.append(Step(Kind.APPLY, applied, taken=taken))
    taken.left = Cents(cents - max(applied, 0))
    charge.taken.append(taken)
    return steps


def adjusted(charge: Followed, party: Party, cents: Cents, reason: str) -> list[Step]:
    """BILLING J42; raises NotOwed, since nothing is given up below zero (J6)."""
    if cents > charge.owes(party):
        raise NotOwed(charge.owes(party))
    charge._add(party, -cents)
    return [Step(Kind.ADJUSTMENT, cents, party, reason=reason)]


def transferred(charge: Followed, source: Party, to: Party, cents: Cents, reason: str) -> list[Step]:
    """BILLING J41: to whom it is moved answers for it from then on.

    Another system may move more than is owed, a cent of rounding; then its plan has paid too much (J6).
    """
    if source == to:
        return []
    step = _moved(charge, source, to, cents, reason or PATIENT_SHARE)
    if to.coverage_id is not None:
        charge.plan = to
    return [step]


def refunded_to_plan(charge: Followed, plan: Party, cents: Cents) -> list[Step]:
    """BILLING J45, J46: what a plan paid goes back to it, and is owed again."""
    charge._add(plan, cents)
    return [Step(Kind.REFUND_PAID, cents, plan)]


def refunded_to_patient(charge: Followed, cents: Cents) -> list[Step]:
    """BILLING J45, J46: credit of the charge's payments goes back, the newest first; raises NoCredit."""
    if cents > sum(each.left for each in charge.taken):
        raise NoCredit
    steps = []
    for taken in reversed(charge.taken):
        part = Cents(min(cents, taken.left))
        if part > 0:
            taken.left, cents = Cents(taken.left - part), Cents(cents - part)
            steps.append(Step(Kind.REFUND, part, taken=taken))
    return steps


def _moved(charge: Followed, source: Party, to: Party, cents: Cents, reason: str) -> Step:
    charge._add(source, -cents)
    charge._add(to, cents)
    return Step(Kind.TRANSFER, cents, source, to, reason)


def lines_of(step: Step, charge: Followed | None, deposit_id: Id | None, ref: str) -> Iterator[tuple[Kind, list[Line]]]:
    """Yield (kind, lines) of what a step writes; `ref` names the row of the file on the money of a plan."""
    taken, kind, cents = step.taken, step.kind, step.cents
    if taken is not None:
        yield from _lines_of_money(step, taken, charge, deposit_id, ref)
        return
    assert charge is not None
    assert step.party is not None
    facts = charge.facts(step.party)
    if kind is Kind.CHARGE:
        yield kind, charge_lines(facts, cents)
    elif kind is Kind.TRANSFER and step.to is not None:
        yield kind, transfer_lines(facts, step.party, step.to, cents, step.reason)
    elif kind is Kind.ADJUSTMENT and step.reason == OPENING:
        yield kind, opening_lines(facts, step.party, cents)
    elif kind is Kind.ADJUSTMENT:
        yield kind, adjustment_lines(facts, step.party, cents, step.reason)
    elif deposit_id is not None:
        sign, cause = (-1, Cause.PAYMENT) if kind is Kind.PAYMENT else (1, Cause.REFUND)
        yield kind, _plan_lines(facts, step.party, deposit_id, Cents(sign * cents), cause, ref)


def _lines_of_money(
    step: Step, taken: Taken, charge: Followed | None, deposit_id: Id | None, ref: str
) -> Iterator[tuple[Kind, list[Line]]]:
    guarantor_id, cents = taken.guarantor_id, step.cents
    assert taken.id is not None
    if step.kind is Kind.ADJUSTMENT:
        yield step.kind, opening_credit_lines(guarantor_id, taken.id, cents)
    elif step.kind is Kind.APPLY and charge is not None:
        yield step.kind, apply_lines(charge.facts(charge.guarantor), guarantor_id, taken.id, cents)
    elif step.kind is Kind.PAYMENT and charge is not None and deposit_id is not None:
        patient_id = charge.patient_id
        yield step.kind, payment_lines(guarantor_id, taken.id, deposit_id, cents, patient_id=patient_id, visit_id=None)
    elif step.kind is Kind.REFUND and deposit_id is not None:
        yield Kind.REFUND, refund_lines(guarantor_id, taken.id, ref, [(None, cents)])
        yield Kind.REFUND_PAID, refund_paid_lines(guarantor_id, taken.id, ref, deposit_id, cents)


def opening_lines(charge: ChargeFacts, party: Party, cents: Cents) -> list[Line]:
    """BILLING J50: owed since before we began; neither production nor collections."""
    owed = Line(
        Account.RECEIVABLE, cents, Cause.OPENING, charge.patient_id, charge.charge_id, party.coverage_id,
        party.guarantor_id, provider_id=charge.provider_id,
    )  # fmt: skip
    return [owed, replace(owed, account=Account.ADJUSTMENT, cents=Cents(-cents), cause=None, reason=OPENING)]


def opening_credit_lines(guarantor_id: Id, payment_id: Id, cents: Cents) -> list[Line]:
    """BILLING J50: credit from before we began."""
    return [
        Line(Account.ADJUSTMENT, cents, guarantor_id=guarantor_id, payment_id=payment_id, reason=OPENING),
        Line(Account.PATIENT_CREDIT, Cents(-cents), guarantor_id=guarantor_id, payment_id=payment_id),
    ]


def _plan_lines(charge: ChargeFacts, plan: Party, deposit_id: Id, cents: Cents, cause: Cause, ref: str) -> list[Line]:
    """Money of a plan that no advice of ours explains: below zero it came, above it went back."""
    return [
        Line(Account.CASH, Cents(-cents), deposit_id=deposit_id, patient_id=charge.patient_id, ref=ref),
        Line(Account.RECEIVABLE, cents, cause=cause, patient_id=charge.patient_id, charge_id=charge.charge_id,
             coverage_id=plan.coverage_id, provider_id=charge.provider_id, ref=ref),
    ]  # fmt: skip
