"""Single statements as a person looks at them: a page before it is made, and what a run is made of (BILLING S2, S6)."""

from dataclasses import dataclass, field
from datetime import date

from medbill_desktop.documents.statement import statements_pdf
from medbill_desktop.domain.dunning import STEP_WORDS
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.statements import Mailbox
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import statements as store
from medbill_desktop.usecases.declare import Reading, query
from medbill_desktop.usecases.statements import PreviewStatement, preview_statement


@dataclass(frozen=True, slots=True)
class PreviewPage:
    """The page that a mailbox would get today."""

    mailbox: Mailbox


@dataclass(frozen=True, slots=True)
class StatementsOfRun:
    run_id: Id


@dataclass(frozen=True, slots=True)
class MadeStatement:
    """One statement of a run; `addressee` is the name in the window."""

    statement_id: Id
    number: str
    addressee: str = field(repr=False)
    step_words: str
    total_cents: Cents
    mailed_on: date | None
    confidential: bool


@query("statement.preview_page", needs=Permission.VIEW_ACCOUNT, audit="statement.preview_page")
def preview_page(read: Reading, query: PreviewPage) -> bytes:
    """Draw the page before it is made; it has no number yet."""
    shown = preview_statement.body(read, PreviewStatement(query.mailbox))
    if shown.content is None:
        raise Refused("There is no page to show: nothing of this account may stand on a statement now.")
    return statements_pdf([shown.content], read.watch)


@query("statement.of_run", needs=Permission.RUN_STATEMENTS)
def statements_of_run(read: Reading, query: StatementsOfRun) -> tuple[MadeStatement, ...]:
    """List the statements of a run that stand, in the order of their numbers."""
    made = []
    for each in store.of_run(read.conn, query.run_id):
        lines = store.content_of(each).addressee
        made.append(
            MadeStatement(
                each.id, each.number, lines[0] if lines else "", STEP_WORDS[each.step], each.total_cents,
                each.mailed_on, each.patient_id is not None,
            )
        )  # fmt: skip
    return tuple(made)
