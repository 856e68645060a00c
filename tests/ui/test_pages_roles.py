"""The matrix of roles and the access review, by keys (SECURITY A1, A17)."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QPlainTextEdit, QPushButton

from medbill_desktop.domain.users import RIGHTS, Limit, Permission, Role
from medbill_desktop.ui.pages.audit import AuditPage
from medbill_desktop.ui.pages.audit_access import AccessPanel
from medbill_desktop.ui.pages.role_panels import LimitsPanel, NamePanel
from medbill_desktop.ui.pages.roles import RolesPage
from medbill_desktop.ui.pages.today import TodayPage
from medbill_desktop.ui.widgets.role_matrix import FIRST_WIDTH
from medbill_desktop.ui.widgets.role_ticks import RoleTicks, say_roles
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import StatusLine
from medbill_desktop.usecases.access_review import AskAccessReviews, access_status
from medbill_desktop.usecases.roles import AskMatrix, cases_of, show_matrix
from tests.seats import own_role, seated
from tests.ui.page_window import PageWindow
from tests.ui.test_pages_approvals import rows_of

P = Permission
ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def page(qtbot, window):
    made = window.put(RolesPage)
    qtbot.waitUntil(lambda: made.grid.cells.rowCount() > 20 and made.grid.cells.columnCount() > 5)
    return made


def wait(qtbot, holds):
    qtbot.waitUntil(holds, timeout=20_000)


def column(desk, key):
    return next(each for each in desk.ask(show_matrix, AskMatrix()).columns if each.key == key)


def go(page, right, key):
    cells = page.grid.cells
    across = 1 + [each.key for each in cells.columns].index(key)
    page.grid.setCurrentIndex(cells.index(cells.lines.index(right), across))
    page.grid.setFocus()


def words_of(panel):
    return [*texts(panel), *(each.words for each in panel.findChildren(StatusLine))]


def texts(panel):
    return [each.text() for each in panel.findChildren(QLabel)]


def test_a_role_is_copied_narrowed_and_saved_by_keys(qtbot, desk, window, page):
    go(page, P.REGISTER, Role.BILLER)
    qtbot.keyClick(page.grid, Qt.Key.Key_Space)
    assert "Copy it" in window.said[-1]
    qtbot.keyClick(page, Qt.Key.Key_N, CTRL)
    panel = page.panel.findChild(NamePanel)
    qtbot.keyClicks(panel.findChild(QLineEdit), "Junior biller")
    wait(qtbot, panel.save.isVisible)
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    wait(qtbot, lambda: page.grid.cells.columnCount() == 8)
    key = page.grid.cells.columns[-1].key
    wait(qtbot, lambda: page.grid.column is not None and page.grid.column.key == key)
    go(page, P.WRITE_OFF, key)
    qtbot.keyClick(page.grid, Qt.Key.Key_Space)
    assert page.action_bar is not None
    assert page.grid.cells.words(page.grid.currentIndex().row(), 7) == "no, less than its base, not saved"
    assert column(desk, key).permissions == RIGHTS[Role.BILLER]  # nothing holds before it is saved
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    wait(qtbot, lambda: column(desk, key).permissions == RIGHTS[Role.BILLER] - {P.WRITE_OFF})
    wait(qtbot, lambda: page.grid.cells.ticked == {})


def test_what_is_not_saved_is_taken_back_and_own_settings_stay(qtbot, desk, window):
    _, key = own_role(desk)
    page = window.put(RolesPage)
    go(page, P.RUN_BACKUP, key)
    qtbot.keyClick(page.grid, Qt.Key.Key_Space)
    assert page.grid.cells.ticked
    qtbot.keyClick(page, Qt.Key.Key_Z, ALT)
    assert not page.grid.cells.ticked
    go(page, P.SELF, key)
    qtbot.keyClick(page.grid, Qt.Key.Key_Space)
    assert window.said[-1] == "Everybody keeps this."


def test_ticks_that_are_not_saved_come_back_as_a_draft_and_go_with_the_save(qtbot, desk, window):
    _, key = own_role(desk)
    page = window.put(RolesPage)
    wait(qtbot, lambda: page.grid.cells.columnCount() > 5)
    go(page, P.WRITE_OFF, key)
    qtbot.keyClick(page.grid, Qt.Key.Key_Space)
    held = json.loads(json.dumps(page.draft()))
    again = RolesPage(desk, window.jobs, window)
    again.restore({**held, "own:99": ["WRITE_OFF"], key: [*held[key], "FLY"]})
    assert again.grid.cells.ticked == page.grid.cells.ticked
    again.start_over()
    assert again.draft() is None
    page._on_save()
    wait(qtbot, lambda: page.draft() is None)
    assert window.dropped[-1] == "roles"


def test_a_right_shows_each_use_of_the_program_that_it_opens(qtbot, page):
    go(page, P.WRITE_OFF, Role.OWNER)
    qtbot.keyClick(page.grid, Qt.Key.Key_Return)
    shown = texts(page.panel)
    assert "Person 1" in shown
    assert {each.words for each in cases_of(P.WRITE_OFF)} <= set(shown)


def test_limits_are_set_by_the_owner_in_their_panel(qtbot, desk, window, page):
    go(page, P.WRITE_OFF, Role.BILLER)
    qtbot.keyClick(page, Qt.Key.Key_L, ALT)
    panel = page.panel.findChild(LimitsPanel)
    wait(qtbot, panel.save.isVisible)
    panel.form.set_values({"discount_percent": "x"})
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    wait(qtbot, lambda: "percent" in panel.form.fields["discount_percent"].problem)
    panel.form.set_values({"discount_percent": "15", "write_off_charge_cents": 30_00, "back_date_days": 5})
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    wait(qtbot, lambda: column(desk, Role.BILLER).limits[Limit.DISCOUNT_PERCENT] == 15)
    limits = column(desk, Role.BILLER).limits
    assert (limits[Limit.WRITE_OFF_CHARGE_CENTS], limits[Limit.BACK_DATE_DAYS]) == (30_00, 5)
    assert (limits[Limit.WRITE_OFF_PATIENT_DAY_CENTS], limits[Limit.VOID_REACH]) == (100_00, 1)


def test_an_officer_sees_the_limits_and_sets_none(qtbot, desk_as):
    made = PageWindow(desk_as(Role.PRIVACY_OFFICER, number=5))
    qtbot.addWidget(made)
    page = made.put(RolesPage)
    go(page, P.WRITE_OFF, Role.BILLER)
    assert not page.findChild(QPushButton, "role_limits").isEnabled()
    made.jobs.close()


def test_with_many_own_roles_the_rights_stay_in_view_and_the_cursor_is_never_under_them(qtbot, desk):
    keys = [own_role(desk, f"Role {number}")[1] for number in range(4)]
    window = PageWindow(desk, (1186, 640))
    qtbot.addWidget(window)
    page = window.put(RolesPage)
    grid = page.grid
    assert not grid.rights.isVisible(), "nothing is drawn aside yet"
    go(page, P.WRITE_OFF, keys[-1])
    wait(qtbot, lambda: grid.horizontalScrollBar().value() > 0)
    assert grid.rights.isVisible()
    row = grid.currentIndex().row()
    assert grid.rights.indexAt(grid.rights.viewport().rect().center()).column() == 0
    assert grid.rights.rowViewportPosition(row) == grid.rowViewportPosition(row)
    grid.verticalScrollBar().setValue(120)
    assert grid.rights.verticalScrollBar().value() == 120
    for _ in range(10):
        qtbot.keyClick(grid, Qt.Key.Key_Left)
        at = grid.currentIndex().column()
        assert at == 0 or grid.columnViewportPosition(at) >= FIRST_WIDTH
    assert not grid.rights.isVisible()
    go(page, P.WRITE_OFF, keys[-1])
    place = grid.rights.visualRect(grid.cells.index(grid.cells.lines.index(P.VOID), 0)).center()
    qtbot.mouseClick(grid.rights.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseClick(grid.rights.viewport(), Qt.MouseButton.LeftButton, pos=place)
    wait(qtbot, page.panel.isVisible)
    assert {each.words for each in cases_of(P.VOID)} <= set(texts(page.panel))
    window.jobs.close()


def test_the_form_of_a_role_has_ctrl_enter_while_it_is_open_though_ticks_wait_to_be_saved(qtbot, desk, window):
    _, key = own_role(desk, "Night")
    page = window.put(RolesPage)
    go(page, P.RUN_BACKUP, key)
    qtbot.keyClick(page.grid, Qt.Key.Key_Space)
    qtbot.keyClick(page, Qt.Key.Key_R, ALT)
    panel = page.panel.findChild(NamePanel)
    panel.form.set_values({"name": "Night shift"})
    wait(qtbot, panel.save.isVisible)
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    wait(qtbot, lambda: column(desk, key).name == "Night shift")
    assert P.RUN_BACKUP in column(desk, key).permissions, "the ticks are not saved by the form"
    wait(qtbot, lambda: not page.panel.isVisible())
    go(page, P.RUN_BACKUP, key)
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    wait(qtbot, lambda: P.RUN_BACKUP not in column(desk, key).permissions)
    wait(qtbot, lambda: "is saved" in window.said[-1])


def test_a_role_is_renamed_retired_and_the_matrix_printed(qtbot, desk, window):
    _, key = own_role(desk, "Night")
    page = window.put(RolesPage)
    go(page, P.WRITE_OFF, key)
    qtbot.keyClick(page, Qt.Key.Key_R, ALT)
    panel = page.panel.findChild(NamePanel)
    panel.form.set_values({"name": "Night shift"})
    panel.save.click()
    wait(qtbot, lambda: column(desk, key).name == "Night shift")
    qtbot.keyClick(page, Qt.Key.Key_P, CTRL)
    wait(qtbot, lambda: bool(window.previewed))
    assert window.previewed[0][1].startswith(b"%PDF")
    go(page, P.WRITE_OFF, key)
    qtbot.keyClick(page, Qt.Key.Key_X, ALT)
    wait(qtbot, lambda: page.grid.cells.columnCount() == 7)
    assert key not in [each.key for each in desk.ask(show_matrix, AskMatrix()).columns]


def test_every_cell_speaks_role_right_and_answer(page):
    go(page, P.WRITE_OFF, Role.BILLER)
    spoken = page.grid.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Biller, Write off: yes"


def test_own_roles_stand_among_the_ticks_by_their_names(qtbot, desk):
    made, key = own_role(desk, "R&D desk", less=[P.RUN_BACKUP])
    ticks = RoleTicks(desk.user.book.offered)
    qtbot.addWidget(ticks)
    tick = ticks.findChild(QCheckBox, f"role_own_{made}")
    assert tick.accessibleDescription() == "as Front desk, 1 right less"
    ticks.show_roles({key, Role.BILLER})
    assert ticks.value() == {key, Role.BILLER}
    assert say_roles(ticks.value(), desk.user.book) == "Biller, R&D desk"


def test_the_access_review_asks_a_verdict_for_everybody_and_is_signed(qtbot, desk, vault, clock, desk_as):
    desk_as(Role.BILLER, number=2)
    desk.record("screen.look")
    clock.move(days=90)
    officer = seated(vault, clock, 3, Role.PRIVACY_OFFICER)
    made = PageWindow(officer)
    qtbot.addWidget(made)
    today = made.put(TodayPage)
    queues = today.findChild(Table, "queues")
    wait(qtbot, lambda: queues.choose("access"))
    qtbot.keyClick(queues, Qt.Key.Key_Return)
    assert made.gone[-1] == ("audit", "access")
    today.setParent(None)
    page = made.put(AuditPage, "access")
    table = page.findChild(Table, "access_reviews")
    wait(qtbot, lambda: len(rows_of(table)) == 1)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    wait(qtbot, lambda: page.panel.findChild(AccessPanel) is not None)
    panel = page.panel.findChild(AccessPanel)
    assert panel.verdicts[0].hasFocus()
    own = next(each for each in panel.verdicts if each.objectName() == "verdict_3")
    assert [own.itemText(at) for at in range(own.count())] == ["Another reviewer says", "Narrow", "Remove"]
    next(each for each in panel.verdicts if each.objectName() == "verdict_2").set_value("NARROW")
    panel.sign.click()
    wait(qtbot, lambda: "what is to change" in panel.form.fields["words.2"].problem)
    panel.findChild(QPlainTextEdit, "words_2").setPlainText("Does no billing any more")
    panel.sign.click()
    wait(qtbot, lambda: any("signed off" in each for each in made.said))
    [done] = officer.ask(access_status, AskAccessReviews())
    assert (done.kept, done.to_change, done.undone, done.to_judge) == (1, 1, 1, "Person 3")
    wait(qtbot, lambda: rows_of(table)[0].undone == 1)
    table.opened.emit(rows_of(table)[0])
    wait(qtbot, lambda: any("Person 3: Nobody keeps their own" in each for each in words_of(page.panel)))
    owner = PageWindow(seated(vault, clock, 1, Role.OWNER))
    qtbot.addWidget(owner)
    today = owner.put(TodayPage)
    wait(qtbot, lambda: "access" in today._queues)
    assert today._queues["access"].what == "Reviewers whose own rights nobody judged"
    today.setParent(None)
    judging = owner.put(AuditPage, "access")
    listed = judging.findChild(Table, "access_reviews")
    wait(qtbot, lambda: len(rows_of(listed)) == 1)
    qtbot.keyClick(listed, Qt.Key.Key_Return)
    wait(qtbot, lambda: judging.panel.findChild(AccessPanel) is not None)
    deciding = judging.panel.findChild(AccessPanel)
    assert [each.objectName() for each in deciding.verdicts] == ["verdict_3"]
    qtbot.keyClick(judging, Qt.Key.Key_Return, CTRL)
    wait(qtbot, lambda: officer.ask(access_status, AskAccessReviews())[0].to_judge == "")
    owner.close()
    page.close_panel()
    table.opened.emit(rows_of(table)[0])
    wait(qtbot, lambda: "Does no billing any more" in texts(page.panel))
    made.close()
