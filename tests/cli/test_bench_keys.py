"""The rows of the bench about keys: what they say, and that their floors really run. Their figures are no test."""

import json
import subprocess
import sys

import pytest

from medbill_desktop.cli import bench_keys, bench_rows
from medbill_desktop.domain.clock import SystemClock
from medbill_desktop.security.kdf import PRODUCTION
from tests.office_factory import make_office


def told(**facts):
    return lambda *asked: json.dumps(facts)


def test_new_keys_are_said_in_megabytes_a_second_beside_export_and_copy(tmp_path):
    [row] = bench_keys.new_keys(tmp_path, told(ours=4.0, floor=2.0, copy=0.5, bytes=200 << 20))
    assert row.name == "new keys for 200 MB of database, 50 MB/s (a plain copy: 400 MB/s)"
    made = bench_rows._row(*row)
    assert (made.seconds, made.floor_seconds, made.ratio, made.aim) == (4.0, 2.0, 2.0, bench_keys.NEW_KEYS_AIM)


def test_a_sign_in_stands_beside_its_key_derivation(tmp_path):
    [row] = bench_keys.sign_in(tmp_path, told(ours=0.5, floor=0.4))
    assert bench_rows._row(*row).ratio == pytest.approx(1.25)
    assert {"sign-in", "new-keys"} <= bench_rows.ROWS.keys()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere no variable names the place of settings")
def test_new_keys_are_measured_in_a_copy_and_the_measured_practice_keeps_its_own(tmp_path, monkeypatch):
    """Had they been made in the practice itself, its computer would remember an epoch that the kept files lack."""
    config = tmp_path / "home" / "medbill-desktop"
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("tests.office_factory.FAST", PRODUCTION)  # the script opens nothing that is cheaper
    office, _ = make_office(tmp_path, "training", clock=SystemClock())
    office.close()
    config.parent.mkdir()
    (tmp_path / "config").rename(config)
    before = {each.name: each.read_bytes() for each in (config / "devices").iterdir()}
    keys = (tmp_path / "practice" / "vault.keys").read_bytes()
    script = bench_rows._FLOORS / "keys_cost.py"
    done = subprocess.run(
        [sys.executable, str(script), "new-keys", str(tmp_path / "practice"), "1"], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)) == {"ours", "floor", "copy", "bytes"}
    assert (tmp_path / "practice" / "vault.keys").read_bytes() == keys
    assert {each.name: each.read_bytes() for each in (config / "devices").iterdir()} == before
