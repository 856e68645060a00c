"""Emergency access at the door: what it opens, what it never opens, when it ends, and who is told (SECURITY A4)."""

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from medbill_desktop.domain.emergency import MINUTES, OPENS, Emergency, EmergencyReason
from medbill_desktop.domain.problems import Invalid, LockedError, NotAllowed, Refused
from medbill_desktop.domain.users import RIGHTS, Role
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.declare import UseCase
from medbill_desktop.usecases.emergency import (
    AskAlerts,
    BeginEmergency,
    EndEmergency,
    SignAlert,
    begin_emergency,
    end_emergency,
    list_alerts,
    sign_alert,
)
from medbill_desktop.usecases.patients import FindPatients, OpenPatient, find_patients, open_patient
from tests.ledger_rows import furnish
from tests.office_factory import make_office
from tests.people import register
from tests.usecases.test_roles import CASES, call

# Reads that end on paper or in a file: an emergency opens the screen alone.
LEAVES_THE_PROGRAM = {
    "disclosure.accounting", "document.print", "document.print_clinical", "statement.reprint", "statement.why_page",
}  # fmt: skip
WHY = "The patient lies unconscious in room two"


@pytest.fixture
def patient(desk, vault):
    furnish(vault)
    return register(desk)


@pytest.fixture
def clerk(desk_as, monkeypatch):
    """Somebody at the front desk of a practice whose roles hide the records from it."""
    monkeypatch.setitem(RIGHTS, Role.FRONT_DESK, RIGHTS[Role.FRONT_DESK] - OPENS)
    return desk_as(Role.FRONT_DESK, number=7)


def begin(desk, words=WHY, reason=EmergencyReason.DANGER):
    return desk.run(begin_emergency, BeginEmergency(desk.new_id(), reason, words))


def rows(vault, action=None):
    c = t.audit.c
    with vault.reader.begin() as conn:
        found = conn.execute(select(t.audit).order_by(c.seq)).all()
    return [each for each in found if action is None or each.action == action]


def test_it_opens_records_for_half_an_hour_and_not_a_moment_longer(clerk, patient, clock):
    with pytest.raises(NotAllowed):
        clerk.ask(open_patient, OpenPatient(patient.patient_id))
    begin(clerk)
    assert clerk.may(open_patient)
    assert clerk.ask(open_patient, OpenPatient(patient.patient_id)).account
    clock.move(minutes=29, seconds=59)
    clerk.ask(open_patient, OpenPatient(patient.patient_id))
    clock.move(seconds=1)
    assert not clerk.may(open_patient)
    assert clerk.emergency is None
    with pytest.raises(NotAllowed):
        clerk.ask(open_patient, OpenPatient(patient.patient_id))


@pytest.mark.parametrize("role", Role)
def test_it_opens_nothing_but_reads_of_records(desk_as, monkeypatch, role):
    monkeypatch.setitem(RIGHTS, role, RIGHTS[role] - OPENS)
    seated = desk_as(role, number=7)
    begin(seated)
    for name, case in CASES.items():
        if case.needs in seated.user.permissions:
            continue
        opened = case.needs in OPENS and not isinstance(case, UseCase) and name not in LEAVES_THE_PROGRAM
        assert seated.may(case) is opened, name
        if not opened:
            with pytest.raises(NotAllowed):
                call(seated, case)


def test_no_writing_use_case_is_declared_open_in_an_emergency():
    opened = {name for name, case in CASES.items() if getattr(case, "emergency", False)}
    assert "patient.open" in opened
    never = (
        "user.",
        "device.",
        "audit.",
        "report.",
        "payment.",
        "keys.",
        "backup.",
        "restore",
        "review.",
        "emergency.",
    )
    assert not [name for name in opened if name.startswith(never) or isinstance(CASES[name], UseCase)]


def test_every_read_during_it_carries_its_id_even_a_search(clerk, patient, vault):
    held = begin(clerk)
    clerk.ask(open_patient, OpenPatient(patient.patient_id))
    clerk.ask(find_patients, FindPatients("ort", 5))
    mine = [each for each in rows(vault) if each.user_id == clerk.user.id]
    assert [each.action for each in mine] == ["emergency.begin", "patient.open", "patient.find"]
    assert all(each.detail["emergency"] == held for each in map(_parsed, mine))
    assert WHY not in str(mine)
    clerk.run(end_emergency, EndEmergency(clerk.new_id()))
    with pytest.raises(NotAllowed):
        clerk.ask(find_patients, FindPatients("ort", 5))
    assert "emergency" not in _parsed(rows(vault)[-1]).detail


