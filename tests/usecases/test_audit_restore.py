"""A restore goes back rightfully: one gap that an officer explains, and no red finding after it (SECURITY A14, F34)."""

import shutil

import pytest

from medbill_desktop.domain.problems import Refused
from medbill_desktop.usecases.audit_anchors import ExplainGap, PrintedAnchor, VerifyAudit, explain_gap, verify_audit
from medbill_desktop.usecases.backup import MakeBackup, make_backup
from medbill_desktop.usecases.key_rotation import Why
from medbill_desktop.usecases.restore import restore
from medbill_desktop.usecases.sign_in import OldKeyFile
from medbill_desktop.usecases.watch import Quiet
from tests.office_factory import make_office


@pytest.fixture
def opened(tmp_path):
    office, facts = make_office(tmp_path)
    yield office, facts
    office.close()


def verdict(desk, *printed):
    return desk.ask(verify_audit, VerifyAudit(printed))


def test_a_restore_is_one_gap_that_an_officer_explains(opened, tmp_path):
    office, facts = opened
    (tmp_path / "drive").mkdir()
    made = office.desk.run(make_backup, MakeBackup(office.desk.new_id(), to=str(tmp_path / "drive")))
    for _ in range(20):
        office.desk.record("test.row")
    left = verdict(office.desk)
    page = PrintedAnchor(left.head_seq, left.head)
    office.close()
    folder = tmp_path / "practice"
    restore(tmp_path / "drive" / made.name, facts.kit, folder, facts.clock)
    again = facts.another_office(folder)
    try:
        again.enrol_with_kit(facts.kit, "Front desk")
        desk = again.sign_in(facts.name, facts.password, facts.code())
        (seen,) = verdict(desk).restores
        assert seen.from_seq < left.head_seq <= seen.left_seq
        assert [each.source for each in verdict(desk, page).faults] == ["the printed page"]
        desk.run(explain_gap, ExplainGap(desk.new_id(), "The disk failed; we went back to the backup of noon."))
        after = verdict(desk, page)
        assert (after.faults, after.restores) == ((), ())
        assert [(gap.source, gap.person) for gap in after.gaps] == [("restore", facts.name)]
        wrong = PrintedAnchor(1, "00" * 8)  # a row from before the restore is explained by nothing
        assert [each.anchor_seq for each in verdict(desk, page, wrong).faults] == [1]
        with pytest.raises(Refused, match="nothing to explain"):
            desk.run(explain_gap, ExplainGap(desk.new_id(), "And once more for good measure."))
    finally:
        again.close()


def test_an_old_database_put_back_is_red_at_sign_in_and_until_it_is_explained(opened, tmp_path):
    office, facts = opened
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
    for _ in range(2):  # never cleared by itself
        office = facts.another_office(folder)
        desk = office.sign_in(facts.name, facts.password, facts.code())
        assert [each.source for each in verdict(desk).faults] == ["the credential store"]
        office.close()
    office = facts.another_office(folder)
    desk = office.sign_in(facts.name, facts.password, facts.code())
    desk.run(explain_gap, ExplainGap(desk.new_id(), "Somebody copied the old file back; we know who."))
    assert verdict(desk).verified
    office.close()
    office = facts.another_office(folder)
    desk = office.sign_in(facts.name, facts.password, facts.code())
    assert verdict(desk).verified
    assert len(verdict(desk).gaps) == 1
    office.close()


@pytest.mark.parametrize("both", [False, True])
def test_an_old_key_file_put_back_alone_or_with_its_database_is_refused(opened, tmp_path, both):
    office, facts = opened
    folder, kept = tmp_path / "practice", tmp_path / "kept"
    office.close()
    shutil.copytree(folder, kept)
    office = facts.another_office(folder)
    office.sign_in(facts.name, facts.password, facts.code())
    office.rotate_keys(Why.LEAK, Quiet())
    office.close()
    for each in folder.glob("vault.*.db*") if both else ():
        each.unlink()
    shutil.copy(kept / "vault.keys", folder / "vault.keys")
    if both:
        shutil.copy(kept / "vault.1.db", folder / "vault.1.db")
    office = facts.another_office(folder)
    with pytest.raises(OldKeyFile):
        office.sign_in(facts.name, facts.password, facts.code())
    office.close()
