"""The steps of the first run, one widget each; what is asked stands here, what follows from it in `first_run`."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from medbill_desktop.domain.practice import PracticeFacts
from medbill_desktop.ui.dialogs.asking import folder_dialog
from medbill_desktop.ui.dialogs.preview import PreviewDialog
from medbill_desktop.ui.jobs import Jobs, explain
from medbill_desktop.ui.sign_in.kit_views import KIT_HINT, NO_STORE, ProtectedFileChoice
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import CodeField, Form, FormField, LineField
from medbill_desktop.ui.widgets.password import NewPassword
from medbill_desktop.ui.widgets.qr import QrCode
from medbill_desktop.ui.widgets.recovery_codes import CopiesSecrets, RecoveryCodes
from medbill_desktop.ui.widgets.words import StatusLine, label
from medbill_desktop.usecases.backup import ChooseTarget, choose_target
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.office import PROTECTED_FILE_WORDS


class Step(QWidget):
    """One step of the first run."""

    next_words = "Continue"

    def focus_first(self) -> None:
        """Put the keyboard where the step begins."""


class PracticeStep(Step):
    def __init__(self) -> None:
        super().__init__()
        self.form = Form()
        lines = (
            ("name", "Name of the practice", 0, 0, 12), ("street", "Street", 1, 0, 8),
            ("street2", "Suite", 1, 8, 4), ("city", "City", 2, 0, 5), ("state", "State", 2, 5, 3),
            ("zip", "ZIP", 2, 8, 4), ("phone", "Telephone", 3, 0, 6), ("tin", "Tax id (EIN)", 3, 6, 6),
            ("npi", "NPI of the practice", 4, 0, 6), ("taxonomy", "Taxonomy code, if known", 4, 6, 6),
        )  # fmt: skip
        for name, words, row, column, span in lines:
            field = CodeField(name=name, most=12) if name in ("state", "taxonomy") else LineField(name=name, most=80)
            self.form.add(name, words, field, row, column, span)
        column_ = QVBoxLayout(self)
        column_.setContentsMargins(0, 0, 0, 0)
        column_.addWidget(self.form)

    def focus_first(self) -> None:
        self.form.fields["name"].setFocus()

    @property
    def is_right(self) -> bool:
        return not any(each.problem for each in self.form.fields.values())

    def value(self) -> PracticeFacts:
        """Return what was typed."""
        return PracticeFacts(**{name: self.form.text(name) for name in self.form.fields})


class YouStep(Step):
    def __init__(self, *, has_store: bool) -> None:
        super().__init__()
        self.form, self.choice = Form(), ProtectedFileChoice()
        self.form.add(
            "owner_name", "Your name, as people here know you", LineField(name="owner_name", most=80), 0, 0, 12
        )
        self.form.add("computer", "What people here call this computer", LineField(name="computer", most=60), 1, 0, 12)
        self.form.set_values({"computer": "Front desk"})
        officers = "You are the owner, and the security and privacy officer until you name others on the Users page."
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.ONE)
        column.addWidget(self.form)
        column.addWidget(label(officers, Type.CAPTION, "2", wrap=True))
        if not has_store:
            column.addSpacing(Space.ONE)
            column.addWidget(label(f"{NO_STORE} {PROTECTED_FILE_WORDS}", Type.CAPTION, "2", wrap=True))
            column.addWidget(self.choice)

    def focus_first(self) -> None:
        self.form.fields["owner_name"].setFocus()


class PasswordStep(Step):
    def __init__(self, jobs: Jobs, judge: Callable[[str], Any]) -> None:
        super().__init__()
        self.entry = NewPassword(jobs, judge)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        hint = (
            "At least 15 characters: a few words that belong together only for you. It needs no digits and no signs,"
            " and it never expires."
        )
        column.addWidget(label(hint, Type.CAPTION, "2", wrap=True))
        column.addWidget(self.entry)

    def focus_first(self) -> None:
        self.entry.first.setFocus()


class AuthenticatorStep(Step):
    """QR and typed key, a first code, then the ten recovery codes."""

    def __init__(self, enrolment: Any, clipboard: CopiesSecrets, window: QWidget) -> None:
        super().__init__()
        self.enrolment, self.codes_shown = enrolment, False
        self.code = LineField("000 000", name="totp_code", most=9)
        self._scan, self._codes = QWidget(), RecoveryCodes(enrolment.codes, clipboard, window)
        self.print_codes = self._codes.print_button
        self._codes.hide()
        right = QVBoxLayout()
        right.setSpacing(Space.ONE)
        right.addWidget(label("Scan the code with the authenticator app on your telephone.", wrap=True))
        right.addWidget(label("Or type this key into it:", Type.CAPTION, "2"))
        right.addWidget(label(enrolment.typed_key, Type.STRONG, wrap=True, name="typed_key"))
        right.addWidget(FormField("The code it shows now", self.code))
        right.addStretch(1)
        across = QHBoxLayout(self._scan)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(Space.THREE)
        across.addWidget(QrCode(enrolment.address))
        across.addLayout(right, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._scan)
        column.addWidget(self._codes)

    def focus_first(self) -> None:
        self.code.setFocus()

    def prove(self, now: Any) -> bool:
        """Check the code that was typed."""
        return bool(self.enrolment.prove(self.code.text().replace(" ", ""), now))

    def show_codes(self) -> None:
        """Show the recovery codes in the place of the QR."""
        self.codes_shown = True
        self._scan.hide()
        self._codes.show()
        self.print_codes.setFocus()


class KitStep(Step):
    """Print the kit, then type its line back from the paper."""

    next_words = "Make the practice"

    def __init__(self, founding: Any, jobs: Jobs, window: QWidget) -> None:
        super().__init__()
        self._founding, self._jobs, self._window = founding, jobs, window
        self.typed, self._said = LineField(name="kit_typed", most=400), StatusLine()
        words = (
            "The recovery kit is one printed page. It opens the backups when all computers are lost, and nothing else"
            " does. Keep it away from the computers. Better print than save: a saved copy opens everything."
        )
        self.show_kit = Button("Show and print the kit", "Ctrl+P", name="print_kit", pressed=self._on_show)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.ONE)
        column.addWidget(label(words, wrap=True))
        column.addWidget(self.show_kit)
        column.addWidget(self._said)
        column.addWidget(FormField("The kit's line, typed from the paper", self.typed))
        column.addWidget(label(KIT_HINT, Type.CAPTION, "2", wrap=True))

    def focus_first(self) -> None:
        self.show_kit.setFocus()

    def _on_show(self) -> None:
        self._said.say("Making the page", Tone.NONE)
        self._jobs.call(self._founding.kit_pdf, while_locked=True).on(self._on_pdf, self._on_failed)

    @Slot(object)
    def _on_pdf(self, pdf: bytes) -> None:
        self._said.say("")
        dialog = PreviewDialog(self._window, self._jobs, self._say, "Recovery kit", pdf, suggested="recovery-kit.pdf")
        dialog.finished.connect(self.typed.setFocus)
        dialog.open()

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self._said.say(explain(error))

    def _say(self, words: str, tone: Tone) -> None:
        self._said.say(words, tone)


class BackupStep(Step):
    """Where backups go; may be left for later."""

    next_words = "Open the practice"

    def __init__(self, desk: Desk, jobs: Jobs, window: QWidget) -> None:
        super().__init__()
        self._desk, self._jobs, self._window = desk, jobs, window
        self._said = StatusLine()
        self._said.say("The practice is made, and you are signed in.", Tone.OK)
        words = (
            "Choose a folder on another disk, a USB drive or a share: each day an encrypted backup goes there. You can"
            " also do this later on the Backup page."
        )
        self.choose = Button("Choose a backup folder", name="choose_backup", pressed=self._on_choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.TWO)
        column.addWidget(self._said)
        column.addWidget(label(words, wrap=True))
        column.addWidget(self.choose)

    def focus_first(self) -> None:
        self.choose.setFocus()

    def _on_choose(self) -> None:
        folder_dialog(self._window, "Choose a backup folder", self._on_folder)

    def _on_folder(self, path: Path) -> None:
        job = self._jobs.start(choose_target, ChooseTarget(self._desk.new_id(), str(path)))
        job.on(self._on_chosen, self._on_failed)

    @Slot(object)
    def _on_chosen(self, chosen: Any) -> None:
        more = "" if chosen.other_disk else " It lies on the same disk: a lost disk takes both."
        self._said.say(f"Backups go there from now on.{more}", Tone.OK if chosen.other_disk else Tone.WARN)

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self._said.say(explain(error))
