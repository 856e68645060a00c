"""Ours and floor of the pages row: how long the window's own thread is held while it is worked with.

`python pages.py PRACTICE` signs in, opens every page and part that the person has, and on each moves in its lists and
types into its find fields. It prints JSON: for each, the longest stretch of `open` and of `keys` in which the window
looked at no event. Counted is the processor time of that thread, so that a busy computer holds nobody up.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from time import thread_time
from typing import TypeVar

from PySide6.QtCore import QAbstractEventDispatcher, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget

from medbill_desktop.ui import office_day
from medbill_desktop.ui.gallery import places_of
from medbill_desktop.ui.office_day import DayWindow
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.type_ahead import TypeAhead
from medbill_desktop.usecases.installation import open_office
from medbill_desktop.usecases.office import TRAINING_SIGN_IN

MOVES = (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_PageDown, Qt.Key.Key_End, Qt.Key.Key_Up, Qt.Key.Key_Home)
TYPED = "sm"
Shown = TypeVar("Shown", bound=QWidget)


class Held:
    """The longest stretch between two looks at the events; a call from here counts to the next look."""

    def __init__(self) -> None:
        self._last, self.longest = thread_time(), 0.0
        dispatcher = QAbstractEventDispatcher.instance()
        dispatcher.awake.connect(self._look)
        dispatcher.aboutToBlock.connect(self._look)

    def _look(self) -> None:
        now = thread_time()
        self.longest, self._last = max(self.longest, now - self._last), now

    def taken(self) -> float:
        """Return the longest stretch since this was asked before."""
        self._look()
        longest, self.longest = self.longest, 0.0
        return longest


def main(folder: str) -> None:
    office = open_office(Path(folder), training=True)
    office.look()
    with office_day.opened(office) as day:
        day.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)
        print(json.dumps({name: {"open": opening, "keys": keys} for name, opening, keys in walked(day, Held())}))


def walked(day: DayWindow, held: Held) -> Iterator[tuple[str, float, float]]:
    for spec in [each for each in day.specs if day.has(each.key)]:
        for name, place in places_of(day, spec):
            day.stay()
            held.taken()
            day.go(spec.key, place)
            opening = held.taken()
            yield name, opening, max(_pressed(day, held), default=0.0)
            day.close_dialogs()


def _pressed(day: DayWindow, held: Held) -> Iterator[float]:
    """Yield how long each key held the window."""
    for table in _shown(day, Table):
        table.setFocus()
        for key in MOVES:
            day.turn()
            held.taken()
            QTest.keyClick(table, key)
            day.turn()
            yield held.taken()
    for field in _shown(day, QLineEdit):
        if not (isinstance(field, TypeAhead) or field.objectName().startswith("find")) or not field.isEnabled():
            continue
        field.setFocus()
        for letter in TYPED:
            day.turn()
            held.taken()
            QTest.keyClicks(field, letter)
            day.turn()
            yield held.taken()
        field.clear()
        day.quiet()


def _shown(day: DayWindow, kind: type[Shown]) -> list[Shown]:
    page = day.workspace.page
    return [] if page is None else [each for each in page.findChildren(kind) if each.isVisible()]


if __name__ == "__main__":
    main(sys.argv[1])
