"""What a role of the practice's own may be, and who may make it so (SECURITY A1, A3)."""

from dataclasses import replace
from typing import Final

from medbill_desktop.domain.checks import unprintable
from medbill_desktop.domain.names import fold, tidy
from medbill_desktop.domain.people import grows
from medbill_desktop.domain.problems import Findings, Problem
from medbill_desktop.domain.users import (
    THIS_MONTH,
    UNLIMITED,
    VOID_ANY,
    VOID_OWN_SAME_DAY,
    Limit,
    OwnRole,
    Permission,
    Role,
    RoleBook,
    RoleKey,
    User,
    say_limit,
)

NAME_MOST: Final = 40
MOST_DAYS: Final = 31
MOST_CENTS: Final = 10_000_000_00
ALWAYS: Final = frozenset({Permission.SELF})  # whoever signs in has own settings and drafts
KIT_MAKERS: Final = frozenset({Role.OWNER, Role.PRIVACY_OFFICER})  # a kit lets its holder in as any of them


def tidied(role: OwnRole) -> OwnRole:
    return replace(role, name=tidy(role.name), permissions=role.permissions | ALWAYS)


def check_role(actor: User, before: OwnRole | None, role: OwnRole, *, name_taken: bool) -> tuple[Problem, ...]:
    """Judge a role as it is to be; `before` is what it was, None for a new one."""
    found = Findings()
    if not fold(role.name):
        found.stop("name", "name", "The role needs a name.")
    elif len(role.name) > NAME_MOST or "," in role.name or unprintable(role.name):
        found.stop("name", "name", f"A name has at most {NAME_MOST} letters, and no comma.", "Choose another name.")
    elif name_taken or fold(role.name) in {fold(each) for each in Role}:
        found.stop("name", "name", "There is, or was, a role of this name.", "Choose another name.")
    if Permission.MAKE_KIT in role.permissions and role.base not in KIT_MAKERS:
        found.stop("kit", "permissions", "Only owners and the privacy officer make recovery kits.",
                   "Leave it out, or give the person the role of the privacy officer.")  # fmt: skip
    if actor.is_owner:
        return found.stops()
    if role.base is Role.OWNER or (before is not None and before.owners_alone):
        found.stop("owner-only", "permissions", "Only an owner may change this role.", "Ask an owner.")
    elif role.added:
        more = ", ".join(sorted(role.added))
        found.stop("owner-only", "permissions", f"Only an owner may give a copy more than the role it copies: {more}.",
                   "Ask an owner, or leave it out.")  # fmt: skip
    return found.stops()


def raises_own(actor: User, after: RoleBook) -> bool:
    """Tell whether the person would have more rights, or higher limits, than now."""
    return grows(actor.book, actor.roles, after, actor.roles)


def check_amount(which: Limit, amount: int) -> str:
    """Return what is wrong with an amount of a limit, empty where nothing is."""
    match which:
        case Limit.WRITE_OFF_CHARGE_CENTS | Limit.WRITE_OFF_PATIENT_DAY_CENTS:
            right = 0 <= amount <= MOST_CENTS or amount == UNLIMITED
            return "" if right else f"Type an amount from 0 to {say_limit(which, MOST_CENTS)}."
        case Limit.DISCOUNT_PERCENT:
            return "" if 0 <= amount <= 100 else "Type 0 to 100 percent."
        case Limit.BACK_DATE_DAYS:
            right = 0 <= amount <= MOST_DAYS or amount == THIS_MONTH
            return "" if right else f"Type 0 to {MOST_DAYS} days."
        case Limit.VOID_REACH:
            return "" if 0 <= amount <= VOID_ANY else "Choose how far a void reaches."


def say_set(which: Limit, amount: int) -> str:
    """Say a limit as it is set, in the matrix and on paper."""
    if amount == UNLIMITED:
        return "no limit"
    if which is Limit.BACK_DATE_DAYS and amount == THIS_MONTH:
        return "this month"
    if which is Limit.VOID_REACH and amount == VOID_OWN_SAME_DAY:
        return "own, today"
    return say_limit(which, amount)


def difference(book: RoleBook, role: RoleKey, permission: Permission) -> int:
    """Return 1 where an own role may what its base may not, -1 where it is narrower, 0 where both are alike."""
    own = book.own.get(role)
    if own is None:
        return 0
    return (permission in own.added) - (permission in own.narrowed)
