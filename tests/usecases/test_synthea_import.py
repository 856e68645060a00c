"""The CSV export of Synthea, whole: every row of it is imported or refused with its reason."""

import csv
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from medbill_desktop.domain.problems import Invalid
from medbill_desktop.storage import coverages
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.imports import ImportRows, PreviewImport, import_rows, preview_import
from medbill_desktop.usecases.patients import FindPatients, find_patients

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "realdata" / "synthea"
FILES = {
    "patients": "patients.csv",
    "payers": "payers.csv",
    "coverages": "payer_transitions.csv",
    "visits": "encounters.csv",
}
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the Synthea export is not beside this checkout")


def rows_in(kind):
    with (FOLDER / FILES[kind]).open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.DictReader(file))


def run(desk, kind):
    path = str(FOLDER / FILES[kind])
    return desk.run(import_rows, ImportRows(desk.new_id(), kind, path, "synthea", skip_refused=True))


def test_every_row_is_accounted_for_and_a_second_import_changes_nothing(desk, vault):
    expected = {"patients": (27, 0), "payers": (9, 1), "coverages": (792, 259), "visits": (604, 0)}
    for kind, (imported, refused) in expected.items():
        preview = desk.ask(preview_import, PreviewImport(kind, str(FOLDER / FILES[kind]), "synthea"))
        done = run(desk, kind)
        assert done.rows == rows_in(kind) == imported + refused
        assert (done.imported, done.refused, done.known) == (imported, refused, 0)
        assert (preview.ready, preview.refused, preview.also_made) == (
            imported, refused, (done.providers_made, done.places_made))  # fmt: skip
        assert len({p.segment for p in preview.problems}) == refused
        again = run(desk, kind)
        assert (again.imported, again.known, again.refused) == (0, imported, refused)
    with vault.reader.begin() as conn:
        counts = {name: len(conn.execute(select(t.metadata.tables[name].c.id)).all()) for name in (
            "patient", "guarantor", "payer", "coverage", "visit", "provider", "place")}  # fmt: skip
    assert counts == {
        "patient": 27, "guarantor": 27, "payer": 9, "coverage": 792, "visit": 604,
        "provider": counts["provider"], "place": counts["place"],
    }  # fmt: skip
    assert 0 < counts["provider"] <= 166
    assert 0 < counts["place"] <= 63


def test_with_refused_rows_nothing_is_imported_unless_said(desk, vault):
    with pytest.raises(Invalid) as refused:
        desk.run(import_rows, ImportRows(desk.new_id(), "payers", str(FOLDER / "payers.csv"), "synthea"))
    (problem,) = refused.value.problems
    assert (problem.field, problem.code) == ("NAME", "left-out")
    assert problem.segment.startswith("line ")
    with vault.reader.begin() as conn:
        assert conn.execute(select(t.payer.c.id)).all() == []


def test_a_period_ends_the_day_before_the_next_and_names_keep_their_digits(desk, vault):
    for kind in ("patients", "payers", "coverages"):
        run(desk, kind)
    (line,) = desk.ask(find_patients, FindPatients("mosciski958"))
    assert line.name == "Mosciski958, Maynard46"
    with vault.reader.begin() as conn:
        days = [date(2015, 10, 19), date(2015, 10, 20)]
        held = [coverages.on(conn, line.id, day) for day in days]
        zip_codes = set(conn.execute(select(t.patient.c.zip)).scalars())
    assert [[row.payer_name for row in rows] for rows in held] == [["Blue Cross Blue Shield"], ["Cigna Health"]]
    assert held[0][0].details.subscriber_last == "Mosciski958"
    assert "02155" in zip_codes
