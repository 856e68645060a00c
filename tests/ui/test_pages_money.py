"""Deposits, day sheet, refunds, plans, collections and small balances, each by keyboard on a real practice."""

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QLineEdit
from sqlalchemy import insert

from medbill_desktop.domain.deposits import Pieces
from medbill_desktop.domain.plans import Standing
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import tables as t
from medbill_desktop.ui.pages.collections import CollectionsPage
from medbill_desktop.ui.pages.day_sheet import DaySheetPage
from medbill_desktop.ui.pages.deposits import DepositsPage
from medbill_desktop.ui.pages.patient import PatientPage
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.pages.payments import WAYS, PaymentsPage
from medbill_desktop.ui.pages.plans import PlansPage
from medbill_desktop.ui.pages.refunds import RefundsPage
from medbill_desktop.ui.pages.small_balances import SmallBalancesPage
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import ChoiceField
from medbill_desktop.usecases.adjustments import WriteOff, write_off
from medbill_desktop.usecases.collections import (
    DecideCase,
    ListCases,
    ReviewAccount,
    decide_case,
    list_cases,
    review_account,
)
from medbill_desktop.usecases.day_sheet import DaySheet, day_sheet
from medbill_desktop.usecases.deposits import CloseSlip, ListSlips, close_slip, list_slips
from medbill_desktop.usecases.payments import PaymentForm, payment_form
from medbill_desktop.usecases.plans import ListPlans, list_plans
from medbill_desktop.usecases.refunds import (
    AskRefund,
    ListCredits,
    ListRefunds,
    PayRefund,
    RefundAlone,
    ask_refund,
    list_credits,
    list_refunds,
    pay_refund,
    refund_alone,
)
from medbill_desktop.usecases.returned import ReturnPayment, return_payment
from tests.ledger_rows import PLACE, PROVIDER, charge, furnish, pay
from tests.people import a_visit, register
from tests.ui.keyboard import control, keys, press
from tests.ui.page_window import PageWindow
from tests.usecases.test_collections import kept_from_plans
from tests.usecases.test_refunds import banked


@pytest.fixture
def window(qtbot, vault, desk):
    furnish(vault)
    made = PageWindow(desk)
    qtbot.addWidget(made)
    yield made
    made.close()


def someone(desk, last="Abbott"):
    who = register(desk, last, "Glen")
    charge(desk, who, "99213")
    return who


def bank(desk, method, cents):
    slip = next(each for each in desk.ask(list_slips, ListSlips()) if each.method == method and not each.closed_on)
    pieces = (Pieces(1, cents),) if method == "cash" else ()
    desk.run(close_slip, CloseSlip(desk.new_id(), slip.id, slip.cents, pieces))


def enabled(page, name):
    return page.findChild(Button, name).isEnabled()


def test_cash_is_counted_by_keys_and_the_slip_closes(qtbot, desk, window):
    pay(desk, someone(desk), 45_00)
    page = window.put(DepositsPage)
    qtbot.waitUntil(lambda: enabled(page, "close_slip"))
    wide = window.width()
    control(Qt.Key.Key_Return)
    assert window.width() == wide, "a panel never makes the window wider"
    for digit in ("", "", "2", "", "1"):
        keys(digit)
        press(Qt.Key.Key_Return)
    assert page.findChild(QLabel, "counted_sum").text() == "Counted 45.00 of 45.00."
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: desk.ask(list_slips, ListSlips())[0].closed_on is not None)
    [slip] = desk.ask(list_slips, ListSlips())
    assert (slip.slip_cents, slip.counted_cents, slip.pieces) == (45_00, 45_00, "2000x2 500x1")


def test_a_key_leads_from_the_slips_to_the_day_sheet(window):
    window.put(DepositsPage)
    press(Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert window.gone == [("day_sheet", None)]


def test_a_count_that_differs_asks_why_in_the_form(qtbot, desk, window):
    pay(desk, someone(desk), 45_00)
    page = window.put(DepositsPage)
    qtbot.waitUntil(lambda: enabled(page, "close_slip"))
    control(Qt.Key.Key_Return)
    keys("1")
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "more than the slip" in " ".join(
        each.text() for each in page.panel.findChildren(QLabel)))  # fmt: skip
    assert desk.ask(list_slips, ListSlips())[0].closed_on is None


def test_the_day_is_signed_from_its_sheet(qtbot, desk, window):
    pay(desk, someone(desk), 45_00)
    page = window.put(DaySheetPage)
    qtbot.waitUntil(lambda: enabled(page, "sign_day"))
    assert "proved" in page.subtitle.text()
    control(Qt.Key.Key_Return)
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "signed by Person 1" in page.subtitle.text())
    assert desk.ask(day_sheet, DaySheet(desk.clock.today())).signed is not None
    qtbot.waitUntil(lambda: not enabled(page, "sign_day"))
    control(Qt.Key.Key_P)
    qtbot.waitUntil(lambda: len(window.previewed) == 1)


