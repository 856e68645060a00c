from dataclasses import replace
from datetime import date, timedelta

import pytest

from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import NotAllowed, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import accounts
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.accounts import (
    AgingAsOf,
    ExplainBalance,
    OpenAccount,
    TrialBalance,
    aging,
    explain_balance,
    open_account,
    trial_balance,
)
from medbill_desktop.usecases.adjustments import (
    TransferResponsibility,
    UndoAdjustment,
    WriteOff,
    transfer_responsibility,
    undo_adjustment,
    write_off,
)
from medbill_desktop.usecases.charges import EnterSuperbills, VoidCharge, enter_superbills, void_charge
from tests.ledger_rows import SUMMIT, a_patient, a_superbill, charge, furnish, pay

TODAY = date(2026, 11, 18)


@pytest.fixture
def nora(vault):
    furnish(vault)
    return a_patient(vault)


def share(desk, who, charge_id, cents=None, reason="patient_share"):
    command = TransferResponsibility(desk.new_id(), charge_id, who.coverage_id, None, reason, cents)
    return desk.run(transfer_responsibility, command)


def told(desk, charge_id):
    return desk.ask(explain_balance, ExplainBalance(charge_id=charge_id))


def test_an_account_shows_each_charge_and_its_sums(desk, vault, nora):
    [insured] = charge(desk, nora, "99213")
    mixed, gone = charge(desk, nora, "20610", "36415", day=TODAY - timedelta(days=40), self_pay=True)
    pay(desk, nora, 100_00)
    desk.run(write_off, WriteOff(desk.new_id(), mixed, 20_00, "hardship"))
    desk.run(void_charge, VoidCharge(desk.new_id(), gone, "not done"))
    pay(desk, nora, 5_00, allocation=())
    account = desk.ask(open_account, OpenAccount(nora.patient_id))
    assert [each.charge_id for each in account.lines] == [insured, mixed, gone]
    assert [(each.status, each.status_words) for each in account.lines] == [
        ("insurance", "With Summit PPO"), ("patient", "Patient owes"), ("void", "Void")
    ]  # fmt: skip
    first, second, third = account.lines
    assert (second.charged_cents, second.adjusted_cents, second.patient_paid_cents) == (150_00, 20_00, 100_00)
    assert (first.balance_cents, second.balance_cents, third.balance_cents) == (165_00, 30_00, 0)
    assert (account.with_insurance_cents, account.patient_owes_cents, account.credit_cents) == (165_00, 30_00, 5_00)
    assert (account.totals.charged_cents, account.totals.balance_cents) == (315_00, 195_00)
    # The patient came to owe today what was done 40 days ago.
    assert account.patient_aging.buckets == (30_00, 0, 0, 0, 0)
    assert account.insurance_aging.buckets == (165_00, 0, 0, 0, 0)
    pay(desk, nora, 30_00)
    assert desk.ask(open_account, OpenAccount(nora.patient_id)).lines[1].status == "settled"


def test_an_unknown_patient_is_refused_and_a_known_one_is_audited(desk, vault, nora):
    with pytest.raises(Refused, match="not there"):
        desk.ask(open_account, OpenAccount(Id(5)))
    desk.ask(open_account, OpenAccount(nora.patient_id))
    with vault.reader.begin() as conn:
        last = conn.execute(t.audit.select().order_by(t.audit.c.seq.desc())).first()
    assert (last.action, last.patient_id, last.outcome) == ("account.open", nora.patient_id, "done")


def test_a_balance_ages_from_the_day_it_became_the_patients(desk, clock, nora):
    [only] = charge(desk, nora, day=TODAY - timedelta(days=100))
    clock.move(days=10)
    wrong = share(desk, nora, only, 50_00)
    clock.move(days=35)
    desk.run(undo_adjustment, UndoAdjustment(desk.new_id(), wrong.posting_id))
    share(desk, nora, only, 50_00)
    clock.move(days=31)
    account = desk.ask(open_account, OpenAccount(nora.patient_id))
    assert account.patient_aging.buckets == (0, 50_00, 0, 0, 0)
    assert account.insurance_aging.buckets == (0, 0, 0, 0, 115_00)
    report = desk.ask(aging, AgingAsOf())
    assert [(row.words, row.aged.buckets) for row in report.rows] == [
        ("Patients", (0, 50_00, 0, 0, 0)), ("Summit PPO", (0, 0, 0, 0, 115_00))
    ]  # fmt: skip
    before = desk.ask(aging, AgingAsOf(TODAY + timedelta(days=44)))
    assert [row.aged.buckets for row in before.rows] == [(0, 50_00, 0, 0, 0), (0, 0, 0, 0, 115_00)]
    assert desk.ask(aging, AgingAsOf(TODAY + timedelta(days=9))).rows[0].aged.total_cents == 0


