"""Merges of records in and out; `merged` follows what they say (BILLING R1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.merging import Known
from medbill_desktop.storage import merged
from medbill_desktop.storage.tables import charge, contact, coverage, document, patient, patient_merge, user, visit


@dataclass(frozen=True, slots=True)
class MergeRow:
    id: Id
    survivor_id: Id
    merged_id: Id
    guarantor_before: Id
    relationship_before: str
    guarantor_after: Id
    relationship_after: str
    guarantor_joined: Id | None
    made_by: Id
    made_at: datetime
    undone_by: Id | None = None
    undone_at: datetime | None = None


def add(conn: Connection, row: MergeRow) -> None:
    """Write the link and follow it."""
    conn.execute(insert(patient_merge).values({name: getattr(row, name) for name in MergeRow.__dataclass_fields__}))
    _set_payer(conn, row.survivor_id, row.guarantor_after, row.relationship_after)
    merged.relink(conn)


def undo(conn: Connection, row: MergeRow, by: Id, at: datetime) -> None:
    """Take the link away; the guarantor of before comes back unless somebody chose another one since."""
    conn.execute(update(patient_merge).where(patient_merge.c.id == row.id).values(undone_by=by, undone_at=at))
    p = patient.c
    now = conn.execute(select(p.guarantor_id, p.relationship).where(p.id == row.survivor_id)).one()
    if tuple(now) == (row.guarantor_after, row.relationship_after):
        _set_payer(conn, row.survivor_id, row.guarantor_before, row.relationship_before)
    merged.relink(conn)


def find(conn: Connection, merge_id: int) -> MergeRow | None:
    row = conn.execute(select(patient_merge).where(patient_merge.c.id == merge_id)).mappings().first()
    return None if row is None else MergeRow(**row)


def of_patient(conn: Connection, patient_id: int) -> list[tuple[MergeRow, str, str]]:
    """Return the merges that stand for a person, with the merged record's account and who made it, newest first."""
    m, family = patient_merge.c, merged.patients(conn, patient_id)
    wanted = (
        select(patient_merge, patient.c.account, func.coalesce(user.c.name, "").label("name"))
        .join(patient, patient.c.id == m.merged_id)
        .outerjoin(user, user.c.id == m.made_by)
        .where(m.undone_at.is_(None), m.merged_id.in_(family))
        .order_by(m.made_at.desc(), m.id.desc())
    )
    return [
        (MergeRow(**{name: row[name] for name in MergeRow.__dataclass_fields__}), row["account"], row["name"])
        for row in conn.execute(wanted).mappings()
    ]


def rows_of(conn: Connection, patient_id: int) -> dict[str, int]:
    """Return how many rows of each kind a person's records hold."""
    family = merged.patients(conn, patient_id)
    kinds = {"coverages": coverage, "visits": visit, "charges": charge, "documents": document, "contacts": contact}
    return {
        name: conn.execute(select(func.count()).select_from(table).where(table.c.patient_id.in_(family))).scalar_one()
        for name, table in kinds.items()
    }


def everyone(conn: Connection) -> Iterator[Known]:
    """Yield every record that was not merged, with what tells that two may be one."""
    p, c = patient.c, coverage.c
    members: dict[int, list[str]] = {}
    for patient_id, member_id in conn.execute(select(c.patient_id, c.member_id).where(c.member_id != "")):
        members.setdefault(patient_id, []).append(member_id)
    columns = (p.id, p.last, p.first, p.birth_date, p.phone)
    for row in conn.execute(select(*columns).where(p.merged_into.is_(None)).execution_options(yield_per=5_000)):
        yield Known(Id(row.id), row.last, row.first, row.birth_date, row.phone, tuple(members.get(row.id, ())))


def later(conn: Connection, row: MergeRow) -> bool:
    """Tell whether another merge into the same record was made after this one and stands."""
    m = patient_merge.c
    same = select(m.id).where(m.survivor_id == row.survivor_id, m.id > row.id, m.undone_at.is_(None))
    return conn.execute(same.limit(1)).first() is not None


def _set_payer(conn: Connection, patient_id: int, guarantor_id: int, relationship: str) -> None:
    chosen = {"guarantor_id": guarantor_id, "relationship": relationship}
    conn.execute(update(patient).where(patient.c.id == patient_id).values(chosen))
