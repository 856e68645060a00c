import pytest
from sqlalchemy import select

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Invalid, OverLimit, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import journal
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.accounts import OpenAccount, open_account
from medbill_desktop.usecases.adjustments import (
    TransferResponsibility,
    UndoAdjustment,
    WriteOff,
    transfer_responsibility,
    undo_adjustment,
    write_off,
)
from medbill_desktop.usecases.charges import CorrectFee, correct_fee
from tests.ledger_rows import a_patient, charge, furnish, pay


@pytest.fixture
def nora(vault):
    furnish(vault)
    return a_patient(vault, secondary=True)


def give_up(desk, charge_id, cents, reason="hardship", **more):
    return desk.run(write_off, WriteOff(desk.new_id(), charge_id, cents, reason, **more))


def move(desk, charge_id, source, target, cents=None, reason="patient_share"):
    command = TransferResponsibility(desk.new_id(), charge_id, source, target, reason, cents)
    return desk.run(transfer_responsibility, command)


def line(desk, who):
    [only] = desk.ask(open_account, OpenAccount(who.patient_id)).lines
    return only


def sound(vault):
    with vault.reader.begin() as conn:
        assert (found := journal.journal_check(conn)).is_sound, found


def test_a_write_off_lowers_what_the_party_owes(desk, vault, nora):
    [only] = charge(desk, nora, self_pay=True)
    done = give_up(desk, only, 15_00, memo="letter of October")
    assert (done.cents, done.owed_cents) == (15_00, 150_00)
    assert (line(desk, nora).adjusted_cents, line(desk, nora).patient_owes_cents) == (15_00, 150_00)
    with vault.reader.begin() as conn:
        rows = conn.execute(select(t.journal_line.c.reason).where(t.journal_line.c.account == "adjustment"))
        assert list(rows.scalars()) == ["hardship"]
    sound(vault)


def test_no_write_off_takes_a_party_below_zero(desk, nora):
    [only] = charge(desk, nora, self_pay=True)
    with pytest.raises(Invalid, match=r"Only 165\.00 is owed"):
        give_up(desk, only, 165_01)
    with pytest.raises(Invalid, match="Nothing is owed here"):
        give_up(desk, only, 1, coverage_id=nora.coverage_id)
    with pytest.raises(Refused, match="not one of this patient"):
        give_up(desk, only, 1, coverage_id=Id(5))
    pay(desk, nora, 165_00)
    with pytest.raises(Invalid, match="Nothing is owed here"):
        give_up(desk, only, 1)


def test_more_than_is_owed_is_told_as_such_whatever_the_limits(desk, desk_as, nora):
    biller = desk_as(Role.BILLER)
    [little] = charge(biller, nora, "36415", self_pay=True)
    with pytest.raises(Invalid, match=r"Only 12\.00 is owed"):
        give_up(biller, little, 120_00)
    with pytest.raises(Invalid, match=r"Only 12\.00 is owed"):
        give_up(desk, little, 12_01, "courtesy")
    with pytest.raises(Invalid, match="Nothing is owed here"):
        give_up(biller, little, 120_00, coverage_id=nora.coverage_id)


@pytest.mark.parametrize(("cents", "reason"), [(0, "hardship"), (-1, "hardship"), (1, "because"), (1, "contractual"),
                                               (1, "bad_debt_recovery"), (1, "")])  # fmt: skip
def test_a_write_off_has_an_amount_and_a_reason_of_the_table(desk, nora, cents, reason):
    [only] = charge(desk, nora, self_pay=True)
    with pytest.raises(Invalid):
        give_up(desk, only, cents, reason)


def test_a_limit_counts_what_was_given_before(desk_as, vault, nora):
    biller = desk_as(Role.BILLER)
    charges = [charge(biller, nora, self_pay=True)[0] for _ in range(5)]
    give_up(biller, charges[0], 20_00)
    with pytest.raises(OverLimit, match="write-off per charge"):
        give_up(biller, charges[0], 5_01)
    undone = give_up(biller, charges[0], 5_00)
    biller.run(undo_adjustment, UndoAdjustment(biller.new_id(), undone.posting_id))
    give_up(biller, charges[0], 5_00)
    for each in charges[1:4]:
        give_up(biller, each, 25_00)
    with pytest.raises(OverLimit, match="per patient and day"):
        give_up(biller, charges[4], 1)
    manager = desk_as(Role.MANAGER, number=3)
    give_up(manager, charges[4], 1)
    sound(vault)


