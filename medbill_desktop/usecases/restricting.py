"""What every posting asks of restrictions: no plan is made to owe what is kept from it, and each is tested again.

Postings of all kinds pass here, so that nobody has to remember it: a payment, its return, a transfer, an undo (R9).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Account, Posting
from medbill_desktop.domain.restrictions import (
    ForPlan,
    KeptFromPlan,
    State,
    cleared_for_plan,
    may_disclose_to_plan,
    paid_in_full,
    retested,
)
from medbill_desktop.storage import accounts, journal, restrictions
from medbill_desktop.storage.restrictions import RestrictionRow
from medbill_desktop.usecases.declare import Reading, Work


def for_plan(conn: Connection, payer_id: Id | None, charge_ids: Sequence[Id]) -> ForPlan:
    """Return what an output to a plan may hold; raises KeptFromPlan where a service is restricted (E01)."""
    services, rules = restrictions.for_services(conn, charge_ids)
    return cleared_for_plan(payer_id, services, rules)


def is_kept(read: Reading, charge_id: Id, payer_id: Id | None) -> bool:
    """Tell whether a service is kept from a plan."""
    services, rules = restrictions.for_services(read.conn, [charge_id])
    return not all(may_disclose_to_plan(each, payer_id, rules) for each in services)


def refuse_plans(work: Work, postings: Iterable[Posting]) -> list[RestrictionRow]:
    """Raise KeptFromPlan where these postings together make a plan owe what is kept from it; return what they touch."""
    owed: dict[tuple[Id, Id], int] = {}
    touched: set[Id] = set()
    for posting in postings:
        for line in posting.lines:
            if line.account is Account.RECEIVABLE and line.charge_id is not None:
                touched.add(line.charge_id)
                if line.coverage_id is not None:
                    key = (line.charge_id, line.coverage_id)
                    owed[key] = owed.get(key, 0) + line.cents
    live = restrictions.live_of_charges(work.conn, touched)
    more = {key for key, cents in owed.items() if cents > 0}
    if live and more:
        payers = restrictions.payers_of(work.conn, {coverage_id for _, coverage_id in more})
        by_charge = {row.charge_id: row for row in live}
        for charge_id, coverage_id in more:
            row = by_charge.get(charge_id)
            if row is not None and row.rule.keeps_from(payers.get(coverage_id)):
                raise KeptFromPlan
    return live


def look_again(work: Work, rows: Iterable[RestrictionRow]) -> None:
    """Look whether each service is paid in full now; one that is not any more waits for a person (BILLING R9)."""
    for row in rows:
        if row.charge_id is None:
            continue
        sums = accounts.sums_of_charge(work.conn, row.charge_id)
        if not sums.charged_cents:
            continue  # void, or about to be posted anew: nothing is owed that could be paid
        state = retested(row.state, _is_paid(work, row.charge_id, sums))
        if state is row.state:
            continue
        values: dict[str, Any] = {"state": state}
        if state is State.ACTIVE:
            values["proven_on"] = work.today
        else:
            values |= {"at_risk_on": work.today, "told_on": None, "told_by": None, "told_words": ""}
        restrictions.change(work.conn, row.id, **values)
        work.also("restriction.tested", "restriction", row.id, row.patient_id, state=str(state))
        work.touched.add("privacy")


def begin_lines(work: Work, charge_rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep new services of a restricted visit from the plans as well, before anything is posted for them."""
    whole = {
        row.visit_id: row
        for row in restrictions.of_visits(work.conn, {each["visit_id"] for each in charge_rows})
        if row.charge_id is None and row.rule.stops
    }
    for each in charge_rows:
        if (row := whole.get(each["visit_id"])) is not None:
            add_line(work, row.patient_id, each["visit_id"], each["id"], row)


def add_line(work: Work, patient_id: Id, visit_id: Id, charge_id: Id | None, like: RestrictionRow) -> Id:
    """Write a restriction with the same request as another."""
    new_id = work.new_id()
    values = {"id": new_id, "patient_id": patient_id, "visit_id": visit_id, "charge_id": charge_id,
              "state": State.REQUESTED, "asked_on": like.asked_on, "asked_by": like.asked_by, "noted_by": work.user.id,
              "noted_at": work.now}  # fmt: skip
    restrictions.add(work.conn, values, like.payer_ids)
    return new_id


def keep_for_next(work: Work, charge_id: Id) -> None:
    """Keep what is charged next for the visit from the plans, where a restricted charge was voided."""
    for row in restrictions.live_of_charges(work.conn, [charge_id]):
        every = restrictions.of_visits(work.conn, [row.visit_id])
        if not any(each.charge_id is None and each.rule.stops for each in every):
            add_line(work, row.patient_id, row.visit_id, None, row)


def _is_paid(work: Work, charge_id: Id, sums: accounts.ChargeSums) -> bool:
    discounts = journal.discounted(work.conn, charge_id)
    return paid_in_full(sums.charged_cents, sums.patient_paid_cents, discounts, sums.balance_cents)
