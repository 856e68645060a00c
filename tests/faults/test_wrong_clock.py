"""The clock is wrong, from end to end: whole runs of the program under libfaketime (SECURITY F8, K23, K28)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.office_factory import PASSWORD

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)

pytestmark = [pytest.mark.peer, pytest.mark.skipif(LIBRARY is None, reason="install libfaketime")]


class Computer:
    """A computer whose wall clock is `ahead` of the true one; the monotonic clock is right."""

    def __init__(self, home):
        self.home, self.known = home, {}

    def run(self, ahead, **orders):
        clock = {"LD_PRELOAD": str(LIBRARY), "FAKETIME": ahead, "FAKETIME_DONT_FAKE_MONOTONIC": "1"} if ahead else {}
        ran = subprocess.run(
            [sys.executable, "-m", "tests.faults.clock_child", str(self.home)], input=json.dumps(orders), text=True,
            capture_output=True, cwd=ROOT, env={**os.environ, **clock}, timeout=60, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    def sign_in(self, ahead, password=PASSWORD, code=None):
        proof = {"code": code} if code else {"secret": self.known["secret"]}
        return self.run(ahead, do="try", password=password, **proof)


@pytest.fixture
def computer(tmp_path):
    made = Computer(tmp_path)
    made.known = made.run("-1h", do="found")
    return made


def test_the_library_moves_the_clock(computer):
    past, future = computer.sign_in("-30m"), computer.sign_in("+2d")
    assert past["now"] < future["now"]
    assert (past["outcome"], future["outcome"]) == ("in", "in")


def test_a_clock_set_back_brings_no_code_back_prunes_no_backup_and_is_named(computer):
    ahead = computer.sign_in("+2d")
    assert (ahead["outcome"], ahead["backups"], ahead["regressed"]) == ("in", 1, 0)
    assert computer.sign_in("")["outcome"] == "refused", "its step lies before the highest that was taken"
    back = computer.sign_in("", code=computer.known["codes"][0])
    assert back["outcome"] == "in"
    assert back["faults"] == []
    assert back["backups"] == 2, "both are kept"
    assert back["regressed"] >= 1


def test_no_wait_is_shortened_by_setting_the_clock_and_starting_again(computer):
    for _ in range(3):
        assert computer.sign_in("", password="wrong")["outcome"] == "refused"
    assert computer.sign_in("", password="wrong")["wait_after"] >= 1
    (computer.home / "practice" / "attempts.json").unlink()
    lost = computer.sign_in("", password="wrong")
    assert lost["outcome"] == "too soon"
    assert lost["seconds"] > 800
    for ahead in ("-5h", "-400d"):
        again = computer.sign_in(ahead)
        assert again["outcome"] == "too soon"
        assert again["seconds"] >= lost["seconds"] - 30
