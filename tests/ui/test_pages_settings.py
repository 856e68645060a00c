"""Settings, worked on a real practice; the security tab on a whole Office."""

from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton

from medbill_desktop.domain.statement_rules import StatementRules
from medbill_desktop.domain.users import Role
from medbill_desktop.security import enrolment_code
from medbill_desktop.ui.dialogs.enrolment_codes import EnrolmentCodeDialog
from medbill_desktop.ui.dialogs.new_kit import DrillDialog, NewKitDialog
from medbill_desktop.ui.dialogs.secure_dialog import SecureDialog
from medbill_desktop.ui.pages.settings import GROUPS, SettingsPage
from medbill_desktop.ui.pages.settings_catalogs import EntryPanel
from medbill_desktop.ui.pages.settings_fees import FeePanel
from medbill_desktop.ui.screen_capture import OPEN_WORDS
from medbill_desktop.ui.sign_in.sign_in_view import HONEST
from medbill_desktop.ui.system_events import hearing
from medbill_desktop.ui.theme import Choice, wear, worn
from medbill_desktop.ui.widgets.table import Table
from medbill_desktop.usecases.catalogs import FindFees, ListPayers, ListPlaces, find_fees, list_payers, list_places
from medbill_desktop.usecases.enrolment import EnrolmentLine
from medbill_desktop.usecases.office import PROTECTED_FILE_WORDS, Office
from medbill_desktop.usecases.practice import OpenPracticeCard, open_practice
from medbill_desktop.usecases.preferences import MyPreferences, my_preferences
from medbill_desktop.usecases.statements import StatementRulesNow, statement_rules
from medbill_desktop.usecases.this_disk import DISK_WORDS, SWAP_WORDS
from tests.fast_policy import FAST
from tests.office_factory import DictStore, make_office
from tests.people import a_fee, a_payer, a_place, fees
from tests.ui.page_window import PageWindow

PATIENCE_MS = 20_000
CTRL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def window(qtbot, desk):
    made = PageWindow(desk)
    qtbot.addWidget(made)
    yield made
    made.jobs.close()


@pytest.fixture
def window_as(qtbot, desk_as):
    shown = []

    def make(role):
        made = PageWindow(desk_as(role))
        qtbot.addWidget(made)
        shown.append(made)
        return made

    yield make
    for each in shown:
        each.jobs.close()


def wait(qtbot, holds):
    qtbot.waitUntil(holds, timeout=PATIENCE_MS)


def put(window, tab, wanted="practice"):
    page = window.put(SettingsPage)
    page.open(tab)
    return page


def field(page, name):
    return page.tab.form.fields[name].field


def facts(desk):
    return desk.ask(open_practice, OpenPracticeCard()).facts


def test_the_practice_is_changed_by_keys_and_kept_in_digits(qtbot, desk, window):
    page = put(window, "practice")
    phone = field(page, "phone")
    assert phone.text() == "(207) 555-0100"
    phone.setFocus()
    phone.selectAll()
    qtbot.keyClicks(phone, "207.555.0199")
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    wait(qtbot, lambda: facts(desk).phone == "2075550199")
    wait(qtbot, lambda: phone.text() == "(207) 555-0199")


def test_a_wrong_npi_is_said_under_its_field_and_nothing_is_saved(qtbot, desk, window):
    page = put(window, "practice")
    field(page, "npi").setText("1234567890")
    field(page, "city").setText("Camden")
    page.tab.send()
    assert "check digit" in page.tab.form.fields["npi"].problem
    assert facts(desk).city == "Rockport"


@pytest.mark.parametrize(("typed", "kept"), [("10", 10), ("0", 5), ("16", 5), ("never", 5), ("", 5)])
def test_the_lock_can_be_moved_within_bounds_and_never_off(qtbot, desk, window, typed, kept):
    page = put(window, "practice")
    field(page, "minutes").setText(typed)
    page.tab.send()
    if kept != 5:
        wait(qtbot, lambda: desk.ask(open_practice, OpenPracticeCard()).lock_minutes == kept)
    else:
        wait(qtbot, lambda: bool(page.tab.form.fields["minutes"].problem))
        assert desk.ask(open_practice, OpenPracticeCard()).lock_minutes == 5


