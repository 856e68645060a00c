"""Receipts of backups, the identity they are encrypted to, and the folder they go to (SECURITY B6, B9)."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from medbill_desktop.domain.ids import Id, IdMaker
from medbill_desktop.storage.dialect import upsert
from medbill_desktop.storage.tables import audit, backup, backup_identity, command, setting

_TARGET: Final = "backup.target"
_COLUMN: Final = {"size": "bytes"}
_FIELD: Final = {"bytes": "size"}
_SLACK: Final = timedelta(days=1)  # an id is made before its command is sent


@dataclass(frozen=True, slots=True)
class Receipt:
    """A backup that was made; `audit_head` anchors the log outside the running database (SECURITY A12)."""

    id: Id
    at: datetime
    target: str
    name: str
    size: int  # in bytes
    sha256: str
    manifest_sha256: str
    audit_seq: int
    audit_head: bytes
    verified_at: datetime | None
    other_disk: bool
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """The practice's own key to its backups; old ones stay, to read old bundles (SECURITY B19)."""

    line: str = field(repr=False)
    recipient: str


@dataclass(frozen=True, slots=True)
class ChosenFolder:
    """The folder backups go to, and the word in its marker file that proves the right volume is there (B17)."""

    folder: str
    marker: str


def add(conn: Connection, made: Receipt) -> None:
    conn.execute(insert(backup).values({_COLUMN.get(name, name): value for name, value in asdict(made).items()}))


def receipts(conn: Connection, limit: int, target: str | None = None) -> tuple[Receipt, ...]:
    """Return the newest receipts first; those of one target where it is named."""
    wanted = select(backup).order_by(backup.c.at.desc(), backup.c.id.desc()).limit(limit)
    if target is not None:
        wanted = wanted.where(backup.c.target == target, backup.c.deleted_at.is_(None))
    return tuple(_receipt(row) for row in conn.execute(wanted).mappings())


def newest_verified(conn: Connection, *, other_disk_only: bool = False) -> Receipt | None:
    """Return the receipt that was verified last, among those that still lie at their target."""
    wanted = select(backup).where(backup.c.verified_at.is_not(None), backup.c.deleted_at.is_(None))
    if other_disk_only:
        wanted = wanted.where(backup.c.other_disk)
    row = conn.execute(wanted.order_by(backup.c.verified_at.desc()).limit(1)).mappings().first()
    return None if row is None else _receipt(row)


def _receipt(row: Mapping[Any, Any]) -> Receipt:
    return Receipt(**{_FIELD.get(name, name): value for name, value in row.items()})


def mark_deleted(conn: Connection, target: str, names: Iterable[str], at: datetime) -> None:
    conn.execute(update(backup).where(backup.c.target == target, backup.c.name.in_(tuple(names))).values(deleted_at=at))


def identity(conn: Connection) -> Identity | None:
    """Return the identity that new backups are encrypted to; None before the first backup."""
    row = conn.execute(
        select(backup_identity.c.identity, backup_identity.c.recipient)
        .where(backup_identity.c.retired_at.is_(None))
        .order_by(backup_identity.c.id.desc())
        .limit(1)
    ).first()
    return None if row is None else Identity(row.identity, row.recipient)


def add_identity(conn: Connection, new_id: Id, made: Identity, at: datetime) -> None:
    conn.execute(insert(backup_identity).values(id=new_id, identity=made.line, recipient=made.recipient, created_at=at))


def chosen_folder(conn: Connection, today: date) -> ChosenFolder | None:
    row = conn.execute(
        select(setting.c.value)
        .where(setting.c.key == _TARGET, setting.c.effective_from <= today)
        .order_by(setting.c.effective_from.desc())
        .limit(1)
    ).first()
    return None if row is None else ChosenFolder(**json.loads(row.value))


def choose_folder(conn: Connection, today: date, chosen: ChosenFolder) -> None:
    value = json.dumps(asdict(chosen), sort_keys=True)
    conn.execute(upsert(setting, {"key": _TARGET, "effective_from": today, "value": value}, ["key", "effective_from"]))


def changed_since(conn: Connection, receipt: Receipt) -> bool:
    """Tell whether anybody wrote anything since this backup was taken."""
    since = command.c.id > IdMaker(1).make(receipt.at - _SLACK)  # ids are ordered by time: no scan of all commands
    work = select(command.c.id).where(since, command.c.at > receipt.at, command.c.case_name.not_like("backup.%"))
    return conn.execute(work.limit(1)).first() is not None


def last_try_failed(conn: Connection, action: str, since_seq: int) -> bool:
    """Tell whether the last row of this action failed; only rows behind the last good backup are read."""
    row = conn.execute(
        select(audit.c.outcome)
        .where(audit.c.seq > since_seq, audit.c.action == action)
        .order_by(audit.c.seq.desc())
        .limit(1)
    ).first()
    return row is not None and row.outcome in ("failed", "refused")
