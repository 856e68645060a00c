"""Where things lie on this computer, and the office of a practice folder as the installed program opens it.

Screens and commands build an Office here and nowhere else, so that the key derivation is always the production one
and the credential store always one of the allow-list (SECURITY K4, K18).
"""

import os
from hashlib import sha256
from pathlib import Path
from typing import Final

import platformdirs

from medbill_desktop.domain.clock import Clock, SystemClock
from medbill_desktop.domain.problems import Damaged, Refused
from medbill_desktop.security.age_io import AgeDamaged
from medbill_desktop.security.bundle import BundleDamaged, BundleTooNew
from medbill_desktop.security.kdf import PRODUCTION
from medbill_desktop.security.key_file_format import KeyFileDamaged, MadeByNewerVersion
from medbill_desktop.security.secret_store import find_store
from medbill_desktop.storage.migrate import TooNew, steps
from medbill_desktop.usecases.office import Office

NAME: Final = "medbill-desktop"
# The fault lies in a file and not in who asks: what a script tells apart from a refusal.
UNREADABLE: Final[tuple[type[Refused], ...]] = (
    Damaged, AgeDamaged, BundleDamaged, BundleTooNew, KeyFileDamaged, MadeByNewerVersion, TooNew,
)  # fmt: skip


def practice_folder(given: Path | None = None, *, training: bool = False) -> Path:
    """Return the folder that was given, else `MEDBILL_DATA`, else the one of this account; it need not exist."""
    if given is not None:
        return given.expanduser().absolute()
    if training:
        return platformdirs.user_data_path(NAME, appauthor=False) / "training"
    if named := os.environ.get("MEDBILL_DATA"):
        return Path(named).expanduser().absolute()
    return platformdirs.user_data_path(NAME, appauthor=False) / "practice"


def cache_folder() -> Path:
    return platformdirs.user_cache_path(NAME, appauthor=False)


def log_folder() -> Path:
    return platformdirs.user_log_path(NAME, appauthor=False)


def schema_mark() -> str:
    """Return eight letters that change with the database's schema, so that no stale cache is opened."""
    return sha256("".join(step.script for step in steps()).encode()).hexdigest()[:8]


def open_office(folder: Path, clock: Clock | None = None, *, training: bool = False) -> Office:
    """Return the office of a folder; asks the credential store, so up to seconds, never on the GUI thread.

    A training practice keeps its device secret in a protected file by itself (SECURITY K30).
    """
    store = None if training else find_store()
    return Office(folder, PRODUCTION, clock or SystemClock(), store)
