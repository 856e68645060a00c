"""Which charges a patient's money pays, and out of which credit (BILLING S9, J24)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import ChargeFacts
from medbill_desktop.domain.money import Cents


@dataclass(frozen=True, slots=True)
class Owed:
    """What a guarantor owes on one charge, in the order it should be paid."""

    charge: ChargeFacts
    visit_id: Id
    service_date: date
    cents: Cents


def oldest_first(owed: Sequence[Owed], available: Cents) -> list[tuple[Owed, Cents]]:
    """BILLING S9: spread money over the oldest services first, never more than is owed on a charge."""
    out: list[tuple[Owed, Cents]] = []
    for item in sorted(owed, key=lambda o: (o.service_date, o.charge.charge_id)):
        part = Cents(min(available, item.cents))
        if part > 0:
            out.append((item, part))
            available = Cents(available - part)
    return out


@dataclass(frozen=True, slots=True)
class Credit:
    """What is left of one payment under one earmark; once its visit is settled, it is as free as any other."""

    payment_id: Id
    number: str
    received_on: date
    visit_id: Id | None
    cents: Cents
    waits: bool = True  # for its visit, where it has one
    guarantor_id: Id | None = None  # whose money it is; None is the guarantor who is asked about


@dataclass(frozen=True, slots=True)
class Spend:
    """Part of one credit that pays one charge."""

    owed: Owed
    payment_id: Id
    visit_id: Id | None  # the earmark of the credit
    cents: Cents
    from_guarantor: Id | None = None  # whose credit pays; None is the one who owes


def spend(credits: Sequence[Credit], wanted: Sequence[tuple[Owed, Cents]], *, by_choice: bool) -> list[Spend]:
    """Pay charges out of credits, each as far as the money reaches (BILLING J24).

    A charge takes the credit earmarked for its visit first, then free credit; a copay that waits for another visit is
    touched only where a person chose the charges.
    """
    left = {(each.payment_id, each.visit_id): each.cents for each in credits}
    whose = {each.payment_id: each.guarantor_id for each in credits}
    unbound = {(each.payment_id, each.visit_id) for each in credits if each.visit_id is None or not each.waits}
    out: list[Spend] = []
    for owed, cents in wanted:
        own = [key for key in left if key[1] == owed.visit_id]
        free = [key for key in left if key in unbound and key not in own]
        other = [key for key in left if key not in own and key not in unbound] if by_choice else []
        for key in (*own, *free, *other):
            part = Cents(min(left[key], cents))
            if part > 0:
                out.append(Spend(owed, key[0], key[1], part, whose[key[0]]))
                left[key] = Cents(left[key] - part)
                cents = Cents(cents - part)
    return out
