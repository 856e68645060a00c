"""Possible duplicates: two records compared, merged and taken apart by keyboard."""

import pytest
from PySide6.QtCore import Qt

from medbill_desktop.domain.patients import GuarantorDetails
from medbill_desktop.ui.pages.duplicates import DuplicatesPage
from medbill_desktop.ui.places import PairPlace, PatientPlace
from medbill_desktop.usecases.families import FamilyOf, family_of
from medbill_desktop.usecases.patients import OpenPatient, open_patient
from tests.people import a_coverage, a_payer, register
from tests.ui.page_window import PageWindow

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(qtbot, desk):
    made = PageWindow(desk)
    qtbot.addWidget(made)
    return made


def compared(qtbot, window, place=None):
    page = window.put(DuplicatesPage, place)
    qtbot.waitUntil(lambda: any(each.pair for each in page._pairs))
    page.table.choose_first()
    page.table.setFocus()
    qtbot.keyClick(page.table, Qt.Key.Key_Return)
    qtbot.waitUntil(page.beside.isVisible)
    return page


def test_two_records_are_merged_by_keyboard_and_taken_apart_again(qtbot, desk, window):
    one, other = register(desk), register(desk)
    page = compared(qtbot, window)
    assert page.beside.merge.isEnabled()
    assert not page.beside._guarantor_place.isVisible()
    qtbot.keyClick(page.beside.merge, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: any("are one patient now" in each for each in window.said))
    assert desk.ask(open_patient, OpenPatient(other.patient_id)).id == one.patient_id
    page.open(PatientPlace(one.patient_id))
    qtbot.waitUntil(lambda: bool(page._merges))
    page.table.choose_first()
    page.undo.click()
    qtbot.waitUntil(lambda: window.said[-1] == "The merge is taken back.")
    assert desk.ask(open_patient, OpenPatient(other.patient_id)).id == other.patient_id


def test_what_stands_in_the_way_is_said_and_the_button_waits(qtbot, desk, window):
    for member_id in ("XK1", "XK2"):
        register(desk, coverages=[a_coverage(a_payer(desk, f"Payer {member_id}"), member_id)])
    page = compared(qtbot, window)
    assert "Both have primary coverage" in page.beside._trouble.words
    assert not page.beside.merge.isEnabled()


def test_nobody_looks_like_anybody_says_so(qtbot, desk, window):
    register(desk)
    page = window.put(DuplicatesPage)
    qtbot.wait(50)
    assert page._pairs == []


def test_the_guarantors_of_a_child_are_one_person_where_the_tick_says_so(qtbot, desk, window):
    mother = GuarantorDetails("Ortiz", "Ruth", street="14 Willow Lane", city="Rockport", state="ME", zip="04856")
    one, other = (register(desk, guarantor=mother, relationship="child") for _ in range(2))
    page = compared(qtbot, window)
    beside = page.beside
    assert beside.one_payer.isVisible()
    beside.guarantor.set_value(one.guarantor_id)
    beside.one_payer.setFocus()
    qtbot.keyClick(beside.one_payer, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: "Both balances come on one statement" in beside._said.text())
    assert beside.guarantor.value() == one.guarantor_id
    beside.merge.click()
    qtbot.waitUntil(lambda: any("are one patient now" in each for each in window.said))
    assert desk.ask(family_of, FamilyOf(other.guarantor_id)) == desk.ask(family_of, FamilyOf(one.guarantor_id))


def test_a_pair_opens_side_by_side_as_registration_asks_for_it(qtbot, desk, window):
    one, other = register(desk), register(desk)
    page = window.put(DuplicatesPage, PairPlace(other.patient_id, one.patient_id))
    qtbot.waitUntil(page.beside.isVisible)
    assert page.beside._ids == (one.patient_id, other.patient_id)
