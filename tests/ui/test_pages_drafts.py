"""What was left half-typed is listed, opened again where it belongs, thrown away and brought back."""

import json

from medbill_desktop.domain.drafts import DraftName
from medbill_desktop.domain.users import Role
from medbill_desktop.ui.half_forms import FORMS
from medbill_desktop.ui.page import Page
from medbill_desktop.ui.pages import PAGES
from medbill_desktop.ui.pages.drafts import UNKNOWN, DraftsPage
from medbill_desktop.ui.pages.today import QueueRow, TodayPage
from medbill_desktop.usecases.drafts import ListDrafts, OpenDraft, SaveDraft, list_drafts, open_draft, save_draft


def listed(page, qtbot):
    qtbot.waitUntil(lambda: page._row() is not None)
    return page._row()


def test_every_page_that_keeps_a_draft_can_be_gone_on_with():
    kept = {spec.factory.draft_form: spec.key for spec in PAGES if getattr(spec.factory, "draft_form", "")}
    assert kept == {form: FORMS[form].page for form in kept}
    assert len(kept) >= 3
    assert Page.draft_form == ""


def test_a_draft_is_listed_and_gone_on_with(qtbot, desk, window):
    key = DraftName("refund.paid", None, "17").key
    desk.run(save_draft, SaveDraft(key, b"{}"))
    page = window.put(DraftsPage)
    assert listed(page, qtbot).words == "Noting that a refund was paid"
    page._on_resume()
    assert window.gone_on == [(key, None)]


def test_what_is_thrown_away_can_be_brought_back(qtbot, desk, window):
    desk.run(save_draft, SaveDraft("payment", b'{"cents": "25.00"}'))
    page = window.put(DraftsPage)
    listed(page, qtbot)
    assert not page._back.isEnabled()
    page._on_drop()
    assert desk.ask(list_drafts, ListDrafts()) == ()
    qtbot.waitUntil(lambda: page._row() is None)
    assert not page._drop.isEnabled()
    assert page._back.isEnabled()
    page._on_back()
    assert listed(page, qtbot).id == "payment"
    assert json.loads(desk.ask(open_draft, OpenDraft("payment"))) == {"cents": "25.00"}
    assert not page._back.isEnabled()


def test_a_form_of_another_version_is_listed_and_can_only_be_thrown_away(qtbot, desk, window):
    desk.run(save_draft, SaveDraft("hologram", b"{}"))
    page = window.put(DraftsPage)
    assert listed(page, qtbot).words == UNKNOWN
    assert not page._resume.isEnabled()
    assert page._drop.isEnabled()


def test_nobody_sees_the_drafts_of_somebody_else(qtbot, desk, desk_as):
    desk.run(save_draft, SaveDraft("payment", b"{}"))
    assert desk_as(Role.BILLER).ask(list_drafts, ListDrafts()) == ()


def test_today_reminds_of_it(qtbot, desk, window):
    desk.run(save_draft, SaveDraft("charges", b"{}"))
    page = window.put(TodayPage)
    qtbot.waitUntil(lambda: any(isinstance(row, QueueRow) and row.id == "drafts" for row in page._queue_rows()))
