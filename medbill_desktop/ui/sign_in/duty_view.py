"""What the practice owes after a use of the recovery kit: a new kit and new keys, first of all (SECURITY K21)."""

from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QProgressBar

from medbill_desktop.domain.dates import say_date
from medbill_desktop.ui.jobs import Jobs, explain
from medbill_desktop.ui.sign_in.column import Column
from medbill_desktop.ui.sign_in.steps import KitStep
from medbill_desktop.ui.theme import Tone
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.words import StatusLine, label, reveal
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.key_rotation import Rotated
from medbill_desktop.usecases.kits import (
    AskOwed,
    ListOldBundles,
    NewKit,
    list_old_bundles,
    recovery_owed,
    renew_kit,
)

USED = (
    "Whoever used the recovery kit, or saw its page, could open the practice. So the practice gets a new kit and new"
    " keys now; then the old page opens nothing that is written from here on. It takes a minute or more."
)
KEYS_LEFT = "The new kit is in force. The new keys are still owed: without them the old page opens copies of today."
MOST_LISTED = 6


def is_owed(office: Any, desk: Desk) -> bool:
    """Tell whether this person is led through it: who may do it, where it can be done."""
    may = desk.may(recovery_owed) and desk.may(renew_kit) and not office.read_only
    return bool(may and desk.ask(recovery_owed, AskOwed()).pressing)


class DutyView(Column):
    """Print and retype a new kit, then new keys; `paid` when nothing is owed any more, or nothing can be done now."""

    paid = Signal()
    help_key = "recovery_kit"

    def __init__(self, office: Any, jobs: Jobs) -> None:
        super().__init__(icon_name="ph.lifebuoy", title="The recovery kit was used", wide=True)
        self.setObjectName("duty_view")
        self._office, self._jobs, self._done = office, jobs, False
        owed = office.desk.ask(recovery_owed, AskOwed())
        self.say_title("The recovery kit was used", USED if owed.new_kit else KEYS_LEFT)
        self._kit: NewKit | None = office.kits.new() if owed.new_kit else None
        self.step = KitStep(self._kit, jobs, self) if self._kit is not None else None
        self.bar, self.problem = QProgressBar(), StatusLine()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress")
        self.bar.hide()
        self._told = label("", wrap=True, name="old_bundles")
        self._told.hide()
        words = "Put the new kit in force" if owed.new_kit else "Make the new keys"
        self.button = Button(words, "Ctrl+Enter", kind="primary", name="pay", pressed=self._on_go)
        self.later = Button("Go on for now", kind="link", name="later")
        self.later.clicked.connect(self.paid)
        self.later.hide()
        for each in (self.step, self.bar, self.problem, self._told, self.button, self.later):
            if each is not None:
                self.body.addWidget(each)

    def focus_first(self) -> None:
        if self.step is not None and not self._done:
            self.step.focus_first()
        else:
            self.button.setFocus()

    def _on_go(self) -> None:
        if self._done:
            self.paid.emit()
            return
        office, kit = self._office, self._kit
        try:
            if kit is not None and self.step is not None and not kit.retype(self.step.typed.text()):
                self.problem.say("That is not the line on the paper. Compare it group by group.")
                return
        except Exception as error:
            self.problem.say(explain(error))
            return
        self.button.setEnabled(False)
        reveal(self.bar, True)
        self.problem.say("Changing the keys of the practice", Tone.NONE)

        def pay(watch: Any) -> Rotated:
            made = office.kits.new_keys(watch) if kit is None else office.kits.finish(kit, watch, new_keys=True)
            return made  # type: ignore[no-any-return]

        job = self._jobs.work(pay, "Making new keys", writes=True)
        job.progressed.connect(self._on_progress)
        job.cancelled.connect(self._on_cancelled)
        job.on(self._on_paid, self._on_failed)

    @Slot(object, object, str)
    def _on_progress(self, done: int, total: int, text: str) -> None:
        self.bar.setRange(0, 1000)
        self.bar.setValue(min(1000, done * 1000 // total) if total else 0)
        self.problem.say(text, Tone.NONE)

    @Slot(object)
    def _on_paid(self, made: Rotated) -> None:
        self._done = True
        reveal(self.bar, False)
        if self.step is not None:
            self.step.typed.clear()
            self.step.hide()
        self.problem.say("The new kit and the new keys are in force, and a backup is made that the kit opens.", Tone.OK)
        self._told.setText(f"{old_words(self._office.desk)}{_to_enrol(made)}")
        self._told.show()
        self.button.say("Open the practice")
        self.button.setEnabled(True)
        self.button.setFocus()

    @Slot()
    def _on_cancelled(self) -> None:
        self._on_failed("Nothing more was changed. What is owed stays owed.")

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        reveal(self.bar, False)
        self.button.setEnabled(True)
        self.problem.say(error if isinstance(error, str) else explain(error))
        # A practice that can't be paid for now, for want of room on the disk, still has patients waiting.
        self.later.show()


def old_words(desk: Desk) -> str:
    """Say which backups the old kit opens still (SECURITY K21)."""
    old = desk.ask(list_old_bundles, ListOldBundles())
    if not old:
        return "No backup is known that the old page still opens. Destroy the page all the same. "
    lines = ", ".join(f"{each.name} ({say_date(each.at.astimezone().date())})" for each in old[:MOST_LISTED])
    more = f" and {len(old) - MOST_LISTED} more" if len(old) > MOST_LISTED else ""
    return f"The old page still opens the backups made before: {lines}{more}. Keep it locked away as long as they lie. "


def _to_enrol(made: Rotated) -> str:
    if not made.dropped:
        return ""
    return f"To be let in again by a code under Settings, Security: {', '.join(made.dropped)}."
