"""Payment plans: a written schedule without interest; no line in the journal (BILLING S13, J44)."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents, format_cents, split, total
from medbill_desktop.domain.problems import Findings

MOST_WITHOUT_WARNING: Final = 4  # Regulation Z, 12 CFR 1026.2(a)(17): more than four instalments in writing
MOST_INSTALMENTS: Final = 60
SUCH_PLANS_A_YEAR: Final = 25
MISSED_AFTER_DAYS: Final = 10
EVERY: Final[dict[str, str]] = {"month": "Every month", "two weeks": "Every two weeks", "week": "Every week"}
RULE_WORDS: Final = (
    "A written plan of more than four instalments, or with any finance charge, can make the practice a creditor under"
    " Regulation Z: with more than 25 such plans in a year it must hand out the disclosures of the Truth in Lending"
    " Act. Offer four instalments, or ask your adviser first."
)


class Standing(StrEnum):
    CURRENT = "current"
    MISSED = "missed"
    PAID = "paid"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Instalment:
    position: int
    due_on: date
    cents: Cents


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """A plan and what was paid since it was made."""

    plan_id: Id
    guarantor_id: Id
    cents: Cents
    made_on: date
    instalments: tuple[Instalment, ...]
    paid_cents: Cents
    ended_on: date | None = None
    ending: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a plan stands; `next_due` is the first instalment that is not paid in full."""

    standing: Standing
    left_cents: Cents
    next_due: date | None
    next_cents: Cents
    behind_cents: Cents  # due by today and not paid


def schedule(cents: Cents, count: int, first: date, every: str) -> tuple[Instalment, ...]:
    """Divide into dated instalments; the last takes the remainder (BILLING J1)."""
    parts = split(cents, count)
    return tuple(Instalment(at + 1, due_on(first, at, every), part) for at, part in enumerate(parts))


def due_on(first: date, at: int, every: str) -> date:
    """Return the day of an instalment; the 31st falls on the last day of a shorter month."""
    if every == "week":
        return first + timedelta(weeks=at)
    if every == "two weeks":
        return first + timedelta(weeks=2 * at)
    year, month = divmod(first.month - 1 + at, 12)
    year, month = first.year + year, month + 1
    return date(year, month, min(first.day, monthrange(year, month)[1]))


def needs_warning(count: int, finance_cents: int) -> bool:
    return count > MOST_WITHOUT_WARNING or finance_cents > 0


def check_plan(
    found: Findings, cents: Cents, owed: Cents, count: int, first: date, every: str, today: date, finance: Cents
) -> None:
    """Judge a plan before it is made (BILLING S13)."""
    if cents <= 0:
        found.stop("amount", "cents", "Type an amount above zero.")
    elif cents > owed:
        found.stop("too-much", "cents", f"Only {format_cents(owed)} is owed.", "A plan is for what is owed.")
    if not 1 <= count <= MOST_INSTALMENTS:
        found.stop("count", "count", f"A plan has 1 to {MOST_INSTALMENTS} instalments.", "Type another number.")
    elif 0 < cents < count:
        found.stop("count", "count", "There are more instalments than cents.", "Use fewer.")
    if every not in EVERY:
        found.stop("every", "every", "Choose how often an instalment is due.")
    if first < today:
        found.stop("past", "first_on", "The first instalment can't be due before today.", "Use a later day.")
    if finance:
        found.stop("finance-charge", "finance_cents", "Plans of this practice carry no finance charge.", RULE_WORDS)


def progress(plan: PlanFacts, today: date) -> Progress:
    """Return where a plan stands today; an instalment is missed ten days after it was due."""
    left = Cents(max(plan.cents - plan.paid_cents, 0))
    due = total(each.cents for each in plan.instalments if each.due_on <= today)
    behind = Cents(max(min(due, plan.cents) - plan.paid_cents, 0))
    upcoming = _first_unpaid(plan.instalments, plan.paid_cents)
    if plan.ended_on is not None:
        return Progress(Standing.ENDED, left, None, Cents(0), Cents(0))
    if upcoming is None:
        return Progress(Standing.PAID, Cents(0), None, Cents(0), Cents(0))
    day, cents = upcoming
    missed = today > day + timedelta(days=MISSED_AFTER_DAYS)
    return Progress(Standing.MISSED if missed else Standing.CURRENT, left, day, cents, behind)


def _first_unpaid(instalments: Sequence[Instalment], paid: Cents) -> tuple[date, Cents] | None:
    for each in instalments:
        if paid < each.cents:
            return each.due_on, Cents(each.cents - paid)
        paid = Cents(paid - each.cents)
    return None
