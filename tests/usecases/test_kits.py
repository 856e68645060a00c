"""Kits that are renewed, drilled and used: what opens what, who is told, what is owed (SECURITY K20-K22, B14)."""

import inspect
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from medbill_desktop.domain.clock import SystemClock
from medbill_desktop.domain.problems import LockedError, NotAllowed, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.security import key_file
from medbill_desktop.security.key_file import WrongKit
from medbill_desktop.security.recovery_kit import KitMistyped
from medbill_desktop.usecases.audit_log import ListAudit, VerifyAudit, list_audit, verify_audit
from medbill_desktop.usecases.backup import MakeBackup, make_backup
from medbill_desktop.usecases.declare import REGISTRY, UseCase
from medbill_desktop.usecases.key_rotation import Why
from medbill_desktop.usecases.kits import (
    AskAlerts,
    AskOwed,
    ListKits,
    ListOldBundles,
    SeeUse,
    list_kits,
    list_old_bundles,
    recovery_alerts,
    recovery_owed,
    see_use,
)
from medbill_desktop.usecases.office import TRAINING_SIGN_IN, Office, State
from medbill_desktop.usecases.recovery_session import RecoverySession
from medbill_desktop.usecases.restore import restore, verify_bundle
from medbill_desktop.usecases.watch import Quiet
from tests.fast_policy import FAST
from tests.office_factory import DictStore, make_office
from tests.usecases.test_office import add_person, fresh_code

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def made(tmp_path):
    office, facts = make_office(tmp_path)
    yield office, facts
    office.close()


def another(tmp_path, facts, folder="practice", name="other"):
    return Office(tmp_path / folder, FAST, facts.clock, DictStore(), config_folder=tmp_path / name)


def renewed(office, *, new_keys=False, beside=False, holder=""):
    """Make a kit and put it in force; return its line."""
    kit = office.kits.new(holder, beside=beside)
    line = "".join(kit.kit_groups)
    assert kit.retype(" ".join(kit.kit_groups).lower())
    office.kits.finish(kit, Quiet(), new_keys=new_keys)
    return line


def owed(office):
    what = office.desk.ask(recovery_owed, AskOwed())
    return what.new_kit, what.new_keys


def key_bytes(tmp_path):
    return (tmp_path / "practice" / "vault.keys").read_bytes()


def test_the_new_kit_opens_and_the_old_one_says_that_it_was_replaced(made, tmp_path):
    office, facts = made
    office.desk.run(make_backup, MakeBackup(office.desk.new_id()))
    [old_bundle] = list((tmp_path / "practice" / "backups").glob("*.age"))
    facts.clock.move(days=1)
    line = renewed(office, holder="Owner's safe")
    [bundle] = [each for each in (tmp_path / "practice" / "backups").glob("*.age") if each != old_bundle]
    assert key_file.unlock_with_kit(key_bytes(tmp_path), line).dek == bytearray.fromhex(office.trail.key_hex())
    with pytest.raises(WrongKit, match="replaced by a newer kit"):
        key_file.unlock_with_kit(key_bytes(tmp_path), facts.kit)
    verify_bundle(bundle, line)
    verify_bundle(old_bundle, facts.kit)
    for file, kit in ((bundle, facts.kit), (old_bundle, line)):
        with pytest.raises(Refused):
            verify_bundle(file, kit)
    assert [each.name for each in office.desk.ask(list_old_bundles, ListOldBundles())] == [old_bundle.name]
    [kit] = office.desk.ask(list_kits, ListKits())
    assert (kit.holder, kit.drill_due) == ("Owner's safe", False)
    assert office.trail.epoch == 1
    assert office.desk.ask(verify_audit, VerifyAudit()).faults == ()


@pytest.mark.peer
@pytest.mark.skipif(shutil.which("age") is None, reason="install age")
def test_the_age_program_opens_key_file_and_bundle_with_the_new_kit_and_not_with_the_old(made, tmp_path):
    import base64
    import json

    office, facts = made
    line = renewed(office)
    [bundle] = list((tmp_path / "practice" / "backups").glob("*.age"))
    kit_age = tmp_path / "kit.age"
    kit_age.write_bytes(base64.b64decode(json.loads(key_bytes(tmp_path))["kit"]))
    for each, codes in ((line, {0}), (facts.kit, {1})):
        identity = tmp_path / "kit.txt"
        identity.write_text(each + "\n")
        opened = [
            subprocess.run(["age", "-d", "-i", str(identity), str(file)], capture_output=True, check=False)
            for file in (kit_age, bundle)
        ]
        assert {done.returncode for done in opened} == codes


