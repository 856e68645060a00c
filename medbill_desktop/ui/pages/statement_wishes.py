"""Beside the list of statements: hold somebody's, and say how they want their mail (BILLING S5)."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout

from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.money import format_cents
from medbill_desktop.domain.problems import Problem
from medbill_desktop.domain.statement_words import LANGUAGE_WORDS, Language
from medbill_desktop.domain.statements import Mailbox, Wish
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.theme import Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import ChoiceField, DateField, LineField
from medbill_desktop.ui.widgets.words import label
from medbill_desktop.usecases.statement_life import (
    MOST_REASON,
    GuarantorHolds,
    HoldStatements,
    ReleaseHold,
    SetMailWish,
    hold_statements,
    release_hold,
    set_mail_wish,
)

EVERYTHING: Final = "Every statement"
LETTERS: Final = ((False, "Usual letters"), (True, "Large letters, 18 points"))


@dataclass(frozen=True, slots=True)
class Chosen:
    """Whose mail it is about."""

    mailbox: Mailbox
    name: str = field(repr=False)


def open_hold(page: Page, chosen: Chosen, found: GuarantorHolds) -> PanelForm:
    """Offer to hold everything or one charge, and to release what is held."""

    def does() -> None:
        until = made.form.value("until")
        if not isinstance(until, date):
            made.form.show_problems([Problem("until", "until", "Type the last day of the hold.")])
            return
        charge: Any = made.form.value("charge")
        command = HoldStatements(
            page.desk.new_id(), chosen.mailbox.guarantor_id, made.form.text("reason"), until, charge
        )  # fmt: skip
        made.run(hold_statements, command, f"Held until {show_date(until)}.")

    words = "What is held stays off statements until the day, or until you release it."
    made = PanelForm(page, words, "Hold", does, keeps="mail.hold", about=chosen.mailbox.guarantor_id)
    charges: list[tuple[object, str]] = [(None, EVERYTHING)]
    charges += [
        (each.charge_id, f"{show_date(each.service_date)} {each.words}, {format_cents(each.owes_cents)}")
        for each in found.charges
    ]
    made.form.add("charge", "Hold", ChoiceField(charges, name="hold_charge"), 0, 0, 12)
    made.form.add("reason", "Why", LineField(name="hold_reason", most=MOST_REASON), 1, 0, 12)
    made.form.add("until", "Until", DateField(page.desk.clock.today, name="hold_until"), 2, 0, 6)
    column = made.layout()
    assert isinstance(column, QVBoxLayout)
    for each in reversed(found.holds):
        column.insertLayout(2, _hold_line(page, each.hold_id, f"{each.what}, until {show_date(each.until)}: "
                                                              f"{each.reason} ({each.made_by})"))  # fmt: skip
    made.open(f"Hold: {chosen.name}")
    return made


def _hold_line(page: Page, hold_id: Id, words: str) -> QVBoxLayout:
    both = QVBoxLayout()
    both.addWidget(label(words, Type.CAPTION, "2", wrap=True))

    @Slot(object)
    def done(_: object) -> None:
        page.shell.say("Released.")
        page.close_panel()

    def release() -> None:
        page.run(release_hold, ReleaseHold(page.desk.new_id(), hold_id), done)

    both.addWidget(Button("Release", name="release_hold", pressed=release))
    return both


def open_wish(page: Page, chosen: Chosen, wish: Wish) -> PanelForm:
    """Offer language and letters of the statements."""

    def does() -> None:
        language: Any = made.form.value("language")
        command = SetMailWish(
            page.desk.new_id(), chosen.mailbox.guarantor_id, language, bool(made.form.value("large_print"))
        )  # fmt: skip
        made.run(set_mail_wish, command, "Their next statement is made so.")

    words = "It holds for statements that are made from now on."
    made = PanelForm(page, words, "Save", does, keeps="mail.wish", about=chosen.mailbox.guarantor_id)
    languages = ChoiceField([(each, LANGUAGE_WORDS[each]) for each in Language], name="language")
    made.form.add("language", "Language", languages, 0, 0, 6)
    made.form.add("large_print", "Letters", ChoiceField(LETTERS, name="large_print"), 0, 6, 6)
    made.form.set_values({"language": wish.language, "large_print": wish.large_print})
    made.open(f"Letters: {chosen.name}")
    return made
