"""The nouns of the detections: rows of the log, what the practice knows beside them, and findings (SECURITY A16)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from medbill_desktop.domain.audit_words import READS


class Rule(StrEnum):
    """What was looked for, in the words of the list."""

    OFF_HOURS = "Outside office hours"
    VOLUME = "Many more records than usual"
    SURNAME = "Same surname as the patient"
    HOUSEHOLD = "Same address or phone as the patient"
    OWN_RECORD = "Own record"
    COWORKER = "Record of a coworker"
    DECEASED = "Patient has died"
    INACTIVE = "Patient not seen for two years"
    NO_REASON = "No billing reason"
    IDLE_VIEWS = "Many records, little work"
    BULK_EXPORT = "Bulk export"
    AFTER_FAILURES = "After failed sign-ins"
    REMOVED = "Person was removed"
    EMERGENCY = "Emergency access"
    WRITTEN_OFF = "Viewed, then written off"
    NEW_DEVICE = "New computer for this person"
    GAP = "Rows are missing"
    CLOCK = "The clock went back"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the log; `at` carries the time zone of the practice."""

    seq: int
    at: datetime
    user_id: int | None
    workstation: int
    session: str
    action: str
    outcome: str = "done"
    subject_id: int | None = None
    patient_id: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def day(self) -> date:
        return self.at.date()

    @property
    def opens(self) -> bool:
        """Whether a patient's record was read."""
        return self.patient_id is not None and self.action in READS and self.outcome == "done"

    @property
    def works(self) -> bool:
        """Whether something was done for a patient."""
        looks = self.action in READS or self.action.startswith("audit.")
        return self.patient_id is not None and not looks and self.outcome == "done"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a sign-in; `left_at` where they were removed."""

    id: int
    name: str
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """What the practice knows of a patient; `reasons` are days on which there was something to bill."""

    id: int
    account: str
    last: str = field(default="", repr=False)
    first: str = field(default="", repr=False)
    place: str = field(default="", repr=False)  # street and ZIP, as they are compared
    phone: str = field(default="", repr=False)
    deceased_on: date | None = None
    reasons: frozenset[date] = frozenset()
    owes: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the rules may know; `since` is the first day that is judged, rows before it are history."""

    rows: Sequence[Row]
    people: Mapping[int, Person]
    patients: Mapping[int, PatientFacts]
    since: date


@dataclass(frozen=True, slots=True)
class Finding:
    """What stands out, the rows it is seen in, and the facts behind it."""

    rule: Rule
    day: date
    user_id: int | None
    person: str
    text: str
    seqs: tuple[int, ...]
    patient_ids: tuple[int, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
