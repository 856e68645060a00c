"""A day at the desk by keys alone to its end: registered, charged, paid, the slips closed, the sheet signed.

Every key is counted against the fewest that could say the same: each letter that must be typed, and one key to end each
field, the last of which sends the form. Places to go to are not among the fewest: each key for them counts as beyond.
"""

from collections import Counter
from contextlib import contextmanager
from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from medbill_desktop.ui.fonts import load_fonts
from medbill_desktop.ui.pages import PAGES
from medbill_desktop.ui.theme import Choice, wear
from medbill_desktop.usecases.day_sheet import DaySheet, day_sheet
from medbill_desktop.usecases.deposits import ListSlips, list_slips
from medbill_desktop.usecases.patients import FindPatients, OpenPatient, find_patients, open_patient
from medbill_desktop.usecases.payments import DayPayments, day_payments
from medbill_desktop.usecases.visits import DayVisits, day_visits
from tests.office_factory import make_office
from tests.people import a_fee, a_payer, a_place, a_provider, fees, register
from tests.ui.window import make_window

pytestmark = pytest.mark.timeout(240)

PATIENCE_MS = 60_000
KEY = Qt.Key
NONE, ALT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.AltModifier
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier

NAMES = (
    "Abel", "Bram", "Cade", "Dorn", "Esch", "Frey", "Gant", "Hale", "Ives", "Jost", "Kerr", "Lund", "Marsh", "Nye",
    "Orth", "Pell", "Quade", "Rusk", "Stead", "Thorn",
)  # fmt: skip
NEW = ("Thorn", "Kim", "3/14/1979", "F", "2075550177", "8 Saltmarsh Road", "Rockport", "ME", "04856")
POLICY = ("sum", "QX55501", "1/1/2026")  # payer, member id, first day
PROVIDER = "rey"
SUPERBILL = ("m1711", "i10", "99213", "36415")  # two diagnoses, two services
CASH = ("25", "20", "30", "20", "45")
CHECKS = (("60", "1041"), ("35", "2207"), ("15.50", "388"), ("40", "5120"), ("80", "77"))
NOTES = ("1", "", "2")  # of $100, $50 and $20: the cash that was taken
BEYOND = {  # keys of each part beyond the fewest; with more of them something went out of reach
    "register": 2 + 5,  # Patients, New; over middle name, suffix, apartment, rank and group number
    "superbills": 1 + 3 + 20 * 2,  # Charges; over day, place and policy of the first; behind diagnoses, over modifiers
    "payments": 1,  # Payments
    "close": 2 + 3 + 2,  # Deposits, Day sheet; three forms to open; to the other slip, over $50
}


def fewest(*texts):
    """Return the keys that these fields need: what is typed, and one to end each."""
    return sum(len(each) + 1 for each in texts)


FEWEST = {
    "register": fewest(*NEW, *POLICY),
    "superbills": fewest(PROVIDER) + 20 * fewest("abe", *SUPERBILL) + 1,
    "payments": sum(fewest("abe", each) for each in CASH) + sum(fewest("abe", *each) for each in CHECKS) + fewest("c"),
    "close": fewest(*(each for each in NOTES if each)) + 1 + 1,  # the cash counted, the checks as they are, the day
}


class Hands:
    """All that touches the window: keys, into whatever has the keyboard."""

    def __init__(self, qtbot, window):
        self.qtbot, self.window = qtbot, window
        self.pressed, self._part = Counter(), ""

    @contextmanager
    def part(self, name):
        self._part = name
        self.settle()
        yield
        self.settle()

    def settle(self):
        """Wait until no job is under way: a person looks up before going on, and a busy machine takes longer."""
        QApplication.processEvents()
        self.qtbot.waitUntil(lambda: self.window.jobs.under_way == 0, timeout=PATIENCE_MS)

    def press(self, key=KEY.Key_Return, modifiers=NONE):
        self.pressed[self._part] += 1
        QTest.keyClick(QApplication.focusWidget() or self.window, key, modifiers)

    def send(self, modifiers=CTRL):
        self.press(KEY.Key_Return, modifiers)
        self.settle()

    def write(self, text):
        for letter in text:
            self.press(letter)

    def fill(self, *texts):
        """Type into one field after the other, Enter after each; an empty text goes on over its field."""
        for text in texts:
            self.write(text)
            self.press()

    def go(self, page):
        """Open a page of the rail by its number."""
        rail = [each.title for foot in (False, True) for each in PAGES if each.rail and each.at_foot is foot]
        self.press(KEY(KEY.Key_1 + rail.index(page)), CTRL)
        self.settle()
        self.is_at(page)

    def is_at(self, page):
        self.qtbot.waitUntil(lambda: self.window.windowTitle() == f"{page} - MedBill", timeout=PATIENCE_MS)


def register_by_keys(hands):
    last, first, born, sex, phone, street, city, state, zip_code = NEW
    payer, member, since = POLICY
    hands.go("Patients")
    hands.press(KEY.Key_N, CTRL)
    hands.is_at("Register a patient")
    hands.fill(last, first, "", "", born, sex, phone, street, "", city, state)
    hands.write(zip_code)
    hands.press(KEY.Key_A, CTRL | SHIFT)  # over what is left of the patient, to the policy
    hands.fill(payer, "", member, "")
    hands.write(since)
    hands.press(KEY.Key_S, CTRL)
    hands.settle()
    hands.is_at("Patient")


