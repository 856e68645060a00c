"""The shell around the pages: keys, finding, jobs, help, sizes, drafts, and what every screen owes its people."""

import re
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit, QTableView, QWidget

from medbill_desktop.domain.users import Role
from medbill_desktop.ui import application
from medbill_desktop.ui.application import FirstWindow
from medbill_desktop.ui.finding import Finding
from medbill_desktop.ui.foot import say_left
from medbill_desktop.ui.help import help_text
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.models.rows import Column
from medbill_desktop.ui.pages import PAGES
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.sign_in.locked_view import LockedView
from medbill_desktop.ui.theme import DARK, LIGHT, Choice, colors, wear, worn
from medbill_desktop.ui.top_bar import ClickableChip
from medbill_desktop.ui.widgets.privacy import privacy
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.type_ahead import Suggestion
from medbill_desktop.ui.workspace import Workspace
from medbill_desktop.usecases.joining import Joining
from medbill_desktop.usecases.preferences import MyPreferences, SetPreference, my_preferences, set_preference
from tests.office_factory import make_office
from tests.ui.window import SPECS, NotePage, make_window

UI = Path(application.__file__).parent
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def office(tmp_path):
    made, facts = make_office(tmp_path)
    made.facts = facts
    yield made
    made.close()


@pytest.fixture
def window(office, tmp_path, qtbot):
    made = make_window(office, tmp_path, qtbot)
    made.sit_down(office.desk)
    made.workspace.start_backup = lambda occasion: False
    return made


def test_pages_by_number_and_back(window, qtbot):
    work = window.workspace
    assert work.current == "notes"
    QTest.keyClick(window, Qt.Key.Key_2, CONTROL)
    assert work.current == "plain"
    QTest.keyClick(window, Qt.Key.Key_3, CONTROL)
    QTest.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert work.current == "plain"
    QTest.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert work.current == "notes"


def test_a_page_is_opened_with_its_place(window):
    window.workspace.go("plain", PatientPlace(7))
    assert window.workspace.page.opened[-1] == PatientPlace(7)


def test_ctrl_k_finds_pages_and_commands(window, qtbot):
    find = window.workspace.top.find_box
    QTest.keyClick(window, Qt.Key.Key_K, CONTROL)
    qtbot.waitUntil(find.hasFocus)
    qtbot.keyClicks(find, "pla")
    qtbot.keyClick(find, Qt.Key.Key_Return)
    assert window.workspace.current == "plain"
    window.workspace.go("notes")
    find.setFocus()
    qtbot.keyClicks(find, "new")
    qtbot.keyClick(find, Qt.Key.Key_Return)
    assert window.workspace.page.pressed == ["new"]
    assert find.text() == ""


def test_esc_leaves_no_name_on_top_of_the_window(window, qtbot):
    find = window.workspace.top.find_box
    find.setFocus()
    qtbot.keyClicks(find, "no")
    qtbot.waitUntil(lambda: find.is_open)
    qtbot.keyClick(find, Qt.Key.Key_Escape)
    assert find.text() == "no"
    qtbot.keyClick(find, Qt.Key.Key_Escape)
    assert find.text() == ""
    assert window.workspace.page.field.hasFocus()


def test_ctrl_k_knows_patients_only_where_there_is_a_page_for_them(window):
    assert all(isinstance(each, Suggestion) for each in window.workspace.finding.search("a"))
    assert not window.workspace.finding._finds_patients


def test_the_key_of_a_button_presses_it(window, qtbot):
    QTest.keyClick(window, Qt.Key.Key_N, CONTROL)
    assert window.workspace.page.pressed == ["new"]


def test_f1_shows_the_page_of_the_manual_with_the_keys_of_the_screen(window, qtbot):
    QTest.keyClick(window, Qt.Key.Key_F1)
    words = window.workspace.help_panel.words
    assert "MedBill help" in words
    assert "New" in words
    assert "Ctrl+N" in words
    assert "Ctrl+L" in words
    QTest.keyClick(window, Qt.Key.Key_F1)
    assert not window.workspace.help_panel.isVisible()


