"""Everything that may take longer than a frame, off the GUI thread, with progress and cancel (DESIGN 6, SECURITY L9).

Workers never touch a QObject of a job: they hold a `_Ticket` and emit one signal of `Jobs`, which hands the news to the
job in the GUI thread. A job whose last reference were dropped on a worker would be destroyed there and crash Qt.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from itertools import count
from threading import Event, Lock
from time import monotonic
from typing import Any, TypeVar
from weakref import WeakMethod

from PySide6.QtCore import QObject, Qt, Signal, Slot
from shiboken6 import isValid

from medbill_desktop.domain.problems import LockedError, Refused
from medbill_desktop.usecases.declare import Ask, UseCase
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.watch import Cancelled, Watch

C = TypeVar("C")
R = TypeVar("R")
NEWS_EVERY_SECONDS = 0.05
Guard = Callable[[Callable[[], None]], AbstractContextManager[None]]
_log = logging.getLogger(__name__)


def explain(error: object) -> str:
    """Say an error in words for the screen; our own faults never show their text, which may hold a patient's data."""
    if isinstance(error, Refused):
        return str(error)
    return "Something went wrong inside MedBill. Nothing was changed. Try again; if it comes back, tell support."


class _Ticket:
    """What a worker knows of a job; the use case sees it as its Watch."""

    def __init__(self, number: int, tell: Callable[[int, str, object], None]) -> None:
        self.number, self._tell = number, tell
        self._stop, self._told = Event(), 0.0
        self.begun = Event()  # the use case is past the door, so a lock lets it finish
        self._interrupt: Callable[[], None] | None = None
        self._interrupting = Lock()

    def step(self, done: int, total: int, text: str) -> None:
        """Report progress; called on the worker by the use case."""
        self.begun.set()
        if self._stop.is_set():
            raise Cancelled
        now = monotonic()
        if now - self._told >= NEWS_EVERY_SECONDS or done == total:
            self._told = now
            self._tell(self.number, "progressed", (done, total, text))

    def on_cancel(self, interrupt: Callable[[], None] | None) -> None:
        """Keep what stops the statement that runs; the Desk gives it, and takes it back with None."""
        with self._interrupting:
            self._interrupt = interrupt

    def stop(self) -> None:
        self._stop.set()
        with self._interrupting:
            if self._interrupt is not None:
                self._interrupt()

    @property
    def stopped(self) -> bool:
        return self._stop.is_set()


class Job(QObject):
    """One piece of work under way; lives in the GUI thread and its signals arrive there.

    `finished` comes after exactly one of `succeeded`, `failed`, `cancelled`.
    """

    progressed = Signal(object, object, str)  # done, total, text; int would be cut to 32 bits
    succeeded = Signal(object)
    failed = Signal(object)
    cancelled = Signal()
    finished = Signal()

    def __init__(self, ticket: _Ticket, title: str) -> None:
        super().__init__()
        self._ticket = ticket
        self.title = title  # shown in the strip at the foot; empty: not shown. Never a patient's name.
        self.begun = monotonic()
        self.is_done = False

    @Slot()
    def cancel(self) -> None:
        """Ask the work to stop; what it wrote is rolled back."""
        self._ticket.stop()

    def on(
        self,
        done: Callable[[Any], object] | None = None,
        failed: Callable[[Any], object] | None = None,
        always: Callable[[], object] | None = None,
    ) -> "Job":
        """Connect handlers in one line; give methods of a widget, so that they go when the widget goes."""
        if done is not None:
            self.succeeded.connect(done)
        if failed is not None:
            self.failed.connect(failed)
        if always is not None:
            self.finished.connect(always)
        return self

    def seconds_left(self, done: int, total: int) -> int | None:
        """Estimate what remains; None while too little is done to tell."""
        passed = monotonic() - self.begun
        if done <= 0 or total <= 0 or passed < 1:
            return None
        return round(passed / done * (total - done))


