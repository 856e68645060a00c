"""Nothing of a patient lies outside the vault after a day with faults, locks, paper and a kill (SECURITY P0, F18-F20).

A secret word stands in every text field; after the day every file, stream, title and setting is searched for it, as is
and in disguise. What the user saved or printed is the only place where it may stand.
"""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.commands import ROOT, Home
from tests.office.canary_day import NAME, PASSWORD, PHONE, PRACTICE, SSN, STEM, USER
from tests.office.leak_scan import Scanner, packed_ways

PATIENT_WORDS = (STEM, SSN, PHONE, NAME)
NEWS = re.compile(r"MedBill met a fault of its own \(number \d+\); the log says where\.")
STEPS = ["walk", "lock", "hand_out", "break_everything", "killed next"]


class Evidence:
    """What a day left in its folder and said while it ran."""

    def __init__(self, base):
        self.folder, self.home = base / "day", Home(base / "day/home")
        for each in ("home", "temp", "here"):
            (self.folder / each).mkdir(parents=True)
        witness = base / "witness.json"
        kept = self.home.environment() | {
            "PYTHONPATH": str(ROOT), "TMPDIR": str(self.folder / "temp"), "XDG_RUNTIME_DIR": str(self.folder / "temp"),
        }  # fmt: skip
        self.ended = subprocess.run(
            [sys.executable, "-m", "tests.office.canary_day", str(self.folder), str(witness)],
            cwd=self.folder / "here", env=kept, capture_output=True, text=True, check=False, timeout=110,
        )  # fmt: skip
        assert self.ended.returncode == -signal.SIGKILL, self.ended.stderr[-2000:]
        self.seen = json.loads(witness.read_text(encoding="utf-8"))

    @property
    def exports(self):
        """What the user printed and saved."""
        return [self.folder / "exports", self.folder / "printed.pdf"]

    def words(self):
        return [*PATIENT_WORDS, USER, PASSWORD, *self.seen["secrets"]]


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    return Evidence(tmp_path_factory.mktemp("canary"))


def test_the_day_was_worked_to_its_end(day):
    assert day.ended.stdout.split("\n")[:-1] == STEPS
    assert day.seen["words"] > 100
    assert STEM.casefold() in day.seen["open tree"].casefold(), "the walk of the open window must see what is there"


def test_every_field_of_every_page_and_form_was_typed_into(day):
    """A field that no day reaches is a place where a leak would not be found."""
    assert len(day.seen["fields"]) > 150
    assert day.seen["missed"] == []


def test_no_file_holds_a_word(day):
    scanner = Scanner(day.words())
    scanner.tree(day.folder, skip=day.exports)
    assert scanner.hits == []
    assert scanner.bytes > 500_000


def test_the_name_of_the_practice_stands_only_where_the_sign_in_shows_it(day):
    scanner = Scanner([PRACTICE])
    scanner.tree(day.folder, skip=day.exports)
    assert {Path(hit.place).name for hit in scanner.hits} == {"window.ini"}


def test_the_streams_hold_no_word(day):
    scanner = Scanner([*day.words(), PRACTICE])
    scanner.text("stdout", day.ended.stdout)
    scanner.text("stderr", day.ended.stderr)
    assert scanner.hits == []
    said = [each for each in day.ended.stderr.splitlines() if each.strip()]
    assert [each for each in said if not NEWS.fullmatch(each)] == []
    assert said, "faults were forced, so a person was told numbers"


def test_the_trouble_log_names_kinds_and_places_of_what_was_forced(day):
    (log,) = day.folder.rglob("trouble.log")
    lines = [json.loads(each) for each in log.read_text(encoding="ascii").splitlines()]
    assert {"ValueError", "OperationalError"} <= {each.get("kind") for each in lines}
    assert len(lines) > 100, "every use case failed once"
    assert {"sqlalchemy.engine", "warnings"} <= {each.get("source") for each in lines}
    assert log.stat().st_mode & 0o777 == 0o600


def test_the_file_dialog_and_the_desktop_remember_no_file(day):
    """SECURITY P13: a name was typed into Qt's dialog and a file was saved."""
    kept = (day.folder / "home/config/QtProject.conf").read_text()
    assert "[FileDialog]" in kept, "the dialog was used"
    assert not re.search(r"^(history|lastVisited)=", kept, re.MULTILINE)
    assert list(day.folder.rglob("recently-used*")) == []


def test_the_backup_of_the_day_was_among_what_was_searched(day):
    assert [each for each in (day.folder / "target").iterdir() if each.stat().st_size > 10_000]


def test_titles_and_the_process_list_hold_no_word(day):
    scanner = Scanner([*day.words(), PRACTICE])
    scanner.text("titles", "\n".join(day.seen["titles"]))
    scanner.text("argv", day.seen["argv"])
    assert scanner.hits == []
    assert "Patient - MedBill" in day.seen["titles"]


def test_while_locked_nothing_of_a_patient_can_be_read(day):
    scanner = Scanner([*PATIENT_WORDS, PASSWORD, *day.seen["secrets"]])
    scanner.text("tree", day.seen["locked tree"])
    scanner.text("titles", "\n".join(day.seen["locked titles"]))
    assert scanner.hits == []
    assert day.seen["locked titles"] == ["MedBill - Locked"]
    assert day.seen["clipboard"] == ""


def test_what_the_user_saved_holds_the_words_and_is_found(day):
    """The positive control on real papers: text in a PDF of our own is found."""
    scanner = Scanner([STEM])
    scanner.tree(day.folder / "exports")
    assert any("stream" in hit.place for hit in scanner.hits)
    saved = day.folder / f"exports/{STEM} saved.pdf"
    assert saved.stat().st_mode & 0o777 == 0o600
    assert (day.folder / "printed.pdf").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("word", [STEM, SSN, NAME])
def test_a_planted_word_is_found_in_every_disguise(word, tmp_path):
    for number, (way, data) in enumerate(packed_ways(word)):
        place = tmp_path / f"{number}.log"
        place.write_bytes(os.urandom(300) * 3 + data if data[:2] == b"\1\2" else data)
        scanner = Scanner([word])
        scanner.tree(tmp_path)
        assert scanner.hits, way
        place.unlink()


def test_a_word_in_a_name_of_a_file_or_the_target_of_a_link_is_found(tmp_path):
    (tmp_path / f"{STEM}.txt").touch()
    (tmp_path / "link").symlink_to(f"/nowhere/{STEM}")
    scanner = Scanner([STEM])
    scanner.tree(tmp_path)
    assert len({hit.place for hit in scanner.hits}) == 2
