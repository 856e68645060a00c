"""A hundred thousand rows of a ledger, in memory that does not grow with the journal."""

import resource
from time import perf_counter

import pytest

from medbill_desktop.storage import journal
from medbill_desktop.usecases.ledger_imports import UndoImport, undo_import
from tests.history_files import bring, ledger, row
from tests.people import a_place, a_provider

CLAIMS = 25_000
PEOPLE = 1_000
VISITS = 20 * PEOPLE
MOST_MORE_MEGABYTES = 400


def the_rows():
    for at in range(CLAIMS):
        facts = {"who": f"P{at % PEOPLE}", "claim_ref": f"A{at}"}
        yield row(f"c{at}", "charge", 1 + at // PEOPLE % 20, 100_00 + at % 977, code="X", payer_ref="I1", **facts)
        yield row(f"p{at}", "payment", 28, 20_00, party="patient", **facts)
        yield row(f"i{at}", "payment", 28, 50_00, party="insurance", **facts)
        yield row(f"a{at}", "adjustment", 28, 10_00, reason="contractual", **facts)


def the_lists():
    everyone = range(PEOPLE)
    yield "patients", "source_ref,last,first,birth_date", [f"P{at},Last{at},First,1980-10-31" for at in everyone]
    yield "payers", "source_ref,name", ["I1,Summit Mutual"]
    header = "source_ref,patient_ref,payer_ref,member_id,first_day"
    yield "coverages", header, [f"C{at},P{at},I1,M{at},2020-01-01" for at in everyone]
    rows = [f"V{at},P{at % PEOPLE},2026-03-{1 + at // PEOPLE:02d},Rowan Vance,Main office" for at in range(VISITS)]
    yield "visits", "source_ref,patient_ref,service_date,provider_name,place_name", rows


def megabytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_hundred_thousand_rows_come_in_and_go_out(desk, vault, tmp_path, capsys):
    a_provider(desk, "Vance", "Rowan")
    a_place(desk, "Main office")
    for kind, header, rows in the_lists():
        path = tmp_path / f"{kind}.csv"
        path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
        bring(desk, path, kind)
    path, before, began = ledger(tmp_path, *the_rows()), megabytes(), perf_counter()
    done = bring(desk, path)
    took = perf_counter() - began
    assert done.imported == 4 * CLAIMS
    began = perf_counter()
    desk.run(undo_import, UndoImport(desk.new_id(), done.import_id, "wrong file"))
    back = perf_counter() - began
    with capsys.disabled():
        print(f"\n{done.imported:,} rows: {done.imported / took:,.0f} a second, taken back in {back:,.0f} s, "
              f"{megabytes() - before:,.0f} MB more")  # fmt: skip
    assert megabytes() - before < MOST_MORE_MEGABYTES
    with vault.reader.begin() as conn:
        assert set(journal.trial_balance(conn).values()) == {0}
