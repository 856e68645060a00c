"""Registration, worked by keys on a real practice."""

import json
from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from medbill_desktop.ui.pages.registration import RegistrationPage
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.usecases.patients import FindPatients, OpenPatient, find_patients, open_patient
from tests.people import a_payer, register
from tests.ui.page_window import PageWindow


def typed(qtbot, *texts):
    """Type into one field after the other, Enter between them."""
    for text in texts:
        if text:
            qtbot.keyClicks(QApplication.focusWidget(), text)
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)


def card_of(desk, text):
    (line,) = desk.ask(find_patients, FindPatients(text))
    return desk.ask(open_patient, OpenPatient(line.id))


def test_keys_alone_register_a_patient_and_begin_the_next(qtbot, desk, window):
    page = window.put(RegistrationPage)
    typed(qtbot, "Quill", "Tess", "", "", "3/12/79", "F", "2075550142", "14 Willow Lane", "", "Rockport", "ME", "04856")
    qtbot.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(window.said))
    card = card_of(desk, "quill")
    assert (card.name, card.patient.birth_date, card.patient.sex) == ("Quill, Tess", date(1979, 3, 12), "F")
    assert (card.patient.city, card.patient.state, card.guarantor.details.last) == ("Rockport", "ME", "Quill")
    assert page.draft() is None
    assert QApplication.focusWidget().objectName() == "last"
    assert "Quill" not in window.said[0]


def test_a_policy_is_typed_with_its_payer_found_by_the_beginning(qtbot, desk, window):
    a_payer(desk, "Summit PPO")
    page = window.put(RegistrationPage)
    typed(qtbot, "Quill", "Tess", "", "", "3/12/79")
    page._coverages[0].fields["payer_id"].field.setFocus()
    qtbot.keyClicks(QApplication.focusWidget(), "sum")
    typed(qtbot, "")
    typed(qtbot, "", "xk44 71902", "", "1/1/26")
    qtbot.keyClick(page, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(window.gone))
    (policy,) = card_of(desk, "quill").coverages
    assert (policy.payer, policy.coverage.member_id, policy.coverage.first_day) == (
        "Summit PPO", "XK4471902", date(2026, 1, 1),
    )  # fmt: skip
    assert window.gone[0][0] == "patient"


def test_a_key_goes_to_the_policy_that_is_empty_and_adds_one_only_behind_a_filled_one(qtbot, desk, window):
    a_payer(desk, "Summit PPO")
    page = window.put(RegistrationPage)
    keys = (Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    for _ in range(2):
        qtbot.keyClick(page, *keys)
        assert QApplication.focusWidget() is page._coverages[0].fields["payer_id"].field
    assert len(page._coverages) == 1
    qtbot.keyClicks(QApplication.focusWidget(), "sum")
    typed(qtbot, "")
    qtbot.keyClick(page, *keys)
    assert len(page._coverages) == 2
    assert QApplication.focusWidget() is page._coverages[1].fields["payer_id"].field


def test_every_problem_stands_under_its_field_and_nothing_is_saved(qtbot, desk, window):
    page = window.put(RegistrationPage)
    typed(qtbot, "Quill", "Tess", "", "", "13/40/1990", "", "12", "", "", "", "QQ", "1")
    qtbot.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    fields = page._patient.fields
    assert fields["birth_date"].problem == "There is no month 13."
    for name in ("phone", "state", "zip"):
        assert fields[name].problem, name
    assert desk.ask(find_patients, FindPatients("quill")) == ()
    assert QApplication.focusWidget() is fields["birth_date"].field


def test_a_likely_double_is_told_while_typing_and_opened_by_a_key(qtbot, desk, window):
    there = register(desk, "Quill", "Tess", birth_date=date(1979, 3, 12))
    page = window.put(RegistrationPage)
    typed(qtbot, "quill", "tess", "", "", "3/12/79")
    qtbot.waitUntil(lambda: bool(page._alike.said))
    assert "same name and birth date" in page._alike.said[0]
    qtbot.keyClick(page, Qt.Key.Key_O, Qt.KeyboardModifier.AltModifier)
    assert window.gone == [("patient", PatientPlace(there.patient_id))]
    assert window.kept, "what was typed is kept"


def test_a_name_that_no_envelope_carries_asks_for_one_in_latin_letters(qtbot, desk, window):
    page = window.put(RegistrationPage)
    assert page._patient.fields["mailing_name"].isHidden()
    QApplication.focusWidget().insert("أحمد")
    assert not page._patient.fields["mailing_name"].isHidden()


def test_a_child_gets_a_guarantor_who_is_here_already(qtbot, desk, window):
    mother = register(desk, "Quill", "Tess")
    page = window.put(RegistrationPage)
    typed(qtbot, "Quill", "Kim", "", "", "3/12/20")
    relationship = page._guarantor.fields["relationship"].field
    relationship.setFocus()
    qtbot.keyClicks(relationship, "C")
    qtbot.keyClick(relationship, Qt.Key.Key_Return)
    qtbot.keyClicks(QApplication.focusWidget(), "quill")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page._guarantor.guarantor_id is not None)
    qtbot.keyClick(page, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(window.gone))
    card = card_of(desk, "kim")
    assert (card.guarantor.id, card.relationship) == (mother.guarantor_id, "child")


