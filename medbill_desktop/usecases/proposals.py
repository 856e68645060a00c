"""More than the own limit: somebody asks, somebody else approves; what an owner does alone is reviewed (SECURITY A2).

A proposal keeps the command itself. Approved, it runs through the same checks as if it were typed then, under whoever
approves, and its audit row names both. What was asked is never in the log: only ids, the amount and the limit.
"""

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.names import tidy
from medbill_desktop.domain.problems import Findings, NotAllowed, OverLimit, Refused
from medbill_desktop.domain.proposals import (
    OWN_RIGHTS,
    WORDS_LEAST,
    WORDS_MOST,
    AskReason,
    DeclineReason,
    expires,
    say_asked,
)
from medbill_desktop.domain.users import Limit, Permission, Role, say_limit
from medbill_desktop.storage import proposals, roles
from medbill_desktop.storage.proposals import APPROVED, DECLINED, WITHDRAWN, ProposalRow
from medbill_desktop.usecases.canonical import revived, stored_form
from medbill_desktop.usecases.declare import REGISTRY, Reading, UseCase, Work, query, usecase
from medbill_desktop.usecases.proposal_facts import facts_of
from medbill_desktop.usecases.second_person import do_asked, person, try_out

AloneRow = proposals.AloneRow
TOPICS = {"proposals"}


@dataclass(frozen=True, slots=True)
class Propose:
    """Ask a second person to do `command` of the use case `case_name`, which is over the own limit."""

    id: Id
    case_name: str
    command: Any = field(repr=False)
    reason: AskReason
    words: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Approve:
    id: Id
    proposal_id: Id


@dataclass(frozen=True, slots=True)
class Decline:
    id: Id
    proposal_id: Id
    reason: DeclineReason
    words: str = field(repr=False, default="")


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Who asked needs it no more."""

    id: Id
    proposal_id: Id


@dataclass(frozen=True, slots=True)
class SeeDecisions:
    """What was decided of my proposals was looked at."""

    id: Id


@dataclass(frozen=True, slots=True)
class AskProposals:
    """What waits for me, and what I asked for; `decided` what was decided lately as well."""

    decided: bool = False


@dataclass(frozen=True, slots=True)
class OpenProposal:
    proposal_id: Id


@dataclass(frozen=True, slots=True)
class CountProposals:
    """How much waits for me?"""


@dataclass(frozen=True, slots=True)
class AskAlone:
    """What owners did alone over their limits."""

    unsigned: bool = False


@dataclass(frozen=True, slots=True)
class SignAlone:
    """The lines that were shown were looked at."""

    id: Id
    lines: tuple[Id, ...]
    comment: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ProposalLine:
    """A proposal in a list; `mine` I asked, `for_me` I may decide."""

    id: Id
    what: str
    patient: str | None = field(repr=False)
    account: str | None
    cents: Cents | None
    limit: str  # the limit and how much of it, in words
    asker: str
    asked_at: datetime
    expires_on: date
    state: str  # as `proposals.WAITING` and the like, or `expired`
    mine: bool
    for_me: bool
    decider: str = ""
    unseen: bool = False


@dataclass(frozen=True, slots=True)
class ProposalCard:
    """All of a proposal."""

    line: ProposalLine
    patient_id: Id | None
    reason: str
    words: str = field(repr=False)
    facts: tuple[tuple[str, str], ...] = field(repr=False)  # what would be done, as it was typed
    decided_at: datetime | None = None
    answer: str = field(default="", repr=False)
    countersigned: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """`for_me` waits for my decision since `oldest`; `news` were decided of mine; `alone` is on the review list."""

    for_me: int
    oldest: date | None
    news: int
    alone: int


@usecase("proposal.ask", needs=Permission.SELF, topics=TOPICS)
def propose(work: Work, cmd: Propose) -> Id:
    """Keep what was refused for the limit alone; it is tried out first, so that nobody is asked for what can't be."""
    case, words = _case(cmd.case_name), tidy(cmd.words)
    if case.needs not in work.user.permissions:
        able = work.user.book.who_may(case.needs)
        raise NotAllowed(f"Your role may not {case.needs}. Ask someone who may: {able}.")
    found = Findings()
    if cmd.reason not in tuple(AskReason):
        found.stop("reason", "reason", "Choose why.")
    if len(words) < WORDS_LEAST:
        found.stop("words", "words", "Say in a few words why.", f"Write at least {WORDS_LEAST} letters.")
    elif len(words) > WORDS_MOST:
        found.stop("words", "words", f"This is over {WORDS_MOST} letters.", "Make it shorter.")
    found.raise_stops()
    tried = try_out(work, case, cmd.command)
    form = stored_form(cmd.command)
    if work.digest(case.name, revived(case.takes, form)) != work.digest(case.name, cmd.command):
        raise TypeError(f"a command of {case.name} does not come back as it was")
    about, over = tried.entry, tried.over
    if proposals.waits_already(work.conn, case.name, about.subject_id, work.user.id, work.today):
        raise Refused("You asked for this already; it still waits. Withdraw that first, under Approvals.")
    limit_name, amount = (OWN_RIGHTS, 0) if over is None else (over.use.limit.name, over.use.amount)
    cents = about.detail.get("cents")
    made = work.new_id()
    proposals.add(
        work.conn, id=made, case_name=case.name, command_id=cmd.command.id,
        command=json.dumps(form, sort_keys=True, separators=(",", ":")), subject_kind=about.subject_kind,
        subject_id=about.subject_id, patient_id=about.patient_id, cents=cents, limit_name=limit_name,
        limit_amount=amount, asked_by=work.user.id, asked_at=work.now, expires_on=expires(work.today),
        reason=cmd.reason.name, words=words,
    )  # fmt: skip
    facts = {} if cents is None else {"cents": cents}
    work.entry.about("proposal", made, about.patient_id, asks=case.name, limit=limit_name.lower(), **facts)
    return made


