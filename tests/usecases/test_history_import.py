"""Ledgers of another system, row by row: what they become, what is refused, and taking them back."""

from collections import Counter
from datetime import date

import pytest
from sqlalchemy import func, select

from medbill_desktop.domain.problems import Invalid, NotAllowed, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import journal
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.day_sheet import DaySheet, day_sheet
from medbill_desktop.usecases.deposits import ListSlips, list_slips
from medbill_desktop.usecases.imports import ImportRows, import_rows
from medbill_desktop.usecases.ledger_imports import ListImports, UndoImport, list_imports, undo_import
from medbill_desktop.usecases.payments import PatientPayment, TakePayment, UndoLast, take_payment, undo_last
from medbill_desktop.usecases.refunds import AskRefund, ask_refund
from medbill_desktop.usecases.watch import Cancelled
from tests.history_files import HEAD, a_practice, bring, ledger, look, row

CHARGE = row("1", "charge", 1, 200_00, code="99213", payer_ref="I1", payer2_ref="I2", claim_ref="A")


@pytest.fixture
def practice(desk, tmp_path):
    a_practice(desk, tmp_path)
    return desk


def balances(vault):
    """Return cents by (account, who), where a plan is named by its member id."""
    line = t.journal_line.c
    wanted = (
        select(line.account, t.coverage.c.member_id, func.sum(line.cents))
        .join(t.coverage, t.coverage.c.id == line.coverage_id, isouter=True)
        .where(line.account.in_(("receivable", "patient_credit", "cash", "adjustment")))
        .group_by(line.account, t.coverage.c.member_id)
    )
    with vault.reader.begin() as conn:
        assert journal.journal_check(conn).is_sound
        return {(account, who or ""): cents for account, who, cents in conn.execute(wanted) if cents}


def problem_of(desk, path, kind="history"):
    (found,) = look(desk, path, kind).problems
    return found


def test_a_whole_life_of_a_charge_leaves_what_each_party_owes(practice, vault, tmp_path):
    path = ledger(
        tmp_path, CHARGE,
        row("2", "payment", 2, 25_00, claim_ref="A", party="patient", method="cash"),
        row("3", "payment", 9, 75_00, claim_ref="A", party="insurance"),
        row("4", "adjustment", 9, 50_00, claim_ref="A", party="insurance", reason="contractual"),
        row("5", "transfer", 9, 50_00, claim_ref="A", party="secondary", payer2_ref="I2"),
        row("6", "payment", 16, 30_00, claim_ref="A", party="insurance"),
        row("7", "transfer", 16, 20_00, claim_ref="A", party="patient"),
        row("8", "payment", 20, 45_00, claim_ref="A", party="patient"),
        row("9", "refund", 21, 20_00, claim_ref="A", party="patient"),
    )  # fmt: skip
    assert look(practice, path).problems == ()
    bring(practice, path)
    assert balances(vault) == {
        ("cash", ""): 155_00, ("adjustment", "M1"): 50_00, ("patient_credit", ""): -5_00,
    }  # fmt: skip
    with vault.reader.begin() as conn:
        days = set(conn.execute(select(t.posting.c.posted_on)).scalars())
        assert conn.execute(select(t.charge.c.claim_item, t.charge.c.code)).all() == [(False, "99213")]
        assert set(conn.execute(select(t.posting.c.source_kind)).scalars()) == {"history"}
    assert days == {date(2026, 3, day) for day in (1, 2, 9, 16, 20, 21)}


def test_what_a_patient_paid_too_much_pays_the_next_charge(practice, vault, tmp_path):
    bring(practice, ledger(tmp_path, row("1", "charge", 1, 2, code="X", party="patient"),
                           row("2", "payment", 1, 75_00, charge_ref="1", party="patient")))  # fmt: skip
    assert balances(vault) == {("cash", ""): 75_00, ("patient_credit", ""): -74_98}
    more = ledger(tmp_path, row("3", "charge", 3, 10_00, code="X", party="patient"), name="more.csv")
    bring(practice, more)
    assert balances(vault)[("receivable", "")] == 10_00


def test_a_later_file_goes_on_where_an_earlier_one_ended(practice, vault, tmp_path):
    bring(practice, ledger(tmp_path, CHARGE))
    later = ledger(
        tmp_path, CHARGE, row("2", "payment", 5, 60_00, charge_ref="1", party="insurance"),
        row("3", "transfer", 5, 140_00, claim_ref="A", party="patient"),
    )  # fmt: skip
    found = look(practice, later)
    assert (found.ready, found.known, found.refused) == (2, 1, 0)
    bring(practice, later)
    assert balances(vault) == {("cash", ""): 60_00, ("receivable", ""): 140_00}


