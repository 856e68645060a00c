import errno
import os
import stat
from pathlib import Path

import pytest

import medbill_desktop
from medbill_desktop.domain.problems import DiskFull, ReadOnly, Refused
from medbill_desktop.security import key_file as kf
from medbill_desktop.security import key_file_writer as writer
from tests.fast_policy import FAST
from tests.security.key_practice import HERE, OWNER, PASSWORD, practice

STEPS = ("open", "fsync", "link", "replace", "unlink")


def newer():
    made = practice()
    return kf.with_rewritten_kdf(made.opened, made.owner, PASSWORD, FAST)


def check(data):
    made = practice()
    kf.check_written(data, HERE, made.secret, made.owner)


@pytest.fixture
def path(tmp_path):
    found = tmp_path / "vault.keys"
    writer.write_atomically(found, practice().data, check)
    return found


def opens(path) -> int:
    """Return the generation of the file under its name, opened by password: it is whole."""
    opened = practice().open(writer.read_file(path))
    assert kf.unlock(opened, OWNER, PASSWORD, FAST).dek == practice().owner.dek
    return opened.gen


def test_a_written_file_is_there_whole_and_for_its_owner_alone(path):
    assert opens(path) == 3
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["vault.keys"]


def test_the_order_is_write_flush_read_back_replace_flush_folder(path, monkeypatch):
    calls = []
    for name in ("fsync", "replace", "link"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *args, real=real, name=name: (calls.append(name), real(*args))[1])
    writer.write_atomically(path, newer(), lambda data: calls.append("read back"))
    assert calls == ["fsync", "read back", "link", "replace", "fsync"]


def test_the_last_three_generations_stay_until_they_are_dropped(path):
    for _ in range(5):
        made = practice().open(path.read_bytes())
        writer.write_atomically(path, kf.with_rewritten_kdf(made, practice().owner, PASSWORD, FAST), check)
    assert sorted(each.name for each in path.parent.iterdir()) == [
        "vault.keys",
        *(f"vault.keys.{n}" for n in (1, 2, 3)),
    ]
    kept = [practice().open(path.with_name(f"vault.keys.{number}").read_bytes()).gen for number in (1, 2, 3)]
    assert (opens(path), kept) == (8, [7, 6, 5])
    (path.parent / "vault.keys.00ff.part").write_bytes(b"left over")
    writer.drop_generations(path)
    assert [each.name for each in path.parent.iterdir()] == ["vault.keys"]
    writer.drop_generations(path)


def test_a_folder_without_second_names_keeps_a_copy(path, monkeypatch):
    def refuse(*args):
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", refuse)
    for _ in range(2):
        made = practice().open(path.read_bytes())
        writer.write_atomically(path, kf.with_rewritten_kdf(made, practice().owner, PASSWORD, FAST), check)
    assert opens(path) == 5
    assert practice().open(path.with_name("vault.keys.1").read_bytes()).gen == 4


def steps_until_done(path) -> int:
    """Count the calls that a whole write makes, by letting a child count."""
    return run_killed_at(path, 10**6, after=False) - 100


def run_killed_at(path, step: int, *, after: bool) -> int:
    """Write in a child that ends, without any clean-up, before or after its n-th call; return its exit code."""
    data = newer()
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    count = 0
    try:
        for name in STEPS:
            real = getattr(os, name)

            def stepped(*args, real=real, **kwargs):
                nonlocal count
                count += 1
                if count == step and not after:
                    os._exit(9)
                try:
                    return real(*args, **kwargs)
                finally:
                    if count == step:
                        os._exit(9)

            setattr(os, name, stepped)
        writer.write_atomically(path, data, check)
    except BaseException:
        os._exit(10)
    os._exit(100 + count)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the kill is made with fork")
def test_killed_at_any_step_the_old_or_the_new_file_opens(tmp_path):
    whole = tmp_path / "whole" / "vault.keys"
    whole.parent.mkdir()
    writer.write_atomically(whole, practice().data, check)
    steps = steps_until_done(whole)
    assert steps >= 6
    seen = set()
    for step in range(1, steps + 1):
        for after in (False, True):
            path = tmp_path / f"{step}{after}" / "vault.keys"
            path.parent.mkdir()
            writer.write_atomically(path, practice().data, check)
            assert run_killed_at(path, step, after=after) == 9
            seen.add(opens(path))
            writer.write_atomically(path, newer(), check)
            assert opens(path) == 4
            writer.drop_generations(path)
            assert [each.name for each in path.parent.iterdir()] == ["vault.keys"]
    assert seen == {3, 4}


