"""What stands on a locked screen: who may come back, and nothing of the practice (SECURITY L5-L7, L12)."""

from datetime import datetime, timedelta
from typing import Any

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout

from medbill_desktop.ui.jobs import Jobs, explain
from medbill_desktop.ui.sign_in.column import Column
from medbill_desktop.ui.sign_in.sign_in_view import say_wait
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button, press_on_enter
from medbill_desktop.ui.widgets.password import PasswordEntry
from medbill_desktop.ui.widgets.words import IconLabel, StatusLine, label, rule
from medbill_desktop.usecases.office import TooSoon
from medbill_desktop.usecases.session import SEAL_AFTER_SECONDS
from medbill_desktop.usecases.sign_in import CodeNotPassword

CODE_WORDS = (
    "That is a one-time code, not a password. Choose Someone else signs in, then I have a one-time code. Nothing was"
    " counted."
)


def say_time(moment: datetime) -> str:
    """Return `2:41 PM`."""
    return f"{moment.hour % 12 or 12}:{moment.minute:02d} {'AM' if moment.hour < 12 else 'PM'}"


class LockedView(Column):
    """`unlocked` carries the desk; `someone_else` and `sign_out` are the two other ways on."""

    unlocked = Signal(object)
    someone_else = Signal()
    sign_out = Signal()

    def __init__(self, office: Any, jobs: Jobs, name: str, now: datetime) -> None:
        super().__init__(icon_name="ph.lock-simple-fill", title="Locked", ground="canvas")
        self._office, self._jobs, self._name = office, jobs, name
        self._wait = 0
        self.setObjectName("locked")
        self.say_training(office.kind == "training")
        here = now.astimezone()
        self.say_title("Locked", f"{name} is signed in. Locked at {say_time(here)}.")
        self.password = PasswordEntry()
        self.problem = StatusLine()
        self.unlock = Button("Unlock", "Enter", kind="primary", name="unlock", pressed=self._on_unlock)
        for each in (self.password, self.problem, self.unlock, rule()):
            self.body.addWidget(each)
        other = Button("Someone else signs in", kind="link", icon_name="ph.users", name="someone_else")
        out = Button("Sign out", kind="link", icon_name="ph.sign-out", name="sign_out")
        other.clicked.connect(self.someone_else)
        out.clicked.connect(self.sign_out)
        self.body.addWidget(other)
        self.body.addWidget(out)
        sealing = here + timedelta(seconds=SEAL_AFTER_SECONDS)
        self._hint("ph.floppy-disk", "Your unfinished work is kept as a draft.")
        if office.kind != "training":
            self._hint("ph.hourglass", f"From {say_time(sealing)} your code is asked too.")
        self.say_foot("", right="MedBill Desktop")
        press_on_enter(self.password, self.unlock)
        if (facts := office.prefill) is not None and facts.name == name:
            self.password.field.setText(facts.password)
        self._second = QTimer(self, interval=1000)
        self._second.timeout.connect(self._on_second)
        jobs.busy_changed.connect(self._on_busy)
        self._on_busy(jobs.is_busy)

    def focus_first(self) -> None:
        (self.unlock if self.password.value() else self.password).setFocus()

    def _hint(self, icon_name: str, words: str) -> None:
        row = QHBoxLayout()
        row.setSpacing(Space.ONE)
        row.addWidget(IconLabel(icon_name, "text3"))
        row.addWidget(label(words, Type.CAPTION, "3"), 1)
        self.body.addLayout(row)

    def _on_unlock(self) -> None:
        office, typed = self._office, self.password.value()
        if not typed or self._wait:
            return
        self.password.setFocus()
        self.unlock.setEnabled(False)
        self.problem.say("Checking", Tone.NONE)
        self._jobs.call(lambda: office.unlock(typed), while_locked=True).on(self._on_open, self._on_failed)

    @Slot(object)
    def _on_open(self, desk: object) -> None:
        self.password.clear()
        self.unlocked.emit(desk)

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self.password.clear()
        self.unlock.setEnabled(True)
        if isinstance(error, TooSoon):
            self._wait = error.seconds
            self._second.start()
        code = isinstance(error, CodeNotPassword)
        self.problem.say(CODE_WORDS if code else explain(error), Tone.WARN if code else Tone.STOP)
        self.password.setFocus()

    @Slot()
    def _on_second(self) -> None:
        self._wait = max(0, self._wait - 1)
        if self._wait:
            self.problem.say(f"Too many attempts. Try again in {say_wait(self._wait)}.", Tone.WARN)
        else:
            self._second.stop()
            self.problem.say("")

    @Slot(bool)
    def _on_busy(self, busy: bool) -> None:
        count = self._jobs.writing
        words = "" if not busy else "1 job is finishing" if count == 1 else f"{count} jobs are finishing"
        self.say_foot(words, right="MedBill Desktop")
