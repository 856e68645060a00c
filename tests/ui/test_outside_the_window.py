"""What others may see of the window from outside, and what it leaves behind between days (SECURITY P5, P12)."""

import json

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit

from medbill_desktop.ui.main_window import LOCKED_TITLE, TITLE, MainWindow
from medbill_desktop.ui.pages import PAGES
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.theme import Choice, worn
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.window_memory import WindowMemory
from medbill_desktop.usecases.preferences import MyPreferences, SetPreference, my_preferences, set_preference
from tests.office_factory import FACTS, make_office
from tests.people import a_place, a_provider, a_visit, fees, insured

LAST, FIRST, STREET, MEMBER = "Quillfeather", "Ottoline", "77 Kestrel Hollow", "ZQ8842017"
DAYS_PAGES = [each for each in PAGES if each.key != "patient"]


@pytest.fixture
def office(tmp_path):
    made, _ = make_office(tmp_path)
    yield made
    made.close()


@pytest.fixture
def patient(office):
    """A person whose every word would be known again, with a visit of today."""
    desk = office.desk
    registered = insured(desk, LAST, FIRST, member_id=MEMBER, street=STREET)
    a_visit(desk, registered.patient_id, a_provider(desk), a_place(desk), desk.clock.today())
    fees(desk)
    return registered


@pytest.fixture
def settings_file(tmp_path):
    return tmp_path / "window.ini"


@pytest.fixture
def window(office, settings_file, qtbot, patient):
    memory = WindowMemory(QSettings(str(settings_file), QSettings.Format.IniFormat))
    made = MainWindow(office, PAGES, memory=memory)
    qtbot.addWidget(made, before_close_func=lambda each: each.close())
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.sit_down(office.desk)
    made.workspace.start_backup = lambda occasion: False
    return made


def quiet(qtbot, window):
    qtbot.waitUntil(lambda: not window.jobs.is_busy, timeout=20_000)
    QApplication.processEvents()


def titles():
    """Every title that a task bar or another program could read now."""
    shown = [each.windowTitle() for each in QApplication.topLevelWidgets() if each.isVisible()]
    paths = [each.windowFilePath() for each in QApplication.topLevelWidgets()]
    return {each for each in (*shown, *paths, *(each.title() for each in QApplication.allWindows())) if each}


def search(qtbot, window, name):
    """Type a patient's name into the first field of the page; tell whether there was one."""
    for each in window.workspace.page.findChildren(QLineEdit):
        if each.isVisible() and each.isEnabled() and not each.isReadOnly():
            each.setFocus()
            qtbot.keyClicks(each, name)
            quiet(qtbot, window)
            return True
    return False


def words(page):
    return " ".join(each.text() for each in page.findChildren(QLabel) if each.isVisible())


def told(patient, text):
    """What of the patient stands in a text."""
    known = (LAST, FIRST, STREET, MEMBER, patient.account, str(patient.patient_id))
    return [each for each in known if each.casefold() in text.casefold()]


@pytest.mark.parametrize("spec", DAYS_PAGES, ids=lambda spec: spec.key)
def test_every_page_is_titled_by_its_kind_alone(window, qtbot, patient, spec):
    window.workspace.go(spec.key)
    search(qtbot, window, LAST[:5].lower())
    quiet(qtbot, window)
    assert window.workspace.current == spec.key
    assert titles() == {f"{spec.title} - {TITLE}"}


@pytest.mark.parametrize("key", ["charges", "payments"])
def test_a_page_opened_for_a_patient_is_titled_by_its_kind_alone(window, qtbot, patient, key):
    window.workspace.go(key, PatientPlace(patient.patient_id))
    quiet(qtbot, window)
    assert not [each for each in titles() if told(patient, each)]


def test_an_open_record_and_the_lock_over_it_name_nobody(window, qtbot, patient):
    window.workspace.go("patient", PatientPlace(patient.patient_id))
    quiet(qtbot, window)
    qtbot.waitUntil(lambda: told(patient, words(window.workspace.page)) != [], timeout=20_000)
    assert titles() == {f"Patient - {TITLE}"}
    QTest.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: window.windowTitle() == LOCKED_TITLE)
    assert titles() == {LOCKED_TITLE}


def test_a_day_leaves_sizes_and_choices_and_nothing_of_a_patient(window, office, settings_file, qtbot, patient):
    work, searched = window.workspace, set()
    for spec in DAYS_PAGES:
        work.go(spec.key)
        if search(qtbot, window, LAST[:5].lower()):
            searched.add(spec.key)
        for table in work.page.findChildren(Table):
            if table.isVisible():
                table.horizontalHeader().resizeSection(0, table.columnWidth(0) + 7)
        quiet(qtbot, window)
    assert {"patients", "charges", "payments"} <= searched
    work.go("patient", PatientPlace(patient.patient_id))
    window.jobs.start(set_preference, SetPreference("theme", worn.choice.value))
    quiet(qtbot, window)
    kept = office.desk.ask(my_preferences, MyPreferences())
    window.close()
    settings = QSettings(str(settings_file), QSettings.Format.IniFormat)
    assert set(settings.allKeys()) == {"geometry", f"practices/{office.vault_id}"}
    assert settings.value(f"practices/{office.vault_id}") == FACTS.name
    assert not told(patient, settings_file.read_text(encoding="utf-8"))
    assert kept["theme"] in {each.value for each in Choice}
    sizes = {key: json.loads(value) for key, value in kept.items() if key != "theme"}
    assert sizes
    assert all(key.startswith("size.") for key in sizes)
    assert all(isinstance(each, int) for numbers in sizes.values() for each in numbers.values())
    assert not told(patient, json.dumps(kept))
