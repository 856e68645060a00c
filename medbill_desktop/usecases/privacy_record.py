"""All of a patient's privacy in one look: notices, what is kept from plans, authorizations, disclosures, estimates."""

from dataclasses import dataclass, field
from typing import Final

from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import format_cents
from medbill_desktop.domain.users import Permission
from medbill_desktop.storage import charges, merged, privacy, visits
from medbill_desktop.storage.privacy import DisclosureRow as DisclosureRow
from medbill_desktop.storage.privacy import EstimateRow as EstimateRow
from medbill_desktop.storage.privacy import OtherRow as OtherRow
from medbill_desktop.usecases.declare import Reading, query
from medbill_desktop.usecases.disclosures import HeldLine, held_lines
from medbill_desktop.usecases.notices import NoticeStanding, standing_of
from medbill_desktop.usecases.restrictions import RestrictionLine, restriction_lines

MOST_VISITS: Final = 40  # that a form offers, the newest


@dataclass(frozen=True, slots=True)
class OpenPrivacy:
    patient_id: Id


@dataclass(frozen=True, slots=True)
class Service:
    """What can be kept from plans: a visit (`charge_id` None), or one of its services."""

    visit_id: Id
    charge_id: Id | None
    words: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class PrivacyRecord:
    patient_id: Id
    notices: NoticeStanding
    restrictions: tuple[RestrictionLine, ...]
    others: tuple[OtherRow, ...]
    authorizations: tuple[HeldLine, ...]
    disclosures: tuple[DisclosureRow, ...]
    estimates: tuple[EstimateRow, ...]
    services: tuple[Service, ...] = field(repr=False)


@query("privacy.open", needs=Permission.VIEW_ACCOUNT, audit="privacy.open")
def open_privacy(read: Reading, asked: OpenPrivacy) -> PrivacyRecord:
    """Return everything that was noted of a patient's privacy, the newest first in each list."""
    patient_id = merged.survivor(read.conn, asked.patient_id)
    read.entry.about("patient", patient_id, patient_id)
    return PrivacyRecord(
        patient_id,
        standing_of(read, patient_id),
        restriction_lines(read, patient_id),
        tuple(privacy.others(read.conn, patient_id)),
        held_lines(read, patient_id),
        tuple(privacy.disclosures(read.conn, patient_id)),
        tuple(privacy.estimates_of(read.conn, patient_id)),
        _services(read, patient_id),
    )


def _services(read: Reading, patient_id: Id) -> tuple[Service, ...]:
    alive = [each for each in charges.of_patient(read.conn, patient_id) if each.voided_at is None]
    out: list[Service] = []
    for visit in visits.of_patient(read.conn, patient_id)[:MOST_VISITS]:
        day = show_date(visit.service_date)
        out.append(Service(visit.id, None, f"{day}, whole visit"))
        out += [
            Service(visit.id, each.id, f"{day}, {each.description}, {format_cents(each.amount_cents)}")
            for each in alive
            if each.visit_id == visit.id
        ]
    return tuple(out)
