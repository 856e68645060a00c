"""Runs of statements: made, made right again, printed to one PDF, and mailed (BILLING S)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from medbill_desktop.documents.statement import drawn_pdf, marks_of
from medbill_desktop.domain.dunning import STEP_WORDS, Step
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import ZERO, Cents, total
from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.statement_content import PracticeBlock, content_of
from medbill_desktop.domain.statement_rules import StatementRules
from medbill_desktop.domain.statements import Decision, GuarantorFacts, Mailbox
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import statement_life as life
from medbill_desktop.storage import statements as store
from medbill_desktop.storage.commands import next_number
from medbill_desktop.storage.statement_facts import practice_block
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.statement_life import returned_of
from medbill_desktop.usecases.statement_mailing import confirm_mailed
from medbill_desktop.usecases.statement_requests import (
    ConfirmMailed,
    GuarantorStatements,
    ListRuns,
    PreviewStatement,
    RefreshRun,
    RunMade,
    RunPdf,
    RunRefreshed,
    RunRow,
    RunStatements,
    Selection,
    SelectionRow,
    SelectStatements,
    SetStatementRules,
    StatementPdf,
    StatementPreview,
    StatementRow,
    StatementRulesNow,
    WithdrawRun,
)
from medbill_desktop.usecases.statement_selection import (
    RULES_KEY,
    decisions_of,
    preview_statement,
    rules_now,
    select_statements,
    set_statement_rules,
    statement_rules,
)

__all__ = [
    "RULES_KEY",
    "ConfirmMailed",
    "GuarantorStatements",
    "ListRuns",
    "PreviewStatement",
    "RefreshRun",
    "RunMade",
    "RunPdf",
    "RunRefreshed",
    "RunRow",
    "RunStatements",
    "SelectStatements",
    "Selection",
    "SelectionRow",
    "SetStatementRules",
    "Stale",
    "StatementPdf",
    "StatementPreview",
    "StatementRow",
    "StatementRulesNow",
    "WithdrawRun",
    "confirm_mailed",
    "guarantor_statements",
    "list_runs",
    "preview_statement",
    "refresh_run",
    "run_statements",
    "select_statements",
    "set_statement_rules",
    "statement_pdf",
    "statement_rules",
    "statement_run_pdf",
    "withdraw_run",
]

READS: Final = ("ledger", "payments", "patients", "visits", "practice", "settings", "statements")


class Stale(Refused):
    """Something changed after the statements were made; refreshing the run makes them right."""

    def __init__(self, many: int) -> None:
        self.many = many
        words = "A statement has" if many == 1 else f"{many:,} statements have"
        super().__init__(f"{words} changed since this run was made. Refresh the run, then print it.")


@dataclass(frozen=True, slots=True)
class _Planned:
    """A statement that only lacks its number."""

    mailbox: Mailbox
    step: Step
    made_on: date
    due_on: date
    total_cents: Cents
    content: str = field(repr=False)
    lines: tuple[tuple[Id, Cents], ...]
    replaces: tuple[Id, ...]  # older ones that never went to the post


@dataclass(frozen=True, slots=True)
class _RunPlan:
    statements: tuple[_Planned, ...]
    left_out: int


def _plan_run(read: Reading, cmd: RunStatements) -> _RunPlan:
    rules, block = rules_now(read), practice_block(read.conn)
    wanted = None if cmd.only is None else set(cmd.only)
    ids = None if cmd.only is None else sorted({each.guarantor_id for each in cmd.only})
    made, left_out = [], 0
    decisions = [each for each in decisions_of(read, rules, ids) if wanted is None or each[1].mailbox in wanted]
    for done, (facts, decision) in enumerate(decisions):
        if done % 100 == 0:
            read.watch.step(done, len(decisions), f"Writing statement {done:,} of {len(decisions):,}")
        if decision.reason is not None:
            left_out += 1
            continue
        made.append(_planned(facts, decision, block, rules, read.today))
    return _RunPlan(tuple(made), left_out)


def _planned(
    facts: GuarantorFacts, decision: Decision, block: PracticeBlock, rules: StatementRules, day: date
) -> _Planned:
    content = content_of(decision, facts, block, rules, "", day)
    return _Planned(
        decision.mailbox,
        decision.step,
        content.statement_date,
        content.due_date,
        content.total_cents,
        store.content_text(content),
        tuple((each.charge_id, each.owes) for each in decision.charges),
        tuple(
            each.statement_id
            for each in facts.sent
            if each.patient_id == decision.mailbox.patient_id and each.mailed_on is None and each.statement_id
        ),
    )


@usecase(
    "statement.run",
    needs=Permission.RUN_STATEMENTS,
    topics={"statements"},
    prepare=_plan_run,
    reads=READS,
)
def run_statements(work: Work, cmd: RunStatements, plan: _RunPlan) -> RunMade:
    """Make the statements of one run; none of them counts as mailed before a person says so (BILLING S6)."""
    if not plan.statements:
        work.entry.about("statement_run", None, statements=0, left_out=plan.left_out)
        return RunMade(None, 0, ZERO, plan.left_out)
    run_id = work.new_id()
    first = next_number(work.conn, work.workstation, "statement", len(plan.statements))
    records, lines = [], []
    for at, each in enumerate(plan.statements):
        statement_id = work.new_id()
        records.append(_record(each, statement_id, f"{work.workstation}-{first + at}", run_id, work.now))
        lines += [(work.new_id(), statement_id, charge_id, cents) for charge_id, cents in each.lines]
    store.withdraw(work.conn, [old for each in plan.statements for old in each.replaces], work.today)
    store.add(work.conn, records, lines, work.user.id)
    cents = total(each.total_cents for each in plan.statements)
    work.entry.about("statement_run", run_id, statements=len(records), left_out=plan.left_out, cents=cents)
    return RunMade(run_id, len(records), cents, plan.left_out)


def _record(planned: _Planned, statement_id: Id, number: str, run_id: Id, at: datetime) -> store.StatementRecord:
    return store.StatementRecord(
        statement_id, number, run_id, planned.mailbox.guarantor_id, planned.mailbox.patient_id, planned.made_on,
        planned.due_on, planned.step, planned.total_cents, planned.content, None, None, at,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Rebuilt:
    """What became of the open statements of a run: those to write again, and those that nobody gets any more."""

    again: tuple[tuple[store.StatementRecord, _Planned], ...]
    gone: tuple[Id, ...]

    def __bool__(self) -> bool:
        return bool(self.again or self.gone)


def _plan_refresh(read: Reading, cmd: RefreshRun) -> _Rebuilt:
    return _changed(read, cmd.run_id, store.of_run(read.conn, cmd.run_id))


def _changed(read: Reading, run_id: int, records: Sequence[store.StatementRecord]) -> _Rebuilt:
    """Build every statement that is not mailed once more and compare: money, address, flags, all of it."""
    open_ones = [each for each in records if each.open]
    rules, block = rules_now(read), practice_block(read.conn)
    ids = sorted({each.guarantor_id for each in open_ones})
    now = {each[1].mailbox: each for each in decisions_of(read, rules, ids, but_run=run_id)} if ids else {}
    again, gone = [], []
    for record in open_ones:
        found = now.get(Mailbox(record.guarantor_id, record.patient_id))
        if found is None or found[1].reason is not None:
            gone.append(record.id)
            continue
        facts, decision = found
        if _planned(facts, decision, block, rules, record.statement_date).content != record.content:
            again.append((record, _planned(facts, decision, block, rules, read.today)))
    return _Rebuilt(tuple(again), tuple(gone))


@usecase(
    "statement.refresh",
    needs=Permission.RUN_STATEMENTS,
    topics={"statements"},
    prepare=_plan_refresh,
    reads=READS,
)
def refresh_run(work: Work, cmd: RefreshRun, plan: _Rebuilt) -> RunRefreshed:
    """Build again what changed since the run was made, and take back what is not owed any more (BILLING S6)."""
    for record, planned in plan.again:
        fresh = _record(planned, record.id, record.number, record.run_id, work.now)
        store.replace(
            work.conn, fresh, [(work.new_id(), record.id, charge_id, cents) for charge_id, cents in planned.lines]
        )
    store.withdraw(work.conn, plan.gone, work.today)
    work.entry.about("statement_run", cmd.run_id, rebuilt=len(plan.again), withdrawn=len(plan.gone))
    return RunRefreshed(len(plan.again), len(plan.gone))


@usecase("statement.withdraw", needs=Permission.RUN_STATEMENTS, topics={"statements"})
def withdraw_run(work: Work, cmd: WithdrawRun) -> int:
    """Take back what is not mailed of a run; return how many."""
    open_ones = [each.id for each in store.of_run(work.conn, cmd.run_id) if each.open]
    if not open_ones:
        raise Refused("Nothing of this run can be taken back: it was mailed.")
    store.withdraw(work.conn, open_ones, work.today)
    work.entry.about("statement_run", cmd.run_id, withdrawn=len(open_ones))
    return len(open_ones)


@query("statement.print", needs=Permission.RUN_STATEMENTS, audit="statement.print")
def statement_run_pdf(read: Reading, query: RunPdf) -> bytes:
    """Return one PDF of a run; refused where something changed since, so that no stale statement is mailed."""
    records = [each for each in store.of_run(read.conn, query.run_id) if each.open or not query.waiting]
    if not records:
        raise Refused("This run has no statements." if not query.waiting else "All of this run is mailed.")
    stale = _changed(read, query.run_id, records)
    if stale:
        raise Stale(len(stale.again) + len(stale.gone))
    read.entry.about("statement_run", query.run_id, statements=len(records))
    return _as_sent(read, records)


def _as_sent(read: Reading, records: Sequence[store.StatementRecord]) -> bytes:
    """Draw statements: those that were mailed from the drawing that was kept of them, so that nothing differs."""
    kept = life.drawings(read.conn, [each.id for each in records if not each.open])
    pages = (life.thaw(kept[each.id]) if each.id in kept else marks_of(store.content_of(each)) for each in records)
    return drawn_pdf(pages, len(records), read.watch)


@query("statement.reprint", needs=Permission.VIEW_ACCOUNT, audit="statement.reprint", emergency=False)
def statement_pdf(read: Reading, query: StatementPdf) -> bytes:
    """Return one statement again as it was made; one that is not mailed only if it still holds."""
    record = store.find(read.conn, query.statement_id)
    if record is None or record.withdrawn_on is not None:
        raise Refused("This statement was taken back.")
    if record.open and _changed(read, record.run_id, [record]):
        raise Stale(1)
    read.entry.about("statement", record.id, record.patient_id, guarantor=record.guarantor_id)
    return _as_sent(read, [record])


@query("statement.runs", needs=Permission.RUN_STATEMENTS)
def list_runs(read: Reading, query: ListRuns) -> tuple[RunRow, ...]:
    return tuple(
        RunRow(
            each.run_id, each.made_on, each.due_on, each.statements, each.total_cents, each.mailed, each.withdrawn,
            each.changed_since,
        )
        for each in store.runs(read.conn, query.limit)
    )  # fmt: skip


@query("statement.of_guarantor", needs=Permission.VIEW_ACCOUNT, audit="statement.of-guarantor")
def guarantor_statements(read: Reading, query: GuarantorStatements) -> tuple[StatementRow, ...]:
    """Return what was made and mailed for a guarantor, the newest first; of what came back, what to do."""
    read.entry.about("guarantor", query.guarantor_id)
    records = store.of_guarantor(read.conn, query.guarantor_id)
    back = any(each.returned_on is not None for each in records)
    to_do = {each.statement_id: each.words for each in returned_of(read, [query.guarantor_id])} if back else {}
    return tuple(
        StatementRow(
            each.id, each.number, each.run_id, each.statement_date, each.due_date, each.step, STEP_WORDS[each.step],
            each.total_cents, each.mailed_on, each.withdrawn_on, each.patient_id is not None, each.returned_on,
            to_do.get(each.id, ""),
        )
        for each in records
    )  # fmt: skip
