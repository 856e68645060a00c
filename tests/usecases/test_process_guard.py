"""No dump of the program is ever made (SECURITY P8, F21)."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from medbill_desktop.usecases import process_guard
from tests.cli.commands import ROOT, Home

ASK = """
import ctypes, os, resource, sys
from medbill_desktop.usecases.process_guard import guard_process, is_guarded
if sys.argv[2:] == ["nobody"]:
    os.setgid(65534)
    os.setuid(65534)
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # a change of account alone makes undumpable
before = is_guarded()
if sys.argv[1] == "guarded":
    guard_process()
print(before, is_guarded(), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0), *resource.getrlimit(resource.RLIMIT_CORE))
sys.stdout.flush()
sys.stdin.read()
"""
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs prctl, so Linux")


READ = """
import os, sys
os.setgid(65534)
os.setuid(65534)
open(f"/proc/{sys.argv[1]}/mem", "rb").close()
"""


def asked(*way):
    return subprocess.Popen(
        [sys.executable, "-c", ASK, *way], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def ended(child):
    child.stdin.close()
    child.stdout.close()
    return child.wait(20)


@linux
def test_a_guarded_process_is_not_dumpable_and_has_no_core():
    child = asked("guarded")
    assert child.stdout.readline().split() == ["False", "True", "0", "0", "0"]
    assert ended(child) == 0


@linux
def test_without_the_guard_the_system_would_dump():
    child = asked("open")
    assert child.stdout.readline().split()[:3] == ["False", "False", "1"]
    assert ended(child) == 0


@linux
@pytest.mark.skipif(sys.platform != "win32" and os.getuid() != 0, reason="needs root, to be another account twice")
@pytest.mark.parametrize(("way", "readable"), [("open", True), ("guarded", False)])
def test_the_same_account_cannot_read_the_memory_of_a_guarded_process(way, readable):
    child = asked(way, "nobody")
    assert child.stdout.readline()
    reader = subprocess.run([sys.executable, "-c", READ, str(child.pid)], capture_output=True, text=True, check=False)
    ended(child)
    assert (reader.returncode == 0) is readable, reader.stderr
    assert readable or "PermissionError" in reader.stderr


@linux
@pytest.mark.parametrize("way", ["window", "command"])
def test_window_and_commands_start_guarded(way, tmp_path):
    told = """
import sys
from medbill_desktop.usecases import trouble
from medbill_desktop.usecases.process_guard import is_guarded
def stop(folder):
    print(is_guarded())
    sys.stdout.flush()
    raise SystemExit(0)
trouble.install = stop
from medbill_desktop.__main__ import main
main(sys.argv[1:])
"""
    arguments = ["doctor"] if way == "command" else []
    done = subprocess.run(
        [sys.executable, "-c", told, *arguments], cwd=ROOT, env=Home(tmp_path).environment(), capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.stdout == "True\n", done.stderr


def test_windows_keeps_no_heap_with_its_report(monkeypatch):
    kernel = SimpleNamespace(mode=0, flags=0)
    kernel.GetErrorMode = lambda: kernel.mode
    kernel.SetErrorMode = lambda mode: setattr(kernel, "mode", mode)
    kernel.WerSetFlags = lambda flags: setattr(kernel, "flags", flags)
    monkeypatch.setattr(process_guard, "_kernel32", lambda: kernel)
    monkeypatch.setattr(process_guard, "sys", SimpleNamespace(platform="win32"))
    assert not process_guard.is_guarded()
    process_guard.guard_process()
    assert process_guard.is_guarded()
    assert kernel.flags & process_guard.WER_FAULT_REPORTING_FLAG_NOHEAP
