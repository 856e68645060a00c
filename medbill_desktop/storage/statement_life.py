"""What becomes of statements: held, brought back by the post, frozen as they were sent; and wishes about mail."""

import json
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.statement_words import Language
from medbill_desktop.domain.statements import CameBack, Kept, Wish
from medbill_desktop.storage import merged
from medbill_desktop.storage.dialect import upsert
from medbill_desktop.storage.tables import mail_wish, statement, statement_hold, user


@dataclass(frozen=True, slots=True)
class HoldRecord:
    """A hold that is not released; of one charge, or of everything of a guarantor."""

    id: Id
    guarantor_id: Id
    charge_id: Id | None
    reason: str = field(repr=False)
    until_on: date
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class ReturnedRecord:
    """A mailed statement that came back."""

    statement_id: Id
    number: str
    guarantor_id: Id
    patient_id: Id | None
    mailed_on: date
    returned_on: date
    settled_on: date | None
    addressee: tuple[str, ...] = field(repr=False)


def add_hold(
    conn: Connection, hold_id: Id, guarantor_id: int, charge_id: int | None, reason: str, until: date, by: Id,
    at: datetime,
) -> None:  # fmt: skip
    conn.execute(
        insert(statement_hold).values(
            id=hold_id, guarantor_id=guarantor_id, charge_id=charge_id, reason=reason, until_on=until, made_by=by,
            made_at=at,
        )
    )  # fmt: skip


def release(conn: Connection, hold_id: int, on: date, by: Id) -> bool:
    """Release a hold; False where it is released already."""
    live = (statement_hold.c.id == hold_id, statement_hold.c.released_on.is_(None))
    return conn.execute(update(statement_hold).where(*live).values(released_on=on, released_by=by)).rowcount == 1


def holds(conn: Connection, today: date, guarantor_ids: Sequence[int] | None = None) -> list[HoldRecord]:
    """Return the holds in force, the oldest first; those whose day has passed hold nothing any more."""
    c = statement_hold.c
    wanted = [c.released_on.is_(None), c.until_on >= today]
    if guarantor_ids is not None:
        wanted.append(c.guarantor_id.in_(guarantor_ids))
    found = conn.execute(select(statement_hold, user.c.name).join(user, user.c.id == c.made_by).where(*wanted))
    return [
        HoldRecord(Id(row.id), Id(row.guarantor_id), row.charge_id, row.reason, row.until_on, row.name, row.made_at)
        for row in sorted(found, key=lambda row: row.id)
    ]


def kept_now(conn: Connection, today: date, joined: Mapping[int, Id]) -> tuple[dict[int, Kept], set[Id]]:
    """Return what is kept back: all of a guarantor (the longest hold), and single charges."""
    whole: dict[int, Kept] = {}
    single: set[Id] = set()
    for each in holds(conn, today):
        if each.charge_id is not None:
            single.add(each.charge_id)
            continue
        whose = joined.get(each.guarantor_id, each.guarantor_id)
        if whose not in whole or whole[whose].until < each.until_on:
            whole[whose] = Kept(each.until_on, each.reason)
    return whole, single


def returned(conn: Connection, *, but_settled: bool = True) -> list[ReturnedRecord]:
    """Return the statements that came back, the oldest first."""
    c = statement.c
    wanted = [c.returned_on.is_not(None)] + ([c.return_settled_on.is_(None)] if but_settled else [])
    columns = (c.id, c.number, c.guarantor_id, c.patient_id, c.mailed_on, c.returned_on, c.return_settled_on, c.content)
    return [
        ReturnedRecord(
            Id(row.id), row.number, Id(row.guarantor_id), row.patient_id, row.mailed_on, row.returned_on,
            row.return_settled_on, tuple(json.loads(row.content)["to"]),
        )
        for row in conn.execute(select(*columns).where(*wanted).order_by(c.returned_on, c.id))
    ]  # fmt: skip


def came_back(conn: Connection, joined: Mapping[int, Id]) -> dict[int, list[CameBack]]:
    """Return by guarantor which addresses mail came back from and nobody has confirmed since."""
    found = returned(conn)
    survivors = merged.survivor_of(conn, {each.patient_id for each in found if each.patient_id is not None})
    out: dict[int, list[CameBack]] = defaultdict(list)
    for each in found:
        patient_id = None if each.patient_id is None else survivors.get(each.patient_id, each.patient_id)
        whose = joined.get(each.guarantor_id, each.guarantor_id)
        out[whose].append(CameBack(patient_id, each.returned_on, each.addressee[1:]))
    return out


def set_returned(conn: Connection, statement_id: int, on: date) -> None:
    conn.execute(update(statement).where(statement.c.id == statement_id).values(returned_on=on))


def settle_returned(conn: Connection, statement_ids: Sequence[int], on: date) -> None:
    """Say that the address is known to be right after all, or that a new one was used."""
    conn.execute(update(statement).where(statement.c.id.in_(statement_ids)).values(return_settled_on=on))


def find_number(conn: Connection, number: str) -> Any:
    """Return id, guarantor, patient, dates and content of a statement by its number, or None."""
    return conn.execute(select(statement).where(statement.c.number == number)).one_or_none()


def wishes(conn: Connection, joined: Mapping[int, Id]) -> dict[int, Wish]:
    """Return how guarantors want their mail, only those who said so; the one they were joined to has the last word."""
    out: dict[int, Wish] = {}
    for row in conn.execute(select(mail_wish).order_by(mail_wish.c.guarantor_id)):
        whose = joined.get(row.guarantor_id, row.guarantor_id)
        if row.guarantor_id == whose or whose not in out:
            out[whose] = Wish(Language(row.language), row.large_print)
    return out


def set_wish(conn: Connection, guarantor_id: int, wish: Wish, by: Id, at: datetime) -> None:
    row = {
        "guarantor_id": guarantor_id, "language": str(wish.language), "large_print": wish.large_print,
        "to_estate": False, "set_by": by, "set_at": at,
    }  # fmt: skip
    conn.execute(upsert(mail_wish, row, ["guarantor_id"]))


def freeze(marks: Sequence[Sequence[Any]]) -> bytes:
    """Return the marks of one statement as they are kept: a drawing, so that no later template changes it."""
    return zlib.compress(json.dumps(marks, ensure_ascii=False, separators=(",", ":")).encode(), 6)


def thaw(drawn: bytes) -> list[tuple[Any, ...]]:
    """Return the marks of a frozen statement."""
    return [tuple(each) for each in json.loads(zlib.decompress(drawn))]


def drawings(conn: Connection, statement_ids: Sequence[int]) -> dict[Id, bytes]:
    """Return the frozen drawings, only of those that have one."""
    c, out = statement.c, dict[Id, bytes]()
    for start in range(0, len(statement_ids), 500):
        some = c.id.in_(statement_ids[start : start + 500])
        out |= {Id(row[0]): row[1] for row in conn.execute(select(c.id, c.drawn).where(some, c.drawn.is_not(None)))}
    return out
