"""The lists of money at a practice of 100,000 patients and a million journal lines (DESIGN 10, W19)."""

import time
from datetime import date

import pytest
from sqlalchemy import text

from medbill_desktop.domain.users import Role
from medbill_desktop.storage import journal
from medbill_desktop.usecases.accounts import AgingAsOf, aging
from medbill_desktop.usecases.collections import ListCandidates, list_candidates
from medbill_desktop.usecases.day_sheet import DaySheet, day_sheet
from medbill_desktop.usecases.deposits import ListSlips, OpenSlip, list_slips, open_slip
from medbill_desktop.usecases.plans import ListPlans, list_plans
from medbill_desktop.usecases.refunds import ListCredits, ListRefunds, list_credits, list_refunds
from medbill_desktop.usecases.small_balances import ListSmallBalances, list_small_balances
from medbill_desktop.usecases.today import AskMoneyQueues, AskQueues, money_waiting, work_waiting
from tests.ledger_rows import PLACE, PROVIDER, furnish

PATIENTS, EVENTS, DAYS = 100_000, 175_000, 900
# Each event: a charge of 100.00, a payment of 98.00 or 120.00 by turns, and what of it was applied.
_EVENTS = """WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < :events),
       n (i, d, p, slip, cents, applied) AS (
       SELECT i, date('2026-11-18', '-' || (:days - i * :days / :events) || ' days'), i % :patients,
       (i * :days / :events) * 2 + i % 2, CASE i % 5 WHEN 0 THEN 12000 ELSE 9800 END,
       CASE i % 5 WHEN 0 THEN 10000 ELSE 9800 END FROM c) """
_ROWS = (
    """INSERT INTO guarantor (id, last, first, mailing_name, created_at)
       SELECT 10000000 + p, 'Family' || p, 'Ann', 'Ann Family' || p, :at FROM (SELECT DISTINCT p FROM n)""",
    """INSERT INTO patient (id, account, last, first, mailing_name, birth_date, sex, guarantor_id, created_at)
       SELECT 20000000 + p, 'b' || p, 'Family' || p, 'Ann', 'Ann Family' || p, '1980-01-01', 'F', 10000000 + p, :at
       FROM (SELECT DISTINCT p FROM n)""",
    """INSERT INTO visit (id, patient_id, service_date, provider_id, place_id, status, created_at)
       SELECT 30000000 + i, 20000000 + p, d, :provider, :place, 'charged', :at FROM n""",
    """INSERT INTO charge (id, visit_id, patient_id, line_no, control_number, service_date, provider_id, place_id,
       guarantor_id, code, description, generic_words, units, fee_cents, amount_cents, pointers, entered_by, entered_at)
       SELECT 40000000 + i, 30000000 + i, 20000000 + p, 1, 'b' || i, d, :provider, :place, 10000000 + p, '99213',
       'Office visit', 'Office visit', 1, 10000, 10000, '1', 2, :at FROM n""",
    """INSERT INTO deposit (id, number, method, opened_on, closed_on, slip_cents, slip_items, counted_cents)
       SELECT 50000000 + slip, 'b' || slip, CASE slip % 2 WHEN 0 THEN 'cash' ELSE 'check' END, min(d), max(d),
       sum(cents), count(*), sum(cents) FROM n GROUP BY slip""",
    """INSERT INTO payment (id, number, guarantor_id, patient_id, method, cents, received_on, deposit_id, taken_by,
       taken_at) SELECT 60000000 + i, 'b' || i, 10000000 + p, 20000000 + p,
       CASE slip % 2 WHEN 0 THEN 'cash' ELSE 'check' END, cents, d, 50000000 + slip, 2, :at FROM n""",
    """INSERT INTO posting (id, posted_on, recorded_at, kind, user_id, command_id, source_kind, source_id)
       SELECT 70000000 + 3 * i, d, :at, 'charge', 2, i, 'charge', 40000000 + i FROM n UNION ALL
       SELECT 70000001 + 3 * i, d, :at, 'payment', 2, -i, 'payment', 60000000 + i FROM n UNION ALL
       SELECT 70000002 + 3 * i, d, :at, 'apply', 2, -i, 'credit', 60000000 + i FROM n""",
    """INSERT INTO journal_line (id, posting_id, account, cents, cause, patient_id, charge_id, guarantor_id,
       provider_id)
       SELECT 80000000 + 2 * i, 70000000 + 3 * i, 'receivable', 10000, 'charge', 20000000 + p, 40000000 + i,
       10000000 + p, :provider FROM n UNION ALL
       SELECT 80000001 + 2 * i, 70000000 + 3 * i, 'revenue', -10000, NULL, 20000000 + p, 40000000 + i, NULL, :provider
       FROM n""",
    """INSERT INTO journal_line (id, posting_id, account, cents, patient_id, guarantor_id, deposit_id, payment_id)
       SELECT 81000000 + 2 * i, 70000001 + 3 * i, 'cash', cents, 20000000 + p, NULL, 50000000 + slip, 60000000 + i
       FROM n UNION ALL
       SELECT 81000001 + 2 * i, 70000001 + 3 * i, 'patient_credit', -cents, 20000000 + p, 10000000 + p, NULL,
       60000000 + i FROM n""",
    """INSERT INTO journal_line (id, posting_id, account, cents, cause, patient_id, charge_id, guarantor_id,
       provider_id, payment_id)
       SELECT 82000000 + 2 * i, 70000002 + 3 * i, 'patient_credit', applied, NULL, 20000000 + p, NULL,
       10000000 + p, NULL, 60000000 + i FROM n UNION ALL
       SELECT 82000001 + 2 * i, 70000002 + 3 * i, 'receivable', -applied, 'payment', 20000000 + p, 40000000 + i,
       10000000 + p, :provider, 60000000 + i FROM n""",
)
TODAY = date(2026, 11, 18)


