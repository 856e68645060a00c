"""Charge entry and what undoes it (BILLING C1-C5, J20-J22)."""

from dataclasses import dataclass, field
from datetime import date

from medbill_desktop.domain.charges import Judged, Superbill
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.users import Permission
from medbill_desktop.usecases.declare import Reading, Work, query, usecase


@dataclass(frozen=True, slots=True)
class CheckSuperbill:
    superbill: Superbill


@dataclass(frozen=True, slots=True)
class EnterSuperbills:
    """One batch; where the paper totals are given, it is refused whole unless both agree (BILLING C6)."""

    id: Id
    superbills: tuple[Superbill, ...]
    control_count: int | None = None
    control_cents: Cents | None = None
    posted_on: date | None = None  # today where None


@dataclass(frozen=True, slots=True)
class EnteredSuperbills:
    visit_ids: tuple[Id, ...]
    charge_ids: tuple[Id, ...]
    cents: Cents


@dataclass(frozen=True, slots=True)
class VoidCharge:
    id: Id
    charge_id: Id
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class VoidedCharge:
    charge_id: Id
    back_to_credit_cents: Cents


@dataclass(frozen=True, slots=True)
class CorrectFee:
    id: Id
    charge_id: Id
    fee_cents: Cents
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class CorrectedFee:
    charge_id: Id
    amount_cents: Cents
    back_to_credit_cents: Cents


@query("charge.check", needs=Permission.ENTER_CHARGES)
def check_superbill(read: Reading, query: CheckSuperbill) -> Judged:
    """Judge a superbill while it is typed; the fields are `patient`, `diagnosis.3`, `line.2.code` and the like."""
    raise NotImplementedError


@usecase("charge.enter", needs=Permission.ENTER_CHARGES, topics={"ledger", "visits"})
def enter_superbills(work: Work, cmd: EnterSuperbills) -> EnteredSuperbills:
    """Post every superbill of a batch, or none of them."""
    raise NotImplementedError


@usecase("charge.void", needs=Permission.VOID, topics={"ledger", "visits"})
def void_charge(work: Work, cmd: VoidCharge) -> VoidedCharge:
    """Take a charge back with everything that was posted on it; payments become credit again (BILLING J21)."""
    raise NotImplementedError


@usecase("charge.correct_fee", needs=Permission.VOID, topics={"ledger"})
def correct_fee(work: Work, cmd: CorrectFee) -> CorrectedFee:
    """Post a charge anew with another fee (BILLING J22)."""
    raise NotImplementedError
