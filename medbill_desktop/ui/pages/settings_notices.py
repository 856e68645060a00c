"""The practice's notices of privacy practices, each from a day on (45 CFR 164.520)."""

from datetime import date
from typing import Any

from PySide6.QtCore import Slot

from medbill_desktop.domain.notices import Version
from medbill_desktop.domain.problems import Problem
from medbill_desktop.ui.help import Key
from medbill_desktop.ui.models.rows import Column, Kind
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.pages.settings_tab import SettingsTab
from medbill_desktop.ui.widgets.fields import DateField, LineField, NoteField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import label
from medbill_desktop.usecases.notices import AddNotice, ListNotices, NoticeText, add_notice, list_notices, notice_pdf

WORDS = (
    "A notice is never changed: when its text changes, add a new one with its first day. From then on every patient is"
    " to get it, and Today counts the visitors who have not."
)
COLUMNS = (
    Column("label", "Notice", Kind.NAME, stretch=True),
    Column("effective_on", "In force from", Kind.DATE, 140),
)


class NoticesTab(SettingsTab):
    """The newest first; Enter shows one as it is printed."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        empty = "No notice yet. Add the practice's own with Ctrl+N."
        self.table = Table(COLUMNS, name="notices", spoken="Notices", sizes=page.shell.sizes, empty=empty)
        words = label(WORDS, ink="2", wrap=True)
        words.setContentsMargins(8, 0, 0, 0)
        self.column.addWidget(words)
        self.column.addWidget(self.table, 1)
        add = self.button("Add a notice", "Ctrl+N", self._on_add, case=add_notice, name="add_notice")
        self.buttons = (add,)
        self.keys.append(Key("Enter", "Show the notice"))
        self.table.opened.connect(self._on_opened)

    def reload(self) -> None:
        found = self.desk.ask(list_notices, ListNotices())
        self.table.show_rows(found)

    def focus_first(self) -> None:
        self.table.setFocus()

    @Slot(object)
    def _on_opened(self, row: Version) -> None:
        self.page.ask(notice_pdf, NoticeText(row.id), self._on_pdf)

    @Slot(object)
    def _on_pdf(self, pdf: Any) -> None:
        self.page.shell.preview("Notice of privacy practices", pdf, suggested="notice.pdf")

    def _on_add(self) -> None:
        page = self.page

        def does() -> None:
            first = made.form.value("effective_on")
            if not isinstance(first, date):
                made.form.show_problems([Problem("day", "effective_on", "Type the first day.")])
                return
            command = AddNotice(page.desk.new_id(), made.form.text("label"), first, made.form.text("text"))
            made.run(add_notice, command, "The notice is kept.")

        made = PanelForm(page, "Paste the whole text. It is kept as it is.", "Keep it", does, keeps="notice")
        made.form.add("label", "Name", LineField("Such as 2026-02", most=60), 0, 0, 6)
        made.form.add("effective_on", "In force from", DateField(page.desk.clock.today), 0, 6, 6)
        made.form.add("text", "Text", NoteField(lines=14), 1, 0, 12)
        made.open("Add a notice")
