"""Handing accounts to a collection agency, calling them back, and what it passes on (BILLING J43, S14)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from medbill_desktop.documents.csv_file import as_csv
from medbill_desktop.domain.collections import Candidate, CaseState, Debt, Way, why_not
from medbill_desktop.domain.detections_volume import BULK_ROWS
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Kind, agency_lines, posting_of, reinstate_lines
from medbill_desktop.domain.money import MOST, Cents, format_cents, plain_cents, total
from medbill_desktop.domain.postal import Postal
from medbill_desktop.domain.problems import Findings, NotAllowed, Refused
from medbill_desktop.domain.spending import spend
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import charges, collections, payments, users
from medbill_desktop.storage.collections import BadDebt
from medbill_desktop.storage.collections import CaseRow as CaseRow
from medbill_desktop.storage.collections import PaidSince as PaidSince
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.postal_style import style_of
from medbill_desktop.usecases.posting import application, check_words, post
from medbill_desktop.usecases.statement_selection import rules_now
from medbill_desktop.usecases.taking import METHODS

HEADS: Final = ("Reference", "Name", "Street", "Street 2", "City", "State", "ZIP", "Phone", "Balance",
                "Dates of service")  # fmt: skip


@dataclass(frozen=True, slots=True)
class ListCandidates:
    """Whom a final notice was mailed to."""


@dataclass(frozen=True, slots=True)
class CandidateRow:
    guarantor_id: Id
    name: str = field(repr=False)
    cents: Cents
    final_mailed_on: date | None
    special: bool
    left_out: int  # charges of other patients who asked for mail elsewhere
    asking: int  # charges that go only where a person who saw them says so
    why_not: str


@dataclass(frozen=True, slots=True)
class LookAtAccount:
    """What would an agency hear of this account, service by service?"""

    guarantor_id: Id


@dataclass(frozen=True, slots=True)
class AccountService:
    """One service that is owed; the words and the patient are for the screen, and never leave."""

    charge_id: Id
    service_date: date
    patient: str = field(repr=False)
    words: str = field(repr=False)
    cents: Cents
    way: Way
    why: str


@dataclass(frozen=True, slots=True)
class ListCases:
    """Those that are under way first."""


@dataclass(frozen=True, slots=True)
class ReviewAccount:
    """A person looked at the account and proposes to hand it over.

    `on_purpose` are the services that go though they ask; `looked` says that the person saw which ones those are.
    """

    id: Id
    guarantor_id: Id
    on_purpose: tuple[Id, ...] = ()
    looked: bool = False


@dataclass(frozen=True, slots=True)
class DecideCase:
    """`approve` False says no, with words."""

    id: Id
    case_id: Id
    approve: bool
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SendCases:
    """Hand the approved cases over; the file is made afterwards, and can be made again."""

    id: Id
    case_ids: tuple[Id, ...]


@dataclass(frozen=True, slots=True)
class AgencyFile:
    case_ids: tuple[Id, ...]


@dataclass(frozen=True, slots=True)
class RecallCase:
    id: Id
    case_id: Id
    words: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PaidSinceHandover:
    """Payments that the agency has not heard of."""


@dataclass(frozen=True, slots=True)
class ReportedPaid:
    """The agency was told of all payments up to now."""

    id: Id


@dataclass(frozen=True, slots=True)
class AgencyRemit:
    """The agency passes on what it collected of one account, less what it keeps."""

    id: Id
    guarantor_id: Id
    gross_cents: Cents
    kept_cents: Cents
    method: str
    reference: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AgencyRemitted:
    payment_id: Id
    number: str
    reinstated_cents: Cents
    applied_cents: Cents


@dataclass(frozen=True, slots=True)
class Reinstate:
    """A bad debt is owed again, because somebody pays it after all."""

    id: Id
    charge_id: Id
    cents: Cents


@query("collection.candidates", needs=Permission.RUN_STATEMENTS)
def list_candidates(read: Reading, query: ListCandidates) -> tuple[CandidateRow, ...]:
    """List whom a final notice was mailed to, each with why it may not be handed over."""
    found = [each for each in collections.candidates(read.conn, read.today) if each.debts]
    said = collections.names(read.conn, [each.guarantor_id for each in found])
    days = rules_now(read).due_days
    rows = (_candidate(each, said[each.guarantor_id], why_not(each, days, read.today)) for each in found)
    return tuple(sorted(rows, key=lambda row: (bool(row.why_not), row.name.casefold())))


def _candidate(each: Candidate, name: str, why: str) -> CandidateRow:
    left_out, asking = len(each.staying), len(each.asking)
    return CandidateRow(each.guarantor_id, name, each.cents, each.final_mailed_on, each.special, left_out, asking, why)


@query("collection.look", needs=Permission.RUN_STATEMENTS, audit="collection.look")
def look_at_account(read: Reading, query: LookAtAccount) -> tuple[AccountService, ...]:
    """List what is owed, with what a patient keeps from plans or from the guarantor's address."""
    read.entry.about("guarantor", query.guarantor_id)
    found = collections.candidates(read.conn, read.today, [query.guarantor_id])
    debts = [debt for each in found for debt in each.debts]
    words = payments.charge_words(read.conn, [each.charge_id for each in debts])
    return tuple(_service(each, words[each.charge_id]) for each in debts)


