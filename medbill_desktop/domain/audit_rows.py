"""What the detections share: how rows are grouped, and how a finding is made of them (SECURITY A16)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final

from medbill_desktop.domain.audit_facts import Facts, Finding, PatientFacts, Row, Rule

REASON_DAYS: Final = 14
HISTORY_DAYS: Final = 30
SIGN_IN: Final = "session.sign_in"
QUIET: Final = frozenset({"session.lock", "session.seal", "session.sign_out"})  # what the clock does by itself


def finding(
    facts: Facts, rule: Rule, who: int | None, rows: Sequence[Row], text: str, *behind: tuple[str, str]
) -> Finding:
    person = facts.people.get(who) if who is not None else None
    patients = dict.fromkeys(row.patient_id for row in rows if row.patient_id is not None)
    seqs = tuple(sorted(row.seq for row in rows))
    name = "Nobody" if who is None else person.name if person is not None else f"Person no. {who}"
    return Finding(rule, rows[-1].day, who, name, text, seqs, tuple(patients), behind)


def judged(facts: Facts) -> Iterator[Row]:
    return (row for row in facts.rows if row.day >= facts.since)


def by_day(rows: Iterable[Row]) -> dict[tuple[int, date], list[Row]]:
    """Group what people did by person and day; what the clock does by itself is nobody's."""
    found: dict[tuple[int, date], list[Row]] = {}
    for row in rows:
        if row.user_id is not None and row.action not in QUIET:
            found.setdefault((row.user_id, row.day), []).append(row)
    return found


def by_patient(rows: Iterable[Row]) -> dict[tuple[int, int], list[Row]]:
    found: dict[tuple[int, int], list[Row]] = {}
    for row in rows:
        if row.user_id is not None and row.patient_id is not None:
            found.setdefault((row.user_id, row.patient_id), []).append(row)
    return found


def work_days(facts: Facts) -> defaultdict[int, set[date]]:
    """Return the days on which anybody worked on a patient."""
    found: defaultdict[int, set[date]] = defaultdict(set)
    for row in facts.rows:
        if row.works and row.patient_id is not None:
            found[row.patient_id].add(row.day)
    return found


def reason_near(patient: PatientFacts, day: date) -> bool:
    return near(patient.reasons, day)


def near(days: Iterable[date], day: date) -> bool:
    return any(abs((each - day).days) <= REASON_DAYS for each in days)


def clock(at: datetime) -> str:
    return f"{at:%I:%M %p}".lstrip("0")


def number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def times(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def said_span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    if seconds < 120:
        return f"{seconds} seconds"
    return f"{seconds // 60} minutes" if seconds < 7200 else f"{seconds // 3600} hours"
