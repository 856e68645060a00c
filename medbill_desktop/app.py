"""Builds the window: where the practice lies, its office, and what to do where there is none yet."""

import sys
from pathlib import Path

from medbill_desktop.domain.problems import Refused
from medbill_desktop.usecases import trouble
from medbill_desktop.usecases.installation import log_folder, open_office, practice_folder
from medbill_desktop.usecases.office import Office
from medbill_desktop.usecases.process_guard import guard_process
from medbill_desktop.usecases.watch import Watch


def run(data: Path | None, training: bool) -> int:
    """Show the window on a practice folder until it is closed; returns the exit code."""
    guard_process()
    trouble.install(log_folder())
    from medbill_desktop.ui import application  # Qt is loaded only where a window is wanted

    folder = practice_folder(data, training=training)
    example = folder if training else practice_folder(training=True)
    try:
        return application.run(
            lambda: open_office(folder, training=training),
            folder,
            training=None if training else lambda watch: _training_office(example, watch),
            making=(lambda watch: _training_office(folder, watch)) if training else None,
        )
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 3


def _training_office(folder: Path, watch: Watch) -> Office:
    from medbill_desktop.training.founding import office_of

    return office_of(folder, watch)
