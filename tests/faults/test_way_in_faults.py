"""The way in when something is wrong: memory, clocks, guessing, another account's files, a real credential store."""

import errno
import json
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert

from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.security import kdf
from medbill_desktop.security.kdf import NotEnoughMemory
from medbill_desktop.security.key_file import KeyFileDamaged, NotEnrolled
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.audit_log import ListAudit, list_audit
from medbill_desktop.usecases.joining import let_try_again
from medbill_desktop.usecases.office import SignInFailed, State, TooSoon
from medbill_desktop.usecases.preferences import SetPreference, set_preference
from medbill_desktop.usecases.sign_in import OldKeyFile
from tests.fast_policy import FAST
from tests.office_factory import empty_office, make_office
from tests.security.test_secret_store import HAS_KEYRING
from tests.usecases.test_office import add_person, fresh_code, outlast, rows

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def made(tmp_path):
    office, facts = make_office(tmp_path)
    yield office, facts
    office.close()


def test_a_clock_set_forward_skips_no_wait_and_back_makes_none_longer(made, monkeypatch):
    office, facts = made
    office.sign_out()
    for _ in range(6):
        outlast(office, facts, facts.name)
        with pytest.raises(SignInFailed):
            office.sign_in(facts.name, "wrong")
    assert office.wait_seconds(facts.name) == 4
    mono = facts.clock.monotonic()
    monkeypatch.setattr(facts.clock, "monotonic", lambda: mono + 1)
    for jump in (timedelta(hours=5), timedelta(hours=-10)):
        facts.clock.moment += jump
        with pytest.raises(TooSoon) as caught:
            office.sign_in(facts.name, facts.password, "")
        assert caught.value.seconds <= 4
        assert office.wait_seconds(facts.name) in (3, 4)


def test_a_wait_ends_by_waiting_after_a_clock_that_was_ahead_is_put_right(made, tmp_path):
    """The highest time ever seen lies a day ahead (K28): only the time of this run can end a wait."""
    office, facts = made
    facts.clock.move(days=1)
    office.sign_out()
    with pytest.raises(SignInFailed):
        office.sign_in(facts.name, "wrong")
    facts.clock.move(days=-1)
    again = facts.another_office(tmp_path / "practice")
    for _ in range(3):
        outlast(again, facts, facts.name)
        with pytest.raises(SignInFailed):
            again.sign_in(facts.name, "wrong")
    assert again.wait_seconds(facts.name) == 1
    facts.clock.move(seconds=1)
    with pytest.raises(SignInFailed):
        again.sign_in(facts.name, "wrong")
    assert again.wait_seconds(facts.name) == 2
    facts.clock.move(seconds=60)
    assert again.sign_in(facts.name, facts.password, facts.code())
    again.close()


def test_a_hundred_failures_close_a_sign_in_until_it_is_made_anew(made):
    office, facts = made
    name, password, secret = add_person(office, facts, "Often Wrong", Role.OWNER)
    office.sign_out()
    for _ in range(100):
        outlast(office, facts, name)
        with pytest.raises(SignInFailed):
            office.sign_in(name, "wrong")
    outlast(office, facts, name)
    with pytest.raises(SignInFailed, match="Name, password or code"):
        office.sign_in(name, password, fresh_code(facts, secret))
    facts.clock.move(seconds=901)
    desk = office.sign_in(facts.name, facts.password, facts.code())
    user_id = next(each for each in office.trail.opened.users if each.name == name).user_id
    with pytest.raises(Refused, match="one-time code"):
        let_try_again(desk, office.slots, user_id, name)


def test_too_little_memory_is_said_and_is_no_wrong_password(made, monkeypatch):
    office, facts = made
    office.sign_out()

    def fail(*_):
        raise NotEnoughMemory

    with monkeypatch.context() as patch:
        patch.setattr(kdf, "derive", fail)
        for name in (facts.name, "Nobody"):
            for _ in range(5):
                with pytest.raises(NotEnoughMemory, match="Close other programs"):
                    office.sign_in(name, facts.password, "000000")
    assert office.wait_seconds(facts.name) == 0
    assert office.sign_in(facts.name, facts.password, facts.code())


