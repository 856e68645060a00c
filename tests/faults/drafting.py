"""Started by test_kill_typing: types into a real registration form, and says what it typed, until it is killed."""

import json
import os
import sys
from pathlib import Path
from time import monotonic

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from medbill_desktop.domain.clock import SystemClock
from medbill_desktop.domain.users import Role
from medbill_desktop.storage.engine import open_vault
from medbill_desktop.ui.pages.registration import RegistrationPage
from medbill_desktop.usecases.desk import Desk, Keys
from medbill_desktop.usecases.drafts import SaveDraft, save_draft
from tests.door import KEY, OpenSession, link, person
from tests.ui.page_window import PageWindow


class Window(PageWindow):
    """A window whose drafts go to the practice, as those of the real one do."""

    def keep_draft(self, page):
        draft = page.draft()
        if draft is not None:
            self.desk.run(save_draft, SaveDraft(page.draft_form, json.dumps(draft).encode()))
            os.write(1, b"kept\n")


def main():
    application = QApplication([])
    vault = open_vault(Path(sys.argv[1]), lambda: KEY)
    desk = Desk(vault, OpenSession(person({Role.OWNER})), Keys(link, b"command key of the tests"), SystemClock())
    window = Window(desk)
    window.show()
    page = RegistrationPage(desk, window.jobs, window)
    window.layout().addWidget(page)
    page.show()
    field = page._patient.fields["last"].field
    letters = iter("abcdefghijklmnopqrstuvwxyz" * 400)
    begun = monotonic()

    def type_on():
        field.setText((field.text() + next(letters))[-24:])
        page._on_typed()
        os.write(1, f"typed {monotonic() - begun:.3f} {field.text()}\n".encode())

    timer = QTimer(interval=300)
    timer.timeout.connect(type_on)
    timer.start()
    application.exec()


if __name__ == "__main__":
    main()
