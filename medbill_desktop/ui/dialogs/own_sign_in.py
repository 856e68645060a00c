"""My own password, authenticator and recovery codes (SECURITY K12, K23-K26)."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QWidget

from medbill_desktop.ui.dialogs.joining import WIDTH, judged_by
from medbill_desktop.ui.dialogs.secure_dialog import SecureDialog
from medbill_desktop.ui.jobs import Jobs, explain
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.sign_in.sign_in_view import HONEST
from medbill_desktop.ui.sign_in.steps import AuthenticatorStep
from medbill_desktop.ui.theme import Tone
from medbill_desktop.ui.widgets.buttons import Button, primary_button
from medbill_desktop.ui.widgets.fields import FormField, LineField
from medbill_desktop.ui.widgets.password import NewPassword, PasswordEntry
from medbill_desktop.ui.widgets.recovery_codes import RecoveryCodes
from medbill_desktop.ui.widgets.words import StatusLine, label, reveal
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.joining import Enrolment

RENEW_WORDS = "You get ten new codes, shown once. The codes you have now stop working."
CODE_WORDS = "A code of your authenticator, or a recovery code"


class PasswordDialog(SecureDialog):
    """The current password and a code, then the new one twice with its meter."""

    no_draft = "Passwords and codes are secrets."

    def __init__(self, parent: QWidget, jobs: Jobs, shell: Shell) -> None:
        super().__init__(parent, "Change password")
        self._jobs, self._shell = jobs, shell
        self.current = PasswordEntry("Current password", name="current_password")
        self.code = LineField("000 000", name="current_code", most=64)
        code_line = FormField(CODE_WORDS, self.code)
        self.entry = NewPassword(jobs, judged_by(shell.office, shell.office.own.judge_password))
        self.problem = StatusLine()
        self.keep_width(WIDTH)
        for each in (self.current, code_line, label("The new password"), self.entry, self.problem):
            self.body.addWidget(each)
        reveal(code_line, shell.office.kind != "training")
        self.change = primary_button("Change", name="change_password", pressed=self._on_change)
        self.add_buttons(Button("Cancel", "Esc", pressed=self.reject), self.change)
        self.current.setFocus()

    def _on_change(self) -> None:
        if self.entry.is_pending:
            self.problem.say("Still checking the password. Press again in a moment.", Tone.NONE)
            return
        if not self.entry.ok:
            self.problem.say("Choose a new password that is strong enough, and type it twice.")
            return
        office, current, new = self._shell.office, self.current.value(), self.entry.value()
        code = self.code.text().strip()
        self.change.setEnabled(False)
        self.problem.say("Changing the password", Tone.NONE)
        job = self._jobs.work(lambda watch: office.own.change_password(current, code, new), writes=True)
        job.on(self._on_changed, self._on_failed)

    @Slot(object)
    def _on_changed(self, _: object) -> None:
        self.current.clear()
        self.entry.clear()
        self._shell.say("Your password is changed.")
        self.accept()

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self.change.setEnabled(True)
        self.code.clear()
        self.problem.say(explain(error))


class AuthenticatorDialog(SecureDialog):
    """A new telephone: allowed by the old one or a recovery code, proven by a code of the new one."""

    no_draft = "Codes are secrets."

    def __init__(self, parent: QWidget, desk: Desk, jobs: Jobs, shell: Shell, enrolment: Enrolment) -> None:
        super().__init__(parent, "New authenticator")
        self._desk, self._jobs, self._shell = desk, jobs, shell
        self._enrolment = enrolment
        self.step = AuthenticatorStep(enrolment, shell, self)
        self.current = LineField("000 000", name="current_code", most=64)
        self.problem = StatusLine()
        self.keep_width(WIDTH)
        self.body.addWidget(FormField("A code of the authenticator until now, or a recovery code", self.current))
        self.body.addWidget(self.step)
        self.body.addWidget(label(HONEST, ink="2", wrap=True))
        self.body.addWidget(self.problem)
        self.change = primary_button("Replace", name="replace_authenticator", pressed=self._on_replace)
        self.add_buttons(Button("Cancel", "Esc", pressed=self.reject), self.change)
        self.current.setFocus()

    def _on_replace(self) -> None:
        made = self._enrolment
        if not made.proven and not self.step.prove(self._desk.clock.now()):
            self.problem.say("The code of the new authenticator is not right. Type the newest one it shows.")
            self.step.focus_first()
            return
        office, current = self._shell.office, self.current.text().strip()
        self.change.setEnabled(False)
        job = self._jobs.work(
            lambda watch: office.own.change_authenticator(current, made.secret, made.step), writes=True
        )
        job.on(self._on_replaced, self._on_failed)

    @Slot(object)
    def _on_replaced(self, _: object) -> None:
        self._shell.say("Your new authenticator counts from now on.")
        self.accept()

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self.change.setEnabled(True)
        self.problem.say(explain(error))
        self.current.setFocus()


class RenewDialog(SecureDialog):
    """New recovery codes are allowed by a code, or a desk left open would give them away."""

    no_draft = "Codes are secrets."

    def __init__(self, parent: QWidget, jobs: Jobs, shell: Shell) -> None:
        super().__init__(parent, "New recovery codes")
        self._parent, self._jobs, self._shell = parent, jobs, shell
        self.current = LineField("000 000", name="current_code", most=64)
        self.problem = StatusLine()
        self.keep_width(WIDTH)
        self.body.addWidget(label(RENEW_WORDS, wrap=True))
        self.body.addWidget(FormField(CODE_WORDS, self.current))
        self.body.addWidget(self.problem)
        self.make = primary_button("Make new codes", name="renew_codes", pressed=self._on_make)
        self.add_buttons(Button("Cancel", "Esc", pressed=self.reject), self.make)
        self.current.setFocus()

    def _on_make(self) -> None:
        office, current = self._shell.office, self.current.text().strip()
        self.make.setEnabled(False)
        self._jobs.work(lambda watch: office.own.new_codes(current), writes=True).on(self._on_made, self._on_failed)

    @Slot(object)
    def _on_made(self, codes: Any) -> None:
        self.accept()
        CodesDialog(self._parent, self._shell, codes).open()

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self.make.setEnabled(True)
        self.current.clear()
        self.problem.say(explain(error))
        self.current.setFocus()


class CodesDialog(SecureDialog):
    """Ten new recovery codes, shown this once."""

    def __init__(self, parent: QWidget, shell: Any, codes: Sequence[str]) -> None:
        super().__init__(parent, "New recovery codes")
        self.keep_width(WIDTH)
        self.codes = RecoveryCodes(codes, shell, self)
        self.body.addWidget(self.codes)
        self.add_buttons(primary_button("Done", "Esc", name="codes_done", pressed=self.accept))
        self.codes.print_button.setFocus()
