"""Started by test_kill_forms: types into four kinds of forms of the real window, and says what, until it is killed."""

import os
import sys
from pathlib import Path
from time import monotonic

from PySide6.QtCore import QEvent, QSettings, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from medbill_desktop.ui.dialogs.inviting import InviteDialog
from medbill_desktop.ui.main_window import MainWindow
from medbill_desktop.ui.pages import PAGES
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.window_memory import WindowMemory
from tests.faults.clock_child import NAME, office_at
from tests.office_factory import PASSWORD
from tests.people import register

BEGUN = monotonic()


def say(*words):
    os.write(1, " ".join(map(str, words)).encode() + b"\n")


def type_in(field, words):
    for letter in words:
        QApplication.sendEvent(field, QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, letter))


def settled(window):
    """Let the window work until nothing is under way."""
    while window.jobs.under_way:
        QApplication.processEvents()


def types_on(field, form):
    """Type a letter every quarter of a second, and say each time what stands there."""
    letters = iter("abcdefghijklmnopqrstuvwxyz" * 40)

    def next_letter():
        field.setText(field.text()[-30:])
        type_in(field, next(letters))
        say("typed", form, f"{monotonic() - BEGUN:.3f}", field.text())

    timer = QTimer(field, interval=250)
    timer.timeout.connect(next_letter)
    timer.start()


def main():
    home, code = Path(sys.argv[1]), sys.argv[2]
    application = QApplication([])
    office = office_at(home)
    office.look()
    desk = office.sign_in(NAME, PASSWORD, code)
    settings = QSettings(str(home / "window.ini"), QSettings.Format.IniFormat)
    window = MainWindow(office, PAGES, memory=WindowMemory(settings))
    window.show()
    window.sit_down(desk)
    workspace = window.workspace
    workspace.start_backup = lambda occasion: False
    patient_id = register(desk).patient_id
    settled(window)
    workspace.go("settings", "hours")
    monday = workspace.page.tab.form.fields["monday"].field
    monday.selectAll()
    type_in(monday, "9-12")
    workspace.go("registration")
    type_in(workspace.page._patient.fields["last"].field, "Łukasiewicz")
    workspace.go("patient", PatientPlace(patient_id, "documents"))
    settled(window)
    workspace.page.tab._on_limit()
    panel = workspace.page.panel.content.form.fields["megabytes"].field
    type_in(panel, "17")
    dialog = InviteDialog(workspace.page, desk, window.jobs, workspace, lambda *_: None)
    dialog.open()
    say("ready", patient_id)
    types_on(dialog.who.form.fields["name"].field, "dialog")
    application.exec()


if __name__ == "__main__":
    main()
