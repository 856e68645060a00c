"""Code sets: which release holds today, and the import of the next one, looked at first (BILLING C3, EDI K20-K21)."""

from datetime import date
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout

from medbill_desktop.domain.code_sets import FILES, TITLES, CodeSet
from medbill_desktop.domain.dates import say_date, show_date
from medbill_desktop.domain.problems import Invalid, Problem
from medbill_desktop.ui.help import Key
from medbill_desktop.ui.jobs import explain
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.pages.settings_tab import SettingsTab
from medbill_desktop.ui.theme import Tone
from medbill_desktop.ui.widgets.fields import ChoiceField, DateField, LineField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import StatusLine, label
from medbill_desktop.usecases.code_sets import ListReleases, ReleaseLine, list_releases
from medbill_desktop.usecases.importing_codes import (
    CodesPreview,
    ImportCodes,
    ImportedCodes,
    PreviewCodes,
    import_codes,
    preview_codes,
)

ABOUT = (
    "A code is judged by the release that held on the day of service. New releases come as files from CMS; nothing is"
    " fetched from the internet."
)
PATTERNS = "Code set files (*.txt *.csv);;All files (*)"


def _status(line: ReleaseLine) -> Status:
    if line.release is None:
        return Status(Tone.NONE, "Not imported")
    if line.behind and line.due is not None:
        return Status(Tone.WARN, f"Newer since {show_date(line.due)}")
    return Status(Tone.OK, "Holds today") if line.holds_today else Status(Tone.NONE, "Kept for its days")


COLUMNS = (
    Column("title", "Code set", Kind.NAME, 196),
    Column("release", "Release", Kind.NAME, stretch=True, value=lambda row: row.release.label if row.release else ""),
    Column("from", "Holds from", Kind.DATE, 104, value=lambda row: row.release.effective_from if row.release else None),
    Column("rows", "Codes", Kind.COUNT, 90, value=lambda row: row.release.rows if row.release else None),
    Column("came", "Came", width=100, drop=1,
           value=lambda row: "" if row.release is None else show_date(row.imported_at.date()) if row.imported_at
           else "Shipped"),
    Column("status", "Today", Kind.STATUS, 216, value=_status),
)  # fmt: skip