def _service(debt: Debt, words: payments.ChargeWords) -> AccountService:
    return AccountService(debt.charge_id, debt.service_date, words.patient_words, words.generic_words, debt.cents,
                          debt.way, debt.why)  # fmt: skip


@query("collection.list", needs=Permission.RUN_STATEMENTS)
def list_cases(read: Reading, query: ListCases) -> tuple[CaseRow, ...]:
    return tuple(collections.listed(read.conn))


@usecase("collection.review", needs=Permission.RUN_STATEMENTS, topics={"payments"})
def review_account(work: Work, cmd: ReviewAccount) -> Id:
    """Propose an account for the agency; somebody else approves it."""
    account = _judged(work, cmd.guarantor_id)
    if account.asking and not cmd.looked:
        raise Refused("A patient keeps services of this account from plans, or from an address. Look at them first.")
    each = account.letting(cmd.on_purpose)
    if each.cents <= 0:
        raise Refused("Nothing is owed that an agency may hear of.")
    values = {"id": cmd.id, "number": work.number("collection"), "guarantor_id": each.guarantor_id,
              "cents": each.cents, "state": CaseState.REVIEWED, "special": each.special,
              "reviewed_by": work.user.id, "reviewed_on": work.today}  # fmt: skip
    collections.add(work.conn, values, each.going)
    let_go = sum(debt.on_purpose for debt in each.going)
    work.entry.about("guarantor", each.guarantor_id, cents=each.cents, charges=len(each.going), on_purpose=let_go)
    return cmd.id


@usecase("collection.decide", needs=Permission.COLLECT, topics={"payments"})
def decide_case(work: Work, cmd: DecideCase) -> None:
    """Approve what somebody else reviewed; children and what is kept from plans are an owner's (BILLING S14)."""
    case = _in_state(work, cmd.case_id, CaseState.REVIEWED)
    found = Findings()
    check_words(found, "words", cmd.words, needed=not cmd.approve)
    found.raise_stops()
    alone = sum(each.active for each in users.all_users(work.conn)) == 1
    if cmd.approve and case.reviewed_by == work.user.id and not alone:
        raise Refused("You reviewed this account. Somebody else approves it.")
    if cmd.approve and case.special and Permission.COLLECT_SPECIAL not in work.user.permissions:
        raise Refused("An owner decides: it holds a child's services, or services that a patient keeps from plans.")
    state = CaseState.APPROVED if cmd.approve else CaseState.REFUSED
    collections.change(work.conn, case.id, state=state, approved_by=work.user.id, approved_on=work.today,
                       words=cmd.words.strip())  # fmt: skip
    work.entry.about("guarantor", case.guarantor_id, cents=case.cents, approved=cmd.approve, alone=alone)


@usecase("collection.send", needs=Permission.COLLECT, topics={"payments", "patients", "statements"})
def send_cases(work: Work, cmd: SendCases) -> int:
    """Hand cases over: statements stop, and payments are reported from now on."""
    if not cmd.case_ids:
        raise Refused("Choose the approved cases to hand over.")
    for case_id in cmd.case_ids:
        case = _in_state(work, case_id, CaseState.APPROVED)
        each = collections.told_of(work.conn, [case], work.today)[case.id]
        stopped = each.bankrupt or each.dispute or each.deceased or each.plan_current
        # Since it was reviewed a patient may have asked that a service be kept from plans, or from an address.
        if stopped or each.cents <= 0 or len(each.going) < len(each.debts):
            raise Refused(f"Case {case.number} has changed since it was approved. Call it back and look at it again.")
        collections.change(work.conn, case.id, state=CaseState.SENT, sent_at=work.now)
        collections.flag(work.conn, case.guarantor_id, work.today)
        work.also("collection.send", "guarantor", case.guarantor_id, cents=case.cents)
    work.entry.about("batch", cmd.id, cases=len(cmd.case_ids))
    return len(cmd.case_ids)


