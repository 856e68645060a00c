"""Fields a biller types in: text, date, money, password, and the label and problem around each (LOOK, Metrics)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from medbill_desktop.domain.dates import NotADate, parse_date, show_date
from medbill_desktop.domain.money import Cents, NotMoney, format_cents, parse_cents
from medbill_desktop.domain.problems import Problem
from medbill_desktop.ui.theme import Metric, Space, Tone, Type
from medbill_desktop.ui.widgets.words import StatusLine, label, restyle


class LineField(QLineEdit):
    """One line of text. `left` is emitted with no change of text as well, when the field is left."""

    left = Signal()

    def __init__(self, placeholder: str = "", *, name: str = "", most: int = 200) -> None:
        super().__init__()
        self.setFixedHeight(Metric.CONTROL)
        self.setPlaceholderText(placeholder)
        self.setMaxLength(most)
        if name:
            self.setObjectName(name)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason):
            self.left.emit()

    def event(self, event: QEvent) -> bool:
        """Leave Ctrl+E and the like, which X11 takes for moving in a line, to the page; the field copies and undoes."""
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() == Qt.KeyboardModifier.ControlModifier
            undoes = event.key() == Qt.Key.Key_Z and self._is_pristine
            if plain and Qt.Key.Key_A <= event.key() <= Qt.Key.Key_Z and (undoes or event.key() not in _EDITING):
                event.ignore()
                return True
        return super().event(event)

    @property
    def _is_pristine(self) -> bool:
        """Nothing was typed here, not even something that was taken back: Ctrl+Z then means the page."""
        return not (self.text() or self.isUndoAvailable() or self.isRedoAvailable())

    def value(self) -> object:
        return self.text().strip()

    def set_value(self, value: object) -> None:
        self.setText("" if value is None else str(value))


_EDITING = frozenset({Qt.Key.Key_A, Qt.Key.Key_C, Qt.Key.Key_V, Qt.Key.Key_X, Qt.Key.Key_Y, Qt.Key.Key_Z})


class DateField(LineField):
    """A date: `t`, `y`, `+`, `-`, `m/d`, `mmddyy`, `mm/dd/yyyy`; shown as mm/dd/yyyy once left (UX, Keys)."""

    def __init__(self, today: Callable[[], date], *, name: str = "") -> None:
        super().__init__("mm/dd/yyyy", name=name, most=12)
        self._today = today
        self.problem = ""
        self.left.connect(self._settle)

    def value(self) -> date | None:
        """Return the date, None where nothing is typed; `problem` says why where it is no date."""
        self.problem = ""
        if not self.text().strip():
            return None
        try:
            return parse_date(self.text(), self._today())
        except NotADate as error:
            self.problem = str(error)
            return None

    def set_value(self, value: object) -> None:
        self.setText(show_date(value) if isinstance(value, date) else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {"+": 1, "=": 1, "-": -1}.get(event.text())
        held = self.value()
        if step is not None and held is not None and len(self.text()) == 10:
            self._fill(date.fromordinal(held.toordinal() + step))
            return
        if event.text().lower() in ("t", "y") and (not self.text() or self.hasSelectedText()):
            self._fill(parse_date(event.text(), self._today()))
            return
        super().keyPressEvent(event)

    def _fill(self, day: date) -> None:
        """Show a day that a key of the person gave: it is typed."""
        self.set_value(day)
        self.textEdited.emit(self.text())

    @Slot()
    def _settle(self) -> None:
        if (typed := self.value()) is not None:
            self.set_value(typed)


class MoneyField(LineField):
    """An amount in dollars and cents; right-aligned, shown as `1,495.00` once left."""

    def __init__(self, *, name: str = "", negative: bool = False) -> None:
        super().__init__("0.00", name=name, most=16)
        self._negative = negative
        self.problem = ""
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.left.connect(self._settle)

    def value(self) -> Cents | None:
        """Return the cents, None where nothing is typed; `problem` says why where it is no amount."""
        self.problem = ""
        if not self.text().strip():
            return None
        try:
            cents = parse_cents(self.text())
        except NotMoney:
            self.problem = "Type an amount such as 25.00."
            return None
        if cents < 0 and not self._negative:
            self.problem = "The amount can't be below zero."
            return None
        return cents

    def set_value(self, value: object) -> None:
        self.setText(format_cents(value) if isinstance(value, int) else "")

    @Slot()
    def _settle(self) -> None:
        if (typed := self.value()) is not None:
            self.set_value(typed)


class ChoiceField(QComboBox):
    """One of a few: `ChoiceField([(PaymentMethod.CHECK, "Check"), ...])`; `value()` is the first of the pair."""

    def __init__(self, choices: Iterable[tuple[object, str]] = (), *, name: str = "") -> None:
        super().__init__()
        self.setFixedHeight(Metric.CONTROL)
        if name:
            self.setObjectName(name)
        self.offer(choices)

    def offer(self, choices: Iterable[tuple[object, str]]) -> None:
        """Change the choices; the chosen one stays where it is still there."""
        held = self.value()
        self.blockSignals(True)
        self.clear()
        self._values: list[object] = []
        for value, words in choices:
            self._values.append(value)
            self.addItem(words)
        self.blockSignals(False)
        self.set_value(held)

    def value(self) -> object:
        at = self.currentIndex()
        return self._values[at] if 0 <= at < len(getattr(self, "_values", ())) else None

    def set_value(self, value: object) -> None:
        if value in self._values:
            self.setCurrentIndex(self._values.index(value))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Enter goes to the next field in forms; the stock combo box swallows it.
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()
            return
        super().keyPressEvent(event)


class NoteField(QPlainTextEdit):
    """A few lines of text; Tab leaves it."""

    def __init__(self, *, name: str = "", lines: int = 3) -> None:
        super().__init__()
        self.setTabChangesFocus(True)
        self.setFixedHeight(self.fontMetrics().lineSpacing() * lines + 16)
        if name:
            self.setObjectName(name)

    def value(self) -> object:
        return self.toPlainText().strip()

    def set_value(self, value: object) -> None:
        self.setPlainText("" if value is None else str(value))


class CodeField(LineField):
    """A code: capitals, no spaces."""

    def __init__(self, placeholder: str = "", *, name: str = "", most: int = 12) -> None:
        super().__init__(placeholder, name=name, most=most)
        self.textEdited.connect(self._on_edited)

    @Slot(str)
    def _on_edited(self, text: str) -> None:
        if text != (wanted := text.upper().replace(" ", "")):
            at = self.cursorPosition()
            self.setText(wanted)
            self.setCursorPosition(min(at, len(wanted)))


class FormField(QWidget):
    """A label above a field, a hint beside it, and the problem under it, in words."""

    def __init__(self, words: str, field: QWidget, *, hint: str = "", box: str = "") -> None:
        """`box` is the CMS-1500 box number, shown before the label on F2."""
        super().__init__()
        self.field, self._words, self._box = field, words, box
        self._label = label(words, Type.CAPTION, "2")
        self._label.setBuddy(field)
        self._problem = StatusLine()
        if not field.accessibleName():
            field.setAccessibleName(words)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.HALF)
        column.addWidget(self._label)
        if hint:
            row = QHBoxLayout()
            row.setSpacing(Space.ONE)
            row.addWidget(field)
            row.addWidget(label(hint, Type.CAPTION, "2"))
            row.addStretch(1)
            column.addLayout(row)
            field.setAccessibleDescription(hint)
        else:
            column.addWidget(field)
        column.addWidget(self._problem)
        column.addStretch(1)
        self.setFocusProxy(field)

    def say(self, words: str, tone: Tone = Tone.STOP) -> None:
        """Show a problem or a hint under the field; nothing takes it away."""
        wrong = bool(words) and tone is Tone.STOP
        self._problem.say(words, tone)
        if self.field.property("problem") != wrong:
            self.field.setProperty("problem", wrong)
            restyle(self.field)
        self.field.setAccessibleDescription(words)

    @property
    def problem(self) -> str:
        return self._problem.words

    def show_box(self, on: bool) -> None:
        """Show the CMS-1500 box number before the label (F2)."""
        self._label.setText(f"{self._box}  {self._words}" if on and self._box else self._words)

    def rename(self, words: str) -> None:
        self._words = words
        self._label.setText(words)
        self.field.setAccessibleName(words)


class Form(QWidget):
    """Fields by name in a grid: Enter goes to the next, problems stand under their fields.

    `form.add("birth", "Birth date", DateField(today), row=0, column=1)`; `form.value("birth")`;
    `form.show_problems(error.problems)` puts each under the field it names and returns those without a place.
    """

    changed = Signal()  # something was typed by the person

    def __init__(self, *, columns: int = 12) -> None:
        super().__init__()
        self.fields: dict[str, FormField] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(12)
        for at in range(columns):
            self._grid.setColumnStretch(at, 1)

    def add(
        self, name: str, words: str, field: QWidget, row: int, column: int = 0, span: int = 6, *,
        hint: str = "", box: str = "",
    ) -> FormField:  # fmt: skip
        """Place a field on a grid of twelve columns."""
        made = self.fields[name] = FormField(words, field, hint=hint, box=box)
        if not field.objectName():
            field.setObjectName(name)
        self._grid.addWidget(made, row, column, 1, span)
        self._listen(field)
        return made

    def add_widget(self, widget: QWidget, row: int, column: int = 0, span: int = 12) -> None:
        """Place a heading, a hint or a tick among the fields."""
        self._grid.addWidget(widget, row, column, 1, span)

    def value(self, name: str) -> object:
        return self.fields[name].field.value()  # type: ignore[attr-defined]

    def text(self, name: str) -> str:
        """Return a field's value as text."""
        return str(self.value(name) or "")

    def set_values(self, values: Mapping[str, object]) -> None:
        """Fill the fields that are named."""
        for name, value in values.items():
            if name in self.fields:
                self.fields[name].field.set_value(value)  # type: ignore[attr-defined]

    def values(self) -> dict[str, object]:
        return {name: self.value(name) for name in self.fields}

    def clear(self) -> None:
        """Empty every field and take the problems away."""
        for each in self.fields.values():
            each.field.set_value(None)  # type: ignore[attr-defined]
        self.clear_problems()

    def clear_problems(self) -> None:
        for each in self.fields.values():
            each.say("")

    def show_problems(self, problems: Iterable[Problem], *, focus: bool = True) -> tuple[Problem, ...]:
        """Put each problem under its field; return those that name no field of this form."""
        self.clear_problems()
        homeless = []
        for problem in problems:
            place = self.fields.get(problem.field)
            if place is None:
                homeless.append(problem)
                continue
            words = problem.sentence() if not place.problem else f"{place.problem} {problem.sentence()}"
            place.say(words, Tone.WARN if problem.warns else Tone.STOP)
        first = next((each for each in self.fields.values() if each.problem), None)
        if first is not None and focus:
            first.field.setFocus(Qt.FocusReason.OtherFocusReason)
        return tuple(homeless)

    def typed_problems(self) -> tuple[Problem, ...]:
        """Return what the date and money fields could not read, so that it is said before anything is sent."""
        found = []
        for name, each in self.fields.items():
            if isinstance(each.field, DateField | MoneyField):
                each.field.value()
                if each.field.problem:
                    found.append(Problem("typed", name, each.field.problem))
        return tuple(found)

    def show_boxes(self, on: bool) -> None:
        for each in self.fields.values():
            each.show_box(on)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.focusNextPrevChild(True)
            event.accept()
            return
        super().keyPressEvent(event)

    def _listen(self, field: QWidget) -> None:
        if isinstance(field, QLineEdit):
            field.textEdited.connect(self._on_edited)
        elif isinstance(field, QComboBox):
            field.activated.connect(self._on_edited)
        elif isinstance(field, QPlainTextEdit):
            field.textChanged.connect(self._on_edited)

    @Slot()
    def _on_edited(self, *_: object) -> None:
        self.changed.emit()
