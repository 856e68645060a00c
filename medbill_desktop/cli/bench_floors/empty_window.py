"""Floor of the start and memory rows: an empty PySide6 window.

`python empty_window.py` prints `shown` and its processor seconds at its first paint, then its resident memory in
kilobytes; with `imports` as argument it first imports the libraries that the program stands on.
"""

import importlib
import sys
import time

LIBRARIES = ("argon2", "cryptography.hazmat.primitives.ciphers.aead", "keyring", "pyrage", "sqlalchemy", "sqlcipher3")

if "imports" in sys.argv[1:]:  # before Qt, as the program does: PySide6 reads every module that comes after it
    for name in LIBRARIES:
        importlib.import_module(name)

from PySide6.QtCore import QTimer  # noqa: E402
from PySide6.QtGui import QPaintEvent  # noqa: E402
from PySide6.QtWidgets import QApplication, QMainWindow  # noqa: E402


class Window(QMainWindow):
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        QTimer.singleShot(0, self._shown)

    def _shown(self) -> None:
        print("shown", time.process_time(), flush=True)
        QTimer.singleShot(1000, self._at_rest)

    def _at_rest(self) -> None:
        with open("/proc/self/status", encoding="ascii") as file:
            print(next(line.split()[1] for line in file if line.startswith("VmRSS")), flush=True)
        QApplication.quit()


if __name__ == "__main__":
    application = QApplication(sys.argv)
    window = Window()
    window.resize(1366, 768)
    window.show()
    sys.exit(application.exec())
