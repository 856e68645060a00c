"""Check a backup, and bring a practice back from one (SECURITY B13-B15, K20, A14).

No practice need exist: a fresh computer has only the bundle and the printed kit.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from medbill_desktop.domain.clock import Clock
from medbill_desktop.usecases.watch import Quiet, Watch


@dataclass(frozen=True, slots=True)
class BundleFacts:
    """What a bundle holds, after everything in it was checked."""

    vault: str
    kind: str
    epoch: int
    schema: int
    made_at: datetime
    app: str
    practice: str
    users: int
    audit_seq: int
    audit_head: str
    receivable_cents: int
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Restored:
    """A practice that stands in its folder again; `replaced` keeps the pair it took the place of."""

    vault: str
    epoch: int
    users: int
    practice: str
    made_at: datetime
    replaced: Path | None


def verify_bundle(file: Path, identity: str, watch: Watch | None = None, scratch: Path | None = None) -> BundleFacts:
    """Open a bundle with the kit or a backup identity and check all of it; leaves nothing behind.

    Raises a Refused that names the fault: WrongKit, BundleDamaged, MadeByNewerVersion.
    """
    watch = watch or Quiet()
    raise NotImplementedError


def restore(
    file: Path, identity: str, into: Path, clock: Clock, watch: Watch | None = None, kind: str | None = None
) -> Restored:
    """Bring the practice of the bundle into the folder, which is empty or holds an older state of the same practice.

    Everything is staged and judged first; the live pair is touched by renames only and kept until `confirm_restore`.
    This computer is not enrolled yet: `Office.enrol_with_kit` follows. `kind` is what the folder is for.
    """
    raise NotImplementedError


def settle(folder: Path) -> None:
    """At start: finish a restore that was cut off after its commit, and remove what staging left (SECURITY B2, B13)."""


def confirm_restore(folder: Path) -> None:
    """Delete the pair that a restore replaced, once the people have seen that the restored practice is right."""
