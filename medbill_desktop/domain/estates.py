"""Who settles what somebody left: mail about it goes there and nowhere else (BILLING S5, R13; 45 CFR 164.502(g)(4))."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.fields import Form, tidied
from medbill_desktop.domain.names import is_latin
from medbill_desktop.domain.problems import Findings


class Representative(StrEnum):
    """By what right somebody settles an estate."""

    EXECUTOR = "executor"
    ADMINISTRATOR = "administrator"
    FAMILY = "family"
    ATTORNEY = "attorney"
    UNKNOWN = "unknown"


REPRESENTATIVE_WORDS: Final[dict[Representative, str]] = {
    Representative.EXECUTOR: "Executor named in the will",
    Representative.ADMINISTRATOR: "Administrator named by the court",
    Representative.FAMILY: "Family member who settles it",
    Representative.ATTORNEY: "Attorney of the estate",
    Representative.UNKNOWN: "Nobody is known yet",
}


@dataclass(frozen=True, slots=True, repr=False)
class Estate:
    """Whom to write to from a day on; without an address the last one of who died is used, in the estate's name."""

    first_day: date
    role: str = Representative.UNKNOWN
    representative: str = ""
    street: str = ""
    street2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    phone: str = ""

    @property
    def has_address(self) -> bool:
        return bool(self.street)

    @property
    def care_of(self) -> str:
        """Return the line under the name, or nothing where nobody is known."""
        return f"c/o {self.representative}" if self.representative else ""


def estate_name(name: str) -> str:
    """Return whom a paper names where somebody died; the post reads it, so that it stays English."""
    return f"Estate of {name}"


def checked_estate(typed: Estate, died_on: date | None, today: date, found: Findings) -> Estate:
    """Return an estate as it is stored; problems go to `found`."""
    form = Form(found)
    made = tidied(typed, form)
    if died_on is None:
        form.stop("died", "died_on", "Type the day of death.", "Without it mail still goes to the person.")
    elif died_on > today:
        form.stop("died", "died_on", "The day of death lies in the future.")
    elif made.first_day < died_on:
        form.stop("first-day", "first_day", f"That is before the death on {show_date(died_on)}.", "Use a later day.")
    if made.role not in set(Representative):
        form.stop("role", "role", "Choose who settles the estate.")
    if made.role != Representative.UNKNOWN and not made.representative:
        form.stop("representative", "representative", "Type the name of who settles the estate.")
    if made.role == Representative.UNKNOWN and made.representative:
        form.stop("role", "role", "Somebody is named.", "Choose by what right they settle the estate.")
    if not is_latin(made.representative):
        form.stop("mailing-name", "representative", "An envelope needs Latin letters.", "Type it in Latin letters.")
    if any((made.street, made.street2, made.city, made.state, made.zip)) and not (
        made.street and made.city and made.state and made.zip
    ):
        form.stop("address", "street", "The address is not whole.", "Type street, city, state and ZIP, or none of it.")
    return made
