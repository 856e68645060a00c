"""Everything a person can see is photographed, nothing of it is cut, and no panel or dialog is forgotten (UX Proof)."""

import importlib
import pkgutil

import pytest
from PySide6.QtWidgets import QWidget

from medbill_desktop import ui
from medbill_desktop.cli.output import Output
from medbill_desktop.cli.screenshots import photographed
from medbill_desktop.ui.dialogs.secure_dialog import SecureDialog
from medbill_desktop.ui.pages.patient_tab import PanelForm

for module in pkgutil.walk_packages(ui.__path__, "medbill_desktop.ui."):
    importlib.import_module(module.name)

# What a training practice does not come to by one or two presses; each is opened by the test that is named.
NOT_COME_TO = {}


def kinds_below(kind):
    for each in kind.__subclasses__():
        if each.__module__.startswith("medbill_desktop.ui."):
            yield each
        yield from kinds_below(each)


@pytest.fixture(scope="module")
def album(tmp_path_factory, qapp):
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
            patch.setenv(name, str(home / name.lower()))
        yield photographed(tmp_path_factory.mktemp("pictures"), Output(as_json=False))


@pytest.mark.long
def test_all_is_photographed_in_both_sizes_and_themes(album):
    assert album.missing == []
    kinds = {tuple(each.stem.rsplit("-", 2)[1:]) for each in album.pictures}
    assert kinds == {(size, theme) for size in ("1366x768", "1920x1080") for theme in ("light", "dark")}
    assert [each.name for each in album.folder.iterdir() if each.suffix != ".png"] == []


@pytest.mark.long
def test_nothing_is_cut(album):
    assert album.cut == {}


@pytest.mark.long
def test_every_dialog_and_every_form_of_a_panel_is_seen(album):
    seen = {each.partition(":")[0] for kinds in album.scenes.values() for each in kinds}
    there = {each.__name__ for base in (SecureDialog, PanelForm) for each in kinds_below(base)}
    there |= {
        each.__name__ for each in kinds_below(QWidget)
        if each.__name__.endswith("Panel") and each.__module__.startswith("medbill_desktop.ui.pages.")
    }  # fmt: skip
    assert there - seen - NOT_COME_TO.keys() == set()
    assert NOT_COME_TO.keys() & seen == set(), "they are come to: take them from the list"
