"""Patient, guarantor and contact: three records, often one person (BILLING G1, R1, R11, R13)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


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
