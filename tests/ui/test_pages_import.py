"""Importing a file through the page: looked at before anything is written."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from medbill_desktop.domain.users import Role
from medbill_desktop.ui.models.rows import Section
from medbill_desktop.ui.pages.import_page import FaultRow, ImportPage
from medbill_desktop.usecases.catalogs import FindFees, find_fees
from medbill_desktop.usecases.patients import FindPatients, find_patients
from tests.ui.page_window import PageWindow

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
GOOD = "last,first,birth_date,sex\nQuill,Tess,03/12/1979,F\nBrandt,Olga,04/01/1980,F\n"
MIXED = GOOD + "Abbott,Glen,13/45/1970,M\n,Nobody,01/02/1970,M\n"


@pytest.fixture
def looked(qtbot, window, tmp_path):
    """Choose a file of this text by keys and look at it."""

    def look(text):
        window.file = tmp_path / "people.csv"
        window.file.write_text(text, encoding="utf-8")
        page = window.page or window.put(ImportPage)
        qtbot.keyClick(page, Qt.Key.Key_O, CTRL)
        qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
        qtbot.waitUntil(lambda: page._job is None and page._preview is not None)
        return page

    return look


def found(desk, text):
    return len(desk.ask(find_patients, FindPatients(text)))


def test_looking_writes_nothing_and_importing_does_what_was_shown(qtbot, desk, looked, window):
    page = looked(GOOD)
    assert page._facts["ready"].figure == "2"
    assert found(desk, "quill") == 0
    assert page._import.text() == "Import 2 rows"
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL | SHIFT)
    qtbot.waitUntil(lambda: bool(window.said))
    assert "Imported 2 of 2 rows" in page.problems.words
    assert found(desk, "quill") == 1


@pytest.mark.parametrize("text", [GOOD, MIXED])
def test_the_keyboard_stays_in_the_page_through_a_look(qtbot, looked, window, text):
    page = looked(text)
    wanted = page._import if text == GOOD else page._table
    qtbot.waitUntil(wanted.hasFocus)


def test_nothing_is_imported_that_was_not_looked_at(qtbot, desk, window, tmp_path):
    window.file = tmp_path / "people.csv"
    window.file.write_text(GOOD, encoding="utf-8")
    page = window.put(ImportPage)
    qtbot.keyClick(page, Qt.Key.Key_O, CTRL)
    assert not page._import.isEnabled()
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL | SHIFT)
    page._on_import()
    assert page._job is None
    assert found(desk, "quill") == 0


def test_another_choice_takes_the_preview_away(qtbot, looked):
    page = looked(GOOD)
    assert page._import.isEnabled()
    page._kind.set_value("payers")
    assert not page._import.isEnabled()
    assert page._preview is None


def test_refused_rows_are_named_by_line_column_and_reason(qtbot, desk, looked, window):
    page = looked(MIXED)
    table = page._table.rows
    assert isinstance(table.line(0), Section)
    shown = {(table.index(at, 0).data(), table.index(at, 1).data()) for at in range(1, table.rowCount())}
    assert {("Line 4", "birth_date"), ("Line 5", "last")} <= shown
    faults = [at for at in range(table.rowCount()) if isinstance(table.line(at), FaultRow)]
    assert faults
    assert all(table.index(at, 2).data() for at in faults)
    assert not page._import.isEnabled()
    assert "2 rows are refused" in page.action_bar.words
    qtbot.keyClick(page, Qt.Key.Key_R, Qt.KeyboardModifier.AltModifier)
    assert page._import.isEnabled()
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL | SHIFT)
    qtbot.waitUntil(lambda: bool(window.said))
    assert (found(desk, "quill"), found(desk, "abbott")) == (1, 0)
    assert "2 rows were left out" in page.problems.words


def test_the_same_file_again_says_that_it_is_here(qtbot, looked, window):
    page = looked(GOOD)
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL | SHIFT)
    qtbot.waitUntil(lambda: bool(window.said))
    page = looked(GOOD)
    assert page._facts["known"].figure == "2"
    assert not page._import.isEnabled()
    assert "here already" in page.action_bar.words


def test_a_file_that_lacks_columns_is_refused_in_words(qtbot, window, tmp_path):
    window.file = tmp_path / "wrong.csv"
    window.file.write_text("colour,size\nred,1\n", encoding="utf-8")
    page = window.put(ImportPage)
    qtbot.keyClick(page, Qt.Key.Key_O, CTRL)
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: page._job is None)
    assert "last" in page.problems.words
    assert not page._import.isEnabled()


def test_looking_without_a_file_says_how_to_choose_one(qtbot, window):
    page = window.put(ImportPage)
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    assert "Ctrl+O" in page._form.fields["path"].problem


def test_esc_stops_a_long_look_and_nothing_is_left(qtbot, desk, window, tmp_path):
    window.file = tmp_path / "many.csv"
    rows = "".join(f"Quill{at},Tess,03/12/1979,F\n" for at in range(30_000))
    window.file.write_text("last,first,birth_date,sex\n" + rows, encoding="utf-8")
    page = window.put(ImportPage)
    qtbot.keyClick(page, Qt.Key.Key_O, CTRL)
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: page._progress.maximum() > 1)
    qtbot.keyClick(QApplication.focusWidget() or page, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: page._job is None)
    assert "Cancelled" in page.problems.words
    assert page._preview is None


def test_who_may_not_import_finds_it_grey(qtbot, desk_as):
    made = PageWindow(desk_as(Role.AUDITOR))
    qtbot.addWidget(made)
    page = made.put(ImportPage)
    assert not page._look.isEnabled()
    assert not page._import.isEnabled()
    made.jobs.close()


def test_prices_open_ready_from_the_settings_and_come_in_by_keys(qtbot, desk, window, tmp_path):
    window.file = tmp_path / "fees.csv"
    head = "code,description,generic_words,price,first_day\n"
    window.file.write_text(head + "99213,Visit,Office visit,145,2026-01-01\n", encoding="utf-8")
    page = window.put(ImportPage, "fees")
    assert page._kind.value() == "fees"
    assert "generic_words" in page._hint.text()
    qtbot.keyClick(page, Qt.Key.Key_O, CTRL)
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: page._job is None and page._preview is not None)
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL | SHIFT)
    qtbot.waitUntil(lambda: bool(window.said))
    assert desk.ask(find_fees, FindFees("99213", desk.clock.today()))[0].fee.cents == 145_00
