"""What Ctrl+K finds: patients by the beginning of anything, pages, and the commands of the open page (UX, Keys)."""

from collections.abc import Callable, Sequence

from medbill_desktop.domain.dates import show_date
from medbill_desktop.ui.page import PageSpec
from medbill_desktop.ui.widgets.type_ahead import Suggestion
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.patients import FindPatients, find_patients

MOST_PATIENTS = 8


class Finding:
    """Answers a keystroke within a frame: pages and commands from memory, patients by one prefix range."""

    def __init__(
        self, desk: Desk, specs: Sequence[PageSpec], commands: Callable[[], Sequence[tuple[str, str]]]
    ) -> None:
        self._desk, self._specs, self._commands = desk, specs, commands
        self._finds_patients = desk.may(find_patients) and any(each.key == "patient" for each in specs)

    def search(self, text: str) -> list[Suggestion]:
        """Return what begins like the text: pages and commands first, since they are few."""
        typed = text.casefold()
        found = [
            Suggestion(("page", each.key), each.title, "page")
            for each in self._specs
            if each.rail and _begins(each.title, typed)
        ]
        found += [Suggestion(("command", key), words, key) for words, key in self._commands() if _begins(words, typed)]
        if self._finds_patients:
            lines = self._desk.ask(find_patients, FindPatients(text, MOST_PATIENTS))
            found += [
                Suggestion(("patient", each.id), each.name, f"{show_date(each.birth_date)} · {each.account}")
                for each in lines
            ]
        return found


def _begins(words: str, typed: str) -> bool:
    return any(word.startswith(typed) for word in [words.casefold(), *words.casefold().split()])
