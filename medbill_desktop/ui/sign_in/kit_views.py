"""The recovery kit at work: enrol this computer, or bring a backup back (SECURITY K19, K20, K21, B14)."""

import platform
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QProgressBar

from medbill_desktop.domain.dates import say_date
from medbill_desktop.ui.dialogs.asking import open_file_dialog
from medbill_desktop.ui.jobs import Job, Jobs, explain
from medbill_desktop.ui.sign_in.column import Column
from medbill_desktop.ui.theme import Space, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import FormField, LineField
from medbill_desktop.ui.widgets.words import StatusLine, label, reveal
from medbill_desktop.usecases.office import PROTECTED_FILE_WORDS
from medbill_desktop.usecases.restore import Restored, restore

KIT_HINT = "Type the kit's line from the paper. Small or capital letters and blanks do not matter."
NO_STORE = "No credential store answers on this computer."


class ProtectedFileChoice(QCheckBox):
    """The choice that nobody makes silently: the device secret in a protected file (SECURITY K19)."""

    def __init__(self) -> None:
        super().__init__("Keep the device secret in a protected file")
        self.setObjectName("protected_file")
        self.setAccessibleDescription(PROTECTED_FILE_WORDS)


class EnrolView(Column):
    """This computer becomes one of the practice's; an ordinary sign-in follows."""

    enrolled = Signal()
    restore_wanted = Signal()
    help_key = "recovery_kit"

    def __init__(self, office: Any, jobs: Jobs, *, kit: str = "", news: str = "") -> None:
        super().__init__(icon_name="ph.desktop", title="Enrol this computer", wide=True)
        self._office, self._jobs = office, jobs
        self.setObjectName("enrol")
        unknown = "The practice does not know this computer yet. The recovery kit lets it in."
        self.say_title("Enrol this computer", news or unknown)
        self.kit, self.computer = LineField(name="kit", most=400), LineField(name="computer", most=60)
        self.kit.setText(kit)
        self.computer.setText(platform.node() or "Front desk")
        self.choice, self.problem = ProtectedFileChoice(), StatusLine()
        self.button = Button("Enrol", "Ctrl+Enter", kind="primary", name="enrol_button", pressed=self._on_enrol)
        other = Button("Restore a backup instead", kind="link", name="restore")
        other.clicked.connect(self.restore_wanted)
        self.body.addWidget(FormField("Line of the recovery kit", self.kit))
        self.body.addWidget(label(KIT_HINT, Type.CAPTION, "2", wrap=True))
        self.body.addWidget(FormField("What people here call this computer", self.computer))
        if not office.has_store and office.kind == "practice":
            self.body.addWidget(label(f"{NO_STORE} {PROTECTED_FILE_WORDS}", Type.CAPTION, "2", wrap=True))
            self.body.addWidget(self.choice)
        for each in (self.problem, self.button, other):
            self.body.addWidget(each)

    def focus_first(self) -> None:
        (self.kit if not self.kit.text() else self.computer).setFocus()

    def _on_enrol(self) -> None:
        office, typed, name = self._office, self.kit.text(), self.computer.text().strip() or "Front desk"
        in_file = self.choice.isChecked()
        self.kit.setFocus()
        self.button.setEnabled(False)
        self.problem.say("Checking the kit", Tone.NONE)
        job = self._jobs.call(lambda: office.enrol_with_kit(typed, name, protected_file=in_file), while_locked=True)
        job.on(self._on_enrolled, self._on_failed)

    @Slot(object)
    def _on_enrolled(self, number: int) -> None:
        self.kit.clear()
        self.enrolled.emit()

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self.button.setEnabled(True)
        self.problem.say(explain(error))


class RestoreView(Column):
    """Bring a backup back into this computer's folder; nothing is touched before the backup was judged whole."""

    restored = Signal(str, str)  # the kit's line, and what came back in words
    left = Signal()
    help_key = "recovery_kit"

    def __init__(self, office: Any, jobs: Jobs, *, missing: bool = False) -> None:
        super().__init__(icon_name="ph.clock-counter-clockwise", title="Restore a backup", wide=True)
        self._office, self._jobs = office, jobs
        self._job: Job | None = None
        self.setObjectName("restore_view")
        why = "A practice was here and its files are missing. " if missing else ""
        self.say_title("Restore a backup", f"{why}You need the backup file and the printed recovery kit.")
        self.file, self.kit, self.problem = LineField(name="file"), LineField(name="kit", most=400), StatusLine()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.hide()
        choose = Button("Choose", "Ctrl+O", name="choose", pressed=self._on_choose)
        row = QHBoxLayout()
        row.setSpacing(Space.ONE)
        row.addWidget(FormField("Backup file", self.file), 1)
        row.addWidget(choose, 0, Qt.AlignmentFlag.AlignBottom)
        self.body.addLayout(row)
        self.body.addWidget(FormField("Line of the recovery kit", self.kit))
        self.body.addWidget(label(KIT_HINT, Type.CAPTION, "2", wrap=True))
        self.button = Button("Restore", "Ctrl+Enter", kind="primary", name="restore_button", pressed=self._on_restore)
        back = Button("Back", "Esc", name="back", listens=False)
        back.clicked.connect(self._on_back)
        last = QHBoxLayout()
        last.addWidget(back)
        last.addStretch(1)
        last.addWidget(self.button)
        for each in (self.bar, self.problem):
            self.body.addWidget(each)
        self.body.addLayout(last)

    def focus_first(self) -> None:
        self.file.setFocus()

    def _on_choose(self) -> None:
        open_file_dialog(self, "Choose a backup", "Backups (*.age *.mbk);;All files (*)", self._on_file)

    def _on_file(self, path: Path) -> None:
        self.file.setText(str(path))
        self.kit.setFocus()

    def _on_restore(self) -> None:
        if not self.file.text().strip() or not self.kit.text().strip():
            self.problem.say("Choose the backup file and type the kit's line.")
            return
        office, line, file = self._office, self.kit.text(), Path(self.file.text().strip()).expanduser()
        self.kit.setFocus()
        self.button.setEnabled(False)
        self.problem.say("Reading the backup", Tone.NONE)
        reveal(self.bar, True)
        job = self._jobs.work(lambda watch: restore(file, line, office.places.path, office.clock, watch))
        job.progressed.connect(self._on_progress)
        self._job = job.on(self._on_restored, self._on_failed)

    @Slot(object, object, str)
    def _on_progress(self, done: int, total: int, text: str) -> None:
        self.bar.setRange(0, 1000)
        self.bar.setValue(min(1000, done * 1000 // total) if total else 0)
        self.problem.say(text, Tone.NONE)

    @Slot(object)
    def _on_restored(self, back: Restored) -> None:
        made = say_date(back.made_at.astimezone().date())
        words = f"{back.practice} is back, as of {made}. Now this computer has to be enrolled."
        self._job = None
        self.restored.emit(self.kit.text(), words)

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self._job = None
        self.button.setEnabled(True)
        reveal(self.bar, False)
        self.problem.say(explain(error))

    @Slot()
    def _on_back(self) -> None:
        if self._job is not None:
            self._job.cancel()
            return
        self.left.emit()
