from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.journal import Kind, mirror_of
from medbill_desktop.storage import journal
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.accounts import TrialBalance, trial_balance
from medbill_desktop.usecases.payments import VoidPayment, void_payment
from tests.ledger_rows import a_patient, charge, furnish, pay

TODAY = date(2026, 11, 18)


@pytest.fixture
def nora(vault):
    furnish(vault)
    return a_patient(vault)


def test_what_is_taken_back_is_dated_today_and_the_past_stays(desk, clock, vault, nora):
    """BILLING J10."""
    charge(desk, nora, self_pay=True)
    taken = pay(desk, nora, 100_00)
    before = desk.ask(trial_balance, TrialBalance(TODAY))
    clock.move(days=1)
    desk.run(void_payment, VoidPayment(desk.new_id(), taken.payment_id, "bounced"))
    assert desk.ask(trial_balance, TrialBalance(TODAY)) == before != desk.ask(trial_balance, TrialBalance())
    with vault.reader.begin() as conn:
        days = conn.execute(select(t.posting.c.posted_on).where(t.posting.c.kind == Kind.REVERSAL)).scalars().all()
    assert days == [TODAY + timedelta(days=1)] * 2


def test_a_posting_is_reversed_once_and_a_reversal_never(desk, vault, nora):
    """BILLING J3."""
    charge(desk, nora, self_pay=True)
    with vault.reader.begin() as conn:
        original = Id(conn.execute(select(t.posting.c.id)).scalar_one())
        found = journal.get(conn, original)
    mirror = mirror_of(found, original, TODAY)

    def write(number):
        with vault.writer.begin() as conn:
            journal.add(conn, [(desk.new_id(), mirror)], user_id=1, command_id=number, recorded_at=desk.clock.now(),
                        new_id=desk.new_id)  # fmt: skip

    with vault.reader.begin() as conn:
        command = conn.execute(select(t.posting.c.command_id)).scalar_one()
    write(command)
    with pytest.raises(IntegrityError, match="UNIQUE"):
        write(command)
    with pytest.raises(ValueError, match="post anew"):
        mirror_of(mirror, original, TODAY)
