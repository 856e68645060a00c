"""The way in: sign-in, waiting, first run, the kit on another computer, a backup brought back."""

import pytest
from PySide6.QtCore import QSettings, Qt
from shiboken6 import isValid

from medbill_desktop.security import totp
from medbill_desktop.ui.dialogs.preview import PreviewDialog
from medbill_desktop.ui.dialogs.secure_dialog import SecureDialog
from medbill_desktop.ui.main_window import MainWindow
from medbill_desktop.ui.sign_in.code_view import CodeView, UnknownComputer
from medbill_desktop.ui.sign_in.duty_view import DutyView
from medbill_desktop.ui.sign_in.entrance import KitChoice, Trouble, Welcome
from medbill_desktop.ui.sign_in.first_run import STEPS, FirstRun
from medbill_desktop.ui.sign_in.kit_views import EnrolView, RestoreView
from medbill_desktop.ui.sign_in.locked_view import LockedView
from medbill_desktop.ui.sign_in.reset_view import ResetView
from medbill_desktop.ui.sign_in.sign_in_view import HONEST, SignInView
from medbill_desktop.ui.window_memory import WindowMemory
from medbill_desktop.usecases.backup import (
    ChooseTarget,
    MakeBackup,
    ShowBackups,
    backup_status,
    choose_target,
    make_backup,
)
from medbill_desktop.usecases.office import TRAINING_SIGN_IN, Office
from medbill_desktop.usecases.session import State
from tests.door import FakeClock
from tests.fast_policy import FAST
from tests.office_factory import FACTS, PASSWORD, DictStore, empty_office, make_office
from tests.ui.window import make_window, wait_for


@pytest.fixture
def signed_out(tmp_path):
    office, facts = make_office(tmp_path)
    office.facts = facts
    office.sign_out()
    yield office
    office.close()


def sign_in(view, name, password, code):
    view.name.setText(name)
    view.password.field.setText(password)
    view.code.setText(code)
    view.button.click()


def until_seated(window, qtbot):
    qtbot.waitUntil(lambda: window.workspace is not None, timeout=15_000)
    window.workspace.start_backup = lambda occasion: False


def test_name_password_and_code_open_the_practice(signed_out, tmp_path, qtbot):
    window = make_window(signed_out, tmp_path, qtbot)
    view = wait_for(qtbot, SignInView, window)
    facts = signed_out.facts
    code = facts.code()
    view.name.setText(facts.name)
    qtbot.keyClicks(view.password.field, PASSWORD)
    qtbot.keyClicks(view.code, f"{code[:3]} {code[3:]}")
    qtbot.keyClick(view.code, Qt.Key.Key_Return)
    assert view.password.field.hasFocus(), "a second Enter must press nothing else"
    until_seated(window, qtbot)
    assert window.workspace.current == "notes"
    field = view.password.field
    qtbot.waitUntil(lambda: not isValid(field))  # the password goes with its field, in a later turn of the loop


@pytest.mark.parametrize("wrong", ["name", "password", "code"])
def test_every_failure_is_said_in_the_same_sentence(signed_out, tmp_path, qtbot, wrong):
    window = make_window(signed_out, tmp_path, qtbot)
    view = wait_for(qtbot, SignInView, window)
    facts = signed_out.facts
    right = {"name": facts.name, "password": PASSWORD, "code": facts.code()}
    sign_in(view, **{**right, wrong: "999999"})
    qtbot.waitUntil(view.button.isEnabled, timeout=10_000)
    assert view.problem.words == "Name, password or code is not right."
    assert view.password.value() == view.code.text() == ""
    assert view.password.field.hasFocus()


def test_after_wrong_attempts_the_seconds_are_counted_down(signed_out, tmp_path, qtbot):
    window = make_window(signed_out, tmp_path, qtbot)
    view = wait_for(qtbot, SignInView, window)
    for _ in range(12):
        sign_in(view, signed_out.facts.name, "wrong", "1")
        qtbot.waitUntil(lambda: view.problem.words != "Checking", timeout=10_000)
        if view._wait:
            break
        signed_out.clock.move(seconds=1)
    assert view._wait
    assert "Try again in" in view.problem.words
    assert not view.button.isEnabled()
    view._wait = 1
    view._on_second()
    assert view.button.isEnabled()


