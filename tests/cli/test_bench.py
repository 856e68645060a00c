"""The bench: the shape that scripts read, floors that run, and no aim left unstated. Its figures are no test."""

import json
import subprocess
import sys
from datetime import date

import pytest

from medbill_desktop.cli import bench_files, bench_rows, main
from medbill_desktop.cli.bench_rows import ROWS
from medbill_desktop.domain.code_sets import CodeSet
from medbill_desktop.usecases import trouble
from medbill_desktop.usecases.importing_codes import ImportCodes, import_codes
from medbill_desktop.usecases.imports import ImportRows, import_rows

DAY = date(2026, 10, 1)
KEYS = {"name", "seconds", "floor", "floor_seconds", "ratio", "aim"}


def a_price_list(path, count):
    return bench_files.fee_schedule(path, count, DAY)


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
    row, memory = document["rows"]
    assert set(row) == set(memory) == KEYS
    assert memory["name"].endswith("MB")
    assert row["ratio"] == pytest.approx(row["seconds"] / row["floor_seconds"], rel=0.01)
    assert row["aim"] == 1.5


def test_the_raw_charge_writes_what_the_schema_asks_today(tmp_path):
    script = bench_rows._FLOORS / "raw_charge.py"
    done = subprocess.run([sys.executable, script, tmp_path, "3"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) == 3
    assert not (tmp_path / "raw.db").read_bytes().startswith(b"SQLite format 3")


@pytest.mark.parametrize(("write", "kind"), [(bench_files.code_pairs, "pairs"), (a_price_list, "fees")])
def test_a_file_of_the_bench_is_read_by_its_floor_and_by_the_program(desk, tmp_path, write, kind):
    path = tmp_path / f"{kind}.txt"
    assert write(path, 1_300) == 1_300
    done = subprocess.run(
        [sys.executable, bench_rows._FLOORS / "raw_rows.py", tmp_path, path, kind],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) > 0
    if kind == "pairs":
        assert desk.run(import_codes, ImportCodes(desk.new_id(), CodeSet.NCCI, str(path), DAY)).rows == 1_300
    else:
        assert desk.run(import_rows, ImportRows(desk.new_id(), "fees", str(path))).imported == 1_300


@pytest.mark.parametrize("how", ["ours", "bare"])
def test_the_memory_of_statements_is_told_in_megabytes(how):
    done = subprocess.run(
        [sys.executable, bench_rows._FLOORS / "statement_memory.py", how, "20"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert 0 <= float(done.stdout) < 200


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
    assert len({row["name"] for row in done.json["rows"]}) == len(done.json["rows"]) >= len(ROWS)
    assert {frozenset(row) for row in done.json["rows"]} == {frozenset(KEYS)}
    assert all(row["aim"] for row in done.json["rows"])
    assert done.json["build_seconds"] > 0


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_neither_a_page_nor_a_key_holds_the_window_longer_where_there_are_more_patients(home, tmp_path):
    """Twenty times as many patients: what looks at each of them in the window's thread takes twenty times as long."""
    done = home.medbill(
        "bench", "--only", "pages", "--scale", "office", "--out", tmp_path / "b.json", "--json", timeout=1700
    )
    assert done.code in (0, 1), done.err
    assert len(done.json["rows"]) == 2
    for row in done.json["rows"]:
        assert row["ratio"] <= row["aim"], row["name"]
