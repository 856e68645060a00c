"""Audit rows in and out. The MAC is given by the caller: keys are not storage's business (SECURITY A8, A11)."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from medbill_desktop.storage.tables import audit

Link = Callable[[bytes | None, int, Mapping[str, Any]], bytes]

# Said once: both stand in every command, and SQLAlchemy takes longer to put them together than SQLite to do them.
_HEAD: Final = select(audit.c.seq, audit.c.mac, audit.c.at).order_by(audit.c.seq.desc()).limit(1)
_INSERT: Final = insert(audit)


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One row of the log; `detail` holds allow-listed ids, numbers and counts, never what was typed."""

    at: datetime
    user_id: int | None
    workstation: int
    session: str
    action: str
    outcome: str
    subject_kind: str | None = None
    subject_id: int | None = None
    patient_id: int | None = None
    reason: str | None = None
    detail: Mapping[str, Any] | None = None


def append(conn: Connection, row: AuditRow, link: Link) -> int:
    """Write the row behind the last one and return its seq; the link covers every column but the mac."""
    return append_all(conn, (row,), link)


def append_all(conn: Connection, rows: Iterable[AuditRow], link: Link) -> int:
    """Write rows one behind the other and return the seq of the last; 0 in a log that is empty still."""
    last, made = head(conn), []
    seq, mac, at = (0, None, None) if last is None else last
    for row in rows:
        regressed = at is not None and row.at < at
        columns = _columns(_with_detail(row, clock_regressed=True) if regressed else row)
        seq, at = seq + 1, row.at
        mac = link(mac, seq, sealed_form(columns))
        made.append({"seq": seq, "mac": mac, **columns})
    if made:
        conn.execute(_INSERT, made)
    return seq


def _columns(row: AuditRow) -> dict[str, Any]:
    return {
        "at": row.at,
        "user_id": row.user_id,
        "workstation": row.workstation,
        "session": row.session,
        "action": row.action,
        "subject_kind": row.subject_kind,
        "subject_id": row.subject_id,
        "patient_id": row.patient_id,
        "outcome": row.outcome,
        "reason": row.reason,
        "detail": json.dumps(dict(row.detail or {}), sort_keys=True, separators=(",", ":")),
    }


def sealed_form(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Return the row as the chain covers it: JSON types only, the moment as its stored text."""
    return {
        name: value.isoformat(timespec="microseconds") if isinstance(value, datetime) else value
        for name, value in columns.items()
        if name not in ("seq", "mac")
    }


def head(conn: Connection) -> tuple[int, bytes, datetime] | None:
    """Return (seq, mac, time) of the last row, or None in an empty log."""
    row = conn.execute(_HEAD).first()
    return None if row is None else (row.seq, row.mac, row.at)


def rows(conn: Connection, after: int = 0) -> Iterator[tuple[int, dict[str, Any], bytes]]:
    """Yield (seq, sealed form, mac) in the order of seq, as the verifier reads them."""
    for row in conn.execute(select(audit).where(audit.c.seq > after).order_by(audit.c.seq)).mappings():
        yield row["seq"], sealed_form({str(k): v for k, v in row.items()}), row["mac"]


def _with_detail(row: AuditRow, **more: Any) -> AuditRow:
    return replace(row, detail={**(row.detail or {}), **more})