@pytest.mark.parametrize(("width", "beside"), [(1366, True), (1180, True), (1100, False)])
def test_help_presses_the_page_aside_where_there_is_room(window, qtbot, width, beside):
    work = window.workspace
    window.resize(width, 700)
    qtbot.waitUntil(lambda: work.rail.width() + work.page.width() == width)
    before = work.page.width()
    QTest.keyClick(window, Qt.Key.Key_F1)
    qtbot.waitUntil(lambda: work.help_panel.x() == width - work.help_panel.width())
    end = work.page.mapTo(work, QPoint(work.page.width(), 0)).x()
    assert (end <= work.help_panel.x()) is beside
    assert window.width() == width
    QTest.keyClick(window, Qt.Key.Key_F1)
    qtbot.waitUntil(lambda: work.page.width() == before)


def test_help_lies_over_the_panel_of_a_page_and_over_no_list(window, qtbot):
    work = window.workspace
    window.resize(1366, 700)
    work.page.open_panel("Why", QLabel("Because"))
    QTest.keyClick(window, Qt.Key.Key_F1)
    QTest.qWait(10)
    panel = work.page.panel
    assert work.help_panel.x() == panel.mapTo(work, QPoint(0, 0)).x()
    work.page.close_panel()
    qtbot.waitUntil(lambda: work.page.mapTo(work, QPoint(work.page.width(), 0)).x() <= work.help_panel.x())


def test_ctrl_k_finds_commands_by_the_words_that_people_use(window, qtbot, office):
    work, found = window.workspace, window.workspace.finding.search
    assert [each.title for each in found("dark theme")] == ["Dark theme"]
    assert [each.title for each in found("backup now")] == ["Back up now"]
    assert "Lock" in [each.title for each in found("lock")]
    try:
        work._on_found(found("dark theme")[0].value)
        assert worn.choice is Choice.DARK
        qtbot.waitUntil(lambda: office.desk.ask(my_preferences, MyPreferences()).get("theme") == "dark")
    finally:
        wear(QApplication.instance(), Choice.LIGHT)
    work._on_found(found("lock")[0].value)
    assert isinstance(window.stage.content, LockedView)


def test_ctrl_k_finds_the_tabs_of_the_settings_that_the_role_may_open(desk, desk_as):
    def titles(desk, text):
        return [(each.value, each.note) for each in Finding(desk, PAGES, lambda: ()).search(text)]

    assert (("part", "settings", "fees"), "Settings") in titles(desk, "prices")
    assert (("part", "settings", "appearance"), "Settings") in titles(desk, "settings appear")
    assert (("part", "settings", "statements"), "Settings") in titles(desk, "statem")
    assert (("part", "settings", "statements"), "Settings") not in titles(desk_as(Role.FRONT_DESK), "statem")


def test_every_link_of_the_manual_leads_somewhere():
    index = help_text("index")
    pages = re.findall(r"\((\w+)\.md\)", index)
    assert len(pages) >= 9
    assert all(help_text(page) != index for page in pages)


def test_a_job_shows_its_progress_its_time_left_and_can_be_cancelled(window, qtbot):
    gate, foot = threading.Event(), window.workspace.foot

    def count(watch):
        watch.step(28, 46, "page 28")
        gate.wait(5)
        watch.step(29, 46, "page 29")

    job = window.jobs.work(count, "Making statements")
    qtbot.waitUntil(lambda: "28 of 46" in foot._words.text())
    assert foot._words.text().startswith("Making statements: 28 of 46")
    assert foot._bar.isVisible()
    assert foot._bar.value() == 608
    assert foot._cancel.isVisible()
    foot._cancel.click()
    with qtbot.waitSignal(job.cancelled):
        gate.set()
    assert foot._words.text() == "No jobs running"


@pytest.mark.parametrize(
    ("seconds", "words"), [(2, "a few seconds left"), (38, "about 40 seconds left"), (200, "about 4 minutes left")]
)
def test_remaining_time_is_said_as_people_say_it(seconds, words):
    assert say_left(seconds) == words


