"""What is written behind the person's back: audit rows of lock and unlock, drafts, anchors (SECURITY L5, L11, A12).

One thread, one queue, in order. Nobody waits for it but a seal. What a full disk refuses is kept and tried again.
"""

import contextlib
import queue
import threading
from collections import deque
from collections.abc import Callable

from medbill_desktop.domain.problems import Busy, DiskFull
from medbill_desktop.storage.engine import translated

Errand = Callable[[], None]


class WriteBehind:
    """Runs errands one after the other until `close`."""

    def __init__(self, on_full: Callable[[bool], None]) -> None:
        """`on_full(True)` is called when the disk refuses an errand, `on_full(False)` when all are done again."""
        self._queue: queue.SimpleQueue[Errand | threading.Event] = queue.SimpleQueue()
        self._kept: deque[Errand] = deque()
        self._on_full = on_full
        self._thread = threading.Thread(target=self._work, name="write behind", daemon=True)
        self._thread.start()

    def put(self, errand: Errand) -> None:
        self._queue.put(errand)

    def settle(self, seconds: float = 10.0) -> bool:
        """Wait until all that was put before is done or kept; tell whether nothing is kept."""
        reached = threading.Event()
        self._queue.put(reached)
        return reached.wait(seconds) and not self._kept

    def retry(self, seconds: float = 10.0) -> bool:
        """Try again what the disk refused; tell whether all is done."""
        self._queue.put(lambda: None)
        return self.settle(seconds)

    def close(self, seconds: float = 5.0) -> None:
        """Do what is there, then end the thread."""
        self.settle(seconds)
        stop = threading.Event()
        stop.set()
        self._queue.put(stop)
        self._thread.join(seconds)

    def _work(self) -> None:
        while True:
            errand = self._queue.get()
            if isinstance(errand, threading.Event):
                if errand.is_set():
                    return
                errand.set()
                continue
            self._kept.append(errand)
            self._do_kept()

    def _do_kept(self) -> None:
        """Do what is kept, oldest first, so that the rows stay in order."""
        was_full = len(self._kept) > 1
        while self._kept:
            try:
                self._kept[0]()
            except Exception as error:
                plain = translated(error) or error
                if isinstance(plain, DiskFull | Busy):
                    if isinstance(plain, DiskFull):
                        self._on_full(True)
                    return
                # An errand that fails for another reason would block all behind it for ever.
            with contextlib.suppress(IndexError):
                self._kept.popleft()
        if was_full:
            self._on_full(False)
