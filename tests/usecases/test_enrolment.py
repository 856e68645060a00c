"""A further computer is let in by a code: once, for seven days, by a person who signs in (SECURITY K15)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from medbill_desktop.domain.clock import SystemClock
from medbill_desktop.domain.problems import Invalid, NotAllowed, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.security import pending_device
from medbill_desktop.security.enrolment_code import CodeMistyped
from medbill_desktop.security.pending_device import CodeExpired, CodeUnknown
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.audit_log import ListAudit, VerifyAudit, list_audit, verify_audit
from medbill_desktop.usecases.devices import ListComputers, list_computers
from medbill_desktop.usecases.enrolment import ListEnrolments, list_enrolments
from medbill_desktop.usecases.key_rotation import Why
from medbill_desktop.usecases.office import TRAINING_SIGN_IN, CodeEntry, Office, SignInFailed, State
from medbill_desktop.usecases.sign_in import OldKeyFile
from medbill_desktop.usecases.watch import Quiet
from tests.fast_policy import FAST
from tests.office_factory import DictStore, make_office
from tests.usecases.test_office import add_person, fresh_code


@pytest.fixture
def made(tmp_path):
    office, facts = make_office(tmp_path)
    yield office, facts
    office.close()


def another(tmp_path, facts, name="other", store=None):
    """A second account of the computer, with a home of its own."""
    store = DictStore() if store is None else store
    return Office(tmp_path / "practice", FAST, facts.clock, store, config_folder=tmp_path / name)


def arrival(facts, shown, **more):
    typed = {"name": facts.name, "password": facts.password, "code": facts.code()} | more
    return CodeEntry(shown.text, **typed)


def waiting(office):
    return [each.name for each in office.desk.ask(list_enrolments, ListEnrolments())]


def test_a_second_account_enrols_with_the_code_and_both_go_on(made, tmp_path):
    office, facts = made
    [code] = office.codes.show(["Back office"])
    assert [len(each) for each in code.groups] == [4] * 9
    assert waiting(office) == ["Back office"]
    office.sign_out()
    other = another(tmp_path, facts)
    assert other.look() is State.NOT_ENROLLED
    other.entry.check_code(code.text)
    desk = other.entry.with_code(arrival(facts, code))
    assert other.state is State.OPEN
    assert desk.user.name == facts.name
    lines = desk.ask(list_computers, ListComputers())
    assert [(each.number, each.name, each.is_this) for each in lines] == [
        (1, "Front desk", False), (2, "Back office", True)
    ]  # fmt: skip
    [row] = desk.ask(list_audit, ListAudit(action="device.enrol"))
    assert (row.workstation, row.detail["by"], row.detail["workstation"]) == (2, "code", 2)
    assert waiting(other) == []
    assert pending_device.pending_of(other.trail.opened) == ()
    assert len(other.trail.device.secret) == 32
    with pytest.raises(Refused, match="Sign out"):
        other.entry.check_code(code.text)
    assert desk.ask(verify_audit, VerifyAudit()).faults == ()
    other.sign_out()
    assert other.look() is State.SIGNED_OUT
    other.sign_in(facts.name, facts.password, facts.code())
    assert other.banners == ()
    other.close()
    office.sign_in(facts.name, facts.password, facts.code())


def test_a_code_is_good_once(made, tmp_path):
    office, facts = made
    [code] = office.codes.show(["Back office"])
    office.sign_out()
    other = another(tmp_path, facts)
    other.entry.with_code(arrival(facts, code))
    other.close()
    third = another(tmp_path, facts, "third")
    with pytest.raises(CodeUnknown):
        third.entry.check_code(code.text)
    with pytest.raises(CodeUnknown):
        third.entry.with_code(arrival(facts, code))
    third.close()


def test_an_old_key_file_put_back_does_not_make_a_used_code_good(made, tmp_path):
    office, facts = made
    [code] = office.codes.show(["Back office"])
    office.sign_out()
    path = tmp_path / "practice" / "vault.keys"
    with_entry = path.read_bytes()
    other = another(tmp_path, facts)
    other.entry.with_code(arrival(facts, code))
    other.close()
    path.write_bytes(with_entry)
    third = another(tmp_path, facts, "third")
    with pytest.raises(OldKeyFile):
        third.entry.with_code(arrival(facts, code))
    with pytest.raises(OldKeyFile):
        office.sign_in(facts.name, facts.password, facts.code())
    third.close()


def test_seven_days_are_the_end_and_a_clock_set_back_does_not_help(made, tmp_path):
    office, facts = made
    [code] = office.codes.show(["Back office"])
    office.sign_out()
    facts.clock.move(days=7)
    other = another(tmp_path, facts)
    with pytest.raises(CodeExpired):
        other.entry.check_code(code.text)
    with pytest.raises(CodeExpired):
        other.entry.with_code(arrival(facts, code))
    keys = (tmp_path / "practice" / "vault.keys").read_bytes()
    office.sign_in(facts.name, facts.password, facts.code())
    assert pending_device.pending_of(office.trail.opened) == (), "what is good no longer leaves the key file"
    office.sign_out()
    (tmp_path / "practice" / "vault.keys").write_bytes(keys)
    facts.clock.move(days=-3)
    with pytest.raises((CodeExpired, OldKeyFile)):
        other.entry.with_code(arrival(facts, code))
    other.close()


def test_the_log_says_that_a_clock_was_set_back(made, tmp_path):
    office, facts = made
    [code] = office.codes.show(["Back office"])
    facts.clock.move(days=8)
    office.lock()
    office.unlock(facts.password)
    office.settle()
    office.sign_out()
    facts.clock.move(days=-4)
    other = another(tmp_path, facts)
    other.entry.check_code(code.text)
    with pytest.raises(CodeExpired):
        other.entry.with_code(arrival(facts, code))
    assert other.computer.store.read(other.vault_id, "device") is None
    other.close()


@pytest.mark.parametrize("wrong", [{"password": "wrong"}, {"name": "Nobody Here"}, {"code": "000000"}])
def test_the_code_alone_signs_nobody_in_and_a_failure_leaves_it_good(made, tmp_path, wrong):
    office, facts = made
    [code] = office.codes.show(["Back office"])
    office.sign_out()
    keys = (tmp_path / "practice" / "vault.keys").read_bytes()
    other = another(tmp_path, facts)
    with pytest.raises(SignInFailed):
        other.entry.with_code(arrival(facts, code, **wrong))
    assert (tmp_path / "practice" / "vault.keys").read_bytes() == keys
    assert other.look() is State.NOT_ENROLLED
    desk = other.entry.with_code(arrival(facts, code))
    told = desk.ask(list_audit, ListAudit(action="session.sign_in"))
    assert [row.detail.get("attempts") for row in told if row.outcome == "denied"] == [1]
    other.close()


def test_guesses_with_a_code_have_to_wait_like_all_others(made, tmp_path):
    office, facts = made
    [code] = office.codes.show(["Back office"])
    office.sign_out()
    other = another(tmp_path, facts)
    tried = 0
    with pytest.raises(Refused, match="Too many attempts"):
        for _ in range(12):
            tried += 1
            with pytest.raises(SignInFailed):
                other.entry.with_code(CodeEntry(code.text, facts.name, "wrong", "000000"))
    assert 3 <= tried <= 7
    other.close()
    again = another(tmp_path, facts)
    with pytest.raises(Refused, match="Too many attempts"):
        again.entry.with_code(CodeEntry(code.text, facts.name, "wrong", "000000"))
    again.close()


def test_a_slip_of_the_fingers_is_said_before_anything_is_read(made, tmp_path, monkeypatch):
    office, facts = made
    [code] = office.codes.show(["Back office"])
    office.sign_out()
    other = another(tmp_path, facts)
    with monkeypatch.context() as patch:
        patch.setattr(pending_device, "open_pending", None)
        with pytest.raises(CodeMistyped, match="Compare group by group"):
            other.entry.check_code(code.text[:-1] + ("0" if code.text[-1] != "0" else "1"))
    other.close()


def test_a_withdrawn_code_opens_nothing(made, tmp_path):
    office, facts = made
    [gone, kept] = office.codes.show(["Laptop", "Back office"])
    line = next(each for each in office.desk.ask(list_enrolments, ListEnrolments()) if each.name == "Laptop")
    office.codes.withdraw(line)
    with pytest.raises(Refused, match="already"):
        office.codes.withdraw(line)
    assert waiting(office) == ["Back office"]
    office.sign_out()
    other = another(tmp_path, facts)
    with pytest.raises(CodeUnknown):
        other.entry.with_code(arrival(facts, gone))
    other.entry.with_code(arrival(facts, kept))
    other.close()


def test_new_keys_end_every_code_and_name_the_computers_that_need_one(made, tmp_path):
    office, facts = made
    [code] = office.codes.show(["Back office"])
    office.sign_out()
    other = another(tmp_path, facts)
    other.entry.with_code(arrival(facts, code))
    other.close()
    office.sign_in(facts.name, facts.password, facts.code())
    [lost] = office.codes.show(["Laptop"])
    done = office.rotate_keys(Why.LEAK, Quiet())
    assert done.dropped == ("Back office",)
    assert waiting(office) == []
    [again] = office.codes.show(done.dropped)
    office.sign_out()
    assert other.look() is State.NOT_ENROLLED
    with pytest.raises(CodeUnknown):
        other.entry.with_code(arrival(facts, lost))
    desk = other.entry.with_code(arrival(facts, again))
    assert [each.number for each in desk.ask(list_computers, ListComputers()) if each.revoked_at is None] == [1, 3]
    other.close()


def test_who_may_not_manage_computers_shows_no_code_and_it_is_written_down(made, tmp_path):
    office, facts = made
    name, password, secret = add_person(office, facts, "Ben Clerk", Role.FRONT_DESK)
    office.sign_out()
    office.sign_in(name, password, fresh_code(facts, secret))
    keys = (tmp_path / "practice" / "vault.keys").read_bytes()
    with pytest.raises(NotAllowed):
        office.codes.show(["Laptop"])
    assert (tmp_path / "practice" / "vault.keys").read_bytes() == keys
    with office.trail.vault.reader.begin() as conn:
        told = conn.execute(select(t.audit.c.outcome).where(t.audit.c.action == "device.offer")).scalars().all()
    assert told == ["denied"]


def test_a_person_of_any_role_may_be_the_first_at_the_new_computer(made, tmp_path):
    office, facts = made
    name, password, secret = add_person(office, facts, "Ben Clerk", Role.FRONT_DESK)
    [code] = office.codes.show(["Laptop"])
    office.sign_out()
    other = another(tmp_path, facts)
    desk = other.entry.with_code(CodeEntry(code.text, name, password, fresh_code(facts, secret)))
    assert desk.user.name == name
    other.close()


def test_a_name_that_is_too_long_is_refused_and_none_at_all_is_given_one(made):
    office, _ = made
    with pytest.raises(Invalid):
        office.codes.show(["x" * 61])
    [code] = office.codes.show(["  "])
    assert code.name == "A computer"


def test_a_store_that_refuses_leaves_the_code_good(made, tmp_path):
    office, facts = made
    [code] = office.codes.show(["Back office"])
    office.sign_out()

    class Refusing(DictStore):
        def write(self, vault_id, item, value):
            raise OSError("no")

    other = another(tmp_path, facts, store=Refusing())
    with pytest.raises(OSError, match="no"):
        other.entry.with_code(arrival(facts, code))
    other.close()
    other = another(tmp_path, facts)
    other.entry.with_code(arrival(facts, code))
    other.close()


def test_without_a_store_the_file_has_to_be_chosen(made, tmp_path):
    office, facts = made
    [code] = office.codes.show(["Back office"])
    office.sign_out()
    other = Office(tmp_path / "practice", FAST, facts.clock, None, config_folder=tmp_path / "other")
    with pytest.raises(Refused, match="credential store"):
        other.entry.with_code(arrival(facts, code))
    other.entry.with_code(arrival(facts, code, protected_file=True))
    assert other.protected_file
    other.close()


def training_office(home, config="config"):
    return Office(home / "practice", FAST, SystemClock(), None, config_folder=home / config)


CHILD = """
import sys
from pathlib import Path
from tests.dying import die_at
from tests.usecases.test_enrolment import training_office
from medbill_desktop.usecases.office import TRAINING_SIGN_IN, CodeEntry
where, step, when, does = Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
office = training_office(where, "config" if does == "show" else "other")
if does == "show":
    office.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)
    office.settle()
