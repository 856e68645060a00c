"""The first start in training: something is seen at once, it moves, and it can be stopped (UX 6)."""

from threading import Event

import pytest
from PySide6.QtCore import Qt

from medbill_desktop.domain.problems import Refused
from medbill_desktop.ui.application import SOON_MS, _Start
from medbill_desktop.ui.sign_in.preparing import Preparing


@pytest.fixture
def shown(qtbot):
    made = []

    def show(making):
        made.append(Preparing(making))
        qtbot.addWidget(made[-1])
        made[-1].show()
        return made[-1]

    yield show
    for each in made:
        each.jobs.close()


def test_it_says_what_is_made_and_hands_out_the_office(shown, qtbot):
    go = Event()

    def making(watch):
        watch.step(3, 10, "Registering 60 patients")
        go.wait(10)
        return "an office"

    view = shown(making)
    qtbot.waitUntil(lambda: view.bar.words == "Registering 60 patients")
    assert "TRAINING" in view._training.words
    with qtbot.waitSignal(view.ready) as told:
        go.set()
    assert told.args == ["an office"]


def test_a_refusal_stays_on_the_screen(shown, qtbot):
    def making(watch):
        raise Refused("The disk is full.")

    view = shown(making)
    qtbot.waitUntil(lambda: view.problem.words == "The disk is full.")
    assert view.failed
    assert not view.bar.isVisible()
    assert view.stop.text() == "Close"


def test_esc_stops_the_making(shown, qtbot):
    begun, stopped = Event(), Event()

    def making(watch):
        begun.set()
        try:
            while True:
                watch.step(1, 2, "Working")
        finally:
            stopped.set()

    view = shown(making)
    assert begun.wait(10)
    qtbot.keyClick(view, Qt.Key.Key_Escape)
    assert not view.isVisible()
    assert stopped.wait(10)
    assert not view.failed


def test_a_practice_that_is_there_shows_no_preparation(qtbot, monkeypatch):
    class First:
        class raised:
            connect = staticmethod(lambda slot: None)

    start, offices = _Start((), None, None, First), []
    monkeypatch.setattr(start, "show", offices.append)
    start.prepare(lambda watch: "an office")
    qtbot.waitUntil(lambda: offices == ["an office"])
    start._window = object()
    qtbot.wait(2 * SOON_MS)
    assert not start._preparing.isVisible()
    start._preparing.jobs.close()