def test_a_new_slot_at_the_floor_for_want_of_memory_is_audited(tmp_path, monkeypatch):
    derive = kdf.derive

    def poor(password, params):
        if params.cost == FAST.cost:
            raise NotEnoughMemory
        return derive(password, params)

    monkeypatch.setattr(kdf, "derive", poor)
    office, _ = make_office(tmp_path)
    assert rows(office, "practice.setup")[0].detail["lowered"] is True
    assert office.trail.opened.users[0].kdf.cost == FAST.floor
    office.close()


def edited(change):
    def edit(data):
        value = json.loads(data)
        change(value["hdr"])
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()

    return edit


@pytest.mark.parametrize(
    ("edit", "refusal"),
    [
        (edited(lambda hdr: hdr.update(epoch=2)), KeyFileDamaged),
        (edited(lambda hdr: hdr.update(kind="training")), NotEnrolled),
        (edited(lambda hdr: hdr.update(vault="0" * 32)), NotEnrolled),
        (lambda data: b"", KeyFileDamaged),
        (lambda data: data + b" ", KeyFileDamaged),
    ],
)
def test_an_edited_key_file_opens_nothing(made, tmp_path, edit, refusal):
    office, facts = made
    office.sign_out()
    path = tmp_path / "practice" / "vault.keys"
    good = path.read_bytes()
    path.write_bytes(edit(good))
    with pytest.raises(refusal):
        office.sign_in(facts.name, facts.password, facts.code())
    path.write_bytes(good)
    office.look()
    assert office.sign_in(facts.name, facts.password, facts.code())


def test_a_key_file_of_an_older_epoch_is_refused(made):
    office, facts = made
    office.trail.memory.keep(epoch=2, gen=1)
    office.sign_out()
    with pytest.raises(OldKeyFile):
        office.sign_in(facts.name, facts.password, facts.code())


def test_a_key_file_that_can_not_be_written_leaves_the_old_one(made, tmp_path, monkeypatch):
    office, facts = made
    path = tmp_path / "practice" / "vault.keys"
    before = path.read_bytes()

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("medbill_desktop.security.key_file_writer.os.replace", full)
        with pytest.raises(Exception, match="full"):
            office.own.change_password(facts.password, facts.code(), "Copper-Meadow-Violin-19")
    assert path.read_bytes() == before
    office.own.change_password(facts.password, facts.code(), "Copper-Meadow-Violin-19")
    assert path.read_bytes() != before


def test_damage_is_found_after_the_sign_in_and_told(made, tmp_path):
    office, facts = made
    payers = [
        {"id": n, "name": "x" * 200, "payer_code": "", "filing_indicator": "", "street": "", "city": "", "state": "",
         "zip": "", "phone": "", "active": True}
        for n in range(1, 400)
    ]  # fmt: skip
    with office.trail.writing() as conn:
        conn.execute(insert(t.payer), payers)
    office.sign_out()
    path = tmp_path / "practice" / "vault.1.db"
    with path.open("r+b") as file:
        file.seek(-4096 * 3 + 99, os.SEEK_END)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))
    desk = office.sign_in(facts.name, facts.password, facts.code())
    office.settle()
    assert any("Restore the last verified backup" in each for each in office.banners)
    assert desk.ask(list_audit, ListAudit(action="health.check"))[0].outcome == "failed"


