"""Deposit slips: counted, closed, frozen; a difference is an item (BILLING S9, S10, J48)."""

from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy.exc import IntegrityError

from medbill_desktop.domain.deposits import Pieces
from medbill_desktop.domain.problems import Invalid, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import journal
from medbill_desktop.usecases.deposits import (
    CloseMoneyItem,
    CloseSlip,
    ListMoneyItems,
    ListSlips,
    MovePayments,
    NoteBankLine,
    OpenSlip,
    StartSlip,
    close_money_item,
    close_slip,
    list_money_items,
    list_slips,
    move_payments,
    note_bank_line,
    open_slip,
    slip_pdf,
    start_slip,
)
from medbill_desktop.usecases.payments import DayPayments, VoidPayment, day_payments, void_payment
from tests.ledger_rows import a_patient, charge, furnish, pay

TWENTY_FIVE = (Pieces(20_00, 1), Pieces(5_00, 1))


@pytest.fixture
def who(vault):
    furnish(vault)
    return a_patient(vault, insured=False)


def slip_of(desk, method="cash"):
    return next(each for each in desk.ask(list_slips, ListSlips()) if each.method == method and each.closed_on is None)


def close(desk, slip, **more):
    return desk.run(close_slip, CloseSlip(desk.new_id(), slip.id, slip.cents, **more))


def items(desk):
    return desk.ask(list_money_items, ListMoneyItems())


def test_a_slip_counted_by_notes_and_coins_closes_and_freezes_its_payments(desk, who):
    charge(desk, who)
    taken = pay(desk, who, 25_00)
    done = close(desk, slip_of(desk), pieces=TWENTY_FIVE)
    assert (done.items, done.cents, done.difference_cents) == (1, 25_00, 0)
    assert items(desk) == ()
    with pytest.raises(Refused, match="deposit of this payment is closed"):
        desk.run(void_payment, VoidPayment(desk.new_id(), taken.payment_id, "typo"))
    with pytest.raises(Refused, match="is closed"):
        desk.run(close_slip, CloseSlip(desk.new_id(), done.deposit_id, 25_00, TWENTY_FIVE))


def test_the_next_payment_after_a_closed_slip_lies_on_a_new_one(desk, who):
    pay(desk, who, 25_00)
    close(desk, slip_of(desk), pieces=TWENTY_FIVE)
    pay(desk, who, 5_00)
    rows = desk.ask(day_payments, DayPayments(desk.clock.today())).rows
    assert len({each.deposit_number for each in rows}) == 2
    assert slip_of(desk).cents == 5_00


def test_over_or_short_needs_a_reason_and_becomes_an_item_not_another_payment(desk, who):
    pay(desk, who, 25_00)
    slip = slip_of(desk)
    with pytest.raises(Invalid, match="less than the slip"):
        close(desk, slip, pieces=(Pieces(20_00, 1),))
    done = close(desk, slip, pieces=(Pieces(20_00, 1),), reason="A five is missing")
    assert done.difference_cents == -5_00
    [item] = items(desk)
    assert (item.kind, item.cents, item.words, item.deposit_number) == (
        "over_short", -5_00, "A five is missing", slip.number,
    )  # fmt: skip
    content = desk.ask(open_slip, OpenSlip(slip.id))
    assert (content.slip.slip_cents, content.difference_cents) == (25_00, -5_00)
    desk.run(close_money_item, CloseMoneyItem(desk.new_id(), item.id, "Found in the drawer"))
    assert items(desk) == ()
    with pytest.raises(Refused, match="closed already"):
        desk.run(close_money_item, CloseMoneyItem(desk.new_id(), item.id, "Again"))


def test_who_counted_the_drawer_does_not_explain_what_is_missing_from_it(desk, desk_as, who):
    manager = desk_as(Role.MANAGER, number=5)
    pay(desk, who, 25_00)
    close(manager, slip_of(desk), pieces=(Pieces(20_00, 1),), reason="A five is missing")
    [item] = items(desk)
    with pytest.raises(Refused, match="Somebody else"):
        manager.run(close_money_item, CloseMoneyItem(manager.new_id(), item.id, "Found in the drawer"))
    desk.run(close_money_item, CloseMoneyItem(desk.new_id(), item.id, "Found in the drawer"))
    assert items(desk) == ()


def test_what_came_in_while_it_was_counted_is_seen(desk, who):
    pay(desk, who, 25_00)
    slip = slip_of(desk)
    pay(desk, who, 5_00)
    with pytest.raises(Invalid, match=r"holds 30.00 by now"):
        close(desk, slip, pieces=TWENTY_FIVE)


