"""A one-time code where a password belongs is taken to its place; every view of a training practice says TRAINING."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from medbill_desktop.domain.users import Role
from medbill_desktop.security import one_time_code
from medbill_desktop.ui.sign_in.arrival_view import ArrivalView
from medbill_desktop.ui.sign_in.entrance import KitChoice
from medbill_desktop.ui.sign_in.locked_view import LockedView
from medbill_desktop.ui.sign_in.reset_view import ResetView
from medbill_desktop.ui.sign_in.sign_in_view import HERE, SignInView
from medbill_desktop.usecases.inviting import invite
from tests.office_factory import make_office
from tests.ui.window import make_window, wait_for

PATIENCE_MS = 15_000


@pytest.fixture
def office(tmp_path):
    made, made.facts = make_office(tmp_path)
    yield made
    made.close()


def wait(qtbot, holds):
    qtbot.waitUntil(holds, timeout=PATIENCE_MS)


@pytest.mark.parametrize("good", [True, False])
def test_a_one_time_code_typed_as_a_password_is_taken_to_its_form_by_enter(qtbot, office, tmp_path, good):
    slip = invite(office.desk, office.slots, "Bea", frozenset({Role.BILLER}))
    office.sign_out()
    typed = slip.code if good else one_time_code.new_code()
    shown = make_window(office, tmp_path, qtbot)
    view = wait_for(qtbot, SignInView, shown)
    view.name.setText("Bea")
    view.password.field.setText(typed)
    QTest.keyClick(view.password.field, Qt.Key.Key_Return)
    wait(qtbot, lambda: view.problem.words == HERE)
    assert view.slip.hasFocus()
    assert office.wait_seconds("Bea") == 0
    QTest.keyClick(view.slip, Qt.Key.Key_Return)
    come = wait_for(qtbot, ArrivalView, shown)
    assert (come.slip.name.text(), come.slip.code.text()) == ("Bea", typed)
    come.next.click()
    if good:
        wait(qtbot, lambda: come.password is not None)
    else:
        wait(qtbot, lambda: "Name, password or code is not right." in come.problem.words)


def test_a_password_is_not_taken_along_to_the_form_of_codes(qtbot, office, tmp_path):
    office.sign_out()
    shown = make_window(office, tmp_path, qtbot)
    view = wait_for(qtbot, SignInView, shown)
    view.password.field.setText("a password that is none")
    view.slip.click()
    assert wait_for(qtbot, ArrivalView, shown).slip.code.text() == ""


def test_the_locked_screen_says_where_a_one_time_code_goes_and_counts_nothing(qtbot, office, tmp_path):
    shown = make_window(office, tmp_path, qtbot)
    shown.sit_down(office.desk)
    office.lock()
    view = wait_for(qtbot, LockedView, shown)
    for _ in range(5):
        view.password.field.setText(one_time_code.new_code())
        view.unlock.click()
        wait(qtbot, lambda: "Someone else signs in" in view.problem.words and view.unlock.isEnabled())
        view.problem.say("")
    assert office.wait_seconds(office.facts.name) == 0


def chip(view):
    return view._training.isVisible()


@pytest.mark.parametrize("kind", ["training", "practice"])
def test_every_view_before_the_sign_in_says_that_it_is_training(qtbot, tmp_path, kind):
    office, _ = make_office(tmp_path, kind)
    office.sign_out()
    shown = make_window(office, tmp_path, qtbot)
    view = wait_for(qtbot, SignInView, shown)
    seen = [chip(view)]
    view.slip.click()
    come = wait_for(qtbot, ArrivalView, shown)
    seen.append(chip(come))
    come.back.click()
    wait_for(qtbot, SignInView, shown).has_kit.emit()
    choice = wait_for(qtbot, KitChoice, shown)
    seen.append(chip(choice))
    choice.reset.click()
    seen.append(chip(wait_for(qtbot, ResetView, shown)))
    assert seen == [kind == "training"] * 4
    office.close()
