"""A payment that the bank took back: a returned check, a chargeback (BILLING J47)."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from medbill_desktop.domain.charges import ServiceLine, Superbill, is_claim_item
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Kind, posting_of, return_lines
from medbill_desktop.domain.money import ZERO, Cents
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.refunds import RETURN_REASONS
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import accounts, charges, deposits, journal, merged, money_items, payments, settings
from medbill_desktop.storage.charges import ChargeRow
from medbill_desktop.storage.payments import PaymentFacts
from medbill_desktop.usecases.charges import EnterSuperbills, enter_superbills
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.posting import freed, note_below_zero, post, take_back

FEE_KEY: Final = "returned_check.code"


@dataclass(frozen=True, slots=True)
class ReturnedFeeNow:
    """Which item of the fee list is charged for a returned payment."""


@dataclass(frozen=True, slots=True)
class SetReturnedFee:
    """`code` is an item of the fee list that no plan sees; empty charges nothing."""

    id: Id
    code: str


@dataclass(frozen=True, slots=True)
class ReturnPayment:
    id: Id
    payment_id: Id
    returned_on: date  # the day of the bank
    reason: str  # a key of RETURN_REASONS of domain/refunds
    charge_fee: bool = False


@dataclass(frozen=True, slots=True)
class ReturnedPayment:
    payment_id: Id
    cents: Cents
    owed_again_cents: Cents
    fee_cents: Cents
    below_zero_cents: Cents  # was refunded already, so that the guarantor owes it


@query("returned.fee", needs=Permission.TAKE_PAYMENT)
def returned_fee(read: Reading, query: ReturnedFeeNow) -> str:
    return str(settings.value(read.conn, FEE_KEY, read.today, ""))


@usecase("returned.set_fee", needs=Permission.MANAGE_CATALOGS, topics={"settings"})
def set_returned_fee(work: Work, cmd: SetReturnedFee) -> None:
    """Choose the item of the fee list for returned payments."""
    code, found = cmd.code.strip().upper(), Findings()
    if code and is_claim_item(code):
        found.stop("code", "code", "This is a service that plans see.", "Use a code of your own, such as RETURNED.")
    elif code and not charges.fees_of(work.conn, {code}).get(code):
        found.stop("code", "code", "The fee list has no such item.", "Add it to the fees first.")
    found.raise_stops()
    settings.put(work.conn, FEE_KEY, code, work.today)
    work.entry.about("setting", None, set=bool(code))


@usecase("payment.return", needs=Permission.VOID, topics={"ledger", "payments", "visits"})
def return_payment(work: Work, cmd: ReturnPayment) -> ReturnedPayment:
    """Take off what the payment paid, and the money with a bank event of its own; the old slip stays as it was."""
    facts = payments.get(work.conn, cmd.payment_id)
    _check(work, cmd, facts)
    applied = journal.live_applications(work.conn, facts.id)
    taken = take_back(work, cmd.id, applied, cmd.reason)
    slip_id = work.new_id()
    cents = facts.cents
    deposits.add(work.conn, slip_id, work.number("deposit"), facts.method, cmd.returned_on, kind="return",
                 by=work.user.id, at=work.now, cents=Cents(-cents))  # fmt: skip
    lines = return_lines(facts.guarantor_id, facts.id, slip_id, cents, visit_id=facts.visit_id)
    post(work, cmd.id, [posting_of(Kind.RETURN, work.today, lines, source_kind="payment", source_id=facts.id)])
    payments.mark_returned(work.conn, facts.id, cmd.returned_on)
    below = note_below_zero(work, facts.id)
    charge_ids = {line.charge_id for each in taken for line in each.lines if line.charge_id is not None}
    _look_at_restrictions(work, facts, sorted(charge_ids))
    fee = _charge_fee(work, cmd, facts, sorted(charge_ids)) if cmd.charge_fee else ZERO
    work.entry.about("payment", facts.id, facts.patient_id, cents=cents, fee_cents=fee, reason=cmd.reason)
    return ReturnedPayment(facts.id, cents, freed(taken), fee, below)


def _check(work: Work, cmd: ReturnPayment, facts: PaymentFacts) -> None:
    if facts.voided_at is not None or facts.returned_on is not None:
        raise Refused("This payment was taken back already.")
    if facts.from_agency:
        raise Refused("This came from the collection agency. Settle it with them, and note it as an item.")
    if facts.method == "cash":
        raise Refused("Cash is not returned by a bank.")
    if payments.slip_is_open(work.conn, facts.deposit_id):
        raise Refused("This payment still lies on an open slip, so no bank had it yet. Void it instead.")
    found = Findings()
    if cmd.reason not in RETURN_REASONS:
        found.stop("reason", "reason", "Choose what the bank says.")
    if not facts.received_on <= cmd.returned_on <= work.today:
        found.stop("day", "returned_on", "The bank can't have returned it on that day.", "Type the day of the bank.")
    found.raise_stops()


def _look_at_restrictions(work: Work, facts: PaymentFacts, charge_ids: list[Id]) -> None:
    """A service kept from a plan because it was paid in full is not paid any more (BILLING R9)."""
    if any(payments.is_self_pay(work.conn, each) for each in charge_ids):
        money_items.add(work.conn, work.new_id(), "restriction", work.today, work.user.id,
                        guarantor_id=facts.guarantor_id, payment_id=facts.id, cents=facts.cents)  # fmt: skip


def _charge_fee(work: Work, cmd: ReturnPayment, facts: PaymentFacts, charge_ids: list[Id]) -> Cents:
    code = str(settings.value(work.conn, FEE_KEY, work.today, ""))
    row = _fee_stands_with(work, facts, charge_ids)
    if not code or row is None:
        raise Refused("No fee for returned payments is set. Choose its code on the page Refunds, or charge none.")
    line = ServiceLine(code, "")
    patient_id = merged.survivor(work.conn, row.patient_id)
    bill = Superbill(patient_id, work.today, row.provider_id, row.place_id, (), (line,), self_pay=True)
    return enter_superbills.body(work, EnterSuperbills(cmd.id, (bill,))).cents


def _fee_stands_with(work: Work, facts: PaymentFacts, charge_ids: list[Id]) -> ChargeRow | None:
    """Return a charge whose patient is still paid for by who gave the check; nobody else owes the fee."""
    payer = merged.payer_of_bills(work.conn, facts.guarantor_id)
    last = payments.last_charge_of(work.conn, facts.guarantor_id)
    tried = [*reversed(charge_ids), *(() if last is None else (last,))]
    if not tried:
        return None
    for charge_id in tried:
        row = charges.get(work.conn, charge_id)
        if merged.payer_of_bills(work.conn, accounts.guarantor_of(work.conn, row.patient_id)) == payer:
            return row
    raise Refused("Someone else pays for these patients by now, so the fee would be theirs. Charge no fee here.")
