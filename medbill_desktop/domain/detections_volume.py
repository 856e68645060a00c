"""How much and when: off hours, many records, records in a row, without a reason, out of the program (SECURITY A16)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from statistics import median
from typing import Final

from medbill_desktop.domain.audit_facts import Facts, Finding, Row, Rule
from medbill_desktop.domain.audit_rows import (
    HISTORY_DAYS,
    REASON_DAYS,
    by_day,
    clock,
    finding,
    judged,
    near,
    number,
    reason_near,
    times,
    work_days,
)
from medbill_desktop.domain.audit_words import EXPORTS
from medbill_desktop.domain.dates import say_date

HISTORY_LEAST: Final = 7  # working days of one's own before a day can stand out
VOLUME_MADS: Final = 5
VOLUME_LEAST: Final = 20
IDLE_LEAST: Final = 15  # records opened in a day, hardly one of them worked on
IDLE_SHARE: Final = 10
SEQUENCE_LEAST: Final = 6
BULK_ROWS: Final = 50  # SECURITY A0
COUNTED: Final = ("rows", "cases", "payments", "disclosures")  # what an export says that it held


def off_hours(facts: Facts) -> Iterator[Finding]:
    """Records, changes and exports outside the hours that the practice set for that weekday."""
    touched = [row for row in judged(facts) if row.patient_id is not None or row.action in EXPORTS]
    late = [row for row in touched if not facts.hours_on(row.day).cover(row.at)]
    for (who, day), rows in by_day(late).items():
        first, last = clock(rows[0].at), clock(rows[-1].at)
        span = f"at {first}" if first == last else f"between {first} and {last}"
        text = f"{times(len(rows), 'action')} {span} on {say_date(day)}."
        hours = facts.hours_on(day).say(day.weekday())
        yield finding(facts, Rule.OFF_HOURS, who, rows, text, ("Office hours", hours), ("Weekday", f"{day:%A}"))


def volume(facts: Facts) -> Iterator[Finding]:
    """More patients opened in a day than the person's own thirty days before would let one expect."""
    opened = by_day(row for row in facts.rows if row.opens)
    counts = {key: len({row.patient_id for row in rows}) for key, rows in opened.items()}
    for (who, day), rows in opened.items():
        before = [n for (other, then), n in counts.items() if other == who and 0 < (day - then).days <= HISTORY_DAYS]
        if day < facts.since or len(before) < HISTORY_LEAST or counts[who, day] < VOLUME_LEAST:
            continue
        usual = median(before)
        spread = max(median(abs(n - usual) for n in before), 1)
        if counts[who, day] > usual + VOLUME_MADS * spread:
            text = f"Opened {counts[who, day]} patients on {say_date(day)}; {usual:g} are usual for this person."
            yield finding(
                facts, Rule.VOLUME, who, rows, text, ("Median of own days before", f"{usual:g}"),
                ("Median deviation", f"{spread:g}"), ("Days compared", str(len(before))),
            )  # fmt: skip


def sequential(facts: Facts) -> Iterator[Finding]:
    """Records opened one after the other in the order of their numbers, and none of them worked on."""
    for (who, day), rows in by_day(row for row in judged(facts) if row.opens or row.works).items():
        worked = {row.patient_id for row in rows if row.works}
        bare = [row for row in rows if row.opens and row.patient_id not in worked]
        for run in _runs(bare, facts):
            first, last = (facts.patients[row.patient_id or 0].account for row in (run[0], run[-1]))
            text = f"Opened accounts {first} to {last} one after the other on {say_date(day)} and worked on none."
            count = len({row.patient_id for row in run})
            yield finding(facts, Rule.SEQUENTIAL, who, run, text, ("Accounts in a row", str(count)))


def _runs(rows: Sequence[Row], facts: Facts) -> Iterator[list[Row]]:
    """Yield the longest stretches whose account numbers all go up, or all go down, by one."""
    run: list[Row] = []
    step = 0
    for row in rows:
        here = _account_number(row, facts)
        before = _account_number(run[-1], facts) if run else None
        if here is not None and here == before:
            run.append(row)  # the same record, looked at again
            continue
        by = here[1] - before[1] if here is not None and before is not None and here[0] == before[0] else 0
        if abs(by) == 1 and step in (0, by):
            run.append(row)
            step = by
            continue
        if len({each.patient_id for each in run}) >= SEQUENCE_LEAST:
            yield run
        run, step = ([run[-1], row], by) if abs(by) == 1 else ([row] if here is not None else [], 0)
    if len({each.patient_id for each in run}) >= SEQUENCE_LEAST:
        yield run


def _account_number(row: Row, facts: Facts) -> tuple[str, int] | None:
    patient = facts.patients.get(row.patient_id or 0)
    station, _, digits = ("", "", "") if patient is None else patient.account.rpartition("-")
    return (station, int(digits)) if digits.isascii() and digits.isdigit() else None


def idle_views(facts: Facts) -> Iterator[Finding]:
    """A day of many opened records on which the person worked on hardly any of them."""
    days = by_day(row for row in judged(facts) if row.opens or row.works)
    for (who, day), rows in days.items():
        seen = {row.patient_id for row in rows if row.opens}
        worked = {row.patient_id for row in rows if row.works} & seen
        if len(seen) >= IDLE_LEAST and len(worked) * 100 < len(seen) * IDLE_SHARE:
            text = f"Opened {len(seen)} patients on {say_date(day)} and worked on {len(worked)} of them."
            views = [row for row in rows if row.opens]
            yield finding(facts, Rule.IDLE_VIEWS, who, views, text, ("Opened", str(len(seen))),
                           ("Worked on", str(len(worked))))  # fmt: skip


def no_reason(facts: Facts) -> Iterator[Finding]:
    """Records opened with no visit, entry, statement or work within fourteen days, and nothing owed."""
    worked = work_days(facts)
    bare = [row for row in judged(facts) if row.opens and _lacks_reason(row, facts, worked)]
    for (who, _), rows in by_day(bare).items():
        accounts = sorted({facts.patients[row.patient_id].account for row in rows if row.patient_id is not None})
        text = (
            f"Opened {times(len(accounts), 'patient')} who owe nothing and had no visit, entry, statement or work"
            f" within {REASON_DAYS} days."
        )
        yield finding(facts, Rule.NO_REASON, who, rows, text, ("Accounts", ", ".join(accounts)))


def bulk_export(facts: Facts) -> Iterator[Finding]:
    """More than fifty rows taken out of the program in a day."""
    exports = [row for row in judged(facts) if row.action in EXPORTS and row.outcome == "done"]
    for (who, day), rows in by_day(exports).items():
        total = sum(number(row.detail.get(each)) for row in rows for each in COUNTED)
        if total > BULK_ROWS:
            text = f"{times(len(rows), 'export')} of {total:,} rows in all on {say_date(day)}."
            yield finding(facts, Rule.BULK_EXPORT, who, rows, text, ("Rows", f"{total:,}"),
                           ("Bulk begins above", str(BULK_ROWS)))  # fmt: skip


def _lacks_reason(row: Row, facts: Facts, worked: Mapping[int, set[date]]) -> bool:
    patient = facts.patients.get(row.patient_id or 0)
    if patient is None or patient.owes:
        return False
    return not reason_near(patient, row.day) and not near(worked.get(patient.id, ()), row.day)
