"""Who may do what, and how much of it (SECURITY A1-A3, BILLING S11)."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import format_cents


class Permission(StrEnum):
    """A right, with the words that a screen uses for it."""

    SELF = "own settings and drafts"
    REGISTER = "register patients and visits"
    TAKE_PAYMENT = "take payments"
    VIEW_ACCOUNT = "view patient accounts"
    VIEW_CLINICAL = "view diagnoses and documents"
    ENTER_CHARGES = "enter charges"
    WRITE_OFF = "write off"
    WRITE_OFF_BATCH = "write off small balances in a batch"
    COLLECT = "hand accounts to a collection agency"
    COLLECT_SPECIAL = "hand over the accounts of children"
    DISCOUNT = "give discounts"
    REFUND_PREPARE = "prepare refunds"
    REFUND_APPROVE = "approve refunds"
    VOID = "void posted items"
    REOPEN_PROPOSE = "propose to reopen a month"
    REOPEN_APPROVE = "reopen a month"
    BULK_EXPORT = "export and print in bulk"
    MANAGE_USERS = "manage users and computers"
    MAKE_KIT = "make recovery kits"
    RUN_STATEMENTS = "run statements"
    TRANSFER = "transfer responsibility"
    MANAGE_CATALOGS = "import files and keep fees, payers and providers"
    MANAGE_POLICY = "set practice and lock policy"
    RUN_BACKUP = "run backups"
    REPORTS = "read financial reports"
    READ_AUDIT = "read the audit log"
    READ_ALL_AUDIT = "read what owners and officers did"
    SIGN_OFF_AUDIT = "sign off the audit review"
    SIGN_OFF_STAFF = "sign off the review of the own staff"
    WATCH_RECORDS = "watch patients' records"
    MERGE = "merge the records of one patient"
    SET_LIMITS = "set the limits of roles"
    END_RESTRICTION = "end a restriction of disclosure for the practice"


class Role(StrEnum):
    FRONT_DESK = "front desk"
    BILLER = "biller"
    MANAGER = "practice manager"
    PRIVACY_OFFICER = "privacy officer"
    OWNER = "owner"
    AUDITOR = "auditor"


P = Permission
_DESK = {P.SELF, P.REGISTER, P.TAKE_PAYMENT, P.VIEW_ACCOUNT, P.RUN_BACKUP}
_BILLER = _DESK | {
    P.VIEW_CLINICAL, P.ENTER_CHARGES, P.WRITE_OFF, P.DISCOUNT, P.REFUND_PREPARE, P.VOID, P.RUN_STATEMENTS,
    P.TRANSFER, P.REPORTS,
}  # fmt: skip
_MANAGER = (_BILLER - {P.REFUND_PREPARE}) | {
    P.REFUND_APPROVE, P.REOPEN_PROPOSE, P.BULK_EXPORT, P.MANAGE_CATALOGS, P.READ_AUDIT, P.SIGN_OFF_STAFF,
    P.WATCH_RECORDS, P.WRITE_OFF_BATCH, P.COLLECT, P.MERGE,
}  # fmt: skip

RIGHTS: Final[dict[Role, frozenset[Permission]]] = {
    Role.FRONT_DESK: frozenset(_DESK),
    Role.BILLER: frozenset(_BILLER),
    Role.MANAGER: frozenset(_MANAGER),
    Role.PRIVACY_OFFICER: frozenset(
        {P.SELF, P.VIEW_ACCOUNT, P.VIEW_CLINICAL, P.BULK_EXPORT, P.MANAGE_USERS, P.MAKE_KIT, P.MANAGE_POLICY,
         P.RUN_BACKUP, P.READ_AUDIT, P.READ_ALL_AUDIT, P.SIGN_OFF_AUDIT, P.WATCH_RECORDS}
    ),
    Role.OWNER: frozenset(P) - {P.REFUND_PREPARE, P.REOPEN_PROPOSE},
    Role.AUDITOR: frozenset({P.SELF, P.VIEW_ACCOUNT, P.VIEW_CLINICAL, P.REPORTS, P.READ_AUDIT, P.READ_ALL_AUDIT}),
}  # fmt: skip


class Limit(StrEnum):
    """A right that has an amount. What the amount counts stands in the name."""

    WRITE_OFF_CHARGE_CENTS = "write-off per charge"
    WRITE_OFF_PATIENT_DAY_CENTS = "write-offs per patient and day"
    DISCOUNT_PERCENT = "discount"
    BACK_DATE_DAYS = "back-dating"
    VOID_REACH = "void"


VOID_OWN_SAME_DAY: Final = 1
VOID_ANY: Final = 2
THIS_MONTH: Final = -1  # back-dating: any day of the month that is running
UNLIMITED: Final = 10**15
L = Limit

LIMITS: Final[dict[Role, dict[Limit, int]]] = {
    Role.FRONT_DESK: {},
    Role.BILLER: {L.WRITE_OFF_CHARGE_CENTS: 25_00, L.WRITE_OFF_PATIENT_DAY_CENTS: 100_00, L.DISCOUNT_PERCENT: 10,
                  L.BACK_DATE_DAYS: 3, L.VOID_REACH: VOID_OWN_SAME_DAY},
    Role.MANAGER: {L.WRITE_OFF_CHARGE_CENTS: 500_00, L.WRITE_OFF_PATIENT_DAY_CENTS: UNLIMITED, L.DISCOUNT_PERCENT: 25,
                   L.BACK_DATE_DAYS: THIS_MONTH, L.VOID_REACH: VOID_ANY},
    Role.PRIVACY_OFFICER: {},
    Role.OWNER: {L.WRITE_OFF_CHARGE_CENTS: 5_000_00, L.WRITE_OFF_PATIENT_DAY_CENTS: UNLIMITED,
                 L.DISCOUNT_PERCENT: 100, L.BACK_DATE_DAYS: THIS_MONTH, L.VOID_REACH: VOID_ANY},
    Role.AUDITOR: {},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Use:
    """How much of a limit one command would use."""

    limit: Limit
    amount: int


RoleKey = str  # a Role, or the key of a role of the practice's own


@dataclass(frozen=True, slots=True)
class OwnRole:
    """A role that a practice made: a built-in one, narrowed or copied."""

    id: Id
    name: str
    base: Role
    permissions: frozenset[Permission]
    active: bool = True  # one that is retired is given to nobody any more; who holds it keeps it

    @property
    def key(self) -> RoleKey:
        return own_key(self.id)

    @property
    def added(self) -> frozenset[Permission]:
        """What it may that the role it was copied from may not; only an owner makes and gives such a role."""
        return self.permissions - RIGHTS[self.base]

    @property
    def narrowed(self) -> frozenset[Permission]:
        return RIGHTS[self.base] - self.permissions

    @property
    def owners_alone(self) -> bool:
        """Whether only an owner may make it or give it: otherwise an officer could make himself a mightier account."""
        return self.base is Role.OWNER or bool(self.added)


def own_key(role_id: int) -> RoleKey:
    return f"own:{role_id}"


@dataclass(frozen=True, slots=True)
class RoleBook:
    """What each role of this practice may, and how much: the built-in ones, its own ones, and the limits in force."""

    own: Mapping[RoleKey, OwnRole] = field(default_factory=dict)
    limits: Mapping[RoleKey, Mapping[Limit, int]] = field(default_factory=dict)  # what differs from the built-in ones

    @property
    def keys(self) -> tuple[RoleKey, ...]:
        """Every role that is given to people: the built-in ones, then the practice's own by name."""
        offered = sorted((each for each in self.own.values() if each.active), key=lambda each: each.name.casefold())
        return (*Role, *(each.key for each in offered))

    @property
    def offered(self) -> tuple[OwnRole, ...]:
        return tuple(self.own[each] for each in self.keys if each in self.own)

    def in_order(self, roles: Iterable[RoleKey]) -> tuple[RoleKey, ...]:
        held = set(roles)
        known = (*self.keys, *(each for each in self.own if not self.own[each].active))
        return tuple(each for each in known if each in held)

    def name_of(self, role: RoleKey) -> str:
        return self.own[role].name if role in self.own else str(role)

    def base_of(self, role: RoleKey) -> Role | None:
        """Return the built-in role that this one is or was copied from; None where nobody knows it."""
        if role in self.own:
            return self.own[role].base
        return Role(role) if role in RIGHTS else None

    def rights(self, roles: Iterable[RoleKey]) -> frozenset[Permission]:
        return frozenset(p for role in roles for p in self._rights_of(role))

    def amount(self, role: RoleKey, which: Limit) -> int:
        """Return the limit as it is set: THIS_MONTH stays that."""
        if which in (stated := self.limits.get(role, {})):
            return stated[which]
        base = self.base_of(role)
        if base is None:
            return 0
        return self.amount(base, which) if role in self.own else LIMITS[base].get(which, 0)

    def limit(self, roles: Iterable[RoleKey], which: Limit, today: date) -> int:
        """Return the highest amount that any of the roles allows; 0 where none does."""
        return max((_amount(self.amount(role, which), today) for role in roles), default=0)

    def owners_alone(self, roles: Iterable[RoleKey]) -> bool:
        """Tell whether one of the roles is an owner's to give: then whoever holds them is an owner's to reset too."""
        return any(each == Role.OWNER or (each in self.own and self.own[each].owners_alone) for each in roles)

    def who_may(self, permission: Permission) -> str:
        """Name the roles that have the right, for a refusal: `practice manager or owner`."""
        return _either(self.name_of(role) for role in self.keys if permission in self._rights_of(role))

    def who_may_use(self, use: Use, today: date, needs: Permission | None = None) -> str:
        """Name the roles whose limit covers the use, and that have the right it is for; empty where none does."""
        return _either(self.name_of(role) for role in self.covering(use, today, needs))

    def covering(self, use: Use, today: date, needs: Permission | None = None) -> Iterator[RoleKey]:
        for role in self.keys:
            if needs is not None and needs not in self._rights_of(role):
                continue
            if _amount(self.amount(role, use.limit), today) >= use.amount:
                yield role

    def _rights_of(self, role: RoleKey) -> frozenset[Permission]:
        if role in self.own:
            return self.own[role].permissions
        return RIGHTS[Role(role)] if role in RIGHTS else frozenset()


