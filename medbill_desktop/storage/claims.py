"""Claims in and out; nothing a claim once said is ever rewritten (BILLING R3, X1, X2)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, exists, func, select, update
from sqlalchemy.sql import Select

from medbill_desktop.domain.claims import Event, Status, is_out
from medbill_desktop.domain.claims_snapshot import Frozen, Snapshot, sha256_of, thawed
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Account
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Damaged, Refused
from medbill_desktop.storage import merged
from medbill_desktop.storage.charges import chunks
from medbill_desktop.storage.dialect import insert_many
from medbill_desktop.storage.tables import (
    charge,
    claim,
    claim_event,
    claim_line,
    claim_snapshot,
    journal_line,
    ledger_import_row,
    user,
    visit,
)


@dataclass(frozen=True, slots=True)
class NewClaim:
    """A draft in the making; it has its id and number when it is written."""

    visit_id: Id
    patient_id: Id
    coverage_id: Id
    payer_id: Id
    charge_ids: tuple[Id, ...]
    frozen: Frozen = field(repr=False)
    cents: Cents


@dataclass(frozen=True, slots=True)
class ClaimRow:
    """A claim with the snapshot that stands; `content` is its canonical text."""

    id: Id
    number: str
    visit_id: Id
    patient_id: Id
    coverage_id: Id
    payer_id: Id
    status: Status
    snapshot_id: Id
    made_at: datetime
    content: str = field(repr=False)
    sha256: str
    cents: Cents
    line_count: int

    @property
    def snapshot(self) -> Snapshot:
        """Return what it says; raises Damaged where this is not what was written."""
        if sha256_of(self.content) != self.sha256:
            raise Damaged(f"What claim {self.number} says is not what was written. Restore a backup.")
        return thawed(self.content)


@dataclass(frozen=True, slots=True)
class StepRow:
    """A row of a claim's history, with the sum of the snapshot that stood then."""

    step: int
    event: Event
    to_status: Status
    cents: Cents
    line_count: int
    reason: str = field(repr=False)
    by: str
    at: datetime


_OWN: Final = tuple(name for name in ClaimRow.__dataclass_fields__ if name in claim.c)
_ROW: Final = select(
    *(claim.c[name] for name in _OWN), claim_snapshot.c.content, claim_snapshot.c.sha256, claim_snapshot.c.cents,
    claim_snapshot.c.line_count,
).join(claim_snapshot, claim_snapshot.c.id == claim.c.snapshot_id)  # fmt: skip


def get(conn: Connection, claim_id: int) -> ClaimRow:
    """Return a claim; raises Refused where there is none."""
    found = _rows(conn, claim.c.id == claim_id)
    if not found:
        raise Refused("This claim is not there.")
    return found[0]


def of_patient(conn: Connection, patient_id: int) -> list[ClaimRow]:
    """Return every claim of a person, the newest service first."""
    mine = select(visit.c.id).where(visit.c.patient_id.in_(merged.patients(conn, patient_id)))
    rows = _rows(conn, claim.c.visit_id.in_(mine))
    return sorted(rows, key=lambda row: (row.snapshot.service_date, row.id), reverse=True)


def live_of_visits(conn: Connection, visit_ids: Sequence[int]) -> list[ClaimRow]:
    """Return the claims of visits that were not withdrawn."""
    alive = claim.c.status != Status.VOIDED
    return [row for part in chunks(visit_ids) for row in _rows(conn, claim.c.visit_id.in_(part) & alive)]


def history(conn: Connection, claim_id: int) -> list[StepRow]:
    """Return what happened to a claim, in order."""
    c, said = claim_event.c, claim_snapshot.c
    wanted = (
        select(c.step, c.event, c.to_status, said.cents, said.line_count, c.reason, user.c.name, c.made_at)
        .join(claim_snapshot, said.id == c.snapshot_id)
        .join(user, user.c.id == c.made_by)
        .where(c.claim_id == claim_id)
        .order_by(c.step)
    )
    return [StepRow(row[0], Event(row[1]), Status(row[2]), *row[3:]) for row in conn.execute(wanted)]


def refuse_if_out(conn: Connection, charge_id: int) -> None:
    """Raise Refused where a payer may have a claim with this charge, until that is corrected (BILLING J21, X8)."""
    wanted = (
        select(claim.c.number, claim.c.status)
        .join(claim_line, claim_line.c.claim_id == claim.c.id)
        .where(claim_line.c.charge_id == charge_id, claim_line.c.holds)
    )
    for number, status in conn.execute(wanted):
        if is_out(Status(status)):
            raise Refused(f"Claim {number} with this charge is {status}. Correct the claim first, then the charge.")


def add(conn: Connection, new: Sequence[tuple[Id, Id, str, NewClaim]], by: int, at: datetime) -> None:
    """Write drafts, each with its id, the id of its snapshot and its number; with the first row of their history."""
    insert_many(conn, claim_snapshot, [_snapshot(snapshot_id, each.frozen, each.cents, len(each.charge_ids))
                                       for _, snapshot_id, _, each in new])  # fmt: skip
    insert_many(
        conn, claim,
        [{"id": claim_id, "number": number, "visit_id": each.visit_id, "patient_id": each.patient_id,
          "coverage_id": each.coverage_id, "payer_id": each.payer_id,
          "status": str(Status.DRAFT), "snapshot_id": snapshot_id, "made_at": at}
         for claim_id, snapshot_id, number, each in new],
    )  # fmt: skip
    insert_many(
        conn, claim_line,
        [{"claim_id": claim_id, "charge_id": charge_id, "coverage_id": each.coverage_id, "holds": True}
         for claim_id, _, _, each in new for charge_id in each.charge_ids],
    )  # fmt: skip
    insert_many(
        conn, claim_event,
        [{"claim_id": claim_id, "step": 1, "event": str(Event.MADE), "from_status": None,
          "to_status": str(Status.DRAFT), "snapshot_id": snapshot_id, "made_by": by, "made_at": at}
         for claim_id, snapshot_id, _, _ in new],
    )  # fmt: skip


