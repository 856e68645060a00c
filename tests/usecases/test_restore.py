import os
import shutil
import tempfile
from dataclasses import replace

import pytest
from sqlalchemy import insert, select

from medbill_desktop.domain.problems import Refused
from medbill_desktop.security import age_io, bundle, key_file, recovery_kit
from medbill_desktop.security.bundle import BundleDamaged, BundleTooNew, NotThisKit
from medbill_desktop.security.key_holder import KeyHolder
from medbill_desktop.storage import tables as t
from medbill_desktop.storage.engine import open_vault
from medbill_desktop.storage.practice_lock import OpenElsewhere, PracticeLock
from medbill_desktop.usecases.audit_log import VerifyAudit, verify_audit, walked
from medbill_desktop.usecases.backup import MakeBackup, make_backup
from medbill_desktop.usecases.bundle_check import InsideOnly
from medbill_desktop.usecases.restore import confirm_restore, restore, settle, to_confirm, verify_bundle
from medbill_desktop.usecases.watch import Cancelled, Quiet
from tests.backed_up import make_practice


@pytest.fixture
def practice(tmp_path):
    made = make_practice(tmp_path / "practice")
    yield made
    made.vault.close()


@pytest.fixture
def saved(practice, tmp_path):
    """A bundle of the practice, on a drive."""
    drive = tmp_path / "drive"
    drive.mkdir()
    desk = practice.desk()
    made = desk.run(make_backup, MakeBackup(desk.new_id(), to=str(drive)))
    return drive / made.name


def contents(folder):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def untouched(practice):
    """The live pair as bytes; whoever restores has closed it before."""
    practice.vault.close()
    return {name: data for name, data in contents(practice.folder).items() if name.startswith("vault.")}


def rows(path, key_hex, table):
    vault = open_vault(path, key_hex)
    try:
        with vault.reader.begin() as conn:
            return conn.execute(select(table)).all()
    finally:
        vault.close()


def resealed(saved, practice, change=lambda manifest: manifest, keys=None, database=None):
    """Write the bundle anew with something else in it, as a program of ours would never do."""
    out = saved.parent / "unsealed"
    out.mkdir()
    with saved.open("rb") as source:
        found = bundle.open_bundle(source, practice.kit, out, 1 << 30, lambda done: None)
    if database is not None:
        database(found.database)
    data = found.database.read_bytes()
    key_bytes = keys if keys is not None else found.key_file
    said = replace(
        found.manifest,
        database=bundle.MemberFacts(len(data), bundle.sha256(data).hexdigest()),
        key_file=bundle.MemberFacts(len(key_bytes), bundle.sha256(key_bytes).hexdigest()),
    )
    recipients = [age_io.recipient_of(practice.kit), age_io.new_identity()[1]]
    forged = saved.with_name("forged.mbb.age")
    with forged.open("wb") as target:
        bundle.seal(change(said), found.database, key_bytes, target, recipients, lambda done: None)
    return forged


def test_a_fresh_computer_gets_the_practice_back(practice, saved, tmp_path):
    into = tmp_path / "empty" / "home"
    found = restore(saved, practice.kit, into, practice.clock)
    assert (found.vault, found.epoch, found.users, found.replaced) == (practice.keys.vault_id, 1, 1, None)
    assert (into / "vault.keys").read_bytes() == practice.keys.key_file()
    assert into.stat().st_mode & 0o777 == 0o700
    assert {p.stat().st_mode & 0o777 for p in into.glob("vault.*")} == {0o600}
    assert len(rows(into / "vault.1.db", practice.keys.key_hex, t.patient)) == 3
    assert sorted(p.name for p in into.iterdir()) == ["backups", "vault.1.db", "vault.keys", "vault.lock"]
    assert list((into / "backups").iterdir()) == []


def test_the_kit_alone_opens_what_was_restored(practice, saved, tmp_path):
    restore(saved, practice.kit, tmp_path / "into", practice.clock)
    unlocked = key_file.unlock_with_kit((tmp_path / "into" / "vault.keys").read_bytes(), practice.kit)
    assert unlocked.dek.hex() == practice.keys.key_hex()


