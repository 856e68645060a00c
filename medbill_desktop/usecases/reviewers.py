"""Who else signs the reviews of the log: nobody judges what is their own where somebody else can (SECURITY A3, A17)."""

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.users import Permission
from medbill_desktop.usecases import users
from medbill_desktop.usecases.declare import Reading


def others(read: Reading) -> frozenset[Id]:
    """Return who may sign besides the person at the desk: who works here and has come, also while on leave.

    A leave would else be a way to be the only one for a day.
    """
    rights = read.user.book.rights
    return frozenset(
        each.id
        for each in users.everyone_who_came(read.conn)
        if each.active and each.id != read.user.id and Permission.SIGN_OFF_AUDIT in rights(each.roles)
    )