@pytest.mark.parametrize("name", ["open", "fsync", "replace"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("at", [1, 2, 3])
def test_an_error_at_any_step_is_a_plain_refusal_and_a_file_that_opens(path, monkeypatch, name, code, at):
    data, real, count = newer(), getattr(os, name), 0

    def fails(*args, **kwargs):
        nonlocal count
        count += 1
        if count == at:
            raise OSError(code, os.strerror(code))
        return real(*args, **kwargs)

    monkeypatch.setattr(os, name, fails)
    refusal = refusal_of(lambda: writer.write_atomically(path, data, check))
    monkeypatch.undo()
    if refusal is None:
        assert count < at
        assert opens(path) == 4
    else:
        expected = {errno.ENOSPC: DiskFull, errno.EROFS: ReadOnly, errno.EIO: writer.KeyFileUnwritable}
        assert type(refusal) is expected[code]
        assert "key file" in str(refusal)
        assert str(path) not in str(refusal)
    assert opens(path) in (3, 4)
    assert not list(path.parent.glob("*.part"))


def refusal_of(act):
    try:
        act()
    except Refused as refusal:
        return refusal
    return None


def test_a_file_that_does_not_open_is_never_put_in_place(path):
    with pytest.raises(kf.KeyFileDamaged):
        writer.write_atomically(path, practice().data[:-5], check)
    assert opens(path) == 3
    assert [each.name for each in path.parent.iterdir()] == ["vault.keys"]


def test_a_disk_that_lies_is_found_before_the_old_file_goes(path, monkeypatch):
    data = newer()
    real = type(path).read_bytes
    lying = lambda self: real(self)[:-1] + b"?" if self.suffix == ".part" else real(self)  # noqa: E731
    monkeypatch.setattr(type(path), "read_bytes", lying)
    with pytest.raises(writer.KeyFileUnwritable):
        writer.write_atomically(path, data, check)
    monkeypatch.undo()
    assert opens(path) == 3


def test_a_file_that_another_program_holds_for_a_moment_is_tried_again(path, monkeypatch):
    real, refused, waits = os.replace, [], []

    def held(old, new):
        if len(refused) < 3:
            error = PermissionError(13, "in use")
            error.winerror = 32
            refused.append(error)
            raise error
        real(old, new)

    monkeypatch.setattr(os, "replace", held)
    monkeypatch.setattr(writer.time, "sleep", waits.append)
    writer.write_atomically(path, newer(), check)
    assert (opens(path), len(waits)) == (4, 3)


def test_a_small_full_disk_leaves_the_key_file_unchanged(path):
    """A real limit of the system: no file of this child may grow over 1,000 bytes."""
    resource, signal = pytest.importorskip("resource"), pytest.importorskip("signal")
    data = newer()
    child = os.fork()
    if not child:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            writer.write_atomically(path, data, check)
        except Refused:
            os._exit(3)
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
    assert opens(path) == 3
    assert [each.name for each in path.parent.iterdir()] == ["vault.keys"]


def test_nothing_but_use_cases_under_the_lock_writes_the_file():
    package = Path(medbill_desktop.__file__).parent
    callers = {p.parent.name for p in package.rglob("*.py") if "write_atomically(" in p.read_text("utf-8")}
    assert callers <= {"security", "usecases"}
    assert "usecases" in callers


def test_what_can_not_be_read_is_said(tmp_path):
    with pytest.raises(writer.KeyFileMissing, match="missing"):
        writer.read_file(tmp_path / "vault.keys")
    with pytest.raises(kf.KeyFileDamaged):
        writer.read_file(tmp_path)
    (tmp_path / "vault.keys").write_bytes(b" " * ((1 << 20) + 1))
    with pytest.raises(kf.KeyFileDamaged):
        writer.read_file(tmp_path / "vault.keys")
