"""Somebody is invited, or gets their sign-in anew, by a one-time code on a slip (SECURITY K13, K27).

Who manages users never chooses or learns a password: the code locks a new identity for a day and reaches only the form
of `arriving.py`. The database is written first, the key file last; until then the old sign-in is the one that counts.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Invalid, Refused
from medbill_desktop.domain.users import Permission, RoleKey
from medbill_desktop.security import one_time_code
from medbill_desktop.storage import invitations, users
from medbill_desktop.storage.invitations import Invitation
from medbill_desktop.usecases import users as people
from medbill_desktop.usecases.declare import Work, usecase
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.joining import KeySlots
from medbill_desktop.usecases.users import CheckNewUser, UserLine, check_new_user

LIFE = timedelta(hours=one_time_code.LIFE_HOURS)


@dataclass(frozen=True, slots=True)
class InviteUser:
    """A person is to join; `recipient` names the slot that the one-time code locks."""

    id: Id
    user_id: Id
    name: str
    roles: frozenset[RoleKey]
    recipient: str


@dataclass(frozen=True, slots=True)
class ResetUser:
    """A person gets a new sign-in: password forgotten, telephone lost, a hundred failures, or back again."""

    id: Id
    user_id: Id
    recipient: str


@dataclass(frozen=True, slots=True)
class Slip:
    """What is handed to the person, shown once and kept by nobody."""

    user_id: Id
    name: str
    practice: str
    code: str = field(repr=False)
    expires_at: datetime


@usecase("user.invite", needs=Permission.MANAGE_USERS, topics={"users"})
def invite_user(work: Work, cmd: InviteUser) -> datetime:
    people.write_new(work, cmd.user_id, cmd.name, cmd.roles)
    work.entry.about("user", cmd.user_id, roles=people.named(work, cmd.roles))
    return _written(work, cmd.user_id, "invite", cmd.recipient)


@usecase("user.reset", needs=Permission.MANAGE_USERS, topics={"users"})
def reset_user(work: Work, cmd: ResetUser) -> datetime:
    """The authenticator until now stays in force until the person arrives: a code that never came changes nothing."""
    target = people.to_enrol_again(work, cmd.user_id)
    users.set_active(work.conn, target.id, True)
    work.entry.about("user", target.id, came_back=not target.active)
    return _written(work, target.id, "reset", cmd.recipient)


def invite(desk: Desk, slots: KeySlots, name: str, roles: frozenset[RoleKey]) -> Slip:
    """Invite a person; takes about half a second, so not on the GUI thread. Raises Invalid with every problem."""
    if problems := desk.ask(check_new_user, CheckNewUser(name, roles)):
        raise Invalid(problems)
    kept, user_id = people.kept_name(name), desk.new_id()
    code, slot = _code_and_slot(slots, user_id, kept)
    with slots.held():
        until = desk.run(invite_user, InviteUser(desk.new_id(), user_id, kept, roles, slot.slot.recipient))
        slots.put_slot(slot)
    return Slip(user_id, kept, _practice(slots), code, until)


def reset(desk: Desk, slots: KeySlots, person: UserLine) -> Slip:
    """Let a person choose a new password by a one-time code; the old one stops working at once."""
    if person.is_me:
        raise Refused("Your own password and authenticator are changed on My account.")
    code, slot = _code_and_slot(slots, person.id, person.name)
    with slots.held():
        until = desk.run(reset_user, ResetUser(desk.new_id(), person.id, slot.slot.recipient))
        slots.put_slot(slot)
        slots.clear_attempts(person.name)  # a sign-in that a hundred failures had closed opens by the same reset (K27)
    return Slip(person.id, person.name, _practice(slots), code, until)


def _code_and_slot(slots: KeySlots, user_id: Id, name: str) -> tuple[str, Any]:
    code = one_time_code.new_code()
    return code, slots.new_slot(user_id, name, one_time_code.parse(code))


def _written(work: Work, user_id: Id, kind: str, recipient: str) -> datetime:
    until = work.now + LIFE
    new = Invitation(work.new_id(), user_id, kind, recipient, work.now, work.user.id, until)
    invitations.add(work.conn, new)
    return until


def _practice(slots: KeySlots) -> str:
    return next(iter(slots.practice_words), "MedBill")
