"""Reading balances: the account of a patient, why it is owed, and how old it is (BILLING J7, S7, T6)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from medbill_desktop.domain import explain, explain_spanish
from medbill_desktop.domain.aging import Aged, aged
from medbill_desktop.domain.explain import ChargeStory, GuarantorStory
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Account as JournalAccount
from medbill_desktop.domain.journal import Cause, Kind, Line, Posting
from medbill_desktop.domain.ledger_words import SCREEN, LedgerWords, on_paper
from medbill_desktop.domain.money import ZERO, Cents, format_cents, total
from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.statement_words import Language
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import accounts, below_zero, charges, journal, merged, payments
from medbill_desktop.storage import aging as aging_sums
from medbill_desktop.storage.accounts import ChargeSums, Names, PlanOwes
from medbill_desktop.storage.charges import ChargeRow
from medbill_desktop.storage.journal import Event
from medbill_desktop.usecases.declare import Reading, query

TELLING: Final = {Language.ENGLISH: explain, Language.SPANISH: explain_spanish}
BASIS: Final = "patients since the balance became theirs, insurance since service"


@dataclass(frozen=True, slots=True)
class OpenAccount:
    patient_id: Id


@dataclass(frozen=True, slots=True)
class AccountLine:
    """One charge. `status` is `insurance`, `patient`, `settled`, `credit` or `void`; `status_words` says it."""

    charge_id: Id
    visit_id: Id
    control_number: str
    service_date: date
    last_day: date | None  # of a service that went on for days
    description: str = field(repr=False)
    code: str = field(repr=False)
    modifiers: str = field(repr=False)
    units: int
    charged_cents: Cents
    insurance_paid_cents: Cents
    adjusted_cents: Cents
    patient_paid_cents: Cents
    balance_cents: Cents
    patient_owes_cents: Cents
    with_insurance_cents: Cents
    coverage_id: Id | None  # the coverage that owes, if one does
    status: str
    status_words: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AccountTotals:
    charged_cents: Cents
    insurance_paid_cents: Cents
    adjusted_cents: Cents
    patient_paid_cents: Cents
    balance_cents: Cents


@dataclass(frozen=True, slots=True)
class Account:
    patient_id: Id
    guarantor_id: Id
    with_insurance_cents: Cents
    patient_owes_cents: Cents
    credit_cents: Cents  # of the guarantor, who may pay for several patients
    lines: tuple[AccountLine, ...]  # newest service first
    totals: AccountTotals  # of the lines that are not void
    patient_aging: Aged  # since the day it became theirs
    insurance_aging: Aged  # since service
    as_of: date


@dataclass(frozen=True, slots=True)
class ExplainBalance:
    """Of one charge, or of everything a guarantor owes; for a paper in the language of whoever gets it."""

    charge_id: Id | None = None
    guarantor_id: Id | None = None
    on_paper: Language | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One event behind a balance, in the order it happened; `undone` where a later one took it back.

    Behind a guarantor's balance stand charges and credits instead, which open further; they have no posting.
    """

    posting_id: Id | None
    charge_id: Id | None
    kind: str
    posted_on: date
    words: str = field(repr=False)
    detail: str = field(repr=False)
    cents: Cents
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """`entries` sum to `balance_cents`; of it the patient owes `owes_cents` and plans `with_insurance_cents`."""

    title: str = field(repr=False)
    read_aloud: str = field(repr=False)
    entries: tuple[Entry, ...]
    balance_cents: Cents
    owes_cents: Cents
    with_insurance_cents: Cents
    credit_cents: Cents
    unchanged_since: date | None


@dataclass(frozen=True, slots=True)
class TrialBalance:
    until: date | None = None


@dataclass(frozen=True, slots=True)
class AccountSum:
    account: str
    cents: Cents


@dataclass(frozen=True, slots=True)
class AgingAsOf:
    """None as the day is today, which is the fast one."""

    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class AgingRow:
    """A payer, or with `payer_id` None the patients."""

    payer_id: Id | None
    words: str
    aged: Aged


@dataclass(frozen=True, slots=True)
class AgingReport:
    as_of: date
    basis: str
    rows: tuple[AgingRow, ...]
    total: Aged


@query("account.open", needs=Permission.VIEW_ACCOUNT, audit="account.open")
def open_account(read: Reading, query: OpenAccount) -> Account:
    """Return every charge of a patient with where it stands, and how old the balance is."""
    query = replace(query, patient_id=merged.survivor(read.conn, query.patient_id))
    guarantor_id = accounts.guarantor_of(read.conn, query.patient_id)
    rows = charges.of_patient(read.conn, query.patient_id)
    sums = accounts.sums_of_patient(read.conn, query.patient_id)
    plans: dict[Id, list[PlanOwes]] = {}
    for plan in accounts.plans_owing(read.conn, charges.ids_of_patient(query.patient_id)):
        plans.setdefault(plan.charge_id, []).append(plan)
    since = journal.owed_since(read.conn, charges.ids_of_patient(query.patient_id))
    lines = tuple(_account_line(row, sums.get(row.id, ChargeSums()), plans.get(row.id, ())) for row in rows)
    read.entry.about("patient", query.patient_id, query.patient_id)
    patients = [(since.get(each.charge_id, each.service_date), each.patient_owes_cents) for each in lines]
    return Account(
        query.patient_id,
        guarantor_id,
        total(each.with_insurance_cents for each in lines),
        total(each.patient_owes_cents for each in lines),
        accounts.credits(read.conn, [guarantor_id]).get(guarantor_id, ZERO),
        lines,
        _totals(lines),
        aged(patients, read.today),
        aged(((each.service_date, each.with_insurance_cents) for each in lines), read.today),
        read.today,
    )


