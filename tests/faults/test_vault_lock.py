"""Two processes at one practice: the second is refused, a dead one gives way, a stopped one does not (SECURITY D6)."""

import os
import signal
import subprocess
import sys
import time

import pytest

from medbill_desktop.domain.problems import ReadOnly, Refused
from medbill_desktop.storage.practice_lock import OpenElsewhere, PracticeLock

HOLDER = """
import sys, time
from pathlib import Path
from medbill_desktop.storage.practice_lock import PracticeLock
lock = PracticeLock(Path(sys.argv[1]))
lock.take()
print("held", flush=True)
sys.stdin.readline()
lock.give_back()
print("given back", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def holder(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path / "vault.lock")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stdout.readline() == "held\n"
    yield child
    child.kill()
    child.wait()
    child.stdin.close()
    child.stdout.close()


def taken_within(lock, seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            lock.take()
        except OpenElsewhere:
            time.sleep(0.02)
        else:
            return True
    return False


def test_a_living_holder_is_named(tmp_path, holder):
    lock = PracticeLock(tmp_path / "vault.lock")
    with pytest.raises(OpenElsewhere) as caught:
        lock.take()
    assert caught.value.pid == holder.pid
    assert caught.value.host in str(caught.value)
    assert not lock.held


def test_a_holder_that_lets_go_is_followed(tmp_path, holder):
    holder.stdin.write("\n")
    holder.stdin.flush()
    assert holder.stdout.readline() == "given back\n"
    lock = PracticeLock(tmp_path / "vault.lock")
    lock.take()
    assert lock.held
    lock.give_back()


def test_a_killed_holder_is_taken_over(tmp_path, holder):
    holder.send_signal(signal.SIGKILL)
    lock = PracticeLock(tmp_path / "vault.lock")
    assert taken_within(lock, 5)
    lock.give_back()


def test_a_stopped_holder_is_not_taken_over(tmp_path, holder):
    holder.send_signal(signal.SIGSTOP)
    lock = PracticeLock(tmp_path / "vault.lock")
    assert not taken_within(lock, 0.3)
    holder.send_signal(signal.SIGCONT)
    assert not taken_within(lock, 0.1)


def test_two_locks_of_one_process_exclude_each_other_too(tmp_path):
    first, second = PracticeLock(tmp_path / "vault.lock"), PracticeLock(tmp_path / "vault.lock")
    first.take()
    first.take()
    with pytest.raises(OpenElsewhere):
        second.take()
    first.give_back()
    second.take()
    second.give_back()


def test_a_lock_file_that_says_nonsense_still_locks(tmp_path):
    path = tmp_path / "vault.lock"
    path.write_bytes(b"\xff{not json" * 1000)
    first = PracticeLock(path)
    first.take()
    path.write_bytes(b"[]")
    with pytest.raises(OpenElsewhere):
        PracticeLock(path).take()
    first.give_back()


@pytest.mark.skipif(os.name != "posix", reason="links and folders are told apart by another error elsewhere")
def test_a_link_or_folder_in_place_of_the_lock_is_said_plainly(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "folder").mkdir()
    for each in ("link", "folder"):
        with pytest.raises(Refused, match="Remove it"):
            PracticeLock(tmp_path / each).take()
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_can_not_be_written_says_so(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ReadOnly, match="written"):
        PracticeLock(tmp_path / "vault.lock").take()
