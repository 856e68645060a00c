"""Sign-in: name, password, code; one sentence for every failure, and how long to wait (SECURITY K6, K24, K27)."""

from typing import Any

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout

from medbill_desktop.ui.jobs import Jobs, explain
from medbill_desktop.ui.sign_in.column import Column
from medbill_desktop.ui.theme import Space, Tone
from medbill_desktop.ui.widgets.buttons import Button, press_on_enter
from medbill_desktop.ui.widgets.fields import FormField, LineField
from medbill_desktop.ui.widgets.password import PasswordEntry
from medbill_desktop.ui.widgets.words import StatusLine, reveal, rule
from medbill_desktop.usecases.office import TooSoon
from medbill_desktop.usecases.sign_in import CodeNotPassword

HERE = "That is a one-time code, not a password. Press Enter to go on with it as one. It was not counted."
HONEST = (
    "The code guards this sign-in screen. It adds nothing against someone who copied the files, because its secret lies"
    " inside the data it guards."
)


class SignInView(Column):
    """`signed_in` carries the desk; `has_kit` where it is to be used; `back` to the locked screen.

    `has_code` carries the name, and the one-time code where it was typed as a password.
    """

    signed_in = Signal(object)
    has_kit = Signal()
    has_code = Signal(str, str)
    back = Signal()

    def __init__(self, office: Any, jobs: Jobs, *, practice: str = "", computer: str = "", over_lock: bool = False):
        super().__init__(icon_name="ph.receipt-fill", title="MedBill")
        self._office, self._jobs, self._wait = office, jobs, 0
        self.setObjectName("sign_in")
        training = office.kind == "training"
        self.say_training(training)
        self.say_title("MedBill", practice)
        self.say_foot(f"This computer: {computer}" if computer else "", "" if training else HONEST)
        self.name = LineField(name="name", most=80)
        self.password = PasswordEntry()
        self.code = LineField("000 000", name="code", most=64)
        self.code.setMinimumWidth(120)
        self.problem = StatusLine()
        self.button = Button("Sign in", "Enter", kind="primary", name="sign_in_button", pressed=self._on_sign_in)
        self.body.addWidget(FormField("Name", self.name))
        self.body.addWidget(self.password)
        self._code_line = FormField("Code from your authenticator", self.code, hint="6 digits, or a recovery code")
        self.body.addWidget(self._code_line)
        reveal(self._code_line, not training)
        for each in (self.problem, self.button, rule()):
            self.body.addWidget(each)
        row = QHBoxLayout()
        row.setSpacing(Space.TWO)
        kit = Button("I have the recovery kit", kind="link", icon_name="ph.lifebuoy", name="kit")
        kit.clicked.connect(self.has_kit)
        row.addWidget(kit)
        row.addStretch(1)
        if over_lock:
            back = Button("Back", kind="link", icon_name="ph.arrow-left", name="back")
            back.clicked.connect(self.back)
            row.addWidget(back)
        self.body.addLayout(row)
        self.slip = Button("I have a one-time code", kind="link", icon_name="ph.ticket", name="one_time")
        self.slip.clicked.connect(self._on_slip)
        line = QHBoxLayout()
        line.addWidget(self.slip)
        line.addStretch(1)
        self.body.addLayout(line)
        press_on_enter(self.column, self.button)
        self._second = QTimer(self, interval=1000)
        self._second.timeout.connect(self._on_second)
        if (facts := office.prefill) is not None:
            self.name.setText(facts.name)
            self.password.field.setText(facts.password)

    def focus_first(self) -> None:
        first = self.name if not self.name.text() else self.button if self.password.value() else self.password
        first.setFocus()

    def _on_sign_in(self) -> None:
        if self._wait or not self.button.isEnabled():
            return
        office, name = self._office, self.name.text()
        password, code = self.password.value(), self.code.text().strip()
        if len(code) <= 7:
            code = code.replace(" ", "")
        # A button that is disabled hands its focus on, and a second Enter would press whatever got it.
        self.password.setFocus()
        self.button.setEnabled(False)
        self.problem.say("Checking", Tone.NONE)
        job = self._jobs.call(lambda: office.sign_in(name, password, code), while_locked=True)
        job.on(self._on_open, self._on_failed)

    @Slot(object)
    def _on_open(self, desk: object) -> None:
        self.forget()
        self.signed_in.emit(desk)

    @Slot()
    def _on_slip(self) -> None:
        typed = self.password.value()
        self.has_code.emit(self.name.text(), typed if self._office.arrivals.is_code(typed) else "")

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self.button.setEnabled(True)
        if isinstance(error, CodeNotPassword):
            # What was typed stays: the next Enter takes it to where it belongs.
            self.problem.say(HERE, Tone.WARN)
            self.slip.setFocus()
            return
        self.password.clear()
        self.code.clear()
        self.problem.say(explain(error))
        if isinstance(error, TooSoon):
            self._wait = error.seconds
            self._second.start()
            self._say_wait()
        self.password.setFocus()

    def welcome(self, name: str, news: str) -> None:
        """Fill the name in and say what came before this sign-in."""
        if name:
            self.name.setText(name)
            if (facts := self._office.prefill) is not None and facts.name != name:
                self.password.clear()
        self.problem.say(news, Tone.OK)

    def forget(self) -> None:
        """Empty the fields: a password does not stay in a widget."""
        for each in (self.password.field, self.code):
            each.clear()

    @Slot()
    def _on_second(self) -> None:
        self._wait = max(0, self._wait - 1)
        self._say_wait()
        if not self._wait:
            self._second.stop()

    def _say_wait(self) -> None:
        words = "" if not self._wait else f"Too many attempts. Try again in {say_wait(self._wait)}."
        self.problem.say(words, Tone.WARN)
        self.button.setEnabled(not self._wait)


def say_wait(seconds: int) -> str:
    """Say a wait that counts down."""
    if seconds < 120:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    return f"{-(-seconds // 60)} minutes"
