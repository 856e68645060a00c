"""The Privacy tab, the card for callers and the notices of the settings, by their keys."""

from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from medbill_desktop.ui.pages.patient import PatientPage
from medbill_desktop.ui.pages.patient_caller import CallerPanel
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.pages.settings import SettingsPage
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.widgets.words import StatusLine
from medbill_desktop.usecases.notices import AddNotice, ListNotices, add_notice, list_notices
from tests.ledger_rows import a_patient, charge, furnish, pay
from tests.ui.page_window import PageWindow

DAY = date(2026, 11, 18)


@pytest.fixture
def who(vault, desk):
    furnish(vault)
    made = a_patient(vault)
    charge(desk, made, "99213")
    return made


@pytest.fixture
def tab(qtbot, desk, who):
    window = PageWindow(desk)
    qtbot.addWidget(window)
    page = window.put(PatientPage, PatientPlace(who.patient_id, "privacy"))
    qtbot.waitUntil(lambda: page.card is not None)
    qtbot.waitUntil(lambda: page.tab.record is not None)
    page.tab.test_window = window
    return page.tab


def rows(tab):
    return [row for at in range(tab.table.rows.rowCount()) if hasattr(row := tab.table.rows.line(at), "status")]


def form(qtbot, tab, opens):
    opens()
    qtbot.waitUntil(lambda: tab.page.panel.findChild(PanelForm) is not None)
    return tab.page.panel.findChild(PanelForm)


def send(qtbot, tab, made, said):
    made.send()
    qtbot.waitUntil(lambda: said in tab.test_window.said)


def test_a_service_is_kept_from_plans_paid_for_and_only_the_patient_ends_it(qtbot, desk, who, tab):
    made = form(qtbot, tab, tab._on_keep)
    send(qtbot, tab, made, "Plans are not told of it.")
    qtbot.waitUntil(lambda: len(rows(tab)) == 2)
    assert {row.status.word for row in rows(tab)} == {"Asked for, not paid in full yet"}
    qtbot.waitUntil(lambda: tab.page.card.privacy_flags == ("Kept from plans",))
    pay(desk, who, 165_00)
    tab.wake()
    qtbot.waitUntil(lambda: {row.status.word for row in rows(tab)} == {"Paid in full"})
    tab.table.choose_first()
    tab.table.setFocus()
    qtbot.keyClick(tab.table, Qt.Key.Key_Return)
    qtbot.waitUntil(tab.page.panel.isVisible)
    names = [each.text() for each in tab.page.panel.findChildren(QPushButton) if each.objectName().startswith("noted")]
    assert len(names) == 1
    assert "Patient ends it" in names[0]


def test_a_caller_with_one_match_is_told_nothing_and_with_two_what_is_allowed(qtbot, tab):
    tab.on_caller()
    qtbot.waitUntil(lambda: tab.page.panel.findChild(CallerPanel) is not None)
    panel = tab.page.panel.findChild(CallerPanel)

    def said():
        return " ".join(each.words for each in panel.findChildren(StatusLine) if each.isVisible())

    panel.ticks["account"].setChecked(True)
    panel.confirm.click()
    qtbot.waitUntil(lambda: "Say nothing" in said())
    panel.ticks["name_birth"].setChecked(True)
    panel.confirm.click()
    qtbot.waitUntil(lambda: "Everything in this record" in said())


def test_the_notice_is_asked_for_and_then_signed(qtbot, desk, tab):
    assert "keeps no notice" in tab._notice.words
    desk.run(add_notice, AddNotice(desk.new_id(), "2026-02", date(2026, 2, 16), "How we use it."))
    tab.wake()
    qtbot.waitUntil(lambda: "No notice given yet" in tab._notice.words)
    made = form(qtbot, tab, tab._on_notice)
    made.form.set_values({"acknowledged_on": DAY})
    send(qtbot, tab, made, "The notice is noted.")
    qtbot.waitUntil(lambda: "acknowledged" in tab._notice.words)


def test_a_disclosure_without_its_authorization_stays_on_the_form_with_the_fix(qtbot, tab):
    made = form(qtbot, tab, tab._on_disclose)
    made.form.set_values({"basis": "authorization", "to_whom": "Dana Kim", "what": "bills", "why": "a claim"})
    made.send()
    qtbot.waitUntil(lambda: bool(made.form.fields["authorization_id"].problem))
    assert rows(tab) == []
    made.form.set_values({"basis": "court"})
    send(qtbot, tab, made, "The disclosure is noted.")
    qtbot.waitUntil(lambda: [row.kind for row in rows(tab)] == ["Disclosure"])
    tab._on_accounting()
    qtbot.waitUntil(lambda: bool(tab.test_window.previewed))


def test_every_form_of_the_tab_opens_with_the_keyboard_in_its_first_field(qtbot, tab):
    for opens in (tab._on_other, tab._on_estimate, tab._on_authorize, tab._on_disclose, tab._on_keep, tab._on_notice):
        made = form(qtbot, tab, opens)
        first = next(iter(made.form.fields.values())).field
        qtbot.waitUntil(lambda first=first: first.hasFocus())
        tab.page.close_panel()
        made.setParent(None)


def test_nothing_of_a_patient_who_was_left_stays(qtbot, tab):
    send(qtbot, tab, form(qtbot, tab, tab._on_keep), "Plans are not told of it.")
    qtbot.waitUntil(lambda: len(rows(tab)) == 2)
    tab.forget()
    assert (rows(tab), tab.record, tab._notice.words) == ([], None, "")


def test_a_notice_is_added_in_the_settings(qtbot, desk):
    window = PageWindow(desk)
    qtbot.addWidget(window)
    page = window.put(SettingsPage, "notices")
    tab = page.tabs["notices"]
    tab._on_add()
    made = page.panel.findChild(PanelForm)
    made.form.set_values({"label": "2026-02", "effective_on": date(2026, 2, 16), "text": "How we use it.\n\nMore."})
    made.send()
    qtbot.waitUntil(lambda: "The notice is kept." in window.said)
    assert [each.label for each in desk.ask(list_notices, ListNotices())] == ["2026-02"]
