"""Coverage in depth by keyboard: an old policy ended, signatures, order of plans, payer rules, postal style."""

from datetime import date

import pytest
from PySide6.QtCore import Qt

from medbill_desktop.storage import tables as t
from medbill_desktop.ui.pages.coverage_papers import OrderPanel, PapersPanel
from medbill_desktop.ui.pages.patient import PatientPage
from medbill_desktop.ui.pages.patient_family import FamilyPanel
from medbill_desktop.ui.pages.payer_rules_panel import RulesPanel
from medbill_desktop.ui.pages.registration_form import PatientForm
from medbill_desktop.ui.pages.settings import SettingsPage
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.usecases.coverage_papers import PapersOf, papers_of
from medbill_desktop.usecases.patients import OpenPatient, open_patient
from medbill_desktop.usecases.payer_rules import PayerRules, payer_rules_of
from tests.people import a_coverage, a_payer, register
from tests.ui.page_window import PageWindow

TODAY = date(2026, 11, 18)


@pytest.fixture
def window(qtbot, desk):
    made = PageWindow(desk)
    qtbot.addWidget(made)
    return made


@pytest.fixture
def shown(qtbot, desk, vault, window):
    """The Coverage tab of a patient with an employer's plan and Medicare behind it, as a file may leave it."""
    payers = a_payer(desk), a_payer(desk, "Medicare", filing_indicator="MB")
    second = a_coverage(payers[1], "1EG4TE5MK73", rank=2, msp_reason="12", msp_asked_on=TODAY)
    who = register(desk, coverages=[a_coverage(payers[0]), second])
    with vault.writer.begin() as conn:
        conn.execute(t.coverage.update().values(msp_reason="", msp_asked_on=None))
    page = window.put(PatientPage, PatientPlace(who.patient_id, "coverage"))
    qtbot.waitUntil(lambda: page.card is not None)
    page.tab.table.choose_first()
    return page, who, payers


def test_one_key_ends_the_old_policy_the_day_before_the_new_one(qtbot, desk, shown):
    page, who, payers = shown
    tab = page.tab
    tab._on_add()
    form = tab._editor.form
    form.show_payer(payers[0], "Summit Mutual")
    form.set_values({"member_id": "NEW1", "first_day": TODAY, "rank": 1, "relationship": "self"})
    tab._editor._on_changed()
    assert tab._editor._instead.isVisible()
    tab._editor._instead.click()
    assert not tab._editor._instead.isVisible()
    tab._editor._on_save()
    qtbot.waitUntil(lambda: not tab._editor.isVisible())
    card = desk.ask(open_patient, OpenPatient(who.patient_id))
    days = {line.coverage.member_id: line.coverage.last_day for line in card.coverages}
    assert (days["XK4471902"], days["NEW1"]) == (date(2026, 11, 17), None)


def test_the_questions_of_medicare_appear_in_the_form_when_it_pays_second(qtbot, desk, shown):
    page, who, payers = shown
    editor = page.tab._editor
    page.tab._on_add()
    form = editor.form
    form.show_payer(payers[1], "Medicare")
    form.set_values({"member_id": "1EG4TE5MK73", "first_day": TODAY, "rank": 3, "relationship": "self"})
    assert not form.fields["msp_reason"].isVisible()
    editor._on_changed()
    assert form.fields["msp_reason"].isVisible()
    assert "why Medicare pays second" in form.fields["msp_reason"].problem
    form.set_values({"msp_reason": "43", "msp_asked_on": TODAY})
    editor._on_save()
    qtbot.waitUntil(lambda: not editor.isVisible())
    card = desk.ask(open_patient, OpenPatient(who.patient_id))
    assert "43" in {line.coverage.msp_reason for line in card.coverages}


def test_one_key_writes_the_guarantor_down_as_the_subscriber(qtbot, desk, shown):
    page, *_ = shown
    page.tab._on_add()
    form = page.tab._editor.form
    form.set_values({"relationship": "spouse"})
    assert form.same.isVisible()
    qtbot.keyClick(form, Qt.Key.Key_F6)
    assert (form.text("subscriber_last"), form.text("subscriber_city")) == ("Ortiz", "Rockport")
    assert form.missing()  # what nobody knows is still asked for


def test_signatures_and_the_reason_of_medicare_second_are_typed_in_the_panel(qtbot, desk, shown):
    page, who, _ = shown
    page.tab.table.choose(who.coverage_ids[1])
    page.tab._on_papers()
    panel = page.panel.findChild(PapersPanel)
    panel.form.set_values({"release_signed_on": TODAY, "msp_reason": "12"})
    panel.send()
    qtbot.waitUntil(lambda: bool(panel.form.fields["msp_asked_on"].problem))
    panel.form.set_values({"msp_asked_on": TODAY})
    panel.send()
    qtbot.waitUntil(lambda: not desk.ask(papers_of, PapersOf(who.coverage_ids[1])).needs_msp)


def test_the_order_is_suggested_and_decided_in_the_panel(qtbot, desk, shown):
    page, who, _ = shown
    page.tab._on_order()
    panel = page.panel.findChild(OrderPanel)
    assert panel.form.value("plan.1") == who.coverage_ids[1]
    panel.send()

    def first():
        return desk.ask(open_patient, OpenPatient(who.patient_id)).coverages[0].id

    qtbot.waitUntil(lambda: first() == who.coverage_ids[1])


def test_the_family_opens_beside_the_record(qtbot, shown):
    page, _, _ = shown
    page._on_family()
    qtbot.waitUntil(lambda: page.panel.findChild(FamilyPanel) is not None)
    assert page.panel.findChild(FamilyPanel).table.rows.rowCount() == 1


def test_rules_of_a_payer_are_kept_from_a_day_on(qtbot, desk, window):
    payer_id = a_payer(desk)
    page = window.put(SettingsPage, "payers")
    panel = RulesPanel(page, payer_id, "Summit Mutual")
    panel.open("Rules of the payer")
    panel.form.set_values({"file_first_days": "180", "takes_corrected": "yes", "member_id_pattern": "AA999*"})
    panel.send()
    qtbot.waitUntil(lambda: len(desk.ask(payer_rules_of, PayerRules(payer_id)).now) == 3)


def test_postal_style_is_proposed_and_taken_with_one_key(qtbot):
    form = PatientForm(lambda: TODAY)
    qtbot.addWidget(form)
    form.set_values({"street": "14 Willow Lane", "city": "Rockport", "state": "ME", "zip": "04856"})
    assert "14 WILLOW LN ROCKPORT ME 04856" in form._style.text()
    assert form.text("street") == "14 Willow Lane"
    form.take_style()
    assert (form.text("street"), form.text("city"), form._style.text()) == ("14 WILLOW LN", "ROCKPORT", "")
