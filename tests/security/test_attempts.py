import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.security import attempts as a
from medbill_desktop.security.attempts import Attempts

VAULT, DEVICE, OTHER = "5c" * 16, "ab" * 16, "cd" * 16


@dataclass
class TwoClocks:
    """Wall and monotonic time that can be moved apart."""

    wall: datetime = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
    steady: float = 1000.0

    def now(self):
        return self.wall

    def today(self):
        return self.wall.date()

    def monotonic(self):
        return self.steady

    def wait(self, seconds):
        self.wall += timedelta(seconds=seconds)
        self.steady += seconds

    def set_wall(self, seconds):
        self.wall += timedelta(seconds=seconds)


class Computer:
    """A device with its credential store's mirror; `restart` reads both again."""

    def __init__(self, path, clock, device=DEVICE, key=b"k" * 32):
        self.path, self.clock, self.device, self.key = path, clock, device, key
        self.mirror = None
        self.open = self.make()
        self.open.enrol()

    def make(self):
        return Attempts(self.path, VAULT, self.device, self.key, self.clock, self.keep)

    def keep(self, mirror):
        self.mirror = json.loads(json.dumps(mirror))

    def restart(self):
        self.open = self.make()
        self.open.load(self.mirror)
        return self.open

    def fail(self, times, name="ruth"):
        for _ in range(times):
            self.open.failed(name)


@pytest.fixture
def clock():
    return TwoClocks()


@pytest.fixture
def here(tmp_path, clock):
    return Computer(tmp_path / "attempts.json", clock)


def test_three_are_free_then_the_wait_doubles_to_fifteen_minutes(here, clock):
    waits = []
    for _ in range(16):
        here.open.failed("ruth")
        waits.append(here.open.wait_seconds("ruth"))
        clock.wait(900)
    # The tenth and later failures count against the device as well, never for less than the person's own wait.
    assert waits == [0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]


def test_a_wait_runs_out(here, clock):
    here.fail(6)
    assert here.open.wait_seconds("ruth") == 4
    clock.wait(3.5)
    assert here.open.wait_seconds("ruth") == 1
    clock.wait(0.5)
    assert here.open.wait_seconds("ruth") == 0


def test_names_that_are_tried_once_each_slow_the_device_after_ten(here):
    for n in range(10):
        here.open.failed(f"name {n}")
    assert here.open.wait_seconds("somebody else") == 0
    here.open.failed("name 10")
    assert here.open.wait_seconds("somebody else") == 1
    here.fail(3, "name 11")
    assert here.open.wait_seconds("somebody else") == 8


def test_a_good_sign_in_forgets_only_that_persons_failures(here):
    here.fail(5, "ruth")
    here.fail(5, "omar")
    assert here.open.unreported == 10
    here.open.succeeded("ruth")
    assert (here.open.wait_seconds("ruth"), here.open.wait_seconds("omar")) == (0, 2)
    assert here.open.unreported == 0


def test_a_restart_forgets_nothing(here):
    here.fail(8)
    assert here.restart().wait_seconds("ruth") == 16
    assert here.open.unreported == 8


def test_a_deleted_file_costs_fifteen_minutes_each_time(here, clock):
    here.path.unlink()
    assert here.restart().wait_seconds("ruth") == 900
    clock.wait(600)
    assert here.restart().wait_seconds("ruth") == 300
    here.path.unlink()
    assert here.restart().wait_seconds("ruth") == 900


def test_a_deleted_file_does_not_forget_the_worst_counts(here, clock):
    here.fail(14)
    here.path.unlink()
    here.restart()
    clock.wait(901)
    here.fail(1)
    assert here.open.wait_seconds("ruth") == 900


def test_an_older_file_put_back_costs_fifteen_minutes(here):
    here.fail(2)
    old = here.path.read_bytes()
    here.fail(6)
    here.path.write_bytes(old)
    assert here.restart().wait_seconds("anyone") == 900
    here.path.write_bytes(old)
    here.restart()
    assert here.mirror["u"], "the counts of the mirror were kept"


