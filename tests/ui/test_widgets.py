"""Fields, tables and the type-ahead as a biller uses them."""

from dataclasses import dataclass
from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QFontMetrics, QKeySequence, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from medbill_desktop.domain.problems import Problem
from medbill_desktop.ui.models.rows import Column, Kind, Note, RowsModel, Section, Status, Total
from medbill_desktop.ui.sizes import Sizes
from medbill_desktop.ui.theme import Metric, Tone, Type
from medbill_desktop.ui.widgets.buttons import Button, press_on_enter
from medbill_desktop.ui.widgets.fields import ChoiceField, CodeField, DateField, Form, LineField, MoneyField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.type_ahead import NOTHING, SUGGESTION, Suggestion, TypeAhead

TODAY = date(2026, 11, 18)
SETTLED = Status(Tone.OK, "Settled")


@dataclass(frozen=True)
class Row:
    id: int
    name: str
    cents: int
    state: Status = SETTLED


COLUMNS = (
    Column("name", "Name", stretch=True),
    Column("cents", "Balance", Kind.MONEY, 100),
    Column("state", "Status", Kind.STATUS, 120),
    Column("extra", "Extra", width=300, drop=1, value=lambda row: "x"),
)


@pytest.fixture
def stage(qtbot):
    """A window with room for widgets."""
    window = QWidget()
    QVBoxLayout(window)
    qtbot.addWidget(window)
    window.resize(900, 500)

    def put(*widgets):
        for each in widgets:
            window.layout().addWidget(each)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        return widgets[0] if len(widgets) == 1 else widgets

    return put


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("t", "11/18/2026"), ("y", "11/17/2026"), ("11/4", "11/04/2026"), ("110426", "11/04/2026"), ("", "")],
)
def test_a_date_is_typed_in_any_of_the_ways(stage, qtbot, typed, shown):
    field, other = stage(DateField(lambda: TODAY), LineField())
    field.setFocus()
    qtbot.keyClicks(field, typed)
    other.setFocus()
    assert field.text() == shown


def test_plus_and_minus_step_a_whole_date(stage, qtbot):
    field = stage(DateField(lambda: TODAY))
    field.set_value(TODAY)
    qtbot.keyClicks(field, "++-+")
    assert field.value() == date(2026, 11, 20)


def test_an_impossible_date_says_what_is_wrong_and_stays_as_typed(stage, qtbot):
    field = stage(DateField(lambda: TODAY))
    qtbot.keyClicks(field, "10/32/2026")
    assert field.value() is None
    assert "October 2026 has 31 days" in field.problem
    assert field.text() == "10/32/2026"


def test_money_is_cents_and_never_below_zero_unasked(stage, qtbot):
    field, other = stage(MoneyField(), LineField())
    field.setFocus()
    qtbot.keyClicks(field, "1495")
    other.setFocus()
    assert (field.text(), field.value()) == ("1,495.00", 149500)
    field.setText("-5")
    assert field.value() is None
    assert "below zero" in field.problem


def test_a_code_is_in_capitals(stage, qtbot):
    field = stage(CodeField())
    qtbot.keyClicks(field, "j1 030")
    assert field.value() == "J1030"


def test_enter_goes_to_the_next_field_and_problems_stand_under_theirs(stage, qtbot):
    form = Form()
    form.add("name", "Name", LineField(), 0, 0)
    form.add("kind", "Method", ChoiceField([("c", "Check"), ("m", "Cash")]), 0, 6)
    form.add("note", "Note", LineField(), 1, 0)
    stage(form)
    form.fields["name"].field.setFocus()
    qtbot.keyClick(form.fields["name"].field, Qt.Key.Key_Return)
    assert form.fields["kind"].field.hasFocus()
    qtbot.keyClick(form.fields["kind"].field, Qt.Key.Key_Return)
    assert form.fields["note"].field.hasFocus()
    left = form.show_problems([Problem("a", "note", "Too long.", "Cut it."), Problem("b", "elsewhere", "Off.")])
    assert form.fields["note"].problem == "Too long. Cut it."
    assert [each.code for each in left] == ["b"]
    form.clear_problems()
    assert not form.fields["note"].problem


def test_the_keyboard_goes_to_the_first_problem_in_reading_order(stage):
    form = Form()
    first = form.add("last", "Last name", LineField(), 0, 0, 6)
    form.add("birth", "Birth date", LineField(), 0, 6, 6)
    stage(form)
    form.show_problems([Problem("x", "birth", "Type the birth date."), Problem("y", "last", "Type the last name.")])
    assert first.field.hasFocus()


def test_undo_is_the_pages_only_where_nothing_was_typed(stage, qtbot):
    field = stage(LineField())
    undone = []
    QShortcut(QKeySequence("Ctrl+Z"), field.window()).activated.connect(lambda: undone.append(True))
    field.setFocus()
    qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == [True]
    qtbot.keyClicks(field, "as typed")
    for _ in range(3):
        qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert field.text() == ""
    assert undone == [True]


