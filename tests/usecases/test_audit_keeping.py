"""The log is kept six years; then whole years move into sealed archives, old or new and never half (SECURITY A18)."""

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import delete, func, insert, select

from medbill_desktop.domain.log_keeping import may_leave
from medbill_desktop.domain.problems import NotAllowed, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.gateways.targets import TargetError
from medbill_desktop.security import age_io, log_archive
from medbill_desktop.security.audit_mac import Anchor, FaultKind
from medbill_desktop.security.log_archive import ArchiveDamaged, NotThisArchiveKey
from medbill_desktop.storage import audit_keeping as stored
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.audit_anchors import PrintedAnchor, VerifyAudit, verify_audit
from medbill_desktop.usecases.audit_keeping import (
    ArchiveYear,
    AskKeeping,
    LiftHold,
    OpenArchive,
    SetHold,
    archive_year,
    lift_hold,
    log_keeping,
    open_archive,
    set_hold,
)
from medbill_desktop.usecases.backup import MakeBackup, make_backup
from medbill_desktop.usecases.key_rotation import Why
from medbill_desktop.usecases.practice import SetLockMinutes, set_lock_minutes
from medbill_desktop.usecases.watch import Quiet
from tests.backed_up import make_practice
from tests.office_factory import make_office

ROOT = Path(__file__).resolve().parents[2]


def years_of_work(practice, last=2033):
    """Work a little in 2026 and 2027, then every other month until the last year, and make a backup then."""
    desk = practice.desk()
    for year in (2026, 2027):
        practice.clock.moment = datetime(year, 12, 1, 15, 0, tzinfo=UTC)
        for minutes in (3, 4):
            desk.run(set_lock_minutes, SetLockMinutes(desk.new_id(), minutes))
    work_on(desk, practice.clock, 2028, last)
    desk.run(make_backup, MakeBackup(desk.new_id()))
    return desk