@usecase("proposal.approve", needs=Permission.SELF, topics=TOPICS)
def approve(work: Work, cmd: Approve) -> None:
    """Do what was asked for, as the own act: nobody approves his own, and both need the right."""
    row = _waiting(work, cmd.proposal_id)
    if row.asked_by == work.user.id:
        raise Refused("Nobody approves their own. Somebody else has to look at it.")
    case, asker = _case(row.case_name), person(work, row.asked_by)
    if case.needs not in asker.permissions:
        raise Refused(f"Who asked may not {case.needs} any more. Decline it.")
    if row.limit_name == OWN_RIGHTS and not work.user.is_owner:
        raise NotAllowed("Only another owner may approve this.")
    if row.subject_kind == "role" and roles.changed_since(work.conn, row.subject_id or 0, row.asked_at):
        raise Refused("The role was changed since this was asked, and this would undo it. Decline it; ask anew.")
    try:
        done = do_asked(work, case, revived(case.takes, json.loads(row.command)), row.asked_by)
    except OverLimit as error:
        raise OverLimit(str(error), may_ask=False) from None
    two = bool(done.entry.detail.get("countersigned"))
    _decide(work, row, APPROVED, two=two)


@usecase("proposal.decline", needs=Permission.SELF, topics=TOPICS)
def decline(work: Work, cmd: Decline) -> None:
    """Say no, and why; who asked is told."""
    row = _waiting(work, cmd.proposal_id, expired_too=True)
    if row.asked_by == work.user.id:
        raise Refused("This is your own. Withdraw it instead.")
    if not may_decide(work, row):
        raise NotAllowed("Your role may not decide this. Leave it to somebody who may.")
    words, found = tidy(cmd.words), Findings()
    if cmd.reason not in tuple(DeclineReason):
        found.stop("reason", "reason", "Choose why.")
    elif cmd.reason is DeclineReason.OTHER and len(words) < WORDS_LEAST:
        found.stop("words", "words", "Say in a few words why.", f"Write at least {WORDS_LEAST} letters.")
    if len(words) > WORDS_MOST:
        found.stop("words", "words", f"This is over {WORDS_MOST} letters.", "Make it shorter.")
    found.raise_stops()
    _decide(work, row, DECLINED, answer=f"{cmd.reason.value}. {words}".strip(), why=cmd.reason.name.lower())


@usecase("proposal.withdraw", needs=Permission.SELF, topics=TOPICS)
def withdraw(work: Work, cmd: Withdraw) -> None:
    row = _waiting(work, cmd.proposal_id, expired_too=True)
    if row.asked_by != work.user.id:
        raise Refused("Somebody else asked for this. Decline it instead.")
    _decide(work, row, WITHDRAWN)


@usecase("proposal.seen", needs=Permission.SELF, topics=TOPICS)
def see_decisions(work: Work, cmd: SeeDecisions) -> None:
    """Stop telling the asker of what was decided."""
    work.entry.about("user", work.user.id, found=proposals.see(work.conn, work.user.id, work.now))


@query("proposal.list", needs=Permission.SELF)
def list_proposals(read: Reading, asked: AskProposals) -> tuple[ProposalLine, ...]:
    """Return what waits for me first, then what I asked for, then, if asked, what others decided that I might have."""
    mine = proposals.of_asker(read.conn, read.user.id)
    for_me = [row for row in proposals.waiting(read.conn) if row.asked_by != read.user.id]
    rows = [row for row in for_me if may_decide(read, row)]
    rows += mine if asked.decided else [row for row in mine if _is_open(row, read.today)]
    if asked.decided:
        others = proposals.decided(read.conn, 100)
        rows += [row for row in others if row.asked_by != read.user.id and may_decide(read, row)]
    return tuple(_line(read, row) for row in rows)