def test_an_officer_is_told_until_it_is_signed_off_once_and_with_a_comment(clerk, patient, vault, desk_as, clock):
    held = begin(clerk)
    clerk.ask(open_patient, OpenPatient(patient.patient_id))
    officer = desk_as(Role.PRIVACY_OFFICER, number=8)
    (alert,) = officer.ask(list_alerts, AskAlerts(unsigned=True))
    assert (alert.id, alert.words, alert.person, alert.patients) == (held, WHY, "Person 7", 1)
    assert WHY not in repr(alert)
    clock.move(days=9)
    with pytest.raises(Invalid):
        officer.run(sign_alert, SignAlert(officer.new_id(), held, "ok"))
    assert officer.ask(list_alerts, AskAlerts(unsigned=True))
    command = SignAlert(officer.new_id(), held, "Spoke with her: it was right")
    officer.run(sign_alert, command)
    officer.run(sign_alert, command)
    assert officer.ask(list_alerts, AskAlerts(unsigned=True)) == ()
    (kept,) = officer.ask(list_alerts, AskAlerts())
    assert kept.signed
    assert kept.signed_by == "Person 8"
    assert [each.outcome for each in rows(vault, "emergency.sign")] == ["refused", "done"]
    with pytest.raises(Refused, match="already"):
        officer.run(sign_alert, SignAlert(officer.new_id(), held, "Something else altogether"))


def test_nobody_signs_off_an_own_one(clerk, vault, desk_as):
    held = begin(clerk)
    officer = desk_as(Role.PRIVACY_OFFICER, number=7)
    with pytest.raises(Refused, match="own"):
        officer.run(sign_alert, SignAlert(officer.new_id(), held, "I looked at it myself"))


@pytest.mark.parametrize(("words", "reason"), [("", EmergencyReason.OTHER), ("123456789 ", EmergencyReason.DANGER),
                                               ("          ", EmergencyReason.OTHER), (WHY, "because")])  # fmt: skip
def test_without_a_reason_and_words_nothing_opens(clerk, words, reason):
    with pytest.raises(Invalid):
        begin(clerk, words, reason)
    assert clerk.emergency is None


@pytest.mark.parametrize("role", Role)
def test_nobody_begins_one_that_would_open_nothing(desk_as, role):
    seated = desk_as(role)
    opened = [case for case in CASES.values() if getattr(case, "emergency", False) and not seated.may(case)]
    if not opened:
        with pytest.raises(Refused, match="already"):
            begin(seated)
        return
    begin(seated)
    assert all(seated.may(case) for case in opened)


def test_whoever_sees_everything_needs_none_and_two_do_not_run_at_once(desk, clerk):
    with pytest.raises(Refused, match="already"):
        begin(desk)
    begin(clerk)
    with pytest.raises(Refused, match="already"):
        begin(clerk)


def test_what_could_not_be_written_opens_nothing(clerk, vault, monkeypatch):
    monkeypatch.setattr("medbill_desktop.usecases.desk.audit.append_all", _fails)
    with pytest.raises(OSError):
        begin(clerk)
    assert clerk.emergency is None
    with vault.reader.begin() as conn:
        assert conn.execute(select(t.emergency_access)).all() == []


def test_the_same_command_does_not_open_twice(clerk):
    command = BeginEmergency(clerk.new_id(), EmergencyReason.OTHER, WHY)
    made = clerk.run(begin_emergency, command)
    clerk.run(end_emergency, EndEmergency(clerk.new_id()))
    assert clerk.run(begin_emergency, command) == made
    assert clerk.emergency is None


@pytest.mark.parametrize("change", [
    update(t.emergency_access).values(words="x"), update(t.emergency_access).values(user_id=2),
    delete(t.emergency_access),
])  # fmt: skip
def test_the_row_stays_as_it_was_begun(clerk, vault, change):
    begin(clerk)
    with pytest.raises(DBAPIError), vault.writer.begin() as conn:
        conn.execute(change)


def test_a_lock_another_person_or_a_seal_ends_it(tmp_path, monkeypatch):
    office, facts = make_office(tmp_path)
    try:
        desk = office.desk
        seat = desk._session
        emergency = Emergency(desk.new_id(), office.clock.now() + timedelta(minutes=MINUTES))
        seat.begin_emergency(emergency)
        assert desk.emergency == emergency
        office.lock("key")
        assert seat.emergency is None
        with pytest.raises(LockedError):
            desk.ask(list_alerts, AskAlerts())
        assert office.unlock(facts.password).emergency is None
        seat.begin_emergency(emergency)
        assert seat.emergency == emergency
        monkeypatch.setattr(office.clock, "now", lambda: emergency.until - timedelta(hours=9))
        assert seat.emergency == emergency
        office.clock.move(minutes=MINUTES)
        assert seat.emergency is None  # set back by hand, the wall clock holds nothing open
    finally:
        office.close()


def _parsed(row):
    return SimpleNamespace(**(row._asdict() | {"detail": json.loads(row.detail)}))


def _fails(*_):
    raise OSError("no room")
