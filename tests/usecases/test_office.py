"""The way in and out of a practice, on real files; only clock, cost and credential store are stood in for."""

import json
import os
import shutil
import subprocess
import sys
import threading

import pytest
from sqlalchemy import select

from medbill_desktop.domain.practice import PracticeFacts
from medbill_desktop.domain.problems import Damaged, Invalid, LockedError, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.security import kdf, totp
from medbill_desktop.security.key_file import KeyFileDamaged, NotEnrolled, WrongKit
from medbill_desktop.security.key_holder import Sealed
from medbill_desktop.security.recovery_kit import KitMistyped, new_kit
from medbill_desktop.security.secret_store import StoreLocked, StoreSlow
from medbill_desktop.storage import tables as t
from medbill_desktop.storage.practice_folder import BadPlace
from medbill_desktop.storage.practice_lock import OpenElsewhere
from medbill_desktop.usecases.audit_log import ListAudit, VerifyAudit, list_audit, verify_audit
from medbill_desktop.usecases.drafts import OpenDraft, open_draft
from medbill_desktop.usecases.joining import Joining, remove_person
from medbill_desktop.usecases.office import TRAINING_SIGN_IN, NewPractice, Office, SignInFailed, State, TooSoon
from medbill_desktop.usecases.patients import FindPatients, find_patients
from medbill_desktop.usecases.practice import SetLockMinutes, set_lock_minutes
from medbill_desktop.usecases.sign_in import OldKeyFile
from medbill_desktop.usecases.users import EnrolAgain, ListUsers, WrongCode, enrol_again, list_users, my_account
from tests.fast_policy import FAST
from tests.office_factory import FACTS, PASSWORD, DictStore, empty_office, make_office

SENTENCE = "Name, password or code is not right."


@pytest.fixture
def made(tmp_path):
    office, facts = make_office(tmp_path)
    yield office, facts
    office.close()


def add_person(office, facts, name, *roles):
    """A second person joins; returns (name, password, secret)."""
    password = "Violet-Lantern-Harbor-77"
    joining = Joining(office.desk, office.slots, name, frozenset(roles))
    facts.clock.move(seconds=30)
    assert joining.enrolment.prove(totp.code_at(joining.enrolment.secret, facts.clock.now()), facts.clock.now())
    joining.finish(password)
    return name, password, joining.enrolment.secret


def fresh_code(facts, secret):
    facts.clock.move(seconds=30)
    return totp.code_at(secret, facts.clock.now())


def rows(office, action=""):
    office.settle()
    return office.desk.ask(list_audit, ListAudit(action=action))


def outlast(office, facts, name):
    facts.clock.move(seconds=office.wait_seconds(name))


def test_a_practice_is_founded_and_its_owner_signs_in_again(made):
    office, facts = made
    assert office.state is State.OPEN
    first = rows(office)[-1]
    assert (first.seq, first.action) == (1, "practice.setup")
    office.sign_out()
    assert office.state is State.SIGNED_OUT
    desk = office.sign_in("  " + facts.name.upper() + " ", facts.password, facts.code())
    assert desk.ask(my_account, None).codes_left == 10
    assert desk.ask(verify_audit, VerifyAudit()).verified
    assert [row.action for row in rows(office, "session.")] == ["session.sign_in", "session.sign_out"]


def test_files_are_for_their_owner_alone_and_hold_no_name(made, tmp_path):
    office, facts = made
    office.sign_out()
    assert (tmp_path / "practice").stat().st_mode & 0o777 == 0o700
    found = sorted(each for each in (tmp_path / "practice").rglob("*") if each.is_file())
    assert {each.name for each in found} >= {"vault.keys", "vault.1.db", "attempts.json"}
    for each in found:
        assert each.stat().st_mode & 0o777 == 0o600, each
        data = each.read_bytes()
        assert b"SQLite format 3" not in data[:16]
        for word in ("Ångström", "Harbor Street", "Rockport", facts.kit, facts.password, facts.secret):
            assert word.encode() not in data, (each, word)


def test_a_form_with_problems_names_all_of_them_before_anything_is_written(tmp_path):
    office = empty_office(tmp_path)
    bad = PracticeFacts("", "12 Harbor", "Rockport", "XX", "1", "2", "1234567890", "3")
    with pytest.raises(Invalid) as caught:
        office.set_up(NewPractice(bad, "\u200b"))
    assert {each.field for each in caught.value.problems} == {
        "name", "state", "zip", "phone", "npi", "tin", "owner_name"
    }  # fmt: skip
    assert not (tmp_path / "practice").exists()


def test_setup_asks_for_code_and_kit_before_it_writes(tmp_path):
    office = empty_office(tmp_path)
    founding = office.set_up(NewPractice(FACTS, "Ana Pérez"))
    assert {each.code for each in founding.missing} == {"code", "kit"}
    with pytest.raises(Invalid):
        founding.finish(PASSWORD)
    with pytest.raises(KitMistyped):
        founding.retype("AGE-SECRET-KEY-1QQQQ")
    assert founding.retype(key_kit()) is False
    assert founding.kit_pdf().startswith(b"%PDF")
    now = office.clock.now()
    assert founding.enrolment.prove(totp.code_at(founding.enrolment.secret, now), now)
    assert founding.retype("\n".join(founding.kit_groups))
    with pytest.raises(Refused, match="characters"):
        founding.finish("short")
    assert not (tmp_path / "practice").exists()
    assert office.state is State.NO_PRACTICE


