"""The quarterly access review: due, overdue, a verdict for everybody, and what stays to do (SECURITY A17)."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from medbill_desktop.domain.access_review import Verdict, finished, is_overdue, next_quarter, quarter_of, say_quarter
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Invalid, NotAllowed, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import tables as t
from medbill_desktop.storage import users
from medbill_desktop.usecases.access_review import (
    AskAccess,
    AskAccessReviews,
    JudgeReviewer,
    PersonVerdict,
    SignAccess,
    access_of,
    access_status,
    judge_reviewer,
    sign_access,
)
from medbill_desktop.usecases.users import ChangeRoles, change_roles
from tests.usecases.test_own_roles import rows

QUARTER = date(2026, 10, 1)
WHY = "Does no billing any more since June"


@pytest.fixture
def officer(desk, desk_as, clock):
    """A privacy officer in January, of a practice whose log began in November."""
    desk_as(Role.BILLER, number=2)
    desk.record("screen.look")
    clock.move(days=60)
    return desk_as(Role.PRIVACY_OFFICER, number=3)


def sign(desk, verdicts=None, quarter=QUARTER, comment=""):
    """Judge everybody but the officer, who leaves the own rights to the owner."""
    said = {1: Verdict.KEEP, 2: Verdict.KEEP} | (verdicts or {})
    some = tuple(PersonVerdict(Id(who), each, "" if each is Verdict.KEEP else WHY) for who, each in said.items())
    return desk.run(sign_access, SignAccess(desk.new_id(), quarter, some, comment))


def test_a_quarter_is_due_when_it_ended_and_overdue_a_month_later(officer, desk, clock):
    [due] = officer.ask(access_status, AskAccessReviews())
    assert (due.quarter, due.signed, due.overdue) == (QUARTER, False, False)
    clock.move(days=(date(2027, 1, 30) - clock.today()).days)
    assert not officer.ask(access_status, AskAccessReviews())[0].overdue
    clock.move(days=1)
    assert officer.ask(access_status, AskAccessReviews())[0].overdue
    sign(officer)
    [done] = officer.ask(access_status, AskAccessReviews())
    assert (done.signed_by, done.kept, done.to_change, done.overdue) == ("Person 3", 2, 0, True)
    judge(desk)
    [done] = officer.ask(access_status, AskAccessReviews())
    assert (done.signed_by, done.kept, done.to_change, done.overdue) == ("Person 3", 3, 0, False)


def judge(desk, verdict=Verdict.KEEP, words=""):
    desk.run(judge_reviewer, JudgeReviewer(desk.new_id(), QUARTER, verdict, words))


def test_nobody_keeps_their_own_rights_where_somebody_else_signs_reviews(officer, desk, vault):
    [mine] = [each for each in officer.ask(access_of, AskAccess()) if each.is_me]
    assert mine.is_open
    with pytest.raises(Invalid, match="Nobody keeps their own") as refused:
        sign(officer, {3: Verdict.KEEP})
    assert refused.value.problems[0].field == "verdict.3"
    sign(officer)
    [left] = officer.ask(access_status, AskAccessReviews())
    assert (left.signed, left.to_judge, left.for_me) == (True, "Person 3", False)
    assert desk.ask(access_status, AskAccessReviews())[0].for_me
    with pytest.raises(Refused, match="Nobody keeps their own"):
        judge(officer)
    with pytest.raises(Invalid, match="Say of Person 3"):
        judge(desk, Verdict.NARROW, "less")
    judge(desk, Verdict.NARROW, WHY)
    with pytest.raises(Refused, match="Nobody's own rights wait"):
        judge(desk)
    [done] = officer.ask(access_status, AskAccessReviews())
    assert (done.to_judge, done.kept, done.to_change, done.undone) == ("", 2, 1, 1)
    [line] = [each for each in desk.ask(access_of, AskAccess(QUARTER)) if each.id == 3]
    assert (line.verdict, line.judged_by, line.is_open) == (Verdict.NARROW, "Person 1", False)
    [detail] = rows(vault, "access.judge")
    assert detail == {"quarter": "2026-10-01", "person": 3, "verdict": "narrow"}


def test_one_may_narrow_the_own_rights(officer, desk, vault):
    sign(officer, {3: Verdict.NARROW})
    assert desk.ask(access_status, AskAccessReviews())[0].to_judge == ""


def test_a_reviewer_who_left_meanwhile_waits_for_no_verdict(officer, desk, vault):
    sign(officer)
    with vault.writer.begin() as conn:
        users.set_active(conn, 3, False)
    assert desk.ask(access_status, AskAccessReviews())[0].to_judge == ""
    with pytest.raises(Refused, match="Nobody's own rights wait"):
        judge(desk)


def test_the_only_reviewer_keeps_the_own_rights(desk, desk_as, clock):
    desk_as(Role.BILLER, number=2)
    desk.record("screen.look")
    clock.move(days=60)
    assert not any(each.is_open for each in desk.ask(access_of, AskAccess()))
    with pytest.raises(Refused, match="changed since you looked"):
        desk.run(sign_access, SignAccess(desk.new_id(), QUARTER, (PersonVerdict(Id(2), Verdict.KEEP),)))
    sign(desk)
    [done] = desk.ask(access_status, AskAccessReviews())
    assert (done.kept, done.to_judge) == (2, "")


def test_who_left_the_own_line_open_judges_it_once_nobody_else_signs_reviews(officer, vault):
    sign(officer)
    with vault.writer.begin() as conn:
        users.set_active(conn, 1, False)
    assert officer.ask(access_status, AskAccessReviews())[0].for_me
    judge(officer)
    assert officer.ask(access_status, AskAccessReviews())[0].to_judge == ""


def test_nothing_is_due_before_the_first_quarter_ended(desk):
    assert desk.ask(access_status, AskAccessReviews()) == ()
    desk.record("screen.look")
    assert desk.ask(access_status, AskAccessReviews()) == ()
    with pytest.raises(Refused, match="after it has ended"):
        desk.run(sign_access, SignAccess(desk.new_id(), QUARTER, (PersonVerdict(Id(1), Verdict.KEEP),)))


def test_who_may_what_with_last_sign_in_and_changes_since(officer, desk, vault, clock):
    desk.record("session.sign_in")
    desk.run(change_roles, ChangeRoles(desk.new_id(), Id(2), frozenset({Role.BILLER, Role.FRONT_DESK})))
    lines = {each.id: each for each in officer.ask(access_of, AskAccess())}
    assert lines[1].last_sign_in == clock.now()
    assert lines[2].last_sign_in is None
    assert (lines[2].roles_words, lines[2].changes, lines[1].changes) == ("front desk, biller", 1, 0)
    assert lines[3].is_me
    sign(officer)
    clock.move(days=1)
    assert {each.changes for each in officer.ask(access_of, AskAccess())} == {0}


def test_a_verdict_stays_to_do_until_it_is_done(officer, desk, vault):
    sign(officer, {2: Verdict.NARROW, 1: Verdict.KEEP})
    [done] = officer.ask(access_status, AskAccessReviews())
    assert (done.to_change, done.undone) == (1, 1)
    said = {each.id: each for each in officer.ask(access_of, AskAccess(QUARTER))}
    assert (said[2].verdict, said[2].words, said[2].done) == (Verdict.NARROW, WHY, False)
    assert WHY not in repr(said)
    desk.run(change_roles, ChangeRoles(desk.new_id(), Id(2), frozenset({Role.FRONT_DESK})))
    assert officer.ask(access_status, AskAccessReviews())[0].undone == 0
    said = {each.id: each for each in officer.ask(access_of, AskAccess(QUARTER))}
    assert (said[2].roles, said[2].done) == ((Role.BILLER,), True)  # as they were when it was said


def test_removed_is_done_once_the_person_left(officer, vault):
    sign(officer, {2: Verdict.REMOVE})
    assert officer.ask(access_status, AskAccessReviews())[0].undone == 1
    with vault.writer.begin() as conn:
        users.set_active(conn, 2, False)
    assert officer.ask(access_status, AskAccessReviews())[0].undone == 0


def test_it_is_signed_once_for_everybody_and_with_words_where_something_is_to_change(officer, desk_as):
    with pytest.raises(Invalid) as refused:
        officer.run(sign_access, SignAccess(officer.new_id(), QUARTER, (
            PersonVerdict(Id(1), Verdict.KEEP), PersonVerdict(Id(2), Verdict.REMOVE, "gone"))))  # fmt: skip
    assert refused.value.problems[0].field == "words.2"
    desk_as(Role.AUDITOR, number=4)
    with pytest.raises(Refused, match="changed since you looked"):
        sign(officer)
    sign(officer, {4: Verdict.KEEP})
    with pytest.raises(Refused, match="signed already"):
        sign(officer, {4: Verdict.KEEP})


def test_the_log_has_counts_and_no_words(officer, vault):
    sign(officer, {2: Verdict.NARROW}, comment="A calm quarter")
    [detail] = rows(vault, "access.sign")
    assert detail == {"quarter": "2026-10-01", "keep": 1, "narrow": 1, "remove": 0, "left_open": 1}


def test_a_signed_review_stays(officer, vault):
    sign(officer)
    for table in (t.access_review, t.access_review_line):
        with pytest.raises(DBAPIError, match="stays"), vault.writer.begin() as conn:
            conn.execute(update(table).values(id=5))
        with pytest.raises(DBAPIError, match="stays"), vault.writer.begin() as conn:
            conn.execute(table.delete())
    with vault.reader.begin() as conn:
        assert len(conn.execute(select(t.access_review_line)).all()) == 2


def test_who_may_read_the_log_sees_it_and_only_an_officer_signs(officer, desk_as):
    auditor = desk_as(Role.AUDITOR, number=5)
    assert auditor.ask(access_of, AskAccess())
    with pytest.raises(NotAllowed):
        sign(auditor, {3: Verdict.KEEP, 5: Verdict.KEEP})
    with pytest.raises(NotAllowed):
        desk_as(Role.BILLER, number=2).ask(access_of, AskAccess())


@given(st.dates(date(2025, 1, 1), date(2040, 1, 1)))
def test_every_day_lies_in_its_quarter(day):
    first = quarter_of(day)
    assert first <= day < next_quarter(first)
    assert (first.day, first.month % 3) == (1, 1)
    assert 90 <= (next_quarter(first) - first).days <= 92
    assert all(next_quarter(each) <= day for each in finished(date(2025, 1, 1), day))
    assert not is_overdue(first, next_quarter(first) + timedelta(days=29))
    assert is_overdue(first, next_quarter(first) + timedelta(days=30))


def test_a_quarter_is_said_in_words():
    assert say_quarter(QUARTER) == "October to December 2026"
