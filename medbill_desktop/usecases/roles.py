"""Roles of the practice's own, and the limits of all roles (SECURITY A1-A3, H6).

What is changed here holds at the next call of whoever holds the role.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from medbill_desktop.documents.role_matrix import matrix_pdf_of
from medbill_desktop.domain.audit_words import say_action
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.names import fold
from medbill_desktop.domain.problems import Findings, Invalid, OverLimit, Refused
from medbill_desktop.domain.role_matrix import Matrix, RoleColumn
from medbill_desktop.domain.roles import check_amount, check_role, raises_own, tidied
from medbill_desktop.domain.users import Limit, OwnRole, Permission, Role, RoleBook, RoleKey
from medbill_desktop.storage import roles, settings, users
from medbill_desktop.storage.tables import practice
from medbill_desktop.usecases.declare import REGISTRY, Reading, UseCase, Work, query, usecase
from medbill_desktop.usecases.second_person import add_for_review


@dataclass(frozen=True, slots=True)
class AskMatrix:
    """What each role may, who holds it, and how much."""


@dataclass(frozen=True, slots=True)
class PrintMatrix:
    """The same on paper."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A use case that a right opens."""

    id: str
    words: str
    changes: bool


@dataclass(frozen=True, slots=True)
class SaveRole:
    """`role_id` None makes a new role; the base of one that is there stays."""

    id: Id
    role_id: Id | None
    name: str
    base: Role
    permissions: frozenset[Permission]


@dataclass(frozen=True, slots=True)
class RetireRole:
    """The role is given to nobody any more."""

    id: Id
    role_id: Id


@dataclass(frozen=True, slots=True)
class Amount:
    limit: Limit
    amount: int


@dataclass(frozen=True, slots=True)
class SetLimits:
    """How much a role may, from today on."""

    id: Id
    role: RoleKey
    amounts: tuple[Amount, ...]


def cases_of(permission: Permission) -> tuple[Opened, ...]:
    """Return what a right opens, from the declarations: changes first, each in the words of the audit log."""
    found = (
        Opened(case.name, say_action(case.name), isinstance(case, UseCase))
        for case in REGISTRY.values()
        if case.needs is permission and not case.name.startswith("test.")
    )
    return tuple(sorted(found, key=lambda each: (not each.changes, each.words)))


@query("role.matrix", needs=Permission.MANAGE_USERS)
def show_matrix(read: Reading, asked: AskMatrix) -> Matrix:
    return _matrix(read)


@query("role.print", needs=Permission.MANAGE_USERS, audit="role.print", emergency=False)
def print_matrix(read: Reading, asked: PrintMatrix) -> bytes:
    matrix = _matrix(read)
    name = read.conn.execute(practice.select()).one().name
    read.entry.about("practice", 1, roles=len(matrix.columns))
    return matrix_pdf_of(matrix, name, read.today)


@usecase("role.save", needs=Permission.MANAGE_USERS, topics={"users"})
def save_role(work: Work, cmd: SaveRole) -> Id:
    """Make or change a role; nobody raises his own rights, but by a second owner, or in a practice of one owner."""
    before = _found(work, cmd.role_id) if cmd.role_id is not None else None
    role = tidied(OwnRole(
        work.new_id() if before is None else before.id, cmd.name, cmd.base if before is None else before.base,
        cmd.permissions,
    ))  # fmt: skip
    taken = roles.named(work.conn, fold(role.name))
    if problems := check_role(work.user, before, role, name_taken=taken not in (None, role.id)):
        raise Invalid(problems)
    alone = _check_own(work, roles.with_role(work.user.book, role))
    if before is None:
        roles.add(work.conn, role, fold(role.name), work.user.id, work.now)
    else:
        roles.change(work.conn, role, fold(role.name), work.user.id, work.now)
    had = before.permissions if before is not None else frozenset()
    work.entry.about("role", role.id, base=role.base.name.lower(), given=_named(role.permissions - had),
                     taken=_named(had - role.permissions))  # fmt: skip
    if alone:
        _to_review_list(work, "role.save", cmd.id)
    return role.id


