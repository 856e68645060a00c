"""Invited, away, leaving: a person's life on the Users page and at the sign-in window, worked by keys."""

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QLabel

from medbill_desktop.domain.users import Role
from medbill_desktop.security import totp
from medbill_desktop.storage import users
from medbill_desktop.ui.dialogs.inviting import InviteDialog, ResetDialog, SlipDialog, slip_text
from medbill_desktop.ui.dialogs.leaving import LeavingDialog
from medbill_desktop.ui.dialogs.new_keys import NewKeysDialog
from medbill_desktop.ui.pages.today import TodayPage
from medbill_desktop.ui.pages.users import UsersPage
from medbill_desktop.ui.pages.users_staff import LeavePanel, TasksPanel
from medbill_desktop.ui.sign_in.arrival_view import ArrivalView
from medbill_desktop.ui.sign_in.sign_in_view import SignInView
from medbill_desktop.ui.theme import Tone
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.usecases.inviting import invite
from medbill_desktop.usecases.joining import remove_person
from medbill_desktop.usecases.office import SignInFailed, State
from medbill_desktop.usecases.staff_tasks import ListTasks, list_tasks
from medbill_desktop.usecases.users import SignIn
from tests.office_factory import make_office
from tests.ui.test_pages_users import (  # noqa: F401
    NEW_PASSWORD,
    choose,
    dialog,
    join,
    made,
    people,
    shown_sign_in,
    type_new_password,
    wait,
    window,
)
from tests.ui.window import make_window, wait_for

ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier


def test_an_invitation_shows_a_slip_once_and_a_state(qtbot, made, window):  # noqa: F811
    page = window.put(UsersPage)
    qtbot.keyClick(page, Qt.Key.Key_I, ALT)
    asking = dialog(qtbot, InviteDialog)
    qtbot.keyClicks(asking.who.form.fields["name"].field, "Bea")
    qtbot.keyClick(asking.findChild(QCheckBox, "role_biller"), Qt.Key.Key_Space)
    asking.make.click()
    slip = dialog(qtbot, SlipDialog)
    code = slip.findChild(QLabel, "one_time_code").text()
    assert len(code) == 34
    assert code in slip_text(slip._slip)
    slip.findChild(Button, "copy_slip").click()
    assert window.copied == [code]
    qtbot.keyClick(slip, Qt.Key.Key_Escape)
    assert shown_sign_in(page, "Bea") is SignIn.INVITED
    assert page.chosen.name == "Bea", "the next key is meant for who was just invited"
    assert "Alt+C" in page.action_bar.words
    made.facts.clock.move(hours=24)
    page.reload()
    assert shown_sign_in(page, "Bea") is SignIn.CODE_OVER


def test_saved_roles_are_confirmed_though_the_list_comes_anew_meanwhile(qtbot, made, window):  # noqa: F811
    join(made, "Bea", Role.BILLER)
    page = window.put(UsersPage)
    table = page.findChild(Table, "users")
    table.choose(people(made)["Bea"].id)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    wait(qtbot, page.panel.isVisible)
    qtbot.keyClick(page.panel.findChild(QCheckBox, "role_front_desk"), Qt.Key.Key_Space)
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    wait(qtbot, lambda: window.said[-1:] == ["Roles saved. They hold from now on."])
    assert not page.panel.isVisible()
    assert people(made)["Bea"].roles == (Role.FRONT_DESK, Role.BILLER)


def test_a_name_that_imitates_is_said_where_it_stands(qtbot, made, window):  # noqa: F811
    page = window.put(UsersPage)
    page._on_invite()
    asking = dialog(qtbot, InviteDialog)
    asking.who.form.set_values({"name": "Zo\u0435"})
    asking.who.ticks.show_roles({Role.BILLER})
    asking.make.click()
    wait(qtbot, lambda: "alphabet" in asking.who.form.fields["name"].problem)
    assert set(people(made)) == {"Zoë Ångström"}


def test_a_reset_is_asked_before_and_leaves_a_slip(qtbot, made, window):  # noqa: F811
    join(made, "Bea", Role.BILLER)
    page = window.put(UsersPage)
    choose(page, "Bea")
    qtbot.keyClick(page, Qt.Key.Key_C, ALT)
    asking = dialog(qtbot, ResetDialog)
    qtbot.keyClick(asking, Qt.Key.Key_Escape)
    assert shown_sign_in(page, "Bea") is SignIn.OPEN
    qtbot.keyClick(page, Qt.Key.Key_C, ALT)
    dialog(qtbot, ResetDialog).make.click()
    dialog(qtbot, SlipDialog).accept()
    assert shown_sign_in(page, "Bea") is SignIn.INVITED


def test_a_leave_is_saved_shown_and_ended_by_keys(qtbot, made, window):  # noqa: F811
    secret = join(made, "Bea", Role.BILLER)
    page = window.put(UsersPage)
    choose(page, "Bea")
    qtbot.keyClick(page, Qt.Key.Key_A, ALT)
    panel = page.findChild(LeavePanel)
    today = made.clock.today()
    panel.form.set_values({"first_day": today, "last_day": today + timedelta(days=9)})
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    wait(qtbot, lambda: "The leave is saved." in window.said)
    choose(page, "Bea")
    wait(qtbot, lambda: "Away" in page.action_bar.words)
    qtbot.keyClick(page, Qt.Key.Key_A, ALT)
    back = next(each for each in page.findChildren(LeavePanel) if each.back is not None).back
    assert back.text().startswith("Back today")
    qtbot.keyClick(back, Qt.Key.Key_Space)
    wait(qtbot, lambda: "The person can sign in again." in window.said)
    made.sign_out(force=True)
    made.facts.clock.move(seconds=30)
    assert made.sign_in("Bea", NEW_PASSWORD, totp.code_at(secret, made.clock.now()))


