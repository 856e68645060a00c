"""Passwords as they are typed: hidden, with a caps hint, and judged off the GUI thread (SECURITY K26)."""

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.fields import FormField, LineField
from medbill_desktop.ui.widgets.words import StatusLine, label

JUDGE_AFTER_MS = 250
WORDS = ("Very weak", "Weak", "Not strong enough", "Strong", "Very strong")


class Judged(Protocol):
    """A judgement of a password; `usecases.joining.Judgement` is one."""

    @property
    def ok(self) -> bool: ...
    @property
    def score(self) -> int: ...
    @property
    def problems(self) -> tuple[str, ...]: ...


class PasswordField(LineField):
    """A hidden line; `caps` tells that capitals came though Shift was not held."""

    caps = Signal(bool)

    def __init__(self, *, name: str = "password") -> None:
        super().__init__(name=name, most=256)
        self.setEchoMode(LineField.EchoMode.Password)
        self._caps = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        letter = event.text()
        if event.key() == Qt.Key.Key_CapsLock:
            self._say_caps(not self._caps)
        elif len(letter) == 1 and letter.isalpha() and letter.lower() != letter.upper():
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._say_caps(letter.isupper() != shift)
        super().keyPressEvent(event)

    def value(self) -> str:
        """Return what was typed, blanks as well."""
        return self.text()

    def _say_caps(self, on: bool) -> None:
        if on != self._caps:
            self._caps = on
            self.caps.emit(on)


class PasswordEntry(QWidget):
    """A label, a password, and the caps hint under it."""

    def __init__(self, words: str = "Password", *, name: str = "password") -> None:
        super().__init__()
        self.field = PasswordField(name=name)
        self._line = FormField(words, self.field)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._line)
        self.setFocusProxy(self.field)
        self.field.caps.connect(self._on_caps)

    def value(self) -> str:
        return self.field.text()

    def clear(self) -> None:
        self.field.clear()

    def say(self, words: str, tone: Tone = Tone.STOP) -> None:
        self._line.say(words, tone)

    @Slot(bool)
    def _on_caps(self, on: bool) -> None:
        self._line.say("Caps Lock is on" if on else "", Tone.WARN)


class NewPassword(QWidget):
    """Password and its repetition with a meter; `settled` carries whether it may be used."""

    settled = Signal(bool)

    def __init__(self, jobs: Jobs, judge: Callable[[str], Judged]) -> None:
        super().__init__()
        self._jobs, self._judge, self._asked = jobs, judge, ""
        self._verdict: Judged | None = None
        self.first, self.again = PasswordEntry("Password"), PasswordEntry("The same once more", name="password_again")
        self._bar = QProgressBar()
        self._bar.setRange(0, 4)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Strength")
        self._strength = label("", Type.CAPTION, "2", name="strength")
        self._reason = StatusLine()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.ONE)
        for each in (self.first, self._bar, self._strength, self._reason, self.again):
            column.addWidget(each)
        self.setFocusProxy(self.first)
        self._timer = QTimer(self, interval=JUDGE_AFTER_MS, singleShot=True)
        self._timer.timeout.connect(self._on_due)
        self.first.field.textChanged.connect(self._on_typed)
        self.again.field.textChanged.connect(self._say)

    @property
    def ok(self) -> bool:
        """Whether what is typed was judged good enough and was typed twice alike."""
        verdict = self._verdict
        return verdict is not None and verdict.ok and self.first.value() == self._asked == self.again.value()

    @property
    def is_pending(self) -> bool:
        """Whether a judgement is still on its way."""
        return bool(self.first.value()) and self._verdict is None

    def value(self) -> str:
        return self.first.value()

    def clear(self) -> None:
        self.first.clear()
        self.again.clear()

    @Slot()
    def _on_typed(self) -> None:
        self._verdict = None
        self._timer.start()
        self._say()

    @Slot()
    def _on_due(self) -> None:
        self._asked = asked = self.first.value()
        if asked:
            judge = self._judge
            self._jobs.call(lambda: judge(asked), while_locked=True).on(self._on_judged)

    @Slot(object)
    def _on_judged(self, verdict: Judged) -> None:
        if self.first.value() == self._asked:
            self._verdict = verdict
            self._say()

    @Slot()
    def _say(self) -> None:
        verdict = self._verdict
        if not self.first.value() or verdict is None:
            self._bar.setValue(0)
            self._strength.setText("" if not self.first.value() else "Checking")
            self._reason.say("")
        else:
            self._bar.setValue(verdict.score)
            self._strength.setText(WORDS[max(0, min(verdict.score, 4))])
            self._reason.say("" if verdict.ok else verdict.problems[0], Tone.WARN)
        differ = bool(self.again.value()) and self.again.value() != self.first.value()
        self.again.say("The two are not the same." if differ else "")
        self.settled.emit(self.ok)
