"""Codes that let further computers in, each shown once (SECURITY K15)."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medbill_desktop.domain.dates import say_date
from medbill_desktop.ui.dialogs.secure_dialog import SecureDialog
from medbill_desktop.ui.jobs import explain
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import FormField, LineField
from medbill_desktop.ui.widgets.qr import QrCode
from medbill_desktop.ui.widgets.words import StatusLine, label
from medbill_desktop.usecases.enrolment import MOST_NAME, ShownCode
from medbill_desktop.usecases.key_rotation import Rotated

WIDTH = 560
ASKED = (
    "The code lets one computer, or one more account on this computer, into the practice, once and within seven days."
    " It signs nobody in: name, password and code are asked there."
)
SHOWN = (
    "On the other computer choose “I have an enrolment code” and type it. It is shown only now: whoever sees it and"
    " has the files of the practice has what an enrolled computer has."
)


class EnrolmentCodeDialog(SecureDialog):
    """Asks what the computer is called and shows its code; `names` are computers already known, one after the other."""

    keeps = "computer"

    def __init__(self, page: Page, names: Sequence[str] = (), then: Callable[[], object] | None = None) -> None:
        super().__init__(page, "Enrolment code" if len(names) < 2 else "Enrolment codes")
        self._page, self._names, self._then = page, tuple(names), then
        self._codes: tuple[ShownCode, ...] = ()
        self._at = 0
        self.computer = LineField(name="new_computer", most=MOST_NAME)
        self._ask = FormField("What people here call that computer", self.computer)
        self._words, self.trouble = label(ASKED, wrap=True), StatusLine()
        self._place = QVBoxLayout()
        self.go = Button("Show the code", "Ctrl+Enter", kind="primary", name="show_code", pressed=self._on_go)
        self.leave = Button("Cancel", "Esc", name="leave_codes", pressed=self.reject)
        for each in (self._words, self._ask, self.trouble):
            self.body.addWidget(each)
        self.body.addLayout(self._place)
        self.add_buttons(self.leave, self.go)
        self.keep_width(WIDTH)
        self.computer.setFocus()
        if self._names:
            self._ask.hide()
            self._make()

    @property
    def kept_part(self) -> QWidget | None:
        """What the computer is called; never its code."""
        return self._ask if not self._names else None

    def _on_go(self) -> None:
        if self._codes:
            self._next()
        elif not self.computer.text().strip():
            self._ask.say("Give the computer a name, such as Back office.")
        else:
            self._names = (self.computer.text(),)
            self._make()

    def _make(self) -> None:
        office, names = self._page.shell.office, self._names
        self.go.setEnabled(False)
        self.trouble.say("Making the code", Tone.NONE)
        self._page.jobs.work(lambda watch: office.codes.show(names), writes=True).on(self._on_made, self._on_failed)

    @Slot(object)
    def _on_made(self, codes: tuple[ShownCode, ...]) -> None:
        self._codes = codes
        self.go.setEnabled(True)
        self.trouble.say("")
        self._ask.hide()
        self.leave.hide()
        self._words.setText(SHOWN)
        self._show()

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self.go.setEnabled(True)
        self.trouble.say(explain(error))

    def _show(self) -> None:
        while (item := self._place.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.setParent(None)
        self._place.addWidget(CodeCard(self._codes[self._at], self._at + 1, len(self._codes)))
        self.go.say("Done" if self._at + 1 == len(self._codes) else "Next code")
        self.go.setFocus()

    def _next(self) -> None:
        if self._at + 1 < len(self._codes):
            self._at += 1
            self._show()
            return
        self._codes = ()
        self.accept()
        if self._then is not None:
            self._then()


class CodeCard(QWidget):
    """One code: for which computer, in fours, as QR, until when."""

    def __init__(self, code: ShownCode, number: int, of: int) -> None:
        super().__init__()
        until = say_date(code.expires_at.astimezone().date())
        which = code.name if of == 1 else f"{code.name} ({number} of {of})"
        groups = code.groups
        words = "\n".join("  ".join(groups[at : at + 3]) for at in range(0, len(groups), 3))
        shown = label(words, Type.TITLE, name="enrolment_code")
        shown.setAccessibleName("Enrolment code: " + " ".join(groups))
        shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByKeyboard)
        left = QVBoxLayout()
        left.setSpacing(Space.ONE)
        left.addWidget(label(which, Type.STRONG, wrap=True))
        left.addWidget(shown)
        left.addWidget(label(f"Good once, until {until}.", ink="2", wrap=True, name="code_until"))
        left.addStretch(1)
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(Space.THREE)
        across.addLayout(left, 1)
        across.addWidget(QrCode(code.text, side=160, spoken="QR code of the enrolment code"))


def offer_codes(page: Page, made: Rotated, then: Callable[[], object] | None = None) -> bool:
    """After new keys, offer a code for each computer that was dropped; tell whether there was one."""
    if not made.dropped:
        return False
    count = len(made.dropped)
    named = ", ".join(made.dropped)
    words = f"{named}: {'this computer needs' if count == 1 else 'these computers need'} an enrolment code to come in."
    title = "Show an enrolment code" if count == 1 else f"Show {count} enrolment codes"
    page.shell.confirm(
        "Computers to enrol again", words, title, lambda: EnrolmentCodeDialog(page, made.dropped, then).open()
    )
    return True
