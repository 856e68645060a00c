"""Code sets and contracts in the settings, and diagnoses found while typing."""

from dataclasses import replace
from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from sqlalchemy import select

from medbill_desktop.domain.authorizations import AuthorizationDetails
from medbill_desktop.domain.code_sets import CodeSet
from medbill_desktop.storage import tables as t
from medbill_desktop.ui.pages.charge_more import MorePanel, show_more
from medbill_desktop.ui.pages.charge_sheet import NO_AUTHORIZATION, Sheet, TypedLine
from medbill_desktop.ui.pages.charges import ChargesPage
from medbill_desktop.ui.pages.missing_charges import MissingChargesPage
from medbill_desktop.ui.pages.patient_authorizations import open_authorizations
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.pages.settings import SettingsPage
from medbill_desktop.ui.pages.settings_codes import CodesPanel
from medbill_desktop.ui.pages.settings_contracts import CertificatePanel, RatePanel, SchedulePanel, share_of
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.usecases.authorizations import (
    PatientAuthorizations,
    SaveAuthorization,
    patient_authorizations,
    save_authorization,
)
from medbill_desktop.usecases.charges import EnterSuperbills, enter_superbills
from medbill_desktop.usecases.patients import OpenPatient, open_patient
from medbill_desktop.usecases.visits import AddVisits, VisitDetails, VisitLine, add_visits
from tests.code_files import hcpcs_file
from tests.ledger_rows import PLACE, PROVIDER, SUMMIT, a_patient, a_superbill, furnish
from tests.ui.page_window import PageWindow


@pytest.fixture
def window(qtbot, desk, vault):
    furnish(vault)
    made = PageWindow(desk, (1366, 696))
    qtbot.addWidget(made)
    yield made
    made.jobs.close()


def shown(page):
    model = page.tab.table.model()
    return [model.line(at) for at in range(model.rowCount())]


def test_a_release_is_looked_at_first_and_then_imported(window, qtbot, tmp_path, vault):
    page = window.put(SettingsPage, "codes")
    lines = {each.code_set: each for each in shown(page)}
    assert lines[CodeSet.ICD10CM].release.label == "ICD-10-CM April 2026"
    assert lines[CodeSet.HCPCS].release is None
    window.file = hcpcs_file(tmp_path)
    page.tab._open(CodeSet.HCPCS)
    panel = page.findChild(CodesPanel)
    panel.send()
    qtbot.waitUntil(lambda: "Import 6" in panel.confirm.text())
    assert panel.form.value("effective_from") == date(2026, 10, 1)
    with vault.reader.begin() as conn:
        assert conn.execute(select(t.code_release)).first() is None
    panel.send()
    qtbot.waitUntil(lambda: any("Imported 6 codes" in each for each in window.said))
    with vault.reader.begin() as conn:
        assert conn.execute(select(t.code_release.c.row_count)).scalar_one() == 6


def test_a_file_that_is_none_is_refused_beside_its_field(window, qtbot, tmp_path):
    page = window.put(SettingsPage, "codes")
    window.file = tmp_path / "notes.txt"
    window.file.write_text("Dear Sir\n")
    page.tab._open(CodeSet.ICD10CM)
    panel = page.findChild(CodesPanel)
    panel.send()
    qtbot.waitUntil(lambda: panel.form.fields["path"].problem != "")
    assert "not one of an ICD-10-CM order file" in panel.form.fields["path"].problem


def test_schedule_rate_and_certificate_are_kept_and_listed(window, qtbot):
    page = window.put(SettingsPage, "contracts")
    for kind, values in (
        (SchedulePanel, {"payer": SUMMIT, "schedule": "standard"}),
        (RatePanel, {"payer": SUMMIT, "code": "99213", "cents": 90_00, "place_class": "office"}),
        (CertificatePanel, {"place": PLACE, "number": "22D0000001"}),
    ):
        page.tab._open(kind)
        panel = page.findChildren(kind)[-1]
        panel.form.set_values(values)
        said = len(window.said)
        panel.send()
        qtbot.waitUntil(lambda said=said: len(window.said) > said)
    page.tab.reload()
    rows = [each for each in shown(page) if hasattr(each, "what")]
    assert [(each.who, each.what, each.cents) for each in rows] == [
        ("Summit PPO", "standard", None), ("Summit PPO", "99213", 90_00), ("Office", "22D0000001", None),
    ]  # fmt: skip