def make_anew(
    conn: Connection, row: ClaimRow, snapshot_id: Id, snapshot: Snapshot, frozen: Frozen, event: Event, reason: str,
    by: int, at: datetime,
) -> None:  # fmt: skip
    """Give a draft a new snapshot, and the charges of it; the one before stays where it is."""
    insert_many(conn, claim_snapshot, [_snapshot(snapshot_id, frozen, snapshot.cents, len(snapshot.lines))])
    changed = {"snapshot_id": snapshot_id, "payer_id": snapshot.plan.payer.id}
    conn.execute(update(claim).where(claim.c.id == row.id).values(changed))
    hold(conn, row.id, row.coverage_id, snapshot.charge_ids)
    _note(conn, row, snapshot_id, event, row.status, reason, by, at)


def void(conn: Connection, row: ClaimRow, status: Status, reason: str, by: int, at: datetime) -> None:
    """Note that a claim is void; its charges are let go by `hold` where they are to be free."""
    conn.execute(update(claim).where(claim.c.id == row.id).values(status=str(status)))
    _note(conn, row, row.snapshot_id, Event.VOIDED, status, reason, by, at)


def hold(conn: Connection, claim_id: Id, coverage_id: Id, charge_ids: Iterable[Id]) -> None:
    """Let a claim hold these charges and no other."""
    c, wanted = claim_line.c, list(charge_ids)
    known = set(conn.execute(select(c.charge_id).where(c.claim_id == claim_id)).scalars())
    mine = update(claim_line).where(c.claim_id == claim_id)
    conn.execute(mine.where(c.charge_id.not_in(wanted), c.holds).values(holds=False))
    conn.execute(mine.where(c.charge_id.in_(wanted), ~c.holds).values(holds=True))
    fresh = [{"claim_id": claim_id, "charge_id": each, "coverage_id": coverage_id, "holds": True}
             for each in wanted if each not in known]  # fmt: skip
    insert_many(conn, claim_line, fresh)


def waiting(conn: Connection, most: int) -> list[Id]:
    """Return one charge of each visit that a plan owes and no claim holds, the oldest service first."""
    c = charge.c
    wanted = select(func.min(c.id)).where(_waits()).group_by(c.visit_id).order_by(func.min(c.service_date)).limit(most)
    return [Id(each) for each in conn.execute(wanted).scalars()]


def count_waiting(conn: Connection) -> int:
    """Return how many visits wait for a claim."""
    return conn.execute(select(func.count(charge.c.visit_id.distinct())).where(_waits())).scalar_one()


def of_visit(conn: Connection, visit_id: int) -> list[Id]:
    """Return the live charges of a visit."""
    wanted = select(charge.c.id).where(charge.c.visit_id == visit_id, charge.c.voided_at.is_(None))
    return [Id(each) for each in conn.execute(wanted).scalars()]


def withdrawn_of_visit(conn: Connection, visit_id: int) -> list[ClaimRow]:
    """Return the claims of a visit that a person withdrew and that hold charges still."""
    held = exists().where(claim_line.c.claim_id == claim.c.id, claim_line.c.holds)
    return _rows(conn, (claim.c.visit_id == visit_id) & (claim.c.status == Status.VOIDED) & held)


def _waits() -> ColumnElement[bool]:
    c, lines = charge.c, journal_line.c
    owed = select(func.sum(lines.cents)).where(
        lines.charge_id == c.id, lines.account == Account.RECEIVABLE, lines.coverage_id == c.coverage_id
    )
    held = exists().where(claim_line.c.charge_id == c.id, claim_line.c.coverage_id == c.coverage_id, claim_line.c.holds)
    imported = exists().where(ledger_import_row.c.charge_id == c.id)
    found: ColumnElement[bool] = (
        c.coverage_id.is_not(None) & c.voided_at.is_(None) & c.claim_item & ~held & ~imported
        & (owed.scalar_subquery() > 0)
    )  # fmt: skip
    return found


def _snapshot(snapshot_id: Id, frozen: Frozen, cents: Cents, lines: int) -> dict[str, Any]:
    return {"id": snapshot_id, "content": frozen.text, "sha256": frozen.sha256, "cents": cents, "line_count": lines}


def _note(
    conn: Connection, row: ClaimRow, snapshot_id: Id, event: Event, to: Status, reason: str, by: int, at: datetime
) -> None:
    last = select(func.coalesce(func.max(claim_event.c.step), 0)).where(claim_event.c.claim_id == row.id)
    step = conn.execute(last).scalar_one() + 1
    insert_many(
        conn, claim_event,
        [{"claim_id": row.id, "step": step, "event": str(event), "from_status": str(row.status), "to_status": str(to),
          "snapshot_id": snapshot_id, "reason": reason, "made_by": by, "made_at": at}],
    )  # fmt: skip


def _rows(conn: Connection, where: Any) -> list[ClaimRow]:
    wanted: Select[Any] = _ROW.where(where).order_by(claim.c.id)
    found = []
    for row in conn.execute(wanted).mappings():
        found.append(ClaimRow(**(dict(row) | {"status": Status(row["status"])})))
    return found
