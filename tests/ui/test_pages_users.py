"""Users and My account, worked by keys on a whole Office with its key file."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox

from medbill_desktop.domain.staff_tasks import Held
from medbill_desktop.domain.users import Role
from medbill_desktop.security import totp
from medbill_desktop.ui.dialogs.inviting import ResetDialog, SlipDialog
from medbill_desktop.ui.dialogs.joining import JoiningDialog
from medbill_desktop.ui.dialogs.leaving import LeavingDialog
from medbill_desktop.ui.dialogs.new_keys import NewKeysDialog
from medbill_desktop.ui.dialogs.own_sign_in import AuthenticatorDialog, CodesDialog, PasswordDialog, RenewDialog
from medbill_desktop.ui.dialogs.secure_dialog import SecureDialog
from medbill_desktop.ui.pages.account import AccountPage
from medbill_desktop.ui.pages.users import UsersPage
from medbill_desktop.ui.pages.users_panels import OfficersPanel, RolesPanel
from medbill_desktop.ui.sign_in.sign_in_view import HONEST
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.usecases import key_rotation
from medbill_desktop.usecases.backup import ShowBackups, backup_status
from medbill_desktop.usecases.joining import Joining
from medbill_desktop.usecases.opened_practice import HeldSlots
from medbill_desktop.usecases.sign_in import SignInFailed
from medbill_desktop.usecases.staff_tasks import FinishTask, ListTasks, finish_task, list_tasks
from medbill_desktop.usecases.users import ListUsers, SignIn, list_users, my_account
from tests.office_factory import PASSWORD, make_office
from tests.ui.page_window import PageWindow

NEW_PASSWORD = "Gravel-Lantern-Otter-77"
PATIENCE_MS = 20_000  # a busy disk takes seconds for one commit


@pytest.fixture(params=["practice"])
def made(request, tmp_path):
    office, facts = make_office(tmp_path, request.param)
    office.facts = facts
    yield office
    office.close()


@pytest.fixture
def window(qtbot, made):
    shown = PageWindow(made.desk)
    shown.office, shown.copied = made, []
    shown.copy_secret = shown.copied.append
    qtbot.addWidget(shown)
    yield shown
    for each in SecureDialog.living():
        each.close()
    shown.jobs.close()


def wait(qtbot, holds):
    qtbot.waitUntil(holds, timeout=PATIENCE_MS)


def dialog(qtbot, kind):
    wait(qtbot, lambda: any(isinstance(each, kind) for each in SecureDialog.living()))
    return next(each for each in SecureDialog.living() if isinstance(each, kind))


def people(office):
    return {each.name: each for each in office.desk.ask(list_users, ListUsers(everyone=True))}


def join(office, name, *roles):
    """Let somebody join without the screen; returns their secret."""
    joining = Joining(office.desk, office.slots, name, frozenset(roles))
    secret = joining.enrolment.secret
    assert joining.enrolment.prove(totp.code_at(secret, office.clock.now()), office.clock.now())
    joining.finish(NEW_PASSWORD)
    return secret


def open_tasks(office):
    return [each for each in office.desk.ask(list_tasks, ListTasks()) if each.list == "leaving"]


def type_new_password(qtbot, entry, password):
    qtbot.keyClicks(entry.first.field, password)
    qtbot.keyClicks(entry.again.field, password)
    wait(qtbot, lambda: not entry.is_pending)


def choose(page, name):
    table = page.findChild(Table, "users")
    wanted = next(table.rows.line(at).id for at in range(table.rows.rowCount()) if table.rows.line(at).name == name)
    assert table.choose(wanted)
    return table


def test_a_person_joins_by_keys_and_can_sign_in(qtbot, made, window):
    page = window.put(UsersPage)
    qtbot.keyClick(page, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    joining = dialog(qtbot, JoiningDialog)
    joining.who.form.fields["name"].field.insert("Bea Fröding")  # QTest types ASCII alone
    joining.findChild(QCheckBox, "role_biller").setFocus()
    qtbot.keyClick(joining.findChild(QCheckBox, "role_biller"), Qt.Key.Key_Space)
    joining.next.click()
    type_new_password(qtbot, joining.password.entry, NEW_PASSWORD)
    joining.next.click()
    secret = joining.authenticator.enrolment.secret
    qtbot.keyClicks(joining.authenticator.code, totp.code_at(secret, made.clock.now()))
    joining.next.click()
    assert joining.authenticator.codes_shown
    assert "Bea Fröding" not in people(made)  # nothing is written before the last step
    joining.next.click()
    wait(qtbot, lambda: "The person can sign in now." in window.said)
    assert people(made)["Bea Fröding"].roles == (Role.BILLER,)
    made.sign_out(force=True)
    made.facts.clock.move(seconds=30)
    assert made.sign_in("bea fröding", NEW_PASSWORD, totp.code_at(secret, made.clock.now())).user.name == "Bea Fröding"


def test_a_taken_name_and_no_role_are_said_where_they_stand(qtbot, made, window):
    page = window.put(UsersPage)
    page._on_add()
    joining = dialog(qtbot, JoiningDialog)
    joining.who.form.set_values({"name": "zoë ångström"})
    joining.next.click()
    assert "already" in joining.who.form.fields["name"].problem
    assert "at least one role" in joining.who.ticks._problem.words


def test_leaving_half_way_leaves_nothing(qtbot, made, window):
    page = window.put(UsersPage)
    page._on_add()
    joining = dialog(qtbot, JoiningDialog)
    joining.who.form.set_values({"name": "Bea"})
    joining.who.ticks.show_roles({Role.BILLER})
    joining.next.click()
    qtbot.keyClick(joining, Qt.Key.Key_Escape)
    assert set(people(made)) == {"Zoë Ångström"}


def test_a_lock_takes_the_dialog_away_and_brings_it_back_as_it_was(qtbot, made, window):
    page = window.put(UsersPage)
    page._on_add()
    joining = dialog(qtbot, JoiningDialog)
    joining.who.form.set_values({"name": "Bea"})
    before = joining.size()
    joining.shield()
    assert not joining.isVisible()
    assert joining.findChild(QCheckBox, "role_biller") is None
    joining.unshield()
    wait(qtbot, lambda: joining.isVisible() and joining.size() == before)
    assert joining.who.form.text("name") == "Bea"


def test_a_weak_password_does_not_go_on(qtbot, made, window):
    page = window.put(UsersPage)
    page._on_add()
    joining = dialog(qtbot, JoiningDialog)
    joining.who.form.set_values({"name": "Bea"})
    joining.who.ticks.show_roles({Role.BILLER})
    joining.next.click()
    type_new_password(qtbot, joining.password.entry, "harbor1234")
    joining.next.click()
    assert joining.authenticator is None
    assert joining.problem.words


def test_a_wrong_first_code_does_not_go_on(qtbot, made, window):
    page = window.put(UsersPage)
    page._on_add()
    joining = dialog(qtbot, JoiningDialog)
    joining.who.form.set_values({"name": "Bea"})
    joining.who.ticks.show_roles({Role.BILLER})
    joining.next.click()
    type_new_password(qtbot, joining.password.entry, NEW_PASSWORD)
    joining.next.click()
    joining.authenticator.code.setText("000000")
    joining.next.click()
    assert "not right" in joining.problem.words
    assert not joining.authenticator.codes_shown


def test_roles_are_changed_in_the_panel_by_keys(qtbot, made, window):
    join(made, "Bea", Role.BILLER)
    page = window.put(UsersPage)
    table = choose(page, "Bea")
    qtbot.keyClick(table, Qt.Key.Key_Return)
    panel = page.findChild(RolesPanel)
    tick = panel.findChild(QCheckBox, "role_front_desk")
    assert tick.hasFocus()
    qtbot.keyClick(tick, Qt.Key.Key_Space)
    qtbot.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    wait(qtbot, lambda: people(made)["Bea"].roles == (Role.FRONT_DESK, Role.BILLER))


def test_the_last_owner_stays_owner_and_the_panel_says_why(qtbot, made, window):
    page = window.put(UsersPage)
    qtbot.keyClick(choose(page, "Zoë Ångström"), Qt.Key.Key_Return)
    panel = page.findChild(RolesPanel)
    panel.ticks.show_roles({Role.BILLER})
    panel.save.click()
    wait(qtbot, lambda: "always has an owner" in panel.ticks._problem.words)


def test_removal_takes_the_person_and_the_slot(qtbot, made, window):
    join(made, "Bea", Role.BILLER)
    page = window.put(UsersPage)
    choose(page, "Bea")
    qtbot.keyClick(page, Qt.Key.Key_X, Qt.KeyboardModifier.AltModifier)
    leaving = dialog(qtbot, LeavingDialog)
    leaving.remove.click()
    wait(qtbot, lambda: not people(made)["Bea"].active and not window.jobs.is_busy)
    made.sign_out(force=True)
    with pytest.raises(SignInFailed):
        made.sign_in("Bea", NEW_PASSWORD, "")


def test_who_left_is_listed_on_wish_and_brought_back(qtbot, made, window):
    join(made, "Bea", Role.BILLER)
    page = window.put(UsersPage)
    choose(page, "Bea")
    page._on_remove()
    dialog(qtbot, LeavingDialog).remove.click()
    dialog(qtbot, NewKeysDialog).reject()
    window.activateWindow()
    wait(qtbot, window.isActiveWindow)
    assert choose(page, "Bea"), "who left stays on the list while there is something to do"
    for each in made.desk.ask(list_tasks, ListTasks()):
        made.desk.run(finish_task, FinishTask(made.desk.new_id(), each.id, made.desk.clock.today()))
    table = page.findChild(Table, "users")
    page.reload()
    wait(qtbot, lambda: table.rows.rowCount() == 1)
    qtbot.keyClick(page, Qt.Key.Key_L, Qt.KeyboardModifier.AltModifier)
    choose(page, "Bea")
    qtbot.keyClick(page, Qt.Key.Key_W, Qt.KeyboardModifier.AltModifier)
    joining = dialog(qtbot, JoiningDialog)
    type_new_password(qtbot, joining.password.entry, NEW_PASSWORD)
    joining.next.click()
    step = joining.authenticator
    step.code.setText(totp.code_at(step.enrolment.secret, made.clock.now()))
    joining.next.click()
    joining.next.click()
    wait(qtbot, lambda: "The person can sign in now." in window.said)
    assert people(made)["Bea"].roles == (Role.BILLER,)


def test_nobody_removes_or_unlocks_themselves(made, window):
    page = window.put(UsersPage)
    choose(page, "Zoë Ångström")
    assert not page._remove.isEnabled()
    assert not page._unlock.isEnabled()


def shown_sign_in(page, name):
    choose(page, name)
    return page.chosen.sign_in


def test_who_is_locked_out_gets_in_by_a_one_time_code_alone(qtbot, made, window):
    join(made, "Bea", Role.BILLER)
    join(made, "Cal", Role.BILLER)
    for _ in range(100):
        made._premises.attempts.failed("bea")
    page = window.put(UsersPage)
    assert shown_sign_in(page, "Cal") is SignIn.OPEN
    assert not page._unlock.isEnabled()
    assert shown_sign_in(page, "Bea") is SignIn.LOCKED_OUT
    assert "Alt+C" in page.action_bar.words
    assert not page._unlock.isEnabled()
    qtbot.keyClick(page, Qt.Key.Key_C, Qt.KeyboardModifier.AltModifier)
    dialog(qtbot, ResetDialog).make.click()
    dialog(qtbot, SlipDialog).accept()
    wait(qtbot, lambda: shown_sign_in(page, "Bea") is SignIn.INVITED)


def test_a_few_wrong_attempts_are_a_wait_that_ends(made, window):
    join(made, "Bea", Role.BILLER)
    for _ in range(5):
        made._premises.attempts.failed("bea")
    page = window.put(UsersPage)
    assert shown_sign_in(page, "Bea") is SignIn.WAITS
    assert page._unlock.isEnabled()
    made.facts.clock.move(seconds=5)
    page.reload()
    assert shown_sign_in(page, "Bea") is SignIn.OPEN


def test_a_person_without_a_slot_is_shown_and_made_whole(qtbot, made, window, monkeypatch):
    def die(self, slot):
        raise OSError("killed between database and key file")

    with monkeypatch.context() as patch:
        patch.setattr(HeldSlots, "put_slot", die)
        with pytest.raises(OSError, match="killed"):
            join(made, "Bea", Role.BILLER)
    page = window.put(UsersPage)
    assert shown_sign_in(page, "Bea") is SignIn.NO_SLOT
    assert "Alt+W" in page.action_bar.words
    made._premises.attempts.failed("bea")
    qtbot.keyClick(page, Qt.Key.Key_W, Qt.KeyboardModifier.AltModifier)
    joining = dialog(qtbot, JoiningDialog)
    type_new_password(qtbot, joining.password.entry, NEW_PASSWORD)
    joining.next.click()
    step = joining.authenticator
    secret = step.enrolment.secret
    step.code.setText(totp.code_at(secret, made.clock.now()))
    joining.next.click()
    joining.next.click()
    wait(qtbot, lambda: "The person can sign in now." in window.said)
    assert shown_sign_in(page, "Bea") is SignIn.OPEN
    made.sign_out(force=True)
    made.facts.clock.move(seconds=30)
    assert made.sign_in("Bea", NEW_PASSWORD, totp.code_at(secret, made.clock.now()))


def test_officers_are_named_in_the_panel(qtbot, made, window):
    join(made, "Bea", Role.PRIVACY_OFFICER)
    page = window.put(UsersPage)
    qtbot.keyClick(page, Qt.Key.Key_O, Qt.KeyboardModifier.AltModifier)
    panel = page.findChild(OfficersPanel)
    panel.form.set_values({"privacy": people(made)["Bea"].id})
    panel.save.click()
    wait(qtbot, lambda: people(made)["Bea"].privacy_officer)
    assert people(made)["Zoë Ångström"].security_officer


def test_who_failed_too_often_is_let_in_again(qtbot, made, window):
    join(made, "Bea", Role.BILLER)
    for _ in range(5):
        made._premises.attempts.failed("bea")
    assert made.wait_seconds("Bea")
    page = window.put(UsersPage)
    choose(page, "Bea")
    qtbot.keyClick(page, Qt.Key.Key_U, Qt.KeyboardModifier.AltModifier)
    wait(qtbot, lambda: made.wait_seconds("Bea") == 0)


def test_the_own_password_is_changed_and_counts(qtbot, made, window):
    page = window.put(AccountPage)
    qtbot.keyClick(page, Qt.Key.Key_W, Qt.KeyboardModifier.AltModifier)
    change = dialog(qtbot, PasswordDialog)
    qtbot.keyClicks(change.current.field, PASSWORD)
    qtbot.keyClicks(change.code, made.facts.code())
    type_new_password(qtbot, change.entry, NEW_PASSWORD)
    change.change.click()
    wait(qtbot, lambda: "Your password is changed." in window.said)
    made.sign_out(force=True)
    assert made.sign_in(made.facts.name, NEW_PASSWORD, made.facts.code())


def test_a_wrong_current_password_changes_nothing(qtbot, made, window):
    page = window.put(AccountPage)
    page._on_password()
    change = dialog(qtbot, PasswordDialog)
    change.current.field.setText("not the password")
    change.code.setText(made.facts.code())
    type_new_password(qtbot, change.entry, NEW_PASSWORD)
    change.change.click()
    wait(qtbot, change.change.isEnabled)
    assert change.problem.words
    made.sign_out(force=True)
    assert made.sign_in(made.facts.name, PASSWORD, made.facts.code())


def test_a_new_authenticator_replaces_the_old_one(qtbot, made, window):
    page = window.put(AccountPage)
    qtbot.keyClick(page, Qt.Key.Key_A, Qt.KeyboardModifier.AltModifier)
    replace = dialog(qtbot, AuthenticatorDialog)
    secret = replace.step.enrolment.secret
    replace.current.setText("123 456")
    replace.step.code.setText(totp.code_at(secret, made.clock.now()))
    replace.change.click()
    wait(qtbot, lambda: "not right" in replace.problem.words)
    replace.current.setText(made.facts.code())
    replace.change.click()
    wait(qtbot, lambda: bool(window.said))
    made.sign_out(force=True)
    made.facts.clock.move(seconds=60)
    assert made.sign_in(made.facts.name, PASSWORD, totp.code_at(secret, made.clock.now()))


def test_new_recovery_codes_are_shown_once_and_the_old_ones_stop(qtbot, made, window):
    page = window.put(AccountPage)
    qtbot.keyClick(page, Qt.Key.Key_R, Qt.KeyboardModifier.AltModifier)
    renew = dialog(qtbot, RenewDialog)
    renew.current.setText("123 456")
    renew.make.click()
    wait(qtbot, lambda: "not right" in renew.problem.words)
    renew.current.setText(made.facts.code())
    renew.make.click()
    shown = dialog(qtbot, CodesDialog)
    codes = shown.codes._codes
    assert len(codes) == 10
    made.sign_out(force=True)
    with pytest.raises(SignInFailed):
        made.sign_in(made.facts.name, PASSWORD, made.facts.codes[0])
    made.facts.clock.move(seconds=60)
    assert made.sign_in(made.facts.name, PASSWORD, codes[0])
    assert made.desk.ask(my_account, None).codes_left == 9


def test_the_page_says_honestly_what_the_code_is_good_for(made, window):
    page = window.put(AccountPage)
    assert any(HONEST in each.text() for each in page.findChildren(type(page.title)))


@pytest.mark.parametrize("made", ["training"], indirect=True)
def test_training_takes_any_password_and_asks_for_no_code(qtbot, made, window):
    page = window.put(UsersPage)
    page._on_add()
    joining = dialog(qtbot, JoiningDialog)
    joining.who.form.set_values({"name": "Bea"})
    joining.who.ticks.show_roles({Role.BILLER})
    joining.next.click()
    type_new_password(qtbot, joining.password.entry, "easy")
    joining.next.click()
    wait(qtbot, lambda: "The person can sign in now." in window.said)
    assert "Bea" in people(made)


def test_after_a_removal_new_keys_are_offered_made_and_backed_up(qtbot, made, window):
    join(made, "Bea", Role.BILLER)
    page = window.put(UsersPage)
    choose(page, "Bea")
    page._on_remove()
    leaving = dialog(qtbot, LeavingDialog)
    leaving.ticks[Held.KIT].setChecked(True)
    leaving.remove.click()
    asking = dialog(qtbot, NewKeysDialog)
    assert asking.windowTitle() == "The person was removed"
    assert "Get every copy back" in asking.advice.words
    asking.make.click()
    wait(qtbot, lambda: any("new keys" in each for each in window.said) and not window.jobs.is_busy)
    assert made.trail.epoch == 2
    wait(qtbot, lambda: {each.kind for each in open_tasks(made)} == {"collect_kit", "new_kit", "hand_over"})
    lines = made.desk.ask(backup_status, ShowBackups()).lines
    assert len(lines) == 1
    assert lines[0].verified_at is not None
    assert not page.problems.isVisible()


def test_new_keys_can_be_put_off_and_made_later_by_a_key(qtbot, made, window):
    page = window.put(UsersPage)
    qtbot.keyClick(page, Qt.Key.Key_K, Qt.KeyboardModifier.AltModifier)
    dialog(qtbot, NewKeysDialog).reject()
    assert made.trail.epoch == 1
    qtbot.keyClick(page, Qt.Key.Key_K, Qt.KeyboardModifier.AltModifier)
    dialog(qtbot, NewKeysDialog).make.click()
    wait(qtbot, lambda: made.trail.epoch == 2 and not window.jobs.is_busy)


def test_new_keys_that_fail_leave_the_old_ones_and_say_so(qtbot, made, window, monkeypatch):
    monkeypatch.setattr(key_rotation, "_MARGIN_BYTES", 1 << 60)
    page = window.put(UsersPage)
    page._make_keys(key_rotation.Why.LEAK)
    wait(qtbot, page.problems.isVisible)
    assert made.trail.epoch == 1
