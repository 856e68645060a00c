"""The Documents tab: scans inside the vault; put in, looked at and withdrawn (SECURITY A6, P16)."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Problem, Refused
from medbill_desktop.domain.scans import KIND_WORDS, DocumentKind, say_size
from medbill_desktop.ui.dialogs.asking import keep_private
from medbill_desktop.ui.dialogs.document_view import DocumentDialog
from medbill_desktop.ui.help import Key
from medbill_desktop.ui.models.rows import Column, Kind, Status
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.patient_tab import PanelForm, PatientTab
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import ChoiceField, DateField, LineField
from medbill_desktop.ui.widgets.scan_view import print_sheets, sheets_of
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import StatusLine, label
from medbill_desktop.usecases.documents import (
    AddDocument,
    DocumentContent,
    DocumentDetails,
    DocumentLimit,
    DocumentLine,
    DocumentRoom,
    ListDocuments,
    OpenDocument,
    SetDocumentLimit,
    WithdrawDocument,
    add_document,
    document_limit,
    list_clinical_documents,
    list_documents,
    open_clinical_document,
    open_document,
    print_clinical_document,
    print_document,
    set_document_limit,
    withdraw_document,
)
from medbill_desktop.usecases.visits import PatientVisits, VisitLine, patient_visits
from medbill_desktop.usecases.watch import Watch

MOST_VISITS = 50
PATTERNS = "Scans (*.png *.jpg *.jpeg *.pdf);;All files (*)"


def _standing(row: DocumentLine) -> Status | None:
    if row.withdrawn_at is None:
        return None
    return Status(Tone.NONE, f"Withdrawn: {row.withdrawn_reason}")


COLUMNS = (
    Column("dated_on", "Date", Kind.DATE, 100, value=lambda row: row.document.dated_on),
    Column("words", "Kind", Kind.NAME, 190),
    Column("title", "Title", stretch=True, value=lambda row: row.document.title),
    Column("pages", "Pages", Kind.COUNT, 60, drop=2),
    Column("size", "Size", width=80, value=lambda row: say_size(row.bytes), drop=3),
    Column("added_by", "Added by", width=150, drop=1),
    Column("standing", "Status", Kind.STATUS, 220, value=_standing),
)


class DocumentsTab(PatientTab):
    """What was scanned for this patient, the newest first. A file may be dropped on it."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self._asked_of: Id | None = None
        self._found: dict[bool, tuple[DocumentLine, ...]] = {}
        empty = "Nothing scanned yet. Ctrl+Shift+N puts a scan into the vault, or drop a file here."
        self.table = Table(COLUMNS, name="patient_documents", spoken="Documents", sizes=page.shell.sizes, empty=empty)
        add = page.button("Add a scan", "Ctrl+Shift+N", self._on_add, case=add_document, icon_name="ph.plus")
        withdraw = page.button("Withdraw", "Ctrl+Shift+X", self._on_withdraw, case=withdraw_document)
        limit = page.button("Size limit", "Ctrl+Shift+L", self._on_limit, case=set_document_limit)
        self._room = label("", Type.CAPTION, "2", wrap=True)
        self._room.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout()
        row.setContentsMargins(Space.ONE, 0, Space.ONE, Space.ONE)
        row.setSpacing(Space.ONE)
        for each in (add, withdraw, limit):
            row.addWidget(each)
        row.addWidget(self._room, 1)
        self.column.addWidget(self.table, 1)
        self.column.addLayout(row)
        page.keys += [Key("Enter", "Look at the document"), Key("Ctrl+P", "Print the document that is looked at")]
        self.setAcceptDrops(page.desk.may(add_document))
        self.table.opened.connect(self._on_opened)

    def show_card(self, card: Any) -> None:
        super().show_card(card)
        if self.isVisible():
            self.wake()

    def wake(self) -> None:
        if self.card is None:
            return
        self._asked_of, self._found = self.card.id, {}
        asked, page = ListDocuments(self.card.id), self.page
        page.ask(list_documents, asked, self._on_desk_kinds)
        if page.desk.may(list_clinical_documents):
            page.ask(list_clinical_documents, asked, self._on_clinical)
        page.ask(document_limit, DocumentLimit(), self._on_room)

    def forget(self) -> None:
        super().forget()
        self._found = {}
        self.table.show_rows([], keep=False)

    def focus_first(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if (path := _dropped(event)) is not None:
            event.acceptProposedAction()
            self.offer(path)

    def offer(self, path: Path) -> None:
        """Ask what a file is, before it goes into the vault."""
        if self.card is not None:
            AddForm(self, path).open("Add a scan")

    @Slot(object)
    def _on_desk_kinds(self, found: tuple[DocumentLine, ...]) -> None:
        self._show(False, found)

    @Slot(object)
    def _on_clinical(self, found: tuple[DocumentLine, ...]) -> None:
        self._show(True, found)

    def _show(self, clinical: bool, found: tuple[DocumentLine, ...]) -> None:
        if self.card is None or self.card.id != self._asked_of:
            return
        self._found[clinical] = found
        rows = [each for some in self._found.values() for each in some]
        self.table.show_rows(sorted(rows, key=lambda row: (row.document.dated_on, row.id), reverse=True))

    @Slot(object)
    def _on_room(self, room: DocumentRoom) -> None:
        scans = f"{room.scans} {'scan' if room.scans == 1 else 'scans'} in the vault, {say_size(room.bytes)}"
        self._room.setText(f"One file up to {room.most_megabytes} MB. {scans}; backups hold them.")

    @Slot(object)
    def _on_opened(self, row: DocumentLine) -> None:
        case = open_clinical_document if row.clinical else open_document
        self.page.ask(case, OpenDocument(row.id), self._on_content)

    @Slot(object)
    def _on_content(self, shown: DocumentContent) -> None:
        if self.card is None:
            return
        line = shown.line
        case = print_clinical_document if line.clinical else print_document

        def put_on_paper(printer: QPrinter) -> None:
            self.page.ask(case, OpenDocument(line.id), lambda ready: self._print(ready, printer))

        DocumentDialog(self, shown, put_on_paper if self.page.desk.may(case) else None).open()

    def _print(self, ready: DocumentContent, printer: QPrinter) -> None:
        """Print what was handed out for it: the row of the log stands by now."""
        sheets = sheets_of(ready.content, ready.line.format)

        def work(watch: Watch) -> int:
            try:
                keep_private(printer)
                return print_sheets(sheets, printer, watch)
            finally:
                sheets.close()

        self.page.jobs.work(work, "Printing").on(self._on_printed, self.page.say_error)

    @Slot(object)
    def _on_printed(self, count: int) -> None:
        self.page.shell.say(f"Sent to the printer: {count} {'page' if count == 1 else 'pages'}.")

    def _on_add(self) -> None:
        self.page.shell.choose_file("Choose a scan", PATTERNS, self.offer)

    def _on_withdraw(self) -> None:
        row = self.table.chosen_row()
        if not isinstance(row, DocumentLine) or row.withdrawn_at is not None:
            return
        page = self.page

        def does() -> None:
            command = WithdrawDocument(page.desk.new_id(), row.id, made.form.text("reason"))
            made.run(withdraw_document, command, "The document is withdrawn.")

        words = f"{row.words} of {show_date(row.document.dated_on)}. It stays, marked as withdrawn, with the reason."
        made = PanelForm(page, words, "Withdraw it", does, keeps="document.withdraw", about=row.id)
        made.form.add("reason", "Why", LineField("Such as: belongs to another patient"), 0, 0, 12)
        made.open("Withdraw a document")

    def _on_limit(self) -> None:
        page = self.page

        def does() -> None:
            typed = made.form.text("megabytes")
            if not typed.isdecimal():
                made.form.show_problems([Problem("limit", "megabytes", "Type a number of megabytes.")])
                return
            made.run(set_document_limit, SetDocumentLimit(page.desk.new_id(), int(typed)), "The limit is set.")

        words = "How large one file may be. Every backup holds all scans."
        made = PanelForm(page, words, "Set the limit", does, keeps="document.limit")
        made.form.add("megabytes", "Megabytes", LineField("10", most=3), 0, 0, 5)
        made.open("Size limit")


class AddForm(PanelForm):
    """What a file is; once it is in the vault, whether the file outside is deleted."""

    def __init__(self, tab: DocumentsTab, path: Path) -> None:
        words = f"{path.name} goes into the vault as it is."
        super().__init__(tab.page, words, "Add it", self._add, keeps="document")
        self._tab, self._path, self._whose = tab, path, tab.card
        kinds = [(kind, words) for kind, words in KIND_WORDS.items()]
        self.form.add("kind", "What it is", ChoiceField(kinds), 0, 0, 12)
        self.form.add("dated_on", "Date on it", DateField(tab.page.desk.clock.today), 1, 0, 6)
        self.form.add("title", "Title", LineField("May stay empty", most=80), 2, 0, 12)
        policies: list[tuple[object, str]] = [(None, "No policy")]
        if tab.card is not None:
            policies += [(each.id, f"{each.payer} {show_date(each.coverage.first_day)}") for each in tab.card.coverages]
        self.form.add("coverage_id", "Belongs to", ChoiceField(policies), 3, 0, 12)
        self.form.add("visit_id", "And to the visit", ChoiceField([(None, "No visit")]), 4, 0, 12)
        if tab.card is not None and tab.page.desk.may(patient_visits):
            tab.page.ask(patient_visits, PatientVisits(tab.card.id), self._on_visits)
        self.form.set_values({"kind": DocumentKind.CARD_FRONT, "dated_on": tab.page.desk.clock.today()})
        self.add_note("A picture (PNG, JPEG) or a PDF. What it is, is told by its content, not by its name.")

    @Slot(object)
    def _on_visits(self, found: tuple[VisitLine, ...]) -> None:
        field = self.form.fields["visit_id"].field
        newest = [(each.id, f"{show_date(each.visit.service_date)} {each.provider}") for each in found[:MOST_VISITS]]
        if isinstance(field, ChoiceField):
            field.offer([(None, "No visit"), *newest])

    def _add(self) -> None:
        if self._whose is None:
            return
        page, value = self.page, self.form.value
        coverage, visit = value("coverage_id"), value("visit_id")
        details = DocumentDetails(
            str(value("kind")),
            value("dated_on") or page.desk.clock.today(),  # type: ignore[arg-type]
            self.form.text("title"),
            Id(coverage) if isinstance(coverage, int) else None,
            Id(visit) if isinstance(visit, int) else None,
        )
        command = AddDocument(page.desk.new_id(), self._whose.id, str(self._path), details)
        self.run(add_document, command, "The scan is in the vault.")

    @Slot(object)
    def _on_done(self, _: object) -> None:
        self.page.shell.say(self._done)
        DeleteOriginal(self.page, self._path).open()


class DeleteOriginal(QWidget):
    """The scan is in the vault; its original outside is still readable by whoever opens that folder (SECURITY P16)."""

    def __init__(self, page: Page, path: Path) -> None:
        super().__init__()
        self._page, self._path = page, path
        self._trouble = StatusLine()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, Space.ONE, 0)
        column.setSpacing(Space.TWO)
        column.addWidget(label("The scan is in the vault, encrypted. Its original still lies outside it.", wrap=True))
        wiping = "Deleting is not wiping: on an SSD the bytes can stay until they are written over. Encrypt that disk."
        column.addWidget(label(wiping, Type.CAPTION, "2", wrap=True))
        column.addWidget(self._trouble)
        column.addStretch(1)
        self.confirm = Button("Delete it", "Alt+X", name="delete_original", pressed=self._on_delete)
        self.keep = Button("Keep it", "Esc", kind="primary", name="keep_original", pressed=page.close_panel)

    def open(self) -> None:
        self._page.open_panel("The original", self, buttons=(self.keep, self.confirm))
        # The key that put the scan in, pressed once more, must not delete a file.
        self.keep.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_delete(self) -> None:
        page, path = self._page, self._path
        page.jobs.call(lambda: _delete(page, path)).on(self._on_deleted, self._on_failed)

    @Slot(object)
    def _on_deleted(self, _: object) -> None:
        self._page.shell.say("The original is deleted.")
        self._page.close_panel()

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self._trouble.say(str(error) if isinstance(error, Refused) else "The file could not be deleted.", Tone.STOP)


def _delete(page: Page, path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        raise Refused(f"The file could not be deleted: {error.strerror}. Delete it by hand.") from None
    page.desk.record("document.original_deleted")


def _dropped(event: QDropEvent) -> Path | None:
    """Return the one file that is dropped; None where it is none, or more than one."""
    urls = event.mimeData().urls()
    return Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None
