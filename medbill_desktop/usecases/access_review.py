"""The quarterly review of users against roles: who may what, still rightly? (SECURITY A17, H6)

A quarter is due once it has ended, and overdue a month later. A verdict changes nobody's roles by itself: what was said
stays to do until it is done on the Users page.
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
from medbill_desktop.usecases.declare import Reading, Work, query, usecase

WORDS_LEAST: Final = 10
WORDS_MOST: Final = 500
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


@dataclass(frozen=True, slots=True)
class PersonVerdict:
    person_id: Id
    verdict: Verdict
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SignAccess:
    """A verdict for everybody who works here now."""

    id: Id
    quarter: date
    verdicts: tuple[PersonVerdict, ...]
    comment: str = field(default="", repr=False)


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
    sign_ins = _last_sign_ins(read)
    changes = _changes(read, last)
    said = {} if asked.quarter is None else _said(read, asked.quarter)
    lines = []
    for each in users.all_users(read.conn):
        if not (each.id in said if said else each.active):
            continue
        verdict, words, then = said.get(each.id, (None, "", frozenset()))
        shown = then if said else each.roles
        names = ", ".join(read.user.book.name_of(role) for role in read.user.book.in_order(shown))
        done = verdict in (None, Verdict.KEEP) or not each.active or (verdict is Verdict.NARROW and each.roles != then)
        lines.append(AccessLine(
            each.id, each.name, read.user.book.in_order(shown), names, sign_ins.get(each.id),
            changes.get(each.id, 0), each.id == read.user.id, each.active, verdict, words, done,
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
    work.conn.execute(insert(access_review_line), [
        {"id": work.new_id(), "review_id": review_id, "person_id": each.person_id, "verdict": each.verdict.value,
         "roles": json.dumps(sorted(here[each.person_id].roles)), "words": tidy(each.words)}
        for each in cmd.verdicts
    ])  # fmt: skip
    counts = {verdict.value: sum(each.verdict is verdict for each in cmd.verdicts) for verdict in Verdict}
    work.entry.about("access_review", review_id, quarter=cmd.quarter.isoformat(), **counts)
    return review_id


def _check(work: Work, cmd: SignAccess, here: dict[Id, users.UserRecord]) -> None:
    found = Findings()
    judged = [each.person_id for each in cmd.verdicts]
    if len(set(judged)) != len(judged) or set(judged) != set(here):
        raise Refused("Who works here changed since you looked. Look at the list once more, then sign it.")
    for each in cmd.verdicts:
        if each.verdict is not Verdict.KEEP and len(tidy(each.words)) < WORDS_LEAST:
            found.stop("words", f"words.{each.person_id}", f"Say of {here[each.person_id].name} what is to change.",
                       f"Write at least {WORDS_LEAST} letters.")  # fmt: skip
        if len(each.words) > WORDS_MOST:
            found.stop("words", f"words.{each.person_id}", f"This is over {WORDS_MOST} letters.", "Make it shorter.")
    if len(cmd.comment) > WORDS_MOST:
        found.stop("comment", "comment", f"The comment is over {WORDS_MOST} letters.", "Make it shorter.")
    found.raise_stops()


def _signed(read: Reading) -> Iterable[Quarter]:
    c = access_review.c
    now = {each.id: each for each in users.all_users(read.conn)}
    for row in read.conn.execute(select(access_review, user.c.name).join(user, user.c.id == c.user_id)).all():
        said = _said(read, row.quarter)
        change = [(who, each) for who, each in said.items() if each[0] is not Verdict.KEEP]
        undone = 0
        for who, (verdict, _, then) in change:
            person = now.get(who)
            same = person is not None and person.active and (verdict is Verdict.REMOVE or person.roles == then)
            undone += same
        yield Quarter(row.quarter, row.name, row.at, row.comment, len(said) - len(change), len(change), undone)


def _said(read: Reading, quarter: date) -> dict[Id, tuple[Verdict, str, frozenset[RoleKey]]]:
    c = access_review_line.c
    rows = read.conn.execute(
        select(c.person_id, c.verdict, c.words, c.roles)
        .join(access_review, access_review.c.id == c.review_id)
        .where(access_review.c.quarter == quarter)
    )
    return {Id(r.person_id): (Verdict(r.verdict), r.words, frozenset(json.loads(r.roles))) for r in rows}


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