def seconds(work):
    taken = []
    for _ in range(2):
        begin = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begin)
    return min(taken)


@pytest.mark.long
@pytest.mark.timeout(1_200)
def test_the_lists_of_money_keep_up_with_a_million_lines(vault, desk_as):
    furnish(vault)
    desk = desk_as(Role.MANAGER, number=2)
    values = {"events": EVENTS, "days": DAYS, "patients": PATIENTS, "provider": PROVIDER, "place": PLACE,
              "at": "2026-01-02T09:00:00.000000+00:00"}  # fmt: skip
    with vault.writer.begin() as conn:
        values["at"] = conn.execute(text("SELECT created_at FROM vault")).scalar_one()
        conn.connection.dbapi_connection.execute("PRAGMA defer_foreign_keys=ON")
        for each in _ROWS:
            rows = _EVENTS + each
            conn.execute(text(rows), {name: value for name, value in values.items() if f":{name}" in rows})
    with vault.reader.begin() as conn:
        assert journal.journal_check(conn).is_sound
        floor = seconds(
            lambda: conn.execute(text("SELECT account, sum(cents) FROM journal_line GROUP BY account")).all()
        )
    slip = desk.ask(list_slips, ListSlips())[0]
    cases = {  # how often the floor each may take: one reading of all lines, from end to end
        "slips": (list_slips, ListSlips(), 0.5),
        "slip": (open_slip, OpenSlip(slip.id), 0.25),
        "day sheet": (day_sheet, DaySheet(TODAY), 8),
        "month sheet": (day_sheet, DaySheet(date(2026, 10, 1), date(2026, 10, 31)), 12),
        "small balances": (list_small_balances, ListSmallBalances(), 8),
        "aging": (aging, AgingAsOf(None), 6),
        "credits": (list_credits, ListCredits(), 5),
        "refunds": (list_refunds, ListRefunds(), 1),
        "plans": (list_plans, ListPlans(), 1),
        "candidates": (list_candidates, ListCandidates(), 1),
        "money on Today": (money_waiting, AskMoneyQueues(), 1),
        "queues on Today": (work_waiting, AskQueues(), 6),
    }
    found = {name: seconds(lambda case=case, asked=asked: desk.ask(case, asked)) / floor
             for name, (case, asked, _) in cases.items()}  # fmt: skip
    print(f"\nfloor {floor:.2f} s", *(f"{name}: {ratio:.2f}" for name, ratio in found.items()), sep="\n")
    slow = {name: round(ratio, 1) for name, ratio in found.items() if ratio > cases[name][2]}
    assert not slow, f"times of one reading of all lines ({floor:.2f} s)"
