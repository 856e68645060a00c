"""Leave of absence: nobody signs in while away, and it ends by itself (SECURITY K6, A16)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.people import Person, above
from medbill_desktop.domain.problems import Findings, Problem
from medbill_desktop.domain.users import Role, User

LONGEST_DAYS: Final = 731  # two years; who is away longer leaves, and is brought back


@dataclass(frozen=True, slots=True)
class Absence:
    """The days that somebody is away, both included; an early return cuts them short."""

    user_id: Id
    first_day: date
    last_day: date

    def holds(self, day: date) -> bool:
        return self.first_day <= day <= self.last_day

    def meets(self, other: "Absence") -> bool:
        return self.first_day <= other.last_day and other.first_day <= self.last_day


def until_return(first_day: date, last_day: date, back_on: date | None) -> date:
    """Return the last day away; before the first where the leave was called off."""
    return last_day if back_on is None else min(last_day, back_on - timedelta(days=1))


def check_leave(
    actor: User, target: Person, wanted: Absence, today: date, known: Iterable[Absence], everyone: Iterable[Person]
) -> tuple[Problem, ...]:
    """Judge a leave: an owner is always there, and nobody locks themselves out."""
    found, known = Findings(), list(known)
    if not target.active:
        found.stop("left", "user", "This person has left.")
    if target.id == actor.id:
        found.stop("self-leave", "user", "You can't put yourself on leave.", "Ask another owner to do it.")
    if above(actor, target.roles):
        found.stop(
            "owner-only", "user", "Only an owner may put an owner, or whom only an owner gives their role, on leave."
        )
    if wanted.last_day < wanted.first_day:
        found.stop("days", "last_day", "The last day is before the first.")
    elif wanted.last_day < today:
        found.stop("days", "last_day", "These days are over.", "Choose a last day from today on.")
    elif (wanted.last_day - wanted.first_day).days >= LONGEST_DAYS:
        found.stop("days", "last_day", "A leave lasts at most two years.", "Remove the person; they can come back.")
    for each in known:
        if each.user_id == target.id and each.meets(wanted):
            found.stop("overlap", "first_day", f"Away from {say_date(each.first_day)} already.", "Choose other days.")
            break
    if Role.OWNER in target.roles and not found.stops() and not _owner_there(target, wanted, known, everyone):
        found.stop("last-owner", "user", "A practice always has an owner who can sign in.")
    return found.stops()


def _owner_there(target: Person, wanted: Absence, known: Iterable[Absence], everyone: Iterable[Person]) -> bool:
    away = {each.user_id for each in known if each.meets(wanted)} | {target.id}
    return any(each.active and Role.OWNER in each.roles and each.id not in away for each in everyone)
