"""The first page of the day: what waits, and who comes, on a real practice."""

from datetime import date

import pytest
from PySide6.QtCore import Qt

from medbill_desktop.domain.users import Role
from medbill_desktop.ui.help import help_text
from medbill_desktop.ui.pages import PAGES
from medbill_desktop.ui.pages.today import QUEUES, QueueRow, TodayPage, VisitRow
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.theme import Metric, Tone
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.usecases.coverages import EndCoverage, end_coverage
from medbill_desktop.usecases.patients import OpenPatient, open_patient
from medbill_desktop.usecases.today import AskQueues, Waiting, work_waiting
from medbill_desktop.usecases.visits import DayVisits, day_visits
from tests.ledger_rows import FEES, PLACE, PROVIDER, charge, furnish, pay
from tests.office_factory import make_office
from tests.people import a_payer, a_visit, insured, register
from tests.ui.page_window import PageWindow

PATIENCE_MS = 20_000
TODAY, YESTERDAY = date(2026, 11, 18), date(2026, 11, 17)
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window_as(qtbot, vault, desk_as):
    furnish(vault)
    shown = []

    def make(role=Role.OWNER):
        made = PageWindow(desk_as(role))
        qtbot.addWidget(made)
        shown.append(made)
        return made

    yield make
    for each in shown:
        each.jobs.close()


def wait(qtbot, holds):
    qtbot.waitUntil(holds, timeout=PATIENCE_MS)


def rows(page, name, kind):
    model = page.findChild(Table, name).rows
    found = [model.line(at) for at in range(model.rowCount())]
    return [each for each in found if isinstance(each, kind)]


def queues(page):
    return {each.id: each for each in rows(page, "queues", QueueRow)}


def visits(page):
    return rows(page, "day_visits", VisitRow)


def test_what_waits_is_counted_over_the_whole_practice(desk, vault):
    furnish(vault)
    who, other = register(desk, "Abbott", "Glen"), register(desk, "Brandt", "Olga")
    a_visit(desk, who.patient_id, PROVIDER, PLACE, YESTERDAY)
    a_visit(desk, other.patient_id, PROVIDER, PLACE, date(2026, 11, 3))
    a_visit(desk, other.patient_id, PROVIDER, PLACE, TODAY)
    charge(desk, who, "99213", day=date(2026, 11, 5))
    pay(desk, other, 25_00)
    found = desk.ask(work_waiting, AskQueues())
    assert found.visits == Waiting(2, date(2026, 11, 3))
    assert found.credits == Waiting(1, TODAY, 25_00)
    assert found.statements == Waiting(1, cents=FEES["99213"])


def test_the_page_opens_with_what_waits_and_ctrl_enter_begins(qtbot, desk, window_as):
    who = register(desk, "Abbott", "Glen")
    pay(desk, who, 25_00)
    window = window_as()
    page = window.put(TodayPage)
    wait(qtbot, lambda: "payments" in queues(page))
    assert queues(page)["payments"].count == 1
    assert queues(page)["payments"].cents == 25_00
    assert queues(page)["charges"].state.tone is Tone.OK
    wait(qtbot, lambda: rows(page, "queues", QueueRow)[0].waits)
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    assert window.gone[0][0] == next(each.id for each in rows(page, "queues", QueueRow) if each.waits)


def test_a_list_opens_by_enter(qtbot, window_as):
    window = window_as(Role.BILLER)
    page = window.put(TodayPage)
    table = page.findChild(Table, "queues")
    wait(qtbot, lambda: "statements" in queues(page))
    table.choose("statements")
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert window.gone == [("statements", None)]


def test_the_visits_of_the_day_tell_who_pays_and_what_lacks_a_charge(qtbot, desk, window_as):
    window = window_as()
    nobody_pays, self_pay = register(desk, "Abbott", "Glen"), register(desk, "Brandt", "Olga")
    plan = insured(desk, "Ortiz", "Ana")
    for each, more in ((plan, {}), (self_pay, {"self_pay": True}), (nobody_pays, {})):
        a_visit(desk, each.patient_id, PROVIDER, PLACE, TODAY, **more)
    page = window.put(TodayPage)
    wait(qtbot, lambda: len(visits(page)) == 3)
    told = {each.line.patient: each for each in visits(page)}
    assert visits(page)[0].line.patient == "Abbott, Glen"  # what needs a person stands on top
    assert told["Abbott, Glen"].coverage.tone is Tone.WARN
    assert told["Brandt, Olga"].coverage is None
    assert told["Ortiz, Ana"].coverage is None
    assert told["Ortiz, Ana"].charge.word == "Not yet charged"
    qtbot.keyClick(page, Qt.Key.Key_PageUp, CTRL)
    wait(qtbot, lambda: visits(page) == [])


