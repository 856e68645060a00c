"""The weekly review of one's own staff, by who runs the office; the officers' review stands beside it (A17)."""

from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import func, insert, select

from medbill_desktop.domain.audit_facts import Finding
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage.tables import audit, staff_review, user
from medbill_desktop.usecases.audit_review import ReviewWeek, check_comment, judged, weeks_of
from medbill_desktop.usecases.declare import Reading, Work, query, usecase


@dataclass(frozen=True, slots=True)
class AskStaffReviews:
    """Which weeks of the own staff are reviewed, and which are not?"""


@dataclass(frozen=True, slots=True)
class SignStaffReview:
    """The findings about the own staff were looked at; `findings` is how many were on the screen."""

    id: Id
    week: date
    findings: int
    comment: str = field(repr=False)


@query("review.staff", needs=Permission.SIGN_OFF_STAFF)
def staff_status(read: Reading, asked: AskStaffReviews) -> tuple[ReviewWeek, ...]:
    c = staff_review.c
    kept = select(staff_review, user.c.name).join(user, user.c.id == c.user_id).order_by(c.at)
    signed = {row.week: ReviewWeek(row.week, row.findings, 0, row.name, row.at, row.comment)
              for row in read.conn.execute(kept)}  # fmt: skip
    return weeks_of(read, signed)


def _judged(read: Reading, cmd: SignStaffReview) -> tuple[Finding, ...]:
    return judged(read, cmd.week)


@usecase("review.sign_staff", needs=Permission.SIGN_OFF_STAFF, topics={"review"}, prepare=_judged)
def sign_staff_review(work: Work, cmd: SignStaffReview, plan: tuple[Finding, ...]) -> Id:
    """Keep what was found about the people whom the signer sees; the owners' and officers' is not among it."""
    comment = check_comment(cmd.comment, plan)
    if len(plan) != cmd.findings:
        raise Refused("What is found changed since you looked. Look at the week once more, then sign it.")
    c = staff_review.c
    if work.conn.execute(select(c.id).where(c.week == cmd.week)).first() is not None:
        raise Refused("This week is signed already. A signed review stays as it is.")
    last = work.conn.execute(select(func.max(audit.c.seq))).scalar() or 0
    review_id = work.new_id()
    work.conn.execute(
        insert(staff_review).values(
            id=review_id, week=cmd.week, user_id=work.user.id, findings=len(plan), comment=comment, audit_seq=last,
            at=work.now,
        )
    )  # fmt: skip
    own = sum(each.user_id == work.user.id for each in plan)
    work.entry.about("review", review_id, week=cmd.week.isoformat(), findings=len(plan), own_findings=own)
    return review_id
