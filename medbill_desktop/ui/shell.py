"""What a page may ask of the window around it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from medbill_desktop.domain.ids import Id
from medbill_desktop.ui.half_typed import Shelf
from medbill_desktop.ui.sizes import Sizes
from medbill_desktop.ui.theme import Tone

if TYPE_CHECKING:
    from medbill_desktop.ui.page import Page


class Shell(Protocol):
    """What the window does for a page."""

    @property
    def sizes(self) -> Sizes:
        """Widths and choices that this person's screen keeps."""

    @property
    def office(self) -> Any:
        """The Office: for people, devices, backup and the kit."""

    @property
    def drafts(self) -> Shelf:
        """What this person left half-typed."""

    def go(self, key: str, place: object = None) -> None:
        """Show the page with this key; `place` is given to its `open`."""

    def back(self) -> None:
        """Show the page that was shown before."""

    def go_on(self, key: str, patient_id: Id | None = None) -> None:
        """Open what was left half-typed where it belongs; `patient_id` is whom its patient was merged into."""

    def say(self, words: str, tone: Tone = Tone.OK) -> None:
        """Say at the foot of the window what was done; never a patient's name, the foot can be seen from afar."""

    def preview(
        self, title: str, pdf: bytes, *, suggested: str = "document.pdf", printed: Callable[[], object] | None = None
    ) -> None:
        """Show a document, to be printed or saved; `title` and `suggested` are a kind of document, never a name."""

    def choose_file(self, title: str, patterns: str, then: Callable[[Path], object]) -> None:
        """Ask for a file to read; `patterns` such as `CSV files (*.csv)`."""

    def choose_folder(self, title: str, then: Callable[[Path], object]) -> None: ...

    def save_file(self, title: str, suggested: str, data: bytes, then: Callable[[Path], object] | None = None) -> None:
        """Ask where to, and write; `suggested` never carries a name."""

    def confirm(self, title: str, sentence: str, button: str, then: Callable[[], object]) -> None:
        """Ask once more before what can't be undone; everything else is done and can be reversed."""

    def copy_secret(self, text: str) -> None:
        """Put a secret into the clipboard for thirty seconds (SECURITY P4)."""

    def keep_draft(self, page: "Page") -> None:
        """Keep a page's unfinished work, sealed to its owner (SECURITY L11)."""

    def drop_draft(self, page: "Page") -> None:
        """The work is finished: its draft goes."""
