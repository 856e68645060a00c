"""Medicare's price of a service, exactly: (work x index + expense x index + malpractice x index) x factor (EDI K12)."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from medbill_desktop.domain.money import Cents

# Facilities pay the room and the staff themselves, so that the physician's share of the expense is smaller there.
FACILITY_POS: Final = frozenset(
    ("02", "19", "21", "22", "23", "24", "26", "31", "34", "41", "42", "51", "52", "53", "56", "61")
)
WHOLE: Final = 10_000  # hundredths of a percent in one hundred percent


@dataclass(frozen=True, slots=True)
class Values:
    """A row of PPRRVU: values in hundredths, the factor in ten-thousandths of a dollar."""

    code: str
    modifier: str
    status: str
    work: int
    office_expense: int
    facility_expense: int
    malpractice: int
    factor: int


@dataclass(frozen=True, slots=True)
class Locality:
    """A row of GPCI: indices in thousandths."""

    carrier: str
    locality: str
    name: str
    work: int
    expense: int
    malpractice: int


def allowed(values: Values, where: Locality, *, facility: bool = False, share: int = WHOLE) -> Cents | None:
    """Return the price, or `share` hundredths of a percent of it; None where Medicare sets none by these values.

    The product is exact; it is rounded once, to the cent, half up.
    """
    expense = values.facility_expense if facility else values.office_expense
    units = values.work * where.work + expense * where.expense + values.malpractice * where.malpractice
    if not units or not values.factor:
        return None
    # 10^-2 (values) x 10^-3 (indices) x 10^-4 (factor) dollars, times the share of 10^-4: 10^-11 cents.
    exact = Decimal(units * values.factor * share).scaleb(-11)
    return Cents(int(exact.quantize(Decimal(1), ROUND_HALF_UP)))


def place_class(pos: str) -> str:
    """Return `facility` or `office` for a place of service (BILLING C7)."""
    return "facility" if pos in FACILITY_POS else "office"
