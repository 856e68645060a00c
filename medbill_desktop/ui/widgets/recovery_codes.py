"""Ten recovery codes, shown once: to be printed, or copied for thirty seconds (SECURITY K25)."""

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtGui import QTextDocument
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from medbill_desktop.domain.problems import Refused
from medbill_desktop.ui.dialogs.asking import PrintDialog, keep_private, letter_printer
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.words import StatusLine, label

ONLY_NOW = "Ten codes for the day your telephone is lost. Each works once. They are shown only now: print them."


class CopiesSecrets(Protocol):
    """A clipboard that forgets; the shell is one, and so is the clipboard of the first run."""

    def copy_secret(self, text: str) -> None: ...


class RecoveryCodes(QWidget):
    """The codes in two columns and what may be done with them."""

    def __init__(self, codes: Sequence[str], clipboard: CopiesSecrets, window: QWidget) -> None:
        super().__init__()
        self._codes, self._clipboard, self._window = tuple(codes), clipboard, window
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.ONE)
        column.addWidget(label(ONLY_NOW, wrap=True))
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.FOUR)
        for at, code in enumerate(self._codes):
            grid.addWidget(label(code, Type.CAPTION, name=f"recovery_code_{at}"), at % 5, at // 5)
        column.addLayout(grid)
        row = QHBoxLayout()
        self.print_button = Button("Print the codes", "Ctrl+P", name="print_codes", pressed=self._on_print)
        row.addWidget(self.print_button)
        row.addWidget(Button("Copy for 30 seconds", name="copy_codes", pressed=self._on_copy))
        row.addStretch(1)
        column.addLayout(row)
        self._said = StatusLine()
        column.addWidget(self._said)

    def _on_copy(self) -> None:
        self._clipboard.copy_secret("\n".join(self._codes))

    def _on_print(self) -> None:
        PrintDialog(self._window, letter_printer(), self._on_printer).open()

    def _on_printer(self, printer: QPrinter) -> None:
        try:
            keep_private(printer)
        except Refused as refusal:
            self._said.say(str(refusal))
            return
        page = QTextDocument()
        page.setPlainText("MedBill: recovery codes. Each works once.\n\n" + "\n".join(self._codes))
        page.print_(printer)
        self._said.say("The codes went to the printer.", Tone.OK)
