"""An upgrade that is killed, out of room, or done by a power cut: the old database or the new one, whole (F31, D12)."""

import errno
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from medbill_desktop.domain.problems import DiskFull
from medbill_desktop.storage import migrate as m
from medbill_desktop.storage.engine import bare_connection, translated
from tests.upgrades.test_released import COUNTS, HERE, RELEASE_1_KEY, counts

ROOT = Path(__file__).resolve().parents[2]
KEY = lambda: RELEASE_1_KEY  # noqa: E731


def old_database(folder):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "vault.1.db"
    shutil.copyfile(HERE / "release_1" / "vault.1.db", path)
    return path


def schema(raw):
    return sorted(tuple(row) for row in raw.execute("SELECT type, name, sql FROM sqlite_master"))


def assert_whole(path, wanted_schema):
    """Go on where the kill was, as the next sign-in does, and look at everything."""
    m.migrate(path, KEY)
    with bare_connection(path, KEY) as raw:
        assert raw.execute("PRAGMA user_version").fetchone()[0] == m.steps()[-1].number
        assert schema(raw) == wanted_schema
        assert counts(raw) == COUNTS
        assert raw.execute("SELECT sum(cents) FROM journal_line").fetchone()[0] == 0
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.fixture(scope="module")
def wanted(tmp_path_factory):
    path = old_database(tmp_path_factory.mktemp("wanted"))
    m.migrate(path, KEY)
    with bare_connection(path, KEY) as raw:
        return schema(raw)


@pytest.mark.parametrize("finished", [10, pytest.param(None, marks=[pytest.mark.long, pytest.mark.timeout(900)])])
def test_cut_off_at_each_statement_of_the_whole_upgrade_it_is_finished_at_the_next_start(
    tmp_path, wanted, monkeypatch, finished
):
    """What lies on the disk before each statement is what a kill there leaves.

    Each is opened and counted; so many of them, or all, are brought up to date as well.
    """
    path, taken = old_database(tmp_path / "live"), []
    real = m.statements

    def photographed(script):
        for statement in (*real(script), None):
            place = tmp_path / f"cut-{len(taken)}"
            place.mkdir()
            for each in path.parent.iterdir():
                if not each.name.endswith("-shm"):
                    shutil.copyfile(each, place / each.name)
            taken.append(place)
            if statement is not None:
                yield statement

    monkeypatch.setattr(m, "statements", photographed)
    m.migrate(path, KEY)
    monkeypatch.undo()
    assert len(taken) > len(m.steps())
    versions, every = [], len(taken) // finished if finished else 1
    for number, place in enumerate(taken):
        with bare_connection(place / "vault.1.db", KEY) as raw:
            versions.append(raw.execute("PRAGMA user_version").fetchone()[0])
            assert counts(raw) == COUNTS
        if number % every == 0:
            assert_whole(place / "vault.1.db", wanted)
        shutil.rmtree(place)
    assert versions == sorted(versions)
    assert set(versions) == {step.number for step in m.steps()[:-1]}, "each step is there whole or not at all"


CHILD = """
import os, sys
from pathlib import Path
from medbill_desktop.storage import migrate as m
left = int(sys.argv[2])
real = m.statements
def dying(script):
    global left
    for statement in (*real(script), None):
        if left == 0:
            os.kill(os.getpid(), 9)
        left -= 1
        if statement is not None:
            yield statement
m.statements = dying
m.migrate(Path(sys.argv[1]), lambda: sys.argv[3])
"""


@pytest.mark.parametrize("part", [0.0, 0.3, 0.6, 0.9])
def test_really_killed_on_the_way_it_is_finished_at_the_next_start(tmp_path, wanted, part):
    path = old_database(tmp_path)
    every = sum(len(list(m.statements(step.script))) + 1 for step in m.steps()[1:])
    ran = subprocess.run(
        [sys.executable, "-c", CHILD, str(path), str(int(part * every)), RELEASE_1_KEY], cwd=ROOT, check=False,
        capture_output=True, text=True,
    )  # fmt: skip
    assert ran.returncode == -9, ran.stderr
    assert_whole(path, wanted)
    assert path.with_name("vault.1.db.before-1") in m.copies(path)


@pytest.mark.parametrize("name", ["shutil.copyfile", "os.fsync", "pathlib.Path.replace"])
def test_killed_while_the_old_database_is_kept_nothing_has_changed(tmp_path, wanted, monkeypatch, name):
    class Killed(BaseException):
        pass

    def dies(*_, **__):
        raise Killed

    path = old_database(tmp_path)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(name, dies)
        m.migrate(path, KEY)
    with bare_connection(path, KEY) as raw:
        assert raw.execute("PRAGMA user_version").fetchone()[0] == 1
    assert not path.with_name("vault.1.db.before-1").exists()
    assert_whole(path, wanted)


def test_without_room_for_the_copy_it_is_said_and_nothing_has_changed(tmp_path, wanted, monkeypatch):
    path = old_database(tmp_path)

    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch, pytest.raises(DiskFull, match="room"):
        patch.setattr(shutil, "copyfile", full)
        m.migrate(path, KEY)
    assert [each.name for each in tmp_path.iterdir()] == ["vault.1.db"]
    assert_whole(path, wanted)


def test_out_of_room_in_a_step_the_steps_before_stand(tmp_path, wanted):
    path = old_database(tmp_path)
    with bare_connection(path, KEY) as raw:
        pages = raw.execute("PRAGMA page_count").fetchone()[0]
    real = m.bare_connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(m, "bare_connection", lambda *args: _Narrow(real(*args), pages + 12))
        with pytest.raises(Exception, match="full") as caught:
            m.migrate(path, KEY)
    assert isinstance(translated(caught.value), DiskFull)
    with bare_connection(path, KEY) as raw:
        assert 1 < raw.execute("PRAGMA user_version").fetchone()[0] < m.steps()[-1].number
        assert counts(raw) == COUNTS
    assert_whole(path, wanted)


class _Narrow:
    """A connection on a disk of so many pages."""

    def __init__(self, opened, pages):
        self._opened, self._pages = opened, pages

    def __enter__(self):
        raw = self._opened.__enter__()
        raw.execute(f"PRAGMA max_page_count={self._pages}")
        return raw

    def __exit__(self, *about):
        return self._opened.__exit__(*about)
