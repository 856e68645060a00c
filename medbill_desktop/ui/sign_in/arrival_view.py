"""Somebody comes with a one-time code: name and code, a password of their own, the authenticator (SECURITY K13)."""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medbill_desktop.ui.clipboard import Clipboard
from medbill_desktop.ui.jobs import Jobs, explain
from medbill_desktop.ui.sign_in.column import Column
from medbill_desktop.ui.sign_in.sign_in_view import HONEST
from medbill_desktop.ui.sign_in.steps import AuthenticatorStep, PasswordStep, Step
from medbill_desktop.ui.theme import Tone, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import FormField, LineField
from medbill_desktop.ui.widgets.words import StatusLine, label, reveal

TITLE = "One-time code"
CODE_HINT = "From the slip: seven groups of four. Small or capital letters and blanks do not matter."
KEEP = "Keep the recovery codes before you go on: they are shown only now."


class ArrivalView(Column):
    """`arrived` carries the name once the person can sign in; `left` where they went back."""

    arrived = Signal(str)
    left = Signal()
    help_key = "sign_in"

    def __init__(self, office: Any, jobs: Jobs, *, name: str = "", code: str = "") -> None:
        """`code` where it was typed as a password; it waits for a look, and for Continue."""
        super().__init__(icon_name="ph.ticket", title=TITLE, wide=True)
        self.setObjectName("arrival")
        self.say_training(office.kind == "training")
        self._office, self._jobs = office, jobs
        self._arrival: Any = None
        self._goes_on = False
        self.clipboard = Clipboard(self)
        self.slip = SlipStep(name)
        self.slip.code.setText(code)
        self.password: PasswordStep | None = None
        self.authenticator: AuthenticatorStep | None = None
        self.problem = StatusLine()
        self._place = QVBoxLayout()
        self.next = Button("Continue", "Ctrl+Enter", kind="primary", name="next", pressed=self._on_next)
        self.back = Button("Back", name="back", pressed=self.left.emit)
        row = QHBoxLayout()
        row.addWidget(self.back)
        row.addStretch(1)
        row.addWidget(self.next)
        self.body.addLayout(self._place)
        self.body.addWidget(self.problem)
        self.body.addLayout(row)
        self._step: Step = self.slip
        self.slip.code.returnPressed.connect(self._on_next)
        self._show(self.slip, "Your name and the code from the slip.")

    def focus_first(self) -> None:
        self._step.focus_first()

    def _show(self, step: Step, words: str, note: str = "") -> None:
        while (item := self._place.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                # A layout shows what it was given in a later turn of the loop; without this, as a window of its own.
                old.hide()
                old.setParent(None)
        self._step = step
        self._place.addWidget(step)
        reveal(step, True)
        self.say_title(TITLE if self._arrival is None else f"Welcome, {self._arrival.name}", words)
        self.say_foot("", note)
        self._rest()
        self.focus_first()

    def _rest(self, words: str = "", tone: Tone = Tone.STOP) -> None:
        self.problem.say(words, tone)
        self.next.setEnabled(True)
        self.back.setEnabled(True)

    def _work(self, words: str) -> None:
        # A button that is disabled hands its focus on, and a second Enter would press whatever got it.
        self._step.focus_first()
        self.next.setEnabled(False)
        self.back.setEnabled(False)
        self.problem.say(words, Tone.NONE)

    def _on_next(self) -> None:
        if not self.next.isEnabled():
            return
        if self._arrival is None:
            self._begin()
        elif self.authenticator is None:
            self._password_done()
        elif not self.authenticator.codes_shown:
            self._code_done(self.authenticator)
        else:
            self._finish()

    def _begin(self) -> None:
        name, typed = self.slip.name.text(), self.slip.code.text()
        self._work("Checking")
        job = self._jobs.call(lambda: self._office.arrivals.begin(name, typed), while_locked=True)
        job.on(self._on_begun, self._on_failed)

    @Slot(object)
    def _on_begun(self, arrival: Any) -> None:
        self._arrival = arrival
        self.slip.code.clear()
        self.password = PasswordStep(self._jobs, self._judge)
        self.password.entry.settled.connect(self._on_settled)
        self._show(self.password, "Choose a password. Nobody else needs to know it, and nobody can look it up.")

    def _judge(self, password: str) -> Any:
        verdict = self._arrival.judge(password)
        return replace(verdict, ok=True, problems=()) if self._arrival.training else verdict

    def _password_done(self) -> None:
        entry = self.password.entry if self.password is not None else None
        self._goes_on = entry is not None and entry.is_pending
        if entry is None or self._goes_on:
            self.problem.say("Checking", Tone.NONE)
        elif not entry.ok:
            self.problem.say("Choose a password that is strong enough, and type it twice.")
        elif self._arrival.training:
            self._finish()
        else:
            self.authenticator = AuthenticatorStep(self._arrival.enrolment, self.clipboard, self)
            self._show(self.authenticator, "Enrol your authenticator.", HONEST)

    @Slot(bool)
    def _on_settled(self, ok: bool) -> None:
        if self._goes_on and self.password is not None and not self.password.entry.is_pending:
            self._password_done()

    def _code_done(self, step: AuthenticatorStep) -> None:
        if not self._arrival.enrolment.proven and not step.prove(self._office.clock.now()):
            self.problem.say("That code is not right. Check the clock of your telephone, then type the newest code.")
            return
        self.say_title(self.title.text(), KEEP)
        self._rest()
        step.show_codes()
        self.next.say("Finish")

    def _finish(self) -> None:
        arrival, password = self._arrival, self.password
        if password is None:
            return
        typed = password.entry.value()
        self._work("Making your sign-in")
        self._jobs.call(lambda: arrival.finish(typed), while_locked=True).on(self._on_finished, self._on_failed)

    @Slot(object)
    def _on_finished(self, _: object) -> None:
        if self.password is not None:
            self.password.entry.clear()
        self.arrived.emit(self._arrival.name)

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self._rest(explain(error))
        self.focus_first()


class SlipStep(Step):
    """Name and one-time code, as they stand on the slip."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.code = LineField(name="arrival_name", most=80), LineField(name="one_time_code", most=60)
        self.name.setText(name)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(FormField("Name", self.name))
        column.addWidget(FormField("One-time code", self.code))
        column.addWidget(label(CODE_HINT, Type.CAPTION, "2", wrap=True))
        QWidget.setTabOrder(self.name, self.code)

    def focus_first(self) -> None:
        (self.code if self.name.text() else self.name).setFocus()
