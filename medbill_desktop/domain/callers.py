"""Who is calling, and what may be said to them (45 CFR 164.510(b), 164.514(h); SECURITY H31)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

IDENTIFIERS: Final[dict[str, str]] = {
    "name_birth": "Full name and birth date",
    "address": "Address",
    "phone": "Phone",
    "ssn4": "Last four of the SSN",
    "account": "Account number",
}
NEEDED: Final = 2


class Caller(StrEnum):
    PATIENT = "patient"
    GUARANTOR = "guarantor"
    PERSON = "person"  # whom the patient named
    OTHER = "other"


CALLER_WORDS: Final = {
    Caller.PATIENT: "The patient",
    Caller.GUARANTOR: "Who pays the bill",
    Caller.PERSON: "Somebody the patient named",
    Caller.OTHER: "Somebody else",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of the patient's wishes."""

    confidential: bool = False
    talk_allowed: bool = False
    minor: bool = False
    restricted: bool = False
    agreed: bool = False


def passes(matched: Collection[str]) -> bool:
    """Tell whether enough of what the caller said is in the record; one thing said twice counts once."""
    return len(set(matched) & IDENTIFIERS.keys()) >= NEEDED


def may_be_said(caller: Caller, passed: bool, asked: Asked) -> tuple[tuple[bool, str], ...]:
    """Return (yes or no, words) of what this caller may be told."""
    if not passed:
        return ((False, "Fewer than two things matched. Say nothing, not even that the person is a patient."),)
    lines = [_main(caller, asked)]
    if caller is not Caller.PATIENT and asked.confidential:
        lines.append((False, "The patient asked for confidential communication: no address, phone, visit or bill."))
    if caller is Caller.PATIENT and asked.confidential:
        lines.append((True, "Call back and write only to the confidential address or phone."))
    if asked.restricted:
        lines.append((False, "Services are kept from plans: to a plan that calls, say nothing about those."))
    if asked.agreed:
        lines.append((False, "The practice agreed to other restrictions. Read them before you answer."))
    return tuple(lines)


def _main(caller: Caller, asked: Asked) -> tuple[bool, str]:
    match caller:
        case Caller.PATIENT:
            return True, "Everything in this record."
        case Caller.GUARANTOR if asked.confidential:
            return False, "Only what is due on the guarantor's own statement, in one sum."
        case Caller.GUARANTOR:
            return True, "The bill: dates, amounts, payments. Nothing of why the patient came."
        case Caller.PERSON if asked.talk_allowed:
            return True, "What the patient permitted, and no more than the call needs."
        case Caller.PERSON:
            return False, "No permission to talk to others is noted. Ask the patient first."
        case _:
            return False, "Nothing. Offer that the patient calls."


def say_matched(matched: Sequence[str]) -> str:
    return ", ".join(IDENTIFIERS[each] for each in IDENTIFIERS if each in matched)