def charge_by_keys(hands):
    hands.go("Charges")
    for at, name in enumerate(NAMES):
        hands.fill(name[:3].lower())
        hands.settle()
        if at == 0:
            hands.fill("", PROVIDER, "", "")  # today; the only place; the policy in force
        hands.fill(*SUPERBILL[:2], "", SUPERBILL[2], "")
        hands.write(SUPERBILL[3])
        hands.send()
    hands.send(CTRL | SHIFT)


def pay_by_keys(hands):
    hands.go("Payments")
    for name, cents in zip(NAMES, CASH, strict=False):
        hands.fill(name[:3].lower())
        hands.settle()
        hands.write(cents)
        hands.send()
    for at, (name, (cents, number)) in enumerate(zip(NAMES[len(CASH) :], CHECKS, strict=False)):
        hands.fill(name[:3].lower())
        hands.settle()
        hands.write(cents)
        if at == 0:
            hands.press()
            hands.press(KEY.Key_Down)  # from cash to check, which stays
        hands.press(KEY.Key_K, ALT)  # to the number of the check
        hands.write(number)
        hands.send(NONE)


def close_by_keys(hands):
    hands.press(KEY.Key_D, CTRL | SHIFT)
    hands.settle()
    hands.is_at("Deposits")
    hands.send()  # the checks, begun last, are chosen
    hands.send()
    hands.press(KEY.Key_Up)
    hands.settle()
    hands.send()
    hands.fill(*NOTES[:-1])
    hands.write(NOTES[-1])
    hands.send()
    hands.press(KEY.Key_Y, CTRL | SHIFT)
    hands.settle()
    hands.is_at("Day sheet")
    hands.send()
    hands.send()


@pytest.fixture
def desk(tmp_path):
    """The owner of a practice with its catalogs and all patients but one."""
    office, _ = make_office(tmp_path)
    desk = office.desk
    a_provider(desk)
    a_provider(desk, "Reyes", "Ada", "1000000004")
    a_place(desk)
    a_payer(desk)
    fees(desk, a_fee(), a_fee("36415", 1_200, "Blood draw", "Blood draw"))
    for at, last in enumerate(NAMES[:-1]):
        register(desk, last, "Kim", birth_date=date(1970, 1, at + 1))
    desk.office = office
    yield desk
    office.close()


@pytest.fixture
def hands(desk, qapp, qtbot, tmp_path):
    load_fonts()
    wear(qapp, Choice.LIGHT)
    window = make_window(desk.office, tmp_path, qtbot, specs=PAGES)
    window.sit_down(desk)
    window.workspace.start_backup = lambda occasion: False
    return Hands(qtbot, window)


def say(pressed, capsys):
    rows = [(part, pressed[part], FEWEST[part]) for part in FEWEST]
    rows.append(("the day", sum(pressed.values()), sum(FEWEST.values())))
    with capsys.disabled():
        print(f"\n{'part':<12}{'keys':>6}{'fewest':>8}{'beyond':>8}")
        for part, keys, least in rows:
            print(f"{part:<12}{keys:>6}{least:>8}{keys - least:>8}")


def test_a_day_to_its_signed_sheet_takes_few_keys_beyond_what_it_says(hands, desk, capsys):
    for part, work in (
        ("register", register_by_keys), ("superbills", charge_by_keys), ("payments", pay_by_keys),
        ("close", close_by_keys),
    ):  # fmt: skip
        with hands.part(part):
            work(hands)
    say(hands.pressed, capsys)

    today = desk.clock.today()
    [line] = desk.ask(find_patients, FindPatients(NAMES[-1]))
    kim = desk.ask(open_patient, OpenPatient(line.id))
    assert (kim.patient.birth_date, kim.patient.zip[:5]) == (date(1979, 3, 14), "04856")
    assert [each.coverage.member_id for each in kim.coverages] == ["QX55501"]
    visits = desk.ask(day_visits, DayVisits(today))
    assert [each.status for each in visits] == ["charged"] * 20
    assert len({each.visit.patient_id for each in visits}) == 20
    taken = desk.ask(day_payments, DayPayments(today))
    assert [each.voided for each in taken.rows] == [False] * 10
    assert dict(taken.by_method) == {"cash": 140_00, "check": 230_50}
    slips = desk.ask(list_slips, ListSlips())
    assert {each.method: each.counted_cents for each in slips} == dict(taken.by_method)
    assert [(each.closed_on, each.counted_cents == each.slip_cents) for each in slips] == [(today, True)] * 2
    content = desk.ask(day_sheet, DaySheet(today))
    assert content.sheet.is_proved
    assert content.signed is not None
    assert not content.changed
    assert content.sheet.receivable.closing == 20 * 157_00 - taken.cents

    beyond = {part: hands.pressed[part] - least for part, least in FEWEST.items()}
    assert {part: count for part, count in beyond.items() if count > BEYOND[part]} == {}
