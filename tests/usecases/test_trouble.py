import json
import logging
import subprocess
import sys
import threading

from medbill_desktop.usecases.trouble import TroubleLog, install


def lines(folder):
    return [json.loads(line) for line in (folder / "trouble.log").read_text().splitlines()]


def test_a_fault_is_written_with_its_place_and_without_its_words(tmp_path):
    log = TroubleLog(tmp_path)
    try:
        raise ValueError("Marquetta Quill, member id XQ7-99812")
    except ValueError as error:
        number = log.fault(error)
    (line,) = lines(tmp_path)
    assert line["kind"] == "ValueError"
    assert line["number"] == number
    assert line["places"][-1].endswith("test_a_fault_is_written_with_its_place_and_without_its_words")
    assert "Quill" not in (tmp_path / "trouble.log").read_text()
    assert (tmp_path / "trouble.log").stat().st_mode & 0o777 == 0o600


def test_numbers_grow_and_files_turn_over(tmp_path, monkeypatch):
    monkeypatch.setattr("medbill_desktop.usecases.trouble.MOST_BYTES", 400)
    log = TroubleLog(tmp_path)
    numbers = [log.note("someone", "WARNING") for _ in range(40)]
    assert numbers == sorted(set(numbers))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["trouble.log", *(f"trouble.log.{n}" for n in (1, 2, 3))]


def test_a_full_disk_makes_no_second_fault(tmp_path):
    (tmp_path / "trouble.log").mkdir()
    assert TroubleLog(tmp_path).note("someone", "WARNING") > 0


def test_a_whole_process_says_a_number_only(tmp_path):
    code = (
        "import logging, threading, sys; from pathlib import Path\n"
        "from medbill_desktop.usecases.trouble import install\n"
        f"install(Path({str(tmp_path)!r}))\n"
        "t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()\n"
        "logging.getLogger('keyring').error('the password is %s', 'hunter-canary')\n"
        "raise RuntimeError('canary-4471')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    written = (tmp_path / "trouble.log").read_text()
    assert done.returncode == 1
    for text in (done.stdout, done.stderr, written):
        assert "canary" not in text
    assert [each["kind"] for each in lines(tmp_path)] == ["ZeroDivisionError", "message", "RuntimeError"]


def test_install_puts_every_hook(tmp_path, monkeypatch):
    for name in ("excepthook", "unraisablehook"):
        monkeypatch.setattr(sys, name, getattr(sys, name))
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", root.handlers)
    monkeypatch.setattr(root, "level", root.level)
    log = install(tmp_path)
    assert sys.excepthook.__module__ == threading.excepthook.__module__ == log.__module__


def test_a_warning_is_noted_by_its_kind_and_its_words_reach_no_stream(tmp_path):
    script = f"""
import warnings
from pathlib import Path
from medbill_desktop.usecases.trouble import install
install(Path({str(tmp_path)!r}))
warnings.warn("Marquetta Quill")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""
    (line,) = lines(tmp_path)
    assert (line["source"], line["level"]) == ("warnings", "UserWarning")
