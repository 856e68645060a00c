"""When the window makes backups: at a lock, at the end, in a quiet minute, at once the first, and on wish (B11)."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QWidget

from medbill_desktop.domain.backup_schedule import Occasion
from medbill_desktop.ui.backup_light import BackupLight
from medbill_desktop.ui.doings import Doing
from medbill_desktop.ui.jobs import Job, Jobs, explain
from medbill_desktop.ui.theme import Tone
from medbill_desktop.ui.top_bar import TopBar
from medbill_desktop.usecases.backup import (
    AskDue,
    MakeBackup,
    ShowBackups,
    backup_due,
    backup_status,
    make_backup,
)
from medbill_desktop.usecases.desk import Desk

QUIET_MS = 60_000
LOCK_PATIENCE_SECONDS = 0.15  # the shield has to stand within 200 ms


class BackingUp(QObject):
    """Starts what is due and keeps the chip of the top bar true; `say` is the foot of the window."""

    def __init__(self, window: QWidget, desk: Desk, jobs: Jobs, top: TopBar, say: Callable[[str, Tone], None]) -> None:
        super().__init__(window)
        self._window, self._desk, self._jobs, self._say = window, desk, jobs, say
        self.light = BackupLight(window, jobs, top)
        self.quiet = QTimer(self, interval=QUIET_MS)
        self.quiet.timeout.connect(self._on_quiet_minute)
        self.quiet.start()

    @Slot()
    def touched(self) -> None:
        """Somebody works: the quiet minute begins anew."""
        self.quiet.start()

    def start(self, occasion: Occasion) -> bool:
        """Start a backup where one is due; it may finish while the screen is locked (issue A 9)."""
        if self._jobs.is_busy or not self._desk.may(make_backup):
            return False
        if not self._desk.ask(backup_due, AskDue(occasion)):
            return False
        job = self.back_up()
        if occasion is Occasion.LOCK:
            self._jobs.wait_begun(job, LOCK_PATIENCE_SECONDS)
        return True

    def start_first(self) -> None:
        """Where a folder was chosen and nothing lies in it yet, the first backup does not wait for a quiet minute."""
        if self._desk.may(make_backup):
            status = self._desk.ask(backup_status, ShowBackups(1))
            if status.target_chosen and not status.lines:
                self.back_up()

    def back_up(self) -> Job:
        """Start a backup, whether one is due or not; the strip at the foot shows it."""
        job = self._jobs.start(make_backup, MakeBackup(self._desk.new_id()), "Making a backup")
        return job.on(failed=self._on_failed)

    def doings(self) -> tuple[Doing, ...]:
        """Return what Ctrl+K offers of it."""
        return (Doing("Back up now", self.back_up, also="backup"),) if self._desk.may(make_backup) else ()

    def stop(self) -> None:
        self.light.stop()
        self.quiet.stop()

    @Slot()
    def _on_quiet_minute(self) -> None:
        """Nobody typed for a minute: a backup would hold up what is typed next, so it begins only now (B11)."""
        if self._window.isVisible():
            self.start(Occasion.QUIET)

    @Slot(object)
    def _on_failed(self, error: object) -> None:
        self._say(explain(error), Tone.STOP)
        self.light.look()
