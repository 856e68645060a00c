"""Ours in the start row, and in the memory row: the program's own window, as `empty_window.py` shows an empty one.

`python sign_in_window.py PRACTICE` prints `shown` and its processor seconds at the first paint of the sign-in; with
`at-rest` as second argument it signs in, shows the patients and prints its resident memory in kilobytes a second later.
"""

import gc

gc.disable()  # as `__main__` does

import sys  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

from medbill_desktop.usecases.installation import open_office  # noqa: E402

# isort: split
# As in the program, this stands before Qt: PySide6 reads the source of every module that is loaded after it.
from PySide6.QtCore import QEvent, QObject, QTimer  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from medbill_desktop.ui.application import run  # noqa: E402
from medbill_desktop.ui.main_window import MainWindow  # noqa: E402
from medbill_desktop.ui.sign_in.sign_in_view import SignInView  # noqa: E402


class Watcher(QObject):
    """Waits for the first paint of the sign-in."""

    def __init__(self, window: MainWindow, *, at_rest: bool) -> None:
        super().__init__(window)
        self._window, self._at_rest, self._seen = window, at_rest, False
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not self._seen and event.type() is QEvent.Type.Paint and isinstance(watched, SignInView):
            self._seen = True
            QTimer.singleShot(0, self._shown)
        return False

    def _shown(self) -> None:
        print("shown", time.process_time(), flush=True)
        if not self._at_rest:
            self._window.close()
            return
        self._window.opened.connect(lambda _: QTimer.singleShot(1000, self._rest))
        view = self._window.stage.content
        if isinstance(view, SignInView):
            view.button.click()  # name and password are filled in (SECURITY K30)

    def _rest(self) -> None:
        with open("/proc/self/status", encoding="ascii") as file:
            print(next(line.split()[1] for line in file if line.startswith("VmRSS")), flush=True)
        self._window.close()


def main(folder: str, how: str = "") -> int:
    path = Path(folder)
    watchers: list[Watcher] = []
    return run(
        lambda: open_office(path, training=True),
        path,
        opened=lambda window: watchers.append(Watcher(window, at_rest=how == "at-rest")),
    )


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
