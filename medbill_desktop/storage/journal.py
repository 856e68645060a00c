"""Postings in, balances out. Balances are always derived (BILLING J1)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Account, Cause, Kind, Line, Party, Posting
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Refused
from medbill_desktop.storage.tables import journal_line, posting


class AlreadyReversed(Refused):
    """A posting is reversed once (BILLING J3)."""


def add(
    conn: Connection,
    made: Iterable[tuple[Id, Posting]],
    *,
    user_id: int,
    command_id: int,
    recorded_at: datetime,
    new_id: Callable[[], Id],
) -> None:
    """Write postings with their lines; `command_id` ties together what is undone together."""
    heads, lines = [], []
    for posting_id, each in made:
        heads.append(
            {
                "id": posting_id,
                "posted_on": each.posted_on,
                "recorded_at": recorded_at,
                "kind": str(each.kind),
                "memo": each.memo,
                "user_id": user_id,
                "command_id": command_id,
                "source_kind": each.source_kind,
                "source_id": each.source_id,
                "reverses": each.reverses,
            }
        )
        lines += [{"id": new_id(), "posting_id": posting_id, **_columns(line)} for line in each.lines]
    if heads:
        conn.execute(insert(posting), heads)
        conn.execute(insert(journal_line), lines)


def get(conn: Connection, posting_id: int) -> Posting:
    """Return a posting with its lines; raises Refused where there is none."""
    found = of_ids(conn, [posting_id])
    if posting_id not in found:
        raise Refused("This entry does not exist any more.")
    return found[Id(posting_id)]


def of_ids(conn: Connection, posting_ids: Sequence[int]) -> dict[Id, Posting]:
    heads = conn.execute(select(posting).where(posting.c.id.in_(posting_ids))).mappings().all()
    lines: dict[int, list[Line]] = {}
    wanted = select(journal_line).where(journal_line.c.posting_id.in_(posting_ids)).order_by(journal_line.c.id)
    for row in conn.execute(wanted).mappings():
        lines.setdefault(row["posting_id"], []).append(line_of(row))
    return {
        Id(head["id"]): Posting(
            Kind(head["kind"]),
            head["posted_on"],
            tuple(lines.get(head["id"], ())),
            head["memo"],
            head["source_kind"],
            head["source_id"],
            head["reverses"],
        )
        for head in heads
    }


def line_of(row: Mapping[Any, Any]) -> Line:
    values = {name: row[name] for name in _LINE_COLUMNS}
    values["account"] = Account(row["account"])
    values["cause"] = None if row["cause"] is None else Cause(row["cause"])
    return Line(**values)


_LINE_COLUMNS = tuple(Line.__dataclass_fields__)


def _columns(line: Line) -> dict[str, Any]:
    return {name: getattr(line, name) for name in _LINE_COLUMNS}


def is_reversed(conn: Connection, posting_id: int) -> bool:
    return conn.execute(select(posting.c.id).where(posting.c.reverses == posting_id)).first() is not None


def live_by_source(conn: Connection, source_kind: str, source_id: int) -> list[Id]:
    """Return the ids of the postings of one source document that are neither reversals nor reversed."""
    mirrors = select(posting.c.reverses).where(posting.c.reverses.is_not(None))
    found = conn.execute(
        select(posting.c.id)
        .where(
            posting.c.source_kind == source_kind,
            posting.c.source_id == source_id,
            posting.c.reverses.is_(None),
            posting.c.id.not_in(mirrors),
        )
        .order_by(posting.c.id)
    )
    return [Id(row.id) for row in found]


def owed(conn: Connection, charge_id: int, party: Party) -> Cents:
    """Return what one party owes on one charge; below zero is a credit balance (BILLING J6)."""
    lines = journal_line
    total = select(func.coalesce(func.sum(lines.c.cents), 0)).where(
        lines.c.charge_id == charge_id,
        lines.c.account == Account.RECEIVABLE,
        lines.c.coverage_id.is_(party.coverage_id)
        if party.coverage_id is None
        else lines.c.coverage_id == party.coverage_id,
        lines.c.guarantor_id.is_(None) if party.guarantor_id is None else lines.c.guarantor_id == party.guarantor_id,
    )
    return Cents(conn.execute(total).scalar_one())


def credit(conn: Connection, guarantor_id: int) -> Cents:
    """Return the unapplied credit of a guarantor as a positive amount."""
    lines = journal_line
    total = select(func.coalesce(func.sum(lines.c.cents), 0)).where(
        lines.c.guarantor_id == guarantor_id, lines.c.account == Account.PATIENT_CREDIT
    )
    return Cents(-conn.execute(total).scalar_one())


def trial_balance(conn: Connection, until: date | None = None) -> dict[Account, Cents]:
    """Return the sum of each account; together they are zero (BILLING J9)."""
    lines = journal_line
    wanted = select(lines.c.account, func.sum(lines.c.cents)).group_by(lines.c.account)
    if until is not None:
        wanted = wanted.join(posting, posting.c.id == lines.c.posting_id).where(posting.c.posted_on <= until)
    return {Account(name): Cents(cents) for name, cents in conn.execute(wanted)}