def test_what_is_typed_survives_another_tab_until_it_is_taken_back(qtbot, desk, window):
    page = put(window, "practice")
    field(page, "city").setFocus()
    qtbot.keyClicks(field(page, "city"), "X")
    page.open("payers")
    page.open("practice")
    assert field(page, "city").text() == "RockportX"
    qtbot.keyClick(page, Qt.Key.Key_Z, ALT)
    assert field(page, "city").text() == "Rockport"


def test_a_payer_is_added_by_keys_and_found_by_its_number(qtbot, desk, window):
    a_payer(desk, "Blue Coast", payer_code="BC002")
    page = put(window, "payers")
    qtbot.keyClick(page, Qt.Key.Key_N, CTRL)
    panel = page.findChild(EntryPanel)
    qtbot.keyClicks(panel.form.fields["name"].field, "Summit Mutual")
    qtbot.keyClick(panel.form.fields["name"].field, Qt.Key.Key_Return)
    qtbot.keyClicks(QApplication.focusWidget(), "sm 001")
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    wait(qtbot, lambda: len(desk.ask(list_payers, ListPayers())) == 2)
    page.tab.search.setText("SM001")
    assert page.tab.table.chosen_row().payer.name == "Summit Mutual"


def test_a_payer_of_the_same_name_is_refused_under_the_name(qtbot, desk, window):
    a_payer(desk, "Blue Coast")
    page = put(window, "payers")
    page.tab._on_add()
    panel = page.findChild(EntryPanel)
    panel.form.set_values({"name": "BLUE  COAST"})
    panel.send()
    wait(qtbot, lambda: "already" in panel.form.fields["name"].problem)


def test_an_entry_goes_out_of_use_and_comes_back_on_wish(qtbot, desk, window):
    a_place(desk, "Old annex")
    page = put(window, "places")
    table = page.tab.table
    table.setFocus()
    qtbot.keyClick(table, Qt.Key.Key_Return)
    panel = page.findChild(EntryPanel)
    panel.form.set_values({"active": False})
    panel.send()
    wait(qtbot, lambda: not desk.ask(list_places, ListPlaces()))
    wait(qtbot, lambda: table.chosen_row() is None)
    qtbot.keyClick(page, Qt.Key.Key_U, ALT)
    assert table.chosen_row().place.name == "Old annex"


def test_a_new_price_ends_the_old_one_the_day_before(qtbot, desk, window):
    fees(desk, a_fee())
    page = put(window, "fees")
    page.tab.table.setFocus()
    qtbot.keyClick(page.tab.table, Qt.Key.Key_Return)
    price = page.findChild(FeePanel).form.fields["cents"].field
    assert price.hasFocus()
    price.selectAll()
    qtbot.keyClicks(price, "150")
    qtbot.keyClick(price, Qt.Key.Key_Return, CTRL)
    today = desk.clock.today()
    wait(qtbot, lambda: desk.ask(find_fees, FindFees("99213", today))[0].fee.cents == 15_000)
    before = desk.ask(find_fees, FindFees("99213", date(2026, 11, 17)))[0].fee
    assert (before.cents, before.last_day) == (14_500, date(2026, 11, 17))


def test_a_price_with_problems_says_them_under_its_fields(qtbot, desk, window):
    page = put(window, "fees")
    page.tab._on_add()
    panel = page.findChild(FeePanel)
    panel.send()
    assert panel.form.fields["cents"].problem
    panel.form.set_values({"cents": 100, "code": "99!"})
    panel.send()
    wait(qtbot, lambda: bool(panel.form.fields["code"].problem and panel.form.fields["generic_words"].problem))


def test_prices_of_another_day_are_shown(qtbot, desk, window):
    fees(desk, a_fee(first_day=date(2027, 1, 1)))
    page = put(window, "fees")
    assert page.tab.table.chosen_row() is None
    page.tab.day.setText("1/2/2027")
    qtbot.keyClick(page.tab.day, Qt.Key.Key_Return)
    assert page.tab.table.chosen_row().fee.code == "99213"


