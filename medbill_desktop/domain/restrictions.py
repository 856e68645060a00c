"""What a patient paid in full and no plan may be told of, and what else was asked (BILLING R9; SECURITY H33, H34).

45 CFR 164.522(a)(1)(vi): the practice must agree, and cannot end it on its own while the service is paid in full.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Findings, Refused

E01: Final = "The patient paid for this and asked that the plan not be told. It can't be sent."
E01_FIX: Final = "Bill the patient."
LEAST_EFFORTS: Final = 20  # letters that say what was done to obtain payment
EXCEEDS: Final = Cents(400_00)  # 45 CFR 149.620: the patient may dispute from here on


class State(StrEnum):
    REQUESTED = "requested"
    ACTIVE = "active"
    AT_RISK = "at risk"
    ENDED = "ended"


class Ending(StrEnum):
    PATIENT = "patient"  # in writing
    PRACTICE = "practice"  # after reasonable efforts to obtain payment


@dataclass(frozen=True, slots=True)
class Restriction:
    """One request: of a charge, or (`charge_id` None) of all that is charged for a visit; no payer means every plan."""

    id: Id
    visit_id: Id
    charge_id: Id | None
    state: State
    payer_ids: frozenset[Id] = frozenset()

    @property
    def stops(self) -> bool:
        """From the request on until it has ended; a payment that fails changes nothing (BILLING R9)."""
        return self.state is not State.ENDED

    def keeps_from(self, payer_id: Id | None) -> bool:
        """Tell whether it keeps this plan out; of a plan that is not known, it does."""
        return self.stops and (not self.payer_ids or payer_id is None or payer_id in self.payer_ids)


@dataclass(frozen=True, slots=True)
class Told:
    """A service that is about to be told to somebody."""

    charge_id: Id
    visit_id: Id


class KeptFromPlan(Refused):
    """A plan would have learned of a service that the patient keeps from it (E01); no right overrides this."""

    def __init__(self) -> None:
        super().__init__(f"{E01} {E01_FIX}")


def paid_in_full(charged: Cents, paid: Cents, discounts: Cents, open_cents: Cents) -> bool:
    """Tell whether the patient paid all of it; a discount lowers the price, what is given up otherwise pays nothing."""
    return paid > 0 and open_cents <= 0 and paid + discounts >= charged


def retested(state: State, paid: bool) -> State:
    """Return where a restriction stands once it is known whether the service is paid in full."""
    if state is State.ENDED:
        return state
    if paid:
        return State.ACTIVE
    return State.REQUESTED if state is State.REQUESTED else State.AT_RISK


def why_not_end(state: State, ending: Ending) -> str:
    """Return why this ending is refused; empty where it may be."""
    if state is State.ENDED:
        return "This restriction has ended already."
    if state is State.ACTIVE and ending is Ending.PRACTICE:
        return "It is paid in full, so only the patient can end it, in writing."
    return ""


def of_visit(states: Iterable[State]) -> State:
    """Return where a whole visit stands: as its weakest service does."""
    order = (State.AT_RISK, State.REQUESTED, State.ACTIVE, State.ENDED)
    return min(states, key=order.index, default=State.REQUESTED)


def may_disclose_to_plan(told: Told, payer_id: Id | None, restrictions: Iterable[Restriction]) -> bool:
    """Tell whether a plan may learn of a service: what every output to a plan asks (E01; SECURITY H33).

    What is kept of the service itself decides; without that, what is kept of its whole visit.
    """
    of_visit_here = [each for each in restrictions if each.visit_id == told.visit_id]
    own = [each for each in of_visit_here if each.charge_id == told.charge_id]
    whole = [each for each in of_visit_here if each.charge_id is None]
    return not any(each.keeps_from(payer_id) for each in own or whole)


_CLEARED: Final = object()


@dataclass(frozen=True, slots=True)
class ForPlan:
    """Services that one plan may be told: all that an output to a plan takes, and made by `cleared_for_plan` alone."""

    payer_id: Id | None
    charge_ids: tuple[Id, ...]
    _made_by: object = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self._made_by is not _CLEARED:
            raise TypeError("what a plan is told goes through cleared_for_plan")


def cleared_for_plan(payer_id: Id | None, services: Sequence[Told], restrictions: Sequence[Restriction]) -> ForPlan:
    """Return the services for an output; raises KeptFromPlan where one of them may not be told."""
    if not all(may_disclose_to_plan(each, payer_id, restrictions) for each in services):
        raise KeptFromPlan
    return ForPlan(payer_id, tuple(each.charge_id for each in services), _CLEARED)


def left_for_plan(payer_id: Id | None, services: Sequence[Told], restrictions: Sequence[Restriction]) -> ForPlan:
    """Return those services that a plan may be told, without the others: for a list of many."""
    told = [each for each in services if may_disclose_to_plan(each, payer_id, restrictions)]
    return cleared_for_plan(payer_id, told, restrictions)


@dataclass(frozen=True, slots=True, repr=False)
class OtherRequest:
    """What the practice may agree to or refuse (45 CFR 164.522(a)); `not_to` names who is to know nothing."""

    what: str
    asked_on: date
    agreed: bool
    not_to: str = ""
    reason: str = ""


def check_other(request: OtherRequest, today: date, found: Findings) -> None:
    if not request.what:
        found.stop("what", "what", "Type what the patient asked for.")
    if request.asked_on > today:
        found.stop("asked", "asked_on", "The day lies in the future.")
    if not request.agreed and not request.reason:
        found.stop("reason", "reason", "A refusal needs its reason.", "Say in a few words why.")


def exceeds_estimate(charged: Cents, estimate: Cents) -> bool:
    """Tell whether a bill is so far above its good faith estimate that somebody looks first (BILLING R10)."""
    return charged - estimate >= EXCEEDS
