import os
import time

import pytest

from medbill_desktop.gateways import folder_target
from medbill_desktop.gateways.folder_target import MARKER, FolderTarget, make_marker, on_same_disk
from medbill_desktop.gateways.targets import TargetError, TargetFull, TargetGone, TargetRefused, TargetTransient


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "drive"
    made.mkdir()
    return made


@pytest.fixture
def target(folder, tmp_path):
    return FolderTarget(folder, tmp_path, make_marker(folder))


def test_what_was_put_is_got_listed_and_deleted(target, folder):
    assert target.put("one", lambda sink: sink.write(b"content")) == 7
    with target.get("one") as source:
        assert source.read(100) == b"content"
    assert ("one", 7) in [(held.name, held.bytes) for held in target.list()]
    assert (folder / "one").stat().st_mode & 0o777 == 0o600
    target.delete("one")
    target.delete("one")
    assert [held.name for held in target.list()] == [MARKER]


def test_a_name_is_never_overwritten(target, folder):
    target.put("one", lambda sink: sink.write(b"first"))
    with pytest.raises(TargetRefused):
        target.put("one", lambda sink: sink.write(b"second"))
    assert (folder / "one").read_bytes() == b"first"


def test_a_link_at_the_target_chooses_nothing(target, folder, tmp_path):
    (tmp_path / "precious").write_bytes(b"kept")
    (folder / "one.part").symlink_to(tmp_path / "precious")
    with pytest.raises(TargetError):
        target.put("one", lambda sink: sink.write(b"x"))
    assert (tmp_path / "precious").read_bytes() == b"kept"


@pytest.mark.parametrize("name", ["../out", "a/b", "..", "", "c:\\x"])
def test_only_plain_names_are_taken(target, name):
    with pytest.raises(ValueError, match="plain"):
        target.put(name, lambda sink: sink.write(b"x"))


def test_a_failure_leaves_nothing(target, folder):
    def fill(sink):
        sink.write(b"half")
        raise KeyError

    with pytest.raises(KeyError):
        target.put("one", fill)
    assert sorted(os.listdir(folder)) == [MARKER]


@pytest.mark.parametrize("spoil", ["remove", "another", "junk"])
def test_without_the_right_marker_nothing_is_written(target, folder, tmp_path, spoil):
    marker = folder / MARKER
    if spoil == "remove":
        marker.unlink()
    elif spoil == "junk":
        marker.write_text("{")
    else:
        marker.unlink()
        make_marker(folder)
    before = sorted(os.listdir(folder))
    with pytest.raises(TargetGone, match="not mounted"):
        target.put("one", lambda sink: sink.write(b"x"))
    assert sorted(os.listdir(folder)) == before


def test_an_absent_folder_is_said(tmp_path):
    with pytest.raises(TargetGone, match="not there"):
        FolderTarget(tmp_path / "gone", tmp_path).put("one", lambda sink: None)


def test_the_marker_of_a_folder_stays_the_same(folder):
    assert make_marker(folder) == make_marker(folder)


def test_the_order_is_write_sync_rename_sync(target, folder, monkeypatch):
    calls = []
    for name in ("fsync", "rename"):
        real = getattr(os, name)
        monkeypatch.setattr(os, name, lambda *a, _r=real, _n=name: (calls.append(_n), _r(*a))[1])
    target.put("one", lambda sink: calls.append("write") or sink.write(b"x"))
    assert calls == ["write", "fsync", "rename", "fsync"]


@pytest.mark.parametrize(
    ("number", "kind"),
    [(28, TargetFull), (122, TargetFull), (13, TargetRefused), (30, TargetRefused), (11, TargetTransient),
     (5, TargetGone), (19, TargetGone)],
)  # fmt: skip
@pytest.mark.parametrize("at", ["fsync", "rename"])
def test_what_the_system_says_becomes_what_a_person_can_do(target, folder, monkeypatch, number, kind, at):
    def fail(*args):
        raise OSError(number, "system words")

    monkeypatch.setattr(os, at, fail)
    with pytest.raises(TargetError) as raised:
        target.put("one", lambda sink: sink.write(b"x"))
    assert type(raised.value) is kind
    assert "system words" not in str(raised.value)
    assert sorted(os.listdir(folder)) == [MARKER]


def test_a_full_device_is_full(tmp_path, folder, target, monkeypatch):
    real = os.open
    monkeypatch.setattr(os, "open", lambda path, flags, mode=0o777: real("/dev/full", os.O_WRONLY))
    monkeypatch.setattr(folder_target.os, "fsync", lambda handle: None)
    with pytest.raises(TargetFull):
        target.put("one", lambda sink: sink.write(b"x"))


def test_old_parts_of_ours_go_and_others_stay(target, folder):
    for name in ("ours-old.part", "ours-new.part", "theirs-old.part", "ours-old"):
        (folder / name).write_bytes(b"x")
        if "old" in name:
            os.utime(folder / name, (time.time() - 90_000,) * 2)
    target.tidy(lambda name: name.startswith("ours"))
    assert sorted(os.listdir(folder)) == [MARKER, "ours-new.part", "ours-old", "theirs-old.part"]


def test_one_disk_is_told_from_another(tmp_path, folder):
    assert on_same_disk(tmp_path, folder)
    assert on_same_disk(tmp_path, tmp_path / "missing"), "what can't be told counts as the same disk"
    assert not on_same_disk(tmp_path, folder_target.Path("/proc"))
