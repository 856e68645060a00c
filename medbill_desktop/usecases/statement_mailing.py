"""From the printer to the post: how many envelopes and sheets a run makes, a list to tick off, and what was mailed."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from medbill_desktop.documents.plain_sheet import Grid, PlainSheet, plain_sheet_pdf
from medbill_desktop.documents.statement import marks_of, sheets_of
from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import statement_life as life
from medbill_desktop.storage import statements as store
from medbill_desktop.storage.statement_facts import practice_block
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.statement_requests import ConfirmMailed, MailedConfirmed

STEPS = (
    "1. Print the run on one side of the sheet and count the sheets.",
    "2. Read each address through the window; nothing else may show. Put aside what does not read well.",
    "3. Put all sheets of one household into one envelope; thick lines have more than one sheet.",
    "4. Count the envelopes. Envelopes and sheets must be as above; where they are not, go through the list.",
    "5. Hand them to the post, then say so in the program with the day and both counts.",
)


@dataclass(frozen=True, slots=True)
class AskMailing:
    """What of a run goes to the post, but for what is kept back?"""

    run_id: Id
    kept_back: tuple[Id, ...] = ()


@dataclass(frozen=True, slots=True)
class MailingLine:
    statement_id: Id
    number: str
    addressee: tuple[str, ...] = field(repr=False)
    sheets: int
    large_print: bool


@dataclass(frozen=True, slots=True)
class Mailing:
    """One envelope a line; `several` counts the envelopes with more than one sheet."""

    lines: tuple[MailingLine, ...]
    envelopes: int
    sheets: int
    several: int
    mailed: int  # of the same run, before


@dataclass(frozen=True, slots=True)
class _Drawn:
    pages: Mapping[Id, bytes]
    sheets: Mapping[Id, int]


@query("statement.mailing", needs=Permission.RUN_STATEMENTS)
def mailing(read: Reading, query: AskMailing) -> Mailing:
    """Count the envelopes and sheets of what is not mailed yet."""
    kept, lines, mailed = set(query.kept_back), [], 0
    records = store.of_run(read.conn, query.run_id)
    for done, each in enumerate(records):
        if done % 100 == 0:
            read.watch.step(done, len(records), f"Counting sheets {done:,} of {len(records):,}")
        if not each.open:
            mailed += 1
        elif each.id not in kept:
            content = store.content_of(each)
            sheets = sheets_of(marks_of(content))
            lines.append(MailingLine(each.id, each.number, content.addressee, sheets, content.large_print))
    counts = Counter(each.sheets for each in lines)
    return Mailing(
        tuple(lines), len(lines), sum(each.sheets for each in lines), len(lines) - counts[1], mailed
    )  # fmt: skip


@query("statement.mailing_list", needs=Permission.RUN_STATEMENTS, audit="statement.mailing_list")
def mailing_list(read: Reading, query: AskMailing) -> bytes:
    """Return the list to tick off beside the printer."""
    found = mailing.body(read, query)
    if not found.lines:
        raise Refused("Nothing of this run waits for the post.")
    read.entry.about("statement_run", query.run_id, statements=found.envelopes)
    practice = practice_block(read.conn)
    rows = tuple(
        (each.number, "[   ]", each.addressee[0], ", ".join(each.addressee[1:]), f"{each.sheets}")
        for each in found.lines
    )
    facts = (("Printed", show_date(read.today)), ("Envelopes", f"{found.envelopes:,}"), ("Sheets", f"{found.sheets:,}"),
             ("With more than one sheet", f"{found.several:,}"))  # fmt: skip
    strong = frozenset(at for at, each in enumerate(found.lines) if each.sheets > 1)
    grid = Grid("One line, one envelope", ("Number", "In it", "To", "Address", "Sheets"), rows, strong=strong)
    sheet = PlainSheet(
        "Mailing list", practice.name, practice.address, facts, (grid,), STEPS, ("Counted by", "Mailed on")
    )  # fmt: skip
    return plain_sheet_pdf(sheet)


def _drawn(read: Reading, cmd: ConfirmMailed) -> _Drawn:
    """Draw what goes to the post once more, to be kept as it was sent."""
    kept, pages, sheets = set(cmd.kept_back), dict[Id, bytes](), dict[Id, int]()
    going = [each for each in store.of_run(read.conn, cmd.run_id) if each.open and each.id not in kept]
    for done, each in enumerate(going):
        if done % 100 == 0:
            read.watch.step(done, len(going), f"Keeping statement {done:,} of {len(going):,}")
        marks = marks_of(store.content_of(each))
        pages[each.id], sheets[each.id] = life.freeze(marks), sheets_of(marks)
    return _Drawn(pages, sheets)


@usecase(
    "statement.mailed", needs=Permission.RUN_STATEMENTS, topics={"statements"}, prepare=_drawn, reads=("statements",)
)
def confirm_mailed(work: Work, cmd: ConfirmMailed, plan: _Drawn) -> MailedConfirmed:
    """Note that statements went to the post; only then does the next step count (BILLING S6).

    Each is kept as it was drawn, so that it can be printed again as it was sent. Counts that were made by hand must be
    those of the run: an envelope too few is a statement in somebody else's.
    """
    records = [each for each in store.of_run(work.conn, cmd.run_id) if each.open]
    if not records:
        raise Refused("Nothing of this run waits for the post.")
    if cmd.mailed_on > work.today:
        raise Refused("The day of mailing can't lie in the future.")
    if cmd.mailed_on < min(each.statement_date for each in records):
        raise Refused("The day of mailing can't lie before the statements were made.")
    found = Findings()
    _counted(found, "envelopes", cmd.envelopes, len(plan.pages))
    _counted(found, "sheets", cmd.sheets, sum(plan.sheets.values()))
    found.raise_stops()
    mailed = store.mark_mailed(work.conn, plan.pages, cmd.mailed_on)
    _settle_what_came_back(work, [each for each in records if each.id in plan.pages])
    work.entry.about(
        "statement_run", cmd.run_id, mailed=mailed, kept_back=len(records) - mailed, envelopes=cmd.envelopes,
        sheets=cmd.sheets, cents=sum(each.total_cents for each in records if each.id in plan.pages),
    )  # fmt: skip
    return MailedConfirmed(mailed, len(records) - mailed)


def _counted(found: Findings, what: str, typed: int | None, made: int) -> None:
    if typed is not None and typed != made:
        words = f"{typed:,} {what} were counted, {made:,} were made."
        found.stop("count", what, words, "Count again with the mailing list, or untick what stays here.")


def _settle_what_came_back(work: Work, mailed: list[store.StatementRecord]) -> None:
    boxes = {(each.guarantor_id, each.patient_id) for each in mailed}
    again = [each.statement_id for each in life.returned(work.conn) if (each.guarantor_id, each.patient_id) in boxes]
    if again:
        life.settle_returned(work.conn, again, work.today)
