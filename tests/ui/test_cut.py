"""What measures the screens: it finds each thing that nobody can read, and nothing else."""

from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QTabBar, QVBoxLayout, QWidget

from medbill_desktop.ui.cut import cut_in
from medbill_desktop.ui.models.rows import Column, Kind, Section, Status
from medbill_desktop.ui.theme import Metric, Tone
from medbill_desktop.ui.widgets.buttons import Button
from medbill_desktop.ui.widgets.fields import ChoiceField, LineField
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.ui.widgets.words import Elided, label


@dataclass(frozen=True)
class Row:
    id: int
    name: str
    state: Status


@pytest.fixture
def stage(qtbot):
    made = QWidget()
    made.setLayout(QVBoxLayout())
    made.resize(Metric.NARROW, 400)
    qtbot.addWidget(made)

    def put(widget, width=None):
        if width is not None:
            widget.setFixedWidth(width)
        made.layout().addWidget(widget)
        made.show()
        qtbot.waitExposed(made)
        return made

    return put


def kinds(window):
    return [each.what for each in cut_in(window)]


WORDS = "More words than there is room for"
TIGHT = {
    "label": lambda: label(WORDS),
    "button": lambda: Button(WORDS),
    "field": lambda: LineField(WORDS),
    "choice": lambda: ChoiceField([(1, WORDS)]),
}


@pytest.mark.parametrize("what", TIGHT)
def test_what_is_too_narrow_is_found_and_what_has_room_is_not(what, stage):
    window = stage(TIGHT[what](), 60)
    assert what in kinds(window)
    for each in window.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        each.setFixedWidth(600)
    window.layout().activate()
    assert kinds(window) == []


def test_what_ends_in_an_ellipsis_on_purpose_is_not_cut(stage):
    assert kinds(stage(Elided(WORDS), 60)) == []


def test_lines_that_wrap_need_their_height(stage):
    made = label(" ".join([WORDS] * 8), wrap=True)
    made.setFixedHeight(20)
    assert kinds(stage(made, 200)) == ["lines"]


def test_a_word_that_is_wider_than_its_column_is_found(stage):
    assert "word" in kinds(stage(label("Donaudampfschifffahrt", wrap=True), 60))


def test_tabs_that_need_arrows_are_found(stage):
    bar = QTabBar()
    for at in range(12):
        bar.addTab(f"{WORDS} {at}")
    assert kinds(stage(bar, 300)) == ["tabs"]


def table_of(width):
    return Table(
        (Column("name", "Name of the patient", Kind.NAME, width), Column("state", "State", Kind.STATUS, width)),
        name="t", spoken="T",
    )  # fmt: skip


def test_headers_and_cells_of_a_table_are_measured(stage):
    table = table_of(64)
    window = stage(table)
    table.show_rows([Row(1, "Featherstonehaugh, Bartholomew", Status(Tone.OK, "Settled with the plan"))])
    assert kinds(window) == ["header of name", "cell of name", "cell of state"]


def test_a_table_with_room_is_whole(stage):
    table = table_of(300)
    window = stage(table)
    table.show_rows([Section("All", "1"), Row(1, "Vale, Ann", Status(Tone.OK, "Settled"))])
    assert kinds(window) == []


def test_a_heading_longer_than_the_table_is_found(stage):
    table = table_of(100)
    window = stage(table)
    table.show_rows([Section("All", WORDS * 8)])
    assert kinds(window) == ["section"]


def test_what_hangs_out_of_its_holder_is_found(stage):
    holder = QWidget()
    holder.setFixedHeight(40)
    words = QLabel("Here", holder)
    words.setGeometry(180, 0, 80, 20)
    assert kinds(stage(holder, 200)) == ["QLabel outside"]


def test_what_lies_below_something_else_is_found_where_there_is_room(stage):
    holder = QWidget()
    QHBoxLayout(holder).addWidget(label(WORDS))
    window = stage(holder)
    over = QWidget(window)
    over.setGeometry(700, 0, 480, 400)
    over.show()
    over.raise_()
    assert kinds(window) == ["QLabel below QWidget"]
    window.resize(Metric.NARROW - 1, 400)
    assert kinds(window) == []


def test_a_sheet_that_scrolls_sideways_is_found_and_one_that_scrolls_down_is_not(stage, qtbot):
    area, sheet = QScrollArea(), QWidget()
    sheet.setFixedSize(100, 2000)
    low = QLabel("Below", sheet)
    low.move(0, 1900)
    area.setWidget(sheet)
    window = stage(area)
    assert kinds(window) == []
    sheet.setFixedSize(3000, 100)
    qtbot.waitUntil(lambda: "scrolls sideways" in kinds(window))
