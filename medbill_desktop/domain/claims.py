"""Claims: which charges one gathers, for which plan, and the moves it can make (BILLING X1, X2, XT1, XT16, R9)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from medbill_desktop.domain.coverage_order import MEDICARE
from medbill_desktop.domain.coverages import Standing, standing
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import ZERO, Cents
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.restrictions import Restriction, Told, may_disclose_to_plan

NOT_SENT_ON: Final = "patient_share"  # this part a plan left to the next: its claim waits for what the first decided


class Status(StrEnum):
    """Where a claim stands (BILLING X)."""

    DRAFT = "draft"
    HELD = "held"
    READY = "ready"
    BATCHED = "batched"
    SENT = "sent"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    PAID = "paid"
    PARTLY_PAID = "partially paid"
    DENIED = "denied"
    APPEALED = "appealed"
    CORRECTED = "corrected"
    VOIDED = "voided"
    CLOSED = "closed"


class Event(StrEnum):
    """What a row of a claim's history records: a move, or a new snapshot of a draft, which is none."""

    MADE = "XT1"
    VOIDED = "XT16"
    REFRESHED = "refreshed"  # a person took over what registration says today
    RECHARGED = "recharged"  # its charges were corrected, joined or left


@dataclass(frozen=True, slots=True)
class Move:
    sources: frozenset[Status | None]  # None: there was no claim
    to: Status


_AT_HOME: Final = frozenset({Status.DRAFT, Status.HELD, Status.READY, Status.REJECTED})
MOVES: Final[dict[Event, Move]] = {
    Event.MADE: Move(frozenset({None}), Status.DRAFT),
    Event.VOIDED: Move(frozenset(_AT_HOME), Status.VOIDED),
}


def moved(status: Status | None, event: Event) -> Status:
    """Return where an event leads; raises Refused, since no other move exists (BILLING X1)."""
    move = MOVES.get(event)
    if move is None or status not in move.sources:
        raise Refused(f"A claim that is {status or 'not there'} can't do this. Look at it again.")
    return move.to


def may_be_made_anew(status: Status) -> bool:
    """Tell whether a new snapshot may take the place of the one before: of a draft alone (BILLING R3)."""
    return status is Status.DRAFT


def is_out(status: Status) -> bool:
    """Tell whether a payer may have it, or is about to: its charges stay as they are (BILLING J21, J22)."""
    return status not in _AT_HOME and status not in (Status.VOIDED, Status.CLOSED)


@dataclass(frozen=True, slots=True)
class MovedTo:
    """What a charge owes at a coverage other than the one it was entered for, and by which transfer."""

    coverage_id: Id
    cents: Cents
    reason: str


@dataclass(frozen=True, slots=True)
class Billable:
    """A charge that is live, as far as a claim asks."""

    charge_id: Id
    visit_id: Id
    coverage_id: Id | None  # of its entry: None is self-pay
    amount_cents: Cents
    owed_cents: Cents = ZERO  # what that coverage owes now
    claim_item: bool = True
    imported: bool = False  # another system billed it
    moved_to: tuple[MovedTo, ...] = ()


def billed_coverage(each: Billable, payer_of: Mapping[Id, Id], restrictions: Sequence[Restriction] = ()) -> Id | None:
    """Return the policy that a charge is billed to; None where no plan is told of it.

    Charge entry chose it by the date of service (`domain.charges.first_active`, BILLING R3), and who owes the charge
    says so still. A line that costs nothing owes nothing and goes with the others of its visit.
    """
    if each.imported or not each.claim_item:
        return None
    chosen = each.coverage_id if each.owed_cents > 0 or not each.amount_cents else None
    if chosen is None:
        owing = [to for to in each.moved_to if to.cents > 0 and to.reason != NOT_SENT_ON]
        chosen = max(owing, key=lambda to: (to.cents, -to.coverage_id)).coverage_id if owing else None
    if chosen is None:
        return None
    told = Told(each.charge_id, each.visit_id)
    return chosen if may_disclose_to_plan(told, payer_of.get(chosen), restrictions) else None