def test_caps_lock_is_hinted(signed_out, tmp_path, qtbot):
    window = make_window(signed_out, tmp_path, qtbot)
    view = wait_for(qtbot, SignInView, window)
    qtbot.keyClick(view.password.field, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier)
    assert view.password._line.problem == ""
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QKeyEvent

    capital = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier, "A")
    view.password.field.keyPressEvent(capital)
    assert view.password._line.problem == "Caps Lock is on"
    shifted = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, Qt.KeyboardModifier.ShiftModifier, "A")
    view.password.field.keyPressEvent(shifted)
    assert view.password._line.problem == ""


def test_the_screen_says_what_the_code_does_not_do(signed_out, tmp_path, qtbot):
    window = make_window(signed_out, tmp_path, qtbot)
    view = wait_for(qtbot, SignInView, window)
    assert view._note.accessibleName() == HONEST


def test_the_training_practice_is_prefilled_and_marked(tmp_path, qtbot):
    office, _ = make_office(tmp_path, kind="training")
    office.sign_out()
    window = make_window(office, tmp_path, qtbot)
    view = wait_for(qtbot, SignInView, window)
    assert view._training.words == "TRAINING"
    assert not view.code.isVisible()
    view.button.click()
    until_seated(window, qtbot)
    window.lock.lock_now()
    locked = wait_for(qtbot, LockedView, window)
    qtbot.waitUntil(locked.unlock.hasFocus)
    qtbot.keyClick(locked.unlock, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.stage.content is window.workspace, timeout=10_000)


def fill_practice(run, npi="1234567893"):
    facts = FACTS
    run.facts.form.set_values({
        "name": facts.name, "street": facts.street, "city": facts.city, "state": facts.state, "zip": facts.zip,
        "phone": facts.phone, "npi": npi, "tin": facts.tin,
    })  # fmt: skip


def begin(window, qtbot):
    button = wait_for(qtbot, Welcome, window).new
    qtbot.waitUntil(button.hasFocus)
    qtbot.keyClick(button, Qt.Key.Key_Return)  # as the words in it say
    return wait_for(qtbot, FirstRun, window)


def to_password(run, qtbot):
    fill_practice(run)
    run.next.click()
    run.you.form.set_values({"owner_name": "Zoë Ångström"})
    run.next.click()


def type_password(run, qtbot, password=PASSWORD):
    for each in (run.password.entry.first, run.password.entry.again):
        each.field.setText(password)
    run.next.click()


def test_first_run_makes_a_practice_and_opens_it(tmp_path, qtbot):
    office = empty_office(tmp_path)
    window = make_window(office, tmp_path, qtbot)
    run = begin(window, qtbot)
    fill_practice(run, npi="1234567890")
    run.next.click()
    assert "NPI" in run.facts.form.fields["npi"].problem
    to_password(run, qtbot)
    assert STEPS[run._at] == "Password"
    type_password(run, qtbot, "harbor street")
    qtbot.waitUntil(lambda: run.password.entry._reason.words != "", timeout=5000)
    assert STEPS[run._at] == "Password"
    type_password(run, qtbot)
    qtbot.waitUntil(lambda: STEPS[run._at] == "Authenticator", timeout=5000)
    run.authenticator.code.setText("000000")
    run.next.click()
    assert "not right" in run.problem.words
    enrolment = run.authenticator.enrolment
    run.authenticator.code.setText(totp.code_at(enrolment.secret, office.clock.now()))
    run.next.click()
    assert run.authenticator.codes_shown
    run.next.click()
    assert STEPS[run._at] == "Recovery kit"
    run.kit.typed.setText("AGE-SECRET-KEY-1 nonsense")
    run.next.click()
    assert run.problem.words
    assert not office.places.path.exists() or not any(office.places.path.iterdir())
    run.kit.typed.setText(" ".join(run._founding.kit_groups).lower())
    run.next.click()
    qtbot.waitUntil(lambda: STEPS[run._at] == "Backups", timeout=15_000)
    run.next.click()
    until_seated(window, qtbot)
    assert office.state is State.OPEN
    assert window.workspace.top._practice.text() == FACTS.name


