"""Any history, written down as a file and imported, leaves the balances that it had; a damaged file leaves nothing."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from medbill_desktop.domain.problems import Refused
from medbill_desktop.storage import journal
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.ledger_imports import UndoImport, undo_import
from tests.history_files import a_practice, bring, ledger, row

CENTS = st.integers(0, 300_00)
EVENTS = st.lists(
    st.tuples(st.sampled_from(["patient", "plan", "give up", "move"]), st.integers(1, 120_00)), max_size=6
)
CHARGES = st.lists(st.tuples(st.integers(0, 27), CENTS, st.booleans(), EVENTS), min_size=1, max_size=8)


def told(charges):
    """Return the rows of a ledger, and what it leaves: owed by plans, owed by patients, their credit."""
    rows, plans, patients, credit, number = [], 0, 0, 0, 0
    for at, (day, cents, insured, events) in enumerate(charges):
        who, claim = f"P{1 + day % 2}", f"A{at}"
        plan, patient = (cents, 0) if insured else (0, cents)
        rows.append(row(f"c{at}", "charge", day + 1, cents, who=who, claim_ref=claim, code="X",
                        party="insurance" if insured else "patient", payer_ref="I1"))  # fmt: skip
        for kind, part in events:
            number += 1
            facts = {"who": who, "claim_ref": claim}
            if kind == "patient":
                paid = row(f"e{number}", "payment", 28, part, party="patient", **facts)
                share = min(max(part - max(patient, 0), 0), max(plan, 0))
                plan, patient = plan - share, patient + share
                applied = min(part, max(patient, 0))
                patient, credit = patient - applied, credit + part - applied
            elif kind == "plan":
                paid, plan = (
                    row(f"e{number}", "payment", 28, part, party="insurance", payer_ref="I1", **facts),
                    plan - part,
                )
            elif kind == "give up" and 0 < part <= patient:
                paid = row(f"e{number}", "adjustment", 28, part, party="patient", reason="courtesy", **facts)
                patient -= part
            elif kind == "move" and 0 < part <= plan:
                paid = row(f"e{number}", "transfer", 28, part, party="patient", from_party="insurance", payer_ref="I1",
                           **facts)  # fmt: skip
                plan, patient = plan - part, patient + part
            else:
                continue
            rows.append(paid)
        plans, patients = plans + plan, patients + patient
    return rows, (plans, patients, credit)


def standing(vault):
    """Return what plans and patients owe, and patients' credit."""
    line = t.journal_line.c
    with vault.reader.begin() as conn:
        assert journal.journal_check(conn).is_sound

        def cents(*where):
            return conn.execute(select(func.coalesce(func.sum(line.cents), 0)).where(*where)).scalar_one()

        owed = line.account == "receivable"
        return (
            cents(owed, line.coverage_id.is_not(None)), cents(owed, line.guarantor_id.is_not(None)),
            -cents(line.account == "patient_credit"),
        )  # fmt: skip


@pytest.fixture
def practice(desk, tmp_path):
    a_practice(desk, tmp_path)
    return desk


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(CHARGES)
def test_a_history_written_down_and_imported_has_the_same_balances(practice, vault, tmp_path, charges):
    rows, expected = told(charges)
    done = bring(practice, ledger(tmp_path, *rows))
    assert standing(vault) == expected
    practice.run(undo_import, UndoImport(practice.new_id(), done.import_id, "again"))
    assert standing(vault) == (0, 0, 0)


WHOLE = [row("1", "charge", 1, 200_00, code="X", payer_ref="I1", claim_ref="A")] + [
    row(str(at), "payment", 2 + at, 1_00 + at, claim_ref="A", party="patient") for at in range(2, 9)
]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 400), st.sampled_from([b"", b'"', b"\0", b"\xff\xfe", b",,", b"9999999999999"]))
def test_a_cut_or_garbled_file_is_imported_whole_or_not_at_all(practice, vault, tmp_path, at, put):
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        path = ledger(Path(folder), *WHOLE)
        text = path.read_bytes()
        at = min(at, len(text) - 1)
        path.write_bytes(text[:at] + put + (text[at + 1 :] if put else b""))
        before = standing(vault)
        try:
            done = bring(practice, path)
        except Refused:
            assert standing(vault) == before
        else:
            if done.import_id is not None:
                practice.run(undo_import, UndoImport(practice.new_id(), done.import_id, "again"))
            assert standing(vault) == before
