"""What a contract lets the practice keep of a service, by payer, plan, code, modifier and place (BILLING C7)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from medbill_desktop.domain.fields import Form, tidied
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import MOST, Cents
from medbill_desktop.domain.problems import Findings

PLACE_CLASSES: Final = ("", "office", "facility")


@dataclass(frozen=True, slots=True)
class Rate:
    """An allowable per unit; an empty plan, modifier or place class holds for all of them."""

    payer_id: Id
    code: str
    cents: Cents
    first_day: date
    plan: str = ""
    modifier: str = ""
    place_class: str = ""
    last_day: date | None = None

    def holds(self, day: date) -> bool:
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


def rate_in_force(
    rates: Sequence[Rate],
    payer_id: Id | None,
    plan: str,
    code: str,
    modifiers: Sequence[str],
    place_class: str,
    day: date,
) -> Rate | None:
    """Return the rate that says most about the service: its plan, then its modifier, then its place class."""
    fit = [
        each for each in rates
        if each.payer_id == payer_id and each.code == code and each.holds(day) and each.plan in ("", plan)
        and (not each.modifier or each.modifier in modifiers) and each.place_class in ("", place_class)
    ]  # fmt: skip
    return max(
        fit,
        key=lambda each: (bool(each.plan), bool(each.modifier), bool(each.place_class), each.first_day),
        default=None,
    )


def checked_rate(rate: Rate, found: Findings, prefix: str = "") -> Rate:
    form = Form(found, prefix)
    made = tidied(rate, form)
    made = replace(made, code=made.code.upper(), modifier=made.modifier.upper())
    if not re.fullmatch(r"[0-9A-Z]{2,12}", made.code):
        form.stop("code", "code", "A code has letters and digits only.")
    if not re.fullmatch(r"([0-9A-Z]{2})?", made.modifier):
        form.stop("modifier", "modifier", "A modifier has two characters.")
    if made.place_class not in PLACE_CLASSES:
        form.stop("place-class", "place_class", "The place is an office, a facility, or left empty for both.")
    if not 0 <= made.cents <= MOST:
        form.stop("cents", "cents", "An allowable is zero or more.")
    if made.last_day is not None and made.last_day < made.first_day:
        form.stop("dates", "last_day", "The last day lies before the first.")
    return made
