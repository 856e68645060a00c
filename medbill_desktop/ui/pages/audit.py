"""The audit log: who did what, what stands out, and the weekly review (SECURITY A8, A15-A17).

`shell.go("audit", PatientPlace(id, "access"))` shows who opened a patient's record.
"""

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar

from medbill_desktop.domain.audit_facts import Finding
from medbill_desktop.domain.audit_terms import OUTCOMES
from medbill_desktop.domain.audit_words import FAMILIES, named_like, say_action, say_outcome
from medbill_desktop.domain.dates import show_date
from medbill_desktop.ui.help import Key
from medbill_desktop.ui.jobs import Job, Jobs
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.audit_access import AccessTab
from medbill_desktop.ui.pages.audit_emergency import EmergencyTab
from medbill_desktop.ui.pages.audit_keeping import KeepingTab
from medbill_desktop.ui.pages.audit_panels import row_panel, tone_of
from medbill_desktop.ui.pages.audit_unusual import UnusualTab
from medbill_desktop.ui.pages.audit_verdict import TITLE, VerdictPanel
from medbill_desktop.ui.pages.audit_weeks import WeeksTab
from medbill_desktop.ui.pages.backup_texts import say_moment
from medbill_desktop.ui.pages.settings_tab import SettingsTab
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Metric
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import ChoiceField, DateField, Form
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.type_ahead import Suggestion, TypeAhead
from medbill_desktop.ui.widgets.words import KeyLine, label, reveal, rule
from medbill_desktop.usecases.audit_anchors import PrintAnchor, VerifyAudit, print_anchor, verify_audit
from medbill_desktop.usecases.audit_chain import AuditVerdict
from medbill_desktop.usecases.audit_log import (
    AuditLine,
    ExportAudit,
    ListAudit,
    ListPeople,
    export_audit,
    list_audit,
    list_people,
)
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.emergency import list_alerts
from medbill_desktop.usecases.own_staff import AskScope, log_scope
from medbill_desktop.usecases.patients import FindPatients, find_patients, open_patient

AT_ONCE = 200
MOST_FOUND = 10
OPENING = "Opening a record"
OWN_STAFF = "Your own staff: what owners and officers did is left out."

COLUMNS = (
    Column("seq", "Row", Kind.COUNT, 72),
    Column("at", "When", Kind.CODE, 160, value=lambda row: say_moment(row.at)),
    Column("user_name", "Person", Kind.NAME, 120),
    Column("action", "What was done", stretch=True, value=lambda row: say_action(row.action)),
    Column("patient", "Patient", Kind.NAME, 190, drop=1),
    Column("workstation", "Computer", Kind.COUNT, 80, drop=2),
    Column(
        "outcome", "Outcome", Kind.STATUS, 112,
        value=lambda row: Status(tone_of(row.outcome), say_outcome(row.outcome)),
    ),
)  # fmt: skip


