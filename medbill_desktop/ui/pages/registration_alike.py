"""The warning that a patient may be registered already (BILLING R1)."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from medbill_desktop.domain.dates import show_date
from medbill_desktop.ui.theme import Space, Tone
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.words import StatusLine, reveal
from medbill_desktop.usecases.patients import Duplicate, PatientLine


class Alike(QFrame):
    """Who may be the same person: opened, or compared once this one is registered; hidden while there is nobody."""

    wanted = Signal(object)  # the id of the patient to open
    compared = Signal(object)  # the id of the patient to compare the new one with

    def __init__(self, *, may_merge: bool = False) -> None:
        super().__init__()
        self._may_merge = may_merge
        self.setObjectName("alike")
        self.setProperty("tint", "warn")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(Space.ONE, Space.HALF, Space.ONE, Space.HALF)
        self._column.setSpacing(Space.HALF)
        self.said: tuple[str, ...] = ()
        self.hide()

    def show_people(self, found: tuple[Duplicate, ...]) -> None:
        lines = [(each.patient, ", ".join(each.reasons)) for each in found[:2]]
        said = tuple(f"{who.name}, account {who.account}: {why}" for who, why in lines)
        if said == self.said:
            return
        self.said = said
        while (item := self._column.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for at, (who, why) in enumerate(lines):
            self._column.addWidget(self._line(at, who, why))
        reveal(self, bool(lines))

    def _line(self, at: int, who: PatientLine, why: str) -> QWidget:
        line, words = QWidget(), StatusLine()
        words.say(
            f"{who.name}, account {who.account}, born {show_date(who.birth_date)}, may be the same person: {why}.",
            Tone.WARN,
        )
        key = "Alt+O" if at == 0 else ""
        open_it = Button("Open that patient", key, pressed=lambda: self.wanted.emit(who.id))
        row = QHBoxLayout(line)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(words, 1)
        row.addWidget(open_it)
        if self._may_merge:
            key = "Alt+M" if at == 0 else ""
            row.addWidget(Button("Save and compare", key, pressed=lambda: self.compared.emit(who.id)))
        return line
