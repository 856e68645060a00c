"""The lock on the screen: at once, whatever is open; nothing readable remains; everything comes back as it was."""

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QAccessible, QGuiApplication, QKeyEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox

from medbill_desktop.ui.dialogs.asking import (
    ConfirmDialog,
    PrintDialog,
    folder_dialog,
    letter_printer,
    open_file_dialog,
    save_dialog,
)
from medbill_desktop.ui.dialogs.secure_dialog import SecureDialog
from medbill_desktop.ui.lock import InputWatch
from medbill_desktop.ui.main_window import LOCKED_TITLE, TITLE
from medbill_desktop.ui.sign_in.locked_view import LockedView
from medbill_desktop.ui.sign_in.sign_in_view import SignInView
from medbill_desktop.ui.widgets.fields import ChoiceField
from medbill_desktop.usecases.backup import ShowBackups, backup_status
from medbill_desktop.usecases.session import State
from tests.office_factory import PASSWORD, make_office
from tests.ui.window import CANARY, AskingDialog, make_window, wait_for


@pytest.fixture
def office(tmp_path):
    made, facts = make_office(tmp_path)
    made.facts = facts
    yield made
    made.close()


@pytest.fixture
def window(office, tmp_path, qtbot):
    made = make_window(office, tmp_path, qtbot)
    wait_for(qtbot, object, made)
    qtbot.waitUntil(lambda: isinstance(made.stage.content, SignInView), timeout=5000)
    made.sit_down(office.desk)
    made.workspace.start_backup = lambda occasion: False
    return made


def spoken(app):
    """Everything that a screen reader can reach from the application."""
    found, todo = [], [QAccessible.queryAccessibleInterface(app)]
    while todo:
        at = todo.pop()
        if at is None or not at.isValid():
            continue
        found += [at.text(QAccessible.Text.Name), at.text(QAccessible.Text.Value)]
        todo += [at.child(number) for number in range(at.childCount())]
    return " ".join(found)


def titles():
    return [each.title() for each in QGuiApplication.topLevelWindows() if each.isVisible()]


def unlock(window, qtbot, password=PASSWORD):
    view = wait_for(qtbot, LockedView, window)
    view.password.field.setText(password)
    view.unlock.click()
    qtbot.waitUntil(lambda: window.stage.content is window.workspace and window.workspace is not None, timeout=10_000)


def test_ctrl_l_locks_under_a_dialog_too(window, office, qtbot):
    dialog = AskingDialog(window)
    dialog.open()
    qtbot.waitUntil(lambda: dialog.isVisible() and dialog.windowHandle() is not None)
    QTest.keyClick(dialog.windowHandle(), Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: office.state is State.LOCKED)
    assert not dialog.isVisible()
    assert isinstance(window.stage.content, LockedView)


def test_ctrl_l_takes_the_page_out_of_the_tree_and_says_nothing_in_the_title(window, qtbot, qapp):
    page = window.workspace.page
    assert CANARY in spoken(qapp)
    QTest.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert isinstance(window.stage.content, LockedView)
    assert window.windowTitle() == LOCKED_TITLE
    assert not window.isAncestorOf(page)
    assert CANARY not in spoken(qapp)
    assert "Notes" not in spoken(qapp)


def test_half_typed_text_focus_and_page_come_back(window, qtbot):
    page = window.workspace.page
    page.field.setFocus()
    qtbot.keyClicks(page.field, "call back at")
    window.lock.lock_now()
    unlock(window, qtbot)
    assert window.windowTitle() == f"Notes - {TITLE}"
    assert page.field.text() == "call back at"
    assert page.field.hasFocus()
    qtbot.keyClicks(page.field, " four")
    assert page.field.text() == "call back at four"


def test_a_wrong_password_stays_locked_and_says_so(window, qtbot):
    window.lock.lock_now()
    view = wait_for(qtbot, LockedView, window)
    view.password.field.setText("wrong")
    view.unlock.click()
    qtbot.waitUntil(lambda: "not right" in view.problem.words, timeout=10_000)
    assert window.stage.content is view
    assert view.password.value() == ""


def test_the_password_can_be_typed_at_once(window, qtbot):
    window.workspace.page.field.setFocus()
    QTest.keyClick(window, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(window.stage.content.password.field.hasFocus)
    qtbot.keyClicks(QApplication.focusWidget(), PASSWORD)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.stage.content is window.workspace, timeout=10_000)


def dialogs(window):
    yield AskingDialog(window)
    yield ConfirmDialog(window, "Delete", CANARY, "Delete", lambda: None)


