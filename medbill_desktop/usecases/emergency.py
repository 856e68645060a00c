"""Emergency access (break-glass): begin, end, and the alert that stays until an officer signs it off (SECURITY A4).

The row is written before anything opens; the session holds the access and the Desk asks it, so that a lock, another
person or the end of the half hour closes it without anybody doing anything.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update

from medbill_desktop.domain.emergency import (
    COMMENT_LEAST,
    MINUTES,
    WORDS_LEAST,
    WORDS_MOST,
    Emergency,
    EmergencyReason,
)
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.names import tidy
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.users import Permission, User
from medbill_desktop.storage.tables import audit, emergency_access, user
from medbill_desktop.usecases.declare import REGISTRY, Ask, Reading, Work, query, usecase


@dataclass(frozen=True, slots=True)
class BeginEmergency:
    """Open, to be read alone, what the role hides."""

    id: Id
    reason: EmergencyReason
    words: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class EndEmergency:
    """It is not needed any more."""

    id: Id


@dataclass(frozen=True, slots=True)
class AskAlerts:
    """Which emergency accesses were there, and which of them has nobody signed off?"""

    unsigned: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """An emergency access as an officer sees it; `signed_at` None while it waits."""

    id: Id
    user_id: Id
    person: str
    workstation: int
    reason: str
    words: str = field(repr=False)
    began_at: datetime
    until: datetime  # it ended then, or before: at "End now" or a lock
    reads: int  # rows of the log that carry its id
    patients: int
    signed_by: str = ""
    signed_at: datetime | None = None
    comment: str = field(default="", repr=False)

    @property
    def signed(self) -> bool:
        return self.signed_at is not None


@dataclass(frozen=True, slots=True)
class SignAlert:
    """An officer looked into it and says what he made of it."""

    id: Id
    emergency_id: Id
    comment: str = field(repr=False)


def is_hidden_from(user: User) -> bool:
    """Tell whether the roles hide any read that an emergency would open, so that none is begun for nothing."""
    opened = (case for case in REGISTRY.values() if isinstance(case, Ask) and case.emergency)
    return any(case.needs not in user.permissions for case in opened)


@usecase("emergency.begin", needs=Permission.SELF, topics={"emergency"})
def begin_emergency(work: Work, cmd: BeginEmergency) -> Id:
    """Write down who, why and until when; what it opens is open once that is committed."""
    words, problems = tidy(cmd.words), Findings()
    if cmd.reason not in tuple(EmergencyReason):
        problems.stop("reason", "reason", "Choose why.")
    if len(words) < WORDS_LEAST:
        problems.stop("words", "words", "Say in a few words what happened.", "Write at least ten letters.")
    if len(words) > WORDS_MOST:
        problems.stop("words", "words", f"This is over {WORDS_MOST:,} letters.", "Make it shorter.")
    problems.raise_stops()
    if not is_hidden_from(work.user):
        raise Refused("Your role shows you these records already. Open them as always.")
    if work.session.emergency is not None:
        raise Refused("An emergency access runs already. End it first, then begin another.")
    made = Emergency(work.new_id(), work.now + timedelta(minutes=MINUTES))
    work.conn.execute(
        insert(emergency_access).values(
            id=made.id, user_id=work.user.id, workstation=work.workstation, reason=cmd.reason.name, words=words,
            began_at=work.now, until=made.until,
        )
    )  # fmt: skip
    work.entry.about("emergency", made.id, emergency=made.id, why=cmd.reason.name.lower(), minutes=MINUTES)
    work.once_committed(lambda: work.session.begin_emergency(made))
    return made.id


@usecase("emergency.end", needs=Permission.SELF, topics={"emergency"})
def end_emergency(work: Work, cmd: EndEmergency) -> None:
    """End the access that runs; where it ran out meanwhile there is nothing to do."""
    held = work.session.emergency
    if held is None:
        return
    work.entry.about("emergency", held.id)
    c = emergency_access.c
    work.conn.execute(update(emergency_access).where(c.id == held.id).values(ended_at=work.now))
    work.once_committed(work.session.end_emergency)


@query("emergency.alerts", needs=Permission.SIGN_OFF_AUDIT)
def list_alerts(read: Reading, asked: AskAlerts) -> tuple[Alert, ...]:
    """Return the emergency accesses, those that wait first, the newest first among them."""
    c = emergency_access.c
    signer = user.alias("signer")
    wanted = (
        select(emergency_access, user.c.name.label("person"), signer.c.name.label("signer_name"))
        .join(user, user.c.id == c.user_id)
        .outerjoin(signer, signer.c.id == c.signed_by)
        .order_by(c.signed_at.is_not(None), c.id.desc())
    )
    rows = read.conn.execute(wanted.where(c.signed_at.is_(None)) if asked.unsigned else wanted).all()
    found = []
    for row in rows:
        until = min(row.until, row.ended_at or row.until)
        reads, patients = _touched(read, row.id, row.user_id, row.began_at, row.until)
        found.append(Alert(
            row.id, row.user_id, row.person, row.workstation, EmergencyReason[row.reason].value, row.words,
            row.began_at, until, reads, patients, row.signer_name or "", row.signed_at, row.comment,
        ))  # fmt: skip
    return tuple(found)


@usecase("emergency.sign", needs=Permission.SIGN_OFF_AUDIT, topics={"emergency"})
def sign_alert(work: Work, cmd: SignAlert) -> None:
    """Sign an emergency access off, with a comment; nobody signs off an own one."""
    comment, problems = tidy(cmd.comment), Findings()
    if len(comment) < COMMENT_LEAST:
        problems.stop("comment", "comment", "Say what you made of it.", "Write at least ten letters.")
    if len(comment) > WORDS_MOST:
        problems.stop("comment", "comment", f"The comment is over {WORDS_MOST:,} letters.", "Make it shorter.")
    problems.raise_stops()
    c = emergency_access.c
    row = work.conn.execute(select(emergency_access).where(c.id == cmd.emergency_id)).first()
    if row is None:
        raise Refused("This emergency access is not in this practice. Look at the list again.")
    if row.signed_at is not None:
        raise Refused("This emergency access is signed off already. It stays as it was signed.")
    if row.user_id == work.user.id:
        raise Refused("This was your own emergency access. Another officer or the owner signs it off.")
    work.conn.execute(
        update(emergency_access).where(c.id == row.id).values(signed_by=work.user.id, signed_at=work.now,
                                                              comment=comment)
    )  # fmt: skip
    work.entry.about("emergency", row.id, person=row.user_id)


def _touched(read: Reading, emergency_id: int, user_id: int, since: datetime, until: datetime) -> tuple[int, int]:
    """Count what was done and whose records were opened under it; only the rows of its half hour are looked at."""
    c = audit.c
    carries = func.json_extract(c.detail, "$.emergency") == emergency_id
    looked = c.action.not_like("emergency.%")
    row = read.conn.execute(
        select(func.count(), func.count(c.patient_id.distinct())).where(
            c.user_id == user_id, c.at >= since, c.at <= until, c.outcome == "done", carries, looked
        )
    ).one()
    return row[0], row[1]
