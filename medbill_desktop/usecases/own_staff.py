"""Whose rows of the audit log somebody reads: everybody's, or those of their own staff (SECURITY 4, "own staff").

A practice manager watches the people who work for the practice, not the owners and officers above.
"""

from dataclasses import dataclass

from medbill_desktop.domain.users import Permission, User
from medbill_desktop.storage import users
from medbill_desktop.usecases.declare import Reading, query


@dataclass(frozen=True, slots=True)
class AskScope:
    """Do I read the whole log?"""


@query("log.scope", needs=Permission.READ_AUDIT)
def log_scope(read: Reading, asked: AskScope) -> bool:
    return visible_to(read) is None


def visible_to(read: Reading) -> frozenset[int] | None:
    """Return whose rows the person reads, their own among them; None for everybody's.

    Owners and officers are who signs the review, in any role of the practice's own, and who is named an officer;
    also after they left. Rows without a person, as failed sign-ins, are for those who read all.
    """
    if Permission.READ_ALL_AUDIT in read.user.permissions:
        return None
    named, book = users.officers(read.conn), read.user.book
    return frozenset(
        each.id
        for each in users.all_users(read.conn)
        if each.id == read.user.id
        or (
            each.id not in (named.privacy, named.security)
            and Permission.SIGN_OFF_AUDIT not in User(each.id, each.name, each.roles, book).permissions
        )
    )
