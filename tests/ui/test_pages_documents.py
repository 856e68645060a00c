"""The Documents tab: a scan goes in, is looked at by keyboard, and leaves the screen at a lock."""

import pypdfium2
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from sqlalchemy import select

from medbill_desktop.storage import tables as t
from medbill_desktop.ui.dialogs import document_view
from medbill_desktop.ui.dialogs.document_view import DocumentDialog
from medbill_desktop.ui.pages.patient import PatientPage
from medbill_desktop.ui.pages.patient_documents import AddForm, DeleteOriginal
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.widgets.scan_view import ScanView, sheets_of
from tests.people import a_place, a_provider, a_visit, insured
from tests.scans import a_pdf, a_picture
from tests.ui.page_window import PageWindow
from tests.ui.test_documents import to_file


@pytest.fixture
def tab(qtbot, desk, tmp_path):
    window = PageWindow(desk)
    qtbot.addWidget(window)
    who = insured(desk)
    page = window.put(PatientPage, PatientPlace(who.patient_id, "documents"))
    qtbot.waitUntil(lambda: page.card is not None)
    window.file = tmp_path / "card.png"
    window.file.write_bytes(a_picture())
    page.tab.test_window = window
    return page.tab


def listed(tab):
    return [row for at in range(tab.table.rows.rowCount()) if hasattr(row := tab.table.rows.line(at), "document")]


def put(qtbot, tab):
    tab._on_add()
    form = tab.page.panel.findChild(AddForm)
    form.send()
    qtbot.waitUntil(lambda: tab.page.panel.findChild(DeleteOriginal) is not None or bool(form._trouble.words))
    return form


def test_a_scan_goes_in_and_its_original_is_deleted_when_asked(qtbot, tab):
    path = tab.test_window.file
    put(qtbot, tab)
    offer = tab.page.panel.findChild(DeleteOriginal)
    offer.confirm.click()
    qtbot.waitUntil(lambda: not path.exists())
    qtbot.waitUntil(lambda: len(listed(tab)) == 1)
    qtbot.waitUntil(lambda: tab.test_window.said[-1] == "The original is deleted.")


def test_the_original_stays_where_nobody_asks_to_delete_it(qtbot, tab):
    put(qtbot, tab)
    offer = tab.page.panel.findChild(DeleteOriginal)
    assert offer.confirm.accessibleDescription() == "Alt+X", "the key that put the scan in must not delete its original"
    offer.keep.click()
    assert tab.test_window.file.exists()


def test_what_is_no_scan_is_refused_in_the_panel(qtbot, tab):
    tab.test_window.file.write_bytes(b"a letter that calls itself a picture")
    form = put(qtbot, tab)
    assert "neither a picture" in form._trouble.words
    assert listed(tab) == []


def test_enter_shows_the_scan_and_a_lock_takes_its_picture_away(qtbot, tab):
    put(qtbot, tab)
    qtbot.waitUntil(lambda: len(listed(tab)) == 1)
    tab.table.choose_first()
    tab.table.setFocus()
    qtbot.keyClick(tab.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(DocumentDialog.living()))
    (dialog,) = (each for each in DocumentDialog.living() if isinstance(each, DocumentDialog))
    qtbot.waitUntil(lambda: dialog.view.holds_picture)
    assert dialog.windowTitle() == "Document"
    dialog.shield()
    assert not dialog.view.holds_picture
    dialog.unshield()
    dialog.reject()


def test_a_scan_is_turned_zoomed_and_leafed_by_keyboard(qtbot):
    view = ScanView(sheets_of(a_pdf(3), "pdf"))
    qtbot.addWidget(view)
    view.resize(600, 500)
    view.show()
    tall = view.picture().height() > view.picture().width()
    qtbot.keyClick(view, Qt.Key.Key_PageDown)
    qtbot.keyClicks(view, "r")
    assert (view.at, view.accessibleName()) == (1, "Page 2 of 3")
    assert (view.picture().height() > view.picture().width()) is not tall
    width = view.widget().width()
    qtbot.keyClicks(view, "+++")
    assert view.widget().width() > width * 1.9
    for _ in range(20):
        qtbot.keyClicks(view, "+")
    assert view.picture().width() * view.picture().height() < 25_000_000
    qtbot.keyClicks(view, "0")
    assert view.widget().width() == width
    QApplication.processEvents()


def test_a_picture_is_shown_as_it_is(qtbot):
    sheets = sheets_of(a_picture("JPEG", (300, 200), "red"), "jpeg")
    assert (sheets.size(0), sheets.image(0, 72).size().toTuple()) == ((300, 200), (300, 200))
    assert sheets.image(0, 36).pixelColor(10, 10).red() > 200


def test_a_scan_is_printed_once_its_row_stands(qtbot, tab, vault, tmp_path, monkeypatch):
    put(qtbot, tab)
    qtbot.waitUntil(lambda: len(listed(tab)) == 1)
    tab.page.close_panel()
    path = tmp_path / "printed.pdf"
    monkeypatch.setattr(document_view, "letter_printer", lambda: to_file(path))
    monkeypatch.setattr(document_view, "PrintDialog", lambda parent, printer, then: Chosen(printer, then))
    tab.table.choose_first()
    tab.table.setFocus()
    qtbot.keyClick(tab.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(DocumentDialog.living()))
    (dialog,) = (each for each in DocumentDialog.living() if isinstance(each, DocumentDialog))
    dialog.print_button.click()
    qtbot.waitUntil(lambda: "Sent to the printer: 1 page." in tab.test_window.said)
    with vault.reader.begin() as conn:
        row = conn.execute(select(t.audit).where(t.audit.c.action == "document.print")).one()
    assert (row.patient_id, row.outcome) == (tab.card.id, "done")
    printed = pypdfium2.PdfDocument(path)
    assert len(printed) == 1
    printed.close()
    dialog.reject()


class Chosen:
    """The dialog of the system with its printer chosen."""

    def __init__(self, printer, then):
        self._does = lambda: then(printer)

    def open(self):
        self._does()


def test_a_scan_is_put_to_a_visit(qtbot, desk, tab):
    visit_id = a_visit(desk, tab.card.id, a_provider(desk), a_place(desk))
    tab._on_add()
    form = tab.page.panel.findChild(AddForm)
    field = form.form.fields["visit_id"].field
    qtbot.waitUntil(lambda: field.count() == 2)
    field.set_value(visit_id)
    form.send()
    qtbot.waitUntil(lambda: len(listed(tab)) == 1)
    assert listed(tab)[0].document.visit_id == visit_id
