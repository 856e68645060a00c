"""Who came in first after a gap of the log does not explain it, where somebody else can (SECURITY A3, A14)."""

import shutil
from datetime import timedelta

import pytest

from medbill_desktop.domain.detections_log import OWN_GAP
from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.usecases.audit_anchors import ExplainGap, VerifyAudit, explain_gap, verify_audit
from medbill_desktop.usecases.backup import MakeBackup, make_backup
from medbill_desktop.usecases.gap_makers import SOMEBODY_ELSE
from medbill_desktop.usecases.restore import restore
from medbill_desktop.usecases.unusual import FindUnusual, find_unusual
from medbill_desktop.usecases.users import DeactivateUser, deactivate_user
from tests.office_factory import make_office
from tests.usecases.test_office import add_person, fresh_code

NOTE = "The disk failed; we went back to the copy of noon."


@pytest.fixture
def opened(tmp_path):
    office, facts = make_office(tmp_path)
    officer = add_person(office, facts, "Olga Officer", Role.PRIVACY_OFFICER)
    yield office, facts, officer
    office.close()


def put_back(office, facts, tmp_path):
    """Put the database of an hour ago back; return the office as it is started again."""
    folder, kept = tmp_path / "practice", tmp_path / "kept"
    office.close()
    shutil.copytree(folder, kept)
    office = facts.another_office(folder)
    desk = office.sign_in(facts.name, facts.password, facts.code())
    for _ in range(120):
        desk.record("test.row")
    office.lock()
    office.unlock(facts.password)
    office.close()
    for each in folder.glob("vault.1.db*"):
        each.unlink()
    shutil.copy(kept / "vault.1.db", folder / "vault.1.db")
    return facts.another_office(folder)


def restored(office, facts, tmp_path):
    """Restore the backup of an hour ago; return the office as it is started again."""
    (tmp_path / "drive").mkdir()
    made = office.desk.run(make_backup, MakeBackup(office.desk.new_id(), to=str(tmp_path / "drive")))
    for _ in range(20):
        office.desk.record("test.row")
    office.close()
    folder = tmp_path / "practice"
    restore(tmp_path / "drive" / made.name, facts.kit, folder, facts.clock)
    again = facts.another_office(folder)
    again.enrol_with_kit(facts.kit, "Front desk")
    return again


def explain(desk):
    return desk.run(explain_gap, ExplainGap(desk.new_id(), NOTE))


@pytest.mark.parametrize("gap", [put_back, restored])
def test_who_came_in_first_is_refused_and_the_other_officer_explains(opened, tmp_path, gap):
    office, facts, (name, password, secret) = opened
    office = gap(office, facts, tmp_path)
    desk = office.sign_in(facts.name, facts.password, facts.code())
    assert desk.ask(verify_audit, VerifyAudit()).barred == SOMEBODY_ELSE
    with pytest.raises(Refused, match="first to come in"):
        explain(desk)
    office.sign_out()
    desk = office.sign_in(name, password, fresh_code(facts, secret))
    assert desk.ask(verify_audit, VerifyAudit()).barred == ""
    explain(desk)
    assert desk.ask(verify_audit, VerifyAudit()).verified
    assert not any(each.text == OWN_GAP for each in unusual(desk, facts))
    office.close()


@pytest.mark.parametrize("gap", [put_back, restored])
def test_who_is_the_only_one_explains_it_and_it_stays_a_finding_by_name(opened, tmp_path, gap):
    office, facts, (name, _, _) = opened
    leaver = next(each.user_id for each in office.trail.opened.users if each.name == name)
    office.desk.run(deactivate_user, DeactivateUser(office.desk.new_id(), leaver))
    office = gap(office, facts, tmp_path)
    desk = office.sign_in(facts.name, facts.password, facts.code())
    assert desk.ask(verify_audit, VerifyAudit()).barred == ""
    explain(desk)
    [finding] = [each for each in unusual(desk, facts) if each.text == OWN_GAP]
    assert finding.person == facts.name
    office.close()


def test_who_comes_later_explains_and_a_gap_of_the_future_has_a_first_of_its_own(opened, tmp_path):
    office, facts, (name, password, secret) = opened
    office = put_back(office, facts, tmp_path)
    office.sign_in(name, password, fresh_code(facts, secret))
    office.sign_out()
    desk = office.sign_in(facts.name, facts.password, facts.code())
    explain(desk)
    assert desk.ask(verify_audit, VerifyAudit()).verified
    memory = office.trail.memory
    office.close()
    memory.keep(anchor=None)  # this computer is made to forget
    office = facts.another_office(tmp_path / "practice")
    desk = office.sign_in(facts.name, facts.password, facts.code())
    with pytest.raises(Refused, match="first to come in"):
        explain(desk)
    office.close()


def unusual(desk, facts):
    today = facts.clock.today()
    return desk.ask(find_unusual, FindUnusual(today - timedelta(days=1), today))
