"""The Audit log page, worked as an officer works it."""

from datetime import date, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from sqlalchemy import insert, select, update

from medbill_desktop.domain.audit_facts import Rule
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import tables as t
from medbill_desktop.ui.pages import PAGES
from medbill_desktop.ui.pages.audit import AuditPage
from medbill_desktop.ui.pages.audit_weeks import ReviewPanel
from medbill_desktop.ui.pages.patient import PatientPage
from medbill_desktop.ui.pages.today import TodayPage
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.usecases.audit_log import AuditLine
from medbill_desktop.usecases.patients import OpenPatient, open_patient
from tests.ledger_rows import furnish
from tests.office_factory import make_office
from tests.people import register
from tests.ui.page_window import PageWindow

PATIENCE_MS = 20_000
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


class Window(PageWindow):
    def __init__(self, desk):
        super().__init__(desk)
        self.saved = []

    def save_file(self, title, suggested, data, then=None):
        self.saved.append((suggested, data))


@pytest.fixture
def window_as(qtbot, vault, desk_as):
    furnish(vault)
    shown = []

    def make(role=Role.OWNER):
        made = Window(desk_as(role))
        qtbot.addWidget(made)
        shown.append(made)
        return made

    yield make
    for each in shown:
        each.jobs.close()


def wait(qtbot, holds):
    qtbot.waitUntil(holds, timeout=PATIENCE_MS)


def quiet(qtbot, window):
    wait(qtbot, lambda: not window.jobs.under_way)


def lines(page):
    model = page.findChild(Table, "audit").rows
    return [each for each in (model.line(at) for at in range(model.rowCount())) if isinstance(each, AuditLine)]


def words(page):
    return " ".join(each.text() for each in page.panel.findChildren(QLabel))


def fill(vault, clock, count):
    """Write many rows at once."""
    with vault.writer.begin() as conn:
        first = len(conn.execute(select(t.audit.c.seq)).all()) + 1
        conn.execute(insert(t.audit), [
            {"seq": first + n, "at": clock.now() - timedelta(days=1), "user_id": 2, "workstation": 1, "session": "s",
             "action": "patient.search", "outcome": "done", "detail": "{}", "mac": b"m" * 32}
            for n in range(count)
        ])  # fmt: skip


def test_the_page_is_for_those_who_may_read_the_log():
    spec = next(each for each in PAGES if each.key == "audit")
    assert spec.at_foot
    assert spec.title == "Audit log"


def test_rows_stand_newest_first_in_words_and_older_ones_come_on_sight(qtbot, window_as, vault, clock):
    window = window_as()
    fill(vault, clock, 450)
    page = window.put(AuditPage)
    quiet(qtbot, window)
    assert len(lines(page)) == 200
    table = page.findChild(Table, "audit")
    assert "Searched for patients" in [table.rows.index(0, at).data() for at in range(7)]
    for _ in range(2):
        table.verticalScrollBar().setValue(table.verticalScrollBar().maximum())
        quiet(qtbot, window)
    seqs = [each.seq for each in lines(page)]
    assert seqs == sorted(set(seqs), reverse=True)
    assert seqs[-1] == 1


def test_the_log_is_narrowed_down_by_person_action_and_outcome(qtbot, window_as, vault, desk_as):
    window = window_as()
    patient_id = register(desk_as(Role.FRONT_DESK, number=7)).patient_id
    desk_as(Role.BILLER, number=8).ask(open_patient, OpenPatient(patient_id))
    page = window.put(AuditPage)
    quiet(qtbot, window)
    page.log.person.set_value(8)
    page.log.person.activated.emit(0)
    quiet(qtbot, window)
    assert {each.user_name for each in lines(page)} == {"Person 8"}
    page.log.show_all()
    page.log.action.setFocus()
    qtbot.keyClicks(page.log.action, "registered a")
    wait(qtbot, lambda: page.log.action.is_open)
    qtbot.keyClick(page.log.action, Qt.Key.Key_Return)
    quiet(qtbot, window)
    assert [each.action for each in lines(page)] == ["patient.register"]
    page.log.show_all()
    page.log.outcome.set_value("denied")
    page.log.outcome.activated.emit(0)
    quiet(qtbot, window)
    assert lines(page) == []


def test_days_that_are_none_are_said_under_their_field(qtbot, window_as):
    window = window_as()
    page = window.put(AuditPage)
    quiet(qtbot, window)
    page.log.filters.fields["since"].field.setText("13/40")
    page.log.filters.fields["since"].field.left.emit()
    assert page.log.filters.fields["since"].problem


def test_a_row_opens_into_its_facts_in_words(qtbot, window_as, desk_as):
    window = window_as()
    register(window.desk)
    page = window.put(AuditPage)
    quiet(qtbot, window)
    table = page.findChild(Table, "audit")
    assert table.choose(next(each.id for each in lines(page) if each.action == "patient.register"))
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert {"Ortiz, Ana", "Coverages", "Person 2", "Done"} <= {each.text() for each in page.panel.findChildren(QLabel)}
    qtbot.keyClick(page.panel, Qt.Key.Key_Escape)
    assert page.panel.isHidden()


