"""What a backup and a restore leave behind when they are killed, lied to, or out of room (SECURITY F3, F6, B5, B8)."""

import os
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select

from medbill_desktop.domain.backup_schedule import Light
from medbill_desktop.domain.problems import DiskFull, Refused
from medbill_desktop.gateways import folder_target
from medbill_desktop.gateways.folder_target import FolderTarget
from medbill_desktop.gateways.targets import TargetError, TargetFull, TargetTransient
from medbill_desktop.security import key_file
from medbill_desktop.storage import tables as t
from medbill_desktop.storage.engine import open_vault
from medbill_desktop.usecases import backup
from medbill_desktop.usecases.backup import MakeBackup, ShowBackups, backup_status, make_backup
from medbill_desktop.usecases.restore import restore, settle, verify_bundle
from medbill_desktop.usecases.watch import Cancelled
from tests.backed_up import make_practice


class Killed(BaseException):
    """The process ended here: nothing may catch it and go on."""


@pytest.fixture
def practice(tmp_path):
    made = make_practice(tmp_path / "practice")
    yield made
    made.vault.close()


@pytest.fixture
def drive(tmp_path):
    made = tmp_path / "drive"
    made.mkdir()
    return made


class Spied:
    """A folder target with a fault of its own."""

    def __init__(self, target, spoil=None, fail_get=0, full_after=None):
        self._target, self._spoil, self._fail_get, self._full_after = target, spoil, fail_get, full_after

    def __getattr__(self, name):
        return getattr(self._target, name)

    def put(self, name, fill):
        if self._full_after is None:
            return self._target.put(name, fill)
        return self._target.put(name, lambda sink: fill(FullAfter(sink, self._full_after)))

    @contextmanager
    def get(self, name):
        if self._fail_get:
            self._fail_get -= 1
            raise TargetTransient("The backup drive did not answer.")
        with self._target.get(name) as source:
            yield source if self._spoil is None else Spoiled(source, self._spoil)


class FullAfter:
    def __init__(self, sink, left):
        self._sink, self._left = sink, left

    def write(self, data):
        if len(data) > self._left:
            raise TargetFull("The backup drive is full.")
        self._left -= len(data)
        return self._sink.write(data)


class Spoiled:
    def __init__(self, source, spoil):
        self._data, self._at = spoil(b"".join(iter(lambda: source.read(1 << 16), b""))), 0

    def read(self, size):
        block = self._data[self._at : self._at + size]
        self._at += size
        return block


LIES = {
    "last byte flipped": lambda data: data[:-1] + bytes([data[-1] ^ 1]),
    "first byte flipped": lambda data: bytes([data[0] ^ 1]) + data[1:],
    "a bit in the middle": lambda data: (
        data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 8]) + data[len(data) // 2 + 1 :]
    ),
    "one byte less": lambda data: data[:-1],
    "the last 8 KiB missing": lambda data: data[:-8192],
    "nothing": lambda data: b"",
    "junk": lambda data: os.urandom(len(data)),
    "one byte more": lambda data: data + b"\0",
}


@pytest.fixture
def through(monkeypatch):
    """Send backups through a faulty target."""

    def wrap(**fault):
        real = backup.open_target

        def opened(to, chosen, folder):
            where, target = real(to, chosen, folder)
            return where, Spied(target, **fault)

        monkeypatch.setattr(backup, "open_target", opened)

    return wrap


def back_up(practice, drive, watch=None):
    desk = practice.desk()
    return desk.run(make_backup, MakeBackup(desk.new_id(), to=str(drive)), watch)


def assert_nothing_left(practice, drive):
    assert list(drive.iterdir()) == []
    staging = practice.folder / "backups" / ".staging"
    assert not staging.exists() or list(staging.iterdir()) == []
    with practice.vault.reader.begin() as conn:
        assert conn.execute(select(func.count()).select_from(t.backup)).scalar_one() == 0
        assert conn.execute(select(func.count()).select_from(t.backup_identity)).scalar_one() == 0


@pytest.mark.parametrize("lie", LIES)
def test_a_target_that_lies_gets_no_receipt(practice, drive, through, lie):
    through(spoil=LIES[lie])
    with pytest.raises(TargetError, match="did not give back"):
        back_up(practice, drive)
    assert_nothing_left(practice, drive)
    shown = practice.desk().ask(backup_status, ShowBackups())
    assert (shown.last_failed, shown.chip.light) == (True, Light.RED)


def test_a_target_that_fails_once_is_asked_again(practice, drive, through):
    through(fail_get=1)
    made = back_up(practice, drive)
    assert verify_bundle(drive / made.name, practice.kit).sha256 == made.sha256


