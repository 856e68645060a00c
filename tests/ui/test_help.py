"""The manual says true things: every key that it names is a key of that screen, every page of it can be found."""

import re

import pytest
from PySide6.QtWidgets import QLabel

from medbill_desktop import assets
from medbill_desktop.security.passwords import LONG_ENOUGH
from medbill_desktop.ui.help import EVERYWHERE, help_text
from medbill_desktop.ui.jobs import Jobs
from medbill_desktop.ui.pages import PAGES
from medbill_desktop.ui.pages.audit import AuditPage
from medbill_desktop.ui.pages.settings import SettingsPage
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.ui.sign_in.steps import PasswordStep
from tests.office_factory import make_office
from tests.people import register
from tests.ui.page_window import PageWindow

KEY = re.compile(r"(?<![\w`])((?:Ctrl|Alt|Shift)\+[\w+]+|F\d\d?)\b")
EVERYWHERE_KEYS = {each.key for each in EVERYWHERE}


@pytest.fixture
def window(qtbot, tmp_path):
    office, _ = make_office(tmp_path)
    made = PageWindow(office.desk)
    made.office = office
    qtbot.addWidget(made)
    yield made
    made.jobs.close()
    made.close()
    office.close()


def keys_of(page):
    keys = {each.key for each in page.keys}
    if isinstance(page, SettingsPage):
        keys |= {each.key for tab in page.tabs.values() for each in tab.keys}
    if isinstance(page, AuditPage):
        keys |= {each.key for _, tab in page.tabs for each in tab.keys}
    return keys


@pytest.mark.parametrize("spec", PAGES, ids=lambda spec: spec.key)
def test_every_key_that_a_page_of_the_manual_names_works_on_its_screen(window, spec):
    place = PatientPlace(register(window.desk).patient_id) if spec.key == "patient" else None
    page = window.put(spec.factory, place)
    text = help_text(spec.key)
    assert text != help_text("index")
    named = set(KEY.findall(text))
    assert named - keys_of(page) - EVERYWHERE_KEYS == set()


def test_every_page_of_the_manual_is_in_its_index():
    pages = {each.name.removesuffix(".md") for each in assets.path("help").iterdir()} - {"index"}
    assert pages == set(re.findall(r"\((\w+)\.md\)", help_text("index")))


def test_every_link_between_pages_of_the_manual_leads_somewhere():
    for each in assets.path("help").iterdir():
        for link in re.findall(r"\]\(([^)]+)\)", each.read_text(encoding="utf-8")):
            assert assets.path(f"help/{link}").is_file(), (each.name, link)


def test_the_page_on_signing_in_and_the_index_name_keys_of_everywhere():
    for page in ("index", "sign_in", "recovery_kit"):
        assert set(KEY.findall(help_text(page))) <= EVERYWHERE_KEYS


def test_the_least_length_of_a_password_is_told_before_it_is_typed(qtbot):
    words = f"t least {LONG_ENOUGH} characters"
    jobs = Jobs()
    step = PasswordStep(jobs, lambda typed: None)
    qtbot.addWidget(step)
    assert any(words in each.text() for each in step.findChildren(QLabel))
    assert words in help_text("first_run")
    jobs.close()
