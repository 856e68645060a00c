"""Which accounts may go to a collection agency, and what of each it may hear (BILLING S14, R9, R11).

The agency gets the least that it needs (45 CFR 164.502(b)). What a patient keeps from plans, and what goes by a
confidential address, stays here unless a person who saw it lets it go on purpose.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
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


class Way(StrEnum):
    """What becomes of one charge when its account is handed over."""

    GOES = "goes"
    ASKS = "asks"
    STAYS = "stays"


@dataclass(frozen=True, slots=True)
class Debt:
    """What a guarantor owes on one charge, as far as an agency may hear of it: nothing clinical."""

    charge_id: Id
    service_date: date
    cents: Cents
    child: bool = False  # the patient is a minor today
    apart: bool = False  # another patient asked for mail elsewhere: the agency would write to the guarantor about it
    confidential: bool = False  # the guarantor asked for mail elsewhere: the agency would write there
    restricted: bool = False  # the patient keeps it from plans (R9)
    on_purpose: bool = False  # a person saw that, and lets it go

    @property
    def way(self) -> Way:
        if self.apart:
            return Way.STAYS
        return Way.ASKS if self.confidential or self.restricted else Way.GOES

    @property
    def goes(self) -> bool:
        return self.way is Way.GOES or (self.way is Way.ASKS and self.on_purpose)

    @property
    def why(self) -> str:
        """Return what a person should know of it, or nothing."""
        if self.apart:
            return "Stays: this patient gets mail elsewhere, and the agency would write to the guarantor"
        if self.restricted:
            return "Kept from plans by the patient: only an owner approves it"
        return "The guarantor gets mail elsewhere: the agency is given that address" if self.confidential else ""


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
        return tuple(each for each in self.debts if each.goes)

    @property
    def asking(self) -> tuple[Debt, ...]:
        """What goes only where a person who saw it says so."""
        return tuple(each for each in self.debts if each.way is Way.ASKS)

    @property
    def staying(self) -> tuple[Debt, ...]:
        return tuple(each for each in self.debts if each.way is Way.STAYS)

    def letting(self, charge_ids: Collection[Id]) -> "Candidate":
        """Return it with these charges let go on purpose; only what asks can be."""
        chosen = tuple(
            replace(each, on_purpose=each.way is Way.ASKS and each.charge_id in charge_ids) for each in self.debts
        )
        return replace(self, debts=chosen)

    @property
    def cents(self) -> Cents:
        return total(each.cents for each in self.going)

    @property
    def special(self) -> bool:
        """Whether only an owner may approve it (BILLING S14)."""
        return any(each.child or each.restricted for each in self.going)


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
    if candidate.cents <= 0 and not candidate.asking:
        return "Nothing is owed that an agency may hear of."
    return ""


def is_child(birth: date | None, today: date) -> bool:
    if birth is None:
        return False
    return (today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))) < ADULT
