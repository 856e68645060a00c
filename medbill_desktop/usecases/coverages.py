"""The policies of a patient: added, replaced and ended, never overlapping in a rank (BILLING R2-R4)."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Final

from medbill_desktop.domain.coverage_order import check_msp
from medbill_desktop.domain.coverages import (
    CoverageDetails,
    Standing,
    check_overlap,
    checked_coverage,
    missing_of_subscriber,
    standing,
)
from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.payer_rules import fits
from medbill_desktop.domain.problems import Findings, Problem, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import catalogs, coverages, merged, patients, payer_rules
from medbill_desktop.storage.tables import payer
from medbill_desktop.usecases.declare import Reading, Work, query, usecase

ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CoverageLine:
    """A policy as the Coverage tab shows it."""

    id: Id
    coverage: CoverageDetails = field(repr=False)
    payer: str = field(repr=False)
    payer_code: str
    standing: Standing  # today
    incomplete: bool  # the subscriber's birth date, sex or address is missing (BILLING R4)


@dataclass(frozen=True, slots=True)
class CheckCoverage:
    """What is wrong with a policy while it is typed."""

    patient_id: Id | None
    coverage: CoverageDetails = field(repr=False)
    coverage_id: Id | None = None
    replaces: Id | None = None


@dataclass(frozen=True, slots=True)
class SaveCoverage:
    """Add a policy, or correct the one of `coverage_id`; the policy that it `replaces` ends the day before."""

    id: Id
    patient_id: Id
    coverage: CoverageDetails = field(repr=False)
    coverage_id: Id | None = None
    replaces: Id | None = None


@dataclass(frozen=True, slots=True)
class EndCoverage:
    id: Id
    coverage_id: Id
    last_day: date


@query("coverage.check", needs=Permission.REGISTER)
def check_coverage(read: Reading, asked: CheckCoverage) -> tuple[Problem, ...]:
    found = Findings()
    _judged(read, asked, found)
    return tuple(found.problems)


@usecase("coverage.save", needs=Permission.REGISTER, topics={"patients"})
def save_coverage(work: Work, cmd: SaveCoverage) -> Id:
    found = Findings()
    details, replaced = _judged(work, CheckCoverage(cmd.patient_id, cmd.coverage, cmd.coverage_id, cmd.replaces), found)
    found.raise_stops()
    if replaced is not None:
        coverages.end(work.conn, replaced.id, details.first_day - ONE_DAY)
    coverage_id = cmd.coverage_id
    if coverage_id is None:
        coverage_id = work.new_id()
        patient_id = merged.survivor(work.conn, cmd.patient_id)
        coverages.add(work.conn, [coverages.NewCoverage(coverage_id, patient_id, details)], work.now)
    else:
        coverages.change(work.conn, coverage_id, details)
    work.entry.about(
        "coverage", coverage_id, cmd.patient_id, payer=details.payer_id, rank=details.rank,
        changed=cmd.coverage_id is not None, ended=0 if replaced is None else replaced.id,
    )  # fmt: skip
    return coverage_id


@usecase("coverage.end", needs=Permission.REGISTER, topics={"patients"})
def end_coverage(work: Work, cmd: EndCoverage) -> None:
    found, row = Findings(), _found(work, cmd.coverage_id)
    _check_end(work, row, cmd.last_day, found)
    if not found.stops() and row.last_day is not None and cmd.last_day > row.last_day:
        others = [each for each in coverages.held(work.conn, row.patient_id) if each.id != row.id]
        check_overlap(replace(row.details, last_day=cmd.last_day), others, found)
    found.raise_stops()
    coverages.end(work.conn, row.id, cmd.last_day)
    work.entry.about("coverage", row.id, row.patient_id, last_day=cmd.last_day.isoformat())


def coverage_lines(read: Reading, patient_id: Id) -> tuple[CoverageLine, ...]:
    """Return the policies of a patient: those in force first, by rank; then the newest."""
    lines = [
        CoverageLine(
            id=row.id,
            coverage=row.details,
            payer=row.payer_name,
            payer_code=row.payer_code,
            standing=standing(row.first_day, row.last_day, read.today),
            incomplete=bool(missing_of_subscriber(row.details)),
        )
        for row in coverages.of_patient(read.conn, patient_id)
    ]
    lines.sort(key=lambda line: line.coverage.first_day, reverse=True)
    lines.sort(
        key=lambda line: (line.standing != Standing.ACTIVE, line.standing == Standing.ACTIVE and line.coverage.rank)
    )
    return tuple(lines)


def check_payer_wants(read: Reading, details: CoverageDetails, found: Findings, prefix: str = "") -> None:
    """Judge a policy by its payer: the look of the member id, and why Medicare pays second (BILLING R6, R14)."""
    indicator, pattern = payer_rules.wants(read.conn, details.payer_id, read.today)
    if details.member_id and not fits(details.member_id, pattern):
        found.warn(
            "member-pattern", f"{prefix}member_id", f"Member ids of this payer look like {pattern}.", "Check the card."
        )
    check_msp(details, indicator, read.today, found, prefix)


def _judged(
    read: Reading, asked: CheckCoverage, found: Findings
) -> tuple[CoverageDetails, coverages.CoverageRow | None]:
    details = checked_coverage(asked.coverage, read.today, found)
    if not catalogs.known_ids(read.conn, payer, [details.payer_id]):
        found.stop("payer", "payer_id", "Choose the payer.", "Begin to type its name.")
    else:
        check_payer_wants(read, details, found)
    if asked.patient_id is None:
        return details, None
    if patients.find(read.conn, asked.patient_id) is None:
        raise Refused("This patient is not in this practice.")
    if asked.coverage_id is not None:
        _check_correction(read, asked, details, found)
    replaced = None if asked.replaces is None else _found(read, asked.replaces)
    if replaced is not None:
        _check_replaced(read, asked, replaced, details, found)
    mine = {asked.coverage_id, asked.replaces}
    others = [each for each in coverages.held(read.conn, asked.patient_id) if each.id not in mine]
    check_overlap(details, others, found)
    return details, replaced


def _check_correction(read: Reading, asked: CheckCoverage, details: CoverageDetails, found: Findings) -> None:
    row = _found(read, asked.coverage_id)
    _same_person(read, row, asked)
    used = coverages.used_between(read.conn, row.id)
    if used is None:
        return
    if details.payer_id != row.payer_id:
        found.stop(
            "payer", "payer_id", "Visits or charges stand on this policy, so its payer stays.",
            "End it, and add a new one.",
        )  # fmt: skip
    if used[0] < details.first_day:
        found.stop("dates", "first_day", f"It was used on {say_date(used[0])}.", "Choose that day or an earlier one.")
    if details.last_day is not None:
        _check_end(read, row, details.last_day, found)


def _check_replaced(
    read: Reading, asked: CheckCoverage, row: coverages.CoverageRow, details: CoverageDetails, found: Findings
) -> None:
    _same_person(read, row, asked)
    if details.first_day <= row.first_day:
        found.stop(
            "dates", "first_day", f"The policy that ends began on {say_date(row.first_day)}.",
            "Choose a later first day.",
        )  # fmt: skip
    else:
        _check_end(read, row, details.first_day - ONE_DAY, found, "first_day")


def _check_end(
    read: Reading, row: coverages.CoverageRow, last_day: date, found: Findings, where: str = "last_day"
) -> None:
    if last_day < row.first_day:
        found.stop("dates", where, f"It began on {say_date(row.first_day)}.", "Choose that day or a later one.")
        return
    used = coverages.used_between(read.conn, row.id)
    if used is not None and used[1] > last_day:
        found.warn(
            "used", where, f"It was used on {say_date(used[1])}, after this end.", "Check that visit's coverage."
        )


def _same_person(read: Reading, row: coverages.CoverageRow, asked: CheckCoverage) -> None:
    if asked.patient_id is None or row.patient_id not in merged.patients(read.conn, asked.patient_id):
        raise Refused("This coverage belongs to another patient. Nothing was changed.")


def _found(read: Reading, coverage_id: Id | None) -> coverages.CoverageRow:
    row = None if coverage_id is None else coverages.find(read.conn, coverage_id)
    if row is None:
        raise Refused("This coverage does not exist any more. Nothing was changed.")
    return row
