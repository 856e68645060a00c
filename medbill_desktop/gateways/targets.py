"""Where backups go: the one contract that a folder, and later a server, keeps (SECURITY B16)."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol, TypeVar

from medbill_desktop.domain.problems import Refused

T = TypeVar("T")


class TargetError(Refused):
    """The backup target did not do what was asked."""

    retry = False


class TargetFull(TargetError):
    """There is no room left at the backup target."""


class TargetGone(TargetError):
    """The backup target is not there: unplugged, unmounted, moved."""


class TargetRefused(TargetError):
    """The backup target does not let this account do it."""


class TargetTransient(TargetError):
    """The backup target failed in a way that may pass."""

    retry = True


class Sink(Protocol):
    def write(self, data: bytes, /) -> int | None: ...


class Source(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class HeldFile:
    name: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a target can do; `other_disk` where losing this computer's disk leaves it whole (SECURITY B11)."""

    other_disk: bool


class Target(Protocol):
    """Names are plain file names. Every method raises a TargetError and nothing else of its own."""

    def check(self) -> None:
        """Raise where the target is not the expected one or can't be reached; writes nothing."""

    def put(self, name: str, fill: Callable[[Sink], T]) -> T:
        """Store what `fill` writes under a name that is not taken; where `fill` raises, nothing is left."""

    def get(self, name: str) -> AbstractContextManager[Source]:
        """Read a file from the medium itself, past caches where that is possible."""

    def list(self) -> tuple[HeldFile, ...]:
        """Return every file, own or foreign."""

    def delete(self, name: str) -> None:
        """Remove a file; one that is not there is as good as removed."""

    def tidy(self, ours: Callable[[str], bool]) -> None:
        """Remove unfinished files older than a day whose finished name `ours` knows (SECURITY B7)."""

    def capabilities(self) -> Capabilities: ...
