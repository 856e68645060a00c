"""Why a guarantor gets no statement, and why one charge stays off it (BILLING S5)."""

from enum import StrEnum


class Reason(StrEnum):
    """Why there is no statement (BILLING S5)."""

    NOTHING_OWED = "nothing owed"
    CREDIT = "credit"
    BELOW_MINIMUM = "below minimum"
    WITHIN_CYCLE = "within cycle"
    NOT_MAILED = "made, not mailed"
    BAD_ADDRESS = "bad address"
    NO_ADDRESS = "no address"
    ADDRESS_TOO_LONG = "address too long"
    NO_MAILING_NAME = "no mailing name"
    NO_MAIL = "no mail"
    DECEASED = "deceased"
    BANKRUPT = "bankrupt"
    DISPUTE = "dispute"
    IN_COLLECTION = "in collection"
    PLAN_CURRENT = "plan current"
    PENDING = "pending with insurance"
    CORRECTION_AWAITED = "correction awaited"
    RESTRICTED = "restricted visit"
    ABOVE_ESTIMATE = "above estimate"
    REVIEW = "review"
    ON_HOLD = "on hold"


class Hold(StrEnum):
    """Why one charge stays off a statement while the others go (BILLING S5)."""

    PENDING = "pending with insurance"
    CORRECTION_AWAITED = "correction awaited"
    RESTRICTED = "restricted visit"
    ABOVE_ESTIMATE = "above estimate"
    BY_HAND = "on hold"