class CodesTab(SettingsTab):
    """The releases by set; Enter or Ctrl+I imports a file for the chosen set."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.table = Table(COLUMNS, name="code_sets", spoken="Code sets", sizes=page.shell.sizes)
        bring_in = self.button("Import a release", "Ctrl+I", self._on_import, case=import_codes, name="import_codes")
        self.buttons = (bring_in,)
        self.keys.append(Key("Enter", "Import a release of the chosen set"))
        self.inset(label(ABOUT, ink="2"))
        self.column.addWidget(self.table, 1)
        self.table.opened.connect(self._on_opened)

    def reload(self) -> None:
        found: tuple[ReleaseLine, ...] = self.desk.ask(list_releases, ListReleases())
        self.table.show_rows(found)

    def focus_first(self) -> None:
        self.table.setFocus()

    def _on_import(self) -> None:
        chosen = self.table.chosen_row()
        self._open(chosen.code_set if isinstance(chosen, ReleaseLine) else CodeSet.ICD10CM)

    @Slot(object)
    def _on_opened(self, line: ReleaseLine) -> None:
        self._open(line.code_set)

    def _open(self, code_set: CodeSet) -> None:
        if self.desk.may(import_codes):
            CodesPanel(self.page, code_set).open("Import a release")


class CodesPanel(PanelForm):
    """Choose a file, see what it would bring, import it: the button looks first."""

    def __init__(self, page: Page, code_set: CodeSet) -> None:
        words = "Nothing is kept before you have seen the counts."
        super().__init__(page, words, "Choose a file", self._on_send, keeps="codes")
        self._path: Path | None = None
        self._looked: PreviewCodes | None = None
        self._sha256 = ""
        today = page.desk.clock.today
        self._set = ChoiceField([(each, TITLES[each]) for each in CodeSet])
        self._file = LineField("No file chosen", name="code_file", most=4000)
        self._file.setReadOnly(True)
        self.form.add("code_set", "Code set", self._set, 0, 0, 12)
        self.form.add("path", "File", self._file, 1, 0, 12)
        self.form.add("effective_from", "Holds from", DateField(today, name="effective_from"), 2, 0, 6)
        self._set.set_value(code_set)
        self._about = StatusLine()
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(2, self._about)
        self._set.currentIndexChanged.connect(self._on_changed)
        self.form.changed.connect(self._on_typed)
        self._say_file()

    @property
    def _code_set(self) -> CodeSet:
        return CodeSet(str(self._set.value()))

    def _say_file(self) -> None:
        self._about.say(FILES[self._code_set], Tone.NONE)

    @Slot()
    def _on_changed(self, *_: object) -> None:
        self._path, self._looked = None, None
        self._file.clear()
        self.confirm.say("Choose a file")
        self._say_file()

    @Slot()
    def _on_typed(self, *_: object) -> None:
        if self._looked is not None and self._looked != self._wanted():
            self._looked = None
            self.confirm.say("Look at the file")

    def _wanted(self) -> PreviewCodes | None:
        if self._path is None:
            return None
        day = self.form.value("effective_from")
        return PreviewCodes(self._code_set, str(self._path), day if isinstance(day, date) else None)

    def _on_send(self) -> None:
        wanted = self._wanted()
        if wanted is None:
            self.page.shell.choose_file("Choose a code set file", PATTERNS, self._on_chosen)
        elif self._looked == wanted:
            command = ImportCodes(
                self.page.desk.new_id(), wanted.code_set, wanted.path, wanted.effective_from, self._sha256
            )
            self._sending = True
            job = self.page.jobs.start(import_codes, command, "Importing a code set")
            job.on(self._on_imported, self._on_refused)
        else:
            self._look(wanted)

    def _on_chosen(self, path: Path) -> None:
        self._path = path
        self._file.setText(str(path))
        self._file.setToolTip(str(path))
        if (wanted := self._wanted()) is not None:
            self._look(wanted)

    def _look(self, wanted: PreviewCodes) -> None:
        self._sending = True
        self._about.say("Reading the file …", Tone.NONE)
        job = self.page.jobs.ask(preview_codes, wanted, "Looking at a code set")
        job.on(lambda preview: self._on_previewed(wanted, preview), self._on_refused)

    def _on_previewed(self, wanted: PreviewCodes, preview: CodesPreview) -> None:
        self._sending = False
        stops = [each for each in preview.problems if not each.warns]
        self.form.show_problems(stops)
        if preview.effective_from is not None and wanted.effective_from is None:
            self.form.set_values({"effective_from": preview.effective_from})
        if stops:
            self._about.say(" ".join(each.sentence() for each in stops), Tone.STOP)
            self.confirm.say("Look at the file")
            return
        self._looked, self._sha256 = self._wanted(), preview.sha256
        warned = " ".join(each.sentence() for each in preview.problems)
        self._about.say(f"{_said(preview)} {warned}".strip(), Tone.WARN if warned else Tone.OK)
        self.confirm.say(f"Import {preview.rows:,} codes")

    @Slot(object)
    def _on_imported(self, done: ImportedCodes) -> None:
        self._sending = False
        self.page.shell.say(f"Imported {done.rows:,} codes; they hold from {say_date(done.effective_from)}.")
        self.page.close_panel()
        self.page.reload()

    @Slot(object)
    def _on_refused(self, error: object) -> None:
        self._sending = False
        problems = error.problems if isinstance(error, Invalid) else (Problem("refused", "path", explain(error)),)
        self.form.show_problems(problems, focus=False)
        self._about.say("Nothing was imported.", Tone.STOP)
        self.confirm.say("Choose a file" if self._path is None else "Look at the file")


def _said(preview: CodesPreview) -> str:
    changes = f" {preview.added:,} are new, {preview.ended:,} end, {preview.changed:,} have other words."
    counted = any((preview.added, preview.ended, preview.changed))
    span = f"{preview.rows:,} codes, {preview.billable:,} of them billable, from {preview.first} to {preview.last}."
    return f"{span}{changes if counted else ''}"