def test_a_target_that_fails_twice_is_not_believed(practice, drive, through):
    through(fail_get=2)
    with pytest.raises(TargetTransient):
        back_up(practice, drive)
    assert_nothing_left(practice, drive)


@pytest.mark.parametrize("after", [0, 1, 4096, 65536, 300_000, -1])
def test_a_target_that_is_full_keeps_nothing(practice, drive, through, after):
    if after < 0:
        probe = drive.parent / "probe"
        probe.mkdir()
        after = back_up(make_practice(drive.parent / "twin"), probe).bytes - 4096
    through(full_after=after)
    with pytest.raises(TargetFull):
        back_up(practice, drive)
    assert_nothing_left(practice, drive)


def test_dev_full_is_never_success(practice, drive, monkeypatch):
    real = os.open

    def opened(path, flags, mode=0o777, **how):
        return real("/dev/full", os.O_WRONLY) if str(path).endswith(".part") else real(path, flags, mode, **how)

    monkeypatch.setattr(os, "open", opened)
    with pytest.raises(TargetFull):
        back_up(practice, drive)
    monkeypatch.undo()
    assert_nothing_left(practice, drive)


def test_cancel_takes_effect_in_every_pass_and_leaves_nothing(practice, drive):
    texts = []

    class Counting:
        def step(self, done, total, text):
            texts.append(text)

    twin = make_practice(drive.parent / "twin")
    (drive.parent / "probe").mkdir()
    back_up(twin, drive.parent / "probe", Counting())
    twin.vault.close()
    for number in range(len(texts)):

        class Cancelling:
            left = number

            def step(self, done, total, text):
                if self.left == 0:
                    raise Cancelled
                self.left -= 1

        with pytest.raises(Cancelled):
            back_up(practice, drive, Cancelling())
        assert_nothing_left(practice, drive)
    assert not practice.desk().ask(backup_status, ShowBackups()).last_failed, "a person cancelled; nothing failed"


def killer(monkeypatch, at):
    """End the process at the n-th call that changes a disk; return the names of the calls so far."""
    calls = []

    def wrapped(name, real):
        def call(*args, **kwargs):
            calls.append(name)
            if len(calls) == at:
                raise Killed(name)
            return real(*args, **kwargs)

        return call

    for owner, name in [(os, "fsync"), (os, "rename"), (os, "replace"), (Path, "rename"), (Path, "rmdir")]:
        monkeypatch.setattr(owner, name, wrapped(name, getattr(owner, name)))
    return calls


def calls_of(run):
    with pytest.MonkeyPatch.context() as patch:
        calls = killer(patch, 0)
        run()
    return calls


def test_killed_at_any_step_a_backup_leaves_no_finished_file_that_is_not_whole(practice, drive):
    steps = len(calls_of(lambda: back_up(practice, drive)))
    assert steps >= 6
    finished = set(drive.iterdir())
    for step in range(1, steps + 1):
        practice.clock.move(seconds=1)
        with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
            # A kill leaves what is there: the clean-up of the target does not run either.
            patch.setattr(folder_target, "_remove", lambda path: None)
            killer(patch, step)
            back_up(practice, drive)
        for path in set(drive.iterdir()) - finished:
            if path.name.endswith(".mbb.age"):
                assert verify_bundle(path, practice.kit).vault == practice.keys.vault_id
    made = back_up(practice, drive)
    assert verify_bundle(drive / made.name, practice.kit).sha256 == made.sha256


def opens(folder, practice):
    """Tell which state the folder opens as: a whole pair, or an error."""
    unlocked = key_file.unlock_with_kit((folder / "vault.keys").read_bytes(), practice.kit)
    vault = open_vault(folder / "vault.1.db", unlocked.dek.hex)
    try:
        with vault.reader.begin() as conn:
            restored = conn.execute(select(t.audit.c.seq).where(t.audit.c.action == "restore")).first()
            return "new" if restored else "old"
    finally:
        vault.close()