@query("proposal.open", needs=Permission.SELF, audit="proposal.open", emergency=False)
def open_proposal(read: Reading, asked: OpenProposal) -> ProposalCard:
    """Show what was asked, to who asked and to who may decide; a row of the log says so."""
    row = proposals.get(read.conn, asked.proposal_id)
    if row is None or not (row.asked_by == read.user.id or may_decide(read, row)):
        raise NotAllowed("This proposal is not for you to decide.")
    read.entry.about("proposal", row.id, row.patient_id)
    return ProposalCard(
        _line(read, row), row.patient_id, AskReason[row.reason].value, row.words,
        tuple(facts_of(read, json.loads(row.command))), row.decided_at,
        row.answer, row.countersigned,
    )  # fmt: skip


@query("proposal.count", needs=Permission.SELF)
def count_proposals(read: Reading, asked: CountProposals) -> Count:
    """Count what waits for me, what was decided of mine, and for an owner what is on the review list."""
    rows = [row for row in proposals.waiting(read.conn) if row.asked_by != read.user.id]
    for_me = [row for row in rows if not row.expired(read.today) and may_decide(read, row)]
    news = sum(_is_news(row) for row in proposals.of_asker(read.conn, read.user.id))
    owner = Permission.SET_LIMITS in read.user.permissions
    alone = len(proposals.alone(read.conn, unsigned=True)) if owner else 0
    oldest = for_me[0].asked_at.astimezone().date() if for_me else None
    return Count(len(for_me), oldest, news, alone)


@query("alone.list", needs=Permission.SET_LIMITS)
def list_alone(read: Reading, asked: AskAlone) -> tuple[AloneRow, ...]:
    return tuple(proposals.alone(read.conn, unsigned=asked.unsigned))


@usecase("alone.sign", needs=Permission.SET_LIMITS, topics=TOPICS)
def sign_alone(work: Work, cmd: SignAlone) -> int:
    """Sign the lines that were on the screen; none is signed twice (BILLING T13)."""
    comment = tidy(cmd.comment)
    if len(comment) > WORDS_MOST:
        raise Refused(f"The comment is over {WORDS_MOST} letters. Make it shorter.")
    if not cmd.lines:
        raise Refused("There is nothing to sign.")
    signed = proposals.sign_alone(work.conn, cmd.lines, work.user.id, work.now, comment)
    work.entry.about("user", work.user.id, found=signed)
    return signed


def may_decide(read: Reading, row: ProposalRow) -> bool:
    """Tell whether it is for this person: the right, and the limit or a countersignature; the door checks again."""
    case, me = REGISTRY.get(row.case_name), read.user
    if case is None or row.asked_by == me.id or case.needs not in me.permissions:
        return False
    if me.is_owner:
        return True
    if row.limit_name not in Limit.__members__:
        return False  # own rights: another owner
    covered = me.limit(Limit[row.limit_name], read.today) >= row.limit_amount
    return covered or row.asked_by in roles.holders(read.conn, Role.OWNER)


def _case(name: str) -> UseCase[Any, Any]:
    case = REGISTRY.get(name)
    if not isinstance(case, UseCase) or not case.by_proxy or case.prepare is not None:
        raise Refused("Nobody can approve this for you. Do it within your limit.")
    return case


def _waiting(work: Work, proposal_id: int, *, expired_too: bool = False) -> ProposalRow:
    row = proposals.get(work.conn, proposal_id)
    if row is None:
        raise Refused("This proposal is not in this practice.")
    if row.state != proposals.WAITING:
        raise Refused(f"This was {row.state} meanwhile by {row.decider}. Nothing was done.")
    if row.expired(work.today) and not expired_too:
        raise Refused("This proposal is too old; it can't be approved any more. Who asked may ask anew.")
    return row


def _decide(work: Work, row: ProposalRow, state: str, *, answer: str = "", two: bool = False, why: str = "") -> None:
    if not proposals.decide(work.conn, row.id, state, work.user.id, work.now, answer=answer, two=two):
        raise Refused("Somebody else decided this meanwhile. Nothing was done.")
    facts: dict[str, Any] = {"asked_by": row.asked_by, "asks": row.case_name}
    if row.cents is not None:
        facts["cents"] = row.cents
    if two:
        facts["countersigned"] = True
    if why:
        facts["why"] = why
    work.entry.about("proposal", row.id, row.patient_id, **facts)


def _is_news(row: ProposalRow) -> bool:
    return row.seen_at is None and row.state in (APPROVED, DECLINED)


def _is_open(row: ProposalRow, today: date) -> bool:
    return (row.state == proposals.WAITING and not row.expired(today)) or _is_news(row)


def _line(read: Reading, row: ProposalRow) -> ProposalLine:
    expired = row.expired(read.today)
    mine, waits = row.asked_by == read.user.id, row.state == proposals.WAITING and not expired
    return ProposalLine(
        row.id, say_asked(row.case_name), row.patient, row.account, row.cents, _say_limit(row), row.asker,
        row.asked_at, row.expires_on, "expired" if expired else row.state, mine, waits and not mine,
        row.decider or "", mine and _is_news(row),
    )  # fmt: skip


def _say_limit(row: ProposalRow) -> str:
    if row.limit_name not in Limit.__members__:
        return row.limit_name
    which = Limit[row.limit_name]
    return f"{which}: {say_limit(which, row.limit_amount)}"
