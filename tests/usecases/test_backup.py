import json
import subprocess
from datetime import UTC, datetime, timedelta
from shutil import which

import pytest
import sqlcipher3.dbapi2 as sqlcipher
from sqlalchemy import delete, insert, select, update

from medbill_desktop.domain.backup_schedule import Light, Occasion
from medbill_desktop.domain.problems import Busy, NotAllowed, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.gateways import folder_target
from medbill_desktop.gateways.targets import TargetGone
from medbill_desktop.security import age_io
from medbill_desktop.security.audit_mac import Anchor
from medbill_desktop.storage import snapshot
from medbill_desktop.storage import tables as t
from medbill_desktop.storage.engine import open_vault
from medbill_desktop.usecases import backup
from medbill_desktop.usecases.audit_log import VerifyAudit, verify_audit
from medbill_desktop.usecases.backup import (
    AskDue,
    ChooseTarget,
    MakeBackup,
    ShowBackups,
    backup_due,
    backup_status,
    choose_target,
    make_backup,
)
from medbill_desktop.usecases.restore import verify_bundle
from medbill_desktop.usecases.users import ListUsers, list_users
from tests.backed_up import CANARY, make_practice


@pytest.fixture
def practice(tmp_path):
    made = make_practice(tmp_path / "practice")
    yield made
    made.vault.close()


@pytest.fixture
def drive(tmp_path):
    made = tmp_path / "drive"
    made.mkdir()
    return made


@pytest.fixture
def elsewhere(monkeypatch):
    """The drive counts as another disk, which no test computer has."""
    monkeypatch.setattr(folder_target, "on_same_disk", lambda one, other: "drive" not in str(one))


def back_up(desk, **how):
    return desk.run(make_backup, MakeBackup(desk.new_id(), **how))


def status(desk):
    return desk.ask(backup_status, ShowBackups())


def names(folder):
    return sorted(each.name for each in folder.iterdir() if each.is_file())


def test_a_backup_is_verified_receipted_and_audited(practice, drive, elsewhere):
    desk = practice.desk()
    assert desk.run(choose_target, ChooseTarget(desk.new_id(), str(drive))).other_disk
    made = back_up(desk)
    assert made.name == f"{practice.keys.vault_id[:8]}-20261118T150000Z-1.mbb.age"
    assert names(drive) == [made.name, f"{made.name}.receipt.json", "medbill-backups.json"]
    facts = verify_bundle(drive / made.name, practice.kit)
    assert (facts.vault, facts.sha256, facts.bytes) == (practice.keys.vault_id, made.sha256, made.bytes)
    assert (facts.users, facts.practice) == (1, "Harbor Street Family Medicine")
    shown = status(desk)
    assert (shown.chip.light, shown.counts, shown.lines[0].name) == (Light.GREEN, made.verified_at, made.name)
    with practice.vault.reader.begin() as conn:
        row = conn.execute(select(t.audit).order_by(t.audit.c.seq.desc()).limit(1)).one()
    assert (row.action, row.outcome, row.subject_id) == ("backup.make", "done", made.backup_id)
    assert json.loads(row.detail) == {
        "bytes": made.bytes, "deleted": 0, "other_disk": True, "seq": facts.audit_seq,
    }  # fmt: skip


def test_the_receipt_beside_it_holds_neither_key_nor_name_nor_count(practice, drive):
    made = back_up(practice.desk(), to=str(drive))
    told = json.loads((drive / f"{made.name}.receipt.json").read_text())
    assert set(told) == {"at", "target", "bytes", "sha256", "vault", "audit_seq", "audit_head", "verified_at"}
    text = json.dumps(told)
    assert practice.keys.key_hex() not in text
    assert "Harbor" not in text


def test_everything_in_the_copy_is_in_the_bundle_and_nothing_readable_is_on_the_disk(practice, drive, tmp_path):
    made = back_up(practice.desk(), to=str(drive))
    markers = [word.encode() for word in (*CANARY.split(), practice.keys.key_hex(), "manifest", "Harbor Street")]
    markers += [markers[0].lower(), CANARY.split()[0].encode("utf-16-le")]
    for path in tmp_path.rglob("*"):
        if path.is_file():
            found = [each for each in markers if each in path.read_bytes()]
            assert not found, path
    plain = age_io.decrypt_bytes((drive / made.name).read_bytes(), [practice.kit])
    assert practice.keys.key_hex().encode() in plain, "the scan looks for what is there"