def key_kit():
    return new_kit().line


STEPS = (
    "medbill_desktop.usecases.setup.create_file",
    "medbill_desktop.usecases.setup.migrate",
    "medbill_desktop.usecases.setup.open_vault",
    "medbill_desktop.usecases.setup.users.add",
    "medbill_desktop.usecases.setup.audit.append",
    "medbill_desktop.usecases.setup.attempts_of",
    "medbill_desktop.usecases.setup.key_file_writer.write_atomically",
    "medbill_desktop.security.key_file_writer._flush_folder",
    "tests.office_factory.DictStore.write",
)


@pytest.mark.parametrize("step", STEPS)
def test_a_setup_that_fails_at_any_step_leaves_nothing(tmp_path, monkeypatch, step):
    def fail(*_, **__):
        raise OSError("injected")

    with monkeypatch.context() as patch:
        patch.setattr(step, fail)
        with pytest.raises((OSError, Refused)):
            make_office(tmp_path)
    assert not (tmp_path / "practice").exists()
    office, _ = make_office(tmp_path)
    assert office.state is State.OPEN
    office.close()


def test_a_setup_that_was_killed_is_cleared_at_the_next_start(tmp_path):
    office, facts = make_office(tmp_path)
    office.close()
    folder = tmp_path / "practice"
    (folder / "vault.keys").unlink()
    (folder / ".setup").mkdir()
    (tmp_path / "config" / "practices.json").unlink()
    again = facts.another_office(folder)
    assert again.state is State.NO_PRACTICE
    assert not again.needs_restore
    assert {each.name for each in folder.iterdir()} <= set()


@pytest.mark.parametrize("gone", ["all", "keys", "database"])
def test_a_practice_whose_files_are_gone_is_restored_never_silently_set_up_anew(tmp_path, gone):
    office, facts = make_office(tmp_path)
    office.close()
    folder = tmp_path / "practice"
    if gone == "all":
        shutil.rmtree(folder)
    else:
        (folder / {"keys": "vault.keys", "database": "vault.1.db"}[gone]).unlink()
    again = facts.another_office(folder)
    if gone == "database":
        with pytest.raises(Damaged, match="missing"):
            again.sign_in(facts.name, facts.password, facts.code())
        return
    assert again.needs_restore
    with pytest.raises(Refused, match="Restore"):
        again.set_up(NewPractice(FACTS, "Someone"))


def test_every_wrong_sign_in_gets_one_sentence_after_one_key_derivation(made, monkeypatch):
    office, facts = made
    gone = add_person(office, facts, "Mary Left", Role.FRONT_DESK)
    user_id = next(each.id for each in office.desk.ask(list_users, ListUsers()) if each.name == gone[0])
    with office._sitting.practice.writing() as conn:
        conn.execute(t.user.update().where(t.user.c.id == user_id).values(active=False))
    office.sign_out()
    runs = []
    derive = kdf.derive
    monkeypatch.setattr(kdf, "derive", lambda *args: runs.append(args[1].cost) or derive(*args))
    attempts = {
        "unknown": ("Nobody Here", facts.password, "000000"),
        "hidden sign": ("\u202eNobody", facts.password, "000000"),
        "wrong password": (facts.name, "wrong", "000000"),
        "wrong code": (facts.name, facts.password, "000000"),
        "no code": (facts.name, facts.password, ""),
        "left": (gone[0], gone[1], fresh_code(facts, gone[2])),
    }
    for case, (name, password, code) in attempts.items():
        outlast(office, facts, name)
        runs.clear()
        with pytest.raises(SignInFailed) as caught:
            office.sign_in(name, password, code)
        assert str(caught.value) == SENTENCE, case
        assert runs == [FAST.cost], case
        assert office.state is State.SIGNED_OUT
    outlast(office, facts, facts.name)
    office.sign_in(facts.name, facts.password, facts.code())
    failed = next(row for row in rows(office, "session.sign_in") if row.outcome == "denied")
    assert failed.detail == {"attempts": len(attempts)}
    assert failed.user_id is None


def test_a_code_works_once_and_an_older_one_never(made):
    office, facts = made
    code = facts.code()
    office.sign_out()
    office.sign_in(facts.name, facts.password, code)
    office.sign_out()
    with pytest.raises(SignInFailed):
        office.sign_in(facts.name, facts.password, code)
    facts.clock.move(seconds=-30)
    with pytest.raises(SignInFailed):
        office.sign_in(facts.name, facts.password, totp.code_at(facts.secret, facts.clock.now()))


def test_a_recovery_code_stands_in_for_the_authenticator_once(made):
    office, facts = made
    office.sign_out()
    desk = office.sign_in(facts.name, facts.password, facts.codes[3].lower().replace("-", " "))
    assert desk.ask(my_account, None).codes_left == 9
    office.sign_out()
    with pytest.raises(SignInFailed):
        office.sign_in(facts.name, facts.password, facts.codes[3])


