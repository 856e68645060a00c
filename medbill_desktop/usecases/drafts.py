"""Half-typed forms that come back after a crash, a seal or a lock (SECURITY L11).

Each is sealed to the person who typed it: nobody else's session can read it. Drafts and preferences are the only
commands without an id: the last one counts, so doing it twice does no harm, and a row for each pause in typing would
only fill the table of commands. `Office.keep_draft` does the same behind the person's back, also while locked.
"""

from dataclasses import dataclass, field
from datetime import datetime

from medbill_desktop.domain.fields import cardless
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import drafts
from medbill_desktop.usecases.declare import Reading, Work, query, usecase


@dataclass(frozen=True, slots=True)
class SaveDraft:
    """Keep what stands in a form; `form` names the form and its subject by id, such as `patient:17`."""

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
    form: str
    updated_at: datetime


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
    return tuple(DraftLine(each.form, each.updated_at) for each in drafts.of_user(read.conn, read.user.id))
