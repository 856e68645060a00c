"""People of the practice: who joins, what they may do, who leaves (SECURITY A3, K14a, K23, K25).

A command never carries a password: the door keeps a digest of every command. The ceremonies that a new person goes
through are in `joining.py`; they hand the door only what the database is to keep.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection

from medbill_desktop.domain import people, user_names
from medbill_desktop.domain.absence import Absence
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.people import Person
from medbill_desktop.domain.problems import Invalid, Problem, Refused
from medbill_desktop.domain.staff_tasks import JOINING, Held, Task, TaskList, tasks_on_leaving
from medbill_desktop.domain.users import Permission, RoleKey
from medbill_desktop.security import recovery_codes, totp
from medbill_desktop.security.passwords import fold_name
from medbill_desktop.security.recovery_codes import StoredCode
from medbill_desktop.storage import enrolments, invitations, leaves, staff_tasks, users
from medbill_desktop.usecases import sign_in
from medbill_desktop.usecases.declare import Reading, Work, query, usecase


@dataclass(frozen=True, slots=True)
class ListUsers:
    """Everyone, those who left as well where `all` is set."""

    everyone: bool = False


class SignIn(StrEnum):
    """What stands between an active person and their sign-in; the key file and this computer know, not the database."""

    OPEN = "open"
    INVITED = "invited, not yet come"
    CODE_OVER = "the one-time code has run out"
    NO_SLOT = "needs a new password"  # written down, then cut off before the key file was
    WAITS = "has to wait"
    LOCKED_OUT = "locked out"


@dataclass(frozen=True, slots=True)
class Invited:
    """The newest one-time code of a person who has not come with it; `recipient` names the slot that it locks."""

    recipient: str
    until: datetime
    over: bool


@dataclass(frozen=True, slots=True)
class UserLine:
    """A person as the Users page shows them; `sign_in` is filled in by `joining.with_sign_ins`."""

    id: Id
    name: str
    roles: tuple[RoleKey, ...]
    active: bool
    has_authenticator: bool
    codes_left: int
    privacy_officer: bool
    security_officer: bool
    is_me: bool
    sign_in: SignIn = SignIn.OPEN
    invited: Invited | None = None
    away: Absence | None = None  # the leave that runs or comes next
    is_away: bool = False
    open_tasks: int = 0


@dataclass(frozen=True, slots=True)
class CheckNewUser:
    """Is this name free, and may I give these roles?"""

    name: str
    roles: frozenset[RoleKey]


@dataclass(frozen=True, slots=True)
class AddUser:
    """A person joins; the password is in the key file's slot, never here."""

    id: Id
    user_id: Id
    name: str
    roles: frozenset[RoleKey]
    totp_secret: str | None = field(repr=False)
    totp_step: int
    codes: tuple[StoredCode, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class EnrolAgain:
    """Who forgot the password or comes back chooses a new one at this computer: new slot, new authenticator."""

    id: Id
    user_id: Id
    totp_secret: str | None = field(repr=False)
    totp_step: int
    codes: tuple[StoredCode, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChangeRoles:
    id: Id
    user_id: Id
    roles: frozenset[RoleKey]


@dataclass(frozen=True, slots=True)
class DeactivateUser:
    """A person leaves: nothing they did is lost, they just can't come in any more."""

    id: Id
    user_id: Id
    held: frozenset[Held] = frozenset()


@dataclass(frozen=True, slots=True)
class NameOfficers:
    id: Id
    privacy: Id
    security: Id


@dataclass(frozen=True, slots=True)
class UnlockAttempts:
    """Let someone try again whose sign-in was disabled after a hundred failures (SECURITY K27)."""

    id: Id
    user_id: Id


@dataclass(frozen=True, slots=True)
class RenewCodes:
    """A new set of my own recovery codes, allowed by a code; the old ones stop working.

    Without one an unattended desk would give away codes, and with them a new authenticator (SECURITY K25).
    """

    id: Id
    current: str = field(repr=False)
    codes: tuple[StoredCode, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReplaceAuthenticator:
    """My new telephone: proven by a code of the new one, allowed by a code of the old one or a recovery code."""

    id: Id
    current: str = field(repr=False)
    totp_secret: str = field(repr=False)
    totp_step: int


@dataclass(frozen=True, slots=True)
class MyAccount:
    """What I may know of my own sign-in."""

    name: str
    roles: tuple[RoleKey, ...]
    codes_left: int
    has_authenticator: bool = True

    @property
    def few_codes(self) -> bool:
        """Whether it is time for new ones; where no authenticator is, no code stands in for it (SECURITY K25)."""
        return self.has_authenticator and self.codes_left <= recovery_codes.WARN_AT


class WrongCode(Refused):
    """The code that was to allow a new authenticator or new recovery codes is not right."""

    def __init__(self) -> None:
        super().__init__("That code is not right. Nothing was changed.")


@query("user.list", needs=Permission.MANAGE_USERS)
def list_users(read: Reading, asked: ListUsers) -> tuple[UserLine, ...]:
    left, named = users.codes_left(read.conn), users.officers(read.conn)
    away, invited, tasks = _away(read), _invited(read), staff_tasks.open_counts(read.conn)
    return tuple(
        UserLine(
            id=each.id,
            name=each.name,
            roles=read.user.book.in_order(each.roles),
            active=each.active,
            has_authenticator=each.totp_secret is not None,
            codes_left=left.get(each.id, 0),
            privacy_officer=each.id == named.privacy,
            security_officer=each.id == named.security,
            is_me=each.id == read.user.id,
            invited=invited.get(each.id),
            away=away.get(each.id),
            is_away=each.id in away and away[each.id].holds(read.today),
            open_tasks=tasks.get(each.id, 0),
        )
        for each in users.all_users(read.conn)
        if each.active or asked.everyone or tasks.get(each.id)
    )


def _away(read: Reading) -> dict[int, Absence]:
    """Return of each person the leave that runs, or the next one."""
    running = [each for each in leaves.absences(read.conn) if each.last_day >= read.today]
    return {each.user_id: each for each in sorted(running, key=lambda each: each.first_day, reverse=True)}


def _invited(read: Reading) -> dict[int, Invited]:
    now = invitations.latest_time(read.conn, read.clock.now())
    return {
        user_id: Invited(each.recipient, each.expires_at, each.withdrawn or each.expires_at <= now)
        for user_id, each in invitations.newest(read.conn).items()
        if not each.has_arrived
    }


@query("user.check_new", needs=Permission.MANAGE_USERS)
def check_new_user(read: Reading, asked: CheckNewUser) -> tuple[Problem, ...]:
    return _new_problems(read, asked.name, asked.roles)


@query("user.me", needs=Permission.SELF)
def my_account(read: Reading, asked: None) -> MyAccount:
    left = users.codes_left(read.conn).get(read.user.id, 0)
    me = users.find(read.conn, read.user.id)
    has_authenticator = me is not None and me.totp_secret is not None
    return MyAccount(read.user.name, read.user.book.in_order(read.user.roles), left, has_authenticator)


@usecase("user.add", needs=Permission.MANAGE_USERS, topics={"users"})
def add_user(work: Work, cmd: AddUser) -> Id:
    write_new(work, cmd.user_id, cmd.name, cmd.roles)
    users.set_totp(work.conn, cmd.user_id, cmd.totp_secret, cmd.totp_step)
    _write_codes(work, cmd.user_id, cmd.codes)
    work.entry.about("user", cmd.user_id, roles=named(work, cmd.roles), authenticator=cmd.totp_secret is not None)
    return cmd.user_id


def write_new(work: Work, user_id: Id, name: str, roles: frozenset[RoleKey]) -> None:
    """Write a new person down, with what is to be ticked off when somebody joins; raises Invalid."""
    if problems := _new_problems(work, name, roles):
        raise Invalid(problems)
    kept = kept_name(name)
    users.add(work.conn, users.UserRecord(user_id, kept, fold_name(kept), roles, True, None, 0, work.now))
    open_tasks(work, user_id, TaskList.JOINING, JOINING)


def open_tasks(work: Work, user_id: Id, which: TaskList, tasks: Iterable[Task]) -> None:
    staff_tasks.add(work.conn, user_id, which, [(work.new_id(), each) for each in tasks], work.user.id, work.now)


@usecase("user.enrol_again", needs=Permission.MANAGE_USERS, topics={"users"})
def enrol_again(work: Work, cmd: EnrolAgain) -> None:
    target = to_enrol_again(work, cmd.user_id)
    came_back = not target.active
    invitations.withdraw(work.conn, target.id, work.now)
    users.set_active(work.conn, target.id, True)
    users.set_totp(work.conn, target.id, cmd.totp_secret, cmd.totp_step)
    _write_codes(work, target.id, cmd.codes)
    work.entry.about("user", target.id, came_back=came_back, authenticator=cmd.totp_secret is not None)


def to_enrol_again(work: Work, user_id: Id) -> Person:
    """Return the person who gets a new sign-in, where the asker may give it."""
    target = found(work.conn, user_id)
    if people.above(work.user, target.roles):
        raise Refused("Only an owner may let an owner, or who has a role of owners to give, choose a new password.")
    if target.id == work.user.id:
        raise Refused("Your own password and authenticator are changed on My account, with what they are now.")
    return target


@usecase("user.roles", needs=Permission.MANAGE_USERS, topics={"users"})
def change_roles(work: Work, cmd: ChangeRoles) -> None:
    target = found(work.conn, cmd.user_id)
    if problems := people.check_roles(work.user, target, cmd.roles, everyone_there(work)):
        raise Invalid(problems)
    users.set_roles(work.conn, target.id, cmd.roles)
    work.entry.about("user", target.id, before=named(work, target.roles), after=named(work, cmd.roles))


@usecase("user.deactivate", needs=Permission.MANAGE_USERS, topics={"users"})
def deactivate_user(work: Work, cmd: DeactivateUser) -> None:
    target, officers = found(work.conn, cmd.user_id), users.officers(work.conn)
    if problems := people.check_leaving(work.user, target, everyone_there(work), (officers.privacy, officers.security)):
        raise Invalid(problems)
    users.set_active(work.conn, target.id, False)
    users.set_totp(work.conn, target.id, None, 0)
    users.replace_codes(work.conn, target.id, (), work.now)
    came = invitations.ever_came(work.conn, target.id)
    invitations.withdraw(work.conn, target.id, work.now)
    kept = invitations.withdraw_of_maker(work.conn, target.id, work.now)
    kept += enrolments.end_of_maker(work.conn, target.id, work.now)
    todo = tasks_on_leaving(cmd.held) if target.active and came else ()
    open_tasks(work, target.id, TaskList.LEAVING, todo)
    work.entry.about("user", target.id, tasks=len(todo), before=named(work, target.roles), codes=kept)


@usecase("user.officers", needs=Permission.MANAGE_USERS, topics={"users", "practice"})
def name_officers(work: Work, cmd: NameOfficers) -> None:
    if problems := people.check_officers(cmd.privacy, cmd.security, everyone_who_came(work.conn)):
        raise Invalid(problems)
    users.set_officers(work.conn, users.Officers(cmd.privacy, cmd.security))
    work.entry.about("practice", 1, privacy=cmd.privacy, security=cmd.security)


@usecase("user.unlock", needs=Permission.MANAGE_USERS, topics={"users"})
def unlock_attempts(work: Work, cmd: UnlockAttempts) -> None:
    work.entry.about("user", found(work.conn, cmd.user_id).id)


@usecase("user.codes", needs=Permission.SELF, topics={"users"})
def renew_codes(work: Work, cmd: RenewCodes) -> None:
    if len(cmd.codes) != recovery_codes.COUNT:
        raise ValueError("a set of recovery codes is whole")
    me = users.find(work.conn, work.user.id)
    if me is None:
        raise WrongCode
    try:
        sign_in.proof_of(work.conn, me, cmd.current, work.now)
    except sign_in.SignInFailed:
        raise WrongCode from None
    _write_codes(work, work.user.id, cmd.codes)
    work.entry.about("user", work.user.id, codes=len(cmd.codes))


@usecase("user.authenticator", needs=Permission.SELF, topics={"users"})
def replace_authenticator(work: Work, cmd: ReplaceAuthenticator) -> None:
    me = users.find(work.conn, work.user.id)
    if me is None or not _allowed_by(work, me, cmd.current):
        raise WrongCode
    users.set_totp(work.conn, me.id, cmd.totp_secret, cmd.totp_step)
    work.entry.about("user", me.id)


def _allowed_by(work: Work, me: users.UserRecord, current: str) -> bool:
    if me.totp_secret is not None:
        step = totp.check(me.totp_secret, current, work.now, me.totp_last_step)
        if step is not None:
            return True
    unused = users.unused_codes(work.conn, me.id)
    place = recovery_codes.match(current, [StoredCode(each.salt, each.digest) for each in unused])
    return place is not None and users.use_code(work.conn, unused[place].id, work.now)


def kept_name(name: str) -> str:
    """Return a new person's name as it is kept: one form, whatever keyboard it was typed on."""
    return user_names.normalised(name)


def _new_problems(read: Reading, name: str, roles: frozenset[RoleKey]) -> tuple[Problem, ...]:
    kept, records = kept_name(name), users.all_users(read.conn)
    try:
        folded = fold_name(kept)
    except Refused:
        folded = ""  # what is wrong with it is said below
    shape = user_names.problems_of(name, [each.name for each in records if each.folded != folded])
    return (*shape, *people.check_new(read.user, folded, roles, [_person(each) for each in records]))


def _write_codes(work: Work, user_id: Id, codes: Sequence[StoredCode]) -> None:
    records = [users.CodeRecord(work.new_id(), each.salt, each.digest) for each in codes]
    users.replace_codes(work.conn, user_id, records, work.now)


def everyone_there(read: Reading) -> list[Person]:
    """Return everyone, and as active only who can sign in today: not who is awaited with a code, or on leave."""
    away = {each.user_id for each in leaves.absences(read.conn) if each.holds(read.today)}
    came = everyone_who_came(read.conn)
    return [replace(each, active=each.active and each.id not in away) for each in came]


def everyone_who_came(conn: Connection) -> list[Person]:
    """Return everyone, and as active nobody who has a one-time code and has not come with it."""
    awaited = invitations.awaited(conn)
    return [replace(each, active=each.active and each.id not in awaited) for each in everyone(conn)]


def everyone(conn: Connection) -> list[Person]:
    return [_person(each) for each in users.all_users(conn)]


def found(conn: Connection, user_id: int) -> Person:
    record = users.find(conn, user_id)
    if record is None:
        raise Refused("That person is not in this practice.")
    return _person(record)


def _person(record: users.UserRecord) -> Person:
    return Person(record.id, record.folded, record.roles, record.active)


def named(work: Work, roles: frozenset[RoleKey]) -> Any:
    return ", ".join(work.user.book.in_order(roles))
