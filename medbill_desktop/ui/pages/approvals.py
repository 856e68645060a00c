"""Approvals: what somebody asked for over a limit, and what an owner did alone (SECURITY A2, BILLING T13)."""

from functools import partial
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QStackedWidget, QTabBar

from medbill_desktop.domain.audit_words import say_action
from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.users import Limit, say_limit
from medbill_desktop.ui.help import Key
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.approval_panels import AlonePanel, ProposalPanel
from medbill_desktop.ui.pages.backup_texts import say_moment
from medbill_desktop.ui.pages.settings_tab import SettingsTab
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Metric, Tone
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import KeyLine, rule
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.proposals import (
    AloneRow,
    AskAlone,
    AskProposals,
    OpenProposal,
    ProposalCard,
    ProposalLine,
    SeeDecisions,
    list_alone,
    list_proposals,
    open_proposal,
    see_decisions,
)

STATES = {
    "waiting": Status(Tone.WARN, "Waits"),
    "approved": Status(Tone.OK, "Approved"),
    "declined": Status(Tone.STOP, "Declined"),
    "withdrawn": Status(Tone.NONE, "Withdrawn"),
    "expired": Status(Tone.NONE, "Lapsed"),
}


def _state(row: ProposalLine) -> Status:
    if row.for_me:
        return Status(Tone.WARN, "For you")
    found = STATES[row.state]
    return Status(found.tone, f"{found.word}, new") if row.unseen else found


def _amount(row: AloneRow) -> str:
    if row.limit_name is None or row.limit_amount is None:
        return "own rights"
    which = Limit[row.limit_name]
    return f"{which}: {say_limit(which, row.limit_amount)}"


COLUMNS = (
    Column("asked_at", "Asked", Kind.CODE, 168, value=lambda row: say_moment(row.asked_at), drop=2),
    Column("asker", "By", Kind.NAME, 150, value=lambda row: "You" if row.mine else row.asker),
    Column("what", "What", width=170),
    Column("patient", "Patient", Kind.NAME, stretch=True),
    Column("cents", "Amount", Kind.MONEY, 96),
    Column("limit", "Over the limit for", width=230, drop=1),
    Column("state", "Status", Kind.STATUS, 140, value=_state),
)
ALONE = (
    Column("at", "When", Kind.CODE, 168, value=lambda row: say_moment(row.at)),
    Column("person", "Owner", Kind.NAME, 160),
    Column("action", "What", stretch=True, value=lambda row: say_action(row.action)),
    Column("account", "Account", Kind.CODE, 96, drop=1),
    Column("cents", "Amount", Kind.MONEY, 96),
    Column("limit_name", "Over the limit for", width=170, value=_amount),
    Column(
        "state", "Status", Kind.STATUS, 150,
        value=lambda row: Status(Tone.OK, f"Signed {show_date(row.signed_at.date())}") if row.signed_at else
        Status(Tone.WARN, "To sign"),
    ),
)  # fmt: skip


