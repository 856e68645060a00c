from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.storage.practice_folder import (
    BALLAST_BYTES,
    BadPlace,
    PracticeFolder,
    check_place,
    filesystem_of,
)

LOCAL = ("ext4", "btrfs", "xfs", "apfs", "ntfs", "overlay", "tmpfs", "zfs", "fuseblk", "", "fuse.encfs")
NETWORK = ("nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse.rclone", "afs", "davfs", "remote", "CIFS")


@pytest.mark.parametrize("kind", LOCAL)
def test_a_local_disk_is_taken(kind):
    check_place(Path("/srv/practice"), lambda _: kind)


@pytest.mark.parametrize("kind", NETWORK)
def test_a_network_file_system_is_refused(kind):
    with pytest.raises(BadPlace, match="network drive"):
        check_place(Path("/srv/practice"), lambda _: kind)


@pytest.mark.parametrize(
    "path",
    [
        "/home/a/OneDrive/practice", "/home/a/OneDrive - Harbor Clinic/x", "/home/a/Dropbox/p",
        "/home/a/Dropbox (Old)/p", "/Users/a/Library/Mobile Documents/p",
        "/Users/a/Library/CloudStorage/GoogleDrive-a@b.c/p",
        "/home/a/Google Drive/p", "/home/a/Nextcloud/p",
    ],
)  # fmt: skip
def test_a_synchronised_folder_is_refused(path):
    with pytest.raises(BadPlace, match="kept in step"):
        check_place(Path(path), lambda _: "ext4")


@pytest.mark.parametrize("path", ["/home/a/Dropped/p", "/home/a/sync-free/p", "/home/a/boxes/p", "/home/ünï/診療所"])
def test_a_folder_that_only_sounds_like_one_is_taken(path):
    check_place(Path(path), lambda _: "ext4")


def test_a_refused_place_is_not_made(tmp_path):
    with pytest.raises(BadPlace):
        PracticeFolder(tmp_path / "p").make(lambda _: "nfs4")
    assert not (tmp_path / "p").exists()


def test_the_file_system_of_a_folder_that_is_not_there_yet_is_its_parents(tmp_path):
    assert filesystem_of(tmp_path) == filesystem_of(Path("/")) or filesystem_of(tmp_path)
    assert filesystem_of(Path("/proc/self")) == "proc"


def test_the_folder_is_made_for_its_owner_alone_and_rights_given_away_are_taken_back(tmp_path):
    places = PracticeFolder(tmp_path / "deep" / "p")
    assert places.make(lambda _: "ext4")
    assert places.path.stat().st_mode & 0o777 == 0o700
    places.path.chmod(0o755)
    places.key_file.write_bytes(b"x")
    places.key_file.chmod(0o644)
    assert not places.make(lambda _: "ext4")
    assert places.path.stat().st_mode & 0o777 == 0o700
    assert places.key_file.stat().st_mode & 0o777 == 0o600


@pytest.mark.usefixtures("as_installed")
def test_the_ballast_is_there_once_given_back_once_and_made_anew(tmp_path):
    places = PracticeFolder(tmp_path)
    assert places.make_ballast()
    assert places.ballast.stat().st_size == BALLAST_BYTES
    assert places.free_ballast()
    assert not places.free_ballast()
    assert places.make_ballast()


@pytest.mark.usefixtures("as_installed")
def test_no_ballast_is_made_where_there_is_no_room(tmp_path, monkeypatch):
    monkeypatch.setattr(PracticeFolder, "free_bytes", lambda self: BALLAST_BYTES)
    assert not PracticeFolder(tmp_path).make_ballast()
    assert not (tmp_path / "ballast").exists()


@given(st.text(alphabet="vault.db0123456789x", max_size=14))
def test_only_our_names_count_as_databases(name):
    from tempfile import TemporaryDirectory

    if name in ("", ".", ".."):
        return
    with TemporaryDirectory() as folder:
        (Path(folder) / name).touch()
        found = PracticeFolder(Path(folder)).databases()
    assert all(f"vault.{epoch}.db" == name or name == f"vault.{epoch:0{len(name) - 9}d}.db" for epoch in found)


def test_an_aborted_setup_is_removed_but_never_a_practice(tmp_path):
    places = PracticeFolder(tmp_path)
    places.setup.mkdir()
    places.database(1).touch()
    places.key_file.touch()
    places.clear_aborted_setup()
    assert places.database(1).exists()
    assert not places.setup.exists()
    places.setup.mkdir()
    places.key_file.unlink()
    places.clear_aborted_setup()
    assert list(tmp_path.iterdir()) == []
    places.database(2).touch()
    assert places.half_gone
    places.clear_aborted_setup()
    assert places.database(2).exists(), "without its marker a database is somebody's practice"