def test_where_the_old_kit_may_be_in_other_hands_the_keys_are_new_too(made, tmp_path):
    office, facts = made
    old = key_file.unlock_with_kit(key_bytes(tmp_path), facts.kit)
    line = renewed(office, new_keys=True)
    assert office.trail.epoch == 2
    fresh = key_file.unlock_with_kit(key_bytes(tmp_path), line)
    assert fresh.dek != old.dek
    assert fresh.opened.stk != old.opened.stk
    [bundle] = list((tmp_path / "practice" / "backups").glob("*.age"))
    verify_bundle(bundle, line)


def test_a_second_custodian_has_a_kit_of_their_own_and_three_are_the_most(made, tmp_path):
    office, facts = made
    second = renewed(office, beside=True, holder="Bank")
    third = renewed(office, beside=True, holder="Lawyer")
    for line in (facts.kit, second, third):
        key_file.unlock_with_kit(key_bytes(tmp_path), line)
    assert [each.holder for each in office.desk.ask(list_kits, ListKits())] == ["", "Bank", "Lawyer"]
    with pytest.raises(Refused, match="one to 3"):
        renewed(office, beside=True)
    only = renewed(office)
    key_file.unlock_with_kit(key_bytes(tmp_path), only)
    assert len(office.desk.ask(list_kits, ListKits())) == 1


def test_a_kit_that_was_not_retyped_is_never_in_force(made, tmp_path):
    office, facts = made
    before = key_bytes(tmp_path)
    kit = office.kits.new()
    assert not kit.retype(facts.kit)
    with pytest.raises(Refused, match="Print the recovery kit"):
        office.kits.finish(kit, Quiet(), new_keys=False)
    assert key_bytes(tmp_path) == before


def test_the_kit_is_drilled_once_a_year(made):
    office, facts = made
    assert not office.desk.ask(recovery_owed, AskOwed()).drill
    facts.clock.move(days=365)
    assert office.desk.ask(recovery_owed, AskOwed()).drill
    assert [each.drill_due for each in office.desk.ask(list_kits, ListKits())] == [True]
    with pytest.raises(KitMistyped):
        office.kits.drill(facts.kit[:-1] + "9")
    office.kits.drill(facts.kit.lower())
    assert not office.desk.ask(recovery_owed, AskOwed()).drill
    other = office.kits.new()
    with pytest.raises(WrongKit):
        office.kits.drill("".join(other.kit_groups))
    facts.clock.move(days=365)
    assert office.desk.ask(recovery_owed, AskOwed()).drill


def test_who_may_not_makes_no_kit(made, tmp_path):
    office, facts = made
    name, password, secret = add_person(office, facts, "Ben Clerk", Role.FRONT_DESK)
    office.sign_out()
    office.sign_in(name, password, fresh_code(facts, secret))
    before = key_bytes(tmp_path)
    with pytest.raises(NotAllowed):
        renewed(office)
    assert key_bytes(tmp_path) == before


