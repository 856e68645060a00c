"""What was signed for a policy, why Medicare pays second, and in which order plans pay (BILLING R6-R8)."""

from dataclasses import dataclass
from datetime import date

from medbill_desktop.domain.coverage_order import MSP_REASONS, Plan, needs_msp_reason, suggested
from medbill_desktop.domain.coverages import Held, overlap, rank_word
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import coverages, merged
from medbill_desktop.usecases.declare import Reading, Work, query, usecase


@dataclass(frozen=True, slots=True)
class CoveragePapers:
    """Signatures with their days; two different ones: to release information (CLM09), to be paid directly (CLM08)."""

    coverage_id: Id
    release_signed_on: date | None = None
    assignment_signed_on: date | None = None
    msp_reason: str = ""
    msp_asked_on: date | None = None


@dataclass(frozen=True, slots=True)
class PapersOf:
    coverage_id: Id


@dataclass(frozen=True, slots=True)
class PapersNow:
    papers: CoveragePapers
    needs_msp: bool  # Medicare that does not pay first, without a reason
    order_reason: str
    order_on: date | None


@dataclass(frozen=True, slots=True)
class SavePapers:
    id: Id
    papers: CoveragePapers


@dataclass(frozen=True, slots=True)
class SuggestOrder:
    patient_id: Id
    on: date | None = None


@dataclass(frozen=True, slots=True)
class SuggestedOrder:
    """The plans in force in the order suggested, with the reasons; `as_it_is` where nothing would change."""

    order: tuple[Id, ...]
    reasons: tuple[str, ...]
    as_it_is: bool


@dataclass(frozen=True, slots=True)
class DecideOrder:
    """A person decides which plan pays first, second, third; the plans are those in force today."""

    id: Id
    patient_id: Id
    order: tuple[Id, ...]
    reason: str = ""


@query("coverage.papers", needs=Permission.VIEW_ACCOUNT)
def papers_of(read: Reading, asked: PapersOf) -> PapersNow:
    row = _found(read, asked.coverage_id)
    held = coverages.papers(read.conn, row.id)
    names = ("release_signed_on", "assignment_signed_on", "msp_reason", "msp_asked_on")
    papers = CoveragePapers(row.id, *(held[name] for name in names))
    needs = needs_msp_reason(held["filing_indicator"], row.rank) and not papers.msp_reason
    return PapersNow(papers, needs, held["order_reason"], held["order_on"])


@usecase("coverage.papers_save", needs=Permission.REGISTER, topics={"patients"})
def save_papers(work: Work, cmd: SavePapers) -> None:
    papers, found = cmd.papers, Findings()
    row = _found(work, papers.coverage_id)
    for name in ("release_signed_on", "assignment_signed_on", "msp_asked_on"):
        day = getattr(papers, name)
        if day is not None and day > work.today:
            found.stop("future", name, "The day lies in the future.", "Type the day on the paper.")
    if papers.msp_reason and papers.msp_reason not in MSP_REASONS:
        found.stop("msp", "msp_reason", "Choose why Medicare pays second.")
    indicator = coverages.papers(work.conn, row.id)["filing_indicator"]
    if papers.msp_reason and not needs_msp_reason(indicator, row.rank):
        found.stop("msp", "msp_reason", "Only Medicare that does not pay first has a reason.", "Leave it empty.")
    if bool(papers.msp_reason) != (papers.msp_asked_on is not None):
        found.stop("msp", "msp_asked_on", "The reason and the day of the questionnaire belong together.", "Fill both.")
    found.raise_stops()
    coverages.set_papers(
        work.conn, row.id, release_signed_on=papers.release_signed_on,
        assignment_signed_on=papers.assignment_signed_on, msp_reason=papers.msp_reason,
        msp_asked_on=papers.msp_asked_on,
    )  # fmt: skip
    work.entry.about(
        "coverage", row.id, row.patient_id, release=papers.release_signed_on is not None,
        assignment=papers.assignment_signed_on is not None, msp=papers.msp_reason,
    )  # fmt: skip


@query("coverage.suggest_order", needs=Permission.VIEW_ACCOUNT)
def suggest_order(read: Reading, asked: SuggestOrder) -> SuggestedOrder:
    plans = _plans(read, asked.patient_id, asked.on or read.today)
    made = suggested(plans)
    now = tuple(each.coverage_id for each in sorted(plans, key=lambda each: each.rank))
    return SuggestedOrder(made.order, made.reasons, made.order == now)


@usecase("coverage.order", needs=Permission.REGISTER, topics={"patients"})
def decide_order(work: Work, cmd: DecideOrder) -> None:
    rows = {row.id: row for row in coverages.on(work.conn, cmd.patient_id, work.today)}
    if set(cmd.order) != set(rows) or len(cmd.order) != len(set(cmd.order)):
        raise Refused("The plans in force have changed meanwhile. Nothing was changed; look at them again.")
    moved = [each for rank, each in enumerate(cmd.order, 1) if rows[each].rank != rank]
    held = [each for each in coverages.held(work.conn, cmd.patient_id) if each.id not in rows]
    found = Findings()
    for rank, each in enumerate(cmd.order, 1):
        _check_free(rows[each], rank, held, found)
    found.raise_stops()
    for rank, each in enumerate(cmd.order, 1):
        coverages.set_rank(work.conn, each, rank, cmd.reason, work.user.id, work.today)
    work.entry.about("patient", cmd.patient_id, cmd.patient_id, coverages=len(cmd.order), moved=len(moved))


def _check_free(row: coverages.CoverageRow, rank: int, held: list[Held], found: Findings) -> None:
    for each in held:
        if each.rank == rank and overlap(row.first_day, row.last_day, each.first_day, each.last_day):
            found.stop(
                "overlap", "order", f"{row.payer_name} can't be {rank_word(rank)}: another policy was, at a time.",
                "End it and add it anew from the day on which the order changed.",
            )  # fmt: skip


def _plans(read: Reading, patient_id: Id, day: date) -> list[Plan]:
    made = []
    for row in coverages.on(read.conn, merged.survivor(read.conn, patient_id), day):
        held = coverages.papers(read.conn, row.id)
        d = row.details
        made.append(
            Plan(row.id, row.rank, held["filing_indicator"], d.relationship, d.subscriber_birth, held["msp_reason"])
        )
    return made


def _found(read: Reading, coverage_id: Id) -> coverages.CoverageRow:
    row = coverages.find(read.conn, coverage_id)
    if row is None:
        raise Refused("This coverage does not exist any more. Nothing was changed.")
    return row
