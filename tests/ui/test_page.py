"""What every page does by itself: the order of Tab, and keys that work wherever the keyboard is in the window."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from medbill_desktop.ui.page import Page
from medbill_desktop.ui.widgets.fields import LineField
from tests.ui.page_window import PageWindow


class Example(Page):
    """The button of the action bar is made before the fields, as on many pages."""

    def __init__(self, desk, jobs, shell):
        super().__init__(desk, jobs, shell, "Example")
        self.pressed = []
        self.save = self.button("Save", "Ctrl+Enter", lambda: self.pressed.append("save"))
        self.action_bar.add(self.save)
        self.first, self.second = LineField(), LineField()
        self.add(self.first)
        self.add(self.second)
        self.action("Show the numbers", "F2", lambda: self.pressed.append("numbers"))


@pytest.fixture
def window(qtbot, desk):
    made = PageWindow(desk)
    made.outside = QLineEdit(made)
    made.layout().addWidget(made.outside)
    qtbot.addWidget(made)
    yield made
    made.jobs.close()


def test_tab_comes_to_the_action_bar_after_the_body(window, qtbot):
    page = window.put(Example)
    page.first.setFocus()
    order = []
    for _ in range(3):
        order.append(window.focusWidget())
        qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    assert order == [page.first, page.second, page.save]


def test_a_page_hears_its_keys_while_the_keyboard_is_elsewhere_in_the_window_and_none_when_hidden(window, qtbot):
    page = window.put(Example)
    window.outside.setFocus()
    qtbot.keyClick(window.outside, Qt.Key.Key_F2)
    assert page.pressed == ["numbers"]
    page.hide()
    qtbot.keyClick(window.outside, Qt.Key.Key_F2)
    assert page.pressed == ["numbers"]
