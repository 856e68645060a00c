"""The audit log: reading it, and walking its chain against the anchors outside (SECURITY A8, A9, A11, A12)."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import islice
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Text, func, select, type_coerce

from medbill_desktop.documents.csv_file import as_csv
from medbill_desktop.domain.audit_words import say_action, say_facts, say_outcome, say_reason
from medbill_desktop.domain.names import list_name
from medbill_desktop.domain.users import Permission
from medbill_desktop.security import audit_mac
from medbill_desktop.security.audit_mac import Anchor, Epoch
from medbill_desktop.storage.tables import audit, audit_epoch, backup, patient, user
from medbill_desktop.usecases.declare import Reading, query
from medbill_desktop.usecases.watch import Watch

MOST_FAULTS: Final = 1000
MOST_ROWS: Final = 1000
_WHOSE: Final = ("account", "last", "first", "middle", "suffix")
_EXPORT_HEAD: Final = (
    "Row", "Time (UTC)", "Person", "Workstation", "Action", "Account", "Patient", "Outcome", "Reason", "Facts",
)  # fmt: skip
_STEP: Final = 5000

Fault = audit_mac.Fault
FaultKind = audit_mac.FaultKind


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
class VerifyAudit:
    """Walk the whole chain."""


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """What the walk found; `faults` holds at most the first thousand."""

    rows: int
    head_seq: int
    head: str  # the first 16 hex digits, as printed at month-end
    anchors: int
    faults: tuple[Fault, ...]

    @property
    def verified(self) -> bool:
        return not self.faults


@dataclass(frozen=True, slots=True)
class ListAudit:
    """Rows of the log, newest first, from below `before`."""

    before: int | None = None
    limit: int = 200
    user_id: int | None = None
    patient_id: int | None = None
    action: str = ""  # the beginning of an action
    actions: tuple[str, ...] = ()  # or exactly these
    seqs: tuple[int, ...] = ()  # the rows behind a finding
    outcome: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One row as it is read."""

    seq: int
    at: datetime
    user_id: int | None
    user_name: str
    workstation: int
    action: str
    subject_kind: str | None
    subject_id: int | None
    patient_id: int | None
    outcome: str
    reason: str | None
    detail: Mapping[str, Any] = field(default_factory=dict)
    patient: str = field(default="", repr=False)
    account: str = ""

    @property
    def id(self) -> int:
        return self.seq


@dataclass(frozen=True, slots=True)
class ListPeople:
    """Everybody who may stand in the log, also who left."""


@dataclass(frozen=True, slots=True)
class PersonInLog:
    """Somebody by whom the log is filtered."""

    id: int
    name: str
    active: bool


@dataclass(frozen=True, slots=True)
class ExportAudit:
    """Make a file of the rows that the screen shows."""

    lines: tuple[AuditLine, ...] = field(repr=False)


@query("audit.verify", needs=Permission.READ_AUDIT, audit="audit.verify")
def verify_audit(read: Reading, asked: VerifyAudit) -> AuditVerdict:
    trail: Trail = read.session.trail
    verdict = walked(read.conn, trail, read.watch)
    if trail.anchor_missing:
        text = "This computer remembers no row of the log: what it kept was removed."
        verdict = replace(verdict, faults=(Fault(verdict.head_seq, FaultKind.ANCHOR, text), *verdict.faults))
    read.entry.about("audit", verdict.head_seq, rows=verdict.rows, faults=len(verdict.faults))
    return verdict