class ApprovalsPage(Page):
    """What waits, what was decided, and for owners the review list."""

    topics = frozenset({"proposals", "users"})

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Approvals")
        self.waiting, self.decided = ProposalsTab(self, decided=False), ProposalsTab(self, decided=True)
        self.tabs: list[tuple[str, SettingsTab]] = [("Waiting", self.waiting), ("All", self.decided)]
        if desk.may(list_alone):
            self.tabs.append(("Done alone", AloneTab(self)))
        self._bar, self._pages = QTabBar(), QStackedWidget()
        self._bar.setExpanding(False)
        self._bar.setDrawBase(False)
        self._bar.setAccessibleName("Parts of the approvals")
        self.body.setSpacing(0)
        self.add(self._bar)
        self.add(rule())
        self.add(self._pages, 1, edge=Metric.PAGE - Metric.CELL_PAD)
        for at, (title, tab) in enumerate(self.tabs):
            self._bar.addTab(title)
            self._bar.setTabToolTip(at, f"{title} (Alt+{at + 1})")
            self._pages.addWidget(tab)
            self.action(title, f"Alt+{at + 1}", partial(self._bar.setCurrentIndex, at))
        self.keys += [Key("Enter", "Show all of the chosen row"), Key("Ctrl+Enter", "Approve, or sign"),
                      Key("Alt+D", "Decline"), Key("Alt+W", "Withdraw your own")]  # fmt: skip
        self._bar.currentChanged.connect(self._on_tab)

    @property
    def tab(self) -> SettingsTab:
        return self.tabs[self._bar.currentIndex()][1]

    def open(self, place: object) -> None:
        if place == "alone":
            self._bar.setCurrentIndex(len(self.tabs) - 1)
        elif place == "decided":
            self._bar.setCurrentIndex(1)

    def reload(self) -> None:
        self.tab.reload()

    def leave(self) -> None:
        """What was decided of one's own was read: it is told no more."""
        self.close_panel()
        if self.waiting.has_news:
            self.waiting.has_news = False
            self.jobs.start(see_decisions, SeeDecisions(self.desk.new_id()))
        self._stale = True

    def focus_first(self) -> None:
        self.tab.focus_first()

    @Slot(int)
    def _on_tab(self, at: int) -> None:
        self.put_panel_away()
        self.problems.say()
        self._pages.setCurrentWidget(self.tab)
        if self.isVisible():
            self.tab.reload()
            self.tab.focus_first()


class ProposalsTab(SettingsTab):
    """A list of proposals; Enter opens one, which leaves a row of the log."""

    def __init__(self, page: Page, *, decided: bool) -> None:
        super().__init__(page)
        self._decided, self.has_news = decided, False
        words = "Nothing was asked for yet." if decided else "Nothing waits for approval."
        name = "proposals_all" if decided else "proposals"
        self.table = Table(COLUMNS, name=name, spoken="Approvals", sizes=page.shell.sizes, empty=words)
        self.column.addWidget(self.table, 1)
        self.inset(KeyLine(("Enter", "shows what is asked, and lets you decide"), ("Esc", "closes")))
        self.table.opened.connect(self._on_opened)
        self.table.asked.connect(self._on_opened)

    def reload(self) -> None:
        self.page.ask(list_proposals, AskProposals(self._decided), self._on_lines)

    def focus_first(self) -> None:
        self.table.setFocus()

    @Slot(object)
    def _on_lines(self, lines: tuple[ProposalLine, ...]) -> None:
        self.has_news = any(each.unseen for each in lines)
        self.table.show_rows(lines)
        if self.table.chosen_row() is None:
            self.table.choose_first()

    @Slot(object)
    def _on_opened(self, row: Any) -> None:
        self.page.ask(open_proposal, OpenProposal(row.id), self._on_card)

    @Slot(object)
    def _on_card(self, card: ProposalCard) -> None:
        ProposalPanel(self.page, card).open()


class AloneTab(SettingsTab):
    """What owners did alone over their limits; signed as it is shown."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.table = Table(ALONE, name="alone", spoken="Done alone", sizes=page.shell.sizes,
                           empty="No owner went over a limit without a second person.")  # fmt: skip
        self.column.addWidget(self.table, 1)
        self.inset(KeyLine(("Enter", "signs what is shown"), ("Esc", "closes")))
        self.table.opened.connect(self._on_opened)
        self.table.asked.connect(self._on_opened)

    def reload(self) -> None:
        self.page.ask(list_alone, AskAlone(), self._on_rows)

    def focus_first(self) -> None:
        self.table.setFocus()

    @Slot(object)
    def _on_rows(self, rows: tuple[AloneRow, ...]) -> None:
        self.table.show_rows(rows)

    @Slot(object)
    def _on_opened(self, row: Any) -> None:
        rows = [self.table.rows.line(at) for at in range(self.table.rows.rowCount())]
        AlonePanel(self.page, row, [each for each in rows if each.signed_at is None]).open()
