"""What is over a limit: who may lift it, and what a proposal says (SECURITY A2, BILLING S11)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from medbill_desktop.domain.audit_words import say_action
from medbill_desktop.domain.users import Limit, Permission, Use, User, say_limit

STANDS_DAYS: Final = 14
WORDS_LEAST: Final = 10
WORDS_MOST: Final = 500
OWN_RIGHTS: Final = "own rights"  # stands for the limit where an owner would raise what he may himself


class AskReason(StrEnum):
    """Why somebody asks for more than the own limit, in the words of the list; rows hold the name."""

    AGREED = "Agreed with the patient"
    ERROR = "An error of ours"
    PAYER = "The plan's decision leaves nothing else"
    HARDSHIP = "Hardship, shown by papers"
    LATE = "It came in late"
    OTHER = "Something else"


class DeclineReason(StrEnum):
    """Why a proposal is declined."""

    NOT_ENOUGH = "The reason is not enough"
    FACTS = "The facts have changed"
    OTHER_WAY = "Do it another way"
    OTHER = "Something else"


# What is asked for, in words of what is to be done; the log says what was done.
ASKED: Final[dict[str, str]] = {
    "adjustment.undo": "Take an adjustment back",
    "adjustment.write_off": "Write off",
    "charge.correct_fee": "Correct a fee",
    "charge.enter": "Enter charges",
    "charge.void": "Void a charge",
    "credit.unapply": "Take applied credit back",
    "payment.take": "Take a payment",
    "payment.take_many": "Take a batch of payments",
    "payment.void": "Void a payment",
    "role.limits": "Set the limits of a role",
    "role.save": "Save a role",
}


@dataclass(frozen=True, slots=True)
class Over:
    """A use that the person's limit does not cover."""

    use: Use
    have: int


def over(user: User, uses: Iterable[Use], today: date) -> tuple[Over, ...]:
    """Return the uses above the person's limits."""
    judged = (Over(use, user.limit(use.limit, today)) for use in uses)
    return tuple(each for each in judged if each.use.amount > each.have)


def liftable(user: User, found: Iterable[Over], today: date) -> bool:
    """Tell whether a second person could lift it: a day of another month nobody may post on, whatever his role."""
    return all(each.use.limit is not Limit.BACK_DATE_DAYS or any(user.book.covering(each.use, today)) for each in found)


def stands_alone(user: User, others: Sequence[int], found: Sequence[Over], today: date) -> bool:
    """Tell whether an owner's own stands: nobody else in the practice has the right (SECURITY A2)."""
    return user.is_owner and not others and liftable(user, found, today)


def countersigned(asker: User, approver: User, needs: Permission, found: Sequence[Over], today: date) -> bool:
    """Tell whether the two together lift what is over the approver's limit as well: both have the right, one owns."""
    both = needs in asker.permissions and needs in approver.permissions and asker.id != approver.id
    return both and (asker.is_owner or approver.is_owner) and liftable(approver, found, today)


def say_over(user: User, needs: Permission, each: Over, today: date) -> str:
    """Say what is over which limit, and whom to ask, in the practice's own numbers."""
    use, have = each.use, say_limit(each.use.limit, each.have)
    said = f"This is over your limit for {use.limit}: {say_limit(use.limit, use.amount)}; yours is {have}."
    if able := user.book.who_may_use(use, today, needs):
        return f"{said} Ask: {able}."
    if use.limit is Limit.BACK_DATE_DAYS:
        return f"{said} Nobody may date back into another month; use a day of this one."
    return f"{said} Ask for approval: a second person with the right countersigns."


def say_asked(case_name: str) -> str:
    return ASKED.get(case_name) or say_action(case_name)


def expires(asked_on: date) -> date:
    """Return the last day on which a proposal can be approved."""
    return asked_on + timedelta(days=STANDS_DAYS)