def test_staging_is_empty_afterwards_and_private_meanwhile(practice, drive):
    seen = []

    class Looking:
        def step(self, done, total, text):
            folder = practice.folder / "backups" / ".staging"
            for each in folder.rglob("*"):
                seen.append((each.is_dir(), each.stat().st_mode & 0o777))

    desk = practice.desk()
    leftover = practice.folder / "backups" / ".staging" / "0123"
    leftover.mkdir(parents=True)
    (leftover / "vault.1.db").write_bytes(b"left by a crash")
    desk.run(make_backup, MakeBackup(desk.new_id(), to=str(drive)), Looking())
    assert set(seen) == {(True, 0o700), (False, 0o600)}
    assert list((practice.folder / "backups" / ".staging").iterdir()) == []


def test_progress_only_grows_and_ends_at_the_end(practice, drive):
    steps = []

    class Noting:
        def step(self, done, total, text):
            steps.append((done, total, text))

    desk = practice.desk()
    desk.run(make_backup, MakeBackup(desk.new_id(), to=str(drive)), Noting())
    done = [step[0] for step in steps]
    assert done == sorted(done)
    assert done[-1] == steps[-1][1]
    assert {text for _, _, text in steps} == {
        "Copying the database", "Checking the copy", "Encrypting", "Reading the backup back",
    }  # fmt: skip


def test_the_practice_backup_identity_opens_every_bundle(practice, drive):
    desk = practice.desk()
    bundles = [back_up(desk, to=str(drive)) for _ in range(2)]
    with practice.vault.reader.begin() as conn:
        lines = conn.execute(select(t.backup_identity.c.identity)).scalars().all()
    assert len(lines) == 1
    for made in bundles:
        assert verify_bundle(drive / made.name, lines[0]).sha256 == made.sha256


def test_two_in_one_second_get_two_names(practice, drive):
    desk = practice.desk()
    assert back_up(desk, to=str(drive)).name != back_up(desk, to=str(drive)).name


def test_sent_twice_it_is_made_once(practice, drive):
    desk = practice.desk()
    command = MakeBackup(desk.new_id(), to=str(drive))
    assert desk.run(make_backup, command) == desk.run(make_backup, command)
    assert len(names(drive)) == 2


def test_each_manifest_names_the_one_before(practice, drive):
    desk = practice.desk()
    for _ in range(2):
        back_up(desk, to=str(drive))
        practice.clock.move(days=1)
    with practice.vault.reader.begin() as conn:
        hashes = conn.execute(select(t.backup.c.manifest_sha256).order_by(t.backup.c.id)).scalars().all()
    plain = bytes(age_io.decrypt_bytes((drive / names(drive)[2]).read_bytes(), [practice.kit]))
    assert f'"previous":"{hashes[0]}"'.encode() in plain


def test_everybody_who_works_here_may_but_the_auditor_may_not(practice, drive):
    back_up(practice.desk(Role.FRONT_DESK, number=2), to=str(drive))
    with pytest.raises(NotAllowed):
        back_up(practice.desk(Role.AUDITOR, number=3), to=str(drive))
    with pytest.raises(NotAllowed):
        desk = practice.desk(Role.MANAGER, number=4)
        desk.run(choose_target, ChooseTarget(desk.new_id(), str(drive)))


def test_a_backup_anchors_the_log(practice, drive):
    desk = practice.desk()
    back_up(desk, to=str(drive))
    verdict = desk.ask(verify_audit, VerifyAudit())
    assert (verdict.anchors, verdict.verified) == (1, True)


def test_an_anchor_written_while_the_backup_runs_is_no_fault(practice, drive):
    """The store's anchor moves on while the snapshot stays: it may not make the log look cut."""
    desk = practice.desk()

    class Working:
        def step(self, done, total, text):
            desk.record("test.row")
            with practice.vault.reader.begin() as conn:
                row = conn.execute(select(t.audit).order_by(t.audit.c.seq.desc()).limit(1)).one()
            practice.keys.known = (Anchor(row.seq, row.mac, "the credential store"),)

    desk.run(make_backup, MakeBackup(desk.new_id(), to=str(drive)), Working())


def test_writers_go_on_while_a_backup_runs(practice, drive):
    desk = practice.desk()

    class Writing:
        def step(self, done, total, text):
            desk.record("test.row")

    made = desk.run(make_backup, MakeBackup(desk.new_id(), to=str(drive)), Writing())
    assert verify_bundle(drive / made.name, practice.kit).audit_seq == 1


def test_a_second_one_at_the_same_time_is_refused(practice, drive):
    desk = practice.desk()

    class Again:
        def step(self, done, total, text):
            with pytest.raises(Busy, match="being made"):
                back_up(desk, to=str(drive))

    desk.run(make_backup, MakeBackup(desk.new_id(), to=str(drive)), Again())


