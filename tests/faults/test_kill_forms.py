"""kill -9 of the real window with four forms half-typed: after a new sign-in all are back (SECURITY L11)."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from medbill_desktop.domain.drafts import DraftName
from medbill_desktop.domain.ids import Id
from medbill_desktop.ui.dialogs.inviting import InviteDialog
from medbill_desktop.ui.half_typed import KEEP_AFTER_MS
from medbill_desktop.ui.pages import PAGES
from medbill_desktop.usecases.drafts import ListDrafts, list_drafts
from tests.faults.clock_child import NAME, founded, office_at
from tests.office_factory import PASSWORD
from tests.ui.window import make_window

ROOT = Path(__file__).resolve().parents[2]
TYPES_SECONDS = 8.0  # longer than what may be lost
SLACK_SECONDS = 2.5  # for a computer that does much else


def typed_until_killed(home, code):
    """Return the patient, and every text of the dialog with its moment."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.half_typing", str(home), code],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, text=True, bufsize=1,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    patient_id, typed = None, []
    for line in child.stdout:
        word, *more = line.rstrip("\n").split(" ")
        if word == "ready":
            patient_id = Id(int(more[0]))
        elif word == "typed":
            typed.append((float(more[1]), more[2]))
            if typed[-1][0] - typed[0][0] > TYPES_SECONDS:
                os.kill(child.pid, signal.SIGKILL)
                break
    _, said = child.communicate(timeout=20)
    assert patient_id is not None, said
    return patient_id, typed


def test_a_killed_window_loses_at_most_the_promised_seconds_of_any_form(tmp_path, qtbot):
    codes = founded(tmp_path)["codes"]
    patient_id, typed = typed_until_killed(tmp_path, codes[0])
    office = office_at(tmp_path)
    office.look()
    desk = office.sign_in(NAME, PASSWORD, codes[1])
    window = make_window(office, tmp_path, qtbot, specs=PAGES)
    window.sit_down(desk)
    workspace = window.workspace
    workspace.start_backup = lambda occasion: False
    limit = DraftName("document.limit", patient_id).key
    kept = {each.form: each for each in desk.ask(list_drafts, ListDrafts())}
    assert set(kept) == {"registration", "settings.hours", "user.invite", limit}
    assert kept[limit].patient == "Ortiz, Ana"

    workspace.go_on("settings.hours")
    assert workspace.page.tab.form.text("monday") == "9-12"
    workspace.go_on("registration")
    assert workspace.page._patient.text("last") == "Łukasiewicz"
    workspace.go_on(limit)
    qtbot.waitUntil(lambda: workspace.page.panel.content is not None, timeout=15_000)
    assert workspace.page.card.id == patient_id
    assert workspace.page.panel.content.form.text("megabytes") == "17"
    workspace.go_on("user.invite")
    qtbot.waitUntil(lambda: any(isinstance(each, InviteDialog) for each in InviteDialog.living()), timeout=15_000)
    (dialog,) = InviteDialog.living()
    moments = {text: at for at, text in typed}
    lost = typed[-1][0] - moments[dialog.who.name]
    assert lost <= KEEP_AFTER_MS / 1000 + SLACK_SECONDS
    dialog.reject()
    window.close()
