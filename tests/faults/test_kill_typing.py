"""kill -9 while somebody types without a pause: at most what the promised seconds hold is lost (SECURITY L11)."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from medbill_desktop.domain.users import Role
from medbill_desktop.storage.engine import open_vault
from medbill_desktop.ui.half_typed import KEEP_AFTER_MS
from medbill_desktop.usecases.drafts import ListDrafts, OpenDraft, list_drafts, open_draft
from tests.door import KEY, FakeClock, desk_for, make_vault, person

ROOT = Path(__file__).resolve().parents[2]
MOST_TYPED = 80
SLACK_SECONDS = 2.5  # for a computer that does much else


def test_what_was_typed_is_back_within_the_promised_seconds(tmp_path):
    vault = make_vault(tmp_path)
    desk_for(vault, person({Role.OWNER}), FakeClock())
    vault.close()
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.drafting", str(vault.path)],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT, text=True, bufsize=1,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    typed, kept = [], 0
    for line in child.stdout:
        word, *more = line.split()
        kept += word == "kept"
        if word == "typed":
            typed.append((float(more[0]), more[1]))
        if kept == 2 or len(typed) == MOST_TYPED:
            os.kill(child.pid, signal.SIGKILL)
            break
    child.stdout.read()
    child.wait(10)
    child.stdout.close()
    assert kept == 2, "nothing was kept while somebody typed"
    vault = open_vault(vault.path, lambda: KEY)
    desk = desk_for(vault, person({Role.OWNER}), FakeClock())
    assert [each.form for each in desk.ask(list_drafts, ListDrafts())] == ["registration"]
    back = json.loads(desk.ask(open_draft, OpenDraft("registration")))["patient"]["last"]
    vault.close()
    moments = {text: at for at, text in typed}
    lost = typed[-1][0] - moments[back]
    assert lost <= KEEP_AFTER_MS / 1000 + SLACK_SECONDS
    assert len(typed) > 20, "typed without a pause of five seconds"
