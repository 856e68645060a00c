"""A guarantor who died: the day, and who settles the estate and gets the mail about it (BILLING R13, S5)."""

from dataclasses import dataclass, field, replace
from datetime import date

from medbill_desktop.domain.estates import REPRESENTATIVE_WORDS, Estate, Representative, checked_estate
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.patients import Flag, Relationship
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import estates, merged, patients
from medbill_desktop.usecases.declare import Reading, Work, query, usecase


@dataclass(frozen=True, slots=True)
class AskEstate:
    guarantor_id: Id


@dataclass(frozen=True, slots=True)
class EstateLine:
    """One representative; the first that is in force gets the mail."""

    estate_id: Id
    estate: Estate = field(repr=False)
    role_words: str
    ended_on: date | None
    in_force: bool


@dataclass(frozen=True, slots=True)
class EstateCard:
    """`died_on` None: nobody noted a death, and mail goes as ever."""

    guarantor_id: Id
    name: str = field(repr=False)
    died_on: date | None = field(repr=False)
    lines: tuple[EstateLine, ...]


@dataclass(frozen=True, slots=True)
class NoteEstate:
    """Note the death and whom to write to from a day on; a later note takes the place of an earlier one."""

    id: Id
    guarantor_id: Id
    died_on: date | None = field(repr=False)
    estate: Estate = field(repr=False)


@dataclass(frozen=True, slots=True)
class EndEstate:
    """They settle it no more: without another nobody gets mail."""

    id: Id
    estate_id: Id


@query("estate.open", needs=Permission.VIEW_ACCOUNT, audit="estate.open")
def open_estate(read: Reading, asked: AskEstate) -> EstateCard:
    root = merged.payer_of_bills(read.conn, asked.guarantor_id)
    record = patients.find_guarantor(read.conn, root)
    if record is None:
        raise Refused("This guarantor is not in this practice.")
    read.entry.about("guarantor", root)
    rows = estates.of_guarantor(read.conn, root)
    live = [each.id for each in rows if _holds(each, read.today)]
    lines = tuple(
        EstateLine(each.id, each.estate, REPRESENTATIVE_WORDS[Representative(each.estate.role)], each.ended_on,
                   each.id in live[:1])
        for each in rows
    )  # fmt: skip
    return EstateCard(root, record.details.mailing_name, _died_on(read, root), lines)


@usecase("estate.note", needs=Permission.REGISTER, topics={"patients", "statements"})
def note_estate(work: Work, cmd: NoteEstate) -> Id:
    """Let what is owed go to whoever settles the estate; nothing that was sent or posted changes."""
    root, found = merged.payer_of_bills(work.conn, cmd.guarantor_id), Findings()
    if patients.find_guarantor(work.conn, root) is None:
        raise Refused("This guarantor does not exist. Nothing was changed.")
    made = checked_estate(cmd.estate, cmd.died_on, work.today, found)
    own = _own_patient(work, root)
    if cmd.died_on is not None and own is not None and cmd.died_on < own.details.birth_date:
        found.stop("died", "died_on", "The day of death lies before the birth date.")
    found.raise_stops()
    changed = cmd.died_on != _died_on(work, root)
    patients.set_flag(work.conn, root, Flag.DECEASED, cmd.died_on)
    if own is not None and own.details.deceased_on != cmd.died_on:
        died = replace(own, details=replace(own.details, deceased_on=cmd.died_on), version=own.version + 1)
        patients.change(work.conn, own, died, own.version)
    new_id = work.new_id()
    estates.add(work.conn, new_id, root, made, work.user.id, work.now)
    work.entry.about("guarantor", root, None if own is None else own.id, role=str(made.role), day_changed=changed)
    return new_id


@usecase("estate.end", needs=Permission.REGISTER, topics={"patients", "statements"})
def end_estate(work: Work, cmd: EndEstate) -> None:
    if not estates.end(work.conn, cmd.estate_id, work.today, work.user.id):
        raise Refused("This has ended already.")
    work.entry.about("estate", cmd.estate_id)


def _holds(row: estates.EstateRow, today: date) -> bool:
    return row.estate.first_day <= today and (row.ended_on is None or row.ended_on > today)


def _died_on(read: Reading, root: Id) -> date | None:
    """Return the day of death that is noted on any record of the guarantor."""
    found = [patients.find_guarantor(read.conn, each) for each in merged.guarantors(read.conn, root)]
    days = [each.flags[Flag.DECEASED] for each in found if each is not None and Flag.DECEASED in each.flags]
    return min(days, default=None)


def _own_patient(read: Reading, root: Id) -> patients.PatientRecord | None:
    """Return the guarantor's own record as a patient, where they are one."""
    for each in patients.of_guarantor(read.conn, root):
        record = patients.find(read.conn, each)
        if record is not None and record.relationship == Relationship.SELF:
            return record
    return None
