"""Exit codes, sign-in and outputs of the commands (DESIGN 11)."""

import csv
import json
import subprocess
import sys
from argparse import Namespace
from contextlib import suppress
from pathlib import Path

import pytest

from medbill_desktop.cli import later, main
from medbill_desktop.cli.output import Output
from medbill_desktop.documents.csv_file import as_csv
from medbill_desktop.usecases import trouble
from medbill_desktop.usecases.installation import open_office
from tests.cli.commands import ROOT


@pytest.mark.parametrize("command", ["era", "ack", "claims"])
def test_what_comes_later_says_so(capsys, command):
    assert main.run([command, "check", "some.835"]) == 2
    assert "comes later" in capsys.readouterr().err


@pytest.mark.parametrize(
    "argv", [["backup", "--no-such"], ["audit"], ["verify", "x"], ["import", "cats", "x.csv"], ["report", "aging"]]
)
def test_a_wrong_command_line_ends_with_2(capsys, argv):
    assert main.run(argv) == 2
    assert "usage: medbill" in capsys.readouterr().err


def test_help_ends_with_0(capsys):
    assert main.run(["help"]) == 0
    assert "statements" in capsys.readouterr().out


def test_the_options_that_stand_everywhere_may_stand_on_either_side(demo):
    home, out, _ = demo
    before = home.medbill("--json", "--data", out / "practice", "audit", "verify")
    behind = home.medbill("audit", "verify", "--data", out / "practice", "--json")
    assert (before.code, behind.code) == (0, 0)
    assert before.json["verified"] is behind.json["verified"] is True


def test_an_anchor_from_paper_is_held_to_the_log(demo):
    home, out, _ = demo
    who = ["--data", out / "practice", "--json"]
    head = home.medbill("audit", "verify", *who).json
    good = home.medbill("audit", "verify", *who, "--anchor", f"{head['head_seq']}:{head['head']}")
    assert (good.code, good.json["verified"]) == (0, True)
    wrong = home.medbill("audit", "verify", *who, "--anchor", f"{head['head_seq']}:{'0' * 16}")
    assert (wrong.code, wrong.json["verified"]) == (1, False)
    assert "printed page" in wrong.json["faults"][0]["text"]
    assert home.medbill("audit", "verify", *who, "--anchor", "12").code == 2
    assert home.medbill("audit", "open-archive", out / "nothing.mba.age", *who).code == 4


def test_a_person_signs_in_by_name_and_a_password_from_standard_input(demo):
    home, out, document = demo
    who = ["--data", out / "practice", "--user", document["sign_in"]["user"], "--password-stdin", "--json"]
    good = home.medbill("audit", "verify", *who, stdin=document["sign_in"]["password"] + "\nmore\n")
    assert good.code == 0, good.err
    wrong = home.medbill("audit", "verify", *who, stdin="not the password\n")
    assert wrong.code == 3
    assert "Name, password or code is not right." in wrong.json["error"]["text"]
    assert "not the password" not in wrong.out + wrong.err


def test_a_recovery_code_is_no_argument(demo):
    home, out, document = demo
    who = ["--data", out / "practice", "--user", document["sign_in"]["user"], "--password-stdin", "--json"]
    refused = home.medbill("audit", "verify", *who, "--code", "7QK2-9MXP-4TRC-8WVH-2BNF-6DJY", stdin="x\n")
    assert refused.code == 2
    assert "not given as an argument" in refused.err
    typed = f"{document['sign_in']['password']}\n7QK2-9MXP-4TRC-8WVH-2BNF-6DJY\n"
    assert home.medbill("audit", "verify", *who, "--code", "-", stdin=typed).code == 0


def test_a_password_is_taken_from_a_pipe_only_where_that_was_said(demo):
    home, out, _ = demo
    ended = home.medbill("audit", "verify", "--data", out / "practice", "--user", "Alex Training", stdin="x\n")
    assert ended.code == 2
    assert "--password-stdin" in ended.err


def test_no_practice_is_a_refusal_and_makes_none(home, tmp_path):
    ended = home.medbill("audit", "verify", "--data", tmp_path / "nothing", "--json")
    assert (ended.code, ended.json["error"]["kind"]) == (3, "refused")
    assert not (tmp_path / "nothing").exists()


