"""No cell of a list that leaves the program is calculated, wherever it is opened (SECURITY F13)."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medbill_desktop.documents.csv_file import as_csv, inert

SIGNS = "=+-@＝＋－＠"
CELLS = st.text(max_size=12) | st.lists(
    st.sampled_from([*SIGNS, ";", "|", "\t", "\r", "\n", " ", '"', "'", "\ufeff", "cmd", "1", ","]), max_size=8
).map("".join)  # fmt: skip


@pytest.mark.parametrize("cell", ["5", "-5.00", "0.5", "Ortiz, Ana", "12-31", "a - b", "", "Main St; rear", "x=1"])
def test_what_no_spreadsheet_calculates_stays_as_it_is(cell):
    assert inert(cell) == cell


@pytest.mark.parametrize(
    ("cell", "safe"),
    [("=1+1", "'=1+1"), (" =1", "' =1"), ('"=1', "'\"=1"), ("\ufeff@x", "'\ufeff@x"), ("\n=1", "'\n'=1"),
     ("x;=1", "x;'=1"), ("x|@y", "x|'@y"), ("-5-5", "'-5-5"), ("--5", "'--5"), ("－5", "'－5")],
)  # fmt: skip
def test_what_one_would_calculate_has_an_apostrophe_before_the_sign(cell, safe):
    assert inert(cell) == safe


@given(CELLS)
def test_no_cell_begins_with_a_sign_in_any_country(cell):
    """Other countries split at semicolons; some programs at tabs or lines, whatever the quotation marks say."""
    text = as_csv([("first", cell)]).decode("utf-8-sig")
    for separator in (",", ";", "\t", "|"):
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            for each in row:
                bare = each.lstrip(' \ufeff"')
                assert bare[:1] not in tuple(SIGNS) or bare.lstrip("-").replace(".", "", 1).isdigit()
