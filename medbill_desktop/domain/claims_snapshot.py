"""What a claim says, frozen when it was made: who, by which plan, where, and the lines (BILLING R3, X2; EDI P85).

Its text is canonical: the same facts are the same bytes, so that its SHA-256 tells whether anything changed. Fields are
named for the paper and the 837P alike; the patient's address is the one of registration, since a confidential address
(BILLING R11) told to a plan could come back on a letter to the subscriber. No SSN and no phone of the patient.
"""

import json
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from datetime import date
from functools import cache
from hashlib import sha256
from types import UnionType
from typing import Any, Final, get_args, get_origin, get_type_hints

from medbill_desktop.domain.coverages import Standing, standing
from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import ZERO, Cents
from medbill_desktop.domain.problems import Problem

NOBODY: Final = Id(0)
LAYOUT: Final = 1  # rises when a field changes its meaning; a new field with a default leaves it


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """The patient, or the subscriber where that is somebody else."""

    last: str = ""
    first: str = ""
    middle: str = ""
    suffix: str = ""
    birth: date | None = None
    sex: str = ""
    street: str = ""
    street2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    died: date | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Practice:
    """The billing provider (2010AA)."""

    name: str = ""
    street: str = ""
    street2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    phone: str = ""
    npi: str = ""
    tin: str = ""
    taxonomy: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Clinician:
    """Who rendered, or who referred, then with the number of the referral (2310B, 2310A)."""

    last: str = ""
    first: str = ""
    credential: str = ""
    npi: str = ""
    taxonomy: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Site:
    """Where it was done (CLM05, 2310C)."""

    name: str = ""
    pos: str = ""
    street: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Payer:
    id: Id = NOBODY
    name: str = ""
    code: str = ""
    filing: str = ""  # SBR09
    street: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """A policy as it stood: the one that is billed, or another of that service date (2000B, 2320)."""

    coverage_id: Id = NOBODY
    order: int = 1  # in which place it pays on that day: 1 is primary
    payer: Payer = Payer()
    member_id: str = ""
    group_number: str = ""
    group_name: str = ""
    relationship: str = ""  # of the patient to the subscriber
    subscriber: Person = Person()  # empty where the patient is the subscriber
    first_day: date | None = None
    last_day: date | None = None
    msp_reason: str = ""  # SBR05: why Medicare does not pay first
    release_on: date | None = None  # CLM09
    assignment_on: date | None = None  # CLM08
    accepts: str = ""  # CLM07, the practice's contract with this payer: yes, no, empty where not known


@dataclass(frozen=True, slots=True, repr=False)
class Service:
    """A charge as a line of the claim; `pointers` are places in the list of diagnoses, from 1."""

    charge_id: Id = NOBODY
    control_number: str = ""
    code: str = ""
    description: str = ""
    modifiers: tuple[str, ...] = ()
    units: int = 1
    minutes: int = 0
    cents: Cents = ZERO
    pointers: tuple[int, ...] = ()
    first: date | None = None
    last: date | None = None  # where it went on; None: the day it began
    ndc: str = ""
    ndc_unit: str = ""
    ndc_thousandths: int = 0
    authorization: str = ""
    clia: str = ""
    code_release: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Snapshot:
    account: str = ""
    billing: Practice = Practice()
    rendering: Clinician = Clinician()
    referring: Clinician = Clinician()
    site: Site = Site()
    plan: Plan = Plan()
    others: tuple[Plan, ...] = ()
    patient: Person = Person()
    diagnoses: tuple[str, ...] = ()
    diagnosis_release: str = ""
    lines: tuple[Service, ...] = ()
    layout: int = 0

    @property
    def cents(self) -> Cents:
        """CLM02: the sum of the lines (BILLING E21)."""
        return Cents(sum(each.cents for each in self.lines))

    @property
    def charge_ids(self) -> tuple[Id, ...]:
        return tuple(each.charge_id for each in self.lines)

    @property
    def service_date(self) -> date:
        """Return the first day of the services; raises ValueError on a claim without lines, which there is none of."""
        return min(each.first for each in self.lines if each.first is not None)

    @property
    def subscriber(self) -> Person:
        """Whoever holds the policy."""
        return self.patient if self.plan.subscriber == Person() else self.plan.subscriber


@dataclass(frozen=True, slots=True, repr=False)
class Frozen:
    """A snapshot as it is kept."""

    text: str
    sha256: str


def frozen(snapshot: Snapshot) -> Frozen:
    """Return the canonical text and its SHA-256."""
    text = json.dumps(_plain(replace(snapshot, layout=LAYOUT)), sort_keys=True, separators=(",", ":"))
    return Frozen(text, sha256_of(text))


def sha256_of(text: str) -> str:
    return sha256(text.encode("ascii")).hexdigest()


def thawed(text: str) -> Snapshot:
    """Read the canonical text; `frozen` of the result gives the same bytes."""
    made: Snapshot = _made(Snapshot, json.loads(text))
    return made


def with_lines(snapshot: Snapshot, now: Snapshot) -> Snapshot:
    """Return the snapshot with what is charged now; all that registration says stays as it was frozen."""
    return replace(
        snapshot, lines=now.lines, diagnoses=now.diagnoses, diagnosis_release=now.diagnosis_release, layout=0
    )


def outside_coverage(snapshot: Snapshot) -> tuple[Problem, ...]:
    """Return E02 where the frozen policy was not in force on a service date."""
    plan, day = snapshot.plan, snapshot.service_date
    if plan.first_day is None or standing(plan.first_day, plan.last_day, day) is Standing.ACTIVE:
        return ()
    said = f"Policy begins {say_date(plan.first_day)}"
    if plan.last_day is not None and plan.last_day < day:
        said = f"Policy ended {say_date(plan.last_day)}"
    fix = "Correct the dates of the policy and update the claim, or move the charges to another one."
    return (Problem("E02", "coverage", f"{said}; service was {say_date(day)}.", fix),)


@cache
def _shape(kind: type) -> tuple[tuple[str, Any, Any], ...]:
    """Return name, type and default of each field."""
    hints = get_type_hints(kind)
    return tuple((each.name, hints[each.name], each.default) for each in fields(kind))


def _plain(value: Any) -> Any:
    """Return what JSON can hold; a field that says nothing is left out."""
    if is_dataclass(value) and not isinstance(value, type):
        said = ((name, getattr(value, name), default) for name, _, default in _shape(type(value)))
        return {name: _plain(each) for name, each, default in said if default is MISSING or each != default}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value.isoformat() if isinstance(value, date) else value


def _made(kind: Any, stored: Any) -> Any:
    if get_origin(kind) is UnionType or isinstance(kind, UnionType):
        kind = next(each for each in get_args(kind) if each is not type(None))
    if get_origin(kind) is tuple:
        return tuple(_made(get_args(kind)[0], each) for each in stored)
    if isinstance(kind, type) and is_dataclass(kind):
        return kind(**{name: _made(hint, stored[name]) for name, hint, _ in _shape(kind) if name in stored})
    return date.fromisoformat(stored) if kind is date else stored
