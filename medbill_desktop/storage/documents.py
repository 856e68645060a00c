"""Scans and documents in and out: the bytes once, whoever they are attached to (SECURITY P15, P16)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.scans import DocumentDetails, Scan
from medbill_desktop.storage.tables import document, document_content, user


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document without its bytes."""

    id: Id
    patient_id: Id
    details: DocumentDetails
    format: str
    bytes: int
    pages: int
    added_at: datetime
    added_by: str
    withdrawn_at: datetime | None
    withdrawn_reason: str = field(repr=False)


def content_id(conn: Connection, sha256: str) -> Id | None:
    """Return the content with this digest, if it is in the vault already."""
    found = conn.execute(select(document_content.c.id).where(document_content.c.sha256 == sha256)).scalar()
    return None if found is None else Id(found)


def add_content(conn: Connection, content_id: Id, sha256: str, scan: Scan, content: bytes) -> None:
    conn.execute(
        insert(document_content).values(
            id=content_id, sha256=sha256, format=scan.format, bytes=len(content), pages=scan.pages, width=scan.width,
            height=scan.height, content=content,
        )
    )  # fmt: skip


def add(
    conn: Connection, document_id: Id, content_id: Id, patient_id: Id, details: DocumentDetails, by: Id, at: datetime
) -> None:
    conn.execute(
        insert(document).values(
            id=document_id, content_id=content_id, patient_id=patient_id, coverage_id=details.coverage_id,
            visit_id=details.visit_id, kind=str(details.kind), title=details.title, dated_on=details.dated_on,
            added_by=by, added_at=at, withdrawn_reason="",
        )
    )  # fmt: skip


def of_patients(conn: Connection, patient_ids: Sequence[Id], kinds: Iterable[str]) -> list[DocumentRow]:
    """Return the documents of these kinds, those that were withdrawn as well, the newest first."""
    c = document.c
    wanted = _ROWS.where(c.patient_id.in_(patient_ids), c.kind.in_(sorted(kinds)))
    return [_row(row) for row in conn.execute(wanted.order_by(c.dated_on.desc(), c.id.desc()))]


def find(conn: Connection, document_id: int) -> DocumentRow | None:
    row = conn.execute(_ROWS.where(document.c.id == document_id)).first()
    return None if row is None else _row(row)


def attached(conn: Connection, content_id: int, patient_ids: Sequence[Id]) -> DocumentRow | None:
    """Return where the same content hangs on one of these patients already and was not withdrawn."""
    c = document.c
    held = _ROWS.where(c.content_id == content_id, c.patient_id.in_(patient_ids), c.withdrawn_at.is_(None))
    row = conn.execute(held.order_by(c.id).limit(1)).first()
    return None if row is None else _row(row)


def content(conn: Connection, document_id: int) -> bytes:
    wanted = select(document_content.c.content).join(document, document.c.content_id == document_content.c.id)
    return bytes(conn.execute(wanted.where(document.c.id == document_id)).scalar_one())


def withdraw(conn: Connection, document_id: int, by: Id, at: datetime, reason: str) -> None:
    mine = update(document).where(document.c.id == document_id)
    conn.execute(mine.values(withdrawn_at=at, withdrawn_by=by, withdrawn_reason=reason))


def total_bytes(conn: Connection) -> tuple[int, int]:
    """Return how many scans the vault holds, and their bytes: so much larger is each backup."""
    c = document_content.c
    count, size = conn.execute(select(func.count(), func.coalesce(func.sum(c.bytes), 0))).one()
    return int(count), int(size)


_ROWS = (
    select(
        document, document_content.c.format, document_content.c.bytes, document_content.c.pages,
        func.coalesce(user.c.name, "").label("name"),
    )
    .join(document_content, document_content.c.id == document.c.content_id)
    .outerjoin(user, user.c.id == document.c.added_by)
)  # fmt: skip


def _row(row: Any) -> DocumentRow:
    details = DocumentDetails(row.kind, row.dated_on, row.title, row.coverage_id, row.visit_id)
    return DocumentRow(
        Id(row.id), Id(row.patient_id), details, row.format, row.bytes, row.pages, row.added_at, row.name,
        row.withdrawn_at, row.withdrawn_reason,
    )  # fmt: skip