def test_two_equal_payments_of_one_day_are_two(practice, vault, tmp_path):
    paid = row("", "payment", 2, 10_00, claim_ref="A", party="patient", method="cash")
    path = ledger(tmp_path, CHARGE, paid, paid)
    bring(practice, path)
    assert balances(vault)[("cash", "")] == 20_00
    again = look(practice, path)
    assert (again.ready, again.known) == (0, 3)


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        (row("1", "gift", 1, 1), "type"),
        (row("1", "charge", 1, 1, who="P9", code="X"), "patient"),
        (row("1", "charge", 1, 1), "code"),
        (row("1", "charge", 2, 1, code="X"), "visit_ref"),
        (row("1", "charge", 1, -1, code="X"), "amount"),
        (row("1", "charge", 1, 1, code="X", payer_ref="I9"), "payer_ref"),
        (row("1", "charge", 1, 1, code="X", party="uncle"), "party"),
        (row("1", "payment", 1, 1, claim_ref="A", party="patient"), "charge_ref"),
        (CHARGE + row("2", "payment", 1, 1, claim_ref="A", party="patient", method="shells"), "method"),
        (CHARGE + row("2", "adjustment", 1, 200_01, claim_ref="A", reason="contractual"), "amount"),
        (CHARGE + row("2", "adjustment", 1, 1, claim_ref="A", reason="luck"), "reason"),
        (CHARGE + row("2", "refund", 1, 1, claim_ref="A", party="patient"), "amount"),
        (CHARGE + row("2", "transfer out", 1, 1, claim_ref="A"), "row"),
        (CHARGE + row("2", "transfer in", 1, 1, claim_ref="A", party="patient"), "out_row"),
        (CHARGE + row("2", "payment", 1, 1, who="P2", claim_ref="A", party="patient"), "charge_ref"),
        ("1,charge,2027-01-01,1.00,P1,,,,,,,,X,\n", "date"),
        ("1,charge,2026-03-01,1.001,P1,,,,,,,,X,\n", "amount"),
    ],
)
def test_a_row_that_cannot_be_is_refused_at_its_place_and_nothing_is_imported(practice, vault, tmp_path, rows, where):
    path = ledger(tmp_path, rows)
    found = problem_of(practice, path)
    assert found.field == where
    assert found.segment == f"line {1 + rows.count(chr(10))}"
    with pytest.raises(Invalid):
        practice.run(import_rows, ImportRows(practice.new_id(), "history", str(path), skip_refused=True))
    assert balances(vault) == {}


def test_opening_balances_are_neither_production_nor_collections(practice, vault, tmp_path):
    path = tmp_path / "balances.csv"
    path.write_text(
        "source_ref,patient_ref,payer_ref,amount,as_of,last_service\n"
        "1,P1,,120.50,2026-10-31,2026-08-02\n2,P1,I1,80.00,2026-10-31,2026-08-02\n"
        "3,P2,,-30.00,2026-10-31,\n4,P1,I2,-7.00,2026-10-31,2026-08-02\n",
        encoding="utf-8",
    )
    assert look(practice, path, "balances").ledger.balance_cents == 163_50
    done = bring(practice, path, "balances")
    assert balances(vault) == {
        ("receivable", ""): 120_50, ("receivable", "M1"): 80_00, ("receivable", "M2"): -7_00,
        ("patient_credit", ""): -30_00, ("adjustment", ""): -90_50, ("adjustment", "M1"): -80_00,
        ("adjustment", "M2"): 7_00,
    }  # fmt: skip
    with vault.reader.begin() as conn:
        assert set(conn.execute(select(t.charge.c.service_date)).scalars()) == {date(2026, 8, 2)}
        reasons = conn.execute(select(t.journal_line.c.reason).where(t.journal_line.c.account == "adjustment"))
        assert set(reasons.scalars()) == {"opening"}
    assert look(practice, path, "balances").known == 4
    practice.run(undo_import, UndoImport(practice.new_id(), done.import_id, "wrong list"))
    assert balances(vault) == {}
    assert bring(practice, path, "balances").imported == 4


def test_an_opening_balance_is_paid_like_any_other(practice, vault, tmp_path):
    path = tmp_path / "balances.csv"
    path.write_text("patient_ref,amount,as_of\nP1,120.50,2026-10-31\n", encoding="utf-8")
    done = bring(practice, path, "balances")
    with vault.reader.begin() as conn:
        guarantor_id = conn.execute(select(t.charge.c.guarantor_id)).scalar_one()
    paid = practice.run(take_payment, TakePayment(practice.new_id(), PatientPayment(guarantor_id, 100_00, "cash")))
    assert paid.applied_cents == 100_00
    with pytest.raises(Refused, match="1 entry was posted"):
        practice.run(undo_import, UndoImport(practice.new_id(), done.import_id, "wrong list"))
    practice.run(undo_last, UndoLast(practice.new_id()))
    practice.run(undo_import, UndoImport(practice.new_id(), done.import_id, "wrong list"))
    assert balances(vault) == {}


def test_credit_of_an_import_that_is_asked_back_keeps_the_import(practice, desk_as, vault, tmp_path):
    done = bring(practice, ledger(tmp_path, CHARGE, row("2", "payment", 2, 250_00, claim_ref="A", party="patient")))
    with vault.reader.begin() as conn:
        payment_id = conn.execute(select(t.payment.c.id)).scalar_one()
    biller = desk_as(Role.BILLER)
    biller.run(ask_refund, AskRefund(biller.new_id(), payment_id, 50_00, "check", "overpaid"))
    with pytest.raises(Refused, match="refund"):
        practice.run(undo_import, UndoImport(practice.new_id(), done.import_id, "wrong file"))


