"""What a front desk does with a patient's money (BILLING J23-J25, S9)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import (
    Kind,
    Owed,
    Posting,
    Spend,
    oldest_first,
    payment_lines,
    posting_of,
    spend,
)
from medbill_desktop.domain.money import MOST, Cents, format_cents, total
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.users import VOID_OWN_SAME_DAY, Limit, Permission, Use
from medbill_desktop.storage import charges, commands, journal, payments
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.posting import (
    application,
    back_dated,
    check_words,
    make_room,
    post,
    reach,
    take_back,
    void_payment_rows,
    void_rows,
)

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


@dataclass(frozen=True, slots=True)
class Unapply:
    id: Id
    posting_id: Id


@dataclass(frozen=True, slots=True)
class VoidPayment:
    id: Id
    payment_id: Id
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class VoidedPayment:
    payment_id: Id
    cents: Cents


@dataclass(frozen=True, slots=True)
class UndoLast:
    id: Id


@dataclass(frozen=True, slots=True)
class Undone:
    """What was undone: `what` is the kind of the first posting of that command."""

    what: str
    postings: int


@dataclass(frozen=True, slots=True)
class PaymentForm:
    guarantor_id: Id


@dataclass(frozen=True, slots=True)
class OwedCharge:
    charge_id: Id
    visit_id: Id
    patient_id: Id
    patient_name: str = field(repr=False)
    service_date: date
    description: str = field(repr=False)
    cents: Cents


@dataclass(frozen=True, slots=True)
class CreditHeld:
    """What is left of one payment; `visit_id` is its earmark."""

    payment_id: Id
    number: str
    received_on: date
    visit_id: Id | None
    cents: Cents


@dataclass(frozen=True, slots=True)
class PaymentFormContent:
    guarantor_id: Id
    guarantor_name: str = field(repr=False)
    owed: tuple[OwedCharge, ...]  # oldest service first
    credits: tuple[CreditHeld, ...]
    owed_cents: Cents
    credit_cents: Cents


@dataclass(frozen=True, slots=True)
class DayPayments:
    on: date


@dataclass(frozen=True, slots=True)
class PaymentRow:
    payment_id: Id
    number: str
    guarantor_id: Id
    guarantor_name: str = field(repr=False)
    method: str
    cents: Cents
    unapplied_cents: Cents
    taken_by: str
    taken_at: datetime
    deposit_number: str
    voided: bool


@dataclass(frozen=True, slots=True)
class DayPaymentsContent:
    rows: tuple[PaymentRow, ...]
    by_method: tuple[tuple[str, Cents], ...]  # without the void ones
    cents: Cents


@dataclass(frozen=True, slots=True)
class ReceiptOf:
    payment_id: Id


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    service_date: date
    patient_words: str = field(repr=False)  # first name and last initial (BILLING S2)
    generic_words: str = field(repr=False)
    cents: Cents


@dataclass(frozen=True, slots=True)
class ReceiptContent:
    """What a receipt may show, and nothing more (BILLING S2, S9)."""

    number: str
    received_on: date
    method: str
    reference: str = field(repr=False)
    cents: Cents
    from_name: str = field(repr=False)
    practice_name: str
    practice_lines: tuple[str, ...]
    practice_phone: str
    lines: tuple[ReceiptLine, ...]  # what it paid
    credit_cents: Cents  # what of it is not yet applied
    still_owed_cents: Cents  # by the guarantor, after it
    voided: bool


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
    wanted = _wanted(found, "", owed, cmd.allocation, have)
    found.raise_stops()
    spent = spend(held, wanted, by_choice=cmd.allocation is not None)
    if not spent:
        raise Refused("Nothing is owed that this may pay. Choose the charges if a copay is to pay another visit.")
    post(work, cmd.id, (application(each, work.today) for each in spent))
    applied = total(each.cents for each in spent)
    work.entry.about("guarantor", cmd.guarantor_id, applied_cents=applied)
    return AppliedCredit(applied, Cents(have - applied))


def _posting_limits(work: Work, cmd: Unapply) -> list[Use]:
    by, at = journal.who_posted(work.conn, cmd.posting_id)
    return [reach(work, by, at)]


@usecase("credit.unapply", needs=Permission.VOID, topics={"ledger", "payments"}, limit=_posting_limits)
def unapply(work: Work, cmd: Unapply) -> Undone:
    """Turn an applied payment back into credit (BILLING J25)."""
    posting = journal.get(work.conn, cmd.posting_id)
    if posting.kind is not Kind.APPLY:
        raise Refused("This entry is not an applied payment.")
    journal.refuse_unless_live(work.conn, cmd.posting_id)
    take_back(work, cmd.id, [cmd.posting_id])
    work.entry.about("posting", cmd.posting_id, posting.lines[0].patient_id)
    return Undone(Kind.APPLY, 1)


def _void_limits(work: Work, cmd: VoidPayment) -> list[Use]:
    facts = payments.get(work.conn, cmd.payment_id)
    return [reach(work, facts.taken_by, facts.taken_at)]


@usecase("payment.void", needs=Permission.VOID, topics={"ledger", "payments"}, limit=_void_limits)
def void_payment(work: Work, cmd: VoidPayment) -> VoidedPayment:
    """Take a payment back while its deposit is open (BILLING S9)."""
    found = Findings()
    check_words(found, "reason", cmd.reason, needed=True)
    found.raise_stops()
    facts = payments.get(work.conn, cmd.payment_id)
    void_payment_rows(work, cmd.id, facts.id, cmd.reason.strip())
    work.entry.about("payment", facts.id, facts.patient_id, cents=facts.cents)
    return VoidedPayment(facts.id, facts.cents)


def _own_of_today(work: Work, cmd: UndoLast) -> list[Use]:
    return [Use(Limit.VOID_REACH, VOID_OWN_SAME_DAY)]


@usecase("posting.undo_last", needs=Permission.VOID, topics={"ledger", "payments", "visits"}, limit=_own_of_today)
def undo_last(work: Work, cmd: UndoLast) -> Undone:
    """Reverse exactly what the person posted last, today.

    Once more undoes what was posted before that. What itself took something back is not undone but entered anew.
    """
    last = _last_done(work)
    found = journal.of_ids(work.conn, last.live_ids)
    for posting_id in last.live_ids:
        if journal.is_live(work.conn, posting_id):
            _undo_one(work, cmd.id, posting_id, found[posting_id])
    first = found[last.live_ids[-1]]
    work.entry.about("command", last.command_id, first.lines[0].patient_id, postings=len(last.live_ids))
    return Undone(first.kind, len(last.live_ids))


def _last_done(work: Work) -> journal.DoneCommand:
    # A day before today's date begins everywhere on earth; each command is then looked at by its local day.
    since = datetime.combine(work.today - timedelta(days=1), time(), UTC)
    for done in journal.commands_of(work.conn, work.user.id, since, undo_last.name):
        if done.was_undo:
            continue
        if done.recorded_at.astimezone().date() != work.today:
            break
        if done.took_back:
            raise Refused("What you did last took something back, and that can't be undone. Enter it anew.")
        if done.live_ids:
            return done
    raise Refused("You have posted nothing today that could be undone.")


def _undo_one(work: Work, command_id: Id, posting_id: Id, posting: Posting) -> None:
    if posting.kind is Kind.CHARGE and posting.source_id is not None:
        void_rows(work, command_id, charges.get(work.conn, posting.source_id), "undo")
    elif posting.kind is Kind.PAYMENT and posting.source_id is not None:
        void_payment_rows(work, command_id, posting.source_id, "undo")
    else:
        make_room(work, command_id, posting)
        take_back(work, command_id, [posting_id], "undo")


@query("payment.form", needs=Permission.TAKE_PAYMENT, audit="payment.form")
def payment_form(read: Reading, query: PaymentForm) -> PaymentFormContent:
    """Return what a guarantor owes, charge by charge, and what credit there is."""
    name = payments.guarantor_name(read.conn, query.guarantor_id)
    owed = payments.owed_by(read.conn, query.guarantor_id)
    words = payments.charge_words(read.conn, [each.charge.charge_id for each in owed])
    held = payments.credits_of(read.conn, query.guarantor_id)
    read.entry.about("guarantor", query.guarantor_id)
    return PaymentFormContent(
        query.guarantor_id,
        name,
        tuple(_owed_charge(each, words[each.charge.charge_id]) for each in owed),
        tuple(CreditHeld(each.payment_id, each.number, each.received_on, each.visit_id, each.cents) for each in held),
        total(each.cents for each in owed),
        total(each.cents for each in held),
    )


def _owed_charge(owed: Owed, words: payments.ChargeWords) -> OwedCharge:
    return OwedCharge(owed.charge.charge_id, owed.visit_id, owed.charge.patient_id, words.patient_name,
                      owed.service_date, words.description, owed.cents)  # fmt: skip


@query("payment.day", needs=Permission.TAKE_PAYMENT)
def day_payments(read: Reading, query: DayPayments) -> DayPaymentsContent:
    """List the payments received on a day, with what they come to by method."""
    rows = payments.of_day(read.conn, query.on)
    good = [each.payment for each in rows if each.payment.voided_at is None]
    by_method = tuple(
        (method, total(each.cents for each in good if each.method == method))
        for method in METHODS
        if any(each.method == method for each in good)
    )
    return DayPaymentsContent(tuple(map(_payment_row, rows)), by_method, total(each.cents for each in good))


def _payment_row(row: payments.DayRow) -> PaymentRow:
    facts = row.payment
    return PaymentRow(
        facts.id,
        facts.number,
        facts.guarantor_id,
        row.guarantor_name,
        facts.method,
        facts.cents,
        row.unapplied_cents,
        row.taken_by_name,
        facts.taken_at,
        row.deposit_number,
        facts.voided_at is not None,
    )


@query("receipt.open", needs=Permission.TAKE_PAYMENT, audit="receipt.open")
def receipt_of(read: Reading, query: ReceiptOf) -> ReceiptContent:
    """Return what the receipt of a payment shows."""
    facts = payments.get(read.conn, query.payment_id)
    spent = payments.spent_on(read.conn, facts.id)
    words = payments.charge_words(read.conn, list(spent))
    lines = sorted(
        (ReceiptLine(words[each].service_date, words[each].patient_words, words[each].generic_words, cents)
         for each, cents in spent.items()),
        key=lambda line: line.service_date,
    )  # fmt: skip
    practice = payments.practice_block(read.conn)
    read.entry.about("payment", facts.id, facts.patient_id)
    return ReceiptContent(
        number=facts.number,
        received_on=facts.received_on,
        method=facts.method,
        reference=facts.reference,
        cents=facts.cents,
        from_name=payments.guarantor_name(read.conn, facts.guarantor_id),
        practice_name=practice.name,
        practice_lines=practice.lines,
        practice_phone=practice.phone,
        lines=tuple(lines),
        credit_cents=payments.unspent(read.conn, facts.id),
        still_owed_cents=total(each.cents for each in payments.owed_by(read.conn, facts.guarantor_id)),
        voided=facts.voided_at is not None,
    )


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
        spent = [Spend(owed, payment_id, payment.visit_id, cents) for owed, cents in wanted]
        self._postings += (application(each, received_on) for each in spent)
        self._reduce(payment.guarantor_id, spent)
        applied = total(each.cents for each in spent)
        self._taken.append(TakenPayment(payment_id, number, applied, Cents(payment.cents - applied)))

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