def test_a_use_of_the_kit_is_written_down_told_to_every_officer_and_owes_a_kit_and_keys(made, tmp_path):
    office, facts = made
    name, password, secret = add_person(office, facts, "Olga Officer", Role.PRIVACY_OFFICER)
    clerk, clerk_password, clerk_secret = add_person(office, facts, "Ben Clerk", Role.FRONT_DESK)
    office.sign_out()
    other = another(tmp_path, facts)
    assert other.enrol_with_kit(facts.kit, "Back office") == 2
    desk = other.sign_in(facts.name, facts.password, facts.code())
    assert owed(other) == (True, True)
    [use] = desk.ask(recovery_alerts, AskAlerts())
    desk.run(see_use, SeeUse(desk.new_id(), use.id))
    assert desk.ask(recovery_alerts, AskAlerts()) == ()
    told = [(row.action, row.user_id) for row in desk.ask(list_audit, ListAudit(action="recovery.begin"))]
    assert told == [("recovery.begin", None)]
    other.sign_out()
    desk = other.sign_in(clerk, clerk_password, fresh_code(facts, clerk_secret))
    assert not desk.may(recovery_alerts)
    assert not desk.may(recovery_owed)
    other.sign_out()
    desk = other.sign_in(name, password, fresh_code(facts, secret))
    assert [each.id for each in desk.ask(recovery_alerts, AskAlerts())] == [use.id], "each officer for themselves"
    assert owed(other) == (True, True)
    assert other.rotate_keys(Why.LEAK, Quiet()).epoch == 2
    assert owed(other) == (True, True), "new keys that the old kit opens pay nothing"
    line = renewed(other)
    assert owed(other) == (False, True)
    other.sign_out()
    again = Office(tmp_path / "practice", FAST, facts.clock, other.computer.store, config_folder=tmp_path / "other")
    again.sign_in(name, password, fresh_code(facts, secret))
    assert owed(again) == (False, True), "the demand survives a restart"
    again.kits.new_keys(Quiet())
    assert owed(again) == (False, False)
    assert key_file.unlock_with_kit(key_bytes(tmp_path), line)
    with pytest.raises(WrongKit):
        key_file.unlock_with_kit(key_bytes(tmp_path), facts.kit)
    assert again.desk.ask(verify_audit, VerifyAudit()).faults == ()
    again.close()


def test_a_wrong_kit_or_a_slip_of_the_fingers_is_no_use_of_the_kit(made, tmp_path):
    office, facts = made
    strange = "".join(office.kits.new().kit_groups)
    office.sign_out()
    other = another(tmp_path, facts)
    other.look()
    for typed, refusal in ((strange, WrongKit), ("AGE-SECRET-KEY-1 nonsense", KitMistyped)):
        with pytest.raises(refusal):
            other.recover(typed)
    office.sign_in(facts.name, facts.password, facts.code())
    assert owed(office) == (False, False)
    other.close()


def test_a_recovery_session_opens_nothing_but_what_it_is_for(made, tmp_path):
    office, facts = made
    desk = office.desk
    office.sign_out()
    session = office.recover(facts.kit)
    assert office.state is State.SIGNED_OUT
    for case in REGISTRY.values():
        with pytest.raises(LockedError):
            desk.run(case, None) if isinstance(case, UseCase) else desk.ask(case, None)
    for refused in (lambda: office.desk, lambda: office.slots, lambda: office.trail, office.kits.new,
                    lambda: office.codes.show(["x"]), lambda: office.rotate_keys(Why.KIT, Quiet())):  # fmt: skip
        with pytest.raises(LockedError):
            refused()
    verbs = {name for name, _ in inspect.getmembers(RecoverySession) if not name.startswith("_")}
    assert verbs == {"enrol", "people", "reset", "close", "is_over"}
    with pytest.raises(Refused):
        another(tmp_path, facts).recover(facts.kit)  # the folder is held
    session.close()
    for over in (session.people, lambda: session.enrol("x"), lambda: session.reset(1)):
        with pytest.raises(LockedError):
            over()


def test_half_an_hour_is_the_end_of_it(made):
    office, facts = made
    office.sign_out()
    session = office.recover(facts.kit)
    facts.clock.move(minutes=30)
    assert session.is_over
    with pytest.raises(LockedError, match="Type its line again"):
        session.people()
    office.sign_in(facts.name, facts.password, facts.code())


def test_the_kit_gives_a_one_time_code_to_owners_and_officers_only(made, tmp_path):
    office, facts = made
    add_person(office, facts, "Olga Officer", Role.PRIVACY_OFFICER)
    add_person(office, facts, "Ben Clerk", Role.FRONT_DESK)
    clerk = next(each.user_id for each in office.trail.opened.users if each.name == "Ben Clerk")
    office.sign_out()
    with office.recover(facts.kit) as session:
        names = {each.name: each.id for each in session.people()}
        assert set(names) == {facts.name, "Olga Officer"}
        before = key_bytes(tmp_path)
        with pytest.raises(Refused, match="owners and officers only"):
            session.reset(clerk)
        assert key_bytes(tmp_path) == before
        slip = session.reset(names[facts.name])
        assert session.reset(names["Olga Officer"]).name == "Olga Officer"
    with pytest.raises(Refused, match="not right"):
        office.sign_in(facts.name, facts.password, facts.code())
    assert office.arrivals.is_code(slip.code)
    arrival = office.arrivals.begin(facts.name, slip.code)
    assert arrival is not None


