"""Limits at the door, and what is done when somebody is over one: a second person, or the owner's review list (A2).

The Desk asks `within_limits` before each body. What one person proposed and another approves runs here as well, with
the same right, limits, checks and audit row as at the door itself.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import insert

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import NotAllowed, OverLimit, Refused
from medbill_desktop.domain.proposals import Over, countersigned, liftable, over, say_over, stands_alone
from medbill_desktop.domain.users import User
from medbill_desktop.storage import commands, roles, users
from medbill_desktop.storage.tables import owner_review
from medbill_desktop.usecases.canonical import stored_form
from medbill_desktop.usecases.declare import Entry, UseCase, Work


@dataclass(frozen=True, slots=True)
class Tried:
    """What a proposal would do: the limit that it exceeds, None where it is the own rights; and whom it is about."""

    over: Over | None
    entry: Entry


def within_limits(work: Work, case: UseCase[Any, Any], command: object) -> Over | None:
    """Raise OverLimit where the person may not so much; return what stands alone, for the owner's review list."""
    found = over(work.user, case.limit(work, command), work.today) if case.limit is not None else ()
    if not found:
        return None
    if work.asked_by is not None:
        asker = person(work, work.asked_by)
        if countersigned(asker, work.user, case.needs, found, work.today):
            work.entry.detail["countersigned"] = True
            return None
    else:
        others = [each for each in roles.with_right(work.conn, work.user.book, case.needs) if each != work.user.id]
        if stands_alone(work.user, others, found, work.today):
            return found[0]
    may_ask = case.by_proxy and case.prepare is None and liftable(work.user, found, work.today)
    raise OverLimit(say_over(work.user, case.needs, found[0], work.today), may_ask=may_ask)


def keep_for_review(work: Work, case: UseCase[Any, Any], command_id: int | None, alone: Over | None) -> None:
    """Put what an owner did alone over the limit onto the owner's review list (BILLING T13)."""
    if alone is None:
        return
    work.entry.detail["alone"] = True
    add_for_review(work, case.name, command_id or work.new_id(), alone)


def add_for_review(work: Work, action: str, command_id: int, alone: Over | None = None) -> None:
    """Write a line of the review list from what the audit row says it is about."""
    entry, use = work.entry, None if alone is None else alone.use
    work.conn.execute(
        insert(owner_review).values(
            id=work.new_id(), action=action, command_id=command_id, subject_kind=entry.subject_kind,
            subject_id=entry.subject_id, patient_id=entry.patient_id, cents=_cents(entry),
            limit_name=None if use is None else use.limit.name, limit_amount=None if use is None else use.amount,
            user_id=work.user.id, at=work.now,
        )
    )  # fmt: skip
    work.touched.add("proposals")


def person(work: Work, user_id: int) -> User:
    """Return somebody with what the roles allow; who left has no right."""
    record = users.find(work.conn, user_id)
    if record is None:
        raise Refused("That person is not in this practice.")
    return record.as_user(work.user.book)


def do_asked(work: Work, case: UseCase[Any, Any], command: Any, asked_by: Id) -> Work:
    """Do what somebody else asked for, in the transaction of its approval; return what was done."""
    if case.needs not in work.user.permissions:
        able = work.user.book.who_may(case.needs)
        raise NotAllowed(f"Your role may not {case.needs}. Ask someone who may: {able}.")
    if commands.find(work.conn, command.id) is not None:
        raise Refused("This was done meanwhile. Decline it, so that nobody waits.")
    inner = _inner(work, case, asked_by)
    within_limits(inner, case, command)
    result = case.body(inner, command)
    inner.entry.detail["asked_by"] = asked_by
    stored = commands.Done(case.name, work.digest(case.name, command), json.dumps(stored_form(result)))
    commands.add(work.conn, command.id, stored, work.user.id, work.now)
    work.entries += [inner.entry, *inner.entries]
    work.committed += inner.committed
    work.touched |= case.topics | inner.touched
    return inner


def try_out(work: Work, case: UseCase[Any, Any], command: Any) -> Tried:
    """Do it without doing it: refused where the person needs nobody for it, or where nobody could approve it."""
    if commands.find(work.conn, command.id) is not None:
        raise Refused("This was done already.")
    exceeded = _exceeded(work, case, command)
    with _undone(work):
        inner = _inner(work, case, work.user.id)
        case.body(inner, command)
    return Tried(exceeded, inner.entry)


def _exceeded(work: Work, case: UseCase[Any, Any], command: Any) -> Over | None:
    inner = _inner(work, case, None)
    try:
        within_limits(inner, case, command)
        with _undone(work):
            case.body(inner, command)
    except OverLimit as error:
        if not error.may_ask:
            raise
        uses = case.limit(work, command) if case.limit is not None else ()
        return next(iter(over(work.user, uses, work.today)), None)
    raise Refused("You may do this yourself; nobody has to approve it.")


def _inner(work: Work, case: UseCase[Any, Any], asked_by: Id | None) -> Work:
    held = {key: value for key, value in work.entry.detail.items() if key == "emergency"}
    entry = Entry(case.audit, detail=held)
    return replace(work, entry=entry, entries=[], committed=[], touched=set(), asked_by=asked_by)


@contextmanager
def _undone(work: Work) -> Iterator[None]:
    nested = work.conn.begin_nested()
    try:
        yield
    finally:
        nested.rollback()


def _cents(entry: Entry) -> int | None:
    value = entry.detail.get("cents")
    return value if isinstance(value, int) else None
