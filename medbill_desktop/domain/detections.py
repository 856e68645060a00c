"""What in the audit log a privacy officer should look at: pure functions over rows and facts (SECURITY A16).

A finding is no verdict. It says what was seen, in which rows, and by which facts it stands out; a person judges.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any, Final

from medbill_desktop.domain.audit_facts import Facts, Finding, PatientFacts, Row, Rule
from medbill_desktop.domain.audit_words import EXPORTS
from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.money import format_cents
from medbill_desktop.domain.names import fold

FIRST_HOUR: Final = 6
LAST_HOUR: Final = 20
SUNDAY: Final = 6
HISTORY_DAYS: Final = 30
HISTORY_LEAST: Final = 7  # working days of one's own before a day can stand out
VOLUME_MADS: Final = 5
VOLUME_LEAST: Final = 20
IDLE_LEAST: Final = 15  # records opened in a day, hardly one of them worked on
IDLE_SHARE: Final = 10
REASON_DAYS: Final = 14
INACTIVE_DAYS: Final = 730
BULK_ROWS: Final = 50  # SECURITY A0
FAILED_LEAST: Final = 3
SIGN_IN: Final = "session.sign_in"
GIVES: Final = frozenset({"adjustment.write_off"})
QUIET: Final = frozenset({"session.lock", "session.seal", "session.sign_out"})  # what the clock does by itself


def unusual(facts: Facts) -> tuple[Finding, ...]:
    """Return every finding, newest first."""
    found = [each for rule in RULES for each in rule(facts)]
    return tuple(sorted(found, key=lambda each: (-each.day.toordinal(), -each.seqs[0], each.rule)))


def off_hours(facts: Facts) -> Iterator[Finding]:
    """Records, changes and exports before six, after eight in the evening, or on a Sunday."""
    touched = [row for row in _judged(facts) if row.patient_id is not None or row.action in EXPORTS]
    late = [row for row in touched if not FIRST_HOUR <= row.at.hour < LAST_HOUR or row.day.weekday() == SUNDAY]
    for (who, day), rows in _by_day(late).items():
        first, last = _clock(rows[0].at), _clock(rows[-1].at)
        span = f"at {first}" if first == last else f"between {first} and {last}"
        text = f"{_times(len(rows), 'action')} {span} on {say_date(day)}."
        hours = f"Monday to Saturday, {FIRST_HOUR} AM to {LAST_HOUR - 12} PM"
        yield _finding(facts, Rule.OFF_HOURS, who, rows, text, ("Office hours", hours), ("Weekday", f"{day:%A}"))


def volume(facts: Facts) -> Iterator[Finding]:
    """More patients opened in a day than the person's own thirty days before would let one expect."""
    opened = _by_day(row for row in facts.rows if row.opens)
    counts = {key: len({row.patient_id for row in rows}) for key, rows in opened.items()}
    for (who, day), rows in opened.items():
        before = [n for (other, then), n in counts.items() if other == who and 0 < (day - then).days <= HISTORY_DAYS]
        if day < facts.since or len(before) < HISTORY_LEAST or counts[who, day] < VOLUME_LEAST:
            continue
        usual = median(before)
        spread = max(median(abs(n - usual) for n in before), 1)
        if counts[who, day] > usual + VOLUME_MADS * spread:
            text = f"Opened {counts[who, day]} patients on {say_date(day)}; {usual:g} are usual for this person."
            yield _finding(
                facts, Rule.VOLUME, who, rows, text, ("Median of own days before", f"{usual:g}"),
                ("Median deviation", f"{spread:g}"), ("Days compared", str(len(before))),
            )  # fmt: skip