@pytest.mark.parametrize(("days", "place"), [(0, 0), (30, 0), (31, 1), (60, 1), (61, 2), (90, 2), (91, 3), (120, 3),
                                             (121, 4), (900, 4)])  # fmt: skip
def test_the_edges_of_the_buckets(desk, clock, nora, days, place):
    charge(desk, nora)
    charge(desk, nora, "36415", self_pay=True)
    clock.move(days=days)
    report = desk.ask(aging, AgingAsOf())
    assert [row.aged.buckets[place] for row in report.rows] == [12_00, 165_00]
    account = desk.ask(open_account, OpenAccount(nora.patient_id))
    assert (account.patient_aging.buckets[place], account.insurance_aging.buckets[place]) == (12_00, 165_00)
    assert (report.rows[0].payer_id, report.rows[1].payer_id) == (None, SUMMIT)


def test_a_past_day_does_not_change_by_what_is_posted_after_it(desk, clock, nora):
    [first] = charge(desk, nora, self_pay=True)
    pay(desk, nora, 65_00)
    end_of_day = desk.ask(aging, AgingAsOf(TODAY))
    clock.move(days=3)
    desk.run(void_charge, VoidCharge(desk.new_id(), first, "wrong patient"))
    charge(desk, nora)
    assert desk.ask(aging, AgingAsOf(TODAY)) == end_of_day
    assert end_of_day.total.buckets == (100_00, 0, 0, 0, 0)


def test_why_a_self_paying_patient_owes(desk, nora):
    [only] = charge(desk, nora, "20610", self_pay=True)
    pay(desk, nora, 50_00)
    desk.run(write_off, WriteOff(desk.new_id(), only, 10_00, "courtesy"))
    why = told(desk, only)
    assert why.read_aloud == (
        "The joint injection on November 18 cost $150.00. We took off $10.00 (courtesy discount). You paid $50.00."
        " No plan is billed for it. That leaves $90.00 for you to pay."
    )
    assert [(each.words, each.cents) for each in why.entries] == [
        ("Joint injection, Dr. Reyes", 150_00), ("Patient paid", -50_00), ("Courtesy discount", -10_00)
    ]  # fmt: skip
    assert sum(each.cents for each in why.entries) == why.balance_cents == why.owes_cents == 90_00


def test_why_an_insured_patient_owes_and_does_not(desk, nora):
    [only] = charge(desk, nora)
    assert told(desk, only).read_aloud == (
        "The office visit on November 18 cost $165.00. Summit PPO has not decided about $165.00 yet, so you don't owe"
        " that now."
    )
    share(desk, nora, only, reason="coverage_ended")
    why = told(desk, only)
    assert why.read_aloud == (
        "The office visit on November 18 cost $165.00. That leaves $165.00 for you to pay, because the coverage had"
        " ended."
    )
    assert [(each.words, each.detail, each.cents) for each in why.entries][1] == (
        "Moved to the patient", "165.00, because the coverage had ended", 0
    )  # fmt: skip
    pay(desk, nora, 165_00)
    assert told(desk, only).read_aloud.endswith("You paid $165.00. Nothing is left to pay.")


def test_why_a_self_paying_patient_owes_what_a_plan_was_asked_for_later(desk, nora):
    [only] = charge(desk, nora, self_pay=True)
    move = TransferResponsibility(desk.new_id(), only, None, nora.coverage_id, "patient_choice", 60_00)
    desk.run(transfer_responsibility, move)
    assert told(desk, only).read_aloud == (
        "The office visit on November 18 cost $165.00. Summit PPO has not decided about $60.00 yet, so you don't owe"
        " that now. That leaves $105.00 for you to pay."
    )