@pytest.mark.parametrize("number", [0, 1])
def test_an_open_dialog_is_emptied_without_telling_its_caller(window, qtbot, qapp, number):
    dialog = list(dialogs(window))[number]
    results = []
    dialog.finished.connect(results.append)
    dialog.open()
    qtbot.waitExposed(dialog)
    assert CANARY in spoken(qapp)
    window.lock.lock_now()
    assert CANARY not in spoken(qapp)
    assert not dialog.isVisible()
    assert dialog.windowTitle() == "Locked"
    assert results == []
    unlock(window, qtbot)
    assert dialog.isVisible()
    assert dialog.windowTitle() != "Locked"
    assert dialog.isModal()
    assert results == []
    dialog.reject()
    assert results == [0]


def test_what_was_typed_into_a_dialog_is_still_there(window, qtbot):
    dialog = AskingDialog(window)
    dialog.open()
    qtbot.keyClicks(dialog.field, "half an answ")
    window.lock.lock_now()
    unlock(window, qtbot)
    assert dialog.field.text() == "half an answ"
    dialog.reject()


@pytest.mark.parametrize("make", [
    lambda w: open_file_dialog(w, "Choose a file", "All (*)", lambda path: None),
    lambda w: folder_dialog(w, "Choose a folder", lambda path: None),
    lambda w: save_dialog(w, "Save", "document.pdf", lambda path: None),
])  # fmt: skip
def test_file_dialogs_are_taken_away_too(window, qtbot, make):
    dialog = make(window)
    qtbot.waitExposed(dialog)
    window.lock.lock_now()
    assert [title for title in titles() if title not in (LOCKED_TITLE, "")] == []
    unlock(window, qtbot)
    assert dialog.isVisible()
    dialog.reject()


def test_menus_and_lists_close_at_a_lock(window, qtbot):
    choice = ChoiceField([(1, CANARY), (2, "Other")])
    window.workspace.page.add(choice)
    choice.showPopup()
    menu = QMenu(window)
    menu.addAction(CANARY)
    menu.popup(QPoint(10, 10))
    window.lock.lock_now()
    assert QApplication.activePopupWidget() is None


def test_a_box_of_qts_own_goes_with_the_lock_as_if_it_was_answered_no(window, qtbot, tmp_path):
    path = tmp_path / "there.pdf"
    path.touch()
    dialog = PrintDialog(window, letter_printer(), lambda printer: pytest.fail("nobody said yes"))
    dialog.open()
    qtbot.waitExposed(dialog)
    boxes = []

    def lock():
        boxes.extend(each for each in QApplication.topLevelWidgets() if isinstance(each, QMessageBox))
        window.lock.lock_now()

    QTimer.singleShot(100, lock)
    answer = QMessageBox.question(dialog.choice, "Overwrite", CANARY)
    assert len(boxes) == 1
    assert answer is not QMessageBox.StandardButton.Yes
    assert not dialog.isVisible()
    assert titles() == [LOCKED_TITLE]
    unlock(window, qtbot)
    assert dialog.isVisible()
    dialog.reject()


def test_every_dialog_of_the_program_can_be_locked():
    from PySide6.QtPrintSupport import QPrintDialog
    from PySide6.QtWidgets import QDialog, QFileDialog

    from medbill_desktop.ui import pages
    from medbill_desktop.ui.dialogs import preview

    assert pages is not None
    assert preview is not None

    def ours(kind):
        for each in kind.__subclasses__():
            yield from ours(each)
            if each.__module__.startswith("medbill_desktop"):
                yield each

    unsafe = [each for each in ours(QDialog) if not issubclass(each, SecureDialog)]
    assert unsafe == []
    assert list(ours(QFileDialog)) == list(ours(QPrintDialog)) == []


def test_keys_on_the_old_focus_do_nothing_while_locked(window, qtbot):
    page = window.workspace.page
    window.lock.lock_now()
    QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    assert page.pressed == []
    assert window.workspace.current == "notes"


def test_someone_else_gets_nothing_of_the_first_and_drafts_stay_their_owners(window, office, qtbot, qapp):
    page = window.workspace.page
    qtbot.keyClicks(page.field, "secret of the first")
    first = window.workspace
    window.lock.lock_now()
    wait_for(qtbot, LockedView, window).someone_else.emit()
    view = wait_for(qtbot, SignInView, window)
    view.name.setText(office.facts.name)
    view.password.field.setText(PASSWORD)
    view.code.setText(office.facts.code())
    view.button.click()
    qtbot.waitUntil(lambda: window.workspace is not first and window.workspace is not None, timeout=10_000)
    # The same person through the whole sign-in: new widgets, and the draft from its seal.
    assert window.workspace.page is not page
    assert window.workspace.page.field.text() == "secret of the first"


