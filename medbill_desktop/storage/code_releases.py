"""Releases of code sets: the one that comes with the program, and those that were imported (BILLING C3, EDI K).

What is looked up while somebody types is kept as one packed text per release and read into memory once (`CodeBook`);
what is looked up by number alone lies in rows. Pairs of one code are packed together: 2.6 million of them take 10 MB.
"""

import gzip
import zlib
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from threading import Lock
from typing import Any, Final

from sqlalchemy import Connection, Table, insert, select

from medbill_desktop import assets
from medbill_desktop.domain.code_books import CodeBook
from medbill_desktop.domain.code_sets import CodeSet, Release, in_force
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.medicare_prices import Locality, Values
from medbill_desktop.storage.tables import code_release, gpci, mue_limit, ncci_group, rvu

SHIPPED: Final = "codes/icd10cm.txt.gz"
MOST_BOOKS: Final = 3
MOST_UNPACKED: Final = 64 * 1024 * 1024
IN_ONE_STATEMENT: Final = 5_000
_BOOKS: "OrderedDict[str, CodeBook]" = OrderedDict()  # by digest: public lists, the same for every practice
_SHIPPED: list[Release] = []
_LOCK: Final = Lock()
_EVERY: Final = select(
    *(
        code_release.c[name]
        for name in ("code_set", "label", "effective_from", "row_count", "sha256", "id", "imported_at")
    )
)


@dataclass(frozen=True, slots=True)
class Imported:
    """A release as Settings lists it; `imported_at` None: it comes with the program."""

    release: Release
    imported_at: datetime | None


def shipped() -> Release:
    """Return the release of ICD-10-CM that comes with the program."""
    with _LOCK:
        if not _SHIPPED:
            raw = assets.path(SHIPPED).read_bytes()
            head, _, text = gzip.decompress(raw).decode("utf-8").partition("\n")
            code_set, label, first_day = head.split("\t")
            rows = text.count("\n")
            digest = sha256(raw).hexdigest()
            _SHIPPED.append(Release(CodeSet(code_set), label, date.fromisoformat(first_day), rows, digest))
        return _SHIPPED[0]


def every(conn: Connection) -> list[Imported]:
    """Return all releases, the newest of each set first."""
    found = [
        Imported(Release(CodeSet(row[0]), row[1], row[2], row[3], row[4], Id(row[5])), row[6])
        for row in conn.execute(_EVERY)
    ]
    found.append(Imported(shipped(), None))
    order = list(CodeSet)
    found.sort(key=lambda each: each.release.effective_from, reverse=True)
    return sorted(found, key=lambda each: order.index(each.release.code_set))


def of_day(conn: Connection, code_set: CodeSet, day: date) -> Release | None:
    return in_force([each.release for each in every(conn)], code_set, day)


def parts_of_day(conn: Connection, code_set: CodeSet, day: date) -> list[Release]:
    """Return the files that make the release of a day together, as the four of NCCI do."""
    found = of_day(conn, code_set, day)
    releases = (each.release for each in every(conn))
    return [
        each for each in releases
        if found is not None and each.code_set == code_set and each.effective_from == found.effective_from
    ]  # fmt: skip


def book(conn: Connection, release: Release) -> CodeBook:
    """Return a release to look up in; read once, then held."""
    with _LOCK:
        if release.sha256 in _BOOKS:
            _BOOKS.move_to_end(release.sha256)
            return _BOOKS[release.sha256]
    if release.release_id is None:
        text = gzip.decompress(assets.path(SHIPPED).read_bytes()).decode("utf-8").partition("\n")[2].rstrip("\n")
    else:
        wanted = select(code_release.c.content).where(code_release.c.id == release.release_id)
        text = unpacked(conn.execute(wanted).scalar_one())
    made = CodeBook(text)
    with _LOCK:
        _BOOKS[release.sha256] = made
        while len(_BOOKS) > MOST_BOOKS:
            _BOOKS.popitem(last=False)
    return made


def is_ready(release: Release) -> bool:
    """Tell whether a book is in memory already."""
    with _LOCK:
        return release.sha256 in _BOOKS


def find(conn: Connection, code_set: CodeSet, effective_from: date, digest: str) -> Id | None:
    """Return the release that has this very content and day."""
    c = code_release.c
    wanted = select(c.id).where(c.code_set == code_set, c.effective_from == effective_from, c.sha256 == digest)
    found = conn.execute(wanted).scalar()
    return None if found is None else Id(found)


