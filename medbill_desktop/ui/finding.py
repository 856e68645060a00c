"""What Ctrl+K finds: patients by the beginning of anything, pages and their parts, and what can be done (UX, Keys)."""

from collections.abc import Callable, Sequence

from medbill_desktop.domain.dates import show_date
from medbill_desktop.ui.doings import Doing
from medbill_desktop.ui.places import PageSpec
from medbill_desktop.ui.widgets.type_ahead import Suggestion
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.patients import FindPatients, find_patients

MOST_PATIENTS = 8


class Finding:
    """Answers a keystroke within a frame: pages and commands from memory, patients by one prefix range."""

    def __init__(
        self, desk: Desk, specs: Sequence[PageSpec], commands: Callable[[], Sequence[tuple[str, str]]],
        doings: Callable[[], Sequence[Doing]] = tuple,
    ) -> None:  # fmt: skip
        """`commands` are those of the open page with their keys; `doings` can be done from everywhere."""
        self._desk, self._specs, self._commands, self._doings = desk, specs, commands, doings
        self._titles = {each.key: each.title for each in specs}
        self._parts = [(spec, part) for spec in specs for part in spec.parts if desk.may(part.case)]
        self._finds_patients = desk.may(find_patients) and any(each.key == "patient" for each in specs)

    def search(self, text: str) -> list[Suggestion]:
        """Return what begins like the text: pages and commands first, since they are few."""
        typed = text.casefold()
        found = [
            Suggestion(("page", each.key), each.title, self._titles.get(each.parent, "page"))
            for each in self._specs
            if each.found and _begins(each.title, typed)
        ]
        found += [
            Suggestion(("part", spec.key, part.key), part.title, spec.title)
            for spec, part in self._parts
            if _begins(f"{part.title} {spec.title} {part.also}", typed)
        ]
        found += [Suggestion(("command", key), words, key) for words, key in self._commands() if _begins(words, typed)]
        found += [
            Suggestion(("doing", each), each.words, each.key or "command")
            for each in self._doings()
            if _begins(f"{each.words} {each.also}", typed)
        ]
        if self._finds_patients:
            lines = self._desk.ask(find_patients, FindPatients(text, MOST_PATIENTS))
            found += [
                Suggestion(("patient", each.id), each.name, f"{show_date(each.birth_date)} · {each.account}")
                for each in lines
            ]
        return found


def _begins(words: str, typed: str) -> bool:
    """Tell whether each word that is typed begins one of the words: `backup now` finds `Back up now, backup`."""
    there = words.casefold().split()
    return all(any(word.startswith(each) for word in there) for each in typed.split())