def test_what_a_leaver_held_becomes_tasks_until_they_are_done(qtbot, made, window):  # noqa: F811
    join(made, "Bea", Role.BILLER)
    page = window.put(UsersPage)
    choose(page, "Bea")
    qtbot.keyClick(page, Qt.Key.Key_X, ALT)
    leaving = dialog(qtbot, LeavingDialog)
    qtbot.keyClick(leaving.findChild(QCheckBox, "left_with_computer"), Qt.Key.Key_Space)
    wait(qtbot, leaving.isActiveWindow)
    qtbot.keyClick(leaving.findChild(QCheckBox, "left_with_computer"), Qt.Key.Key_Return, CTRL)
    wait(qtbot, lambda: not people(made)["Bea"].active and not window.jobs.is_busy)
    qtbot.keyClick(dialog(qtbot, NewKeysDialog), Qt.Key.Key_Escape)
    window.activateWindow()
    wait(qtbot, window.isActiveWindow)
    choose(page, "Bea")
    qtbot.keyClick(page, Qt.Key.Key_T, ALT)
    panel = page.findChild(TasksPanel)
    assert set(panel.buttons) == {"new_keys", "collect_computer", "hand_over"}
    qtbot.keyClick(panel.buttons["collect_computer"], Qt.Key.Key_Space)
    wait(qtbot, lambda: len(made.desk.ask(list_tasks, ListTasks())) == 2)
    assert people(made)["Bea"].open_tasks == 2


@pytest.fixture
def office(tmp_path):
    founded, facts = make_office(tmp_path)
    founded.facts = facts
    yield founded
    founded.close()


def test_a_person_with_a_slip_comes_in_at_the_window_by_keys(qtbot, office, tmp_path):
    slip = invite(office.desk, office.slots, "Bea", frozenset({Role.BILLER}))
    office.sign_out()
    shown = make_window(office, tmp_path, qtbot)
    view = wait_for(qtbot, SignInView, shown)
    qtbot.keyClicks(view.name, "bea")
    link = view.findChild(Button, "one_time")
    link.setFocus()
    qtbot.keyClick(link, Qt.Key.Key_Space)
    come = wait_for(qtbot, ArrivalView, shown)
    wait(qtbot, come.slip.code.hasFocus)
    qtbot.keyClicks(come.slip.code, slip.code[:-1])
    qtbot.keyClick(come.slip.code, Qt.Key.Key_Return)
    wait(qtbot, lambda: "1 missing" in come.problem.words)
    qtbot.keyClicks(come.slip.code, slip.code[-1])
    qtbot.keyClick(come, Qt.Key.Key_Return, CTRL)
    wait(qtbot, lambda: come.password is not None)
    assert office.state is State.SIGNED_OUT
    type_new_password(qtbot, come.password.entry, NEW_PASSWORD)
    qtbot.keyClick(come, Qt.Key.Key_Return, CTRL)
    wait(qtbot, lambda: come.authenticator is not None)
    secret = come.authenticator.enrolment.secret
    qtbot.keyClicks(come.authenticator.code, totp.code_at(secret, office.clock.now()))
    qtbot.keyClick(come, Qt.Key.Key_Return, CTRL)
    wait(qtbot, lambda: come.authenticator.codes_shown)
    qtbot.keyClick(come, Qt.Key.Key_Return, CTRL)
    view = wait_for(qtbot, SignInView, shown)
    assert view.name.text() == "Bea"
    assert "ready" in view.problem.words
    office.facts.clock.move(seconds=30)
    qtbot.keyClicks(view.password.field, NEW_PASSWORD)
    qtbot.keyClicks(view.code, totp.code_at(secret, office.clock.now()))
    qtbot.keyClick(view.code, Qt.Key.Key_Return)
    wait(qtbot, lambda: office.state is State.OPEN)
    assert office.desk.user.name == "Bea"


def test_back_from_the_slip_leads_to_the_sign_in_and_nothing_is_written(qtbot, office, tmp_path):
    slip = invite(office.desk, office.slots, "Bea", frozenset({Role.BILLER}))
    office.sign_out()
    before = (office.places.path / "vault.keys").read_bytes()
    shown = make_window(office, tmp_path, qtbot)
    wait_for(qtbot, SignInView, shown).has_code.emit("Bea", "")
    come = wait_for(qtbot, ArrivalView, shown)
    come.slip.code.setText(slip.code)
    come.next.click()
    wait(qtbot, lambda: come.password is not None)
    come.back.click()
    wait_for(qtbot, SignInView, shown)
    assert (office.places.path / "vault.keys").read_bytes() == before
    with pytest.raises(SignInFailed):
        office.sign_in("Bea", NEW_PASSWORD, "")


def test_today_tells_of_tasks_and_of_the_last_recovery_codes(qtbot, made, window):  # noqa: F811
    join(made, "Bea", Role.BILLER)
    remove_person(made.desk, made.slots, people(made)["Bea"].id)
    with made.trail.writing() as conn:
        spent = users.unused_codes(conn, made.desk.user.id)[2:]
        for each in spent:
            assert users.use_code(conn, each.id, made.clock.now())
    page = window.put(TodayPage)
    wait(qtbot, lambda: {"staff", "codes"} <= page._queues.keys())
    assert (page._queues["staff"].count, page._queues["staff"].state.tone) == (2, Tone.STOP)
    assert page._queues["codes"].count == 2
    page._on_queue(page._queues["staff"])
    page._on_queue(page._queues["codes"])
    assert window.gone == [("users", None), ("account", None)]
