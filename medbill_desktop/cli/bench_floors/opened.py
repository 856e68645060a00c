"""Opens the measured practice for a floor, and hands out what lies under the door: a floor has no door."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from medbill_desktop.usecases.installation import open_office
from medbill_desktop.usecases.office import TRAINING_SIGN_IN


@contextmanager
def vault_of(folder: str) -> Iterator[Any]:
    """Yield what the office holds open; it is synthetic people only."""
    office = open_office(Path(folder), training=True)
    try:
        office.look()
        office.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)
        yield office.trail
    finally:
        office.close()
