"""Invited, reset, arrived: the one-time code from both sides, on a whole Office (SECURITY K13, K27)."""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from medbill_desktop.domain.problems import Invalid, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.security import one_time_code, totp
from medbill_desktop.security.one_time_code import CodeMistyped
from medbill_desktop.usecases.arriving import Arrival, CodeOver
from medbill_desktop.usecases.audit_log import ListAudit, VerifyAudit, list_audit, verify_audit
from medbill_desktop.usecases.enrolment import ListEnrolments, list_enrolments
from medbill_desktop.usecases.inviting import invite, reset
from medbill_desktop.usecases.joining import remove_person, with_sign_ins
from medbill_desktop.usecases.leave import PutOnLeave, put_on_leave
from medbill_desktop.usecases.office import NewPractice, SignInFailed, State, TooSoon
from medbill_desktop.usecases.sign_in import CodeNotPassword
from medbill_desktop.usecases.users import (
    ChangeRoles,
    ListUsers,
    NameOfficers,
    SignIn,
    change_roles,
    list_users,
    my_account,
    name_officers,
)
from tests.door import FakeClock
from tests.fast_policy import FAST
from tests.office_factory import FACTS, PASSWORD, DictStore, Office, empty_office, make_office
from tests.usecases.test_office import add_person, fresh_code, outlast, rows

NEW_PASSWORD = "Gravel-Lantern-Otter-77"
BILLER, FRONT = frozenset({Role.BILLER}), frozenset({Role.FRONT_DESK})
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def made(tmp_path):
    office, facts = make_office(tmp_path)
    yield office, facts
    office.close()


def line(office, name):
    lines = with_sign_ins(office.desk.ask(list_users, ListUsers(everyone=True)), office.slots)
    return next(each for each in lines if each.name == name)


def choose(office, facts, arrival, password=NEW_PASSWORD):
    """The form: password, a first code, and done; returns the secret of the new authenticator."""
    secret = arrival.enrolment.secret
    facts.clock.move(seconds=30)
    assert arrival.enrolment.prove(totp.code_at(secret, facts.clock.now()), facts.clock.now())
    arrival.finish(password)
    return secret


def come(office, facts, name, code, password=NEW_PASSWORD):
    return choose(office, facts, office.arrivals.begin(name, code), password)


def back(office, facts):
    """The owner sits down again."""
    outlast(office, facts, facts.name)
    return office.sign_in(facts.name, facts.password, facts.code())


def test_an_invited_person_comes_chooses_and_works(made):
    office, facts = made
    slip = invite(office.desk, office.slots, "  Bea  Fröding ", BILLER)
    assert slip.name == "Bea Fröding"
    assert slip.expires_at - facts.clock.now() == timedelta(hours=24)
    assert slip.code not in repr(slip)
    assert line(office, "Bea Fröding").sign_in is SignIn.INVITED
    office.sign_out()
    secret = come(office, facts, "bea fröding", slip.code.lower().replace("-", " "))
    assert office.state is State.SIGNED_OUT
    desk = office.sign_in("Bea Fröding", NEW_PASSWORD, fresh_code(facts, secret))
    mine = desk.ask(my_account, None)
    assert (mine.roles, mine.codes_left) == ((Role.BILLER,), 10)
    office.sign_out()
    desk = back(office, facts)
    assert line(office, "Bea Fröding").sign_in is SignIn.OPEN
    assert desk.ask(verify_audit, VerifyAudit()).verified


def test_the_code_works_once(made):
    office, facts = made
    slip = invite(office.desk, office.slots, "Bea", BILLER)
    office.sign_out()
    come(office, facts, "Bea", slip.code)
    with pytest.raises(SignInFailed, match="Name, password or code"):
        office.arrivals.begin("Bea", slip.code)
    assert office.state is State.SIGNED_OUT
    assert not office.lock_file.held


