"""Patients by the beginning of any key: one prefix range, no scan (DESIGN 5).

The keys of a record that was merged find the one that stands for it now.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, delete, select

from medbill_desktop.domain.ids import Id
from medbill_desktop.storage import merged
from medbill_desktop.storage.dialect import insert_many
from medbill_desktop.storage.tables import patient_key

_AFTER_ALL = "\U0010ffff"
_SPARE = 4  # a patient may match by several keys


def find(conn: Connection, prefixes: Sequence[str], limit: int) -> list[Id]:
    """Return the patients with a key that begins with one of `prefixes`, in the order of their keys for each."""
    key, found = patient_key.c.key, dict[Id, None]()
    for prefix in prefixes:
        # One range at a time: of several at once SQLite would read all and sort.
        begins = (key >= prefix) & (key < prefix + _AFTER_ALL)
        wanted = select(patient_key.c.patient_id).where(begins).order_by(key).limit(limit * _SPARE)
        found |= dict.fromkeys(Id(each) for each in conn.execute(wanted).scalars())
    return _survivors(conn, list(found), limit)


def _survivors(conn: Connection, found: Sequence[Id], limit: int) -> list[Id]:
    """Return whom the first of these stand for; no more are looked at than are needed, at every keystroke."""
    out: dict[Id, None] = {}
    for start in range(0, len(found), limit):
        out |= dict.fromkeys(merged.survivors(conn, found[start : start + limit]))
        if len(out) >= limit:
            break
    return list(out)[:limit]


def with_keys(conn: Connection, keys: Sequence[str]) -> list[Id]:
    """Return the patients that have one of exactly these keys."""
    wanted = select(patient_key.c.patient_id).where(patient_key.c.key.in_(keys)).order_by(patient_key.c.patient_id)
    return merged.survivors(conn, (Id(found) for found in conn.execute(wanted).scalars()))


def add(conn: Connection, keys: Iterable[tuple[Id, Iterable[str]]]) -> None:
    """Write the keys of new patients."""
    # In the order of the tree, so that each of its pages is written once.
    rows = sorted((key, patient_id) for patient_id, each in keys for key in each)
    insert_many(conn, patient_key, [{"key": key, "patient_id": patient_id} for key, patient_id in rows])


def replace(conn: Connection, patient_id: Id, old: Iterable[str], new: Iterable[str]) -> None:
    """Exchange the keys of a patient; the table has no index by patient, so the old ones must be known."""
    c, before, after = patient_key.c, set(old), set(new)
    conn.execute(delete(patient_key).where(c.key.in_(sorted(before - after)), c.patient_id == patient_id))
    add(conn, [(patient_id, after - before)])
