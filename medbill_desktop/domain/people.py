"""Who may be given which roles, and what a practice may never be without (SECURITY A3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Findings, Problem
from medbill_desktop.domain.users import THIS_MONTH, Limit, Role, RoleBook, RoleKey, User


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who has, or had, a place in the practice."""

    id: Id
    folded: str
    roles: frozenset[RoleKey]
    active: bool


def check_new(actor: User, folded: str, roles: Iterable[RoleKey], everyone: Sequence[Person]) -> tuple[Problem, ...]:
    """Judge a new person: one name is one person for ever, also after they left."""
    found = Findings()
    same = next((each for each in everyone if each.folded == folded), None)
    if same is not None and same.active:
        found.stop("duplicate-name", "name", "Someone has this name already.", "Add a middle name or initial.")
    elif same is not None:
        found.stop(
            "duplicate-name", "name", "This is the name of someone who left.",
            "Bring them back, or add a middle name or initial.",
        )  # fmt: skip
    _grants(found, actor, frozenset(), frozenset(roles))
    return found.stops()


def check_roles(
    actor: User, target: Person, roles: Iterable[RoleKey], everyone: Sequence[Person]
) -> tuple[Problem, ...]:
    """Judge a change of roles."""
    found, wanted = Findings(), frozenset(roles)
    _grants(found, actor, target.roles, wanted)
    if target.id == actor.id and _raises(actor.book, target.roles, wanted):
        found.stop("self-raise", "roles", "Nobody raises their own rights.", "Ask another owner to do it.")
    if Role.OWNER not in wanted:
        _keeps_an_owner(found, target, everyone)
    return found.stops()


def check_leaving(
    actor: User, target: Person, everyone: Sequence[Person], officers: Iterable[Id | None]
) -> tuple[Problem, ...]:
    """Judge that a person leaves: there is always an owner and both officers."""
    found = Findings()
    if target.id == actor.id:
        found.stop("self-leave", "user", "You can't remove yourself.", "Ask another owner to do it.")
    if above(actor, target.roles):
        found.stop("owner-only", "user", "Only an owner may remove an owner, or who has a role of owners to give.")
    _keeps_an_owner(found, target, everyone)
    if target.id in set(officers):
        found.stop(
            "officer", "user", "This person is the named privacy or security officer.", "Name someone else first."
        )
    return found.stops()


def above(actor: User, roles: Iterable[RoleKey]) -> bool:
    """Tell whether somebody with these roles is not this person's to reset, remove or put on leave."""
    return not actor.is_owner and actor.book.owners_alone(roles)


def check_officers(privacy: Id, security: Id, everyone: Sequence[Person]) -> tuple[Problem, ...]:
    """Judge who is named: two duties, one or two people, both still here (SECURITY A3, H4)."""
    found = Findings()
    here = {each.id for each in everyone if each.active}
    for where, named in (("privacy", privacy), ("security", security)):
        if named not in here:
            found.stop("officer", where, f"The {where} officer must be someone who works here now.")
    return found.stops()


def _grants(found: Findings, actor: User, had: frozenset[RoleKey], wanted: frozenset[RoleKey]) -> None:
    if not wanted:
        found.stop("no-role", "roles", "Choose at least one role.")
    # Otherwise an officer could make himself a second, mightier account under another name.
    if Role.OWNER in wanted ^ had and Role.OWNER not in actor.roles:
        found.stop("owner-only", "roles", "Only an owner may make someone an owner, or end it.")
    for each in sorted(had - wanted - {Role.OWNER}):
        if above(actor, {each}):
            found.stop("owner-only", "roles", f"Only an owner may end the role {actor.book.name_of(each)}.")
    for each in sorted(wanted - had):
        own = actor.book.own.get(each)
        if (own is None and actor.book.base_of(each) is None) or (own is not None and not own.active):
            found.stop("role-gone", "roles", "One of these roles is not given any more.", "Choose another role.")
        elif own is not None and own.owners_alone and Role.OWNER not in actor.roles:
            found.stop("owner-only", "roles", f"Only an owner may give the role {own.name}.")


def _keeps_an_owner(found: Findings, target: Person, everyone: Sequence[Person]) -> None:
    owners = {each.id for each in everyone if each.active and Role.OWNER in each.roles}
    if owners == {target.id}:
        found.stop("last-owner", "roles", "A practice always has an owner.", "Make someone else an owner first.")


def _raises(book: RoleBook, had: frozenset[RoleKey], wanted: frozenset[RoleKey]) -> bool:
    return grows(book, had, book, wanted)


def grows(before: RoleBook, had: frozenset[RoleKey], after: RoleBook, has: frozenset[RoleKey]) -> bool:
    """Tell whether somebody may do more, or more of it, afterwards."""

    def most(book: RoleBook, roles: frozenset[RoleKey], limit: Limit) -> int:
        amounts = (book.amount(role, limit) for role in roles)
        return max((31 if each == THIS_MONTH else each for each in amounts), default=0)

    more = after.rights(has) - before.rights(had)
    return bool(more) or any(most(after, has, each) > most(before, had, each) for each in Limit)
