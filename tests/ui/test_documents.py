"""Documents on the screen and on paper, and files written for their owner alone."""

import stat
from pathlib import Path

import pypdfium2
import pytest
from PySide6.QtCore import QMarginsF, QSettings, Qt
from PySide6.QtGui import QPageLayout, QPageSize
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from reportlab.pdfgen.canvas import Canvas
from shiboken6 import isValid

from medbill_desktop.domain.problems import Refused
from medbill_desktop.ui.dialogs.asking import JOB_NAME, PrintDialog, letter_printer, open_file_dialog
from medbill_desktop.ui.dialogs.preview import PreviewDialog, write_new
from medbill_desktop.ui.dialogs.secure_dialog import SecureDialog
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.widgets.pdf_view import Pages, PdfView, print_pages
from medbill_desktop.ui.widgets.qr import QrCode
from medbill_desktop.usecases.watch import Cancelled, Quiet


@pytest.fixture
def pdf(tmp_path):
    """Three letter pages, each with a black square one inch from the left and the top."""
    path = tmp_path / "made.pdf"
    canvas = Canvas(str(path), pagesize=(612, 792))
    for number in range(3):
        canvas.rect(72, 792 - 144, 72, 72, fill=1)
        canvas.drawString(300, 400, f"page {number + 1}")
        canvas.showPage()
    canvas.save()
    return path.read_bytes()


@pytest.fixture
def jobs(qtbot):
    made = Jobs()
    yield made
    made.close()


@pytest.fixture
def window(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(1000, 700)
    made.show()
    return made


def to_file(path):
    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    printer.setOutputFormat(QPrinter.OutputFormat.PdfFormat)
    printer.setOutputFileName(str(path))
    size = QPageSize(QPageSize.PageSizeId.Letter)
    printer.setPageLayout(QPageLayout(size, QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0)))
    printer.setFullPage(True)
    return printer


def test_pages_turn_with_the_keys_and_stop_at_the_ends(pdf, qtbot):
    pages = Pages(pdf)
    view = PdfView(pages)
    qtbot.addWidget(view)
    view.show()
    seen = []
    view.turned.connect(seen.append)
    from PySide6.QtCore import Qt

    for _ in range(4):
        qtbot.keyClick(view, Qt.Key.Key_PageDown)
    qtbot.keyClick(view, Qt.Key.Key_PageUp)
    assert seen == [1, 2, 1]
    assert view.accessibleName() == "Page 2 of 3"
    assert not view.grab().isNull()
    view.hide()
    assert view._image is None
    pages.close()


def test_paper_shows_each_mark_at_its_true_place(pdf, tmp_path, qapp):
    path, pages = tmp_path / "printed.pdf", Pages(pdf)
    assert print_pages(pages, to_file(path), Quiet()) == 3
    printed = pypdfium2.PdfDocument(path)
    assert len(printed) == 3
    assert printed[0].get_size() == pytest.approx((612, 792), abs=1)
    image = printed[0].render(scale=1).to_pil().convert("L")
    assert image.getpixel((78, 78)) < 60
    assert image.getpixel((138, 138)) < 60
    assert image.getpixel((66, 66)) > 200
    assert image.getpixel((150, 150)) > 200
    printed.close()
    pages.close()


def test_printing_can_be_cancelled(pdf, tmp_path, qapp):
    class Stop:
        def step(self, done, total, text):
            if done == 1:
                raise Cancelled

    pages = Pages(pdf)
    with pytest.raises(Cancelled):
        print_pages(pages, to_file(tmp_path / "half.pdf"), Stop())
    pages.close()


@pytest.mark.qt_log_ignore("Returned false", extend=True)
def test_a_printer_that_does_not_answer_is_said_in_words(pdf, qapp):
    pages = Pages(pdf)
    with pytest.raises(Refused, match="printer does not answer"):
        print_pages(pages, to_file("/nowhere/at/all.pdf"), Quiet())
    pages.close()


def test_the_printer_never_learns_whom_a_page_is_about(window, qtbot):
    dialog = PrintDialog(window, QPrinter(), lambda printer: None)
    dialog.open()
    qtbot.waitExposed(dialog)
    assert dialog._printer.docName() == JOB_NAME
    dialog.shield()
    assert not dialog.isVisible()
    dialog.unshield()
    dialog.reject()


def test_enter_prints_on_letter_paper(window, qtbot):
    dialog = PrintDialog(window, letter_printer(), lambda printer: None)
    dialog.open()
    qtbot.waitExposed(dialog)
    default = [each.text() for each in dialog.findChildren(QPushButton) if each.isDefault()]
    assert default == ["&Print"]
    assert dialog._printer.pageLayout().pageSize().id() == QPageSize.PageSizeId.Letter
    dialog.reject()


