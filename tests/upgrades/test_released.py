"""A practice of every release opens whole in this one (SECURITY D12, F31).

`release_1` is the folder of a training practice and what its computer remembers of it, made by the first release:
twelve made-up people, a hundred and forty-two audit rows. Nothing in it is ever edited.
"""

import shutil
from pathlib import Path

import pytest

from medbill_desktop.domain.clock import SystemClock
from medbill_desktop.security.kdf import PRODUCTION
from medbill_desktop.storage.engine import bare_connection
from medbill_desktop.storage.migrate import copies, steps
from medbill_desktop.usecases.audit_log import VerifyAudit, verify_audit
from medbill_desktop.usecases.backup import MakeBackup, make_backup
from medbill_desktop.usecases.office import TRAINING_SIGN_IN, Office
from medbill_desktop.usecases.patients import FindPatients, OpenPatient, find_patients, open_patient

HERE = Path(__file__).parent
RELEASE_1_KEY = "4f53a30bc06b19a8ea7af15a903db604f91bac26e877d64ec7cc8b70829c5304"
COUNTS = {"audit": 142, "patient": 12, "charge": 39, "journal_line": 154, "posting": 77, "payment": 19}


def laid_out(release, home):
    """Put the files of a release where they lay."""
    folder, devices = home / "practice", home / "config" / "devices"
    for place in (folder, devices):
        place.mkdir(mode=0o700, parents=True)
    devices.parent.chmod(0o700)
    for each in (HERE / release).iterdir():
        to = (devices if each.suffix in (".device", ".state") else folder) / each.name
        shutil.copyfile(each, to)
        to.chmod(0o600)
    return folder


def opened(home):
    return Office(home / "practice", PRODUCTION, SystemClock(), None, config_folder=home / "config")


def counts(raw):
    return {name: raw.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in COUNTS}


@pytest.fixture
def home(tmp_path):
    laid_out("release_1", tmp_path)
    return tmp_path


def test_the_kept_database_is_what_the_release_wrote(home):
    with bare_connection(home / "practice" / "vault.1.db", lambda: RELEASE_1_KEY) as raw:
        assert raw.execute("PRAGMA user_version").fetchone()[0] == 1
        assert counts(raw) == COUNTS


def test_a_practice_of_release_1_opens_whole_and_works_on(home):
    office = opened(home)
    desk = office.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)
    try:
        office.settle()
        path = office.trail.vault.path
        assert [each.name for each in copies(path)] == ["vault.1.db.before-1"]
        with bare_connection(path, lambda: RELEASE_1_KEY) as raw:
            (last,) = raw.execute("SELECT last FROM patient ORDER BY id LIMIT 1").fetchone()
            assert raw.execute("PRAGMA user_version").fetchone()[0] == steps()[-1].number
            assert raw.execute("SELECT sum(cents) FROM journal_line").fetchone()[0] == 0
            assert {**counts(raw), "audit": 142} == COUNTS
            assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
            assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert raw.execute("PRAGMA cipher_integrity_check").fetchall() == []
        verdict = desk.ask(verify_audit, VerifyAudit())
        assert verdict.faults == ()
        found = desk.ask(find_patients, FindPatients(last))
        assert desk.ask(open_patient, OpenPatient(found[0].id)) is not None
    finally:
        office.close()


def test_the_copy_is_the_old_database_and_goes_with_the_next_verified_backup(home):
    office = opened(home)
    desk = office.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)
    try:
        (copy,) = copies(office.trail.vault.path)
        with bare_connection(copy, lambda: RELEASE_1_KEY) as raw:
            assert raw.execute("PRAGMA user_version").fetchone()[0] == 1
            assert counts(raw) == COUNTS
        desk.run(make_backup, MakeBackup(desk.new_id()))
        assert not copy.exists()
    finally:
        office.close()


def test_the_kept_files_are_read_only_to_the_tests():
    """Whoever opened them in place would have left a log beside them."""
    assert {each.suffix for each in (HERE / "release_1").iterdir()} == {".db", ".keys", ".json", ".device", ".state"}
