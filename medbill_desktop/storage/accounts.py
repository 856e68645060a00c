"""What each guarantor and patient owes, summed from the journal."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import Cents


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A charge on which the guarantor or a plan owes something, or too much was paid."""

    charge_id: Id
    visit_id: Id
    guarantor_id: Id
    patient_id: Id
    service_date: date
    generic_words: str = field(repr=False)
    charged_cents: Cents
    insurance_paid_cents: Cents
    adjusted_cents: Cents
    patient_paid_cents: Cents
    owes_cents: Cents  # by the guarantor
    pending_cents: Cents  # by plans
    since: date | None  # the day the balance became the patient's (BILLING S7); None where nothing is theirs


def open_items(conn: Connection, guarantor_ids: Sequence[int] | None = None) -> list[OpenItem]:
    """Return the open charges of the guarantors, or of all, by guarantor and service date."""
    raise NotImplementedError


def credits(conn: Connection, guarantor_ids: Sequence[int] | None = None) -> dict[Id, Cents]:
    """Return the unapplied credit of each guarantor that has some, as a positive amount."""
    raise NotImplementedError