CHILD = """
import json, sys
from pathlib import Path
from medbill_desktop.domain.problems import ReadOnly, Refused
from medbill_desktop.security import totp
from medbill_desktop.usecases.office import Office
from medbill_desktop.usecases.preferences import MyPreferences, SetPreference, my_preferences, set_preference
from tests.door import FakeClock
from tests.fast_policy import FAST
from tests.office_factory import DictStore
facts = json.loads(sys.stdin.read())
store = DictStore({(vault, item): value.encode() for vault, item, value in facts["items"]})
clock = FakeClock()
clock.move(hours=1)
said = []
office = Office(Path(sys.argv[1]), FAST, clock, store, config_folder=Path("nowhere"))
try:
    desk = office.sign_in(facts["name"], facts["password"], totp.code_at(facts["secret"], clock.now()))
    said.append(office.read_only)
    said.append(desk.ask(my_preferences, MyPreferences()))
    desk.run(set_preference, SetPreference("theme", "light"))
except Refused as refused:
    said.append(type(refused).__name__)
office.close()
print(json.dumps(said))
"""


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="needs root and setpriv (util-linux)")
@pytest.mark.parametrize(
    ("folder_mode", "file_mode", "expected"),
    [
        (0o500, 0o400, [True, {"theme": "dark"}, "ReadOnly"]),
        (0o500, 0o000, ["ReadOnly"]),
    ],
)
def test_an_account_without_the_right_to_write_looks_things_up(made, tmp_path, folder_mode, file_mode, expected):
    office, facts = made
    office.desk.run(set_preference, SetPreference("theme", "dark"))
    office.sign_out()
    place = Path(tempfile.mkdtemp())  # not under tmp_path: another account can't even walk to that
    shutil.copytree(tmp_path / "practice", place, dirs_exist_ok=True)
    try:
        for each in place.iterdir():
            os.chown(each, 65534, 65534)
            each.chmod(file_mode)
        os.chown(place, 65534, 65534)
        place.chmod(folder_mode)
        given = {
            "items": [[*item, value.decode()] for item, value in facts.store.items.items()],
            "name": facts.name, "password": facts.password, "secret": facts.secret,
        }  # fmt: skip
        done = subprocess.run(
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", sys.executable, "-c", CHILD, str(place)],
            input=json.dumps(given), capture_output=True, text=True, cwd=ROOT, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout) == expected
    finally:
        shutil.rmtree(place)


KEYRING = """
import json, os, subprocess, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from tests.security.keyring_daemon import started
from medbill_desktop.security.secret_store import find_store
from tests.office_factory import make_office, Office, FAST
daemon = started()
store = find_store()
office, facts = make_office(Path(sys.argv[1]), store=store)
office.close()
again = Office(Path(sys.argv[1]) / "practice", FAST, facts.clock, find_store(), config_folder=Path(sys.argv[1]) / "c")
desk = again.sign_in(facts.name, facts.password, facts.code())
print(json.dumps([type(store).__name__, again.trail.memory.store_kind, desk.user.name]))
again.close()
daemon.kill()
daemon.wait()
"""


@pytest.mark.peer
@pytest.mark.skipif(not HAS_KEYRING, reason="install gnome-keyring and dbus")
def test_a_practice_lives_with_a_real_credential_store(tmp_path):
    home, runtime = tmp_path / "home", tmp_path / "run"
    home.mkdir()
    runtime.mkdir(mode=0o700)
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "XDG_RUNTIME_DIR": str(runtime),
                   "PYTHONPATH": str(ROOT)}  # fmt: skip
    done = subprocess.run(
        ["dbus-run-session", "--", sys.executable, "-c", KEYRING, str(tmp_path), str(ROOT)],
        env=environment, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == ["KeyringStore", "keyring", "Zoë Ångström"]


FOUNDER = """
import os, sys
from pathlib import Path
from unittest import mock
from tests.office_factory import empty_office, make_office
with mock.patch(sys.argv[2], lambda *_, **__: os._exit(9)):
    make_office(Path(sys.argv[1]))
"""


@pytest.mark.parametrize(
    "step",
    [
        "medbill_desktop.usecases.setup.create_file",
        "medbill_desktop.usecases.setup.audit.append",
        "medbill_desktop.usecases.setup.attempts_of",
        "medbill_desktop.security.key_file_writer._keep_generations",
        "medbill_desktop.security.key_file_writer._replace",
        "medbill_desktop.security.key_file_writer._flush_folder",
    ],
)
def test_a_setup_killed_at_any_step_leaves_nothing_or_a_whole_practice(tmp_path, step):
    done = subprocess.run(
        [sys.executable, "-c", FOUNDER, str(tmp_path), step], cwd=ROOT, capture_output=True, timeout=60, check=False
    )
    assert done.returncode == 9, done.stderr
    folder = tmp_path / "practice"
    office = empty_office(tmp_path)
    if step.endswith("_flush_folder"):
        assert office.state is State.SIGNED_OUT
        assert not (folder / ".setup").exists()
        assert (folder / "vault.1.db").exists()
        return
    assert office.state is State.NO_PRACTICE
    assert not office.needs_restore
    assert list(folder.iterdir()) == []
    office, _ = make_office(tmp_path)
    office.close()