def test_a_diagnosis_is_found_by_words_and_moves_with_its_pointers(window, qtbot, vault):
    a_patient(vault)
    page = window.put(ChargesPage)
    first, second = page.entry.diagnoses.fields[:2]
    first.setFocus()
    qtbot.keyClicks(first, "knee osteo right unil")
    qtbot.waitUntil(lambda: first.is_open)
    qtbot.keyClick(first, Qt.Key.Key_Return)
    assert page.entry.diagnoses.codes()[0] == "M17.11"
    second.setFocus()
    qtbot.keyClicks(second, "i10")
    qtbot.keyClick(second, Qt.Key.Key_Return)
    page.entry.lines.rows[0].pointers.setText("BA")
    second.setFocus()
    page.entry.diagnoses.shift(-1)
    assert page.entry.diagnoses.codes() == ("I10", "M17.11")
    assert page.entry.lines.rows[0].pointers.text() == "AB"
    assert QApplication.focusWidget() is first


def test_drug_times_and_authorization_of_a_line_are_kept_and_repeated(window, qtbot, vault):
    a_patient(vault)
    page = window.put(ChargesPage)
    row = page.entry.lines.rows[0]
    row.code.setText("20610")
    row.units.setFocus()
    show_more(page, page.entry)
    panel = page.findChild(MorePanel)
    panel.form.set_values({"ndc": "0409-1234-01", "ndc_quantity": "2.5", "ndc_unit": "ML"})
    panel.send()
    assert row.typed().ndc == "00409-1234-01"
    assert "NDC" in row.words.text()
    page.entry.lines.add_row()
    page.entry.lines.repeat()
    assert page.entry.lines.rows[1].typed().ndc == "00409-1234-01"
    line = row.typed().service_line()
    assert (line.drug.quantity, line.times) == ("2.5", None)
    row.units.setFocus()
    show_more(page, page.entry)
    panel = page.findChildren(MorePanel)[-1]
    panel.form.set_values({"ndc": "0409123401"})
    panel.send()
    assert "three ways" in panel.form.fields["ndc"].problem


def test_a_visit_without_a_charge_is_keyed_or_gets_its_reason(window, qtbot, desk, vault):
    nora = a_patient(vault)
    visit = VisitDetails(nora.patient_id, date(2026, 11, 16), PROVIDER, PLACE)
    desk.run(add_visits, AddVisits(desk.new_id(), (visit,)))
    page = window.put(MissingChargesPage)
    assert page.table.model().rowCount() == 1
    page.table.choose_first()
    page._on_key()
    assert window.gone[-1][0] == "charges"
    page._on_reason()
    panel = page.findChild(PanelForm)
    panel.form.set_values({"reason": "Cancelled"})
    panel.send()
    qtbot.waitUntil(lambda: not isinstance(page.table.rows.line(0), VisitLine))


def test_an_authorization_is_added_from_the_coverage_tab(window, qtbot, desk, vault):
    nora = a_patient(vault)
    page = window.put(ChargesPage)
    card = desk.ask(open_patient, OpenPatient(nora.patient_id))
    open_authorizations(page, card)
    qtbot.waitUntil(lambda: page.findChild(Button, "add_authorization") is not None)
    page.findChild(Button, "add_authorization").click()
    panel = page.findChildren(PanelForm)[-1]
    panel.form.set_values({"payer_id": SUMMIT, "number": "A-77", "allowed": "12", "codes": "99213 99214",
                           "first_day": date(2026, 1, 1), "last_day": date(2026, 12, 31)})  # fmt: skip
    panel.send()
    qtbot.waitUntil(lambda: "The authorization is saved." in window.said)
    [line] = desk.ask(patient_authorizations, PatientAuthorizations(nora.patient_id)).authorizations
    assert (line.authorization.words, line.authorization.details.codes) == ("0 of 12 visits used", ("99213", "99214"))


def an_authorization(desk, who, number="A-77", allowed=5, last_day=date(2026, 12, 31)):
    details = AuthorizationDetails(SUMMIT, number, allowed, date(2026, 1, 1), last_day)
    return desk.run(save_authorization, SaveAuthorization(desk.new_id(), who.patient_id, details))


def the_authorization_form(qtbot, page, desk, who, made):
    """Open the list of authorizations, and from it the form of one."""
    open_authorizations(page, desk.ask(open_patient, OpenPatient(who.patient_id)))
    name = f"change_authorization_{made}"
    qtbot.waitUntil(lambda: page.findChild(Button, name) is not None)
    page.findChild(Button, name).click()
    return page.findChildren(PanelForm)[-1]


def test_an_authorization_is_changed_and_taken_out_while_no_charge_names_it(window, qtbot, desk, vault):
    nora = a_patient(vault)
    page = window.put(ChargesPage)
    made = an_authorization(desk, nora)
    form = the_authorization_form(qtbot, page, desk, nora, made)
    assert (form.form.text("number"), form.form.text("allowed")) == ("A-77", "5")
    qtbot.waitUntil(lambda: form.confirm.isVisible() and form.cancel.isVisible())
    form.form.set_values({"allowed": "8"})
    form.send()
    qtbot.waitUntil(lambda: "The authorization is saved." in window.said)
    [line] = desk.ask(patient_authorizations, PatientAuthorizations(nora.patient_id)).authorizations
    assert (line.id, line.authorization.details.allowed) == (made, 8)
    the_authorization_form(qtbot, page, desk, nora, made)
    page.findChild(Button, "withdraw_authorization").click()
    qtbot.waitUntil(lambda: "The authorization is taken out." in window.said)
    assert desk.ask(patient_authorizations, PatientAuthorizations(nora.patient_id)).authorizations == ()


