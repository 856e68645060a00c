"""The audit log as it is read and exported (SECURITY A11, A15); its chain is walked in `audit_chain`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from medbill_desktop.documents.csv_file import as_csv
from medbill_desktop.domain.audit_words import say_action, say_facts, say_outcome, say_reason
from medbill_desktop.domain.names import list_name
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import merged
from medbill_desktop.storage.tables import audit, patient, user
from medbill_desktop.usecases.audit_anchors import VerifyAudit, verify_audit
from medbill_desktop.usecases.audit_chain import AuditVerdict, Fault, FaultKind, Trail, epochs, walked
from medbill_desktop.usecases.declare import Reading, query
from medbill_desktop.usecases.own_staff import visible_to

__all__ = [
    "AuditLine", "AuditVerdict", "ExportAudit", "Fault", "FaultKind", "ListAudit", "ListPeople", "PersonInLog", "Trail",
    "VerifyAudit", "epochs", "export_audit", "list_audit", "list_people", "verify_audit", "walked",
]  # fmt: skip

MOST_ROWS: Final = 1000
_WHOSE: Final = ("account", "last", "first", "middle", "suffix")
_EXPORT_HEAD: Final = (
    "Row", "Time (UTC)", "Person", "Workstation", "Action", "Account", "Patient", "Outcome", "Reason", "Facts",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListAudit:
    """Rows of the log, newest first, from below `before`."""

    before: int | None = None
    limit: int = 200
    user_id: int | None = None
    patient_id: int | None = None  # every record of that person, also those that were merged
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


@query("audit.read", needs=Permission.READ_AUDIT, audit="audit.read")
def list_audit(read: Reading, asked: ListAudit) -> tuple[AuditLine, ...]:
    c = audit.c
    joined = audit.outerjoin(user, user.c.id == c.user_id).outerjoin(patient, patient.c.id == c.patient_id)
    whose = [patient.c[each].label(f"patient_{each}") for each in _WHOSE]
    lines = select(audit, user.c.name, *whose).select_from(joined)
    lines = lines.order_by(c.seq.desc()).limit(min(asked.limit, MOST_ROWS))
    if (mine := visible_to(read)) is not None:
        lines = lines.where(c.user_id.in_(mine))
    if asked.before is not None:
        lines = lines.where(c.seq < asked.before)
    if asked.user_id is not None:
        lines = lines.where(c.user_id == asked.user_id)
    if asked.patient_id is not None:
        lines = lines.where(c.patient_id.in_(merged.patients(read.conn, asked.patient_id)))
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
    mine = visible_to(read)
    return tuple(
        PersonInLog(row.id, row.name, bool(row.active))
        for row in read.conn.execute(everyone)
        if mine is None or row.id in mine
    )


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
