"""New keys for the practice: the old pair or the new one opens whole, and the old keys open nothing new (K14b, D11)."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy import select

from medbill_desktop.domain.clock import SystemClock
from medbill_desktop.domain.problems import Busy, Damaged, DiskFull, NotAllowed, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.security import key_file, key_file_format, totp
from medbill_desktop.security.key_holder import KeyHolder
from medbill_desktop.storage import snapshot
from medbill_desktop.storage import tables as t
from medbill_desktop.storage.engine import bare_connection, open_vault
from medbill_desktop.usecases import key_rotation
from medbill_desktop.usecases.audit_log import ListAudit, VerifyAudit, list_audit, verify_audit
from medbill_desktop.usecases.backup import MakeBackup, ShowBackups, backup_status, make_backup
from medbill_desktop.usecases.devices import ListComputers, list_computers
from medbill_desktop.usecases.joining import Joining, remove_person
from medbill_desktop.usecases.key_rotation import Why
from medbill_desktop.usecases.office import TRAINING_SIGN_IN, Office
from medbill_desktop.usecases.practice import SetLockMinutes, set_lock_minutes
from medbill_desktop.usecases.sign_in import OldKeyFile
from medbill_desktop.usecases.watch import Cancelled, Quiet
from tests.fast_policy import FAST
from tests.office_factory import make_office


@pytest.fixture
def made(tmp_path):
    office, facts = make_office(tmp_path)
    yield office, facts
    office.close()


def files(folder):
    return sorted(each.name for each in folder.glob("vault.*") if each.name != "vault.lock")


def actions(office):
    office.settle()
    return [(row.action, row.outcome) for row in office.desk.ask(list_audit, ListAudit(action="keys."))]


def totals(office):
    with office.trail.vault.reader.begin() as conn:
        return snapshot.totals(conn)


def whole(office):
    verdict = office.desk.ask(verify_audit, VerifyAudit())
    assert verdict.faults == ()
    return verdict


def test_new_keys_are_in_force_and_the_session_goes_on(made, tmp_path):
    office, facts = made
    folder = tmp_path / "practice"
    before, old_keys = totals(office), (folder / "vault.keys").read_bytes()
    done = office.rotate_keys(Why.REMOVAL, Quiet())
    assert (done.epoch, done.computers_dropped) == (2, 0)
    assert [each for each in files(folder) if not each.endswith(("-wal", "-shm"))] == ["vault.2.db", "vault.keys"]
    office.desk.run(set_lock_minutes, SetLockMinutes(office.desk.new_id(), 7))
    whole(office)
    assert actions(office) == [("keys.open", "done"), ("keys.close", "done"), ("keys.rotate", "done")]
    after = totals(office)
    assert (after.receivable_cents, after.last_posting_id) == (before.receivable_cents, before.last_posting_id)
    assert (folder / "vault.keys").read_bytes() != old_keys
    office.sign_out()
    office.sign_in(facts.name, facts.password, facts.code())
    whole(office)


def test_the_log_stays_verifiable_over_three_epochs_and_a_changed_old_row_is_found(made):
    office, _ = made
    for _ in range(2):
        office.rotate_keys(Why.REMOVAL, Quiet())
        office.desk.run(set_lock_minutes, SetLockMinutes(office.desk.new_id(), 9))
    whole(office)
    with office.trail.vault.reader.begin() as conn:
        spans = [tuple(row) for row in conn.execute(select(t.audit_epoch.c.epoch, t.audit_epoch.c.first_seq))]
    assert [each[0] for each in spans] == [1, 2]
    key = office.trail.key_hex
    with bare_connection(office.trail.vault.path, key) as raw:
        raw.execute("DROP TRIGGER audit_no_update")
        raw.execute("UPDATE audit SET action = 'x' WHERE seq = 2")
    found = office.desk.ask(verify_audit, VerifyAudit()).faults
    assert [each.seq for each in found] == [2]


def test_a_sign_in_after_new_keys_verifies_backups_and_takes_a_new_backup_identity(made):
    office, _ = made
    office.desk.run(make_backup, MakeBackup(office.desk.new_id()))
    office.rotate_keys(Why.COMPUTER, Quiet())
    office.desk.run(make_backup, MakeBackup(office.desk.new_id()))
    with office.trail.vault.reader.begin() as conn:
        live = conn.execute(select(t.backup_identity.c.retired_at)).scalars().all()
    assert [each is None for each in live] == [False, True]


def test_who_left_opens_nothing_new_with_a_copy_of_the_old_files(made, tmp_path):
    office, facts = made
    folder, copied = tmp_path / "practice", tmp_path / "copied"
    password = "Violet-Lantern-Harbor-77"
    joining = Joining(office.desk, office.slots, "Ben Leaver", frozenset({Role.BILLER}))
    facts.clock.move(seconds=30)
    assert joining.enrolment.prove(totp.code_at(joining.enrolment.secret, facts.clock.now()), facts.clock.now())
    ben = joining.finish(password)
    shutil.copytree(folder, copied)
    device = office.trail.device
    held = key_file.open_file((copied / "vault.keys").read_bytes(), device.id, device.secret)
    old = key_file.unlock(held, ben, password, FAST)  # all that Ben could take away
    remove_person(office.desk, office.slots, ben)
    office.rotate_keys(Why.REMOVAL, Quiet())
    with pytest.raises(Damaged):
        open_vault(folder / "vault.2.db", KeyHolder(bytearray(old.dek)).hex)
    now = key_file.open_file((folder / "vault.keys").read_bytes(), device.id, device.secret)
    assert now.find(ben) is None
    assert bytes(now.stk) != bytes(held.stk)
    with pytest.raises(key_file.KeyFileDamaged):
        key_file_format.opened_dek(now.file.header, now.table.dek_age, old.identity)


def test_an_old_pair_put_back_is_refused(made, tmp_path):
    office, facts = made
    folder, kept = tmp_path / "practice", tmp_path / "kept"
    office.sign_out()
    shutil.copytree(folder, kept)
    office.sign_in(facts.name, facts.password, facts.code())
    office.rotate_keys(Why.REMOVAL, Quiet())
    office.sign_out()
    for each in folder.glob("vault.*"):
        each.unlink()
    for name in ("vault.keys", "vault.1.db"):
        shutil.copy(kept / name, folder / name)
    with pytest.raises(OldKeyFile):
        office.sign_in(facts.name, facts.password, facts.code())


def test_every_other_computer_has_to_be_enrolled_again(made, tmp_path):
    office, facts = made
    office.sign_out()
    other = Office(tmp_path / "practice", FAST, facts.clock, type(facts.store)(), config_folder=tmp_path / "other")
    assert other.enrol_with_kit(facts.kit, "Back office") == 2
    other.close()
    office.sign_in(facts.name, facts.password, facts.code())
    assert office.rotate_keys(Why.COMPUTER, Quiet()).computers_dropped == 1
    office.close()
    with pytest.raises(Refused, match="not enrolled"):
        other.sign_in(facts.name, facts.password, facts.code())
    assert other.enrol_with_kit(facts.kit, "Back office") == 3
    other.sign_in(facts.name, facts.password, facts.code())
    whole(other)
    other.close()


def test_a_computer_is_taken_out_after_a_verified_backup_and_its_old_pair_opens_nothing_new(made, tmp_path):
    office, facts = made
    folder, copied = tmp_path / "practice", tmp_path / "copied"
    office.sign_out()
    other = Office(folder, FAST, facts.clock, type(facts.store)(), config_folder=tmp_path / "other")
    other.enrol_with_kit(facts.kit, "Back office")
    other.sign_in(facts.name, facts.password, facts.code())
    device = other.trail.device
    other.close()
    shutil.copytree(folder, copied)
    office.sign_in(facts.name, facts.password, facts.code())
    lines = office.desk.ask(list_computers, ListComputers())
    assert [(each.number, each.name, each.is_this) for each in lines] == [
        (1, "Front desk", True), (2, "Back office", False)
    ]  # fmt: skip
    with pytest.raises(Refused, match="sit at"):
        office.take_out(1, Quiet())
    assert office.take_out(2, Quiet()).computers_dropped == 1
    with pytest.raises(Refused, match="before"):
        office.take_out(2, Quiet())
    receipts = office.desk.ask(backup_status, ShowBackups()).lines
    assert [each.verified_at is not None for each in receipts] == [True]
    assert [each.revoked_at is None for each in office.desk.ask(list_computers, ListComputers())] == [True, False]
    held = key_file.open_file((copied / "vault.keys").read_bytes(), device.id, device.secret)
    old = key_file.unlock(held, facts.name, facts.password, FAST)
    with pytest.raises(key_file.NotEnrolled):
        key_file.open_file((folder / "vault.keys").read_bytes(), device.id, device.secret)
    with pytest.raises(Damaged):
        open_vault(folder / "vault.2.db", KeyHolder(bytearray(old.dek)).hex)


class StopAt:
    """Cancels at the first step that says this."""

    def __init__(self, text):
        self._text, self.seen = text, []

    def step(self, done, total, text):
        self.seen.append((done, total))
        if self._text in text:
            raise Cancelled


@pytest.mark.parametrize("text", ["Encrypting", "Checking", "Putting"])
def test_cancelled_before_the_commit_nothing_has_changed(made, tmp_path, text):
    office, _ = made
    keys = (tmp_path / "practice" / "vault.keys").read_bytes()
    with pytest.raises(Cancelled):
        office.rotate_keys(Why.REMOVAL, StopAt(text))
    assert (tmp_path / "practice" / "vault.keys").read_bytes() == keys
    assert not list((tmp_path / "practice").glob("vault.2.db*"))
    assert actions(office)[0] == ("keys.close", "cancelled")
    office.desk.run(set_lock_minutes, SetLockMinutes(office.desk.new_id(), 7))
    whole(office)
    assert office.rotate_keys(Why.REMOVAL, Quiet()).epoch == 2
    whole(office)


def test_a_full_disk_is_said_before_anything_is_written(made, monkeypatch):
    office, _ = made
    monkeypatch.setattr(key_rotation, "_MARGIN_BYTES", 1 << 60)
    with pytest.raises(DiskFull, match="Make room"):
        office.rotate_keys(Why.REMOVAL, Quiet())
    whole(office)


def test_a_database_that_came_over_differently_is_not_taken(made, tmp_path, monkeypatch):
    office, _ = made
    monkeypatch.setattr(key_rotation, "same_schema", lambda old, new: False)
    with pytest.raises(Damaged, match="differs"):
        office.rotate_keys(Why.REMOVAL, Quiet())
    assert not list((tmp_path / "practice").glob("vault.2.db*"))
    whole(office)


def test_who_may_not_is_refused_and_it_is_written_down(made):
    office, facts = made
    joining = Joining(office.desk, office.slots, "Ben Clerk", frozenset({Role.FRONT_DESK}))
    facts.clock.move(seconds=30)
    assert joining.enrolment.prove(totp.code_at(joining.enrolment.secret, facts.clock.now()), facts.clock.now())
    joining.finish("Violet-Lantern-Harbor-77")
    office.sign_out()
    facts.clock.move(seconds=30)
    code = totp.code_at(joining.enrolment.secret, facts.clock.now())
    office.sign_in("Ben Clerk", "Violet-Lantern-Harbor-77", code)
    with pytest.raises(NotAllowed):
        office.rotate_keys(Why.REMOVAL, Quiet())


def test_a_change_that_waited_for_the_writer_is_refused_and_never_written_to_the_old_file(made, monkeypatch):
    office, _ = made
    refused, began = [], threading.Event()

    def change():
        began.set()
        try:
            office.desk.run(set_lock_minutes, SetLockMinutes(office.desk.new_id(), 11))
        except Exception as error:
            refused.append(error)

    thread = threading.Thread(target=change)
    commit = key_rotation._Rotation._commit

    def slow(self, pair):
        thread.start()
        began.wait(5)
        threading.Event().wait(0.3)
        commit(self, pair)

    monkeypatch.setattr(key_rotation._Rotation, "_commit", slow)
    office.rotate_keys(Why.REMOVAL, Quiet())
    thread.join(10)
    assert [type(each) for each in refused] == [Busy]
    office.desk.run(set_lock_minutes, SetLockMinutes(office.desk.new_id(), 11))
    whole(office)


STEPS = (
    "medbill_desktop.usecases.key_rotation.export",
    "medbill_desktop.usecases.key_rotation.same_schema",
    "medbill_desktop.usecases.key_rotation.backups.add_identity",
    "medbill_desktop.usecases.key_rotation.walked",
    "medbill_desktop.usecases.key_rotation.flush",
    "medbill_desktop.security.key_file_writer._write_new",
    "medbill_desktop.security.key_file_writer._keep_generations",
    "medbill_desktop.security.key_file_writer._replace",
    "medbill_desktop.security.key_file_writer._flush_folder",
    "medbill_desktop.usecases.opened_practice.OpenPractice.change_keys",
    "medbill_desktop.security.device_memory.DeviceMemory.keep",
    "medbill_desktop.storage.practice_folder.PracticeFolder.drop_other_databases",
)
CHILD = """
import sys
from pathlib import Path
from tests.dying import die_at
from tests.usecases.test_key_rotation import training_office
from medbill_desktop.usecases.key_rotation import Why
from medbill_desktop.usecases.office import TRAINING_SIGN_IN
from medbill_desktop.usecases.watch import Quiet
office = training_office(Path(sys.argv[1]))
office.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)
office.settle()
die_at(sys.argv[2], sys.argv[3])
office.rotate_keys(Why.REMOVAL, Quiet())
"""


def training_office(home):
    return Office(home / "practice", FAST, SystemClock(), None, config_folder=home / "config")


@pytest.fixture(scope="module")
def training(tmp_path_factory):
    """A training practice on disk: its secret lies in a file, so a child can open it."""
    home = tmp_path_factory.mktemp("training")
    office, _ = make_office(home, "training", clock=SystemClock())
    office.close()
    return home


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS, ids=lambda each: each.rsplit(".", 1)[1])
def test_killed_at_any_step_the_old_pair_or_the_new_one_opens_whole(training, tmp_path, step, when):
    home = tmp_path / "home"
    shutil.copytree(training, home)
    ran = subprocess.run(
        [sys.executable, "-c", CHILD, str(home), step, when],
        cwd=Path(__file__).resolve().parents[2], env={**os.environ}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert ran.returncode == 9, ran.stderr
    office = training_office(home)
    office.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)
    whole(office)
    epoch = office.trail.epoch
    assert list(office.places.databases()) == [epoch], "what was left over is deleted"
    committed = STEPS.index(step) > 7 or (step.endswith("_replace") and when == "after")
    assert epoch == (2 if committed else 1)
    assert not list(office.places.path.glob("vault.keys.*"))
    assert office.rotate_keys(Why.REMOVAL, Quiet()).epoch == epoch + 1
    whole(office)
    office.close()
