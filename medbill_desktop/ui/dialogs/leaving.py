"""A person leaves: what did they hold? The sign-in ends at once; what is to be done stays open (SECURITY K14, H5)."""

from collections.abc import Callable

from PySide6.QtWidgets import QCheckBox, QWidget

from medbill_desktop.domain.staff_tasks import HELD_WORDS, Held
from medbill_desktop.ui.dialogs.secure_dialog import SecureDialog
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.words import label

REMOVE_WORDS = (
    "{name} can't sign in any more from the moment you press Remove. What they did stays written down. What there is to"
    " do about the things below becomes a list, and stays on Users and Today until somebody did it."
)


class LeavingDialog(SecureDialog):
    """The questions, with Remove; `then(held)` is called with what was ticked."""

    no_draft = "Nothing is typed: a few ticks, answered in one go."

    def __init__(self, parent: QWidget, name: str, then: Callable[[frozenset[Held]], object]) -> None:
        super().__init__(parent, "Remove a person")
        self._then = then
        self.keep_width(520)
        self.body.addWidget(label(REMOVE_WORDS.format(name=name), wrap=True))
        self.body.addWidget(label("Did this person hold any of these?", ink="2"))
        self.ticks: dict[Held, QCheckBox] = {}
        for each, words in HELD_WORDS.items():
            tick = self.ticks[each] = QCheckBox(words)
            tick.setObjectName(f"left_with_{each}")
            self.body.addWidget(tick)
        self.remove = Button("Remove", "Ctrl+Enter", kind="primary", name="leaving_remove", pressed=self._on_remove)
        self.add_buttons(Button("Cancel", "Esc", name="leaving_cancel", pressed=self.reject), self.remove)
        self.ticks[Held.COMPUTER].setFocus()

    def _on_remove(self) -> None:
        held = frozenset(each for each, tick in self.ticks.items() if tick.isChecked())
        self.accept()
        self._then(held)
