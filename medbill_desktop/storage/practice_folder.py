"""The practice folder: what lies in it, where it may lie, and who may read it (SECURITY 1, D7, A6, F35)."""

import os
import re
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from medbill_desktop.domain.problems import Refused

BALLAST_BYTES: Final = 8 << 20
LOW_ON_SPACE_BYTES: Final = 500 << 20
_NETWORK: Final = frozenset(
    {"nfs", "nfs3", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "9p", "afs", "afpfs", "ncpfs", "ceph", "lustre",
     "glusterfs", "davfs", "webdav", "gfs2", "ocfs2", "beegfs", "remote"}
)  # fmt: skip
_NETWORK_FUSE: Final = ("sshfs", "rclone", "s3fs", "gcsfuse", "davfs", "glusterfs", "ceph", "google-drive", "onedriver",
                        "gvfsd-fuse", "portal", "smbnetfs", "curlftpfs", "goofys", "blobfuse")  # fmt: skip
_SYNCED: Final = re.compile(
    r"onedrive.*|dropbox.*|icloud ?drive|mobile documents|com~apple~clouddocs|google ?drive|googledrive-.*|my drive"
    r"|drivefs|box sync|nextcloud|owncloud|pcloud ?drive|megasync",
)
_EPOCH_FILE: Final = re.compile(r"vault\.(\d{1,9})\.db")

Prober = Callable[[Path], str]


class BadPlace(Refused):
    """A live database can't lie here."""


@dataclass(frozen=True, slots=True)
class PracticeFolder:
    """The places of one practice; makes nothing by itself."""

    path: Path

    @property
    def key_file(self) -> Path:
        return self.path / "vault.keys"

    @property
    def lock_file(self) -> Path:
        return self.path / "vault.lock"

    @property
    def attempts_file(self) -> Path:
        return self.path / "attempts.json"

    @property
    def ballast(self) -> Path:
        return self.path / "ballast"

    @property
    def backups(self) -> Path:
        return self.path / "backups"

    @property
    def setup(self) -> Path:
        """Where a setup gathers its files before they take their places; there only while one runs or died."""
        return self.path / ".setup"

    def database(self, epoch: int) -> Path:
        return self.path / f"vault.{epoch}.db"

    def databases(self) -> dict[int, Path]:
        """Return the databases that lie here, by epoch."""
        if not self.path.is_dir():
            return {}
        found = ((_EPOCH_FILE.fullmatch(each.name), each) for each in self.path.iterdir())
        return {int(match[1]): each for match, each in found if match}

    def drop_database(self, epoch: int) -> None:
        """Delete a database that no key file leads to any more, with its log and what a migration kept of it."""
        name = self.database(epoch).name
        for each in (self.database(epoch), *self.path.glob(f"{name}-*"), *self.path.glob(f"{name}.*")):
            with suppress(OSError):  # in use on Windows: the next sign-in tries again
                each.unlink(missing_ok=True)

    def drop_other_databases(self, epoch: int) -> None:
        """Delete what a change of keys left beside the database that has just been opened (SECURITY K14b)."""
        for other in self.databases():
            if other != epoch:
                self.drop_database(other)

    @property
    def holds_practice(self) -> bool:
        return self.key_file.is_file()

    @property
    def half_gone(self) -> bool:
        """A database without its key file: damage, or malware; never a reason to set up anew."""
        return not self.holds_practice and not self.setup.exists() and bool(self.databases())

    def free_bytes(self) -> int:
        return shutil.disk_usage(self.path).free

    def make(self, probe: Prober | None = None) -> bool:
        """Make the folder for its owner alone; True where it is new; raises BadPlace before anything is made."""
        check_place(self.path, probe or filesystem_of)
        new = not self.path.exists()
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.tighten()
        return new

    def tighten(self) -> None:
        """Take rights away that other accounts were given on our own files; what another account owns stays."""
        if os.name != "posix":
            return  # the ACL of the user's own profile stands (SECURITY 1)
        ours = [self.path, self.backups, self.key_file, self.lock_file, self.attempts_file, self.ballast]
        for each in [*ours, *self.databases().values()]:
            with suppress(OSError):
                found = each.lstat()
                mode = 0o700 if each.is_dir() else 0o600
                if found.st_uid == os.getuid() and found.st_mode & 0o777 & ~mode:
                    each.chmod(mode)

    def make_ballast(self) -> bool:
        """Lay 8 MB aside that a full disk gives back; False where there is no room for it now."""
        with suppress(OSError):
            if self.ballast.exists() and self.ballast.stat().st_size == BALLAST_BYTES:
                return True
            if self.free_bytes() < 2 * BALLAST_BYTES:
                return False
            handle = os.open(self.ballast, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as file:
                for _ in range(BALLAST_BYTES >> 16):
                    file.write(os.urandom(1 << 16))  # zeros would take no room on a disk that compresses
                file.flush()
                os.fsync(file.fileno())
            return True
        with suppress(OSError):
            self.ballast.unlink(missing_ok=True)
        return False

    def free_ballast(self) -> bool:
        """Give the room back, so that audit rows and drafts still commit; False where it was given before (A6)."""
        try:
            self.ballast.unlink()
        except OSError:
            return False
        return True

    def clear_aborted_setup(self) -> None:
        """Remove what a setup left that died before its key file stood: nobody ever signed in to it (K11)."""
        if not self.setup.is_dir():
            return
        if not self.holds_practice:
            for path in self.databases().values():
                for each in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
                    each.unlink(missing_ok=True)
            for each in (self.attempts_file, self.ballast, *self.path.glob("*.part")):
                each.unlink(missing_ok=True)
        shutil.rmtree(self.setup)


def check_place(path: Path, probe: Prober) -> None:
    """Refuse network drives and synchronised folders: a write-ahead log needs shared memory (SECURITY D7)."""
    text = str(path)
    if text.startswith(("\\\\", "//")):
        raise BadPlace("The practice can't lie on a network drive. Choose a folder on a disk of this computer.")
    where = path.expanduser().absolute()
    for part in (*where.parts, *Path(os.path.realpath(where)).parts):  # a link is no way around
        if _SYNCED.fullmatch(part.casefold()):
            raise BadPlace(
                f"{part} is kept in step with other computers, which would tear the database. "
                "Choose a folder outside it; backups may go there."
            )
    kind = probe(_existing(where)).casefold()
    if kind in _NETWORK or (kind.startswith("fuse") and any(each in kind for each in _NETWORK_FUSE)):
        raise BadPlace(
            f"This folder lies on a network drive ({kind}). Choose a folder on a disk of this computer; backups may"
            " go there."
        )


def filesystem_of(path: Path) -> str:
    """Return the type of the file system that holds the path; `remote` for a Windows network drive, "" if unknown."""
    if sys.platform == "win32":
        import ctypes

        return "remote" if ctypes.windll.kernel32.GetDriveTypeW(path.anchor) == 4 else ""
    best, kind = "", ""
    try:
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    real = os.path.realpath(path)
    for line in mounts:
        left, _, right = line.partition(" - ")
        point = re.sub(r"\\(\d{3})", lambda each: chr(int(each[1], 8)), left.split()[4])
        inside = point == "/" or real == point or real.startswith(point + "/")
        if inside and len(point) >= len(best):
            best, kind = point, right.split()[0]
    return kind


def _existing(path: Path) -> Path:
    """Return the nearest folder above that exists: the practice folder need not yet."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path
