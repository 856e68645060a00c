"""kill -9 at any moment of posting: what was acknowledged is there, and nothing is half there."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random
from time import sleep

import pytest
from sqlalchemy import func, select

from medbill_desktop.domain.users import Role
from medbill_desktop.storage import audit, journal
from medbill_desktop.storage import tables as t
from medbill_desktop.storage.engine import open_vault
from tests.door import KEY, FakeClock, desk_for, link, make_vault, person
from tests.ledger_rows import a_patient, furnish

ROOT = Path(__file__).resolve().parents[2]
KILLS = 50
MOST_ACKED = 8
LONGEST_SECONDS = 0.05


@pytest.fixture
def poster(tmp_path):
    vault = make_vault(tmp_path)
    furnish(vault)
    a_patient(vault)
    desk_for(vault, person({Role.OWNER}), FakeClock())
    vault.close()
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.posting_loop", str(vault.path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT, text=True, bufsize=1,
    )  # fmt: skip
    yield child, vault.path
    child.stdin.close()
    child.wait(10)
    child.stdout.close()


def kill_once(child, random):
    """Let a poster do a few commands, kill it a moment later, and return what it had acknowledged.

    Returns the number of postings by command id.
    """
    child.stdin.write(f"{random.randint(1, 10**6)}\n")
    child.stdin.flush()
    acked, pid, enough = {}, 0, random.randint(0, MOST_ACKED)
    for line in child.stdout:
        word, number, *more = line.split()
        if word == "gone":
            return acked
        if word == "pid":
            pid = int(number)
        else:
            acked[int(number)] = int(more[0])
        if pid and len(acked) >= enough:
            sleep(random.uniform(0, LONGEST_SECONDS))
            os.kill(pid, signal.SIGKILL)
            pid = 0
    raise AssertionError("the poster did not start")


def check(path, acked):
    """Open the practice as after a power failure and look for everything that was promised."""
    vault = open_vault(path, lambda: KEY)
    try:
        with vault.reader.begin() as conn:
            assert (found := journal.journal_check(conn)).is_sound, found
            posted = dict(
                conn.execute(select(t.posting.c.command_id, func.count()).group_by(t.posting.c.command_id)).all()
            )
            commands = set(conn.execute(select(t.command.c.id)).scalars())
            done = conn.execute(select(func.count()).where(t.audit.c.outcome == "done")).scalar_one()
            entries = conn.execute(
                select(func.count()).where(t.audit.c.outcome == "done", t.audit.c.subject_kind == "batch")
            ).scalar_one()
            previous = None
            for number, (seq, row, mac) in enumerate(audit.rows(conn), start=1):
                assert (seq, mac) == (number, link(previous, seq, row))
                previous = mac
            assert conn.exec_driver_sql("PRAGMA foreign_key_check").fetchall() == []
    finally:
        vault.close()
    assert {command: posted.get(command) for command in acked} == acked
    assert set(posted) <= commands
    # A batch of charges writes a row for itself and one for its only visit; every other command writes one.
    assert done == len(commands) + entries


def test_whatever_was_acknowledged_survives_fifty_times_kill_9(poster):
    (child, path), random, acked = poster, Random(20261124), {}
    for _ in range(KILLS):
        acked |= kill_once(child, random)
        check(path, acked)
    assert len(acked) > KILLS
