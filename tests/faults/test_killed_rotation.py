"""New keys for a database of a gigabyte, and SIGKILL at every step: the old pair or the new one opens whole (K14, D11).

One practice goes through all of it, one kill after the other, as it would in an unlucky office: what a kill leaves
behind is what the next one begins with. Run by `make test-long`, which prints where each kill left it. The small
variant of each step is in `tests/usecases/test_key_rotation.py`.
"""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from medbill_desktop.storage import health
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.audit_log import VerifyAudit, verify_audit
from medbill_desktop.usecases.key_rotation import Why
from medbill_desktop.usecases.office import TRAINING_SIGN_IN
from medbill_desktop.usecases.watch import Quiet
from tests.faults.test_key_figures import GIB, grown, said, timed
from tests.usecases.test_key_rotation import STEPS, training_office

pytestmark = [
    pytest.mark.long,
    pytest.mark.timeout(3600),
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="only POSIX kills so"),
]

ROOT = Path(__file__).resolve().parents[2]
COMMITS = STEPS.index("medbill_desktop.security.key_file_writer._replace")
PARTS = (0.02, 0.1, 0.2, 0.3, 0.36, 0.45, 0.55, 0.62)  # of all the work; the first third writes, the second judges
CHILD = """
import os, signal, sys
from pathlib import Path
from tests.dying import die_at
from tests.usecases.test_key_rotation import training_office
from medbill_desktop.usecases.key_rotation import Why
from medbill_desktop.usecases.office import TRAINING_SIGN_IN

os._exit = lambda _: os.kill(os.getpid(), signal.SIGKILL)

class Told:
    def step(self, done, total, text):
        print(done / total, flush=True)

office = training_office(Path(sys.argv[1]))
office.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)
office.settle()
if sys.argv[2:]:
    die_at(*sys.argv[2:])
print("begins", flush=True)
office.rotate_keys(Why.REMOVAL, Told())
"""


def killed_at_step(home, step, when):
    """Let the process kill itself at one function of its own."""
    ran = subprocess.run(
        [sys.executable, "-c", CHILD, str(home), step, when], cwd=ROOT, capture_output=True, text=True, timeout=600,
        check=False,
    )  # fmt: skip
    assert ran.returncode == -signal.SIGKILL, ran.stderr
    return float(ran.stdout.split()[-1].replace("begins", "0"))


def killed_at_part(home, part):
    """Kill the process from outside once so much of the work is done; return how much it was."""
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(home)], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as child:
        done = 0.0
        for line in child.stdout:
            done = 0.0 if line.strip() == "begins" else float(line)
            if line.strip() != "begins" and done >= part:
                child.send_signal(signal.SIGKILL)
                break
        assert child.wait(60) == -signal.SIGKILL, child.stderr.read()
    return done


def content(office):
    """Return what would be missing if a page were: how many long texts there are, and how long they are together."""
    c = t.payer.c
    sums = select(func.count(), func.sum(func.length(c.name)), func.min(c.name), func.max(c.id)).select_from(t.payer)
    with office.trail.vault.reader.begin() as conn:
        return tuple(conn.execute(sums).one())


def opened_whole(home, expected):
    """Sign in, hold the practice to what it was, and return its epoch."""
    office = training_office(home)
    try:
        desk = office.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)
        office.settle()
        assert desk.ask(verify_audit, VerifyAudit()).faults == ()
        assert content(office) == expected
        assert health.full_check(office.trail.vault.path, office.trail.key_hex) == ()
        assert list(office.places.databases()) == [office.trail.epoch], "what was left over is deleted"
        assert not list(office.places.path.glob("vault.keys.*"))
        return office.trail.epoch
    finally:
        office.close()


@pytest.mark.parametrize("size", [GIB])
def test_killed_at_every_step_of_new_keys_for_a_gigabyte(tmp_path, capsys, size):
    if shutil.disk_usage(tmp_path).free < 4 * size:
        pytest.skip("needs 4 GB of free disk")
    office = grown(tmp_path, size)
    whole = content(office)
    megabytes = office.trail.vault.path.stat().st_size / (1 << 20)
    office.close()
    epoch, began, lines = 1, time.perf_counter(), []
    kills = [(f"{when} {step.rsplit('.', 1)[1]}", at > COMMITS or (at == COMMITS and when == "after"), step, when)
             for at, step in enumerate(STEPS) for when in ("before", "after")]  # fmt: skip
    for name, committed, step, when in kills:
        part = killed_at_step(tmp_path, step, when)
        found = opened_whole(tmp_path, whole)
        assert found == epoch + committed, name
        epoch = found
        lines.append(f"{name}: {part:.0%} done, {'the new keys' if committed else 'the old keys'} open")
    for wanted in PARTS:
        part = killed_at_part(tmp_path, wanted)
        assert opened_whole(tmp_path, whole) == epoch
        lines.append(f"SIGKILL from outside at {part:.0%}: the old keys open")
    took = time.perf_counter() - began
    office = training_office(tmp_path)
    office.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)
    seconds = timed(lambda: office.rotate_keys(Why.REMOVAL, Quiet()))
    office.close()
    assert opened_whole(tmp_path, whole) == epoch + 1
    count = len(lines)
    said(capsys, "\n".join([*lines, f"{count} kills of {megabytes:,.0f} MB in {took:.0f} s; then in {seconds:.1f} s"]))