def test_a_patient_s_access_history_opens_from_the_record(qtbot, window_as):
    window = window_as()
    patient_id = register(window.desk).patient_id
    page = window.put(PatientPage, PatientPlace(patient_id, "details"))
    quiet(qtbot, window)
    qtbot.keyClick(page, Qt.Key.Key_W, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert window.gone == [("audit", PatientPlace(patient_id, "access"))]


def test_the_access_history_shows_who_opened_this_record_and_no_other(qtbot, window_as, desk_as):
    window = window_as()
    one, other = register(window.desk).patient_id, register(window.desk, "Lind").patient_id
    for each in (one, other):
        desk_as(Role.FRONT_DESK, number=9).ask(open_patient, OpenPatient(each))
    page = window.put(AuditPage, PatientPlace(one, "access"))
    quiet(qtbot, window)
    assert [(each.user_name, each.action, each.patient_id) for each in lines(page)] == [
        ("Person 9", "patient.open", one)
    ]
    page.leave()
    assert lines(page) == []
    assert page.log.patient.text() == ""


def test_who_may_not_read_the_log_can_not_ask_who_opened_a_record(qtbot, window_as):
    window = window_as(Role.FRONT_DESK)
    patient_id = register(window.desk).patient_id
    page = window.put(PatientPage, PatientPlace(patient_id, "details"))
    quiet(qtbot, window)
    qtbot.keyClick(page, Qt.Key.Key_W, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert window.gone == []


def test_the_shown_rows_are_exported_with_the_head(qtbot, window_as):
    window = window_as()
    register(window.desk)
    page = window.put(AuditPage)
    quiet(qtbot, window)
    qtbot.keyClick(page, Qt.Key.Key_S, CTRL)
    wait(qtbot, lambda: len(window.saved) == 1)
    ((name, data),) = window.saved
    assert name == "audit-log.csv"
    assert data.decode("utf-8-sig").splitlines()[-1].startswith("Chain head,")


def test_an_auditor_reads_but_does_not_export(qtbot, window_as):
    window = window_as(Role.AUDITOR)
    page = window.put(AuditPage)
    quiet(qtbot, window)
    qtbot.keyClick(page, Qt.Key.Key_S, CTRL)
    quiet(qtbot, window)
    assert window.saved == []


def test_the_log_of_a_real_office_is_verified_and_said_in_words(qtbot, tmp_path):
    office, _ = make_office(tmp_path)
    window = Window(office.desk)
    qtbot.addWidget(window)
    page = window.put(AuditPage)
    quiet(qtbot, window)
    qtbot.keyClick(page, Qt.Key.Key_E, CTRL)
    quiet(qtbot, window)
    assert "Every row is as it was written." in words(page)
    window.jobs.close()
    office.close()


def test_what_is_unusual_is_shown_with_its_rows(qtbot, window_as, desk_as, vault, clock):
    window = window_as()
    clock.move(days=-40)
    register(window.desk)
    clock.move(days=40)
    with vault.writer.begin() as conn:
        conn.execute(update(t.patient).values(created_at=clock.now() - timedelta(days=100)))
        patient_id = conn.execute(select(t.patient.c.id)).scalar()
    desk_as(Role.FRONT_DESK, number=9).ask(open_patient, OpenPatient(patient_id))
    page = window.put(AuditPage)
    quiet(qtbot, window)
    qtbot.keyClick(page, Qt.Key.Key_2, ALT)
    quiet(qtbot, window)
    table = page.findChild(Table, "unusual")
    rows = [table.rows.line(at) for at in range(table.rows.rowCount())]
    wanted = next(each for each in rows if each.finding.rule is Rule.NO_REASON)
    assert wanted.finding.person == "Person 9"
    table.choose(wanted.id)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    quiet(qtbot, window)
    assert "Rows behind it: 1" in words(page)
    assert "Opened a patient's record" in words(page)
    qtbot.keyClick(page, Qt.Key.Key_G, CTRL)
    quiet(qtbot, window)
    assert [each.seq for each in lines(page)] == list(wanted.finding.seqs)
    page.log.show_all()
    quiet(qtbot, window)
    assert len(lines(page)) > 1


def began(vault, clock, weeks):
    with vault.writer.begin() as conn:
        conn.execute(insert(t.audit).values(
            seq=1, at=clock.now() - timedelta(weeks=weeks), workstation=1, session="s", action="practice.setup",
            outcome="done", detail="{}", mac=b"m" * 32))  # fmt: skip


def test_a_week_is_signed_off_by_keys(qtbot, window_as, vault, clock):
    window = window_as()
    began(vault, clock, 1)
    page = window.put(AuditPage, "review")
    quiet(qtbot, window)
    table = page.findChild(Table, "reviews")
    qtbot.keyClick(table, Qt.Key.Key_Return)
    quiet(qtbot, window)
    panel = page.panel.findChild(ReviewPanel)
    assert "Nothing stands out in this week." in words(page)
    qtbot.keyClick(panel.comment.field, Qt.Key.Key_Return, CTRL)
    wait(qtbot, lambda: "The week is signed off." in window.said)
    quiet(qtbot, window)
    assert table.rows.line(0).signed_by == "Person 2"
    assert table.rows.line(0).week == date(2026, 11, 9)


def test_an_overdue_review_stands_on_today_for_those_who_may_sign(qtbot, window_as, vault, clock):
    began(vault, clock, 3)
    whose = {Role.OWNER: "of the audit log", Role.MANAGER: "of your own staff", Role.BILLER: None}
    for role, words in whose.items():
        window = window_as(role)
        page = window.put(TodayPage)
        quiet(qtbot, window)
        assert ("audit" in page._queues) is (words is not None)
        if words is not None:
            assert page._queues["audit"].count == 2
            assert page._queues["audit"].what.endswith(words)
            page._on_queue(page._queues["audit"])
            assert window.gone == [("audit", "review")]
