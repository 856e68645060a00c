"""A ledger comes in through the import page, is listed, and is taken back whole with a reason."""

import pytest
from PySide6.QtCore import Qt

from medbill_desktop.ui.pages.import_page import ImportPage
from medbill_desktop.ui.pages.imported_ledgers import ImportedLedgersPage
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.usecases.ledger_imports import ListImports, list_imports
from tests.history_files import a_practice, bring, ledger, row

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier,
)  # fmt: skip
CHARGE = row("1", "charge", 1, 200_00, code="99213", payer_ref="I1", claim_ref="A")
ZERO = row("2", "charge", 3, 0, code="99211", payer_ref="I1", claim_ref="B")
PAID = row("3", "payment", 5, 250_00, claim_ref="A", party="patient")


@pytest.fixture
def practice(desk, tmp_path):
    a_practice(desk, tmp_path)
    return desk


def looked(qtbot, window, path):
    window.file = path
    page = window.put(ImportPage, "history")
    qtbot.keyClick(page, Qt.Key.Key_O, CTRL)
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: page._job is None and page._preview is not None)
    return page


def test_a_look_says_what_the_file_comes_to_and_the_import_does_it(qtbot, window, practice, tmp_path):
    page = looked(qtbot, window, ledger(tmp_path, CHARGE, ZERO, PAID))
    assert page._notes.text() == (
        "2 charges (1 of them nothing) 200.00, paid 250.00, leaves (50.00), of it patients' credit 50.00"
    )
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL | SHIFT)
    qtbot.waitUntil(lambda: bool(window.said))
    assert "Imported 3 of 3 rows" in page.problems.words
    qtbot.keyClick(page, Qt.Key.Key_B, ALT)
    assert window.gone == [("ledgers", None)]


def test_a_ledger_with_a_refused_row_offers_no_way_to_leave_it_out(qtbot, window, practice, tmp_path):
    page = looked(qtbot, window, ledger(tmp_path, CHARGE, row("4", "gift", 5, 1)))
    assert page._skip.isHidden()
    qtbot.keyClick(page, Qt.Key.Key_R, ALT)
    assert not page._import.isEnabled()
    assert "comes whole" in page.action_bar.words


def test_an_imported_ledger_is_listed_and_taken_back_with_a_reason(qtbot, window, practice, tmp_path):
    bring(practice, ledger(tmp_path, CHARGE, PAID))
    page = window.put(ImportedLedgersPage)
    assert page.table.rows.rowCount() == 1
    page.table.choose_first()
    qtbot.keyClick(page, Qt.Key.Key_R, CTRL)
    form = page.findChild(PanelForm)
    assert form.form.fields["reason"].field.hasFocus()
    qtbot.keyClicks(form.form.fields["reason"].field, "wrong file")
    qtbot.keyClick(form.form.fields["reason"].field, Qt.Key.Key_Return, CTRL)
    assert window.gone == []
    qtbot.waitUntil(lambda: bool(window.said))
    (listed,) = practice.ask(list_imports, ListImports())
    assert listed.undone_at is not None
    qtbot.waitUntil(lambda: page.table.rows.line(0).undone_at is not None)


def test_without_a_ledger_the_page_leads_to_the_import(qtbot, window, practice):
    page = window.put(ImportedLedgersPage)
    assert not page._undo.isEnabled()
    qtbot.keyClick(page, Qt.Key.Key_N, CTRL)
    assert window.gone == [("import", "history")]
