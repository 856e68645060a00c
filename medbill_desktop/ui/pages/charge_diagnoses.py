"""The diagnoses of a superbill, A to L: found by number or words, moved with what points to them (BILLING C5)."""

from collections.abc import Callable, Iterable
from datetime import date

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from medbill_desktop.domain.charges import LETTERS, plain_icd10, show_icd10
from medbill_desktop.domain.code_sets import CodeSet
from medbill_desktop.domain.problems import Problem
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.type_ahead import Suggestion, TypeAhead
from medbill_desktop.ui.widgets.words import StatusLine, label, restyle, reveal
from medbill_desktop.usecases.code_sets import FindCodes, find_codes
from medbill_desktop.usecases.desk import Desk

FIRST_ROW = 6
MOST_LETTERS = 40  # words are typed here as well


class Diagnoses(QWidget):
    """Twelve fields; G to L come when F is filled. Enter goes to the next; `shift` moves a code.

    `moved` carries (from, to) rows: the pointers of the lines follow their rows (BILLING C5).
    """

    typed = Signal()
    moved = Signal(int, int)

    def __init__(self, desk: Desk, day: Callable[[], date]) -> None:
        super().__init__()
        self._desk, self._day = desk, day
        self.fields: list[TypeAhead] = []
        self._letters = [label(letter, Type.CAPTION, "2") for letter in LETTERS]
        self._problem = StatusLine()
        grid = QGridLayout()
        grid.setHorizontalSpacing(Space.ONE)
        grid.setVerticalSpacing(Space.ONE)
        for at, letter in enumerate(self._letters):
            field = TypeAhead(self.search, name=f"diagnosis_{LETTERS[at]}", free=True)
            field.setMaxLength(MOST_LETTERS)
            field.setAccessibleName(f"Diagnosis {LETTERS[at]}")
            field.textEdited.connect(self.typed)
            field.left.connect(self._on_left)
            field.picked.connect(self.typed)
            self.fields.append(field)
            grid.addWidget(letter, at // FIRST_ROW, 2 * (at % FIRST_ROW))
            grid.addWidget(field, at // FIRST_ROW, 2 * (at % FIRST_ROW) + 1)
        self._head = label("Diagnoses", Type.CAPTION, "2")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.HALF)
        column.addWidget(self._head)
        column.addLayout(grid)
        column.addWidget(self._problem)
        self.typed.connect(self._grow)
        self._grow()

    def search(self, text: str) -> list[Suggestion]:
        """Find codes of the service date by number or by words; one that names a family says so."""
        if not self._desk.may(find_codes):
            return []
        found = self._desk.ask(find_codes, FindCodes(CodeSet.ICD10CM, text, self._day(), 10))
        return [
            Suggestion(each.code, show_icd10(each.code), each.words if each.billable else f"{each.words} …")
            for each in found
        ]

    def codes(self) -> tuple[str, ...]:
        """Return the codes up to the last that is typed; a gap between is told as a problem."""
        texts = [each.text().strip() for each in self.fields]
        while texts and not texts[-1]:
            texts.pop()
        return tuple(texts)

    def show_codes(self, codes: Iterable[str]) -> None:
        typed = list(codes)
        for at, field in enumerate(self.fields):
            field.setText(show_icd10(plain_icd10(typed[at])) if at < len(typed) else "")
        self._grow()

    def show_problems(self, problems: Iterable[Problem]) -> None:
        """Say them under the fields, but not of the field that is being typed in."""
        said, wrong = list[str](), set[TypeAhead]()
        tone = Tone.WARN
        for each in problems:
            number = int(each.field.split(".")[1])
            field = self.fields[min(number, len(self.fields)) - 1]
            if field.hasFocus():
                continue
            words = each.sentence() if field.text() else "Empty. Type its code, or move the others up."
            line = f"{LETTERS[min(number, len(LETTERS)) - 1]}: {words}"
            if line not in said:  # an empty A is missing and a gap as well
                said.append(line)
            if not each.warns:
                wrong.add(field)
                tone = Tone.STOP
        for field in self.fields:
            if field.property("problem") != (field in wrong):
                field.setProperty("problem", field in wrong)
                restyle(field)
        self._problem.say("\n".join(said), tone)

    def show_boxes(self, on: bool) -> None:
        self._head.setText("21  Diagnoses" if on else "Diagnoses")

    @property
    def problem(self) -> str:
        return self._problem.words

    @Slot()
    def _on_left(self) -> None:
        """Show a code as it is printed, however it was typed."""
        for field in self.fields:
            if (shown := show_icd10(plain_icd10(field.text()))) != field.text() and not field.hasFocus():
                field.setText(shown)
        self.typed.emit()

    def shift(self, by: int) -> None:
        """Move the code that has the keyboard, with the pointers to it."""
        at = next((at for at, field in enumerate(self.fields) if field.hasFocus()), -1)
        codes = list(self.codes())
        to = at + by
        if not (0 <= at < len(codes) and 0 <= to < len(codes)):
            return
        codes.insert(to, codes.pop(at))
        self.show_codes(codes)
        self.fields[to].setFocus(Qt.FocusReason.OtherFocusReason)
        self.moved.emit(at, to)
        self.typed.emit()

    @Slot()
    def _grow(self) -> None:
        more = len(self.codes()) >= FIRST_ROW
        for at in range(FIRST_ROW, len(self.fields)):
            reveal(self.fields[at], more)
            reveal(self._letters[at], more)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes to the next; from one that stays empty after the first on to the services."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            now = self.focusWidget()
            if now in self.fields[1:] and isinstance(now, TypeAhead) and not now.text():
                [each for each in self.fields if not each.isHidden()][-1].setFocus(Qt.FocusReason.TabFocusReason)
            self.focusNextPrevChild(True)
            return
        super().keyPressEvent(event)