@pytest.mark.peer
def test_a_code_of_oathtool_signs_in(made):
    if shutil.which("oathtool") is None:
        pytest.skip("needs oathtool (Debian package oathtool)")
    office, facts = made
    office.sign_out()
    facts.clock.move(seconds=30)
    at = facts.clock.now().strftime("%Y-%m-%d %H:%M:%S UTC")
    made_code = subprocess.run(
        ["oathtool", "--totp", "-b", "--now", at, "-"], input=facts.secret, capture_output=True, text=True, check=True
    ).stdout.strip()
    assert office.sign_in(facts.name, facts.password, made_code)


def test_waiting_grows_and_survives_a_restart_and_a_changed_clock(made, tmp_path):
    office, facts = made
    office.sign_out()
    for _ in range(4):
        outlast(office, facts, facts.name)
        with pytest.raises(SignInFailed):
            office.sign_in(facts.name, "wrong")
    assert office.wait_seconds(facts.name) == 1
    with pytest.raises(TooSoon):
        office.sign_in(facts.name, facts.password, "000000")
    again = facts.another_office(tmp_path / "practice")
    facts.clock.move(seconds=-3600)
    assert again.wait_seconds(facts.name) == 1
    with pytest.raises(TooSoon):
        again.sign_in(facts.name, facts.password, "000000")
    assert again.wait_seconds("Somebody Else") == 0
    again.close()


def test_a_deleted_attempts_file_costs_fifteen_minutes(made, tmp_path):
    office, facts = made
    office.sign_out()
    (tmp_path / "practice" / "attempts.json").unlink()
    again = facts.another_office(tmp_path / "practice")
    with pytest.raises(TooSoon) as caught:
        again.sign_in(facts.name, facts.password, facts.code())
    assert 800 < caught.value.seconds <= 900


def test_an_older_key_file_put_back_is_refused_and_told_at_the_next_entry(made, tmp_path):
    office, facts = made
    path = tmp_path / "practice" / "vault.keys"
    old = path.read_bytes()
    add_person(office, facts, "Second Person", Role.BILLER)
    new = path.read_bytes()
    office.sign_out()
    path.write_bytes(old)
    with pytest.raises(OldKeyFile):
        office.sign_in(facts.name, facts.password, facts.code())
    facts.store.items = {k: v for k, v in facts.store.items.items() if k[1] == "device"}
    again = facts.another_office(tmp_path / "practice")
    facts.clock.move(seconds=1000)
    with pytest.raises(TooSoon):
        again.sign_in(facts.name, facts.password, facts.code())
    facts.clock.move(seconds=1000)
    with pytest.raises(OldKeyFile):  # the store forgot, the database has not
        again.sign_in(facts.name, facts.password, facts.code())
    path.write_bytes(new)
    again.sign_in(facts.name, facts.password, facts.code())
    assert rows(again, "keys.put_back")[0].detail == {"times": 1}
    again.close()


def test_a_crash_between_key_file_and_database_is_made_whole(made, tmp_path):
    office, facts = made
    add_person(office, facts, "Second Person", Role.BILLER)
    with office._sitting.practice.writing() as conn:
        conn.execute(t.vault.update().values(gen=1))
        conn.execute(t.user.update().where(t.user.c.name == facts.name).values(name="Old Name"))
    office.sign_out()
    desk = office.sign_in(facts.name, facts.password, facts.code())
    assert desk.user.name == facts.name
    with office.trail.vault.reader.begin() as conn:
        assert conn.execute(select(t.vault.c.gen)).scalar() == 2
        assert conn.execute(select(t.user.c.name).where(t.user.c.id == desk.user.id)).scalar() == facts.name


def test_damage_is_named_for_what_is_damaged(made, tmp_path):
    office, facts = made
    office.sign_out()
    keys, database = tmp_path / "practice" / "vault.keys", tmp_path / "practice" / "vault.1.db"
    good = keys.read_bytes()
    keys.write_bytes(good[:-7])
    with pytest.raises(KeyFileDamaged, match="key file"):
        office.sign_in(facts.name, facts.password, facts.code())
    keys.write_bytes(good)
    whole = database.read_bytes()
    database.write_bytes(whole[:40] + bytes([whole[40] ^ 1]) + whole[41:])
    with pytest.raises(Damaged, match="database"):
        office.sign_in(facts.name, facts.password, facts.code())
    database.write_bytes(b"")
    with pytest.raises(Damaged, match="missing or empty"):
        office.sign_in(facts.name, facts.password, facts.code())
    assert database.stat().st_size == 0
    database.write_bytes(whole)
    assert office.sign_in(facts.name, facts.password, facts.code())


def test_a_practice_that_was_moved_to_a_network_drive_is_not_opened(made, tmp_path):
    office, facts = made
    office.close()
    moved = Office(
        tmp_path / "practice", FAST, facts.clock, facts.store, config_folder=facts.config, probe=lambda _: "nfs4"
    )
    with pytest.raises(BadPlace, match="network drive"):
        moved.sign_in(facts.name, facts.password, facts.code())
    (tmp_path / "Dropbox").mkdir()
    (tmp_path / "practice").rename(tmp_path / "Dropbox" / "practice")
    (tmp_path / "practice").symlink_to(tmp_path / "Dropbox" / "practice")
    with pytest.raises(BadPlace, match="kept in step"):
        facts.another_office(tmp_path / "practice").sign_in(facts.name, facts.password, facts.code())