def test_the_code_reaches_nothing_but_the_form(made):
    office, facts = made
    slip = invite(office.desk, office.slots, "Bea", BILLER)
    office.sign_out()
    for password in (slip.code, one_time_code.parse(slip.code), one_time_code.new_code()):
        for name in ("Bea", "Nobody at all"):
            with pytest.raises(CodeNotPassword, match="I have a one-time code"):  # of any code, and of any name
                office.sign_in(name, password, "")
    assert office.wait_seconds("Bea") == 0
    arrival = office.arrivals.begin("Bea", slip.code)
    assert office.state is State.SIGNED_OUT
    with pytest.raises(Refused, match="Nobody is signed in"):
        office.desk  # noqa: B018
    assert not office.lock_file.held
    held = [each for each in vars(arrival).values() if isinstance(each, bytearray)]
    assert held == []
    with pytest.raises(Refused, match="code from the authenticator"):
        arrival.finish(NEW_PASSWORD)
    with pytest.raises(Refused, match="characters"):
        arrival.finish("short")
    facts.clock.move(seconds=30)
    assert arrival.enrolment.prove(totp.code_at(arrival.enrolment.secret, facts.clock.now()), facts.clock.now())
    with pytest.raises(Refused, match="one-time code"):
        arrival.finish(slip.code)


def test_after_a_day_the_code_is_refused_and_its_slot_goes(made):
    office, facts = made
    slip = invite(office.desk, office.slots, "Bea", BILLER)
    person = line(office, "Bea")
    office.sign_out()
    facts.clock.move(hours=23, minutes=59)
    assert isinstance(office.arrivals.begin("Bea", slip.code), Arrival)
    facts.clock.move(minutes=1)
    with pytest.raises(CodeOver, match="run out"):
        office.arrivals.begin("Bea", slip.code)
    back(office, facts)
    assert office.trail.opened.find(person.id) is None
    assert line(office, "Bea").sign_in is SignIn.CODE_OVER
    again = reset(office.desk, office.slots, line(office, "Bea"))
    office.sign_out()
    come(office, facts, "Bea", again.code)


def test_a_code_that_runs_out_while_the_form_is_open_writes_nothing(made):
    office, facts = made
    slip = invite(office.desk, office.slots, "Bea", BILLER)
    office.sign_out()
    arrival = office.arrivals.begin("Bea", slip.code)
    facts.clock.move(hours=24)
    with pytest.raises(CodeOver):
        choose(office, facts, arrival)
    with pytest.raises(SignInFailed):
        office.sign_in("Bea", NEW_PASSWORD, "")


def test_a_clock_set_back_gives_the_code_no_longer_life(made):
    office, facts = made
    slip = invite(office.desk, office.slots, "Bea", BILLER)
    office.sign_out()
    facts.clock.move(hours=25)
    office.sign_in(facts.name, facts.password, facts.code())
    office.trail.append(office.trail.row(None, "", "health.check"))
    office.sign_out()
    facts.clock.move(hours=-20)
    with pytest.raises((CodeOver, SignInFailed)):
        office.arrivals.begin("Bea", slip.code)


def test_wrong_codes_count_and_slow_down_and_typing_errors_do_not(made):
    office, facts = made
    slip = invite(office.desk, office.slots, "Bea", BILLER)
    office.sign_out()
    for _ in range(9):
        with pytest.raises(CodeMistyped):
            office.arrivals.begin("Bea", slip.code[:-1] + ("0" if slip.code[-1] != "0" else "1"))
    assert office.wait_seconds("Bea") == 0
    for _ in range(4):
        with pytest.raises(SignInFailed):
            office.arrivals.begin("Bea", one_time_code.new_code())
    with pytest.raises(TooSoon):
        office.arrivals.begin("Bea", slip.code)
    outlast(office, facts, "Bea")
    come(office, facts, "Bea", slip.code)
    back(office, facts)
    failed = [row for row in rows(office, "session.sign_in") if row.outcome == "denied"]
    assert [row.detail["attempts"] for row in failed] == [4]


