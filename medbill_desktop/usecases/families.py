"""Everyone whose statement one guarantor gets, and what each owes (BILLING G1, R13)."""

from dataclasses import dataclass, field

from medbill_desktop.domain.dates import age_on
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import ZERO, Cents, total
from medbill_desktop.domain.patients import ADULT
from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import accounts, merged, patients
from medbill_desktop.usecases.declare import Reading, query
from medbill_desktop.usecases.patients import PatientLine, patient_lines


@dataclass(frozen=True, slots=True)
class FamilyOf:
    guarantor_id: Id


@dataclass(frozen=True, slots=True)
class Member:
    """One patient of the guarantor; `owes_cents` is what sits with a guarantor, whoever that was at the time."""

    id: Id
    patient: PatientLine
    relationship: str = field(repr=False)
    minor: bool
    owes_cents: Cents
    with_insurance_cents: Cents


@dataclass(frozen=True, slots=True)
class Family:
    guarantor_id: Id
    guarantor: str = field(repr=False)
    members: tuple[Member, ...]
    owes_cents: Cents
    with_insurance_cents: Cents
    credit_cents: Cents
    own_minor: tuple[Id, ...]  # minors who are their own guarantor: an adult must have signed


@query("guarantor.family", needs=Permission.VIEW_ACCOUNT, audit="guarantor.family")
def family_of(read: Reading, asked: FamilyOf) -> Family:
    root = merged.payer_of_bills(read.conn, asked.guarantor_id)
    record = patients.find_guarantor(read.conn, root)
    if record is None:
        raise Refused("This guarantor is not in this practice.")
    read.entry.about("guarantor", root)
    members = tuple(_member(read, line) for line in patient_lines(read, patients.of_guarantor(read.conn, root)))
    return Family(
        root,
        record.details.mailing_name,
        members,
        total(each.owes_cents for each in members),
        total(each.with_insurance_cents for each in members),
        accounts.credits(read.conn, [root]).get(root, ZERO),
        tuple(each.id for each in members if each.minor and each.relationship == "self"),
    )


def _member(read: Reading, line: PatientLine) -> Member:
    sums = accounts.sums_of_patient(read.conn, line.id).values()
    record = patients.find(read.conn, line.id)
    relationship = "" if record is None else record.relationship
    return Member(
        line.id,
        line,
        relationship,
        age_on(line.birth_date, read.today) < ADULT,
        total(each.owes_cents for each in sums),
        total(each.pending_cents for each in sums),
    )
