"""First run: practice, you, password, authenticator, recovery kit, backup folder (UX, First run; SECURITY K11).

Until the kit was retyped nothing lies on the disk; leaving at any step leaves nothing behind.
"""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from medbill_desktop.domain.practice import check_practice, tidied
from medbill_desktop.domain.problems import Invalid
from medbill_desktop.ui.clipboard import Clipboard
from medbill_desktop.ui.jobs import Jobs, explain
from medbill_desktop.ui.sign_in.column import Column
from medbill_desktop.ui.sign_in.sign_in_view import HONEST
from medbill_desktop.ui.sign_in.steps import (
    AuthenticatorStep,
    BackupStep,
    KitStep,
    PasswordStep,
    PracticeStep,
    Step,
    YouStep,
)
from medbill_desktop.ui.theme import Tone
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.words import StatusLine, reveal
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.office import Founding, NewPractice

STEPS = ("Practice", "You", "Password", "Authenticator", "Recovery kit", "Backups")


class FirstRun(Column):
    """`finished` carries the desk of the owner; `left` where the person went back before the first step."""

    finished = Signal(object)
    founded = Signal(object)
    left = Signal()
    help_key = "first_run"

    def __init__(self, office: Any, jobs: Jobs) -> None:
        super().__init__(icon_name="ph.receipt-fill", title="Set up a practice", wide=True)
        self.setObjectName("first_run")
        self._office, self._jobs = office, jobs
        self._founding: Founding | None = None
        self._desk: Desk | None = None
        self.clipboard = Clipboard(self)
        self.facts, self.you = PracticeStep(), YouStep(has_store=office.has_store)
        self.password: PasswordStep | None = None
        self.authenticator: AuthenticatorStep | None = None
        self.kit: KitStep | None = None
        self.backups: BackupStep | None = None
        self._at, self._goes_on = 0, False
        self.problem = StatusLine()
        self._place = QVBoxLayout()
        self.next = Button("Continue", "Ctrl+Enter", kind="primary", name="next", pressed=self._on_next)
        self.back = Button("Back", name="back", pressed=self._on_back)
        row = QHBoxLayout()
        row.addWidget(self.back)
        row.addStretch(1)
        row.addWidget(self.next)
        self.body.addLayout(self._place)
        self.body.addWidget(self.problem)
        self.body.addLayout(row)
        self._show(0)

    def focus_first(self) -> None:
        self._step.focus_first()

    @property
    def _step(self) -> Step:
        steps = (self.facts, self.you, self.password, self.authenticator, self.kit, self.backups)
        step = steps[self._at]
        if step is None:
            raise ValueError(f"step {self._at} is not made yet")
        return step

    def _show(self, at: int) -> None:
        while (item := self._place.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                # A layout shows what it was given in a later turn of the loop; without this, as a window of its own.
                old.hide()
                old.setParent(None)
        self._at = at
        self.problem.say("")
        self._place.addWidget(self._step)
        self._step.show()
        self.say_title("Set up a practice", f"Step {at + 1} of {len(STEPS)}: {STEPS[at]}")
        self.next.say(self._step.next_words)
        self.next.setEnabled(True)
        reveal(self.back, at < len(STEPS) - 1)
        self.say_foot("", HONEST if at == STEPS.index("Authenticator") else "")
        self.focus_first()

    def _on_back(self) -> None:
        if self._at == 0:
            self.left.emit()
        else:
            if self._at == STEPS.index("Password"):
                self._founding = self.password = self.authenticator = self.kit = None
            self._show(self._at - 1)

    def _on_next(self) -> None:
        handlers: tuple[Callable[[], None], ...] = (
            self._practice_done, self._you_done, self._password_done, self._code_done, self._kit_done, self._leave,
        )  # fmt: skip
        handlers[self._at]()

    def _practice_done(self) -> None:
        if not self.facts.form.show_problems(check_practice(tidied(self.facts.value()))) and self.facts.is_right:
            self._show(1)

    def _you_done(self) -> None:
        new = NewPractice(self.facts.value(), self.you.form.text("owner_name"), self.you.form.text("computer"))
        try:
            founding: Founding = self._office.set_up(new, protected_file=self.you.choice.isChecked())
        except Invalid as error:
            self.you.form.show_problems(error.problems)
            return
        except Exception as error:
            self.problem.say(explain(error))
            return
        self._founding = founding
        self.password = PasswordStep(self._jobs, founding.judge)
        self.password.entry.settled.connect(self._on_settled)
        self.authenticator = AuthenticatorStep(founding.enrolment, self.clipboard, self)
        self.kit = KitStep(founding, self._jobs, self)
        self._show(2)

    def _password_done(self) -> None:
        entry = self.password.entry if self.password is not None else None
        self._goes_on = entry is not None and entry.is_pending
        if entry is not None and entry.ok:
            self._show(3)
        elif self._goes_on:
            self.problem.say("Checking", Tone.NONE)
        else:
            self.problem.say("Choose a password that is strong enough, and type it twice.")

    @Slot(bool)
    def _on_settled(self, ok: bool) -> None:
        if self._goes_on and self.password is not None and not self.password.entry.is_pending:
            self._password_done()

    def _code_done(self) -> None:
        step = self.authenticator
        if step is None:
            return
        if not step.enrolment.proven and not step.prove(self._office.clock.now()):
            self.problem.say("That code is not right. Check the clock of your telephone, then type the newest code.")
            return
        if not step.codes_shown:
            self.problem.say("")
            step.show_codes()
            return
        self._show(4)

    def _kit_done(self) -> None:
        founding, password = self._founding, self.password
        if founding is None or password is None or self.kit is None:
            return
        try:
            if not founding.retype(self.kit.typed.text()):
                self.problem.say("That is not the line on the paper. Compare it group by group.")
                return
        except Exception as error:
            self.problem.say(explain(error))
            return
        typed = password.entry.value()
        self.kit.typed.setFocus()
        self.next.setEnabled(False)
        self.back.setEnabled(False)
        self.problem.say("Making the practice. This takes a few seconds.", Tone.NONE)
        self._jobs.call(lambda: founding.finish(typed), while_locked=True).on(self._on_founded, self._on_failed)

    @Slot(object)
    def _on_founded(self, desk: Desk) -> None:
        self._desk = desk
        if self.password is not None:
            self.password.entry.clear()
        self._founding = None
        self.backups = BackupStep(desk, self._jobs, self)
        self._jobs.seat(desk)
        self.founded.emit(desk)
        self._show(5)

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self.next.setEnabled(True)
        self.back.setEnabled(True)
        self.problem.say(explain(error))

    def _leave(self) -> None:
        self.finished.emit(self._desk)