def test_with_the_practice_open_elsewhere_a_command_is_refused(demo, monkeypatch):
    home, out, document = demo
    for name, value in home.environment().items():
        monkeypatch.setenv(name, value)
    office = open_office(out / "practice", training=True)
    try:
        office.look()
        office.sign_in(document["sign_in"]["user"], document["sign_in"]["password"])
        ended = home.medbill("backup", "--data", out / "practice", "--json")
        assert ended.code == 3
        assert "open" in ended.json["error"]["text"].lower()
    finally:
        office.close()


def test_backup_writes_to_a_folder_and_says_where(demo, tmp_path):
    home, out, _ = demo
    ended = home.medbill("backup", "--to", tmp_path, "--data", out / "practice", "--json")
    assert ended.code == 0, ended.err
    assert (tmp_path / ended.json["name"]).stat().st_size == ended.json["bytes"]


def test_statements_just_mailed_are_not_made_again(demo, tmp_path):
    home, out, _ = demo
    ended = home.medbill("statements", "run", "--out", tmp_path / "s.pdf", "--data", out / "practice", "--json")
    assert ended.code == 0, ended.err
    assert ended.json["statements"] == 0
    assert ended.json["left_out"]["within cycle"] > 5
    assert not (tmp_path / "s.pdf").exists()


@pytest.mark.parametrize("name", ["aging", "trial-balance", "day-payments"])
def test_a_report_is_a_csv_whose_total_agrees(demo, tmp_path, name):
    home, out, document = demo
    ended = home.medbill("report", name, "--out", tmp_path / "r.csv", "--data", out / "practice", "--json")
    assert ended.code == 0, ended.err
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) - 1 == ended.json["rows"] > 0
    if name == "aging":
        assert round(float(rows[-1][-1]) * 100) == document["receivable_cents"]
    if name == "trial-balance":
        assert rows[-1] == ["Total", "0.00"]


def test_other_forms_of_a_report_come_later(demo, tmp_path):
    home, out, _ = demo
    ended = home.medbill("report", "aging", "--out", tmp_path / "r.xlsx", "--data", out / "practice")
    assert ended.code == 2
    assert ".csv" in ended.err


def test_no_cell_of_a_report_is_a_formula():
    text = as_csv([("=1+1", "-5.00", "@x", "＝1", "plain", "-cmd")]).decode("utf-8-sig")
    assert text == "'=1+1,-5.00,'@x,'＝1,plain,'-cmd\r\n"


def test_the_doctor_finds_nothing_wrong_and_names_what_is_installed(demo):
    home, out, _ = demo
    found = home.medbill("doctor", "--data", out / "practice", "--json").json
    assert found["versions"]["sqlcipher3"].startswith("0.")
    assert found["practice"]["kind"] == "training"
    assert found["figures"]["trial_balance_cents"] == 0
    assert found["figures"]["faults"] == []
    told = found["computer"]
    assert {told["disk"], told["swap"]} <= {"encrypted", "not encrypted", "none", "unknown"}
    assert told["disk_words"].endswith(".")
    assert told["crash_dumps"] == "Switched off"
    if sys.platform.startswith("linux"):
        assert told["locked_kib"] > 0


def test_the_doctor_looks_at_a_computer_without_a_practice(home):
    ended = home.medbill("doctor", "--json")
    assert ended.code == 0, ended.err
    assert ended.json["practice"]["state"] == "none"


def test_the_doctor_says_so_where_it_printed_nothing(home, tmp_path):
    ended = home.medbill("doctor", "--pdf", tmp_path / "state.pdf")
    assert ended.code == 1
    assert "Nothing was printed" in ended.out
    assert not (tmp_path / "state.pdf").exists()


def test_a_fault_of_the_program_shows_a_number_and_no_value(monkeypatch, capsys, tmp_path):
    def broken(args, out):
        raise ValueError("Marchbanks, Ottoline")

    monkeypatch.setattr(later, "run", broken)
    monkeypatch.setattr(main.trouble, "install", trouble.TroubleLog)
    monkeypatch.setattr(main, "log_folder", lambda: tmp_path)
    assert main.run(["era", "--json"]) == 70
    shown = capsys.readouterr()
    assert json.loads(shown.out)["error"]["kind"] == "fault"
    assert "Marchbanks" not in shown.out + shown.err + (tmp_path / "trouble.log").read_text()


