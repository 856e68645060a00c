"""A document before it goes to paper: look, print, save (SECURITY L8, P13)."""

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QHBoxLayout, QWidget

from medbill_desktop.domain.problems import Refused
from medbill_desktop.ui.dialogs.asking import ConfirmDialog, PrintDialog, keep_private, letter_printer, save_dialog
from medbill_desktop.ui.dialogs.secure_dialog import SecureDialog
from medbill_desktop.ui.jobs import Jobs, explain
from medbill_desktop.ui.theme import Tone, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.pdf_view import ZOOM_STEP, Fit, Pages, PdfView, print_pages
from medbill_desktop.ui.widgets.words import StatusLine, label
from medbill_desktop.usecases.watch import Watch

Say = Callable[[str, Tone], None]


class PreviewDialog(SecureDialog):
    """Shows a PDF; `printed` is called once it went to a printer, since only then it may count as handed out.

    `handed` hears "print" or "save" and the pages, for the audit log (SECURITY A15).
    """

    def __init__(
        self, parent: QWidget, jobs: Jobs, say: Say, title: str, pdf: bytes, *,
        suggested: str = "document.pdf", printed: Callable[[], object] | None = None,
        handed: Callable[[str, int], object] = lambda how, pages: None,
    ) -> None:  # fmt: skip
        super().__init__(parent, title)
        self._handed = handed
        self._jobs, self._say, self._pdf, self._suggested, self._printed = jobs, say, pdf, suggested, printed
        self._pages = Pages(pdf)
        self.view = PdfView(self._pages)
        self._count, self._problem = label("", Type.CAPTION, "2"), StatusLine()
        turn = QHBoxLayout()
        turn.addWidget(Button("Back", "PgUp", listens=False, pressed=lambda: self.view.show_page(self.view.at - 1)))
        turn.addWidget(Button("Next", "PgDown", listens=False, pressed=lambda: self.view.show_page(self.view.at + 1)))
        turn.addWidget(self._count)
        turn.addStretch(1)
        for words, key, does in (
            ("Smaller", "Ctrl+-", lambda: self.view.zoom(1 / ZOOM_STEP)),
            ("Larger", "Ctrl++", lambda: self.view.zoom(ZOOM_STEP)),
            ("Page", "Ctrl+0", lambda: self.view.fit(Fit.PAGE)),
            ("Width", "Ctrl+1", lambda: self.view.fit(Fit.WIDTH)),
        ):
            turn.addWidget(Button(words, key, pressed=does))
        self.body.addWidget(self.view, 1)
        self.body.addLayout(turn)
        self.body.addWidget(self._problem)
        self.print_button = Button("Print", "Ctrl+P", kind="primary", name="print", pressed=self._on_print)
        self.add_buttons(
            Button("Close", "Esc", name="close", pressed=self.reject),
            Button("Save as PDF", "Ctrl+S", name="save_pdf", pressed=self._on_save),
            self.print_button,
        )
        self.destroyed.connect(self._pages.close)
        self.view.turned.connect(self._on_turned)
        self._on_turned(0)
        self.resize(max(760, self.sizeHint().width()), min(900, max(560, parent.window().height() - 60)))
        self.view.setFocus()

    @Slot(int)
    def _on_turned(self, at: int) -> None:
        self._count.setText(f"Page {at + 1} of {self._pages.count}")

    def _on_print(self) -> None:
        PrintDialog(self, letter_printer(), self._on_printer).open()

    def _on_printer(self, printer: QPrinter) -> None:
        pages = self._pages

        def put_on_paper(watch: Watch) -> int:
            keep_private(printer)
            return print_pages(pages, printer, watch)

        job = self._jobs.work(put_on_paper, "Printing")
        job.on(self._on_done, self._on_failed)
        self.print_button.setEnabled(False)

    @Slot(object)
    def _on_done(self, count: int) -> None:
        self.print_button.setEnabled(True)
        self._say(f"Sent to the printer: {count} {'page' if count == 1 else 'pages'}.", Tone.OK)
        self._handed("print", count)
        if self._printed is not None:
            self._printed()
        self.accept()

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self.print_button.setEnabled(True)
        self._problem.say(explain(error))

    def _on_save(self) -> None:
        save_dialog(self, "Save as PDF", self._suggested, self._on_path)

    def _on_path(self, path: Path) -> None:
        write_new(self, self._jobs, path, self._pdf, self._on_saved, self._on_failed)

    def _on_saved(self, _: Path) -> None:
        self._handed("save", self._pages.count)
        self._say("Saved.", Tone.OK)


def write_new(
    parent: QWidget, jobs: Jobs, path: Path, data: bytes, done: Callable[[Path], object],
    failed: Callable[[object], object],
) -> None:  # fmt: skip
    """Write a file for its owner alone, on a worker; asks first where there is one already."""

    def write() -> None:
        jobs.call(lambda: _written(path, data)).on(done, failed)

    if path.exists():
        sentence = "There is a file of that name already. Replace it?"
        ConfirmDialog(parent, "Replace the file", sentence, "Replace", write).open()
    else:
        write()


def _written(path: Path, data: bytes) -> Path:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise Refused(f"The file could not be written: {error.strerror}. Choose another folder.") from None
    return path
