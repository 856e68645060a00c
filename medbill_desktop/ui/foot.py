"""The foot: what runs, how far it is, how long it takes, Cancel; what was done; the idle countdown (UX 6, Shell)."""

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QPushButton

from medbill_desktop.ui.jobs import Job, Jobs
from medbill_desktop.ui.theme import Metric, Space, Tone, Type
from medbill_desktop.ui.widgets.words import StatusLine, label, reveal

SAID_FOR_MS = 15_000


def say_left(seconds: int) -> str:
    """Say a remaining time in the words of the foot."""
    if seconds < 5:
        return "a few seconds left"
    if seconds < 90:
        return f"about {-(-seconds // 5) * 5} seconds left"
    return f"about {-(-seconds // 60)} minutes left"


class Foot(QFrame):
    """The strip at the foot; `help_wanted` when F1's words are pressed."""

    help_wanted = Signal()

    def __init__(self, jobs: Jobs) -> None:
        super().__init__()
        self.setProperty("ground", "canvas")
        self.setProperty("edge", "top")
        self.setFixedHeight(Metric.FOOT + 4)
        self.setObjectName("foot")
        self._running: list[Job] = []
        self._words = label("No jobs running", Type.CAPTION, "2", name="job_words")
        self._bar = QProgressBar()
        self._bar.setFixedSize(120, 4)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress")
        self._cancel = self._link("Cancel", "cancel_job")
        self._said = StatusLine(Type.CAPTION, wrap=False)
        self._count = StatusLine(Type.CAPTION, wrap=False)
        self._help = self._link("F1  Help on this page", "help_link")
        row = QHBoxLayout(self)
        row.setContentsMargins(Metric.PAGE, 0, Space.TWO, 0)
        row.setSpacing(Space.TWO)
        for each in (self._words, self._bar, self._cancel, self._said):
            row.addWidget(each, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        row.addWidget(self._count)
        row.addWidget(self._help)
        self._quiet = QTimer(self, interval=SAID_FOR_MS, singleShot=True)
        self._quiet.timeout.connect(lambda: self._said.say(""))
        self._cancel.clicked.connect(self._on_cancel)
        self._help.clicked.connect(self.help_wanted)
        jobs.started.connect(self._on_started)
        jobs.dropped.connect(self._on_dropped)
        self._show_job()

    def say(self, words: str, tone: Tone = Tone.OK) -> None:
        """Say what was done; it goes after a while."""
        self._said.say(words, tone)
        self._quiet.start()

    def count_down(self, seconds: int | None) -> None:
        """Show in how many seconds the screen locks."""
        words = "" if seconds is None else f"Locks in {max(seconds, 0)} s. Press any key to stay."
        if words != self._count.words:
            self._count.say(words, Tone.WARN)

    @staticmethod
    def _link(words: str, name: str) -> QPushButton:
        made = QPushButton(words)
        made.setProperty("kind", "foot")
        made.setFont(Type.CAPTION.font())
        made.setObjectName(name)
        made.setFlat(True)
        made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return made

    @Slot(object)
    def _on_started(self, job: Job) -> None:
        self._running.append(job)
        job.progressed.connect(self._on_progress)
        job.finished.connect(self._on_finished)
        self._show_job()

    @Slot(object, object, str)
    def _on_progress(self, done: int, total: int, text: str) -> None:
        job = self.sender()
        if not isinstance(job, Job) or not self._running or job is not self._running[-1]:
            return
        left = job.seconds_left(done, total)
        numbers = f"{done:,} of {total:,}" if total else ""
        parts = [numbers, say_left(left) if left is not None else ""]
        self._words.setText(f"{job.title}: {', '.join(part for part in parts if part)}" if numbers else job.title)
        self._words.setToolTip(text)
        self._bar.setRange(0, 1000 if total else 0)
        self._bar.setValue(min(1000, done * 1000 // total) if total else 0)

    @Slot()
    def _on_finished(self) -> None:
        self._running = [each for each in self._running if not each.is_done]
        self._show_job()

    @Slot()
    def _on_dropped(self) -> None:
        self._running = []
        self._show_job()

    @Slot()
    def _on_cancel(self) -> None:
        if self._running:
            self._words.setText(f"{self._running[-1].title}: stopping")
            self._running[-1].cancel()

    def _show_job(self) -> None:
        busy = bool(self._running)
        self._words.setText(self._running[-1].title if busy else "No jobs running")
        self._words.setToolTip("")
        self._bar.setRange(0, 0 if busy else 1000)
        reveal(self._bar, busy)
        reveal(self._cancel, busy)