def add(conn: Connection, release_id: Id, release: Release, by: Id, at: datetime, content: bytes | None) -> None:
    conn.execute(
        insert(code_release).values(
            id=release_id, code_set=release.code_set.value, label=release.label, effective_from=release.effective_from,
            sha256=release.sha256, row_count=release.rows, imported_at=at, imported_by=by, content=content,
        )
    )  # fmt: skip


def add_values(conn: Connection, release_id: Id, rows: Sequence[Values]) -> None:
    names = Values.__dataclass_fields__
    _add(conn, rvu, ({"release_id": release_id} | {n: getattr(each, n) for n in names} for each in rows))


def add_localities(conn: Connection, release_id: Id, rows: Sequence[Locality]) -> None:
    names = Locality.__dataclass_fields__
    _add(conn, gpci, ({"release_id": release_id} | {n: getattr(each, n) for n in names} for each in rows))


def add_limits(conn: Connection, release_id: Id, rows: Sequence[tuple[str, int, int]]) -> None:
    _add(conn, mue_limit, ({"release_id": release_id, "code": c, "units": u, "kind": k} for c, u, k in rows))


def add_pairs(conn: Connection, release_id: Id, groups: Sequence[tuple[str, int, bytes]]) -> None:
    """Write the packed pairs of each first code: lines of other code, first day, last day, helps."""
    _add(conn, ncci_group, ({"release_id": release_id, "code": c, "part": p, "pairs": b} for c, p, b in groups))


def _add(conn: Connection, table: Table, rows: Iterable[dict[str, Any]]) -> None:
    chunk: list[dict[str, Any]] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == IN_ONE_STATEMENT:
            conn.execute(insert(table), chunk)
            chunk = []
    if chunk:
        conn.execute(insert(table), chunk)


def limits_on(conn: Connection, codes: Sequence[str], day: date) -> dict[str, tuple[int, int]]:
    """Return (units, kind) of codes in the MUE list of a day; empty where none was imported."""
    release = of_day(conn, CodeSet.MUE, day)
    if release is None or not codes:
        return {}
    c = mue_limit.c
    wanted = select(c.code, c.units, c.kind).where(c.release_id == release.release_id, c.code.in_(codes))
    return {row.code: (row.units, row.kind) for row in conn.execute(wanted)}


def pairs_on(conn: Connection, codes: Sequence[str], day: date) -> list[tuple[str, str, int]]:
    """Return the (code, other, helps) pairs among codes that are in force on a day."""
    releases = [each.release_id for each in parts_of_day(conn, CodeSet.NCCI, day)]
    if len(codes) < 2 or not releases:
        return []
    c, found = ncci_group.c, []
    for row in conn.execute(select(c.code, c.pairs).where(c.release_id.in_(releases), c.code.in_(codes))):
        for line in zlib.decompress(row.pairs).decode("ascii").split("\n"):
            other, first, last, helps = line.split(" ")
            # The last day is the day of deletion: whether it still counts is to be confirmed, so it does.
            if other in codes and first <= day.isoformat() and (last == "-" or day.isoformat() <= last):
                found.append((row.code, other, int(helps)))
    return found


def values_on(conn: Connection, day: date) -> dict[tuple[str, str], Values]:
    """Return the relative values of a day by (code, modifier)."""
    release = of_day(conn, CodeSet.RVU, day)
    if release is None:
        return {}
    names = list(Values.__dataclass_fields__)
    wanted = select(*(rvu.c[name] for name in names)).where(rvu.c.release_id == release.release_id)
    made = (Values(*row) for row in conn.execute(wanted))
    return {(each.code, each.modifier): each for each in made}


def localities_on(conn: Connection, day: date) -> list[Locality]:
    release = of_day(conn, CodeSet.GPCI, day)
    if release is None:
        return []
    names = list(Locality.__dataclass_fields__)
    wanted = select(*(gpci.c[name] for name in names)).where(gpci.c.release_id == release.release_id)
    return [Locality(*row) for row in conn.execute(wanted.order_by(gpci.c.name, gpci.c.locality))]


def packed(text: str) -> bytes:
    return zlib.compress(text.encode("utf-8"), 6)


def unpacked(data: bytes) -> str:
    """Undo `packed`; a book never has more than 64 MB."""
    machine = zlib.decompressobj()
    text = machine.decompress(data, MOST_UNPACKED)
    if machine.unconsumed_tail:
        raise ValueError("this is no book")
    return text.decode("utf-8")
