"""Coverage: one policy of one patient, with dates and a rank (BILLING G2, R2-R4)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from medbill_desktop.domain.checks import is_member_id
from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.fields import IDENTIFIERS, Form, tidied
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.patients import Relationship, Sex
from medbill_desktop.domain.problems import Findings

RANK_WORDS: Final = {1: "primary", 2: "secondary", 3: "tertiary"}


class Standing(StrEnum):
    """What a coverage is on one day."""

    ACTIVE = "active"
    ENDED = "ended"
    FUTURE = "not yet"


@dataclass(frozen=True, slots=True, repr=False)
class CoverageDetails:
    """What a person types about a policy; the subscriber's fields stay empty where the patient is the subscriber."""

    payer_id: Id
    member_id: str
    first_day: date
    last_day: date | None = None
    rank: int = 1
    group_number: str = ""
    group_name: str = ""
    relationship: str = "self"
    subscriber_last: str = ""
    subscriber_first: str = ""
    subscriber_birth: date | None = None
    subscriber_sex: str = ""
    subscriber_street: str = ""
    subscriber_city: str = ""
    subscriber_state: str = ""
    subscriber_zip: str = ""
    msp_reason: str = ""  # why Medicare pays second (BILLING R6)
    msp_asked_on: date | None = None  # the day of the questionnaire


def rank_word(rank: int) -> str:
    return RANK_WORDS.get(rank, f"number {rank}")


def standing(first_day: date, last_day: date | None, day: date) -> Standing:
    """Both ends are inclusive (BILLING R2)."""
    if day < first_day:
        return Standing.FUTURE
    return Standing.ENDED if last_day is not None and day > last_day else Standing.ACTIVE


def overlap(first: date, last: date | None, other_first: date, other_last: date | None) -> bool:
    """Tell whether two periods share a day."""
    return (last is None or other_first <= last) and (other_last is None or first <= other_last)


@dataclass(frozen=True, slots=True)
class Held:
    """A policy that the patient has already, as far as a new one must not overlap it."""

    id: Id
    rank: int
    first_day: date
    last_day: date | None


def checked_coverage(
    details: CoverageDetails, today: date, found: Findings, prefix: str = "", *, imported: bool = False
) -> CoverageDetails:
    """Return the details as they are stored; problems go to `found`.

    A subscriber who is not the patient is described whole (BILLING R4). A file that lacks this is imported with a
    warning: the policy stays marked incomplete, and claims wait for it.
    """
    form = Form(found, prefix)
    made = tidied(details, form, not_cards=frozenset() if imported else IDENTIFIERS)
    if not made.member_id:
        form.stop("member-id", "member_id", "Type the member id from the card.")
    elif not is_member_id(made.member_id):
        form.stop("member-id", "member_id", "A member id has 2 to 80 letters and digits.", "Check the card.")
    if not 1 <= made.rank <= 9:
        form.stop("rank", "rank", "Choose primary, secondary or tertiary.")
    if made.last_day is not None and made.last_day < made.first_day:
        form.stop("dates", "last_day", "The last day lies before the first.")
    if made.subscriber_birth is not None and made.subscriber_birth > today:
        form.stop("birth-date", "subscriber_birth", "The birth date lies in the future.")
    if made.subscriber_sex not in {"", *Sex}:
        form.stop("sex", "subscriber_sex", "Choose F, M or U.")
    if made.relationship not in set(Relationship):
        form.stop("relationship", "relationship", "Choose what the patient is to the subscriber.")
    else:
        _subscriber(made, form, imported)
    return made


def missing_of_subscriber(details: CoverageDetails) -> tuple[str, ...]:
    """Return the fields that are needed because the subscriber is not the patient, and are empty (BILLING R4)."""
    if details.relationship == Relationship.SELF:
        return ()
    return tuple(name for name in _SUBSCRIBER if not getattr(details, name))


def check_overlap(
    details: CoverageDetails, held: Iterable[Held], found: Findings, prefix: str = "", *, payer: str = "policy"
) -> None:
    """Stop two policies of one rank on one day (BILLING R2)."""
    form = Form(found, prefix)
    for each in held:
        if each.rank != details.rank or not overlap(details.first_day, details.last_day, each.first_day, each.last_day):
            continue
        until = "open" if each.last_day is None else say_date(each.last_day)
        form.stop(
            "overlap", "first_day",
            f"Another {rank_word(each.rank)} {payer} runs from {say_date(each.first_day)} to {until}.",
            "Choose another rank or first day, or let this one replace it.",
        )  # fmt: skip


_SUBSCRIBER: Final = {
    "subscriber_last": "last name",
    "subscriber_birth": "birth date",
    "subscriber_sex": "sex",
    "subscriber_street": "street",
    "subscriber_city": "city",
    "subscriber_state": "state",
    "subscriber_zip": "ZIP code",
}


def _subscriber(made: CoverageDetails, form: Form, imported: bool) -> None:
    missing = missing_of_subscriber(made)
    later = missing if imported and "subscriber_last" not in missing else ()
    if later:
        words = ", ".join(_SUBSCRIBER[name] for name in later)
        form.warn("subscriber", later[0], f"The subscriber's {words} is missing.", "Claims wait until it is there.")
        return
    for name in missing:
        said = f"The subscriber's {_SUBSCRIBER[name]} is missing."
        form.stop("subscriber", name, said, "It is needed because the subscriber is not the patient.")