def test_ten_thousand_rows_fetch_only_what_is_seen(stage, qtbot):
    asked = []

    def fetch(ids):
        asked.extend(ids)
        return [Row(each, f"Patient {each}", each) for each in ids]

    table = Table(COLUMNS, name="t", spoken="Patients")
    stage(table)
    table.show_ids(range(1, 10_001), fetch)
    table.grab()
    assert 0 < len(asked) <= 120
    table.scrollToBottom()
    table.grab()
    assert len(asked) <= 240
    assert 10_000 in asked


def test_enter_opens_space_explains_and_the_cursor_steps_over_headings(stage, qtbot):
    table = stage(Table(COLUMNS, name="t", spoken="Patients"))
    rows = [
        Section("Get one", "2"),
        Row(1, "Abbott", 5),
        Section("Left out"),
        Row(2, "Brandt", 0),
        Total("2", {"cents": 5}),
    ]
    table.show_rows(rows)
    assert table.chosen_row().id == 1
    opened, asked = [], []
    table.opened.connect(opened.append)
    table.asked.connect(asked.append)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_Return)
    qtbot.keyClick(table, Qt.Key.Key_Space)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    assert [row.id for row in opened] == [2]
    assert [row.id for row in asked] == [2]
    assert table.chosen_row().id == 2


def test_the_chosen_row_stays_chosen_when_rows_come_anew(stage):
    table = stage(Table(COLUMNS, name="t", spoken="Patients"))
    table.show_rows([Row(1, "A", 1), Row(2, "B", 2)])
    table.choose(2)
    table.show_rows([Row(3, "C", 3), Row(2, "B", 9), Row(1, "A", 1)])
    assert table.chosen_row() == Row(2, "B", 9)


def test_a_row_where_a_heading_stood_is_as_tall_as_the_others(stage):
    table = stage(Table(COLUMNS, name="t", spoken="Patients"))
    table.show_rows([Row(1, "A", 1), Section("Keyed"), Row(2, "B", 2)])
    assert table.rowHeight(1) > table.rowHeight(0)
    table.show_rows([Row(1, "A", 1), Row(2, "B", 2), Row(3, "C", 3)])
    assert table.rowHeight(1) == table.rowHeight(0)


def test_space_ticks_where_there_are_ticks(stage, qtbot):
    table = stage(Table((Column("tick", "", Kind.TICK, 32), *COLUMNS), name="t", spoken="Statements"))
    table.show_rows([Row(1, "A", 1), Row(2, "B", 2)])
    told = []
    table.rows.ticked.connect(lambda row_id, on: told.append((row_id, on)))
    qtbot.keyClick(table, Qt.Key.Key_Space)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    qtbot.keyClick(table, Qt.Key.Key_Space)
    qtbot.keyClick(table, Qt.Key.Key_Space)
    assert told == [(1, True), (2, True), (2, False)]
    assert table.rows.ticks == {1}