def test_with_a_folder_chosen_the_first_backup_begins_at_once_and_only_the_first(tmp_path, qtbot):
    office, _ = make_office(tmp_path)
    folder = tmp_path / "drive"
    folder.mkdir()
    desk = office.desk
    desk.run(choose_target, ChooseTarget(desk.new_id(), str(folder)))
    window = make_window(office, tmp_path, qtbot)
    begun = []
    window.jobs.started.connect(lambda job: begun.append(job.title))
    window.sit_down(desk)
    assert begun == ["Making a backup"]
    qtbot.waitUntil(lambda: len(desk.ask(backup_status, ShowBackups(1)).lines) == 1, timeout=20_000)
    window.sit_down(desk)
    assert begun == ["Making a backup"]
    office.close()


def test_no_step_becomes_a_window_of_its_own(tmp_path, qtbot, qapp):
    window = make_window(empty_office(tmp_path), tmp_path, qtbot)
    run = begin(window, qtbot)
    to_password(run, qtbot)
    run.back.click()
    run.back.click()
    qtbot.wait(50)
    assert [each for each in qapp.topLevelWidgets() if each.isVisible()] == [window]


def test_leaving_the_first_run_leaves_nothing(tmp_path, qtbot):
    office = empty_office(tmp_path)
    window = make_window(office, tmp_path, qtbot)
    run = begin(window, qtbot)
    to_password(run, qtbot)
    run.back.click()
    run.back.click()
    run.back.click()
    wait_for(qtbot, Welcome, window)
    assert not office.places.path.exists() or not any(office.places.path.iterdir())


def test_without_a_credential_store_the_choice_is_made_by_a_person(tmp_path, qtbot):
    office = Office(tmp_path / "practice", FAST, FakeClock(), None, config_folder=tmp_path / "config")
    window = make_window(office, tmp_path, qtbot)
    run = begin(window, qtbot)
    to_password(run, qtbot)
    assert STEPS[run._at] == "You"
    assert "credential store" in run.problem.words
    run.you.choice.setChecked(True)
    run.next.click()
    assert STEPS[run._at] == "Password"
    type_password(run, qtbot, "Zebra-Quartz9")
    qtbot.waitUntil(lambda: "15 characters" in run.password.entry._reason.words, timeout=5000)


def test_the_kit_is_shown_to_be_printed(tmp_path, qtbot):
    office = empty_office(tmp_path)
    window = make_window(office, tmp_path, qtbot)
    run = begin(window, qtbot)
    to_password(run, qtbot)
    run._show(STEPS.index("Recovery kit"))
    run.kit.show_kit.click()
    qtbot.waitUntil(lambda: any(isinstance(d, PreviewDialog) for d in SecureDialog.living()), timeout=20_000)
    dialog = next(d for d in SecureDialog.living() if isinstance(d, PreviewDialog))
    assert dialog._pages.count == 1
    assert "MedBill" not in dialog.windowTitle()
    dialog.reject()


def test_another_computer_is_enrolled_with_the_kit_and_then_signs_in(signed_out, tmp_path, qtbot):
    facts = signed_out.facts
    signed_out.close()
    other = Office(signed_out.places.path, FAST, facts.clock, DictStore(), config_folder=tmp_path / "second")
    window = make_window(other, tmp_path, qtbot)
    wait_for(qtbot, UnknownComputer, window).kit.click()
    view = wait_for(qtbot, EnrolView, window)
    view.kit.setText("not a kit")
    view.button.click()
    qtbot.waitUntil(lambda: view.problem.words not in ("", "Checking the kit"), timeout=10_000)
    view.kit.setText(facts.kit)
    view.button.click()
    again = wait_for(qtbot, SignInView, window)
    sign_in(again, facts.name, PASSWORD, facts.code())
    duty = wait_for(qtbot, DutyView, window)
    assert window.workspace is None
    assert not duty.later.isVisible()
    duty.button.click()
    assert duty.problem.words
    window.lock.lock_now()
    locked = wait_for(qtbot, LockedView, window)
    locked.password.field.setText(PASSWORD)
    locked.unlock.click()
    duty = wait_for(qtbot, DutyView, window)
    duty.step.typed.setText("".join(duty._kit.kit_groups))
    duty.button.click()
    qtbot.waitUntil(lambda: duty._done, timeout=60_000)
    assert "old page" in duty._told.text()
    assert other.trail.epoch == 2
    duty.button.click()
    until_seated(window, qtbot)
    bar = window.workspace.recovery
    qtbot.waitUntil(lambda: "was used" in bar.words, timeout=10_000)
    bar.seen.click()
    qtbot.waitUntil(bar.isHidden, timeout=10_000)


