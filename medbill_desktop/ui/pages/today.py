"""Today: what waits for someone's hand, and the day's visits (UX Today)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.ui.jobs import Job, Jobs
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.privacy_queues import PRIVACY_ORDER, privacy_rows
from medbill_desktop.ui.pages.today_queues import MONEY_ORDER, QueueRow, money_rows, queue
from medbill_desktop.ui.pages.today_reviews import access_row, kits_row, weeks_row
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Metric, Space, Tone, Type
from medbill_desktop.ui.widgets.fields import DateField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import KeyLine, label
from medbill_desktop.usecases.access_review import AskAccessReviews, Quarter, access_status
from medbill_desktop.usecases.audit_review import AskReviews, ReviewWeek, review_status, sign_review
from medbill_desktop.usecases.backup import BackupStatus, ShowBackups, backup_status, make_backup
from medbill_desktop.usecases.charges import enter_superbills
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.drafts import DraftLine, ListDrafts, list_drafts
from medbill_desktop.usecases.kits import AskKitNews, MadeKit, kit_news
from medbill_desktop.usecases.notices import AskPrivacyWaiting, PrivacyWaiting, privacy_waiting
from medbill_desktop.usecases.payments import take_payment
from medbill_desktop.usecases.proposals import Count, CountProposals, count_proposals
from medbill_desktop.usecases.staff_review import AskStaffReviews, sign_staff_review, staff_status
from medbill_desktop.usecases.staff_tasks import AskOpenTasks, OpenTasks, tasks_waiting
from medbill_desktop.usecases.statement_life import ListReturned, ReturnedLine, list_returned
from medbill_desktop.usecases.statements import select_statements
from medbill_desktop.usecases.today import (
    AskMoneyQueues,
    AskQueues,
    MoneyQueues,
    WorkQueues,
    money_waiting,
    work_waiting,
)
from medbill_desktop.usecases.users import MyAccount, my_account
from medbill_desktop.usecases.visits import DayVisits, VisitLine, day_visits

URGENCY = (Tone.STOP, Tone.WARN, Tone.INFO, Tone.NONE, Tone.OK)
MOST_ROWS = 10  # what is more scrolls, so that the visits keep their place on a small screen
LIGHT_TONES = {"green": Tone.OK, "amber": Tone.WARN, "red": Tone.STOP}


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit with its two verdicts: is it charged, and who pays."""

    id: Id
    line: VisitLine
    charge: Status
    coverage: Status | None


