"""Asking for more than the own limit, and deciding it, by keys (SECURITY A2)."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QPlainTextEdit, QPushButton

from medbill_desktop.domain.problems import OverLimit
from medbill_desktop.domain.proposals import AskReason
from medbill_desktop.domain.users import Limit, Role
from medbill_desktop.ui.pages.approvals import ApprovalsPage
from medbill_desktop.ui.pages.ask_approval import AskPanel
from medbill_desktop.ui.pages.patient import PatientPage
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.pages.payments import PaymentsPage
from medbill_desktop.ui.pages.today import TodayPage
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.usecases.accounts import OpenAccount, open_account
from medbill_desktop.usecases.adjustments import WriteOff, write_off
from medbill_desktop.usecases.proposals import AskAlone, AskProposals, Propose, list_alone, list_proposals, propose
from medbill_desktop.usecases.roles import Amount, SetLimits, set_limits
from tests.ledger_rows import a_patient, charge, furnish
from tests.ui.page_window import PageWindow

WHY = "Nora showed the letter of her bank"
ALT = Qt.KeyboardModifier.AltModifier
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def nora(vault):
    furnish(vault)
    return a_patient(vault)


@pytest.fixture
def only(desk, nora):
    return charge(desk, nora, self_pay=True)[0]


@pytest.fixture
def shown(qtbot):
    made = []

    def show(desk, kind, place=None):
        window = PageWindow(desk)
        qtbot.addWidget(window)
        made.append(window)
        return window, window.put(kind, place)

    yield show
    for each in made:
        each.jobs.close()


def wait(qtbot, holds):
    qtbot.waitUntil(holds, timeout=20_000)


def ask(desk, only, cents=40_00):
    command = WriteOff(desk.new_id(), only, cents, "hardship")
    return desk.run(propose, Propose(desk.new_id(), write_off.name, command, AskReason.HARDSHIP, WHY))


def rows_of(table):
    """The rows but for the note of an empty table."""
    rows = (table.rows.line(at) for at in range(table.rows.rowCount()))
    return [each for each in rows if hasattr(each, "id")]


def adjusted(desk, who):
    return desk.ask(open_account, OpenAccount(who.patient_id)).lines[0].adjusted_cents


def test_a_refusal_for_the_limit_offers_to_ask_and_keeps_what_was_typed(qtbot, shown, desk_as, nora, only):
    biller = desk_as(Role.BILLER)
    window, page = shown(biller, PatientPage, PatientPlace(nora.patient_id))
    wait(qtbot, lambda: page.account.account is not None)
    qtbot.keyClick(page.account.table, Qt.Key.Key_W, CTRL)
    form = page.panel.findChild(PanelForm)
    form.form.set_values({"cents": 40_00, "reason": "hardship"})
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    wait(qtbot, lambda: page.panel.findChild(AskPanel) is not None and page.panel.findChild(AskPanel).ask.isVisible())
    why = page.panel.findChild(QComboBox, "ask_reason")
    assert why.hasFocus()
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    assert "Choose why" in page.panel.findChild(AskPanel).form.fields["reason"].problem
    assert biller.ask(list_proposals, AskProposals()) == ()
    why.setCurrentIndex(1)
    page.panel.findChild(QPlainTextEdit, "ask_words").setPlainText(WHY)
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    wait(qtbot, lambda: any("Asked for approval" in each for each in window.said))
    [line] = biller.ask(list_proposals, AskProposals())
    assert (line.cents, line.mine) == (40_00, True)
    assert adjusted(biller, nora) == 0


def test_who_may_finds_it_on_today_and_approves_by_keys(qtbot, shown, desk_as, nora, only):
    biller, manager = desk_as(Role.BILLER), desk_as(Role.MANAGER, number=3)
    ask(biller, only)
    window, today = shown(manager, TodayPage)
    queues = today.findChild(Table, "queues")
    wait(qtbot, lambda: queues.choose("approvals"))
    qtbot.keyClick(queues, Qt.Key.Key_Return)
    assert window.gone[-1] == ("approvals", None)
    window, page = shown(manager, ApprovalsPage)
    table = page.findChild(Table, "proposals")
    wait(qtbot, lambda: len(rows_of(table)) == 1)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    wait(qtbot, lambda: page.panel.findChild(QPushButton, "approve") is not None)
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    wait(qtbot, lambda: "Approved, and done." in window.said)
    assert adjusted(manager, nora) == 40_00
    wait(qtbot, lambda: (table.rows.rowCount() == 1 and table.rows.line(0) is not None) or table.rows.rowCount() == 0)


def test_declined_by_keys_with_a_reason_and_the_asker_reads_it_once(qtbot, shown, desk_as, nora, only):
    biller, manager = desk_as(Role.BILLER), desk_as(Role.MANAGER, number=3)
    ask(biller, only)
    window, page = shown(manager, ApprovalsPage)
    table = page.findChild(Table, "proposals")
    wait(qtbot, lambda: len(rows_of(table)) == 1)
    table.opened.emit(table.rows.line(0))
    wait(qtbot, lambda: page.panel.findChild(QPushButton, "decline") is not None)
    qtbot.keyClick(page, Qt.Key.Key_D, ALT)
    reason = page.panel.findChild(QComboBox, "decline_reason")
    assert reason.hasFocus()
    reason.setCurrentIndex(2)
    qtbot.keyClick(page, Qt.Key.Key_D, ALT)
    wait(qtbot, lambda: "Declined. Who asked is told." in window.said)
    window, page = shown(biller, ApprovalsPage)
    table = page.findChild(Table, "proposals")
    wait(qtbot, lambda: len(rows_of(table)) == 1)
    assert table.rows.line(0).unseen
    page.leave()
    wait(qtbot, lambda: biller.ask(list_proposals, AskProposals()) == ())


def test_a_payment_dated_too_far_back_is_asked_from_its_page(qtbot, shown, desk_as, nora, only, clock):
    clerk = desk_as(Role.FRONT_DESK, number=8)
    _, page = shown(clerk, PaymentsPage, PatientPlace(nora.patient_id))
    error = OverLimit("Over your limit. Ask: biller.")
    error.asked = ("payment.take", None)
    page.say_error(error)
    assert page.panel.isVisible()
    assert page.panel.findChild(QPushButton, "ask_approval") is not None
    page.close_panel()
    error.may_ask = False
    page.say_error(error)
    assert not page.panel.isVisible()


def test_an_owner_signs_what_was_done_alone(qtbot, shown, desk, nora, only):
    desk.run(set_limits, SetLimits(desk.new_id(), Role.OWNER, (Amount(Limit.WRITE_OFF_CHARGE_CENTS, 10_00),)))
    desk.run(write_off, WriteOff(desk.new_id(), only, 20_00, "hardship"))
    window, page = shown(desk, ApprovalsPage, "alone")
    table = page.findChild(Table, "alone")
    wait(qtbot, lambda: len(rows_of(table)) == 1)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    wait(qtbot, lambda: "The review list is signed." in window.said)
    assert desk.ask(list_alone, AskAlone(unsigned=True)) == ()


def test_an_empty_queue_says_so(qtbot, shown, desk):
    _, page = shown(desk, ApprovalsPage)
    table = page.findChild(Table, "proposals")
    wait(qtbot, lambda: table.rows.rowCount() == 1)
    assert table.rows.line(0).text == "Nothing waits for approval."
