"""Away and leaving, at the door and on a whole Office (SECURITY K6, K14, A3, A16, H5)."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import IntegrityError

from medbill_desktop.domain.problems import Invalid, Refused
from medbill_desktop.domain.staff_tasks import Held, Task, tasks_on_leaving
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import audit_facts
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.joining import remove_person
from medbill_desktop.usecases.key_rotation import Why
from medbill_desktop.usecases.leave import EndLeave, ListLeaves, PutOnLeave, end_leave, list_leaves, put_on_leave
from medbill_desktop.usecases.office import SignInFailed
from medbill_desktop.usecases.staff_tasks import (
    AskOpenTasks,
    FinishTask,
    ListTasks,
    SettleNewKeys,
    finish_task,
    list_tasks,
    settle_new_keys,
    tasks_waiting,
)
from medbill_desktop.usecases.users import ListUsers, list_users
from medbill_desktop.usecases.watch import Quiet
from tests.office_factory import make_office
from tests.usecases.test_office import add_person, fresh_code, rows


@pytest.fixture
def made(tmp_path):
    office, facts = make_office(tmp_path)
    yield office, facts
    office.close()


def line(desk, name):
    return next(each for each in desk.ask(list_users, ListUsers(everyone=True)) if each.name == name)


def put(desk, user_id, first, last):
    return desk.run(put_on_leave, PutOnLeave(desk.new_id(), user_id, first, last))


def test_who_is_on_leave_gets_the_one_sentence_and_comes_back_by_the_calendar(made):
    office, facts = made
    name, password, secret = add_person(office, facts, "Bea", Role.BILLER)
    today, user_id = facts.clock.today(), line(office.desk, name).id
    put(office.desk, user_id, today, today + timedelta(days=2))
    assert line(office.desk, name).is_away
    office.sign_out()
    with pytest.raises(SignInFailed, match="Name, password or code is not right"):
        office.sign_in(name, password, fresh_code(facts, secret))
    facts.clock.move(days=3)
    assert office.sign_in(name, password, fresh_code(facts, secret)).user.id == user_id


def test_a_leave_does_not_bar_before_its_first_day(made):
    office, facts = made
    name, password, secret = add_person(office, facts, "Bea", Role.BILLER)
    today, user_id = facts.clock.today(), line(office.desk, name).id
    put(office.desk, user_id, today + timedelta(days=1), today + timedelta(days=2))
    assert not line(office.desk, name).is_away
    office.sign_out()
    assert office.sign_in(name, password, fresh_code(facts, secret))
    office.lock()
    facts.clock.move(days=1)
    with pytest.raises(SignInFailed):
        office.unlock(password)


def test_an_early_return_opens_the_same_day_and_the_log_keeps_both(made):
    office, facts = made
    name, password, secret = add_person(office, facts, "Bea", Role.BILLER)
    today, user_id = facts.clock.today(), line(office.desk, name).id
    put(office.desk, user_id, today - timedelta(days=3), today + timedelta(days=30))
    leave = office.desk.ask(list_leaves, ListLeaves(user_id))[0]
    office.desk.run(end_leave, EndLeave(office.desk.new_id(), leave.id))
    assert office.desk.ask(list_leaves, ListLeaves(user_id)) == ()
    with pytest.raises(Refused, match="over already"):
        office.desk.run(end_leave, EndLeave(office.desk.new_id(), leave.id))
    with office.trail.vault.reader.begin() as conn:
        person = audit_facts.people(conn)[user_id]
    assert person.leaves == ((today - timedelta(days=3), today - timedelta(days=1)),)
    done = [row for row in rows(office, "leave.") if row.outcome == "done"]
    assert [row.subject_id for row in done] == [user_id, user_id]
    office.sign_out()
    assert office.sign_in(name, password, fresh_code(facts, secret))


def test_a_leave_that_is_called_off_never_was(desk, desk_as, clock):
    other, today = desk_as(Role.BILLER).user.id, clock.today()
    put(desk, other, today + timedelta(days=5), today + timedelta(days=9))
    leave = desk.ask(list_leaves, ListLeaves(other))[0]
    desk.run(end_leave, EndLeave(desk.new_id(), leave.id))
    put(desk, other, today + timedelta(days=6), today + timedelta(days=7))
    assert len(desk.ask(list_leaves, ListLeaves(other))) == 1


def test_leaves_that_can_not_be_are_refused_with_the_place(desk, desk_as, clock):
    other, today, day = desk_as(Role.BILLER).user.id, clock.today(), timedelta(days=1)
    put(desk, other, today, today + 3 * day)
    for user_id, first, last, field in [
        (other, today + 3 * day, today + 5 * day, "first_day"),
        (other, today + 9 * day, today + 8 * day, "last_day"),
        (other, today - 9 * day, today - 8 * day, "last_day"),
        (other, today + 9 * day, today + 900 * day, "last_day"),
        (desk.user.id, today + 9 * day, today + 9 * day, "user"),
    ]:
        with pytest.raises(Invalid) as caught:
            put(desk, user_id, first, last)
        assert field in {each.field for each in caught.value.problems}


def test_there_is_always_an_owner_who_can_sign_in(desk, desk_as, clock):
    second, third = desk_as(Role.OWNER, number=2), desk_as(Role.OWNER, number=3)
    today, day = clock.today(), timedelta(days=1)
    put(desk, second.user.id, today, today + 9 * day)
    put(desk, third.user.id, today, today + 9 * day)
    with pytest.raises(Invalid, match="always has an owner"):
        put(second, desk.user.id, today + 9 * day, today + 20 * day)
    put(second, desk.user.id, today + 10 * day, today + 20 * day)
    officer = desk_as(Role.PRIVACY_OFFICER, number=4)
    with pytest.raises(Invalid, match="Only an owner"):
        put(officer, third.user.id, today + 30 * day, today + 31 * day)


def test_what_is_held_decides_what_is_to_be_done():
    assert tasks_on_leaving(()) == (Task.NEW_KEYS, Task.HAND_OVER)
    every = tasks_on_leaving(Held)
    assert set(every) == set(Task) - {Task.TRAINED, Task.POLICY, Task.CONFIDENTIALITY}
    assert len(set(every)) == len(every)


def test_who_joins_is_to_be_trained_and_each_tick_has_who_and_when(made):
    office, facts = made
    add_person(office, facts, "Bea", Role.BILLER)
    desk, bea = office.desk, line(office.desk, "Bea")
    tasks = desk.ask(list_tasks, ListTasks(bea.id))
    assert [each.kind for each in tasks] == ["trained", "policy", "confidentiality"]
    assert bea.open_tasks == 3
    yesterday = facts.clock.today() - timedelta(days=1)
    desk.run(finish_task, FinishTask(desk.new_id(), tasks[0].id, yesterday))
    done = desk.ask(list_tasks, ListTasks(bea.id))[0]
    assert (done.done_on, done.done_by) == (yesterday, facts.name)
    with pytest.raises(Refused, match="did this already"):
        desk.run(finish_task, FinishTask(desk.new_id(), tasks[0].id, yesterday))
    with pytest.raises(Invalid, match="after today"):
        desk.run(finish_task, FinishTask(desk.new_id(), tasks[1].id, facts.clock.today() + timedelta(days=1)))
    assert rows(office, "staff.done")[-1].detail == {"task": "trained", "done_on": yesterday.isoformat()}


def test_a_leavers_tasks_stay_open_until_done_and_new_keys_close_theirs(made):
    office, facts = made
    add_person(office, facts, "Bea", Role.BILLER)
    bea = line(office.desk, "Bea")
    remove_person(office.desk, office.slots, bea.id, frozenset({Held.KIT}))
    desk = office.desk
    kinds = {each.kind for each in desk.ask(list_tasks, ListTasks())}
    assert kinds == {"new_keys", "collect_kit", "new_kit", "hand_over"}, "who left is not trained any more"
    waiting = desk.ask(tasks_waiting, AskOpenTasks())
    assert (waiting.count, waiting.leaving) == (4, 4)
    assert "Bea" in {each.name for each in desk.ask(list_users, ListUsers())}
    assert desk.run(settle_new_keys, SettleNewKeys(desk.new_id())) == 0, "there are no new keys yet"
    facts.clock.move(minutes=1)
    office.rotate_keys(Why.REMOVAL, Quiet())
    assert desk.run(settle_new_keys, SettleNewKeys(desk.new_id())) == 1
    for each in desk.ask(list_tasks, ListTasks()):
        desk.run(finish_task, FinishTask(desk.new_id(), each.id, facts.clock.today()))
    assert desk.ask(tasks_waiting, AskOpenTasks()).count == 0
    assert "Bea" not in {each.name for each in desk.ask(list_users, ListUsers())}


def test_removed_twice_leaves_one_list(made):
    office, facts = made
    add_person(office, facts, "Bea", Role.BILLER)
    bea = line(office.desk, "Bea")
    for _ in range(2):
        remove_person(office.desk, office.slots, bea.id)
    assert len(office.desk.ask(list_tasks, ListTasks())) == 2


def test_nobody_ticks_off_their_own_joining_where_somebody_else_can(made):
    office, facts = made
    name, password, secret = add_person(office, facts, "Pria", Role.PRIVACY_OFFICER)
    task = office.desk.ask(list_tasks, ListTasks(line(office.desk, name).id))[0]
    office.sign_out()
    desk = office.sign_in(name, password, fresh_code(facts, secret))
    with pytest.raises(Refused, match="their own joining"):
        desk.run(finish_task, FinishTask(desk.new_id(), task.id, facts.clock.today()))


def test_the_database_keeps_tasks_as_they_were_done(made):
    office, facts = made
    add_person(office, facts, "Bea", Role.BILLER)
    task = office.desk.ask(list_tasks, ListTasks())[0]
    office.desk.run(finish_task, FinishTask(office.desk.new_id(), task.id, facts.clock.today()))
    for change in (delete(t.staff_task), update(t.staff_task).where(t.staff_task.c.id == task.id).values(kind="x")):
        with pytest.raises(IntegrityError), office.trail.writing() as conn:
            conn.execute(change)
