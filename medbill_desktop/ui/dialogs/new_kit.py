"""A new recovery kit while an owner or officer is there, and the yearly retyping of one (SECURITY K20, K22)."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QRadioButton, QWidget

from medbill_desktop.ui.dialogs.enrolment_codes import offer_codes
from medbill_desktop.ui.dialogs.secure_dialog import SecureDialog
from medbill_desktop.ui.jobs import explain
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.sign_in.duty_view import old_words
from medbill_desktop.ui.sign_in.kit_views import KIT_HINT
from medbill_desktop.ui.sign_in.steps import KitStep
from medbill_desktop.ui.theme import Tone, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import FormField, LineField
from medbill_desktop.ui.widgets.words import StatusLine, label
from medbill_desktop.usecases.kits import MOST_HOLDER, NewKit

WIDTH = 560
HANDS = (
    "With new keys the old page opens no copy of the practice that is made from now on. All other computers then have"
    " to be let in again, each by a code."
)


class NewKitDialog(SecureDialog):
    """What the kit is for; then print, retype, and it is in force with a backup that it opens."""

    keeps = "kit"

    def __init__(self, page: Page, then: Callable[[], object]) -> None:
        super().__init__(page, "New recovery kit")
        self._page, self._then = page, then
        self._kit: NewKit | None = None
        self.step: KitStep | None = None
        self.lost = QRadioButton("In place of all kits: one is lost, or was seen")
        self.beside = QRadioButton("One more, for a second custodian")
        self.hands = QCheckBox("The old kit could be in other hands: make new keys too")
        for each, name in ((self.lost, "replace"), (self.beside, "beside"), (self.hands, "other_hands")):
            each.setObjectName(name)
        self._group = QButtonGroup(self)
        for choice in (self.lost, self.beside):
            self._group.addButton(choice)
        self.lost.setChecked(True)
        self.lost.toggled.connect(self.hands.setEnabled)
        self.holder = LineField(name="holder", most=MOST_HOLDER)
        self._holder = FormField("Who keeps it, and where", self.holder)
        self._note, self.problem = label(HANDS, Type.CAPTION, "2", wrap=True), StatusLine()
        for widget in (self.lost, self.beside, self.hands, self._note, self._holder, self.problem):
            self.body.addWidget(widget)
        self.go = Button("Continue", "Ctrl+Enter", kind="primary", name="go_on", pressed=self._on_go)
        self.leave = Button("Cancel", "Esc", name="cancel", pressed=self.reject)
        self.add_buttons(self.leave, self.go)
        self.keep_width(WIDTH)
        self.lost.setFocus()

    @property
    def kept_part(self) -> QWidget | None:
        """Who keeps it; never the kit."""
        return self._holder

    def _on_go(self) -> None:
        if self._kit is None or self.step is None:
            self._begin()
        else:
            self._finish(self._kit, self.step)

    def _begin(self) -> None:
        kit = self._page.shell.office.kits.new(self.holder.text(), beside=self.beside.isChecked())
        self._kit, self.step = kit, KitStep(kit, self._page.jobs, self)
        for each in (self.lost, self.beside, self.hands, self._note, self._holder):
            each.hide()
        self.body.insertWidget(0, self.step)
        self.go.say("Put it in force")
        self.step.focus_first()

    def _finish(self, kit: NewKit, step: KitStep) -> None:
        try:
            if not kit.retype(step.typed.text()):
                self.problem.say("That is not the line on the paper. Compare it group by group.")
                return
        except Exception as error:
            self.problem.say(explain(error))
            return
        office, new_keys = self._page.shell.office, self.hands.isChecked() and self.lost.isChecked()
        self.go.setEnabled(False)
        self.problem.say("Putting the kit in force and making a backup", Tone.NONE)
        work = self._page.jobs.work(
            lambda watch: office.kits.finish(kit, watch, new_keys=new_keys), "Making a recovery kit", writes=True
        )
        work.cancelled.connect(self._on_cancelled)
        work.on(self._on_done, self._on_failed)

    @Slot(object)
    def _on_done(self, made: Any) -> None:
        said = "The new kit is in force, and a backup is made that it opens."
        old = "" if self.beside.isChecked() else f" {old_words(self._page.desk)}"
        self.accept()
        self._page.shell.say("The new recovery kit is in force.")
        self._page.problems.say((f"{said}{old}", Tone.OK))
        self._then()
        if made is not None:
            offer_codes(self._page, made, self._then)

    @Slot()
    def _on_cancelled(self) -> None:
        self._on_failed("Cancelled. The list of kits says which one is in force.")

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self.go.setEnabled(True)
        self.problem.say(error if isinstance(error, str) else explain(error))
        self._then()


class DrillDialog(SecureDialog):
    """Retype the kit from the paper: it proves that it is there and can be read."""

    no_draft = "The line of the recovery kit is a secret."

    def __init__(self, page: Page, then: Callable[[], object]) -> None:
        super().__init__(page, "Try the recovery kit")
        self._page, self._then = page, then
        self.typed, self.problem = LineField(name="drill_kit", most=400), StatusLine()
        words = "Take the page out of the safe and type its line. Once a year is enough."
        for each in (label(words, wrap=True), FormField("Line of the recovery kit", self.typed)):
            self.body.addWidget(each)
        self.body.addWidget(label(KIT_HINT, Type.CAPTION, "2", wrap=True))
        self.body.addWidget(self.problem)
        self.go = Button("Try it", "Ctrl+Enter", kind="primary", name="try_kit", pressed=self._on_go)
        self.add_buttons(Button("Cancel", "Esc", name="cancel", pressed=self.reject), self.go)
        self.keep_width(WIDTH)
        self.typed.setFocus()

    def _on_go(self) -> None:
        office, typed = self._page.shell.office, self.typed.text()
        self.go.setEnabled(False)
        self._page.jobs.work(lambda watch: office.kits.drill(typed), writes=True).on(self._on_done, self._on_failed)

    @Slot(object)
    def _on_done(self, _: object) -> None:
        self.typed.clear()
        self.accept()
        self._page.shell.say("The kit is the right one, and can be read.")
        self._then()

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self.go.setEnabled(True)
        self.problem.say(explain(error))
