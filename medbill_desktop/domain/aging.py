"""How old a balance is: the buckets of BILLING S7."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from medbill_desktop.domain.money import Cents

BUCKETS: Final = ("0\N{EN DASH}30", "31\N{EN DASH}60", "61\N{EN DASH}90", "91\N{EN DASH}120", "Over 120")
LAST_DAYS: Final = (30, 60, 90, 120)


def bucket_of(since: date, as_of: date) -> int:
    """Return the place of a balance in BUCKETS; day 0 is the day it began, a later day counts as it."""
    days = (as_of - since).days
    return next((place for place, last in enumerate(LAST_DAYS) if days <= last), len(LAST_DAYS))


@dataclass(frozen=True, slots=True)
class Aged:
    """Sums by bucket, youngest first; they add up to the total by construction."""

    buckets: tuple[Cents, Cents, Cents, Cents, Cents]

    @property
    def total_cents(self) -> Cents:
        return Cents(sum(self.buckets))


def aged(items: Iterable[tuple[date, Cents]], as_of: date) -> Aged:
    """Sum balances, each with the day it began."""
    sums = [0] * len(BUCKETS)
    for since, cents in items:
        sums[bucket_of(since, as_of)] += cents
    first, second, third, fourth, fifth = map(Cents, sums)
    return Aged((first, second, third, fourth, fifth))