def test_after_a_restore_on_a_fresh_computer_a_kit_and_keys_are_owed(made, tmp_path):
    office, facts = made
    office.desk.run(make_backup, MakeBackup(office.desk.new_id()))
    [bundle] = list((tmp_path / "practice" / "backups").glob("*.age"))
    office.close()
    restore(bundle, facts.kit, tmp_path / "fresh", facts.clock)
    fresh = another(tmp_path, facts, "fresh")
    fresh.enrol_with_kit(facts.kit, "New computer")
    fresh.sign_in(facts.name, facts.password, facts.code())
    assert owed(fresh) == (True, True)
    renewed(fresh, new_keys=True)
    assert owed(fresh) == (False, False)
    assert fresh.trail.epoch == 2
    fresh.close()


def training_office(home, config="config"):
    return Office(home / "practice", FAST, SystemClock(), None, config_folder=home / config)


CHILD = """
import sys
from pathlib import Path
from tests.dying import die_at
from tests.usecases.test_kits import training_office
from medbill_desktop.usecases.office import TRAINING_SIGN_IN
from medbill_desktop.usecases.watch import Quiet
where, step, when, kit = Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
office = training_office(where, "other" if kit else "config")
if not kit:
    office.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)
    office.settle()
    new = office.kits.new()
    print("".join(new.kit_groups), flush=True)
    new.retype("".join(new.kit_groups))
die_at(step, when)
if kit:
    office.enrol_with_kit(kit, "Back office")
else:
    office.kits.finish(new, Quiet(), new_keys=True)
"""
WRITER = "medbill_desktop.security.key_file_writer."
RENEWING = (
    "medbill_desktop.storage.recovery.add_kit",
    WRITER + "_write_new",
    WRITER + "_keep_generations",
    WRITER + "_replace",
    WRITER + "_flush_folder",
    "medbill_desktop.security.device_memory.DeviceMemory.keep",
    "medbill_desktop.usecases.key_rotation.rotate",
    "medbill_desktop.usecases.key_rotation.export",
)
ENROLLING = (
    "medbill_desktop.storage.recovery.begin_use",
    "medbill_desktop.security.device_memory.DeviceMemory.keep_device",
    WRITER + "_write_new",
    WRITER + "_replace",
    WRITER + "_flush_folder",
    "medbill_desktop.usecases.sign_in.workstation_number",
    "medbill_desktop.usecases.this_computer.ThisComputer.remember",
)


@pytest.fixture
def training(tmp_path):
    office, facts = make_office(tmp_path, "training", clock=SystemClock())
    yield office, facts
    office.close()


def killed(home, step, when, kit=""):
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(home), step, when, kit],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 9, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", RENEWING)
def test_killed_while_a_kit_is_renewed_one_of_the_two_opens_and_the_rows_say_which(training, tmp_path, step, when):
    office, facts = training
    office.sign_out()
    with office.recover(facts.kit):
        pass
    line = killed(tmp_path, step, when)
    again = training_office(tmp_path)
    desk = again.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)
    opens = []
    for kit in (facts.kit, line):
        try:
            key_file.unlock_with_kit(key_bytes(tmp_path), kit)
        except WrongKit:
            opens.append(False)
        else:
            opens.append(True)
    assert sorted(opens) == [False, True]
    assert owed(again) == (opens[0], again.trail.epoch == 1), "what is owed follows what opens"
    assert desk.ask(verify_audit, VerifyAudit()).faults == ()
    renewed(again, new_keys=True)
    assert owed(again) == (False, False)
    again.close()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ENROLLING)
def test_killed_while_the_kit_lets_a_computer_in_it_is_in_or_can_be_let_in_again(training, tmp_path, step, when):
    office, facts = training
    office.sign_out()
    killed(tmp_path, step, when, facts.kit)
    other = training_office(tmp_path, "other")
    if other.look() is State.NOT_ENROLLED:
        other.enrol_with_kit(facts.kit, "Back office")
    desk = other.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)
    assert other.trail.workstation == 2
    assert owed(other) == (True, True)
    assert desk.ask(verify_audit, VerifyAudit()).faults == ()
    other.close()
    first = training_office(tmp_path)
    first.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)
    first.close()
