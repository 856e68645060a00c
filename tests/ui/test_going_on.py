"""In the whole window: what was half-typed outlives lock, seal, a switch of pages and a full disk, and is gone on with
where it belongs (SECURITY L11)."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from sqlalchemy import text

from medbill_desktop.domain.drafts import DraftName
from medbill_desktop.domain.problems import DiskFull
from medbill_desktop.domain.users import Role
from medbill_desktop.ui.dialogs.inviting import InviteDialog
from medbill_desktop.ui.dialogs.secure_dialog import SecureDialog
from medbill_desktop.ui.pages import PAGES
from medbill_desktop.ui.pages.drafts import DraftsPage
from medbill_desktop.ui.pages.patient import PatientPage
from medbill_desktop.ui.places import PatientPlace
from medbill_desktop.usecases.drafts import ListDrafts, list_drafts
from medbill_desktop.usecases.merging import MergePatients, merge_patients
from medbill_desktop.usecases.preferences import SetPreference, set_preference
from tests.office_factory import make_office
from tests.people import a_coverage, a_payer, register
from tests.ui.window import make_window


@pytest.fixture
def office(tmp_path):
    made, facts = make_office(tmp_path)
    made.facts = facts
    yield made
    made.close()


@pytest.fixture
def window(office, tmp_path, qtbot):
    made = make_window(office, tmp_path, qtbot, specs=PAGES)
    sit(made, office.desk, qtbot)
    return made


def sit(window, desk, qtbot):
    window.sit_down(desk)
    window.workspace.start_backup = lambda occasion: False
    qtbot.waitUntil(lambda: window.jobs.under_way == 0, timeout=15_000)


def forms(office):
    office.settle()
    return sorted(each.form for each in office.desk.ask(list_drafts, ListDrafts()))


def patient_page(window, patient_id, tab, qtbot):
    window.workspace.go("patient", PatientPlace(patient_id, tab))
    page = window.workspace.page
    qtbot.waitUntil(lambda: page.card is not None and page.card.id == patient_id, timeout=15_000)
    qtbot.waitUntil(lambda: window.jobs.under_way == 0, timeout=15_000)
    return page


def type_in(field, words):
    """Type letters of any script; Qt's own helper knows Latin ones only."""
    field.setFocus()
    for letter in words:
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(field, QKeyEvent(kind, 0, Qt.KeyboardModifier.NoModifier, letter))


def half_contact(window, patient_id, qtbot, words="Łucja"):
    """Leave a contact of this patient half-typed in the side panel."""
    page = patient_page(window, patient_id, "details", qtbot)
    page.tab._on_add_contact()
    field = page.panel.content.form.fields["kind"].field
    field.setCurrentIndex(2)
    field.activated.emit(2)
    type_in(page.panel.content.form.fields["name"].field, words)
    return page


def shown_form(window):
    page = window.workspace.page
    content = page.panel.content
    return getattr(content, "form", None)


def go_on(window, qtbot, at=0):
    window.workspace.go("drafts")
    page = window.workspace.page
    assert isinstance(page, DraftsPage)
    qtbot.waitUntil(lambda: page._row() is not None, timeout=15_000)
    page.table.choose(page.table.rows.line(at).id)
    page._on_resume()


def test_a_panel_opens_again_on_the_right_patient_with_what_stood_in_it(window, office, qtbot):
    one, other = register(office.desk).patient_id, register(office.desk, "Whitfield", "Tom").patient_id
    half_contact(window, one, qtbot)
    patient_page(window, other, "account", qtbot)
    assert forms(office) == [DraftName("contact", one).key]
    go_on(window, qtbot)
    qtbot.waitUntil(lambda: shown_form(window) is not None, timeout=15_000)
    page = window.workspace.page
    assert isinstance(page, PatientPage)
    assert page.card.id == one
    assert shown_form(window).text("name") == "Łucja"
    assert page.panel._restored.words
    page.panel.content.send()
    qtbot.waitUntil(page.panel.isHidden, timeout=15_000)
    assert forms(office) == []


