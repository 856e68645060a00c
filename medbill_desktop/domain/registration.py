"""A registration judged whole: patient, guarantor, coverages and contacts (BILLING R1, R2, R4, R13)."""

from dataclasses import dataclass, field, replace
from datetime import date

from medbill_desktop.domain.coverages import CoverageDetails, Held, check_overlap, checked_coverage
from medbill_desktop.domain.fields import Form
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.patients import (
    ContactDetails,
    GuarantorDetails,
    PatientDetails,
    as_guarantor,
    check_guarantor_choice,
    checked_contact,
    checked_guarantor,
    checked_patient,
    warn_of_address,
)
from medbill_desktop.domain.problems import Findings


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

    @property
    def own_guarantor(self) -> bool:
        return self.guarantor is None and self.guarantor_id is None


def judged(new: NewPatient, today: date, found: Findings, prefix: str = "", *, imported: bool = False) -> NewPatient:
    """Return the registration as it is stored, a new guarantor always filled in; problems go to `found`.

    Fields are named `last`, `guarantor.street`, `coverage.1.member_id`, `contact.2.phone`.
    """
    patient = checked_patient(new.patient, today, found, prefix)
    check_guarantor_choice(patient, new.own_guarantor, new.relationship, today, found, prefix)
    guarantor = None
    if new.own_guarantor:
        guarantor = as_guarantor(patient)
        warn_of_address(guarantor, Form(found, prefix))
    elif new.guarantor is not None:
        guarantor = checked_guarantor(new.guarantor, found, f"{prefix}guarantor.")
    coverages: list[CoverageDetails] = []
    for at, each in enumerate(new.coverages, 1):
        where = f"{prefix}coverage.{at}."
        made = checked_coverage(each, today, found, where, imported=imported)
        others = [Held(Id(n), one.rank, one.first_day, one.last_day) for n, one in enumerate(coverages)]
        check_overlap(made, others, found, where)
        coverages.append(made)
    contacts = tuple(checked_contact(each, found, f"{prefix}contact.{at}.") for at, each in enumerate(new.contacts, 1))
    return replace(new, patient=patient, guarantor=guarantor, coverages=tuple(coverages), contacts=contacts)