def work_on(desk, clock, first, last):
    """Do something every other month, as a practice does that goes on, up to the December of the last year."""
    for year in range(first, last + 1):
        for month in range(2, 13, 2):
            clock.moment = datetime(year, month, 1, 15, 0, tzinfo=UTC)
            desk.run(set_lock_minutes, SetLockMinutes(desk.new_id(), 3 + month // 2 % 2))


@pytest.fixture
def made(tmp_path):
    practice = make_practice(tmp_path / "practice")
    yield practice
    practice.vault.close()


def moved(desk, year=2026):
    return desk.run(archive_year, ArchiveYear(desk.new_id(), year))


def verdict(desk, *printed):
    return desk.ask(verify_audit, VerifyAudit(printed))


def archives(practice):
    return sorted(each for each in (practice.folder / "backups").iterdir() if log_archive.is_name(each.name))


def count(practice):
    with practice.vault.reader.begin() as conn:
        return conn.execute(select(func.count()).select_from(t.audit)).scalar_one()


@pytest.mark.parametrize(("year", "now", "may"), [
    (2019, datetime(2025, 12, 31, 23, 59, tzinfo=UTC), False),
    (2019, datetime(2026, 1, 1, tzinfo=UTC), True),
    (2020, datetime(2026, 1, 1, tzinfo=UTC), False),
])  # fmt: skip
def test_a_year_may_leave_when_its_last_row_is_six_years_old(year, now, may):
    assert may_leave(year, now) is may


def test_a_year_leaves_the_log_and_the_chain_verifies_on(made):
    desk = years_of_work(made, last=2034)
    before = verdict(desk)
    whole = count(made)
    done = moved(desk)
    assert (done.year, done.last_seq) == (2026, 3)
    after = verdict(desk)
    assert after.verified, after.faults
    assert (after.archived, count(made)) == (3, whole - done.rows + 2)  # two looks were written, and the purge
    with made.vault.reader.begin() as conn:
        assert conn.execute(select(func.min(t.audit.c.seq))).scalar_one() == 4
    moved(desk, 2027)
    assert verdict(desk).archived == 5
    assert verdict(desk, PrintedAnchor(before.head_seq, before.head)).verified
    desk.run(make_backup, MakeBackup(desk.new_id()))  # which walks the chain as well
    assert [each.year for each in desk.ask(log_keeping, AskKeeping()).archives] == [2027, 2026]


def test_the_chain_verifies_across_purges_and_epochs(tmp_path):
    office, facts = make_office(tmp_path)
    office.rotate_keys(Why.LEAK, Quiet())
    office.desk.run(set_lock_minutes, SetLockMinutes(office.desk.new_id(), 3))
    work_on(office.desk, facts.clock, 2027, 2032)
    facts.clock.moment = datetime(2033, 2, 1, 15, 0, tzinfo=UTC)
    office.sign_out()
    desk = office.sign_in(facts.name, facts.password, facts.code())
    office.rotate_keys(Why.LEAK, Quiet())
    desk = office.desk
    desk.run(make_backup, MakeBackup(desk.new_id()))
    done = moved(desk)
    after = verdict(desk)
    assert after.verified, after.faults
    assert after.archived == done.last_seq >= 5
    (file,) = sorted((tmp_path / "practice/backups").glob("*-log-*"))
    facts_of = desk.ask(open_archive, OpenArchive(str(file), facts.kit))
    assert (facts_of.rows, facts_of.joined) == (done.rows, True)
    office.rotate_keys(Why.LEAK, Quiet())
    assert verdict(office.desk).verified
    assert office.desk.ask(open_archive, OpenArchive(str(file))).joined, "by the backup identity of its time"
    office.close()


def test_what_left_is_read_again_by_the_kit_and_by_the_practice_itself(made):
    desk = years_of_work(made)
    moved(desk)
    (file,) = archives(made)
    for kit in ("", made.kit):
        facts = desk.ask(open_archive, OpenArchive(str(file), kit))
        assert (facts.year, facts.rows, facts.own, facts.joined) == (2026, 3, True, True)
    assert b"practice.lock_minutes" not in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_damaged_or_foreign_archive_is_refused(made, tmp_path):
    desk = years_of_work(made)
    moved(desk)
    (file,) = archives(made)
    data = bytearray(file.read_bytes())
    data[-20] ^= 1
    file.write_bytes(data)
    with pytest.raises(ArchiveDamaged):
        desk.ask(open_archive, OpenArchive(str(file)))
    other = make_practice(tmp_path / "other", seed="b")
    with pytest.raises(NotThisArchiveKey):
        desk.ask(open_archive, OpenArchive(str(file), other.kit))
    other.vault.close()


def test_a_row_that_was_changed_inside_an_archive_is_found(made):
    """Somebody with the kit opens it, changes a row, and seals it again."""
    years_of_work(made)
    with made.vault.reader.begin() as conn:
        year = stored.oldest_year(conn)
        rows = list(stored.rows_between(conn, year.first_seq, year.last_seq))
    head = log_archive.ArchiveHead(
        made.keys.vault_id, year.year, year.first_seq, year.last_seq, year.before, year.last_mac,
        (log_archive.Epoch(1, made.keys.key),),
    )  # fmt: skip
    line = made.kit
    recipient = made.keys.recovery_recipients[0]

    _, second = age_io.new_identity()

    def read_again(some):
        target = BytesIO()
        log_archive.seal(head, some, target, [recipient, second])
        return log_archive.read(BytesIO(target.getvalue()), [line])

    assert read_again(rows).rows == 3, "positive control"
    wrong = [rows[0], (rows[1][0], {**rows[1][1], "outcome": "denied"}, rows[1][2]), rows[2]]
    with pytest.raises(ArchiveDamaged, match="Row 2"):
        read_again(wrong)
    with pytest.raises(ArchiveDamaged, match="missing"):
        read_again([rows[0], rows[2]])
    with pytest.raises(ArchiveDamaged):
        read_again(rows[:2])


def test_nothing_leaves_before_six_years_or_without_a_fresh_backup(made):
    desk = years_of_work(made, last=2032)
    with pytest.raises(Refused, match="Nothing is old enough"):
        moved(desk)
    made.clock.moment = datetime(2033, 6, 1, tzinfo=UTC)
    with pytest.raises(Refused, match="verified backup first"):
        moved(desk)
    assert archives(made) == []


def test_a_clock_that_was_set_ahead_takes_nothing_out(made):
    """Evidence of this year is not purged by setting the computer to a later one (SECURITY F8)."""
    desk = made.desk()
    for year in (2026, 2027, 2033):
        made.clock.moment = datetime(year, 12, 1, 15, 0, tzinfo=UTC)
        desk.run(set_lock_minutes, SetLockMinutes(desk.new_id(), 3))
    desk.run(make_backup, MakeBackup(desk.new_id()))
    assert "clock" in desk.ask(log_keeping, AskKeeping()).why_not
    with pytest.raises(Refused, match="clock"):
        moved(desk)
    assert archives(made) == []


def test_who_lifts_a_hold_does_not_purge_behind_it_where_somebody_else_may(made):
    desk = years_of_work(made)
    made.desk(Role.PRIVACY_OFFICER, number=6)
    hold = desk.run(set_hold, SetHold(desk.new_id(), "Letter of the state attorney."))
    desk.run(lift_hold, LiftHold(desk.new_id(), hold, "The matter was closed today."))
    with pytest.raises(Refused, match="lifted a legal hold"):
        moved(desk)
    made.clock.move(minutes=1)
    assert moved(made.desk(Role.PRIVACY_OFFICER, number=6)).rows == 3


def test_a_legal_hold_stops_every_purge_until_it_is_lifted(made):
    desk = years_of_work(made)
    hold = desk.run(set_hold, SetHold(desk.new_id(), "Letter of the state attorney."))
    with pytest.raises(Refused, match="legal hold"):
        moved(desk)
    assert desk.ask(log_keeping, AskKeeping()).held
    desk.run(lift_hold, LiftHold(desk.new_id(), hold, "The matter was closed today."))
    with pytest.raises(Refused, match="lifted already"):
        desk.run(lift_hold, LiftHold(desk.new_id(), hold, "And closed once more."))
    assert moved(desk).rows == 3
    (kept,) = desk.ask(log_keeping, AskKeeping()).holds
    assert (kept.reason, kept.lift_reason) == ("Letter of the state attorney.", "The matter was closed today.")
    with made.vault.reader.begin() as conn:
        assert not any("attorney" in each for each in conn.execute(select(t.audit.c.detail)).scalars())


@pytest.mark.parametrize("change", ["UPDATE legal_hold SET reason = 'x'", "DELETE FROM legal_hold",
                                    "DELETE FROM audit_archive", "UPDATE audit_archive SET year = 1"])  # fmt: skip
def test_holds_and_archives_stay_as_they_were(made, change):
    desk = years_of_work(made)
    moved(desk)
    desk.run(set_hold, SetHold(desk.new_id(), "Letter of the state attorney."))
    with pytest.raises(Exception, match="stays"), made.vault.writer.begin() as conn:
        conn.exec_driver_sql(change)


def test_no_other_path_takes_rows_out(made):
    desk = years_of_work(made)
    with pytest.raises(Exception, match="append-only"), made.vault.writer.begin() as conn:
        conn.execute(delete(t.audit).where(t.audit.c.seq == 1))
    row = {"id": 1, "year": 2026, "first_seq": 1, "last_seq": 3, "last_mac": b"m", "target": "t", "name": "n",
           "bytes": 1, "sha256": "x", "user_id": 1, "at": made.clock.now()}  # fmt: skip
    with pytest.raises(Exception, match="not authorized"), made.vault.writer.begin() as conn:
        conn.execute(insert(t.audit_archive).values(row))
    moved(desk)
    with pytest.raises(Exception, match="not authorized"), made.vault.writer.begin() as conn:
        conn.execute(insert(t.audit_archive).values(row))  # the door is closed again behind a purge
    with pytest.raises(Exception, match="append-only"), made.vault.writer.begin() as conn:
        conn.execute(delete(t.audit).where(t.audit.c.seq == 4))


@pytest.mark.parametrize("role", [Role.MANAGER, Role.AUDITOR])
def test_only_who_signs_reviews_purges_and_holds(made, role):
    years_of_work(made)
    desk = made.desk(role, number=5)
    for case, asked in ((archive_year, ArchiveYear(desk.new_id(), 2026)),
                        (set_hold, SetHold(desk.new_id(), "Because it is so."))):  # fmt: skip
        with pytest.raises(NotAllowed):
            desk.run(case, asked)


def test_done_twice_is_done_once(made):
    desk = years_of_work(made)
    command = ArchiveYear(desk.new_id(), 2026)
    assert desk.run(archive_year, command) == desk.run(archive_year, command)
    assert len(archives(made)) == 1


def test_a_drive_that_gives_something_else_back_leaves_the_log_whole(made, monkeypatch):
    desk = years_of_work(made)
    real = log_archive.read

    def lying(source, identities, *more):
        found = real(source, identities, *more)
        return log_archive.ArchiveRead(found.head, found.rows - 1, found.plain)

    monkeypatch.setattr(log_archive, "read", lying)
    with pytest.raises(TargetError, match="Nothing left the log"):
        moved(desk)
    assert archives(made) == []
    assert verdict(desk).archived == 0


def test_a_log_that_is_not_whole_loses_no_row(made):
    desk = years_of_work(made)
    made.keys.known = (Anchor(2, b"z" * 32, "the credential store"),)
    with pytest.raises(Refused, match="not whole"):
        moved(desk)


def test_a_cut_behind_the_archive_is_still_found(made):
    desk = years_of_work(made)
    moved(desk)
    with made.vault.reader.begin() as conn:
        mac = conn.execute(select(t.audit_archive.c.last_mac)).scalar_one()
    assert verdict(desk, PrintedAnchor(3, mac.hex()[:16])).verified
    wrong = verdict(desk, PrintedAnchor(3, "00" * 8))
    assert [each.kind for each in wrong.faults] == [FaultKind.ANCHOR]


KILLED = """
import os, signal, sys
from pathlib import Path
from tests.usecases import test_audit_keeping as test
from tests.backed_up import make_practice
from medbill_desktop.storage import audit_keeping as stored
from medbill_desktop.usecases import audit_keeping as keeping
from medbill_desktop.security import age_io, log_archive
practice = make_practice(Path(sys.argv[1]))
desk = test.years_of_work(practice)
(Path(sys.argv[1]) / "kit.txt").write_text(practice.kit)
(Path(sys.argv[1]) / "dek.txt").write_text(practice.keys.key_hex() + " " + practice.keys.vault_id)
die = lambda: os.kill(os.getpid(), signal.SIGKILL)
real_purge, real_read, real_seal = stored.purge, log_archive.read, log_archive.seal
def dying_purge(conn, archived):
    real_purge(conn, archived); die()
def dying_read(*args):
    real_read(*args); die()
def dying_seal(*args):
    real_seal(*args); die()
{"purge": lambda: setattr(stored, "purge", dying_purge), "read": lambda: setattr(log_archive, "read", dying_read),
 "seal": lambda: setattr(log_archive, "seal", dying_seal), "after": lambda: None}[sys.argv[2]]()
test.moved(desk)
die()
"""


@pytest.mark.parametrize("where", ["seal", "read", "purge", "after"])
def test_killed_at_any_moment_the_rows_are_all_there_or_all_archived(tmp_path, where):
    folder = tmp_path / "practice"
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), where], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert ended.returncode == -signal.SIGKILL, ended.stderr[-2000:]
    from medbill_desktop.security.key_holder import KeyHolder
    from medbill_desktop.storage.engine import open_vault
    from tests.backed_up import BackedUp, HeldKeys
    from tests.door import FakeClock

    key, vault_id = (folder / "dek.txt").read_text().split()
    holder = KeyHolder(bytearray.fromhex(key))
    keys = HeldKeys(folder, vault_id, "practice", (), holder)
    again = BackedUp(folder, (folder / "kit.txt").read_text(), keys, open_vault(folder / "vault.1.db", holder.hex),
                     FakeClock(datetime(2033, 12, 1, 16, 0, tzinfo=UTC)))  # fmt: skip
    desk = again.desk()
    found = verdict(desk)
    assert found.verified, found.faults
    assert found.archived == (3 if where == "after" else 0)
    if found.archived:
        (file,) = archives(again)
        assert desk.ask(open_archive, OpenArchive(str(file))).joined
    again.vault.close()
