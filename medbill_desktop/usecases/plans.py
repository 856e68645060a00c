"""Payment plans: made, written down, followed, and ended (BILLING S13, J44)."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final

from medbill_desktop.documents.plain_sheet import Grid, PlainSheet, plain_sheet_pdf
from medbill_desktop.domain.checks import show_phone
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.letter_words import AGREEMENT
from medbill_desktop.domain.money import ZERO, Cents, format_cents, format_dollars, total
from medbill_desktop.domain.plans import (
    RULE_WORDS,
    SUCH_PLANS_A_YEAR,
    Instalment,
    Standing,
    check_plan,
    needs_warning,
    progress,
    schedule,
)
from medbill_desktop.domain.problems import Findings, Problem, Refused
from medbill_desktop.domain.statement_words import date_in
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import payments, plans
from medbill_desktop.storage.plans import PlanRow
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.letters import addressed
from medbill_desktop.usecases.posting import check_words

ENDINGS: Final = ("paid", "broken", "replaced")


@dataclass(frozen=True, slots=True)
class PlanTerms:
    """What is agreed: so much, in so many parts, the first on a day."""

    guarantor_id: Id
    cents: Cents
    count: int
    first_on: date
    every: str = "month"
    finance_cents: Cents = ZERO  # always refused: a plan of this practice is without interest


@dataclass(frozen=True, slots=True)
class PreviewPlan:
    terms: PlanTerms


@dataclass(frozen=True, slots=True)
class PlanPreview:
    """`problems` are what stops it; `warning` is what a person must have read before it is made."""

    instalments: tuple[Instalment, ...]
    problems: tuple[Problem, ...]
    warning: str
    owed_cents: Cents


@dataclass(frozen=True, slots=True)
class MakePlan:
    """`warning_read` says that the person read the rule for more than four instalments."""

    id: Id
    terms: PlanTerms
    warning_read: bool = False


@dataclass(frozen=True, slots=True)
class MadePlan:
    plan_id: Id
    number: str
    instalments: int


@dataclass(frozen=True, slots=True)
class SignPlan:
    """The guarantor signed the agreement."""

    id: Id
    plan_id: Id
    signed_on: date


@dataclass(frozen=True, slots=True)
class EndPlan:
    id: Id
    plan_id: Id
    ending: str  # one of ENDINGS
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ListPlans:
    """Those that run first."""


@dataclass(frozen=True, slots=True)
class PlanLine:
    plan_id: Id
    number: str
    guarantor_id: Id
    guarantor_name: str = field(repr=False)
    cents: Cents
    paid_cents: Cents
    left_cents: Cents
    standing: Standing
    next_due: date | None
    next_cents: Cents
    behind_cents: Cents
    instalments: tuple[Instalment, ...]
    signed_on: date | None
    ending: str
    words: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PlanAgreement:
    plan_id: Id


@query("plan.preview", needs=Permission.TAKE_PAYMENT)
def preview_plan(read: Reading, query: PreviewPlan) -> PlanPreview:
    """Show the instalments of a plan before it is made, and the rule that it may touch."""
    terms, found = query.terms, Findings()
    owed = _owed(read, terms.guarantor_id)
    _judge(found, read, terms, owed)
    parts = () if found.stops() else schedule(terms.cents, terms.count, terms.first_on, terms.every)
    warning = _warning(read) if needs_warning(terms.count, terms.finance_cents) else ""
    return PlanPreview(parts, found.stops(), warning, owed)


@usecase("plan.make", needs=Permission.TAKE_PAYMENT, topics={"payments", "statements"})
def make_plan(work: Work, cmd: MakePlan) -> MadePlan:
    """Make a plan for what a guarantor owes; one runs at a time, and nothing is posted (BILLING J44)."""
    terms, found = cmd.terms, Findings()
    _judge(found, work, terms, _owed(work, terms.guarantor_id))
    if plans.live_of(work.conn, terms.guarantor_id) is not None:
        found.stop("plan", "guarantor", "A plan runs already.", "End it first, then make the new one.")
    told = needs_warning(terms.count, terms.finance_cents)
    if told and not cmd.warning_read:
        found.stop("warning", "count", "This needs a decision.", _warning(work))
    found.raise_stops()
    parts = schedule(terms.cents, terms.count, terms.first_on, terms.every)
    number = work.number("plan")
    plans.add(
        work.conn,
        {"id": cmd.id, "number": number, "guarantor_id": terms.guarantor_id, "cents": terms.cents,
         "made_on": work.today, "made_by": work.user.id, "made_at": work.now, "every": terms.every, "told_rule": told,
         "words": ""},
        parts,
    )  # fmt: skip
    work.entry.about("plan", cmd.id, cents=terms.cents, instalments=len(parts), warned=told)
    return MadePlan(cmd.id, number, len(parts))


@usecase("plan.sign", needs=Permission.TAKE_PAYMENT, topics={"payments"})
def sign_plan(work: Work, cmd: SignPlan) -> None:
    row = plans.get(work.conn, cmd.plan_id)
    found = Findings()
    if not row.facts.made_on <= cmd.signed_on <= work.today:
        found.stop("day", "signed_on", "It can't have been signed on that day.", "Type the day on the paper.")
    found.raise_stops()
    plans.sign(work.conn, cmd.plan_id, cmd.signed_on)
    work.entry.about("plan", cmd.plan_id)


@usecase("plan.end", needs=Permission.TAKE_PAYMENT, topics={"payments", "statements"})
def end_plan(work: Work, cmd: EndPlan) -> None:
    """End a plan that was paid, broken or replaced; statements go out again."""
    row = plans.get(work.conn, cmd.plan_id)
    found = Findings()
    if cmd.ending not in ENDINGS:
        found.stop("ending", "ending", "Choose how it ended.")
    check_words(found, "words", cmd.words, needed=cmd.ending == "broken")
    found.raise_stops()
    if row.facts.ended_on is not None:
        raise Refused("This plan has ended already.")
    if cmd.ending == "paid" and progress(row.facts, work.today).standing is not Standing.PAID:
        raise Refused("Not all of it is paid yet.")
    plans.end(work.conn, cmd.plan_id, work.today, work.user.id, cmd.ending, cmd.words.strip())
    work.entry.about("plan", cmd.plan_id, ending=cmd.ending)


@query("plan.list", needs=Permission.TAKE_PAYMENT)
def list_plans(read: Reading, query: ListPlans) -> tuple[PlanLine, ...]:
    """List the plans with where each stands today; the missed ones come first."""
    lines = [_line(row, read.today) for row in plans.listed(read.conn)]
    return tuple(sorted(lines, key=lambda line: _ORDER.index(line.standing)))


@query("plan.agreement", needs=Permission.TAKE_PAYMENT, audit="plan.agreement")
def plan_agreement_pdf(read: Reading, query: PlanAgreement) -> bytes:
    """Return the written agreement, to be signed by both: in the language and letters of who pays."""
    row = plans.get(read.conn, query.plan_id)
    facts, practice, to = row.facts, payments.practice_block(read.conn), addressed(read, row.facts.guarantor_id)
    said, language = AGREEMENT[to.wish.language], to.wish.language
    read.entry.about("plan", query.plan_id)
    rows = [
        (str(each.position), date_in(language, each.due_on), format_cents(each.cents)) for each in facts.instalments
    ]
    rows.append((said.together, "", format_cents(facts.cents)))
    agreed = said.agreed.format(name=to.name, cents=format_dollars(facts.cents), many=len(facts.instalments))
    sheet = PlainSheet(
        said.title, practice.name, (*practice.lines, show_phone(practice.phone)),
        ((said.plan, row.number), (said.date, date_in(language, facts.made_on))),
        (Grid(said.grid, said.heads, tuple(rows), strong=frozenset({len(rows) - 1})),),
        (agreed, said.kept, said.broken), (said.signs, said.practice_signs.format(name=practice.name)), to.lines,
        to.wish.large_print,
    )  # fmt: skip
    return plain_sheet_pdf(sheet)


_ORDER: Final = (Standing.MISSED, Standing.CURRENT, Standing.PAID, Standing.ENDED)


def _line(row: PlanRow, today: date) -> PlanLine:
    facts, stands = row.facts, progress(row.facts, today)
    return PlanLine(
        facts.plan_id, row.number, facts.guarantor_id, row.guarantor_name, facts.cents,
        Cents(min(facts.paid_cents, facts.cents)), stands.left_cents, stands.standing, stands.next_due,
        stands.next_cents, stands.behind_cents, facts.instalments, row.signed_on, facts.ending, row.words,
    )  # fmt: skip


def _owed(read: Reading, guarantor_id: Id) -> Cents:
    payments.guarantor_name(read.conn, guarantor_id)
    return total(each.cents for each in payments.owed_by(read.conn, guarantor_id))


def _judge(found: Findings, read: Reading, terms: PlanTerms, owed: Cents) -> None:
    check_plan(found, terms.cents, owed, terms.count, terms.first_on, terms.every, read.today, terms.finance_cents)
    if payments.is_bankrupt(read.conn, terms.guarantor_id):
        found.stop("bankrupt", "guarantor", "The guarantor is bankrupt.", "Nothing may be agreed; ask your adviser.")


def _warning(read: Reading) -> str:
    made = plans.warned_since(read.conn, read.today - timedelta(days=365))
    return f"{RULE_WORDS} This practice made {made} such plans in the last year; the rule counts {SUCH_PLANS_A_YEAR}."
