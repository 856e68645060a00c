"""The Patient page on a real practice: what it shows, and what the keys do to the account."""

from datetime import date, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from sqlalchemy import insert, select

from medbill_desktop.domain.coverages import Standing
from medbill_desktop.domain.patients import Flag
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import journal
from medbill_desktop.storage import tables as t
from medbill_desktop.ui.pages.ask_approval import AskPanel
from medbill_desktop.ui.pages.patient import PatientPage
from medbill_desktop.ui.pages.patient_explain import WhyPanel
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.widgets.words import Chip
from medbill_desktop.usecases.adjustments import TransferResponsibility, transfer_responsibility
from medbill_desktop.usecases.patients import OpenPatient, open_patient
from medbill_desktop.usecases.visits import AddVisits, VisitDetails, add_visits
from tests.ledger_rows import PLACE, PROVIDER, a_patient, charge, furnish, pay
from tests.ui.page_window import PageWindow

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def nora(vault):
    furnish(vault)
    return a_patient(vault)


@pytest.fixture
def shown(qtbot, window):
    """Open a patient's page and wait for the account."""

    def show(who, tab=""):
        page = window.put(PatientPage, PatientPlace(who.patient_id, tab))
        qtbot.waitUntil(lambda: page.account.account is not None)
        return page

    return show


def to_patient(desk, who, charge_id):
    command = TransferResponsibility(desk.new_id(), charge_id, who.coverage_id, None, "patient_share")
    desk.run(transfer_responsibility, command)


def panel_form(page):
    return page.panel.findChild(PanelForm)


def typed(qtbot, form, **values):
    for name, text in values.items():
        field = form.form.fields[name].field
        field.setFocus()
        field.selectAll()
        qtbot.keyClicks(field, text)


def audited(vault):
    with vault.reader.begin() as conn:
        return [row.action for row in conn.execute(select(t.audit.c.action))]


def sound(vault):
    with vault.reader.begin() as conn:
        return journal.journal_check(conn).is_sound


def test_the_record_is_in_the_log_before_it_is_shown(desk, vault, nora, shown):
    page = shown(nora)
    assert page.title.text() == "Nora Whitfield"
    assert page.card.account == "1-1"
    assert {"patient.open", "account.open"} <= set(audited(vault))


def test_banner_table_and_aging_say_the_same_sums(desk, nora, shown):
    first, second = charge(desk, nora, "99213", "94010")
    to_patient(desk, nora, second)
    pay(desk, nora, 2_500)
    page = shown(nora)
    assert page._insurance.figure == "165.00"
    assert page._owes.figure == "35.00"
    table = page.account.table.rows
    total = table.line(table.rowCount() - 1)
    assert (total.title, total.sums["balance"]) == ("2 charges", 200_00)
    assert [page.account.aging.rows.line(at).aged.total_cents for at in (0, 1)] == [35_00, 165_00]
    assert first != second


def test_space_tells_why_with_entries_that_add_up(qtbot, desk, vault, nora, shown):
    (owed,) = charge(desk, nora, "20610")
    to_patient(desk, nora, owed)
    pay(desk, nora, 13_200)
    page = shown(nora)
    page.account.table.choose(owed)
    qtbot.keyClick(page.account.table, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page.panel.findChild(WhyPanel) is not None)
    why = page.panel.findChild(WhyPanel)
    assert sum(each.cents for each in why.found.entries) == why.found.balance_cents == 18_00
    assert "$18.00" in why.aloud.text()
    assert "account.explain" in audited(vault)
    qtbot.keyClick(page.account.table, Qt.Key.Key_Escape)
    assert page.panel.isHidden()
    assert page.account.table.hasFocus()


def test_an_amount_is_written_off_by_keys_with_its_reason(qtbot, desk, vault, nora, shown):
    (owed,) = charge(desk, nora)
    to_patient(desk, nora, owed)
    page = shown(nora)
    qtbot.keyClick(page.account.table, Qt.Key.Key_W, CTRL)
    form = panel_form(page)
    typed(qtbot, form, cents="15.00")
    form.form.fields["reason"].field.set_value("hardship")
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: page._owes.figure == "150.00")
    assert page.panel.isHidden()
    assert sound(vault)


def test_the_amount_follows_who_owes_it(qtbot, desk, vault, nora, shown):
    (owed,) = charge(desk, nora)
    part = TransferResponsibility(desk.new_id(), owed, nora.coverage_id, None, "patient_share", 2_500)
    desk.run(transfer_responsibility, part)
    page = shown(nora)
    qtbot.keyClick(page.account.table, Qt.Key.Key_W, CTRL)
    form = panel_form(page).form
    assert form.value("cents") == 25_00
    form.fields["party"].field.setCurrentIndex(1)
    assert form.value("cents") == 140_00


