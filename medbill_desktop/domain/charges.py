"""What makes a superbill right: dates, diagnoses, service lines and their price (BILLING C1-C5, C10, J20)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Party
from medbill_desktop.domain.money import MOST, ZERO, Cents, format_cents
from medbill_desktop.domain.problems import Findings, Problem

MOST_DIAGNOSES: Final = 12
MOST_MODIFIERS: Final = 4
MOST_POINTERS: Final = 4
MOST_UNITS: Final = 9_999
LETTERS: Final = "ABCDEFGHIJKL"
OLD_SERVICE_DAYS: Final = 365
_ICD10: Final = re.compile(r"[A-Z][0-9][0-9A-Z][0-9A-Z]{0,4}")
_PROCEDURE: Final = re.compile(r"[0-9]{4}[0-9A-Z]|[A-Z][0-9]{4}")
_MODIFIER: Final = re.compile(r"[0-9A-Z]{2}")


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """One line of a superbill as it is typed; `pointers` are the letters of its diagnoses, the first one first."""

    code: str = field(repr=False)
    pointers: str = field(default="A", repr=False)
    modifiers: tuple[str, ...] = field(default=(), repr=False)
    units: int = 1
    fee_cents: Cents | None = None  # typed over the schedule; None takes the fee in force on the service date


@dataclass(frozen=True, slots=True)
class Superbill:
    """One visit of one patient as the paper shows it."""

    patient_id: Id
    service_date: date
    provider_id: Id
    place_id: Id
    diagnoses: tuple[str, ...] = field(repr=False)
    lines: tuple[ServiceLine, ...]
    visit_id: Id | None = None  # the kept visit that it charges; None makes one
    self_pay: bool = False
    coverage_id: Id | None = None  # chosen by a person; None takes the first active one


@dataclass(frozen=True, slots=True)
class Policy:
    """A coverage as charge entry sees it; both days are inclusive (BILLING R2)."""

    coverage_id: Id
    payer_name: str = field(repr=False)
    rank: int
    first_day: date
    last_day: date | None

    def covers(self, day: date) -> bool:
        return self.first_day <= day and (self.last_day is None or day <= self.last_day)


@dataclass(frozen=True, slots=True)
class Fee:
    code: str
    modifier: str
    description: str
    generic_words: str
    cents: Cents
    first_day: date
    last_day: date | None


@dataclass(frozen=True, slots=True)
class Known:
    """What the practice knows about one superbill; None or empty where the record does not exist."""

    birth_date: date | None
    deceased_on: date | None
    guarantor_id: Id | None
    policies: tuple[Policy, ...]
    provider_active: bool
    place_active: bool
    visit_status: str | None  # of `visit_id`; None where none was named or it is another patient's
    fees: Mapping[str, Sequence[Fee]]  # by code, of any day


@dataclass(frozen=True, slots=True)
class PricedLine:
    code: str
    modifiers: tuple[str, ...]
    units: int
    pointers: tuple[int, ...]  # rows of the diagnoses, from 0
    description: str
    generic_words: str
    fee_cents: Cents
    schedule_cents: Cents

    @property
    def amount_cents(self) -> Cents:
        return Cents(self.fee_cents * self.units)

    @property
    def discount_percent(self) -> int:
        """Return by how much the typed fee lies below the schedule, rounded up."""
        off = self.schedule_cents - self.fee_cents
        return -(-off * 100 // self.schedule_cents) if off > 0 else 0


@dataclass(frozen=True, slots=True)
class Judged:
    """A superbill with everything that is wrong with it, and, as far as it is right, its prices and its party."""

    problems: tuple[Problem, ...]
    diagnoses: tuple[str, ...]
    lines: tuple[PricedLine | None, ...]
    policy: Policy | None

    @property
    def stops(self) -> tuple[Problem, ...]:
        return tuple(each for each in self.problems if not each.warns)

    @property
    def total_cents(self) -> Cents:
        return Cents(sum(line.amount_cents for line in self.lines if line is not None))
