"""Recovery kits, who holds them, and each use of one with what it still owes (SECURITY K20-K22)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from medbill_desktop.domain.ids import Id
from medbill_desktop.storage.tables import backup, kit_seen, recovery_kit, recovery_seen, recovery_use, user, vault


@dataclass(frozen=True, slots=True)
class KitRecord:
    """A kit that opens the practice; the line on its paper is kept nowhere."""

    recipient: str
    holder: str
    made_at: datetime
    drilled_at: datetime | None


@dataclass(frozen=True, slots=True)
class MadeKit:
    """A kit that owners are told of, because none of them made it."""

    id: Id
    maker: str
    holder: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class UseRecord:
    """A time somebody used the kit."""

    id: Id
    workstation: int
    began_at: datetime
    kit_at: datetime | None
    epoch_at: datetime | None


@dataclass(frozen=True, slots=True)
class OldBundle:
    """A backup that the kit before opens still."""

    at: datetime
    name: str
    target: str


def kits(conn: Connection, recipients: Sequence[str]) -> tuple[KitRecord, ...]:
    """Return what is known of the kits in the key file; of the one from the setup nothing was written down."""
    founded = conn.execute(select(vault.c.created_at)).scalar_one()
    rows = {row.recipient: row for row in conn.execute(select(recovery_kit))}
    return tuple(_kit(each, rows.get(each), founded) for each in recipients)


def add_kit(
    conn: Connection, kit_id: Id, recipient: str, holder: str, by: Id | None, now: datetime, *, tell_owners: bool
) -> None:
    """Write a kit down; the same one again where it was cut off before the key file took it."""
    if conn.execute(select(recovery_kit.c.id).where(recovery_kit.c.recipient == recipient)).first() is None:
        conn.execute(
            insert(recovery_kit).values(
                id=kit_id, recipient=recipient, holder=holder, made_by=by, made_at=now, tell_owners=tell_owners
            )
        )


def untold(conn: Connection, user_id: Id) -> tuple[MadeKit, ...]:
    """Return the kits that this owner has not acknowledged and did not make, the newest first; retired ones too.

    The page of a retired kit still opens the backups made before, so that an owner hears of it all the same.
    """
    c, seen = recovery_kit.c, select(kit_seen.c.kit_id).where(kit_seen.c.user_id == user_id)
    rows = conn.execute(
        select(c.id, c.holder, c.made_at, user.c.name)
        .join(user, user.c.id == c.made_by)
        .where(c.tell_owners, c.made_by != user_id, c.id.not_in(seen))
        .order_by(c.id.desc())
    )
    return tuple(MadeKit(row.id, row.name, row.holder, row.made_at) for row in rows)


def tell(conn: Connection, kit_id: Id, user_id: Id, now: datetime) -> bool:
    """Write down that an owner knows of a kit; False where owners are told of no such kit."""
    k, c = recovery_kit.c, kit_seen.c
    if conn.execute(select(k.id).where(k.id == kit_id, k.tell_owners)).first() is None:
        return False
    if conn.execute(select(c.kit_id).where(c.kit_id == kit_id, c.user_id == user_id)).first() is None:
        conn.execute(insert(kit_seen).values(kit_id=kit_id, user_id=user_id, at=now))
    return True


def drilled(conn: Connection, kit_id: Id, recipient: str, now: datetime) -> None:
    """Write down that a kit was retyped from its paper; `kit_id` is for one that has no row yet."""
    known = update(recovery_kit).where(recovery_kit.c.recipient == recipient)
    if conn.execute(known.values(drilled_at=now)).rowcount == 0:
        founded = conn.execute(select(vault.c.created_at)).scalar_one()
        conn.execute(
            insert(recovery_kit).values(id=kit_id, recipient=recipient, holder="", made_at=founded, drilled_at=now)
        )


def level(conn: Connection, recipients: Sequence[str], now: datetime) -> None:
    """Bring the rows to what the key file says: a change of kits that was cut off did not happen (SECURITY K8)."""
    here, c, u = list(recipients), recovery_kit.c, recovery_use.c
    conn.execute(update(recovery_kit).where(c.recipient.in_(here), c.retired_at.is_not(None)).values(retired_at=None))
    conn.execute(update(recovery_kit).where(c.recipient.not_in(here), c.retired_at.is_(None)).values(retired_at=now))
    undone = u.recipient.in_(here) & u.kit_at.is_not(None)
    conn.execute(update(recovery_use).where(undone).values(kit_at=None, epoch_at=None))


def replaced(conn: Connection, recipients: Sequence[str], now: datetime) -> None:
    """Only these kits open the practice from now on: who used another one owes no new kit any more."""
    c, u = recovery_kit.c, recovery_use.c
    gone = c.recipient.not_in(list(recipients)) & c.retired_at.is_(None)
    conn.execute(update(recovery_kit).where(gone).values(retired_at=now))
    paid = u.recipient.not_in(list(recipients)) & u.kit_at.is_(None)
    conn.execute(update(recovery_use).where(paid).values(kit_at=now))


def new_epoch(conn: Connection, now: datetime) -> None:
    """New keys are in force: whoever used a kit that was replaced owes nothing more."""
    u = recovery_use.c
    conn.execute(update(recovery_use).where(u.kit_at.is_not(None), u.epoch_at.is_(None)).values(epoch_at=now))


def begin_use(conn: Connection, use_id: Id, recipient: str, workstation: int, now: datetime) -> None:
    conn.execute(insert(recovery_use).values(id=use_id, recipient=recipient, workstation=workstation, began_at=now))


def owing(conn: Connection) -> tuple[UseRecord, ...]:
    """Return the uses of a kit after which the practice has no new kit or no new keys yet."""
    c = recovery_use.c
    return tuple(_use(row) for row in conn.execute(select(recovery_use).where(c.epoch_at.is_(None)).order_by(c.id)))


def unseen(conn: Connection, user_id: Id) -> tuple[UseRecord, ...]:
    """Return the uses of a kit that this officer has not acknowledged, the newest first."""
    seen = select(recovery_seen.c.use_id).where(recovery_seen.c.user_id == user_id)
    c = recovery_use.c
    rows = conn.execute(select(recovery_use).where(c.id.not_in(seen)).order_by(c.id.desc()))
    return tuple(_use(row) for row in rows)


def see(conn: Connection, use_id: Id, user_id: Id, now: datetime) -> bool:
    """Write down that an officer knows; False where there is no such use."""
    if conn.execute(select(recovery_use.c.id).where(recovery_use.c.id == use_id)).first() is None:
        return False
    c = recovery_seen.c
    if conn.execute(select(c.use_id).where(c.use_id == use_id, c.user_id == user_id)).first() is None:
        conn.execute(insert(recovery_seen).values(use_id=use_id, user_id=user_id, at=now))
    return True


def bundles_before(conn: Connection, moment: datetime) -> tuple[OldBundle, ...]:
    """Return the backups that lie somewhere still and were made before a moment, the newest first."""
    c = backup.c
    made = select(c.at, c.name, c.target).where(c.at < moment, c.deleted_at.is_(None)).order_by(c.at.desc())
    return tuple(OldBundle(row.at, row.name, row.target) for row in conn.execute(made))


def newest_kit(conn: Connection) -> datetime | None:
    """Return when the newest kit in force was made; None where it is still the one of the setup."""
    c, founded = recovery_kit.c, select(vault.c.created_at).scalar_subquery()
    newest = select(c.made_at).where(c.retired_at.is_(None), c.made_at > founded).order_by(c.made_at.desc()).limit(1)
    return conn.execute(newest).scalar()


def _kit(recipient: str, row: Row[Any] | None, founded: datetime) -> KitRecord:
    if row is None:
        return KitRecord(recipient, "", founded, None)
    return KitRecord(recipient, row.holder, row.made_at, row.drilled_at)


def _use(row: Row[Any]) -> UseRecord:
    return UseRecord(row.id, row.workstation, row.began_at, row.kit_at, row.epoch_at)