@query("audit.read", needs=Permission.READ_AUDIT, audit="audit.read")
def list_audit(read: Reading, asked: ListAudit) -> tuple[AuditLine, ...]:
    c = audit.c
    joined = audit.outerjoin(user, user.c.id == c.user_id).outerjoin(patient, patient.c.id == c.patient_id)
    whose = [patient.c[each].label(f"patient_{each}") for each in _WHOSE]
    lines = select(audit, user.c.name, *whose).select_from(joined)
    lines = lines.order_by(c.seq.desc()).limit(min(asked.limit, MOST_ROWS))
    if asked.before is not None:
        lines = lines.where(c.seq < asked.before)
    if asked.user_id is not None:
        lines = lines.where(c.user_id == asked.user_id)
    if asked.patient_id is not None:
        lines = lines.where(c.patient_id == asked.patient_id)
        read.entry.patient_id = asked.patient_id
    if asked.action:
        lines = lines.where(c.action.startswith(asked.action, autoescape=True))
    if asked.actions:
        lines = lines.where(c.action.in_(asked.actions))
    if asked.seqs:
        lines = lines.where(c.seq.in_(asked.seqs[:MOST_ROWS]))
    if asked.outcome:
        lines = lines.where(c.outcome == asked.outcome)
    if asked.since is not None:
        lines = lines.where(c.at >= asked.since)
    if asked.until is not None:
        lines = lines.where(c.at < asked.until)
    found = tuple(_line(row) for row in read.conn.execute(lines).mappings())
    read.entry.about("audit", found[0].seq if found else None, rows=len(found))
    return found


@query("log.people", needs=Permission.READ_AUDIT)
def list_people(read: Reading, asked: ListPeople) -> tuple[PersonInLog, ...]:
    everyone = select(user.c.id, user.c.name, user.c.active).order_by(user.c.active.desc(), user.c.folded)
    return tuple(PersonInLog(row.id, row.name, bool(row.active)) for row in read.conn.execute(everyone))


@query("audit.export", needs=Permission.BULK_EXPORT, audit="audit.export")
def export_audit(read: Reading, asked: ExportAudit) -> bytes:
    """Return the rows as CSV; its last line carries the head of the chain, by which the file can be held to the log."""
    last = read.conn.execute(select(audit.c.seq, audit.c.mac).order_by(audit.c.seq.desc()).limit(1)).first()
    seq, head = (0, "") if last is None else (last.seq, last.mac.hex()[:16])
    read.entry.about("audit", seq, rows=len(asked.lines), head=head)
    rows = (
        (
            str(each.seq), each.at.isoformat(timespec="seconds"), each.user_name, str(each.workstation),
            say_action(each.action), each.account, each.patient, say_outcome(each.outcome), say_reason(each.reason),
            "; ".join(f"{title}: {words}" for title, words in say_facts(each.detail)),
        )
        for each in asked.lines
    )  # fmt: skip
    return as_csv([_EXPORT_HEAD, *rows, ("Chain head", str(seq), head)])


def walked(conn: Connection, trail: Trail, watch: Watch) -> AuditVerdict:
    """Walk the chain in this snapshot; also what a backup does before it trusts one (SECURITY B3)."""
    total, last = conn.execute(select(func.count(), func.coalesce(func.max(audit.c.seq), 0)).select_from(audit)).one()
    anchors = (*trail.anchors(), *_backup_anchors(conn))
    rows = _watched(_rows(conn), total, watch)
    faults = tuple(islice(audit_mac.verify(epochs(conn, trail), trail.vault_id, rows, anchors), MOST_FAULTS))
    head = conn.execute(select(audit.c.mac).where(audit.c.seq == last)).scalar()
    return AuditVerdict(total, last, (head or b"").hex()[:16], len(anchors), faults)


def epochs(conn: Connection, trail: Trail) -> list[Epoch]:
    """Return the closed epochs as the database keeps them, and the running one."""
    closed = [
        Epoch(row.epoch, row.mac_key, row.first_seq, row.last_seq, row.last_mac)
        for row in conn.execute(select(audit_epoch).order_by(audit_epoch.c.epoch))
    ]
    first = 1 + max((each.last_seq or 0 for each in closed), default=0)
    return [*closed, Epoch(trail.epoch, trail.key, first)]


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


def _line(row: Mapping[Any, Any]) -> AuditLine:
    return AuditLine(
        seq=row["seq"],
        at=row["at"],
        user_id=row["user_id"],
        user_name=row["name"] or "",
        workstation=row["workstation"],
        action=row["action"],
        subject_kind=row["subject_kind"],
        subject_id=row["subject_id"],
        patient_id=row["patient_id"],
        outcome=row["outcome"],
        reason=row["reason"],
        detail=json.loads(row["detail"]),
        patient=list_name(*(row[f"patient_{each}"] for each in _WHOSE[1:])) if row["patient_account"] else "",
        account=row["patient_account"] or "",
    )
