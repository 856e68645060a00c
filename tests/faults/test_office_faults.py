"""A full disk and a kill: what was acknowledged is there, what was refused is not, the office says which."""

import errno
import json
import os
import signal
import subprocess
import sys

import pytest
from sqlalchemy import select, text

from medbill_desktop.domain.problems import DiskFull, ReadOnly
from medbill_desktop.security import attempts
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.audit_log import VerifyAudit, verify_audit
from medbill_desktop.usecases.drafts import OpenDraft, open_draft
from medbill_desktop.usecases.health import CheckHealth, check_health
from medbill_desktop.usecases.office import SignInFailed, TooSoon
from medbill_desktop.usecases.practice import SetLockMinutes, set_lock_minutes
from medbill_desktop.usecases.preferences import MyPreferences, SetPreference, my_preferences, set_preference
from tests.office_factory import make_office

CHILD = """
import json, sys
from pathlib import Path
from tests.office_factory import make_office
from medbill_desktop.usecases.office import SignInFailed
from medbill_desktop.usecases.practice import SetLockMinutes, set_lock_minutes
office, facts = make_office(Path(sys.argv[1]))
facts.clock.move(seconds=60)
items = [[*place, value.decode()] for place, value in facts.store.items.items()]
print(json.dumps({"secret": facts.secret, "items": items}), flush=True)
for number in range(100_000):
    command = office.desk.new_id()
    office.desk.run(set_lock_minutes, SetLockMinutes(command, number % 15 + 1))
    print(int(command), flush=True)
"""


@pytest.fixture
def made(tmp_path):
    office, facts = make_office(tmp_path)
    office.settle()
    yield office, facts
    office.close()


def limit_pages(office, extra):
    """Make SQLite find the disk full after so many more pages; None lifts it."""
    with office.trail.vault.writer.begin() as conn:
        have = conn.execute(text("PRAGMA page_count")).scalar()
        conn.execute(text(f"PRAGMA max_page_count={2**30 if extra is None else have + extra}"))


def fill(office):
    with pytest.raises(DiskFull):
        for number in range(10_000):
            office.desk.run(set_preference, SetPreference(f"filler.{number}", "x" * 4000))


def test_a_full_disk_is_told_keeps_drafts_in_memory_and_goes_on_after_a_retry(made):
    office, facts = made
    limit_pages(office, 0)
    fill(office)
    assert office.disk_full
    assert any("disk is full" in each for each in office.banners)
    with pytest.raises(DiskFull):  # no audit row, no data; the last page may still take some rows
        for _ in range(200):
            office.desk.ask(verify_audit, VerifyAudit())
    office.keep_draft("charge:1", b"not lost " * 2000)
    office.settle()
    assert office.pending_drafts == 1
    office.lock()
    office.unlock(facts.password)
    assert not office.retry()
    limit_pages(office, None)
    assert office.retry()
    assert not office.disk_full
    assert office.pending_drafts == 0
    assert office.desk.ask(open_draft, OpenDraft("charge:1")) == b"not lost " * 2000
    assert office.desk.ask(verify_audit, VerifyAudit()).verified
    with office.trail.vault.reader.begin() as conn:
        actions = conn.execute(select(t.audit.c.action)).scalars().all()
    assert {"session.lock", "session.unlock"} <= set(actions), "queued rows are written when there is room again"


def test_a_used_up_quota_is_a_full_disk_and_no_damage(made, tmp_path):
    resource = pytest.importorskip("resource")
    office, _ = made
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    largest = max(each.stat().st_size for each in (tmp_path / "practice").glob("vault.1.db*"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 2000, hard))
    try:
        fill(office)
        assert office.disk_full
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert office.retry()
    assert office.desk.ask(verify_audit, VerifyAudit()).verified


def test_a_full_disk_lets_the_right_password_in_and_nobody_guess(made, monkeypatch):
    office, facts = made
    office.lock()
    monkeypatch.setattr(attempts.os, "replace", refuse_room)
    tried = 0
    with pytest.raises(TooSoon):
        for tried in range(20):
            with pytest.raises(SignInFailed):
                office.unlock(f"wrong {tried}")
    assert tried == 4
    facts.clock.move(seconds=office.wait_seconds(facts.name))
    assert office.unlock(facts.password)
    office.sign_out()
    assert office.sign_in(facts.name, facts.password, facts.code())


def refuse_room(*_):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_drafts_survive_a_seal_on_a_full_disk(made):
    office, facts = made
    limit_pages(office, 0)
    fill(office)
    office.keep_draft("charge:1", b"half typed " * 2000)
    office.seal(at_once=True)
    assert office.pending_drafts == 1
    office.sign_in(facts.name, facts.password, facts.code())  # a new connection has no limit
    office.settle()
    assert office.pending_drafts == 0
    assert office.desk.ask(open_draft, OpenDraft("charge:1")) == b"half typed " * 2000


