"""Coverage: one policy of one patient, with dates and a rank (BILLING G2, R2-R4)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from medbill_desktop.domain.ids import Id

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