class AuditPage(Page):
    """The log, what is unusual in it, and its weekly review."""

    topics = frozenset({"review", "emergency"})

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Audit log")
        self.log, self.unusual, self.weeks = LogTab(self), UnusualTab(self), WeeksTab(self)
        self.tabs: tuple[tuple[str, SettingsTab], ...] = (
            ("Log", self.log),
            ("Unusual", self.unusual),
            ("Weekly review", self.weeks),
        )
        if desk.may(list_alerts):
            self.tabs = (*self.tabs, ("Emergency access", EmergencyTab(self)))
        self.tabs = (*self.tabs, ("Access review", AccessTab(self)), ("Keeping", KeepingTab(self)))
        self._bar, self._pages = QTabBar(), QStackedWidget()
        self._bar.setExpanding(False)
        self._bar.setDrawBase(False)
        self._bar.setAccessibleName("Parts of the audit log")
        self._verify = self.button("Verify now", "Ctrl+E", self._on_verify, case=verify_audit, name="verify_audit",
                                   icon_name="ph.shield-check")  # fmt: skip
        self._print = self.button("Print an anchor", "Ctrl+Shift+A", self._on_print, case=print_anchor,
                                  name="print_anchor", icon_name="ph.printer")  # fmt: skip
        self.tools(self._print, self._verify)
        self.body.setSpacing(0)
        self.add(self._bar)
        self.add(rule())
        self.add(self._pages, 1, edge=Metric.PAGE - Metric.CELL_PAD)
        for at, (title, tab) in enumerate(self.tabs):
            self._bar.addTab(title)
            self._bar.setTabToolTip(at, f"{title} (Alt+{at + 1})")
            self._pages.addWidget(tab)
            self.action(title, f"Alt+{at + 1}", partial(self._bar.setCurrentIndex, at))
        self.action_bar.add(*self.log.buttons)
        self._common = [*self.keys, Key("Enter", "Show all of the chosen row")]
        self._bar.currentChanged.connect(self._on_tab)
        self.unusual.rows_wanted.connect(self._on_rows_wanted)
        self._on_tab(0)

    @property
    def tab(self) -> SettingsTab:
        return self.tabs[self._bar.currentIndex()][1]

    def open(self, place: object) -> None:
        if isinstance(place, PatientPlace):
            self._bar.setCurrentIndex(0)
            self.log.show_patient(place)
        elif place == "unusual":
            self._go_to("Unusual")
        elif place == "review":
            self._bar.setCurrentIndex(2)
        elif place == "emergency":
            self._go_to("Emergency access")
        elif place == "access":
            self._go_to("Access review")
        elif place == "keeping":
            self._go_to("Keeping")

    def _go_to(self, title: str) -> None:
        self._bar.setCurrentIndex([each for each, _ in self.tabs].index(title))

    def reload(self) -> None:
        self.say_title("Audit log", "" if self.desk.ask(log_scope, AskScope()) else OWN_STAFF)
        self.tab.reload()

    def leave(self) -> None:
        self.close_panel()
        self.log.forget()

    def focus_first(self) -> None:
        self.tab.focus_first()

    @Slot(int)
    def _on_tab(self, at: int) -> None:
        tab = self.tab
        self.put_panel_away()
        self.problems.say()
        self._pages.setCurrentWidget(tab)
        reveal(self.action_bar, tab is self.log)
        self.keys = [*self._common, *tab.keys]
        if self.isVisible():
            tab.reload()
            tab.focus_first()

    @Slot(object)
    def _on_rows_wanted(self, finding: Finding) -> None:
        self._bar.setCurrentIndex(0)
        self.log.show_rows_of(finding)

    def _on_verify(self) -> None:
        self._verify.setEnabled(False)
        job = self.jobs.ask(verify_audit, VerifyAudit(), "Verifying the audit log")
        job.on(self._on_verdict, self.say_error, self._on_verified)

    @Slot()
    def _on_verified(self) -> None:
        self._verify.setEnabled(True)

    @Slot(object)
    def _on_verdict(self, verdict: AuditVerdict) -> None:
        panel = VerdictPanel(self, verdict, self.desk.clock.now(), self._on_verdict)
        self.open_panel(TITLE, panel, buttons=panel.buttons)

    def _on_print(self) -> None:
        self.ask(print_anchor, PrintAnchor(), self._on_printed)

    @Slot(object)
    def _on_printed(self, pdf: bytes) -> None:
        self.shell.preview("Audit anchor", pdf, suggested="audit-anchor.pdf")