def test_esc_keeps_what_was_typed_and_it_comes_back_as_it_was(qtbot, desk, window):
    payer_id = a_payer(desk, "Summit PPO")
    page = window.put(RegistrationPage)
    typed(qtbot, "Quill", "Tess", "", "", "3/12/7")
    page._coverages[0].show_payer(payer_id, "Summit PPO")
    page._contacts.wants_other.setChecked(True)
    page._contacts.address.fields["street"].field.setText("PO Box 9")
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert window.backs == 1
    kept = json.loads(json.dumps(window.kept[0]))
    again = PageWindow(desk)
    qtbot.addWidget(again)
    second = RegistrationPage(desk, again.jobs, again)
    second.restore(kept)
    assert second.draft() == page.draft()
    again.jobs.close()


def test_an_empty_form_leaves_no_draft(qtbot, desk, window):
    page = window.put(RegistrationPage)
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert (window.backs, window.kept) == (1, [])


def test_permissions_and_the_confidential_address_are_kept(qtbot, desk, window):
    page = window.put(RegistrationPage)
    typed(qtbot, "Quill", "Tess", "", "", "3/12/79")
    page._contacts.ticks["text"].setChecked(True)
    page._contacts.wants_other.setChecked(True)
    for name, text in {"street": "PO Box 9", "city": "Camden", "state": "ME", "zip": "04843"}.items():
        page._contacts.address.fields[name].field.setText(text)
    qtbot.keyClick(page, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: bool(window.gone))
    card = card_of(desk, "quill")
    assert card.confidential.street == "PO Box 9"
    assert [each.contact.permission for each in card.contacts if each.contact.permission] == ["text"]


def test_who_may_be_the_same_is_compared_once_this_one_is_saved(qtbot, desk, window):
    held = register(desk, "Quill", "Tess", birth_date=date(1979, 3, 12))
    page = window.put(RegistrationPage)
    typed(qtbot, "Quill", "Tess", "", "", "3/12/79", "F", "2075550142")
    qtbot.waitUntil(lambda: bool(page._alike.said))
    qtbot.keyClick(page, Qt.Key.Key_M, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: bool(window.gone))
    where, place = window.gone[0]
    assert (where, place.other_id) == ("duplicates", held.patient_id)
    assert desk.ask(open_patient, OpenPatient(place.patient_id)).name == "Quill, Tess"


def test_a_guarantor_who_is_a_patient_here_fills_the_subscriber_whole(qtbot, desk, window):
    mother = register(desk, "Quill", "Ruth", birth_date=date(1979, 3, 12))
    page = window.put(RegistrationPage)
    page._guarantor.set_values({"relationship": "child"})
    page._on_guarantor_found(mother.patient_id)
    qtbot.waitUntil(lambda: page._guarantor.guarantor_id == mother.guarantor_id)
    form = page._coverages[0]
    form.set_values({"relationship": "child"})
    qtbot.keyClick(form, Qt.Key.Key_F6)
    assert (form.text("subscriber_last"), form.text("subscriber_sex")) == ("Quill", "F")
    assert form.value("subscriber_birth") == date(1979, 3, 12)
