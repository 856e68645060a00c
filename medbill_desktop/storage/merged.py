"""Who is one person, or one payer of bills, by the merges that stand: links are followed here alone (BILLING R1).

A merge rewrites nothing: every row stays with the record it was entered for, and whoever lists rows by patient or
guarantor asks here for all records of that person. A record that was merged carries whom it stands for now.
"""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Table,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)

from medbill_desktop.domain.ids import Id
from medbill_desktop.storage.tables import guarantor, patient, patient_merge


def survivor(conn: Connection, patient_id: int) -> Id:
    """Return the record that stands for this one now; itself where it was not merged."""
    return _root(conn, patient, patient_id)


def patients(conn: Connection, patient_id: int) -> list[Id]:
    """Return every record of the person whose record this is, the surviving one first."""
    return _family(conn, patient, patient_id)


def payer_of_bills(conn: Connection, guarantor_id: int) -> Id:
    """Return the guarantor that this one was joined to; itself where it was not."""
    return _root(conn, guarantor, guarantor_id)


def guarantors(conn: Connection, guarantor_id: int) -> list[Id]:
    """Return every record of this guarantor, the one that gets the statements first."""
    return _family(conn, guarantor, guarantor_id)


def joined_guarantors(conn: Connection) -> dict[int, Id]:
    """Return whom each guarantor was joined to, only those that were: few, or none."""
    g = guarantor.c
    return {row[0]: Id(row[1]) for row in conn.execute(select(g.id, g.merged_into).where(g.merged_into.is_not(None)))}


def survivors(conn: Connection, patient_ids: Iterable[Id]) -> list[Id]:
    """Return the records that stand for these, in the same order, each once."""
    wanted = list(dict.fromkeys(patient_ids))
    merged = survivor_of(conn, wanted)
    return list(dict.fromkeys(merged.get(each, each) for each in wanted))


def survivor_of(conn: Connection, patient_ids: Iterable[Id]) -> dict[Id, Id]:
    """Return whom each of these stands for now, only those that were merged."""
    found = dict[Id, Id]()
    wanted = list(dict.fromkeys(patient_ids))
    for start in range(0, len(wanted), _CHUNK):
        some = {"ids": wanted[start : start + _CHUNK]}
        found |= {Id(row[0]): Id(row[1]) for row in conn.execute(_MERGED_OF, some)}
    return found


def families(conn: Connection, patient_ids: Iterable[Id]) -> dict[Id, list[Id]]:
    """Return every record of each of these people, by the id that was asked; one statement where nobody was merged."""
    wanted = list(dict.fromkeys(patient_ids))
    found = {each: [each] for each in wanted}
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        roots = {each for row in conn.execute(_LINKED, {"ids": some}) for each in row}
        found |= {each: patients(conn, each) for each in some if each in roots}
    return found


def stands_for(table: Any) -> ColumnElement[int]:
    """Return the column that names whom a row of `patient`, or of an alias of it, stands for."""
    return func.coalesce(table.c.merged_into, table.c.id)


def is_one_of(column: Any, patient_id: Any) -> ColumnElement[bool]:
    """Tell in SQL that a column names a record of the person `patient_id`, who is a surviving record."""
    same = patient.alias()
    merged = select(same.c.id).where(same.c.merged_into == patient_id)
    found: ColumnElement[bool] = or_(column == patient_id, column.in_(merged.correlate_except(same)))
    return found


def is_one_payer(column: Any, guarantor_id: Any) -> ColumnElement[bool]:
    """Tell in SQL that a column names a record of the guarantor `guarantor_id`, who gets the statements."""
    same = guarantor.alias()
    joined = select(same.c.id).where(same.c.merged_into == guarantor_id)
    found: ColumnElement[bool] = or_(column == guarantor_id, column.in_(joined.correlate_except(same)))
    return found


def payers_of_bills(conn: Connection, guarantor_ids: Iterable[int]) -> list[Id]:
    """Return the guarantors that these were joined to, in the same order, each once."""
    joined = joined_guarantors(conn)
    return list(dict.fromkeys(joined.get(each, Id(each)) for each in guarantor_ids))


def relink(conn: Connection) -> None:
    """Write beside each record whom it stands for, as the merges that were not undone say."""
    m = patient_merge.c
    live = conn.execute(
        select(m.survivor_id, m.merged_id, m.guarantor_joined, m.guarantor_after).where(m.undone_at.is_(None))
    )
    links = live.all()
    _relink(conn, patient, {row.merged_id: row.survivor_id for row in links})
    _relink(conn, guarantor, {row.guarantor_joined: row.guarantor_after for row in links if row.guarantor_joined})


def _relink(conn: Connection, table: Table, into: dict[int, int]) -> None:
    roots = {}
    for each in into:
        root, seen = each, {each}
        while (following := into.get(root)) is not None and following not in seen:
            root = following
            seen.add(root)
        roots[each] = root
    c = table.c
    stale = select(c.id, c.merged_into).where(c.merged_into.is_not(None))
    for found, was in conn.execute(stale).all():
        if roots.get(found) != was:
            conn.execute(update(table).where(c.id == found).values(merged_into=None))
    for found, root in roots.items():
        conn.execute(update(table).where(c.id == found, c.merged_into.is_distinct_from(root)).values(merged_into=root))


def _root(conn: Connection, table: Table, entry_id: int) -> Id:
    found = conn.execute(select(table.c.merged_into).where(table.c.id == entry_id)).scalar()
    return Id(entry_id if found is None else found)


def _family(conn: Connection, table: Table, entry_id: int) -> list[Id]:
    root = _root(conn, table, entry_id)
    mine = (table.c.id == root) | (table.c.merged_into == root)
    first = case((table.c.id == root, 0), else_=1)
    found = [Id(each) for each in conn.execute(select(table.c.id).where(mine).order_by(first, table.c.id)).scalars()]
    return found or [root]


_CHUNK: Final = 5_000
_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
# Made once: making them takes longer than running them, and they run at every keystroke and every charge.
_LINKED: Final = select(patient.c.id, patient.c.merged_into).where(
    or_(patient.c.id.in_(_IDS), patient.c.merged_into.in_(_IDS)), patient.c.merged_into.is_not(None)
)
_MERGED_OF: Final = select(patient.c.id, patient.c.merged_into).where(
    patient.c.id.in_(_IDS), patient.c.merged_into.is_not(None)
)
