"""Which plan pays first: a suggestion with its reason, decided by a person (BILLING R6, R7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from medbill_desktop.domain.coverages import CoverageDetails
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Findings

MEDICAID: Final = frozenset({"MC"})
MEDICARE: Final = frozenset({"MA", "MB"})
# Why Medicare pays second: SBR05 of a claim.
MSP_REASONS: Final = {
    "12": "Working aged: the patient or the spouse works, group health plan",
    "13": "End-stage renal disease, in the coordination period",
    "14": "No-fault insurance, auto is primary",
    "15": "Worker's compensation",
    "16": "Public health service or other federal agency",
    "41": "Black lung",
    "42": "Veteran's administration",
    "43": "Disabled under 65, large group health plan",
    "47": "Other liability insurance is primary",
}


@dataclass(frozen=True, slots=True)
class Plan:
    coverage_id: Id
    rank: int
    filing_indicator: str  # SBR09
    relationship: str  # of the patient to the subscriber
    subscriber_birth: date | None
    msp_reason: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The plans in the order in which they should pay, and why, in plain words."""

    order: tuple[Id, ...]
    reasons: tuple[str, ...]


def suggested(plans: Sequence[Plan]) -> Suggestion:
    """Suggest the order of plans that are in force on one day."""
    children = [each for each in plans if each.relationship == "child" and each.subscriber_birth is not None]
    reasons = []
    if any(each.filing_indicator in MEDICAID for each in plans) and len(plans) > 1:
        reasons.append("Medicaid pays last.")
    if any(each.filing_indicator in MEDICARE for each in plans) and len(plans) > 1:
        second = any(each.msp_reason for each in plans)
        reasons.append("Medicare pays second, by the reason given." if second else "Medicare pays first: no reason"
                       " says that another plan does.")  # fmt: skip
    if len(children) > 1:
        reasons.append("Birthday rule: the plan of the parent whose birthday is earlier in the year pays first.")
    if any(each.relationship == "self" for each in plans) and any(each.relationship != "self" for each in plans):
        reasons.append("The patient's own plan pays before one as a dependent.")
    ordered = sorted(plans, key=lambda each: (*_weight(each), each.rank, each.coverage_id))
    return Suggestion(tuple(each.coverage_id for each in ordered), tuple(reasons))


def needs_msp_reason(filing_indicator: str, rank: int) -> bool:
    """Medicare that does not pay first needs a reason (BILLING R6)."""
    return filing_indicator in MEDICARE and rank > 1


def check_msp(details: CoverageDetails, filing_indicator: str, today: date, found: Findings, prefix: str = "") -> None:
    """Stop Medicare that pays second without a reason and the day it was asked, and a reason where none belongs."""
    reason, where = details.msp_reason, f"{prefix}msp_reason"
    if not needs_msp_reason(filing_indicator, details.rank):
        if reason or details.msp_asked_on is not None:
            found.stop("msp", where, "Only Medicare that does not pay first has a reason.", "Leave it empty.")
        return
    if reason not in MSP_REASONS:
        found.stop("msp", where, "Say why Medicare pays second.", "Ask the Medicare questionnaire.")
    if details.msp_asked_on is None:
        found.stop("msp", f"{prefix}msp_asked_on", "The day of the questionnaire is missing.")
    elif details.msp_asked_on > today:
        found.stop("msp", f"{prefix}msp_asked_on", "The day lies in the future.", "Type the day on the paper.")


def _weight(plan: Plan) -> tuple[int, int, tuple[int, int]]:
    last = 2 if plan.filing_indicator in MEDICAID else 0
    if plan.filing_indicator in MEDICARE:
        last = 1 if plan.msp_reason else -1
    born = plan.subscriber_birth
    birthday = (born.month, born.day) if plan.relationship == "child" and born is not None else (0, 0)
    return last, int(plan.relationship != "self"), birthday