def gathered(
    charges: Iterable[Billable], payer_of: Mapping[Id, Id], restrictions: Sequence[Restriction] = ()
) -> dict[Id, tuple[Id, ...]]:
    """Return the charges of one visit by the coverage they are billed to; without a price there is no claim (XT1)."""
    found: dict[Id, list[Billable]] = {}
    for each in charges:
        if (coverage_id := billed_coverage(each, payer_of, restrictions)) is not None:
            found.setdefault(coverage_id, []).append(each)
    return {
        coverage_id: tuple(each.charge_id for each in mine)
        for coverage_id, mine in found.items()
        if any(each.amount_cents for each in mine)
    }


@dataclass(frozen=True, slots=True)
class Ranked:
    """A policy as far as the order of payment asks; both days are inclusive (BILLING R2)."""

    coverage_id: Id
    rank: int
    first_day: date
    last_day: date | None


def in_order(policies: Iterable[Ranked], day: date, billed: Id) -> list[Id]:
    """Return the policies that pay on a day, the first one first; the one that is billed is there in any case.

    The place in this list is SBR01: a policy of the second rank is primary on a day without a first one.
    """
    paying = [
        each
        for each in policies
        if each.coverage_id == billed or standing(each.first_day, each.last_day, day) is Standing.ACTIVE
    ]
    return [each.coverage_id for each in sorted(paying, key=lambda each: (each.rank, each.coverage_id))]


def msp_reason_of(filing: str, order: int, reason: str) -> str:
    """Return SBR05: only Medicare that does not pay first has one (BILLING R6)."""
    return reason if filing in MEDICARE and order > 1 else ""


@dataclass(frozen=True, slots=True)
class Held:
    """A claim that holds charges of a visit."""

    claim_id: Id
    coverage_id: Id
    status: Status
    charge_ids: frozenset[Id]


@dataclass(frozen=True, slots=True)
class Following:
    """What brings the claims of one visit in step with its charges: only drafts change."""

    new: dict[Id, tuple[Id, ...]]  # charges by coverage that no claim holds yet
    keep: dict[Id, tuple[Id, ...]]  # by claim: what a draft holds from now on
    empty: tuple[Id, ...]  # drafts that hold nothing any more


def followed(wanted: Mapping[Id, tuple[Id, ...]], held: Sequence[Held]) -> Following:
    """Let each draft hold what is billed to its coverage and no other claim holds.

    A claim that a person withdrew goes on to hold its charges, so that they are not gathered behind his back.
    """
    drafts = {each.coverage_id: each for each in held if may_be_made_anew(each.status)}
    fixed = {
        (each.coverage_id, charge_id)
        for each in held
        if not may_be_made_anew(each.status)
        for charge_id in each.charge_ids
    }
    new, keep = dict[Id, tuple[Id, ...]](), dict[Id, tuple[Id, ...]]()
    for coverage_id, charge_ids in wanted.items():
        mine = tuple(each for each in charge_ids if (coverage_id, each) not in fixed)
        if mine and coverage_id in drafts:
            keep[drafts[coverage_id].claim_id] = mine
        elif mine:
            new[coverage_id] = mine
    empty = tuple(each.claim_id for each in drafts.values() if each.claim_id not in keep)
    return Following(new, keep, empty)


def check_void(status: Status, reason: str, found: Findings) -> None:
    """Stop a claim that is withdrawn without a reason, or that a payer may have (BILLING XT16)."""
    if not reason.strip():
        found.stop("reason", "reason", "A reason is needed.", "Say in a few words why it is not to be sent.")
    if status not in MOVES[Event.VOIDED].sources:
        found.stop("status", "claim", f"This claim is {status}: it is not withdrawn any more.")
