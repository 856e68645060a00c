"""The Claims tab and the note of charge entry, on a real practice, by the keyboard alone."""

from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from sqlalchemy import select

from medbill_desktop.domain.coverages import CoverageDetails
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import tables as t
from medbill_desktop.ui.pages.charges import ChargesPage
from medbill_desktop.ui.pages.claims_note import note_words
from medbill_desktop.ui.pages.claims_panel import ClaimPanel, UpdatePanel
from medbill_desktop.ui.pages.patient import PatientPage
from medbill_desktop.ui.pages.patient_tab import PanelForm
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.usecases.charges import EnterSuperbills, enter_superbills
from medbill_desktop.usecases.claims import ClaimNote, ClaimsMade
from medbill_desktop.usecases.coverages import SaveCoverage, save_coverage
from tests.ledger_rows import SUMMIT, a_patient, a_superbill, charge, furnish
from tests.ui.page_window import PageWindow

CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier


@pytest.fixture
def nora(vault):
    furnish(vault)
    return a_patient(vault)


@pytest.fixture
def shown(qtbot, window):
    """Open the Claims tab and wait until its rows are there."""

    def show(who, rows=1, on=window):
        page = on.put(PatientPage, PatientPlace(who.patient_id, "claims"))
        tab = next(tab for key, _, tab in page.tabs if key == "claims")
        qtbot.waitUntil(lambda: page.card is not None and listed(tab) == rows)
        return page, tab

    return show


def listed(tab):
    return len([at for at in range(tab.table.rows.rowCount()) if hasattr(tab.table.rows.line(at), "number")])


def statuses(tab):
    return [tab.table.rows.columns[-1].cell(tab.table.rows.line(at)).word for at in range(tab.table.rows.rowCount())]


def words_of(widget):
    return "\n".join(each.text() for each in widget.findChildren(QLabel))


def new_member_id(desk, who):
    details = CoverageDetails(SUMMIT, "ZZ9900055", date(2025, 1, 1))
    desk.run(save_coverage, SaveCoverage(desk.new_id(), who.patient_id, details, who.coverage_id))


def audited(vault):
    with vault.reader.begin() as conn:
        return [row.action for row in conn.execute(select(t.audit.c.action))]


def open_panel(qtbot, page, tab, key, kind, modifier=ALT):
    qtbot.keyClick(tab.table, key, modifier)
    qtbot.waitUntil(lambda: page.panel.findChild(kind) is not None)
    return page.panel.findChild(kind)


def test_a_claim_is_read_by_keys_and_its_member_id_is_hidden(qtbot, desk, vault, nora, shown):
    charge(desk, nora, "99213", "94010")
    page, tab = shown(nora)
    assert statuses(tab) == ["Draft"]
    panel = open_panel(qtbot, page, tab, Qt.Key.Key_Return, ClaimPanel, Qt.KeyboardModifier.NoModifier)
    words = words_of(panel)
    for each in ("Draft, 225.00", "Summit PPO SUM01", "•••••0001", "Nora Whitfield", "M17.11", "99213", "94010",
                 "Reyes, Ada MD · 1000000004", "release not signed, benefits not signed"):  # fmt: skip
        assert each in words
    assert "XYZ0000001" not in words
    assert "claim.open" in audited(vault)
    qtbot.keyClick(tab.table, Qt.Key.Key_I, ALT)
    qtbot.waitUntil(lambda: "XYZ0000001" in words_of(page.panel))
    qtbot.keyClick(tab.table, Qt.Key.Key_Escape)
    assert page.panel.isHidden()


def test_differences_are_shown_and_taken_over_when_agreed_to(qtbot, desk, nora, shown):
    charge(desk, nora)
    new_member_id(desk, nora)
    page, tab = shown(nora)
    assert statuses(tab) == ["Draft, 1 change since"]
    panel = open_panel(qtbot, page, tab, Qt.Key.Key_U, UpdatePanel)
    assert "Policy's member id: was •••••0001, is •••••0055 now." in words_of(panel)
    qtbot.keyClick(panel.confirm, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: statuses(tab) == ["Draft"])
    assert page.panel.isHidden()


def test_what_is_up_to_date_is_said_and_not_asked(qtbot, desk, nora, shown, window):
    charge(desk, nora)
    page, tab = shown(nora)
    qtbot.keyClick(tab.table, Qt.Key.Key_U, ALT)
    qtbot.waitUntil(lambda: window.said == ["Claim 1-1 says what registration says."])
    assert page.panel.isHidden()


