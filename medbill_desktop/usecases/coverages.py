"""The policies of a patient: added, replaced and ended, never overlapping in a rank (BILLING R2-R4)."""

from dataclasses import dataclass, field
from datetime import date

from medbill_desktop.domain.coverages import CoverageDetails, Standing
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Problem
from medbill_desktop.domain.users import Permission
from medbill_desktop.usecases.declare import Reading, Work, query, usecase


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
    raise NotImplementedError


@usecase("coverage.save", needs=Permission.REGISTER, topics={"patients"})
def save_coverage(work: Work, cmd: SaveCoverage) -> Id:
    raise NotImplementedError


@usecase("coverage.end", needs=Permission.REGISTER, topics={"patients"})
def end_coverage(work: Work, cmd: EndCoverage) -> None:
    raise NotImplementedError