def test_the_target_must_be_the_chosen_drive(practice, drive, tmp_path):
    desk = practice.desk()
    desk.run(choose_target, ChooseTarget(desk.new_id(), str(drive)))
    drive.rename(tmp_path / "unplugged")
    with pytest.raises(TargetGone, match="Plug in"):
        back_up(desk)
    drive.mkdir()  # the bare mount point
    with pytest.raises(TargetGone, match="not mounted"):
        back_up(desk)
    assert list(drive.iterdir()) == []
    assert status(desk).chip.light is Light.RED
    assert status(desk).last_failed


@pytest.mark.parametrize("folder", ["", "relative/path", "/no/such/folder"])
def test_a_target_that_is_no_folder_is_refused(practice, folder):
    desk = practice.desk()
    with pytest.raises(Refused):
        desk.run(choose_target, ChooseTarget(desk.new_id(), folder))
    assert not status(desk).target_chosen


def test_the_practice_folder_is_no_target(practice):
    desk = practice.desk()
    (practice.folder / "sub").mkdir()
    for folder in (practice.folder, practice.folder / "sub"):
        with pytest.raises(Refused, match="own files"):
            desk.run(choose_target, ChooseTarget(desk.new_id(), str(folder)))


def test_without_a_chosen_folder_it_goes_beside_the_practice_and_the_chip_stays_red(practice):
    desk = practice.desk()
    made = back_up(desk)
    assert (practice.folder / "backups" / made.name).is_file()
    shown = status(desk)
    assert (shown.chip.light, shown.chip.text) == (Light.RED, "No backup on another disk")


def test_in_training_a_folder_on_this_disk_counts(tmp_path):
    practice = make_practice(tmp_path / "training", kind="training")
    try:
        desk = practice.desk()
        back_up(desk)
        assert status(desk).chip.light is Light.GREEN
    finally:
        practice.vault.close()


def test_the_chip_turns_red_after_36_hours(practice, drive, elsewhere):
    desk = practice.desk()
    desk.run(choose_target, ChooseTarget(desk.new_id(), str(drive)))
    back_up(desk)
    practice.clock.move(hours=36)
    assert status(desk).chip.light is Light.GREEN
    practice.clock.move(seconds=1)
    assert status(desk).chip.light is Light.RED


def test_it_is_due_daily_and_at_sign_out_after_work(practice, drive):
    desk = practice.desk()
    assert desk.ask(backup_due, AskDue(Occasion.QUIET))
    back_up(desk, to=str(drive))
    practice.clock.move(hours=1)
    assert not any(desk.ask(backup_due, AskDue(occasion)) for occasion in Occasion)
    desk.run(choose_target, ChooseTarget(desk.new_id(), str(drive)))
    assert not desk.ask(backup_due, AskDue(Occasion.SIGN_OUT)), "choosing a folder is no work"
    with practice.vault.writer.begin() as conn:
        conn.execute(
            insert(t.command).values(
                id=desk.new_id(), case_name="payment.take", digest=b"", user_id=1, at=practice.clock.now(), result=""
            )
        )
    assert [desk.ask(backup_due, AskDue(occasion)) for occasion in Occasion] == [False, False, True]
    practice.clock.move(hours=18)
    assert all(desk.ask(backup_due, AskDue(occasion)) for occasion in Occasion)


def test_retention_takes_bundle_and_receipt_and_leaves_foreign_files(practice, drive):
    desk = practice.desk()
    foreign = ["photo.jpg", "deadbeef-20200101T000000Z-1.mbb.age", f"{practice.keys.vault_id[:8]}-notes.txt"]
    for name in foreign:
        (drive / name).write_bytes(b"not ours")
    made = []
    for _ in range(10):
        made.append(back_up(desk, to=str(drive)))
        practice.clock.move(minutes=30)
    assert [each.deleted for each in made] == [0] + [1] * 9
    left = names(drive)
    assert left == sorted([made[-1].name, f"{made[-1].name}.receipt.json", *foreign])
    assert [line.deleted_at is None for line in status(desk).lines] == [True] + [False] * 9


def test_a_bundle_that_somebody_took_away_counts_no_more(practice, drive):
    desk = practice.desk()
    first = back_up(desk, to=str(drive))
    (drive / first.name).unlink()
    practice.clock.move(days=1)
    back_up(desk, to=str(drive))
    assert [line.deleted_at is None for line in status(desk).lines] == [True, False]


def test_nothing_is_deleted_after_the_clock_went_back(practice, drive):
    desk = practice.desk()
    for _ in range(3):
        back_up(desk, to=str(drive))
        practice.clock.move(days=1)
    practice.clock.move(days=-300)
    for _ in range(3):
        assert back_up(desk, to=str(drive)).deleted == 0
        practice.clock.move(minutes=5)
    assert len([name for name in names(drive) if name.endswith(".age")]) == 6


