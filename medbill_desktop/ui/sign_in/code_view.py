"""A further computer comes in with an enrolment code, together with the first sign-in on it (SECURITY K15)."""

from typing import Any

from PySide6.QtCore import Signal, Slot

from medbill_desktop.ui.jobs import Jobs, explain
from medbill_desktop.ui.sign_in.column import Column
from medbill_desktop.ui.sign_in.kit_views import NO_STORE, ProtectedFileChoice
from medbill_desktop.ui.theme import Tone, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import FormField, LineField
from medbill_desktop.ui.widgets.password import PasswordEntry
from medbill_desktop.ui.widgets.words import StatusLine, label, reveal
from medbill_desktop.usecases.code_entry import CodeEntry
from medbill_desktop.usecases.office import PROTECTED_FILE_WORDS

CODE_HINT = "36 characters in fours. Small or capital letters and blanks do not matter."


class UnknownComputer(Column):
    """The practice lies here and does not know this computer: what lets it in."""

    help_key = "enrolment"

    def __init__(self) -> None:
        super().__init__(icon_name="ph.desktop", title="Enrol this computer")
        words = "The practice does not know this computer, or this account on it. An owner or officer can let it in."
        self.say_title("Enrol this computer", words)
        self.code = Button("I have an enrolment code", kind="primary", name="have_code")
        self.kit = Button("I have the recovery kit", name="have_kit")
        self.restore = Button("Restore a backup", kind="link", name="restore")
        for each in (self.code, self.kit, self.restore):
            self.body.addWidget(each)

    def focus_first(self) -> None:
        self.code.setFocus()


class CodeView(Column):
    """The code first, which is checked at once; then name, password and authenticator. `signed_in` carries the desk."""

    signed_in = Signal(object)
    left = Signal()
    help_key = "enrolment"

    def __init__(self, office: Any, jobs: Jobs) -> None:
        super().__init__(icon_name="ph.desktop", title="Enrolment code", wide=True)
        self._office, self._jobs, self._checked = office, jobs, ""
        self.setObjectName("code_view")
        self.say_title("Enrol this computer", "Type the code that the other computer shows.")
        self.typed = LineField(name="enrolment_code", most=80)
        self.name, self.password = LineField(name="name", most=80), PasswordEntry()
        self.code = LineField("000 000", name="code", most=64)
        self.choice, self.problem = ProtectedFileChoice(), StatusLine()
        self._code_line = FormField("Enrolment code", self.typed, hint=CODE_HINT)
        totp = FormField("Code from your authenticator", self.code, hint="6 digits, or a recovery code")
        self._person = (FormField("Your name", self.name), self.password, totp)
        self._store_words = label(f"{NO_STORE} {PROTECTED_FILE_WORDS}", Type.CAPTION, "2", wrap=True)
        self.button = Button("Continue", "Ctrl+Enter", kind="primary", name="go_on", pressed=self._on_go)
        back = Button("Back", "Esc", kind="link", name="back", pressed=self.left.emit)
        self._storeless = not office.has_store and office.kind == "practice"
        more = (self._store_words, self.choice)
        for each in (self._code_line, *self._person, *more, self.problem, self.button, back):
            self.body.addWidget(each)
        for each in (*self._person, *more):
            each.hide()

    def focus_first(self) -> None:
        (self.name if self._checked else self.typed).setFocus()

    def _on_go(self) -> None:
        office = self._office
        self.button.setEnabled(False)
        if not self._checked:
            typed = self.typed.text()
            self.problem.say("Checking the code", Tone.NONE)
            job = self._jobs.call(lambda: office.entry.check_code(typed), while_locked=True)
            job.on(self._on_checked, self._on_failed)
            return
        code = self.code.text().strip()
        if len(code) <= 7:
            code = code.replace(" ", "")
        entry = CodeEntry(
            self._checked, self.name.text(), self.password.value(), code, protected_file=self.choice.isChecked()
        )
        self.password.setFocus()
        self.problem.say("Checking", Tone.NONE)
        job = self._jobs.call(lambda: office.entry.with_code(entry), while_locked=True)
        job.on(self._on_open, self._on_failed)

    @Slot(object)
    def _on_checked(self, _: object) -> None:
        self._checked = self.typed.text()
        self.problem.say("")
        self.say_title(
            "Enrol this computer", "The code is right. Now sign in: this computer then belongs to the practice."
        )
        self._code_line.hide()
        for each in self._person:
            each.show()
        reveal(self._person[2], self._office.kind != "training")
        reveal(self._store_words, self._storeless)
        reveal(self.choice, self._storeless)
        if (facts := self._office.prefill) is not None:
            self.name.setText(facts.name)
            self.password.field.setText(facts.password)
        self.button.say("Enrol and sign in")
        self.button.setEnabled(True)
        self.focus_first()

    @Slot(object)
    def _on_open(self, desk: object) -> None:
        self._checked = ""
        for each in (self.typed, self.password.field, self.code):
            each.clear()
        self.signed_in.emit(desk)

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self.button.setEnabled(True)
        self.problem.say(explain(error))
        if self._checked:
            self.password.clear()
            self.code.clear()
            self.password.setFocus()
        else:
            self.typed.setFocus()
