"""Charge entry by keys on a real practice: keyed, judged while typing, kept, posted whole or not at all."""

import json
from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from sqlalchemy import func, select

from medbill_desktop.domain.users import Permission, Role, who_may
from medbill_desktop.storage import tables as t
from medbill_desktop.ui.pages.charges import ChargesPage
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.usecases.visits import AddVisits, DayVisits, VisitDetails, add_visits, day_visits
from tests.ledger_rows import PLACE, PROVIDER, a_patient, furnish
from tests.people import a_provider, register
from tests.ui.page_window import PageWindow

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
TODAY = date(2026, 11, 18)


@pytest.fixture
def window(qtbot, desk):
    made = PageWindow(desk, (1366, 696))
    qtbot.addWidget(made)
    yield made
    made.jobs.close()


@pytest.fixture
def nora(vault, desk):
    """A patient who is found by name as well, with insurance."""
    furnish(vault)
    return a_patient(vault)


@pytest.fixture
def page(window, nora):
    return window.put(ChargesPage)


def keys(qtbot, *texts):
    """Type each text into the field that has the keyboard, Enter after each."""
    for text in texts:
        if text:
            qtbot.keyClicks(QApplication.focusWidget(), text)
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)


def a_visit(desk, who, day=TODAY):
    visit = VisitDetails(who.patient_id, day, PROVIDER, PLACE)
    return desk.run(add_visits, AddVisits(desk.new_id(), (visit,)))[0]


def begin(qtbot, page, who):
    """Key the head for a patient who was given by id, with one diagnosis."""
    page.open(PatientPlace(who.patient_id))
    for field, text in ((page.entry.provider, "rey"), (page.entry.place, "off")):
        field.setFocus()
        field.selectAll()
        keys(qtbot, text)
    qtbot.waitUntil(lambda: page.entry.patient.text().strip() != "")
    page.entry.diagnoses.fields[0].setFocus()
    qtbot.keyClicks(page.entry.diagnoses.fields[0], "M17.11")


def line(qtbot, page, code, at=0, **more):
    row = page.entry.lines.rows[at]
    row.code.setFocus()
    keys(qtbot, code)
    for name, text in more.items():
        cell = row.cell(name)
        cell.setFocus()
        cell.selectAll()
        qtbot.keyClicks(cell, text)
    page.entry.look()
    return row


def count(vault, table):
    with vault.reader.begin() as conn:
        return conn.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_superbill_is_keyed_from_the_first_letter_of_the_name_to_the_posting(qtbot, desk, vault, window):
    furnish(vault)
    register(desk, "Quill", "Tess")
    page = window.put(ChargesPage)
    keys(qtbot, "qui", "t", "reyes", "off", "")
    assert QApplication.focusWidget().objectName() == "diagnosis_A"
    qtbot.keyClicks(QApplication.focusWidget(), "m17.11")
    line(qtbot, page, "20610")
    assert page.entry.lines.rows[0].status._words.text() == "Ready"
    assert page.entry._total.text() == "150.00"
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    assert [each.cents for each in page._kept] == [150_00]
    assert QApplication.focusWidget() is page.entry.patient
    assert count(vault, t.charge) == 0
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL | SHIFT)
    qtbot.waitUntil(lambda: count(vault, t.charge) == 1)
    qtbot.waitUntil(lambda: page._kept == [])
    assert window.said == ["Posted 1 superbill, 1 charge, 150.00."]


@pytest.mark.parametrize("modifiers", [CTRL, CTRL | SHIFT])
def test_a_superbill_is_sent_from_within_its_last_code(qtbot, vault, page, nora, modifiers):
    begin(qtbot, page, nora)
    page.entry.lines.rows[0].code.setFocus()
    qtbot.keyClicks(QApplication.focusWidget(), "20610")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return, modifiers)
    if modifiers == CTRL:
        assert [(each.problem, each.cents) for each in page._kept] == [("", 150_00)]
        (typed,) = page._kept[0].sheet.lines
        assert (typed.pointers, typed.units) == ("A", "1")
    else:
        qtbot.waitUntil(lambda: count(vault, t.charge) == 1)