def test_an_authorization_that_charges_name_is_ended_not_taken_out(window, qtbot, desk, vault):
    nora = a_patient(vault)
    page = window.put(ChargesPage)
    made = an_authorization(desk, nora)
    bill = a_superbill(nora, date(2026, 11, 18))
    bill = replace(bill, lines=(replace(bill.lines[0], authorization_id=made),))
    desk.run(enter_superbills, EnterSuperbills(desk.new_id(), (bill,)))
    the_authorization_form(qtbot, page, desk, nora, made)
    page.findChild(Button, "withdraw_authorization").click()
    qtbot.waitUntil(lambda: "The authorization has ended." in window.said)
    [line] = desk.ask(patient_authorizations, PatientAuthorizations(nora.patient_id)).authorizations
    assert (line.authorization.details.last_day, line.authorization.used) == (date(2026, 11, 17), 1)


def test_the_authorization_that_fits_is_chosen_before_anybody_asks(window, qtbot, desk, vault):
    nora = a_patient(vault)
    an_authorization(desk, nora, "LATE")
    first = an_authorization(desk, nora, "SOON", last_day=date(2026, 11, 30))
    an_authorization(desk, nora, "OVER", last_day=date(2026, 2, 1))
    page = window.put(ChargesPage)
    bill = a_superbill(nora, date(2026, 11, 18))
    used = replace(bill, lines=(replace(bill.lines[0], authorization_id=first),))
    days = [date(2026, 11, day) for day in (3, 4, 5, 6)]
    desk.run(enter_superbills, EnterSuperbills(desk.new_id(), tuple(replace(used, service_date=d) for d in days)))
    page.entry.show_sheet(Sheet(nora.patient_id, "Nora", bill.service_date, PROVIDER, "R", PLACE, "O",
                                diagnoses=("M17.11",), lines=(TypedLine("99213", pointers="A"),)))  # fmt: skip
    show_more(page, page.entry)
    qtbot.waitUntil(lambda: page.findChild(MorePanel) is not None)
    panel = page.findChild(MorePanel)
    assert panel.form.value("authorization") == str(first)
    assert panel._use.words == "4 of 5 visits used, 1 left. 80 % are used: ask the plan for more."
    panel.send()
    assert page.entry.sheet().superbill().lines[0].authorization_id == first
    show_more(page, page.entry)
    qtbot.waitUntil(lambda: any(each is not panel for each in page.findChildren(MorePanel)))
    panel = page.findChildren(MorePanel)[-1]
    panel.form.set_values({"authorization": NO_AUTHORIZATION})
    assert panel._use.words == ""
    panel.send()
    assert page.entry.sheet().superbill().lines[0].authorization_id is None
    assert page.entry.lines.rows[0].typed().authorization == NO_AUTHORIZATION, "the next F4 must not choose it again"


@pytest.mark.parametrize(
    ("text", "share"),
    [("100", 10_000), ("112.5", 11_250), ("112.55 %", 11_255), ("87.05", 8_705), ("0.5", 50), ("112.555", None),
     ("", None), ("-5", None), ("a", None), ("1e3", None), ("12,5", None)],
)  # fmt: skip
def test_a_percentage_is_read_exactly_or_not_at_all(text, share):
    assert share_of(text) == share


def test_contract_rates_are_imported_from_their_page(window, qtbot):
    page = window.put(SettingsPage, "contracts")
    page.tab._on_import()
    assert window.gone == [("import", "rates")]


def test_the_last_day_of_a_service_is_typed_in_f4_and_kept(window, qtbot, vault):
    a_patient(vault)
    page = window.put(ChargesPage)
    row = page.entry.lines.rows[0]
    row.code.setText("20610")
    row.units.setFocus()
    page.entry.day.set_value(date(2026, 11, 10))
    show_more(page, page.entry)
    panel = page.findChild(MorePanel)
    panel.form.set_values({"last_day": date(2026, 11, 12)})
    panel.send()
    assert row.typed().last_day == "2026-11-12"
    assert "to 11/12/2026" in row.words.text()
    assert row.typed().service_line().last_day == date(2026, 11, 12)
    row.units.setFocus()
    show_more(page, page.entry)
    panel = page.findChildren(MorePanel)[-1]
    assert panel.form.value("last_day") == date(2026, 11, 12)
    panel.form.set_values({"last_day": date(2026, 11, 10)})
    panel.send()
    assert row.typed().last_day == ""
