"""Change a patient, who pays for them, where they are reached and what is noted of them (BILLING R1, R11, R13)."""

from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from typing import Final

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.patients import (
    ContactDetails,
    Flag,
    GuarantorDetails,
    PatientDetails,
    Relationship,
    as_guarantor,
    checked_contact,
    checked_guarantor,
    checked_patient,
)
from medbill_desktop.domain.problems import Findings, Invalid, Problem, Refused
from medbill_desktop.domain.registration import NewPatient, judged
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import merged, patients
from medbill_desktop.usecases.declare import Work, usecase
from medbill_desktop.usecases.registering import check_known, found_patient

MEANWHILE: Final = Problem(
    "changed", "version", "Someone else changed this patient while you were typing. Nothing was changed.",
    "Open the patient again and compare.",
)  # fmt: skip


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
class ChangeGuarantor:
    """Someone else pays for services from `first_day` on; what is owed already stays with who owes it.

    None is every service that is charged from now on. The patient pays, where neither `guarantor` nor
    `guarantor_id` is given.
    """

    id: Id
    patient_id: Id
    version: int
    relationship: str = field(repr=False)
    guarantor: GuarantorDetails | None = field(default=None, repr=False)
    guarantor_id: Id | None = None
    first_day: date | None = None


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


@usecase("patient.change", needs=Permission.REGISTER, topics={"patients"})
def change_patient(work: Work, cmd: ChangePatient) -> int:
    """Return the new version; refused where someone else changed the patient meanwhile."""
    found, record = Findings(), found_patient(work, cmd.patient_id)
    details = checked_patient(cmd.patient, work.today, found)
    own = record.relationship == Relationship.SELF
    guarantor = as_guarantor(details) if own else None
    if cmd.guarantor is not None and not own:
        guarantor = checked_guarantor(cmd.guarantor, found, "guarantor.")
    found.raise_stops()
    changed = replace(record, details=details, version=cmd.version + 1)
    if not patients.change(work.conn, record, changed, cmd.version):
        raise Invalid([MEANWHILE])
    if guarantor is not None:
        patients.change_guarantor(work.conn, record.guarantor_id, guarantor)
    if own and details.deceased_on != record.details.deceased_on:
        patients.set_flag(work.conn, record.guarantor_id, Flag.DECEASED, details.deceased_on)
    # Names of fields only: the log never holds what was typed.
    fields_changed = sorted(
        f.name for f in fields(details) if getattr(details, f.name) != getattr(record.details, f.name)
    )
    work.entry.about("patient", record.id, record.id, changed=", ".join(fields_changed), version=changed.version)
    return changed.version


@usecase("patient.guarantor", needs=Permission.REGISTER, topics={"patients"})
def change_guarantor(work: Work, cmd: ChangeGuarantor) -> int:
    """Return the new version of the patient."""
    found, record = Findings(), found_patient(work, cmd.patient_id)
    asked = NewPatient(patients.typed_form(record), cmd.guarantor, cmd.guarantor_id, cmd.relationship)
    made = judged(asked, work.today, found)
    check_known(work, made, found, "")
    if cmd.first_day is not None and cmd.first_day > work.today:
        found.stop("future", "first_day", "The day lies in the future.", "Change the guarantor on that day.")
    found.raise_stops()
    guarantor_id = made.guarantor_id
    if guarantor_id is None and made.guarantor is not None:
        guarantor_id = work.new_id()
        patients.add(work.conn, [], [patients.GuarantorRecord(guarantor_id, made.guarantor, work.now)])
    if guarantor_id is None:
        raise ValueError("a judged registration names its guarantor")
    changed = replace(record, guarantor_id=guarantor_id, relationship=made.relationship, version=cmd.version + 1)
    if not patients.change(work.conn, record, changed, cmd.version):
        raise Invalid([MEANWHILE])
    if cmd.first_day is not None:
        last_day = cmd.first_day - timedelta(days=1)
        patients.add_period(work.conn, work.new_id(), record, last_day, work.user.id, work.now)
    work.entry.about("patient", record.id, record.id, before=record.guarantor_id, after=guarantor_id)
    return changed.version


@usecase("patient.contact", needs=Permission.REGISTER, topics={"patients"})
def save_contact(work: Work, cmd: SaveContact) -> Id:
    found, record = Findings(), found_patient(work, cmd.patient_id)
    details = checked_contact(cmd.contact, found)
    found.raise_stops()
    contact_id = cmd.contact_id if cmd.contact_id is not None else work.new_id()
    row = patients.ContactRecord(contact_id, record.id, details)
    if cmd.contact_id is None:
        patients.add_contacts(work.conn, [row])
    elif not patients.change_contact(work.conn, row):
        raise Refused("This contact does not exist any more. Nothing was changed.")
    work.entry.about("contact", contact_id, record.id, of_kind=details.kind, changed=cmd.contact_id is not None)
    return contact_id


@usecase("guarantor.flag", needs=Permission.REGISTER, topics={"patients"})
def set_flag(work: Work, cmd: SetFlag) -> None:
    if cmd.on is not None and cmd.on > work.today:
        raise Invalid([Problem("flag", "on", "The day lies in the future.", "Choose today or an earlier day.")])
    if patients.find_guarantor(work.conn, cmd.guarantor_id) is None:
        raise Refused("This guarantor does not exist. Nothing was changed.")
    same = merged.guarantors(work.conn, cmd.guarantor_id)
    # A flag of any record of a guarantor holds, so that it is taken from all of them.
    for each in same if cmd.on is None else same[:1]:
        patients.set_flag(work.conn, each, cmd.flag, cmd.on)
    work.entry.about("guarantor", cmd.guarantor_id, flag=str(cmd.flag), set=cmd.on is not None)
