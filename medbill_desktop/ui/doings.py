"""What can be done from everywhere by its name, through Ctrl+K (UX, Keys)."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtWidgets import QApplication

from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.theme import Choice, wear
from medbill_desktop.usecases.preferences import SetPreference, set_preference

THEME_KEY = "theme"


@dataclass(frozen=True, slots=True)
class Doing:
    """Something to do: its words, its key where it has one, and other words by which people look for it."""

    words: str
    does: Callable[[], object]
    key: str = ""
    also: str = ""


def theme_doings(jobs: Jobs) -> tuple[Doing, ...]:
    """Return the themes; one that is chosen is worn at once and kept for this person."""

    def choose(choice: Choice) -> Callable[[], None]:
        def does() -> None:
            app = QApplication.instance()
            if isinstance(app, QApplication):
                wear(app, choice)
                jobs.start(set_preference, SetPreference(THEME_KEY, choice.value))

        return does

    return (
        Doing("Dark theme", choose(Choice.DARK), also="night mode appearance"),
        Doing("Light theme", choose(Choice.LIGHT), also="day mode appearance"),
        Doing("Theme as the desktop", choose(Choice.SYSTEM), also="appearance"),
    )