def relations(facts: Facts) -> Iterator[Finding]:
    """Somebody opened a record that is their own, a coworker's, a relative's or a neighbour's."""
    names = {who: fold(person.name) for who, person in facts.people.items()}
    own = {who: _own_record(name, facts) for who, name in names.items()}
    owners = {record.id: who for who, record in own.items() if record is not None}
    for (who, patient_id), rows in _by_patient(row for row in _judged(facts) if row.opens or row.works).items():
        patient = facts.patients.get(patient_id)
        if patient is None or who not in names:
            continue
        mine, surname = own[who], names[who].split()[-1:]
        if mine is not None and mine.id == patient.id:
            rule, text = Rule.OWN_RECORD, "The record carries this person's own name."
        elif patient.id in owners:
            colleague = facts.people[owners[patient.id]].name
            rule, text = Rule.COWORKER, f"The record carries the name of {colleague}, who works here."
        elif mine is not None and mine.place and mine.place == patient.place:
            rule, text = Rule.HOUSEHOLD, f"The address is that of this person's own record, account {mine.account}."
        elif mine is not None and mine.phone and mine.phone == patient.phone:
            rule, text = Rule.HOUSEHOLD, f"The phone is that of this person's own record, account {mine.account}."
        elif surname and len(surname[0]) > 1 and fold(patient.last) == surname[0]:
            rule, text = Rule.SURNAME, "The patient and this person have the same surname."
        else:
            continue
        yield _finding(facts, rule, who, rows, text, ("Account", patient.account), ("Actions", _said_count(rows)))


def gone(facts: Facts) -> Iterator[Finding]:
    """A record of somebody who died, or who was not here for two years, without work that explains it."""
    for (who, patient_id), rows in _by_patient(row for row in _judged(facts) if row.opens).items():
        patient, day = facts.patients.get(patient_id), rows[0].day
        if patient is None:
            continue
        if patient.deceased_on is not None and patient.deceased_on <= day - timedelta(days=REASON_DAYS):
            text = f"Account {patient.account}: the patient died on {say_date(patient.deceased_on)}."
            if not patient.owes and not _reason_near(patient, day):
                yield _finding(facts, Rule.DECEASED, who, rows, text, ("Account", patient.account), ("Owes", "nothing"))
            continue
        last = max((each for each in patient.reasons if each <= day), default=None)
        if last is not None and (day - last).days > INACTIVE_DAYS and not patient.owes:
            text = f"Account {patient.account}: the last visit or entry was on {say_date(last)}."
            yield _finding(facts, Rule.INACTIVE, who, rows, text, ("Account", patient.account), ("Owes", "nothing"))


def no_reason(facts: Facts) -> Iterator[Finding]:
    """Records opened with no visit, entry, statement or work within fourteen days, and nothing owed."""
    worked = _work_days(facts)
    bare = [row for row in _judged(facts) if row.opens and _lacks_reason(row, facts, worked)]
    for (who, _), rows in _by_day(bare).items():
        accounts = sorted({facts.patients[row.patient_id].account for row in rows if row.patient_id is not None})
        text = (
            f"Opened {_times(len(accounts), 'patient')} who owe nothing and had no visit, entry, statement or work"
            f" within {REASON_DAYS} days."
        )
        yield _finding(facts, Rule.NO_REASON, who, rows, text, ("Accounts", ", ".join(accounts)))


def idle_views(facts: Facts) -> Iterator[Finding]:
    """A day of many opened records on which the person worked on hardly any of them."""
    days = _by_day(row for row in _judged(facts) if row.opens or row.works)
    for (who, day), rows in days.items():
        seen = {row.patient_id for row in rows if row.opens}
        worked = {row.patient_id for row in rows if row.works} & seen
        if len(seen) >= IDLE_LEAST and len(worked) * 100 < len(seen) * IDLE_SHARE:
            text = f"Opened {len(seen)} patients on {say_date(day)} and worked on {len(worked)} of them."
            views = [row for row in rows if row.opens]
            yield _finding(facts, Rule.IDLE_VIEWS, who, views, text, ("Opened", str(len(seen))),
                           ("Worked on", str(len(worked))))  # fmt: skip


def bulk_export(facts: Facts) -> Iterator[Finding]:
    """More than fifty rows taken out of the program in a day."""
    exports = [row for row in _judged(facts) if row.action in EXPORTS and row.outcome == "done"]
    for (who, day), rows in _by_day(exports).items():
        total = sum(count for row in rows if isinstance(count := row.detail.get("rows"), int))
        if total > BULK_ROWS:
            text = f"{_times(len(rows), 'export')} of {total:,} rows in all on {say_date(day)}."
            yield _finding(facts, Rule.BULK_EXPORT, who, rows, text, ("Rows", f"{total:,}"),
                           ("Bulk begins above", str(BULK_ROWS)))  # fmt: skip