def test_importing_prices_leads_to_the_import_page(qtbot, window):
    page = put(window, "fees")
    qtbot.keyClick(page, Qt.Key.Key_I, CTRL)
    assert window.gone == [("import", "fees")]


def test_the_rules_of_statements_are_saved_whole(qtbot, desk, window):
    page = put(window, "statements")
    field(page, "minimum_cents").setText("7.50")
    field(page, "cycle_days").setText("30")
    field(page, "final_message").setPlainText("Please call us.")
    qtbot.keyClick(page, Qt.Key.Key_Return, CTRL)
    wanted = StatementRules(minimum_cents=750, cycle_days=30, final_message="Please call us.")
    wait(qtbot, lambda: desk.ask(statement_rules, StatementRulesNow()) == wanted)


def test_rules_out_of_bounds_are_said_under_their_fields(qtbot, desk, window):
    page = put(window, "statements")
    field(page, "cycle_days").setText("often")
    page.tab.send()
    assert "number of days" in page.tab.form.fields["cycle_days"].problem
    field(page, "cycle_days").setText("3")
    field(page, "current_message").setPlainText("Pay with 4111 1111 1111 1111")
    page.tab.send()
    wait(qtbot, lambda: "between 7 and 120" in page.tab.form.fields["cycle_days"].problem)
    assert "card number" in page.tab.form.fields["current_message"].problem
    assert desk.ask(statement_rules, StatementRulesNow()) == StatementRules()


def test_the_theme_is_worn_at_once_and_kept_for_this_person_alone(qtbot, desk, desk_as, window):
    wear(QApplication.instance(), Choice.LIGHT)  # whatever a page before this one wore
    page = put(window, "appearance")
    try:
        page.tab.theme.setFocus()
        qtbot.keyClick(page.tab.theme, Qt.Key.Key_Down)
        assert worn.choice is Choice.DARK
        wait(qtbot, lambda: desk.ask(my_preferences, MyPreferences()) == {"theme": "dark"})
        assert desk_as(Role.BILLER).ask(my_preferences, MyPreferences()) == {}
    finally:
        wear(QApplication.instance(), Choice.LIGHT)


@pytest.mark.parametrize(
    ("role", "missing", "greyed"),
    [(Role.FRONT_DESK, {"statements"}, True), (Role.AUDITOR, {"statements"}, True), (Role.MANAGER, set(), True),
     (Role.OWNER, set(), False)],
)  # fmt: skip
def test_only_what_the_role_may_is_offered(window_as, role, missing, greyed):
    page = window_as(role).put(SettingsPage)
    every = {"practice", "payers", "providers", "places", "fees", "statements", "appearance", "security"}
    assert every - set(page.tabs) == missing
    practice = page.tabs["practice"]
    assert practice.form.isEnabled() is not greyed
    assert practice._save.isEnabled() is not greyed
    assert ("may not" in practice._save.toolTip()) is greyed


def test_whoever_may_not_change_a_list_can_still_read_an_entry(window_as, desk):
    a_payer(desk, "Blue Coast")
    page = window_as(Role.FRONT_DESK).put(SettingsPage)
    page.open("payers")
    page.tab._on_opened(page.tab.table.chosen_row())
    panel = page.findChild(EntryPanel)
    assert panel.form.text("name") == "Blue Coast"
    assert not panel.confirm.isEnabled()


@pytest.mark.parametrize("in_file", [False, True])
def test_the_security_tab_says_how_it_is_guarded_and_what_it_does_not_help_against(qtbot, tmp_path, in_file):
    office, _ = make_office(tmp_path)
    if in_file:
        office.trail.memory._store.kind = "file"
    window = PageWindow(office.desk)
    window.office = office
    qtbot.addWidget(window)
    page = put(window, "security")
    said = " ".join(each.text() for each in page.findChildren(type(page.title)))
    assert "AES-256" in said
    assert "HMAC-SHA512" in said
    assert HONEST in said
    assert "tamper-proof" in said
    assert "After 5 minutes" in said
    assert page.tab.values["Lock of this computer"].text() == hearing.words
    assert page.tab.values["Pictures of the screen"].text() == OPEN_WORDS
    assert page.tab.values["Disk"].text() in DISK_WORDS.values()
    assert page.tab.values["Swap space"].text() in SWAP_WORDS.values()
    assert (page.tab.banner.words == PROTECTED_FILE_WORDS) is in_file
    window.jobs.close()
    window.close()
    office.close()


