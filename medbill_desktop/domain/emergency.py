"""Emergency access: what a person may read for half an hour although the role hides it (SECURITY A4)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.users import Permission

MINUTES: Final = 30
WORDS_LEAST: Final = 10
WORDS_MOST: Final = 2000
COMMENT_LEAST: Final = 10

# Reads alone: the door opens no writing use case by them, whatever right it names.
OPENS: Final = frozenset({Permission.VIEW_ACCOUNT, Permission.VIEW_CLINICAL})


class EmergencyReason(StrEnum):
    """Why, in the words of the list; the audit log holds the name."""

    DANGER = "A patient's life or health is in danger"
    NOBODY = "Nobody who may is here, and it can't wait"
    LEGAL = "An authority or a court asks today"
    OUTAGE = "Another system that holds this is down"
    OTHER = "Something else"


@dataclass(frozen=True, slots=True)
class Emergency:
    """An emergency access that a session holds."""

    id: Id
    until: datetime