def emergencies(facts: Facts) -> Iterator[Finding]:
    """Every emergency access, with what was read under it; how often a person needs one stands behind it."""
    begun = [row for row in facts.rows if row.action == "emergency.begin" and row.outcome == "done"]
    for (who, day), rows in _by_day(begun).items():
        if day < facts.since:
            continue
        ids = {row.detail.get("emergency") for row in rows}
        under = [row for row in facts.rows if row.user_id == who and row.detail.get("emergency") in ids]
        patients = {row.patient_id for row in under} - {None}
        earlier = sum(row.user_id == who and 0 < (day - row.day).days <= HISTORY_DAYS for row in begun)
        opened = _times(len(patients), "patient")
        text = f"Emergency access {_times(len(rows), 'time')} on {say_date(day)}; {opened} opened under it."
        yield _finding(facts, Rule.EMERGENCY, who, under, text, (f"In the {HISTORY_DAYS} days before", str(earlier)))


def after_failures(facts: Facts) -> Iterator[Finding]:
    """A sign-in or unlock that came after three or more wrong attempts, and what was done then."""
    failed: dict[str, int] = Counter()
    for row in _judged(facts):
        if row.action == SIGN_IN and row.outcome == "denied":
            failed[row.session] += _number(row.detail.get("attempts"))
        elif row.action == "session.unlock":
            failed[row.session] = _number(row.detail.get("failed_before"))
        opened = row.action in (SIGN_IN, "session.unlock") and row.outcome == "done"
        if opened and (attempts := failed.pop(row.session, 0)) >= FAILED_LEAST:
            then = [each for each in facts.rows if each.session == row.session and each.seq >= row.seq]
            patients = {each.patient_id for each in then} - {None}
            text = f"Came in after {attempts} failed attempts and touched {_times(len(patients), 'patient')}."
            yield _finding(facts, Rule.AFTER_FAILURES, row.user_id, then, text, ("Failed attempts", str(attempts)))


def removed(facts: Facts) -> Iterator[Finding]:
    """Anything that somebody did after they were removed."""
    for (who, day), rows in _by_day(_judged(facts)).items():
        left = facts.people[who].left_at if who in facts.people else None
        if left is not None and (after := [row for row in rows if row.at > left]):
            text = f"{_times(len(after), 'action')} on {say_date(day)}, after the person was removed."
            yield _finding(
                facts, Rule.REMOVED, who, after, text, ("Removed", f"{say_date(left.date())}, {_clock(left)}")
            )


def written_off(facts: Facts) -> Iterator[Finding]:
    """A write-off by whoever opened the record that day, with no payment, visit or statement that led to it."""
    worked = _work_days(facts, but=GIVES)
    for (who, patient_id), rows in _by_patient(_judged(facts)).items():
        patient = facts.patients.get(patient_id)
        gave = [row for row in rows if row.action in GIVES and row.outcome == "done"]
        seen = [row for row in rows if row.opens]
        for row in gave:
            views = [each for each in seen if each.day == row.day and each.seq < row.seq]
            led = patient is None or _reason_near(patient, row.day) or _near(worked[patient_id], row.day)
            if not views or led or patient is None:
                continue
            cents = _number(row.detail.get("cents"))
            text = f"Opened account {patient.account} and wrote {format_cents(cents)} off; nothing else led to it."
            yield _finding(facts, Rule.WRITTEN_OFF, who, [*views, row], text, ("Account", patient.account),
                           ("Amount", format_cents(cents)))  # fmt: skip


def new_device(facts: Facts) -> Iterator[Finding]:
    """The first sign-in of a person at a computer where they never were, though they are no newcomer."""
    known: dict[int, set[int]] = defaultdict(set)
    for row in facts.rows:
        if row.user_id is None or row.action != SIGN_IN or row.outcome != "done":
            continue
        before = known[row.user_id]
        if before and row.workstation not in before and row.day >= facts.since:
            usual = ", ".join(str(each) for each in sorted(before))
            text = f"First sign-in at workstation {row.workstation}; until then at {usual}."
            yield _finding(facts, Rule.NEW_DEVICE, row.user_id, [row], text, ("Workstation", str(row.workstation)))
        before.add(row.workstation)


