"""Giving up money for a reason, and moving who owes it (BILLING J6, J41, J42, S11)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from medbill_desktop.domain.charges import fee_in_force
from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import (
    DISCOUNT_REASONS,
    SMALL_BALANCE_DAYS,
    SMALL_BALANCE_MOST,
    TRANSFER_REASONS,
    WRITE_OFF_REASONS,
    ChargeFacts,
    Kind,
    Party,
    adjustment_lines,
    posting_of,
    transfer_lines,
)
from medbill_desktop.domain.money import Cents, format_cents
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.restrictions import E01, E01_FIX
from medbill_desktop.domain.users import Limit, Permission, Use
from medbill_desktop.storage import charges, journal
from medbill_desktop.storage.charges import ChargeRow
from medbill_desktop.usecases.declare import Work, usecase
from medbill_desktop.usecases.posting import apply_earmarked, check_words, make_room, post, reach, take_back
from medbill_desktop.usecases.restricting import is_kept


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
    """Move what a party owes on a charge: as a coverage None means the guarantor, as `cents` all of it."""

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


def _write_off_limits(work: Work, cmd: WriteOff) -> Iterator[Use]:
    row = charges.get(work.conn, cmd.charge_id)
    by, today = work.user.id, work.today
    # More than is owed is not given in any case: who typed it is told so, and not to ask somebody with a higher limit.
    owed = journal.owed(work.conn, row.id, _party(work, row, cmd.coverage_id))
    cents = min(cmd.cents, max(owed, 0))
    # What the person gave before counts as well, or a limit could be passed in small steps.
    on_charge = journal.written_off(work.conn, by, charge_id=row.id, patient_id=row.patient_id, day=today)
    of_day = journal.written_off(work.conn, by, charge_id=None, patient_id=row.patient_id, day=today)
    yield Use(Limit.WRITE_OFF_CHARGE_CENTS, on_charge + cents)
    yield Use(Limit.WRITE_OFF_PATIENT_DAY_CENTS, of_day + cents)
    if cmd.reason in DISCOUNT_REASONS and row.amount_cents:
        listed = _listed(work, row)
        given = listed - row.amount_cents + journal.discounted(work.conn, row.id) + cents
        yield Use(Limit.DISCOUNT_PERCENT, -(-given * 100 // listed))


def _listed(work: Work, row: ChargeRow) -> Cents:
    """Return the list's price: what the fee was lowered by at entry is a discount as well."""
    prices = charges.fees_of(work.conn, {row.code}).get(row.code, ())
    fee = fee_in_force(prices, row.modifiers.split(), row.service_date)
    return row.amount_cents if fee is None else max(Cents(fee.cents * row.units), row.amount_cents)


@usecase("adjustment.write_off", needs=Permission.WRITE_OFF, topics={"ledger"}, limit=_write_off_limits)
def write_off(work: Work, cmd: WriteOff) -> Adjusted:
    """Give up what a party owes on a charge, never more than that (BILLING J42)."""
    row = charges.get(work.conn, cmd.charge_id)
    party = _party(work, row, cmd.coverage_id)
    owed = journal.owed(work.conn, row.id, party)
    found = Findings()
    if cmd.reason not in WRITE_OFF_REASONS:
        found.stop("reason", "reason", "Choose a reason.")
    _check_amount(found, cmd.cents, owed)
    if cmd.reason == "small_balance":
        _check_small_balance(found, work, row, party, owed)
    check_words(found, "memo", cmd.memo)
    found.raise_stops()
    lines = adjustment_lines(_facts(row), party, cmd.cents, cmd.reason)
    [posting_id] = post(work, cmd.id, [posting_of(Kind.ADJUSTMENT, work.today, lines, memo=cmd.memo.strip(),
                                                  source_kind="charge", source_id=row.id)])  # fmt: skip
    work.entry.about("charge", row.id, row.patient_id, cents=cmd.cents, reason=cmd.reason)
    return Adjusted(posting_id, cmd.cents, Cents(owed - cmd.cents))


