"""Disk and swap encryption as a computer of files tells it: LUKS, LVM on LUKS, RAID, plain, zram (SECURITY P9)."""

import sys
from pathlib import Path

import pytest

from medbill_desktop.storage.disk import Seen, locked_kib, of_folder, of_swap

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs the block devices of Linux")


class Computer:
    """A made-up /proc, /sys and /dev."""

    def __init__(self, root):
        self.root = root
        for each in ("proc/self", "sys/dev/block", "sys/class/block", "dev/mapper"):
            (root / each).mkdir(parents=True)
        self.mounts, self.swaps = [], []

    def device(self, name, number, *under, uuid=None, of=None):
        at = self.root / "sys/devices" / (f"{of}/{name}" if of else name)
        (at / "slaves").mkdir(parents=True)
        (at / "dev").write_text(f"{number}\n")
        if of:
            (at / "partition").write_text("1\n")
        if uuid:
            (at / "dm").mkdir()
            (at / "dm/uuid").write_text(f"{uuid}\n")
        for each in under:
            (at / "slaves" / each).symlink_to(self.root / "sys/class/block" / each)
        (self.root / "sys/dev/block" / number).symlink_to(at)
        (self.root / "sys/class/block" / name).symlink_to(at)
        (self.root / "dev" / name).touch()

    def mount(self, point, number, kind="ext4", source="/dev/x"):
        self.mounts.append(f"22 1 {number} / {point} rw - {kind} {source} rw")
        (self.root / "proc/self/mountinfo").write_text("\n".join(self.mounts) + "\n")

    def swap(self, name=None, kind="partition"):
        self.swaps += [f"{name} {kind} 1024 0 -2"] if name else []
        (self.root / "proc/swaps").write_text("\n".join(["Filename Type Size Used Priority", *self.swaps]) + "\n")

    def disk(self, folder="/srv/practice"):
        return of_folder(Path(folder), self.root)


@pytest.fixture
def computer(tmp_path):
    return Computer(tmp_path)


def test_a_plain_partition_shows_no_encryption(computer):
    computer.device("sda", "8:0")
    computer.device("sda1", "8:1", of="sda")
    computer.mount("/", "8:1")
    assert computer.disk() is Seen.NO


def test_luks_is_seen_directly_and_under_lvm(computer):
    computer.device("sda2", "8:2")
    computer.device("dm-0", "253:0", "sda2", uuid="CRYPT-LUKS2-abc-data")
    computer.device("dm-1", "253:1", "dm-0", uuid="LVM-xyz")
    computer.mount("/", "8:2")
    computer.mount("/srv", "253:1")
    computer.mount("/home", "253:0")
    assert [computer.disk(), computer.disk("/home/a"), computer.disk("/etc")] == [Seen.YES, Seen.YES, Seen.NO]


def test_one_plain_disk_of_two_is_not_encrypted(computer):
    computer.device("sda", "8:0")
    computer.device("sdb", "8:16")
    computer.device("dm-0", "253:0", "sda", uuid="CRYPT-LUKS2-abc-data")
    computer.device("md0", "9:0", "dm-0", "sdb")
    computer.mount("/", "9:0")
    assert computer.disk() is Seen.NO


def test_a_file_system_without_a_device_number_is_found_by_its_source(computer):
    computer.device("sda", "8:0")
    computer.device("dm-0", "253:0", "sda", uuid="CRYPT-LUKS2-abc-data")
    (computer.root / "dev/mapper/data").symlink_to(computer.root / "dev/dm-0")
    computer.mount("/", "0:31", "btrfs", "/dev/mapper/data")
    assert computer.disk() is Seen.YES


@pytest.mark.parametrize(
    ("kind", "seen"),
    [("tmpfs", Seen.NONE), ("ecryptfs", Seen.YES), ("overlay", Seen.UNKNOWN), ("zfs", Seen.UNKNOWN)],
)
def test_what_has_no_device_is_told_by_its_kind(computer, kind, seen):
    computer.mount("/", "0:40", kind, kind)
    assert computer.disk() is seen


def test_a_computer_that_tells_nothing_is_not_guessed_at(computer):
    assert (computer.disk(), of_swap(computer.root), locked_kib(computer.root)) == (Seen.UNKNOWN, Seen.UNKNOWN, None)


def test_swap_counts_by_its_weakest_place(computer):
    computer.device("sda", "8:0")
    computer.device("sda3", "8:3", of="sda")
    computer.device("dm-2", "253:2", "sda3", uuid="CRYPT-PLAIN-swap")
    computer.swap()
    assert of_swap(computer.root) is Seen.NONE
    computer.swap("/dev/zram0")
    assert of_swap(computer.root) is Seen.NONE
    computer.swap("/dev/dm-2")
    assert of_swap(computer.root) is Seen.YES
    computer.mount("/", "8:3")
    computer.swap("/swap\\040file", "file")
    assert of_swap(computer.root) is Seen.NO


def test_locked_memory_is_read_as_the_kernel_writes_it(computer):
    (computer.root / "proc/self/status").write_text("VmPeak:\t 10 kB\nVmLck:\t     184 kB\n")
    assert locked_kib(computer.root) == 184


def test_an_open_practice_keeps_its_keys_out_of_swap(as_installed, vault):
    """SECURITY P9: the cipher locks its pages."""
    with vault.reader.connect() as conn:
        conn.exec_driver_sql("SELECT count(*) FROM patient")
        assert (locked_kib() or 0) > 0
