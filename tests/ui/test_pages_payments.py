"""Taking a payment by keyboard alone, changing what it pays, receipt, void and undo, on a real practice."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from medbill_desktop.domain.patients import GuarantorDetails
from medbill_desktop.domain.users import Role
from medbill_desktop.ui.pages.payments import PaymentsPage
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import LineField, MoneyField
from medbill_desktop.usecases.changing_patients import ChangeGuarantor, change_guarantor
from medbill_desktop.usecases.merging import MergePatients, merge_patients
from medbill_desktop.usecases.patients import OpenPatient, open_patient
from medbill_desktop.usecases.paying import credit_shares, left_of, shares, summed
from medbill_desktop.usecases.payments import (
    ApplyCredit,
    DayPayments,
    PatientPayment,
    PaymentForm,
    TakePayment,
    apply_credit,
    day_payments,
    payment_form,
    take_payment,
)
from tests.ledger_rows import FEES, PLACE, PROVIDER, charge, furnish, pay
from tests.people import a_visit, register
from tests.ui.keyboard import control, keys, press
from tests.ui.page_window import PageWindow


@pytest.fixture
def window(qtbot, vault, desk):
    furnish(vault)
    made = PageWindow(desk)
    qtbot.addWidget(made)
    yield made
    made.close()


def owing(desk, *codes, last="Abbott", first="Glen"):
    """A self-pay patient with charges, oldest first."""
    who = register(desk, last, first)
    days = [desk.clock.today().replace(day=1 + number) for number in range(len(codes))]
    return who, [charge(desk, who, code, day=day)[0] for code, day in zip(codes, days, strict=True)]


def day_of(desk):
    return desk.ask(day_payments, DayPayments(desk.clock.today()))


def owed_by(desk, who):
    return desk.ask(payment_form, PaymentForm(who.guarantor_id))


def choose(qtbot, page, words="abb"):
    keys(words)
    qtbot.waitUntil(lambda: page.entry.patient.is_open)
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page._shares is not None)


def test_a_payment_is_taken_by_ten_keys_and_pays_the_oldest_first(qtbot, desk, window):
    owing(desk, "99213", "94010")
    page = window.put(PaymentsPage)
    keys("abb")
    qtbot.waitUntil(lambda: page.entry.patient.is_open)
    press(Qt.Key.Key_Return)
    keys("150")
    press(Qt.Key.Key_Return)
    keys("ch")
    press(Qt.Key.Key_Return)  # before the account has answered: it is taken once it has
    qtbot.waitUntil(lambda: len(day_of(desk).rows) == 1)
    [row] = day_of(desk).rows
    assert (row.method, row.cents, row.unapplied_cents) == ("check", 150_00, 0)
    qtbot.waitUntil(lambda: page.entry.value("patient") is None and page.entry.patient.hasFocus())
    qtbot.waitUntil(lambda: page.table.chosen_row() is not None and page.table.chosen_row().id == row.payment_id)
    assert "Receipt 1-1" in window.said[-1]


def test_a_key_goes_from_the_amount_to_the_number_of_the_check(qtbot, desk, window):
    page = window.put(PaymentsPage)
    page.entry.fields["cents"].field.setFocus()
    press(Qt.Key.Key_K, Qt.KeyboardModifier.AltModifier)
    assert QApplication.focusWidget().objectName() == "payment_reference"


def test_what_it_will_pay_stands_beside_it_and_can_be_changed(qtbot, desk, window):
    who, (older, newer) = owing(desk, "99213", "94010")
    page = window.put(PaymentsPage)
    choose(qtbot, page)
    keys("30")
    assert [each.charge_id for each in page._shares.allocation] == [older]
    assert "Pays 30.00 on 1 charge" in page.action_bar.words
    control(Qt.Key.Key_E)
    first, second = page._shares.fields.values()
    assert first.hasFocus()
    press(Qt.Key.Key_Delete)
    press(Qt.Key.Key_Return)
    assert second.hasFocus()
    keys("20")
    assert "Pays 20.00 on 1 charge; 10.00 stays credit." in page.action_bar.words
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(day_of(desk).rows) == 1)
    left = {each.charge_id: each.cents for each in owed_by(desk, who).owed}
    assert left[older] == FEES["99213"]
    assert left[newer] == FEES["94010"] - 20_00
    assert day_of(desk).rows[0].unapplied_cents == 10_00


def test_parts_over_the_amount_are_refused_in_the_panel(qtbot, desk, window):
    owing(desk, "99213")
    page = window.put(PaymentsPage)
    choose(qtbot, page)
    keys("10")
    control(Qt.Key.Key_E)
    keys("25")
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "there is 10.00" in page._shares._trouble.words)
    assert day_of(desk).rows == ()


def test_a_card_number_is_refused_under_its_field(qtbot, desk, window):
    owing(desk, "99213")
    page = window.put(PaymentsPage)
    choose(qtbot, page)
    keys("10")
    page.entry.fields["reference"].field.setFocus()
    keys("4111 1111 1111 1111")
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "card number" in page.entry.fields["reference"].problem)
    assert day_of(desk).rows == ()
    assert not page.problems.isVisible()


@pytest.mark.parametrize(("amount", "under"), [("", "cents"), ("0", "cents"), ("x", "cents")])
def test_an_amount_that_is_none_is_said_under_it(qtbot, desk, window, amount, under):
    owing(desk, "99213")
    page = window.put(PaymentsPage)
    choose(qtbot, page)
    keys(amount)
    control(Qt.Key.Key_Return)
    assert page.entry.fields[under].problem


def test_all_can_stay_credit_and_the_credit_is_applied_later(qtbot, desk, window):
    who, _ = owing(desk, "99213")
    page = window.put(PaymentsPage)
    choose(qtbot, page)
    keys("40")
    page.entry.purpose.set_value("credit")
    page.entry.changed.emit()
    assert "All of it, 40.00, stays credit." in page.action_bar.words
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: owed_by(desk, who).credit_cents == 40_00)
    qtbot.waitUntil(page.entry.patient.hasFocus)
    choose(qtbot, page)
    assert "apply the credit" in page.action_bar.words
    control(Qt.Key.Key_J)
    qtbot.waitUntil(lambda: owed_by(desk, who).credit_cents == 0)


def test_a_copay_is_kept_for_the_visit_of_today(qtbot, desk, window):
    who = register(desk, "Abbott", "Glen")
    visit_id = a_visit(desk, who.patient_id, PROVIDER, PLACE, desk.clock.today())
    page = window.put(PaymentsPage)
    choose(qtbot, page)
    qtbot.waitUntil(lambda: page.entry.purpose.count() == 3)
    keys("25")
    page.entry.purpose.set_value(visit_id)
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(owed_by(desk, who).credits) == 1)
    assert owed_by(desk, who).credits[0].visit_id == visit_id


def test_the_patient_page_brings_its_patient(qtbot, desk, window):
    who, _ = owing(desk, "99213")
    page = window.put(PaymentsPage, PatientPlace(who.patient_id))
    qtbot.waitUntil(lambda: page._shares is not None)
    assert page.entry.patient.text() == "Abbott, Glen"
    assert page.entry.fields["cents"].field.hasFocus()


def test_the_day_stands_by_method_with_its_sums(qtbot, desk, window):
    who, _ = owing(desk, "99213")
    for cents, method in ((10_00, "cash"), (20_00, "check"), (5_00, "cash")):
        pay(desk, who, cents, method=method)
    page = window.put(PaymentsPage)
    qtbot.waitUntil(lambda: page.table.rows.rowCount() == 6)
    lines = [page.table.rows.line(at) for at in range(6)]
    assert lines[0].note.startswith("2 payments · 15.00 · slip ")
    assert lines[3].note.startswith("1 payment · 20.00 · slip ")
    assert lines[5].sums == {"cents": 35_00}


def test_the_receipt_of_the_chosen_payment_is_shown(qtbot, desk, window):
    who, _ = owing(desk, "99213")
    pay(desk, who, 10_00)
    page = window.put(PaymentsPage)
    qtbot.waitUntil(lambda: page.table.chosen_row() is not None)
    control(Qt.Key.Key_P)
    qtbot.waitUntil(lambda: len(window.previewed) == 1)
    title, pdf = window.previewed[0]
    assert (title, pdf[:4]) == ("Receipt", b"%PDF")


def test_a_void_needs_a_reason_and_leaves_the_totals(qtbot, desk, window):
    who, _ = owing(desk, "99213")
    pay(desk, who, 10_00)
    page = window.put(PaymentsPage)
    qtbot.waitUntil(lambda: page.table.chosen_row() is not None)
    control(Qt.Key.Key_D)
    form = page.panel.findChild(LineField, "void_reason")
    assert form.hasFocus()
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.panel.isVisible() and form.parent().problem != "")
    keys("Wrong patient")
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: day_of(desk).rows[0].voided)
    assert day_of(desk).cents == 0
    qtbot.waitUntil(lambda: not page.panel.isVisible())
    qtbot.waitUntil(lambda: page.table.chosen_row().row.voided)
    assert not page._void.isEnabled()


def test_undo_takes_the_last_payment_back(qtbot, desk, window):
    who, _ = owing(desk, "99213")
    pay(desk, who, 10_00)
    page = window.put(PaymentsPage)
    qtbot.waitUntil(lambda: page.table.chosen_row() is not None)
    page.table.setFocus()
    control(Qt.Key.Key_Z)
    qtbot.waitUntil(lambda: day_of(desk).rows[0].voided)
    qtbot.waitUntil(lambda: any(each.startswith("Undone") for each in window.said))


def test_a_half_typed_payment_comes_back(qtbot, desk, window):
    owing(desk, "99213")
    page = window.put(PaymentsPage)
    choose(qtbot, page)
    keys("12.5")
    kept = page.draft()
    other = PaymentsPage(desk, window.jobs, window)
    qtbot.addWidget(other)
    other.restore(kept)
    qtbot.waitUntil(lambda: other._owed is not None)
    assert other.entry.value("cents") == 12_50
    assert other.entry.patient.text() == "Abbott, Glen"


def test_a_half_typed_payment_of_a_merged_patient_goes_on_with_who_stands_for_both(qtbot, desk, window):
    who, _ = owing(desk, "99213")
    twin = register(desk, "Abbot", "Glen").patient_id
    page = window.put(PaymentsPage)
    page.restore({"patient": "Abbot, Glen", "cents": "12.50", "patient_id": twin})
    kept = page.draft()
    desk.run(merge_patients, MergePatients(desk.new_id(), who.patient_id, twin))
    other = PaymentsPage(desk, window.jobs, window)
    qtbot.addWidget(other)
    other.restore(kept)
    qtbot.waitUntil(lambda: other._owed is not None)
    assert other.entry.value("patient") == who.patient_id
    assert other.entry.patient.text() == "Abbott, Glen"


def test_typing_another_name_forgets_what_the_first_one_owes(qtbot, desk, window):
    owing(desk, "99213")
    page = window.put(PaymentsPage)
    choose(qtbot, page)
    page.entry.patient.setFocus()
    page.entry.patient.selectAll()
    keys("z")
    assert page._owed is None
    assert not page.panel.isVisible()


def test_the_front_desk_takes_but_does_not_void(qtbot, vault, desk, desk_as):
    furnish(vault)
    who, _ = owing(desk, "99213")
    pay(desk, who, 10_00)
    made = PageWindow(desk_as(Role.FRONT_DESK))
    qtbot.addWidget(made)
    page = made.put(PaymentsPage)
    qtbot.waitUntil(lambda: page.table.chosen_row() is not None)
    void, take = page.findChild(Button, "void_payment"), page.findChild(Button, "take_payment")
    assert take.isEnabled()
    assert not void.isEnabled()
    assert "may not" in void.toolTip()
    made.close()


def test_in_a_narrow_window_the_fields_stay_in_sight(qtbot, vault, desk):
    furnish(vault)
    owing(desk, "99213")
    made = PageWindow(desk, (900, 560))
    qtbot.addWidget(made)
    page = made.put(PaymentsPage)
    keys("abb")
    qtbot.waitUntil(lambda: page.entry.patient.is_open)
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page._owed is not None)
    assert not page.panel.isVisible()
    keys("20")
    assert "Pays 20.00 on 1 charge" in page.action_bar.words
    control(Qt.Key.Key_E)
    assert page.panel.isVisible()
    made.close()


def test_an_amount_field_of_each_charge_speaks(qtbot, desk, window):
    owing(desk, "99213")
    page = window.put(PaymentsPage)
    choose(qtbot, page)
    field = page.panel.findChild(MoneyField, "share_1")
    assert field.accessibleName().startswith("Pay on Office visit, ")


@pytest.mark.parametrize("parts", [(1,), (100_00, 12_00, 300_00), (112_00,), (99_99, 1, 2_00)])
def test_what_is_told_before_is_what_is_posted_after(vault, desk, parts):
    furnish(vault)
    who, _ = owing(desk, "99213", "36415", "94010")
    for cents in parts:
        form = owed_by(desk, who)
        told = shares(form, cents)
        payment = PatientPayment(who.guarantor_id, cents, "cash", who.patient_id)
        taken = desk.run(take_payment, TakePayment(desk.new_id(), payment))
        assert (taken.applied_cents, taken.credit_cents) == (summed(told), left_of(cents, told))
        after = {each.charge_id: each.cents for each in owed_by(desk, who).owed}
        for each in told:
            owed = next(one.cents for one in form.owed if one.charge_id == each.charge_id)
            assert after.get(each.charge_id, 0) == owed - each.cents


def test_what_the_credit_would_pay_is_what_it_pays(vault, desk):
    furnish(vault)
    who, _ = owing(desk, "99213", "36415")
    payment = PatientPayment(who.guarantor_id, 130_00, "cash", who.patient_id, allocation=())
    desk.run(take_payment, TakePayment(desk.new_id(), payment))
    told = credit_shares(owed_by(desk, who))
    applied = desk.run(apply_credit, ApplyCredit(desk.new_id(), who.guarantor_id))
    assert applied.applied_cents == summed(told) == 130_00


def test_whose_the_rest_is_that_is_owed_on_a_patient_is_said_after_a_change_of_guarantor(qtbot, desk, window):
    who, _ = owing(desk, "99213")
    version = desk.ask(open_patient, OpenPatient(who.patient_id)).version
    parent = GuarantorDetails("Ortiz", "Ruth")
    desk.run(change_guarantor, ChangeGuarantor(desk.new_id(), who.patient_id, version, "spouse", guarantor=parent))
    page = window.put(PaymentsPage, PatientPlace(who.patient_id))
    qtbot.waitUntil(lambda: page._owed is not None)
    assert page._owed.elsewhere == (("Glen Abbott", FEES["99213"]),)
    assert page._owed.owed_cents == 0
    assert "Glen Abbott owes 165.00 of this patient from before. It is not Ruth Ortiz's" in page.problems.words
    control(Qt.Key.Key_N)
    assert page.problems.words == ""


def test_where_the_guarantor_never_changed_nothing_is_said(qtbot, desk, window):
    who, _ = owing(desk, "99213")
    page = window.put(PaymentsPage, PatientPlace(who.patient_id))
    qtbot.waitUntil(lambda: page._owed is not None)
    assert (page._owed.elsewhere, page.problems.words) == ((), "")