def test_both_sides_are_in_the_log(made):
    office, facts = made
    slip = invite(office.desk, office.slots, "Bea", BILLER)
    owner = office.desk.user.id
    office.sign_out()
    come(office, facts, "Bea", slip.code)
    back(office, facts)
    person = line(office, "Bea")
    invited, came = rows(office, "user.invite")[0], rows(office, "user.arrive")[0]
    assert (invited.user_id, invited.subject_id) == (owner, person.id)
    assert (came.user_id, came.subject_id, came.detail["of_kind"]) == (person.id, person.id, "invite")
    text = str(office.desk.ask(list_audit, ListAudit(limit=1000)))
    assert slip.code not in text
    assert one_time_code.parse(slip.code) not in text


def test_a_reset_shuts_the_old_password_out_and_asks_for_everything_anew(made):
    office, facts = made
    name, password, secret = add_person(office, facts, "Bea", Role.BILLER)
    before = office.trail.opened.find(line(office, name).id).recipient
    slip = reset(office.desk, office.slots, line(office, name))
    person = line(office, name)
    assert person.sign_in is SignIn.INVITED
    locked = office.trail.opened.find(person.id).recipient
    office.sign_out()
    with pytest.raises(SignInFailed):
        office.sign_in(name, password, fresh_code(facts, secret))
    new_secret = come(office, facts, name, slip.code)
    assert new_secret != secret
    with pytest.raises(SignInFailed):
        office.sign_in(name, NEW_PASSWORD, fresh_code(facts, secret))
    outlast(office, facts, name)
    office.sign_in(name, NEW_PASSWORD, fresh_code(facts, new_secret))
    after = office.trail.opened.find(person.id).recipient
    assert len({before, locked, after}) == 3, "a new identity at the reset, and another one at the arrival"


def test_a_newer_code_voids_the_one_before(made):
    office, facts = made
    first = invite(office.desk, office.slots, "Bea", BILLER)
    second = reset(office.desk, office.slots, line(office, "Bea"))
    office.sign_out()
    with pytest.raises(SignInFailed):
        office.arrivals.begin("Bea", first.code)
    come(office, facts, "Bea", second.code)


def test_the_reset_opens_a_sign_in_that_a_hundred_failures_closed(made):
    office, facts = made
    name, _, _ = add_person(office, facts, "Often Wrong", Role.OWNER)
    office.sign_out()
    for _ in range(100):
        outlast(office, facts, name)
        with pytest.raises(SignInFailed):
            office.sign_in(name, "wrong")
    outlast(office, facts, name)
    back(office, facts)
    assert line(office, name).sign_in is SignIn.LOCKED_OUT
    slip = reset(office.desk, office.slots, line(office, name))
    assert line(office, name).sign_in is SignIn.INVITED
    office.sign_out()
    outlast(office, facts, name)
    secret = come(office, facts, name, slip.code)
    office.sign_in(name, NEW_PASSWORD, fresh_code(facts, secret))


def test_who_was_removed_comes_with_no_code(made):
    office, _ = made
    slip = invite(office.desk, office.slots, "Bea", BILLER)
    remove_person(office.desk, office.slots, line(office, "Bea").id)
    assert line(office, "Bea").open_tasks == 0, "nobody who never came leaves anything to do"
    office.sign_out()
    with pytest.raises(SignInFailed):
        office.arrivals.begin("Bea", slip.code)


def test_who_left_comes_back_by_a_code(made):
    office, facts = made
    name, _, _ = add_person(office, facts, "Bea", Role.BILLER)
    remove_person(office.desk, office.slots, line(office, name).id)
    slip = reset(office.desk, office.slots, line(office, name))
    office.sign_out()
    secret = come(office, facts, name, slip.code)
    assert office.sign_in(name, NEW_PASSWORD, fresh_code(facts, secret)).user.roles == BILLER


