"""Taking back one write-off or transfer of a charge, chosen among those that stand (BILLING J3)."""

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import format_cents
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_actions import name_of
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.widgets.fields import ChoiceField
from medbill_desktop.usecases.accounts import AccountLine, Entry, Explanation
from medbill_desktop.usecases.adjustments import UndoAdjustment, undo_adjustment

KINDS = frozenset({"adjustment", "transfer"})


def standing(found: Explanation) -> list[Entry]:
    """Return the write-offs and transfers of a charge that stand, the newest first."""
    return [each for each in reversed(found.entries) if each.kind in KINDS and not each.undone and each.posting_id]


def open_undo_adjustment(page: Page, line: AccountLine, found: Explanation) -> PanelForm | None:
    """Ask which one; what was paid on it since becomes credit again. Nothing opens where none stands."""
    entries = standing(found)
    if not entries:
        return None

    def does() -> None:
        chosen = made.form.value("entry")
        if isinstance(chosen, int):
            made.run(undo_adjustment, UndoAdjustment(page.desk.new_id(), Id(chosen)), "Taken back.")

    choices = [
        (each.posting_id, f"{each.posted_on:%m/%d/%Y} {each.words}, {_amount(each)}") for each in entries
    ]  # fmt: skip
    words = f"{name_of(line)}. The books keep both; what was paid on it since becomes credit again."
    made = PanelForm(page, words, "Take it back", does, keeps="account.undo", about=line.charge_id)
    made.form.add("entry", "Which one", ChoiceField(choices, name="undo_entry"), 0, 0, 12)
    made.open("Undo a write-off or transfer")
    return made


def _amount(entry: Entry) -> str:
    """Return how much it moved; a transfer changes no sum, so that its detail says it."""
    return format_cents(abs(entry.cents)) if entry.cents else entry.detail.split(",")[0]