def test_a_refund_asked_by_a_biller_is_approved_by_the_owner(qtbot, desk, desk_as, window):
    biller = desk_as(Role.BILLER)
    taken = pay(biller, someone(desk), 365_00, method="check")
    bank(biller, "check", 365_00)
    page = window.put(RefundsPage)
    qtbot.waitUntil(lambda: page.credits.rows.rowCount() == 2)
    biller.run(ask_refund, AskRefund(biller.new_id(), taken.payment_id, 150_00, "check", "overpaid"))
    page.reload()
    qtbot.waitUntil(lambda: hasattr(page.refunds.rows.line(0), "row"))
    page.refunds.choose_first()
    qtbot.waitUntil(lambda: enabled(page, "approve_refund"))
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: desk.ask(list_refunds, ListRefunds())[0].state == "approved")
    qtbot.waitUntil(lambda: page.refunds.rows.line(0).row.state == "approved")
    page.refunds.choose_first()
    qtbot.waitUntil(lambda: enabled(page, "pay_refund"))
    control(Qt.Key.Key_T)
    keys("1088")
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: desk.ask(list_refunds, ListRefunds())[0].state == "paid")


def test_the_next_key_is_meant_for_the_plan_that_was_just_made(qtbot, desk, window):
    first, second = someone(desk), someone(desk)
    page = window.put(PlansPage, PatientPlace(first.patient_id))
    for who in (first, second):
        page.open(PatientPlace(who.patient_id))
        qtbot.waitUntil(lambda: page._made._terms() is not None)
        page._made.send()
        qtbot.waitUntil(lambda: enabled(page, "sign_plan") and page.panel.isHidden())
    newest = max(desk.ask(list_plans, ListPlans()), key=lambda each: each.plan_id)
    qtbot.waitUntil(lambda: page._line().plan_id == newest.plan_id)


def test_a_plan_for_a_patient_shows_its_parts_and_the_rule_before_it_is_made(qtbot, desk, window):
    who = someone(desk)
    page = window.put(PlansPage, PatientPlace(who.patient_id))
    said = page.panel.findChild(QLabel, "plan_instalments")
    amount = page.panel.findChild(QLineEdit, "plan_amount")
    amount.setFocus()
    qtbot.waitUntil(lambda: said.text().count("41.25") == 4)
    assert amount.selectedText() == "165.00", "typing has to replace the amount that was filled in"
    made = page._made
    made.form.set_values({"count": "5"})
    made._look()
    rule = page.panel.findChild(QLabel, "plan_rule")
    assert "Regulation Z" in rule.text()
    made.send()
    qtbot.waitUntil(lambda: "decision" in made.form.fields["count"].problem)
    page.panel.findChild(QCheckBox, "plan_rule_read").setChecked(True)
    made.send()
    qtbot.waitUntil(lambda: len(desk.ask(list_plans, ListPlans())) == 1)
    [plan] = desk.ask(list_plans, ListPlans())
    assert (plan.standing, len(plan.instalments)) == (Standing.CURRENT, 5)
    qtbot.waitUntil(lambda: len(window.previewed) == 1)


def test_a_plan_says_of_each_field_what_to_type(qtbot, desk, window):
    page = window.put(PlansPage, PatientPlace(someone(desk).patient_id))
    said = page.panel.findChild(QLabel, "plan_instalments")
    qtbot.waitUntil(lambda: said.text() != "")
    made = page._made
    fields = made.form.fields
    for typed, words in (("3oo", "Type an amount such as 25.00."), ("", "such as 300.00")):
        fields["cents"].field.setText(typed)
        made._look()
        made.send()
        assert words in fields["cents"].problem
    assert said.text() == "" or "Type an amount" in said.text()
    fields["count"].field.setText("four")
    made.send()
    assert "such as 4" in fields["count"].problem
    assert fields["guarantor"].problem == ""
    assert desk.ask(list_plans, ListPlans()) == ()


