"""Somebody seated with what the database says of their roles, the practice's own ones as well."""

from medbill_desktop.domain.users import RIGHTS, Role
from medbill_desktop.storage import roles, users
from medbill_desktop.usecases.roles import SaveRole, save_role
from tests.door import desk_for, person


def own_role(desk, name="Desk without records", base=Role.FRONT_DESK, *, less=(), more=(), role_id=None):
    """Make or change a role; `less` and `more` are measured from the base."""
    wanted = (RIGHTS[base] - set(less)) | set(more)
    made = desk.run(save_role, SaveRole(desk.new_id(), role_id, name, base, frozenset(wanted)))
    return made, f"own:{made}"


def seated(vault, clock, number, *keys):
    """Seat a person who holds these roles, by key; the row is written if it is not there."""
    desk = desk_for(vault, person(set(keys), number), clock)
    with vault.writer.begin() as conn:
        users.set_roles(conn, number, keys)
        book = roles.book_of(conn, clock.today())
    assert desk.user.permissions == book.rights(keys)
    return desk