def test_a_computer_is_taken_out_by_a_key_and_the_list_tells(qtbot, tmp_path):
    office, facts = make_office(tmp_path)
    office.sign_out()
    other = Office(tmp_path / "practice", FAST, facts.clock, DictStore(), config_folder=tmp_path / "other")
    other.enrol_with_kit(facts.kit, "Back office")
    other.close()
    office.sign_in(facts.name, facts.password, facts.code())
    window = PageWindow(office.desk)
    window.office = office
    qtbot.addWidget(window)
    page = put(window, "security")
    panel = page.tab.computers
    button = page.tab.findChild(QPushButton, "take_out")
    assert [panel.table.rows.line(at).name for at in range(2)] == ["Front desk", "Back office"]
    panel.table.selectRow(0)
    assert not button.isEnabled()
    panel.table.selectRow(1)
    qtbot.keyClick(page, Qt.Key.Key_X, ALT)
    qtbot.waitUntil(lambda: any("taken out: 1" in each for each in window.said), timeout=20_000)
    assert office.trail.epoch == 2
    panel.table.selectRow(1)
    assert not button.isEnabled()
    window.jobs.close()
    window.close()
    office.close()


def test_a_code_is_shown_once_listed_and_withdrawn_by_keys(qtbot, tmp_path):
    office, _ = make_office(tmp_path)
    window = PageWindow(office.desk)
    window.office = office
    qtbot.addWidget(window)
    page = put(window, "security")
    panel = page.tab.computers
    qtbot.keyClick(page, Qt.Key.Key_E, ALT)
    dialog = next(each for each in SecureDialog.living() if isinstance(each, EnrolmentCodeDialog))
    dialog.go.click()
    assert dialog.computer.isVisible()
    dialog.computer.setText("Back office")
    dialog.go.click()
    qtbot.waitUntil(lambda: dialog.findChild(QLabel, "enrolment_code") is not None, timeout=20_000)
    shown = dialog.findChild(QLabel, "enrolment_code")
    assert enrolment_code.parse(shown.text())
    assert dialog.windowTitle() == "Enrolment code"
    dialog.shield()
    assert shown.window() is not dialog
    dialog.unshield()
    dialog.go.click()
    qtbot.waitUntil(lambda: isinstance(panel.waiting.rows.line(0), EnrolmentLine), timeout=10_000)
    panel.waiting.selectRow(0)
    button = page.tab.findChild(QPushButton, "withdraw")
    assert button.isEnabled()
    button.click()
    qtbot.waitUntil(lambda: any("withdrawn" in each for each in window.said), timeout=20_000)
    assert not isinstance(panel.waiting.rows.line(0), EnrolmentLine)
    window.jobs.close()
    window.close()
    office.close()


def test_a_kit_is_renewed_and_tried_by_keys(qtbot, tmp_path):
    office, facts = make_office(tmp_path)
    window = PageWindow(office.desk)
    window.office = office
    qtbot.addWidget(window)
    page = put(window, "security")
    qtbot.keyClick(page, Qt.Key.Key_N, ALT)
    dialog = next(each for each in SecureDialog.living() if isinstance(each, NewKitDialog))
    dialog.holder.setText("Safe at home")
    dialog.hands.setChecked(True)
    dialog.go.click()
    dialog.step.typed.setText(facts.kit)
    dialog.go.click()
    assert "not the line" in dialog.problem.words
    line = "".join(dialog._kit.kit_groups)
    dialog.step.typed.setText(line)
    dialog.go.click()
    qtbot.waitUntil(lambda: any("new recovery kit is in force" in each for each in window.said), timeout=60_000)
    assert office.trail.epoch == 2
    assert page.tab.kits.table.rows.line(0).holder == "Safe at home"
    page.tab.kits.drill()
    drill = next(each for each in SecureDialog.living() if isinstance(each, DrillDialog))
    drill.typed.setText(facts.kit)
    drill.go.click()
    qtbot.waitUntil(lambda: "replaced by a newer kit" in drill.problem.words, timeout=10_000)
    drill.typed.setText(line)
    drill.go.click()
    qtbot.waitUntil(lambda: page.tab.kits.table.rows.line(0).drilled_at is not None, timeout=10_000)
    window.jobs.close()
    window.close()
    office.close()