def test_a_verified_backup_ends_the_copy_a_migration_left(practice, drive):
    old = practice.folder / "vault.1.db.before-1"
    old.write_bytes(b"x")
    back_up(practice.desk(), to=str(drive))
    assert not old.exists()


def test_a_disk_without_room_for_the_copy_is_told_first(practice, drive, monkeypatch):
    from medbill_desktop.usecases import backup_making

    class Usage:
        free = 1000

    monkeypatch.setattr(backup_making.shutil, "disk_usage", lambda path: Usage)
    with pytest.raises(Refused, match=r"needs [0-9]+ MB"):
        back_up(practice.desk(), to=str(drive))
    assert names(drive) == []


def test_a_changed_row_in_the_log_makes_no_bundle(practice, drive):
    desk = practice.desk()
    desk.ask(list_users, ListUsers())
    with practice.vault.writer.begin() as conn:
        conn.execute(
            insert(t.audit).values(
                seq=2, at=datetime(2026, 1, 3, tzinfo=UTC), user_id=1, workstation=1, session="s", action="a",
                outcome="done", detail="{}", mac=b"\0" * 32,
            )
        )  # fmt: skip
    with pytest.raises(Refused, match="audit log is not whole"):
        back_up(desk, to=str(drive))
    assert names(drive) == []


def test_a_reference_that_points_nowhere_makes_no_bundle(practice, drive):
    raw = sqlcipher.connect(str(practice.folder / "vault.1.db"))
    raw.execute(f"PRAGMA key=\"x'{practice.keys.key_hex()}'\"")
    raw.execute("INSERT INTO patient_key VALUES ('x', 999)")
    raw.commit()
    raw.close()
    with pytest.raises(Refused, match="patient_key points nowhere"):
        back_up(practice.desk(), to=str(drive))
    assert names(drive) == []


def test_the_newest_verified_is_the_one_verified_last(practice, drive):
    desk = practice.desk()
    made = back_up(desk, to=str(drive))
    with practice.vault.writer.begin() as conn:
        conn.execute(update(t.backup).values(verified_at=made.verified_at + timedelta(hours=5)))
    assert status(desk).newest == made.verified_at + timedelta(hours=5)


def test_a_copy_that_lacks_a_row_makes_no_bundle(practice, drive, monkeypatch):
    real = snapshot.copy_pages

    def loses_a_row(conn, path, key_hex, copied):
        real(conn, path, key_hex, copied)
        vault = open_vault(path, key_hex)
        with vault.writer.begin() as changed:
            changed.execute(delete(t.patient).where(t.patient.c.id == 2))
        vault.close()

    monkeypatch.setattr(snapshot, "copy_pages", loses_a_row)
    with pytest.raises(Refused, match="copy differs"):
        back_up(practice.desk(), to=str(drive))
    assert names(drive) == []


def test_the_plan_shows_no_secret(practice, drive, monkeypatch):
    plans = []
    real = backup.Making.made

    def made(self, staging, backup_id):
        plans.append(real(self, staging, backup_id))
        return plans[0]

    monkeypatch.setattr(backup.Making, "made", made)
    back_up(practice.desk(), to=str(drive))
    assert plans[0].new_identity.line.startswith("AGE-SECRET-KEY-1")
    assert "AGE-SECRET" not in repr(plans[0]) + repr(plans[0].new_identity)


@pytest.mark.peer
@pytest.mark.skipif(which("age") is None or which("tar") is None, reason="package age (and tar) brings it back")
def test_age_tar_and_sqlcipher_alone_open_it(practice, drive, tmp_path):
    """Twenty years on, without this program: the commands printed on the kit (SECURITY B15)."""
    made = back_up(practice.desk(), to=str(drive))
    kit = tmp_path / "kit.txt"
    kit.write_text(practice.kit + "\n")
    out = tmp_path / "out"
    out.mkdir()
    subprocess.run(
        ["sh", "-c", f"age -d -i '{kit}' '{drive / made.name}' | tar x"], cwd=out, check=True, capture_output=True
    )
    assert names(out) == ["manifest.json", "vault.1.db", "vault.keys"]
    told = json.loads((out / "manifest.json").read_text())
    raw = sqlcipher.connect(str(out / "vault.1.db"))
    raw.execute(f"PRAGMA key=\"x'{told['dek']}'\"")
    assert raw.execute("SELECT count(*), min(last) FROM patient").fetchone() == (3, CANARY.split()[1])
    raw.close()
