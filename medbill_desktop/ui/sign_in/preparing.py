"""What is seen while the training practice is made: at once, with progress, and a way out (UX 6)."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from medbill_desktop.ui.jobs import Jobs, explain
from medbill_desktop.ui.sign_in.column import Column
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.words import StatusLine, label, reveal
from medbill_desktop.usecases.watch import Watch

SIZE = (560, 340)
TITLE = "Preparing a training practice"
WORDS = "People, visits and payments of three months are made up and worked through, as an office would do it."


class MakingBar(QWidget):
    """A bar, and the words of what is being made."""

    def __init__(self) -> None:
        super().__init__()
        self._bar, self._words = QProgressBar(), label("Beginning", ink="2", name="making")
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 0)
        self._bar.setAccessibleName("Progress")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._bar)
        column.addWidget(self._words)

    @Slot(object, object, str)
    def show_step(self, done: int, total: int, text: str) -> None:
        self._bar.setRange(0, max(total, 1))
        self._bar.setValue(done)
        self._words.setText(text)

    @property
    def words(self) -> str:
        return self._words.text()


class Preparing(Column):
    """A small window of its own; `ready` carries the office. Closing it stops the making and leaves nothing."""

    help_key = "first_run"
    ready = Signal(object)

    def __init__(self, making: Callable[[Watch], object]) -> None:
        """`making` returns an Office; it is called on a worker."""
        super().__init__(icon_name="ph.receipt-fill", title=TITLE)
        self.setWindowTitle("MedBill")
        self.resize(*SIZE)
        self.say_title(TITLE, WORDS)
        self.say_training(True)
        self.bar, self.problem = MakingBar(), StatusLine()
        self.stop = Button("Stop", "Esc", name="stop_making", pressed=self.close)
        for each in (self.bar, self.problem, self.stop):
            self.body.addWidget(each)
        self.failed = False
        self.jobs = Jobs()
        self._job = self.jobs.work(making)
        self._job.progressed.connect(self.bar.show_step)
        self._job.on(self.ready.emit, self.say_error)

    @Slot(object)
    def say_error(self, error: object) -> None:
        """Say what went wrong; the window stays until it is closed."""
        self.failed = True
        reveal(self.bar, False)
        self.problem.say(explain(error))
        self.stop.say("Close")

    def focus_first(self) -> None:
        self.stop.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close()
            return
        super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._job.cancel()
        super().closeEvent(event)
