"""Invitations and resets: which slot of the key file is locked by a one-time code (SECURITY K13).

The recipient of the slot is what ties the two together: an invitation counts exactly while the key file holds its
slot. So a crash between database and key file leaves the old sign-in or the new one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from medbill_desktop.domain.ids import Id
from medbill_desktop.storage.tables import audit, invitation


@dataclass(frozen=True, slots=True)
class Invitation:
    id: Id
    user_id: Id
    kind: str
    recipient: str
    made_at: datetime
    made_by: Id | None
    expires_at: datetime
    withdrawn: bool = False
    has_arrived: bool = False


def add(conn: Connection, new: Invitation) -> None:
    """Write a new invitation of a person; what was open before is withdrawn."""
    withdraw(conn, new.user_id, new.made_at)
    conn.execute(
        insert(invitation).values(
            id=new.id, user_id=new.user_id, kind=new.kind, recipient=new.recipient, made_at=new.made_at,
            made_by=new.made_by, expires_at=new.expires_at,
        )
    )  # fmt: skip


def withdraw(conn: Connection, user_id: int, at: datetime) -> None:
    """End what is open for a person: they came another way, or will not come."""
    c = invitation.c
    still = (c.user_id == user_id) & c.arrived_at.is_(None) & c.withdrawn_at.is_(None)
    conn.execute(update(invitation).where(still).values(withdrawn_at=at))


def withdraw_of_maker(conn: Connection, made_by: int, at: datetime) -> int:
    """End what is open of the codes that somebody made, and say how many: they may have kept the slips."""
    c = invitation.c
    still = (c.made_by == made_by) & c.arrived_at.is_(None) & c.withdrawn_at.is_(None)
    return conn.execute(update(invitation).where(still).values(withdrawn_at=at)).rowcount


def arrived(conn: Connection, invitation_id: int, at: datetime) -> None:
    conn.execute(update(invitation).where(invitation.c.id == invitation_id).values(arrived_at=at))


def ever_came(conn: Connection, user_id: int) -> bool:
    """Tell whether a person was ever here: not where all there is is an invitation that nobody came with."""
    c = invitation.c
    kinds = conn.execute(select(c.kind, c.arrived_at).where(c.user_id == user_id)).all()
    return not kinds or any(row.arrived_at is not None or row.kind != "invite" for row in kinds)


def of_slot(conn: Connection, recipient: str) -> Invitation | None:
    """Return the invitation whose code locks this slot; None for a slot under a password of the person's own."""
    return next(iter(_read(conn, invitation.c.recipient == recipient)), None)


def newest(conn: Connection) -> dict[int, Invitation]:
    """Return the newest invitation of each person."""
    return {each.user_id: each for each in _read(conn)}


def awaited(conn: Connection) -> frozenset[int]:
    """Return who has a code and has not come with it yet."""
    return frozenset(each.user_id for each in newest(conn).values() if not each.has_arrived and not each.withdrawn)


def latest_time(conn: Connection, now: datetime) -> datetime:
    """Return the later of now and the newest row of the log: a clock set back gives no code a longer life."""
    last = conn.execute(select(func.max(audit.c.at))).scalar()
    return now if last is None else max(now, last if isinstance(last, datetime) else datetime.fromisoformat(last))


def _read(conn: Connection, *where: object) -> Sequence[Invitation]:
    c = invitation.c
    rows = conn.execute(select(invitation).where(*where).order_by(c.made_at, c.id))  # type: ignore[arg-type]
    return [
        Invitation(
            Id(row.id), Id(row.user_id), row.kind, row.recipient, row.made_at,
            None if row.made_by is None else Id(row.made_by), row.expires_at, row.withdrawn_at is not None,
            row.arrived_at is not None,
        )
        for row in rows
    ]  # fmt: skip
