"""Reading balances: the account of a patient, why it is owed, and how old it is (BILLING J7, S7, T6)."""

from dataclasses import dataclass, field
from datetime import date

from medbill_desktop.domain.aging import Aged
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.users import Permission
from medbill_desktop.usecases.declare import Reading, query


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
    """Of one charge, or of everything a guarantor owes."""

    charge_id: Id | None = None
    guarantor_id: Id | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One event behind a balance, in the order it happened; `undone` where a later one took it back."""

    posting_id: Id
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
    raise NotImplementedError


@query("account.explain", needs=Permission.VIEW_ACCOUNT, audit="account.explain")
def explain_balance(read: Reading, query: ExplainBalance) -> Explanation:
    """Answer "Why do I owe this?" with the entries and with words that can be read aloud."""
    raise NotImplementedError


@query("report.trial_balance", needs=Permission.REPORTS)
def trial_balance(read: Reading, query: TrialBalance) -> tuple[AccountSum, ...]:
    raise NotImplementedError


@query("report.aging", needs=Permission.REPORTS)
def aging(read: Reading, query: AgingAsOf) -> AgingReport:
    """Sum the receivable by party and age, as of the end of a day (BILLING T6)."""
    raise NotImplementedError
