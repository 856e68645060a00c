"""Small dialogs of the shell: one more question, a file, a folder, a printer (SECURITY L8, P13)."""

import os
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QMarginsF, QSettings, Qt, QUrl, Slot
from PySide6.QtGui import QIcon, QPageLayout, QPageSize
from PySide6.QtPrintSupport import QPrintDialog, QPrinter
from PySide6.QtWidgets import QComboBox, QDialogButtonBox, QFileDialog, QLineEdit, QPushButton, QToolButton, QWidget

from medbill_desktop.domain.problems import Refused
from medbill_desktop.ui.dialogs.secure_dialog import SecureDialog
from medbill_desktop.ui.icons import icon
from medbill_desktop.ui.widgets.buttons import Button, press_on_enter
from medbill_desktop.ui.widgets.words import StatusLine, label

W = TypeVar("W", bound=QWidget)
TOOLS = {
    "backButton": "ph.arrow-left",
    "forwardButton": "ph.arrow-right",
    "toParentButton": "ph.arrow-up",
    "newFolderButton": "ph.folder-plus",
    "listModeButton": "ph.list",
    "detailModeButton": "ph.list-dashes",
}
JOB_NAME = "MedBill document"  # what the printer's queue shows: never whom it is about


class ConfirmDialog(SecureDialog):
    """One more question before what can't be undone."""

    def __init__(self, parent: QWidget, title: str, sentence: str, button: str, then: Callable[[], object]) -> None:
        super().__init__(parent, title)
        self._then = then
        words = label(sentence, wrap=True)
        words.setMinimumWidth(420)
        self.body.addWidget(words)
        yes = Button(button, "Enter", kind="primary", name="confirm", pressed=self._on_yes)
        self.add_buttons(Button("Cancel", "Esc", name="cancel", pressed=self.reject), yes)
        press_on_enter(self.content, yes)
        yes.setFocus()

    def _on_yes(self) -> None:
        self.accept()
        self._then()


class FileDialog(SecureDialog):
    """Qt's own file dialog inside ours, so that the lock can take it away; its history is emptied after use."""

    no_draft = "The name of a file is no work, and it may carry a patient's."

    def __init__(self, parent: QWidget, title: str, then: Callable[[Path], object]) -> None:
        super().__init__(parent, title)
        self._then = then
        self.files = QFileDialog(self.content)
        self.files.setOption(QFileDialog.Option.DontUseNativeDialog, True)
        self.files.setOption(QFileDialog.Option.DontUseCustomDirectoryIcons, True)
        self.files.setWindowFlags(Qt.WindowType.Widget)
        self.files.setDirectory(str(Path.home()))
        self.files.setSidebarUrls([QUrl.fromLocalFile(str(Path.home()))])
        self.files.fileSelected.connect(self._on_selected)
        # Qt writes the folders of a dialog down when it is destroyed, so they are taken out after that.
        self.files.destroyed.connect(forget_folders)
        self.files.rejected.connect(self.reject)
        self.body.addWidget(self.files)
        self.resize(760, 520)

    @Slot(str)
    def _on_selected(self, name: str) -> None:
        self.files.setHistory([])
        self.accept()
        if name:
            self._then(Path(name))

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        dress(self.files)
        self.files.show()


def dress(dialog: QWidget) -> None:
    """Give a dialog of Qt our own icons: its own are black and can't be seen in the dark theme."""
    for button in dialog.findChildren(QPushButton):
        button.setIcon(QIcon())
    for tool in dialog.findChildren(QToolButton):
        if (name := TOOLS.get(tool.objectName())) is not None:
            tool.setIcon(icon(name, "text2"))


def forget_folders() -> None:
    """Take the last folder and the history of Qt's file dialog out of its settings (SECURITY P13)."""
    settings = QSettings(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, "QtProject")
    settings.beginGroup("FileDialog")
    for key in ("history", "lastVisited"):
        settings.remove(key)
    settings.endGroup()
    settings.sync()


def open_file_dialog(parent: QWidget, title: str, patterns: str, then: Callable[[Path], object]) -> FileDialog:
    """Ask for a file that is there."""
    made = FileDialog(parent, title, then)
    made.files.setFileMode(QFileDialog.FileMode.ExistingFile)
    made.files.setNameFilter(patterns)
    made.open()
    return made


def folder_dialog(parent: QWidget, title: str, then: Callable[[Path], object]) -> FileDialog:
    """Ask for a folder."""
    made = FileDialog(parent, title, then)
    made.files.setFileMode(QFileDialog.FileMode.Directory)
    made.files.setOption(QFileDialog.Option.ShowDirsOnly, True)
    made.open()
    return made


