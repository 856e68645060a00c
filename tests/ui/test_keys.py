"""One table of all keys: on no page do two actions share one, and none takes what works everywhere."""

import re
from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtGui import QKeySequence

import medbill_desktop.ui
from medbill_desktop.ui.help import EVERYWHERE
from medbill_desktop.ui.pages import PAGES
from medbill_desktop.ui.places import PatientPlace
from tests.office_factory import make_office
from tests.people import register
from tests.ui.page_window import PageWindow

GLOBAL = {"Ctrl+K", "Ctrl+L", "F1", "F5", "Alt+Left", "Ctrl+Shift+P", *(f"Ctrl+{at}" for at in range(1, 10))}
# What only moves within a list or a field: it is said on several lines of one card, and no shortcut.
WITHIN = {"Enter", "Space", "Esc", "Up", "Down", "Left", "Right", "Del", "+", "-", "Tab"}


@pytest.fixture
def window(qtbot, tmp_path):
    office, _ = make_office(tmp_path)
    made = PageWindow(office.desk)
    made.office = office
    qtbot.addWidget(made)
    yield made
    made.close()
    office.close()


def tabs_of(page):
    """Return the parts of a page, each of which has keys of its own."""
    tabs = getattr(page, "tabs", None) or {}
    held = tabs.values() if isinstance(tabs, dict) else [each[-1] for each in tabs]
    return [each for each in held if hasattr(each, "keys")]


def cards_of(page):
    """Return the keys that can be pressed together: those of the page with those of each of its parts."""
    parts = tabs_of(page)
    own = [each.key for each in getattr(page, "_common", page.keys)]
    return [own + [each.key for each in part.keys] for part in parts] or [[each.key for each in page.keys]]


@pytest.mark.parametrize("spec", PAGES, ids=lambda spec: spec.key)
def test_no_two_actions_of_a_page_share_a_key_and_none_takes_a_key_of_everywhere(window, spec):
    place = PatientPlace(register(window.desk).patient_id) if spec.key == "patient" else None
    page = window.put(spec.factory, place)
    for card in cards_of(page):
        keys = [each for each in card if each not in WITHIN]
        assert [key for key, count in Counter(keys).items() if count > 1] == []
        assert set(keys) & GLOBAL == set()
        assert all(QKeySequence(key).toString() for key in keys if " " not in key and "/" not in key), keys


def test_the_card_of_everywhere_is_what_this_test_holds_pages_to():
    assert {each.key for each in EVERYWHERE} - {"Ctrl+1 .. 9"} <= GLOBAL


def test_every_page_that_another_leads_to_is_there():
    """A button that leads to a page nobody listed would say that the role has no such page."""
    known = {each.key for each in PAGES}
    root = Path(medbill_desktop.ui.__file__).parent
    wanted = {
        key for file in root.rglob("*.py") for key in re.findall(r'\bgo\("(\w+)"', file.read_text(encoding="utf-8"))
    }
    assert wanted - known == set()
    assert {each.parent for each in PAGES if each.parent} <= known


def test_every_page_has_a_page_of_the_rail_to_be_marked_by():
    by_key = {each.key: each for each in PAGES}
    for each in PAGES:
        assert each.rail or by_key[each.parent].rail or by_key[by_key[each.parent].parent].rail