def test_nobody_resets_themselves_and_only_an_owner_an_owner(made):
    office, facts = made
    with pytest.raises(Refused, match="My account"):
        reset(office.desk, office.slots, line(office, facts.name))
    name, password, secret = add_person(office, facts, "Pria", Role.PRIVACY_OFFICER)
    office.sign_out()
    office.sign_in(name, password, fresh_code(facts, secret))
    before = (office.places.path / "vault.keys").read_bytes()
    with pytest.raises(Refused, match="Only an owner"):
        reset(office.desk, office.slots, line(office, facts.name))
    assert (office.places.path / "vault.keys").read_bytes() == before
    with pytest.raises(Invalid, match="Only an owner"):
        invite(office.desk, office.slots, "New Owner", frozenset({Role.OWNER}))


def test_a_code_is_taken_at_a_screen_that_somebody_else_locked(made):
    office, facts = made
    slip = invite(office.desk, office.slots, "Bea", BILLER)
    with pytest.raises(Refused, match="Someone is signed in"):
        office.arrivals.begin("Bea", slip.code)
    office.lock()
    secret = come(office, facts, "Bea", slip.code)
    assert office.state is State.LOCKED
    assert office.unlock(facts.password).user.name == facts.name
    assert office.desk.ask(verify_audit, VerifyAudit()).verified
    office.lock()
    assert office.sign_in("Bea", NEW_PASSWORD, fresh_code(facts, secret)).user.name == "Bea"


@pytest.mark.parametrize("name", ["zoë ångström", "Zoe\u0308 A\u030angstro\u0308m", "Zoë\u200b Ångström", "Z\u043eë"])
def test_a_name_that_is_taken_or_imitates_is_refused_before_anything_is_written(made, name):
    office, _ = made
    with pytest.raises(Invalid):
        invite(office.desk, office.slots, name, BILLER)
    assert len(office.trail.opened.users) == 1


KILLED = """
import json, os, sys
from pathlib import Path
from unittest import mock
from medbill_desktop.domain.users import Role
from medbill_desktop.security import totp
from medbill_desktop.usecases.inviting import reset
from tests.usecases.test_arriving import come, invite, line
from tests.usecases.test_office import add_person
from tests.office_factory import make_office
office, facts = make_office(Path(sys.argv[1]))
name, password, secret = add_person(office, facts, "Bea", Role.BILLER)
print(facts.secret, secret, flush=True)
verb = sys.argv[3]
if verb == "arrive":
    slip = reset(office.desk, office.slots, line(office, name))
    print(slip.code, flush=True)
    office.sign_out()
def die(*_, **__):
    store = [[*item, value.decode()] for item, value in facts.store.items.items()]
    print(json.dumps(store), flush=True)
    print(facts.clock.moment.isoformat(), flush=True)
    os._exit(9)
with mock.patch(sys.argv[2], die):
    if verb == "arrive":
        come(office, facts, name, slip.code)
    else:
        reset(office.desk, office.slots, line(office, name))
"""
STEPS = (
    "medbill_desktop.storage.invitations.{db}",
    "medbill_desktop.security.key_file.with_slot",
    "medbill_desktop.security.key_file_writer._keep_generations",
    "medbill_desktop.security.key_file_writer._replace",
    "medbill_desktop.security.key_file_writer._flush_folder",
)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("verb", ["reset", "arrive"])
def test_a_kill_at_any_step_leaves_the_old_sign_in_or_the_new(tmp_path, verb, step):
    step = step.format(db="add" if verb == "reset" else "arrived")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), step, verb], cwd=ROOT, capture_output=True, text=True,
        timeout=60, check=False, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    assert done.returncode == 9, done.stderr
    said = done.stdout.splitlines()
    owner_secret, secret = said[0].split()
    store = DictStore({(vault, item): value.encode() for vault, item, value in json.loads(said[-2])})
    clock = FakeClock(datetime.fromisoformat(said[-1]) + timedelta(minutes=2))
    office = Office(tmp_path / "practice", FAST, clock, store, config_folder=tmp_path / "config")
    replaced = step.endswith("_flush_folder")
    if verb == "reset" and not replaced:
        office.sign_in("Bea", "Violet-Lantern-Harbor-77", totp.code_at(secret, clock.now()))
        office.sign_out()
    elif verb == "reset":
        with pytest.raises(SignInFailed):
            office.sign_in("Bea", "Violet-Lantern-Harbor-77", totp.code_at(secret, clock.now()))
    elif not replaced:
        arrival = office.arrivals.begin("Bea", said[1])
        clock.move(seconds=30)
        new = arrival.enrolment.secret
        assert arrival.enrolment.prove(totp.code_at(new, clock.now()), clock.now())
        arrival.finish(NEW_PASSWORD)
        clock.move(seconds=30)
        office.sign_in("Bea", NEW_PASSWORD, totp.code_at(new, clock.now()))
        office.sign_out()
    else:
        with pytest.raises(SignInFailed):
            office.arrivals.begin("Bea", said[1])
    clock.move(minutes=20)
    desk = office.sign_in("Zoë Ångström", PASSWORD, totp.code_at(owner_secret, clock.now()))
    assert desk.ask(verify_audit, VerifyAudit()).verified
    slip = reset(desk, office.slots, line(office, "Bea"))
    office.sign_out()
    assert isinstance(office.arrivals.begin("Bea", slip.code), Arrival)
    office.close()