def test_a_database_of_another_practice_beside_right_keys_is_refused(made, tmp_path):
    office, facts = made
    office.sign_out()
    other, _ = make_office(tmp_path / "other")
    other.close()
    shutil.copy(tmp_path / "other" / "practice" / "vault.1.db", tmp_path / "practice" / "vault.1.db")
    with pytest.raises(Damaged):
        office.sign_in(facts.name, facts.password, facts.code())
    assert office.state is State.SIGNED_OUT


def test_a_database_with_the_right_key_and_another_vault_is_refused(made):
    office, facts = made
    with office._sitting.practice.writing() as conn:
        conn.execute(t.vault.update().values(vault_id="0" * 32))
    office.sign_out()
    with pytest.raises(Damaged, match="another practice"):
        office.sign_in(facts.name, facts.password, facts.code())


def test_a_copied_folder_does_not_open_on_another_computer(made, tmp_path):
    office, facts = made
    office.sign_out()
    shutil.copytree(tmp_path / "practice", tmp_path / "copy")
    thief = Office(tmp_path / "copy", FAST, facts.clock, DictStore(), config_folder=tmp_path / "thief")
    assert thief.look() is State.NOT_ENROLLED
    with pytest.raises(NotEnrolled):
        thief.sign_in(facts.name, facts.password, facts.code())


@pytest.mark.parametrize("trouble", [StoreLocked, StoreSlow])
def test_a_store_that_does_not_answer_is_named_and_nothing_goes_on_without_it(made, monkeypatch, trouble):
    office, facts = made
    office.sign_out()

    def fail(*_):
        raise trouble

    with monkeypatch.context() as patch:
        patch.setattr(facts.store, "read", fail)
        with pytest.raises(trouble):
            office.sign_in(facts.name, facts.password, facts.code())
    assert office.sign_in(facts.name, facts.password, facts.code())


def test_without_a_store_setup_stops_until_the_protected_file_is_chosen(tmp_path):
    office = Office(tmp_path / "practice", FAST, empty_office(tmp_path).clock, None, config_folder=tmp_path / "config")
    with pytest.raises(Refused, match="protected file"):
        office.set_up(NewPractice(FACTS, "Ana Pérez"))
    founding = office.set_up(NewPractice(FACTS, "Ana Pérez"), protected_file=True)
    assert not founding.judge("Short-Quartz1").ok, "fifteen characters are asked even with a code (K19)"
    now = office.clock.now()
    founding.enrolment.prove(totp.code_at(founding.enrolment.secret, now), now)
    founding.retype("".join(founding.kit_groups))
    founding.finish(PASSWORD)
    assert office.protected_file
    assert any("protected file" in each for each in office.banners)
    assert rows(office, "practice.setup")[0].detail["store"] == "file"
    kept = list((tmp_path / "config" / "devices").iterdir())
    assert kept
    assert all(each.stat().st_mode & 0o777 == 0o600 for each in kept)
    office.close()


def test_lock_refuses_everything_and_counts_it_and_the_same_person_unlocks(made):
    office, facts = made
    desk = office.desk
    office.lock()
    assert office.state is State.LOCKED
    for _ in range(3):
        with pytest.raises(LockedError):
            desk.ask(my_account, None)
    with pytest.raises(LockedError):
        _ = office.desk
    with pytest.raises(LockedError), office.job(lambda: None):
        pass
    with pytest.raises(SignInFailed):
        office.unlock("wrong")
    assert office.unlock(facts.password) is desk
    unlocked = rows(office, "session.unlock")[0]
    assert unlocked.detail == {"failed_before": 1, "refused": 4}
    assert rows(office, "session.lock")[0].detail == {"reason": "key"}


def test_somebody_removed_meanwhile_does_not_unlock(made):
    office, facts = made
    name, password, secret = add_person(office, facts, "Second Person", Role.BILLER)
    office.lock()
    office.sign_in(name, password, fresh_code(facts, secret))
    office.lock()
    with office._sitting.practice.writing() as conn:
        conn.execute(t.user.update().where(t.user.c.name == name).values(active=False))
    with pytest.raises(SignInFailed):
        office.unlock(password)
    assert office.state is State.LOCKED


def test_another_person_at_the_shield_signs_in_whole_and_the_first_desk_is_dead(made):
    office, facts = made
    name, password, secret = add_person(office, facts, "Second Person", Role.FRONT_DESK)
    first = office.desk
    office.keep_draft("patient:1", b"half typed by the owner")
    office.lock()
    second = office.sign_in(name, password, fresh_code(facts, secret))
    assert second.user.name == name
    with pytest.raises(LockedError):
        first.ask(my_account, None)
    office.settle()
    assert second.ask(open_draft, OpenDraft("patient:1")) is None
    with office.trail.vault.reader.begin() as conn:
        sealed = conn.execute(select(t.draft.c.sealed)).scalar()
    assert b"half typed" not in sealed
    with pytest.raises(Refused):
        second._session.open_draft(sealed)
    office.lock()
    third = office.sign_in(facts.name, facts.password, facts.code())
    assert third.ask(open_draft, OpenDraft("patient:1")) == b"half typed by the owner"


