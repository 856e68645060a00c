"""Leave of absence: who is away can't sign in, and comes back by the calendar or early (SECURITY K6, A16, H5)."""

from dataclasses import dataclass
from datetime import date

from medbill_desktop.domain.absence import Absence, check_leave
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.people import above
from medbill_desktop.domain.problems import Invalid, Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import leaves, users
from medbill_desktop.usecases import users as people
from medbill_desktop.usecases.declare import Reading, Work, query, usecase


@dataclass(frozen=True, slots=True)
class ListLeaves:
    """The leaves of a person that run or come."""

    user_id: Id


@dataclass(frozen=True, slots=True)
class LeaveLine:
    id: Id
    first_day: date
    last_day: date
    runs: bool


@dataclass(frozen=True, slots=True)
class PutOnLeave:
    """A person is away from the first day to the last, both included."""

    id: Id
    user_id: Id
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class EndLeave:
    """The person is back today; a leave that has not begun is called off."""

    id: Id
    leave_id: Id


@query("leave.list", needs=Permission.MANAGE_USERS)
def list_leaves(read: Reading, asked: ListLeaves) -> tuple[LeaveLine, ...]:
    return tuple(
        LeaveLine(each.id, each.absence.first_day, each.absence.last_day, each.absence.holds(read.today))
        for each in leaves.all_leaves(read.conn)
        if each.absence.user_id == asked.user_id and each.absence.last_day >= read.today
    )


@usecase("leave.put", needs=Permission.MANAGE_USERS, topics={"users"})
def put_on_leave(work: Work, cmd: PutOnLeave) -> Id:
    target = people.found(work.conn, cmd.user_id)
    wanted = Absence(target.id, cmd.first_day, cmd.last_day)
    named = users.officers(work.conn)
    if target.id in (named.privacy, named.security) and not work.user.is_owner:
        # Otherwise one officer would take the other off the watch, and everything told to both is told to one.
        raise Refused("Only an owner may put a named officer on leave. Or name somebody else first.")
    known, there = leaves.absences(work.conn), people.everyone_who_came(work.conn)
    if problems := check_leave(work.user, target, wanted, work.today, known, there):
        raise Invalid(problems)
    leave_id = work.new_id()
    leaves.add(work.conn, leave_id, wanted, work.user.id, work.now)
    first, last = cmd.first_day.isoformat(), cmd.last_day.isoformat()
    work.entry.about("user", target.id, leave=leave_id, first_day=first, last_day=last)
    return leave_id


@usecase("leave.end", needs=Permission.MANAGE_USERS, topics={"users"})
def end_leave(work: Work, cmd: EndLeave) -> None:
    found = next((each for each in leaves.all_leaves(work.conn) if each.id == cmd.leave_id), None)
    if found is None or found.absence.last_day < work.today:
        raise Refused("This leave is over already.")
    target = people.found(work.conn, found.absence.user_id)
    if above(work.user, target.roles):
        raise Refused("Only an owner may end the leave of an owner, or of who has a role of owners to give.")
    back_on = max(work.today, found.absence.first_day)
    leaves.end(work.conn, found.id, back_on, work.user.id, work.now)
    work.entry.about("user", target.id, leave=found.id, back_on=back_on.isoformat())
