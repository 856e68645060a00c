import os

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(scope="session")
def qapp(qapp):
    """The program's look on Qt's one application object."""
    from medbill_desktop.ui.fonts import load_fonts
    from medbill_desktop.ui.theme import Choice, wear

    load_fonts()
    wear(qapp, Choice.LIGHT)
    return qapp


@pytest.fixture
def window(qtbot, desk):
    """A window for one page, of a person who may do everything."""
    from tests.ui.page_window import PageWindow

    made = PageWindow(desk)
    qtbot.addWidget(made)
    yield made
    made.jobs.close()