def test_a_failed_switch_leaves_the_first_session_locked_and_whole(made):
    office, facts = made
    office.lock()
    with pytest.raises(SignInFailed):
        office.sign_in("Passer By", "guess", "000000")
    assert office.state is State.LOCKED
    assert office.unlock(facts.password).ask(my_account, None)


def test_a_seal_drops_the_key_and_only_a_whole_sign_in_comes_back(made):
    office, facts = made
    desk, vault, holder = office.desk, office.trail.vault, office.trail.holder
    assert office.seal("suspend", at_once=True)
    assert office.state is State.SEALED
    with pytest.raises(LockedError):
        desk.ask(my_account, None)
    with pytest.raises(Sealed), vault.reader.connect():
        pass
    with pytest.raises(Sealed):
        holder.hex()
    with pytest.raises(LockedError):
        office.unlock(facts.password)
    with pytest.raises(SignInFailed):
        office.sign_in(facts.name, facts.password, "000000")
    assert office.sign_in(facts.name, facts.password, facts.code())
    assert [row.action for row in rows(office, "session.")[1:4]] == [
        "session.sign_in", "session.seal", "session.lock"
    ]  # fmt: skip


def test_a_draft_typed_at_the_lock_comes_back_after_a_seal(made):
    office, facts = made
    office.lock()
    office.keep_draft("charge:7", "Ünïcode, half typed".encode())
    office.seal(at_once=True)
    desk = office.sign_in(facts.name, facts.password, facts.code())
    assert desk.ask(open_draft, OpenDraft("charge:7")).decode() == "Ünïcode, half typed"


def test_a_draft_is_dropped_thirty_days_after_its_last_use(made):
    office, facts = made
    office.keep_draft("charge:7", b"x")
    office.sign_out()
    for days, left in ((29, b"x"), (2, None)):
        facts.clock.move(days=days)
        desk = office.sign_in(facts.name, facts.password, facts.code())
        office.settle()
        assert desk.ask(open_draft, OpenDraft("charge:7")) == left
        office.sign_out()


def test_idle_locks_at_the_policy_and_seals_a_quarter_hour_later(made):
    office, facts = made
    office.desk.run(set_lock_minutes, SetLockMinutes(office.desk.new_id(), 2))

    def run(seconds):
        for _ in range(seconds):
            facts.clock.move(seconds=1)
            office.tick()

    office.touch(facts.clock.monotonic())
    run(89)
    assert office.tick().countdown is None
    run(1)
    assert office.tick().countdown == 30
    office.touch(facts.clock.monotonic())
    run(119)
    assert office.tick().countdown == 1
    assert office.state is State.OPEN
    run(1)
    assert office.state is State.LOCKED
    run(899)
    assert office.state is State.LOCKED
    run(1)
    assert office.state is State.SEALED


@pytest.mark.parametrize("minutes", [0, 16, -1])
def test_the_lock_can_not_be_switched_off(made, minutes):
    with pytest.raises(Refused, match="switched off"):
        made[0].desk.run(set_lock_minutes, SetLockMinutes(made[0].desk.new_id(), minutes))


@pytest.mark.parametrize("by", [62, -62])
def test_a_clock_that_jumps_locks(made, monkeypatch, by):
    office, facts = made
    office.tick()
    mono = facts.clock.monotonic()
    monkeypatch.setattr(facts.clock, "monotonic", lambda: mono + 1)
    facts.clock.move(seconds=by)
    office.tick()
    assert office.state is State.LOCKED


def test_a_seal_waits_for_a_job_ten_minutes_then_cancels_it(made):
    office, facts = made
    cancelled = []
    with office.job(lambda: cancelled.append(True)):
        assert office.seal() is False
        assert office.state is State.LOCKED
        for _ in range(599):
            facts.clock.move(seconds=1)
            office.tick()
        assert office.state is State.LOCKED
        assert not cancelled
        facts.clock.move(seconds=1)
        office.tick()
        assert cancelled
        assert office.state is State.SEALED


def test_a_waiting_seal_comes_when_the_job_ends(made):
    office, _ = made
    with office.job(lambda: None):
        assert office.seal() is False
    office.tick()
    assert office.state is State.SEALED


def test_the_listener_hears_each_state_once(made):
    office, facts = made
    heard = []
    office.on_changed(heard.append)
    office.lock()
    office.lock()
    office.unlock(facts.password)
    office.sign_out()
    assert heard == [State.LOCKED, State.OPEN, State.SIGNED_OUT]


def test_a_listener_that_fails_does_not_hold_the_lock_off(made):
    office, _ = made

    def fail():
        raise RuntimeError

    office.on_locking(fail)
    office.lock()
    assert office.state is State.LOCKED


def test_a_screen_that_fails_at_the_lock_neither_holds_it_off_nor_its_row(made, monkeypatch):
    office, facts = made
    heard = []

    def fail(state):
        raise RuntimeError

    reported = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, *_: reported.append(kind))
    office.on_changed(fail)
    office.on_changed(heard.append)
    office.lock("key")
    assert heard == [State.LOCKED]
    assert reported == [RuntimeError]
    office.unlock(facts.password)
    assert rows(office, "session.lock")[0].detail == {"reason": "key"}


