"""The tab Keeping of the audit log: legal holds, and old years in sealed archives (SECURITY A18)."""

from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout

from medbill_desktop.domain.dates import show_date
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.audit_panels import PanelText
from medbill_desktop.ui.pages.audit_signing import SigningPanel
from medbill_desktop.ui.pages.backup_texts import say_moment
from medbill_desktop.ui.pages.settings_tab import SettingsTab
from medbill_desktop.ui.theme import Metric, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import FormField, LineField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import KeyLine, StatusLine, label
from medbill_desktop.usecases.audit_keeping import (
    Archive,
    Archived,
    ArchiveFacts,
    ArchiveYear,
    AskKeeping,
    Hold,
    Keeping,
    LiftHold,
    OpenArchive,
    SetHold,
    archive_year,
    lift_hold,
    log_keeping,
    open_archive,
    set_hold,
)

WORDS = (
    "Rows stay for six years. After that a whole year may move into a sealed archive beside the backups; the recovery"
    " kit opens it. A legal hold keeps everything here until it is lifted."
)
HOLDS = (
    Column("set_at", "Since", Kind.CODE, 160, value=lambda row: say_moment(row.set_at)),
    Column("set_by", "Set by", Kind.NAME, 160),
    Column("reason", "Why", stretch=True),
    Column(
        "state", "Status", Kind.STATUS, 130,
        value=lambda row: Status(Tone.WARN, "Stands") if row.lifted_at is None else Status(Tone.NONE, "Lifted"),
    ),
)  # fmt: skip
ARCHIVES = (
    Column("year", "Year", Kind.COUNT, 64),
    Column("rows", "Rows", Kind.CODE, 160, value=lambda row: f"{row.first_seq:,} to {row.last_seq:,}"),
    Column("name", "File", stretch=True),
    Column("target", "Where", Kind.CODE, 260, drop=1),
    Column("at", "Moved", Kind.DATE, 96, value=lambda row: row.at.date()),
)