def test_a_code_that_is_half_typed_is_not_sent(qtbot, vault, page, nora):
    begin(qtbot, page, nora)
    page.entry.lines.rows[0].code.setFocus()
    qtbot.keyClicks(QApplication.focusWidget(), "206")
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return, CTRL | SHIFT)
    assert page._kept[0].problem
    assert count(vault, t.charge) == 0


def test_a_practice_that_begins_is_told_what_charges_need(desk, window):
    page = window.put(ChargesPage)
    assert "a provider and a place and a fee schedule" in page.problems.words


def test_the_fee_of_the_schedule_is_shown_and_a_typed_one_wins(qtbot, page, nora):
    begin(qtbot, page, nora)
    row = line(qtbot, page, "20610", units="2")
    assert (row.fee.text(), row.amount.text()) == ("150.00", "300.00")
    assert page.entry.sheet().lines[0].fee == ""
    row = line(qtbot, page, "36415", at=1, fee="10.00")
    assert row.amount.text() == "10.00"
    assert page.entry._total.text() == "310.00"


def test_a_code_is_found_by_a_word_of_what_it_means(qtbot, page, nora):
    begin(qtbot, page, nora)
    row = line(qtbot, page, "breath")
    assert (row.code.text(), row.typed().words) == ("94010", "Breathing test")


def test_a_problem_stands_in_a_row_under_its_line_with_the_fix(qtbot, page, nora):
    begin(qtbot, page, nora)
    row = line(qtbot, page, "20610", pointers="C")
    assert row.trouble.words == "The line points to a diagnosis that is not there. Diagnoses are A to A."
    assert row.pointers.property("problem") is True
    assert "1 problem" in page.action_bar.words
    row.pointers.setText("A")
    page.entry.look()
    assert row.trouble.words == ""
    assert row.pointers.property("problem") is False


def test_a_superbill_with_a_problem_is_kept_and_hinders_the_posting(qtbot, vault, page, nora):
    begin(qtbot, page, nora)
    line(qtbot, page, "20610", pointers="C")
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    assert page._kept[0].problem
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL | SHIFT)
    assert "points to a diagnosis" in page.problems.words
    assert page._open is page._kept[0], "the one with the problem is opened"
    assert count(vault, t.charge) == 0


def test_a_paper_total_that_differs_posts_nothing(qtbot, vault, page, nora):
    begin(qtbot, page, nora)
    line(qtbot, page, "20610")
    page.batch.count.setText("1")
    page.batch.paper.setText("149.00")
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL | SHIFT)
    qtbot.waitUntil(lambda: "paper says 149.00" in page.problems.words)
    assert count(vault, t.charge) == 0
    assert len(page._kept) == 1
    page.batch.paper.setText("150.00")
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL | SHIFT)
    qtbot.waitUntil(lambda: count(vault, t.charge) == 1)


def test_the_visits_of_the_day_wait_and_the_next_comes_by_itself(qtbot, desk, vault, window, nora):
    other = a_patient(vault, 2, last="Abbott", first="Glen")
    first, second = a_visit(desk, nora), a_visit(desk, other)
    page = window.put(ChargesPage)
    assert {each.id for each in page._to_key()} == {first, second}
    qtbot.keyClick(page, Qt.Key.Key_F6)
    assert page.batch.table.hasFocus()
    qtbot.keyClick(page.batch.table, Qt.Key.Key_Return)
    begun = page.entry.sheet()
    assert begun.visit_id in (first, second)
    assert QApplication.focusWidget() is page.entry.diagnoses.fields[0]
    qtbot.keyClicks(QApplication.focusWidget(), "J06.9")
    line(qtbot, page, "99213")
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    assert page.entry.sheet().visit_id == ({first, second} - {begun.visit_id}).pop()
    page._on_new()
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL | SHIFT)
    qtbot.waitUntil(lambda: count(vault, t.charge) == 1)
    states = {each.id: each.status for each in desk.ask(day_visits, DayVisits(TODAY))}
    assert states[begun.visit_id] == "charged"


def test_a_patient_typed_by_hand_is_linked_to_the_visit_that_waits(qtbot, desk, window, vault):
    furnish(vault)
    tess = register(desk, "Quill", "Tess")
    visit = desk.run(add_visits, AddVisits(desk.new_id(), (VisitDetails(tess.patient_id, TODAY, PROVIDER, PLACE),)))[0]
    page = window.put(ChargesPage)
    keys(qtbot, "qui")
    assert page.entry.sheet().visit_id == visit
    assert page.entry.sheet().provider == "Reyes, Ada MD"