def test_a_person_who_joins_while_the_screen_locks_has_joined_whole(made):
    office, facts = made
    joining, slots = Joining(office.desk, office.slots, "Late Joiner", frozenset({Role.BILLER})), office.slots
    put = type(slots).put_slot
    facts.clock.move(seconds=30)
    now = facts.clock.now()
    joining.enrolment.prove(totp.code_at(joining.enrolment.secret, now), now)

    class Locking:
        """The slots of the office, while the idle lock falls between database and key file."""

        def __getattr__(self, name):
            return getattr(slots, name)

        def put_slot(self, slot):
            office.lock()
            put(slots, slot)

    joining._slots = Locking()
    joining.finish("Violet-Lantern-Harbor-77")
    desk = office.sign_in("Late Joiner", "Violet-Lantern-Harbor-77", fresh_code(facts, joining.enrolment.secret))
    assert desk.user.name == "Late Joiner"
    with pytest.raises(LockedError):
        slots.drop_slot(desk.user.id)


def test_a_sign_out_waits_until_a_person_has_joined_whole(made):
    office, facts = made
    joining, slots = Joining(office.desk, office.slots, "Late Joiner", frozenset({Role.BILLER})), office.slots
    facts.clock.move(seconds=30)
    now = facts.clock.now()
    joining.enrolment.prove(totp.code_at(joining.enrolment.secret, now), now)
    leaving = threading.Thread(target=office.sign_out, kwargs={"force": True})

    class Leaving:
        """The slots of the office, while somebody closes the window between database and key file."""

        def __getattr__(self, name):
            return getattr(slots, name)

        def put_slot(self, slot):
            leaving.start()
            leaving.join(0.3)
            assert leaving.is_alive()
            slots.put_slot(slot)

    joining._slots = Leaving()
    joining.finish("Violet-Lantern-Harbor-77")
    leaving.join()
    assert office.state is State.SIGNED_OUT
    assert office.sign_in("Late Joiner", "Violet-Lantern-Harbor-77", fresh_code(facts, joining.enrolment.secret))


def test_people_come_and_go_through_the_key_file(made, tmp_path):
    office, facts = made
    name, password, secret = add_person(office, facts, "José Núñez", Role.BILLER)
    user_id = next(each.id for each in office.desk.ask(list_users, ListUsers()) if each.name == name)
    assert office.desk.ask(verify_audit, VerifyAudit()).verified
    remove_person(office.desk, office.slots, user_id)
    remove = rows(office, "keys.write")[0]
    assert remove.detail["dropped"] == user_id
    office.sign_out()
    with pytest.raises(SignInFailed):
        office.sign_in(name, password, fresh_code(facts, secret))
    assert office.sign_in(facts.name, facts.password, facts.code())
    assert not list((tmp_path / "practice").glob("vault.keys.*"))


def test_a_changed_password_counts_and_the_old_one_no_longer(made):
    office, facts = made
    new = "Copper-Meadow-Violin-19"
    with pytest.raises(SignInFailed):
        office.own.change_password("wrong", facts.code(), new)
    with pytest.raises(SignInFailed):
        office.own.change_password(facts.password, "000000", new)
    with pytest.raises(Refused, match="characters"):
        office.own.change_password(facts.password, facts.code(), "short")
    office.own.change_password(facts.password, facts.code(), new)
    office.lock()
    with pytest.raises(SignInFailed):
        office.unlock(facts.password)
    office.unlock(new)
    office.sign_out()
    assert office.sign_in(facts.name, new, facts.code())


def test_a_cheap_slot_is_brought_up_to_the_days_cost_at_sign_in(made, tmp_path):
    office, facts = made
    office.sign_out()
    dear = kdf.KdfPolicy(kdf.KdfCost(128, 2, 2), FAST.floor, FAST.least, FAST.most)
    again = Office(tmp_path / "practice", dear, facts.clock, facts.store, config_folder=tmp_path / "config")
    again.sign_in(facts.name, facts.password, facts.code())
    assert again.trail.opened.users[0].kdf.cost == dear.cost
    assert "upgraded" in rows(again, "keys.write")[0].detail
    again.close()
    assert office.sign_in(facts.name, facts.password, facts.code())


def test_the_kit_enrols_another_computer_and_numbers_are_never_given_twice(made, tmp_path):
    office, facts = made
    office.sign_out()
    for expected in (2, 3):
        store = DictStore()
        other = Office(tmp_path / "practice", FAST, facts.clock, store, config_folder=tmp_path / f"c{expected}")
        assert other.look() is State.NOT_ENROLLED
        with pytest.raises(KitMistyped):
            other.enrol_with_kit(facts.kit[:-1], "Back office")
        with pytest.raises(WrongKit):
            other.enrol_with_kit(key_kit(), "Back office")
        assert store.items == {}
        assert other.enrol_with_kit(facts.kit, "Back office") == expected
        assert other.state is State.SIGNED_OUT
        desk = other.sign_in(facts.name, facts.password, facts.code())
        enrolled = rows(other, "device.enrol")[0]
        assert enrolled.detail == {"by": "kit", "store": "keyring", "workstation": expected}
        assert other.trail.workstation == expected
        assert desk.ask(verify_audit, VerifyAudit()).verified
        other.close()
    assert office.sign_in(facts.name, facts.password, facts.code())