def test_a_draft_is_withdrawn_with_a_reason_and_made_again(qtbot, desk, nora, shown, window):
    charge(desk, nora)
    page, tab = shown(nora)
    form = open_panel(qtbot, page, tab, Qt.Key.Key_W, PanelForm)
    qtbot.keyClick(form.form.fields["reason"].field, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: "A reason is needed." in words_of(page.panel))
    qtbot.keyClicks(form.form.fields["reason"].field, "The employer pays")
    qtbot.keyClick(form.form.fields["reason"].field, Qt.Key.Key_Return, CTRL)
    qtbot.waitUntil(lambda: statuses(tab) == ["Withdrawn"])
    form = open_panel(qtbot, page, tab, Qt.Key.Key_C, PanelForm)
    qtbot.keyClick(form.confirm, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: sorted(statuses(tab)) == ["Draft", "Withdrawn"])
    qtbot.waitUntil(lambda: "Made 1 draft over 165.00." in window.said)


def test_claims_of_visits_from_before_are_made_for_the_whole_practice(
    qtbot, desk, vault, nora, shown, window, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr("medbill_desktop.usecases.charges.gather", lambda *given: None)
        charge(desk, nora)
        charge(desk, a_patient(vault, 2))
    page, tab = shown(nora, rows=0)
    assert "No claim yet" in tab.table.rows.line(0).text
    form = open_panel(qtbot, page, tab, Qt.Key.Key_C, PanelForm)
    assert "2 visits have no claim yet" in words_of(form)
    qtbot.keyClick(form.confirm, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: listed(tab) == 1)
    qtbot.waitUntil(lambda: "Made 2 drafts over 330.00." in window.said)
    qtbot.keyClick(tab.table, Qt.Key.Key_C, ALT)
    qtbot.waitUntil(lambda: window.said[-1] == "Every visit that a plan owes is on a claim.")


def test_a_front_desk_sees_the_list_and_is_told_why_not_more(qtbot, desk, desk_as, nora, shown):
    charge(desk, nora)
    other = PageWindow(desk_as(Role.FRONT_DESK))
    qtbot.addWidget(other)
    page, tab = shown(nora, on=other)
    qtbot.keyClick(tab.table, Qt.Key.Key_Return)
    assert other.said == ["Your role may not view diagnoses and documents."]
    assert page.panel.isHidden()
    other.close()


def test_nothing_of_one_patient_stays_for_the_next(qtbot, desk, vault, nora, shown, window):
    charge(desk, nora)
    other = a_patient(vault, 2, insured=False, last="Ortiz", first="Ana")
    page, tab = shown(nora)
    open_panel(qtbot, page, tab, Qt.Key.Key_Return, ClaimPanel, Qt.KeyboardModifier.NoModifier)
    page.open(PatientPlace(other.patient_id, "claims"))
    assert page.panel.isHidden()
    assert listed(tab) == 0
    qtbot.waitUntil(lambda: page.card is not None and page.card.id == other.patient_id)


def test_charge_entry_says_on_its_page_which_draft_it_made(qtbot, desk, nora, window):
    page = window.put(ChargesPage)
    bills = (a_superbill(nora, desk.clock.today()),)
    page._on_posted(desk.run(enter_superbills, EnterSuperbills(desk.new_id(), bills)))
    said = "Claim draft 1-1 to Summit PPO, member id •••••0001: 1 charge, 165.00."
    qtbot.waitUntil(lambda: page.problems.words == said)


@pytest.mark.parametrize(("made", "said"), [
    (ClaimsMade(0, 0, None), ""),
    (ClaimsMade(1, 165_00, ClaimNote("1-7", "Summit PPO", "•••••0001", 1)),
     "Claim draft 1-7 to Summit PPO, member id •••••0001: 1 charge, 165.00."),
    (ClaimsMade(1, 225_00, ClaimNote("1-7", "Summit PPO", "•••••0001", 2)),
     "Claim draft 1-7 to Summit PPO, member id •••••0001: 2 charges, 225.00."),
    (ClaimsMade(1200, 100_00, None), "1,200 claim drafts over 100.00."),
])  # fmt: skip
def test_charge_entry_says_which_claim_it_made(made, said):
    assert note_words(made) == said
