"""The chain of the audit log, walked against every anchor outside the database (SECURITY A8, A9, A12, A14, A18)."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Text, func, select, type_coerce

from medbill_desktop.security import audit_mac
from medbill_desktop.security.audit_mac import Anchor, Epoch, Start
from medbill_desktop.storage.tables import audit, audit_archive, audit_epoch, audit_explained, backup, user
from medbill_desktop.usecases.watch import Watch

MOST_FAULTS: Final = 1000
RESTORE: Final = "restore"
PURGE: Final = "audit.purge"
_STEP: Final = 5000

Fault = audit_mac.Fault
FaultKind = audit_mac.FaultKind
_EXPLAINABLE: Final = (FaultKind.ANCHOR, FaultKind.SHORT)


class Trail(Protocol):
    """What the open session knows of the log from outside the database; `session.trail`."""

    @property
    def vault_id(self) -> str: ...
    @property
    def epoch(self) -> int: ...
    @property
    def key(self) -> bytes: ...
    def anchors(self) -> tuple[Anchor, ...]:
        """Return the heads written down outside: in the credential store of this computer."""

    @property
    def anchor_missing(self) -> bool:
        """Whether this computer remembers no head at all, which no enrolled computer does."""


@dataclass(frozen=True, slots=True)
class Before:
    """A trail whose anchors were all written before now."""

    vault_id: str
    epoch: int
    key: bytes = field(repr=False)
    known: tuple[Anchor, ...]
    anchor_missing: bool = False

    def anchors(self) -> tuple[Anchor, ...]:
        return self.known

    @classmethod
    def of(cls, trail: Trail) -> "Before":
        return cls(trail.vault_id, trail.epoch, trail.key, trail.anchors())


@dataclass(frozen=True, slots=True)
class Gap:
    """What an officer explained, with a signed note: rows that anchors know and the log does not (SECURITY A14)."""

    first_seq: int
    last_seq: int
    source: str
    person: str
    at: datetime
    note: str = field(repr=False)

    def covers(self, fault: Fault) -> bool:
        """Tell whether the fault is this gap; a restore explains every anchor of the rows it left behind."""
        if fault.kind not in _EXPLAINABLE or fault.anchor_seq is None:
            return False
        return self.first_seq <= fault.anchor_seq <= self.last_seq and self.source in (RESTORE, fault.source)


@dataclass(frozen=True, slots=True)
class RestoreSeen:
    """A restore that stands in the log and that no officer confirmed yet; `left_*` None where the old log was lost."""

    seq: int
    at: datetime
    from_seq: int
    from_head: str
    left_seq: int | None
    left_head: str | None


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """What the walk found; `faults` holds at most the first thousand, `gaps` what officers explained."""

    rows: int
    head_seq: int
    head: str  # the first 16 hex digits, as printed at month-end
    anchors: int
    faults: tuple[Fault, ...]
    gaps: tuple[Gap, ...] = ()
    restores: tuple[RestoreSeen, ...] = ()
    archived: int = 0  # the last row that lies in an archive
    barred: str = ""  # why who looks leaves the explanation to somebody else

    @property
    def verified(self) -> bool:
        return not self.faults


def walked(conn: Connection, trail: Trail, watch: Watch, more: Sequence[Anchor] = ()) -> AuditVerdict:
    """Walk the chain in this snapshot; also what a backup does before it trusts one (SECURITY B3)."""
    total, last = conn.execute(select(func.count(), func.coalesce(func.max(audit.c.seq), 0)).select_from(audit)).one()
    anchors = (*trail.anchors(), *_backup_anchors(conn), *more)
    start, told = _start(conn)
    rows, gaps = _watched(_rows(conn), total, watch), explained(conn)
    found = (*told, *audit_mac.verify(epochs(conn, trail), trail.vault_id, rows, anchors, start))
    faults = tuple(islice((each for each in found if not any(gap.covers(each) for gap in gaps)), MOST_FAULTS))
    head = conn.execute(select(audit.c.mac).where(audit.c.seq == last)).scalar()
    return AuditVerdict(
        total, last, (head or b"").hex()[:16], len(anchors), faults, gaps, unconfirmed(conn),
        0 if start is None else start.seq,
    )  # fmt: skip


def epochs(conn: Connection, trail: Trail) -> list[Epoch]:
    """Return the closed epochs as the database keeps them, and the running one."""
    closed = [
        Epoch(row.epoch, row.mac_key, row.first_seq, row.last_seq, row.last_mac)
        for row in conn.execute(select(audit_epoch).order_by(audit_epoch.c.epoch))
    ]
    first = 1 + max((each.last_seq or 0 for each in closed), default=0)
    return [*closed, Epoch(trail.epoch, trail.key, first)]


def explained(conn: Connection) -> tuple[Gap, ...]:
    """Return what officers explained, the oldest first."""
    c = audit_explained.c
    noted = select(audit_explained, user.c.name).join(user, user.c.id == c.user_id).order_by(c.id)
    return tuple(Gap(row.seq, row.until_seq, row.source, row.name, row.at, row.note) for row in conn.execute(noted))


def unconfirmed(conn: Connection) -> tuple[RestoreSeen, ...]:
    """Return the restores in the log that no officer signed since."""
    c = audit_explained.c
    signed = conn.execute(select(func.max(c.head_seq)).where(c.source == RESTORE)).scalar() or 0
    rows = select(audit.c.seq, audit.c.at, audit.c.detail).where(audit.c.action == RESTORE, audit.c.seq > signed)
    found = []
    for row in conn.execute(rows.order_by(audit.c.seq)):
        told = json.loads(row.detail)
        found.append(
            RestoreSeen(
                row.seq, row.at, int(told["from_seq"]), str(told["from_head"]), told["left_seq"], told["left_head"]
            )
        )
    return tuple(found)


def _start(conn: Connection) -> tuple[Start | None, tuple[Fault, ...]]:
    """Return where the log begins, and a fault where the row is missing by which it says so itself.

    Without that row anybody with the key could cut the head off and call it archived.
    """
    c = audit_archive.c
    newest = conn.execute(select(c.last_seq, c.last_mac).order_by(c.last_seq.desc()).limit(1)).first()
    if newest is None:
        return None, ()
    told = select(audit.c.detail).where(audit.c.action == PURGE, audit.c.outcome == "done")
    said = [json.loads(each) for each in conn.execute(told).scalars()]
    if any(each.get("last_seq") == newest.last_seq and each.get("mac") == newest.last_mac.hex() for each in said):
        return Start(newest.last_seq, newest.last_mac), ()
    text = f"Rows up to {newest.last_seq} are called archived, and no row of the log says so."
    return Start(newest.last_seq, newest.last_mac), (Fault(newest.last_seq, FaultKind.MISSING, text),)


def _backup_anchors(conn: Connection) -> Iterator[Anchor]:
    newest = select(backup.c.audit_seq, backup.c.audit_head, backup.c.name).order_by(backup.c.audit_seq)
    for row in conn.execute(newest):
        yield Anchor(row.audit_seq, row.audit_head, f"the receipt of backup {row.name}")


def _rows(conn: Connection) -> Iterator[tuple[int, dict[str, Any], bytes]]:
    """Yield (seq, sealed form, mac); the moment stays the stored text, which is what the chain covers."""
    covered = [each for each in audit.c if each.name not in ("seq", "mac")]
    plain = [type_coerce(each, Text).label(each.name) if each.name == "at" else each for each in covered]
    names = [each.name for each in covered]
    stream = conn.execution_options(stream_results=True)
    for seq, mac, *values in stream.execute(select(audit.c.seq, audit.c.mac, *plain).order_by(audit.c.seq)):
        yield seq, dict(zip(names, values, strict=True)), mac


def _watched(
    rows: Iterator[tuple[int, dict[str, Any], bytes]], total: int, watch: Watch
) -> Iterator[tuple[int, dict[str, Any], bytes]]:
    for done, row in enumerate(rows):
        if done % _STEP == 0:
            watch.step(done, total, "Verifying the audit log")
        yield row
