"""What of the practice may lie unencrypted on this computer outside the vault: memory, swap, disk (SECURITY P9, H1)."""

from dataclasses import dataclass
from pathlib import Path

from medbill_desktop.storage import disk
from medbill_desktop.usecases.process_guard import is_guarded

Seen = disk.Seen

DISK_WORDS = {
    Seen.YES: "The disk under the practice is encrypted.",
    Seen.NO: "No encryption is seen of the disk under the practice. The database is encrypted all the same; files you"
    " save are not. Encrypt the disk.",
    Seen.NONE: "The practice lies in memory: it is gone when this computer is switched off.",
    Seen.UNKNOWN: "Whether the disk is encrypted can't be seen from here. Look at the settings of this computer"
    " (BitLocker, FileVault or LUKS).",
}
SWAP_WORDS = {
    Seen.YES: "Memory is swapped to an encrypted place.",
    Seen.NO: "Memory may be swapped to a disk on which no encryption is seen. Encrypt the swap space.",
    Seen.NONE: "Memory is not swapped to a disk.",
    Seen.UNKNOWN: "Whether memory is swapped to an encrypted place can't be seen from here. Encrypt the whole disk.",
}


@dataclass(frozen=True, slots=True)
class DiskFacts:
    """As this computer tells it; nothing here is promised."""

    disk: Seen
    swap: Seen
    locked_kib: int | None  # of this process, now
    dumps_off: bool

    @property
    def disk_words(self) -> str:
        return DISK_WORDS[self.disk]

    @property
    def swap_words(self) -> str:
        return SWAP_WORDS[self.swap]

    @property
    def memory_words(self) -> str:
        if self.locked_kib is None:
            return "How much memory is kept out of the swap space is not told by this computer."
        if self.locked_kib == 0:
            return "No memory is kept out of the swap space now."
        return f"{self.locked_kib:,} KiB of memory, where keys and pages lie, are kept out of the swap space."

    @property
    def dump_words(self) -> str:
        return "Switched off" if self.dumps_off else "This computer may keep dumps of this program"

    @property
    def weak(self) -> tuple[str, ...]:
        """What a person should mend."""
        found = ((self.disk, self.disk_words), (self.swap, self.swap_words))
        return tuple(words for seen, words in found if seen is Seen.NO)


def disk_facts(folder: Path) -> DiskFacts:
    """Ask this computer about a practice folder, which need not exist yet."""
    return DiskFacts(disk.of_folder(folder), disk.of_swap(), disk.locked_kib(), is_guarded())