def test_a_statement_of_an_import_keeps_it(practice, vault, tmp_path):
    done = bring(practice, ledger(tmp_path, row("1", "charge", 1, 50_00, code="X", party="patient")))
    with vault.writer.begin() as conn:
        charge_id, guarantor_id = conn.execute(select(t.charge.c.id, t.charge.c.guarantor_id)).one()
        conn.execute(
            t.statement.insert().values(
                id=1,
                number="1-1",
                run_id=1,
                guarantor_id=guarantor_id,
                statement_date=date(2026, 11, 1),
                made_by=1,
                due_date=date(2026, 12, 1),
                step="first",
                total_cents=50_00,
                content="{}",
                made_at=practice.clock.now(),
            )
        )
        conn.execute(t.statement_line.insert().values(id=1, statement_id=1, charge_id=charge_id, owe_cents=50_00))
    with pytest.raises(Refused, match="1 statement was made"):
        practice.run(undo_import, UndoImport(practice.new_id(), done.import_id, "wrong file"))


def test_the_undo_key_leaves_an_import_alone_and_no_slip_of_ours_shows_it(practice, vault, tmp_path):
    bring(practice, ledger(tmp_path, CHARGE, row("2", "payment", 2, 25_00, claim_ref="A", party="patient")))
    before = balances(vault)
    with pytest.raises(Refused, match="Import page"):
        practice.run(undo_last, UndoLast(practice.new_id()))
    assert balances(vault) == before
    assert practice.ask(list_slips, ListSlips()) == ()
    (listed,) = practice.ask(list_imports, ListImports())
    assert (listed.charged_cents, listed.paid_cents, listed.undone_at) == (200_00, 25_00, None)


def test_an_import_is_undone_once(practice, tmp_path):
    done = bring(practice, ledger(tmp_path, CHARGE))
    practice.run(undo_import, UndoImport(practice.new_id(), done.import_id, "wrong file"))
    with pytest.raises(Refused, match="already"):
        practice.run(undo_import, UndoImport(practice.new_id(), done.import_id, "wrong file"))
    (listed,) = practice.ask(list_imports, ListImports())
    assert listed.undone_at is not None


def test_the_day_sheets_of_its_days_are_proved_and_today_shows_nothing_of_it(practice, tmp_path):
    bring(practice, ledger(
        tmp_path, CHARGE, row("2", "payment", 2, 225_00, claim_ref="A", party="patient", method="cash"),
        row("3", "payment", 9, 75_00, claim_ref="A", party="insurance", payer_ref="I1"),
        row("4", "refund", 12, 25_00, claim_ref="A", party="patient"),
    ))  # fmt: skip
    opening = tmp_path / "balances.csv"
    opening.write_text("patient_ref,amount,as_of\nP1,120.50,2026-03-20\nP2,-30.00,2026-03-20\n", encoding="utf-8")
    bring(practice, opening, "balances")
    for day in (1, 2, 9, 12, 20):
        sheet = practice.ask(day_sheet, DaySheet(date(2026, 3, day))).sheet
        assert [each for each in sheet.checks if not each.holds] == [], day
    today = practice.ask(day_sheet, DaySheet(practice.clock.today())).sheet
    assert all(each.holds for each in today.checks)
    assert today.receivable.opening == today.receivable.closing


def test_a_signed_day_takes_no_history(practice, vault, tmp_path):
    with vault.writer.begin() as conn:
        conn.execute(t.day_sheet.insert().values(
            day=date(2026, 3, 1), figures="{}", signed_by=1, signed_at=practice.clock.now(), words=""))  # fmt: skip
    assert problem_of(practice, ledger(tmp_path, CHARGE)).code == "signed-day"
    assert look(practice, ledger(tmp_path, row("1", "charge", 3, 1, code="X"))).problems == ()


def test_a_biller_may_not_and_a_cancelled_import_leaves_nothing(practice, desk_as, vault, tmp_path):
    path = ledger(tmp_path, CHARGE)
    with pytest.raises(NotAllowed):
        bring(desk_as(Role.BILLER), path)

    class Stop:
        def step(self, done, total, text=""):
            if text == "Writing":
                raise Cancelled

    with pytest.raises(Cancelled):
        bring(practice, path, watch=Stop())
    assert balances(vault) == {}
    assert practice.ask(list_imports, ListImports()) == ()


def test_audit_and_answers_hold_no_words_of_the_file(practice, vault, tmp_path):
    done = bring(practice, ledger(tmp_path, CHARGE))
    practice.run(undo_import, UndoImport(practice.new_id(), done.import_id, "Ortiz was wrong"))
    with vault.reader.begin() as conn:
        details = " ".join(conn.execute(select(t.audit.c.detail)).scalars())
    assert Counter(word in details for word in ("Ortiz", "99213", "Łęcka")) == {False: 3}
    assert HEAD.count(",") == 13
