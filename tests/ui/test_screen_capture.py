"""Pictures of the screen: every window is left out where Windows can, and where nothing can that is said (P10, F23)."""

import pytest
from PySide6.QtWidgets import QDialog, QMenu, QWidget

from medbill_desktop.ui import screen_capture
from medbill_desktop.ui.screen_capture import (
    KEPT_WORDS,
    OFF_WORDS,
    OPEN_WORDS,
    PARTLY_WORDS,
    WDA_EXCLUDEFROMCAPTURE,
    WDA_MONITOR,
    WDA_NONE,
    CaptureShield,
    captured_words,
    covered_words,
)


class FakeUser32:
    """Windows, as far as it is asked; `takes` are the affinities that it knows."""

    def __init__(self, takes=(WDA_EXCLUDEFROMCAPTURE, WDA_MONITOR)):
        self.takes, self.covered = takes, {}

    def SetWindowDisplayAffinity(self, handle, affinity):
        if affinity in self.takes:
            self.covered[handle] = affinity
        return affinity in self.takes


@pytest.fixture
def windows(monkeypatch):
    def on(user):
        monkeypatch.setattr(screen_capture, "able", lambda: True)
        monkeypatch.setattr(screen_capture, "_user32", lambda: user)
        return user

    return on


@pytest.fixture
def shield(qapp):
    made = []

    def put():
        made.append(CaptureShield(qapp))
        return made[0]

    yield put
    for each in made:
        qapp.removeEventFilter(each)
        each.setParent(None)


def shown(qtbot, widget):
    qtbot.addWidget(widget)
    with qtbot.waitExposed(widget):
        widget.show()
    return int(widget.windowHandle().winId())


def test_every_window_is_left_out_of_pictures_also_those_that_come_later(windows, shield, qtbot):
    user = windows(FakeUser32())
    made = shield()
    main = QWidget()
    handles = {shown(qtbot, main), shown(qtbot, QDialog(main))}
    menu = QMenu(main)
    menu.addAction("Copy")
    menu.popup(main.pos())
    qtbot.waitUntil(menu.isVisible)
    handles.add(int(menu.windowHandle().winId()))
    menu.close()
    assert handles <= set(user.covered)
    assert set(user.covered.values()) == {WDA_EXCLUDEFROMCAPTURE}
    assert (made.words, covered_words()) == (KEPT_WORDS, KEPT_WORDS)


def test_an_older_windows_shows_black_and_one_that_refuses_is_told(windows, shield, qtbot):
    user = windows(FakeUser32((WDA_MONITOR,)))
    made = shield()
    handle = shown(qtbot, QWidget())
    assert (user.covered[handle], made.words) == (WDA_MONITOR, KEPT_WORDS)
    user.takes = ()
    shown(qtbot, QWidget())
    assert covered_words() == PARTLY_WORDS


def test_elsewhere_nothing_is_tried_and_it_is_said(monkeypatch, shield, qtbot):
    monkeypatch.setattr(screen_capture, "able", lambda: False)
    monkeypatch.setattr(screen_capture, "_user32", lambda: pytest.fail("asked a system that has none"))
    made = shield()
    shown(qtbot, QWidget())
    assert (made.words, covered_words()) == (OPEN_WORDS, OPEN_WORDS)


def test_once_it_is_switched_off_windows_are_shown_again_and_every_screen_says_so(windows, shield, qtbot):
    user = windows(FakeUser32((WDA_EXCLUDEFROMCAPTURE, WDA_NONE)))
    made = shield()
    main, other = QWidget(), QWidget()
    first = shown(qtbot, main)
    assert (user.covered[first], captured_words()) == (WDA_EXCLUDEFROMCAPTURE, ())
    made.let_pictures()
    assert user.covered[first] == WDA_NONE
    later = shown(qtbot, other)
    assert later not in user.covered
    assert (covered_words(), captured_words()) == (OFF_WORDS, (OFF_WORDS,))
