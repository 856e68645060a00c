"""The tab Unusual of the audit log: what stands out, why, and the rows behind it (SECURITY A16)."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from PySide6.QtCore import Signal, Slot

from medbill_desktop.domain.audit_facts import Finding
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.audit_panels import finding_panel
from medbill_desktop.ui.pages.settings_tab import SettingsTab
from medbill_desktop.ui.theme import Tone
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import DateField, Form
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import KeyLine, label
from medbill_desktop.usecases.audit_log import AuditLine, ListAudit, list_audit
from medbill_desktop.usecases.unusual import FindUnusual, find_unusual

DAYS_BACK = 30
WORDS = "A finding is a question, not a verdict."


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding as a row of the list."""

    id: int
    finding: Finding


COLUMNS = (
    Column("rule", "What stands out", Kind.STATUS, 236, value=lambda row: Status(Tone.WARN, str(row.finding.rule))),
    Column("day", "Day", Kind.DATE, 96, value=lambda row: row.finding.day),
    Column("person", "Person", Kind.NAME, 150, value=lambda row: row.finding.person),
    Column("text", "Why", stretch=True, value=lambda row: row.finding.text, drop=1),
    Column("rows", "Rows", Kind.COUNT, 64, value=lambda row: len(row.finding.seqs)),
)


class UnusualTab(SettingsTab):
    """Asked when it comes into sight, and again after other days were typed; each time is written down."""

    rows_wanted = Signal(object)  # a Finding

    no_draft = "Filters of a list."

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.days, self._shown = Form(columns=2), (date.min, date.min)
        today = page.desk.clock.today
        for at, (name, words) in enumerate((("since", "From"), ("until", "To"))):
            field = DateField(today, name=f"unusual_{name}")
            field.setFixedWidth(124)
            self.days.add(name, words, field, 0, at, 1)
            field.left.connect(self._on_days)
            field.returnPressed.connect(self._on_days)
        self.days.set_values({"since": today() - timedelta(days=DAYS_BACK), "until": today()})
        self.table = Table(COLUMNS, name="unusual", spoken="What is unusual", sizes=page.shell.sizes,
                           empty="Nothing stands out in these days.")  # fmt: skip
        self.inset(self.days, label(WORDS, ink="2"))
        self.column.addWidget(self.table, 1)
        self.inset(KeyLine(("Enter", "says why and shows the rows"), ("Esc", "closes")))
        self.table.opened.connect(self._on_opened)
        self.table.asked.connect(self._on_opened)

    def reload(self) -> None:
        self._shown = (date.min, date.min)
        self._on_days()

    def focus_first(self) -> None:
        self.table.setFocus()

    @Slot()
    def _on_days(self) -> None:
        since, until = self.days.value("since"), self.days.value("until")
        if problems := self.days.typed_problems():
            self.days.show_problems(problems, focus=False)
            return
        self.days.clear_problems()
        if not isinstance(since, date) or not isinstance(until, date) or (since, until) == self._shown:
            return
        self._shown = (since, until)
        self.page.problems.say()
        job = self.page.jobs.ask(find_unusual, FindUnusual(since, until), "Looking for what is unusual")
        job.on(self._on_found, self.page.say_error)

    @Slot(object)
    def _on_found(self, found: tuple[Finding, ...]) -> None:
        self.table.show_rows(FindingRow(at, each) for at, each in enumerate(found))

    @Slot(object)
    def _on_opened(self, row: Any) -> None:
        finding: Finding = row.finding
        asked = ListAudit(seqs=finding.seqs)
        self.page.ask(list_audit, asked, lambda lines: self._show(finding, lines))

    def _show(self, finding: Finding, lines: tuple[AuditLine, ...]) -> None:
        button = Button("Show them in the log", "Ctrl+G", pressed=lambda: self.rows_wanted.emit(finding))
        self.page.open_panel(str(finding.rule), finding_panel(finding, lines), buttons=(button,))
