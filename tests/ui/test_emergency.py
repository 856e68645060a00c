"""Emergency access at a real window: asked for, seen while it runs, gone with the time, the button or a lock (A4)."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton

from medbill_desktop.domain.emergency import OPENS, EmergencyReason
from medbill_desktop.domain.users import RIGHTS, Role
from medbill_desktop.ui.dialogs.secure_dialog import SecureDialog
from medbill_desktop.ui.emergency import AlertBar, EmergencyDialog, RefusedPage
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages.audit import AuditPage
from medbill_desktop.ui.places import PageSpec, PatientPlace
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import label
from medbill_desktop.usecases.emergency import AskAlerts, BeginEmergency, begin_emergency, list_alerts
from medbill_desktop.usecases.patients import open_patient
from medbill_desktop.usecases.users import my_account
from tests.office_factory import make_office
from tests.ui import window as stage
from tests.ui.page_window import PageWindow

HIDDEN = "Whitfield, Nora"
WHY = "The patient lies unconscious in room two"
PATIENCE_MS = 15_000


class RecordPage(Page):
    def __init__(self, desk, jobs, shell):
        super().__init__(desk, jobs, shell, "Patient")
        self.places = []
        self.add(label(HIDDEN))

    def open(self, place):
        self.places.append(place)


SPECS = (
    PageSpec("notes", "Notes", "ph.note-pencil", my_account, stage.NotePage),
    PageSpec("patient", "Patient", "ph.user", open_patient, RecordPage, rail=False, parent="notes"),
)


@pytest.fixture
def window(tmp_path, qtbot, monkeypatch):
    office, facts = make_office(tmp_path)
    office.facts = facts
    monkeypatch.setitem(RIGHTS, Role.OWNER, RIGHTS[Role.OWNER] - OPENS)
    made = stage.make_window(office, tmp_path, qtbot, specs=SPECS)
    made.sit_down(office.desk)
    made.workspace.start_backup = lambda occasion: False
    made.office = office
    yield made
    made.close()
    office.close()


def shown(window):
    return " ".join(each.text() for each in window.findChildren(QLabel) if each.isVisible())


def begin(window, qtbot):
    """Be refused a record, and ask for it."""
    window.workspace.go("patient", PatientPlace(7))
    refused = window.findChild(RefusedPage)
    assert "may not view patient accounts" in shown(window)
    QTest.mouseClick(refused.button, Qt.MouseButton.LeftButton)
    (dialog,) = [each for each in SecureDialog.living() if isinstance(each, EmergencyDialog)]
    return dialog


def wait(qtbot, holds):
    qtbot.waitUntil(holds, timeout=PATIENCE_MS)


def opened(window, qtbot):
    dialog = begin(window, qtbot)
    dialog.reason.field.set_value(EmergencyReason.DANGER)
    dialog.words.field.setPlainText(WHY)
    dialog.go.click()
    wait(qtbot, lambda: window.workspace.urgent.bar is not None and window.workspace.current == "patient")
    window.workspace.start_backup = lambda occasion: False
    return window.workspace


def test_a_refused_page_asks_why_then_opens_at_the_place_that_was_wanted(window, qtbot):
    work = opened(window, qtbot)
    assert work.page.places == [PatientPlace(7)]
    assert HIDDEN in shown(window)
    assert work.urgent.bar.words.startswith("Emergency access: 30:00 left")
    assert work.property("ground") == "alarm"


def test_without_a_reason_or_words_nothing_begins(window, qtbot):
    dialog = begin(window, qtbot)
    dialog.go.click()
    assert dialog.reason.problem == "Choose why."
    assert dialog.words.problem
    assert window.office.desk.emergency is None
    dialog.reject()


def test_ctrl_k_offers_it_to_whom_it_helps(window, qtbot):
    found = window.workspace.finding.search("emergency")
    assert [each.title for each in found] == ["Emergency access"]
    opened(window, qtbot)
    assert window.workspace.finding.search("emergency") == []


def test_end_now_takes_the_pages_and_the_frame_away(window, qtbot):
    work = opened(window, qtbot)
    work.urgent.bar.end_now.click()
    wait(qtbot, lambda: window.workspace.urgent.bar is None)
    assert window.office.desk.emergency is None
    assert HIDDEN not in shown(window)
    assert window.findChildren(RecordPage) == []


def test_the_time_takes_them_away(window, qtbot):
    work = opened(window, qtbot)
    window.office.clock.move(minutes=29)
    work.urgent.bar.look()
    assert "1:00 left" in work.urgent.bar.words
    window.office.touch(window.office.clock.monotonic())
    window.office.clock.move(minutes=1)
    work.urgent.bar.look()
    wait(qtbot, lambda: window.workspace.urgent.bar is None)
    assert window.findChildren(RecordPage) == []


def test_a_lock_ends_it_and_the_same_person_comes_back_without(window, qtbot):
    opened(window, qtbot)
    window.lock.lock_now()
    assert HIDDEN not in shown(window)
    desk = window.office.unlock(window.office.facts.password)
    assert desk.emergency is None
    window._on_unlocked(desk)
    assert window.workspace.urgent.bar is None
    assert window.findChildren(RecordPage) == []


def test_an_officer_sees_it_at_once_and_until_it_is_signed(vault, desk_as, tmp_path, qtbot, monkeypatch):
    monkeypatch.setitem(RIGHTS, Role.FRONT_DESK, RIGHTS[Role.FRONT_DESK] - OPENS)
    clerk = desk_as(Role.FRONT_DESK, number=7)
    clerk.run(begin_emergency, BeginEmergency(clerk.new_id(), EmergencyReason.NOBODY, WHY))
    officer = desk_as(Role.PRIVACY_OFFICER, number=8)
    made = PageWindow(officer)
    qtbot.addWidget(made)
    bar = AlertBar(officer, made.jobs)
    made.layout().addWidget(bar)
    page = made.put(AuditPage, "emergency")
    wait(qtbot, bar.isVisible)
    assert bar.words.startswith("Person 7 used emergency access")
    table = page.findChild(Table, "emergencies")
    wait(qtbot, lambda: table.rows.rowCount() == 1)
    table.opened.emit(table.rows.line(0))
    sign = page.panel.findChild(QPushButton, "sign_emergency")
    note = page.panel.findChild(QPlainTextEdit, "emergency_comment")
    sign.click()
    assert officer.ask(list_alerts, AskAlerts(unsigned=True))
    note.setPlainText("Spoke with her: it was right")
    sign.click()
    wait(qtbot, lambda: not bar.isVisible())
    assert officer.ask(list_alerts, AskAlerts(unsigned=True)) == ()
