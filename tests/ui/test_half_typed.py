"""Whatever holds a form keeps it, puts it back, gives it up, and opens it again where it belongs (SECURITY L11)."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from medbill_desktop.domain.drafts import DraftName, read_name
from medbill_desktop.domain.ids import Id
from medbill_desktop.ui.half_typed import Keeper, put_back, typed_in
from medbill_desktop.ui.pages.deposits import DepositsPage
from medbill_desktop.ui.pages.patient import PatientPage
from medbill_desktop.ui.pages.refunds import RefundsPage
from medbill_desktop.ui.pages.settings import SettingsPage
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.widgets.fields import ChoiceField, DateField, LineField, MoneyField, NoteField
from medbill_desktop.ui.widgets.password import PasswordField
from medbill_desktop.ui.widgets.type_ahead import Suggestion, TypeAhead
from medbill_desktop.usecases.drafts import ListDrafts, list_drafts
from tests.people import register


class Sheet(QWidget):
    """A form with every kind of field."""

    def __init__(self, desk):
        super().__init__()
        column = QVBoxLayout(self)
        self.words, self.note = LineField(name="words"), NoteField(name="note")
        self.day, self.cents = DateField(desk.clock.today, name="day"), MoneyField(name="cents")
        self.way = ChoiceField([("cash", "Cash"), ("check", "Check")], name="way")
        self.tick, self.password = QCheckBox("Read"), PasswordField()
        self.code = TypeAhead(lambda text: [Suggestion(object(), "Ärztin Łucja"), Suggestion(7, "Seven")], name="code")
        for each in (self.words, self.note, self.day, self.cents, self.way, self.tick, self.password, self.code):
            column.addWidget(each)


@pytest.fixture
def sheet(window, desk, qtbot):
    made = Sheet(desk)
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    made.activateWindow()
    return made


def keep(sheet, window, about=""):
    return Keeper(sheet, window.drafts, DraftName("sheet", Id(17), about))


def forms(desk):
    return [each.form for each in desk.ask(list_drafts, ListDrafts())]


def filled(sheet):
    sheet.words.setText("Ünïcode 李")
    sheet.note.setPlainText("two\nlines")
    sheet.day.setText("11/18/2026")
    sheet.cents.setText("25.00")
    sheet.way.set_value("check")
    sheet.tick.setChecked(True)
    sheet.code.fill(7, "Seven")
    sheet.password.setText("correct horse")
    return typed_in(sheet)


def test_what_stands_in_every_kind_of_field_is_put_back_and_no_password(sheet, desk):
    typed = filled(sheet)
    assert "correct horse" not in str(typed)
    again = Sheet(desk)
    assert put_back(again, typed) == {}
    assert typed_in(again) == typed
    assert again.code.value() == 7
    assert again.password.text() == ""


def test_a_shown_password_is_never_read(sheet):
    plain = QLineEdit("seen", sheet)
    sheet.layout().addWidget(plain)
    plain.setEchoMode(QLineEdit.EchoMode.Password)
    assert "seen" not in typed_in(sheet).values()


def test_a_choice_without_an_id_is_found_again_by_its_words(sheet, desk):
    sheet.code.fill(object(), "Ärztin Łucja")
    typed = typed_in(sheet)
    again = Sheet(desk)
    put_back(again, typed)
    assert again.code.text() == "Ärztin Łucja"
    assert again.code.value() is not None


def test_it_is_kept_after_the_promised_seconds_and_only_what_was_typed(sheet, window, desk, qtbot):
    sheet.words.setText("as opened")
    keeper = keep(sheet, window)
    keeper._due.setInterval(40)
    sheet.note.setFocus()
    QTest.keyClicks(sheet.note, "half")
    qtbot.waitUntil(lambda: forms(desk) == [keeper.key])
    assert window.drafts.find(keeper.key) == {"typed": {"note": "half"}}


def test_what_a_program_fills_in_is_no_draft(sheet, window, desk):
    keeper = keep(sheet, window)
    filled(sheet)
    keeper.flush()
    assert forms(desk) == []


@pytest.mark.parametrize("does", ["key", "tick", "choice", "date"])
def test_every_way_of_typing_counts(does, sheet, window, desk):
    keeper = keep(sheet, window)
    if does == "key":
        QTest.keyClicks(sheet.words, "x")
    elif does == "tick":
        sheet.tick.click()
    elif does == "choice":
        sheet.way.setCurrentIndex(1)
        sheet.way.activated.emit(1)
    else:
        sheet.day.setFocus()
        QTest.keyClicks(sheet.day, "t")
    keeper.flush()
    assert forms(desk) == [keeper.key]


def test_a_form_that_is_again_as_it_was_has_no_draft(sheet, window, desk):
    keeper = keep(sheet, window)
    QTest.keyClicks(sheet.words, "x")
    keeper.flush()
    QTest.keyClick(sheet.words, Qt.Key.Key_Backspace)
    keeper.flush()
    assert forms(desk) == []


def test_a_saved_form_leaves_no_draft_and_is_not_brought_back(sheet, window, desk):
    keeper = keep(sheet, window)
    QTest.keyClicks(sheet.words, "x")
    keeper.flush()
    keeper.finish()
    assert forms(desk) == []
    assert not window.drafts.has_thrown


def test_giving_up_empties_the_form_and_can_be_undone(sheet, window, desk):
    keeper = keep(sheet, window)
    QTest.keyClicks(sheet.words, "x")
    assert keeper.give_up()
    assert forms(desk) == []
    assert sheet.words.text() == ""
    assert window.drafts.bring_back() == keeper.key
    again = Sheet(desk)
    assert keep(again, window).restore()
    assert again.words.text() == "x"


def test_throwing_away_from_the_list_empties_the_form_that_is_open(sheet, window, desk):
    sheet.words.setText("as opened")
    keeper = keep(sheet, window)
    QTest.keyClicks(sheet.words, " and more")
    keeper.flush()
    window.drafts.throw_away(keeper.key)
    assert sheet.words.text() == "as opened"
    keeper.flush()
    assert forms(desk) == []


def test_another_patient_and_another_line_have_their_own_draft(sheet, window, desk):
    keeper = keep(sheet, window, "93")
    QTest.keyClicks(sheet.words, "x")
    keeper.flush()
    other = Sheet(desk)
    assert not keep(other, window, "94").restore()
    assert not Keeper(other, window.drafts, DraftName("sheet", Id(18), "93")).restore()
    assert keep(other, window, "93").restore()


@pytest.mark.parametrize("patient_id", [None, Id(17)])
@pytest.mark.parametrize("about", ["", "93", "2026-11-18", "role:5"])
def test_a_name_is_read_as_it_was_written(patient_id, about):
    name = DraftName("coverage.end", patient_id, about)
    assert read_name(name.key) == name


def test_what_is_no_name_of_ours_is_a_form_without_a_subject():
    assert read_name("patient:1") == DraftName("patient:1")
    assert read_name("a b=c d") == DraftName("a b=c d")


def opened(page):
    return page.panel.content


def test_a_side_panel_comes_back_as_it_was_left_and_says_so(window, desk):
    page = window.put(RefundsPage)
    page._on_fee()
    code = opened(page).form.fields["code"].field
    code.selectAll()
    QTest.keyClicks(code, "BOUNCED")
    page.step_away()
    page.put_panel_away()
    assert forms(desk) == ["refund.fee"]
    page._on_fee()
    assert opened(page).form.text("code") == "BOUNCED"
    assert page.panel._restored.words


def test_esc_gives_a_side_panel_up(window, desk):
    page = window.put(RefundsPage)
    page._on_fee()
    QTest.keyClicks(opened(page).form.fields["code"].field, "BOUNCED")
    window.drafts.flush()
    QTest.keyClick(opened(page).form.fields["code"].field, Qt.Key.Key_Escape)
    assert page.panel.isHidden()
    assert forms(desk) == []
    assert window.said[-1].startswith("Given up.")
    page._on_fee()
    assert "BOUNCED" not in opened(page).form.text("code")


def test_a_panel_that_another_one_replaces_is_kept(window, desk):
    page = window.put(RefundsPage)
    page._on_fee()
    QTest.keyClicks(opened(page).form.fields["code"].field, "BOUNCED")
    page.open_panel("Other", QWidget())
    assert forms(desk) == ["refund.fee"]


def test_a_saved_panel_leaves_no_draft(window, desk, qtbot):
    page = window.put(PatientPage, PatientPlace(register(desk).patient_id, "documents"))
    qtbot.waitUntil(lambda: page.card is not None)
    page.tab._on_limit()
    QTest.keyClicks(opened(page).form.fields["megabytes"].field, "12")
    window.drafts.flush()
    assert forms(desk) == [DraftName("document.limit", page.card.id).key]
    opened(page).send()
    qtbot.waitUntil(page.panel.isHidden)
    assert forms(desk) == []
    assert not window.drafts.has_thrown


def test_a_form_of_the_settings_comes_back_and_is_taken_back(window, desk):
    page = window.put(SettingsPage, "hours")
    field = page.tab.form.fields["monday"].field
    held = field.text()
    field.selectAll()
    QTest.keyClicks(field, "9-12")
    window.drafts.flush()
    assert forms(desk) == ["settings.hours"]
    again = SettingsPage(desk, window.jobs, window)
    window.layout().addWidget(again)
    again.show()
    again.open("hours")
    assert again.tab.form.text("monday") == "9-12"
    again.tab._on_undo()
    assert again.tab.form.text("monday") == held
    assert forms(desk) == []
    assert window.drafts.has_thrown


def test_a_page_without_a_form_keeps_nothing(window, desk):
    page = window.put(DepositsPage)
    page.step_away()
    assert forms(desk) == []