def test_keys_repeat_and_remove_a_line_and_show_box_numbers(qtbot, page, nora):
    begin(qtbot, page, nora)
    line(qtbot, page, "20610", modifiers="RT")
    qtbot.keyClick(page, Qt.Key.Key_D, CTRL)
    assert [(each.code, each.modifiers) for each in page.entry.sheet().lines] == [("20610", "RT")] * 2
    page.entry.lines.rows[0].code.setFocus()
    page.entry.lines.remove()
    assert len(page.entry.sheet().lines) == 1
    qtbot.keyClick(page, Qt.Key.Key_F2)
    assert page.entry.head.fields["patient"]._label.text() == "2  Patient"
    assert page.entry.diagnoses._head.text() == "21  Diagnoses"


def test_g_to_l_open_after_f(qtbot, page):
    fields = page.entry.diagnoses.fields
    assert fields[6].isHidden()
    for field, code in zip(fields, ["M17.11", "M25.561", "E66.9", "J06.9", "R05.1", "I10"], strict=False):
        field.setFocus()
        qtbot.keyClicks(field, code)
    assert not fields[11].isHidden()


def test_coverage_is_the_first_in_force_or_chosen(qtbot, vault, page, nora):
    begin(qtbot, page, nora)
    line(qtbot, page, "20610")
    assert page.entry.coverage.currentText() == "Summit PPO"
    page.entry.coverage.set_value("self")
    page.entry.look()
    assert page.entry.found.policy is None
    assert page.entry.sheet().superbill().self_pay


def test_the_batch_comes_back_from_its_draft_as_it_was(qtbot, desk, page, nora):
    begin(qtbot, page, nora)
    line(qtbot, page, "20610")
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    page.batch.paper.setText("300.00")
    begin(qtbot, page, nora)
    line(qtbot, page, "99213", pointers="Z")
    kept = json.loads(json.dumps(page.draft()))
    again = PageWindow(desk)
    qtbot.addWidget(again)
    second = ChargesPage(desk, again.jobs, again)
    second.restore(kept)
    assert json.loads(json.dumps(second.draft())) == kept
    assert [each.cents for each in second._kept] == [150_00]
    again.jobs.close()


def test_leaving_keeps_the_batch_and_esc_goes_back(qtbot, page, window, nora):
    begin(qtbot, page, nora)
    line(qtbot, page, "20610")
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert window.backs == 1
    page.leave()
    assert window.kept[0]["now"]["lines"][0]["code"] == "20610"


def test_a_kept_superbill_is_changed_and_taken_out(qtbot, page, nora):
    begin(qtbot, page, nora)
    line(qtbot, page, "20610")
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    page.batch.table.choose(page._kept[0].id)
    page.batch.table.opened.emit(page.batch.table.chosen_row())
    line(qtbot, page, "94010", at=1)
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    assert [each.cents for each in page._kept] == [210_00]
    page.batch.table.opened.emit(page.batch.table.chosen_row())
    qtbot.keyClick(page, Qt.Key.Key_Delete, CTRL | SHIFT)
    assert page._kept == []


def test_sent_twice_by_a_double_press_it_is_posted_once(qtbot, vault, page, nora):
    begin(qtbot, page, nora)
    line(qtbot, page, "20610")
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL | SHIFT)
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL | SHIFT)
    qtbot.waitUntil(lambda: count(vault, t.charge) == 1)
    qtbot.wait(100)
    assert count(vault, t.charge) == 1


def test_in_a_narrow_window_the_batch_lies_over_the_grid_while_it_has_the_keyboard(qtbot, desk, vault, nora):
    a_visit(desk, nora)
    narrow = PageWindow(desk, (860, 600))
    qtbot.addWidget(narrow)
    page = narrow.put(ChargesPage)
    assert page.batch.isHidden()
    assert narrow.width() == 860
    qtbot.keyClick(page, Qt.Key.Key_F6)
    assert page.batch.table.hasFocus()
    qtbot.keyClick(page.batch.table, Qt.Key.Key_Return)
    assert page.batch.isHidden()
    assert page.entry.sheet().visit_id is not None
    narrow.jobs.close()


