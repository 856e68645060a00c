"""How registrations are judged against what is there, and written, one or ten thousand."""

from collections.abc import Sequence
from dataclasses import dataclass

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.patients import Flag, Relationship
from medbill_desktop.domain.problems import Findings, Refused
from medbill_desktop.domain.registration import NewPatient
from medbill_desktop.storage import catalogs, commands, coverages, merged, patients
from medbill_desktop.storage.tables import payer
from medbill_desktop.usecases.coverages import check_payer_wants
from medbill_desktop.usecases.declare import Reading, Work


@dataclass(frozen=True, slots=True)
class Registered:
    patient_id: Id
    guarantor_id: Id
    account: str
    coverage_ids: tuple[Id, ...]


def write(work: Work, judged: Sequence[NewPatient], refs: Sequence[str | None] = ()) -> tuple[Registered, ...]:
    """Write registrations that have been judged; `refs` are the names the patients have in the file they came from."""
    first = commands.next_number(work.conn, work.workstation, "account", len(judged)) if judged else 0
    records, guarantors, policies, contacts, done = [], [], [], [], []
    for at, new in enumerate(judged):
        patient_id, guarantor_id = work.new_id(), new.guarantor_id
        if guarantor_id is None:
            if new.guarantor is None:
                raise ValueError("a judged registration names its guarantor")
            guarantor_id = work.new_id()
            died = new.patient.deceased_on if new.relationship == Relationship.SELF else None
            flags = {} if died is None else {Flag.DECEASED: died}
            guarantors.append(patients.GuarantorRecord(guarantor_id, new.guarantor, work.now, flags))
        record = patients.PatientRecord(
            patient_id,
            f"{work.workstation}-{first + at}",
            new.patient,
            guarantor_id,
            new.relationship,
            work.now,
            source_ref=refs[at] if refs else None,
        )
        records.append(record)
        own = [coverages.NewCoverage(work.new_id(), patient_id, each) for each in new.coverages]
        policies += own
        contacts += [patients.ContactRecord(work.new_id(), patient_id, each) for each in new.contacts]
        done.append(Registered(patient_id, guarantor_id, record.account, tuple(each.id for each in own)))
    patients.add(work.conn, records, guarantors)
    coverages.add(work.conn, policies, work.now)
    patients.add_contacts(work.conn, contacts)
    return tuple(done)


def found_patient(read: Reading, patient_id: int) -> patients.PatientRecord:
    """Return the record, or the one that stands for it since a merge; raises Refused where there is none."""
    record = patients.find(read.conn, merged.survivor(read.conn, patient_id))
    if record is None:
        raise Refused("This patient is not in this practice.")
    return record


def check_known(read: Reading, new: NewPatient, found: Findings, prefix: str) -> None:
    """Stop a guarantor or payer that is not there."""
    if new.guarantor_id is not None and patients.find_guarantor(read.conn, new.guarantor_id) is None:
        found.stop("guarantor", f"{prefix}guarantor", "This guarantor does not exist.", "Choose another one.")
    payers = catalogs.known_ids(read.conn, payer, [each.payer_id for each in new.coverages]) if new.coverages else set()
    for at, each in enumerate(new.coverages, 1):
        if each.payer_id not in payers:
            found.stop("payer", f"{prefix}coverage.{at}.payer_id", "Choose the payer.", "Begin to type its name.")
        else:
            check_payer_wants(read, each, found, f"{prefix}coverage.{at}.")
