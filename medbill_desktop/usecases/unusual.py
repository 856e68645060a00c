"""What in the log a person should look at: facts gathered here, judged by `domain.detections` (SECURITY A16)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from medbill_desktop.domain import detections, office_hours
from medbill_desktop.domain.audit_facts import Facts, Finding
from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import audit_facts, settings
from medbill_desktop.usecases.declare import Reading, query
from medbill_desktop.usecases.own_staff import visible_to
from medbill_desktop.usecases.watching import HOURS_KEY

HISTORY_DAYS = 45  # thirty days of one's own before the first that is judged, and the fortnight of a billing reason
MOST_DAYS = 400


@dataclass(frozen=True, slots=True)
class FindUnusual:
    """What stands out from `since` to `until`, both included?"""

    since: date
    until: date


@query("audit.unusual", needs=Permission.READ_AUDIT, audit="audit.unusual")
def find_unusual(read: Reading, asked: FindUnusual) -> tuple[Finding, ...]:
    if not 0 <= (asked.until - asked.since).days <= MOST_DAYS:
        raise Refused("The first day is after the last, or more than a year before it. Choose other days.")
    found = unusual_of(read, asked.since, asked.until)
    read.entry.about("audit", None, findings=len(found), days=(asked.until - asked.since).days + 1)
    return found


def unusual_of(read: Reading, since: date, until: date) -> tuple[Finding, ...]:
    """Judge these days; the weekly review counts its findings the same way."""
    # The days of the log are those of this computer, as office hours are.
    begin = datetime.combine(since - timedelta(days=HISTORY_DAYS), time()).astimezone()
    end = datetime.combine(until + timedelta(days=1), time()).astimezone()
    read.watch.step(0, 3, "Reading the log")
    rows = [row for row in audit_facts.rows_since(read.conn, begin) if row.at < end]
    people = audit_facts.people(read.conn)
    read.watch.step(1, 3, "Gathering what the practice knows")
    judged = {row.patient_id for row in rows if row.patient_id is not None and row.day >= since}
    own = audit_facts.namesakes(read.conn, [each.name for each in people.values()])
    patients = audit_facts.patients(read.conn, sorted({*judged, *own}))
    read.watch.step(2, 3, "Looking for what is unusual")
    hours = [(first, office_hours.of_stored(kept)) for first, kept in settings.history(read.conn, HOURS_KEY)]
    found, mine = detections.unusual(Facts(rows, people, patients, since, hours)), visible_to(read)
    return tuple(each for each in found if mine is None or each.user_id in mine)
