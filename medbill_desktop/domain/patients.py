"""Patient, guarantor and contact: three records, often one person (BILLING G1, R1, R11, R13)."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from medbill_desktop.domain.dates import age_on
from medbill_desktop.domain.fields import Form, tidied
from medbill_desktop.domain.names import full_name, is_latin
from medbill_desktop.domain.problems import Findings

ADULT: Final = 18
OLDEST: Final = 130
LAST_NAME, FIRST_NAME = 60, 35  # what a claim can carry (NM103, NM104)


class Sex(StrEnum):
    FEMALE = "F"
    MALE = "M"
    UNKNOWN = "U"


class Relationship(StrEnum):
    """What the patient is to the guarantor, or to the subscriber."""

    SELF = "self"
    SPOUSE = "spouse"
    CHILD = "child"
    OTHER = "other"


class Flag(StrEnum):
    """A dated flag on a guarantor; each has named effects (BILLING R13, S5)."""

    BAD_ADDRESS = "bad_address"
    NO_MAIL = "no_mail"
    DECEASED = "deceased"
    BANKRUPT = "bankrupt"
    DISPUTE = "dispute"
    COLLECTION = "collection"


class ContactKind(StrEnum):
    PERSON = "person"  # someone to call
    CONFIDENTIAL = "confidential"  # the address that wins over every other (BILLING R11)
    PERMISSION = "permission"  # what the patient allows: voicemail, text, e-mail, talk to someone


@dataclass(frozen=True, slots=True, repr=False)
class PatientDetails:
    """What a person types about a patient; states, ZIP and phone may be typed in any usual form."""

    last: str
    first: str
    birth_date: date
    sex: str = "U"
    middle: str = ""
    suffix: str = ""
    mailing_name: str = ""  # needed only where the name is not in Latin letters
    former_names: tuple[str, ...] = ()
    ssn: str = ""
    street: str = ""
    street2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    phone: str = ""
    email: str = ""
    deceased_on: date | None = None


@dataclass(frozen=True, slots=True, repr=False)
class GuarantorDetails:
    """Who pays the patient share and gets the statement."""

    last: str
    first: str = ""
    mailing_name: str = ""
    street: str = ""
    street2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    phone: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class ContactDetails:
    kind: str
    first_day: date
    last_day: date | None = None
    name: str = ""
    relationship: str = ""
    phone: str = ""
    street: str = ""
    street2: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    permission: str = ""
    allowed: bool = True


def as_guarantor(patient: PatientDetails) -> GuarantorDetails:
    """Return the patient as their own guarantor."""
    return GuarantorDetails(
        last=patient.last,
        first=patient.first,
        mailing_name=patient.mailing_name,
        street=patient.street,
        street2=patient.street2,
        city=patient.city,
        state=patient.state,
        zip=patient.zip,
        phone=patient.phone,
        email=patient.email,
    )


def checked_patient(details: PatientDetails, today: date, found: Findings, prefix: str = "") -> PatientDetails:
    """Return the details as they are stored, with the mailing name filled; problems go to `found`."""
    form = Form(found, prefix)
    made = tidied(details, form, not_cards=frozenset({"ssn"}))
    if not made.last:
        form.stop("name", "last", "Type the last name.")
    if made.sex not in set(Sex):
        form.stop("sex", "sex", "Choose F, M or U.")
    if made.birth_date > today:
        form.stop("birth-date", "birth_date", "The birth date lies in the future.")
    elif age_on(made.birth_date, today) > OLDEST:
        form.stop("birth-date", "birth_date", f"The birth date is more than {OLDEST} years ago.", "Check the year.")
    if made.deceased_on is not None and not made.birth_date <= made.deceased_on <= today:
        form.stop("deceased", "deceased_on", "The date of death lies before the birth date or in the future.")
    if len(made.last) > LAST_NAME or len(made.first) > FIRST_NAME:
        form.warn("name-length", "last", "A claim will cut this name.", f"It carries {LAST_NAME} and {FIRST_NAME}.")
    name = full_name(made.last, made.first, made.middle, made.suffix)
    return replace(made, mailing_name=_mailing(made.mailing_name, name, form))


def checked_guarantor(details: GuarantorDetails, found: Findings, prefix: str = "guarantor.") -> GuarantorDetails:
    """Return the details as they are stored; who gets a statement needs an address sooner or later."""
    form = Form(found, prefix)
    made = tidied(details, form)
    if not made.last:
        form.stop("name", "last", "Type the last name.")
    warn_of_address(made, form)
    return replace(made, mailing_name=_mailing(made.mailing_name, full_name(made.last, made.first), form))


def warn_of_address(guarantor: GuarantorDetails, form: Form) -> None:
    if not (guarantor.street and guarantor.city and guarantor.state and guarantor.zip):
        form.warn("address", "street", "Without an address no statement can be mailed.", "Ask for it.")


def checked_contact(details: ContactDetails, found: Findings, prefix: str = "") -> ContactDetails:
    form = Form(found, prefix)
    made = tidied(details, form)
    if made.kind not in set(ContactKind):
        form.stop("contact", "kind", "Choose what kind of contact this is.")
    if made.last_day is not None and made.last_day < made.first_day:
        form.stop("dates", "last_day", "The last day lies before the first.")
    if made.kind == ContactKind.PERSON and not made.name:
        form.stop("contact", "name", "Type the name.")
    if made.kind == ContactKind.PERMISSION and not made.permission:
        form.stop("contact", "permission", "Choose what is permitted or not.")
    if made.kind == ContactKind.CONFIDENTIAL:
        if not (made.street or made.phone):
            form.stop("contact", "street", "Type the address or the phone number that must be used.")
        if made.street and not (made.city and made.state and made.zip):
            form.stop(
                "contact",
                "city",
                "This address wins over every other, so it must be whole.",
                "Add city, state and ZIP.",
            )
    return made


def check_guarantor_choice(
    patient: PatientDetails, own: bool, relationship: str, today: date, found: Findings, prefix: str = ""
) -> None:
    """The guarantor is the patient exactly where the relationship says so; of a minor it is an adult (BILLING R13)."""
    form = Form(found, prefix)
    if relationship not in set(Relationship):
        form.stop("relationship", "relationship", "Choose what the patient is to the guarantor.")
    elif own != (relationship == Relationship.SELF):
        form.stop(
            "relationship", "relationship",
            "Self means that the patient is the guarantor." if own else "The guarantor is someone else.",
            "Choose the patient as guarantor, or another relationship.",
        )  # fmt: skip
    elif own and age_on(patient.birth_date, today) < ADULT:
        form.warn("minor", "guarantor", "The guarantor of a minor is the adult who signed.", "Choose who that is.")


def _mailing(typed: str, name: str, form: Form) -> str:
    if typed and not is_latin(typed):
        form.stop("mailing-name", "mailing_name", "An envelope needs Latin letters.", "Type the name in Latin letters.")
    elif not typed and not is_latin(name):
        form.stop(
            "mailing-name", "mailing_name", "The name is not in Latin letters.",
            "Type it here as envelopes and claims should show it.",
        )  # fmt: skip
    return typed or name
