"""Taking a patient's money, and paying charges out of credit (BILLING J23, J24, S9)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Kind, Posting, payment_lines, posting_of
from medbill_desktop.domain.money import MOST, Cents, format_cents, total
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.spending import Owed, Spend, oldest_first, spend
from medbill_desktop.domain.users import Permission, Use
from medbill_desktop.storage import commands, journal, payments
from medbill_desktop.usecases.declare import Work, usecase
from medbill_desktop.usecases.posting import application, back_dated, check_words, post

METHODS: Final = ("cash", "check", "card", "eft")


@dataclass(frozen=True, slots=True)
class Allocation:
    charge_id: Id
    cents: Cents


@dataclass(frozen=True, slots=True)
class PatientPayment:
    """Money in hand. `allocation` None pays the oldest services first; an empty one keeps all of it as credit.

    With `visit_id` it is a copay: it pays what the guarantor owes for that visit, the rest waits for it as credit.
    """

    guarantor_id: Id
    cents: Cents
    method: str  # cash, check, card, eft
    patient_id: Id | None = None
    reference: str = field(default="", repr=False)  # check number; last four and approval code of a card
    allocation: tuple[Allocation, ...] | None = None
    visit_id: Id | None = None
    received_on: date | None = None  # today where None


@dataclass(frozen=True, slots=True)
class TakePayment:
    id: Id
    payment: PatientPayment


@dataclass(frozen=True, slots=True)
class TakePayments:
    """A stack of receipts, posted whole or not at all."""

    id: Id
    payments: tuple[PatientPayment, ...]


@dataclass(frozen=True, slots=True)
class TakenPayment:
    payment_id: Id
    number: str
    applied_cents: Cents
    credit_cents: Cents


@dataclass(frozen=True, slots=True)
class ApplyCredit:
    """Pay charges out of a guarantor's credit; None pays the oldest services first."""

    id: Id
    guarantor_id: Id
    allocation: tuple[Allocation, ...] | None = None


@dataclass(frozen=True, slots=True)
class AppliedCredit:
    applied_cents: Cents
    credit_cents: Cents


def _take_limits(work: Work, cmd: TakePayment | TakePayments) -> Iterator[Use]:
    for each in cmd.payments if isinstance(cmd, TakePayments) else (cmd.payment,):
        yield from back_dated(work, each.received_on)


@usecase("payment.take", needs=Permission.TAKE_PAYMENT, topics={"ledger", "payments"}, limit=_take_limits)
def take_payment(work: Work, cmd: TakePayment) -> TakenPayment:
    """Take money from a patient: into the open slip of its method, to credit, and from there to charges."""
    [taken] = _take(work, cmd.id, [cmd.payment])
    work.entry.about("payment", taken.payment_id, cmd.payment.patient_id, cents=cmd.payment.cents,
                     applied_cents=taken.applied_cents)  # fmt: skip
    return taken


@usecase("payment.take_many", needs=Permission.TAKE_PAYMENT, topics={"ledger", "payments"}, limit=_take_limits)
def take_payments(work: Work, cmd: TakePayments) -> tuple[TakenPayment, ...]:
    """Take a stack of receipts, whole or not at all."""
    taken = _take(work, cmd.id, cmd.payments)
    for each, payment in zip(taken, cmd.payments, strict=True):
        work.also("payment.take", "payment", each.payment_id, payment.patient_id, cents=payment.cents,
                  applied_cents=each.applied_cents)  # fmt: skip
    work.entry.about("batch", cmd.id, payments=len(taken), cents=sum(each.cents for each in cmd.payments))
    return tuple(taken)