def test_a_full_disk_names_the_file_and_ends_with_4(capsys):
    def full(args, out):
        raise OSError(28, "No space left on device", "statement.pdf")

    assert main.ended(full, Namespace(), Output(as_json=True)) == 4
    assert json.loads(capsys.readouterr().out)["error"]["text"] == "statement.pdf: No space left on device."


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="needs the process list of Linux")
def test_a_password_is_in_no_argument_or_environment(demo):
    """What another account could read of a command that is signing in, from its start to its end."""
    home, out, document = demo
    who = ["--data", str(out / "practice"), "--user", document["sign_in"]["user"], "--password-stdin"]
    child = subprocess.Popen(
        [sys.executable, "-m", "medbill_desktop", "audit", "verify", *who],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, env=home.environment(),
    )  # fmt: skip
    seen = []
    child.stdin.write(document["sign_in"]["password"].encode() + b"\n")
    child.stdin.flush()
    while child.poll() is None:
        with suppress(OSError):
            seen += [Path(f"/proc/{child.pid}/{name}").read_bytes() for name in ("cmdline", "environ")]
    child.communicate()
    assert child.returncode == 0
    assert any(b"--password-stdin" in each for each in seen)
    assert not any(document["sign_in"]["password"].encode() in each for each in seen)


ROWS = """last,first,birth_date,sex,street,city,state,zip,phone
Quillfeather,Ossian,1970-02-03,M,12 Fen Road,Rockport,ME,04856,2075550111
Marchbanks,Ottoline,1970-02-31,F,12 Fen Road,Rockport,ME,04856,2075550112
"""


def test_an_import_names_the_refused_row_and_imports_nothing_until_it_may_skip_it(demo, tmp_path):
    home, out, _ = demo
    (tmp_path / "p.csv").write_text(ROWS)
    given = ["import", "patients", tmp_path / "p.csv", "--data", out / "practice", "--json"]
    for more, imported in (["--dry-run"], 0), ([], 0), (["--skip-refused"], 1):
        ended = home.medbill(*given, *more)
        assert ended.code == 1, ended.err
        assert (ended.json["rows"], ended.json["refused"], ended.json["imported"]) == (2, 1, imported)
        (problem,) = ended.json["problems"]
        assert (problem["place"], problem["field"]) == ("line 3", "birth_date")
    again = home.medbill(*given, "--skip-refused")
    assert (again.json["known"], again.json["imported"]) == (1, 0)


def test_opening_balances_come_whole_or_not_at_all(demo, tmp_path):
    home, out, _ = demo
    (tmp_path / "p.csv").write_text("source_ref,last,first,birth_date\nB1,Weatherby,Isolde,1970-02-03\n")
    assert home.medbill("import", "patients", tmp_path / "p.csv", "--data", out / "practice").code == 0
    wrong, right = "patient_ref,amount,as_of\nB1,120.50,2020-01-31\nB2,1.00,2020-01-31\n", "B2,1.00,2020-01-31\n"
    (tmp_path / "b.csv").write_text(wrong)
    given = ["import", "balances", tmp_path / "b.csv", "--data", out / "practice", "--json"]
    ended = home.medbill(*given, "--skip-refused")
    assert (ended.code, ended.json["refused"], ended.json["imported"]) == (1, 1, 0)
    (tmp_path / "b.csv").write_text(wrong.replace(right, ""))
    ended = home.medbill(*given, "--dry-run")
    assert (ended.code, ended.json["ledger"]["balance_cents"]) == (0, 120_50)


def test_a_file_that_is_not_there_is_unreadable(demo, tmp_path):
    home, out, _ = demo
    assert home.medbill("import", "patients", tmp_path / "gone.csv", "--data", out / "practice").code == 4


def test_a_file_of_another_encoding_is_unreadable(demo, tmp_path):
    home, out, _ = demo
    (tmp_path / "p.csv").write_bytes(ROWS.encode("utf-16"))
    ended = home.medbill("import", "patients", tmp_path / "p.csv", "--data", out / "practice", "--json")
    assert ended.code == 4
    assert "UTF-16" in ended.json["error"]["text"]
