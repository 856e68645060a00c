"""A person joins, comes back or chooses a new password at this computer (SECURITY K11, K14a, K23-K26).

Who manages users says who it is; then the person sits down, types a password that nobody else sees, scans the QR,
proves a code and keeps the recovery codes. Leaving at any step leaves nothing behind.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Invalid
from medbill_desktop.domain.users import OwnRole, RoleKey
from medbill_desktop.ui.dialogs.secure_dialog import SecureDialog
from medbill_desktop.ui.jobs import Jobs, explain
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.sign_in.sign_in_view import HONEST
from medbill_desktop.ui.sign_in.steps import AuthenticatorStep, PasswordStep
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button, primary_button
from medbill_desktop.ui.widgets.fields import Form, LineField
from medbill_desktop.ui.widgets.role_ticks import RoleTicks
from medbill_desktop.ui.widgets.words import StatusLine, label, reveal
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.joining import Joining
from medbill_desktop.usecases.users import UserLine

WIDTH = 560
HAND_OVER = "Now the person sits down here and chooses a password. Nobody else needs to know it."


def judged_by(office: Any, judge: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return the judge of new passwords; the training practice takes any (SECURITY K30)."""
    if office.kind != "training":
        return judge
    return lambda password: replace(judge(password), ok=True, problems=())


class JoiningDialog(SecureDialog):
    """Steps: who, password, authenticator, recovery codes; `again` is somebody who is known already.

    `then` is called with the person's id.
    """

    keeps = "user.join"

    def __init__(
        self, parent: QWidget, desk: Desk, jobs: Jobs, shell: Shell, *,
        again: UserLine | None = None, then: Callable[[Id], object] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent, "Add a person" if again is None else "New sign-in")
        self._desk, self._jobs, self._shell, self._again, self._then = desk, jobs, shell, again, then
        self._joining: Joining | None = None
        self.who: WhoStep | None = None
        self.password: PasswordStep | None = None
        self.authenticator: AuthenticatorStep | None = None
        self._words, self.problem = label("", ink="2", wrap=True), StatusLine()
        self._place = QVBoxLayout()
        self.keep_width(WIDTH)
        self.body.addWidget(self._words)
        self.body.addLayout(self._place)
        self.body.addWidget(self.problem)
        self.next = primary_button("Continue", name="joining_next", pressed=self._on_next)
        self.add_buttons(Button("Cancel", "Esc", name="joining_cancel", pressed=self.reject), self.next)
        if again is None:
            self.who = WhoStep(desk.user.book.offered)
            self._put(self.who, "Who joins, and what they may do.")
        else:
            self._begin(again.name, frozenset())

    @property
    def kept_part(self) -> QWidget | None:
        """Who it is; never what the person types who sits down then."""
        return self.who

    def _put(self, step: QWidget, words: str) -> None:
        """Show one step in the place of the one before."""
        while (item := self._place.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.setParent(None)
        self._place.addWidget(step)
        reveal(step, True)
        self._words.setText(words)
        self.problem.say("")
        step.focus_first()  # type: ignore[attr-defined]

    def _on_next(self) -> None:
        if self._joining is None:
            if self.who is not None:
                self._begin(self.who.name, self.who.roles)
        elif self.authenticator is None:
            self._password_done()
        elif not self.authenticator.codes_shown:
            self._code_done()
        else:
            self._finish()

    def _begin(self, name: str, roles: frozenset[RoleKey]) -> None:
        try:
            joining = Joining(self._desk, self._shell.office.slots, name, roles, self._again)
        except Invalid as error:
            if self.who is not None:
                self.who.show_problems(error)
            return
        except Exception as error:
            self.problem.say(explain(error))
            return
        self._joining = joining
        self.password = PasswordStep(self._jobs, judged_by(self._shell.office, joining.judge))
        self._put(self.password, HAND_OVER)

    def _password_done(self) -> None:
        entry = self.password.entry if self.password is not None else None
        if entry is None or self._joining is None:
            return
        if entry.is_pending:
            self.problem.say("Still checking the password. Press again in a moment.", Tone.NONE)
        elif not entry.ok:
            self.problem.say("Choose a password that is strong enough, and type it twice.")
        elif self._shell.office.kind == "training":
            self._finish()
        else:
            self.authenticator = AuthenticatorStep(self._joining.enrolment, self._shell, self)
            self._put(self.authenticator, HONEST)

    def _code_done(self) -> None:
        step = self.authenticator
        if step is None or self._joining is None:
            return
        if not self._joining.enrolment.proven and not step.prove(self._desk.clock.now()):
            self.problem.say("That code is not right. Check the clock of the telephone, then type the newest code.")
            return
        self.problem.say("")
        self._words.setText("Keep the recovery codes before you go on.")
        step.show_codes()
        self.next.say("Finish")

    def _finish(self) -> None:
        joining, password = self._joining, self.password
        if joining is None or password is None:
            return
        typed = password.entry.value()
        self.next.setEnabled(False)
        self.problem.say("Making the sign-in", Tone.NONE)
        job = self._jobs.work(lambda watch: joining.finish(typed), writes=True)
        job.on(self._on_finished, self._on_failed)

    @Slot(object)
    def _on_finished(self, user_id: object) -> None:
        if self.password is not None:
            self.password.entry.clear()
        self._shell.say("The person can sign in now.")
        self.accept()
        if self._then is not None and isinstance(user_id, int):
            self._then(Id(user_id))

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self.next.setEnabled(True)
        self.problem.say(explain(error))


class WhoStep(QWidget):
    """Name and roles."""

    def __init__(self, own: Iterable[OwnRole]) -> None:
        super().__init__()
        self.form, self.ticks = Form(), RoleTicks(own)
        self.form.add("name", "Name, as people here know them", LineField(name="person_name", most=80), 0, 0, 12)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.ONE)
        column.addWidget(self.form)
        column.addWidget(label("Roles", Type.CAPTION, "2"))
        column.addWidget(self.ticks)

    @property
    def name(self) -> str:
        return self.form.text("name")

    @property
    def roles(self) -> frozenset[RoleKey]:
        return self.ticks.value()

    def focus_first(self) -> None:
        self.form.fields["name"].setFocus()

    def show_problems(self, error: Invalid) -> None:
        """Put each problem where it belongs."""
        homeless = self.form.show_problems(error.problems)
        self.ticks.say(" ".join(each.sentence() for each in homeless))