def test_one_service_has_no_oldest_and_what_is_free_costs_nothing(desk, nora):
    charge(desk, nora, "80053", self_pay=True)
    owes = desk.ask(explain_balance, ExplainBalance(guarantor_id=nora.guarantor_id)).read_aloud
    assert owes == "You owe $48.00 for one service of November 18."
    bill = a_superbill(nora, TODAY, "80053")
    bill = replace(bill, lines=(replace(bill.lines[0], fee_cents=0),))
    [free] = desk.run(enter_superbills, EnterSuperbills(desk.new_id(), (bill,))).charge_ids
    assert told(desk, free).read_aloud == "The laboratory work on November 18 cost nothing. Nothing is left to pay."


def test_what_was_taken_back_stays_in_the_story(desk, nora):
    [only] = charge(desk, nora, self_pay=True)
    pay(desk, nora, 65_00)
    desk.run(void_charge, VoidCharge(desk.new_id(), only, "not done"))
    why = told(desk, only)
    assert why.read_aloud == "The office visit on November 18 was taken back. You owe nothing for it."
    assert [(each.undone, each.cents) for each in why.entries] == [
        (True, 165_00), (True, -65_00), (False, 65_00), (False, -165_00)
    ]  # fmt: skip
    assert (why.entries[2].words, why.entries[2].detail) == ("Taken back: patient paid", "not done")
    assert why.balance_cents == 0


def test_why_a_guarantor_owes(desk, vault, nora):
    child = a_patient(vault, 2, insured=False, first="Teo", guarantor_id=nora.guarantor_id, birth=date(2015, 1, 1))
    charge(desk, nora)
    charge(desk, child, "36415", day=TODAY - timedelta(days=400))
    charge(desk, nora, "80053", self_pay=True)
    pay(desk, nora, 7_00, allocation=())
    why = desk.ask(explain_balance, ExplainBalance(guarantor_id=nora.guarantor_id))
    assert why.read_aloud == (
        "You owe $60.00 for 2 services; the oldest is from October 14, 2025. We hold $7.00 that you paid and that is"
        " not used yet. Your plans have not decided about $165.00 yet."
    )
    assert [(each.words, each.detail, each.cents) for each in why.entries] == [
        ("Blood draw", "Teo W.", 12_00),
        ("Laboratory", "Nora W.", 48_00),
        ("Paid and not used yet", "Receipt 1-1", -7_00),
    ]
    assert sum(each.cents for each in why.entries) == why.balance_cents == 53_00
    pay(desk, nora, 60_00)
    why = desk.ask(explain_balance, ExplainBalance(guarantor_id=nora.guarantor_id))
    assert why.read_aloud.startswith("You have a credit of $7.00; no payment is due.")


def test_open_items_of_some_guarantors_are_those_of_all(desk, vault, nora):
    others = [a_patient(vault, number, insured=number % 2 == 0) for number in range(2, 6)]
    for who in (nora, *others):
        charge(desk, who, "20610", "36415")
    pay(desk, others[0], 1_00)
    pay(desk, others[1], 160_00)
    with vault.reader.begin() as conn:
        every = accounts.open_items(conn)
        some = accounts.open_items(conn, [nora.guarantor_id, others[1].guarantor_id])
        held = accounts.credits(conn)
        assert accounts.credits(conn, [nora.guarantor_id]) == {}
    assert some == [each for each in every if each.guarantor_id in (nora.guarantor_id, others[1].guarantor_id)]
    assert held == {others[0].guarantor_id: 1_00}
    assert [(each.owes_cents, each.pending_cents, each.patient_paid_cents, each.since) for each in some] == [
        (0, 150_00, 0, None), (0, 12_00, 0, None), (2_00, 0, 10_00, TODAY)
    ]  # fmt: skip


def test_the_trial_balance_is_zero_on_every_day(desk, clock, nora):
    charge(desk, nora, self_pay=True)
    clock.move(days=1)
    pay(desk, nora, 200_00)
    today = {each.account: each.cents for each in desk.ask(trial_balance, TrialBalance())}
    assert today == {"receivable": 0, "revenue": -165_00, "cash": 200_00, "patient_credit": -35_00}
    assert {each.account: each.cents for each in desk.ask(trial_balance, TrialBalance(TODAY))} == {
        "receivable": 165_00, "revenue": -165_00
    }  # fmt: skip


def test_the_front_desk_reads_accounts_but_no_reports(desk_as, nora):
    front = desk_as(Role.FRONT_DESK)
    front.ask(open_account, OpenAccount(nora.patient_id))
    with pytest.raises(NotAllowed):
        front.ask(aging, AgingAsOf())
