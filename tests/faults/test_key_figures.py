"""Figures of keys: what a sign-in costs beside Argon2 alone, how fast a database gets new keys (SECURITY K3, K14, D11).

Run by `make test-long`, which prints them; a ratio is bounded generously, a time never.
"""

import shutil
import time

import pytest
from sqlalchemy import insert

from medbill_desktop.domain.clock import SystemClock
from medbill_desktop.security import kdf
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.key_rotation import Why
from medbill_desktop.usecases.office import TRAINING_SIGN_IN, Office
from medbill_desktop.usecases.watch import Cancelled, Quiet
from tests.fast_policy import FAST
from tests.office_factory import make_office

pytestmark = [pytest.mark.long, pytest.mark.timeout(1700)]

GIB = 1 << 30
BLOCK = 200_000


def timed(do):
    start = time.perf_counter()
    do()
    return time.perf_counter() - start


def said(capsys, words):
    with capsys.disabled():
        print(f"\n{words}")


def grown(home, size):
    """A practice whose database is so large; filled with people's long words, as documents would."""
    office, _ = make_office(home, "training", clock=SystemClock())
    path, number = office.trail.vault.path, 10_000
    while path.stat().st_size < size:
        rows = [
            {"id": number + n, "name": f"{number + n} " + "x" * BLOCK, "payer_code": "", "filing_indicator": "",
             "street": "", "city": "", "state": "", "zip": "", "phone": "", "active": True}
            for n in range(100)
        ]  # fmt: skip
        with office.trail.writing() as conn:
            conn.execute(insert(t.payer), rows)
        number += 100
    return office


def test_a_sign_in_costs_little_more_than_its_key_derivation(tmp_path, capsys):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.office_factory.FAST", kdf.PRODUCTION)
        office, _ = make_office(tmp_path, "training", clock=SystemClock())
    office.close()
    home = Office(tmp_path / "practice", kdf.PRODUCTION, SystemClock(), None, config_folder=tmp_path / "config")
    ours, alone = [], []
    for _ in range(5):
        ours.append(timed(lambda: home.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)))
        home.sign_out()
        alone.append(timed(lambda: kdf.dummy("a password", kdf.PRODUCTION)))
    ratio = min(ours) / min(alone)
    said(capsys, f"sign-in {min(ours):.2f} s, Argon2id alone {min(alone):.2f} s: {ratio:.2f}x")
    assert ratio < 3


class StopAt:
    def __init__(self, part):
        self.part = part

    def step(self, done, total, text):
        if done >= self.part * total:
            raise Cancelled


@pytest.mark.parametrize("size", [GIB])
def test_a_database_of_a_gigabyte_gets_new_keys_and_stays_whole_wherever_it_is_stopped(tmp_path, capsys, size):
    if shutil.disk_usage(tmp_path).free < 6 * size:
        pytest.skip("needs 6 GB of free disk")
    office = grown(tmp_path, size)
    path = office.trail.vault.path
    try:
        for part in (0.0, 0.1, 0.3, 0.5):
            with pytest.raises(Cancelled):
                office.rotate_keys(Why.REMOVAL, StopAt(part))
            assert office.trail.epoch == 1
            assert [each.name for each in path.parent.glob("vault.*.db")] == ["vault.1.db"], "nothing is left over"
        seconds = timed(lambda: office.rotate_keys(Why.REMOVAL, Quiet()))
        assert office.trail.epoch == 2
        assert [each.name for each in path.parent.glob("vault.*.db")] == ["vault.2.db"]
        megabytes = office.trail.vault.path.stat().st_size / (1 << 20)
        said(capsys, f"new keys for {megabytes:,.0f} MB in {seconds:.1f} s: {megabytes / seconds:.0f} MB/s")
    finally:
        office.close()
    again = Office(tmp_path / "practice", FAST, SystemClock(), None, config_folder=tmp_path / "config")
    again.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)
    again.close()
