"""Permission by role, as the screen and the paper show it (SECURITY A1, H6)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from medbill_desktop.domain.users import Limit, Permission, Role, RoleBook, RoleKey

P = Permission
GROUPS: Final[tuple[tuple[str, tuple[Permission, ...]], ...]] = (
    ("Patients", (P.REGISTER, P.VIEW_ACCOUNT, P.VIEW_CLINICAL, P.MERGE)),
    ("Money", (P.ENTER_CHARGES, P.TAKE_PAYMENT, P.WRITE_OFF, P.DISCOUNT, P.TRANSFER, P.VOID, P.REFUND_PREPARE,
               P.REFUND_APPROVE, P.RUN_STATEMENTS, P.WRITE_OFF_BATCH, P.COLLECT, P.COLLECT_SPECIAL)),
    ("Months and reports", (P.REPORTS, P.REOPEN_PROPOSE, P.REOPEN_APPROVE, P.BULK_EXPORT)),
    ("The practice", (P.MANAGE_CATALOGS, P.MANAGE_POLICY, P.MANAGE_USERS, P.MAKE_KIT, P.SET_LIMITS, P.RUN_BACKUP)),
    ("Watching", (P.READ_AUDIT, P.READ_ALL_AUDIT, P.SIGN_OFF_AUDIT, P.SIGN_OFF_STAFF, P.WATCH_RECORDS)),
    ("Everybody", (P.SELF,)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RoleColumn:
    """A role with what it may, how much, and who holds it."""

    key: RoleKey
    name: str
    base: Role
    own: bool
    permissions: frozenset[Permission]
    limits: Mapping[Limit, int]
    holders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    book: RoleBook
    columns: tuple[RoleColumn, ...]
    limits_since: date | None


def grouped() -> Iterator[tuple[str, tuple[Permission, ...]]]:
    """Yield the rights in groups; what a later program adds stands at the end until it has its place."""
    yield from GROUPS
    placed = {each for _, some in GROUPS for each in some}
    if rest := tuple(each for each in Permission if each not in placed):
        yield "Other", rest