def save_dialog(parent: QWidget, title: str, suggested: str, then: Callable[[Path], object]) -> FileDialog:
    """Ask for a name to save under; an existing file is named in a question by Qt's dialog."""
    made = FileDialog(parent, title, then)
    made.files.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    made.files.setFileMode(QFileDialog.FileMode.AnyFile)
    # Qt asks about overwriting in a box of its own, which the lock could not take away; `write_new` asks instead.
    made.files.setOption(QFileDialog.Option.DontConfirmOverwrite, True)
    made.files.selectFile(suggested)
    made.open()
    return made


def letter_printer() -> QPrinter:
    """Return the printer as it stands, with the paper of this country and no margin of its own."""
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    size = QPageSize(QPageSize.PageSizeId.Letter)
    printer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
    printer.setFullPage(True)
    return printer


def unused(folder: Path, stem: str, ending: str) -> Path:
    """Return a name in this folder that no file has: `MedBill document 2.pdf` after the first."""
    names = (f"{stem}{ending}" if number == 1 else f"{stem} {number}{ending}" for number in count(1))
    return next(path for name in names if not (path := folder / name).exists())


def keep_private(printer: QPrinter) -> None:
    """Where the printer is a file, make it its owner's alone before anything is in it (SECURITY P13)."""
    if name := printer.outputFileName():
        try:
            handle = os.open(name, os.O_WRONLY | os.O_CREAT, 0o600)
        except OSError as error:
            raise Refused(f"The file could not be written: {error.strerror}. Choose another folder.") from None
        os.close(handle)
        os.chmod(name, 0o600)


class PrintDialog(SecureDialog):
    """The print dialog of the system inside ours."""

    no_draft = "The printer is chosen for one paper."

    def __init__(self, parent: QWidget, printer: QPrinter, then: Callable[[QPrinter], object]) -> None:
        super().__init__(parent, "Print")
        printer.setDocName(JOB_NAME)
        self._printer, self._then = printer, then
        self.choice = QPrintDialog(printer, self.content)
        self.choice.setWindowFlags(Qt.WindowType.Widget)
        self.choice.setMinimumWidth(560)  # in Qt's own width the printer's name is cut
        self.choice.accepted.connect(self._on_accepted)
        self.choice.rejected.connect(self.reject)
        self._problem = StatusLine()
        self.body.addWidget(self.choice)
        self.body.addWidget(self._problem)
        self.file, self._printers = self._named(QLineEdit, "filename"), self._named(QComboBox, "printers")
        self._guard_file()

    def _named(self, kind: type[W], name: str) -> W | None:
        """Return a part of Qt's dialog; a system with a print dialog of its own has none of them."""
        found = self.choice.findChild(kind, name)
        return found if isinstance(found, kind) else None

    def _guard_file(self) -> None:
        """Where paper is a file, propose a new one, and take none that is there.

        Qt asks about a file that is there, and where to put one, in windows of its own: with a name that is free and
        without its button for folders it asks nothing.
        """
        if self.file is None or self._printers is None:
            return
        if (browse := self._named(QToolButton, "fileBrowser")) is not None:
            browse.hide()
        self.file.setText(str(unused(Path.home(), JOB_NAME, ".pdf")))
        self.file.textChanged.connect(self._judge_file)
        self._printers.currentIndexChanged.connect(self._judge_file)

    @Slot()
    def _judge_file(self, *_: object) -> None:
        path = Path(self.file.text()) if self.file is not None and self.file.isEnabled() else None
        wrong = ""
        if path is not None and path.exists():
            wrong = "There is a file of that name already. Type another name."
        elif path is not None and not (path.parent.is_dir() and os.access(path.parent, os.W_OK)):
            wrong = "Nothing can be written there. Type another folder."
        self._problem.say(wrong)
        if (ok := self._ok()) is not None:
            ok.setEnabled(not wrong)

    def _ok(self) -> QPushButton | None:
        boxes = self.choice.findChildren(QDialogButtonBox)
        return next((ok for box in boxes if (ok := box.button(QDialogButtonBox.StandardButton.Ok)) is not None), None)

    @Slot()
    def _on_accepted(self) -> None:
        self._printer.setDocName(JOB_NAME)
        self.accept()
        self._then(self._printer)

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        dress(self.choice)
        # The first button that may be the default is that of the printer's properties; Enter is to print.
        for button in self.choice.findChildren(QPushButton):
            button.setDefault(False)
            button.setAutoDefault(False)
        if (ok := self._ok()) is not None:
            ok.setDefault(True)
        self.choice.show()
        self._judge_file()
