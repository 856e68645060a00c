"""A secret in the clipboard is marked, and gone after thirty seconds, at a lock and at the end (SECURITY P4, F18)."""

import pytest
from PySide6.QtGui import QClipboard, QGuiApplication

from medbill_desktop.ui import clipboard as module
from medbill_desktop.ui.clipboard import MARKS, SECONDS, Clipboard
from medbill_desktop.usecases.desk import Desk
from tests.office_factory import make_office
from tests.ui.window import make_window

SECRET = "7QK2-9MXP-4TRC"


class TwoBoards:
    """The clipboard of X11: what was copied, and what is selected; `others` are those that another program holds."""

    def __init__(self):
        self.texts, self.others = {}, set()

    def setMimeData(self, data, mode=QClipboard.Mode.Clipboard):
        self.texts[mode], self.data = data.text(), data

    def supportsSelection(self):
        return True

    def text(self, mode=QClipboard.Mode.Clipboard):
        return self.texts.get(mode, "")

    def ownsClipboard(self):
        return QClipboard.Mode.Clipboard not in self.others

    def ownsSelection(self):
        return QClipboard.Mode.Selection not in self.others

    def clear(self, mode=QClipboard.Mode.Clipboard):
        self.texts.pop(mode, None)


@pytest.fixture
def board():
    made = QGuiApplication.clipboard()
    yield made
    made.clear()


@pytest.fixture
def boards(monkeypatch):
    made = TwoBoards()
    monkeypatch.setattr(module.QGuiApplication, "clipboard", lambda: made)
    return made


def test_histories_are_asked_to_keep_nothing(qapp, board):
    Clipboard(qapp).copy_secret(SECRET)
    data = board.mimeData()
    assert {mark: data.data(mark).data() for mark in MARKS} == MARKS
    assert MARKS["x-kde-passwordManagerHint"] == b"secret"


def test_it_is_gone_after_its_time(qtbot, qapp, board):
    made = Clipboard(qapp)
    assert (SECONDS, made._timer.interval()) == (30, 30_000)
    made._timer.setInterval(20)
    made.copy_secret(SECRET)
    assert board.text() == SECRET
    qtbot.waitUntil(lambda: board.text() == "")


def test_the_time_begins_again_with_another_secret(qapp, board):
    made = Clipboard(qapp)
    made.copy_secret(SECRET)
    made.copy_secret("another")
    made.clear_ours()
    assert (board.text(), made._timer.isActive()) == ("", False)


def test_what_another_program_put_there_stays(qapp, boards):
    made = Clipboard(qapp)
    made.copy_secret(SECRET)
    boards.texts[QClipboard.Mode.Clipboard] = "somebody's"
    boards.others = {QClipboard.Mode.Clipboard, QClipboard.Mode.Selection}
    made.clear_ours()
    assert boards.text() == "somebody's"


def test_a_selection_of_ours_goes_as_well_and_that_of_another_stays(qapp, boards):
    made, selection = Clipboard(qapp), QClipboard.Mode.Selection
    made.copy_secret(SECRET)
    boards.texts[selection] = "selected here"
    made.clear_ours()
    assert boards.texts == {}
    boards.texts[selection] = "selected elsewhere"
    boards.others = {selection}
    made.clear_ours()
    assert boards.text(selection) == "selected elsewhere"


def test_a_secret_that_a_manager_took_over_is_still_taken_back(qapp, boards):
    """Clipboard managers become the owner of what they copy: the text tells that it is ours."""
    made = Clipboard(qapp)
    made.copy_secret(SECRET)
    boards.others = {QClipboard.Mode.Clipboard, QClipboard.Mode.Selection}
    made.clear_ours()
    assert boards.texts == {}


def test_a_copy_is_audited_without_its_words_and_the_end_of_the_window_clears_it(tmp_path, qtbot, board, monkeypatch):
    office, _ = make_office(tmp_path)
    try:
        window = make_window(office, tmp_path, qtbot)
        window.sit_down(office.desk)
        noted, record = [], Desk.record

        def note(desk, action, **detail):
            noted.append((action, detail))
            record(desk, action, **detail)

        monkeypatch.setattr(Desk, "record", note)
        window.workspace.copy_secret(SECRET)
        qtbot.waitUntil(lambda: bool(noted))
        assert noted == [("clipboard.copy", {})]
        assert board.text() == SECRET
        window.workspace.start_backup = lambda *_: False
        window.close()
        assert board.text() == ""
    finally:
        office.close()
