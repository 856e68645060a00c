"""Half-typed forms, each sealed to the person who types (SECURITY L11). This room never sees what they say."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, delete, select

from medbill_desktop.domain.ids import Id
from medbill_desktop.storage.dialect import upsert
from medbill_desktop.storage.tables import draft


@dataclass(frozen=True, slots=True)
class DraftRecord:
    id: Id
    user_id: Id
    form: str
    sealed: bytes = field(repr=False)
    updated_at: datetime


def put(conn: Connection, record: DraftRecord) -> None:
    """Keep the draft of a form in the place of the one before."""
    row = {
        "id": record.id,
        "user_id": record.user_id,
        "form": record.form,
        "sealed": record.sealed,
        "updated_at": record.updated_at,
    }
    conn.execute(upsert(draft, row, ["user_id", "form"]))


def of_user(conn: Connection, user_id: int) -> list[DraftRecord]:
    """Return a person's drafts, newest first."""
    rows = conn.execute(select(draft).where(draft.c.user_id == user_id).order_by(draft.c.updated_at.desc()))
    return [DraftRecord(Id(row.id), Id(row.user_id), row.form, row.sealed, row.updated_at) for row in rows]


def find(conn: Connection, user_id: int, form: str) -> DraftRecord | None:
    return next((each for each in of_user(conn, user_id) if each.form == form), None)


def drop(conn: Connection, user_id: int, form: str) -> bool:
    """Forget a draft; False where there is none."""
    own = (draft.c.user_id == user_id) & (draft.c.form == form)
    return conn.execute(delete(draft).where(own)).rowcount == 1


def drop_older(conn: Connection, before: datetime) -> int:
    """Forget what nobody has come back to; return how many."""
    return int(conn.execute(delete(draft).where(draft.c.updated_at < before)).rowcount)