@usecase("responsibility.transfer", needs=Permission.TRANSFER, topics={"ledger", "payments"})
def transfer_responsibility(work: Work, cmd: TransferResponsibility) -> Adjusted:
    """Move who owes a charge; a copay kept for its visit then pays at once (BILLING J41, J60 a7)."""
    row = charges.get(work.conn, cmd.charge_id)
    source, target = _party(work, row, cmd.from_coverage_id), _party(work, row, cmd.to_coverage_id)
    owed = journal.owed(work.conn, row.id, source)
    cents = owed if cmd.cents is None else cmd.cents
    found = Findings()
    if cmd.reason not in TRANSFER_REASONS:
        found.stop("reason", "reason", "Choose a reason.")
    if source == target:
        found.stop("same-party", "to", "It is theirs already.", "Choose another party.")
    _check_amount(found, cents, owed)
    if cmd.to_coverage_id is not None:
        _check_covers(found, work, row, cmd.to_coverage_id)
    found.raise_stops()
    lines = transfer_lines(_facts(row), source, target, cents, cmd.reason)
    posting = posting_of(Kind.TRANSFER, work.today, lines, source_kind="charge", source_id=row.id)
    [posting_id] = post(work, cmd.id, [posting])
    if target.guarantor_id is not None:
        apply_earmarked(work, cmd.id, [row.visit_id])
    work.entry.about("charge", row.id, row.patient_id, cents=cents, reason=cmd.reason)
    return Adjusted(posting_id, cents, journal.owed(work.conn, row.id, target))


def _undo_limits(work: Work, cmd: UndoAdjustment) -> list[Use]:
    by, at = journal.who_posted(work.conn, cmd.posting_id)
    return [reach(work, by, at)]


@usecase("adjustment.undo", needs=Permission.VOID, topics={"ledger", "payments"}, limit=_undo_limits)
def undo_adjustment(work: Work, cmd: UndoAdjustment) -> Adjusted:
    """Take back one write-off or transfer; what was paid on it since becomes credit again."""
    posting = journal.get(work.conn, cmd.posting_id)
    if posting.kind not in (Kind.ADJUSTMENT, Kind.TRANSFER):
        raise Refused("This entry is neither a write-off nor a transfer.")
    journal.refuse_unless_live(work.conn, cmd.posting_id)
    make_room(work, cmd.id, posting)
    take_back(work, cmd.id, [cmd.posting_id])
    line = next(each for each in posting.lines if each.account == "receivable" and each.cents < 0)
    work.entry.about("posting", cmd.posting_id, line.patient_id, cents=-line.cents)
    return Adjusted(cmd.posting_id, Cents(-line.cents), journal.owed(work.conn, line.charge_id or 0, line.party))


def _facts(row: ChargeRow) -> ChargeFacts:
    if row.voided_at is not None:
        raise Refused("This charge is void.")
    return row.facts


def _party(work: Work, row: ChargeRow, coverage_id: Id | None) -> Party:
    if coverage_id is None:
        return Party(guarantor_id=row.guarantor_id)
    if charges.policy(work.conn, row.patient_id, coverage_id) is None:
        raise Refused("This coverage is not one of this patient.")
    return Party(coverage_id=coverage_id)


def _check_amount(found: Findings, cents: Cents, owed: Cents) -> None:
    if owed <= 0:
        found.stop("not-owed", "cents", "Nothing is owed here.", "Choose who owes it.")
    elif cents <= 0:
        found.stop("amount", "cents", "Type an amount above zero.")
    elif cents > owed:
        found.stop("too-much", "cents", f"Only {format_cents(owed)} is owed here.", "Lower the amount.")


def _check_small_balance(found: Findings, work: Work, row: ChargeRow, party: Party, owed: Cents) -> None:
    since = journal.owed_since(work.conn, [row.id]).get(row.id)
    young = since is None or since > work.today - timedelta(days=SMALL_BALANCE_DAYS)
    if party.guarantor_id is None or owed > SMALL_BALANCE_MOST or young:
        found.stop("small-balance", "reason", f"A small balance is the patient's, at most"
                   f" {format_cents(SMALL_BALANCE_MOST)} and {SMALL_BALANCE_DAYS} days old.",
                   "Choose another reason.")  # fmt: skip


def _check_covers(found: Findings, work: Work, row: ChargeRow, coverage_id: Id) -> None:
    policy = charges.policy(work.conn, row.patient_id, coverage_id)
    if policy is not None and is_kept(work, row.id, policy.payer_id):
        found.stop("E01", "to", E01, E01_FIX)
    if policy is not None and not policy.covers(row.service_date):
        found.stop("coverage", "to", f"This coverage was not active on {say_date(row.service_date)}.",
                   "Choose another coverage or change its days.")  # fmt: skip