def test_a_later_state_is_replaced_and_kept_until_confirmed(practice, saved):
    live = untouched(practice)
    found = restore(saved, practice.kit, practice.folder, practice.clock)
    assert found.replaced == practice.folder / "replaced-1"
    kept = contents(found.replaced)
    assert kept["vault.keys"] == live["vault.keys"]
    assert len(rows(found.replaced / "vault.1.db", practice.keys.key_hex, t.backup)) == 1
    assert rows(practice.folder / "vault.1.db", practice.keys.key_hex, t.backup) == []
    assert to_confirm(practice.folder) == (found.replaced,)
    again = restore(saved, practice.kit, practice.folder, practice.clock)
    assert again.replaced == practice.folder / "replaced-2"
    confirm_restore(practice.folder)
    assert to_confirm(practice.folder) == ()
    assert (practice.folder / "vault.keys").exists()


def test_the_log_of_a_restored_practice_is_whole_and_tells_both_heads(practice, saved):
    desk = practice.desk()
    desk.record("test.row")
    with practice.vault.reader.begin() as conn:
        left = conn.execute(select(t.audit).order_by(t.audit.c.seq.desc()).limit(1)).one()
    practice.vault.close()
    restore(saved, practice.kit, practice.folder, practice.clock)
    practice.vault = open_vault(practice.folder / "vault.1.db", practice.keys.key_hex)
    with practice.vault.reader.begin() as conn:
        last = conn.execute(select(t.audit).order_by(t.audit.c.seq.desc()).limit(1)).one()
    assert (last.action, last.outcome) == ("restore", "done")
    for word in (f'"left_seq":{left.seq}', left.mac.hex()[:16], '"from_seq":1'):
        assert word in last.detail
    assert practice.desk().ask(verify_audit, VerifyAudit()).verified


def test_verify_tells_the_facts_and_leaves_nothing(practice, saved, tmp_path):
    before = contents(tmp_path)
    scratch = tmp_path / "scratch"
    facts = verify_bundle(saved, practice.kit, scratch=scratch)
    assert (facts.vault, facts.epoch, facts.kind, facts.users) == (practice.keys.vault_id, 1, "practice", 1)
    assert facts.made_at == practice.clock.now()
    assert list(scratch.iterdir()) == []
    assert contents(tmp_path) == before


def test_verify_without_a_scratch_folder_leaves_nothing_in_the_temporary_one(practice, saved, tmp_path, monkeypatch):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    seen = []

    class Looking:
        def step(self, done, total, text):
            seen.extend(each.stat().st_mode & 0o777 for each in (tmp_path / "temporary").iterdir())

    verify_bundle(saved, practice.kit, Looking())
    assert set(seen) == {0o700}
    assert list((tmp_path / "temporary").iterdir()) == []


def test_the_kit_may_be_typed_or_be_the_text_of_its_file(practice, saved):
    text = f"# recovery kit\n# public key: {age_io.recipient_of(practice.kit)}\n{practice.kit.lower()}\n"
    assert verify_bundle(saved, text).vault == practice.keys.vault_id
    with pytest.raises(recovery_kit.KitMistyped):
        verify_bundle(saved, practice.kit[:-1] + ("Q" if practice.kit[-1] != "Q" else "P"))


@pytest.mark.parametrize("missing", ["gone.mbb.age", "."])
def test_a_file_that_is_none_is_said_plainly(practice, tmp_path, missing):
    with pytest.raises(Refused, match=r"no file|folder"):
        verify_bundle(tmp_path / missing, practice.kit)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are POSIX")
def test_a_pipe_is_no_backup_and_is_not_waited_for(practice, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Refused, match="not a file"):
        verify_bundle(tmp_path / "pipe", practice.kit)


def test_another_kit_is_refused_with_the_number_to_compare(practice, saved, tmp_path):
    stranger = recovery_kit.new_kit().line
    with pytest.raises(NotThisKit, match=practice.keys.vault_id[:8]):
        restore(saved, stranger, tmp_path / "into", practice.clock)
    assert not (tmp_path / "into").exists()


def test_a_kit_of_the_practice_here_is_told_that_the_bundle_is_anothers(practice, saved, tmp_path):
    other = make_practice(tmp_path / "other", seed="z")
    before = untouched(other)
    with pytest.raises(NotThisKit, match=f"kit is for practice {other.keys.vault_id[:8]}"):
        restore(saved, other.kit, other.folder, practice.clock)
    assert untouched(other) == before