def test_the_ballast_is_given_back_for_an_audit_row(made, monkeypatch):
    office, _ = made
    assert office.places.ballast.exists()
    limit_pages(office, 0)
    fill(office)
    with pytest.raises(DiskFull):
        for _ in range(200):
            office.desk.record("test.row")
    assert not office.places.ballast.exists()


def test_preferences_come_back_as_they_were(made):
    desk = made[0].desk
    for key, value in (("columns.patients", (120, 80, 40)), ("theme", "dark"), ("page", None), ("big", True)):
        desk.run(set_preference, SetPreference(key, value))
    desk.run(set_preference, SetPreference("theme", "light"))
    assert desk.ask(my_preferences, MyPreferences()) == {
        "columns.patients": (120, 80, 40), "theme": "light", "page": None, "big": True
    }  # fmt: skip


def test_health_is_checked_beside_a_living_practice(made):
    office, _ = made
    office.desk.run(set_lock_minutes, SetLockMinutes(office.desk.new_id(), 3))
    assert office.desk.ask(check_health, CheckHealth(full=True)).whole
    assert office.desk.ask(check_health, CheckHealth()).whole


def test_a_killed_program_has_every_change_that_it_acknowledged(tmp_path):
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True, bufsize=1)
    facts = json.loads(child.stdout.readline())
    acknowledged = [int(child.stdout.readline()) for _ in range(40)]
    child.send_signal(signal.SIGKILL)
    acknowledged += [int(line) for line in child.stdout if line.endswith("\n")]
    child.stdout.close()
    child.wait()
    office, desk = reopened(tmp_path, facts)
    with office.trail.vault.reader.begin() as conn:
        written = set(conn.execute(select(t.command.c.id)).scalars())
        audited = conn.execute(select(t.audit.c.seq).where(t.audit.c.action == "practice.lock_minutes")).all()
    assert set(acknowledged) <= written
    assert len(audited) == len(written), "a change and its audit row are one transaction"
    assert desk.ask(verify_audit, VerifyAudit()).verified
    assert desk.ask(check_health, CheckHealth(full=True)).whole
    office.close()


def reopened(tmp_path, facts):
    from medbill_desktop.security import totp
    from medbill_desktop.usecases.office import Office
    from tests.door import FakeClock
    from tests.fast_policy import FAST
    from tests.office_factory import PASSWORD, DictStore

    store = DictStore({(vault, item): value.encode() for vault, item, value in facts["items"]})
    clock = FakeClock()
    clock.move(hours=1)
    office = Office(tmp_path / "practice", FAST, clock, store, config_folder=tmp_path / "config")
    return office, office.sign_in("Zoë Ångström", PASSWORD, totp.code_at(facts["secret"], clock.now()))


@pytest.fixture
def unwritable(made, tmp_path, monkeypatch):
    """The practice of `made`, closed, in a folder that refuses every write as a read-only medium does."""
    office, facts = made
    office.desk.run(set_preference, SetPreference("theme", "dark"))
    office.sign_out()
    real = os.open

    def refuse(path, flags, *args, **kwargs):
        if str(path).startswith(str(tmp_path / "practice")) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise OSError(errno.EROFS, "Read-only file system")
        return real(path, flags, *args, **kwargs)

    monkeypatch.setattr(os, "open", refuse)
    before = {each: each.read_bytes() for each in (tmp_path / "practice").iterdir() if each.is_file()}
    yield office, facts
    office.sign_out()
    assert before == {each: each.read_bytes() for each in (tmp_path / "practice").iterdir() if each.is_file()}


def test_a_folder_that_can_not_be_written_opens_for_looking_things_up(unwritable):
    office, facts = unwritable
    code = facts.code()
    desk = office.sign_in(facts.name, facts.password, code)
    assert office.read_only
    assert any("can't be written" in each for each in office.banners)
    assert desk.ask(my_preferences, MyPreferences()) == {"theme": "dark"}
    with pytest.raises(ReadOnly):
        desk.run(set_preference, SetPreference("theme", "light"))
    with pytest.raises(ReadOnly):
        desk.ask(verify_audit, VerifyAudit())  # no audit row, no data
    office.lock()
    office.unlock(facts.password)
    office.sign_out()
    with pytest.raises(SignInFailed):
        office.sign_in(facts.name, facts.password, code)
    with pytest.raises(SignInFailed):
        office.sign_in(facts.name, facts.password, facts.codes[0])


def test_waiting_holds_in_a_folder_that_can_not_be_written(unwritable):
    office, facts = unwritable
    for _ in range(4):
        facts.clock.move(seconds=office.wait_seconds(facts.name))
        with pytest.raises(SignInFailed):
            office.sign_in(facts.name, "wrong")
    assert office.wait_seconds(facts.name) == 1


def test_changes_that_were_not_taken_in_are_never_left_out(unwritable, tmp_path):
    office, facts = unwritable
    log = tmp_path / "practice" / "vault.1.db-wal"
    log.write_bytes(b"unfinished")
    with pytest.raises(ReadOnly, match="not closed properly"):
        office.sign_in(facts.name, facts.password, facts.code())
    log.unlink()
