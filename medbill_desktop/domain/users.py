"""Who may do what, and how much of it (SECURITY A1-A3, BILLING S11)."""

from collections.abc import Iterable
from dataclasses import dataclass
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
    DISCOUNT = "give discounts"
    REFUND_PREPARE = "prepare refunds"
    REFUND_APPROVE = "approve refunds"
    VOID = "void posted items"
    REOPEN_PROPOSE = "propose to reopen a month"
    REOPEN_APPROVE = "reopen a month"
    BULK_EXPORT = "export and print in bulk"
    MANAGE_USERS = "manage users, devices and the recovery kit"
    RUN_STATEMENTS = "run statements"
    TRANSFER = "transfer responsibility"
    MANAGE_CATALOGS = "import files and keep fees, payers and providers"
    MANAGE_POLICY = "set practice and lock policy"
    RUN_BACKUP = "run backups"
    REPORTS = "read financial reports"
    READ_AUDIT = "read the audit log"
    SIGN_OFF_AUDIT = "sign off the audit review"


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
    P.REFUND_APPROVE, P.REOPEN_PROPOSE, P.BULK_EXPORT, P.MANAGE_CATALOGS, P.READ_AUDIT,
}  # fmt: skip

RIGHTS: Final[dict[Role, frozenset[Permission]]] = {
    Role.FRONT_DESK: frozenset(_DESK),
    Role.BILLER: frozenset(_BILLER),
    Role.MANAGER: frozenset(_MANAGER),
    Role.PRIVACY_OFFICER: frozenset(
        {P.SELF, P.VIEW_ACCOUNT, P.VIEW_CLINICAL, P.BULK_EXPORT, P.MANAGE_USERS, P.MANAGE_POLICY, P.RUN_BACKUP,
         P.READ_AUDIT, P.SIGN_OFF_AUDIT}
    ),
    Role.OWNER: frozenset(P) - {P.REFUND_PREPARE, P.REOPEN_PROPOSE},
    Role.AUDITOR: frozenset({P.SELF, P.VIEW_ACCOUNT, P.VIEW_CLINICAL, P.REPORTS, P.READ_AUDIT}),
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


@dataclass(frozen=True, slots=True)
class User:
    id: Id
    name: str
    roles: frozenset[Role]

    @property
    def title(self) -> str:
        """What stands behind the name in the window: `Biller, front desk`."""
        return ", ".join(sorted(self.roles)).capitalize()

    @property
    def permissions(self) -> frozenset[Permission]:
        return frozenset(p for role in self.roles for p in RIGHTS[role])

    def limit(self, which: Limit, today: date) -> int:
        """Return the highest amount that any of the person's roles allows; 0 where none does."""
        return max((_amount(LIMITS[role].get(which, 0), today) for role in self.roles), default=0)


def _amount(value: int, today: date) -> int:
    return today.day - 1 if value == THIS_MONTH else value


def who_may(permission: Permission) -> str:
    """Name the roles that have the right, for a refusal: `practice manager or owner`."""
    return _either([role for role in Role if permission in RIGHTS[role]])


def who_may_use(use: Use, today: date) -> str:
    """Name the roles whose limit covers the use; empty where none does."""
    return _either([role for role in Role if _amount(LIMITS[role].get(use.limit, 0), today) >= use.amount])


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


def _either(roles: Iterable[Role]) -> str:
    names = [str(role) for role in roles]
    return " or ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
