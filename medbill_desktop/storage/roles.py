"""Roles that the practice made, and the limits it set (SECURITY A1, A2)."""

import json
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection, insert, select, update

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.users import Limit, OwnRole, Permission, Role, RoleBook, RoleKey
from medbill_desktop.storage import settings, users
from medbill_desktop.storage.tables import own_role

LIMITS_KEY = "role_limits"
Amounts = dict[RoleKey, dict[Limit, int]]


def book_of(conn: Connection, on: date) -> RoleBook:
    """Return the roles as they are, with the limits in force on that day."""
    rows = conn.execute(select(own_role)).all()
    own = [OwnRole(Id(row.id), row.name, Role(row.base), _rights(row.permissions), bool(row.active)) for row in rows]
    return RoleBook({each.key: each for each in own}, limits_on(conn, on))


def limits_on(conn: Connection, on: date) -> Amounts:
    """Return what the practice set apart from the built-in limits, by role."""
    stored = settings.value(conn, LIMITS_KEY, on, {})
    return {role: {Limit[name]: int(amount) for name, amount in stated.items()} for role, stated in stored.items()}


def set_limits(conn: Connection, amounts: Amounts, since: date) -> None:
    """Put the limits of all roles in force from a day on."""
    stored = {role: {which.name: amount for which, amount in stated.items()} for role, stated in amounts.items()}
    settings.put(conn, LIMITS_KEY, stored, since)


def add(conn: Connection, role: OwnRole, folded: str, by: int, at: datetime) -> None:
    conn.execute(
        insert(own_role).values(
            id=role.id, name=role.name, folded=folded, base=role.base.value, permissions=_stored(role.permissions),
            active=role.active, made_by=by, made_at=at, changed_by=by, changed_at=at,
        )
    )  # fmt: skip


def change(conn: Connection, role: OwnRole, folded: str, by: int, at: datetime) -> None:
    conn.execute(
        update(own_role).where(own_role.c.id == role.id).values(
            name=role.name, folded=folded, permissions=_stored(role.permissions), active=role.active, changed_by=by,
            changed_at=at,
        )
    )  # fmt: skip


def changed_since(conn: Connection, role_id: int, moment: datetime) -> bool:
    """Tell whether a role of the practice's own was changed after that moment."""
    c = own_role.c
    return conn.execute(select(c.id).where(c.id == role_id, c.changed_at > moment)).first() is not None


def named(conn: Connection, folded: str) -> Id | None:
    """Return the role of this folded name, also one that is retired: a name is one role for ever."""
    found = conn.execute(select(own_role.c.id).where(own_role.c.folded == folded)).scalar()
    return None if found is None else Id(found)


def holders(conn: Connection, role: RoleKey) -> tuple[Id, ...]:
    """Return who works here and holds the role."""
    return tuple(each.id for each in users.all_users(conn) if each.active and role in each.roles)


def with_right(conn: Connection, book: RoleBook, needs: Permission) -> tuple[Id, ...]:
    """Return who works here and has the right."""
    return tuple(each.id for each in users.all_users(conn) if each.active and needs in book.rights(each.roles))


def with_role(book: RoleBook, role: OwnRole) -> RoleBook:
    """Return the book as it will be with this role in it."""
    return replace(book, own={**book.own, role.key: role})


def _rights(stored: str) -> frozenset[Permission]:
    # A right that a later program took away is gone for everybody.
    return frozenset(Permission[each] for each in json.loads(stored) if each in Permission.__members__)


def _stored(rights: frozenset[Permission]) -> str:
    return json.dumps(sorted(each.name for each in rights))
