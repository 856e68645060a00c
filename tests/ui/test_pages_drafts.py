"""What was left half-typed is listed, opened again and thrown away."""

import pytest

from medbill_desktop.domain.users import Role
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages import PAGES
from medbill_desktop.ui.pages.drafts import FORMS, DraftsPage
from medbill_desktop.ui.pages.today import QueueRow, TodayPage
from medbill_desktop.usecases.drafts import ListDrafts, SaveDraft, list_drafts, save_draft
from tests.ui.page_window import PageWindow


@pytest.fixture
def window(qtbot, desk):
    made = PageWindow(desk)
    qtbot.addWidget(made)
    yield made
    made.close()


def test_every_form_that_keeps_drafts_can_be_gone_on_with():
    kept = {spec.factory.draft_form: spec.key for spec in PAGES if getattr(spec.factory, "draft_form", "")}
    assert kept == {form: page for form, (_, page) in FORMS.items()}
    assert Page.draft_form == ""


def test_a_draft_is_listed_gone_on_with_and_thrown_away(qtbot, desk, window):
    desk.run(save_draft, SaveDraft("payment", b"{}"))
    page = window.put(DraftsPage)
    qtbot.waitUntil(lambda: page._row() is not None)
    assert page._row().words == "Taking a payment"
    page._on_resume()
    assert window.gone[-1][0] == "payments"
    page._on_drop()
    qtbot.waitUntil(lambda: desk.ask(list_drafts, ListDrafts()) == ())
    qtbot.waitUntil(lambda: page._row() is None)
    assert not page._drop.isEnabled()


def test_nobody_sees_the_drafts_of_somebody_else(qtbot, desk, desk_as):
    desk.run(save_draft, SaveDraft("payment", b"{}"))
    assert desk_as(Role.BILLER).ask(list_drafts, ListDrafts()) == ()


def test_today_reminds_of_it(qtbot, desk, window):
    desk.run(save_draft, SaveDraft("charges", b"{}"))
    page = window.put(TodayPage)
    qtbot.waitUntil(lambda: any(isinstance(row, QueueRow) and row.id == "drafts" for row in page._queue_rows()))
