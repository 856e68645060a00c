"""The practice itself: its card, and its settings from a day on (SECURITY L3, BILLING G)."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, update

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.practice import PracticeFacts, check_practice, tidied
from medbill_desktop.domain.problems import Invalid, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import settings
from medbill_desktop.storage.tables import practice
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.session import LOCK_MINUTES, LOCK_MINUTES_LEAST, LOCK_MINUTES_MOST

LOCK_MINUTES_KEY: Final = "lock_minutes"
_FACTS: Final = ("name", "street", "city", "state", "zip", "phone", "npi", "tin", "street2", "taxonomy")


@dataclass(frozen=True, slots=True)
class OpenPracticeCard:
    """Show the practice's card."""


@dataclass(frozen=True, slots=True)
class PracticeCard:
    """The practice as it stands on claims and statements, and the policy of its screens."""

    facts: PracticeFacts
    privacy_officer: Id | None
    security_officer: Id | None
    lock_minutes: int


@dataclass(frozen=True, slots=True)
class ChangePractice:
    """The practice moved, or is called otherwise."""

    id: Id
    facts: PracticeFacts


@dataclass(frozen=True, slots=True)
class SetLockMinutes:
    """After how many minutes without input every screen locks; it can't be switched off (SECURITY L3)."""

    id: Id
    minutes: int


@query("practice.open", needs=Permission.SELF)
def open_practice(read: Reading, asked: OpenPracticeCard) -> PracticeCard:
    row = read.conn.execute(select(practice)).one()
    facts = PracticeFacts(**{name: getattr(row, name) for name in _FACTS})
    minutes = settings.value(read.conn, LOCK_MINUTES_KEY, read.today, LOCK_MINUTES)
    return PracticeCard(facts, row.privacy_officer, row.security_officer, minutes)


@usecase("practice.change", needs=Permission.MANAGE_POLICY, topics={"practice"})
def change_practice(work: Work, cmd: ChangePractice) -> None:
    facts = tidied(cmd.facts)
    if problems := check_practice(facts):
        raise Invalid(problems)
    before = work.conn.execute(select(practice)).one()
    changed = {name: getattr(facts, name) for name in _FACTS if getattr(facts, name) != getattr(before, name)}
    if changed:
        work.conn.execute(update(practice).values(**changed))
    work.entry.about("practice", 1, changed=", ".join(sorted(changed)))


@usecase("practice.lock_minutes", needs=Permission.MANAGE_POLICY, topics={"practice"})
def set_lock_minutes(work: Work, cmd: SetLockMinutes) -> None:
    if not LOCK_MINUTES_LEAST <= cmd.minutes <= LOCK_MINUTES_MOST:
        raise Refused(f"Choose {LOCK_MINUTES_LEAST} to {LOCK_MINUTES_MOST} minutes; the lock can't be switched off.")
    before = settings.value(work.conn, LOCK_MINUTES_KEY, work.today, LOCK_MINUTES)
    settings.put(work.conn, LOCK_MINUTES_KEY, cmd.minutes, work.today)
    work.entry.about("practice", 1, before=before, after=cmd.minutes)
