"""The power goes at any point of a change of keys, a backup, or new keys: old or new opens whole (SECURITY F2, K8)."""

import shutil
import sys
from pathlib import Path

import pytest

from medbill_desktop.domain.clock import SystemClock
from medbill_desktop.usecases.audit_log import VerifyAudit, verify_audit
from medbill_desktop.usecases.office import TRAINING_SIGN_IN, Office, SignInFailed
from medbill_desktop.usecases.restore import verify_bundle
from tests.fast_policy import FAST
from tests.faults.lost_power import DISKS, Disk, crashes, laid_down, recorded
from tests.office_factory import make_office

ROOT = Path(__file__).resolve().parents[2]
NEW_PASSWORD = "Violet-Lantern-Harbor-77"

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(shutil.which("strace") is None or not sys.platform.startswith("linux"), reason="install strace"),
]

CHILD = """
import sys
from pathlib import Path
from medbill_desktop.usecases.backup import MakeBackup, make_backup
from medbill_desktop.usecases.key_rotation import Why
from medbill_desktop.usecases.office import TRAINING_SIGN_IN
from medbill_desktop.usecases.watch import Quiet
from tests.faults.test_lost_power import NEW_PASSWORD, training_office
home = Path(sys.argv[1])
office = training_office(home)
desk = office.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)
office.settle()
if sys.argv[2] == "password":
    office.own.change_password(TRAINING_SIGN_IN.password, "", NEW_PASSWORD)
elif sys.argv[2] == "backup":
    desk.run(make_backup, MakeBackup(desk.new_id(), to=str(home / "drive")))
else:
    office.rotate_keys(Why.REMOVAL, Quiet())
office.close()
"""


def training_office(home):
    return Office(home / "practice", FAST, SystemClock(), None, config_folder=home / "config")


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    home = tmp_path_factory.mktemp("lost-power") / "home"
    home.mkdir()
    office, facts = make_office(home, "training", clock=SystemClock())
    office.close()
    (home / "drive").mkdir()
    (home / "practice" / "ballast").unlink(missing_ok=True)
    return home, facts.kit


def opened(home):
    """Sign in with the old password or the new one; the practice must be whole. Returns which, and the epoch."""
    office = training_office(home)
    try:
        try:
            desk, which = office.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password), "old"
        except SignInFailed:
            desk, which = office.sign_in(TRAINING_SIGN_IN.name, NEW_PASSWORD), "new"
        office.settle()
        assert desk.ask(verify_audit, VerifyAudit()).faults == ()
        assert office.banners == () or all("older" not in each for each in office.banners)
        return which, office.trail.epoch
    finally:
        office.close()


def states(before, tmp_path, what, every):
    """Do it once under strace in a copy; yield a home for one in `every` state that the disk is left in."""
    live = tmp_path / "live" / "home"
    shutil.copytree(before[0], live)
    changes = recorded(live, CHILD, live, what, cwd=ROOT)
    assert len(changes) > 20, "strace has seen the work"
    shutil.rmtree(live)
    shutil.copytree(before[0], live)  # as it was, for the replay to begin from
    for number, (at, disk, kept) in enumerate(crashes(live, changes, 200 // every)):
        if number % every:
            continue
        home = tmp_path / f"state-{number}" / "home"
        home.mkdir(parents=True)
        laid_down(kept, live, home)
        yield f"{disk} after {at} of {len(changes)}: {changes[at - 1][:2] if at else ''}", home
        shutil.rmtree(home.parent)


@pytest.mark.parametrize("every", [8, pytest.param(1, marks=[pytest.mark.long, pytest.mark.timeout(1200)])])
def test_a_changed_password_is_the_old_or_the_new_one(before, tmp_path, every):
    seen = []
    for where, home in states(before, tmp_path, "password", every):
        try:
            seen.append(opened(home)[0])
        except Exception as error:
            raise AssertionError(where) from error
    assert set(seen) == {"old", "new"}


@pytest.mark.parametrize("every", [8, pytest.param(1, marks=[pytest.mark.long, pytest.mark.timeout(1200)])])
def test_new_keys_are_in_force_or_not(before, tmp_path, every):
    seen = []
    for where, home in states(before, tmp_path, "rotation", every):
        try:
            seen.append(opened(home)[1])
        except Exception as error:
            raise AssertionError(where) from error
    assert set(seen) == {1, 2}


@pytest.mark.parametrize("every", [8, pytest.param(1, marks=[pytest.mark.long, pytest.mark.timeout(1200)])])
def test_a_finished_backup_is_whole_and_no_receipt_tells_of_another(before, tmp_path, every):
    finished = 0
    for where, home in states(before, tmp_path, "backup", every):
        try:
            opened(home)
            bundles = list((home / "drive").glob("*.mbb.age"))
            for bundle in bundles:
                verify_bundle(bundle, before[1])
                finished += 1
            for receipt in (home / "drive").glob("*.receipt.json"):
                assert receipt.with_name(receipt.name.removesuffix(".receipt.json")) in bundles
        except Exception as error:
            raise AssertionError(where) from error
    assert finished


def test_a_disk_forgets_as_a_disk_does(tmp_path):
    """The judge itself: what was not flushed is lost, a name without its folder too, and the last write is torn."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "kept").write_bytes(b"old!")
    changes = [
        ("open", f"{root}/part", True, False), ("write", f"{root}/part", b"new!", None),
        ("flush", f"{root}/part"), ("rename", f"{root}/part", f"{root}/kept"), ("flush", str(root)),
        ("write", f"{root}/kept", b"12345678", 4),
    ]  # fmt: skip
    disk, kept = Disk(root), []
    for change in changes:
        disk.do(change)
        kept.append({kind: disk.kept(kind).get(f"{root}/kept") for kind in DISKS})
    assert kept[1] == {"strict": b"old!", "hasty": b"old!", "torn": b"old!"}
    assert disk.kept("strict") == {f"{root}/kept": b"new!"}
    assert kept[3] == {"strict": b"old!", "hasty": b"new!", "torn": b"new!"}
    assert kept[4] == {"strict": b"new!", "hasty": b"new!", "torn": b"new!"}
    assert kept[5] == {"strict": b"new!", "hasty": b"new!", "torn": b"new!1234"}