class KeepingTab(SettingsTab):
    """Holds on top, archived years below."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._keeping: Keeping | None = None
        self.state = StatusLine(Type.BODY)
        self.hold = self.button("Set a legal hold", "Ctrl+Shift+L", self._on_hold, case=set_hold, name="set_hold")
        self.archive = self.button("Move the oldest year", "Ctrl+Shift+M", self._on_archive, case=archive_year,
                                   name="archive_year")  # fmt: skip
        self.opening = self.button("Read an archive", "Ctrl+Shift+O", self._on_open, case=open_archive,
                                   name="open_archive")  # fmt: skip
        self.holds = Table(HOLDS, name="holds", spoken="Legal holds", sizes=page.shell.sizes,
                           empty="No legal hold was ever set.")  # fmt: skip
        self.archives = Table(ARCHIVES, name="archives", spoken="Archived years", sizes=page.shell.sizes,
                              empty="Every year is still in the log.")  # fmt: skip
        self.holds.setFixedHeight(6 * Metric.ROW)
        for each in (label(WORDS, ink="2", wrap=True), self.state):
            across = QHBoxLayout()
            across.setContentsMargins(Metric.CELL_PAD, 0, 0, 0)
            across.addWidget(each, 1)
            self.column.addLayout(across)
        self.inset(self.hold, self.archive, self.opening)
        self.column.addWidget(self.holds)
        self.column.addWidget(self.archives, 1)
        self.inset(KeyLine(("Enter", "shows a hold and lets it be lifted"), ("Esc", "closes")))
        self.holds.opened.connect(self._on_hold_opened)
        self.holds.asked.connect(self._on_hold_opened)
        self.archives.opened.connect(self._on_archive_opened)
        self.archives.asked.connect(self._on_archive_opened)

    def reload(self) -> None:
        self.page.ask(log_keeping, AskKeeping(), self._on_keeping)

    def focus_first(self) -> None:
        self.holds.setFocus()

    @Slot(object)
    def _on_keeping(self, keeping: Keeping) -> None:
        self._keeping = keeping
        self.holds.show_rows(keeping.holds)
        self.archives.show_rows(keeping.archives)
        may = not keeping.why_not and keeping.oldest is not None
        self.archive.setEnabled(may and self.desk.may(archive_year))
        if may:
            self.state.say(f"The year {keeping.oldest} may leave: {keeping.rows:,} rows.", Tone.OK)
        else:
            self.state.say(keeping.why_not, Tone.WARN if keeping.held else Tone.NONE)

    def _on_hold(self) -> None:
        panel = HoldPanel(self.page, None)
        self.page.open_panel("Legal hold", panel, buttons=panel.buttons)
        panel.comment.field.setFocus()

    @Slot(object)
    def _on_hold_opened(self, row: Any) -> None:
        panel = HoldPanel(self.page, row)
        standing = row.lifted_at is None
        self.page.open_panel("Legal hold", panel, buttons=panel.buttons if standing else ())
        if standing:
            panel.comment.field.setFocus()

    @Slot(object)
    def _on_archive_opened(self, row: Archive) -> None:
        made = PanelText()
        made.facts(
            [("Year", str(row.year)), ("Rows", f"{row.first_seq:,} to {row.last_seq:,}"), ("File", row.name),
             ("Where", row.target), ("Bytes", f"{row.bytes:,}"), ("Moved", show_date(row.at.date()))]
        )  # fmt: skip
        made.end()
        self.page.open_panel("Archived year", made)

    def _on_archive(self) -> None:
        if self._keeping is None or self._keeping.oldest is None:
            return
        self.archive.setEnabled(False)
        command = ArchiveYear(self.desk.new_id(), self._keeping.oldest)
        words = f"Moving {self._keeping.oldest} into an archive"
        job = self.page.jobs.start(archive_year, command, words)
        job.on(self._on_archived, self.page.say_error, self.reload)

    @Slot(object)
    def _on_archived(self, done: Archived) -> None:
        self.page.shell.say(f"{done.rows:,} rows of {done.year} lie in a sealed archive, and were read back whole.")

    def _on_open(self) -> None:
        panel = OpeningPanel(self.page)
        self.page.open_panel("Read an archive", panel, buttons=(panel.choose,))
        panel.kit.field.setFocus()


class HoldPanel(SigningPanel):
    """Sets a hold, or lifts one, with a reason."""

    short = "Say why, in at least ten letters."

    def __init__(self, page: Page, held: Hold | None) -> None:
        case, name = (set_hold, "hold") if held is None else (lift_hold, "lift")
        button, about = ("Set the hold", None) if held is None else ("Lift the hold", held.id)
        super().__init__(page, case, name, "Why", button, about)
        self._held = held
        self.said = "Nothing leaves the log from now on." if held is None else "The hold is lifted."
        if held is None:
            self.sentence("While a hold stands no row leaves the log. Name the letter or the matter, no patient.")
        else:
            self.sentence(held.reason, Type.STRONG)
            self.facts([("Set by", held.set_by), ("Since", say_moment(held.set_at))])
        if held is not None and held.lifted_at is not None:
            self.status(f"Lifted {say_moment(held.lifted_at)}.", Tone.NONE)
            self.sentence(held.lift_reason)
        else:
            self.ask_signature()
        self.end()

    def command(self, words: str) -> object:
        new_id = self._page.desk.new_id()
        return SetHold(new_id, words) if self._held is None else LiftHold(new_id, self._held.id, words)


class OpeningPanel(PanelText):
    """The recovery kit, where the practice's own keys don't open the file, and what was found."""

    no_draft = "The line of the recovery kit is a secret."

    def __init__(self, page: Page) -> None:
        super().__init__()
        self._page = page
        self.sentence("The practice opens its own archives. For another practice's, type the line of its kit.")
        self.kit = FormField("Recovery kit, if needed", LineField(name="archive_kit", most=400))
        self.choose = Button("Choose the file", name="choose_archive", pressed=self._on_choose)
        self.column.addWidget(self.kit)
        self.found = StatusLine(Type.BODY)
        self.column.addWidget(self.found)
        self.end()

    def _on_choose(self) -> None:
        self._page.shell.choose_file("Read an archive", "Archives (*.mba.age)", self._read)

    def _read(self, path: Any) -> None:
        kit = self.kit.field.text()  # type: ignore[attr-defined]
        job = self._page.jobs.ask(open_archive, OpenArchive(str(path), kit), "Reading the archive")
        job.on(self._on_facts, self._on_refused)

    @Slot(object)
    def _on_facts(self, facts: ArchiveFacts) -> None:
        self.kit.field.clear()  # type: ignore[attr-defined]
        span = f"{facts.first_seq:,} to {facts.last_seq:,}"
        rows = f"{facts.rows:,} rows of {facts.year} ({span}), each as it was written."
        if facts.joined:
            self.found.say(f"Whole: {rows} The log goes on behind it.", Tone.OK)
        elif facts.own:
            self.found.say(f"Whole: {rows} But this log does not say that they left it.", Tone.WARN)
        else:
            self.found.say(f"Whole: {rows} It is of another practice.", Tone.WARN)

    @Slot(object)
    def _on_refused(self, error: object) -> None:
        self.found.say(str(error), Tone.STOP)
