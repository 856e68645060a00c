"""What a person who left may still hold, and new keys for the practice against it (SECURITY K14b, B19)."""

from collections.abc import Callable

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox, QWidget

from medbill_desktop.domain.staff_tasks import Held
from medbill_desktop.ui.dialogs.secure_dialog import SecureDialog
from medbill_desktop.ui.theme import Tone
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.words import StatusLine, label
from medbill_desktop.usecases.key_rotation import Why

NEW_KEYS = (
    "New keys encrypt the whole database anew, so that copies of keys or files that somebody kept open nothing that is"
    " written from now on. Nobody else can save meanwhile. Every other computer has to be enrolled again, each by"
    " a code that you are offered then. A backup is made at once."
)
OLD_COPIES = "Backups and copies made before stay readable to whoever holds them together with a key of that time."
LEFT = (
    "The sign-in is gone. What there is to do stays on Users and Today until somebody did it. The first of it can be"
    " done now: new keys for the practice."
)
_ADVICE_LINES = 5  # all three pieces of advice, and the space around them
_HELD = (
    ("computer", "A computer with the practice on it, or a copy of its files", "New keys shut those copies out."),
    ("target", "The password of a place where backups go", "Change that password as well; new keys don't."),
    (
        "kit",
        "The recovery kit, or a copy of it",
        "New keys don't help against the paper: the same kit opens the practice afterwards too. Get every copy back.",
    ),
)


class NewKeysDialog(SecureDialog):
    """Asks what may be in other hands and offers new keys; `then(why)` is called where they are wanted.

    After a removal `held` says what the person held, and nothing is asked again.
    """

    no_draft = "Nothing is typed: a few ticks, answered in one go."

    def __init__(
        self, parent: QWidget, then: Callable[[Why], object], *, left: bool, held: frozenset[Held] = frozenset()
    ) -> None:
        super().__init__(parent, "The person was removed" if left else "New keys")
        self._then, self._grown = then, False
        intro = label(LEFT if left else "What may be in other hands?", wrap=True)
        intro.setMinimumWidth(460)
        self.body.addWidget(intro)
        self.ticks: dict[str, QCheckBox] = {}
        for name, words, _ in _HELD:
            tick = self.ticks[name] = QCheckBox(words)
            tick.setObjectName(f"held_{name}")
            tick.toggled.connect(self._on_ticked)
            self.body.addWidget(tick)
            tick.setVisible(not left)
        self.advice = StatusLine()
        self.body.addWidget(self.advice)
        self.body.addWidget(label(f"{NEW_KEYS} {OLD_COPIES}", ink="2", wrap=True))
        self.make = Button("Make new keys", "Ctrl+Enter", kind="primary", name="make_keys", pressed=self._on_make)
        self.add_buttons(Button("Not now", "Esc", name="not_now", pressed=self.reject), self.make)
        self._why = Why.REMOVAL if left else Why.LEAK
        if left:
            self._grown = True
            self.keep_width(520)
        for name, tick in self.ticks.items():
            tick.setChecked(Held(name) in held)
        self.make.setFocus() if left else self.ticks["computer"].setFocus()

    @Slot(bool)
    def _on_ticked(self, _: bool) -> None:
        said = [advice for name, _, advice in _HELD if self.ticks[name].isChecked()]
        self.advice.say(" ".join(said), Tone.WARN)
        if said and not self._grown:
            self._grown = True
            self.resize(self.width(), self.height() + _ADVICE_LINES * self.fontMetrics().lineSpacing())

    def _on_make(self) -> None:
        self.accept()
        self._then(self._why)
