"""Which accounts may go to a collection agency, and which may not (BILLING S14)."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents, total

ADULT: Final = 18


class CaseState(StrEnum):
    REVIEWED = "reviewed"
    APPROVED = "approved"
    SENT = "sent"
    RECALLED = "recalled"
    REFUSED = "refused"


STATE_WORDS: Final[dict[CaseState, str]] = {
    CaseState.REVIEWED: "Waits for approval",
    CaseState.APPROVED: "Approved, file not made",
    CaseState.SENT: "With the agency",
    CaseState.RECALLED: "Called back",
    CaseState.REFUSED: "Not approved",
}


@dataclass(frozen=True, slots=True)
class Debt:
    """What a guarantor owes on one charge, as far as an agency may hear of it: nothing clinical."""

    charge_id: Id
    service_date: date
    cents: Cents
    child: bool  # the patient is a minor today
    confidential: bool  # the patient asked for mail elsewhere: the agency would write to the wrong address


@dataclass(frozen=True, slots=True)
class Candidate:
    """All that decides whether an account may be handed over."""

    guarantor_id: Id
    debts: tuple[Debt, ...]
    final_mailed_on: date | None
    bankrupt: bool = False
    deceased: bool = False
    dispute: bool = False
    bad_address: bool = False
    plan_current: bool = False
    in_collection: bool = False

    @property
    def going(self) -> tuple[Debt, ...]:
        return tuple(each for each in self.debts if not each.confidential)

    @property
    def cents(self) -> Cents:
        return total(each.cents for each in self.going)

    @property
    def special(self) -> bool:
        """Whether only an owner may approve it."""
        return any(each.child for each in self.going)


def why_not(candidate: Candidate, due_days: int, today: date) -> str:
    """Return why an account may not be handed over, or nothing."""
    if candidate.in_collection:
        return "It is in collection already."
    if candidate.bankrupt:
        return "The guarantor is bankrupt: nobody may collect."
    if candidate.deceased:
        return "The guarantor has died; the estate is written to instead."
    if candidate.dispute:
        return "The balance is in dispute."
    if candidate.plan_current:
        return "A payment plan is current."
    if candidate.final_mailed_on is None:
        return "No final notice was mailed."
    if candidate.final_mailed_on + timedelta(days=due_days) > today:
        return "The time to pay of the final notice is not over."
    if candidate.cents <= 0:
        return "Nothing is owed that an agency may hear of."
    return ""


def is_child(birth: date | None, today: date) -> bool:
    if birth is None:
        return False
    return (today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))) < ADULT