@usecase("credit.apply", needs=Permission.TAKE_PAYMENT, topics={"ledger", "payments"})
def apply_credit(work: Work, cmd: ApplyCredit) -> AppliedCredit:
    """Pay charges out of what a guarantor has left; credit kept for another visit only where charges are chosen."""
    held = payments.credits_of(work.conn, cmd.guarantor_id)
    owed = payments.owed_by(work.conn, cmd.guarantor_id)
    have = total(each.cents for each in held)
    found = Findings()
    if not held:
        found.stop("no-credit", "credit", "There is no credit to apply.")
    # By itself each charge takes its own copay and free credit, so that all of them are asked, not the oldest alone.
    wanted = _wanted(found, "", owed, cmd.allocation, have if cmd.allocation else total(each.cents for each in owed))
    found.raise_stops()
    spent = spend(held, wanted, by_choice=cmd.allocation is not None)
    if not spent:
        raise Refused("Nothing is owed that this may pay. Choose the charges if a copay is to pay another visit.")
    post(work, cmd.id, (application(each, work.today) for each in spent))
    applied = total(each.cents for each in spent)
    work.entry.about("guarantor", cmd.guarantor_id, applied_cents=applied)
    return AppliedCredit(applied, Cents(have - applied))


def _take(work: Work, command_id: Id, every: Sequence[PatientPayment]) -> list[TakenPayment]:
    stack = _Stack(work, len(every))
    found = Findings()
    for number, each in enumerate(every, start=1):
        work.watch.step(number, len(every), "Posting payments")
        stack.check_and_add(found, f"payment.{number}." if len(every) > 1 else "", each)
    if not every:
        found.stop("empty", "payments", "There is nothing to post.")
    found.raise_stops()
    return stack.write(command_id)


