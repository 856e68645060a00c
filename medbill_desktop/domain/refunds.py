"""Giving money back: to whom, how, and who decides (BILLING J45-J47, S12)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents, format_cents
from medbill_desktop.domain.problems import Findings


class RefundState(StrEnum):
    ASKED = "asked"
    APPROVED = "approved"
    PAID = "paid"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


STATE_WORDS: Final[dict[RefundState, str]] = {
    RefundState.ASKED: "Waits for approval",
    RefundState.APPROVED: "To be paid",
    RefundState.PAID: "Paid",
    RefundState.REFUSED: "Refused",
    RefundState.WITHDRAWN: "Taken back",
}
REASONS: Final[dict[str, str]] = {
    "overpaid": "Paid too much",
    "insurance_paid": "Insurance paid later",
    "visit_cancelled": "The visit did not take place",
    "taken_twice": "Taken twice",
    "wrong_person": "Taken from the wrong person",
}
# The way it came first; cash and bank transfers may go back as a check, a card only to that card.
WAYS_BACK: Final[dict[str, tuple[str, ...]]] = {
    "cash": ("cash", "check"), "check": ("check",), "card": ("card",), "eft": ("eft", "check"),
}  # fmt: skip
RETURN_REASONS: Final[dict[str, str]] = {
    "insufficient_funds": "Not enough money in the account",
    "account_closed": "Account closed",
    "stop_payment": "Payment stopped",
    "chargeback": "Chargeback of a card",
    "other": "Another reason of the bank",
}


@dataclass(frozen=True, slots=True)
class Bucket:
    """Credit of one payment under one earmark."""

    visit_id: Id | None
    cents: Cents


def check_refund(found: Findings, cents: Cents, unspent: Cents, asked: Cents, method: str, came_by: str) -> None:
    """Judge a refund: never above what is left of its payment, less what was asked for already."""
    left = Cents(unspent - asked)
    if cents <= 0:
        found.stop("amount", "cents", "Type an amount above zero.")
    elif cents > left:
        also = f" ({format_cents(asked)} is asked for already)" if asked else ""
        found.stop("too-much", "cents", f"Only {format_cents(max(left, Cents(0)))} of this payment is credit{also}.",
                   "Lower the amount. The credit of another guarantor is never used for it.")  # fmt: skip
    if method not in WAYS_BACK[came_by]:
        ways = " or ".join(WAYS_BACK[came_by])
        found.stop("method", "method", f"Money that came by {came_by} goes back by {ways}.", "Choose that.")


def taken_from(buckets: tuple[Bucket, ...], cents: Cents) -> tuple[Bucket, ...]:
    """Return how much of each bucket is given back: free credit first, then what was kept for a visit."""
    out: list[Bucket] = []
    for each in sorted(buckets, key=lambda bucket: (bucket.visit_id is not None, bucket.visit_id or 0)):
        part = Cents(min(each.cents, cents))
        if part > 0:
            out.append(Bucket(each.visit_id, part))
            cents = Cents(cents - part)
    if cents:
        raise ValueError("more than there is")
    return tuple(out)
