"""Find, open, register and change patients (BILLING R1, R11, R13; UX Patients, Patient)."""

from dataclasses import dataclass, field
from datetime import date

from medbill_desktop.domain.coverages import CoverageDetails
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.patients import ContactDetails, Flag, GuarantorDetails, PatientDetails
from medbill_desktop.domain.problems import Problem
from medbill_desktop.domain.users import Permission
from medbill_desktop.usecases.coverages import CoverageLine
from medbill_desktop.usecases.declare import Reading, Work, query, usecase


@dataclass(frozen=True, slots=True)
class FindPatients:
    """The beginning of any name, an account number, a phone number or a birth date; no words, no patients."""

    text: str = field(repr=False)
    limit: int = 50


@dataclass(frozen=True, slots=True)
class PatientLine:
    """A patient as a list shows them: what tells two people apart, and no money."""

    id: Id
    account: str
    name: str = field(repr=False)  # `Ortiz, Ana M`
    birth_date: date = field(repr=False)
    sex: str = field(repr=False)
    phone: str = field(repr=False)  # ten digits
    city: str = field(repr=False)
    payer: str = field(repr=False)  # of the first coverage in force today; empty is self-pay
    last_visit: date | None = field(repr=False)
    deceased: bool = field(repr=False)
    flags: tuple[Flag, ...] = field(repr=False)  # of the guarantor


@dataclass(frozen=True, slots=True)
class OpenPatient:
    patient_id: Id


@dataclass(frozen=True, slots=True)
class GuarantorCard:
    id: Id
    details: GuarantorDetails = field(repr=False)
    flags: dict[Flag, date] = field(repr=False)
    patients: tuple[Id, ...]  # everyone whose statement this is


@dataclass(frozen=True, slots=True)
class ContactLine:
    id: Id
    contact: ContactDetails = field(repr=False)
    in_force: bool  # today


@dataclass(frozen=True, slots=True)
class PatientCard:
    """Everything the Patient page shows except money."""

    id: Id
    account: str
    version: int
    name: str = field(repr=False)
    age: int = field(repr=False)
    patient: PatientDetails = field(repr=False)
    relationship: str = field(repr=False)  # of the patient to the guarantor
    guarantor: GuarantorCard = field(repr=False)
    coverages: tuple[CoverageLine, ...] = field(repr=False)  # in force first, by rank; then the newest
    contacts: tuple[ContactLine, ...] = field(repr=False)
    confidential: ContactDetails | None = field(repr=False)  # the address in force that wins (BILLING R11)
    registered_on: date = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewPatient:
    """A patient with all that is asked at registration.

    The guarantor is the patient where neither `guarantor` nor `guarantor_id` is given; `relationship` is what the
    patient is to the guarantor.
    """

    patient: PatientDetails = field(repr=False)
    guarantor: GuarantorDetails | None = field(default=None, repr=False)
    guarantor_id: Id | None = None
    relationship: str = field(default="self", repr=False)
    coverages: tuple[CoverageDetails, ...] = field(default=(), repr=False)
    contacts: tuple[ContactDetails, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class CheckPatient:
    """What is wrong with a registration while it is typed; warns of likely duplicates (BILLING R1)."""

    new: NewPatient = field(repr=False)
    patient_id: Id | None = None  # the patient who is being changed


@dataclass(frozen=True, slots=True)
class FindDuplicates:
    """Who may be the same person; any part may be missing yet."""

    last: str = field(default="", repr=False)
    first: str = field(default="", repr=False)
    birth_date: date | None = field(default=None, repr=False)
    phone: str = field(default="", repr=False)
    member_ids: tuple[str, ...] = field(default=(), repr=False)
    but: Id | None = None


@dataclass(frozen=True, slots=True)
class Duplicate:
    patient: PatientLine
    reasons: tuple[str, ...]  # `same name and birth date`, `same phone`, `same member id`


@dataclass(frozen=True, slots=True)
class RegisterPatient:
    id: Id
    new: NewPatient = field(repr=False)


@dataclass(frozen=True, slots=True)
class Registered:
    patient_id: Id
    guarantor_id: Id
    account: str
    coverage_ids: tuple[Id, ...]


@dataclass(frozen=True, slots=True)
class RegisterPatients:
    """Many at once, all or none."""

    id: Id
    patients: tuple[NewPatient, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChangePatient:
    """New details of a patient; `version` is that of the card which was changed.

    A patient who is their own guarantor takes the guarantor along. `guarantor` changes another guarantor's details.
    """

    id: Id
    patient_id: Id
    version: int
    patient: PatientDetails = field(repr=False)
    guarantor: GuarantorDetails | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SaveContact:
    """Add a contact, permission or confidential address, or change the one of `contact_id`."""

    id: Id
    patient_id: Id
    contact: ContactDetails = field(repr=False)
    contact_id: Id | None = None


@dataclass(frozen=True, slots=True)
class SetFlag:
    """Set a flag of a guarantor from a day on, or take it away where `on` is None (BILLING R13)."""

    id: Id
    guarantor_id: Id
    flag: Flag
    on: date | None


@query("patient.find", needs=Permission.VIEW_ACCOUNT)
def find_patients(read: Reading, asked: FindPatients) -> tuple[PatientLine, ...]:
    raise NotImplementedError


@query("patient.open", needs=Permission.VIEW_ACCOUNT, audit="patient.open")
def open_patient(read: Reading, asked: OpenPatient) -> PatientCard:
    raise NotImplementedError


@query("patient.check", needs=Permission.REGISTER)
def check_patient(read: Reading, asked: CheckPatient) -> tuple[Problem, ...]:
    raise NotImplementedError


@query("patient.duplicates", needs=Permission.REGISTER)
def find_duplicates(read: Reading, asked: FindDuplicates) -> tuple[Duplicate, ...]:
    raise NotImplementedError


@usecase("patient.register", needs=Permission.REGISTER, topics={"patients"})
def register_patient(work: Work, cmd: RegisterPatient) -> Registered:
    raise NotImplementedError


@usecase("patient.register_many", needs=Permission.REGISTER, topics={"patients"})
def register_patients(work: Work, cmd: RegisterPatients) -> tuple[Registered, ...]:
    raise NotImplementedError


@usecase("patient.change", needs=Permission.REGISTER, topics={"patients"})
def change_patient(work: Work, cmd: ChangePatient) -> int:
    """Return the new version; refused where someone else changed the patient meanwhile."""
    raise NotImplementedError


@usecase("patient.contact", needs=Permission.REGISTER, topics={"patients"})
def save_contact(work: Work, cmd: SaveContact) -> Id:
    raise NotImplementedError


@usecase("guarantor.flag", needs=Permission.REGISTER, topics={"patients"})
def set_flag(work: Work, cmd: SetFlag) -> None:
    raise NotImplementedError
