"""Payment plans and what was paid since they were made (BILLING S13)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Connection, and_, func, insert, select, update

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Account
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.names import list_name
from medbill_desktop.domain.plans import Instalment, PlanFacts, Standing, progress
from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.refunds import RefundState
from medbill_desktop.storage import merged
from medbill_desktop.storage.dialect import insert_many
from medbill_desktop.storage.tables import guarantor, journal_line, payment, payment_plan, plan_instalment, refund


@dataclass(frozen=True, slots=True)
class PlanRow:
    """A plan as it was written, with what was paid since."""

    number: str
    guarantor_name: str = field(repr=False)
    every: str
    told_rule: bool
    signed_on: date | None
    words: str = field(repr=False)
    facts: PlanFacts


def _read(conn: Connection, *where: Any, limit: int = 10_000) -> list[PlanRow]:
    p, g = payment_plan.c, guarantor.c
    # A copay belongs to its visit, and money that went back paid nothing.
    counts = and_(
        merged.is_one_payer(payment.c.guarantor_id, merged.stands_for(guarantor)),
        payment.c.taken_at > p.made_at, payment.c.visit_id.is_(None),
        payment.c.voided_at.is_(None), payment.c.returned_on.is_(None),
    )  # fmt: skip
    given_back = (
        select(func.coalesce(func.sum(refund.c.cents), 0))
        .where(refund.c.payment_id == payment.c.id, refund.c.state.in_((RefundState.APPROVED, RefundState.PAID)))
        .correlate(payment)
        .scalar_subquery()
    )
    paid = select(func.coalesce(func.sum(payment.c.cents - given_back), 0)).where(counts).scalar_subquery()
    owed = (
        select(func.coalesce(func.sum(journal_line.c.cents), 0))
        .where(
            merged.is_one_payer(journal_line.c.guarantor_id, merged.stands_for(guarantor)),
            journal_line.c.account == Account.RECEIVABLE,
        )
        .correlate(guarantor)
        .scalar_subquery()
    )
    wanted = (
        select(payment_plan, g.last, g.first, paid.label("paid"), owed.label("owed"))
        .join(guarantor, g.id == p.guarantor_id)
        .where(*where)
        .order_by(p.ended_on.is_not(None), p.id.desc())
        .limit(limit)
    )
    rows = conn.execute(wanted).all()
    parts: dict[int, list[Instalment]] = {}
    of = [row.id for row in rows]
    i = plan_instalment.c
    some = i.plan_id.in_(of) if len(of) <= 500 else i.plan_id.is_not(None)
    for row in conn.execute(select(plan_instalment).where(some).order_by(i.plan_id, i.position)):
        parts.setdefault(row.plan_id, []).append(Instalment(row.position, row.due_on, Cents(row.cents)))
    return [
        PlanRow(
            row.number, list_name(row.last, row.first), row.every, row.told_rule, row.signed_on, row.words,
            PlanFacts(Id(row.id), Id(row.guarantor_id), Cents(row.cents), row.made_on, tuple(parts[row.id]),
                      _settled(row), row.ended_on, row.ending),
        )
        for row in rows
    ]  # fmt: skip


def _settled(row: Any) -> Cents:
    """Return what of a plan needs no more money: paid, or while it runs not owed any more for another reason."""
    if row.ended_on is not None:
        return Cents(row.paid)
    return Cents(max(row.paid, row.cents - max(row.owed, 0)))


def get(conn: Connection, plan_id: int) -> PlanRow:
    """Return a plan; raises Refused where there is none."""
    found = _read(conn, payment_plan.c.id == plan_id)
    if not found:
        raise Refused("This plan is not there.")
    return found[0]


def listed(conn: Connection, limit: int = 500) -> list[PlanRow]:
    return _read(conn, limit=limit)


def live_of(conn: Connection, guarantor_id: int) -> PlanRow | None:
    same = merged.guarantors(conn, guarantor_id)
    found = _read(conn, payment_plan.c.guarantor_id.in_(same), payment_plan.c.ended_on.is_(None))
    return found[0] if found else None


def next_due(conn: Connection, today: date) -> dict[Id, date]:
    """Return when each guarantor whose plan is current pays next (BILLING S5)."""
    out, joined = {}, merged.joined_guarantors(conn)
    for row in _read(conn, payment_plan.c.ended_on.is_(None)):
        stands = progress(row.facts, today)
        if stands.standing is Standing.CURRENT and stands.next_due is not None:
            whose = row.facts.guarantor_id
            out[joined.get(whose, whose)] = stands.next_due
    return out


def running_plans(conn: Connection) -> list[PlanRow]:
    return _read(conn, payment_plan.c.ended_on.is_(None))


def running(conn: Connection) -> set[Id]:
    """Return the guarantors whose plan was not ended, whether they keep it or not."""
    live = select(payment_plan.c.guarantor_id).where(payment_plan.c.ended_on.is_(None))
    return set(merged.payers_of_bills(conn, conn.execute(live).scalars()))


def warned_since(conn: Connection, first: date) -> int:
    """Return how many plans of more than four instalments were made since a day."""
    made = select(func.count()).where(payment_plan.c.told_rule, payment_plan.c.made_on >= first)
    return int(conn.execute(made).scalar_one())


def add(conn: Connection, values: dict[str, Any], parts: Sequence[Instalment]) -> None:
    conn.execute(insert(payment_plan).values(ending="", **values))
    rows = [{"plan_id": values["id"], "position": e.position, "due_on": e.due_on, "cents": e.cents} for e in parts]
    insert_many(conn, plan_instalment, rows)


def sign(conn: Connection, plan_id: int, on: date) -> None:
    conn.execute(update(payment_plan).where(payment_plan.c.id == plan_id).values(signed_on=on))


def end(conn: Connection, plan_id: int, on: date, by: Id, ending: str, words: str) -> None:
    done = update(payment_plan).where(payment_plan.c.id == plan_id)
    conn.execute(done.values(ended_on=on, ended_by=by, ending=ending, words=words))
