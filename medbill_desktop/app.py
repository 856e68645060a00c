"""Builds the window: where the practice lies, its office, and what to do where there is none yet."""

import sys
from pathlib import Path

from medbill_desktop.domain.problems import Refused
from medbill_desktop.usecases import trouble
from medbill_desktop.usecases.installation import log_folder, open_office, practice_folder
from medbill_desktop.usecases.office import Office
from medbill_desktop.usecases.process_guard import guard_process


def run(data: Path | None, training: bool) -> int:
    """Show the window on a practice folder until it is closed; returns the exit code."""
    guard_process()
    trouble.install(log_folder())
    from medbill_desktop.ui import application  # Qt is loaded only where a window is wanted

    folder = practice_folder(data, training=training)
    example = folder if training else practice_folder(training=True)
    try:
        if training and not application.raise_first(folder):
            _training_office(folder, _Words()).close()
        return application.run(
            lambda: open_office(folder, training=training),
            folder,
            training=None if training else lambda: _training_office(example),
        )
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 3


def _training_office(folder: Path, words: "_Words | None" = None) -> Office:
    from medbill_desktop.training.founding import office_of

    return office_of(folder, words)


class _Words:
    """Tells a terminal what the making of the training practice is at."""

    def step(self, done: int, total: int, text: str) -> None:
        if sys.stderr is not None and sys.stderr.isatty():
            print(f"\r\033[K{text} ({done * 100 // max(total, 1)} %)", end="", file=sys.stderr, flush=True)