def test_a_form_about_a_line_opens_on_that_line(window, office, qtbot):
    payer = a_payer(office.desk)
    one = register(office.desk, coverages=[a_coverage(payer)]).patient_id
    page = patient_page(window, one, "coverage", qtbot)
    page.tab.table.choose_first()
    page.tab._on_end()
    QTest.keyClicks(page.panel.content.form.fields["last_day"].field, "12/31/2026")
    window.workspace.go("patients")
    (key,) = forms(office)
    assert key == DraftName("coverage.end", one, str(page.card.coverages[0].id)).key
    go_on(window, qtbot)
    qtbot.waitUntil(lambda: shown_form(window) is not None, timeout=15_000)
    assert shown_form(window).fields["last_day"].field.text() == "12/31/2026"


def test_the_policy_that_is_typed_under_the_list_comes_back(window, office, qtbot):
    a_payer(office.desk)
    one, other = register(office.desk).patient_id, register(office.desk, "Whitfield").patient_id
    page = patient_page(window, one, "coverage", qtbot)
    page.tab._on_add()
    QTest.keyClicks(page.tab._editor.form.fields["member_id"].field, "XK4471902")
    patient_page(window, other, "coverage", qtbot)
    assert forms(office) == [DraftName("coverage", one).key]
    go_on(window, qtbot)
    qtbot.waitUntil(
        lambda: page.card is not None and page.card.id == one and page.tab._editor.isVisible(), timeout=15_000
    )
    assert page.tab._editor.form.text("member_id") == "XK4471902"


def test_a_draft_of_a_merged_patient_opens_on_the_record_that_stands_for_both(window, office, qtbot):
    one, other = register(office.desk).patient_id, register(office.desk, "Ortiz-Vega").patient_id
    half_contact(window, other, qtbot)
    window.workspace.go("patients")
    office.desk.run(merge_patients, MergePatients(office.desk.new_id(), one, other))
    go_on(window, qtbot)
    qtbot.waitUntil(lambda: shown_form(window) is not None, timeout=15_000)
    assert window.workspace.page.card.id == one
    assert shown_form(window).text("name") == "Łucja"
    assert forms(office) == [DraftName("contact", one).key]


def test_a_draft_of_a_merged_patient_never_takes_the_place_of_another(window, office, qtbot):
    one, other = register(office.desk).patient_id, register(office.desk, "Ortiz-Vega").patient_id
    half_contact(window, other, qtbot, "Nora")
    half_contact(window, one, qtbot, "Łucja")
    window.workspace.go("patients")
    office.desk.run(merge_patients, MergePatients(office.desk.new_id(), one, other))
    key = DraftName("contact", other).key
    window.workspace.go_on(key, one)
    assert forms(office) == sorted([key, DraftName("contact", one).key])
    assert window.workspace.drafts.find(key)["typed"]["contact_name"] == "Nora"
    assert window.workspace.current == "patients"


def test_details_of_a_patient_come_back_on_that_patient_alone(window, office, qtbot):
    one, other = register(office.desk).patient_id, register(office.desk, "Whitfield").patient_id
    page = patient_page(window, one, "details", qtbot)
    street = page.tab.form.fields["street"].field
    street.selectAll()
    QTest.keyClicks(street, "9 Elm Walk")
    patient_page(window, other, "details", qtbot)
    assert page.tab.form.text("street") != "9 Elm Walk"
    assert forms(office) == [DraftName("patient", one).key]
    patient_page(window, one, "details", qtbot)
    assert page.tab.form.text("street") == "9 Elm Walk"


def invited(window, name):
    page = window.workspace.page
    dialog = InviteDialog(page, window.workspace._desk, window.jobs, window.workspace, lambda *_: None)
    dialog.open()
    QTest.qWaitForWindowExposed(dialog)
    if name:
        type_in(dialog.who.form.fields["name"].field, name)
    return dialog


