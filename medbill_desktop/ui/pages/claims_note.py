"""What the Charges page says of the claims that its charges made."""

from PySide6.QtCore import QObject, Slot

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import format_cents
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.theme import Tone
from medbill_desktop.usecases.claims import ClaimsMade, ClaimsOfVisits, claims_of_visits


class ClaimsNote(QObject):
    """Says on top of a page which drafts were made for visits; it goes with the next batch."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._page = page

    def look(self, visit_ids: tuple[Id, ...]) -> None:
        self._page.ask(claims_of_visits, ClaimsOfVisits(visit_ids), self._on_found)

    @Slot(object)
    def _on_found(self, made: ClaimsMade) -> None:
        if words := note_words(made):
            self._page.problems.say((words, Tone.OK))


def note_words(made: ClaimsMade) -> str:
    """Return one sentence; empty where no plan is told of anything."""
    if not made.claims:
        return ""
    if made.only is None:
        return f"{made.claims:,} claim drafts over {format_cents(made.cents)}."
    one = made.only
    lines = "1 charge" if one.lines == 1 else f"{one.lines} charges"
    return f"Claim draft {one.number} to {one.payer}, member id {one.member_id}: {lines}, {format_cents(made.cents)}."