@usecase("role.retire", needs=Permission.MANAGE_USERS, topics={"users"})
def retire_role(work: Work, cmd: RetireRole) -> None:
    role = _found(work, cmd.role_id)
    if role.owners_alone and not work.user.is_owner:
        raise Refused("Only an owner may change this role.")
    if held := roles.holders(work.conn, role.key):
        count = "1 person holds" if len(held) == 1 else f"{len(held)} people hold"
        raise Refused(f"{count} this role. Give them another role first.")
    roles.change(work.conn, replace(role, active=False), fold(role.name), work.user.id, work.now)
    work.entry.about("role", role.id)


@usecase("role.limits", needs=Permission.SET_LIMITS, topics={"users"})
def set_limits(work: Work, cmd: SetLimits) -> None:
    """Set what a role may give, discount, back-date and void; dated today, the days before keep what they had."""
    book = work.user.book
    if book.base_of(cmd.role) is None:
        raise Refused("This role is not in this practice.")
    found = Findings()
    for each in cmd.amounts:
        if wrong := check_amount(each.limit, each.amount):
            found.stop("amount", each.limit.name.lower(), wrong)
    found.raise_stops()
    wanted = {each.limit: each.amount for each in cmd.amounts}
    changed = {which: amount for which, amount in wanted.items() if amount != book.amount(cmd.role, which)}
    after = replace(book, limits={**book.limits, cmd.role: {**book.limits.get(cmd.role, {}), **changed}})
    alone = _check_own(work, after)
    roles.set_limits(work.conn, {role: dict(stated) for role, stated in after.limits.items()}, work.today)
    own = book.own.get(cmd.role)
    facts = {which.name.lower(): amount for which, amount in changed.items()}
    work.entry.about("role", None if own is None else own.id, of_kind=cmd.role, **facts)
    if alone:
        _to_review_list(work, "role.limits", cmd.id)


def _check_own(work: Work, after: RoleBook) -> bool:
    """Refuse that somebody raises the own rights; True where it stands because there is no second owner (A3)."""
    if not raises_own(work.user, after):
        return False
    if not work.user.is_owner:
        raise Refused("Nobody raises their own rights. Ask an owner to do it.")
    if work.asked_by is not None:
        return False  # two owners agree
    others = [each for each in roles.holders(work.conn, Role.OWNER) if each != work.user.id]
    if others:
        raise OverLimit("Nobody raises their own rights. Ask for approval: another owner agrees, or does not.")
    return True


def _to_review_list(work: Work, action: str, command_id: Id) -> None:
    work.entry.detail["alone"] = True
    add_for_review(work, action, command_id)


def _matrix(read: Reading) -> Matrix:
    book = roles.book_of(read.conn, read.today)
    people = [each for each in users.all_users(read.conn) if each.active]
    columns = tuple(
        RoleColumn(
            key, book.name_of(key), book.base_of(key) or Role.AUDITOR, key in book.own, book.rights([key]),
            {which: book.amount(key, which) for which in Limit},
            tuple(each.name for each in people if key in each.roles),
        )
        for key in book.keys
    )  # fmt: skip
    return Matrix(book, columns, limits_since(read))


def limits_since(read: Reading) -> date | None:
    """Return since when the limits stand as they do; None where they are the built-in ones."""
    history: list[tuple[date, Mapping[str, object]]] = settings.history(read.conn, roles.LIMITS_KEY)
    return history[-1][0] if history else None


def _found(work: Work, role_id: int) -> OwnRole:
    role = next((each for each in work.user.book.own.values() if each.id == role_id), None)
    if role is None or not role.active:
        raise Refused("This role is not there any more. Look at the list again.")
    return role


def _named(rights: frozenset[Permission]) -> str:
    return ", ".join(sorted(each.name.lower() for each in rights))