def _account_line(row: ChargeRow, sums: ChargeSums, plans: Sequence[PlanOwes]) -> AccountLine:
    status, words = _status(row, sums, plans)
    return AccountLine(
        row.id,
        row.visit_id,
        row.control_number,
        row.service_date,
        row.service_to,
        row.description,
        row.code,
        row.modifiers,
        row.units,
        sums.charged_cents,
        sums.insurance_paid_cents,
        sums.adjusted_cents,
        sums.patient_paid_cents,
        sums.balance_cents,
        sums.owes_cents,
        sums.pending_cents,
        plans[0].coverage_id if plans else None,
        status,
        words,
    )


def _status(row: ChargeRow, sums: ChargeSums, plans: Sequence[PlanOwes]) -> tuple[str, str]:
    if row.voided_at is not None:
        return "void", "Void"
    if sums.owes_cents < 0 or sums.pending_cents < 0:
        return "credit", "Paid too much"
    if sums.owes_cents:
        return "patient", f"Patient owes, rest with {plans[0].payer_name}" if plans else "Patient owes"
    return ("insurance", f"With {plans[0].payer_name}") if plans else ("settled", "Settled")


def _totals(lines: Sequence[AccountLine]) -> AccountTotals:
    live = [each for each in lines if each.status != "void"]
    return AccountTotals(
        total(each.charged_cents for each in live),
        total(each.insurance_paid_cents for each in live),
        total(each.adjusted_cents for each in live),
        total(each.patient_paid_cents for each in live),
        total(each.balance_cents for each in live),
    )


@query("account.explain", needs=Permission.VIEW_ACCOUNT, audit="account.explain")
def explain_balance(read: Reading, query: ExplainBalance) -> Explanation:
    """Answer "Why do I owe this?" with the entries and with words that can be read aloud."""
    if query.charge_id is not None:
        return _explain_charge(read, query.charge_id, query.on_paper)
    if query.guarantor_id is not None:
        return _explain_guarantor(read, query.guarantor_id, query.on_paper)
    raise Refused("Choose a charge or a guarantor.")


def _said(language: Language | None) -> LedgerWords:
    return SCREEN if language is None else on_paper(language)


def _explain_charge(read: Reading, charge_id: Id, language: Language | None) -> Explanation:
    row, events = charges.get(read.conn, charge_id), journal.events_of_charge(read.conn, charge_id)
    sums = accounts.sums_of_charge(read.conn, charge_id)
    lines = [line for each in events for line in each.posting.lines if line.charge_id == charge_id]
    names = accounts.names_for(
        read.conn,
        row.provider_id,
        sorted({line.coverage_id for line in lines if line.coverage_id is not None}),
        sorted({line.payment_id for line in lines if line.payment_id is not None}),
    )
    read.entry.about("charge", charge_id, row.patient_id)
    return Explanation(
        row.description,
        TELLING[language or Language.ENGLISH].tell_charge(_story(row, events, sums, names), read.today),
        tuple(_entry(row, each, names, _said(language)) for each in events),
        sums.balance_cents,
        sums.owes_cents,
        sums.pending_cents,
        ZERO,
        max((each.posting.posted_on for each in events), default=None),
    )


def _story(row: ChargeRow, events: Sequence[Event], sums: ChargeSums, names: Names) -> ChargeStory:
    live = [each.posting for each in events if not each.undone and each.posting.reverses is None]
    owing = [line for each in live for line in _receivables(each, row.id)]
    moved = [line for line in owing if line.cause is Cause.TRANSFER and line.cents > 0]
    to_patient = [line.reason for line in moved if line.guarantor_id is not None]
    plans = [row.coverage_id, *(line.coverage_id for line in moved)]
    return ChargeStory(
        row.generic_words,
        row.service_date,
        sums.charged_cents,
        _by((names.payers.get(line.coverage_id or Id(0), ""), -line.cents)
            for line in owing if line.cause is Cause.PAYMENT and line.coverage_id is not None),
        _by((line.reason or "", -line.cents) for line in owing if line.cause in (Cause.ADJUST, Cause.REINSTATE)),
        sums.patient_paid_cents,
        _by((names.payers[line.coverage_id], line.cents) for line in owing if line.coverage_id is not None),
        sums.owes_cents,
        to_patient[-1] if to_patient else None,
        next((names.payers.get(each) for each in plans if each is not None), None),
        row.voided_at is not None,
        row.service_to,
    )  # fmt: skip


