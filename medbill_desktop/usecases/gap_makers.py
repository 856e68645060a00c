"""Who may have made a gap in the log, as far as the log tells: who came in first after it (SECURITY A14).

A restore, or an old file put back, is done without signing in. Whoever sits down first afterwards knew of it, or is
the one who should be asked; so somebody else explains it.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from medbill_desktop.storage.tables import audit, audit_explained
from medbill_desktop.usecases.audit_chain import unconfirmed
from medbill_desktop.usecases.declare import Reading
from medbill_desktop.usecases.reviewers import others

SOMEBODY_ELSE = (
    "You were the first to come in after it happened, so somebody else who signs reviews explains it. Until then it"
    " stays a finding."
)


def came_first(conn: Connection) -> frozenset[int]:
    """Return who signed in first after a restore that waits, and at the first sight of a log that is not reached."""
    return frozenset((*_after_restores(conn), *_at_first_sight(conn)))


def why_not(read: Reading) -> str:
    """Say why the person at the desk does not explain the gap; empty where they may.

    Where nobody else signs reviews they may, and the explanation stays a finding of their own.
    """
    return SOMEBODY_ELSE if read.user.id in came_first(read.conn) and others(read) else ""


def _after_restores(conn: Connection) -> Iterator[int]:
    c = audit.c
    came_in = (c.action == "session.sign_in") & (c.outcome == "done") & c.user_id.is_not(None)
    for restore in unconfirmed(conn):
        first = select(c.user_id).where(came_in, c.seq > restore.seq).order_by(c.seq).limit(1)
        if (who := conn.execute(first).scalar()) is not None:
            yield who


def _at_first_sight(conn: Connection) -> Iterator[int]:
    """A sign-in that finds the log unreached writes that down first, under its own session."""
    c = audit.c
    explained = conn.execute(select(func.coalesce(func.max(audit_explained.c.head_seq), 0))).scalar_one()
    seen = select(c.session).where(c.action == "audit.anchor", c.seq > explained).order_by(c.seq).limit(1)
    session = conn.execute(seen).scalar()
    if session:
        who = select(c.user_id).where(c.action == "session.sign_in", c.outcome == "done", c.session == session)
        if (user := conn.execute(who).scalar()) is not None:
            yield user
