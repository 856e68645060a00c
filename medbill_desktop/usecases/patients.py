"""Find, open and register patients (BILLING R1, R11; UX Patients, Patient)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from medbill_desktop.domain.checks import phone_stored
from medbill_desktop.domain.dates import age_on, show_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.names import list_name, name_key
from medbill_desktop.domain.patients import (
    ContactDetails,
    ContactKind,
    Flag,
    GuarantorDetails,
    PatientDetails,
)
from medbill_desktop.domain.problems import Findings, Problem, Refused
from medbill_desktop.domain.registration import NewPatient as NewPatient
from medbill_desktop.domain.registration import judged
from medbill_desktop.domain.search_keys import prefixes_of
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import coverages, merged, patients, privacy, restrictions, search
from medbill_desktop.usecases.changing_patients import ChangeGuarantor as ChangeGuarantor
from medbill_desktop.usecases.changing_patients import ChangePatient as ChangePatient
from medbill_desktop.usecases.changing_patients import SaveContact as SaveContact
from medbill_desktop.usecases.changing_patients import SetFlag as SetFlag
from medbill_desktop.usecases.changing_patients import change_guarantor as change_guarantor
from medbill_desktop.usecases.changing_patients import change_patient as change_patient
from medbill_desktop.usecases.changing_patients import save_contact as save_contact
from medbill_desktop.usecases.changing_patients import set_flag as set_flag
from medbill_desktop.usecases.coverages import CoverageLine, coverage_lines
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.registering import Registered as Registered
from medbill_desktop.usecases.registering import check_known, found_patient, write


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
    privacy_flags: tuple[str, ...] = ()  # what was asked, in words without what it is about (SECURITY H34)


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
class RegisterPatients:
    """Many at once, all or none."""

    id: Id
    patients: tuple[NewPatient, ...] = field(repr=False)


@query("patient.find", needs=Permission.VIEW_ACCOUNT)
def find_patients(read: Reading, asked: FindPatients) -> tuple[PatientLine, ...]:
    found = patient_lines(read, search.find(read.conn, prefixes_of(asked.text), asked.limit))
    read.session.searched(len(found))
    return found


@query("patient.open", needs=Permission.VIEW_ACCOUNT, audit="patient.open")
def open_patient(read: Reading, asked: OpenPatient) -> PatientCard:
    record = found_patient(read, asked.patient_id)
    read.entry.about("patient", record.id, record.id)
    d = record.details
    lines = coverage_lines(read, record.id)
    contacts = tuple(_contact_line(each, read.today) for each in patients.contacts(read.conn, record.id))
    apart = [e.contact for e in contacts if e.in_force and e.contact.kind == ContactKind.CONFIDENTIAL]
    return PatientCard(
        id=record.id,
        account=record.account,
        version=record.version,
        name=list_name(d.last, d.first, d.middle, d.suffix),
        age=age_on(d.birth_date, d.deceased_on or read.today),
        patient=patients.typed_form(record),
        relationship=record.relationship,
        guarantor=_guarantor_card(read, record.guarantor_id),
        coverages=lines,
        contacts=contacts,
        confidential=next(iter(apart), None),
        registered_on=record.created_at.date(),
        privacy_flags=_privacy_flags(read, record.id),
    )


@query("patient.check", needs=Permission.REGISTER)
def check_patient(read: Reading, asked: CheckPatient) -> tuple[Problem, ...]:
    found, new = Findings(), asked.new
    judged(new, read.today, found)
    check_known(read, new, found, "")
    d = new.patient
    ids = tuple(each.member_id for each in new.coverages if each.member_id)
    alike = FindDuplicates(d.last, d.first, d.birth_date, d.phone, ids, asked.patient_id)
    for each in _duplicates(read, alike):
        line, said = each.patient, ", ".join(each.reasons)
        found.warn(
            "duplicate", "last",
            f"{line.name}, account {line.account}, born {show_date(line.birth_date)}, may be the same person: {said}.",
            "Open that patient, or go on if these are two people.",
        )  # fmt: skip
    return tuple(found.problems)


@query("patient.duplicates", needs=Permission.REGISTER)
def find_duplicates(read: Reading, asked: FindDuplicates) -> tuple[Duplicate, ...]:
    return _duplicates(read, asked)


@usecase("patient.register", needs=Permission.REGISTER, topics={"patients"})
def register_patient(work: Work, cmd: RegisterPatient) -> Registered:
    found = Findings()
    new = judged(cmd.new, work.today, found)
    check_known(work, new, found, "")
    found.raise_stops()
    (done,) = write(work, [new])
    work.entry.about("patient", done.patient_id, done.patient_id, coverages=len(new.coverages))
    return done


@usecase("patient.register_many", needs=Permission.REGISTER, topics={"patients"})
def register_patients(work: Work, cmd: RegisterPatients) -> tuple[Registered, ...]:
    found, ready = Findings(), []
    for at, each in enumerate(cmd.patients, 1):
        prefix = f"patient.{at}."
        ready.append(judged(each, work.today, found, prefix))
        check_known(work, ready[-1], found, prefix)
    found.raise_stops()
    done = write(work, ready)
    work.entry.about("patients", None, patients=len(done), coverages=sum(len(e.coverage_ids) for e in done))
    return done


def _duplicates(read: Reading, asked: FindDuplicates) -> tuple[Duplicate, ...]:
    reasons: dict[Id, list[str]] = {}
    key = name_key(asked.last, asked.first)
    if asked.birth_date is not None and asked.last and key:
        same_name = search.with_keys(read.conn, [key])
        born = {
            row.id for row in patients.list_rows(read.conn, same_name, read.today) if row.birth_date == asked.birth_date
        }
        for each in same_name:
            if each in born:
                reasons.setdefault(each, []).append("same name and birth date")
    phone = phone_stored(asked.phone) if asked.phone else None
    for each in search.with_keys(read.conn, [phone]) if phone else []:
        reasons.setdefault(each, []).append("same phone")
    for each in coverages.with_member_ids(read.conn, asked.member_ids) if asked.member_ids else []:
        reasons.setdefault(each, []).append("same member id")
    if asked.but is not None:
        reasons.pop(merged.survivor(read.conn, asked.but), None)
    return tuple(Duplicate(line, tuple(reasons[line.id])) for line in patient_lines(read, list(reasons)[:_MOST_ALIKE]))


def patient_lines(read: Reading, ids: Sequence[Id]) -> tuple[PatientLine, ...]:
    """Return what a list shows of these patients, in their order."""
    return tuple(
        PatientLine(
            id=row.id,
            account=row.account,
            name=list_name(row.last, row.first, row.middle, row.suffix),
            birth_date=row.birth_date,
            sex=row.sex,
            phone=row.phone,
            city=row.city,
            payer=row.payer,
            last_visit=row.last_visit,
            deceased=row.deceased_on is not None,
            flags=row.flags,
        )
        for row in (patients.list_rows(read.conn, ids, read.today) if ids else ())
    )


def _guarantor_card(read: Reading, guarantor_id: Id) -> GuarantorCard:
    same = merged.guarantors(read.conn, guarantor_id)
    record = patients.find_guarantor(read.conn, same[0])
    if record is None:
        raise Refused("This patient's guarantor is missing.")
    # A flag of a record that was joined holds as well: none of them may be lost by a merge.
    flags = {flag: on for each in reversed(same) for flag, on in _flags(read, each).items()}
    others = tuple(patients.of_guarantor(read.conn, guarantor_id))
    return GuarantorCard(record.id, patients.typed_guarantor(record.details), flags, others)


def _flags(read: Reading, guarantor_id: Id) -> Mapping[Flag, date]:
    record = patients.find_guarantor(read.conn, guarantor_id)
    return {} if record is None else record.flags


def _privacy_flags(read: Reading, patient_id: Id) -> tuple[str, ...]:
    kept = any(row.rule.stops for row in restrictions.of_patient(read.conn, patient_id))
    agreed = bool(privacy.agreed(read.conn, patient_id))
    return (*(("Kept from plans",) if kept else ()), *(("Agreed restriction",) if agreed else ()))


def _contact_line(record: patients.ContactRecord, today: date) -> ContactLine:
    d = record.details
    return ContactLine(record.id, d, d.first_day <= today and (d.last_day is None or d.last_day >= today))


_MOST_ALIKE = 5
