"""An import that is killed, or finds the disk full, is there whole or not at all, and can be done again."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import sleep

import pytest
from sqlalchemy import func, select, text

from medbill_desktop.domain.problems import DiskFull
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import journal
from medbill_desktop.storage import tables as t
from medbill_desktop.storage.engine import open_vault
from medbill_desktop.usecases.ledger_imports import UndoImport, undo_import
from tests.door import KEY, FakeClock, desk_for, make_vault, person
from tests.history_files import a_practice, bring, ledger, look, row

ROOT = Path(__file__).resolve().parents[2]
KILLS = 12
CHARGES = 300
LONGEST_SECONDS = 0.4


def the_rows():
    for at in range(CHARGES):
        who, claim = f"P{1 + at % 2}", f"A{at}"
        yield row(f"c{at}", "charge", 1 + at % 28, 100_00 + at, who=who, claim_ref=claim, code="X", payer_ref="I1")
        yield row(f"p{at}", "payment", 28, 30_00, who=who, claim_ref=claim, party="patient")
        yield row(f"i{at}", "payment", 28, 70_00 + at, who=who, claim_ref=claim, party="insurance")


def counts(vault):
    """Return how many rows, charges, payments, deposits and postings there are."""
    with vault.reader.begin() as conn:
        assert (found := journal.journal_check(conn)).is_sound, found
        assert conn.exec_driver_sql("PRAGMA foreign_key_check").fetchall() == []
        tables = (t.ledger_import, t.ledger_import_row, t.charge, t.payment, t.deposit, t.posting)
        return tuple(conn.execute(select(func.count()).select_from(each)).scalar_one() for each in tables)


@pytest.fixture
def importer(tmp_path):
    vault = make_vault(tmp_path)
    a_practice(desk_for(vault, person({Role.OWNER}), FakeClock()), tmp_path)
    vault.close()
    file = ledger(tmp_path, *the_rows())
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.import_loop", str(vault.path), str(file)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=ROOT, text=True, bufsize=1,
    )  # fmt: skip
    yield child, vault.path, file
    child.stdin.close()
    child.wait(10)
    child.stdout.close()


def kill_while_writing(child, seconds):
    """Start an import, kill it some seconds into its writing, and return whether it had said that it was done."""
    child.stdin.write("go\n")
    child.stdin.flush()
    pid, writing, done = 0, False, False
    for line in child.stdout:
        word, *more = line.split()
        if word == "gone":
            return done
        pid = int(more[0]) if word == "pid" else pid
        writing, done = writing or word == "writing", done or word == "done"
        if pid and writing and not done:
            sleep(seconds)
            with suppress(ProcessLookupError):  # it was done just now, and says so next
                os.kill(pid, signal.SIGKILL)
    raise AssertionError("the importer did not start")


def test_a_killed_import_is_there_whole_or_not_at_all(importer):
    (child, path, file), halves = importer, 0
    for at in range(KILLS):  # the first at once, each later, until one is too late
        said = kill_while_writing(child, LONGEST_SECONDS * at / KILLS)
        vault = open_vault(path, lambda: KEY)
        try:
            found = counts(vault)
            assert found[0] in ({1} if said else {0, 1})
            if found[0] == 0:
                assert found == (0, 0, 0, 0, 0, 0)
                halves += 1
                continue
            assert found[1:4] == (3 * CHARGES, CHARGES, CHARGES)
            break
        finally:
            vault.close()
    assert halves > 0
    vault = open_vault(path, lambda: KEY)
    desk = desk_for(vault, person({Role.OWNER}), FakeClock())
    bring(desk, file)
    assert counts(vault)[:2] == (1, 3 * CHARGES)
    assert look(desk, file).known == 3 * CHARGES
    vault.close()


def leave_room(vault, extra):
    """Make SQLite find the disk full after so many more pages; None lifts it."""
    with vault.writer.begin() as conn:
        have = conn.execute(text("PRAGMA page_count")).scalar_one()
        conn.execute(text(f"PRAGMA max_page_count={2**30 if extra is None else have + extra}"))


@pytest.mark.parametrize("pages", [0, 10, 40])
def test_an_import_that_finds_the_disk_full_leaves_nothing_and_is_done_again_later(desk, vault, tmp_path, pages):
    a_practice(desk, tmp_path)
    file = ledger(tmp_path, *the_rows())
    leave_room(vault, pages)
    with pytest.raises(DiskFull):
        bring(desk, file)
    assert counts(vault) == (0, 0, 0, 0, 0, 0)
    leave_room(vault, None)
    done = bring(desk, file)
    leave_room(vault, pages)
    before = counts(vault)
    with pytest.raises(DiskFull):
        desk.run(undo_import, UndoImport(desk.new_id(), done.import_id, "wrong file"))
    assert counts(vault) == before
    leave_room(vault, None)
    desk.run(undo_import, UndoImport(desk.new_id(), done.import_id, "wrong file"))
