"""Whose record it was: one's own, a coworker's, a relative's, a watched one, and who was not there (SECURITY A16)."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from medbill_desktop.domain.audit_facts import Facts, Finding, PatientFacts, Row, Rule
from medbill_desktop.domain.audit_rows import (
    REASON_DAYS,
    by_day,
    by_patient,
    clock,
    finding,
    judged,
    reason_near,
    times,
)
from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.names import fold

INACTIVE_DAYS: Final = 730


def relations(facts: Facts) -> Iterator[Finding]:
    """Somebody opened a record that is their own, a coworker's, a relative's or a neighbour's."""
    names = {who: fold(person.name) for who, person in facts.people.items()}
    own = {who: _own_record(name, facts) for who, name in names.items()}
    owners = {record.id: who for who, record in own.items() if record is not None}
    for (who, patient_id), rows in by_patient(row for row in judged(facts) if row.opens or row.works).items():
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
        yield finding(facts, rule, who, rows, text, ("Account", patient.account), ("Actions", _said_count(rows)))


def gone(facts: Facts) -> Iterator[Finding]:
    """A record of somebody who died, or who was not here for two years, without work that explains it."""
    for (who, patient_id), rows in by_patient(row for row in judged(facts) if row.opens).items():
        patient, day = facts.patients.get(patient_id), rows[0].day
        if patient is None:
            continue
        if patient.deceased_on is not None and patient.deceased_on <= day - timedelta(days=REASON_DAYS):
            text = f"Account {patient.account}: the patient died on {say_date(patient.deceased_on)}."
            if not patient.owes and not reason_near(patient, day):
                yield finding(facts, Rule.DECEASED, who, rows, text, ("Account", patient.account), ("Owes", "nothing"))
            continue
        last = max((each for each in patient.reasons if each <= day), default=None)
        if last is not None and (day - last).days > INACTIVE_DAYS and not patient.owes:
            text = f"Account {patient.account}: the last visit or entry was on {say_date(last)}."
            yield finding(facts, Rule.INACTIVE, who, rows, text, ("Account", patient.account), ("Owes", "nothing"))


def removed(facts: Facts) -> Iterator[Finding]:
    """Anything that somebody did after they were removed."""
    for (who, day), rows in by_day(judged(facts)).items():
        left = facts.people[who].left_at if who in facts.people else None
        if left is not None and (after := [row for row in rows if row.at > left]):
            text = f"{times(len(after), 'action')} on {say_date(day)}, after the person was removed."
            yield finding(facts, Rule.REMOVED, who, after, text, ("Removed", f"{say_date(left.date())}, {clock(left)}"))


def on_leave(facts: Facts) -> Iterator[Finding]:
    """Anything that somebody did on a day of their leave."""
    for (who, day), rows in by_day(judged(facts)).items():
        person = facts.people.get(who)
        if person is not None and person.away_on(day):
            text = f"{times(len(rows), 'action')} on {say_date(day)}, while the person was on leave."
            yield finding(facts, Rule.ON_LEAVE, who, rows, text, ("First", clock(rows[0].at)))


def watched(facts: Facts) -> Iterator[Finding]:
    """Every opening of a record, and work on it, while an officer had it watched."""
    for (who, patient_id), rows in by_patient(row for row in judged(facts) if row.opens or row.works).items():
        patient = facts.patients.get(patient_id)
        seen = [row for row in rows if patient is not None and patient.watched_at(row.at)]
        if patient is None or not seen:
            continue
        text = f"Account {patient.account} is watched; this person touched it {times(len(seen), 'time')}."
        yield finding(
            facts, Rule.WATCHED, who, seen, text, ("Account", patient.account), ("Actions", _said_count(seen))
        )


def _own_record(name: str, facts: Facts) -> PatientFacts | None:
    words = sorted(name.split())
    if len(words) < 2:
        return None
    for each in facts.patients.values():
        if sorted(fold(f"{each.first} {each.last}").split()) == words:
            return each
    return None


def _said_count(rows: Sequence[Row]) -> str:
    opened = sum(row.opens for row in rows)
    return f"opened {opened}, changed {len(rows) - opened}"
