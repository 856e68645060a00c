"""The ledgers that were imported, and taking one back whole (BILLING J3, J10)."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import mirror_of
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.users import VOID_ANY, Limit, Permission, Use
from medbill_desktop.storage import day_sheet, history, journal
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.posting import check_words, post

MOST_LISTED: Final = 200
_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class ListImports:
    """Ask for the ledgers that were imported, the newest first."""


@dataclass(frozen=True, slots=True)
class LedgerImport:
    """A ledger that was imported; `undone_at` where it was taken back."""

    id: Id
    kind: str  # history or balances
    source: str = field(repr=False)
    row_count: int
    charges: int
    zero_charges: int
    charged_cents: Cents
    paid_cents: Cents
    first_day: date
    last_day: date
    made_by: str
    made_at: datetime
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class UndoImport:
    id: Id
    import_id: Id
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class UndoneImport:
    import_id: Id
    postings: int


@query("import.list", needs=Permission.MANAGE_CATALOGS)
def list_imports(read: Reading, asked: ListImports) -> tuple[LedgerImport, ...]:
    names = LedgerImport.__dataclass_fields__
    found = history.imports(read.conn, limit=MOST_LISTED)
    return tuple(LedgerImport(**{name: getattr(each, name) for name in names}) for each in found)


def _void_limits(work: Work, cmd: UndoImport) -> list[Use]:
    return [Use(Limit.VOID_REACH, VOID_ANY)]


@usecase("import.undo", needs=Permission.VOID, topics={"ledger", "payments", "visits", "catalogs"}, limit=_void_limits)
def undo_import(work: Work, cmd: UndoImport) -> UndoneImport:
    """Mirror every posting of an import in one transaction; refused where something stands on it since.

    An import is no work of a day, so each mirror has the day of what it takes back and no day shows a minus; where that
    day was signed since, the mirror has today's (J10).
    """
    found = Findings()
    check_words(found, "reason", cmd.reason, needed=True)
    found.raise_stops()
    made = history.get(work.conn, cmd.import_id)
    if made.undone_at is not None:
        raise Refused("This import was undone already.")
    _refuse_dependents(work, made)
    signed = day_sheet.last_signed(work.conn)
    ids = history.live_postings(work.conn, made)
    for start in range(0, len(ids), _CHUNK):
        work.watch.step(start, len(ids), "Taking back")
        some = journal.of_ids(work.conn, ids[start : start + _CHUNK])
        mirrors = (
            mirror_of(each, posting_id, work.today if signed and each.posted_on <= signed else each.posted_on,
                      cmd.reason.strip())
            for posting_id, each in sorted(some.items(), reverse=True)
        )  # fmt: skip
        post(work, cmd.id, list(mirrors))
    history.mark_undone(work.conn, made, work.user.id, work.now)
    work.entry.about("import", made.id, postings=len(ids), rows=made.row_count)
    return UndoneImport(made.id, len(ids))


def _refuse_dependents(work: Work, made: history.ImportFacts) -> None:
    postings, statements, others = history.dependents(work.conn, made)
    if postings:
        entries = "1 entry was" if postings == 1 else f"{postings:,} entries were"
        raise Refused(f"{entries} posted on this import since. Take those back first.")
    if statements:
        were = "1 statement was" if statements == 1 else f"{statements:,} statements were"
        raise Refused(f"{were} made of this import. Withdraw those first.")
    if others:
        raise Refused("A refund or a collection stands on this import. Take that back first.")
