"""From an open office to another computer and back, with nothing but a bundle and the printed kit (SECURITY B14)."""

import pytest

from medbill_desktop.cli.signing_in import tell_what_is_owed
from medbill_desktop.domain.backup_schedule import Occasion
from medbill_desktop.domain.problems import LockedError
from medbill_desktop.usecases.audit_log import VerifyAudit, verify_audit
from medbill_desktop.usecases.backup import AskDue, MakeBackup, ShowBackups, backup_due, backup_status, make_backup
from medbill_desktop.usecases.kits import AskAlerts, AskOwed, recovery_alerts, recovery_owed
from medbill_desktop.usecases.restore import restore
from medbill_desktop.usecases.session import State
from medbill_desktop.usecases.users import my_account
from tests.fast_policy import FAST
from tests.office_factory import DictStore, Office, make_office


@pytest.fixture
def opened(tmp_path):
    office, facts = make_office(tmp_path)
    yield office, facts
    office.close()


def saved(office, drive):
    drive.mkdir(exist_ok=True)
    made = office.desk.run(make_backup, MakeBackup(office.desk.new_id(), to=str(drive)))
    return drive / made.name


def test_another_computer_restores_enrols_and_signs_in(opened, tmp_path):
    office, facts = opened
    bundle = saved(office, tmp_path / "drive")
    office.close()
    folder = tmp_path / "second" / "practice"
    found = restore(bundle, facts.kit, folder, facts.clock, kind="practice")
    assert (found.users, found.practice) == (1, "Harbor Street Family Medicine")
    second = Office(folder, FAST, facts.clock, DictStore(), config_folder=tmp_path / "second" / "config")
    try:
        assert second.look() is State.NOT_ENROLLED
        assert second.enrol_with_kit(facts.kit, "Second desk") == 2
        desk = second.sign_in(facts.name, facts.password, facts.code())
        assert desk.ask(my_account, None).name == facts.name
        verdict = desk.ask(verify_audit, VerifyAudit())
        assert verdict.verified, verdict.faults
        assert desk.ask(backup_due, AskDue(Occasion.LOCK))
        again = saved(second, tmp_path / "drive")
        assert restore(again, facts.kit, tmp_path / "third", facts.clock).users == 1
    finally:
        second.close()


def test_the_same_computer_goes_back_to_a_backup_without_a_red_finding(opened, tmp_path):
    office, facts = opened
    bundle = saved(office, tmp_path / "drive")
    for _ in range(120):  # past the next anchor in the credential store
        office.desk.record("test.row")
    office.lock()
    office.unlock(facts.password)
    office.close()
    folder = tmp_path / "practice"
    assert restore(bundle, facts.kit, folder, facts.clock).replaced is not None
    again = facts.another_office(folder)
    try:
        again.enrol_with_kit(facts.kit, "Front desk")
        desk = again.sign_in(facts.name, facts.password, facts.code())
        verdict = desk.ask(verify_audit, VerifyAudit())
        assert verdict.verified, verdict.faults
        assert verdict.anchors >= 1
    finally:
        again.close()


def test_a_restore_that_was_cut_off_is_finished_when_the_office_looks(opened, tmp_path, monkeypatch):
    from medbill_desktop.usecases import restore as module

    office, facts = opened
    bundle = saved(office, tmp_path / "drive")
    office.close()
    folder = tmp_path / "practice"
    real, calls = module._settled, []

    def once(where):
        calls.append(where)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(where)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(module, "_settled", once)
        restore(bundle, facts.kit, folder, facts.clock)
    assert list(folder.glob(".restore-ready-*"))
    again = facts.another_office(folder)
    try:
        assert not list(folder.glob(".restore-*"))
        again.enrol_with_kit(facts.kit, "Front desk")
        assert again.sign_in(facts.name, facts.password, facts.code())
    finally:
        again.close()


def test_a_backup_that_runs_may_finish_after_the_lock(opened, tmp_path):
    office, _ = opened
    drive = tmp_path / "drive"
    drive.mkdir()
    desk = office.desk

    class Locking:
        done = False

        def step(self, done, total, text):
            if not self.done:
                self.done = True
                office.lock()

    made = desk.run(make_backup, MakeBackup(desk.new_id(), to=str(drive)), Locking())
    assert office.state is State.LOCKED
    assert (drive / made.name).is_file()
    with pytest.raises(LockedError):
        desk.run(make_backup, MakeBackup(desk.new_id(), to=str(drive)))


def test_the_training_office_backs_up_beside_itself_and_is_green(tmp_path):
    office, _ = make_office(tmp_path, kind="training")
    try:
        office.desk.run(make_backup, MakeBackup(office.desk.new_id()))
        assert office.desk.ask(backup_status, ShowBackups()).chip.light == "green"
    finally:
        office.close()


def test_a_restore_on_the_computer_that_used_the_kit_does_not_escape_the_new_kit(tmp_path, capsys):
    """The files of before the use come back, and with them the counter that this computer knows: still owed (K21)."""
    office, facts = make_office(tmp_path)
    office.desk.run(make_backup, MakeBackup(office.desk.new_id()))
    [bundle] = list((tmp_path / "practice" / "backups").glob("*.age"))
    office.sign_out()
    with office.recover(facts.kit) as session:
        assert session.people()
    facts.clock.move(minutes=5)
    restore(bundle, facts.kit, tmp_path / "practice", facts.clock)
    desk = office.sign_in(facts.name, facts.password, facts.code())
    owed = desk.ask(recovery_owed, AskOwed())
    assert (owed.new_kit, owed.new_keys) == (True, True)
    assert desk.ask(recovery_alerts, AskAlerts()), "and every officer is told"
    tell_what_is_owed(desk)
    assert "new keys are owed" in capsys.readouterr().err, "and so is who works from a terminal"
    office.close()