die_at(step, when)
if does == "show":
    office.codes.show(["Back office"])
else:
    office.entry.with_code(CodeEntry(sys.argv[5], TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password))
"""
WRITER = "medbill_desktop.security.key_file_writer."
SHOWING = (
    "medbill_desktop.storage.enrolments.add",
    "medbill_desktop.security.pending_device.with_pending",
    WRITER + "_write_new",
    WRITER + "_keep_generations",
    WRITER + "_replace",
    WRITER + "_flush_folder",
    "medbill_desktop.security.device_memory.DeviceMemory.keep",
)
ARRIVING = (
    "medbill_desktop.usecases.sign_in.open_database",
    "medbill_desktop.storage.enrolments.use",
    "medbill_desktop.storage.audit.append",
    "medbill_desktop.security.device_memory.DeviceMemory.keep_device",
    WRITER + "_write_new",
    WRITER + "_keep_generations",
    WRITER + "_replace",
    WRITER + "_flush_folder",
    "medbill_desktop.usecases.code_entry._Arriving._settle",
    "medbill_desktop.security.attempts.Attempts.enrol",
    "medbill_desktop.usecases.sitting.Sitting.begin",
)
ROOT = Path(__file__).resolve().parents[2]


def killed(home, step, when, does, code=""):
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(home), step, when, does, code],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 9, done.stderr


@pytest.fixture
def training(tmp_path):
    office, _ = make_office(tmp_path, "training", clock=SystemClock())
    yield office
    office.close()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", SHOWING)
def test_killed_while_a_code_is_shown_the_practice_opens_and_the_list_tells_the_truth(training, tmp_path, step, when):
    training.sign_out()
    killed(tmp_path, step, when, "show")
    again = training_office(tmp_path)
    desk = again.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)
    here = pending_device.pending_of(again.trail.opened)
    assert [each.entry_id for each in desk.ask(list_enrolments, ListEnrolments())] == list(here)
    assert desk.ask(verify_audit, VerifyAudit()).faults == ()
    again.codes.show(["Back office"])
    again.close()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ARRIVING)
def test_killed_while_a_computer_arrives_it_is_enrolled_or_the_code_is_good(training, tmp_path, step, when):
    [code] = training.codes.show(["Back office"])
    training.sign_out()
    killed(tmp_path, step, when, "arrive", code.text)
    other = training_office(tmp_path, "other")
    who = TRAINING_SIGN_IN
    if other.look() is State.NOT_ENROLLED:
        desk = other.entry.with_code(CodeEntry(code.text, who.name, who.password))
    else:
        with pytest.raises(CodeUnknown):
            other.entry.check_code(code.text)
        desk = other.sign_in(who.name, who.password)
    lines = [each for each in desk.ask(list_computers, ListComputers()) if each.revoked_at is None]
    assert [each.number for each in lines] == [1, 2]
    assert desk.ask(list_enrolments, ListEnrolments()) == ()
    assert len(desk.ask(list_audit, ListAudit(action="device.enrol"))) == 1
    assert desk.ask(verify_audit, VerifyAudit()).faults == ()
    assert other.banners == () or all("log" not in each for each in other.banners)
    other.close()
    first = training_office(tmp_path)
    first.sign_in(who.name, who.password)
    first.close()
