"""Drug package numbers as claims carry them: eleven digits, quantity and unit (BILLING C9)."""

import re
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Final

from medbill_desktop.domain.problems import Findings

UNITS: Final = {
    "F2": "international units",
    "GR": "grams",
    "ML": "milliliters",
    "UN": "units, tablets",
    "ME": "milligrams",
}
_WIDTHS: Final = (5, 4, 2)
_SHORT: Final = ((4, 4, 2), (5, 3, 2), (5, 4, 1))
MOST_THOUSANDTHS: Final = 9_999_999_999


class NotAnNdc(ValueError):
    """The text is no package number; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class Drug:
    """What is typed from the package."""

    ndc: str = field(repr=False)
    quantity: str = ""
    unit: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.ndc.strip() or self.quantity.strip() or self.unit.strip())


@dataclass(frozen=True, slots=True)
class KeptDrug:
    """A drug as a charge keeps it: eleven digits, quantity in thousandths."""

    ndc: str = field(repr=False)
    thousandths: int
    unit: str


def eleven_digits(text: str) -> str:
    """Return a package number as 11 digits; one of ten digits is padded in the group that is short.

    Raises NotAnNdc. Ten digits without hyphens could be three numbers, so that they are refused.
    """
    text = text.strip()
    groups = re.split(r"[-\s]+", text)
    if not all(each.isascii() and each.isdigit() for each in groups):
        raise NotAnNdc("A package number has digits and hyphens only.")
    widths = tuple(map(len, groups))
    if widths == _WIDTHS or widths in _SHORT:
        return "".join(each.zfill(width) for each, width in zip(groups, _WIDTHS, strict=True))
    if widths == (11,):
        return text
    if widths == (10,):
        raise NotAnNdc("Ten digits without hyphens can be read in three ways. Type the hyphens of the package.")
    raise NotAnNdc("A package number has 11 digits, or 10 in groups of 4-4-2, 5-3-2 or 5-4-1.")


def show_ndc(digits: str) -> str:
    return f"{digits[:5]}-{digits[5:9]}-{digits[9:]}" if len(digits) == 11 else digits


def kept_drug(found: Findings, where: str, drug: Drug | None) -> KeptDrug | None:
    """Judge a drug; None where there is none or it is wrong."""
    if drug is None or drug.is_empty:
        return None
    ndc = ""
    try:
        ndc = eleven_digits(drug.ndc)
    except NotAnNdc as wrong:
        found.stop("ndc", f"{where}.ndc", str(wrong), "It stands on the package, such as 0409-1234-01.")
    unit = drug.unit.strip().upper()
    if unit not in UNITS:
        found.stop("ndc-unit", f"{where}.ndc_unit", "A drug needs its unit.", f"One of {', '.join(UNITS)}.")
    thousandths = _thousandths(drug.quantity)
    if thousandths is None:
        found.stop("ndc-quantity", f"{where}.ndc_quantity", "A drug needs its quantity, with at most three decimals.")
    return KeptDrug(ndc, thousandths, unit) if ndc and thousandths and unit in UNITS else None


def _thousandths(text: str) -> int | None:
    try:
        value = Decimal(text.strip()).scaleb(3)
    except InvalidOperation:
        return None
    whole = value.is_finite() and value == value.to_integral_value() and 0 < value <= MOST_THOUSANDTHS
    return int(value) if whole else None
