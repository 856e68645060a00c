"""The recovery kit gives an owner or officer a one-time code for a new sign-in (SECURITY K13, K21)."""

from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot

from medbill_desktop.domain.ids import Id
from medbill_desktop.ui.jobs import Jobs, explain
from medbill_desktop.ui.sign_in.column import Column
from medbill_desktop.ui.sign_in.kit_views import KIT_HINT
from medbill_desktop.ui.theme import Tone, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import ChoiceField, FormField, LineField
from medbill_desktop.ui.widgets.words import StatusLine, label
from medbill_desktop.usecases.inviting import Slip
from medbill_desktop.usecases.recovery_session import Officer, RecoverySession

ASKED = "For an owner or officer who can't sign in any more. That the kit was used is told to all officers."
SHOWN = (
    "Go back to sign-in and press I have a one-time code: type the name and this code, within 24 hours. Then you choose"
    " a password. The old one does not work any more."
)


class ResetView(Column):
    """The kit's line, then the person, then the code, shown once; leaving drops the key."""

    left = Signal()
    help_key = "recovery_kit"

    def __init__(self, office: Any, jobs: Jobs) -> None:
        super().__init__(icon_name="ph.lifebuoy", title="A new sign-in", wide=True)
        self._office, self._jobs = office, jobs
        self._session: RecoverySession | None = None
        # A list outlives the widget: the key goes with the view, whatever takes that off.
        self._held: list[RecoverySession] = []
        self.setObjectName("reset_view")
        self.say_title("A new sign-in", ASKED)
        self.kit, self.person = LineField(name="kit", most=400), ChoiceField(name="person")
        self._kit_line = FormField("Line of the recovery kit", self.kit)
        self._person_line = FormField("Who", self.person)
        self._hint = label(KIT_HINT, Type.CAPTION, "2", wrap=True)
        self.code = label("", Type.TITLE, name="one_time_code")
        self.code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByKeyboard)
        self.problem = StatusLine()
        self.button = Button("Continue", "Ctrl+Enter", kind="primary", name="go_on", pressed=self._on_go)
        back = Button("Back", "Esc", kind="link", name="back", pressed=self._on_back)
        for each in (self._kit_line, self._hint, self._person_line, self.code, self.problem, self.button, back):
            self.body.addWidget(each)
        self._person_line.hide()
        self.code.hide()
        self.destroyed.connect(partial(_close, self._held))

    def focus_first(self) -> None:
        (self.kit if self._session is None else self.person).setFocus()

    def _on_go(self) -> None:
        office, session = self._office, self._session
        self.button.setEnabled(False)
        self.problem.say("Checking the kit" if session is None else "Making the code", Tone.NONE)
        if session is None:
            typed = self.kit.text()
            begin = self._jobs.call(lambda: _begun(office.recover(typed)), while_locked=True)
            begin.on(self._on_begun, self._on_failed)
        else:
            chosen = Id(int(str(self.person.value())))
            self._jobs.call(lambda: session.reset(chosen), while_locked=True).on(self._on_slip, self._on_failed)

    @Slot(object)
    def _on_begun(self, begun: tuple[RecoverySession, tuple[Officer, ...]]) -> None:
        self._session, people = begun
        self._held.append(self._session)
        self.kit.clear()
        self.person.offer([(each.id, each.name) for each in people])
        self._kit_line.hide()
        self._hint.hide()
        self._person_line.show()
        self.problem.say("")
        self.button.say("Show a one-time code")
        self.button.setEnabled(True)
        self.person.setFocus()

    @Slot(object)
    def _on_slip(self, slip: Slip) -> None:
        self._person_line.hide()
        self.button.hide()
        self.code.setText(slip.code)
        self.code.setAccessibleName(f"One-time code: {slip.code}")
        self.code.show()
        self.say_title(f"A new sign-in for {slip.name}", SHOWN)
        self.problem.say("")
        self._close_session()

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self.button.setEnabled(True)
        self.problem.say(explain(error))

    def _on_back(self) -> None:
        self._close_session()
        self.left.emit()

    def _close_session(self) -> None:
        _close(self._held)
        self._session = None


def _begun(session: RecoverySession) -> tuple[RecoverySession, tuple[Officer, ...]]:
    return session, session.people()


def _close(held: list[RecoverySession], *_: object) -> None:
    while held:
        held.pop().close()
