"""Holds, archives, and the rows of a year: what keeping the log needs of the database (SECURITY A18)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Text, delete, func, insert, select, type_coerce

from medbill_desktop.domain.log_keeping import end_of_year
from medbill_desktop.storage.engine import purging
from medbill_desktop.storage.tables import audit, audit_archive, backup_identity, legal_hold


@dataclass(frozen=True, slots=True)
class YearRows:
    """The rows of the oldest year that is still in the log; `before` is the mac in front of them."""

    year: int
    first_seq: int
    last_seq: int
    rows: int
    before: bytes
    last_mac: bytes


def oldest_year(conn: Connection) -> YearRows | None:
    """Return the oldest year of the log that has ended in it; None where all rows are of one year.

    A year goes up to the first row of a later one: a row that a wrong clock dated back stays with its neighbours.
    """
    c = audit.c
    first = conn.execute(select(c.seq, c.at).order_by(c.seq).limit(1)).first()
    if first is None:
        return None
    year = first.at.year
    after = conn.execute(select(func.min(c.seq)).where(c.at >= end_of_year(year))).scalar()
    if after is None or after <= first.seq:
        return None
    count = conn.execute(select(func.count()).where(c.seq < after)).scalar_one()
    mac = conn.execute(select(c.mac).where(c.seq == after - 1)).scalar()
    before = conn.execute(select(audit_archive.c.last_mac).where(audit_archive.c.last_seq == first.seq - 1)).scalar()
    return YearRows(year, first.seq, after - 1, count, bytes(before or b""), bytes(mac or b""))


def rows_between(conn: Connection, first: int, last: int) -> Iterator[tuple[int, dict[str, Any], bytes]]:
    """Yield (seq, sealed form, mac) of these rows in their order."""
    covered = [each for each in audit.c if each.name not in ("seq", "mac")]
    plain = [type_coerce(each, Text).label(each.name) if each.name == "at" else each for each in covered]
    names = [each.name for each in covered]
    wanted = select(audit.c.seq, audit.c.mac, *plain).where(audit.c.seq.between(first, last)).order_by(audit.c.seq)
    for seq, mac, *values in conn.execution_options(stream_results=True).execute(wanted):
        yield seq, dict(zip(names, values, strict=True)), bytes(mac)


def purge(conn: Connection, archived: dict[str, Any]) -> int:
    """Write that the rows lie in an archive, take them out, and return how many went; the caller's transaction."""
    with purging(conn):
        conn.execute(insert(audit_archive).values(archived))
        span = audit.c.seq.between(archived["first_seq"], archived["last_seq"])
        return int(conn.execute(delete(audit).where(span)).rowcount)


def holds_now(conn: Connection) -> int:
    """Return how many legal holds stand."""
    standing = legal_hold.c.lifted_at.is_(None)
    return int(conn.execute(select(func.count()).select_from(legal_hold).where(standing)).scalar_one())


def months_at_work(conn: Connection, year: int) -> int:
    """Return in how many calendar months after that year something was written down."""
    month = func.substr(type_coerce(audit.c.at, Text), 1, 7)
    wanted = select(func.count(month.distinct())).where(audit.c.at >= end_of_year(year))
    return int(conn.execute(wanted).scalar_one())


def lifted_by(conn: Connection) -> frozenset[int]:
    """Return who lifted a legal hold, ever."""
    lifters = select(legal_hold.c.lifted_by).where(legal_hold.c.lifted_by.is_not(None))
    return frozenset(conn.execute(lifters).scalars())


def archive_at(conn: Connection, last_seq: int) -> tuple[int, bytes, datetime] | None:
    """Return (year, last mac, when) of the archive that ends at this row."""
    c = audit_archive.c
    row = conn.execute(select(c.year, c.last_mac, c.at).where(c.last_seq == last_seq)).first()
    return None if row is None else (row.year, bytes(row.last_mac), row.at)


def identity_lines(conn: Connection) -> list[str]:
    """Return every backup identity there was, the newest first: old archives open with old ones."""
    c = backup_identity.c
    return list(conn.execute(select(c.identity).order_by(c.id.desc())).scalars())
