"""A document of a patient, looked at inside the program; nothing of it is ever written to a file (SECURITY P1, L5)."""

from collections.abc import Callable

from PySide6.QtCore import Slot
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QHBoxLayout, QWidget

from medbill_desktop.domain.dates import show_date
from medbill_desktop.domain.scans import say_size
from medbill_desktop.ui.dialogs.asking import PrintDialog, letter_printer
from medbill_desktop.ui.dialogs.secure_dialog import SecureDialog
from medbill_desktop.ui.theme import Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.scan_view import STEP, ScanView, sheets_of
from medbill_desktop.ui.widgets.words import label
from medbill_desktop.usecases.documents import DocumentContent


class DocumentDialog(SecureDialog):
    """The scan, with its pages, zoom and turning by keyboard; `on_printer` hears which printer was chosen."""

    def __init__(
        self, parent: QWidget, shown: DocumentContent, on_printer: Callable[[QPrinter], object] | None = None
    ) -> None:
        super().__init__(parent, "Document")
        self._on_printer = on_printer
        line = shown.line
        self._sheets = sheets_of(shown.content, line.format)
        self.view = ScanView(self._sheets)
        said = [line.words, show_date(line.document.dated_on), say_size(line.bytes), f"added by {line.added_by}"]
        if line.document.title:
            said.insert(1, line.document.title)
        self._count = label("", Type.CAPTION, "2")
        view = self.view
        tools = QHBoxLayout()
        for each in (
            Button("Back", "PgUp", listens=False, pressed=lambda: view.show_page(view.at - 1)),
            Button("Next", "PgDown", listens=False, pressed=lambda: view.show_page(view.at + 1)),
            Button("Larger", "+", listens=False, pressed=lambda: view.set_zoom(view.zoom * STEP)),
            Button("Smaller", "-", listens=False, pressed=lambda: view.set_zoom(view.zoom / STEP)),
            Button("Fit", "0", listens=False, pressed=lambda: view.set_zoom(1.0)),
            Button("Turn", "R", listens=False, pressed=view.rotate),
        ):
            tools.addWidget(each)
        tools.addWidget(self._count)
        tools.addStretch(1)
        self.body.addWidget(label(" · ".join(said), ink="2", wrap=True))
        self.body.addWidget(self.view, 1)
        self.body.addLayout(tools)
        self.print_button = Button("Print", "Ctrl+P", name="print", pressed=self._on_print)
        self.print_button.setVisible(on_printer is not None)
        self.add_buttons(Button("Close", "Esc", name="close", pressed=self.reject), self.print_button)
        self.destroyed.connect(self._sheets.close)
        self.view.turned.connect(self._on_turned)
        self._on_turned(0)
        self.resize(820, min(900, max(560, parent.window().height() - 60)))
        self.view.setFocus()

    def _on_print(self) -> None:
        if self._on_printer is not None:
            PrintDialog(self, letter_printer(), self._on_printer).open()

    @Slot(int)
    def _on_turned(self, at: int) -> None:
        self._count.setText(f"Page {at + 1} of {self._sheets.count}")
