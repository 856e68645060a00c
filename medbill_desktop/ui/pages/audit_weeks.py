"""The tab Weekly review of the audit log: which weeks were looked at, by whom, and what they made of it (A17)."""

from datetime import timedelta
from typing import Any

from PySide6.QtCore import Slot

from medbill_desktop.domain.audit_facts import Finding
from medbill_desktop.domain.dates import say_date, show_date
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.audit_signing import MADE_OF_IT, SIGN_OFF, SigningPanel
from medbill_desktop.ui.pages.backup_texts import say_moment
from medbill_desktop.ui.pages.settings_tab import SettingsTab
from medbill_desktop.ui.theme import Tone, Type
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import KeyLine
from medbill_desktop.usecases.audit_review import (
    COMMENT_LEAST,
    AskReviews,
    ReviewWeek,
    SignReview,
    review_status,
    sign_review,
)
from medbill_desktop.usecases.staff_review import (
    AskStaffReviews,
    SignStaffReview,
    sign_staff_review,
    staff_status,
)
from medbill_desktop.usecases.unusual import FindUnusual, find_unusual


def say_week(row: ReviewWeek) -> str:
    return f"{show_date(row.week)} to {show_date(row.last_day)}"


def signs_staff(page: Page) -> bool:
    """Tell whether this person signs for their own staff, and not the officers' review of everybody."""
    return page.desk.may(sign_staff_review) and not page.desk.may(sign_review)


def _state(row: ReviewWeek) -> Status:
    if row.signed:
        return Status(Tone.OK, "Signed off")
    return Status(Tone.STOP, "Overdue") if row.overdue else Status(Tone.WARN, "To review")


COLUMNS = (
    Column("week", "Week", Kind.NAME, stretch=True, value=say_week),
    Column("findings", "Findings", Kind.COUNT, 88),
    Column("signed_by", "Signed off by", width=180),
    Column("at", "When", Kind.CODE, 160, value=lambda row: say_moment(row.at) if row.at else "", drop=1),
    Column("state", "Status", Kind.STATUS, 150, value=_state),
)


class WeeksTab(SettingsTab):
    """The newest week on top; Enter shows what was found in it and lets it be signed."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.table = Table(COLUMNS, name="reviews", spoken="Weekly reviews", sizes=page.shell.sizes,
                           empty="The first week of this log has not ended yet.")  # fmt: skip
        self.column.addWidget(self.table, 1)
        self.inset(KeyLine(("Enter", "shows the week's findings"), ("Esc", "closes")))
        self.table.opened.connect(self._on_opened)
        self.table.asked.connect(self._on_opened)

    def reload(self) -> None:
        if signs_staff(self.page):
            self.page.ask(staff_status, AskStaffReviews(), self._on_weeks)
        else:
            self.page.ask(review_status, AskReviews(), self._on_weeks)

    def focus_first(self) -> None:
        self.table.setFocus()

    @Slot(object)
    def _on_weeks(self, weeks: tuple[ReviewWeek, ...]) -> None:
        self.table.show_rows(weeks)

    @Slot(object)
    def _on_opened(self, row: Any) -> None:
        asked = FindUnusual(row.week, row.week + timedelta(days=6))
        job = self.page.jobs.ask(find_unusual, asked, "Looking for what is unusual")
        job.on(lambda found: self._show(row, found), self.page.say_error)

    def _show(self, row: ReviewWeek, found: tuple[Finding, ...]) -> None:
        panel = ReviewPanel(self.page, row, found)
        buttons = () if row.signed else panel.buttons
        self.page.open_panel("Weekly review", panel, note=say_week(row), buttons=buttons)
        if not row.signed:
            panel.comment.field.setFocus()


class ReviewPanel(SigningPanel):
    """The findings of a week, the comment, and the signature."""

    short = "Say what you made of the findings, in at least ten letters."
    said = "The week is signed off."

    def __init__(self, page: Page, row: ReviewWeek, found: tuple[Finding, ...]) -> None:
        self._staff = signs_staff(page)
        case = sign_staff_review if self._staff else sign_review
        super().__init__(page, case, "review", MADE_OF_IT, SIGN_OFF, row.week)
        self._row, self._found = row, found
        if self._staff:
            self.sentence("Your own staff; owners and officers are looked at by the officers.", Type.CAPTION, "2")
        if not found:
            self.status("Nothing stands out in this week.", Tone.OK)
        for each in found:
            self.sentence(str(each.rule), Type.STRONG)
            self.sentence(each.text)
            self.sentence(f"{each.person} · {say_date(each.day)} · {len(each.seqs)} rows", Type.CAPTION, "2")
        if row.signed:
            self._say_signed(row)
        else:
            self.ask_signature()
        self.end()

    def least(self) -> int:
        return COMMENT_LEAST if self._found else 0

    def command(self, words: str) -> SignReview | SignStaffReview:
        kind = SignStaffReview if self._staff else SignReview
        return kind(self._page.desk.new_id(), self._row.week, len(self._found), words)

    def _say_signed(self, row: ReviewWeek) -> None:
        when = "" if row.at is None else say_moment(row.at)
        self.status(f"Signed off by {row.signed_by}, {when}.", Tone.OK)
        if row.findings != len(self._found):
            self.sentence(f"At that time there were {row.findings}.", ink="2")
        if row.own:
            self.sentence(f"{row.own} of them were about the person who signed.", ink="2")
        if row.comment:
            self.sentence("Comment", Type.STRONG)
            self.sentence(row.comment)