def test_another_computer_is_enrolled_with_a_code_and_the_first_sign_in(signed_out, tmp_path, qtbot):
    facts = signed_out.facts
    signed_out.sign_in(facts.name, PASSWORD, facts.code())
    [code] = signed_out.codes.show(["Back office"])
    signed_out.close()
    other = Office(signed_out.places.path, FAST, facts.clock, DictStore(), config_folder=tmp_path / "second")
    window = make_window(other, tmp_path, qtbot)
    wait_for(qtbot, UnknownComputer, window).code.click()
    view = wait_for(qtbot, CodeView, window)
    assert not view.name.isVisible()
    view.typed.setText(code.text[:-1] + "?")
    view.button.click()
    qtbot.waitUntil(lambda: "Compare" in view.problem.words, timeout=10_000)
    view.typed.setText(code.text.lower())
    view.button.click()
    qtbot.waitUntil(view.name.isVisible, timeout=10_000)
    assert view.name.hasFocus()
    view.name.setText(facts.name)
    view.password.field.setText("wrong")
    view.code.setText(facts.code())
    view.button.click()
    qtbot.waitUntil(lambda: view.problem.words == "Name, password or code is not right.", timeout=10_000)
    assert view.password.value() == ""
    view.password.field.setText(PASSWORD)
    view.code.setText(facts.code())
    view.button.click()
    until_seated(window, qtbot)
    assert other.trail.workstation == 2


def test_a_code_that_is_not_there_leads_back_to_the_choice(signed_out, tmp_path, qtbot):
    signed_out.close()
    other = Office(signed_out.places.path, FAST, signed_out.facts.clock, DictStore(), config_folder=tmp_path / "second")
    window = make_window(other, tmp_path, qtbot)
    wait_for(qtbot, UnknownComputer, window).code.click()
    wait_for(qtbot, CodeView, window).left.emit()
    wait_for(qtbot, UnknownComputer, window)


def test_a_backup_comes_back_on_a_fresh_computer(tmp_path, qtbot):
    office, facts = make_office(tmp_path)
    target = tmp_path / "usb"
    target.mkdir()
    made = office.desk.run(make_backup, MakeBackup(office.desk.new_id(), str(target)))
    office.close()
    fresh = Office(tmp_path / "fresh", FAST, facts.clock, DictStore(), config_folder=tmp_path / "fresh_config")
    window = make_window(fresh, tmp_path, qtbot)
    wait_for(qtbot, Welcome, window).restore.click()
    view = wait_for(qtbot, RestoreView, window)
    view.button.click()
    assert view.problem.words
    view.file.setText(str(target / made.name))
    view.kit.setText(facts.kit)
    view.button.click()
    enrol = wait_for(qtbot, EnrolView, window)
    assert "is back" in enrol.subtitle.text()
    enrol.button.click()
    again = wait_for(qtbot, SignInView, window)
    sign_in(again, facts.name, PASSWORD, facts.code())
    wait_for(qtbot, DutyView, window)