def test_every_part_is_reached_by_the_key_of_its_group_and_every_field_has_a_name(qtbot, desk, window):
    page = window.put(SettingsPage)
    page.tabs["security"].reload = lambda: None  # it asks the office, which is not here
    seen = []
    for at, (_, parts) in enumerate(GROUPS, 1):
        for part in parts:
            while page.parts.current != part.key:
                qtbot.keyClick(page, Qt.Key(Qt.Key.Key_0.value + at), ALT)
                assert page.parts.current in {each.key for each in parts}
            seen.append(part.key)
            assert page.tab is page.tabs[part.key]
            assert all(each.accessibleName() for each in page.tab.findChildren(QLineEdit) if each.isVisible())
            assert all(each.accessibleName() for each in page.tab.findChildren(Table))
    assert seen == list(page.tabs)


def test_a_part_is_found_by_what_people_call_it_and_entered_with_enter(qtbot, desk, window):
    page = window.put(SettingsPage)
    qtbot.keyClick(page, Qt.Key.Key_F, ALT)
    qtbot.keyClicks(page.parts.search, "insur")
    assert page.tab is page.tabs["payers"]
    assert page.parts.search.hasFocus()
    qtbot.keyClick(page.parts.search, Qt.Key.Key_Return)
    assert page.tab.search.hasFocus()
    assert not page.parts.search.text()


def test_arrows_walk_through_the_parts_and_the_keyboard_stays_in_the_list(qtbot, desk, window):
    page = window.put(SettingsPage)
    page.parts.list.setFocus()
    keys = list(page.tabs)
    for key in keys[1:4]:
        qtbot.keyClick(page.parts.list, Qt.Key.Key_Down)
        assert (page.parts.current, page.parts.list.hasFocus()) == (key, True)
    qtbot.keyClick(page, Qt.Key.Key_Up, ALT)
    assert page.parts.current == keys[2]


def test_the_list_gives_way_to_a_panel_and_comes_back(qtbot, desk, window):
    window.resize(1214, 696)
    page = put(window, "payers")
    assert page.parts.isVisible()
    qtbot.keyClick(page, Qt.Key.Key_N, CTRL)
    assert page.panel.isVisible()
    assert not page.parts.isVisible()
    assert page.width() <= 1214
    page.close_panel()
    assert page.parts.isVisible()


def test_the_secret_moves_into_the_store_by_a_key_and_the_banner_goes(qtbot, tmp_path, monkeypatch):
    office, _ = make_office(tmp_path)
    memory, store = office.trail.memory, office.computer.store
    file = office.computer.protected()
    memory.move_to(file)
    memory.drop_copy(store)
    window = PageWindow(office.desk)
    window.office = office
    qtbot.addWidget(window)
    page = put(window, "security")
    assert page.tab.move_button.isVisible()
    office.computer.store = None
    monkeypatch.setattr("medbill_desktop.usecases.this_computer.find_store", lambda: None)
    qtbot.keyClick(page, Qt.Key.Key_M, ALT)
    wait(qtbot, lambda: "no credential store" in page.problems.words)
    assert page.tab.banner.words == PROTECTED_FILE_WORDS
    office.computer.store = store
    qtbot.keyClick(page, Qt.Key.Key_M, ALT)
    wait(qtbot, lambda: any("credential store now" in each for each in window.said))
    assert page.tab.banner.words == ""
    assert not page.tab.move_button.isVisible()
    assert page.tab.values["Secret of this computer"].text() == "In the credential store of this computer"
    window.jobs.close()
    window.close()
    office.close()