def test_a_discount_is_limited_by_its_percent(desk_as, nora):
    biller = desk_as(Role.BILLER)
    [only] = charge(biller, nora, "20610", self_pay=True)
    give_up(biller, only, 10_00, "courtesy")
    with pytest.raises(OverLimit, match="discount: 11 %"):
        give_up(biller, only, 5_01, "prompt_pay")
    give_up(biller, only, 5_00, "prompt_pay")


def test_a_fee_lowered_at_entry_counts_as_discount_already_given(desk, desk_as, nora):
    biller = desk_as(Role.BILLER)
    [only] = charge(biller, nora, "20610", self_pay=True)
    biller.run(correct_fee, CorrectFee(biller.new_id(), only, 140_00, "agreed"))
    with pytest.raises(OverLimit, match="discount: 11 %"):
        give_up(biller, only, 5_01, "courtesy")
    give_up(biller, only, 5_00, "courtesy")


def test_a_small_balance_is_small_old_and_the_patients(desk, clock, nora):
    first, second = charge(desk, nora, "36415", "99213", self_pay=True)
    pay(desk, nora, 9_00)
    with pytest.raises(Invalid, match="90 days old"):
        give_up(desk, first, 3_00, "small_balance")
    clock.move(days=90)
    assert give_up(desk, first, 3_00, "small_balance").owed_cents == 0
    with pytest.raises(Invalid, match="90 days old"):
        give_up(desk, second, 4_99, "small_balance")


def test_responsibility_moves_whole_or_in_part_and_no_cent_is_owed_twice(desk, vault, nora):
    [only] = charge(desk, nora)
    assert move(desk, only, nora.coverage_id, None, 65_00).owed_cents == 65_00
    assert move(desk, only, nora.coverage_id, nora.secondary_id).cents == 100_00
    now = line(desk, nora)
    assert (now.patient_owes_cents, now.with_insurance_cents, now.coverage_id) == (65_00, 100_00, nora.secondary_id)
    assert now.status_words == "Patient owes, rest with Lakeshore Mutual"
    with pytest.raises(Invalid, match="Nothing is owed here"):
        move(desk, only, nora.coverage_id, None)
    with pytest.raises(Invalid, match="theirs already"):
        move(desk, only, None, None)
    with pytest.raises(Invalid, match=r"Only 65\.00 is owed"):
        move(desk, only, None, nora.coverage_id, 65_01)
    with pytest.raises(Invalid, match="Choose a reason"):
        move(desk, only, None, nora.coverage_id, 1, "mood")
    sound(vault)


def test_nothing_moves_to_a_plan_that_did_not_cover_that_day(desk, vault, nora):
    [only] = charge(desk, nora)
    with vault.writer.begin() as conn:
        conn.execute(t.coverage.update().where(t.coverage.c.id == nora.secondary_id)
                     .values(last_day=desk.clock.today().replace(day=1)))  # fmt: skip
    with pytest.raises(Invalid, match="not active on Nov 18, 2026"):
        move(desk, only, nora.coverage_id, nora.secondary_id)


def test_an_undone_transfer_frees_what_was_paid_and_stops_at_later_write_offs(desk, vault, nora):
    [only] = charge(desk, nora)
    first = move(desk, only, nora.coverage_id, None, 65_00)
    pay(desk, nora, 60_00)
    gone = give_up(desk, only, 5_00)
    with pytest.raises(Refused, match="Undo that first"):
        desk.run(undo_adjustment, UndoAdjustment(desk.new_id(), first.posting_id))
    assert line(desk, nora).patient_paid_cents == 60_00
    desk.run(undo_adjustment, UndoAdjustment(desk.new_id(), gone.posting_id))
    desk.run(undo_adjustment, UndoAdjustment(desk.new_id(), first.posting_id))
    now = desk.ask(open_account, OpenAccount(nora.patient_id))
    assert (now.with_insurance_cents, now.patient_owes_cents, now.credit_cents) == (165_00, 0, 60_00)
    with pytest.raises(Refused, match="taken back already"):
        desk.run(undo_adjustment, UndoAdjustment(desk.new_id(), first.posting_id))
    sound(vault)