def breaks(facts: Facts) -> Iterator[Finding]:
    """Numbers that are missing between two rows, and rows that are earlier than the row before."""
    for before, row in pairwise(facts.rows):
        if row.day < facts.since:
            continue
        if row.seq != before.seq + 1:
            count = row.seq - before.seq - 1
            text = f"{_times(count, 'row')} missing between {before.seq} and {row.seq}."
            yield _finding(facts, Rule.GAP, row.user_id, [before, row], text, ("Missing", str(count)))
        if row.at < before.at:
            back = before.at - row.at
            text = f"Row {row.seq} is {_said_span(back)} earlier than the row before it."
            yield _finding(facts, Rule.CLOCK, row.user_id, [before, row], text, ("Went back", _said_span(back)))


RULES: Final[tuple[Callable[[Facts], Iterator[Finding]], ...]] = (
    off_hours, volume, relations, gone, no_reason, idle_views, bulk_export, emergencies, after_failures, removed,
    written_off, new_device, breaks,
)  # fmt: skip


def _finding(
    facts: Facts, rule: Rule, who: int | None, rows: Sequence[Row], text: str, *behind: tuple[str, str]
) -> Finding:
    person = facts.people.get(who) if who is not None else None
    patients = dict.fromkeys(row.patient_id for row in rows if row.patient_id is not None)
    seqs = tuple(sorted(row.seq for row in rows))
    name = "Nobody" if who is None else person.name if person is not None else f"Person no. {who}"
    return Finding(rule, rows[-1].day, who, name, text, seqs, tuple(patients), behind)


def _judged(facts: Facts) -> Iterator[Row]:
    return (row for row in facts.rows if row.day >= facts.since)


def _by_day(rows: Iterable[Row]) -> dict[tuple[int, date], list[Row]]:
    """Group what people did by person and day; what the clock does by itself is nobody's."""
    found: dict[tuple[int, date], list[Row]] = {}
    for row in rows:
        if row.user_id is not None and row.action not in QUIET:
            found.setdefault((row.user_id, row.day), []).append(row)
    return found


def _by_patient(rows: Iterable[Row]) -> dict[tuple[int, int], list[Row]]:
    found: dict[tuple[int, int], list[Row]] = {}
    for row in rows:
        if row.user_id is not None and row.patient_id is not None:
            found.setdefault((row.user_id, row.patient_id), []).append(row)
    return found


def _work_days(facts: Facts, *, but: frozenset[str] = frozenset()) -> defaultdict[int, set[date]]:
    """Return the days on which anybody worked on a patient."""
    found: defaultdict[int, set[date]] = defaultdict(set)
    for row in facts.rows:
        if row.works and row.patient_id is not None and row.action not in but:
            found[row.patient_id].add(row.day)
    return found


def _lacks_reason(row: Row, facts: Facts, worked: Mapping[int, set[date]]) -> bool:
    patient = facts.patients.get(row.patient_id or 0)
    if patient is None or patient.owes:
        return False
    return not _reason_near(patient, row.day) and not _near(worked.get(patient.id, ()), row.day)


def _reason_near(patient: PatientFacts, day: date) -> bool:
    return _near(patient.reasons, day)


def _near(days: Iterable[date], day: date) -> bool:
    return any(abs((each - day).days) <= REASON_DAYS for each in days)


def _own_record(name: str, facts: Facts) -> PatientFacts | None:
    words = sorted(name.split())
    if len(words) < 2:
        return None
    for each in facts.patients.values():
        if sorted(fold(f"{each.first} {each.last}").split()) == words:
            return each
    return None


def _clock(at: datetime) -> str:
    return f"{at:%I:%M %p}".lstrip("0")


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _times(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _said_count(rows: Sequence[Row]) -> str:
    opened = sum(row.opens for row in rows)
    return f"opened {opened}, changed {len(rows) - opened}"


def _said_span(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    if seconds < 120:
        return f"{seconds} seconds"
    return f"{seconds // 60} minutes" if seconds < 7200 else f"{seconds // 3600} hours"
