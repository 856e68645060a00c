"""The bench: the shape that scripts read, floors that run, and no aim left unstated. Its figures are no test."""

import json
import subprocess
import sys

import pytest

from medbill_desktop.cli import bench_rows, main
from medbill_desktop.cli.bench_rows import ROWS
from medbill_desktop.usecases import trouble

KEYS = {"name", "seconds", "floor", "floor_seconds", "ratio", "aim"}


@pytest.fixture
def few(monkeypatch, tmp_path):
    """Measure so little that it takes no time."""
    monkeypatch.setattr(bench_rows, "_PRINTED", {"small": 12})
    monkeypatch.setattr(bench_rows, "ROUNDS", 1)
    monkeypatch.setattr(main.trouble, "install", trouble.TroubleLog)
    monkeypatch.setattr(main, "log_folder", lambda: tmp_path)


def test_a_row_has_the_promised_keys_and_stands_in_the_file(few, tmp_path, capsys):
    code = main.run(["bench", "--only", "statements", "--scale", "small", "--out", str(tmp_path / "b.json"), "--json"])
    assert code in (0, 1)
    document = json.loads((tmp_path / "b.json").read_text())
    assert json.loads(capsys.readouterr().out) == document
    (row,) = document["rows"]
    assert set(row) == KEYS
    assert row["ratio"] == pytest.approx(row["seconds"] / row["floor_seconds"], rel=0.01)
    assert row["aim"] == 1.5


def test_the_raw_charge_writes_what_the_schema_asks_today(tmp_path):
    script = bench_rows._FLOORS / "raw_charge.py"
    done = subprocess.run([sys.executable, script, tmp_path, "3"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) == 3
    assert not (tmp_path / "raw.db").read_bytes().startswith(b"SQLite format 3")


def test_floors_are_imported_by_nothing():
    for path in bench_rows._FLOORS.parent.parent.rglob("*.py"):
        if path.parent != bench_rows._FLOORS:
            assert "bench_floors." not in path.read_text(encoding="utf-8"), path


def test_an_unknown_row_is_a_usage_error(capsys):
    assert main.run(["bench", "--only", "nothing"]) == 2
    assert "statements" in capsys.readouterr().err


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_every_row_is_measured(home, tmp_path):
    done = home.medbill("bench", "--scale", "small", "--out", tmp_path / "b.json", "--json", timeout=1500)
    assert done.code in (0, 1), done.err
    assert len(done.json["rows"]) == len(ROWS) + 1  # the audit log has two: what a row costs, and the walk
    assert {frozenset(row) for row in done.json["rows"]} == {frozenset(KEYS)}
    assert all(row["aim"] for row in done.json["rows"])
    assert done.json["build_seconds"] > 0