class TodayPage(Page):
    """The first page of the day."""

    topics = frozenset(
        {
            "visits",
            "ledger",
            "payments",
            "statements",
            "backup",
            "patients",
            "settings",
            "review",
            "proposals",
            "users",
            "privacy",
            "recovery",
        }
    )

    no_draft = "The day of the list."

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Today")
        self._queues: dict[str, QueueRow] = {}
        self._counting = 0  # questions about queues whose answer is still on its way
        self._asked: Job | None = None
        self._queue_table = Table(QUEUES, name="queues", spoken="What waits", sizes=shell.sizes)
        self._visit_table = Table(VISITS, name="day_visits", spoken="Visits of the day", sizes=shell.sizes)
        self._queue_table.setFixedHeight(Metric.ROW * 5 + 2)
        self._day = DateField(desk.clock.today, name="visits_on")
        self._day.setAccessibleName("Visits on")
        self._day.setFixedWidth(120)
        self._day.set_value(desk.clock.today())
        self._heading = label("Visits", Type.HEADING)
        self._lay_out()
        self._queue_table.opened.connect(self._on_queue)
        self._visit_table.opened.connect(self._on_visit)
        self._visit_table.chosen.connect(self._on_chosen)
        self._day.left.connect(self._on_day)
        self._day.returnPressed.connect(self._on_day)

    def _lay_out(self) -> None:
        before = self.button("Day before", "Ctrl+PgUp", lambda: self._step(-1))
        after = self.button("Day after", "Ctrl+PgDown", lambda: self._step(1))
        self._pay = self.button("Take payment", "Ctrl+T", self._on_pay, case=take_payment, name="take_payment")
        self._charge = self.button("New charge", "Ctrl+N", self._on_charge, case=enter_superbills, name="charge")
        first = self.button("Begin with the first", "Ctrl+Enter", self._on_first, kind="primary", name="begin")
        self.action_bar.add(self._pay, self._charge, first)
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(0, Space.ONE, 0, 0)
        row.setSpacing(Space.ONE)
        row.addWidget(self._heading)
        row.addStretch(1)
        for each in (self._day, before, after):
            row.addWidget(each)
        self.add(self._queue_table)
        self.add(head)
        self.add(self._visit_table, 1)
        self.add(KeyLine(("Enter", "opens what is chosen"), ("Tab", "goes to the visits")))
        for earlier, later in pairwise((self._queue_table, self._visit_table, self._day, before, after)):
            QWidget.setTabOrder(earlier, later)

    @property
    def day(self) -> date:
        """The day whose visits are shown."""
        return self._day.value() or self.desk.clock.today()

    def reload(self) -> None:
        self.say_title("Today", say_date(self.desk.clock.today()))
        self._count(work_waiting, AskQueues(), self._on_waiting)
        if self.desk.may(make_backup):
            self._count(backup_status, ShowBackups(1), self._on_backup)
        if self.desk.may(money_waiting):
            self._count(money_waiting, AskMoneyQueues(), self._on_money)
        self._count(privacy_waiting, AskPrivacyWaiting(), self._on_privacy)
        self._count(count_proposals, CountProposals(), self._on_proposals)
        if self.desk.may(sign_review):
            self._count(review_status, AskReviews(), self._on_reviews)
            self._count(access_status, AskAccessReviews(), self._on_access)
        elif self.desk.may(sign_staff_review):
            self._count(staff_status, AskStaffReviews(), self._on_staff_reviews)
        self._count(kit_news, AskKitNews(), self._on_kits)
        if self.desk.may(tasks_waiting):
            self._count(tasks_waiting, AskOpenTasks(), self._on_staff)
        self._count(my_account, None, self._on_me)
        self._count(list_drafts, ListDrafts(), self._on_drafts)
        if self.desk.may(list_returned):
            self._count(list_returned, ListReturned(), self._on_returned)
        self._reload_visits()

    def _count(self, case: Any, query: object, done: Callable[[Any], object]) -> None:
        self._counting += 1
        self.ask(case, query, done).finished.connect(self._on_counted)

    @Slot()
    def _on_counted(self) -> None:
        self._counting -= 1

    def focus_first(self) -> None:
        self._queue_table.setFocus()

    def leave(self) -> None:
        self._day.set_value(self.desk.clock.today())
        self._stale = True  # whoever comes back sees this day, and counts as they are then

    def _reload_visits(self) -> None:
        self._asked = self.ask(day_visits, DayVisits(self.day), self._on_visits)

    @Slot(object)
    def _on_waiting(self, found: WorkQueues) -> None:
        if self.desk.may(enter_superbills):
            visits = found.visits
            to_charge = queue("charges", "Visits before today without a charge", visits, "To charge")
            self._queues["charges"] = replace(to_charge, page="missing_charges")
        if self.desk.may(take_payment):
            self._queues["payments"] = queue("payments", "Money not applied to charges", found.credits, "To apply")
        if self.desk.may(select_statements):
            due = found.statements
            self._queues["statements"] = queue("statements", "Guarantors who may be due a statement", due, "To send")
        self._show_queues()

    @Slot(object)
    def _on_money(self, found: MoneyQueues) -> None:
        for key in MONEY_ORDER:
            self._queues.pop(key, None)
        self._queues |= {row.id: row for row in money_rows(found, self.desk)}
        self._show_queues()

    @Slot(object)
    def _on_privacy(self, found: PrivacyWaiting) -> None:
        for key in PRIVACY_ORDER:
            self._queues.pop(key, None)
        self._queues |= {row.id: row for row in privacy_rows(found)}
        self._show_queues()

    @Slot(object)
    def _on_backup(self, status: BackupStatus) -> None:
        tone = LIGHT_TONES[status.chip.light.value]
        what = f"Backup. {status.chip.fix}" if status.chip.fix else "Backup"
        self._queues["backup"] = QueueRow("backup", what, Status(tone, status.chip.text))
        self._show_queues()

    @Slot(object)
    def _on_reviews(self, weeks: tuple[ReviewWeek, ...]) -> None:
        self._put("audit", weeks_row(weeks, staff=False))

    @Slot(object)
    def _on_staff_reviews(self, weeks: tuple[ReviewWeek, ...]) -> None:
        self._put("audit", weeks_row(weeks, staff=True))

    @Slot(object)
    def _on_access(self, quarters: tuple[Quarter, ...]) -> None:
        self._put("access", access_row(quarters))

    @Slot(object)
    def _on_kits(self, made: tuple[MadeKit, ...]) -> None:
        self._put("kits", kits_row(made))

    def _put(self, key: str, row: QueueRow | None) -> None:
        """Show a line of what waits, or take it off."""
        self._queues.pop(key, None)
        if row is not None:
            self._queues[key] = row
        self._show_queues()

    @Slot(object)
    def _on_proposals(self, count: Count) -> None:
        """Show what waits for this person's approval, what was decided of the own, and the owner's review list."""
        lines = (
            ("approvals", "Waiting for your approval", "To decide", count.for_me, count.oldest, None),
            ("decided", "Decided of what you asked for", "To read", count.news, None, None),
            ("alone", "Done over a limit without a second person", "To sign", count.alone, None, "alone"),
        )
        for key, what, word, many, oldest, place in lines:
            self._queues.pop(key, None)
            if many:
                state = Status(Tone.WARN, word)
                self._queues[key] = QueueRow(key, what, state, many, oldest, page="approvals", place=place)
        self._show_queues()

    @Slot(object)
    def _on_staff(self, found: OpenTasks) -> None:
        """Show what joining and leaving left to do; what a leaver left waits loudest (SECURITY K14, H5)."""
        self._queues.pop("staff", None)
        if found.count:
            state = Status(Tone.STOP if found.leaving else Tone.WARN, "To do")
            what = "People who joined or left"
            self._queues["staff"] = QueueRow("staff", what, state, found.count, found.oldest, page="users")
        self._show_queues()

    @Slot(object)
    def _on_me(self, me: MyAccount) -> None:
        """Warn of the last recovery codes where the person looks every day (SECURITY K25)."""
        self._queues.pop("codes", None)
        if me.few_codes:
            state = Status(Tone.WARN, "Make new ones")
            self._queues["codes"] = QueueRow("codes", "Your recovery codes left", state, me.codes_left, page="account")
            self._show_queues()

    @Slot(object)
    def _on_drafts(self, found: tuple[DraftLine, ...]) -> None:
        """Bring back to mind what this person left half-typed (SECURITY L11)."""
        self._queues.pop("drafts", None)
        if found:
            oldest = min(each.updated_at for each in found).astimezone().date()
            state = Status(Tone.WARN, "To finish")
            self._queues["drafts"] = QueueRow("drafts", "Your half-finished work", state, len(found), oldest)
        self._show_queues()

    @Slot(object)
    def _on_returned(self, found: tuple[ReturnedLine, ...]) -> None:
        self._queues.pop("returned_mail", None)
        if found:
            oldest, state = min(each.returned_on for each in found), Status(Tone.WARN, "Ask for the address")
            self._queues["returned_mail"] = QueueRow("returned_mail", "Mail that came back", state, len(found), oldest)
        self._show_queues()

    def _show_queues(self) -> None:
        """Put the most urgent on top, and what is alike in the order of the rail."""
        order = ("drafts", "charges", "payments", "statements", "returned_mail",
                 *MONEY_ORDER, *PRIVACY_ORDER, "approvals", "decided", "alone",
                 "kits", "backup", "audit", "access", "staff", "codes")  # fmt: skip
        rows = [self._queues[each] for each in order if each in self._queues]
        self._queue_table.setFixedHeight(Metric.ROW * min(max(5, len(rows) + 1), MOST_ROWS) + 2)
        on_top = self._queue_table.currentIndex().row() <= 0
        self._queue_table.show_rows(sorted(rows, key=lambda row: URGENCY.index(row.state.tone)))
        if on_top and self._counting:  # whichever answer comes first, the cursor waits for the most urgent
            self._queue_table.choose_first()
        waiting = sum(row.waits for row in rows)
        self.action_bar.say("Nothing waits." if not waiting else f"{waiting} of {len(rows)} wait for someone.")

    @Slot(object)
    def _on_visits(self, lines: tuple[VisitLine, ...]) -> None:
        if self.sender() is not self._asked:
            return  # of the day before the key was pressed; two readers may answer in any order
        today = self.desk.clock.today()
        words = "today" if self.day == today else say_date(self.day)
        self._heading.setText(f"Visits, {words}")
        self._visit_table.set_empty(f"No visit {words if self.day == today else f'on {words}'}.")
        rows = [VisitRow(each.id, each, _charge(each, today), _coverage(each)) for each in lines]
        # What needs a person stands on top; within that the order of the day stays.
        self._visit_table.show_rows(sorted(rows, key=lambda row: row.coverage is None or row.line.status != "open"))
        self._on_chosen(self._visit_table.chosen_row())

    @Slot(object)
    def _on_chosen(self, row: Any) -> None:
        is_open = isinstance(row, VisitRow) and row.line.status == "open"
        self._charge.setEnabled(is_open and self.desk.may(enter_superbills))
        self._pay.setEnabled(isinstance(row, VisitRow) and self.desk.may(take_payment))

    @Slot(object)
    def _on_queue(self, row: QueueRow) -> None:
        self._go_to(row)

    def _go_to(self, row: QueueRow) -> None:
        self.shell.go(row.page or row.id, row.place)

    @Slot(object)
    def _on_visit(self, row: VisitRow) -> None:
        self.shell.go("patient", PatientPlace(row.line.visit.patient_id, "visits"))

    def _on_first(self) -> None:
        """Open the first list that waits; with none the first visit that is to be charged."""
        if (row := next((each for each in self._queue_rows() if each.waits), None)) is not None:
            self._go_to(row)
        elif isinstance(visit := self._visit_table.chosen_row(), VisitRow):
            self._on_visit(visit)

    def _queue_rows(self) -> list[QueueRow]:
        rows = self._queue_table.rows
        return [rows.line(at) for at in range(rows.rowCount())]

    def _on_pay(self) -> None:
        if isinstance(row := self._visit_table.chosen_row(), VisitRow):
            self.shell.go("payments", PatientPlace(row.line.visit.patient_id))

    def _on_charge(self) -> None:
        if isinstance(row := self._visit_table.chosen_row(), VisitRow):
            self.shell.go("charges", row.line)

    def _step(self, days: int) -> None:
        self._day.set_value(self.day + timedelta(days=days))
        self._reload_visits()

    @Slot()
    def _on_day(self) -> None:
        self._reload_visits()


