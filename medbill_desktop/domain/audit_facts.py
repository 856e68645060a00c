"""The nouns of the detections: rows of the log, what the practice knows beside them, and findings (SECURITY A16)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from medbill_desktop.domain.audit_words import READS
from medbill_desktop.domain.office_hours import USUAL, OfficeHours


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
    REFUNDED = "Viewed, then refunded"
    NEW_DEVICE = "New computer for this person"
    WATCHED = "Watched record"
    SEQUENTIAL = "Records in a row"
    ON_LEAVE = "Person was on leave"
    EMERGENCY_RATE = "Emergency access again and again"
    NEW_SIGN_IN = "Somebody was given a new sign-in"
    LOG_KEEPING = "Less is seen from now on"
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
    """Somebody with a sign-in; `left_at` where they were removed, `leaves` first and last day of each absence."""

    id: int
    name: str
    left_at: datetime | None = None
    leaves: tuple[tuple[date, date | None], ...] = ()

    def away_on(self, day: date) -> bool:
        return any(first <= day and (last is None or day <= last) for first, last in self.leaves)


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
    watches: tuple[tuple[datetime, datetime | None], ...] = ()  # from when till when an officer watched the record

    def watched_at(self, at: datetime) -> bool:
        return any(since <= at and (until is None or at < until) for since, until in self.watches)


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the rules may know; `since` is the first day that is judged, rows before it are history."""

    rows: Sequence[Row]
    people: Mapping[int, Person]
    patients: Mapping[int, PatientFacts]
    since: date
    hours: Sequence[tuple[date, OfficeHours]] = ()  # each from a day on, the oldest first

    def hours_on(self, day: date) -> OfficeHours:
        """Return the office hours that were in force on that day."""
        return next((hours for first, hours in reversed(self.hours) if first <= day), USUAL)


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
