"""A practice manager reads and signs for the own staff; owners and officers are above (SECURITY 4, A17)."""

from datetime import timedelta

import pytest

from medbill_desktop.domain.problems import Invalid, NotAllowed, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import users
from medbill_desktop.usecases.audit_log import ListAudit, ListPeople, list_audit, list_people
from medbill_desktop.usecases.audit_review import AskReviews, SignReview, review_status, sign_review
from medbill_desktop.usecases.own_staff import AskScope, log_scope
from medbill_desktop.usecases.staff_review import AskStaffReviews, SignStaffReview, sign_staff_review, staff_status
from medbill_desktop.usecases.unusual import FindUnusual, find_unusual
from medbill_desktop.usecases.users import my_account

DESK, BILLER, OFFICER, OWNER, MANAGER, AUDITOR = range(11, 17)
ROLES = {
    DESK: Role.FRONT_DESK, BILLER: Role.BILLER, OFFICER: Role.PRIVACY_OFFICER, OWNER: Role.OWNER,
    MANAGER: Role.MANAGER, AUDITOR: Role.AUDITOR,
}  # fmt: skip


@pytest.fixture
def seats(desk_as, clock):
    """One person of each role, and a bulk export by each, which is a finding."""
    made = {number: desk_as(role, number=number) for number, role in ROLES.items()}
    for each in made.values():
        each.record("report.export", rows=500)
    return made


def whose(desk, **asked):
    return {row.user_id for row in desk.ask(list_audit, ListAudit(limit=1000, **asked))}


def test_the_manager_reads_the_rows_of_the_own_staff_and_the_own(seats):
    manager = seats[MANAGER]
    assert whose(manager) == {DESK, BILLER, MANAGER, AUDITOR}
    assert whose(manager, user_id=OWNER) == set()
    assert {each.id for each in manager.ask(list_people, ListPeople())} == {DESK, BILLER, MANAGER, AUDITOR}
    assert not manager.ask(log_scope, AskScope())


@pytest.mark.parametrize("reader", [OWNER, OFFICER, AUDITOR])
def test_owners_officers_and_auditors_read_everybodys(seats, reader):
    assert whose(seats[reader]) >= set(ROLES)
    assert seats[reader].ask(log_scope, AskScope())


def test_a_row_can_not_be_fetched_by_its_number_instead(seats):
    by_owner = next(row.seq for row in seats[OWNER].ask(list_audit, ListAudit(user_id=OWNER)))
    assert seats[MANAGER].ask(list_audit, ListAudit(seqs=(by_owner,))) == ()


def test_a_named_officer_is_above_whatever_the_role_and_a_former_owner_stays_so(seats, vault):
    with vault.writer.begin() as conn:
        users.set_officers(conn, users.Officers(BILLER, OFFICER))
        users.set_active(conn, OWNER, False)
    assert whose(seats[MANAGER]) == {DESK, MANAGER, AUDITOR}


def test_findings_are_those_of_the_own_staff(seats, clock):
    day = clock.today()
    asked = FindUnusual(day, day + timedelta(days=1))
    everybody = {each.user_id for each in seats[OFFICER].ask(find_unusual, asked)}
    own = {each.user_id for each in seats[MANAGER].ask(find_unusual, asked)}
    assert own <= {DESK, BILLER, MANAGER, AUDITOR}
    assert everybody > own


def test_the_manager_signs_for_the_staff_and_the_officers_review_stays_open(seats, clock):
    week = clock.today() - timedelta(days=clock.today().weekday())
    clock.move(days=7)
    manager = seats[MANAGER]
    found = len(manager.ask(find_unusual, FindUnusual(week, week + timedelta(days=6))))
    assert found
    with pytest.raises(Refused, match="changed since you looked"):
        sign(manager, week, found + 1)
    with pytest.raises(Invalid, match="what you made of the findings"):
        sign(manager, week, found, "ok")
    sign(manager, week, found)
    with pytest.raises(Refused, match="signed already"):
        sign(manager, week, found)
    line = manager.ask(staff_status, AskStaffReviews())[0]
    assert (line.week, line.findings, line.signed_by) == (week, found, manager.user.name)
    officer = seats[OFFICER]
    assert not officer.ask(review_status, AskReviews())[0].signed
    whole = len(officer.ask(find_unusual, FindUnusual(week, week + timedelta(days=6))))
    assert whole > found
    officer.run(sign_review, SignReview(officer.new_id(), week, whole, "Looked at each of them."))
    assert manager.ask(review_status, AskReviews()) == ()


def sign(desk, week, findings, words="Looked at each of them."):
    return desk.run(sign_staff_review, SignStaffReview(desk.new_id(), week, findings, words))


def test_nobody_below_signs_or_reads(seats):
    for number in (DESK, BILLER):
        with pytest.raises(NotAllowed):
            seats[number].ask(list_audit, ListAudit())
        with pytest.raises(NotAllowed):
            seats[number].ask(staff_status, AskStaffReviews())
    with pytest.raises(NotAllowed):
        seats[AUDITOR].ask(staff_status, AskStaffReviews())
    with pytest.raises(NotAllowed):
        seats[MANAGER].run(sign_review, SignReview(seats[MANAGER].new_id(), seats[MANAGER].clock.today(), 0, ""))
    assert seats[DESK].ask(my_account, None).name