class Jobs(QObject):
    """One writer thread, two reader threads, and one for ceremonies such as sign-in.

    `start(case, command)` writes, `ask(case, query)` reads (audited queries, or slow ones), `call(function)` does work
    that has no use case: sign-in, a password's judgement, rendering. All return a Job at once.
    """

    changed = Signal(object)  # frozenset of topics
    started = Signal(object)  # Job with a title
    busy_changed = Signal(bool)
    dropped = Signal()  # nothing under way is shown any more
    _arrived = Signal(object, str, object)
    _topics = Signal(object)

    def __init__(self, desk: Desk | None = None, parent: QObject | None = None, *, guard: Guard | None = None) -> None:
        """`guard` is `Office.job`: it holds a seal off while a change is written, and cancels it where it must."""
        super().__init__(parent)
        self._desk: Desk | None = None
        self._guard: Guard = guard or (lambda cancel: nullcontext())
        self._writer = ThreadPoolExecutor(1, "writer")
        self._readers = ThreadPoolExecutor(2, "reader")
        self._caller = ThreadPoolExecutor(2, "caller")
        self._numbers = count(1)
        self._jobs: dict[int, Job] = {}
        self._asked: dict[int, tuple[object, object, object]] = {}  # who waits for what; holds no job and no widget
        self._writing: set[int] = set()
        self._held: list[tuple[int, str, object]] | None = None
        self._through: set[int] = set()
        self._arrived.connect(self._on_arrived, Qt.ConnectionType.QueuedConnection)
        self._topics.connect(self._on_topics, Qt.ConnectionType.QueuedConnection)
        self._waiting_topics: frozenset[str] = frozenset()
        if desk is not None:
            self.seat(desk)

    def seat(self, desk: Desk) -> None:
        """Work for this person from now on; what the one before still had under way is dropped (SECURITY L13)."""
        if self._desk is not desk:
            self.drop()
            self._desk = desk
            desk.on_changed(self._tell_topics)

    def _tell_topics(self, topics: frozenset[str]) -> None:
        if isValid(self):
            self._topics.emit(topics)

    @property
    def is_busy(self) -> bool:
        """Whether a change is being written."""
        return bool(self._writing)

    @property
    def writing(self) -> int:
        """How many changes are under way or wait."""
        return len(self._writing)

    @property
    def under_way(self) -> int:
        """How many jobs, also those that only read, have not brought their news yet."""
        return len(self._jobs)

    def start(self, case: UseCase[C, R], command: C, title: str = "") -> Job:
        """Run a writing use case; `title` shows it in the strip at the foot."""
        desk = self._seated()

        def run(ticket: _Ticket) -> object:
            with self._guard(ticket.stop):
                return desk.run(case, command, ticket)

        return self._submit(self._writer, run, title, writes=True)

    def ask(self, case: Ask[C, R], query: C, title: str = "") -> Job:
        """Answer a query on a reader thread."""
        desk = self._seated()
        return self._submit(self._readers, lambda ticket: desk.ask(case, query, ticket), title)

    def ask_for(self, done: Callable[[Any], object], case: Ask[C, R], query: C) -> Job:
        """Ask for what `done` shows; where it waits for the same already, the later answer alone is shown.

        Two readers work side by side, so that the earlier may be answered last, with what no longer holds.
        """
        job = self.ask(case, query)
        if hasattr(done, "__self__"):
            asked = (WeakMethod(done), case, query)
            for number in [each for each, before in self._asked.items() if before == asked]:
                self._jobs[number].succeeded.disconnect(done)
                del self._asked[number]
            self._asked[job._ticket.number] = asked
        return job.on(done)

    def call(self, function: Callable[[], object], title: str = "", *, while_locked: bool = False) -> Job:
        """Run a function on its own thread; `while_locked` lets its news through the lock (sign-in and unlock)."""
        job = self._submit(self._caller, lambda ticket: function(), title)
        if while_locked:
            self._through.add(job._ticket.number)
        return job

    def work(self, function: Callable[[Watch], object], title: str = "", *, writes: bool = False) -> Job:
        """Run `function(watch)` that reports its own steps, such as a backup."""
        return self._submit(self._writer if writes else self._caller, function, title, writes=writes)

    def wait_begun(self, job: Job, seconds: float) -> bool:
        """Wait a moment until the job is past the door: what a lock finds begun is finished (SECURITY L10)."""
        return job._ticket.begun.wait(seconds)

    def hold(self) -> None:
        """The screen is locked: results wait (SECURITY L9)."""
        if self._held is None:
            self._held = []

    def release(self) -> None:
        """The same person is back: show what came meanwhile."""
        held, self._held = self._held or [], None
        for news in held:
            self._deliver(*news)
        if self._waiting_topics:
            topics, self._waiting_topics = self._waiting_topics, frozenset()
            self.changed.emit(topics)

    def drop(self) -> None:
        """Someone else sits down: nothing that was under way is shown any more."""
        for job in self._jobs.values():
            job.blockSignals(True)
        self._held, self._waiting_topics = None, frozenset()
        self.dropped.emit()

    def cancel_all(self) -> None:
        """Stop everything that runs; each rolls back."""
        for job in list(self._jobs.values()):
            job.cancel()

    def close(self) -> None:
        """Stop and wait; the last call."""
        self.cancel_all()
        for pool in (self._writer, self._readers, self._caller):
            pool.shutdown(wait=True, cancel_futures=True)

    def _seated(self) -> Desk:
        if self._desk is None:
            raise LockedError("Nobody is signed in.")
        return self._desk

    def _submit(
        self, pool: ThreadPoolExecutor, function: Callable[[Any], object], title: str, *, writes: bool = False
    ) -> Job:
        ticket = _Ticket(next(self._numbers), self._arrived.emit)
        job = self._jobs[ticket.number] = Job(ticket, title)
        if writes:
            self._writing.add(ticket.number)
            if len(self._writing) == 1:
                self.busy_changed.emit(True)
        future: Future[None] = pool.submit(self._run, ticket, function)
        future.add_done_callback(
            lambda f: self._arrived.emit(ticket.number, "cancelled", None) if f.cancelled() else None
        )
        if title:
            self.started.emit(job)
        return job

    def _run(self, ticket: _Ticket, function: Callable[[Any], object]) -> None:
        try:
            if ticket.stopped:
                raise Cancelled
            result = function(ticket)
        except Cancelled:
            news: tuple[str, object] = ("cancelled", None)
        except Exception as error:
            if not isinstance(error, Refused):
                # Only the kind: the text of an error may hold a patient's data.
                _log.error("job failed: %s", type(error).__name__, exc_info=error)
            news = ("failed", error)
        else:
            news = ("succeeded", result)
        ticket.begun.set()
        ticket.on_cancel(None)
        self._arrived.emit(ticket.number, *news)

    @Slot(object, str, object)
    def _on_arrived(self, number: int, kind: str, payload: object) -> None:
        if kind != "progressed" and number in self._writing:
            self._writing.discard(number)
            if not self._writing:
                self.busy_changed.emit(False)
        if self._held is None or number in self._through:
            self._deliver(number, kind, payload)
        elif kind != "progressed":
            self._held.append((number, kind, payload))

    def _deliver(self, number: int, kind: str, payload: object) -> None:
        job = self._jobs.get(number)
        if job is None:
            return
        if kind == "progressed":
            if isinstance(payload, tuple):
                job.progressed.emit(*payload)
            return
        del self._jobs[number]
        self._asked.pop(number, None)
        self._through.discard(number)
        job.is_done = True
        if kind == "cancelled":
            job.cancelled.emit()
        elif kind == "failed":
            job.failed.emit(payload)
        else:
            job.succeeded.emit(payload)
        job.finished.emit()

    @Slot(object)
    def _on_topics(self, topics: frozenset[str]) -> None:
        if self._held is None:
            self.changed.emit(topics)
        else:
            self._waiting_topics |= topics
