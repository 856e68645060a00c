"""The audit page keeps the log: anchors printed and compared, gaps explained, holds set, years archived."""

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit, QPushButton

from medbill_desktop.security.audit_mac import Anchor
from medbill_desktop.ui.pages.audit import AuditPage
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.usecases.audit_anchors import VerifyAudit, verify_audit
from medbill_desktop.usecases.audit_keeping import AskKeeping, log_keeping
from tests.backed_up import make_practice
from tests.ui.page_window import PageWindow
from tests.usecases.test_audit_keeping import archives, years_of_work

PATIENCE_MS = 20_000
CTRL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def practice(tmp_path):
    made = make_practice(tmp_path / "practice")
    yield made
    made.vault.close()


@pytest.fixture
def page_of(qtbot):
    shown = []

    def make(desk, place=None):
        window = PageWindow(desk)
        qtbot.addWidget(window)
        shown.append(window)
        return window, window.put(AuditPage, place)

    yield make
    for each in shown:
        each.jobs.close()


def quiet(qtbot, window):
    qtbot.waitUntil(lambda: not window.jobs.under_way, timeout=PATIENCE_MS)


def words(page):
    return " ".join(each.text() for each in page.panel.findChildren(QLabel))


def press(qtbot, page, name):
    qtbot.mouseClick(page.panel.findChild(QPushButton, name), Qt.MouseButton.LeftButton)


def test_an_anchor_is_printed_and_compared_when_it_is_typed_again(qtbot, practice, page_of):
    desk = practice.desk()
    window, page = page_of(desk)
    quiet(qtbot, window)
    qtbot.keyClick(page, Qt.Key.Key_A, CTRL | SHIFT)
    quiet(qtbot, window)
    ((title, pdf),) = window.previewed
    assert title == "Audit anchor"
    assert pdf.startswith(b"%PDF")
    verdict = desk.ask(verify_audit, VerifyAudit())
    right, wrong = f"{verdict.head_seq}:{verdict.head}", f"{verdict.head_seq}:{'0' * 16}"
    for typed, found in (
        (right, "Every row is as it was written."),
        (wrong, "differs from the anchor in the printed page"),
    ):
        qtbot.keyClick(page, Qt.Key.Key_E, CTRL)
        quiet(qtbot, window)
        page.panel.findChild(QLineEdit, "typed_anchor").setText(typed)
        press(qtbot, page, "compare_anchor")
        quiet(qtbot, window)
        assert found in words(page)


def test_what_is_no_anchor_is_said_under_its_field(qtbot, practice, page_of):
    window, page = page_of(practice.desk())
    quiet(qtbot, window)
    qtbot.keyClick(page, Qt.Key.Key_E, CTRL)
    quiet(qtbot, window)
    page.panel.findChild(QLineEdit, "typed_anchor").setText("12")
    press(qtbot, page, "compare_anchor")
    assert "Type an anchor as it is printed" in words(page)


def test_an_officer_explains_an_anchor_that_is_not_reached(qtbot, practice, page_of):
    practice.keys.known = (Anchor(99, b"z" * 32, "the credential store"),)
    desk = practice.desk()
    window, page = page_of(desk)
    quiet(qtbot, window)
    qtbot.keyClick(page, Qt.Key.Key_E, CTRL)
    quiet(qtbot, window)
    assert "1 finding." in words(page)
    page.panel.findChild(QPlainTextEdit, "explain_comment").setPlainText("The disk was replaced by its copy.")
    press(qtbot, page, "sign_explain")
    quiet(qtbot, window)
    qtbot.waitUntil(lambda: any("gap is explained" in each for each in window.said), timeout=PATIENCE_MS)
    qtbot.keyClick(page, Qt.Key.Key_E, CTRL)
    quiet(qtbot, window)
    assert "Every row is as it was written." in words(page)
    assert "The disk was replaced by its copy." in words(page)


def test_a_year_moves_into_an_archive_and_a_hold_stops_the_next(qtbot, practice, page_of):
    desk = years_of_work(practice, last=2034)
    practice.clock.moment = datetime(2034, 12, 1, 16, 0, tzinfo=UTC)
    window, page = page_of(desk, "keeping")
    quiet(qtbot, window)
    qtbot.keyClick(page, Qt.Key.Key_M, CTRL | SHIFT)
    quiet(qtbot, window)
    qtbot.waitUntil(lambda: len(archives(practice)) == 1, timeout=PATIENCE_MS)
    assert any("sealed archive" in each for each in window.said)
    qtbot.waitUntil(lambda: page.tab.archives.rows.rowCount() == 1, timeout=PATIENCE_MS)
    qtbot.keyClick(page, Qt.Key.Key_L, CTRL | SHIFT)
    page.panel.findChild(QPlainTextEdit, "hold_comment").setPlainText("Letter of the state attorney.")
    press(qtbot, page, "sign_hold")
    quiet(qtbot, window)
    qtbot.waitUntil(lambda: "legal hold stands" in page.tab.state.words, timeout=PATIENCE_MS)
    assert not page.tab.archive.isEnabled()
    assert desk.ask(log_keeping, AskKeeping()).held
    table = page.findChild(Table, "holds")
    table.choose(desk.ask(log_keeping, AskKeeping()).holds[0].id)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    page.panel.findChild(QPlainTextEdit, "lift_comment").setPlainText("The matter was closed today.")
    press(qtbot, page, "sign_lift")
    quiet(qtbot, window)
    qtbot.waitUntil(page.tab.archive.isEnabled, timeout=PATIENCE_MS)
    (file,) = archives(practice)
    window.file = file
    qtbot.keyClick(page, Qt.Key.Key_O, CTRL | SHIFT)
    press(qtbot, page, "choose_archive")
    quiet(qtbot, window)
    qtbot.waitUntil(lambda: "The log goes on behind it." in words(page), timeout=PATIENCE_MS)