def test_a_page_reloads_for_its_topics_when_it_is_seen(window, qtbot):
    page = window.workspace.page
    before = page.reloads
    window.jobs.changed.emit(frozenset({"ledger"}))
    assert page.reloads == before
    window.jobs.changed.emit(frozenset({"users"}))
    assert page.reloads == before + 1
    window.workspace.go("plain")
    window.jobs.changed.emit(frozenset({"users"}))
    assert page.reloads == before + 1
    window.workspace.go("notes")
    assert page.reloads == before + 2


def test_widths_and_theme_are_kept_for_the_person(window, office, qtbot):
    window.workspace.sizes.keep("table.patients", {"name": 220})
    window.jobs.start(set_preference, SetPreference("theme", "dark"))
    qtbot.waitUntil(lambda: not window.jobs.is_busy)
    kept = office.desk.ask(my_preferences, MyPreferences())
    assert kept["theme"] == "dark"
    window.sit_down(office.desk)
    assert window.workspace.sizes.numbers("table.patients") == {"name": 220}
    assert colors() is DARK


def test_unfinished_work_comes_back_after_the_program_died(window, office, qtbot):
    page = window.workspace.page
    qtbot.keyClicks(page.field, "call back")
    page._on_draft_due()
    office.settle()
    window.sit_down(office.desk)
    assert window.workspace.page.field.text() == "call back"
    window.workspace.page.finished()
    qtbot.waitUntil(lambda: not window.jobs.is_busy)
    window.sit_down(office.desk)
    assert window.workspace.page.field.text() == ""


def test_a_role_sees_only_its_pages(window, office, qtbot):
    joining = Joining(office.desk, office.slots, "Robin Vale", frozenset({Role.FRONT_DESK}))
    from medbill_desktop.security import totp

    now = office.clock.now()
    assert joining.enrolment.prove(totp.code_at(joining.enrolment.secret, now), now)
    joining.finish("Quartz-Lantern-Meadow-77")
    office.lock()
    office.clock.move(seconds=30)
    code = totp.code_at(joining.enrolment.secret, office.clock.now())
    desk = office.sign_in("Robin Vale", "Quartz-Lantern-Meadow-77", code)
    window.sit_down(desk)
    assert window.workspace.rail.order == ["notes", "plain"]
    window.workspace.go("users")
    assert window.workspace.current == "notes"


def test_the_rail_folds_in_a_narrow_window(window, qtbot):
    window.resize(1000, 700)
    qtbot.waitUntil(lambda: window.workspace.rail.width() < 60)
    window.resize(1366, 768)
    qtbot.waitUntil(lambda: window.workspace.rail.width() == 152)


def name_table():
    table = Table((Column("name", "Name"),), name="t", spoken="People")
    table.show_rows([SimpleNamespace(id=at, name="Wwwwwwwwww") for at in range(3)])
    return table


def inked(table, row):
    """Which colours stand in a row: words leave many, a blurred row is two flat surfaces."""
    picture = table.viewport().grab().toImage()
    top, scale = table.rowViewportPosition(row), picture.devicePixelRatio()
    places = ((x, y) for x in range(8, 100) for y in range(top + 4, top + 24))
    return {picture.pixel(int(x * scale), int(y * scale)) for x, y in places}


