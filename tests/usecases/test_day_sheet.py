"""The day sheet: its proof holds, days chain, a signed day stays (BILLING T5)."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO
from itertools import pairwise

import pytest
from pypdf import PdfReader

from medbill_desktop.domain.day_sheet import Check, continues
from medbill_desktop.domain.problems import Invalid, Refused
from medbill_desktop.usecases.adjustments import WriteOff, write_off
from medbill_desktop.usecases.charges import VoidCharge, void_charge
from medbill_desktop.usecases.day_sheet import (
    DaySheet,
    SignDay,
    day_sheet,
    day_sheet_csv,
    day_sheet_pdf,
    sign_day,
)
from medbill_desktop.usecases.deposits import CloseSlip, close_slip
from medbill_desktop.usecases.payments import VoidPayment, void_payment
from tests.ledger_rows import a_patient, charge, furnish, pay
from tests.usecases.test_deposits import TWENTY_FIVE, slip_of


@pytest.fixture
def who(vault):
    furnish(vault)
    return a_patient(vault)


def sheet(desk, first, last=None):
    return desk.ask(day_sheet, DaySheet(first, last))


def three_days(desk, who):
    """Charges, payments, a write-off, reversals, a slip to the bank; returns the first day."""
    first = desk.clock.today()
    own = charge(desk, who, "99213", self_pay=True)[0]
    charge(desk, who, "94010")
    pay(desk, who, 25_00)
    desk.clock.move(days=1)
    desk.run(close_slip, CloseSlip(desk.new_id(), slip_of(desk).id, 25_00, TWENTY_FIVE))
    taken = pay(desk, who, 10_00, method="check")
    desk.run(write_off, WriteOff(desk.new_id(), own, 5_00, "courtesy"))
    gone = charge(desk, who, "20610")[0]
    desk.clock.move(days=1)
    desk.run(void_payment, VoidPayment(desk.new_id(), taken.payment_id, "typo"))
    desk.run(void_charge, VoidCharge(desk.new_id(), gone, "wrong patient"))
    pay(desk, who, 30_00, method="card", allocation=())
    return first


def test_the_proof_holds_and_each_closing_is_the_next_opening(desk, who):
    first = three_days(desk, who)
    days = [sheet(desk, first + timedelta(days=at)).sheet for at in range(3)]
    assert all(each.is_proved for each in days)
    for one, other in pairwise(days):
        assert continues(one.figures(), other.figures())
        assert one.receivable.closing == other.receivable.opening
    whole = sheet(desk, first, first + timedelta(days=2)).sheet
    assert whole.is_proved
    assert whole.receivable.opening == days[0].receivable.opening == 0
    assert whole.receivable.closing == days[2].receivable.closing == 165_00 + 60_00 - 25_00 - 5_00
    assert whole.credit.closing == 30_00
    for at, step in enumerate(whole.receivable.steps):
        assert step.cents == sum(each.receivable.steps[at].cents for each in days)


def test_each_method_says_what_lay_in_the_drawer_came_and_went_to_the_bank(desk, who):
    first = three_days(desk, who)
    rows = {each.method: each for each in sheet(desk, first, first + timedelta(days=2)).sheet.slips}
    assert (rows["cash"].taken, rows["cash"].deposited, rows["cash"].closing) == (25_00, 25_00, 0)
    assert (rows["check"].taken, rows["card"].taken, rows["card"].closing) == (0, 30_00, 30_00)
    second = {each.method: each for each in sheet(desk, first + timedelta(days=1)).sheet.slips}
    assert (second["cash"].opening, second["cash"].deposited, len(second["cash"].slips)) == (25_00, 25_00, 1)


def test_a_signed_day_is_not_dated_back_into(desk, who):
    first = three_days(desk, who)
    done = desk.run(sign_day, SignDay(desk.new_id(), first + timedelta(days=1)))
    assert done.credit_cents == 0
    with pytest.raises(Refused, match="signed up to"):
        pay(desk, who, 1_00, received_on=first)
    assert pay(desk, who, 1_00).number


def test_what_is_posted_after_the_signature_is_seen_and_can_be_signed_again(desk, who):
    three_days(desk, who)
    today = desk.clock.today()
    desk.run(sign_day, SignDay(desk.new_id(), today))
    assert not sheet(desk, today).changed
    pay(desk, who, 7_00)
    found = sheet(desk, today)
    assert (found.changed, found.signed.signed_by) == (True, "Person 1")
    desk.run(sign_day, SignDay(desk.new_id(), today))
    assert not sheet(desk, today).changed


def test_signed_days_chain(desk, who):
    first = three_days(desk, who)
    for at in range(2):
        desk.run(sign_day, SignDay(desk.new_id(), first + timedelta(days=at)))
    assert sheet(desk, first + timedelta(days=2)).continues


def test_a_day_to_come_is_not_signed_and_a_turned_range_is_refused(desk, who):
    today = desk.clock.today()
    with pytest.raises(Invalid, match="not come yet"):
        desk.run(sign_day, SignDay(desk.new_id(), today + timedelta(days=1)))
    with pytest.raises(Refused, match="the first one first"):
        sheet(desk, today, today - timedelta(days=1))
    with pytest.raises(Refused, match="a year"):
        sheet(desk, today - timedelta(days=500), today)


def test_a_proof_that_does_not_hold_says_by_how_much():
    off = Check("Closing receivable is the sum of the aging", 10_00, 9_00)
    assert not off.holds
    assert off.sentence().endswith("10.00 is not 9.00")


def test_paper_and_csv_show_the_same_cents_and_no_name(desk, who):
    first = three_days(desk, who)
    query = DaySheet(first, first + timedelta(days=2))
    closing = sheet(desk, query.first, query.last).sheet.receivable.closing
    text = "".join(each.extract_text() for each in PdfReader(BytesIO(desk.ask(day_sheet_pdf, query))).pages)
    assert "195.00" in text
    assert "Whitfield" not in text
    rows = list(csv.reader(StringIO(desk.ask(day_sheet_csv, query).decode("utf-8-sig"))))
    assert ["Receivable", "Closing", f"{closing // 100}.{closing % 100:02}"] in rows
    assert sum(1 for each in rows if each[0] == "Proof" and each[2] == "holds") == 5