def test_more_than_is_owed_is_told_under_the_amount(qtbot, desk, nora, shown):
    (owed,) = charge(desk, nora)
    to_patient(desk, nora, owed)
    page = shown(nora)
    qtbot.keyClick(page.account.table, Qt.Key.Key_W, CTRL)
    form = panel_form(page)
    typed(qtbot, form, cents="1000")
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: bool(form.form.fields["cents"].problem))
    assert "Only 165.00 is owed" in form.form.fields["cents"].problem


def test_a_biller_over_the_limit_is_told_who_may(qtbot, desk, desk_as, nora):
    (owed,) = charge(desk, nora)
    to_patient(desk, nora, owed)
    window = PageWindow(desk_as(Role.BILLER))
    qtbot.addWidget(window)
    page = window.put(PatientPage, PatientPlace(nora.patient_id))
    qtbot.waitUntil(lambda: page.account.account is not None)
    qtbot.keyClick(page.account.table, Qt.Key.Key_W, CTRL)
    form = panel_form(page)
    form.form.fields["reason"].field.set_value("hardship")
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: page.panel.findChild(AskPanel) is not None)
    assert "practice manager" in page.panel.findChild(AskPanel).refusal.words
    window.jobs.close()


def test_responsibility_moves_and_ctrl_z_moves_it_back(qtbot, desk, vault, nora, shown):
    charge(desk, nora)
    page = shown(nora)
    assert (page._insurance.figure, page._owes.figure) == ("165.00", "0.00")
    qtbot.keyClick(page.account.table, Qt.Key.Key_R, CTRL)
    panel_form(page).form.fields["reason"].field.set_value("coverage_ended")
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: page._owes.figure == "165.00")
    qtbot.keyClick(page.account.table, Qt.Key.Key_Z, CTRL)
    assert "reversed exactly" in panel_form(page).layout().itemAt(0).widget().text()
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: page._owes.figure == "0.00")
    assert sound(vault)


def test_a_void_asks_for_a_reason_and_turns_payments_into_credit(qtbot, desk, nora, shown):
    (owed,) = charge(desk, nora)
    to_patient(desk, nora, owed)
    pay(desk, nora, 16_500)
    page = shown(nora)
    qtbot.keyClick(page.account.table, Qt.Key.Key_D, CTRL)
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    form = panel_form(page)
    qtbot.waitUntil(lambda: bool(form.form.fields["reason"].problem))
    typed(qtbot, form, reason="keyed on the wrong patient")
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: page._credit.figure == "165.00")
    assert page.account.table.chosen_row().line.status == "void"


def test_credit_pays_what_is_owed(qtbot, desk, nora, shown):
    pay(desk, nora, 5_000)
    (owed,) = charge(desk, nora)
    to_patient(desk, nora, owed)
    page = shown(nora)
    assert page._credit.figure == "50.00"
    qtbot.keyClick(page.account.table, Qt.Key.Key_J, CTRL)
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: page._credit.figure == "0.00")
    assert page._owes.figure == "115.00"


def test_take_payment_and_new_charge_lead_to_their_pages(qtbot, desk, nora, window, shown):
    page = shown(nora)
    qtbot.keyClick(page, Qt.Key.Key_T, CTRL)
    qtbot.keyClick(page, Qt.Key.Key_N, CTRL)
    place = PatientPlace(nora.patient_id)
    assert window.gone == [("payments", place), ("charges", place)]


def test_a_policy_is_added_and_ended_by_keys(qtbot, desk, nora, shown):
    page = shown(nora, "coverage")
    tab = page.tab
    qtbot.keyClick(page, Qt.Key.Key_A, CTRL | SHIFT)
    field = QApplication.focusWidget()
    qtbot.keyClicks(field, "lake")
    for text in ("", "", "lk-778899", "", "1/1/26"):
        qtbot.keyClicks(QApplication.focusWidget(), text)
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: len(page.card.coverages) == 2)
    assert [each.coverage.rank for each in page.card.coverages] == [1, 2]
    tab.table.choose(page.card.coverages[1].id)
    qtbot.keyClick(page, Qt.Key.Key_E, CTRL | SHIFT)
    qtbot.keyClicks(panel_form(page).form.fields["last_day"].field, "10/31/26")
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: page.card.coverages[1].standing == Standing.ENDED)


def test_a_member_id_is_masked_until_asked_for_and_asking_is_in_the_log(qtbot, vault, nora, shown):
    page = shown(nora, "coverage")
    model = page.tab.table.rows
    assert model.index(0, 2).data() == "•••••0001"
    page.tab.table.choose_first()
    qtbot.keyClick(page, Qt.Key.Key_M, CTRL)
    assert model.index(0, 2).data() == "XYZ0000001"
    qtbot.waitUntil(lambda: "coverage.show_member_id" in audited(vault))