class LogTab(SettingsTab):
    """Rows, newest first, a page at a time as they come in sight; each page that is read is itself a row."""

    no_draft = "Filters of a list."

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.lines: list[AuditLine] = []
        self._filter, self._whole = ListAudit(limit=AT_ONCE), False
        self._asked: Job | None = None
        self._behind: Finding | None = None
        self.filters = self._make_filters()
        self.table = Table(COLUMNS, name="audit", spoken="Audit log", sizes=page.shell.sizes,
                           empty="No row answers to this.")  # fmt: skip
        self._only = label(ink="2", name="only_rows")
        self._all = Button("Show all rows", kind="link", pressed=self.show_all)
        self._patient = self.button("Open the patient", "Ctrl+O", self._on_patient, case=open_patient)
        self._export = self.button("Export these rows", "Ctrl+S", self._on_export, case=export_audit,
                                   name="export_audit", icon_name="ph.file-arrow-down")  # fmt: skip
        self.buttons = (self._patient, self._export)
        across = QHBoxLayout()
        across.setContentsMargins(Metric.CELL_PAD, 0, 0, 0)
        across.addWidget(self.filters)
        self.column.addLayout(across)
        self.inset(self._only, self._all)
        self.column.addWidget(self.table, 1)
        self.inset(KeyLine(("Enter", "shows all of a row"), ("Esc", "closes"), ("Shift+Tab", "goes to the filters")))
        self.table.opened.connect(self._on_opened)
        self.table.asked.connect(self._on_opened)
        self.table.chosen.connect(self._on_chosen)
        self.table.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self._show_only()

    def _make_filters(self) -> Form:
        form, today = Form(columns=16), self.page.desk.clock.today
        self.person = ChoiceField([(None, "Everybody")], name="audit_person")
        self.patient = TypeAhead(self._search, "Name or account", name="audit_patient")
        self.action = TypeAhead(_actions, "Anything", name="audit_action", on_empty=True)
        self.outcome = ChoiceField([("", "Any"), *OUTCOMES.items()], name="audit_outcome")
        form.add("person", "Person", self.person, 0, 0, 2)
        form.add("patient", "Patient", self.patient, 0, 2, 3)
        form.add("action", "What was done", self.action, 0, 5, 3)
        form.add("outcome", "Outcome", self.outcome, 0, 8, 2)
        form.add("since", "From", DateField(today, name="audit_since"), 0, 10, 3)
        form.add("until", "To", DateField(today, name="audit_until"), 0, 13, 3)
        for choice in (self.person, self.outcome):
            choice.activated.connect(self._on_filter)
        for name in ("patient", "action", "since", "until"):
            field: Any = form.fields[name].field
            field.left.connect(self._on_filter)
            field.returnPressed.connect(self._on_filter)
        for ahead in (self.patient, self.action):
            ahead.picked.connect(self._on_filter)
        return form

    def reload(self) -> None:
        people = self.page.desk.ask(list_people, ListPeople())
        chosen = self.person.value()
        words = [(each.id, each.name if each.active else f"{each.name} (left)") for each in people]
        self.person.offer([(None, "Everybody"), *words])
        self.person.set_value(chosen)
        self._read(self._wanted())

    def focus_first(self) -> None:
        self.table.setFocus()

    def forget(self) -> None:
        """Whose record was looked for does not stay (SECURITY P14)."""
        self.patient.forget()
        self.lines = []
        self._behind = None
        self.table.show_rows([], keep=False)
        self.page._stale = True

    def show_patient(self, place: PatientPlace) -> None:
        """Show who opened this patient's record."""
        self.filters.clear()
        self.action.fill(tuple(FAMILIES[OPENING]), OPENING)
        self.patient.fill(place.patient_id, "The patient you came from")
        self._behind = None
        self._read(self._wanted())

    def show_rows_of(self, finding: Finding) -> None:
        """Show the rows behind a finding and no others."""
        self.filters.clear()
        self._behind = finding
        self._read(self._wanted())

    def show_all(self) -> None:
        self.filters.clear()
        self._behind = None
        self._read(self._wanted())
        self.table.setFocus()

    def _wanted(self) -> ListAudit:
        action, patient, person = self.action.value(), self.patient.value(), self.person.value()
        return ListAudit(
            limit=AT_ONCE,
            user_id=person if isinstance(person, int) else None,
            patient_id=patient if isinstance(patient, int) else None,
            actions=action if isinstance(action, tuple) else (),
            seqs=() if self._behind is None else self._behind.seqs,
            outcome=str(self.outcome.value() or ""),
            since=_midnight(self.filters.value("since")),
            until=_midnight(self.filters.value("until"), days=1),
        )

    @Slot()
    def _on_filter(self, *_: object) -> None:
        if problems := self.filters.typed_problems():
            self.filters.show_problems(problems, focus=False)
            return
        self.filters.clear_problems()
        if (wanted := self._wanted()) != self._filter:
            self._read(wanted)

    def _read(self, wanted: ListAudit) -> None:
        self._filter, self._whole, self.lines = wanted, False, []
        self._show_only()
        self.page.problems.say()
        self._asked = self.page.ask(list_audit, wanted, self._on_lines)

    @Slot(object)
    def _on_lines(self, lines: tuple[AuditLine, ...]) -> None:
        if self.sender() is not self._asked:
            return  # the filter was changed meanwhile
        more, bar = bool(self.lines), self.table.verticalScrollBar()
        at = bar.value()
        self.lines = [*self.lines, *lines]
        self._asked, self._whole = None, len(lines) < self._filter.limit
        self.table.show_rows(self.lines, keep=more)
        if more:
            bar.setValue(at)
        self._say_count()

    @Slot(int)
    def _on_scrolled(self, at: int) -> None:
        bar = self.table.verticalScrollBar()
        if self._whole or self._asked is not None or not self.lines or at < bar.maximum() - 20 * Metric.ROW:
            return
        f = self._filter
        older = ListAudit(
            self.lines[-1].seq, f.limit, f.user_id, f.patient_id, f.action, f.actions, f.seqs, f.outcome, f.since,
            f.until,
        )  # fmt: skip
        self._asked = self.page.ask(list_audit, older, self._on_lines)

    def _say_count(self) -> None:
        count = len(self.lines)
        more = "" if self._whole else " More come as you scroll."
        if self.isVisible():  # another part of the page may have come into sight meanwhile
            self.page.action_bar.say(f"{count:,} row{'' if count == 1 else 's'} shown.{more}")
        self._on_chosen(self.table.chosen_row())

    def _show_only(self) -> None:
        behind = self._behind
        words = "" if behind is None else f"Rows behind: {behind.rule}, {behind.person}, {show_date(behind.day)}"
        self._only.setText(words)
        reveal(self._only, bool(words))
        reveal(self._all, bool(words))

    @Slot(object)
    def _on_chosen(self, row: Any) -> None:
        has_patient = isinstance(row, AuditLine) and row.patient_id is not None
        self._patient.setEnabled(has_patient and self.desk.may(open_patient))
        self._export.setEnabled(bool(self.lines) and self.desk.may(export_audit))

    @Slot(object)
    def _on_opened(self, row: Any) -> None:
        self.page.open_panel(say_action(row.action), row_panel(row), note=f"Row {row.seq:,}")

    def _on_patient(self) -> None:
        row = self.table.chosen_row()
        if isinstance(row, AuditLine) and row.patient_id is not None:
            self.page.shell.go("patient", PatientPlace(row.patient_id))  # type: ignore[arg-type]

    def _on_export(self) -> None:
        self.page.ask(export_audit, ExportAudit(tuple(self.lines)), self._on_exported)

    @Slot(object)
    def _on_exported(self, data: bytes) -> None:
        self.page.shell.save_file("Save these rows", "audit-log.csv", data)

    def _search(self, text: str) -> list[Suggestion]:
        found = self.desk.ask(find_patients, FindPatients(text, MOST_FOUND))
        return [Suggestion(each.id, each.name, f"{show_date(each.birth_date)} · {each.account}") for each in found]


def _actions(typed: str) -> list[Suggestion]:
    """Offer kinds of actions, then the actions whose words begin like this."""
    kinds = [words for words in FAMILIES if all(part in words.casefold() for part in typed.casefold().split())]
    return [
        *(Suggestion(tuple(FAMILIES[each]), each, "all of this kind") for each in kinds),
        *(Suggestion((action,), words) for action, words in named_like(typed)),
    ]


def _midnight(day: object, *, days: int = 0) -> datetime | None:
    """Return the moment at which a day begins at this computer."""
    if not isinstance(day, date):
        return None
    return datetime.combine(day + timedelta(days=days), time()).astimezone()
