"""Draft claims follow the charges: gathered as they are posted, changed with them, empty ones voided (BILLING XT1).

Postings of all kinds pass here, so that nobody has to remember it: a charge, its void, a transfer, a restriction.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection

from medbill_desktop.domain.claims import Event, moved
from medbill_desktop.domain.claims_snapshot import Snapshot, frozen, with_lines
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Account, Posting
from medbill_desktop.storage import claims, claims_reading, commands
from medbill_desktop.storage.claims import NewClaim
from medbill_desktop.storage.claims_facts import VisitFacts
from medbill_desktop.storage.claims_reading import AT_ONCE
from medbill_desktop.usecases.declare import Work

IMPORTED: Final = "history"  # the source of postings that another system made: it billed them as well
NOTHING_LEFT: Final = "No charge is left on it."
TOPIC: Final = "claims"


def follow_postings(work: Work, postings: Iterable[Posting]) -> None:
    """Bring claims in step with the charges on which a plan owes more or less than before."""
    touched = {
        line.charge_id
        for posting in postings
        if posting.source_kind != IMPORTED
        for line in posting.lines
        if line.account is Account.RECEIVABLE and line.coverage_id is not None and line.charge_id is not None
    }
    follow(work, sorted(touched))


def follow(work: Work, charge_ids: Sequence[Id]) -> None:
    """Bring the claims of the visits of these charges in step with them; a claim that is no draft stays as it is."""
    visits: dict[Id, None] = {}
    for start in range(0, len(charge_ids), AT_ONCE):
        visits |= dict.fromkeys(claims_reading.visits_of(work.conn, charge_ids[start : start + AT_ONCE]))
    every = list(visits)
    for start in range(0, len(every), AT_ONCE):
        facts = claims_reading.of_visits(work.conn, every[start : start + AT_ONCE])
        write_new(work, [each for visit in facts for each in new_claims(visit)])
        for each in facts:
            if each.held:
                _keep_in_step(work, each)


def gather(work: Work, charges: Sequence[Mapping[str, Any]], diagnoses: Sequence[Mapping[str, Any]]) -> None:
    """Make the claims of charges that this command has written, from the rows themselves (BILLING XT1)."""
    insured = [row for row in charges if row["coverage_id"] is not None]
    if insured:
        facts = claims_reading.of_new_rows(work.conn, insured, diagnoses)
        write_new(work, [each for visit in facts for each in new_claims(visit)])


def new_claims(facts: VisitFacts) -> list[NewClaim]:
    """Return the claims that a visit lacks."""
    made: list[NewClaim] = []
    for coverage_id, charge_ids in facts.following().new.items():
        snapshot = facts.snapshot(coverage_id, charge_ids)
        made.append(
            NewClaim(
                facts.visit_id, facts.patient_id, coverage_id, snapshot.plan.payer.id,
                snapshot.charge_ids, frozen(snapshot), snapshot.cents,
            )
        )  # fmt: skip
    return made


def write_new(work: Work, new: Sequence[NewClaim]) -> list[Id]:
    """Write drafts with their numbers, and return their ids (BILLING XT1)."""
    if not new:
        return []
    first = commands.next_number(work.conn, work.workstation, "claim", len(new))
    rows = [(work.new_id(), work.new_id(), f"{work.workstation}-{first + at}", each) for at, each in enumerate(new)]
    claims.add(work.conn, rows, work.user.id, work.now)
    work.touched.add(TOPIC)
    return [claim_id for claim_id, *_ in rows]


def make_anew(work: Work, row: claims.ClaimRow, snapshot: Snapshot, event: Event, reason: str = "") -> None:
    """Give a draft another snapshot; the one before stays (BILLING R3)."""
    claims.make_anew(
        work.conn, row, work.new_id(), snapshot, frozen(snapshot), event, reason, work.user.id, work.now
    )  # fmt: skip
    work.touched.add(TOPIC)


def void(work: Work, row: claims.ClaimRow, reason: str, *, let_go: bool) -> None:
    """Withdraw a claim; with `let_go` its charges may be gathered again without a person asking (BILLING XT16)."""
    status = moved(row.status, Event.VOIDED)
    claims.void(work.conn, row, status, reason, work.user.id, work.now)
    if let_go:
        claims.hold(work.conn, row.id, row.coverage_id, ())
    work.touched.add(TOPIC)


def today_of(conn: Connection, rows: Sequence[claims.ClaimRow]) -> dict[Id, Snapshot]:
    """Return what drafts would say if they were made now, with the charges that each holds; by claim."""
    found: dict[Id, Snapshot] = {}
    by_id = {row.id: row for row in rows}
    visits = list(dict.fromkeys(row.visit_id for row in rows))
    for start in range(0, len(visits), AT_ONCE):
        for facts in claims_reading.of_visits(conn, visits[start : start + AT_ONCE]):
            alive = {row.id for row in facts.rows}
            for held in facts.held:
                mine = alive & held.charge_ids
                if held.claim_id in by_id and mine:
                    found[held.claim_id] = facts.snapshot(held.coverage_id, mine)
    return found


def _keep_in_step(work: Work, facts: VisitFacts) -> None:
    following = facts.following()
    for claim_id, charge_ids in following.keep.items():
        row = claims.get(work.conn, claim_id)
        was = row.snapshot
        now = with_lines(was, facts.snapshot(row.coverage_id, charge_ids))
        if frozen(now).sha256 != row.sha256:
            make_anew(work, row, now, Event.RECHARGED)
    for claim_id in following.empty:
        void(work, claims.get(work.conn, claim_id), NOTHING_LEFT, let_go=True)