def test_a_lost_mirror_costs_fifteen_minutes(here):
    here.fail(1)
    here.mirror = None
    assert here.restart().wait_seconds("ruth") == 900
    here.mirror = {"n": 1, "h": "soon"}
    assert here.restart().wait_seconds("ruth") == 900


@pytest.mark.parametrize("far", [1 << 40, (1 << 62) - 1, 1 << 62])
def test_a_time_beyond_counting_ends_no_wait(here, clock, far):
    here.fail(5)
    here.mirror = {**here.mirror, "h": far, "p": far, "n": 1}
    here.restart()
    here.fail(6)
    assert here.open.wait_seconds("ruth") > 0


def test_an_older_mirror_is_a_crash_between_the_two_writes(here):
    here.fail(4)
    before = here.mirror
    here.fail(1)
    here.mirror = before
    assert here.restart().wait_seconds("ruth") == 2


@given(at=st.integers(0, 10_000), mask=st.integers(1, 255))
def test_no_edit_of_the_file_shortens_a_wait(tmp_path_factory, at, mask):
    clock = TwoClocks()
    here = Computer(tmp_path_factory.mktemp("a") / "attempts.json", clock)
    here.fail(12)
    data = bytearray(here.path.read_bytes())
    data[at % len(data)] ^= mask
    here.path.write_bytes(data)
    assert here.restart().wait_seconds("ruth") >= 256


def test_a_section_of_another_device_is_neither_read_nor_touched(here, clock, tmp_path):
    there = Computer(here.path, clock, OTHER, b"o" * 32)
    here.fail(7)
    assert there.restart().wait_seconds("ruth") == 0
    there.fail(5)
    assert here.restart().wait_seconds("ruth") == 8
    whole = json.loads(here.path.read_text())
    whole["sections"][OTHER] = whole["sections"][DEVICE]
    here.path.write_text(json.dumps(whole))
    assert there.restart().wait_seconds("ruth") == 900
    assert here.restart().wait_seconds("ruth") == 8


def test_names_are_not_in_the_file(here):
    here.fail(4, "ruth calder")
    assert b"ruth" not in here.path.read_bytes()
    assert here.path.stat().st_mode & 0o777 == 0o600


def test_a_hundred_in_a_row_disable_the_slot_until_somebody_opens_it(here, clock):
    for _ in range(99):
        here.open.failed("ruth")
        clock.wait(900)
    assert not here.open.is_disabled("ruth")
    here.open.failed("ruth")
    assert here.restart().is_disabled("ruth")
    assert not here.open.is_disabled("omar")
    here.open.clear("ruth")
    assert not here.restart().is_disabled("ruth")


def test_a_clock_set_forward_skips_no_wait_within_a_run(here, clock):
    here.fail(9)
    clock.set_wall(86_400)
    assert here.open.wait_seconds("ruth") == 32


def test_a_clock_set_back_lengthens_no_wait_and_shortens_none(here, clock):
    here.fail(9)
    clock.set_wall(-86_400)
    assert here.open.wait_seconds("ruth") == 32
    assert here.restart().wait_seconds("ruth") == 32
    clock.wait(32)
    assert here.open.wait_seconds("ruth") == 0
    here.open.failed("ruth")
    assert here.open.wait_seconds("ruth") == 64


def test_the_mirror_stays_small(here):
    for n in range(400):
        here.open.failed(f"name {n}")
    assert len(json.dumps(here.mirror)) < 500
    assert here.path.stat().st_size < 40_000


@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_joining_never_loses_a_failure(one, other):
    now = 1_700_000_000
    section = replace(a.fresh(now), number=5, users={"x": a.Count(one % 200, now)}, device=a.Count(other % 200, now))
    copy = a.mirror_of(replace(section, users={"x": a.Count(other % 200, now)}, device=a.Count(one % 200, now)))
    result = a.joined(section, copy, now)
    assert result.users["x"].failures == max(one % 200, other % 200) == result.device.failures
