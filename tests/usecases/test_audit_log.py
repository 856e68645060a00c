"""The log is read, exported, judged and signed off at the door, on a real encrypted database."""

import csv
import io
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select, update

from medbill_desktop.domain.audit_facts import Rule
from medbill_desktop.domain.problems import Invalid, NotAllowed, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.accounts import OpenAccount, open_account
from medbill_desktop.usecases.audit_log import (
    ExportAudit,
    ListAudit,
    ListPeople,
    export_audit,
    list_audit,
    list_people,
)
from medbill_desktop.usecases.audit_review import AskReviews, SignReview, review_status, sign_review
from medbill_desktop.usecases.patients import OpenPatient, open_patient
from medbill_desktop.usecases.unusual import FindUnusual, find_unusual
from medbill_desktop.usecases.visits import PatientVisits, patient_visits
from tests.people import register

TODAY = date(2026, 11, 18)  # a Wednesday; the clock of the tests stands at 15:00 UTC
DAYS = FindUnusual(TODAY - timedelta(days=1), TODAY + timedelta(days=1))  # wherever the tests run


def only(rows, **wanted):
    return [each for each in rows if all(getattr(each, name) == value for name, value in wanted.items())]


def audited(vault, action):
    with vault.reader.begin() as conn:
        return conn.execute(select(t.audit).where(t.audit.c.action == action).order_by(t.audit.c.seq)).all()


def register_long_ago(desk, vault, last="Ortiz", first="Ana", days=100, **more):
    """Register somebody so long ago that nothing of it is a billing reason, and forget the row of it."""
    done = register(desk, last, first, **more)
    with vault.writer.begin() as conn:
        created = desk.clock.now() - timedelta(days=days)
        conn.execute(update(t.patient).where(t.patient.c.id == done.patient_id).values(created_at=created))
    return done.patient_id


@pytest.fixture
def past(clock):
    """Let the clock stand a hundred days before, until `past()` brings it to today."""
    clock.move(days=-100)
    return lambda: clock.move(days=100)


def test_who_opened_a_patient_s_record_is_listed_newest_first(desk, desk_as):
    one, other = register(desk).patient_id, register(desk, "Lind").patient_id
    clerk = desk_as(Role.FRONT_DESK, number=5)
    clerk.ask(open_patient, OpenPatient(one))
    clerk.ask(open_account, OpenAccount(one))
    clerk.ask(open_patient, OpenPatient(other))
    rows = desk.ask(list_audit, ListAudit(patient_id=one, actions=("patient.open", "account.open")))
    assert [(each.action, each.user_name, each.patient) for each in rows] == [
        ("account.open", "Person 5", "Ortiz, Ana"),
        ("patient.open", "Person 5", "Ortiz, Ana"),
    ]
    assert rows[0].account
    assert "Ortiz" not in repr(rows)


def test_rows_behind_a_finding_are_read_by_their_numbers(desk):
    register(desk)
    register(desk, "Lind")
    assert [each.seq for each in desk.ask(list_audit, ListAudit(seqs=(2, 1, 99)))] == [2, 1]


def test_the_people_of_the_log_are_all_that_ever_were(desk, desk_as, vault):
    desk_as(Role.BILLER, number=4)
    with vault.writer.begin() as conn:
        conn.execute(update(t.user).where(t.user.c.id == 4).values(active=False))
    assert [(each.name, each.active) for each in desk.ask(list_people, ListPeople())] == [
        ("Person 1", True),
        ("Person 4", False),
    ]


def test_an_export_is_inert_ends_in_the_head_and_is_audited(desk, vault):
    register(desk, "=HYPERLINK(1)", "Ana")
    lines = desk.ask(list_audit, ListAudit())
    rows = list(csv.reader(io.StringIO(desk.ask(export_audit, ExportAudit(lines)).decode("utf-8-sig"))))
    assert rows[0][0] == "Row"
    assert rows[1][6].startswith("'=HYPERLINK")
    with vault.reader.begin() as conn:
        read = conn.execute(select(t.audit).where(t.audit.c.action == "audit.read")).one()
    assert rows[-1] == ["Chain head", str(read.seq), read.mac.hex()[:16]]
    (row,) = audited(vault, "audit.export")
    assert '"rows":1' in row.detail
    assert "HYPERLINK" not in row.detail


def test_who_may_read_but_not_export_is_refused(desk_as, vault):
    auditor = desk_as(Role.AUDITOR)
    auditor.ask(list_audit, ListAudit())
    with pytest.raises(NotAllowed):
        auditor.ask(export_audit, ExportAudit(()))
    assert [each.outcome for each in audited(vault, "audit.export")] == ["denied"]


def test_what_is_unusual_is_found_from_the_real_rows_and_told_in_the_log(desk, desk_as, vault, past):
    bare, owner = register_long_ago(desk, vault), register_long_ago(desk, vault, "1", "Person", phone="2075550199")
    past()
    clerk = desk_as(Role.FRONT_DESK, number=1)
    clerk.ask(open_patient, OpenPatient(bare))
    clerk.ask(patient_visits, PatientVisits(bare))
    clerk.ask(open_patient, OpenPatient(owner))
    found = [each for each in desk.ask(find_unusual, DAYS) if each.rule is not Rule.OFF_HOURS]
    seen = {each.rule: each for each in found}
    assert set(seen) == {Rule.NO_REASON, Rule.OWN_RECORD, Rule.HOUSEHOLD}
    assert seen[Rule.OWN_RECORD].patient_ids == (owner,)
    assert seen[Rule.HOUSEHOLD].patient_ids == (bare,)
    assert set(seen[Rule.NO_REASON].patient_ids) == {bare, owner}
    rows = desk.ask(list_audit, ListAudit(seqs=seen[Rule.NO_REASON].seqs))
    assert [each.action for each in rows] == ["patient.open", "visit.patient", "patient.open"]
    (row,) = audited(vault, "audit.unusual")
    assert '"findings":' in row.detail


