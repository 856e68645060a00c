"""Import: a file is looked at whole, row by row, before anything of it is written (DESIGN 11, SECURITY F13-F14)."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QProgressBar, QWidget

from medbill_desktop.domain.money import format_cents
from medbill_desktop.domain.problems import Invalid, Problem
from medbill_desktop.ui.help import Key
from medbill_desktop.ui.jobs import Job, Jobs
from medbill_desktop.ui.models.rows import Column, Kind, Section, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button, primary_button
from medbill_desktop.ui.widgets.fields import ChoiceField, Form, LineField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import Fact, label, reveal
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.importing_ledger import LedgerSums
from medbill_desktop.usecases.imports import (
    KINDS,
    WHOLE,
    Imported,
    ImportPreview,
    ImportRows,
    PreviewImport,
    import_rows,
    preview_import,
)
from medbill_desktop.usecases.ledger_imports import list_imports

KIND_WORDS = {
    "patients": "Patients",
    "payers": "Payers",
    "coverages": "Coverages",
    "visits": "Visits",
    "fees": "Prices",
    "rates": "Contract rates",
    "history": "Ledger history",
    "balances": "Opening balances",
}
OWN, SYNTHEA, FROM_FILE = "", "synthea", "file"


@dataclass(frozen=True, slots=True)
class FaultRow:
    """One thing that is wrong with, or odd about, a row of the file."""

    id: int
    problem: Problem


COLUMNS = (
    Column("line", "Where", Kind.CODE, 92, value=lambda row: row.problem.segment.capitalize()),
    Column("column", "Column", Kind.CODE, 150, value=lambda row: row.problem.field),
    Column("why", "Reason", Kind.NAME, stretch=True, value=lambda row: row.problem.text),
    Column("fix", "What to do", width=330, value=lambda row: row.problem.fix, drop=1),
    Column(
        "tone", "Row", Kind.STATUS, 120,
        value=lambda row: Status(Tone.WARN, "Look again") if row.problem.warns else Status(Tone.STOP, "Refused"),
    ),
)  # fmt: skip


class ImportPage(Page):
    """Choose, look, import: the last button stays grey until the same file was looked at."""

    topics = frozenset({"patients", "catalogs", "visits", "ledger"})

    no_draft = "A file is chosen; it is looked at anew before anything is written."

    def __init__(self, desk: Desk, jobs: Jobs, shell: Shell) -> None:
        super().__init__(desk, jobs, shell, "Import")
        self._path: Path | None = None
        self._map_path: Path | None = None
        self._looked: PreviewImport | None = None
        self._asked: PreviewImport | None = None
        self._preview: ImportPreview | None = None
        self._job: Job | None = None
        self._form, self._hint = Form(), label("", Type.CAPTION, "2", wrap=True)
        self._kind = ChoiceField([(kind, KIND_WORDS.get(kind, kind.capitalize())) for kind in KINDS])
        self._file = LineField("No file chosen", name="import_file", most=4000)
        self._file.setReadOnly(True)
        self._map = ChoiceField(
            [(OWN, "The usual column names"), (SYNTHEA, "Synthea export"), (FROM_FILE, "A map of my own")]
        )
        self._facts = {key: Fact(words) for key, words in _FACTS}
        self._notes = label("", Type.CAPTION, "2")
        self._progress, self._doing = QProgressBar(), label("", Type.CAPTION, "2")
        self._skip = QCheckBox("Leave the refused rows out (Alt+R)")
        self._table = Table(COLUMNS, name="import", spoken="Rows with a problem", sizes=shell.sizes, empty=_BEFORE)
        self._lay_out()
        self._make_actions()
        self._kind.currentIndexChanged.connect(self._on_changed_choice)
        self._map.currentIndexChanged.connect(self._on_map)
        self._skip.toggled.connect(self._on_skip)
        self._table.show_rows([])
        self._show_state()

    def _lay_out(self) -> None:
        self._form.add("kind", "What is in the file", self._kind, 0, 0, 3)
        self._form.add("path", "File", self._file, 0, 3, 6)
        self._form.add("column_map", "Columns", self._map, 0, 9, 3)
        self.add(self._form)
        self.add(self._hint)
        self._running = QWidget()
        row = QHBoxLayout(self._running)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(Space.TWO)
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName("Progress")
        row.addWidget(self._progress, 1)
        row.addWidget(self._doing)
        row.addWidget(Button("Cancel", "Esc", name="cancel_import", pressed=self._on_cancel))
        self.add(self._running)
        self._sums = QWidget()
        sums = QHBoxLayout(self._sums)
        sums.setContentsMargins(0, 0, 0, 0)
        sums.setSpacing(40)
        for each in self._facts.values():
            sums.addWidget(each)
        sums.addWidget(self._notes, 1, Qt.AlignmentFlag.AlignBottom)
        self.add(self._sums)
        self.add(self._table, 1)

    def _make_actions(self) -> None:
        choose = self.button("Choose a file", "Ctrl+O", self._on_choose, icon_name="ph.folder-open")
        ledgers = self.button("Imported ledgers", "Alt+B", self._on_ledgers, case=list_imports, name="ledgers")
        self.tools(ledgers, choose)
        self._look = self.button("Look at the file", "Ctrl+Enter", self._on_look, case=preview_import, name="look")
        self._import = primary_button("Import", "Ctrl+Shift+Enter", name="import", pressed=self._on_import)
        self.action_bar.add(self._skip, self._look, self._import)
        self.action("Leave the refused rows out", "Alt+R", self._skip.click)
        self.keys.append(Key("Ctrl+Shift+Enter", "Import what was looked at"))

    def open(self, place: object) -> None:
        """Show the kind of records that `place` names."""
        if place in KINDS:
            self._kind.set_value(str(place))

    def focus_first(self) -> None:
        self._kind.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._job is not None:
            self._on_cancel()
            return
        super().keyPressEvent(event)

    def _wanted(self) -> PreviewImport | None:
        chosen = self._map.value()
        if self._path is None or (chosen == FROM_FILE and self._map_path is None):
            return None
        column_map = str(self._map_path) if chosen == FROM_FILE else str(chosen)
        return PreviewImport(str(self._kind.value()), str(self._path), column_map)

    def _on_ledgers(self) -> None:
        self.shell.go("ledgers")

    def _on_choose(self) -> None:
        self.shell.choose_file("Choose a file to import", "Lists (*.csv *.txt *.tsv);;All files (*)", self._on_chosen)

    def _on_chosen(self, path: Path) -> None:
        self._path = path
        self._file.setText(str(path))
        self._file.setToolTip(str(path))
        self._on_changed_choice()
        self._look.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_map(self, *_: object) -> None:
        if self._map.value() == FROM_FILE:
            self.shell.choose_file("Choose a column map", "Column maps (*.toml)", self._on_map_chosen)
        self._on_changed_choice()

    def _on_map_chosen(self, path: Path) -> None:
        self._map_path = path
        self._map.setToolTip(str(path))
        self._on_changed_choice()

    @Slot()
    def _on_changed_choice(self, *_: object) -> None:
        """What was looked at is not what is chosen now."""
        if self._wanted() != self._looked:
            self._forget_preview()
        self._show_state()

    def _forget_preview(self) -> None:
        self._looked = self._preview = None
        self._skip.setChecked(False)
        self._table.set_empty(_BEFORE)
        self._table.show_rows([], keep=False)

    def _on_look(self) -> None:
        asked = self._wanted()
        if asked is None or self._job is not None:
            missing = "path" if self._path is None else "column_map"
            self._form.show_problems([Problem("missing", missing, "Choose the file.", "Ctrl+O opens it.")])
            return
        self._form.clear_problems()
        self.problems.say()
        self._forget_preview()
        self._asked = asked
        job = self.jobs.ask(preview_import, asked, "Looking at a file")
        self._follow(job.on(self._on_previewed, self._on_refused))

    def _follow(self, job: Job) -> None:
        self._job = job
        self._progress.setRange(0, 0)
        self._doing.setText(job.title)
        job.progressed.connect(self._on_progress)
        job.cancelled.connect(self._on_cancelled)
        job.finished.connect(self._on_finished)
        if self._look.hasFocus() or self._import.hasFocus():
            # A button that is disabled hands its focus on, out of the page, where Esc no longer cancels.
            self._table.setFocus(Qt.FocusReason.OtherFocusReason)
        self._show_state()

    @Slot(object, object, str)
    def _on_progress(self, done: int, total: int, text: str) -> None:
        self._progress.setRange(0, max(total, 1))
        self._progress.setValue(done)
        left = None if self._job is None else self._job.seconds_left(done, total)
        after = "" if left is None or left < 2 else f", about {left} seconds left"
        self._doing.setText(f"{text}: {done:,} of {total:,}{after}")

    @Slot()
    def _on_finished(self) -> None:
        self._job = None
        self._show_state()
        if self._import.isEnabled() and self._table.hasFocus():
            self._import.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _on_cancelled(self) -> None:
        self.problems.say(("Cancelled. Nothing was imported.", Tone.WARN))

    @Slot(object)
    def _on_refused(self, error: object) -> None:
        if isinstance(error, Invalid):
            self.say_problems(*error.problems[:5])
        else:
            self.say_error(error)

    def _on_cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    @Slot(object)
    def _on_previewed(self, preview: ImportPreview) -> None:
        if self._asked != self._wanted():
            return  # another file was chosen meanwhile
        self._looked, self._preview = self._asked, preview
        rows: list[object] = []
        for title, some, count in (
            ("Refused", preview.problems, f"{preview.refused:,} rows"),
            ("Look again", preview.warnings, f"{len(preview.warnings):,}"),
        ):
            if some:
                rows.append(Section(title, count))
                rows += [FaultRow(len(rows) + at, each) for at, each in enumerate(some)]
        self._table.set_empty("Every row is in order.")
        self._table.show_rows(rows, keep=False)

    @Slot(bool)
    def _on_skip(self, _: bool) -> None:
        self._show_state()

    def _may_import(self) -> bool:
        found = self._preview
        if found is None or self._looked is None or self._looked != self._wanted() or self._job is not None:
            return False
        return found.ready > 0 and (found.refused == 0 or self._leaves_out()) and self.desk.may(import_rows)

    def _leaves_out(self) -> bool:
        """Tell whether refused rows are left out; a ledger comes whole or not at all."""
        return self._skip.isChecked() and self._kind.value() not in WHOLE

    def _on_import(self) -> None:
        looked, found = self._looked, self._preview
        if looked is None or found is None or not self._may_import():
            return
        self.problems.say()
        command = ImportRows(
            self.desk.new_id(), looked.kind, looked.path, looked.column_map, self._skip.isChecked(), found.sha256
        )
        self._follow(self.jobs.start(import_rows, command, "Importing").on(self._on_imported, self._on_refused))

    @Slot(object)
    def _on_imported(self, done: Imported) -> None:
        also = [f"{n:,} {w}" for n, w in ((done.providers_made, "providers"), (done.places_made, "places")) if n]
        left = f" {done.refused:,} rows were left out." if done.refused else ""
        more = f" {' and '.join(also)} were added." if also else ""
        words = f"Imported {done.imported:,} of {done.rows:,} rows; {done.known:,} were here already.{left}{more}"
        self._forget_preview()
        self._table.set_empty(words)
        self._table.show_rows([], keep=False)
        self.problems.say((words, Tone.OK))
        self.shell.say("The import is done.")

    def _show_state(self) -> None:
        kind, found = str(self._kind.value()), self._preview
        own = self._map.value() == OWN
        reveal(self._hint, own)
        self._hint.setText(_hint(kind) if found is None else _said_columns(found))
        reveal(self._running, self._job is not None)
        reveal(self._sums, found is not None)
        reveal(self._skip, found is not None and found.refused > 0 and kind not in WHOLE)
        self._look.setEnabled(self._job is None and self.desk.may(preview_import))
        self._import.setEnabled(self._may_import())
        self._import.say("Import" if found is None else f"Import {found.ready:,} rows")
        if found is not None:
            for key, _ in _FACTS:
                count = getattr(found, key)
                self._facts[key].show_figure(f"{count:,}", "stop" if key == "refused" and count else "")
            providers, places = found.also_made
            made = f"; also makes {providers:,} providers and {places:,} places" if providers or places else ""
            self._notes.setText(
                (_said_ledger(found.ledger) if found.ready else "") or f"Read as {found.encoding}{made}"
            )
        self._say_what_happens(found)

    def _say_what_happens(self, found: ImportPreview | None) -> None:
        if self._job is not None:
            self.action_bar.say("You may go on working on another page meanwhile.")
        elif found is None:
            self.action_bar.say("Nothing is written before you have looked.")
        elif found.refused and not self._leaves_out():
            lead = "1 row is refused" if found.refused == 1 else f"{found.refused:,} rows are refused"
            whole = self._kind.value() in WHOLE
            fix = "Correct the file: a ledger comes whole." if whole else "Correct the file, or leave them out."
            self.action_bar.say(fix, lead=lead, tone=Tone.STOP)
        elif found.ready == 0:
            self.action_bar.say("Every row of this file is here already." if found.known else "There is no row.")
        else:
            self.action_bar.say("All of it is written, or nothing.", lead="Ready", tone=Tone.OK)


def _hint(kind: str) -> str:
    fields = ", ".join(KINDS[kind].fields)
    return f"The first row names the columns: {fields}. Usual names such as DOB or Last Name are understood as well."


def _said_ledger(sums: LedgerSums | None) -> str:
    """Say what a ledger comes to, so that it can be held beside a report of the other system."""
    if sums is None or sums == LedgerSums():
        return ""
    parts = (
        (f"{sums.charges:,} charges", sums.charged_cents, sums.charges),
        ("paid", sums.paid_cents, sums.paid_cents),
        ("given up", sums.adjusted_cents, sums.adjusted_cents),
        ("given back", sums.refunded_cents, sums.refunded_cents),
        ("opening", sums.opening_cents, sums.opening_cents),
        ("leaves", sums.balance_cents, True),
        ("of it patients' credit", sums.credit_cents, sums.credit_cents),
    )
    said = [f"{words} {format_cents(cents)}" for words, cents, shown in parts if shown]
    zero = f" ({sums.zero_charges:,} of them nothing)" if sums.zero_charges else ""
    return ", ".join(said).replace(" charges ", f" charges{zero} ", 1)


def _said_columns(found: ImportPreview) -> str:
    """Say which column was taken for which field, and which ones nothing takes."""
    read = ", ".join(f"“{column}” as {name}" for column, name in found.read_as)
    unread = ", ".join(f"“{column}”" for column in found.unread)
    parts = (f"Read {read}." if read else "", f"Not read: {unread}." if unread else "")
    return " ".join(filter(None, parts)) or "Every column has our own name."


_FACTS = (("rows", "Rows"), ("ready", "Ready"), ("known", "Here already"), ("refused", "Refused"))
_BEFORE = "Choose a file with Ctrl+O, then look at it with Ctrl+Enter."