def test_details_are_changed_and_half_typed_ones_survive_a_change_elsewhere(qtbot, desk, nora, shown, window):
    page = shown(nora, "details")
    tab = page.tab
    city = tab.form.fields["city"].field
    city.setFocus()
    qtbot.keyClicks(city, "Camden")
    tab.flags[Flag.DISPUTE].click()
    qtbot.waitUntil(lambda: Flag.DISPUTE in page.card.guarantor.flags)
    assert city.text() == "Camden"
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: page.card.patient.city == "Camden")
    assert "In dispute" in [each.words for each in page.findChildren(Chip)]


def test_a_confidential_address_is_kept_and_warned_of(qtbot, desk, nora, shown):
    page = shown(nora, "details")
    qtbot.keyClick(page, Qt.Key.Key_C, CTRL | SHIFT)
    form = panel_form(page)
    typed(qtbot, form, street="PO Box 9", city="Camden", state="ME", zip="04843")
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: page.card.confidential is not None)
    assert "Confidential address" in [each.words for each in page.findChildren(Chip)]


def test_visits_are_read_when_the_tab_is_looked_at(qtbot, desk, vault, nora, shown, window):
    visit = VisitDetails(nora.patient_id, date(2026, 11, 18), PROVIDER, PLACE)
    desk.run(add_visits, AddVisits(desk.new_id(), (visit,)))
    page = shown(nora)
    assert "visit.patient" not in audited(vault)
    qtbot.keyClick(page, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: page.tab.table.chosen_row() is not None)
    qtbot.keyClick(page.tab.table, Qt.Key.Key_Return)
    assert window.gone[0][0] == "charges"
    assert window.gone[0][1].visit.patient_id == nora.patient_id


def test_a_letter_that_came_back_says_so_with_what_to_do(qtbot, desk, vault, nora, shown, window):
    mailed = desk.clock.today() - timedelta(days=9)
    content = '{"to": ["Nora Whitfield", "14 Willow Lane", "Rockport, ME 04856"]}'
    with vault.writer.begin() as conn:
        conn.execute(
            insert(t.statement).values(
                id=5, number="1-7", run_id=1, guarantor_id=nora.guarantor_id, statement_date=mailed, due_date=mailed,
                step="current", total_cents=1, content=content, mailed_on=mailed, made_by=1, made_at=desk.clock.now(),
                returned_on=desk.clock.today(),
            )
        )  # fmt: skip
    (bill,) = charge(desk, nora, "94010")
    to_patient(desk, nora, bill)
    page = shown(nora, "statements")
    qtbot.waitUntil(lambda: page.tab.table.chosen_row() is not None)
    row = page.tab.table.chosen_row()
    said = {each.title: each.cell(row) for each in page.tab.table.rows.columns}
    assert said["Status"].word == f"Came back {desk.clock.today():%m/%d/%Y}"
    assert said["What to do"] == row.row.to_do != ""
    qtbot.keyClick(page, Qt.Key.Key_H, CTRL | SHIFT)
    assert window.gone[-1][0] == "returned_mail"


def test_the_next_patient_shows_nothing_of_the_one_before(qtbot, desk, vault, nora, shown):
    charge(desk, nora)
    other = a_patient(vault, 2, insured=False, last="Abbott", first="Glen")
    page = shown(nora)
    page.open(PatientPlace(other.patient_id))
    assert page.title.text() == "Patient"
    assert page.account.account is None
    assert page.account.table.chosen_row() is None
    qtbot.waitUntil(lambda: page.account.account is not None)
    assert page.title.text() == "Glen Abbott"
    assert page._insurance.figure == "0.00"


def test_a_role_that_may_only_look_finds_every_action_grey(qtbot, desk, desk_as, nora):
    charge(desk, nora)
    window = PageWindow(desk_as(Role.AUDITOR))
    qtbot.addWidget(window)
    page = window.put(PatientPage, PatientPlace(nora.patient_id))
    qtbot.waitUntil(lambda: page.account.account is not None)
    assert not any(each.isEnabled() for each in page.account.buttons)
    qtbot.keyClick(page.account.table, Qt.Key.Key_W, CTRL)
    assert page.panel.isHidden()
    window.jobs.close()


def test_a_panel_never_makes_the_window_wider(qtbot, desk, nora, shown, window):
    (owed,) = charge(desk, nora)
    to_patient(desk, nora, owed)
    page = shown(nora)
    before = window.width()
    qtbot.keyClick(page.account.table, Qt.Key.Key_W, CTRL)
    qtbot.wait(50)
    assert window.width() == before, [each.sizeHint().width() for each in page.account.buttons]


def test_opened_by_the_desk_it_is_the_patient_of_today(desk, clock, nora, shown):
    clock.move(days=1)
    page = shown(nora)
    assert page.account.account.as_of == date(2026, 11, 18) + timedelta(days=1)
    assert desk.ask(open_patient, OpenPatient(nora.patient_id)).id == page.card.id
