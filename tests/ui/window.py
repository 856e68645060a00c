"""A window over a real Office with small pages, for tests of the shell."""

from typing import Any

from PySide6.QtCore import QSettings

from medbill_desktop.ui.dialogs.secure_dialog import SecureDialog
from medbill_desktop.ui.main_window import MainWindow
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.places import PageSpec
from medbill_desktop.ui.widgets.fields import LineField
from medbill_desktop.ui.widgets.words import label
from medbill_desktop.ui.window_memory import WindowMemory
from medbill_desktop.usecases.users import list_users, my_account

CANARY = "Whitfield Canary"


class NotePage(Page):
    """A page with a form that keeps a draft, and a patient's name on it."""

    draft_form = "note"
    topics = frozenset({"users"})

    def __init__(self, desk, jobs, shell):
        super().__init__(desk, jobs, shell, "Notes")
        self.reloads = 0
        self.field = LineField(name="note")
        self.field.setAccessibleName("Note")
        self.field.textEdited.connect(self.touched)
        self.add(label(CANARY))
        self.add(self.field)
        self.body.addStretch(1)
        self.pressed = []
        self.tools(self.button("New", "Ctrl+N", lambda: self.pressed.append("new")))

    def reload(self):
        self.reloads += 1

    def draft(self):
        return {"note": self.field.text()} if self.field.text() else None

    def restore(self, draft):
        self.field.setText(draft["note"])


class PlainPage(Page):
    def __init__(self, desk, jobs, shell):
        super().__init__(desk, jobs, shell, "Plain")
        self.opened = []

    def open(self, place):
        self.opened.append(place)


SPECS = (
    PageSpec("notes", "Notes", "ph.note-pencil", my_account, NotePage),
    PageSpec("plain", "Plain", "ph.users", my_account, PlainPage),
    PageSpec("users", "Users", "ph.user-gear", list_users, PlainPage, at_foot=True),
)


class AskingDialog(SecureDialog):
    """A dialog that shows a name and waits for an answer."""

    def __init__(self, parent):
        super().__init__(parent, "Question")
        self.answers = []
        self.field = LineField(name="answer")
        self.body.addWidget(label(CANARY))
        self.body.addWidget(self.field)
        self.finished.connect(self.answers.append)


def make_window(office: Any, tmp_path, qtbot, training=None, specs=SPECS) -> MainWindow:
    """Show a window over an office; with an open one its person sits at the desk."""
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    window = MainWindow(office, specs, memory=WindowMemory(settings), training=training)
    qtbot.addWidget(window, before_close_func=lambda w: w.close())
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def wait_for(qtbot, kind, window):
    """Wait until a view of this kind is on the stage, and return it."""

    def there():
        content = window.stage.content
        inner = getattr(content, "stage", None)
        shown = inner.content if inner is not None else content
        assert isinstance(shown, kind)
        return shown

    qtbot.waitUntil(lambda: there() is not None, timeout=15_000)
    return there()
