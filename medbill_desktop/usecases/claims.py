"""Claims as drafts: listed, opened, made for older visits, made anew on purpose, withdrawn (BILLING X1, X2, R3)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from medbill_desktop.domain.claims import Event, Status, check_void, may_be_made_anew
from medbill_desktop.domain.claims_differences import Difference, differences, hidden, masked
from medbill_desktop.domain.claims_snapshot import Snapshot, frozen, outside_coverage
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Findings, Problem, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import claims, claims_reading
from medbill_desktop.storage.claims import ClaimRow, NewClaim
from medbill_desktop.usecases.claims_following import follow, make_anew, new_claims, today_of, void, write_new
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.posting import check_words

MOST_AT_ONCE: Final = 5_000  # visits in one command; what is left is made by the next
STATUS_WORDS: Final = {each: str(each).capitalize() for each in Status} | {Status.VOIDED: "Withdrawn"}
EVENT_WORDS: Final = {
    Event.MADE: "Draft made",
    Event.VOIDED: "Withdrawn",
    Event.REFRESHED: "Updated from registration",
    Event.RECHARGED: "Its charges changed",
}


@dataclass(frozen=True, slots=True)
class PatientClaims:
    patient_id: Id


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """`with_member_id` shows it whole, which is in the log (UX 7)."""

    claim_id: Id
    with_member_id: bool = False


@dataclass(frozen=True, slots=True)
class ClaimsOfVisits:
    visit_ids: tuple[Id, ...]


@dataclass(frozen=True, slots=True)
class WaitingVisits:
    pass


@dataclass(frozen=True, slots=True)
class MakeDraftClaims:
    """For every visit that a plan owes and no claim holds, or for one: then also where its claim was withdrawn."""

    id: Id
    visit_id: Id | None = None


@dataclass(frozen=True, slots=True)
class MadeClaims:
    claims: int
    charges: int
    cents: Cents
    left: int  # visits that wait still


@dataclass(frozen=True, slots=True)
class RefreshClaim:
    """Take over what registration says today; `shown` is `ClaimCard.today`, what the person agreed to."""

    id: Id
    claim_id: Id
    shown: str


@dataclass(frozen=True, slots=True)
class VoidDraftClaim:
    id: Id
    claim_id: Id
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClaimLine:
    """A claim in the list of a patient; `changes` counts what today's data says otherwise, of a draft alone."""

    id: Id
    number: str
    visit_id: Id
    service_date: date
    payer: str = field(repr=False)
    order: int
    status: Status
    status_words: str
    lines: int
    cents: Cents
    changes: int


@dataclass(frozen=True, slots=True)
class ClaimStep:
    words: str
    reason: str = field(repr=False)
    by: str
    at: datetime
    cents: Cents
    lines: int