@query("collection.file", needs=Permission.COLLECT, audit="collection.file", emergency=False)
def agency_file(read: Reading, query: AgencyFile) -> bytes:
    """Return the file for the agency: name, address, balance, dates of service; nothing clinical."""
    if len(query.case_ids) > BULK_ROWS and Permission.BULK_EXPORT not in read.user.permissions:
        able = read.user.book.who_may(Permission.BULK_EXPORT)
        raise NotAllowed(f"More than {BULK_ROWS} accounts leave in bulk. Make smaller files, or ask: {able}.")
    for case_id in query.case_ids:
        if collections.get(read.conn, case_id).state is not CaseState.SENT:
            raise Refused("Only cases that were handed over go into the file.")
    lines = collections.file_lines(read.conn, query.case_ids, read.today)
    read.entry.about("batch", None, cases=len(lines))
    style = style_of(read)
    rows = [
        (each.number, each.name, at.street, at.street2, at.city, at.state, at.zip, each.phone,
         plain_cents(each.cents), " ".join(day.isoformat() for day in each.service_dates))
        for each in lines
        for at in (style(Postal(each.street, each.street2, each.city, each.state, each.zip)),)
    ]  # fmt: skip
    return as_csv([HEADS, *rows])


@usecase("collection.recall", needs=Permission.COLLECT, topics={"payments", "patients", "statements"})
def recall_case(work: Work, cmd: RecallCase) -> None:
    """Call an account back; statements go out again."""
    case = collections.get(work.conn, cmd.case_id)
    found = Findings()
    check_words(found, "words", cmd.words, needed=True)
    found.raise_stops()
    if case.state in (CaseState.RECALLED, CaseState.REFUSED):
        raise Refused("This case is not with the agency.")
    collections.change(work.conn, case.id, state=CaseState.RECALLED, recalled_on=work.today, words=cmd.words.strip())
    if case.state is CaseState.SENT:
        collections.flag(work.conn, case.guarantor_id, None)
    work.entry.about("guarantor", case.guarantor_id, cents=case.cents)


@query("collection.paid", needs=Permission.RUN_STATEMENTS)
def paid_since_handover(read: Reading, query: PaidSinceHandover) -> tuple[PaidSince, ...]:
    return tuple(collections.paid_since(read.conn, collections.in_state(read.conn, CaseState.SENT)))


@query("collection.paid_file", needs=Permission.COLLECT, audit="collection.paid_file", emergency=False)
def paid_file(read: Reading, query: PaidSinceHandover) -> bytes:
    """Return the payments that the agency must hear of as CSV, by its reference."""
    found = collections.paid_since(read.conn, collections.in_state(read.conn, CaseState.SENT))
    read.entry.about("batch", None, payments=len(found))
    heads = ("Reference", "Received", "Amount", "Taken back")
    rows = [
        (each.case_number, each.received_on.isoformat(), plain_cents(each.cents), "yes" if each.taken_back else "")
        for each in found
    ]
    return as_csv([heads, *rows])


@usecase("collection.reported", needs=Permission.COLLECT, topics={"payments"})
def reported_paid(work: Work, cmd: ReportedPaid) -> int:
    """Note that the agency was told of every payment up to now."""
    cases = collections.in_state(work.conn, CaseState.SENT)
    told = {each.case_id for each in collections.paid_since(work.conn, cases)}
    for case_id in told:
        collections.change(work.conn, case_id, reported_until=work.now)
    work.entry.about("batch", cmd.id, cases=len(told))
    return len(told)


