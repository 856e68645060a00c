"""What makes an access stand out: records under watch, and the hours of the office (SECURITY A16)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import insert, select, update

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.office_hours import OfficeHours, check_hours, of_stored
from medbill_desktop.domain.problems import Invalid, Refused
from medbill_desktop.domain.users import Permission, User
from medbill_desktop.storage import merged, settings
from medbill_desktop.storage.tables import patient, watched_patient
from medbill_desktop.usecases.declare import Reading, Work, query, usecase

HOURS_KEY: Final = "office_hours"


@dataclass(frozen=True, slots=True)
class WatchPatient:
    """From now on every access to this record is a finding, or no longer is."""

    id: Id
    patient_id: Id
    watched: bool


@dataclass(frozen=True, slots=True)
class AskWatched:
    """Is this record watched?"""

    patient_id: Id


@dataclass(frozen=True, slots=True)
class AskHours:
    """When does the office work?"""


@dataclass(frozen=True, slots=True)
class SetHours:
    """The office works so from today on; what was done before is judged by the hours of its day."""

    id: Id
    hours: OfficeHours


@usecase("patient.watch", needs=Permission.WATCH_RECORDS, topics={"watch"})
def watch_patient(work: Work, cmd: WatchPatient) -> None:
    """Begin or end the watch; where it is so already nothing is written but the row of the log."""
    if work.conn.execute(select(patient.c.id).where(patient.c.id == cmd.patient_id)).first() is None:
        raise Refused("This patient is not there any more. Look the patient up again.")
    c = watched_patient.c
    patient_id = merged.survivor(work.conn, cmd.patient_id)
    now = c.patient_id.in_(merged.patients(work.conn, patient_id)) & c.until.is_(None)
    setters = set(work.conn.execute(select(c.set_by).where(now)).scalars())
    held = bool(setters)
    if held and not cmd.watched and not may_end(work.user, setters):
        # Otherwise a watch would be lifted for the minute of a look, by whom it is there to see.
        raise Refused("Somebody else has this record watched. They end it, or an owner or officer does.")
    if cmd.watched and not held:
        begun = {"id": work.new_id(), "patient_id": patient_id, "since": work.now, "set_by": work.user.id}
        work.conn.execute(insert(watched_patient).values(begun))
    if held and not cmd.watched:
        work.conn.execute(update(watched_patient).where(now).values(until=work.now, ended_by=work.user.id))
    work.entry.about("patient", patient_id, patient_id, watched=cmd.watched)


def may_end(user: User, setters: Collection[int]) -> bool:
    """Tell whether a person may end a watch: their own alone, or who reads the whole log."""
    return Permission.READ_ALL_AUDIT in user.permissions or set(setters) == {user.id}


@query("patient.watched", needs=Permission.WATCH_RECORDS, emergency=False)
def patient_watched(read: Reading, asked: AskWatched) -> bool:
    """Tell those who may set it; whoever is curious must not learn which records are looked after."""
    c = watched_patient.c
    now = c.patient_id.in_(merged.patients(read.conn, asked.patient_id)) & c.until.is_(None)
    return read.conn.execute(select(c.id).where(now)).first() is not None


@query("office.hours", needs=Permission.MANAGE_POLICY)
def office_hours(read: Reading, asked: AskHours) -> OfficeHours:
    return of_stored(settings.value(read.conn, HOURS_KEY, read.today))


@usecase("office.hours_set", needs=Permission.MANAGE_POLICY, topics={"settings"})
def set_hours(work: Work, cmd: SetHours) -> None:
    if problems := check_hours(cmd.hours):
        raise Invalid(problems)
    settings.put(work.conn, HOURS_KEY, cmd.hours.stored(), work.today)
    spans = [span for span in cmd.hours.days if span is not None]
    work.entry.about("setting", None, open_days=len(spans), minutes=sum(last - first for first, last in spans))
