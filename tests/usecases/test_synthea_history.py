"""The ledger of the Synthea export, whole: our journal says of every claim what its file says, to the cent.

What the file says is computed here from its text alone, with nothing of the program.
"""

import csv
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select

from medbill_desktop.storage import journal
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.imports import ImportRows, PreviewImport, import_rows, preview_import
from medbill_desktop.usecases.ledger_imports import ListImports, UndoImport, list_imports, undo_import

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "realdata" / "synthea"
LISTS = {"patients": "patients", "payers": "payers", "coverages": "payer_transitions", "visits": "encounters"}
LEDGER = FOLDER / "claims_transactions.csv"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the Synthea export is not beside this checkout")


def bring(desk, kind, path):
    return desk.run(import_rows, ImportRows(desk.new_id(), kind, str(path), "synthea", skip_refused=kind in LISTS))


def in_cents(text):
    return int(Decimal(text or "0") * 100)


def the_file():
    """Return by claim what was charged and paid, and by whom, from the file alone."""
    said = defaultdict(Counter)
    with LEDGER.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            claim, kind = said[f"synthea:{row['CLAIMID']}"], row["TYPE"]
            claim["rows"] += 1
            if kind == "CHARGE":
                claim["charges"] += 1
                claim["zero"] += in_cents(row["AMOUNT"]) == 0
                claim["charged"] += in_cents(row["AMOUNT"])
            elif kind == "PAYMENT":
                claim["plan" if row["METHOD"] == "ECHECK" else "patient"] += in_cents(row["PAYMENTS"])
            elif kind == "TRANSFERIN":
                claim["moved"] += in_cents(row["TRANSFERS"])
    return said


def the_journal(vault):
    """Return the same from the journal, by the row that each posting came from."""
    r, line, said = t.ledger_import_row.c, t.journal_line.c, defaultdict(Counter)
    with vault.reader.begin() as conn:
        for claim, kind in conn.execute(select(r.claim_ref, r.kind)):
            said[claim]["rows"] += 1
            said[claim]["charges"] += kind == "charge"
        joined = (
            select(r.claim_ref, line.account, line.payment_id, func.sum(line.cents))
            .join_from(t.journal_line, t.posting, t.posting.c.id == line.posting_id)
            .join(t.ledger_import_row, r.id == t.posting.c.source_id)
            .group_by(r.claim_ref, line.account, line.payment_id)
        )
        for claim, account, payment, cents in conn.execute(joined):
            if account == "revenue":
                said[claim]["charged"] -= cents
            elif account == "cash":
                said[claim]["plan" if payment is None else "patient"] += cents
            if account in ("receivable", "patient_credit"):
                said[claim]["balance"] += cents
        zero = select(r.claim_ref, func.count()).join_from(t.ledger_import_row, t.charge, t.charge.c.id == r.charge_id)
        zero = zero.where(r.kind == "charge", t.charge.c.amount_cents == 0).group_by(r.claim_ref)
        for claim, count in conn.execute(zero):
            said[claim]["zero"] += count
        assert journal.journal_check(conn).is_sound
    return said


@pytest.fixture
def lists(desk):
    for kind, name in LISTS.items():
        bring(desk, kind, FOLDER / f"{name}.csv")


def test_every_claim_balances_as_its_file_says(desk, vault, lists):
    preview = desk.ask(preview_import, PreviewImport("history", str(LEDGER), "synthea"))
    assert preview.problems == ()
    done = bring(desk, "history", LEDGER)
    assert (done.rows, done.imported, done.known, done.refused) == (5_228, 5_228, 0, 0)
    file, ours = the_file(), the_journal(vault)
    assert set(file) == set(ours)
    assert len(file) == 1_267
    for claim, said in file.items():
        moved = said.pop("moved", 0)
        assert moved <= said["charged"]
        said["balance"] = said["charged"] - said["plan"] - said["patient"]
        assert +said == +ours[claim], claim
        assert said["balance"] == ours[claim]["balance"]
    total = sum(file.values(), Counter())
    assert (total["charges"], total["zero"]) == (1_545, 127)
    assert total["charged"] == preview.ledger.charged_cents == 1_092_402_73
    assert total["plan"] + total["patient"] == preview.ledger.paid_cents == 1_103_503_95
    assert sum(said["balance"] < 0 for said in file.values()) == 190
    assert (preview.ledger.charges, preview.ledger.zero_charges) == (1_545, 127)
    # The file moves one cent more than a claim has left: that cent is the plan's credit, all the rest the patients'.
    assert (preview.ledger.balance_cents, preview.ledger.credit_cents) == (-11_101_22, 11_101_21)
    with vault.reader.begin() as conn:
        line = t.journal_line.c
        owed = select(func.sum(line.cents)).where(line.account == "receivable")
        owed = owed.group_by(line.charge_id, line.coverage_id, line.guarantor_id).having(func.sum(line.cents) != 0)
        assert conn.execute(owed).scalars().all() == [-1]


def test_the_second_time_nothing_is_imported_and_an_undo_leaves_nothing(desk, vault, lists):
    done = bring(desk, "history", LEDGER)
    again = desk.ask(preview_import, PreviewImport("history", str(LEDGER), "synthea"))
    assert (again.ready, again.known, again.refused) == (0, 5_228, 0)
    assert bring(desk, "history", LEDGER).imported == 0
    (listed,) = desk.ask(list_imports, ListImports())
    assert (listed.id, listed.row_count, listed.zero_charges) == (done.import_id, 5_228, 127)
    undone = desk.run(undo_import, UndoImport(desk.new_id(), done.import_id, "wrong file"))
    with vault.reader.begin() as conn:
        assert set(journal.trial_balance(conn).values()) == {0}
        assert undone.postings == conn.execute(select(func.count()).where(t.posting.c.reverses.is_not(None))).scalar()
        days = select(t.posting.c.posted_on, func.sum(t.journal_line.c.cents)).join(
            t.journal_line, t.journal_line.c.posting_id == t.posting.c.id
        )
        days = days.where(t.journal_line.c.account == "revenue").group_by(t.posting.c.posted_on)
        assert {cents for _, cents in conn.execute(days)} == {0}
        assert conn.execute(select(t.charge.c.id).where(t.charge.c.voided_at.is_(None))).first() is None
        assert conn.execute(select(t.payment.c.id).where(t.payment.c.voided_at.is_(None))).first() is None
        assert set(conn.execute(select(t.visit.c.status)).scalars()) == {"open"}
    assert bring(desk, "history", LEDGER).imported == 5_228
    assert the_journal(vault) != {}