def test_what_is_kept_from_plans_is_shown_before_an_account_is_reviewed(qtbot, vault, desk, window):
    who = someone(desk)
    (kept,) = charge(desk, who, "94010")
    mailed = desk.clock.today() - timedelta(days=40)
    with vault.writer.begin() as conn:
        conn.execute(
            insert(t.statement).values(
                id=5, number="9-1", run_id=1, guarantor_id=who.guarantor_id, statement_date=mailed, due_date=mailed,
                step="final", total_cents=1, content="{}", mailed_on=mailed, made_by=1, made_at=desk.clock.now(),
            )
        )  # fmt: skip
    kept_from_plans(desk, vault, kept)
    page = window.put(CollectionsPage)
    qtbot.waitUntil(lambda: hasattr(page.candidates.rows.line(0), "row"))
    page.candidates.choose_first()
    control(Qt.Key.Key_N)
    qtbot.waitUntil(page.panel.isVisible)
    tick = page.panel.findChild(QCheckBox, "goes_on_purpose")
    assert "60.00" in tick.text()
    assert not tick.isChecked()
    assert tick.hasFocus()
    assert "Kept from plans" in " ".join(each.text() for each in page.panel.findChildren(QLabel))
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(desk.ask(list_cases, ListCases())) == 1)
    [case] = desk.ask(list_cases, ListCases())
    assert (case.cents, case.on_purpose) == (165_00, 0)


def test_an_account_is_reviewed_approved_and_handed_over(qtbot, vault, desk, window):
    who = someone(desk)
    mailed = desk.clock.today() - timedelta(days=40)
    with vault.writer.begin() as conn:
        conn.execute(
            insert(t.statement).values(
                id=5, number="9-1", run_id=1, guarantor_id=who.guarantor_id, statement_date=mailed, due_date=mailed,
                step="final", total_cents=1, content="{}", mailed_on=mailed, made_by=1, made_at=desk.clock.now(),
            )
        )  # fmt: skip
    page = window.put(CollectionsPage)
    window.save_file = lambda title, suggested, data, then=None: window.said.append(data)
    qtbot.waitUntil(lambda: hasattr(page.candidates.rows.line(0), "row"))
    page.candidates.choose_first()
    control(Qt.Key.Key_N)
    qtbot.waitUntil(lambda: hasattr(page.cases.rows.line(0), "row"))
    for key, state in ((Qt.Key.Key_Return, "approved"), (Qt.Key.Key_H, "sent")):
        page.cases.choose_first()
        control(key)
        qtbot.waitUntil(lambda state=state: page.cases.rows.line(0).row.state == state)
    qtbot.waitUntil(lambda: any(isinstance(each, bytes) and b"165.00" in each for each in window.said))
    assert desk.ask(list_cases, ListCases())[0].state == "sent"


def test_ticked_cases_are_handed_over_together(qtbot, vault, desk, window):
    case_ids = []
    for number in (1, 2):
        who = someone(desk, f"Baker{number}")
        mailed = desk.clock.today() - timedelta(days=40)
        with vault.writer.begin() as conn:
            conn.execute(
                insert(t.statement).values(
                    id=number, number=f"9-{number}", run_id=1, guarantor_id=who.guarantor_id, statement_date=mailed,
                    due_date=mailed, step="final", total_cents=1, content="{}", mailed_on=mailed, made_by=1,
                    made_at=desk.clock.now(),
                )
            )  # fmt: skip
        case_ids.append(desk.run(review_account, ReviewAccount(desk.new_id(), who.guarantor_id)))
        desk.run(decide_case, DecideCase(desk.new_id(), case_ids[-1], True))
    page = window.put(CollectionsPage)
    saved = []
    window.save_file = lambda title, suggested, data, then=None: saved.append(data)
    qtbot.waitUntil(lambda: page.cases.rows.rowCount() == 2)
    page.cases.rows.tick(case_ids)
    page.cases.choose_first()
    control(Qt.Key.Key_H)
    qtbot.waitUntil(lambda: bool(saved))
    assert {each.state for each in desk.ask(list_cases, ListCases())} == {"sent"}
    assert saved[0].count(b"165.00") == 2


def test_credit_below_zero_is_netted_by_key(qtbot, desk, window):
    who = someone(desk)
    taken = banked(desk, who, 50_00, allocation=())
    given = RefundAlone(desk.new_id(), taken.payment_id, 50_00, "check", "overpaid")
    desk.run(refund_alone, given)
    desk.run(pay_refund, PayRefund(desk.new_id(), given.id, "1088"))
    today = desk.clock.today()
    desk.run(return_payment, ReturnPayment(desk.new_id(), taken.payment_id, today, "insufficient_funds"))
    pay(desk, who, 60_00, allocation=())
    page = window.put(RefundsPage)
    qtbot.waitUntil(lambda: hasattr(page.credits.rows.line(0), "row"))
    page.credits.choose_first()
    assert page.credits.chosen_row().row.cents == -50_00
    control(Qt.Key.Key_J)
    made = page.panel.findChild(PanelForm)
    made.form.set_values({"words": "agreed by phone"})
    made.send()
    qtbot.waitUntil(lambda: desk.ask(list_credits, ListCredits()).cents == 10_00)