def test_killed_at_any_step_a_restore_leaves_the_old_pair_or_the_new_one(practice, drive, tmp_path):
    bundle = drive / back_up(practice, drive).name
    practice.vault.close()
    template = {p.name: p.read_bytes() for p in practice.folder.glob("vault.*")}

    def fresh(name):
        folder = tmp_path / name
        folder.mkdir(mode=0o700)
        for each, data in template.items():
            (folder / each).write_bytes(data)
        return folder

    steps = calls_of(lambda: restore(bundle, practice.kit, fresh("probe"), practice.clock))
    assert steps.count("rename") >= 6
    seen = []
    for step in range(1, len(steps) + 1):
        folder = fresh(f"step{step}")
        with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
            killer(patch, step)
            restore(bundle, practice.kit, folder, practice.clock)
        # The clean-up after the kill may itself be killed, twice, before a start gets through.
        for again in (1, 2):
            with pytest.MonkeyPatch.context() as patch:
                killer(patch, again)
                try:
                    settle(folder)
                except Killed:
                    continue
        settle(folder)
        seen.append(opens(folder, practice))
        assert not list(folder.glob(".restore-*"))
        assert not list((folder / "backups").glob(".staging/*"))
        aside = list(folder.glob("replaced-*"))
        assert [opens(each, practice) for each in aside] == (["old"] if seen[-1] == "new" else [])
    assert seen == sorted(seen, reverse=True), "first the old state, from the commit on the new one"
    assert set(seen) == {"old", "new"}


def test_killed_at_any_step_a_restore_into_an_empty_folder_can_be_done_again(practice, drive, tmp_path):
    bundle = drive / back_up(practice, drive).name
    steps = calls_of(lambda: restore(bundle, practice.kit, tmp_path / "probe", practice.clock))
    for step in range(1, len(steps) + 1):
        folder = tmp_path / f"step{step}"
        with pytest.MonkeyPatch.context() as patch, pytest.raises(Killed):
            killer(patch, step)
            restore(bundle, practice.kit, folder, practice.clock)
        restore(bundle, practice.kit, folder, practice.clock)
        assert opens(folder, practice) == "new"


def test_a_cut_or_flipped_bundle_leaves_the_live_practice_as_it_was(practice, drive, tmp_path):
    whole = (drive / back_up(practice, drive).name).read_bytes()
    practice.vault.close()
    before = {p.name: p.read_bytes() for p in practice.folder.glob("vault.*")}
    chunk, size = 64 * 1024, len(whole)
    bad = [whole[: edge + d] for edge in range(chunk, size, chunk) for d in (-1, 0, 1)]
    bad += [whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :] for place in range(0, size, size // 23)]
    file = tmp_path / "bad.mbb.age"
    for data in [*bad, b"", whole[:-1], whole + b"x"]:
        file.write_bytes(data)
        with pytest.raises(Refused):
            restore(file, practice.kit, practice.folder, practice.clock)
    after = {p.name: p.read_bytes() for p in practice.folder.glob("vault.*") if p.name != "vault.lock"}
    assert after == before
    file.write_bytes(whole)
    assert restore(file, practice.kit, practice.folder, practice.clock).replaced is not None


def test_a_flipped_page_of_the_live_database_makes_no_bundle(drive, tmp_path):
    practice = make_practice(tmp_path / "large", patients=1500)
    path = practice.folder / "vault.1.db"
    practice.vault.close()
    pages = path.stat().st_size // 4096
    for page in (
        pages * 80 // 100,
        pages * 87 // 100,
        pages * 94 // 100,
    ):  # people's pages: damage that nobody has met yet
        data = bytearray(path.read_bytes())
        data[page * 4096 + 99] ^= 1
        path.write_bytes(data)
        practice.vault = open_vault(path, practice.keys.key_hex)
        with pytest.raises(Refused, match="damaged"):
            back_up(practice, drive)
        practice.vault.close()
        data = bytearray(path.read_bytes())
        data[page * 4096 + 99] ^= 1
        path.write_bytes(data)
        practice.vault = open_vault(path, practice.keys.key_hex)
        assert_nothing_left(practice, drive)
        practice.vault.close()
    practice.vault = open_vault(path, practice.keys.key_hex)
    back_up(practice, drive)
    practice.vault.close()


def test_a_full_disk_while_restoring_is_said_and_changes_nothing(practice, drive, tmp_path, monkeypatch):
    from medbill_desktop.usecases import bundle_check

    bundle = drive / back_up(practice, drive).name

    class Usage:
        free = 32 << 20

    monkeypatch.setattr(bundle_check.shutil, "disk_usage", lambda path: Usage)
    with pytest.raises(DiskFull):
        restore(bundle, practice.kit, tmp_path / "into", practice.clock)
    assert not (tmp_path / "into").exists()


def test_the_faulty_target_is_otherwise_a_good_one(practice, drive, through):
    through(spoil=lambda data: data)
    made = back_up(practice, drive)
    assert isinstance(FolderTarget(drive, practice.folder).list(), tuple)
    assert verify_bundle(drive / made.name, practice.kit).vault == practice.keys.vault_id