def test_a_practice_of_another_vault_is_never_overwritten(practice, saved, tmp_path):
    other = make_practice(tmp_path / "other", seed="z")
    before = untouched(other)
    with pytest.raises(Refused, match=rf"holds practice {other.keys.vault_id[:8]}"):
        restore(saved, practice.kit, other.folder, practice.clock)
    assert untouched(other) == before


def test_a_database_without_its_key_file_is_replaced_only_if_it_is_ours(practice, saved, tmp_path):
    practice.vault.close()
    other = make_practice(tmp_path / "other", seed="z")
    other.vault.close()
    (other.folder / "vault.keys").unlink()
    with pytest.raises(Refused, match="can't be told"):
        restore(saved, practice.kit, other.folder, practice.clock)
    (practice.folder / "vault.keys").unlink()
    assert restore(saved, practice.kit, practice.folder, practice.clock).replaced is not None


def test_a_damaged_live_database_does_not_stop_its_restore(practice, saved):
    practice.vault.close()
    path = practice.folder / "vault.1.db"
    path.write_bytes(b"\0" * 8192)
    restore(saved, practice.kit, practice.folder, practice.clock)
    assert len(rows(path, practice.keys.key_hex, t.patient)) == 3


def test_a_folder_with_other_files_is_no_place(practice, saved, tmp_path):
    into = tmp_path / "documents"
    into.mkdir()
    (into / "letter.txt").write_text("mine")
    with pytest.raises(Refused, match=r"letter\.txt"):
        restore(saved, practice.kit, into, practice.clock)
    assert contents(into) == {"letter.txt": b"mine"}
    with pytest.raises(Refused, match="not a folder"):
        restore(saved, practice.kit, into / "letter.txt", practice.clock)


def test_a_practice_that_is_open_elsewhere_is_not_touched(practice, saved):
    lock = PracticeLock(practice.folder / "vault.lock")
    lock.take()
    before = untouched(practice)
    try:
        with pytest.raises(OpenElsewhere):
            restore(saved, practice.kit, practice.folder, practice.clock)
    finally:
        lock.give_back()
    assert {k: v for k, v in untouched(practice).items() if k != "vault.lock"} == {
        k: v for k, v in before.items() if k != "vault.lock"
    }


@pytest.mark.parametrize(("made", "folder"), [("practice", "training"), ("training", "practice")])
def test_training_and_practice_never_mix(tmp_path, made, folder):
    source = make_practice(tmp_path / "source", kind=made)
    desk = source.desk()
    name = desk.run(make_backup, MakeBackup(desk.new_id())).name
    source.vault.close()
    with pytest.raises(Refused, match="training practice"):
        restore(source.folder / "backups" / name, source.kit, tmp_path / "into", source.clock, kind=folder)
    assert not (tmp_path / "into").exists()
    restore(source.folder / "backups" / name, source.kit, tmp_path / "into", source.clock, kind=made)


def test_a_backup_identity_verifies_but_does_not_restore(practice, saved, tmp_path):
    with practice.vault.reader.begin() as conn:
        line = conn.execute(select(t.backup_identity.c.identity)).scalar_one()
    assert verify_bundle(saved, line).vault == practice.keys.vault_id
    with pytest.raises(NotThisKit, match="use the recovery kit"):
        restore(saved, line, tmp_path / "into", practice.clock)
    assert not (tmp_path / "into").exists()


def newer_schema(manifest):
    return replace(manifest, schema=99)


def other_totals(manifest):
    return replace(manifest, receivable_cents=manifest.receivable_cents + 1)


def other_head(manifest):
    return replace(manifest, audit_head="00" * 32)


def other_vault(manifest):
    return replace(manifest, vault="00" * 16)


def other_key(manifest):
    return replace(manifest, dek="00" * 32)


@pytest.mark.parametrize(
    ("change", "kind"),
    [(newer_schema, BundleTooNew), (other_totals, BundleDamaged), (other_head, BundleDamaged),
     (other_vault, BundleDamaged), (other_key, Refused)],
)  # fmt: skip
def test_a_bundle_that_contradicts_itself_is_refused_before_anything_is_touched(practice, saved, change, kind):
    forged = resealed(saved, practice, change)
    before = untouched(practice)
    with pytest.raises(kind):
        restore(forged, practice.kit, practice.folder, practice.clock)
    assert untouched(practice) == before
    assert not list(practice.folder.glob("replaced-*"))