def test_a_visit_whose_coverage_ended_says_since_when(qtbot, desk, window_as):
    window = window_as()
    payer_id = a_payer(desk)
    for last, chosen, last_day in (
        ("Ortiz", False, date(2026, 10, 31)), ("Brandt", True, YESTERDAY), ("Quill", True, TODAY),
    ):  # fmt: skip
        who = insured(desk, last, "Ana", payer_id=payer_id, member_id=f"{last}1")
        coverage_id = desk.ask(open_patient, OpenPatient(who.patient_id)).coverages[0].id
        a_visit(desk, who.patient_id, PROVIDER, PLACE, TODAY, coverage_id=coverage_id if chosen else None)
        desk.run(end_coverage, EndCoverage(desk.new_id(), coverage_id, last_day))
    page = window.put(TodayPage)
    wait(qtbot, lambda: len(visits(page)) == 3)
    told = {each.line.patient: each.coverage for each in visits(page)}
    assert told["Ortiz, Ana"].word == "Ended 10/31/2026"
    assert told["Brandt, Ana"].word == "Ended 11/17/2026"
    assert told["Brandt, Ana"].tone is Tone.WARN
    assert told["Quill, Ana"] is None
    assert visits(page)[-1].line.patient == "Quill, Ana"


def test_a_visit_of_another_day_without_a_charge_says_so(qtbot, desk, window_as):
    window = window_as()
    who = register(desk, "Abbott", "Glen")
    a_visit(desk, who.patient_id, PROVIDER, PLACE, YESTERDAY)
    page = window.put(TodayPage)
    qtbot.keyClick(page, Qt.Key.Key_PageUp, CTRL)
    wait(qtbot, lambda: len(visits(page)) == 1)
    assert visits(page)[0].charge.word == "Charge missing"
    assert page.day == YESTERDAY
    page.leave()
    assert page.day == TODAY


def test_keys_lead_from_a_visit_to_patient_charge_and_payment(qtbot, desk, window_as):
    window = window_as()
    who = register(desk, "Abbott", "Glen")
    a_visit(desk, who.patient_id, PROVIDER, PLACE, TODAY)
    [line] = desk.ask(day_visits, DayVisits(TODAY))
    page = window.put(TodayPage)
    table = page.findChild(Table, "day_visits")
    wait(qtbot, lambda: len(visits(page)) == 1)
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Return)
    qtbot.keyClick(table, Qt.Key.Key_N, CTRL)
    qtbot.keyClick(table, Qt.Key.Key_T, CTRL)
    assert window.gone == [
        ("patient", PatientPlace(who.patient_id, "visits")), ("charges", line),
        ("payments", PatientPlace(who.patient_id)),
    ]  # fmt: skip


def test_a_visit_registered_meanwhile_appears(qtbot, desk, window_as):
    window = window_as()
    who = register(desk, "Abbott", "Glen")
    page = window.put(TodayPage)
    wait(qtbot, lambda: bool(queues(page)))
    a_visit(window.desk, who.patient_id, PROVIDER, PLACE, TODAY)
    wait(qtbot, lambda: len(visits(page)) == 1)


@pytest.mark.parametrize(
    ("role", "shown"),
    [(Role.FRONT_DESK, {"payments"}), (Role.BILLER, {"charges", "payments", "statements"}),
     (Role.AUDITOR, set())],
)  # fmt: skip
def test_only_lists_that_the_role_can_work_on_are_shown(qtbot, desk, window_as, role, shown):
    who = register(desk, "Abbott", "Glen")
    a_visit(desk, who.patient_id, PROVIDER, PLACE, TODAY)
    page = window_as(role).put(TodayPage)
    wait(qtbot, lambda: len(visits(page)) == 1 and not page.jobs._jobs)
    assert set(queues(page)) - {"backup"} == shown
    assert page._charge.isEnabled() is (role is Role.BILLER)


def test_the_missing_backup_waits_on_top_with_its_fix(qtbot, tmp_path):
    office, _ = make_office(tmp_path)
    window = PageWindow(office.desk)
    window.office = office
    qtbot.addWidget(window)
    page = window.put(TodayPage)
    wait(qtbot, lambda: "backup" in queues(page))
    assert queues(page)["backup"].state.tone is Tone.STOP
    assert "folder" in queues(page)["backup"].what
    wait(qtbot, lambda: not window.jobs._jobs)
    assert rows(page, "queues", QueueRow)[0].id == "backup"
    page._on_first()
    assert window.gone == [("backup", None)]
    window.jobs.close()
    window.close()
    office.close()


def test_every_page_of_the_rail_has_its_page_in_the_manual():
    index = help_text("index")
    assert [each.key for each in PAGES if each.rail and help_text(each.key) == index] == []


def test_no_state_of_the_backups_is_cut(window_as):
    window = window_as()
    page = window.put(TodayPage)
    table = page.findChild(Table, "queues")
    column = next(each for each in QUEUES if each.key == "state")
    room = column.width - 2 * Metric.CELL_PAD - Metric.ICON - 6
    for words in ("No backup on another disk", "Backup is from the future", "The last backup failed"):
        assert table.fontMetrics().horizontalAdvance(words) <= room