def test_an_empty_slip_is_not_closed(desk, who):
    taken = pay(desk, who, 25_00)
    desk.run(void_payment, VoidPayment(desk.new_id(), taken.payment_id, "typo"))
    with pytest.raises(Invalid, match="Nothing lies"):
        close(desk, slip_of(desk), pieces=TWENTY_FIVE)


def test_cash_is_counted_by_pieces_and_nothing_else_is(desk, who):
    pay(desk, who, 25_00)
    with pytest.raises(Invalid, match="notes and coins"):
        close(desk, slip_of(desk))
    pay(desk, who, 40_00, method="check")
    with pytest.raises(Invalid, match="Only cash"):
        close(desk, slip_of(desk, "check"), pieces=TWENTY_FIVE)
    assert close(desk, slip_of(desk, "check")).cents == 40_00


def test_money_taken_while_a_slip_is_counted_lies_on_the_next_and_may_be_moved(desk, vault, who):
    first = pay(desk, who, 40_00, method="check")
    old = slip_of(desk, "check")
    new = desk.run(start_slip, StartSlip(desk.new_id(), old.id))
    with pytest.raises(Refused, match="another slip already"):
        desk.run(start_slip, StartSlip(desk.new_id(), old.id))
    pay(desk, who, 60_00, method="check")
    assert desk.ask(open_slip, OpenSlip(new)).slip.cents == 60_00
    desk.run(move_payments, MovePayments(desk.new_id(), (first.payment_id,), new))
    assert desk.ask(open_slip, OpenSlip(new)).slip.cents == 100_00
    assert desk.ask(open_slip, OpenSlip(old.id)).slip.items == 0
    desk.run(void_payment, VoidPayment(desk.new_id(), first.payment_id, "typo"))
    assert desk.ask(open_slip, OpenSlip(new)).slip.cents == 60_00
    with vault.reader.begin() as conn:
        assert journal.journal_check(conn).is_sound


def test_a_payment_moves_only_between_open_slips_of_its_method(desk, who):
    check = pay(desk, who, 40_00, method="check")
    cash = pay(desk, who, 25_00)
    with pytest.raises(Refused, match="came by check"):
        desk.run(move_payments, MovePayments(desk.new_id(), (check.payment_id,), slip_of(desk).id))
    slip = slip_of(desk)
    close(desk, slip, pieces=TWENTY_FIVE)
    pay(desk, who, 1_00)
    with pytest.raises(Refused, match="is closed"):
        desk.run(move_payments, MovePayments(desk.new_id(), (cash.payment_id,), slip_of(desk).id))


def test_the_bank_line_is_noted_and_a_difference_is_an_item(desk, who):
    pay(desk, who, 40_00, method="card")
    slip, today = slip_of(desk, "card"), desk.clock.today()
    with pytest.raises(Refused, match="Close the slip first"):
        desk.run(note_bank_line, NoteBankLine(desk.new_id(), slip.id, today, 40_00))
    close(desk, slip)
    assert desk.run(note_bank_line, NoteBankLine(desk.new_id(), slip.id, today, 38_80)) == -1_20
    assert [(each.kind, each.cents) for each in items(desk)] == [("bank_difference", -1_20)]
    assert desk.run(note_bank_line, NoteBankLine(desk.new_id(), slip.id, today, 40_00)) == 0


def test_the_database_itself_lets_nobody_change_a_closed_slip(desk, vault, who):
    taken = pay(desk, who, 25_00)
    slip = slip_of(desk)
    close(desk, slip, pieces=TWENTY_FIVE)
    for statement in (
        f"UPDATE deposit SET closed_on=NULL WHERE id={slip.id}",
        f"UPDATE deposit SET slip_cents=1 WHERE id={slip.id}",
        f"UPDATE payment SET voided_at='x' WHERE id={taken.payment_id}",
    ):
        with pytest.raises(IntegrityError), vault.writer.begin() as conn:
            conn.exec_driver_sql(statement)


def test_the_slip_on_paper_has_sums_and_references_but_no_name(desk, who):
    pay(desk, who, 25_00)
    pay(desk, who, 40_00, method="check", reference="4711")
    check = slip_of(desk, "check")
    close(desk, slip_of(desk), pieces=TWENTY_FIVE)
    text = PdfReader(BytesIO(desk.ask(slip_pdf, OpenSlip(check.id)))).pages[0].extract_text()
    assert "4711" in text
    assert "40.00" in text
    assert "Whitfield" not in text


def test_the_front_desk_may_close_its_drawer(desk_as, who):
    desk = desk_as(Role.FRONT_DESK)
    pay(desk, who, 25_00)
    assert close(desk, slip_of(desk), pieces=TWENTY_FIVE).cents == 25_00