def test_the_blur_hides_all_rows_but_the_chosen_one_on_every_page_there_will_be(window, office, qtbot):
    early = name_table()
    window.workspace.page.add(early)
    qtbot.waitUntil(early.isVisible)
    words = len(inked(early, 1))
    assert words > 4
    QTest.keyClick(window, Qt.Key.Key_P, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert len(inked(early, 0)) > 4
    assert len(inked(early, 1)) <= 2
    early.choose(1)
    assert len(inked(early, 0)) <= 2
    assert len(inked(early, 1)) > 4
    QTest.keyClick(window, Qt.Key.Key_2, CONTROL)
    late = name_table()  # of a page that is opened only now
    window.workspace.page.add(late)
    qtbot.waitUntil(late.isVisible)
    assert len(inked(late, 2)) <= 2
    QTest.keyClick(window, Qt.Key.Key_P, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert len(inked(late, 2)) == words


def test_the_blur_ends_with_the_session_and_outlasts_a_lock(window, office):
    QTest.keyClick(window, Qt.Key.Key_P, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    office.lock()
    office.unlock(office.facts.password)
    assert privacy.on
    assert desk_preferences(office) == {}
    office.sign_out(force=True)
    window.sit_down(office.sign_in(office.facts.name, office.facts.password, office.facts.code()))
    assert not privacy.on


def desk_preferences(office):
    return office.desk.ask(my_preferences, MyPreferences())


def test_everything_that_takes_the_keyboard_has_a_name(window):
    for each in window.findChildren(QWidget):
        if isinstance(each, QLineEdit | QAbstractButton | QComboBox | QTableView) and each.isVisible():
            name = each.accessibleName() or getattr(each, "text", str)()
            assert name, each.objectName()


def test_the_backup_chip_says_how_old_the_newest_is(window, qtbot):
    chip = window.findChild(ClickableChip, "backup_chip")
    qtbot.waitUntil(lambda: "backup" in chip.words.casefold())
    assert chip.words == "No verified backup"


def test_training_is_marked_and_a_practice_is_not(window, tmp_path, qtbot):
    assert not window.workspace.top._training.isVisible()
    office, _ = make_office(tmp_path / "other", kind="training")
    other = make_window(office, tmp_path, qtbot)
    other.sit_down(office.desk)
    other.workspace.start_backup = lambda occasion: False
    assert other.workspace.top._training.isVisible()
    assert other.workspace.top._training.words == "TRAINING"


def test_both_themes_and_the_way_back(qapp):
    wear(qapp, Choice.DARK)
    assert colors() is DARK
    wear(qapp, Choice.LIGHT)
    assert colors() is LIGHT


SECOND_START = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from medbill_desktop.ui.application import raise_first
app = QCoreApplication([])
sys.exit(0 if raise_first(Path(sys.argv[1])) else 7)
"""


def test_a_second_start_raises_the_first_window_and_says_nothing_else(tmp_path, qtbot):
    def start(folder):
        return subprocess.Popen([sys.executable, "-c", SECOND_START, str(folder)])

    first = FirstWindow(tmp_path)
    with qtbot.waitSignal(first.raised, timeout=15_000):
        second = start(tmp_path)
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=5000)
    assert second.returncode == 0
    assert start(tmp_path / "another").wait(15) == 7
    first.close()


def test_there_is_one_loop_in_all_of_ui():
    found = [path.relative_to(UI).as_posix() for path in UI.rglob("*.py") if ".exec(" in path.read_text("utf-8")]
    assert found == ["application.py"]


def test_no_page_builds_sql_or_knows_permissions():
    for path in UI.rglob("*.py"):
        text = path.read_text("utf-8")
        assert "Permission." not in text, path
        assert "sqlalchemy" not in text, path


def test_closing_backs_up_first_where_it_is_due(office, tmp_path, qtbot):
    window = make_window(office, tmp_path, qtbot)
    window.sit_down(office.desk)
    started = []

    def start(occasion):
        started.append(occasion)
        window.jobs._writing.add(0)
        return True

    window.workspace.start_backup = start
    window.close()
    assert started == ["at sign-out"]
    assert window.isVisible()
    window.jobs._writing.discard(0)
    window.jobs.busy_changed.emit(False)
    assert not window.isVisible()


def test_a_window_can_be_made_without_a_practice_page(office, qtbot):
    jobs = Jobs(office.desk, guard=office.job)
    from medbill_desktop.ui.clipboard import Clipboard

    work = Workspace(office, office.desk, jobs, Clipboard(), ())
    qtbot.addWidget(work)
    assert work.rail.order == []
    assert SPECS[0].factory is NotePage
    work.forget()
    jobs.drop()
    jobs.close()
