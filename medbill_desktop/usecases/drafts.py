"""Half-typed forms that come back after a crash, a seal or a lock (SECURITY L11).

Each is sealed to the person who typed it: nobody else's session can read it. Drafts and preferences are the only
commands without an id: the last one counts, so doing it twice does no harm, and a row for each pause in typing would
only fill the table of commands. `Office.keep_draft` and `Office.drop_draft` do the same behind the person's back,
also while locked.
"""

from dataclasses import dataclass, field
from datetime import datetime

from medbill_desktop.domain.drafts import read_name
from medbill_desktop.domain.fields import cardless
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.names import list_name
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import drafts, merged, patients
from medbill_desktop.usecases.declare import Reading, Work, query, usecase


@dataclass(frozen=True, slots=True)
class SaveDraft:
    """Keep what stands in a form; `form` is the key of a `DraftName`, which names its subject by ids alone."""

    form: str
    plain: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class DropDraft:
    """The form was saved or given up."""

    form: str


@dataclass(frozen=True, slots=True)
class OpenDraft:
    form: str


@dataclass(frozen=True, slots=True)
class ListDrafts:
    """Which forms did I leave half-typed?"""


@dataclass(frozen=True, slots=True)
class DraftLine:
    """A form that was left half-typed; of a patient whose record was merged since, the record that stands for it."""

    form: str
    updated_at: datetime
    patient_id: Id | None = None
    patient: str = field(default="", repr=False)
    was_merged: bool = False


@usecase("draft.save", needs=Permission.SELF)
def save_draft(work: Work, cmd: SaveDraft) -> None:
    sealed = work.session.seal_draft(cardless(cmd.plain))
    drafts.put(work.conn, drafts.DraftRecord(work.new_id(), work.user.id, cmd.form, sealed, work.now))


@usecase("draft.drop", needs=Permission.SELF)
def drop_draft(work: Work, cmd: DropDraft) -> None:
    drafts.drop(work.conn, work.user.id, cmd.form)


@query("draft.open", needs=Permission.SELF)
def open_draft(read: Reading, asked: OpenDraft) -> bytes | None:
    """Return what stood in the form, or None; only one's own."""
    record = drafts.find(read.conn, read.user.id, asked.form)
    found: bytes | None = None if record is None else read.session.open_draft(record.sealed)
    return found


@query("draft.list", needs=Permission.SELF)
def list_drafts(read: Reading, asked: ListDrafts) -> tuple[DraftLine, ...]:
    """Return the own ones, newest first; with a patient's name only where the role may see patients."""
    found = [(each, read_name(each.form)) for each in drafts.of_user(read.conn, read.user.id)]
    asked_ids = [name.patient_id for _, name in found if name.patient_id is not None]
    joined = merged.survivor_of(read.conn, asked_ids)
    names = {each: _name_of(read, joined.get(each, each)) for each in set(asked_ids)}
    return tuple(_line(record, name.patient_id, joined, names) for record, name in found)


def _line(record: drafts.DraftRecord, whose: Id | None, joined: dict[Id, Id], names: dict[Id, str]) -> DraftLine:
    if whose is None:
        return DraftLine(record.form, record.updated_at)
    return DraftLine(record.form, record.updated_at, joined.get(whose, whose), names[whose], whose in joined)


def _name_of(read: Reading, patient_id: Id) -> str:
    record = patients.find(read.conn, patient_id) if Permission.VIEW_ACCOUNT in read.user.permissions else None
    return "" if record is None else list_name(record.details.last, record.details.first)
