"""How much a practice holds, and whether its journal is sound: what `medbill doctor` and the demo say (BILLING J9)."""

from dataclasses import dataclass

from sqlalchemy import Table, func, select

from medbill_desktop.domain.journal import Account
from medbill_desktop.domain.money import ZERO, Cents
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import journal, snapshot
from medbill_desktop.storage.tables import audit, charge, patient, statement, visit
from medbill_desktop.usecases.declare import Reading, query


@dataclass(frozen=True, slots=True)
class LookOver:
    """Count the records and sum the journal in every way that must give zero; `pages` reads every page as well."""

    pages: bool = False


@dataclass(frozen=True, slots=True)
class Figures:
    patients: int
    visits: int
    charges: int
    statements: int
    postings: int
    journal_lines: int
    audit_rows: int
    trial_balance_cents: Cents  # zero, or the journal is broken
    receivable_cents: Cents
    journal_sound: bool
    schema: int
    faults: tuple[str, ...]  # of the pages and the references between rows, where they were read (SECURITY D9)


@query("practice.figures", needs=Permission.REPORTS, audit="practice.figures")
def look_over(read: Reading, asked: LookOver) -> Figures:
    def rows(table: Table) -> int:
        return read.conn.execute(select(func.count()).select_from(table)).scalar_one()

    check = journal.journal_check(read.conn)
    sums = journal.trial_balance(read.conn)
    read.entry.about("practice", 1, sound=check.is_sound, postings=check.postings)
    return Figures(
        patients=rows(patient),
        visits=rows(visit),
        charges=rows(charge),
        statements=rows(statement),
        postings=check.postings,
        journal_lines=check.lines,
        audit_rows=rows(audit),
        trial_balance_cents=Cents(check.off_by_cents),
        receivable_cents=sums.get(Account.RECEIVABLE, ZERO),
        journal_sound=check.is_sound,
        schema=snapshot.schema_of(read.conn),
        faults=tuple(snapshot.faults(read.conn)) if asked.pages else (),
    )
