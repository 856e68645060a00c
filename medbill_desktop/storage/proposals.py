"""What waits for a second person, and what an owner did alone (SECURITY A2, BILLING T13)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.names import list_name
from medbill_desktop.storage.tables import owner_review, patient, proposal, user

WAITING, APPROVED, DECLINED, WITHDRAWN = "waiting", "approved", "declined", "withdrawn"


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A proposal with the names that a list shows."""

    id: Id
    case_name: str
    command_id: Id
    command: str = field(repr=False)
    subject_kind: str | None
    subject_id: Id | None
    patient_id: Id | None
    cents: Cents | None
    limit_name: str
    limit_amount: int
    asked_by: Id
    asked_at: datetime
    expires_on: date
    reason: str
    words: str = field(repr=False)
    state: str
    decided_by: Id | None
    decided_at: datetime | None
    answer: str = field(repr=False)
    countersigned: bool
    seen_at: datetime | None
    asker: str
    decider: str | None
    patient: str | None = field(repr=False)
    account: str | None

    def expired(self, today: date) -> bool:
        return self.state == WAITING and self.expires_on < today


@dataclass(frozen=True, slots=True)
class AloneRow:
    """Something that an owner did without a second person."""

    id: Id
    action: str
    patient_id: Id | None
    account: str | None
    cents: Cents | None
    limit_name: str | None
    limit_amount: int | None
    person: str
    at: datetime
    signed_at: datetime | None
    signer: str | None
    comment: str = field(repr=False)


def add(conn: Connection, **values: object) -> None:
    conn.execute(insert(proposal).values(state=WAITING, **values))


def get(conn: Connection, proposal_id: int) -> ProposalRow | None:
    return next(iter(_read(conn, proposal.c.id == proposal_id)), None)


def waiting(conn: Connection) -> list[ProposalRow]:
    """Return what nobody decided, the oldest first, also what has expired."""
    return _read(conn, proposal.c.state == WAITING)


def of_asker(conn: Connection, user_id: int, most: int = 100) -> list[ProposalRow]:
    """Return what this person asked for, the newest first."""
    return _read(conn, proposal.c.asked_by == user_id, newest_first=True)[:most]


def decided(conn: Connection, most: int) -> list[ProposalRow]:
    """Return what was decided, the newest first."""
    return _read(conn, proposal.c.state != WAITING, newest_first=True, most=most)


def waits_already(conn: Connection, case_name: str, subject_id: int | None, asked_by: int, today: date) -> bool:
    """Tell whether this person asked the same of the same subject, and it still waits."""
    c = proposal.c
    same = (c.case_name == case_name) & (c.subject_id == subject_id) & (c.asked_by == asked_by)
    found = conn.execute(select(c.id).where(same, c.state == WAITING, c.expires_on >= today)).first()
    return subject_id is not None and found is not None


def decide(
    conn: Connection, proposal_id: int, state: str, by: int, at: datetime, *, answer: str = "", two: bool = False
) -> bool:
    """Decide it, once; False where somebody else did meanwhile."""
    open_one = (proposal.c.id == proposal_id) & (proposal.c.state == WAITING)
    done = conn.execute(
        update(proposal).where(open_one).values(
            state=state, decided_by=by, decided_at=at, answer=answer, countersigned=two
        )
    )  # fmt: skip
    return done.rowcount == 1


def see(conn: Connection, user_id: int, at: datetime) -> int:
    """Remember that the asker saw every decision there is; return how many were new."""
    c = proposal.c
    news = (c.asked_by == user_id) & c.seen_at.is_(None) & ((c.state == APPROVED) | (c.state == DECLINED))
    return conn.execute(update(proposal).where(news).values(seen_at=at)).rowcount


def alone(conn: Connection, *, unsigned: bool = False) -> list[AloneRow]:
    """Return what owners did alone, what waits for a signature first, the newest first among them."""
    c, signer = owner_review.c, user.alias("signer")
    wanted = (
        select(
            c.id, c.action, c.patient_id, patient.c.account.label("account"), c.cents, c.limit_name,
            c.limit_amount, user.c.name.label("person"), c.at, c.signed_at, signer.c.name.label("signer"), c.comment,
        )
        .join(user, user.c.id == c.user_id)
        .outerjoin(signer, signer.c.id == c.signed_by)
        .outerjoin(patient, patient.c.id == c.patient_id)
        .order_by(c.signed_at.is_not(None), c.id.desc())
    )  # fmt: skip
    rows = conn.execute(wanted.where(c.signed_at.is_(None)) if unsigned else wanted.limit(500))
    return [AloneRow(**row) for row in rows.mappings()]


def sign_alone(conn: Connection, ids: Sequence[int], by: int, at: datetime, comment: str) -> int:
    """Sign lines of the review list; return how many were not signed yet."""
    c = owner_review.c
    open_ones = c.id.in_(ids) & c.signed_at.is_(None)
    done = conn.execute(update(owner_review).where(open_ones).values(signed_by=by, signed_at=at, comment=comment))
    return done.rowcount


def _read(conn: Connection, where: object, *, newest_first: bool = False, most: int = 500) -> list[ProposalRow]:
    decider = user.alias("decider")
    c = proposal.c
    wanted = (
        select(
            proposal, user.c.name.label("asker"), decider.c.name.label("decider"),
            patient.c.last.label("last"), patient.c.first.label("first"), patient.c.account.label("account"),
        )
        .join(user, user.c.id == c.asked_by)
        .outerjoin(decider, decider.c.id == c.decided_by)
        .outerjoin(patient, patient.c.id == c.patient_id)
        .where(where)  # type: ignore[arg-type]
        .order_by(c.id.desc() if newest_first else c.id)
        .limit(most)
    )  # fmt: skip
    return [_row(row) for row in conn.execute(wanted).mappings()]


def _row(row: RowMapping) -> ProposalRow:
    facts = dict(row)
    last, first = facts.pop("last"), facts.pop("first")
    name = None if last is None else list_name(last, first)
    return ProposalRow(**facts, patient=name)
