"""The quarterly review of users against roles: who may what, still rightly? (SECURITY A3, A17, H6)

A quarter is due once it has ended, and overdue a month later. A verdict changes nobody's roles by itself: what was said
stays to do until it is done on the Users page. Nobody keeps their own rights where somebody else signs reviews too: the
reviewer's own line stays open until another one judged it.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from sqlalchemy import func, insert, select

from medbill_desktop.domain.access_review import Verdict, finished, is_overdue
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.names import tidy
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.users import Permission, RoleKey
from medbill_desktop.storage import users
from medbill_desktop.storage.tables import access_review, access_review_line, audit, user
from medbill_desktop.usecases import reviewers
from medbill_desktop.usecases.declare import Reading, Work, query, usecase

WORDS_LEAST: Final = 10
WORDS_MOST: Final = 500
OWN_WORDS: Final = "Nobody keeps their own rights where somebody else signs reviews too."
CHANGES: Final = ("user.add", "user.roles", "user.deactivate", "user.enrol_again", "user.officers")


@dataclass(frozen=True, slots=True)
class AskAccessReviews:
    """Which quarters are reviewed, and which are not?"""


@dataclass(frozen=True, slots=True)
class Quarter:
    """A finished quarter; the rest is empty while nobody signed it."""

    quarter: date  # its first day
    signed_by: str = ""
    at: datetime | None = None
    comment: str = field(default="", repr=False)
    kept: int = 0
    to_change: int = 0  # were to be narrowed or removed
    undone: int = 0  # of these, whose roles are still as they were
    overdue: bool = False
    to_judge: str = ""  # who signed, while nobody judged their own rights
    for_me: bool = False  # who looks may judge them

    @property
    def id(self) -> date:
        return self.quarter

    @property
    def signed(self) -> bool:
        return self.at is not None


@dataclass(frozen=True, slots=True)
class AskAccess:
    """Who may what now, and what changed since the last signed review; with a quarter, what was said then."""

    quarter: date | None = None


@dataclass(frozen=True, slots=True)
class AccessLine:
    """One person of the review."""

    id: Id
    name: str
    roles: tuple[RoleKey, ...]
    roles_words: str
    last_sign_in: datetime | None
    changes: int  # of the person since the last review
    is_me: bool
    active: bool = True
    verdict: Verdict | None = None
    words: str = field(default="", repr=False)
    done: bool = True  # what was said is done
    is_open: bool = False  # the reviewer's own line, that somebody else is to judge
    judged_by: str = ""  # who judged the reviewer


@dataclass(frozen=True, slots=True)
class PersonVerdict:
    person_id: Id
    verdict: Verdict
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SignAccess:
    """A verdict for everybody who works here now; on themselves the reviewer may leave it to another one."""

    id: Id
    quarter: date
    verdicts: tuple[PersonVerdict, ...]
    comment: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class JudgeReviewer:
    """The verdict on who signed a quarter, by somebody else."""

    id: Id
    quarter: date
    verdict: Verdict
    words: str = field(default="", repr=False)


@query("access.status", needs=Permission.READ_AUDIT)
def access_status(read: Reading, asked: AskAccessReviews) -> tuple[Quarter, ...]:
    """Return the finished quarters since the log began, the newest first."""
    began = read.conn.execute(select(audit.c.at).order_by(audit.c.seq).limit(1)).scalar()
    if began is None:
        return ()
    signed = {each.quarter: each for each in _signed(read)}
    return tuple(
        signed.get(each) or Quarter(each, overdue=is_overdue(each, read.today))
        for each in finished(began.astimezone().date(), read.today)
    )


@query("access.people", needs=Permission.READ_AUDIT, audit="access.people")
def access_of(read: Reading, asked: AskAccess) -> tuple[AccessLine, ...]:
    """Return everybody with what they may, their last sign-in, and how often it changed since the last review."""
    read.entry.about("practice", 1)
    last = read.conn.execute(select(func.max(access_review.c.at))).scalar()
    sign_ins, changes = _last_sign_ins(read), _changes(read, last)
    said = {} if asked.quarter is None else _said(read, asked.quarter)
    open_id = None if asked.quarter is None else _open_reviewer(read, asked.quarter)
    not_alone = bool(reviewers.others(read))
    book, lines = read.user.book, []
    for each in users.all_users(read.conn):
        if not (each.id in said or each.id == open_id if said else each.active):
            continue
        line = said.get(each.id)
        shown = each.roles if line is None else line.roles
        names = ", ".join(book.name_of(role) for role in book.in_order(shown))
        mine = each.id == read.user.id
        lines.append(AccessLine(
            each.id, each.name, book.in_order(shown), names, sign_ins.get(each.id), changes.get(each.id, 0), mine,
            each.active, None if line is None else line.verdict, "" if line is None else line.words,
            line is None or line.is_done(each), each.id == open_id or (not said and mine and not_alone),
            "" if line is None else line.judged_by,
        ))  # fmt: skip
    return tuple(lines)


@usecase("access.sign", needs=Permission.SIGN_OFF_AUDIT, topics={"review"})
def sign_access(work: Work, cmd: SignAccess) -> Id:
    """Keep what was said of each person; a signed review is never changed."""
    here = {each.id: each for each in users.all_users(work.conn) if each.active}
    _check(work, cmd, here)
    began = work.conn.execute(select(audit.c.at).order_by(audit.c.seq).limit(1)).scalar()
    if began is None or cmd.quarter not in set(finished(began.astimezone().date(), work.today)):
        raise Refused("A quarter is signed off after it has ended. Choose one that has.")
    if work.conn.execute(select(access_review.c.id).where(access_review.c.quarter == cmd.quarter)).first() is not None:
        raise Refused("This quarter is signed already. A signed review stays as it is.")
    review_id = work.new_id()
    last = work.conn.execute(select(func.max(audit.c.seq))).scalar() or 0
    work.conn.execute(
        insert(access_review).values(
            id=review_id, quarter=cmd.quarter, comment=tidy(cmd.comment), audit_seq=last, user_id=work.user.id,
            at=work.now,
        )
    )  # fmt: skip
    for each in cmd.verdicts:
        _write_line(work, review_id, here[each.person_id], each.verdict, each.words)
    counts = {verdict.value: sum(each.verdict is verdict for each in cmd.verdicts) for verdict in Verdict}
    left = len(here) - len(cmd.verdicts)
    work.entry.about("access_review", review_id, quarter=cmd.quarter.isoformat(), **counts, left_open=left)
    return review_id


@usecase("access.judge", needs=Permission.SIGN_OFF_AUDIT, topics={"review"})
def judge_reviewer(work: Work, cmd: JudgeReviewer) -> None:
    """Judge who signed a quarter; nobody the own, but where nobody else signs reviews any more."""
    reviewer = _open_reviewer(work, cmd.quarter)
    if reviewer is None:
        raise Refused("Nobody's own rights wait to be judged in this quarter. Look at the list again.")
    if reviewer == work.user.id and reviewers.others(work):
        raise Refused(OWN_WORDS)
    person = next(each for each in users.all_users(work.conn) if each.id == reviewer)
    found = Findings()
    _check_words(found, f"words.{reviewer}", cmd.verdict, cmd.words, person.name)
    found.raise_stops()
    review_id = work.conn.execute(select(access_review.c.id).where(access_review.c.quarter == cmd.quarter)).scalar_one()
    _write_line(work, review_id, person, cmd.verdict, cmd.words, judged=True)
    work.entry.about(
        "access_review", review_id, quarter=cmd.quarter.isoformat(), person=reviewer, verdict=cmd.verdict.value
    )


def _write_line(
    work: Work, review_id: int, person: users.UserRecord, verdict: Verdict, words: str, *, judged: bool = False
) -> None:
    by = {"judged_by": work.user.id, "judged_at": work.now} if judged else {}
    work.conn.execute(
        insert(access_review_line).values(
            id=work.new_id(), review_id=review_id, person_id=person.id, verdict=verdict.value,
            roles=json.dumps(sorted(person.roles)), words=tidy(words), **by,
        )
    )  # fmt: skip


def _check(work: Work, cmd: SignAccess, here: dict[Id, users.UserRecord]) -> None:
    found, me = Findings(), work.user.id
    judged = [each.person_id for each in cmd.verdicts]
    not_alone = bool(reviewers.others(work))
    least = set(here) - {me} if not_alone else set(here)
    if len(set(judged)) != len(judged) or not least <= set(judged) <= set(here):
        raise Refused("Who works here changed since you looked. Look at the list once more, then sign it.")
    for each in cmd.verdicts:
        if each.person_id == me and each.verdict is Verdict.KEEP and not_alone:
            found.stop("own", f"verdict.{me}", OWN_WORDS, "Leave it to another reviewer.")
        _check_words(found, f"words.{each.person_id}", each.verdict, each.words, here[each.person_id].name)
    if len(cmd.comment) > WORDS_MOST:
        found.stop("comment", "comment", f"The comment is over {WORDS_MOST} letters.", "Make it shorter.")
    found.raise_stops()


def _check_words(found: Findings, where: str, verdict: Verdict, words: str, whom: str) -> None:
    if verdict is not Verdict.KEEP and len(tidy(words)) < WORDS_LEAST:
        found.stop("words", where, f"Say of {whom} what is to change.", f"Write at least {WORDS_LEAST} letters.")
    if len(words) > WORDS_MOST:
        found.stop("words", where, f"This is over {WORDS_MOST} letters.", "Make it shorter.")


def _open_reviewer(read: Reading, quarter: date) -> Id | None:
    """Return who signed a quarter while nobody judged them and they still work here; None where nothing is open."""
    c, line = access_review.c, access_review_line.c
    judged = select(line.id).where(line.review_id == c.id, line.person_id == c.user_id).exists()
    found = select(c.user_id).join(user, user.c.id == c.user_id).where(c.quarter == quarter, ~judged, user.c.active)
    who = read.conn.execute(found).scalar()
    return None if who is None else Id(who)


def _signed(read: Reading) -> Iterable[Quarter]:
    c = access_review.c
    now = {each.id: each for each in users.all_users(read.conn)}
    alone = not reviewers.others(read)
    for row in read.conn.execute(select(access_review, user.c.name).join(user, user.c.id == c.user_id)).all():
        said = _said(read, row.quarter)
        change = [(who, each) for who, each in said.items() if each.verdict is not Verdict.KEEP]
        undone = sum(who in now and not each.is_done(now[who]) for who, each in change)
        waits = _open_reviewer(read, row.quarter)
        yield Quarter(
            row.quarter, row.name, row.at, row.comment, len(said) - len(change), len(change), undone,
            waits is not None and is_overdue(row.quarter, read.today), "" if waits is None else row.name,
            waits is not None and (waits != read.user.id or alone),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Said:
    """What a review says of a person, with the roles as they were then."""

    verdict: Verdict
    words: str = field(repr=False)
    roles: frozenset[RoleKey]
    judged_by: str

    def is_done(self, now: users.UserRecord) -> bool:
        if self.verdict is Verdict.KEEP or not now.active:
            return True
        return self.verdict is Verdict.NARROW and now.roles != self.roles


def _said(read: Reading, quarter: date) -> dict[Id, _Said]:
    c, judge = access_review_line.c, user.alias("judge")
    rows = read.conn.execute(
        select(c.person_id, c.verdict, c.words, c.roles, judge.c.name.label("judge"))
        .join(access_review, access_review.c.id == c.review_id)
        .outerjoin(judge, judge.c.id == c.judged_by)
        .where(access_review.c.quarter == quarter)
    )
    return {
        Id(r.person_id): _Said(Verdict(r.verdict), r.words, frozenset(json.loads(r.roles)), r.judge or "") for r in rows
    }


def _last_sign_ins(read: Reading) -> dict[int, datetime]:
    c = audit.c
    came_in = (c.action == "session.sign_in") & (c.outcome == "done")
    return {row[0]: row[1] for row in read.conn.execute(
        select(c.user_id, func.max(c.at, type_=c.at.type)).where(came_in).group_by(c.user_id))}  # fmt: skip


def _changes(read: Reading, since: datetime | None) -> dict[int, int]:
    c = audit.c
    changed = c.action.in_(CHANGES) & (c.outcome == "done") & (c.subject_kind == "user")
    wanted = select(c.subject_id, func.count()).where(changed).group_by(c.subject_id)
    rows = read.conn.execute(wanted if since is None else wanted.where(c.at > since))
    return {row[0]: row[1] for row in rows}