def test_the_resealed_bundle_is_otherwise_good(practice, saved):
    assert verify_bundle(resealed(saved, practice), practice.kit).vault == practice.keys.vault_id


def test_the_key_file_of_another_practice_in_the_bundle_is_refused(practice, saved, tmp_path):
    other = make_practice(tmp_path / "other", seed="z")
    other.vault.close()
    with pytest.raises(BundleDamaged, match="another practice"):
        verify_bundle(resealed(saved, practice, keys=other.keys.key_file()), practice.kit)


def test_a_key_file_of_a_second_practice_with_the_same_number_is_refused(practice, saved, tmp_path):
    """Same vault id and epoch, another data key: only opening it with the kit tells."""
    kit = recovery_kit.parse(practice.kit)
    twin = make_practice(tmp_path / "twin", vault_id=practice.keys.vault_id, kit=kit)
    twin.vault.close()
    with pytest.raises(BundleDamaged, match="does not belong"):
        restore(resealed(saved, practice, keys=twin.keys.key_file()), practice.kit, tmp_path / "into", practice.clock)
    assert not (tmp_path / "into").exists()


def test_a_row_put_into_the_log_is_found(practice, saved):
    def add_row(path):
        vault = open_vault(path, practice.keys.key_hex)
        with vault.writer.begin() as conn:
            conn.execute(
                insert(t.audit).values(
                    seq=2, at=practice.clock.now(), user_id=1, workstation=1, session="s", action="a",
                    outcome="done", detail="{}", mac=b"\0" * 32,
                )
            )  # fmt: skip
        vault.close()

    def counted(manifest):
        found = tuple((name, count + (name == "audit")) for name, count in manifest.rows)
        return replace(manifest, rows=found, audit_seq=2, audit_head="00" * 32)

    with pytest.raises(BundleDamaged, match="Row 2"):
        verify_bundle(resealed(saved, practice, counted, database=add_row), practice.kit)


def test_a_flipped_page_inside_a_whole_bundle_is_found(practice, saved):
    def flip(path):
        data = bytearray(path.read_bytes())
        data[5 * 4096 + 100] ^= 1
        path.write_bytes(data)

    with pytest.raises(Refused, match="damaged"):
        verify_bundle(resealed(saved, practice, database=flip), practice.kit)


def test_cancelled_it_leaves_nothing(practice, saved, tmp_path):
    class Cancelling:
        def step(self, done, total, text):
            raise Cancelled

    with pytest.raises(Cancelled):
        restore(saved, practice.kit, tmp_path / "into", practice.clock, Cancelling())
    assert not (tmp_path / "into").exists()


def test_an_untouched_folder_settles_to_itself(practice):
    before = untouched(practice)
    settle(practice.folder)
    settle(practice.folder / "missing")
    assert untouched(practice) == before


def test_staging_left_by_a_crash_goes_at_the_next_start_unless_it_is_in_use(practice):
    left = practice.folder / "backups" / ".staging" / "0123"
    left.mkdir(parents=True)
    (left / "vault.1.db").write_bytes(b"left by a crash")
    lock = PracticeLock(practice.folder / "vault.lock")
    lock.take()
    settle(practice.folder)
    assert left.is_dir(), "another window is making a backup"
    lock.give_back()
    settle(practice.folder)
    assert not left.exists()


def test_a_copy_of_a_restored_folder_is_walked_by_its_own_key(practice, saved, tmp_path):
    restore(saved, practice.kit, tmp_path / "into", practice.clock)
    shutil.copytree(tmp_path / "into", tmp_path / "copy")
    holder = KeyHolder(bytearray.fromhex(practice.keys.key_hex()))
    vault = open_vault(tmp_path / "copy" / "vault.1.db", holder.hex)
    try:
        with vault.reader.begin() as conn:
            verdict = walked(conn, InsideOnly(practice.keys.vault_id, 1, holder.audit_key()), Quiet())
            assert (verdict.rows, verdict.faults) == (2, ())
    finally:
        vault.close()