class _Stack:
    """Works through payments one by one in memory, so that each table is written once."""

    def __init__(self, work: Work, count: int) -> None:
        self._work = work
        self._owed: dict[Id, list[Owed]] = {}
        self._slips: dict[str, Id] = {}
        self._rows: list[dict[str, Any]] = []
        self._postings: list[Posting] = []
        self._taken: list[TakenPayment] = []
        self._first = commands.next_number(work.conn, work.workstation, "receipt", count)

    def check_and_add(self, found: Findings, before: str, payment: PatientPayment) -> None:
        faults = Findings()
        self._check(faults, before, payment)
        if not faults.stops():
            owed = self._owed_for(payment)
            wanted = _wanted(faults, before, owed, payment.allocation, payment.cents)
            if not faults.stops():
                self._add(payment, wanted)
        found.problems += faults.problems

    def write(self, command_id: Id) -> list[TakenPayment]:
        payments.add(self._work.conn, self._rows)
        post(self._work, command_id, self._postings)
        return self._taken

    def _check(self, found: Findings, before: str, payment: PatientPayment) -> None:
        conn = self._work.conn
        if not 0 < payment.cents <= MOST:
            found.stop("amount", f"{before}cents", "Type an amount above zero.")
        if payment.method not in METHODS:
            found.stop("method", f"{before}method", "Choose cash, check, card or EFT.")
        if payment.received_on is not None and payment.received_on > self._work.today:
            found.stop("future", f"{before}received_on", "Money can't be received in the future.", "Use today.")
        check_words(found, f"{before}reference", payment.reference)
        if payment.guarantor_id not in self._owed:
            if not payments.guarantor_exists(conn, payment.guarantor_id):
                found.stop("guarantor", f"{before}guarantor", "This guarantor is not there.", "Find the patient again.")
                return
            self._owed[payment.guarantor_id] = payments.owed_by(conn, payment.guarantor_id)
        if not payments.belongs(conn, payment.guarantor_id, payment.patient_id, payment.visit_id):
            found.stop("patient", f"{before}patient", "This guarantor does not pay for that patient or visit.",
                       "Choose the patient again.")  # fmt: skip

    def _owed_for(self, payment: PatientPayment) -> list[Owed]:
        owed = self._owed[payment.guarantor_id]
        if payment.visit_id is not None and payment.allocation is None:
            return [each for each in owed if each.visit_id == payment.visit_id]
        return owed

    def _add(self, payment: PatientPayment, wanted: Sequence[tuple[Owed, Cents]]) -> None:
        work, payment_id = self._work, self._work.new_id()
        received_on = payment.received_on or work.today
        number, slip_id = f"{work.workstation}-{self._first + len(self._rows)}", self._slip(payment.method)
        self._rows.append(
            {"id": payment_id, "number": number, "guarantor_id": payment.guarantor_id,
             "patient_id": payment.patient_id, "method": payment.method, "cents": payment.cents,
             "received_on": received_on, "deposit_id": slip_id, "visit_id": payment.visit_id,
             "reference": payment.reference.strip(), "taken_by": work.user.id, "taken_at": work.now}
        )  # fmt: skip
        lines = payment_lines(payment.guarantor_id, payment_id, slip_id, payment.cents,
                              patient_id=payment.patient_id, visit_id=payment.visit_id)  # fmt: skip
        self._postings.append(posting_of(Kind.PAYMENT, received_on, lines, source_kind="payment", source_id=payment_id))
        spent = [Spend(owed, payment_id, payment.visit_id, cents, payment.guarantor_id) for owed, cents in wanted]
        began = self._began([each.owed for each in spent]) if received_on < work.today else {}
        for each in spent:
            # Money of yesterday does not pay a charge of today yesterday: on no day is less than nothing owed.
            since = began.get(each.owed.charge.charge_id, received_on)
            self._postings.append(application(each, max(received_on, since)))
        self._reduce(payment.guarantor_id, spent)
        applied = total(each.cents for each in spent)
        self._taken.append(TakenPayment(payment_id, number, applied, Cents(payment.cents - applied)))

    def _began(self, owed: Sequence[Owed]) -> dict[Id, date]:
        return journal.owed_since(self._work.conn, [each.charge.charge_id for each in owed])

    def _reduce(self, guarantor_id: Id, spent: Iterable[Spend]) -> None:
        paid = {each.owed.charge.charge_id: each.cents for each in spent}
        left = (
            replace(each, cents=Cents(each.cents - paid.get(each.charge.charge_id, 0)))
            for each in self._owed[guarantor_id]
        )
        self._owed[guarantor_id] = [each for each in left if each.cents > 0]

    def _slip(self, method: str) -> Id:
        if method not in self._slips:
            work, slip_id = self._work, payments.open_slip(self._work.conn, method)
            if slip_id is None:
                slip_id = work.new_id()
                payments.add_slip(work.conn, slip_id, work.number("deposit"), method, work.today)
            self._slips[method] = slip_id
        return self._slips[method]


def _wanted(
    found: Findings, before: str, owed: Sequence[Owed], allocation: tuple[Allocation, ...] | None, have: Cents
) -> list[tuple[Owed, Cents]]:
    """Return what is to be paid: the oldest first, or what a person chose as far as it is right (BILLING J24)."""
    if allocation is None:
        return oldest_first(owed, have)
    by_charge = {each.charge.charge_id: each for each in owed}
    wanted: list[tuple[Owed, Cents]] = []
    for number, each in enumerate(allocation, start=1):
        where, debt = f"{before}allocation.{number}", by_charge.pop(each.charge_id, None)
        if debt is None:
            found.stop("not-owed", where, "The guarantor owes nothing on this charge.", "Leave it out.")
        elif each.cents <= 0:
            found.stop("amount", where, "Type an amount above zero, or leave the charge out.")
        elif each.cents > debt.cents:
            found.stop("too-much", where, f"Only {format_cents(debt.cents)} is owed on this charge.",
                       "The rest can stay credit.")  # fmt: skip
        else:
            wanted.append((debt, each.cents))
    if (asked := sum(each.cents for each in allocation)) > have:
        found.stop("over", f"{before}allocation", f"The parts come to {format_cents(asked)}, but there is"
                   f" {format_cents(have)}.", "Lower one of the parts.")  # fmt: skip
    return wanted
