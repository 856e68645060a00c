"""The tick "Watch this record" among a patient's details; nobody else learns that it is there (SECURITY A16)."""

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QCheckBox

from medbill_desktop.domain.ids import Id
from medbill_desktop.ui.page import Page
from medbill_desktop.usecases.watching import AskWatched, WatchPatient, patient_watched, watch_patient

TIP = "Every access to this record becomes a finding of the weekly review. Others don't see that it is watched."


class WatchTick(QCheckBox):
    """One tick, for whoever may set it."""

    def __init__(self, page: Page) -> None:
        super().__init__("Watch this record")
        self.setObjectName("watch_record")
        self.setToolTip(TIP)
        self.setAccessibleDescription(TIP)
        self._page = page
        self._patient: Id | None = None
        self.setVisible(False)
        self.clicked.connect(self._on_clicked)

    def show_patient(self, patient_id: Id | None) -> None:
        """Show the tick as it stands; with no patient, or for who may not, nothing."""
        may = self._page.desk.may(watch_patient)
        self._patient = patient_id if may else None
        self.setVisible(self._patient is not None)
        if self._patient is not None:
            self.setChecked(self._page.desk.ask(patient_watched, AskWatched(self._patient)))

    @Slot(bool)
    def _on_clicked(self, on: bool) -> None:
        if self._patient is not None:
            command = WatchPatient(self._page.desk.new_id(), self._patient, on)
            self._page.problems.say()
            self._page.jobs.start(watch_patient, command).on(self._on_done, self._on_refused)

    @Slot(object)
    def _on_done(self, _: object) -> None:
        self._page.shell.say("The record is watched." if self.isChecked() else "The record is no longer watched.")

    @Slot(object)
    def _on_refused(self, error: object) -> None:
        """Say why, and show the tick as it stands: the watch goes on."""
        self._page.say_error(error)
        self.show_patient(self._patient)
