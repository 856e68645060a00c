"""What came before: failed sign-ins, computers, emergencies, money given; and the log itself (SECURITY A16)."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Final

from medbill_desktop.domain.audit_facts import Facts, Finding, Row, Rule
from medbill_desktop.domain.audit_rows import (
    HISTORY_DAYS,
    SIGN_IN,
    by_day,
    by_patient,
    finding,
    judged,
    near,
    number,
    reason_near,
    said_span,
    times,
    work_days,
)
from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.money import format_cents

FAILED_LEAST: Final = 3
RATE_LEAST: Final = 3
WRITE_OFFS: Final = ("adjustment.write_off",)
NEW_SIGN_INS: Final = ("user.reset", "user.enrol_again", "recovery.reset")
LOG_TOUCHED: Final = {
    "log.lift_hold": "Lifted a legal hold.",
    "audit.purge": "Moved a year of the log into an archive.",
    "audit.explain": "Explained why an anchor is not reached.",
    "office.hours_set": "Set the hours of the office, outside of which an access stands out.",
    "patient.watch": "Ended the watch of a record.",
    "user.officers": "Named who the officers are, who are told of what stands out.",
}
OWN_GAP: Final = "Explained a gap of the log after which they were the first to come in; nobody else signs reviews."
REFUNDS: Final = ("refund.ask", "refund.alone")  # where it is decided whom money goes back to


def emergencies(facts: Facts) -> Iterator[Finding]:
    """Every emergency access, with what was read under it; how often a person needs one stands behind it."""
    begun = [row for row in facts.rows if row.action == "emergency.begin" and row.outcome == "done"]
    for (who, day), rows in by_day(begun).items():
        if day < facts.since:
            continue
        ids = {row.detail.get("emergency") for row in rows}
        under = [row for row in facts.rows if row.user_id == who and row.detail.get("emergency") in ids]
        patients = {row.patient_id for row in under} - {None}
        earlier = sum(row.user_id == who and 0 < (day - row.day).days <= HISTORY_DAYS for row in begun)
        opened = times(len(patients), "patient")
        text = f"Emergency access {times(len(rows), 'time')} on {say_date(day)}; {opened} opened under it."
        yield finding(facts, Rule.EMERGENCY, who, under, text, (f"In the {HISTORY_DAYS} days before", str(earlier)))


def after_failures(facts: Facts) -> Iterator[Finding]:
    """A sign-in or unlock that came after three or more wrong attempts, and what was done then."""
    failed: dict[str, int] = Counter()
    for row in judged(facts):
        if row.action == SIGN_IN and row.outcome == "denied":
            failed[row.session] += number(row.detail.get("attempts"))
        elif row.action == "session.unlock":
            failed[row.session] = number(row.detail.get("failed_before"))
        opened = row.action in (SIGN_IN, "session.unlock") and row.outcome == "done"
        if opened and (attempts := failed.pop(row.session, 0)) >= FAILED_LEAST:
            then = [each for each in facts.rows if each.session == row.session and each.seq >= row.seq]
            patients = {each.patient_id for each in then} - {None}
            text = f"Came in after {attempts} failed attempts and touched {times(len(patients), 'patient')}."
            yield finding(facts, Rule.AFTER_FAILURES, row.user_id, then, text, ("Failed attempts", str(attempts)))


def written_off(facts: Facts) -> Iterator[Finding]:
    """A write-off by whoever opened the record that day, with no payment, visit or statement that led to it."""
    return _given(facts, Rule.WRITTEN_OFF, "wrote {} off", lambda row: row.action in WRITE_OFFS)


def refunded(facts: Facts) -> Iterator[Finding]:
    """The same for money that was given back."""
    return _given(facts, Rule.REFUNDED, "gave {} back", lambda row: row.action in REFUNDS)


def _given(facts: Facts, rule: Rule, words: str, gives: Callable[[Row], bool]) -> Iterator[Finding]:
    plain = [row for row in facts.rows if not row.action.startswith((*WRITE_OFFS, *REFUNDS))]
    worked = work_days(replace(facts, rows=plain))  # giving is no reason for itself
    for (who, patient_id), rows in by_patient(judged(facts)).items():
        patient = facts.patients.get(patient_id)
        gave = [row for row in rows if gives(row) and row.works]
        seen = [row for row in rows if row.opens]
        for row in gave:
            views = [each for each in seen if each.day == row.day and each.seq < row.seq]
            led = patient is None or reason_near(patient, row.day) or near(worked[patient_id], row.day)
            if not views or led or patient is None:
                continue
            cents = number(row.detail.get("cents"))
            text = f"Opened account {patient.account} and {words.format(format_cents(cents))}; nothing else led to it."
            yield finding(facts, rule, who, [*views, row], text, ("Account", patient.account),
                           ("Amount", format_cents(cents)))  # fmt: skip


def emergency_rate(facts: Facts) -> Iterator[Finding]:
    """Whoever needs emergency access again and again needs another role, or a question."""
    begun: dict[int, list[Row]] = defaultdict(list)
    for row in facts.rows:
        if row.action == "emergency.begin" and row.outcome == "done" and row.user_id is not None:
            before = [each for each in begun[row.user_id] if (row.day - each.day).days < HISTORY_DAYS]
            begun[row.user_id] = [*before, row]
            if row.day >= facts.since and len(before) + 1 >= RATE_LEAST:
                rows = begun.pop(row.user_id)  # told once; the next is the first of another series
                text = f"Emergency access {times(len(rows), 'time')} within {HISTORY_DAYS} days."
                yield finding(facts, Rule.EMERGENCY_RATE, row.user_id, rows, text, ("Usual", f"under {RATE_LEAST}"))


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
            yield finding(facts, Rule.NEW_DEVICE, row.user_id, [row], text, ("Workstation", str(row.workstation)))
        before.add(row.workstation)


def new_sign_ins(facts: Facts) -> Iterator[Finding]:
    """Whoever makes a one-time code for somebody could come in as that person; a second pair of eyes asks both."""
    for row in judged(facts):
        if row.action == "kit.renew" and row.outcome == "done":
            text = "Made a recovery kit: whoever keeps its page can let themselves in as anybody who manages users."
            yield finding(facts, Rule.NEW_SIGN_IN, row.user_id, [row], text)
        if row.action in NEW_SIGN_INS and row.outcome == "done":
            target = facts.people.get(row.subject_id or 0)
            whom = "somebody" if target is None else target.name
            by = "with the recovery kit" if row.user_id is None else f"at workstation {row.workstation}"
            came = [
                each for each in facts.rows
                if each.action == "user.arrive" and each.user_id == row.subject_id and each.seq > row.seq
            ][:1]  # fmt: skip
            text = f"Gave {whom} a new sign-in {by}."
            where = str(came[0].workstation) if came else "nobody came yet"
            yield finding(facts, Rule.NEW_SIGN_IN, row.user_id, [row], text, ("Came at workstation", where))


def log_touched(facts: Facts) -> Iterator[Finding]:
    """Whatever makes less be seen: a hold lifted, a year archived, a gap explained, a watch ended, other hours."""
    for row in judged(facts):
        watches_on = row.action == "patient.watch" and row.detail.get("watched") is not False
        if row.action in LOG_TOUCHED and row.outcome == "done" and not watches_on:
            text = OWN_GAP if row.detail.get("own_gap") else LOG_TOUCHED[row.action]
            yield finding(facts, Rule.LOG_KEEPING, row.user_id, [row], text)


def breaks(facts: Facts) -> Iterator[Finding]:
    """Numbers that are missing between two rows, and rows that are earlier than the row before."""
    for before, row in pairwise(facts.rows):
        if row.day < facts.since:
            continue
        if row.seq != before.seq + 1:
            count = row.seq - before.seq - 1
            text = f"{times(count, 'row')} missing between {before.seq} and {row.seq}."
            yield finding(facts, Rule.GAP, row.user_id, [before, row], text, ("Missing", str(count)))
        if row.at < before.at:
            back = before.at - row.at
            text = f"Row {row.seq} is {said_span(back)} earlier than the row before it."
            yield finding(facts, Rule.CLOCK, row.user_id, [before, row], text, ("Went back", said_span(back)))
