"""Started by test_kill_import: forks an importer for every line it reads, so that each starts in milliseconds.

An importer says `writing` when its transaction begins to write and `done` after the Desk reported the import as done.
"""

import os
import sys
from pathlib import Path

from medbill_desktop.domain.clock import SystemClock
from medbill_desktop.domain.users import Role
from medbill_desktop.storage.engine import open_vault
from medbill_desktop.usecases.desk import Desk, Keys
from tests.door import KEY, OpenSession, link, person
from tests.history_files import bring


def say(words):
    os.write(1, f"{words}\n".encode())


class Saying:
    """A watch that says when the writing begins."""

    def step(self, done, total, text=""):
        if text == "Writing" and done == 0:
            say("writing")


def import_once(path, file):
    vault = open_vault(path, lambda: KEY)
    desk = Desk(vault, OpenSession(person({Role.OWNER})), Keys(link, b"command key of the tests"), SystemClock())
    bring(desk, file, watch=Saying())
    say("done")


if __name__ == "__main__":
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            import_once(Path(sys.argv[1]), sys.argv[2])
            os._exit(0)
        say(f"pid {pid}")
        os.waitpid(pid, 0)
        say("gone")
