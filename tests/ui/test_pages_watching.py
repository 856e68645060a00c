"""Watching a record from its details, and the hours of the office in Settings."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLineEdit

from medbill_desktop.domain.users import Role
from medbill_desktop.ui.pages.patient import PatientPage
from medbill_desktop.ui.pages.settings import SettingsPage
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.usecases.watching import (
    AskHours,
    AskWatched,
    WatchPatient,
    office_hours,
    patient_watched,
    watch_patient,
)
from tests.people import register
from tests.ui.page_window import PageWindow

PATIENCE_MS = 20_000


@pytest.fixture
def window_for(qtbot):
    made = []

    def make(desk):
        made.append(PageWindow(desk))
        qtbot.addWidget(made[-1])
        return made[-1]

    yield make
    for each in made:
        each.jobs.close()


def details(qtbot, window, patient_id):
    page = window.put(PatientPage, PatientPlace(patient_id, "details"))
    return page.findChild(QCheckBox, "watch_record")


def test_one_tick_watches_a_record_and_takes_the_watch_back(qtbot, desk, window_for):
    who = register(desk).patient_id
    window = window_for(desk)
    tick = details(qtbot, window, who)
    qtbot.waitUntil(lambda: not tick.isHidden(), timeout=PATIENCE_MS)
    assert not tick.isChecked()
    for watched, words in ((True, "The record is watched."), (False, "The record is no longer watched.")):
        tick.click()
        qtbot.waitUntil(lambda words=words: words in window.said, timeout=PATIENCE_MS)
        assert desk.ask(patient_watched, AskWatched(who)) is watched


def test_a_watch_of_somebody_else_stays_ticked_for_a_manager(qtbot, desk, desk_as, window_for):
    who = register(desk).patient_id
    desk.run(watch_patient, WatchPatient(desk.new_id(), who, True))
    window = window_for(desk_as(Role.MANAGER))
    tick = details(qtbot, window, who)
    qtbot.waitUntil(tick.isChecked, timeout=PATIENCE_MS)
    tick.click()
    qtbot.waitUntil(tick.isChecked, timeout=PATIENCE_MS)
    assert desk.ask(patient_watched, AskWatched(who))
    assert "The record is no longer watched." not in window.said


def test_who_may_not_watch_sees_no_tick(qtbot, desk, desk_as, window_for):
    who = register(desk).patient_id
    window = window_for(desk_as(Role.FRONT_DESK))
    tick = details(qtbot, window, who)
    qtbot.wait(100)
    assert tick.isHidden()


def test_office_hours_are_typed_as_people_say_them(qtbot, desk, window_for):
    window = window_for(desk)
    page = window.put(SettingsPage, "hours")
    tuesday = page.findChild(QLineEdit, "hours_tuesday")
    qtbot.waitUntil(lambda: tuesday.text() == "6 AM to 8 PM", timeout=PATIENCE_MS)
    tuesday.setText("noon")
    qtbot.keyClick(tuesday, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert page.tab.form.fields["tuesday"].problem == "Type hours like 8-17, or closed."
    tuesday.setText("8:30 am - 5 pm")
    page.findChild(QLineEdit, "hours_saturday").setText("closed")
    qtbot.keyClick(tuesday, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: "The office hours are saved." in window.said, timeout=PATIENCE_MS)
    held = desk.ask(office_hours, AskHours())
    assert (held.days[1], held.days[5], held.days[0]) == ((510, 1020), None, (360, 1200))