BUILT_IN: Final = RoleBook()


@dataclass(frozen=True, slots=True)
class User:
    """Who is at the desk, with what the practice's roles allow; the door reads both anew when roles change."""

    id: Id
    name: str
    roles: frozenset[RoleKey]
    book: RoleBook = field(default=BUILT_IN, compare=False, repr=False)

    @property
    def title(self) -> str:
        """What stands behind the name in the window: `Biller, front desk`."""
        names = ", ".join(sorted((self.book.name_of(each) for each in self.roles), key=str.casefold))
        return names[:1].upper() + names[1:]

    @property
    def permissions(self) -> frozenset[Permission]:
        return self.book.rights(self.roles)

    @property
    def is_owner(self) -> bool:
        return Role.OWNER in self.roles

    @property
    def is_among_owners(self) -> bool:
        """Whether this is an owner, also by a copy of that role: who is told of what could take over an owner."""
        return any(self.book.base_of(each) is Role.OWNER for each in self.roles)

    def limit(self, which: Limit, today: date) -> int:
        """Return the highest amount that any of the person's roles allows; 0 where none does."""
        return self.book.limit(self.roles, which, today)


def _amount(value: int, today: date) -> int:
    return today.day - 1 if value == THIS_MONTH else value


def who_may(permission: Permission) -> str:
    """Name the built-in roles that have the right: `practice manager or owner`."""
    return BUILT_IN.who_may(permission)


def say_limit(which: Limit, amount: int) -> str:
    """Say an amount of a limit in the words of the office."""
    match which:
        case Limit.WRITE_OFF_CHARGE_CENTS | Limit.WRITE_OFF_PATIENT_DAY_CENTS:
            return format_cents(amount)
        case Limit.DISCOUNT_PERCENT:
            return f"{amount} %"
        case Limit.BACK_DATE_DAYS:
            return "1 day" if amount == 1 else f"{amount} days"
        case Limit.VOID_REACH:
            return {0: "none", VOID_OWN_SAME_DAY: "your own, the same day"}.get(amount, "any")


def _either(roles: Iterable[str]) -> str:
    names = list(roles)
    return " or ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