def test_the_only_provider_and_place_are_filled_in_and_the_last_ones_kept(qtbot, page, nora):
    assert (page.entry.provider.value(), page.entry.place.value()) == (PROVIDER, PLACE)
    page.open(PatientPlace(nora.patient_id))
    assert (page.entry.provider.text(), page.entry.place.value()) == ("Reyes, Ada MD", PLACE)


def test_of_two_providers_none_is_guessed_and_the_second_superbill_keeps_the_last(qtbot, window, desk, nora):
    a_provider(desk)
    page = window.put(ChargesPage)
    assert page.entry.provider.value() is None
    begin(qtbot, page, nora)
    line(qtbot, page, "99213")
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    assert page.entry.patient.value() is None
    assert page.entry.provider.value() == PROVIDER


def test_a_biller_who_finds_no_provider_reads_whom_to_ask(qtbot, desk_as):
    window = PageWindow(desk_as(Role.BILLER))
    qtbot.addWidget(window)
    page = window.put(ChargesPage)
    words = page.problems.words
    assert "Charges need a provider and a place and a fee schedule" in words
    assert who_may(Permission.MANAGE_CATALOGS) in words
    assert "in Settings" not in words
    window.jobs.close()


def test_a_patient_day_and_provider_keyed_twice_is_told_in_the_batch_and_after_it(qtbot, vault, page, nora):
    def warned():
        page.entry.look()
        return [each.text for each in page.entry.problems if each.code == "visit-twice"]

    begin(qtbot, page, nora)
    line(qtbot, page, "20610")
    assert warned() == []
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    begin(qtbot, page, nora)
    assert warned() == ["The batch holds this patient, day and provider already."]
    page.entry.show_sheet(page.entry.next_sheet())
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL | SHIFT)
    qtbot.waitUntil(lambda: page._kept == [] and count(vault, t.charge) == 1)
    begin(qtbot, page, nora)
    assert warned() == ["A visit of Nov 18, 2026 with this provider is charged already."]


NAMES = (
    "Abel", "Bram", "Cade", "Dorn", "Esch", "Frey", "Gant", "Hale", "Ives", "Jost", "Kerr", "Lund", "Marsh", "Nye",
    "Orth", "Pell", "Quade", "Rusk", "Stead", "Thorn",
)  # fmt: skip
INFORMATION = ("m1711", "i10", "99213", "36415")  # two diagnoses, two services
BEYOND = 2  # Enter behind the last diagnosis, Enter over the empty modifiers


def test_twenty_superbills_take_few_keys_beyond_what_they_say(qtbot, desk, vault, window, capsys):
    """Day, provider and place are typed once; the minimum is what a superbill says and one key to end each part."""
    furnish(vault)
    a_provider(desk)
    for at, last in enumerate(NAMES):
        register(desk, last, "Kim", birth_date=date(1970, 1, at + 1))
    page = window.put(ChargesPage)
    pressed = 0

    def press(text="", key=Qt.Key.Key_Return, modifiers=Qt.KeyboardModifier.NoModifier):
        nonlocal pressed
        field = QApplication.focusWidget()
        qtbot.keyClicks(field, text)
        qtbot.keyClick(field, key, modifiers)
        pressed += len(text) + 1

    taken = []
    for at, last in enumerate(NAMES):
        before = pressed
        press(last[:3].lower())
        if at == 0:  # the day, the provider, the place and the policy
            for text in ("t", "rey", "", ""):
                press(text)
        for code in INFORMATION[:2]:
            press(code)
        press()
        press(INFORMATION[2])
        press()
        press(INFORMATION[3], modifiers=CTRL)
        assert [len(page._kept), page._kept[-1].problem] == [at + 1, ""]
        taken.append(pressed - before)
    press(modifiers=CTRL | SHIFT)
    qtbot.waitUntil(lambda: count(vault, t.charge) == 40, timeout=10_000)
    least = 3 + 1 + sum(len(each) + 1 for each in INFORMATION)
    with capsys.disabled():
        print(f"\n20 superbills: {pressed} keys, {taken[1]} each after the first ({taken[0]}); the minimum is {least}")
    assert set(taken[1:]) == {least + BEYOND}
    assert pressed <= 20 * (least + BEYOND) + 10
