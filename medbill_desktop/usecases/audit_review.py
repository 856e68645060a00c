"""The weekly review of the audit log: what was found, a comment, and who signed (SECURITY A17, 45 CFR 164.308(a)(1)).

A week runs from Monday to Sunday. It is due once it has ended, and overdue a week later.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import func, insert, select

from medbill_desktop.domain.audit_facts import Finding
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.names import tidy
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage.tables import audit, audit_review, user
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.own_staff import visible_to
from medbill_desktop.usecases.unusual import unusual_of

WEEK: Final = timedelta(days=7)
WEEKS_SHOWN: Final = 26
COMMENT_LEAST: Final = 10
COMMENT_MOST: Final = 2000


@dataclass(frozen=True, slots=True)
class AskReviews:
    """Which weeks are reviewed, and which are not?"""


@dataclass(frozen=True, slots=True)
class ReviewWeek:
    """A finished week; the rest is None or empty while nobody signed it."""

    week: date  # its Monday
    findings: int | None = None
    own: int = 0
    signed_by: str = ""
    at: datetime | None = None
    comment: str = field(default="", repr=False)
    overdue: bool = False

    @property
    def id(self) -> date:
        return self.week

    @property
    def last_day(self) -> date:
        return self.week + WEEK - timedelta(days=1)

    @property
    def signed(self) -> bool:
        return self.at is not None


@dataclass(frozen=True, slots=True)
class SignReview:
    """The findings of a week were looked at; `findings` is how many were on the screen."""

    id: Id
    week: date
    findings: int
    comment: str = field(repr=False)


@query("review.status", needs=Permission.READ_AUDIT)
def review_status(read: Reading, asked: AskReviews) -> tuple[ReviewWeek, ...]:
    """Return the finished weeks since the log began; who reads only their own staff has `review.staff`."""
    if visible_to(read) is not None:
        return ()
    c = audit_review.c
    signed = {
        row.week: ReviewWeek(row.week, row.findings, row.own, row.name, row.at, row.comment)
        for row in read.conn.execute(select(audit_review, user.c.name).join(user, user.c.id == c.user_id))
    }
    return weeks_of(read, signed)


def weeks_of(read: Reading, signed: Mapping[date, ReviewWeek]) -> tuple[ReviewWeek, ...]:
    """Return the finished weeks since the log began, the newest first, at most half a year of them."""
    began = read.conn.execute(select(audit.c.at).order_by(audit.c.seq).limit(1)).scalar()
    if began is None:
        return ()
    this_week = _monday(read.today)
    first = max(_monday(began.astimezone().date()), this_week - WEEKS_SHOWN * WEEK)
    weeks = (this_week - first).days // 7
    listed = (this_week - (back + 1) * WEEK for back in range(weeks))
    return tuple(signed.get(each) or ReviewWeek(each, overdue=each + 2 * WEEK <= read.today) for each in listed)


def judged(read: Reading, week: date) -> tuple[Finding, ...]:
    """Return what stands out in a finished week, as far as the person reads the log."""
    if week.weekday() != 0 or week + WEEK > read.today:
        raise Refused("A week is signed off after its Sunday. Choose one that has ended.")
    return unusual_of(read, week, week + WEEK - timedelta(days=1))


def _judged(read: Reading, cmd: SignReview) -> tuple[Finding, ...]:
    return judged(read, cmd.week)


def check_comment(typed: str, plan: tuple[Finding, ...]) -> str:
    """Return the comment as it is kept; raises Invalid where findings have none, or it is too long."""
    comment = tidy(typed)
    problems = Findings()
    if plan and len(comment) < COMMENT_LEAST:
        problems.stop("comment", "comment", "Say what you made of the findings.", "Write at least ten letters.")
    if len(comment) > COMMENT_MOST:
        problems.stop("comment", "comment", f"The comment is over {COMMENT_MOST:,} letters.", "Make it shorter.")
    problems.raise_stops()
    return comment


@usecase("review.sign", needs=Permission.SIGN_OFF_AUDIT, topics={"review"}, prepare=_judged)
def sign_review(work: Work, cmd: SignReview, plan: tuple[Finding, ...]) -> Id:
    """Keep what was found and said; a signed week is never changed, and a log row says who signed it."""
    comment = check_comment(cmd.comment, plan)
    if len(plan) != cmd.findings:
        raise Refused("What is found changed since you looked. Look at the week once more, then sign it.")
    c = audit_review.c
    if work.conn.execute(select(c.id).where(c.week == cmd.week)).first() is not None:
        raise Refused("This week is signed already. A signed review stays as it is.")
    own = sum(each.user_id == work.user.id for each in plan)
    last = work.conn.execute(select(func.max(audit.c.seq))).scalar() or 0
    review_id = work.new_id()
    work.conn.execute(
        insert(audit_review).values(
            id=review_id, week=cmd.week, findings=len(plan), own=own, comment=comment, audit_seq=last,
            user_id=work.user.id, at=work.now,
        )
    )  # fmt: skip
    work.entry.about("review", review_id, week=cmd.week.isoformat(), findings=len(plan), own_findings=own)
    return review_id


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
