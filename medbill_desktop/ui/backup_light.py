"""Keeps the backup chip of the top bar true while the window is seen."""

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QWidget

from medbill_desktop.domain.backup_schedule import Light
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.theme import Tone
from medbill_desktop.ui.top_bar import TopBar, backup_words
from medbill_desktop.usecases.backup import BackupStatus, ShowBackups, backup_status

LIGHTS = {Light.GREEN: Tone.OK, Light.AMBER: Tone.WARN, Light.RED: Tone.STOP}
LOOK_MS = 60_000


class BackupLight(QObject):
    """Looks at once, then every minute; the age grows while nobody does anything."""

    def __init__(self, window: QWidget, jobs: Jobs, top: TopBar) -> None:
        super().__init__(window)
        self._window, self._jobs, self._top = window, jobs, top
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._on_timer)
        self._timer.start()
        self.look()

    def look(self) -> None:
        self._jobs.ask(backup_status, ShowBackups(1)).on(self._on_status)

    def stop(self) -> None:
        self._timer.stop()

    @Slot(object)
    def _on_status(self, status: BackupStatus) -> None:
        self._top.show_backup(backup_words(status.chip.text), LIGHTS[status.chip.light], status.chip.fix)

    @Slot()
    def _on_timer(self) -> None:
        if self._window.isVisible():
            self.look()
