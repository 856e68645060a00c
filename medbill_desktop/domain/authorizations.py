"""What a plan allowed beforehand, and how much of it is used (BILLING R12, E44)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.fields import Form, tidied
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Findings

WARN_PERCENT: Final = 80
MOST_ALLOWED: Final = 99_999
UNITS, VISITS = "units", "visits"
_CODE: Final = re.compile(r"[0-9A-Z]{2,12}")


@dataclass(frozen=True, slots=True)
class AuthorizationDetails:
    """A prior authorization; no code means every code, `counts` is `units` or `visits`."""

    payer_id: Id
    number: str = field(repr=False)
    allowed: int
    first_day: date
    last_day: date
    counts: str = VISITS
    codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Authorization:
    """One of a patient, with what its live charges have used."""

    id: Id
    details: AuthorizationDetails
    used: int = 0

    @property
    def left(self) -> int:
        return self.details.allowed - self.used

    @property
    def words(self) -> str:
        return f"{self.used} of {self.details.allowed} {self.details.counts} used"

    @property
    def runs_low(self) -> bool:
        return self.used * 100 >= self.details.allowed * WARN_PERCENT

    def fits(self, payer_id: Id, code: str, day: date) -> bool:
        """Tell whether a service could be done under it."""
        mine = self.details
        return mine.payer_id == payer_id and mine.first_day <= day <= mine.last_day and code_is_under(mine, code)


def code_is_under(details: AuthorizationDetails, code: str) -> bool:
    return not details.codes or code in details.codes


def checked_authorization(details: AuthorizationDetails, found: Findings) -> AuthorizationDetails:
    form = Form(found)
    made = tidied(details, form, not_cards=frozenset({"number"}))
    made = replace(made, codes=tuple(dict.fromkeys(each.upper() for each in made.codes)))
    if not made.number:
        form.stop("number", "number", "Type the number that the plan gave.")
    if len(made.number) > 50:
        form.stop("number", "number", "A number of a plan has at most 50 characters.")
    if not 1 <= made.allowed <= MOST_ALLOWED:
        form.stop("allowed", "allowed", f"Allowed are 1 to {MOST_ALLOWED:,}.")
    if made.counts not in (UNITS, VISITS):
        form.stop("counts", "counts", "It counts units or visits.")
    if made.last_day < made.first_day:
        form.stop("dates", "last_day", "The last day lies before the first.")
    for each in made.codes:
        if _CODE.fullmatch(each) is None:
            form.stop("codes", "codes", f"{each} is not a code.", "Type codes with blanks between, or none for all.")
    return made


def check_use(
    found: Findings, where: str, chosen: Authorization | None, payer_id: Id | None, code: str, day: date, more: int
) -> None:
    """Judge a line that is charged under an authorization; `more` is what this superbill takes of it so far."""
    at = f"{where}.authorization"
    if chosen is None:
        found.stop("authorization", at, "This authorization is not one of this patient.", "Choose another.")
        return
    mine = chosen.details
    if mine.payer_id != payer_id:
        found.stop("authorization", at, "This authorization is of another plan.", "Choose the plan, or another one.")
    elif not mine.first_day <= day <= mine.last_day:
        found.stop("authorization", at, f"Authorization {mine.number} runs from {say_date(mine.first_day)} to"
                   f" {say_date(mine.last_day)}; service is {say_date(day)}.", "Ask the plan for another.")  # fmt: skip
    elif not code_is_under(mine, code):
        found.stop(
            "authorization", at, f"Authorization {mine.number} is for {' '.join(mine.codes)}.", "Choose another."
        )
    elif chosen.used + more > mine.allowed:
        found.warn("authorization-over", at, f"Authorization {mine.number}: {chosen.words}; this makes"
                   f" {chosen.used + more}.", "The claim will be held until the plan allows more.")  # fmt: skip
    elif (chosen.used + more) * 100 >= mine.allowed * WARN_PERCENT:
        found.warn("authorization-low", at, f"Authorization {mine.number}: {chosen.used + more} of {mine.allowed}"
                   f" {mine.counts} are used with this.", "Ask the plan for more in time.")  # fmt: skip


def suggested(every: Sequence[Authorization], payer_id: Id, code: str, day: date) -> Authorization | None:
    """Return the one that a service would be done under: the first to end that has something left."""
    fit = [each for each in every if each.fits(payer_id, code, day) and each.left > 0]
    return min(fit, key=lambda each: (each.details.last_day, each.id), default=None)