def _by(parts: Iterable[tuple[str, int]]) -> tuple[tuple[str, Cents], ...]:
    sums: dict[str, int] = {}
    for name, cents in parts:
        sums[name] = sums.get(name, 0) + cents
    return tuple((name, Cents(cents)) for name, cents in sums.items() if cents)


def _receivables(posting: Posting, charge_id: Id) -> list[Line]:
    return [each for each in posting.lines if each.charge_id == charge_id and each.account is JournalAccount.RECEIVABLE]


def _entry(row: ChargeRow, event: Event, names: Names, said: LedgerWords) -> Entry:
    posting = event.posting
    words, detail = _words(row, posting, names, said)
    if posting.kind is Kind.REVERSAL:
        words = f"{said.taken_back}: {words[:1].lower()}{words[1:]}"
        detail = posting.memo or detail
    cents = total(line.cents for line in _receivables(posting, row.id))
    return Entry(event.posting_id, row.id, posting.kind, posting.posted_on, words, detail, cents, event.undone)


def _words(row: ChargeRow, posting: Posting, names: Names, said: LedgerWords) -> tuple[str, str]:
    lines = _receivables(posting, row.id)
    causes = {line.cause for line in lines}
    if Cause.CHARGE in causes:
        return f"{row.description}, {names.provider}", f"Charge {row.control_number}"
    if Cause.TRANSFER in causes:
        [target] = [line for line in lines if (line.cents > 0) == (posting.reverses is None)]
        to = said.patient if target.coverage_id is None else names.payers[target.coverage_id]
        why = said.reasons.get(target.reason or "", target.reason or "")
        return said.moved.format(who=to), said.because.format(cents=format_cents(abs(target.cents)), why=why)
    if Cause.REINSTATE in causes:
        return said.owed_again, said.reasons["bad_debt_recovery"]
    if Cause.ADJUST in causes:
        return said.reasons.get(lines[0].reason or "", said.adjusted), posting.memo
    number, method = names.receipts.get(lines[0].payment_id or Id(0), ("", ""))
    return said.paid, said.receipt.format(number=number, method=said.methods.get(method, method))


def _explain_guarantor(read: Reading, guarantor_id: Id, language: Language | None) -> Explanation:
    said = _said(language)
    name = payments.guarantor_name(read.conn, guarantor_id)
    items = accounts.open_items(read.conn, [guarantor_id])
    owed = [each for each in items if each.owes_cents]
    words = payments.charge_words(read.conn, [each.charge_id for each in owed])
    held = payments.credits_of(read.conn, guarantor_id)
    entries = [
        Entry(None, each.charge_id, "charge", each.since or each.service_date, words[each.charge_id].description,
              words[each.charge_id].patient_words, each.owes_cents)
        for each in owed
    ]  # fmt: skip
    entries += (
        Entry(None, None, "credit", each.received_on, said.unused, _receipt(said, each.number),
              Cents(-each.cents))
        for each in held
    )  # fmt: skip
    lacks = below_zero.of_guarantor(read.conn, guarantor_id)
    entries += (
        Entry(None, None, "credit", each.received_on, said.taken_by_bank, _receipt(said, each.number), each.cents)
        for each in lacks
    )  # fmt: skip
    owes, credit = total(each.owes_cents for each in owed), total(each.cents for each in held)
    lacking = total(each.cents for each in lacks)
    pending = total(each.pending_cents for each in items)
    oldest = min((each.service_date for each in owed), default=None)
    read.entry.about("guarantor", guarantor_id)
    return Explanation(
        name,
        TELLING[language or Language.ENGLISH].tell_guarantor(
            GuarantorStory(owes, len(owed), oldest, credit, pending, lacking), read.today
        ),
        tuple(entries),
        Cents(owes - credit + lacking),
        owes,
        pending,
        credit,
        None,
    )


def _receipt(said: LedgerWords, number: str) -> str:
    return said.receipt.split(",")[0].format(number=number)


@query("report.trial_balance", needs=Permission.REPORTS, audit="report.trial_balance")
def trial_balance(read: Reading, query: TrialBalance) -> tuple[AccountSum, ...]:
    """Return the sum of each account of the journal; together they are zero (BILLING J9)."""
    sums = journal.trial_balance(read.conn, query.until)
    read.entry.about("report", None, rows=len(sums))
    return tuple(AccountSum(each, sums[each]) for each in JournalAccount if each in sums)


@query("report.aging", needs=Permission.REPORTS, audit="report.aging")
def aging(read: Reading, query: AgingAsOf) -> AgingReport:
    """Sum the receivable by party and age, as of the end of a day (BILLING T6)."""
    as_of = query.as_of or read.today
    until = None if as_of >= read.today else as_of
    rows = tuple(
        AgingRow(each.payer_id, each.payer_name, Aged(each.cents))
        for each in aging_sums.aged_by_party(read.conn, as_of, until)
    )
    read.entry.about("report", None, rows=len(rows))
    first, second, third, fourth, fifth = (
        total(row.aged.buckets[place] for row in rows) for place in range(len(rows[0].aged.buckets))
    )
    return AgingReport(as_of, BASIS, rows, Aged((first, second, third, fourth, fifth)))
