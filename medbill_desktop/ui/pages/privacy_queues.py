"""What waits for privacy, as lines of Today: failed payments of kept services, notices to give (BILLING R9, H32)."""

from medbill_desktop.ui.models.rows import Status
from medbill_desktop.ui.pages.today_queues import QueueRow
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.theme import Tone
from medbill_desktop.usecases.notices import PrivacyWaiting

PRIVACY_ORDER = ("risk", "notices")


def privacy_rows(found: PrivacyWaiting) -> list[QueueRow]:
    """Return the lines that have something, each leading to the first patient it is about."""
    rows = []
    if found.first_at_risk is not None:
        place = PatientPlace(found.first_at_risk, "privacy")
        rows.append(QueueRow("risk", "Kept from plans, and the payment failed", Status(Tone.STOP, "To obtain"),
                             found.at_risk, found.oldest_risk, page="patient", place=place))  # fmt: skip
    if found.first_visitor is not None:
        place = PatientPlace(found.first_visitor, "privacy")
        rows.append(QueueRow("notices", "Visitors of today without a signed notice", Status(Tone.WARN, "To give"),
                             found.notices, page="patient", place=place))  # fmt: skip
    return rows
