"""A superbill and what the practice knows about it: the nouns of charge entry (BILLING C1, C2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from medbill_desktop.domain.anesthesia import Timed, Times
from medbill_desktop.domain.authorizations import Authorization
from medbill_desktop.domain.charge_codes import ReleaseBook
from medbill_desktop.domain.contracts import Rate
from medbill_desktop.domain.drugs import Drug, KeptDrug
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Problem
from medbill_desktop.domain.restrictions import Restriction

STANDARD: Final = "standard"  # the schedule of a payer that has none of its own


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """One line of a superbill as it is typed; `pointers` are the letters of its diagnoses, the first one first."""

    code: str = field(repr=False)
    pointers: str = field(default="A", repr=False)
    modifiers: tuple[str, ...] = field(default=(), repr=False)
    units: int = 1
    fee_cents: Cents | None = None  # typed over the schedule; None takes the fee in force on the service date
    drug: Drug | None = None
    times: Times | None = None
    authorization_id: Id | None = None
    last_day: date | None = None  # where the service went on for days; None: it ended on the day it began


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
    payer_id: Id | None = None
    plan: str = field(default="", repr=False)

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
    schedule: str = STANDARD
    claim_item: bool = True


@dataclass(frozen=True, slots=True)
class UsesSchedule:
    """From which schedule a payer's charges are priced, and when."""

    payer_id: Id
    schedule: str
    first_day: date
    last_day: date | None = None


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
    fees: Mapping[str, Sequence[Fee]]  # by code, of any day and schedule
    schedules: Sequence[UsesSchedule] = ()
    rates: Sequence[Rate] = ()
    place_class: str = ""
    clia: str = ""
    authorizations: Sequence[Authorization] = ()
    charged: frozenset[tuple[str, str]] = frozenset()  # (code, modifiers) that are charged on that day already
    seen: frozenset[tuple[Id, Id]] = frozenset()  # (provider, visit) that are charged on that day already
    abn_signed_on: date | None = None  # of the notice on file that covers this day (BILLING C11)
    kept: Sequence[Restriction] = ()  # what is kept from plans of the visit that is charged (BILLING R9)
    diagnoses: ReleaseBook | None = None
    supplies: ReleaseBook | None = None
    own_codes: ReleaseBook | None = None
    unit_limits: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    pairs: Sequence[tuple[str, str, int]] = ()


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
    schedule: str = STANDARD
    claim_item: bool = True
    expected_cents: Cents | None = None  # what the contract lets us keep of the whole line
    release: str = ""  # of the procedure codes; empty where none was imported
    drug: KeptDrug | None = None
    timed: Timed | None = None
    authorization_id: Id | None = None
    last_day: date | None = None

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