def test_an_owner_who_has_not_come_yet_is_no_owner_to_rely_on(made):
    office, facts = made
    desk, me = office.desk, office.desk.user.id
    slip = invite(desk, office.slots, "Ora", frozenset({Role.OWNER}))
    with pytest.raises(Invalid, match="always has an owner"):
        desk.run(change_roles, ChangeRoles(desk.new_id(), me, FRONT))
    with pytest.raises(Invalid, match="works here now"):
        desk.run(name_officers, NameOfficers(desk.new_id(), line(office, "Ora").id, me))
    office.sign_out()
    secret = come(office, facts, "Ora", slip.code)
    desk = office.sign_in("Ora", NEW_PASSWORD, fresh_code(facts, secret))
    today = facts.clock.today()
    desk.run(put_on_leave, PutOnLeave(desk.new_id(), me, today, today))
    with pytest.raises(Invalid, match="always has an owner"):
        desk.run(change_roles, ChangeRoles(desk.new_id(), desk.user.id, FRONT))
    facts.clock.move(days=1)
    desk.run(change_roles, ChangeRoles(desk.new_id(), desk.user.id, FRONT))


def test_the_founder_has_a_name_of_one_alphabet_too(tmp_path):
    office = empty_office(tmp_path)
    with pytest.raises(Invalid, match="Cyrillic and Latin") as caught:
        office.set_up(NewPractice(FACTS, "Z\u043e\u0435 Berg"))
    assert [each.field for each in caught.value.problems] == ["owner_name"]


def test_the_codes_that_a_leaver_made_leave_with_them(made):
    """Otherwise an officer invites a person whom nobody knows, is removed, and comes in as that person."""
    office, facts = made
    name, password, secret = add_person(office, facts, "Ola", Role.PRIVACY_OFFICER)
    officer = line(office, name).id
    office.sign_out()
    office.sign_in(name, password, fresh_code(facts, secret))
    slip = invite(office.desk, office.slots, "Bob", frozenset({Role.MANAGER}))
    office.codes.show(["My own laptop"])
    assert office.desk.ask(list_enrolments, ListEnrolments())
    office.sign_out()
    back(office, facts)
    remove_person(office.desk, office.slots, officer)
    assert office.desk.ask(list_enrolments, ListEnrolments()) == ()
    assert rows(office, "user.deactivate")[0].detail["codes"] == 2
    assert line(office, "Bob").sign_in is SignIn.CODE_OVER
    office.sign_out()
    with pytest.raises(SignInFailed):
        office.arrivals.begin("Bob", slip.code)
