"""The list of patients and the registration form, worked by keys on a real practice."""

import pytest
from PySide6.QtCore import Qt

from medbill_desktop.domain.users import Role
from medbill_desktop.ui.pages.patients import PatientsPage
from medbill_desktop.ui.pages.recent_patients import recent, remember
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import LineField
from medbill_desktop.ui.widgets.table import Table
from tests.people import a_payer, insured, register
from tests.ui.page_window import PageWindow


def find_field(page):
    return page.findChild(LineField, "find_patient")


def names(page):
    rows = page.findChild(Table, "patients").rows
    return [getattr(rows.line(at), "name", None) for at in range(rows.rowCount())]


def test_typing_lists_and_enter_opens_without_leaving_the_field(qtbot, desk, window):
    register(desk, "Abbott", "Glen")
    wanted = register(desk, "Abney", "Ruth")
    register(desk, "Brandt", "Olga")
    page = window.put(PatientsPage)
    qtbot.keyClicks(find_field(page), "ab")
    assert names(page) == ["Abbott, Glen", "Abney, Ruth"]
    qtbot.keyClick(find_field(page), Qt.Key.Key_Down)
    qtbot.keyClick(find_field(page), Qt.Key.Key_Return)
    assert window.gone == [("patient", PatientPlace(wanted.patient_id))]


@pytest.mark.parametrize(("typed", "found"), [("أحمد", 1), ("muñ", 1), ("munoz", 1), ("5550142", 2), ("zz", 0)])
def test_names_of_every_script_and_numbers_are_found(qtbot, desk, window, typed, found):
    register(desk, "أحمد", "ليلى", mailing_name="Layla Ahmad")
    register(desk, "Muñoz", "Íñigo")
    page = window.put(PatientsPage)
    find_field(page).setText(typed)
    assert len([each for each in names(page) if each]) == found


def test_who_was_opened_lately_is_listed_for_this_desk_alone(desk, desk_as, window):
    first, last = register(desk, "Abbott", "Glen"), register(desk, "Brandt", "Olga")
    for each in (first, last, first):
        remember(desk, each.patient_id, each.account)
    page = window.put(PatientsPage)
    assert names(page)[1:] == ["Abbott, Glen", "Brandt, Olga"]
    assert recent(desk_as(Role.BILLER)) == {}


def test_leaving_forgets_what_was_searched(qtbot, desk, window):
    page = window.put(PatientsPage)
    qtbot.keyClicks(find_field(page), "ab")
    page.leave()
    assert find_field(page).text() == ""


def test_a_change_of_a_patient_shows_at_once(qtbot, desk, window):
    page = window.put(PatientsPage)
    find_field(page).setText("quill")
    register(desk, "Quill", "Tess")
    qtbot.waitUntil(lambda: "Quill, Tess" in names(page))


def test_a_role_without_the_right_sees_the_button_grey_with_the_reason(qtbot, desk_as):
    made = PageWindow(desk_as(Role.AUDITOR))
    qtbot.addWidget(made)
    page = made.put(PatientsPage)
    button = next(each for each in page.findChildren(Button) if each.text() == "Register")
    assert not button.isEnabled()
    assert "may not" in button.toolTip()
    made.jobs.close()


def test_the_list_tells_the_coverage_of_today(desk, window):
    insured(desk, "Whitfield", "Nora", payer_id=a_payer(desk, "Summit PPO"))
    page = window.put(PatientsPage)
    find_field(page).setText("whit")
    row = page.findChild(Table, "patients").chosen_row()
    assert row.payer == "Summit PPO"