def test_a_log_that_does_not_reach_the_anchor_is_told_and_the_anchor_stays(made, tmp_path):
    office, facts = made
    office.sign_out()
    older = (tmp_path / "practice" / "vault.1.db").read_bytes()
    office.sign_in(facts.name, facts.password, facts.code())
    office.sign_out()
    (tmp_path / "practice" / "vault.1.db").write_bytes(older)
    for each in ("vault.1.db-wal", "vault.1.db-shm"):
        (tmp_path / "practice" / each).unlink(missing_ok=True)
    for _ in range(2):
        desk = office.sign_in(facts.name, facts.password, facts.code())
        assert any("audit log" in each for each in office.banners)
        assert not desk.ask(verify_audit, VerifyAudit()).verified
        office.sign_out()


def test_a_computer_that_was_made_to_forget_tells_it_and_stays_red(made, tmp_path):
    office, facts = made
    assert office.desk.ask(verify_audit, VerifyAudit()).verified
    office.close()
    del facts.store.items[next(each for each in facts.store.items if each[1] == "state")]
    for _ in range(2):
        office = facts.another_office(tmp_path / "practice")
        outlast(office, facts, facts.name)
        desk = office.sign_in(facts.name, facts.password, facts.code())
        assert any("audit log" in each for each in office.banners)
        verdict = desk.ask(verify_audit, VerifyAudit())
        assert [each.text for each in verdict.faults] == [
            "This computer remembers no row of the log: what it kept was removed."
        ]
        assert rows(office, "audit.anchor")[0].outcome == "denied"
        office.close()


@pytest.mark.parametrize(
    "state",
    [b"null", b"\xff", b"[" * 5000, b'{"a":7,"e":1e999,"g":1,"h":[1,"zz"],"r":0}', b'{"a":[],"e":1,"g":1,"h":4,"r":0}'],
)
def test_nonsense_in_the_credential_store_costs_a_wait_and_is_no_fault(made, tmp_path, state):
    office, facts = made
    office.close()
    facts.store.items[next(each for each in facts.store.items if each[1] == "state")] = state
    office = facts.another_office(tmp_path / "practice")
    assert office.wait_seconds(facts.name) == 900
    outlast(office, facts, facts.name)
    assert office.sign_in(facts.name, facts.password, facts.code())
    assert any("audit log" in each for each in office.banners)
    office.close()


def test_wrong_attempts_are_written_down_though_their_file_was_deleted(made, tmp_path):
    office, facts = made
    office.sign_out()
    for _ in range(3):
        with pytest.raises(SignInFailed):
            office.sign_in(facts.name, "wrong")
    office.close()
    (tmp_path / "practice" / "attempts.json").unlink()
    office = facts.another_office(tmp_path / "practice")
    outlast(office, facts, facts.name)
    office.sign_in(facts.name, facts.password, facts.code())
    told = [each.detail for each in rows(office, "session.sign_in") if each.outcome == "denied"]
    assert told == [{"attempts": 3}]
    office.close()


def test_calls_refused_while_locked_are_told_though_a_sign_in_failed_between(made):
    office, facts = made
    desk = office.desk
    office.lock()
    for _ in range(4):
        with pytest.raises(LockedError):
            desk.ask(my_account, None)
    with pytest.raises(SignInFailed):
        office.sign_in(facts.name, facts.password, "000000")
    office.unlock(facts.password)
    assert rows(office, "session.unlock")[0].detail == {"failed_before": 1, "refused": 4}


def test_a_new_authenticator_is_no_way_to_guess_the_code(made):
    office, facts = made
    tried = 0
    with pytest.raises(TooSoon):
        for tried in range(20):
            with pytest.raises(WrongCode):
                office.own.change_authenticator(f"{tried:06}", totp.new_secret(), 1)
    assert tried == 4
    outlast(office, facts, facts.name)
    secret = totp.new_secret()
    office.own.change_authenticator(facts.code(), secret, 1)
    office.sign_out()
    outlast(office, facts, facts.name)
    assert office.sign_in(facts.name, facts.password, totp.code_at(secret, facts.clock.now()))


def test_new_recovery_codes_are_no_way_around_the_code(made):
    office, facts = made
    tried = 0
    with pytest.raises(TooSoon):
        for tried in range(20):
            with pytest.raises(WrongCode):
                office.own.new_codes(f"{tried:06}")
    assert tried == 4
    assert office.desk.ask(my_account, None).codes_left == 10
    outlast(office, facts, facts.name)
    code = facts.code()
    made_now = office.own.new_codes(code)
    assert len(set(made_now) - set(facts.codes)) == 10
    with pytest.raises(WrongCode):
        office.own.new_codes(code)  # each code is good once
    outlast(office, facts, facts.name)
    assert len(office.own.new_codes(made_now[0])) == 10