def _charge(line: VisitLine, today: date) -> Status:
    if line.status == "charged":
        return Status(Tone.OK, "Charged")
    if line.status == "no charge":
        return Status(Tone.NONE, "No charge")
    if line.visit.service_date < today:
        return Status(Tone.WARN, "Charge missing")
    return Status(Tone.NONE, "Not yet charged")


def _coverage(line: VisitLine) -> Status | None:
    """Say where nobody but the patient would pay, though nobody said so."""
    return Status(Tone.WARN, line.who_pays) if line.lacks_coverage else None


QUEUES = (
    Column("what", "What waits", Kind.NAME, stretch=True),
    Column("count", "Count", Kind.COUNT, 88),
    Column("oldest", "Oldest", Kind.DATE, 112),
    Column("cents", "Amount", Kind.MONEY, 124),
    Column("state", "Status", Kind.STATUS, 252),
)

VISITS = (
    Column("patient", "Patient", Kind.NAME, stretch=True, value=lambda row: row.line.patient),
    Column("account", "Account", Kind.CODE, 88, value=lambda row: row.line.account, drop=4),
    Column("born", "Born", Kind.DATE, 100, value=lambda row: row.line.birth_date, drop=3),
    Column("provider", "Provider", width=176, value=lambda row: row.line.provider, drop=1),
    Column("place", "Place", width=186, value=lambda row: row.line.place, drop=2),
    Column("coverage", "Coverage", Kind.STATUS, 176, value=lambda row: row.coverage or row.line.who_pays),
    Column("charge", "Charge", Kind.STATUS, 150),
)  # fmt: skip
