"""Watched records and office hours: set by who may, dated, and seen by the detections (SECURITY A16)."""

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select

from medbill_desktop.domain.audit_facts import Rule
from medbill_desktop.domain.office_hours import USUAL, OfficeHours
from medbill_desktop.domain.problems import Invalid, NotAllowed, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.patients import OpenPatient, open_patient
from medbill_desktop.usecases.unusual import FindUnusual, find_unusual
from medbill_desktop.usecases.watching import (
    AskHours,
    AskWatched,
    SetHours,
    WatchPatient,
    office_hours,
    patient_watched,
    set_hours,
    watch_patient,
)
from tests.people import register

TODAY = date(2026, 11, 18)
DAYS = FindUnusual(TODAY - timedelta(days=1), TODAY + timedelta(days=1))


def rules(desk):
    return [each.rule for each in desk.ask(find_unusual, DAYS)]


def test_a_watched_record_makes_every_opening_a_finding_until_the_watch_ends(desk, desk_as, clock):
    who, clerk = register(desk).patient_id, desk_as(Role.FRONT_DESK)
    clerk.ask(open_patient, OpenPatient(who))
    assert Rule.WATCHED not in rules(desk)
    clock.move(minutes=1)
    desk.run(watch_patient, WatchPatient(desk.new_id(), who, True))
    assert desk.ask(patient_watched, AskWatched(who)) is True
    clock.move(minutes=1)
    clerk.ask(open_patient, OpenPatient(who))
    clock.move(minutes=1)
    desk.run(watch_patient, WatchPatient(desk.new_id(), who, False))
    clock.move(minutes=1)
    clerk.ask(open_patient, OpenPatient(who))
    assert desk.ask(patient_watched, AskWatched(who)) is False
    found = [each for each in desk.ask(find_unusual, DAYS) if each.rule is Rule.WATCHED and each.person == "Person 2"]
    assert [len(each.seqs) for each in found] == [1]


def test_watching_twice_is_one_watch_and_a_second_one_has_its_own_dates(desk, vault, clock):
    who = register(desk).patient_id
    for watched in (True, True, False, False, True):
        desk.run(watch_patient, WatchPatient(desk.new_id(), who, watched))
        clock.move(minutes=1)
    with vault.reader.begin() as conn:
        assert [each is None for each in conn.execute(select(t.watched_patient.c.until)).scalars()] == [False, True]


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.BILLER, Role.AUDITOR])
def test_who_may_not_watch_does_not_learn_who_is_watched(desk, desk_as, role):
    who, other = register(desk).patient_id, desk_as(role)
    with pytest.raises(NotAllowed):
        other.ask(patient_watched, AskWatched(who))
    with pytest.raises(NotAllowed):
        other.run(watch_patient, WatchPatient(other.new_id(), who, True))


@pytest.mark.parametrize("role", [Role.MANAGER, Role.PRIVACY_OFFICER])
def test_a_manager_and_an_officer_set_a_watch(desk, desk_as, role):
    who, other = register(desk).patient_id, desk_as(role)
    other.run(watch_patient, WatchPatient(other.new_id(), who, True))
    assert other.ask(patient_watched, AskWatched(who))


def test_a_patient_that_is_not_there_is_not_watched(desk):
    with pytest.raises(Refused, match="not there"):
        desk.run(watch_patient, WatchPatient(desk.new_id(), 99, True))


def test_who_works_while_on_leave_is_found_from_the_table_of_leave(desk, desk_as, vault, clock):
    who, clerk = register(desk).patient_id, desk_as(Role.FRONT_DESK)
    with vault.writer.begin() as conn:
        conn.execute(insert(t.leave).values(id=1, user_id=2, first_day=TODAY - timedelta(days=3), entered_by=1,
                                            last_day=TODAY + timedelta(days=3), entered_at=clock.now()))  # fmt: skip
    clerk.ask(open_patient, OpenPatient(who))
    found = [each for each in desk.ask(find_unusual, DAYS) if each.rule is Rule.ON_LEAVE]
    assert [each.person for each in found] == ["Person 2"]


def test_office_hours_are_the_usual_ones_until_they_are_set_and_count_from_that_day(desk, desk_as):
    assert desk.ask(office_hours, AskHours()) == USUAL
    closed = OfficeHours((*((60, 61),) * 2, None, *((60, 61),) * 4))  # nobody works on a Wednesday
    desk.run(set_hours, SetHours(desk.new_id(), closed))
    assert desk.ask(office_hours, AskHours()) == closed
    who = register(desk).patient_id
    desk_as(Role.FRONT_DESK).ask(open_patient, OpenPatient(who))
    assert Rule.OFF_HOURS in rules(desk)


def test_hours_that_end_before_they_begin_are_refused(desk):
    with pytest.raises(Invalid, match="Monday ends before"):
        desk.run(set_hours, SetHours(desk.new_id(), OfficeHours(((600, 540), *((480, 1020),) * 6))))


def test_a_manager_does_not_end_the_watch_of_an_officer_for_a_look(desk, desk_as, clock):
    who, manager = register(desk).patient_id, desk_as(Role.MANAGER, number=7)
    officer = desk_as(Role.PRIVACY_OFFICER, number=8)
    officer.run(watch_patient, WatchPatient(officer.new_id(), who, True))
    with pytest.raises(Refused, match="Somebody else has this record watched"):
        manager.run(watch_patient, WatchPatient(manager.new_id(), who, False))
    clock.move(minutes=1)
    manager.ask(open_patient, OpenPatient(who))
    assert Rule.WATCHED in rules(desk)
    desk.run(watch_patient, WatchPatient(desk.new_id(), who, False))
    assert Rule.LOG_KEEPING in rules(desk)
    manager.run(watch_patient, WatchPatient(manager.new_id(), who, True))
    manager.run(watch_patient, WatchPatient(manager.new_id(), who, False))
    assert not manager.ask(patient_watched, AskWatched(who))