def test_the_password_of_the_training_owner_is_not_offered_to_somebody_else(signed_out, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(Office, "prefill", TRAINING_SIGN_IN)
    shown = make_window(signed_out, tmp_path, qtbot)
    shown.show_sign_in(name="Bea", news="ready")
    view = wait_for(qtbot, SignInView, shown)
    assert (view.name.text(), view.password.value()) == ("Bea", "")
    shown.show_sign_in(name=TRAINING_SIGN_IN.name)
    assert wait_for(qtbot, SignInView, shown).password.value() == TRAINING_SIGN_IN.password


def test_the_kit_gives_an_owner_a_one_time_code_and_leaving_drops_the_key(signed_out, tmp_path, qtbot):
    facts = signed_out.facts
    window = make_window(signed_out, tmp_path, qtbot)
    wait_for(qtbot, SignInView, window).has_kit.emit()
    wait_for(qtbot, KitChoice, window).reset.click()
    view = wait_for(qtbot, ResetView, window)
    view.kit.setText("not a kit")
    view.button.click()
    qtbot.waitUntil(lambda: view.problem.words not in ("", "Checking the kit"), timeout=10_000)
    view.kit.setText(facts.kit)
    view.button.click()
    qtbot.waitUntil(view.person.isVisible, timeout=10_000)
    assert view.kit.text() == ""
    session = view._session
    view.button.click()
    qtbot.waitUntil(view.code.isVisible, timeout=10_000)
    assert signed_out.arrivals.is_code(view.code.text())
    assert session.is_over
    assert not signed_out.lock_file.held


def test_the_kit_can_be_used_from_the_sign_in_screen(signed_out, tmp_path, qtbot):
    window = make_window(signed_out, tmp_path, qtbot)
    wait_for(qtbot, SignInView, window).has_kit.emit()
    wait_for(qtbot, KitChoice, window).back.click()
    wait_for(qtbot, SignInView, window)


def test_a_store_that_does_not_answer_is_said_and_can_be_tried_again(signed_out, tmp_path, qtbot, monkeypatch):
    from medbill_desktop.domain.problems import Refused

    def fail():
        raise Refused("The credential store does not answer. Unlock it, then try again.")

    monkeypatch.setattr(signed_out, "look", fail)
    window = make_window(signed_out, tmp_path, qtbot)
    view = wait_for(qtbot, Trouble, window)
    assert "does not answer" in view._words.text()
    monkeypatch.undo()
    view.again.click()
    wait_for(qtbot, SignInView, window)


def test_the_sign_in_names_its_own_practice(tmp_path, qtbot):
    memory = WindowMemory(QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
    memory.keep_practice("another", "Another Practice")
    office, _ = make_office(tmp_path)
    office.sign_out()
    window = MainWindow(office, (), memory=memory)
    qtbot.addWidget(window)
    window.show()
    assert wait_for(qtbot, SignInView, window).subtitle.text() == ""
    memory.keep_practice(office.vault_id, "This Practice")
    window.show_sign_in()
    assert wait_for(qtbot, SignInView, window).subtitle.text() == "This Practice"
    office.close()


def test_f1_helps_before_anybody_is_signed_in(tmp_path, qtbot):
    window = make_window(empty_office(tmp_path), tmp_path, qtbot)
    welcome = wait_for(qtbot, Welcome, window)
    for _ in range(2):
        qtbot.keyClick(welcome, Qt.Key.Key_F1)
        assert welcome._help.isVisible()
        assert welcome._help.words.startswith("The first start")
        assert "Ctrl+K" not in welcome._help.words, "a key of the workspace"
        qtbot.keyClick(welcome._help, Qt.Key.Key_Escape)
        assert not welcome._help.isVisible()
        qtbot.waitUntil(welcome.new.hasFocus)


def test_look_around_opens_the_training_practice(tmp_path, qtbot):
    office = empty_office(tmp_path)
    training, _ = make_office(tmp_path / "t", kind="training")
    training.sign_out()
    window = make_window(office, tmp_path, qtbot, training=lambda watch: training)
    wait_for(qtbot, Welcome, window).look_around.click()
    qtbot.waitUntil(lambda: window.successor is not None, timeout=10_000)
    other = window.successor
    qtbot.addWidget(other)
    assert not window.isVisible()
    assert wait_for(qtbot, SignInView, other)._training.words == "TRAINING"


def test_a_lock_in_the_last_step_of_the_first_run_is_opened_by_its_owner(tmp_path, qtbot):
    office = empty_office(tmp_path)
    window = make_window(office, tmp_path, qtbot)
    run = begin(window, qtbot)
    to_password(run, qtbot)
    type_password(run, qtbot)
    qtbot.waitUntil(lambda: STEPS[run._at] == "Authenticator", timeout=5000)
    enrolment = run.authenticator.enrolment
    assert enrolment.prove(totp.code_at(enrolment.secret, office.clock.now()), office.clock.now())
    run._show(STEPS.index("Recovery kit"))
    run.kit.typed.setText(" ".join(run._founding.kit_groups))
    run.next.click()
    qtbot.waitUntil(lambda: STEPS[run._at] == "Backups", timeout=15_000)
    window.lock.lock_now()
    locked = wait_for(qtbot, LockedView, window)
    assert "Zoë Ångström" in locked.subtitle.text()
    locked.password.field.setText(PASSWORD)
    locked.unlock.click()
    until_seated(window, qtbot)