@dataclass(frozen=True, slots=True)
class ClaimCard:
    """One claim: what it says, in what today's data differs, and what happened to it."""

    id: Id
    number: str
    visit_id: Id
    status: Status
    status_words: str
    made_at: datetime
    snapshot: Snapshot = field(repr=False)
    member_id: str = field(repr=False)
    sha256: str
    differences: tuple[Difference, ...] = field(repr=False)
    today: str  # the digest of what it would say now; empty where it can't be made anew
    problems: tuple[Problem, ...] = field(repr=False)
    steps: tuple[ClaimStep, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClaimNote:
    """What charge entry says of a claim that it made."""

    number: str
    payer: str = field(repr=False)
    member_id: str = field(repr=False)  # its last four signs
    lines: int


@dataclass(frozen=True, slots=True)
class ClaimsMade:
    """The live claims of visits; `only` where it is one."""

    claims: int
    cents: Cents
    only: ClaimNote | None = field(repr=False)


@query("claim.list", needs=Permission.VIEW_ACCOUNT, audit="claim.list")
def patient_claims(read: Reading, asked: PatientClaims) -> tuple[ClaimLine, ...]:
    """List the claims of a person, the newest service first."""
    rows = claims.of_patient(read.conn, asked.patient_id)
    read.entry.about("patient", asked.patient_id, asked.patient_id, claims=len(rows))
    today = today_of(read.conn, [row for row in rows if may_be_made_anew(row.status)])
    return tuple(_line(row, today.get(row.id)) for row in rows)


@query("claim.open", needs=Permission.VIEW_CLINICAL, audit="claim.open")
def open_claim(read: Reading, asked: OpenClaim) -> ClaimCard:
    """Open one claim; the differences are named, a member id is hidden unless it is asked for."""
    row = claims.get(read.conn, asked.claim_id)
    read.entry.about("claim", row.id, row.patient_id, shown=asked.with_member_id)
    said, today = row.snapshot, _today(read, row)
    found = () if today is None else differences(said, today)
    whole = asked.with_member_id
    steps = tuple(
        ClaimStep(EVENT_WORDS[each.event], each.reason, each.by, each.at, each.cents, each.line_count)
        for each in claims.history(read.conn, row.id)
    )
    return ClaimCard(
        row.id, row.number, row.visit_id, row.status, STATUS_WORDS[row.status], row.made_at, said,
        said.plan.member_id if whole else hidden(said.plan.member_id), row.sha256,
        found if whole else tuple(masked(each) for each in found), "" if today is None else frozen(today).sha256,
        outside_coverage(said), steps,
    )  # fmt: skip


@query("claim.of_visits", needs=Permission.ENTER_CHARGES)
def claims_of_visits(read: Reading, asked: ClaimsOfVisits) -> ClaimsMade:
    """Return what charge entry made for these visits."""
    rows = claims.live_of_visits(read.conn, asked.visit_ids)
    return ClaimsMade(len(rows), Cents(sum(row.cents for row in rows)), _note(rows[0]) if len(rows) == 1 else None)


@query("claim.waiting", needs=Permission.ENTER_CHARGES)
def waiting_visits(read: Reading, asked: WaitingVisits) -> int:
    """Count the visits that a plan owes and no claim holds."""
    return claims.count_waiting(read.conn)


def _for_older_visits(read: Reading, cmd: MakeDraftClaims) -> tuple[NewClaim, ...]:
    """Make the drafts that are lacking, outside the writer."""
    if cmd.visit_id is not None:
        return ()
    waiting = claims.waiting(read.conn, MOST_AT_ONCE)
    found: list[NewClaim] = []
    for start in range(0, len(waiting), claims_reading.AT_ONCE):
        read.watch.step(start, len(waiting), "Making claims")
        facts = claims_reading.of_charges(read.conn, waiting[start : start + claims_reading.AT_ONCE])
        found += (each for visit in facts for each in new_claims(visit))
    return tuple(found)


@usecase(
    "claim.make", needs=Permission.ENTER_CHARGES, topics={"claims"}, prepare=_for_older_visits,
    reads={"claims", "ledger", "patients", "visits", "catalogs", "practice", "privacy"},
)  # fmt: skip
def make_draft_claims(work: Work, cmd: MakeDraftClaims, plan: Sequence[NewClaim]) -> MadeClaims:
    """Make the drafts of visits that were charged before there were claims, or of one whose claim was withdrawn."""
    if cmd.visit_id is None:
        write_new(work, plan)
        left = claims.count_waiting(work.conn)
        made = MadeClaims(len(plan), sum(len(each.charge_ids) for each in plan), _sum(plan), left)
    else:
        made = _of_one_visit(work, cmd.visit_id)
    work.entry.about("claims", cmd.visit_id, claims=made.claims, charges=made.charges, cents=made.cents)
    return made


@usecase("claim.refresh", needs=Permission.ENTER_CHARGES, topics={"claims"})
def refresh_claim(work: Work, cmd: RefreshClaim) -> int:
    """Make a draft anew of today's data, as it was shown; returns in how many things it differs (BILLING E55)."""
    row = _draft(work, cmd.claim_id)
    today = _today(work, row)
    if today is None or frozen(today).sha256 != cmd.shown:
        raise Refused("Something changed since this was shown. Nothing was done; look at the claim again.")
    changes = differences(row.snapshot, today)
    if not changes:
        raise Refused("The claim says what registration says. There is nothing to update.")
    make_anew(work, row, today, Event.REFRESHED)
    work.entry.about("claim", row.id, row.patient_id, changes=len(changes))
    return len(changes)


@usecase("claim.void", needs=Permission.ENTER_CHARGES, topics={"claims"})
def void_draft_claim(work: Work, cmd: VoidDraftClaim) -> None:
    """Withdraw a claim before any payer has it; its charges wait until a person makes one again (BILLING XT16)."""
    found = Findings()
    row = claims.get(work.conn, cmd.claim_id)
    check_void(row.status, cmd.reason, found)
    check_words(found, "reason", cmd.reason)
    found.raise_stops()
    void(work, row, cmd.reason.strip(), let_go=False)
    work.entry.about("claim", row.id, row.patient_id, cents=row.cents)


def _of_one_visit(work: Work, visit_id: Id) -> MadeClaims:
    for row in claims.withdrawn_of_visit(work.conn, visit_id):
        claims.hold(work.conn, row.id, row.coverage_id, ())
    before = {row.id for row in claims.live_of_visits(work.conn, [visit_id])}
    follow(work, claims.of_visit(work.conn, visit_id))
    new = [row for row in claims.live_of_visits(work.conn, [visit_id]) if row.id not in before]
    if not new:
        raise Refused("No plan owes anything for this visit that is not on a claim already.")
    return MadeClaims(len(new), sum(row.line_count for row in new), Cents(sum(row.cents for row in new)), 0)


def _today(read: Reading, row: ClaimRow) -> Snapshot | None:
    """Return what a draft would say now; None of one that can't be made anew."""
    return today_of(read.conn, [row]).get(row.id) if may_be_made_anew(row.status) else None


def _line(row: ClaimRow, today: Snapshot | None) -> ClaimLine:
    said = row.snapshot
    changes = 0 if today is None else len(differences(said, today))
    return ClaimLine(
        row.id, row.number, row.visit_id, said.service_date, said.plan.payer.name, said.plan.order, row.status,
        STATUS_WORDS[row.status], row.line_count, row.cents, changes,
    )  # fmt: skip


def _draft(work: Work, claim_id: Id) -> ClaimRow:
    row = claims.get(work.conn, claim_id)
    if not may_be_made_anew(row.status):
        raise Refused(f"Claim {row.number} is {row.status}. Only a draft is made anew.")
    return row


def _note(row: ClaimRow) -> ClaimNote:
    plan = row.snapshot.plan
    return ClaimNote(row.number, plan.payer.name, hidden(plan.member_id), row.line_count)


def _sum(plan: Sequence[NewClaim]) -> Cents:
    return Cents(sum(each.cents for each in plan))
