"""Who gets a statement, what it would say, and the rules that decide it (BILLING S1-S6)."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import Final

from medbill_desktop.documents.fonts import covers, width
from medbill_desktop.documents.statement import fits_envelope
from medbill_desktop.domain.dunning import STEP_WORDS
from medbill_desktop.domain.envelopes import PROFILES, fit_address
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import total
from medbill_desktop.domain.postal import Postal, printed
from medbill_desktop.domain.problems import Invalid, Problem, Refused
from medbill_desktop.domain.statement_content import content_of
from medbill_desktop.domain.statement_rules import StatementRules, check_rules
from medbill_desktop.domain.statements import Address, Decision, GuarantorFacts, decide
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import plans, settings
from medbill_desktop.storage.statement_facts import city_line, practice_block
from medbill_desktop.storage.statement_facts import facts as facts_of
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.postal_style import in_style
from medbill_desktop.usecases.statement_requests import (
    PreviewStatement,
    Selection,
    SelectionRow,
    SelectStatements,
    SetStatementRules,
    StatementPreview,
    StatementRulesNow,
)

RULES_KEY: Final = "statement.rules"


@query("statement.rules", needs=Permission.RUN_STATEMENTS)
def statement_rules(read: Reading, query: StatementRulesNow) -> StatementRules:
    return rules_now(read)


@usecase("statement.rules_set", needs=Permission.MANAGE_POLICY, topics={"statements", "settings"})
def set_statement_rules(work: Work, cmd: SetStatementRules) -> None:
    """Set the practice's rules from today on."""
    if problems := _judged(cmd.rules):
        raise Invalid(problems)
    settings.put(work.conn, RULES_KEY, asdict(cmd.rules), work.today)
    work.entry.about("setting", None, minimum=cmd.rules.minimum_cents, cycle=cmd.rules.cycle_days)


@query("statement.select", needs=Permission.RUN_STATEMENTS)
def select_statements(read: Reading, query: SelectStatements) -> Selection:
    """Give everyone with something open a statement or a reason (BILLING S5)."""
    rules = rules_now(read)
    rows = [_row(decision) for _, decision in decisions_of(read, rules)]
    rows.sort(key=lambda row: (row.name.casefold(), row.mailbox.guarantor_id))
    chosen = tuple(row for row in rows if row.reason is None)
    left_out = tuple(row for row in rows if row.reason is not None)
    return Selection(
        read.today,
        rules,
        chosen,
        left_out,
        total(row.total_cents for row in chosen),
        total(row.total_cents for row in left_out),
    )


@query("statement.preview", needs=Permission.VIEW_ACCOUNT, audit="statement.preview")
def preview_statement(read: Reading, query: PreviewStatement) -> StatementPreview:
    """Show one statement as it would be today, also where a reason keeps it back."""
    box, rules = query.mailbox, rules_now(read)
    found = [each for each in decisions_of(read, rules, [box.guarantor_id]) if each[1].mailbox == box]
    if not found:
        raise Refused("Nothing is open on this account.")
    facts, decision = found[0]
    read.entry.about("guarantor", box.guarantor_id, box.patient_id or _only_patient(facts))
    content = None
    if decision.charges or decision.your_credit_cents:
        content = content_of(decision, facts, practice_block(read.conn), rules, "", read.today)
    return StatementPreview(
        _row(decision),
        content,
        decision.addressee,
        PROFILES[rules.envelope].words,
        tuple(sorted({str(each.hold) for each in decision.held if each.hold is not None})),
    )


def rules_now(read: Reading) -> StatementRules:
    kept = settings.value(read.conn, RULES_KEY, read.today, {})
    return StatementRules(**kept)


def _judged(rules: StatementRules) -> tuple[Problem, ...]:
    problems = check_rules(rules)
    return problems or fits_envelope(rules.envelope)


def decisions_of(
    read: Reading, rules: StatementRules, guarantor_ids: Sequence[int] | None = None, *, but_run: int | None = None
) -> Iterator[tuple[GuarantorFacts, Decision]]:
    profile, in_capitals = PROFILES[rules.envelope], in_style(read)

    def fit(name: str, address: Address) -> tuple[str, ...] | Problem:
        care_of = address.care_of
        if not covers(" ".join((name, care_of, address.street, address.street2, address.city))):
            return Problem("unprintable", "mailing_name", "No font has these letters.", "Ask for a mailing name.")
        typed = fit_address(name, address.street, address.street2, city_line(address), profile, width, care_of)
        if not in_capitals or isinstance(typed, Problem):
            return typed
        made = printed(Postal(address.street, address.street2, address.city, address.state, address.zip))
        last = city_line(Address(made.street, made.street2, made.city, made.state, made.zip)).replace(",", "", 1)
        styled = fit_address(name, made.street, made.street2, last, profile, width, care_of)
        # Capitals are wider: what the window holds only as it was typed is printed as it was typed.
        return typed if isinstance(styled, Problem) else styled

    everyone = facts_of(read.conn, read.today, guarantor_ids, but_run=but_run)
    planned = plans.next_due(read.conn, read.today)
    for done, facts in enumerate(everyone):
        if done % 500 == 0:
            read.watch.step(done, len(everyone), f"Judging account {done:,} of {len(everyone):,}")
        if facts.guarantor_id in planned:
            facts = replace(facts, flags=replace(facts.flags, plan_next_on=planned[facts.guarantor_id]))
        for decision in decide(facts, read.today, rules, fit):
            yield facts, decision


def _row(decision: Decision) -> SelectionRow:
    return SelectionRow(
        decision.mailbox, decision.sort_name, decision.total_cents, decision.oldest_since, decision.last_mailed_on,
        decision.step, STEP_WORDS[decision.step], decision.reason, decision.why,
    )  # fmt: skip


def _only_patient(facts: GuarantorFacts) -> Id | None:
    """Return the patient whose record is opened, where there is just one."""
    return facts.patients[0].patient_id if len(facts.patients) == 1 else None
