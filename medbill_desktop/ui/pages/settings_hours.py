"""The hours of the office, each weekday for itself: what is done outside them stands out in the audit log (A16)."""

from typing import Any

from PySide6.QtCore import Slot

from medbill_desktop.domain.office_hours import WEEKDAYS, OfficeHours, read_span
from medbill_desktop.domain.problems import Problem
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.settings_tab import FormTab
from medbill_desktop.ui.widgets.fields import Form, LineField
from medbill_desktop.ui.widgets.words import label
from medbill_desktop.usecases.watching import AskHours, SetHours, office_hours, set_hours

WORDS = (
    "Type hours as 8-17 or 8:30 am to 5 pm, and closed for a day off. Opening records outside them is no fault: it is"
    " shown to whoever reviews the audit log. Days that are past keep the hours they had."
)


class HoursTab(FormTab):
    """Seven lines."""

    keeps = "settings.hours"

    def __init__(self, page: Page) -> None:
        super().__init__(page, Form(columns=6), set_hours)
        self.form.add_widget(label(WORDS, ink="2", wrap=True), 0)
        for at, name in enumerate(WEEKDAYS, 1):
            self.form.add(name.lower(), name, LineField(name=f"hours_{name.lower()}", most=24), at, 0, 2)
        column = self.scrolled()
        column.addWidget(self.form)
        column.addWidget(self.trouble)
        column.addStretch(1)

    def fill(self) -> None:
        held = self.desk.ask(office_hours, AskHours())
        self.form.set_values({name.lower(): held.say(at) for at, name in enumerate(WEEKDAYS)})

    def send(self) -> None:
        spans: list[tuple[int, int] | None] = []
        problems = []
        for name in WEEKDAYS:
            try:
                spans.append(read_span(self.form.text(name.lower())))
            except ValueError:
                problems.append(Problem("hours", name.lower(), "Type hours like 8-17, or closed."))
        self.trouble.say("")
        if self.form.show_problems(problems) or problems:
            return
        command = SetHours(self.desk.new_id(), OfficeHours(tuple(spans)))
        self.page.jobs.start(set_hours, command).on(self._on_saved, self.refused)

    @Slot(object)
    def _on_saved(self, _: Any) -> None:
        self.saved("The office hours are saved.")
