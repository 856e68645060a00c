"""After a death: the day, and who settles the estate and gets the mail (BILLING S5)."""

from dataclasses import fields
from datetime import date
from typing import Any, Final

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout

from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.estates import REPRESENTATIVE_WORDS, Estate, Representative
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.theme import Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import ChoiceField, DateField, LineField
from medbill_desktop.ui.widgets.words import label
from medbill_desktop.usecases.estates import EndEstate, EstateCard, EstateLine, NoteEstate, end_estate, note_estate

WORDS: Final = (
    "What is owed goes to the estate from that day on, in words for mourners and without dunning. It wins over every"
    " other address. Without an address the last one is used."
)
PLACES: Final = (
    ("representative", "Who settles it", 2, 0, 12),
    ("street", "Street", 3, 0, 12), ("street2", "Second line", 4, 0, 12),
    ("city", "City", 5, 0, 12), ("state", "State", 6, 0, 4), ("zip", "ZIP", 6, 4, 8), ("phone", "Phone", 7, 0, 6),
)  # fmt: skip


def open_estate_form(page: Page, card: EstateCard) -> PanelForm:
    """Show who settles the estate, and take a new one."""
    today = page.desk.clock.today

    def does() -> None:
        died, first = made.form.value("died_on"), made.form.value("first_day")
        typed: dict[str, Any] = {name: made.form.text(name) for name, *_ in PLACES}
        estate = Estate(first if isinstance(first, date) else today(), made.form.text("role"), **typed)
        command = NoteEstate(
            page.desk.new_id(), card.guarantor_id, died if isinstance(died, date) else None, estate
        )  # fmt: skip
        made.run(note_estate, command, "Their next statement goes to the estate.")

    made = PanelForm(page, WORDS, "Save", does, keeps="mail.estate" if page.patient_id is None else "estate")
    made.form.add("died_on", "Died on", DateField(today, name="estate_died"), 0, 0, 6)
    made.form.add("first_day", "Mail goes there from", DateField(today, name="estate_from"), 0, 6, 6)
    roles = [(each, REPRESENTATIVE_WORDS[each]) for each in Representative]
    made.form.add("role", "By what right", ChoiceField(roles, name="estate_role"), 1, 0, 12)
    for name, words, row, at, wide in PLACES:
        made.form.add(name, words, LineField(name=f"estate_{name}"), row, at, wide)
    live = next((each for each in card.lines if each.in_force), None)
    values = {"died_on": card.died_on, "first_day": today(), "role": Representative.UNKNOWN}
    if live is not None:
        values |= {each.name: getattr(live.estate, each.name) for each in fields(Estate) if each.name != "first_day"}
    made.form.set_values(values)
    column = made.layout()
    assert isinstance(column, QVBoxLayout)
    for each in reversed(card.lines):
        column.insertLayout(1, _line(page, each))
    made.open(f"Estate: {card.name}")
    return made


def say_estate(line: EstateLine) -> str:
    """Return who got the mail, and when, in one line."""
    who = line.estate.representative or "Nobody is known"
    where = ", ".join(each for each in (line.estate.street, line.estate.city) if each) or "the last address"
    until = "" if line.ended_on is None else f" until {show_date(line.ended_on)}"
    return f"{who}, {where}, from {show_date(line.estate.first_day)}{until}"


def _line(page: Page, line: EstateLine) -> QVBoxLayout:
    both = QVBoxLayout()
    both.addWidget(label(say_estate(line), Type.CAPTION, "" if line.in_force else "2", wrap=True))

    @Slot(object)
    def done(_: object) -> None:
        page.shell.say("Ended; nobody gets mail about it now.")
        page.close_panel()

    if line.in_force and page.desk.may(end_estate):
        command = EndEstate(page.desk.new_id(), line.estate_id)
        both.addWidget(Button("They settle it no more", name="end_estate",
                              pressed=lambda: page.run(end_estate, command, done)))  # fmt: skip
    return both
