"""From the list of who gets a statement to a mailed run, by keys on a real practice."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from sqlalchemy import func, select

from medbill_desktop.domain.statement_words import Language
from medbill_desktop.domain.statements import Mailbox, Wish
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import tables as t
from medbill_desktop.ui.models.rows import Section
from medbill_desktop.ui.pages.patient_estate import say_estate
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.pages.statement_preview import EnvelopeWindow
from medbill_desktop.ui.pages.statement_returned import ReturnedMailPage
from medbill_desktop.ui.pages.statement_runs import RunPlace, StatementRunsPage
from medbill_desktop.ui.pages.statements import BoxRow, StatementsPage
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import Form
from medbill_desktop.usecases.estates import AskEstate, open_estate
from medbill_desktop.usecases.practice import ChangePractice, OpenPracticeCard, change_practice, open_practice
from medbill_desktop.usecases.statement_life import AskMailWish, mail_wish
from medbill_desktop.usecases.statement_pages import StatementsOfRun, statements_of_run
from medbill_desktop.usecases.statements import ListRuns, StatementRulesNow, list_runs, statement_rules
from tests.people import insured, register
from tests.ui.keyboard import control, press
from tests.ui.page_window import PageWindow
from tests.usecases.test_statements import Office


@pytest.fixture
def office(desk, clock):
    """Two who get a statement, one whose plan still has the charge, one whose address is missing."""
    made = Office(desk, clock)
    made.glen, made.olga = register(desk, "Abbott", "Glen"), register(desk, "Brandt", "Olga")
    made.ruth, made.petra = insured(desk, "Garner", "Ruth"), register(desk, "Novak", "Petra", street="")
    for who in (made.glen, made.olga, made.ruth, made.petra):
        made.bill(who)
    return made


@pytest.fixture
def window(qtbot, desk):
    made = PageWindow(desk)
    qtbot.addWidget(made)
    yield made
    made.close()


def listed(qtbot, window):
    page = window.put(StatementsPage)
    qtbot.waitUntil(lambda: page._selection is not None)
    return page


def runs_page(qtbot, window, place=None):
    page = window.put(StatementRunsPage, place)
    qtbot.waitUntil(lambda: page.made.chosen_row() is not None)
    return page


def lines(page):
    return [page.table.rows.line(at) for at in range(page.table.rows.rowCount())]


def runs(desk):
    return desk.ask(list_runs, ListRuns())


def opened(vault):
    with vault.reader.begin() as conn:
        statement = select(func.count()).where(t.audit.c.action == "statement.preview")
        return conn.execute(statement).scalar()


def test_the_list_groups_who_gets_one_and_says_why_the_others_do_not(qtbot, office, window):
    page = listed(qtbot, window)
    heads = [each for each in lines(page) if isinstance(each, Section)]
    assert [(each.title, each.note) for each in heads] == [
        ("Get one", "2 guarantors · 290.00"), ("Left out, and why", "2 guarantors · 145.00"),
    ]  # fmt: skip
    why = {each.row.name: page.table.rows.columns[-1].cell(each) for each in lines(page) if isinstance(each, BoxRow)}
    assert why["Garner, Ruth"].word == "Summit Mutual still has 1 charge"
    assert why["Novak, Petra"].word == "There is no complete address"
    assert why["Abbott, Glen"] == "First statement"
    assert page._make.text() == "Make one PDF of 2"


def test_only_those_left_out_can_be_listed(qtbot, office, window):
    page = listed(qtbot, window)
    control(Qt.Key.Key_R)
    assert [each.row.name for each in lines(page) if isinstance(each, BoxRow)] == ["Garner, Ruth", "Novak, Petra"]
    assert page._make.text() == "Make one PDF of 2"


def test_enter_shows_the_window_and_the_page_and_follows_the_row(qtbot, office, window, vault):
    page = listed(qtbot, window)
    assert opened(vault) == 0
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(page.panel.isVisible)
    shown = page.panel.findChild(EnvelopeWindow)
    assert shown.accessibleName() == "In the window: Glen Abbott, 14 Willow Lane, Rockport, ME 04856"
    press(Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: page._shown == Mailbox(office.olga.guarantor_id))
    press(Qt.Key.Key_Down)  # over the heading, to one who is left out
    qtbot.waitUntil(lambda: page._shown == Mailbox(office.ruth.guarantor_id))
    assert opened(vault) == 3
    press(Qt.Key.Key_Escape)
    assert not page.panel.isVisible()
    press(Qt.Key.Key_Up)
    QTest.qWait(400)
    assert opened(vault) == 3


def test_the_page_can_be_looked_at_before_it_is_made(qtbot, office, window):
    page = listed(qtbot, window)
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(page.panel.isVisible)
    control(Qt.Key.Key_O)
    qtbot.waitUntil(lambda: len(window.previewed) == 1)
    assert window.previewed[0][1][:4] == b"%PDF"
    assert runs(office.desk) == ()


def test_space_takes_one_out_of_the_run(qtbot, office, window):
    page = listed(qtbot, window)
    press(Qt.Key.Key_Space)
    assert page._make.text() == "Make one PDF of 1"
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(window.gone) == 1)
    [run] = runs(office.desk)
    assert window.gone == [("statement_runs", RunPlace(run.run_id, shows=True))]
    made = office.desk.ask(statements_of_run, StatementsOfRun(run.run_id))
    assert [each.addressee for each in made] == ["Olga Brandt"]


def test_who_is_left_out_cannot_be_ticked_in(qtbot, office, window):
    page = listed(qtbot, window)
    page.table.choose(Mailbox(office.petra.guarantor_id))
    press(Qt.Key.Key_Space)
    assert page._make.text() == "Make one PDF of 2"
    assert window.said[-1].startswith("Stays out: There is no complete address")


def test_with_nobody_ticked_nothing_can_be_made(qtbot, office, window):
    page = listed(qtbot, window)
    page._on_none()
    assert not page._make.isEnabled()
    control(Qt.Key.Key_A)
    assert page._make.text() == "Make one PDF of 2"


def test_a_cancelled_run_makes_nothing_and_can_be_made_again(qtbot, office, window):
    page = listed(qtbot, window)
    control(Qt.Key.Key_Return)
    window.jobs.cancel_all()
    qtbot.waitUntil(lambda: not page._making)
    assert runs(office.desk) == ()
    assert window.gone == []
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(runs(office.desk)) == 1)


def test_a_payment_changes_the_list_at_once(qtbot, office, window):
    page = listed(qtbot, window)
    office.pay(office.glen, 145_00)
    qtbot.waitUntil(lambda: page._make.text() == "Make one PDF of 1")


def test_the_rules_are_changed_with_their_problem_under_the_field(qtbot, office, window):
    page = listed(qtbot, window)
    control(Qt.Key.Key_U)
    form = page.panel.findChild(Form)
    form.fields["cycle_days"].field.setText("3")
    assert not page._make.isEnabled()
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: form.fields["cycle_days"].problem != "")
    form.fields["cycle_days"].field.setText("30")
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not page.panel.isVisible())
    assert office.desk.ask(statement_rules, StatementRulesNow()).cycle_days == 30
    qtbot.waitUntil(lambda: "30-day cycle" in page.subtitle.text())
    assert page._make.isEnabled()


def test_a_biller_runs_statements_but_does_not_set_the_rules(qtbot, office, desk_as):
    made = PageWindow(desk_as(Role.BILLER))
    qtbot.addWidget(made)
    page = listed(qtbot, made)
    assert page._make.isEnabled()
    assert not page.findChild(Button, "rules").isEnabled()
    made.close()


def test_the_made_run_opens_its_pdf_and_is_mailed_but_for_one_kept_back(qtbot, office, window):
    made = office.run()
    page = runs_page(qtbot, window, RunPlace(made.run_id, shows=True))
    qtbot.waitUntil(lambda: len(window.previewed) == 1)
    assert window.previewed[0][0] == "Statements"
    page.made.setFocus()
    press(Qt.Key.Key_Space)
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(page.panel.isVisible)
    assert runs(office.desk)[0].mailed == 0  # asked first
    control(Qt.Key.Key_Return)
    form = page.panel.findChild(Form)
    qtbot.waitUntil(lambda: form.fields["sheets"].problem != "")  # nobody counted
    form.fields["envelopes"].field.setText("2")
    form.fields["sheets"].field.setText("1")
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "2 envelopes were counted, 1 were made" in form.fields["envelopes"].problem)
    form.fields["envelopes"].field.setText("1")
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: runs(office.desk)[0].mailed == 1)
    rest = office.desk.ask(statements_of_run, StatementsOfRun(made.run_id))
    assert [(each.addressee, each.mailed_on is None) for each in rest] == [
        ("Glen Abbott", True),
        ("Olga Brandt", False),
    ]


def test_a_run_that_changed_is_refreshed_before_it_is_printed(qtbot, office, window, clock):
    office.run()
    clock.move(minutes=5)
    office.pay(office.glen, 100_00)
    page = runs_page(qtbot, window)
    control(Qt.Key.Key_P)
    qtbot.waitUntil(lambda: "Refresh" in page.problems.words)
    assert window.previewed == []
    control(Qt.Key.Key_R)
    qtbot.waitUntil(lambda: any("built again" in each for each in window.said))
    control(Qt.Key.Key_P)
    qtbot.waitUntil(lambda: len(window.previewed) == 1)


def test_a_run_whose_letterhead_changed_can_be_refreshed_though_no_money_moved(qtbot, office, window):
    office.run()
    card = office.desk.ask(open_practice, OpenPracticeCard())
    moved = replace(card.facts, street="7 New Lane")
    office.desk.run(change_practice, ChangePractice(office.desk.new_id(), moved))
    page = runs_page(qtbot, window)
    assert runs(office.desk)[0].changed_since == 0
    control(Qt.Key.Key_P)
    qtbot.waitUntil(lambda: "Refresh" in page.problems.words)
    control(Qt.Key.Key_R)
    qtbot.waitUntil(lambda: any("2 built again" in each for each in window.said))
    assert page.problems.words == ""
    control(Qt.Key.Key_R)
    qtbot.waitUntil(lambda: "Nothing has changed" in window.said[-1])
    control(Qt.Key.Key_P)
    qtbot.waitUntil(lambda: len(window.previewed) == 1)


def test_one_statement_is_printed_again(qtbot, office, window):
    office.run()
    page = runs_page(qtbot, window)
    page.made.setFocus()
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [each[0] for each in window.previewed] == ["Statement"])


def test_a_run_that_was_not_mailed_is_taken_back(qtbot, office, window):
    office.run()
    page = runs_page(qtbot, window)
    control(Qt.Key.Key_D)
    qtbot.waitUntil(lambda: runs(office.desk)[0].withdrawn == 2)
    qtbot.waitUntil(lambda: not page._mailed.isEnabled())


def test_a_day_in_the_future_is_refused_in_the_panel(qtbot, office, window):
    office.run()
    page = runs_page(qtbot, window)
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(page.panel.isVisible)
    page.panel.findChild(Form).fields["mailed_on"].field.setText("12/24/2026")
    for name in ("envelopes", "sheets"):
        page.panel.findChild(Form).fields[name].field.setText("2")
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "future" in page.panel.findChild(PanelForm)._trouble.words)
    assert runs(office.desk)[0].mailed == 0


def test_what_a_guarantor_gets_is_held_and_released_in_the_panel(qtbot, office, window):
    page = listed(qtbot, window)
    page.table.setFocus()
    page._on_hold()
    qtbot.waitUntil(page.panel.isVisible)
    form = page.panel.findChild(Form)
    assert not page._make.isEnabled()
    form.fields["reason"].field.setText("waits for a letter")
    form.fields["until"].field.setText("12/24/2026")
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: any("On hold until 12/24/2026" in str(line.row.why) for line in boxes(page)))
    held = next(line for line in boxes(page) if "On hold" in line.row.why)
    page.table.choose(held.id)
    page._on_hold()
    qtbot.waitUntil(lambda: page.panel.findChild(Button, "release_hold") is not None)
    page.panel.findChild(Button, "release_hold").click()
    qtbot.waitUntil(lambda: all("On hold" not in line.row.why for line in boxes(page)))


def boxes(page):
    return [line for line in lines(page) if isinstance(line, BoxRow)]


def test_language_and_letters_are_chosen_in_the_panel(qtbot, office, window):
    page = listed(qtbot, window)
    page.table.setFocus()
    who = page.table.chosen_row().id.guarantor_id
    page._on_wish()
    qtbot.waitUntil(page.panel.isVisible)
    form = page.panel.findChild(Form)
    form.fields["language"].field.set_value(Language.SPANISH)
    form.fields["large_print"].field.set_value(True)
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not page.panel.isVisible())
    assert office.desk.ask(mail_wish, AskMailWish(who)) == Wish(Language.SPANISH, True)


def test_the_estate_is_noted_by_key_and_the_list_writes_to_it(qtbot, office, window):
    page = listed(qtbot, window)
    page.table.setFocus()
    box = page.table.chosen_row().id
    QTest.keyClick(page.table, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(page.panel.isVisible)
    form = page.panel.findChild(Form)
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "day of death" in form.fields["died_on"].problem)
    form.set_values({"died_on": office.clock.today(), "role": "executor"})
    for name, words in (("representative", "Paul Reed"), ("street", "9 Elm Street"), ("city", "Camden"),
                        ("state", "ME"), ("zip", "04843")):  # fmt: skip
        form.fields[name].field.setText(words)
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not page.panel.isVisible())
    card = office.desk.ask(open_estate, AskEstate(box.guarantor_id))
    assert [say_estate(each) for each in card.lines] == ["Paul Reed, 9 Elm Street, Camden, from 11/18/2026"]
    page.table.choose(box)
    page._on_opened(page.table.chosen_row())
    qtbot.waitUntil(lambda: page.panel.findChild(EnvelopeWindow) is not None)
    assert "Estate of" in page.panel.findChild(EnvelopeWindow).accessibleName()
    page._on_estate()
    qtbot.waitUntil(lambda: page.panel.findChild(Button, "end_estate") is not None)
    page.panel.findChild(Button, "end_estate").click()
    qtbot.waitUntil(lambda: not office.desk.ask(open_estate, AskEstate(box.guarantor_id)).lines[0].in_force)


def test_mail_that_came_back_is_noted_by_its_number_and_sent_again(qtbot, office, window):
    made = office.run()
    office.mailed(made)
    number = office.desk.ask(statements_of_run, StatementsOfRun(made.run_id))[0].number
    page = window.put(ReturnedMailPage)
    page._on_note()
    form = page.panel.findChild(Form)
    form.fields["number"].field.setText("77")
    control(Qt.Key.Key_Return)
    trouble = page.panel.findChild(PanelForm)._trouble
    qtbot.waitUntil(lambda: "no statement of this number" in trouble.words)
    form.fields["number"].field.setText(number)
    control(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page._line() is not None)
    assert "Ask for the address" in page.action_bar.words
    assert not page._again.isEnabled()
    page.table.setFocus()
    page._on_right()
    qtbot.waitUntil(lambda: page._line() is None)


def test_the_mailing_list_opens_before_anything_is_mailed(qtbot, office, window):
    office.run()
    page = runs_page(qtbot, window)
    page._list.click()
    qtbot.waitUntil(lambda: [each[0] for each in window.previewed] == ["Mailing list"])


def test_the_panel_of_the_preview_leads_to_hold_and_letters(qtbot, office, window):
    page = listed(qtbot, window)
    page.table.setFocus()
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(page.panel.isVisible)
    assert page.minimumSizeHint().width() <= 1214
    page.panel.findChild(Button, "hold").click()
    qtbot.waitUntil(lambda: page.panel.findChild(Form) is not None)
    assert "charge" in page.panel.findChild(Form).fields
    page.close_panel()
    press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.panel.isVisible() and page.panel.findChild(Button, "letters") is not None)
    page.panel.findChild(Button, "letters").click()
    qtbot.waitUntil(lambda: "language" in getattr(page.panel.findChild(Form), "fields", ()))
