"""What a screen reader and a keyboard find on the pages: a name for everything, in reading order."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QTabBar, QWidget

from medbill_desktop.ui.pages.audit import AuditPage
from medbill_desktop.ui.pages.charges import ChargesPage
from medbill_desktop.ui.pages.import_page import ImportPage
from medbill_desktop.ui.pages.patient import PatientPage
from medbill_desktop.ui.pages.patients import PatientsPage
from medbill_desktop.ui.pages.registration import RegistrationPage
from medbill_desktop.ui.places import PatientPlace
from tests.people import register


def by_tab(page):
    """Return the widgets that Tab goes through, once around."""
    first = now = QApplication.focusWidget()
    found = []
    while now is not None:
        if now.focusPolicy() & Qt.FocusPolicy.TabFocus and now.isVisible() and now.isEnabled():
            found.append(now)
        now = now.nextInFocusChain()
        if now is first:
            return found
    return found


def name_of(widget):
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name) if interface is not None else ""


@pytest.mark.parametrize("kind", [AuditPage, PatientsPage, RegistrationPage, ChargesPage, ImportPage])
def test_everything_the_keyboard_reaches_has_a_name(window, kind):
    page = window.put(kind)
    nameless = [type(each).__name__ for each in by_tab(page) if not name_of(each) and each is not window]
    assert nameless == []


def test_everything_on_each_tab_of_a_patient_has_a_name(qtbot, desk, window):
    who = register(desk)
    page = window.put(PatientPage, PatientPlace(who.patient_id))
    qtbot.waitUntil(lambda: page.account.account is not None)
    for at in range(page.findChild(QTabBar).count()):
        page.findChild(QTabBar).setCurrentIndex(at)
        nameless = [type(each).__name__ for each in by_tab(page) if not name_of(each) and each is not window]
        assert nameless == [], page.tabs[at][1]


def test_tab_goes_through_the_registration_as_it_is_read(window):
    page = window.put(RegistrationPage)
    fields = [each for form in page._forms() for each in form.fields.values() if not each.isHidden()]
    wanted = [each.field for each in fields if each.field.isVisible()]
    order = [each for each in by_tab(page) if each in wanted]
    columns = {0: [], 1: []}
    middle = page.width() // 2
    for each in order:
        columns[each.mapTo(page, QPoint(0, 0)).x() > middle].append(each)
    assert order == columns[0] + columns[1], "the left column first, then the right"
    for column in columns.values():
        places = [(each.mapTo(page, QPoint(0, 0)).y(), each.mapTo(page, QPoint(0, 0)).x()) for each in column]
        assert places == sorted(places)


@pytest.mark.parametrize("kind", [PatientsPage, RegistrationPage, ChargesPage, ImportPage])
def test_no_two_keys_of_a_page_are_the_same_and_none_is_the_shells(window, kind):
    page = window.put(kind)
    keys = [each.key for each in page.keys]
    assert len(set(keys)) == len(keys)
    assert not {"Ctrl+K", "Ctrl+L", "F1", "F5", "Ctrl+Shift+P", "Alt+Left"} & set(keys)
    assert isinstance(page, QWidget)
