"""What leaves the record for others: authorizations, disclosures, and their accounting (45 CFR 164.508, 164.528)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Findings
from medbill_desktop.domain.restrictions import E01, Restriction

AUTHORIZATION: Final = "authorization"
BY_LAW: Final = frozenset({"required_by_law", "court", "law_enforcement", "oversight", "coroner", "public_health"})
BASES: Final[dict[str, str]] = {
    AUTHORIZATION: "The patient's authorization",
    "patient": "To the patient, or who speaks for them",
    "treatment": "Treatment",
    "payment": "Payment",
    "operations": "Operations of the practice",
    "required_by_law": "Required by law",
    "court": "Court order or subpoena",
    "law_enforcement": "Law enforcement",
    "public_health": "Public health",
    "oversight": "Health oversight",
    "coroner": "Coroner or medical examiner",
    "workers_compensation": "Workers' compensation",
    "safety": "Serious threat to health or safety",
    "mistake": "By mistake",
}
NOT_ACCOUNTED: Final = frozenset({AUTHORIZATION, "patient", "treatment", "payment", "operations"})
YEARS: Final = 6


@dataclass(frozen=True, slots=True, repr=False)
class AuthorizationToDisclose:
    """To whom, what and what for; it ends on a day, or when something happens (164.508(c)(1)(v))."""

    to_whom: str
    what: str
    purpose: str
    signed_on: date
    expires_on: date | None = None
    expires_when: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """An authorization as it stands; `ended_on` is the day it was revoked, or its event came."""

    id: Id
    details: AuthorizationToDisclose = field(repr=False)
    ended_on: date | None = None
    ending: str = ""

    def why_not(self, day: date) -> str:
        """Return why it does not hold on a day; empty where it does."""
        mine = self.details
        if day < mine.signed_on:
            return f"It was signed {say_date(mine.signed_on)}, after that day."
        if self.ended_on is not None and day >= self.ended_on:
            how = "was revoked" if self.ending == "revoked" else "ended with its event"
            return f"It {how} {say_date(self.ended_on)}."
        if mine.expires_on is not None and day > mine.expires_on:
            return f"It expired {say_date(mine.expires_on)}."
        return ""


@dataclass(frozen=True, slots=True, repr=False)
class DisclosureDetails:
    """One disclosure; `visit_id` None is about more than one visit, `payer_id` names a plan as who learns of it."""

    made_on: date
    to_whom: str
    what: str
    why: str
    basis: str
    address: str = ""
    authorization_id: Id | None = None
    payer_id: Id | None = None
    visit_id: Id | None = None


@dataclass(frozen=True, slots=True)
class Agreed:
    """Another restriction that the practice agreed to; `not_to` may be empty."""

    what: str = field(repr=False)
    not_to: str = field(repr=False)


def check_authorization(details: AuthorizationToDisclose, today: date, found: Findings) -> None:
    for name, words in (("to_whom", "to whom"), ("what", "what"), ("purpose", "what for")):
        if not getattr(details, name):
            found.stop(name, name, f"Type {words} may be disclosed." if name != "purpose" else "Type what it is for.")
    if details.signed_on > today:
        found.stop("signed", "signed_on", "The day lies in the future.")
    if details.expires_on is None and not details.expires_when:
        found.stop("expires", "expires_on", "An authorization needs a day or an event on which it ends.",
                   "Type one of the two.")  # fmt: skip
    if details.expires_on is not None and details.expires_on < details.signed_on:
        found.stop("expires", "expires_on", "It would have expired before it was signed.", "Check both days.")


def check_disclosure(
    details: DisclosureDetails,
    today: date,
    held: Held | None,
    agreed: Sequence[Agreed],
    kept: Sequence[Restriction],
    restrictions_read: bool,
    found: Findings,
) -> None:
    """Stop what no authorization covers, what was promised to stay, and what no plan may be told (H30, H33, H34)."""
    for name, words in (("to_whom", "Type who learns of it."), ("what", "Type what is disclosed."),
                        ("why", "Type what for.")):  # fmt: skip
        if not getattr(details, name):
            found.stop(name, name, words)
    if details.made_on > today:
        found.stop("day", "made_on", "The day lies in the future.")
    if details.basis not in BASES:
        found.stop("basis", "basis", "Choose on what ground.")
    _check_held(details, held, found)
    if details.basis in BY_LAW:
        return
    if any(_same(details.to_whom, each.not_to) for each in agreed if each.not_to):
        found.stop("agreed", "to_whom", "The practice agreed that they are told nothing.",
                   "Ask the patient, or end that restriction first.")  # fmt: skip
    elif agreed and not restrictions_read:
        found.stop("agreed", "restrictions_read", "The practice agreed to restrictions for this patient.",
                   "Read them above, then say that this is not against them.")  # fmt: skip
    if details.payer_id is not None:
        mine = [each for each in kept if details.visit_id is None or each.visit_id == details.visit_id]
        if any(each.keeps_from(details.payer_id) for each in mine):
            found.stop("E01", "payer_id", E01, "Choose another visit, or tell nothing.")


def accounted(basis: str) -> bool:
    """Tell whether the patient's accounting lists it: all but what was for care, money, or asked for (164.528(a))."""
    return basis not in NOT_ACCOUNTED


def accounting_from(today: date) -> date:
    """Return the first day of an accounting asked for today."""
    leap = today.month == 2 and today.day == 29
    return today.replace(year=today.year - YEARS, day=28 if leap else today.day)


def _check_held(details: DisclosureDetails, held: Held | None, found: Findings) -> None:
    if details.basis != AUTHORIZATION:
        if details.authorization_id is not None:
            found.stop("basis", "authorization_id", "An authorization is named, though it is not the ground.",
                       "Choose it as the ground, or name none.")  # fmt: skip
        return
    if held is None:
        found.stop("authorization", "authorization_id", "Choose the authorization.")
    elif why := held.why_not(details.made_on):
        found.stop("authorization", "authorization_id", f"This authorization does not hold. {why}",
                   "Ask the patient to sign a new one.")  # fmt: skip
    elif not _same(details.to_whom, held.details.to_whom):
        found.stop("scope", "to_whom", f"This authorization is for {held.details.to_whom}.",
                   "Disclose to nobody else under it.")  # fmt: skip


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
