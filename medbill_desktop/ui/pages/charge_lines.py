"""The grid of service lines: code by its beginning, and each problem in a row under its line (LOOK, charge-entry)."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from itertools import pairwise

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from medbill_desktop.domain.charge_codes import moved
from medbill_desktop.domain.charges import Judged, PricedLine
from medbill_desktop.domain.money import format_cents
from medbill_desktop.domain.problems import Problem
from medbill_desktop.ui.pages.charge_sheet import TypedLine
from medbill_desktop.ui.theme import Metric, Space, Tone, Type
from medbill_desktop.ui.widgets.fields import CodeField, LineField
from medbill_desktop.ui.widgets.type_ahead import Suggestion, TypeAhead
from medbill_desktop.ui.widgets.words import Elided, IconLabel, StatusLine, label, restyle, reveal, rule, set_ink
from medbill_desktop.usecases.catalogs import FindFees, find_fees
from medbill_desktop.usecases.desk import Desk

HEADS = (("", ""), ("Code", "24D"), ("Service", ""), ("Modifiers", "24D"), ("Pointer", "24E"), ("Units", "24G"),
         ("Fee", ""), ("Amount", "24F"), ("", ""))  # fmt: skip
WIDTHS = (20, 92, 0, 94, 84, 72, 84, 92, 104)
SERVICE = 2
MOST_LINES = 50
CELLS = ("code", "modifiers", "pointers", "units", "fee")


class LineRow:
    """The widgets of one line."""

    def __init__(self, grid: "LineGrid", number: int) -> None:
        self.grid, self.number = grid, number
        self.fee_typed = False
        self.more = TypedLine()  # what the panel of the line holds: drug, times, authorization
        self.code = TypeAhead(grid.search, "", name=f"line_{number}_code", free=True)
        self.modifiers = LineField(name=f"line_{number}_modifiers", most=14)
        self.pointers = CodeField(name=f"line_{number}_pointers", most=8)
        self.units = LineField(name=f"line_{number}_units", most=5)
        self.fee = LineField(name=f"line_{number}_fee", most=14)
        self.words, self.amount, self.status = Elided(), label(), StatusLine(Type.BODY, wrap=False)
        self._meaning = ""
        self.amount.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for each in (self.units, self.fee):
            each.setAlignment(Qt.AlignmentFlag.AlignRight)
        for name in CELLS:
            cell = self.cell(name)
            cell.setProperty("cell", True)
            cell.setAccessibleName(f"Line {number}, {name}")
            cell.textEdited.connect(grid.typed)
            cell.left.connect(grid.typed)
        self.trouble = TroubleRow()
        self.code.picked.connect(self._on_picked)
        self.fee.textEdited.connect(self._on_fee_typed)

    def cell(self, name: str) -> LineField:
        found: LineField = getattr(self, name)
        return found

    def place(self, layout: QGridLayout) -> None:
        at = 3 * self.number
        number = label(str(self.number), Type.CAPTION, "3")
        widgets: tuple[QWidget, ...] = (
            number, self.code, self.words, self.modifiers, self.pointers, self.units, self.fee, self.amount,
            self.status,
        )  # fmt: skip
        for column, each in enumerate(widgets):
            if each is self.status:
                layout.addWidget(each, at, column, Qt.AlignmentFlag.AlignVCenter)
            else:
                layout.addWidget(each, at, column)
        layout.addWidget(self.trouble, at + 1, 0, 1, len(widgets))
        layout.addWidget(rule(), at + 2, 0, 1, len(widgets))

    def typed(self) -> TypedLine:
        """Return what is typed; a fee that is only shown is not typed."""
        return replace(
            self.more,
            code=self.code.text().strip().upper(),
            words=self._meaning,
            modifiers=self.modifiers.text().strip().upper().replace(",", " "),
            pointers=self.pointers.text().strip(),
            units=self.units.text().strip(),
            fee=self.fee.text().strip() if self.fee_typed else "",
        )

    def show_typed(self, line: TypedLine) -> None:
        self.more = line
        self.code.fill(line.code or None, line.code)
        self._say_words(line.words)
        for name in ("modifiers", "pointers", "units", "fee"):
            self.cell(name).setText(getattr(line, name))
        self.fee_typed = bool(line.fee)
        self.show_priced(None)

    def _say_words(self, words: str) -> None:
        self._meaning = words
        more = self.more.more_words
        self.words.show_words(f"{words} · {more}" if more else words)

    def show_priced(self, priced: PricedLine | None) -> None:
        """Show the words and the price of the schedule."""
        if priced is None:
            self.amount.setText("")
            return
        self._say_words(priced.description)
        self.amount.setText(format_cents(priced.amount_cents))
        expected = priced.expected_cents
        self.amount.setToolTip("" if expected is None else f"The contract allows {format_cents(expected)}.")
        if not self.fee_typed:
            self.fee.setText(format_cents(priced.fee_cents))

    def show_problems(self, found: list[Problem], ready: bool) -> None:
        if self.code.hasFocus():  # a code that is half typed is not wrong yet
            found = [each for each in found if not each.field.endswith(".code")]
        for name in CELLS:
            wrong = any(not each.warns and each.field.endswith(f".{name}") for each in found)
            if self.cell(name).property("problem") != wrong:
                self.cell(name).setProperty("problem", wrong)
                restyle(self.cell(name))
        stops = [each for each in found if not each.warns]
        if stops:
            self.status.say("Problem", Tone.STOP)
        elif found:
            self.status.say("Look again", Tone.WARN)
        else:
            self.status.say("Ready" if ready else "", Tone.OK)
        first = next(iter(stops or found), None)
        column = "" if first is None else first.field.rpartition(".")[2]
        left = self.cell(column).x() if column in CELLS else 0
        self.trouble.say(first, left)

    def end_code(self) -> None:
        """Fill in what Enter would after a code, where the form is sent from within it."""
        if self.code.hasFocus() and self.code.text().strip() and not (self.pointers.text() or self.units.text()):
            self._on_picked(None)

    @Slot(object)
    def _on_picked(self, _: object) -> None:
        if not self.pointers.text() and self.grid.points():
            self.pointers.setText("A")
        if not self.units.text():
            self.units.setText("1")
        self.fee_typed = False
        self.grid.typed.emit()

    @Slot(str)
    def _on_fee_typed(self, text: str) -> None:
        self.fee_typed = bool(text.strip())


class TroubleRow(QFrame):
    """What is wrong with the line above, beginning at the column at fault; hidden while nothing is."""

    def __init__(self) -> None:
        super().__init__()
        self._icon = IconLabel(Tone.STOP.value, Tone.STOP)
        self._title, self._why = label(role=Type.STRONG), label(role=Type.CAPTION)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._title)
        words.addWidget(self._why)
        self._row = QHBoxLayout(self)
        self._row.setSpacing(6)
        self._row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        self._row.addLayout(words, 1)
        self.setFixedHeight(2 * Metric.ROW)
        self.setMinimumWidth(1)  # words that begin far to the right must not hold the grid wide when a panel opens
        self._left = 0
        self.hide()

    def say(self, problem: Problem | None, left: int) -> None:
        if problem is None:
            self.hide()
            return
        tone = Tone.WARN if problem.warns else Tone.STOP
        self.setProperty("tint", tone.name.lower())
        restyle(self)
        self._left = left
        self._begin()
        self._icon.show_icon(tone.value, tone)
        set_ink(self._title, tone.name.lower())
        self._title.setText(problem.text)
        self._why.setText(problem.fix)
        self.setAccessibleName(problem.sentence())
        reveal(self, True)

    def _begin(self) -> None:
        """Begin at the column at fault; far to the right, where the words would be cut, begin where they have room."""
        left = min(self._left, max(self.width() - 420, 0))
        self._row.setContentsMargins(left + Space.ONE, Space.ONE, Space.ONE, Space.ONE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._begin()

    @property
    def words(self) -> str:
        return "" if self.isHidden() else f"{self._title.text()} {self._why.text()}".strip()


class LineGrid(QWidget):
    """As many lines as are typed, and an empty one to go on with."""

    typed = Signal()

    def __init__(self, desk: Desk, day: Callable[[], date], points: Callable[[], bool]) -> None:
        """`day` is the service date, which decides the price; `points` tells whether there is a diagnosis."""
        super().__init__()
        self._desk, self._day, self.points = desk, day, points
        self.rows: list[LineRow] = []
        self._heads: list[QLabel] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(Space.ONE)
        self._grid.setVerticalSpacing(0)
        for column, (words, _) in enumerate(HEADS):
            head = label(words, Type.CAPTION, "3")
            head.setFixedHeight(Metric.ROW)
            side = Qt.AlignmentFlag.AlignRight if words in ("Units", "Fee", "Amount") else Qt.AlignmentFlag.AlignLeft
            head.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            head.setContentsMargins(9 if column in (1, 3, 4) else 0, 0, 9 if words in ("Units", "Fee") else 0, 0)
            self._heads.append(head)
            self._grid.addWidget(head, 0, column)
            if WIDTHS[column]:
                self._grid.setColumnMinimumWidth(column, WIDTHS[column])
        self._grid.addWidget(rule(), 1, 0, 1, len(HEADS))
        self._grid.setColumnStretch(SERVICE, 1)
        self.typed.connect(self._grow)
        self.add_row()

    def search(self, text: str) -> list[Suggestion]:
        """Find codes by their beginning, or by a word of what they mean."""
        found = self._desk.ask(find_fees, FindFees(text, self._day(), 12))
        return [Suggestion(e.fee.code, e.fee.code, f"{e.fee.description} · {format_cents(e.fee.cents)}") for e in found]

    def add_row(self) -> LineRow:
        row = LineRow(self, len(self.rows) + 1)
        for name, column in zip(CELLS, (1, 3, 4, 5, 6), strict=True):
            row.cell(name).setFixedWidth(WIDTHS[column])
        row.code.setPlaceholderText("Type" if self.rows else "Code")
        self.rows.append(row)
        row.place(self._grid)
        # Qt puts a new field behind all fields of the page; Enter has to come to it from the line above.
        before = self.rows[-2].fee if len(self.rows) > 1 else None
        for each in (row.cell(name) for name in CELLS):
            if before is not None:
                QWidget.setTabOrder(before, each)
            before = each
        return row

    def lines(self) -> tuple[TypedLine, ...]:
        return tuple(each for each in (row.typed() for row in self.rows) if not each.is_empty)

    def show_lines(self, lines: Iterable[TypedLine]) -> None:
        """Show these lines and an empty one."""
        wanted = list(lines)
        while len(self.rows) < min(len(wanted) + 1, MOST_LINES):
            self.add_row()
        for at, row in enumerate(self.rows):
            row.show_typed(wanted[at] if at < len(wanted) else TypedLine())
            row.show_problems([], ready=False)
            self._show_row(row, at <= len(wanted))
        self.updateGeometry()

    def show_judged(self, judged: Judged | None, problems: Iterable[Problem]) -> None:
        """Show prices and problems; line 2 of the superbill is the second that is not empty."""
        by_line: dict[int, list[Problem]] = {}
        for each in problems:
            part = each.field.split(".")
            if part[0] == "line" and len(part) == 3:
                by_line.setdefault(int(part[1]), []).append(each)
        used = [row for row in self.rows if not row.typed().is_empty]
        for row in self.rows:
            if row not in used:
                row.show_priced(None)
                row.show_problems([], ready=False)
        for number, row in enumerate(used, start=1):
            priced = judged.lines[number - 1] if judged is not None and number <= len(judged.lines) else None
            row.show_priced(priced)
            row.show_problems(by_line.get(number, []), ready=priced is not None)

    def end_code(self) -> None:
        """End the code that has the keyboard as Enter does."""
        for row in self.rows:
            row.end_code()

    def show_boxes(self, on: bool) -> None:
        """Show the CMS-1500 box numbers before the heads (F2)."""
        for head, (words, box) in zip(self._heads, HEADS, strict=True):
            head.setText(f"{box}  {words}" if on and box else words)

    def repeat(self) -> None:
        """Fill the empty line that has the keyboard, or the first empty one, with the line above it (Ctrl+D)."""
        empty = next((at for at, row in enumerate(self.rows) if row.typed().is_empty), None)
        if empty:
            above = self.rows[empty - 1].typed()
            self.rows[empty].show_typed(above)
            self.rows[empty].modifiers.setFocus(Qt.FocusReason.OtherFocusReason)
            self.typed.emit()

    @Slot(int, int)
    def follow(self, at: int, to: int) -> None:
        """Rewrite the letters of every line after a diagnosis was moved: they point to the same codes as before."""
        for row in self.rows:
            row.pointers.setText(moved(row.pointers.text(), at, to))

    @property
    def current(self) -> LineRow:
        """The line that has the keyboard, or the last one typed."""
        typed = [row for row in self.rows if not row.typed().is_empty] or self.rows[:1]
        return next((row for row in self.rows if any(row.cell(c).hasFocus() for c in CELLS)), typed[-1])

    def remove(self) -> None:
        """Take out the line that has the keyboard."""
        at = next((n for n, row in enumerate(self.rows) if any(row.cell(c).hasFocus() for c in CELLS)), None)
        if at is None:
            return
        kept = [row.typed() for n, row in enumerate(self.rows) if n != at]
        self.show_lines(each for each in kept if not each.is_empty)
        self.rows[min(at, len(self.rows) - 1)].code.setFocus(Qt.FocusReason.OtherFocusReason)
        self.typed.emit()

    @Slot()
    def _grow(self) -> None:
        """Keep one empty line at the end."""
        shown = [row for row in self.rows if not row.code.isHidden()]
        if shown and shown[-1].typed().is_empty:
            return
        at = len(shown)
        if at < len(self.rows):
            self._show_row(self.rows[at], True)
        elif at < MOST_LINES:
            self.add_row()

    def _show_row(self, row: LineRow, on: bool) -> None:
        first = 3 * row.number
        for line in (first, first + 2):
            for column in range(len(HEADS)):
                item = self._grid.itemAtPosition(line, column)
                widget = item.widget() if item is not None else None
                if widget is not None and widget is not row.status:
                    reveal(widget, on)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter goes to the next cell, from empty modifiers to the next line: most lines have nothing else to type.

        Behind the last cell lies the batch, where another Enter would open a visit.
        """
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            for row, below in pairwise(self.rows):
                if row.modifiers.hasFocus() and not row.modifiers.text() and not row.typed().is_empty:
                    below.code.setFocus(Qt.FocusReason.TabFocusReason)
                    return
            last = [row for row in self.rows if not row.code.isHidden()][-1]
            if not last.fee.hasFocus():
                self.focusNextPrevChild(True)
            return
        super().keyPressEvent(event)