def test_a_person_who_was_removed_is_known_from_the_log(desk, desk_as, vault, clock):
    clerk, number = desk_as(Role.FRONT_DESK, number=3), register(desk).patient_id
    with vault.writer.begin() as conn:
        conn.execute(update(t.user).where(t.user.c.id == 3).values(active=False))
    desk.record("user.deactivate")
    with vault.writer.begin() as conn:
        last = conn.execute(select(t.audit).order_by(t.audit.c.seq.desc()).limit(1)).mappings().one()
        conn.execute(insert(t.audit).values({**last, "seq": last["seq"] + 1, "subject_kind": "user", "subject_id": 3}))
    clock.move(minutes=5)
    clerk.ask(open_patient, OpenPatient(number))
    found = only(desk.ask(find_unusual, DAYS), rule=Rule.REMOVED)
    assert [each.person for each in found] == ["Person 3"]


def test_days_that_make_no_sense_are_refused(desk):
    with pytest.raises(Refused, match="first day"):
        desk.ask(find_unusual, FindUnusual(TODAY, TODAY - timedelta(days=1)))


def a_log_that_began(vault, desk, weeks):
    with vault.writer.begin() as conn:
        conn.execute(insert(t.audit).values(
            seq=1, at=desk.clock.now() - timedelta(weeks=weeks), workstation=1, session="s", action="practice.setup",
            outcome="done", detail="{}", mac=b"m" * 32))  # fmt: skip


def test_every_finished_week_since_the_log_began_waits_to_be_signed(desk, vault):
    a_log_that_began(vault, desk, 3)
    weeks = desk.ask(review_status, AskReviews())
    assert [each.week for each in weeks] == [date(2026, 11, 9), date(2026, 11, 2), date(2026, 10, 26)]
    assert [each.overdue for each in weeks] == [False, True, True]


def test_a_week_becomes_overdue_when_the_next_one_has_ended(desk, vault, clock):
    a_log_that_began(vault, desk, 1)
    assert [each.overdue for each in desk.ask(review_status, AskReviews())] == [False]
    clock.move(days=4)  # Sunday
    assert [each.overdue for each in desk.ask(review_status, AskReviews())] == [False]
    clock.move(days=1)
    assert [each.overdue for each in desk.ask(review_status, AskReviews())] == [False, True]


def test_a_week_is_signed_once_with_who_and_what(desk, vault):
    a_log_that_began(vault, desk, 1)
    week = desk.ask(review_status, AskReviews())[0].week
    desk.run(sign_review, SignReview(desk.new_id(), week, 0, ""))
    (line,) = desk.ask(review_status, AskReviews())
    assert (line.signed_by, line.findings, line.overdue) == ("Person 1", 0, False)
    with pytest.raises(Refused, match="signed already"):
        desk.run(sign_review, SignReview(desk.new_id(), week, 0, ""))
    done = [each for each in audited(vault, "review.sign") if each.outcome == "done"]
    assert len(done) == 1


def test_findings_need_a_comment_that_stays_out_of_the_log(desk, desk_as, vault, clock, past):
    bare = register_long_ago(desk, vault)
    past()
    desk_as(Role.FRONT_DESK, number=3).ask(open_patient, OpenPatient(bare))
    clock.move(days=7)
    week = date(2026, 11, 16)
    count = len(desk.ask(find_unusual, FindUnusual(week, week + timedelta(days=6))))
    assert count
    with pytest.raises(Invalid, match="Say what you made"):
        desk.run(sign_review, SignReview(desk.new_id(), week, count, "ok"))
    with pytest.raises(Refused, match="changed since you looked"):
        desk.run(sign_review, SignReview(desk.new_id(), week, count + 1, "Asked the clerk about it."))
    desk.run(sign_review, SignReview(desk.new_id(), week, count, "Asked the clerk about it."))
    assert all("clerk" not in each.detail for each in audited(vault, "review.sign"))
    assert only(desk.ask(review_status, AskReviews()), week=week)[0].comment == "Asked the clerk about it."


@pytest.mark.parametrize("week", [date(2026, 11, 16), date(2026, 11, 10)])
def test_only_a_whole_week_that_has_ended_is_signed(desk, week):
    with pytest.raises(Refused, match="after its Sunday"):
        desk.run(sign_review, SignReview(desk.new_id(), week, 0, ""))


def test_a_signed_review_can_not_be_rewritten(desk, vault):
    a_log_that_began(vault, desk, 1)
    desk.run(sign_review, SignReview(desk.new_id(), date(2026, 11, 9), 0, ""))
    for change in (update(t.audit_review).values(findings=0), t.audit_review.delete()):
        with pytest.raises(Exception, match="stays as it is"), vault.writer.begin() as conn:
            conn.execute(change)
