"""The Backup page on a real practice with real files, and the backups that the window begins by itself."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from sqlalchemy import func, select

from medbill_desktop.domain.backup_schedule import Occasion
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import tables as t
from medbill_desktop.ui.pages.backup import BackupPage
from medbill_desktop.ui.pages.backup_texts import CheckedFile, say_size
from medbill_desktop.ui.places import PageSpec
from medbill_desktop.ui.top_bar import ClickableChip
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.usecases.backup import MakeBackup, ShowBackups, backup_status, make_backup
from tests.backed_up import make_practice
from tests.office_factory import make_office
from tests.ui.keyboard import control
from tests.ui.page_window import PageWindow
from tests.ui.window import make_window

SPEC = PageSpec("backup", "Backup", "ph.hard-drives", backup_status, BackupPage, at_foot=True)


@pytest.fixture
def practice(tmp_path):
    made = make_practice(tmp_path / "practice")
    yield made
    made.vault.close()


@pytest.fixture
def desk(practice):
    return practice.desk()


@pytest.fixture
def window(qtbot, desk):
    made = PageWindow(desk)
    qtbot.addWidget(made)
    yield made
    made.close()


def shown(qtbot, window):
    page = window.put(BackupPage)
    qtbot.waitUntil(lambda: page.light.words != "")
    return page


def status(desk):
    return desk.ask(backup_status, ShowBackups())


def audited(practice, action):
    with practice.vault.reader.begin() as conn:
        return conn.execute(select(func.count()).where(t.audit.c.action == action)).scalar()


def press_button(page, name):
    page.findChild(Button, name).click()


def test_it_says_that_there_is_none_and_how_to_begin(qtbot, window):
    page = shown(qtbot, window)
    assert page.light.words == "No verified backup. Back up now, best to a folder on another disk."
    assert "own folder" in page.goes_to.text()


def test_a_backup_is_made_verified_and_listed(qtbot, desk, window):
    page = shown(qtbot, window)
    control(Qt.Key.Key_Return)
    assert not page._now.isEnabled()
    assert page._stop.isVisible()
    qtbot.waitUntil(lambda: page.table.chosen_row() is not None, timeout=20_000)
    assert page.table.chosen_row().verified_at is not None
    assert page.light.words.startswith("No backup on another disk")
    qtbot.waitUntil(page._now.isEnabled)
    assert "same disk" in window.said[-1]


def test_a_cancelled_backup_leaves_nothing(qtbot, desk, window, monkeypatch):
    page = shown(qtbot, window)
    control(Qt.Key.Key_Return)
    press_button(page, "cancel_backup")
    qtbot.waitUntil(lambda: page._job is None, timeout=20_000)
    assert status(desk).lines == ()
    assert "cancelled" in window.said[-1]


def test_a_folder_is_chosen_and_named(qtbot, desk, window, tmp_path):
    window.file = tmp_path / "stick"
    window.file.mkdir()
    page = shown(qtbot, window)
    control(Qt.Key.Key_O)
    qtbot.waitUntil(lambda: str(window.file) in page.goes_to.text())
    assert status(desk).target_chosen


def test_a_folder_among_the_practices_own_files_is_refused_in_words(qtbot, practice, window):
    window.file = practice.folder
    page = shown(qtbot, window)
    control(Qt.Key.Key_O)
    qtbot.waitUntil(lambda: "own files" in page.problems.words)


@pytest.mark.parametrize("with_kit", [False, True])
def test_the_chosen_backup_is_checked_where_it_lies(qtbot, practice, desk, window, with_kit):
    desk.run(make_backup, MakeBackup(desk.new_id()))
    page = shown(qtbot, window)
    qtbot.waitUntil(lambda: page.table.chosen_row() is not None)
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    if with_kit:
        QTest.keyClicks(QApplication.focusWidget(), practice.kit)
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.panel.findChild(CheckedFile) is not None, timeout=20_000)
    assert audited(practice, "backup.verify") == 1
    assert page._now.isEnabled()


def test_a_wrong_kit_is_said_under_its_field(qtbot, desk, window):
    desk.run(make_backup, MakeBackup(desk.new_id()))
    page = shown(qtbot, window)
    qtbot.waitUntil(lambda: page.table.chosen_row() is not None)
    QTest.keyClick(page.table, Qt.Key.Key_Return)
    QTest.keyClicks(QApplication.focusWidget(), "not a kit")
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page._form.form.fields["kit"].problem != "")
    assert page._form.confirm.isEnabled()


def test_a_damaged_file_is_named_as_damaged(qtbot, desk, window, tmp_path):
    (tmp_path / "stick").mkdir()
    made = desk.run(make_backup, MakeBackup(desk.new_id(), str(tmp_path / "stick")))
    file = tmp_path / "stick" / made.name
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    window.file = file
    page = shown(qtbot, window)
    control(Qt.Key.Key_E)
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "damaged" in page._form.form.fields["kit"].problem.casefold(), timeout=20_000)


def test_how_to_restore_is_told_step_by_step(qtbot, window):
    page = shown(qtbot, window)
    control(Qt.Key.Key_H)
    assert page.panel.isVisible()
    assert page._now.isEnabled()


def test_a_restore_waits_until_somebody_confirms_it(qtbot, practice, window):
    old = practice.folder / "replaced-1"
    old.mkdir()
    (old / "vault.keys").write_bytes(b"old")
    page = shown(qtbot, window)
    qtbot.waitUntil(page._confirm.isVisible)
    page._confirm.click()
    qtbot.waitUntil(lambda: not old.exists())
    qtbot.waitUntil(lambda: not page._confirm.isVisible())
    assert audited(practice, "restore.confirm") == 1


def test_the_front_desk_backs_up_but_neither_chooses_nor_confirms(qtbot, practice):
    made = PageWindow(practice.desk(Role.FRONT_DESK, number=2))
    qtbot.addWidget(made)
    page = shown(qtbot, made)
    able = {name: page.findChild(Button, name).isEnabled() for name in ("back_up_now", "choose_folder", "confirm")}
    assert able == {"back_up_now": True, "choose_folder": False, "confirm": False}
    made.close()


@pytest.mark.parametrize(("size", "words"), [(0, "1 KB"), (12_345, "12 KB"), (3_400_000, "3 MB")])
def test_sizes_are_said_in_words(size, words):
    assert say_size(size) == words


@pytest.fixture
def office(tmp_path):
    made, _ = make_office(tmp_path)
    yield made
    made.close()


def real_window(office, tmp_path, qtbot):
    window = make_window(office, tmp_path, qtbot)
    window._specs = (SPEC,)
    window.sit_down(office.desk)
    return window


def test_the_first_quiet_minute_makes_the_days_backup_and_the_chip_follows(office, tmp_path, qtbot):
    window = real_window(office, tmp_path, qtbot)
    chip = window.findChild(ClickableChip, "backup_chip")
    qtbot.waitUntil(lambda: chip.words == "No verified backup")
    window.workspace.backups.quiet.timeout.emit()
    qtbot.waitUntil(lambda: chip.words == "No backup on another disk", timeout=20_000)
    assert not window.workspace.start_backup(Occasion.QUIET)  # once a day
    assert len(status(office.desk).lines) == 1


def test_whoever_works_puts_the_quiet_minute_off(office, tmp_path, qtbot):
    window = real_window(office, tmp_path, qtbot)
    quiet = window.workspace.backups.quiet
    quiet.setInterval(400)
    begun = []
    window.jobs.started.connect(lambda job: begun.append(job.title))
    for _ in range(6):
        QTest.qWait(100)
        QTest.keyClick(window.windowHandle(), Qt.Key.Key_F12)
    assert begun == []
    qtbot.waitUntil(lambda: begun == ["Making a backup"])
    qtbot.waitUntil(lambda: len(status(office.desk).lines) == 1, timeout=20_000)


def test_the_chip_opens_the_page(office, tmp_path, qtbot):
    window = real_window(office, tmp_path, qtbot)
    window.workspace.top.backup_wanted.emit()
    assert isinstance(window.workspace.page, BackupPage)