@usecase("collection.remit", needs=Permission.TAKE_PAYMENT, topics={"ledger", "payments"})
def agency_remit(work: Work, cmd: AgencyRemit) -> AgencyRemitted:
    """Take what the agency passes on: bad debts are owed again as far as it reaches, and paid (BILLING J43)."""
    _check_remit(work, cmd)
    written = collections.bad_debts(work.conn, cmd.guarantor_id)
    theirs = collections.handed_over(work.conn, cmd.guarantor_id)
    owed = total(e.cents for e in payments.owed_by(work.conn, cmd.guarantor_id) if e.charge.charge_id in theirs)
    reinstated = _reinstate_up_to(work, cmd.id, written, Cents(max(cmd.gross_cents - owed, 0)))
    payment_id, number = work.new_id(), work.number("receipt")
    slip_id = payments.open_slip(work.conn, cmd.method)
    if slip_id is None:
        slip_id = work.new_id()
        payments.add_slip(work.conn, slip_id, work.number("deposit"), cmd.method, work.today)
    row = {"id": payment_id, "number": number, "guarantor_id": cmd.guarantor_id, "patient_id": None,
           "method": cmd.method, "cents": cmd.gross_cents, "received_on": work.today, "deposit_id": slip_id,
           "visit_id": None, "reference": cmd.reference.strip(), "taken_by": work.user.id, "taken_at": work.now,
           "kept_cents": cmd.kept_cents, "from_agency": True}  # fmt: skip
    payments.add(work.conn, [row])
    lines = agency_lines(cmd.guarantor_id, payment_id, slip_id, cmd.gross_cents, cmd.kept_cents, patient_id=None)
    post(work, cmd.id, [posting_of(Kind.PAYMENT, work.today, lines, source_kind="payment", source_id=payment_id)])
    theirs |= {each.charge_id for each in written}
    debts = payments.owed_by(work.conn, cmd.guarantor_id)
    # What the agency collected pays what it was given, and only then what came later.
    debts.sort(key=lambda each: each.charge.charge_id not in theirs)
    held = [each for each in payments.credits_of(work.conn, cmd.guarantor_id) if each.payment_id == payment_id]
    spent = spend(held, [(each, each.cents) for each in debts], by_choice=False)
    post(work, cmd.id, (application(each, work.today) for each in spent))
    applied = total(each.cents for each in spent)
    work.entry.about("payment", payment_id, cents=cmd.gross_cents, kept_cents=cmd.kept_cents, applied_cents=applied)
    return AgencyRemitted(payment_id, number, reinstated, applied)


@usecase("adjustment.reinstate", needs=Permission.WRITE_OFF, topics={"ledger"})
def reinstate(work: Work, cmd: Reinstate) -> Cents:
    """Let a bad debt be owed again, so that it can be paid (BILLING J43)."""
    row = charges.get(work.conn, cmd.charge_id)
    written = collections.bad_debts(work.conn, row.guarantor_id)
    own = [each for each in written if each.charge_id == row.id]
    standing = total(each.cents for each in own)
    found = Findings()
    if cmd.cents <= 0:
        found.stop("amount", "cents", "Type an amount above zero.")
    elif cmd.cents > standing:
        found.stop("too-much", "cents", f"Only {format_cents(standing)} was written off as bad debt here.")
    found.raise_stops()
    _reinstate_up_to(work, cmd.id, own, cmd.cents)
    work.entry.about("charge", row.id, row.patient_id, cents=cmd.cents)
    return cmd.cents


def _check_remit(work: Work, cmd: AgencyRemit) -> None:
    payments.guarantor_name(work.conn, cmd.guarantor_id)
    found = Findings()
    if not 0 < cmd.gross_cents <= MOST:
        found.stop("amount", "gross_cents", "Type what the agency collected.")
    if not 0 <= cmd.kept_cents < max(cmd.gross_cents, 1):
        found.stop("kept", "kept_cents", "The agency can't keep as much as it collected.", "Type what it kept.")
    if cmd.method not in METHODS:
        found.stop("method", "method", "Choose cash, check, card or EFT.")
    check_words(found, "reference", cmd.reference)
    found.raise_stops()


def _reinstate_up_to(work: Work, command_id: Id, debts: Iterable[BadDebt], cents: Cents) -> Cents:
    left = cents
    for debt in debts:
        part = Cents(min(left, debt.cents))
        if part > 0:
            _post_reinstated(work, command_id, debt.charge_id, debt.guarantor_id, part)
            left = Cents(left - part)
    return Cents(cents - left)


def _post_reinstated(work: Work, command_id: Id, charge_id: Id, guarantor_id: Id, cents: Cents) -> None:
    row = charges.get(work.conn, charge_id)
    lines = reinstate_lines(row.facts, guarantor_id, cents)
    post(work, command_id, [posting_of(Kind.REINSTATE, work.today, lines, source_kind="charge", source_id=charge_id)])


def _judged(work: Work, guarantor_id: Id) -> Candidate:
    payments.guarantor_name(work.conn, guarantor_id)
    [each] = collections.candidates(work.conn, work.today, [guarantor_id])
    if why := why_not(each, rules_now(work).due_days, work.today):
        raise Refused(why)
    return each


def _in_state(work: Work, case_id: Id, state: CaseState) -> CaseRow:
    case = collections.get(work.conn, case_id)
    if case.state is not state:
        raise Refused(f"Case {case.number} is {case.state} by now.")
    return case
