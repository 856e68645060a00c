"""Papers and files that leave the program: seen, printed or saved, and each time written down (A15, P2)."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QWidget

from medbill_desktop.ui.dialogs.asking import save_dialog
from medbill_desktop.ui.dialogs.preview import PreviewDialog, write_new
from medbill_desktop.ui.jobs import Jobs, explain
from medbill_desktop.ui.theme import Tone
from medbill_desktop.usecases.desk import Desk

Say = Callable[[str, Tone], None]


def preview(
    window: QWidget, jobs: Jobs, desk: Desk, say: Say, title: str, pdf: bytes, suggested: str,
    printed: Callable[[], object] | None,
) -> None:  # fmt: skip
    """Show a document; the log hears the kind of it and how many pages went where."""

    def handed(how: str, pages: int) -> None:
        kind = suggested.removesuffix(".pdf")
        jobs.call(lambda: desk.record(f"document.{how}", kind=kind, pages=pages))

    PreviewDialog(window, jobs, say, title, pdf, suggested=suggested, printed=printed, handed=handed).open()


def save_file(
    window: QWidget, jobs: Jobs, desk: Desk, say: Say, title: str, suggested: str, data: bytes,
    then: Callable[[Path], object] | None,
) -> None:  # fmt: skip
    """Ask where to, and write."""

    def written(path: object) -> None:
        jobs.call(lambda: desk.record("file.save", kind=suggested, bytes=len(data)))
        say("Saved.", Tone.OK)
        if then is not None and isinstance(path, Path):
            then(path)

    def failed(error: object) -> None:
        say(explain(error), Tone.STOP)

    save_dialog(window, title, suggested, lambda path: write_new(window, jobs, path, data, written, failed))
