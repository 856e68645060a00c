"""Money is integer cents (BILLING J1)."""

import re
from collections.abc import Iterable
from typing import NewType

Cents = NewType("Cents", int)

ZERO = Cents(0)
_TYPED = re.compile(
    r"(?P<open>\()?\s*(?P<sign>-)?\s*\$?\s*(?P<whole>\d{1,3}(?:,\d{3})+|\d*)(?:\.(?P<part>\d*))?\s*(?P<close>\))?"
)
MOST = 99_999_999_99
_MOST_DIGITS = 20  # with any zeros in front; thousands of digits are refused before they are counted


class NotMoney(ValueError):
    """The text is no amount of dollars and cents."""


def parse_cents(text: str) -> Cents:
    """Return the cents of a typed amount such as `18`, `1,495.00`, `$18.5` or `(120.00)`.

    Raises NotMoney for anything else, also for a third non-zero decimal: cents are never rounded.
    """
    found = _TYPED.fullmatch(text.strip())
    if found is None or bool(found["open"]) != bool(found["close"]) or (found["open"] and found["sign"]):
        raise NotMoney(f"{text!r} is not an amount")
    whole, part = found["whole"].replace(",", ""), found["part"] or ""
    if not whole and not part:
        raise NotMoney("type an amount")
    if len(whole) > _MOST_DIGITS:
        raise NotMoney("this is more than the program can post at once")
    if part[2:].strip("0"):
        raise NotMoney("cents have two digits")
    cents = int(whole or "0") * 100 + int(part[:2].ljust(2, "0"))
    if cents > MOST:
        raise NotMoney("this is more than the program can post at once")
    return Cents(-cents if found["open"] or found["sign"] else cents)


def format_cents(cents: int) -> str:
    """Return `1,495.00`, or `(120.00)` for a true minus (LOOK, Rendering)."""
    whole, part = divmod(abs(cents), 100)
    text = f"{whole:,}.{part:02d}"
    return f"({text})" if cents < 0 else text


def format_dollars(cents: int) -> str:
    """Return `$18.00` or `-$18.00`, for sentences that are read aloud."""
    whole, part = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}${whole:,}.{part:02d}"


def plain_cents(cents: int) -> str:
    """Return `-1495.00`: no separators, for CSV files and form fields."""
    whole, part = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{part:02d}"


def total(amounts: Iterable[int]) -> Cents:
    return Cents(sum(amounts))


def split(cents: Cents, parts: int) -> tuple[Cents, ...]:
    """Divide into equal parts; the last takes the remainder (BILLING J1)."""
    if parts < 1:
        raise ValueError("at least one part")
    each = abs(cents) // parts * (1 if cents >= 0 else -1)
    return (*(Cents(each) for _ in range(parts - 1)), Cents(cents - each * (parts - 1)))
