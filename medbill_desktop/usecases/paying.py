"""What a payment would pay, told before it is taken (BILLING S9, J24); `payments` alone decides what is posted."""

from collections.abc import Iterable

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import ChargeFacts, Party
from medbill_desktop.domain.money import Cents, total
from medbill_desktop.domain.spending import Credit, Owed, oldest_first, spend
from medbill_desktop.usecases.payments import Allocation, PaymentFormContent


def shares(form: PaymentFormContent, cents: Cents, visit_id: Id | None = None) -> tuple[Allocation, ...]:
    """Return what money in hand would pay: the oldest services first, with `visit_id` those of that visit alone."""
    owed = [each for each in _debts(form) if visit_id is None or each.visit_id == visit_id]
    return tuple(Allocation(each.charge.charge_id, part) for each, part in oldest_first(owed, cents))


def credit_shares(form: PaymentFormContent) -> tuple[Allocation, ...]:
    """Return what the credit at hand would pay; a copay that waits for another visit stays where it is."""
    held = [Credit(each.payment_id, each.number, each.received_on, each.visit_id, each.cents) for each in form.credits]
    parts: dict[Id, Cents] = {}
    for each in spend(held, oldest_first(_debts(form), form.owed_cents), by_choice=False):
        charge_id = each.owed.charge.charge_id
        parts[charge_id] = total((parts.get(charge_id, Cents(0)), each.cents))
    return tuple(Allocation(charge_id, cents) for charge_id, cents in parts.items())


def summed(allocation: Iterable[Allocation]) -> Cents:
    return total(each.cents for each in allocation)


def left_of(cents: Cents, allocation: Iterable[Allocation]) -> Cents:
    """Return what would stay credit; below zero where the parts come to more than there is."""
    return Cents(cents - summed(allocation))


def _debts(form: PaymentFormContent) -> list[Owed]:
    party = Party(guarantor_id=form.guarantor_id)
    return [
        Owed(
            # Which provider it was does not change the order.
            ChargeFacts(each.charge_id, each.patient_id, Id(0), party),
            each.visit_id,
            each.service_date,
            each.cents,
        )
        for each in form.owed
    ]
