"""Why a balance is owed, in words that a front desk can read aloud (BILLING J7)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from medbill_desktop.domain.dates import read_date
from medbill_desktop.domain.journal import REASONS, ReasonClass
from medbill_desktop.domain.money import ZERO, Cents, format_dollars

REASON_WORDS: Final[dict[str, str]] = {
    "contractual": "Plan discount", "sequestration": "Federal reduction", "payer_reduction": "Plan reduction",
    "qmb_medicaid": "Not billable to you", "timely_filing": "Filed too late", "denial": "Denied by the plan",
    "no_authorization": "No authorization", "courtesy": "Courtesy discount", "prompt_pay": "Prompt payment discount",
    "hardship": "Reduced for hardship", "small_balance": "Small balance given up", "bad_debt": "Bad debt",
    "bad_debt_recovery": "Bad debt recovered", "deceased": "Given up after a death", "bankruptcy": "Bankruptcy",
    "wrong_coverage": "it was billed to the wrong plan", "coverage_ended": "the coverage had ended",
    "patient_choice": "you chose so", "patient_share": "it is the share your plan leaves to you",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChargeStory:
    """Where a charge stands and how it came there; the parts are what is left after corrections."""

    words: str = field(repr=False)
    service_date: date
    charged: Cents
    insurance_paid: Sequence[tuple[str, Cents]] = field(default=(), repr=False)  # by payer
    adjusted: Sequence[tuple[str, Cents]] = ()  # by reason
    patient_paid: Cents = ZERO
    pending: Sequence[tuple[str, Cents]] = field(default=(), repr=False)  # by payer
    owes: Cents = ZERO
    moved: str | None = None  # the reason why a plan's part became the patient's
    first_plan: str | None = field(default=None, repr=False)  # whom it was with first, None where never with a plan
    void: bool = False
    last_day: date | None = None  # of a service that went on for days


def tell_charge(story: ChargeStory, today: date) -> str:
    """Tell the story of one charge to the patient, ending with what they owe."""
    day = _day(story.service_date, today)
    when = f"on {day}" if story.last_day is None else f"from {day} to {_day(story.last_day, today)}"
    what = f"The {_spoken(story.words)} {when}"
    if story.void:
        return f"{what} was taken back. You owe nothing for it."
    says = [f"{what} cost {format_dollars(story.charged) if story.charged else 'nothing'}."]
    says += (f"{payer} paid {format_dollars(cents)}." for payer, cents in story.insurance_paid)
    says += (_took_off(reason, cents) for reason, cents in story.adjusted)
    if story.patient_paid:
        says.append(f"You paid {format_dollars(story.patient_paid)}.")
    for payer, cents in story.pending:
        says.append(f"{payer} has not decided about {format_dollars(cents)} yet, so you don't owe that now.")
    if story.owes or not story.pending:
        says.append(_ending(story))
    return " ".join(says)


def _ending(story: ChargeStory) -> str:
    if story.owes < 0:
        return f"You have paid {format_dollars(-story.owes)} too much."
    if story.owes == 0:
        return "Nothing is left to pay."
    leaves = f"That leaves {format_dollars(story.owes)} for you to pay"
    if story.moved is not None:
        return f"{leaves}, because {REASON_WORDS.get(story.moved, story.moved)}."
    return f"{leaves}." if story.first_plan else f"No plan is billed for it. {leaves}."


def _took_off(reason: str, cents: Cents) -> str:
    if cents < 0:
        return f"{format_dollars(-cents)} that we had taken off was put back."
    if REASONS.get(reason) is ReasonClass.CONTRACTUAL:
        return f"Your plan's price is lower, so {format_dollars(cents)} came off."
    return f"We took off {format_dollars(cents)} ({_lower(REASON_WORDS.get(reason, reason))})."


@dataclass(frozen=True, slots=True)
class GuarantorStory:
    owes: Cents
    services: int
    oldest: date | None
    credit: Cents
    pending: Cents
    lacking: Cents = ZERO  # refunded, and then taken back by the bank (BILLING J47)

    @property
    def over(self) -> Cents:
        """What they have with us where nothing is owed: a credit is never billed (BILLING S5)."""
        return ZERO if self.owes > 0 or self.lacking > 0 else Cents(self.credit - self.owes)


def tell_guarantor(story: GuarantorStory, today: date) -> str:
    """Tell someone what they owe in all."""
    if story.owes > 0 and story.oldest is not None:
        day = _day(story.oldest, today)
        many = "one service of" if story.services == 1 else f"{story.services} services; the oldest is from"
        says = [f"You owe {format_dollars(story.owes)} for {many} {day}."]
    elif story.lacking <= 0:
        says = [_over(story.over) if story.over else "You owe nothing now."]
    else:
        says = []
    if story.lacking > 0:
        also = "also owe" if says else "owe"
        says.append(f"You {also} {format_dollars(story.lacking)}: we refunded a payment that the bank then took back.")
    if story.credit > 0 and not story.over:
        says.append(f"We hold {format_dollars(story.credit)} that you paid and that is not used yet.")
    if story.pending > 0:
        says.append(f"Your plans have not decided about {format_dollars(story.pending)} yet.")
    return " ".join(says)


def _over(cents: Cents) -> str:
    uses = "We use it for your next services, or give it back when you ask."
    return f"You have a credit of {format_dollars(cents)}; no payment is due. {uses}"


def _day(day: date, today: date) -> str:
    return read_date(day) if day.year == today.year else f"{read_date(day)}, {day.year}"


def _spoken(words: str) -> str:
    return "laboratory work" if words.casefold() == "laboratory" else _lower(words)


def _lower(words: str) -> str:
    return words[:1].lower() + words[1:] if words[1:2].islower() else words