@pytest.mark.parametrize("kind", [CollectionsPage, DaySheetPage, DepositsPage, PlansPage, RefundsPage])
def test_no_panel_makes_the_window_wider(qtbot, desk, window, kind):
    window.resize(1214, 696)
    page = window.put(kind)
    made = PanelForm(page, "Some words", "Do it", lambda: None)
    made.open("A panel")
    QApplication.processEvents()
    assert window.minimumSizeHint().width() <= 1214
    assert window.width() == 1214


def test_small_balances_are_unticked_or_written_off(qtbot, desk, window):
    one, other = someone(desk), someone(desk, "Baker")
    for who in (one, other):
        pay(desk, who, 162_00)
    desk.clock.move(days=91)
    page = window.put(SmallBalancesPage)
    qtbot.waitUntil(lambda: page.table.rows.rowCount() == 2)
    page.table.choose(one.guarantor_id)
    press(Qt.Key.Key_Space)
    assert [each.cents for each in page._ticked()] == [3_00]
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: desk.ask(payment_form, PaymentForm(other.guarantor_id)).owed_cents == 0)
    assert desk.ask(payment_form, PaymentForm(one.guarantor_id)).owed_cents == 3_00


def test_the_payments_page_leads_to_all_of_them(qtbot, window):
    page = window.put(PaymentsPage)
    for _, _, key, _ in WAYS:
        page.findChild(Button, f"go_{key}").click()
    assert [key for key, _ in window.gone] == [key for _, _, key, _ in WAYS]


def test_a_returned_check_is_noted_on_the_payments_page(qtbot, desk, window):
    who = someone(desk)
    pay(desk, who, 165_00, method="check")
    bank(desk, "check", 165_00)
    page = window.put(PaymentsPage)
    qtbot.waitUntil(lambda: page.table.rows.rowCount() == 3)
    page.table.choose_first()
    qtbot.waitUntil(lambda: enabled(page, "return_payment"))
    control(Qt.Key.Key_B)
    press(Qt.Key.Key_Down)
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: desk.ask(payment_form, PaymentForm(who.guarantor_id)).owed_cents == 165_00)


def test_a_write_off_is_taken_back_from_the_account(qtbot, desk, window):
    who = someone(desk)
    [owed] = desk.ask(payment_form, PaymentForm(who.guarantor_id)).owed
    desk.run(write_off, WriteOff(desk.new_id(), owed.charge_id, 5_00, "courtesy"))
    page = window.put(PatientPage, PatientPlace(who.patient_id))
    qtbot.waitUntil(lambda: page.account.account is not None)
    page.account.table.choose_first()
    press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: page.panel.findChild(ChoiceField, "undo_entry") is not None)
    assert page.panel.findChild(ChoiceField, "undo_entry").currentText().endswith("Courtesy discount, 5.00")
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: desk.ask(payment_form, PaymentForm(who.guarantor_id)).owed_cents == 165_00)
    press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: any("still stands" in str(each) for each in window.said))


def test_a_copay_at_the_desk_takes_twelve_keys(qtbot, desk, window):
    """Name (3), Enter, amount (2), Enter, method (2), Tab, the visit (1), Enter; at two keys a second, six seconds."""
    who = register(desk, "Abbott", "Glen")
    visit_id = a_visit(desk, who.patient_id, PROVIDER, PLACE)
    page = window.put(PaymentsPage)
    pressed = 0

    def key(what):
        nonlocal pressed
        pressed += 1
        QTest.keyClick(QApplication.focusWidget(), what)

    for letter in "abb":
        key(letter)
    qtbot.waitUntil(lambda: page.entry.patient.is_open)
    key(Qt.Key.Key_Return)
    for letter in "25":
        key(letter)
    key(Qt.Key.Key_Return)
    for letter in "ca":
        key(letter)
    qtbot.waitUntil(lambda: page.entry.purpose.count() == 3 and page._owed is not None)
    key(Qt.Key.Key_Tab)
    key("c")
    key(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: desk.ask(payment_form, PaymentForm(who.guarantor_id)).credit_cents == 25_00)
    [held] = desk.ask(payment_form, PaymentForm(who.guarantor_id)).credits
    assert held.visit_id == visit_id
    assert pressed == 12


def test_one_payment_pays_the_charges_of_a_whole_family(qtbot, desk, window):
    mother = someone(desk)
    child = register(desk, "Abbott", "Ida", guarantor_id=mother.guarantor_id, relationship="child")
    charge(desk, child, "94010")
    page = window.put(PaymentsPage, PatientPlace(child.patient_id))
    qtbot.waitUntil(lambda: page._shares is not None)
    seen = " ".join(each.text() for each in page.panel.findChildren(QLabel))
    assert "Glen A." in seen
    assert "Ida A." in seen
    page.entry.set_values({"cents": 225_00})
    page._on_edited()
    press(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: desk.ask(payment_form, PaymentForm(mother.guarantor_id)).owed_cents == 0)
