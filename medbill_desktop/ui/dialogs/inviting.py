"""A person is invited, or gets a new sign-in, by a one-time code on a slip (SECURITY K13).

Who manages users says who it is and hands the slip over; the person types the code at the sign-in window and chooses a
password there. Nobody else ever sees one.
"""

from collections.abc import Callable

from PySide6.QtCore import Slot
from PySide6.QtGui import QTextDocument
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QHBoxLayout, QWidget

from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Invalid, Refused
from medbill_desktop.ui.dialogs.asking import PrintDialog, keep_private, letter_printer
from medbill_desktop.ui.dialogs.joining import WIDTH, WhoStep
from medbill_desktop.ui.dialogs.secure_dialog import SecureDialog
from medbill_desktop.ui.jobs import Jobs, explain
from medbill_desktop.ui.shell import Shell
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button, primary_button
from medbill_desktop.ui.widgets.words import StatusLine, label
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.inviting import Slip, invite, reset
from medbill_desktop.usecases.users import UserLine

INVITE_WORDS = "Who joins, and what they may do. They get a one-time code and choose their own password with it."
RESET_WORDS = (
    "{name} gets a one-time code for a new password and a new authenticator. The password until now stops working at"
    " once, and failed sign-ins are forgotten."
)
HOW = (
    "Hand this over in person or read it on the telephone to somebody whose voice you know. At the sign-in window:"
    " I have a one-time code, then the name and the code."
)


class InviteDialog(SecureDialog):
    """Name and roles, then the slip; `then` is called with the person's id once they stand in the list."""

    keeps = "user.invite"

    def __init__(self, parent: QWidget, desk: Desk, jobs: Jobs, shell: Shell, then: Callable[[Id], object]) -> None:
        super().__init__(parent, "Invite a person")
        self._parent, self._desk, self._jobs, self._shell, self._then = parent, desk, jobs, shell, then
        self.who, self.problem = WhoStep(desk.user.book.offered), StatusLine()
        self.keep_width(WIDTH)
        self.body.addWidget(label(INVITE_WORDS, ink="2", wrap=True))
        self.body.addWidget(self.who)
        self.body.addWidget(self.problem)
        self.make = primary_button("Make the code", name="make_code", pressed=self._on_make)
        self.add_buttons(Button("Cancel", "Esc", name="invite_cancel", pressed=self.reject), self.make)
        self.who.focus_first()

    def _on_make(self) -> None:
        desk, slots, name, roles = self._desk, self._shell.office.slots, self.who.name, self.who.roles
        self.make.setEnabled(False)
        self.problem.say("Making the code", Tone.NONE)
        self._jobs.work(lambda watch: invite(desk, slots, name, roles), writes=True).on(self._on_made, self._on_failed)

    @Slot(object)
    def _on_made(self, slip: Slip) -> None:
        self.accept()
        self._then(slip.user_id)
        SlipDialog(self._parent, self._shell, slip).open()

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self.make.setEnabled(True)
        self.problem.say("")
        if isinstance(error, Invalid):
            self.who.show_problems(error)
        else:
            self.problem.say(explain(error))


class ResetDialog(SecureDialog):
    """One sentence on what happens, then the slip."""

    def __init__(
        self, parent: QWidget, desk: Desk, jobs: Jobs, shell: Shell, person: UserLine, then: Callable[[Id], object]
    ) -> None:
        super().__init__(parent, "One-time code")
        self._parent, self._desk, self._jobs, self._shell = parent, desk, jobs, shell
        self._person, self._then = person, then
        self.problem = StatusLine()
        self.keep_width(WIDTH)
        self.body.addWidget(label(RESET_WORDS.format(name=person.name), wrap=True))
        self.body.addWidget(self.problem)
        self.make = primary_button("Make the code", name="make_code", pressed=self._on_make)
        self.add_buttons(Button("Cancel", "Esc", name="reset_cancel", pressed=self.reject), self.make)
        self.make.setFocus()

    def _on_make(self) -> None:
        desk, slots, person = self._desk, self._shell.office.slots, self._person
        self.make.setEnabled(False)
        self.problem.say("Making the code", Tone.NONE)
        self._jobs.work(lambda watch: reset(desk, slots, person), writes=True).on(self._on_made, self._on_failed)

    @Slot(object)
    def _on_made(self, slip: Slip) -> None:
        self.accept()
        self._then(slip.user_id)
        SlipDialog(self._parent, self._shell, slip).open()

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self.make.setEnabled(True)
        self.problem.say(explain(error))


class SlipDialog(SecureDialog):
    """The one-time code, shown this once: to be printed, or read out."""

    def __init__(self, parent: QWidget, shell: Shell, slip: Slip) -> None:
        super().__init__(parent, "One-time code")
        self._shell, self._slip = shell, slip
        self.keep_width(WIDTH)
        until = say_until(slip)
        self.body.addWidget(label(f"For {slip.name}, until {until}. It works once.", wrap=True))
        code = label(slip.code, Type.TITLE, name="one_time_code")
        code.setAccessibleName("One-time code")
        self.body.addWidget(code)
        self.body.addWidget(label(HOW, ink="2", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(Space.ONE)
        self.print_button = Button("Print the slip", "Ctrl+P", name="print_slip", pressed=self._on_print)
        row.addWidget(self.print_button)
        row.addWidget(Button("Copy for 30 seconds", name="copy_slip", pressed=self._on_copy))
        row.addStretch(1)
        self.body.addLayout(row)
        self.said = StatusLine()
        self.body.addWidget(self.said)
        self.add_buttons(primary_button("Done", "Esc", name="slip_done", pressed=self.accept))
        self.print_button.setFocus()

    def _on_copy(self) -> None:
        self._shell.copy_secret(self._slip.code)

    def _on_print(self) -> None:
        PrintDialog(self, letter_printer(), self._on_printer).open()

    def _on_printer(self, printer: QPrinter) -> None:
        try:
            keep_private(printer)
        except Refused as refusal:
            self.said.say(str(refusal))
            return
        page = QTextDocument()
        page.setPlainText(slip_text(self._slip))
        page.print_(printer)
        self.said.say("The slip went to the printer.", Tone.OK)


def say_until(slip: Slip) -> str:
    local = slip.expires_at.astimezone()
    return f"{say_date(local.date())}, {f'{local:%I:%M %p}'.lstrip('0')}"


def slip_text(slip: Slip) -> str:
    """Return what stands on the slip."""
    return (
        f"{slip.practice}\nMedBill: one-time code for {slip.name}\n\n    {slip.code}\n\n"
        f"Works once, until {say_until(slip)}.\n\n"
        "Start MedBill on a computer of the practice. Press I have a one-time code, type your name and this code,"
        " choose a password that nobody else knows, and scan the picture with the authenticator app on your telephone."
        " Then tear this slip up."
    )