def test_a_new_file_is_proposed_each_time_and_one_that_is_there_is_not_taken(window, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    (tmp_path / f"{JOB_NAME}.pdf").touch()
    taken = []
    dialog = PrintDialog(window, letter_printer(), taken.append)
    dialog.open()
    qtbot.waitExposed(dialog)
    if dialog.file is None or not dialog.file.isEnabled():
        pytest.skip("needs a computer without a printer of its own")
    assert dialog.file.text() == str(tmp_path / f"{JOB_NAME} 2.pdf")
    assert dialog._ok().isEnabled()
    dialog.file.setText(str(tmp_path / f"{JOB_NAME}.pdf"))
    qtbot.keyClick(dialog.file, Qt.Key.Key_Return)
    assert "Type another name" in dialog._problem.words
    assert (taken, dialog.isVisible()) == ([], True)
    dialog.file.setText(str(tmp_path / "nowhere" / "out.pdf"))
    assert "Type another folder" in dialog._problem.words
    dialog.file.setText(str(tmp_path / "new.pdf"))
    dialog._ok().click()
    assert len(taken) == 1


def test_paper_that_is_a_file_is_its_owners_alone(pdf, jobs, window, tmp_path, qtbot):
    path, printed = tmp_path / "out.pdf", []
    path.touch(0o644)
    dialog = PreviewDialog(window, jobs, lambda *said: None, "Statement", pdf, printed=lambda: printed.append(1))
    dialog.open()
    dialog._on_printer(to_file(path))
    qtbot.waitUntil(lambda: printed == [1], timeout=10_000)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_size > 1000


def test_printed_is_said_only_after_paper(pdf, jobs, window, tmp_path, qtbot):
    said, printed = [], []
    dialog = PreviewDialog(
        window, jobs, lambda words, tone: said.append(words), "Statement", pdf, printed=lambda: printed.append(1)
    )
    dialog.open()
    assert printed == []
    dialog._on_printer(to_file(tmp_path / "out.pdf"))
    qtbot.waitUntil(lambda: printed == [1], timeout=10_000)
    assert said == ["Sent to the printer: 3 pages."]


def test_what_went_to_paper_or_into_a_file_is_told_to_the_log(pdf, jobs, window, tmp_path, qtbot):
    told = []
    dialog = PreviewDialog(
        window, jobs, lambda words, tone: None, "Statement", pdf, handed=lambda how, pages: told.append((how, pages))
    )
    dialog.open()
    dialog._on_path(tmp_path / "saved.pdf")
    qtbot.waitUntil(lambda: told == [("save", 3)], timeout=10_000)
    dialog._on_printer(to_file(tmp_path / "out.pdf"))
    qtbot.waitUntil(lambda: told == [("save", 3), ("print", 3)], timeout=10_000)


def test_a_saved_file_is_its_owners_alone(jobs, window, tmp_path, qtbot):
    path, done = tmp_path / "document.pdf", []
    write_new(window, jobs, path, b"%PDF", done.append, print)
    qtbot.waitUntil(lambda: done == [path])
    assert path.read_bytes() == b"%PDF"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_is_there_is_replaced_only_when_asked(jobs, window, tmp_path, qtbot):
    path, done = tmp_path / "document.pdf", []
    path.write_bytes(b"old")
    write_new(window, jobs, path, b"new", done.append, print)
    (question,) = [each for each in SecureDialog.living() if each.windowTitle() == "Replace the file"]
    assert path.read_bytes() == b"old"
    question._on_yes()
    qtbot.waitUntil(lambda: done == [path])
    assert path.read_bytes() == b"new"


def test_a_folder_that_takes_nothing_is_said_in_words(jobs, window, tmp_path, qtbot):
    errors = []
    write_new(window, jobs, tmp_path / "missing" / "document.pdf", b"x", print, errors.append)
    qtbot.waitUntil(lambda: errors != [])
    assert "could not be written" in str(errors[0])


def test_qts_file_dialog_forgets_where_it_was(window, tmp_path, qtbot):
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, str(tmp_path / "config"))
    chosen = []
    file = tmp_path / "Whitfield.csv"
    file.write_text("x")
    dialog = open_file_dialog(window, "Choose a file", "All (*)", chosen.append)
    dialog.files.setDirectory(str(tmp_path))
    dialog.files.fileSelected.emit(str(file))
    assert chosen == [file]
    qtbot.waitUntil(lambda: not isValid(dialog))
    kept = "".join(each.read_text() for each in (tmp_path / "config").rglob("*") if each.is_file())
    assert str(tmp_path) not in kept


def test_a_qr_code_is_dark_on_light_in_both_themes(qtbot):
    code = QrCode("otpauth://totp/MedBill:Zoe?secret=ABC")
    qtbot.addWidget(code)
    image = code.grab().toImage()
    assert image.pixelColor(2, 2).lightness() == 255
    dark = sum(image.pixelColor(x, image.height() // 2).lightness() == 0 for x in range(image.width()))
    assert dark > 20
    assert code.accessibleName()


def test_a_page_is_looked_at_larger_and_moved_within_its_room(qtbot, pdf):
    pages = Pages(pdf)
    view = PdfView(pages)
    qtbot.addWidget(view)
    view.resize(600, 500)
    view.show()
    whole = view.scale
    QTest.keyClick(view, Qt.Key.Key_Plus, Qt.KeyboardModifier.ControlModifier)
    assert view.scale == pytest.approx(whole * 1.25)
    QTest.keyClick(view, Qt.Key.Key_1, Qt.KeyboardModifier.ControlModifier)
    assert view.scale == pytest.approx((600 - 16) / 612)
    view.repaint()
    before = view.grab().toImage()
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.grab().toImage() != before
    for _ in range(30):
        QTest.keyClick(view, Qt.Key.Key_Down)
    assert view._moved.y() == pytest.approx(792 * view.scale + 16 - 500)
    QTest.keyClick(view, Qt.Key.Key_0, Qt.KeyboardModifier.ControlModifier)
    assert view.scale == pytest.approx(whole)
    for _ in range(40):
        view.zoom(1.25)
    assert view.scale == 4.0
    pages.close()