def test_nobody_chooses_a_new_password_for_themselves_without_the_old_one(made):
    office, facts = made
    me = next(each for each in office.desk.ask(list_users, ListUsers()) if each.is_me)
    with pytest.raises(Refused, match="My account"):
        Joining(office.desk, office.slots, me.name, frozenset(me.roles), again=me)
    with pytest.raises(Refused, match="My account"):
        office.desk.run(enrol_again, EnrolAgain(office.desk.new_id(), me.id, totp.new_secret(), 1, ()))
    office.sign_out()
    assert office.sign_in(facts.name, facts.password, facts.code())


def test_a_search_is_written_down_when_it_comes_to_rest_and_no_keystroke_is(made):
    office, facts = made
    for text in ("z", "zy", "zyl"):
        office.desk.ask(find_patients, FindPatients(text))
        office.tick()
    assert rows(office, "patient.search") == ()
    facts.clock.move(seconds=2)
    office.tick()
    office.tick()
    assert [each.detail for each in rows(office, "patient.search")] == [{"found": 0}]
    office.desk.ask(find_patients, FindPatients("o"))
    office.lock()
    office.unlock(facts.password)
    assert len(rows(office, "patient.search")) == 2


def test_a_restored_copy_does_not_lock_the_practice_out_of_its_own_computer(made, tmp_path):
    office, facts = made
    office.close()
    shutil.copytree(tmp_path / "practice", tmp_path / "copy")
    copy = facts.another_office(tmp_path / "copy")
    copy.look()
    with pytest.raises(Refused, match="move that folder away"):
        copy.enrol_with_kit(facts.kit, "Drill")
    copy.close()
    again = facts.another_office(tmp_path / "practice")
    assert again.sign_in(facts.name, facts.password, facts.code())
    again.close()
    (tmp_path / "practice").rename(tmp_path / "away")
    assert copy.enrol_with_kit(facts.kit, "Front desk") == 2


def test_what_this_computer_remembers_is_for_its_account_alone(tmp_path):
    before = os.umask(0)
    try:
        office = empty_office(tmp_path)
        founding = office.set_up(NewPractice(FACTS, "Zoë Ångström", "Front desk"), protected_file=True)
        code = totp.code_at(founding.enrolment.secret, office.clock.now())
        assert founding.enrolment.prove(code, office.clock.now())
        assert founding.retype(" ".join(founding.kit_groups))
        founding.finish(PASSWORD)
        office.close()
    finally:
        os.umask(before)
    kept = [tmp_path / "config", *(tmp_path / "config").rglob("*"), tmp_path / "practice"]
    kept += (tmp_path / "practice").rglob("*")
    assert {each.name for each in kept} >= {"practices.json", "devices"}
    assert [each for each in kept if each.stat().st_mode & 0o077] == []


def test_an_anchor_is_written_after_a_hundred_rows(made):
    office, _ = made
    office.settle()
    before = office.trail.anchors()
    for _ in range(101):
        office.desk.record("test.row")
    office.tick()
    office.settle()
    after = office.trail.anchors()
    assert after != before
    assert after[0].seq >= 101


def test_a_second_window_is_refused_and_says_who_has_it(made, tmp_path):
    office, facts = made
    again = facts.another_office(tmp_path / "practice")
    with pytest.raises(OpenElsewhere, match="already open"):
        again.sign_in(facts.name, facts.password, facts.code())
    office.sign_out()
    again.sign_in(facts.name, facts.password, facts.code())
    with pytest.raises(OpenElsewhere):
        office.sign_in(facts.name, facts.password, facts.code())
    again.close()


def test_the_training_practice_signs_in_prefilled_without_a_code(tmp_path):
    office, facts = make_office(tmp_path, "training")
    assert office.kind == "training"
    assert office.prefill == TRAINING_SIGN_IN
    joining = Joining(office.desk, office.slots, "Pat Trainee", frozenset({Role.BILLER}))
    joining.finish("x")
    office.sign_out()
    assert office.sign_in("Pat Trainee", "x").user.name == "Pat Trainee"
    assert facts.store.items == {}, "training uses the protected file by itself (K30)"
    assert not office.protected_file
    office.close()
    shutil.rmtree(tmp_path / "practice")
    assert not facts.another_office(tmp_path / "practice").needs_restore


def test_nothing_secret_stands_in_a_repr(made):
    office, facts = made
    trail = office.trail
    shown = " ".join(map(repr, (office, trail, trail.device, trail.unlocked, trail.holder, trail.opened)))
    for secret in (trail.holder.hex(), trail.device.secret.hex(), facts.kit, facts.password):
        assert secret not in shown
    assert str(bytes(trail.device.secret)) not in shown


def test_state_in_the_store_stays_small(made):
    office, facts = made
    for number in range(20):
        office.lock()
        facts.clock.move(seconds=1000)
        with pytest.raises(SignInFailed):
            office.sign_in(f"Guess {number}", "x", "")
        facts.clock.move(seconds=1000)
        office.unlock(facts.password)
    largest = max(len(value) for (_, item), value in facts.store.items.items() if item == "state")
    assert largest * 4 / 3 < 1000
    assert json.loads(next(v for (_, item), v in facts.store.items.items() if item == "state"))["e"] == 1