def test_the_seal_destroys_pages_and_asks_the_code(window, office, qtbot, qapp):
    window.lock.lock_now()
    assert office.seal()
    assert window.workspace is None
    view = wait_for(qtbot, SignInView, window)
    assert view.code.isVisible()
    assert CANARY not in spoken(qapp)


def test_idle_locks_and_counts_down_before(window, office, qtbot):
    clock = office.clock
    office.touch(clock.monotonic())
    for _ in range(6):
        clock.move(seconds=45)
        window.lock._on_tick()
    assert office.state is State.OPEN
    clock.move(seconds=10)
    window.lock._on_tick()
    assert "Locks in 20 s" in window.workspace.foot._count.words
    clock.move(seconds=21)
    window.lock._on_tick()
    assert office.state is State.LOCKED
    assert isinstance(window.stage.content, LockedView)


def test_real_input_counts_and_nothing_else(window, office, qtbot):
    touched = []
    window.lock.watch.touched.connect(lambda: touched.append(1))
    handle = window.windowHandle()
    QTest.keyClick(handle, Qt.Key.Key_A)
    assert touched
    touched.clear()
    QApplication.sendEvent(handle, QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier))
    window.update()
    window.repaint()
    qtbot.wait(50)
    assert touched == []


def test_a_mouse_that_lies_still_is_no_input(qtbot):
    class Real(QMouseEvent):
        def spontaneous(self):
            return True

    def move(x):
        at = QPointF(x, 5)
        return Real(QEvent.Type.MouseMove, at, at, Qt.MouseButton.NoButton, Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier)  # noqa: E501  # fmt: skip

    watch = InputWatch()
    assert [watch.is_real(move(x)) for x in (1, 1, 2, 2, 3)] == [False, False, True, False, True]


def test_the_clipboard_gives_back_only_what_is_ours(window, qtbot, monkeypatch):
    board = QGuiApplication.clipboard()
    window.workspace.copy_secret("code 1234")
    assert board.text() == "code 1234"
    assert board.mimeData().data("x-kde-passwordManagerHint").data() == b"secret"
    window.lock.lock_now()
    assert board.text() == ""
    unlock(window, qtbot)
    window.workspace.copy_secret("code 1234")
    board.setText("somebody's")
    monkeypatch.setattr(window.lock.clipboard, "owns", lambda mode: False)
    window.lock.lock_now()
    assert board.text() == "somebody's"


def test_a_late_result_waits_behind_the_lock(window, qtbot):
    got = []
    import threading

    gate = threading.Event()
    job = window.jobs.call(lambda: gate.wait(5) and CANARY)
    job.succeeded.connect(got.append)
    window.lock.lock_now()
    gate.set()
    qtbot.wait(150)
    assert got == []
    unlock(window, qtbot)
    assert got == [CANARY]


def test_no_title_ever_carries_more_than_the_name_of_the_page(window, qtbot):
    for key, page in (("notes", "Notes"), ("plain", "Plain"), ("users", "Users")):
        window.workspace.go(key)
        assert titles() == [f"{page} - {TITLE}"]


def test_a_backup_that_is_due_is_begun_before_the_lock_and_finishes_behind_it(window, office, qtbot):
    del window.workspace.start_backup
    window.lock.lock_now()
    assert isinstance(window.stage.content, LockedView)
    assert window.jobs.is_busy
    qtbot.waitUntil(lambda: not window.jobs.is_busy, timeout=30_000)
    unlock(window, qtbot)
    assert office.desk.ask(backup_status, ShowBackups(1)).newest is not None


def test_dialogs_over_each_other_go_from_the_top_and_come_back_from_below(window, qtbot, monkeypatch):
    """One that comes back under the dialog that blocks it would take no key."""
    over, stack, moved = window, [], []
    for _ in range(6):
        over = AskingDialog(over)
        over.open()
        stack.append(over)
    for name in ("shield", "unshield"):
        real = getattr(SecureDialog, name)
        monkeypatch.setattr(SecureDialog, name, lambda self, real=real: (moved.append(stack.index(self)), real(self)))
    window.lock.lock_now()
    assert moved == [5, 4, 3, 2, 1, 0]
    qtbot.waitUntil(window.isActiveWindow)
    moved.clear()
    unlock(window, qtbot)
    assert moved == [0, 1, 2, 3, 4, 5]
    qtbot.waitUntil(stack[-1].isActiveWindow)
    for each in reversed(stack):
        each.reject()


def test_a_second_lock_at_once_shows_nothing_either(window, qtbot, qapp):
    dialog = AskingDialog(window)
    dialog.open()
    for each in (dialog.shield, dialog.unshield, dialog.shield):
        each()
    qtbot.wait(50)
    assert not dialog.content.isVisible()
    dialog.unshield()
    assert dialog.content.isVisible()
    dialog.reject()
