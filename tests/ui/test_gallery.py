"""The gallery finds by itself what there is to see: every page, part, panel and dialog (UX Proof)."""

import struct

import pytest
from PySide6.QtWidgets import QLabel

from medbill_desktop.ui import gallery
from medbill_desktop.ui.dialogs.asking import ConfirmDialog
from medbill_desktop.ui.office_day import DayWindow
from medbill_desktop.ui.pages import PAGES
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.pages.settings import TABS
from medbill_desktop.ui.places import PageSpec, Part
from medbill_desktop.ui.theme import Choice
from medbill_desktop.ui.widgets.fields import LineField
from medbill_desktop.ui.widgets.words import label
from medbill_desktop.usecases.office import TRAINING_SIGN_IN
from medbill_desktop.usecases.users import my_account
from medbill_desktop.usecases.watch import Quiet
from tests.office_factory import make_office
from tests.ui.window import PlainPage


class QuestionForm(PanelForm):
    def __init__(self, page):
        super().__init__(page, "Say why.", "Ask", self._on_ask)
        self.form.add("why", "Why", LineField(), 0)

    def _on_ask(self):
        ConfirmDialog(self, "Ask", "Is this so?", "Yes", lambda: None).open()


class RichPage(PlainPage):
    def __init__(self, desk, jobs, shell):
        super().__init__(desk, jobs, shell)
        self.tools(self.button("Why", "Ctrl+W", lambda: self.open_panel("Why", QLabel("Because"))))
        self.tools(self.button("Why again", "Ctrl+G", lambda: self.open_panel("Why", QLabel("Because"))))
        self.tools(self.button("Nothing", "Ctrl+B", lambda: None))
        self.action("Question", "Ctrl+Q", lambda: QuestionForm(self).open("Question"))


class TightPage(PlainPage):
    def __init__(self, desk, jobs, shell):
        super().__init__(desk, jobs, shell)
        words = label("More words than there is room for")
        words.setFixedWidth(40)
        self.add(words)


SPECS = (
    PageSpec("rich", "Rich", "ph.users", my_account, RichPage, parts=(Part("deep", "Deep", my_account),)),
    PageSpec("tight", "Tight", "ph.users", my_account, TightPage),
)


@pytest.fixture
def day(tmp_path, qapp):
    office, _ = make_office(tmp_path / "practice", kind="training")
    office.sign_out()
    made = DayWindow(office, SPECS)
    yield made
    made.dress(Choice.LIGHT)
    made.close()


def photographed(day, tmp_path, **more):
    album = gallery.Album(tmp_path / "pictures", 600)
    who = TRAINING_SIGN_IN
    gallery.photograph(day, who.name, who.password, album, Quiet(), choice=Choice.DARK, **more)
    return album


def test_pages_parts_panels_and_dialogs_are_found_by_pressing_what_there_is(day, tmp_path):
    album = photographed(day, tmp_path)
    assert album.missing == []
    assert set(album.scenes) >= {
        "sign-in", "rich", "rich-help", "rich-deep", "rich-why", "rich-question", "rich-question-ask", "tight",
        "locked",
    }  # fmt: skip
    assert album.scenes["rich-question"] == ("QuestionForm:Question",)
    assert album.scenes["rich-question-ask"][0] == "ConfirmDialog:Ask"
    assert "rich-why-again" not in album.scenes, "it shows what another button shows"
    assert "rich-nothing" not in album.scenes
    sizes = {struct.unpack(">II", each.read_bytes()[16:24]) for each in album.pictures}
    assert sizes == set(gallery.SIZES)
    assert len(album.pictures) == len(set(album.pictures)) == len(album.scenes) * len(gallery.SIZES)


def test_what_is_cut_is_said_with_its_page(day, tmp_path):
    album = photographed(day, tmp_path, only="tight")
    assert set(album.scenes) == {"tight", "tight-help"}
    assert all(any("label needs" in sentence for sentence in sentences) for sentences in album.cut.values())
    assert "tight-1366x768" in album.cut


def test_when_its_time_is_over_it_says_what_is_missing(day, tmp_path):
    album = gallery.Album(tmp_path / "pictures", 0)
    who = TRAINING_SIGN_IN
    gallery.photograph(day, who.name, who.password, album, Quiet(), choice=Choice.LIGHT)
    assert album.missing == ["rich", "rich-deep", "tight"]


def test_no_page_of_the_program_and_no_part_of_one_is_left_out(day):
    """A page that stands in the registry is photographed; the patient's tabs are read from the page itself."""
    day.sign_in(TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password)
    for spec in PAGES:
        if spec.key == "patient":
            continue
        names = {name for name, _ in gallery.places_of(day, spec)}
        parts = {each.key for each in spec.parts}
        assert {f"{spec.key}-{each}" for each in parts} <= names
        assert spec.key in names or parts
    assert {each.key for each in TABS} == {each.key for spec in PAGES if spec.key == "settings" for each in spec.parts}