def test_enter_presses_the_button_that_has_the_keyboard_and_never_another(stage, qtbot):
    pressed = []
    form = QWidget()
    line, other, main = LineField(name="line"), Button("Other"), Button("Main", "Enter")
    for each in (line, other, main):
        (form.layout() or QVBoxLayout(form)).addWidget(each)
    other.clicked.connect(lambda: pressed.append("other"))
    main.clicked.connect(lambda: pressed.append("main"))
    press_on_enter(form, main)
    stage(form)
    for each in (line, other, main):
        each.setFocus()
        qtbot.keyClick(each, Qt.Key.Key_Return)
        qtbot.keyClick(each, Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    assert pressed == ["main", "main", "other", "other", "main", "main"]


def test_an_empty_table_says_why_in_its_first_row(stage):
    table = stage(Table(COLUMNS, name="t", spoken="Patients", empty="Nobody by that name."))
    table.show_rows([])
    assert table.rows.line(0) == Note("Nobody by that name.")
    assert table.chosen_row() is None


def test_a_narrow_table_drops_columns_and_never_money_or_status(stage, qtbot):
    table = stage(Table(COLUMNS, name="t", spoken="Patients"))
    table.window().resize(520, 300)
    qtbot.waitUntil(lambda: table.isColumnHidden(3))
    assert not any(table.isColumnHidden(at) for at in (0, 1, 2))
    table.window().resize(1200, 300)
    qtbot.waitUntil(lambda: not table.isColumnHidden(3))


def test_words_get_half_of_the_spare_room_and_a_drawn_width_stays(stage, qtbot):
    columns = (Column("who", "Who", Kind.NAME, stretch=True), Column("why", "Why", Kind.STATUS, 200))
    table = stage(Table(columns, name="t", spoken="Reasons", sizes=Sizes()))
    table.window().resize(300, 300)
    qtbot.waitUntil(lambda: table.columnWidth(1) == 200)
    table.window().resize(1200, 300)
    qtbot.waitUntil(lambda: table.columnWidth(1) == 300)
    table.setColumnWidth(1, 150)
    table.window().resize(1300, 300)
    qtbot.waitUntil(lambda: table.viewport().width() > 1200)
    assert table.columnWidth(1) == 150


def test_widths_are_kept_by_name_of_the_table(stage, qtbot):
    kept = {}
    sizes = Sizes(store=kept.__setitem__)
    table = stage(Table(COLUMNS, name="t", spoken="Patients", sizes=sizes))
    table.setColumnWidth(1, 155)
    qtbot.waitUntil(lambda: "table.t" in kept)
    assert kept["table.t"]["cents"] == 155
    again = stage(Table(COLUMNS, name="t", spoken="Patients", sizes=sizes))
    assert again.columnWidth(1) == 155


def test_a_cell_is_spoken_with_its_header():
    model = RowsModel(COLUMNS)
    model.show_rows([Row(1, "Abbott, Glen", -12000)])
    say = [model.index(0, at).data(Qt.ItemDataRole.AccessibleTextRole) for at in range(3)]
    assert say == ["Name: Abbott, Glen", "Balance: (120.00)", "Status: Settled"]


def test_every_field_of_a_form_has_an_accessible_name(stage):
    form = Form()
    form.add("birth", "Birth date", DateField(lambda: TODAY), 0)
    stage(form)
    interface = QAccessible.queryAccessibleInterface(form.fields["birth"].field)
    assert interface.text(QAccessible.Text.Name) == "Birth date"


def people(text):
    names = ["Abbott, Glen", "Abbey, Tom", "Brandt, Olga"]
    return [Suggestion(at, name, "born") for at, name in enumerate(names) if name.lower().startswith(text.lower())]


def test_typing_finds_and_enter_takes_the_first(stage, qtbot):
    field = stage(TypeAhead(people, name="find"))
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    picked = []
    field.picked.connect(picked.append)
    qtbot.keyClicks(field, "ab")
    qtbot.waitUntil(lambda: field.is_open)
    assert [each.value for each in field.suggestions] == [0, 1]
    qtbot.keyClick(field, Qt.Key.Key_Down)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert (picked, field.value(), field.text()) == ([1], 1, "Abbey, Tom")
    qtbot.keyClicks(field, "x")
    assert field.value() is None


def test_one_enter_takes_the_first_and_goes_to_the_next_field(stage, qtbot):
    form = Form()
    form.add("who", "Patient", TypeAhead(people, name="find"), 0)
    form.add("note", "Note", LineField(), 1)
    stage(form)
    field, after = form.fields["who"].field, form.fields["note"].field
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClicks(field, "br")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert field.value() == 2
    assert after.hasFocus()


def test_words_that_find_nothing_say_so_and_cannot_be_picked(stage, qtbot):
    field, _after = stage(TypeAhead(people, name="find"), LineField(name="after"))
    picked = []
    field.picked.connect(picked.append)
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClicks(field, "zz")
    qtbot.waitUntil(lambda: field._list is not None and field._list.isVisible())
    assert field._model.item(0).data(SUGGESTION).title == NOTHING
    assert not field.is_open
    assert field.suggestions == ()
    qtbot.mouseClick(field._list.viewport(), Qt.MouseButton.LeftButton, pos=field._list.rect().center())
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.keyClick(field, Qt.Key.Key_Tab)
    assert picked == []
    assert field.value() is None
    assert not field._list.isVisible()


def test_a_fast_typist_gets_the_list_of_the_whole_word(stage, qtbot):
    field = stage(TypeAhead(people, name="find"))
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    for letter in "br":
        qtbot.keyClick(field, letter)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert field.value() == 2


def test_forgetting_leaves_neither_text_nor_list(stage, qtbot):
    field = stage(TypeAhead(people, name="find"))
    field.setFocus()
    qtbot.keyClicks(field, "ab")
    field.forget()
    assert (field.text(), field.suggestions, field.is_open) == ("", (), False)


def test_an_amount_is_never_cut(stage):
    """Also not the sum under a column that is made for smaller ones (LOOK: nothing is elided in money)."""
    table = stage(Table(COLUMNS, name="t", spoken="T"))
    table.show_rows([Row(1, "Ann", 5), Total("1", {"cents": 123_456_789_00})])
    free = table.columnWidth(1) - 2 * Metric.CELL_PAD
    assert free >= QFontMetrics(Type.STRONG.font()).horizontalAdvance("123,456,789.00)")
