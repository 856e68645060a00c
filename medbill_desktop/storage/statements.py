"""Statements in and out; the content is kept as JSON, so that a reprint says what was mailed (BILLING S6)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, exists, func, insert, select, update

from medbill_desktop.domain.dunning import Step
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.statement_content import PatientBlock, PracticeBlock, ServiceLine, StatementContent
from medbill_desktop.domain.statement_words import Language
from medbill_desktop.storage import merged
from medbill_desktop.storage.tables import journal_line, posting, statement, statement_line


@dataclass(frozen=True, slots=True)
class StatementRecord:
    """A statement as it is kept; its number stands beside the content, because it is given last."""

    id: Id
    number: str
    run_id: Id
    guarantor_id: Id
    patient_id: Id | None
    statement_date: date
    due_date: date
    step: Step
    total_cents: Cents
    content: str = field(repr=False)
    mailed_on: date | None
    withdrawn_on: date | None
    made_at: datetime
    returned_on: date | None = None

    @property
    def open(self) -> bool:
        """Whether it may still be built again: neither mailed nor withdrawn."""
        return self.mailed_on is None and self.withdrawn_on is None


@dataclass(frozen=True, slots=True)
class RunRecord:
    run_id: Id
    made_on: date
    due_on: date
    statements: int
    total_cents: Cents
    mailed: int
    withdrawn: int
    changed_since: int


def add(
    conn: Connection,
    records: Sequence[StatementRecord],
    lines: Iterable[tuple[Id, Id, Id, Cents]],
    made_by: int,
) -> None:
    """Write statements and their lines, each as (id, statement, charge, owed)."""
    conn.execute(insert(statement), [_columns(each) | {"made_by": made_by} for each in records])
    _add_lines(conn, lines)


def _add_lines(conn: Connection, lines: Iterable[tuple[Id, Id, Id, Cents]]) -> None:
    rows = [
        {"id": line_id, "statement_id": statement_id, "charge_id": charge_id, "owe_cents": cents}
        for line_id, statement_id, charge_id, cents in lines
    ]
    if rows:
        conn.execute(insert(statement_line), rows)


def replace(conn: Connection, record: StatementRecord, lines: Iterable[tuple[Id, Id, Id, Cents]]) -> None:
    """Write a statement that was built again; only one that is not mailed."""
    conn.execute(delete(statement_line).where(statement_line.c.statement_id == record.id))
    conn.execute(update(statement).where(statement.c.id == record.id, _open()).values(_columns(record)))
    _add_lines(conn, lines)


def find(conn: Connection, statement_id: int) -> StatementRecord | None:
    return next(iter(_read(conn, statement.c.id == statement_id)), None)


def of_run(conn: Connection, run_id: int) -> list[StatementRecord]:
    """Return the statements of a run that stand, in the order of their numbers."""
    return _read(conn, statement.c.run_id == run_id, statement.c.withdrawn_on.is_(None))


def of_guarantor(conn: Connection, guarantor_id: int) -> list[StatementRecord]:
    """Return everything ever made for a guarantor, the newest first."""
    return _read(conn, statement.c.guarantor_id.in_(merged.guarantors(conn, guarantor_id)))[::-1]


def mark_mailed(conn: Connection, drawn: Mapping[Id, bytes], mailed_on: date) -> int:
    """Say that statements were mailed, and keep each as it was drawn; return how many."""
    going = [{"b_id": each, "page": pages} for each, pages in drawn.items()]
    if going:
        conn.execute(_by_id().values(mailed_on=mailed_on, drawn=bindparam("page")), going)
    return len(going)


def withdraw(conn: Connection, statement_ids: Sequence[int], on: date) -> None:
    """Take back statements that were not mailed."""
    if statement_ids:
        conn.execute(_by_id().values(withdrawn_on=on), [{"b_id": each} for each in statement_ids])


def runs(conn: Connection, limit: int) -> list[RunRecord]:
    """Return the newest runs with their counts."""
    c = statement.c
    live = c.withdrawn_on.is_(None)
    moved = exists(
        select(posting.c.id)
        .join(journal_line, journal_line.c.posting_id == posting.c.id)
        .where(journal_line.c.guarantor_id == c.guarantor_id, posting.c.recorded_at > c.made_at)
    )
    found = conn.execute(
        select(
            c.run_id,
            func.min(c.statement_date),
            func.max(c.due_date),
            func.count().filter(live),
            func.coalesce(func.sum(c.total_cents).filter(live), 0),
            func.count().filter(c.mailed_on.is_not(None)),
            func.count().filter(c.withdrawn_on.is_not(None)),
            func.count().filter(live, c.mailed_on.is_(None), moved),
        )
        .group_by(c.run_id)
        .order_by(c.run_id.desc())
        .limit(limit)
    )
    return [
        RunRecord(Id(run), date.fromisoformat(str(made)), date.fromisoformat(str(due)), many, Cents(cents), *counts)
        for run, made, due, many, cents, *counts in found
    ]


def _open() -> ColumnElement[bool]:
    return and_(statement.c.mailed_on.is_(None), statement.c.withdrawn_on.is_(None))


def _by_id() -> Any:
    return update(statement).where(statement.c.id == bindparam("b_id"), _open())


# Without the drawing: a run of ten thousand would carry them all.
_KEPT: Final = tuple(each for each in statement.c if each.name != "drawn")


def _read(conn: Connection, *which: ColumnElement[bool]) -> list[StatementRecord]:
    return [
        StatementRecord(
            row.id, row.number, row.run_id, row.guarantor_id, row.patient_id, row.statement_date, row.due_date,
            Step(row.step), row.total_cents, row.content, row.mailed_on, row.withdrawn_on, row.made_at,
            row.returned_on,
        )
        for row in conn.execute(select(*_KEPT).where(*which).order_by(statement.c.id))
    ]  # fmt: skip


def _columns(record: StatementRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "number": record.number,
        "run_id": record.run_id,
        "guarantor_id": record.guarantor_id,
        "patient_id": record.patient_id,
        "statement_date": record.statement_date,
        "due_date": record.due_date,
        "step": str(record.step),
        "total_cents": record.total_cents,
        "content": record.content,
        "mailed_on": record.mailed_on,
        "withdrawn_on": record.withdrawn_on,
        "made_at": record.made_at,
    }


def content_text(content: StatementContent) -> str:
    """Return the JSON that is kept; the number is not in it."""
    made = {
        "reference": content.reference,
        "date": content.statement_date.isoformat(),
        "due": content.due_date.isoformat(),
        "step": content.step_words,
        "practice": [content.practice.name, content.practice.address, content.practice.phone],
        "to": content.addressee,
        "patients": [
            [block.name, block.pending_cents, [_line_form(line) for line in block.lines]] for block in content.patients
        ],
        "aging": content.aging,
        "credit": content.credit_cents,
        "total": content.total_cents,
        "message": content.message,
        "envelope": content.envelope,
    }
    if content.language is not Language.ENGLISH:
        made["language"] = content.language
    if content.large_print:
        made["large"] = True
    if content.to_estate:
        made["estate"] = True
    if content.your_credit_cents:
        made["yours"] = content.your_credit_cents
    return json.dumps(made, ensure_ascii=False, separators=(",", ":"))


def _line_form(line: ServiceLine) -> list[Any]:
    said = [
        line.service_date.isoformat(), line.words, line.charged, line.insurance_paid, line.adjusted, line.you_paid,
        line.you_owe, line.with_insurance,
    ]  # fmt: skip
    return said if line.last_day is None else [*said, line.last_day.isoformat()]


def _line(form: list[Any]) -> ServiceLine:
    day, words, *rest = form
    if isinstance(rest[-1], str):
        rest[-1] = date.fromisoformat(rest[-1])
    return ServiceLine(date.fromisoformat(day), words, *rest)


def content_of(record: StatementRecord) -> StatementContent:
    """Return the content of a kept statement."""
    kept = json.loads(record.content)
    name, address, phone = kept["practice"]
    return StatementContent(
        number=record.number,
        reference=kept["reference"],
        statement_date=date.fromisoformat(kept["date"]),
        due_date=date.fromisoformat(kept["due"]),
        step_words=kept["step"],
        practice=PracticeBlock(name, tuple(address), phone),
        addressee=tuple(kept["to"]),
        patients=tuple(
            PatientBlock(label, tuple(_line(each) for each in lines), Cents(pending))
            for label, pending, lines in kept["patients"]
        ),
        aging=tuple(map(Cents, kept["aging"])),
        credit_cents=Cents(kept["credit"]),
        total_cents=Cents(kept["total"]),
        message=kept["message"],
        envelope=kept["envelope"],
        language=Language(kept.get("language", Language.ENGLISH)),
        large_print=kept.get("large", False),
        to_estate=kept.get("estate", False),
        your_credit_cents=Cents(kept.get("yours", 0)),
    )
