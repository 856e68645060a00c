"""How firmly a statement speaks, and when it may speak more firmly (BILLING S6)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from medbill_desktop.domain.ids import Id


class Step(StrEnum):
    """The steps in their order; after the final one a person reviews, and no further paper goes out."""

    CURRENT = "current"
    REMINDER = "reminder"
    PAST_DUE = "past due"
    FINAL = "final"
    REVIEW = "review"


STEPS: Final = tuple(Step)
STEP_WORDS: Final[dict[Step, str]] = {
    Step.CURRENT: "First statement",
    Step.REMINDER: "Reminder",
    Step.PAST_DUE: "Past due",
    Step.FINAL: "Final notice",
    Step.REVIEW: "For review",
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A statement that was made for one mailbox; `mailed_on` is what a person said, not what a printer did."""

    patient_id: Id | None  # the patient whose confidential address it went to
    step: Step
    made_on: date
    mailed_on: date | None
    charge_ids: frozenset[Id]
    statement_id: Id | None = None
    returned_on: date | None = None  # the post brought it back: nobody has read it

    @property
    def arrived(self) -> bool:
        """Whether it counts for the next step: said to be mailed, and not come back."""
        return self.mailed_on is not None and self.returned_on is None


def last_mailed(sent: Collection[Sent]) -> Sent | None:
    """Return the last one that was mailed and did not come back."""
    mailed = [each for each in sent if each.arrived]
    return max(mailed, key=lambda each: (each.mailed_on, each.made_on), default=None)


def last_unmailed(sent: Collection[Sent]) -> Sent | None:
    return max((each for each in sent if each.mailed_on is None), key=lambda each: each.made_on, default=None)


def next_step(last: Sent | None, open_charges: Collection[Id]) -> Step:
    """Return the step that follows the last statement mailed; the cycle is judged by who selects.

    Where nothing of that statement is open any more it was paid in full, and what came since begins anew.
    """
    if last is None or last.charge_ids.isdisjoint(open_charges):
        return Step.CURRENT
    return STEPS[min(STEPS.index(last.step) + 1, len(STEPS) - 1)]


def next_day(day: date, cycle_days: int) -> date:
    """Return the first day on which a cycle has passed."""
    return day + timedelta(days=cycle_days)
