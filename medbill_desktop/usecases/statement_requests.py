"""What a person asks of statements, and what comes back (BILLING S1-S6)."""

from dataclasses import dataclass, field
from datetime import date

from medbill_desktop.domain.dunning import Step
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.statement_content import StatementContent
from medbill_desktop.domain.statement_reasons import Reason
from medbill_desktop.domain.statement_rules import StatementRules
from medbill_desktop.domain.statements import Mailbox


@dataclass(frozen=True, slots=True)
class SelectStatements:
    """Who would get a statement today, and who would not."""


@dataclass(frozen=True, slots=True)
class SelectionRow:
    """One line of the list; `reason` is None for those who get one."""

    mailbox: Mailbox
    name: str = field(repr=False)
    total_cents: Cents
    oldest_since: date | None
    last_mailed_on: date | None
    step: Step
    step_words: str
    reason: Reason | None
    why: str


@dataclass(frozen=True, slots=True)
class Selection:
    """Both halves of the list, by name, with their sums."""

    on: date
    rules: StatementRules
    chosen: tuple[SelectionRow, ...]
    left_out: tuple[SelectionRow, ...]
    chosen_cents: Cents
    left_out_cents: Cents


@dataclass(frozen=True, slots=True)
class PreviewStatement:
    mailbox: Mailbox


@dataclass(frozen=True, slots=True)
class StatementPreview:
    """What the page would say and what shows in the window; `content` stands also where a reason keeps it back."""

    row: SelectionRow
    content: StatementContent | None
    window_lines: tuple[str, ...] = field(repr=False)
    envelope_words: str
    held_notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunStatements:
    """Make statements for the mailboxes given, or for everyone who is to get one."""

    id: Id
    only: tuple[Mailbox, ...] | None = None


@dataclass(frozen=True, slots=True)
class RunMade:
    run_id: Id | None  # None where nobody gets one
    statements: int
    total_cents: Cents
    left_out: int


@dataclass(frozen=True, slots=True)
class RefreshRun:
    """Build again what changed since the run was made and is not mailed yet (BILLING S6)."""

    id: Id
    run_id: Id


@dataclass(frozen=True, slots=True)
class RunRefreshed:
    rebuilt: int
    withdrawn: int


@dataclass(frozen=True, slots=True)
class ConfirmMailed:
    """A person says that the statements of a run went to the post, but for `kept_back`, and what they counted."""

    id: Id
    run_id: Id
    mailed_on: date
    kept_back: tuple[Id, ...] = ()
    envelopes: int | None = None
    sheets: int | None = None


@dataclass(frozen=True, slots=True)
class MailedConfirmed:
    mailed: int
    kept_back: int


@dataclass(frozen=True, slots=True)
class WithdrawRun:
    """Take back what is not mailed of a run, so that it can be made anew."""

    id: Id
    run_id: Id


@dataclass(frozen=True, slots=True)
class RunPdf:
    """One PDF of a run's statements, or of those only that are not mailed yet."""

    run_id: Id
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class StatementPdf:
    """One statement again, as it was made."""

    statement_id: Id


@dataclass(frozen=True, slots=True)
class ListRuns:
    limit: int = 50


@dataclass(frozen=True, slots=True)
class RunRow:
    run_id: Id
    made_on: date
    due_on: date
    statements: int
    total_cents: Cents
    mailed: int
    withdrawn: int
    changed_since: int  # not mailed, and the account has changed: refresh before printing


@dataclass(frozen=True, slots=True)
class GuarantorStatements:
    guarantor_id: Id


@dataclass(frozen=True, slots=True)
class StatementRow:
    statement_id: Id
    number: str
    run_id: Id
    statement_date: date
    due_date: date
    step: Step
    step_words: str
    total_cents: Cents
    mailed_on: date | None
    withdrawn_on: date | None
    confidential: bool
    returned_on: date | None = None
    to_do: str = field(default="", repr=False)  # where it came back and nobody settled that


@dataclass(frozen=True, slots=True)
class StatementRulesNow:
    """The rules in force today."""


@dataclass(frozen=True, slots=True)
class SetStatementRules:
    id: Id
    rules: StatementRules
