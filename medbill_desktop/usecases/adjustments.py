"""Giving up money for a reason, and moving who owes it (BILLING J41, J42, S11)."""

from dataclasses import dataclass, field

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.users import Permission
from medbill_desktop.usecases.declare import Work, usecase


@dataclass(frozen=True, slots=True)
class WriteOff:
    """`coverage_id` None writes off what the guarantor owes; `reason` is one of WRITE_OFF_REASONS of domain/journal."""

    id: Id
    charge_id: Id
    cents: Cents
    reason: str
    coverage_id: Id | None = None
    memo: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class TransferResponsibility:
    """Move what one party owes on a charge to another; None as a coverage means the guarantor, `cents` None all of it."""

    id: Id
    charge_id: Id
    from_coverage_id: Id | None
    to_coverage_id: Id | None
    reason: str  # one of TRANSFER_REASONS of domain/journal
    cents: Cents | None = None


@dataclass(frozen=True, slots=True)
class UndoAdjustment:
    """Undo one write-off or transfer."""

    id: Id
    posting_id: Id


@dataclass(frozen=True, slots=True)
class Adjusted:
    posting_id: Id
    cents: Cents
    owed_cents: Cents  # what the party that was adjusted, or that now owes, owes on the charge afterwards


@usecase("adjustment.write_off", needs=Permission.WRITE_OFF, topics={"ledger"})
def write_off(work: Work, cmd: WriteOff) -> Adjusted:
    raise NotImplementedError


@usecase("responsibility.transfer", needs=Permission.TRANSFER, topics={"ledger", "payments"})
def transfer_responsibility(work: Work, cmd: TransferResponsibility) -> Adjusted:
    raise NotImplementedError


@usecase("adjustment.undo", needs=Permission.VOID, topics={"ledger", "payments"})
def undo_adjustment(work: Work, cmd: UndoAdjustment) -> Adjusted:
    raise NotImplementedError
