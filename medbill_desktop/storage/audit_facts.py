"""What the detections need of the database: rows of the log, people, and what there was to bill (SECURITY A16)."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, select

from medbill_desktop.domain.audit_facts import PatientFacts, Person, Row
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Account
from medbill_desktop.domain.names import fold
from medbill_desktop.storage import merged, search
from medbill_desktop.storage.tables import (
    audit,
    journal_line,
    leave,
    patient,
    payment,
    statement,
    user,
    visit,
    watched_patient,
)

MOST_NAMESAKES = 5
_AT_ONCE = 500


def rows_since(conn: Connection, since: datetime) -> list[Row]:
    """Return the rows from this moment on in the order of seq; moments as the clock on this wall showed them.

    One that was written while the clock stood too early lies among them, and keeps its place.
    """
    c = audit.c
    first = conn.execute(select(func.min(c.seq)).where(c.at >= since)).scalar()
    if first is None:
        return []
    wanted = select(
        c.seq, c.at, c.user_id, c.workstation, c.session, c.action, c.outcome, c.subject_id, c.patient_id, c.detail
    )
    found = conn.execute(wanted.where(c.seq >= first).order_by(c.seq))
    return [
        Row(
            row.seq, row.at.astimezone(), row.user_id, row.workstation, row.session, row.action,
            row.outcome, row.subject_id, row.patient_id, json.loads(row.detail),
        )
        for row in found
    ]  # fmt: skip


def people(conn: Connection) -> dict[int, Person]:
    """Return everybody who ever had a sign-in; of those without one when it was taken away."""
    c = audit.c
    removals = select(c.subject_id, func.max(c.at)).where(c.action == "user.deactivate", c.outcome == "done")
    left: dict[int, datetime | str] = {row[0]: row[1] for row in conn.execute(removals.group_by(c.subject_id))}
    away: defaultdict[int, list[tuple[date, date | None]]] = defaultdict(list)
    for row in conn.execute(select(leave.c.user_id, leave.c.first_day, leave.c.last_day, leave.c.back_on)):
        # Who came back on the first day was never away; the span is then empty, and no day lies in it.
        last = row.last_day if row.back_on is None else min(row.last_day, row.back_on - timedelta(days=1))
        away[row.user_id].append((row.first_day, last))
    everyone = conn.execute(select(user.c.id, user.c.name, user.c.active))
    return {
        row.id: Person(row.id, row.name, None if row.active else _moment(left.get(row.id)), tuple(away[row.id]))
        for row in everyone
    }


def patients(conn: Connection, ids: Sequence[int]) -> dict[int, PatientFacts]:
    """Return what is known of these patients: reasons and watches of every record that is the same person."""
    found: dict[int, PatientFacts] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        same = merged.families(conn, [Id(each) for each in some])
        every = sorted({each for records in same.values() for each in records})
        reasons, owing, watches = _reasons(conn, every), _owing(conn, every), _watches(conn, every)
        for row in conn.execute(select(patient).where(patient.c.id.in_(some))):
            place = f"{fold(row.street)} {row.zip[:5]}" if row.street else ""
            own = same[row.id]
            days = frozenset[date]().union(*(reasons[each] for each in own)) | {row.created_at.date()}
            found[row.id] = PatientFacts(
                row.id, row.account, row.last, row.first, place, row.phone, row.deceased_on, days,
                not owing.isdisjoint(own), tuple(span for each in own for span in watches[each]),
            )  # fmt: skip
    return found


def namesakes(conn: Connection, names: Iterable[str]) -> list[Id]:
    """Return the patients that carry the name of somebody with a sign-in; `names` begin with the first name."""
    wanted = []
    for name in names:
        *given, last = fold(name).split() or [""]
        if given:
            wanted.append(" ".join((last, *given)))
    return search.find(conn, wanted, MOST_NAMESAKES * len(wanted)) if wanted else []


def _reasons(conn: Connection, ids: Sequence[int]) -> defaultdict[int, set[date]]:
    """Return the days of visits, payments and statements; a write-off is no reason for itself."""
    found: defaultdict[int, set[date]] = defaultdict(set)
    p = patient.c
    for wanted in (
        select(visit.c.patient_id, visit.c.service_date).where(visit.c.patient_id.in_(ids)),
        select(p.id, payment.c.received_on).where(p.id.in_(ids), payment.c.guarantor_id == p.guarantor_id),
        select(p.id, statement.c.statement_date).where(p.id.in_(ids), statement.c.guarantor_id == p.guarantor_id),
    ):
        for who, when in conn.execute(wanted):
            found[who].add(when)
    return found


def _watches(conn: Connection, ids: Sequence[int]) -> defaultdict[int, list[tuple[datetime, datetime | None]]]:
    """Return from when till when each record was watched."""
    found: defaultdict[int, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    c = watched_patient.c
    for row in conn.execute(select(c.patient_id, c.since, c.until).where(c.patient_id.in_(ids)).order_by(c.since)):
        found[row.patient_id].append((row.since, row.until))
    return found


def _owing(conn: Connection, ids: Sequence[int]) -> set[int]:
    """Return the patients with an open charge, with whomever it is, or whose guarantor has credit to give back."""
    c, p = journal_line.c, patient.c
    charges = select(c.patient_id).where(c.patient_id.in_(ids), c.account == Account.RECEIVABLE)
    credit = select(p.id).where(p.id.in_(ids), c.guarantor_id == p.guarantor_id, c.account == Account.PATIENT_CREDIT)
    open_ones = charges.group_by(c.patient_id, c.charge_id).having(func.sum(c.cents) != 0)
    return {
        *conn.execute(open_ones).scalars(),
        *conn.execute(credit.group_by(p.id).having(func.sum(c.cents) != 0)).scalars(),
    }


def _moment(stored: datetime | str | None) -> datetime | None:
    moment = datetime.fromisoformat(stored) if isinstance(stored, str) else stored
    return None if moment is None else moment.astimezone()
