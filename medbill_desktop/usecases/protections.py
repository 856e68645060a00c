"""The state of every protection, read from the practice's own records, and its page on paper (SECURITY H)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from medbill_desktop.documents.security_page import SecurityContent, security_page_pdf
from medbill_desktop.domain.protections import Protection, SecurityState, evidence, protections
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import backups, settings
from medbill_desktop.storage.cipher import cipher_facts
from medbill_desktop.storage.tables import (
    access_review,
    audit,
    audit_archive,
    audit_explained,
    audit_review,
    emergency_access,
    legal_hold,
    practice,
    recovery_kit,
    staff_task,
    user,
    vault,
    workstation,
)
from medbill_desktop.usecases.audit_chain import unconfirmed
from medbill_desktop.usecases.audit_review import AskReviews, review_status
from medbill_desktop.usecases.declare import Reading, query
from medbill_desktop.usecases.practice import LOCK_MINUTES_KEY
from medbill_desktop.usecases.session import LOCK_MINUTES

YEAR = timedelta(days=365)
MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class AskProtections:
    """How does each protection stand?"""


@dataclass(frozen=True, slots=True)
class PrintProtections:
    """Print them; `here` are the lines of this computer, as its screen shows them."""

    here: tuple[Protection, ...] = ()


@query("security.state", needs=Permission.READ_AUDIT)
def security_state(read: Reading, asked: AskProtections) -> SecurityState:
    return _state(read)


@query("security.page", needs=Permission.READ_AUDIT, audit="security.page")
def print_protections(read: Reading, asked: PrintProtections) -> bytes:
    """Return the page as PDF: every protection, what is weak and what to do, and the evidence for each clause."""
    state = _state(read)
    name = read.conn.execute(select(practice.c.name)).scalar_one()
    lines = (*protections(state), *asked.here)
    read.entry.about("practice", 1, lines=len(lines))
    return security_page_pdf(SecurityContent(name, read.user.name, state.now, lines, evidence(state)))


def _state(read: Reading) -> SecurityState:
    conn, now = read.conn, read.clock.now()
    people = conn.execute(select(user.c.id, user.c.name, user.c.totp_secret.is_(None)).where(user.c.active)).all()
    names = {row.id: row.name for row in conn.execute(select(user.c.id, user.c.name))}
    card = conn.execute(select(practice.c.privacy_officer, practice.c.security_officer)).one()
    facts, elsewhere = cipher_facts(conn), backups.newest_verified(conn, other_disk_only=True)
    began = emergency_access.c.began_at > now - YEAR
    failed = (audit.c.action == "session.sign_in") & (audit.c.outcome == "denied") & (audit.c.at > now - MONTH)
    return SecurityState(
        now=now,
        people=len(people),
        without_code=tuple(name for _, name, bare in people if bare),
        privacy_officer=names.get(card.privacy_officer, ""),
        security_officer=names.get(card.security_officer, ""),
        lock_minutes=settings.value(conn, LOCK_MINUTES_KEY, read.today, LOCK_MINUTES),
        cipher=f"SQLCipher {facts.version}, AES-256; backups by age to the kit and the practice.",
        rows=_count(conn, audit),
        verified_at=_last(conn, "audit.verify"),
        restores=len(unconfirmed(conn)),
        gaps=_count(conn, audit_explained),
        anchor_page_at=_last_paper(conn, "audit-anchor"),
        reviewed_at=conn.execute(select(audit_review.c.at).order_by(audit_review.c.at.desc()).limit(1)).scalar(),
        reviews_overdue=sum(each.overdue for each in review_status.body(read, AskReviews())),
        access_at=conn.execute(select(access_review.c.at).order_by(access_review.c.at.desc()).limit(1)).scalar(),
        emergencies=_count(conn, emergency_access, began),
        emergencies_unsigned=_count(conn, emergency_access, emergency_access.c.signed_at.is_(None)),
        keys_since=_last(conn, "keys.open") or conn.execute(select(vault.c.created_at)).scalar_one(),
        kits=_count(conn, recovery_kit, recovery_kit.c.retired_at.is_(None)),
        kit_drilled_at=_newest(conn, recovery_kit.c.drilled_at),
        backup_at=None if elsewhere is None else elsewhere.verified_at,
        health_at=_last(conn, "health.check"),
        failed_sign_ins=_count(conn, audit, failed),
        removed_at=_last(conn, "user.deactivate"),
        leaver_tasks=_count(conn, staff_task, staff_task.c.done_at.is_(None) & (staff_task.c.list == "leaving")),
        computers=_count(conn, workstation, workstation.c.revoked_at.is_(None)),
        computers_out=_count(conn, workstation, workstation.c.revoked_at.is_not(None)),
        holds=_count(conn, legal_hold, legal_hold.c.lifted_at.is_(None)),
        archives=_count(conn, audit_archive),
    )  # fmt: skip


def _last(conn: Connection, action: str) -> datetime | None:
    """Return when this was last done, by the log."""
    done = (audit.c.action == action) & (audit.c.outcome == "done")
    return conn.execute(select(audit.c.at).where(done).order_by(audit.c.seq.desc()).limit(1)).scalar()


def _last_paper(conn: Connection, kind: str) -> datetime | None:
    """Return when a paper was last printed or saved; to have looked at it on the screen is not enough."""
    left = ((audit.c.action == "document.print") | (audit.c.action == "document.save")) & (audit.c.outcome == "done")
    wanted = select(audit.c.at).where(left, audit.c.detail.contains(f'"{kind}"')).order_by(audit.c.seq.desc())
    return conn.execute(wanted.limit(1)).scalar()


def _newest(conn: Connection, column: object) -> datetime | None:
    wanted = select(column).where(column.is_not(None)).order_by(column.desc()).limit(1)  # type: ignore[call-overload, attr-defined]
    found: datetime | None = conn.execute(wanted).scalar()
    return found


def _count(conn: Connection, which: object, where: object = True) -> int:
    return int(conn.execute(select(func.count()).select_from(which).where(where)).scalar_one())  # type: ignore[arg-type]