def test_a_lock_and_a_seal_keep_panel_settings_and_dialog(window, office, qtbot):
    one = register(office.desk).patient_id
    window.workspace.go("settings", "hours")
    monday = window.workspace.page.tab.form.fields["monday"].field
    monday.selectAll()
    QTest.keyClicks(monday, "9-12")
    half_contact(window, one, qtbot)
    invited(window, "Nora 李")
    window.lock.lock_now()
    office.settle()
    assert SecureDialog.living(), "the dialog waits behind the lock"
    office.seal(at_once=True)
    qtbot.waitUntil(lambda: window.workspace is None, timeout=15_000)
    sit(window, office.sign_in(office.facts.name, office.facts.password, office.facts.code()), qtbot)
    assert forms(office) == [DraftName("contact", one).key, "settings.hours", "user.invite"]
    window.workspace.go("settings", "hours")
    assert window.workspace.page.tab.form.text("monday") == "9-12"
    assert invited(window, "").who.name == "Nora 李"


def test_esc_gives_a_dialog_up_and_bring_back_undoes_it(window, office, qtbot):
    dialog = invited(window, "Nora")
    dialog.reject()
    assert forms(office) == []
    window.workspace.go("drafts")
    page = window.workspace.page
    page._on_back()
    qtbot.waitUntil(lambda: page._row() is not None, timeout=15_000)
    assert forms(office) == ["user.invite"]
    assert invited(window, "").who.name == "Nora"


def test_throwing_away_empties_the_page_that_is_open(window, office, qtbot):
    window.workspace.go("registration")
    page = window.workspace.page
    QTest.keyClicks(page._patient.fields["last"].field, "Whitfield")
    window.workspace.go("drafts")
    drafts = window.workspace.page
    qtbot.waitUntil(lambda: drafts._row() is not None, timeout=15_000)
    drafts._on_drop()
    assert page._patient.text("last") == ""
    assert forms(office) == []
    drafts._on_back()
    qtbot.waitUntil(lambda: drafts._row() is not None, timeout=15_000)
    drafts._on_resume()
    assert window.workspace.current == "registration"
    assert page._patient.text("last") == "Whitfield"


def test_another_person_finds_nothing_of_it(window, office, qtbot):
    from tests.usecases.test_office import add_person, fresh_code

    name, password, secret = add_person(office, office.facts, "Second Person", Role.OWNER)
    window.workspace.go("settings", "hours")
    monday = window.workspace.page.tab.form.fields["monday"].field
    held = monday.text()
    monday.selectAll()
    QTest.keyClicks(monday, "9-12")
    window.lock.lock_now()
    sit(window, office.sign_in(name, password, fresh_code(office.facts, secret)), qtbot)
    assert forms(office) == []
    window.workspace.go("settings", "hours")
    assert window.workspace.page.tab.form.text("monday") == held


def limit_pages(office, extra):
    with office.trail.vault.writer.begin() as conn:
        have = conn.execute(text("PRAGMA page_count")).scalar()
        conn.execute(text(f"PRAGMA max_page_count={2**30 if extra is None else have + extra}"))


def test_a_full_disk_is_told_once_and_nothing_on_the_screen_is_lost(window, office, qtbot):
    window.workspace.go("settings", "hours")
    page = window.workspace.page
    monday = page.tab.form.fields["monday"].field
    limit_pages(office, 0)
    with pytest.raises(DiskFull):
        for number in range(10_000):
            office.desk.run(set_preference, SetPreference(f"filler.{number}", "x" * 4000))
    monday.selectAll()
    QTest.keyClicks(monday, "9-12")
    for _ in range(3):
        window.workspace.keep_drafts()
    office.settle()
    assert monday.text() == "9-12"
    window.workspace._show_banners()
    window.workspace._show_banners()
    assert window.workspace.banners.words.count("The disk is full.") == 1
    assert not SecureDialog.living()
    again = window.workspace.drafts.find("settings.hours")
    assert again == {"typed": {"hours_monday": "9-12"}}, "it can be read again before there is room"
    limit_pages(office, None)
    assert office.retry()
    assert forms(office) == ["settings.hours"]
