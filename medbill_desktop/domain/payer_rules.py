"""What a payer wants and how long it takes, each value from a day on (BILLING R14). Numbers of payers are data."""

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from medbill_desktop.domain.checks import holds_card_number, unprintable
from medbill_desktop.domain.problems import Findings

LONGEST: Final = 200
MOST_DAYS: Final = 3_650


class Rule(StrEnum):
    FILE_FIRST = "file_first_days"
    FILE_CORRECTED = "file_corrected_days"
    FILE_SECONDARY = "file_secondary_days"
    SECONDARY_FROM = "file_secondary_from"
    APPEAL_FIRST = "appeal_first_days"
    APPEAL_SECOND = "appeal_second_days"
    PAYS_WITHIN = "pays_within_days"
    CROSSOVER = "crossover_days"
    MEMBER_ID = "member_id_pattern"
    TAKES_CORRECTED = "takes_corrected"
    WANTS_TAXONOMY = "wants_taxonomy"
    ASSIGNMENT = "accepts_assignment"
    PAPER_ADDRESS = "paper_address"
    PHONE_NOTES = "phone_notes"


@dataclass(frozen=True, slots=True)
class RuleKind:
    words: str
    kind: str  # days, choice, pattern, text
    choices: tuple[tuple[str, str], ...] = ()


_YES_NO: Final = (("", "Not known"), ("yes", "Yes"), ("no", "No"))
RULES: Final[dict[Rule, RuleKind]] = {
    Rule.FILE_FIRST: RuleKind("First claim within, days from service", "days"),
    Rule.FILE_CORRECTED: RuleKind("Corrected claim within, days", "days"),
    Rule.FILE_SECONDARY: RuleKind("Secondary claim within, days", "days"),
    Rule.SECONDARY_FROM: RuleKind(
        "Secondary counts from", "choice", (("", "Not known"), ("service", "Service"), ("eob", "The primary's EOB"))
    ),
    Rule.APPEAL_FIRST: RuleKind("First appeal within, days", "days"),
    Rule.APPEAL_SECOND: RuleKind("Second appeal within, days", "days"),
    Rule.PAYS_WITHIN: RuleKind("Usually pays within, days", "days"),
    Rule.CROSSOVER: RuleKind("Crossover arrives within, days", "days"),
    Rule.MEMBER_ID: RuleKind("Member id looks like (A letter, 9 digit, ? either, * any rest)", "pattern"),
    Rule.TAKES_CORRECTED: RuleKind("Takes corrected claims (frequency 7 and 8)", "choice", _YES_NO),
    Rule.WANTS_TAXONOMY: RuleKind("Wants the taxonomy code", "choice", _YES_NO),
    Rule.ASSIGNMENT: RuleKind("The practice accepts assignment (box 27)", "choice", _YES_NO),
    Rule.PAPER_ADDRESS: RuleKind("Address for paper claims", "text"),
    Rule.PHONE_NOTES: RuleKind("Notes for calls", "text"),
}
_PATTERN: Final = {"A": "[A-Za-z]", "9": "[0-9]", "?": "[A-Za-z0-9]", "*": "[A-Za-z0-9]*"}


@dataclass(frozen=True, slots=True)
class RuleValue:
    """A value and since when; empty is not known."""

    rule: str
    value: str
    first_day: date


def checked_rule(wanted: RuleValue, found: Findings) -> RuleValue:
    """Return the value as it is stored; the problem stands under the field of its rule."""
    text, where = " ".join(wanted.value.split()), str(wanted.rule)
    if wanted.rule not in set(Rule):
        found.stop("rule", where, "There is no such rule.")
        return wanted
    kind = RULES[Rule(wanted.rule)]
    if len(text) > LONGEST or unprintable(text):
        found.stop("too-long", where, f"This is longer than {LONGEST} characters, or can't be printed.", "Shorten it.")
    if kind.kind != "days" and holds_card_number(text):
        found.stop("card-number", where, "This looks like a card number. Remove it.")
    if kind.kind == "days" and text and not (text.isascii() and text.isdecimal() and 0 < int(text) <= MOST_DAYS):
        found.stop("days", where, f"Type 1 to {MOST_DAYS:,} days.", "Leave it empty where it is not known.")
    if kind.kind == "choice" and text not in {value for value, _ in kind.choices}:
        found.stop("choice", where, "Choose one of the list.")
    return RuleValue(wanted.rule, text, wanted.first_day)


def fits(member_id: str, pattern: str) -> bool:
    """Tell whether a member id looks as the payer's do; an empty pattern fits all."""
    if not pattern:
        return True
    wanted = "".join(_PATTERN.get(each, re.escape(each)) for each in pattern)
    return re.fullmatch(wanted, member_id.replace(" ", ""), re.IGNORECASE) is not None
