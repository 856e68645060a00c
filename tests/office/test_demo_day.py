"""The office day at the real window: driven by keys, photographed, and the same figures as without one."""

import configparser
import struct

import pytest

from tests.cli.commands import Home


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    base = tmp_path_factory.mktemp("day")
    home = Home(base / "home")
    done = home.medbill("demo", "--seed", 7, "--patients", 20, "--out", base / "out", "--json")
    assert done.code == 0, done.err
    return home, base / "out", done


def size_of(picture):
    return struct.unpack(">II", picture.read_bytes()[16:24])


def test_every_step_at_the_window_leaves_a_picture(day):
    _, out, done = day
    pictures = sorted((out / "screenshots").glob("*.png"))
    assert [str(each) for each in pictures] == done.json["outputs"]["screenshots"]
    names = [each.stem[3:] for each in pictures]
    assert names[0] == "sign-in"
    assert {"patients", "patient", "batch-posted", "payment-taken", "statements-made"} <= set(names)
    assert names[-2:] == ["locked", "unlocked"]
    assert {size_of(each) for each in pictures} == {(1366, 768)}


def test_no_fault_of_the_program_was_met_on_the_way(day):
    _, _, done = day
    assert "fault of its own" not in done.err
    assert "Traceback" not in done.err


def test_the_pages_change_nothing_in_what_the_day_proves(day):
    document = day[2].json
    assert document["trial_balance_cents"] == 0
    assert document["audit"]["verified"] is True
    assert document["backup"]["verified"] is True


def test_the_practice_can_be_opened_again_afterwards(day):
    home, out, _ = day
    assert home.medbill("audit", "verify", "--data", out / "practice").code == 0


def test_the_day_leaves_no_settings_but_the_window_and_the_practice(day):
    """SECURITY P12: no list of files, no search, no printer's or toolkit's memory of the day."""
    home, _, _ = day
    devices = home.path / "config" / "medbill-desktop" / "devices"
    left = {each for each in home.path.rglob("*") if each.is_file() and each.parent != devices}
    window = home.path / "config" / "medbill-desktop" / "window.ini"
    assert left == {window}
    kept = configparser.ConfigParser(interpolation=None)
    kept.read_string(window.read_text(encoding="utf-8"))
    assert {name: set(kept[name]) for name in kept.sections()} == {
        "General": {"geometry"},
        "practices": {each.stem for each in devices.glob("*.device")},
    }
