import tracemalloc
from datetime import date

import pytest

from medbill_desktop.domain.code_books import CodeRow
from medbill_desktop.domain.problems import Refused
from medbill_desktop.edi.code_files import hcpcs, icd10cm
from medbill_desktop.edi.own_codes import own_codes
from medbill_desktop.edi.payment_files import Pair, UnitsLimit, code_pairs, cost_indices, relative_values, unit_limits
from medbill_desktop.edi.text_lines import opened
from tests.code_files import (
    gpci_file,
    hcpcs_file,
    hcpcs_line,
    mue_file,
    ncci_file,
    order_file,
    order_lines,
    rvu_file,
    rvu_line,
)

ROWS = (
    CodeRow("A00", False, "Cholera"),
    CodeRow(
        "A000", True, "Cholera due to Vibrio cholerae 01, biovar cholerae, with a title that runs past sixty letters"
    ),
    CodeRow("U071", True, "COVID-19"),
    CodeRow("V00", True, "Pedestrian"),
    CodeRow("Z9989", True, "Dependence on other enabling machines and devices"),
)
READERS = (
    (icd10cm, lambda folder: order_file(folder, ROWS)), (hcpcs, hcpcs_file), (relative_values, rvu_file),
    (cost_indices, gpci_file), (code_pairs, ncci_file), (unit_limits, mue_file),
)  # fmt: skip


def read(reader, path):
    return list(reader(opened(path)))


def test_an_order_file_is_read_with_its_long_titles(tmp_path):
    assert tuple(read(icd10cm, order_file(tmp_path, ROWS))) == ROWS


def test_an_order_file_that_lost_a_line_or_its_end_is_refused(tmp_path):
    path = order_file(tmp_path, ROWS)
    lines = path.read_bytes().splitlines(keepends=True)
    for at in range(len(lines)):
        path.write_bytes(b"".join(lines[:at] + lines[at + 1 :]))
        if at == 0:
            continue  # the number of the first is not known beforehand
        with pytest.raises(Refused, match=r"missing|cut"):
            read(icd10cm, path)


def test_codes_and_modifiers_of_hcpcs_are_read_with_their_days(tmp_path):
    found = {row.code: row for row in read(hcpcs, hcpcs_file(tmp_path))}
    assert found["G0008"].words == "Giving a vaccine against influenza"
    assert found["Q9999"].last_day == date(2026, 6, 30)
    assert found["GA"].words == "Waiver on file"
    assert not found["Q9999"].holds(date(2026, 7, 1))
    assert found["Q9999"].holds(date(2026, 6, 30))


@pytest.mark.parametrize(("code", "owner"), [("99213", "AMA"), ("D0120", "ADA")])
def test_codes_that_have_another_owner_refuse_the_file(tmp_path, code, owner):
    path = hcpcs_file(tmp_path, hcpcs_line("A4550", "Tray"), hcpcs_line(code, "Not ours"), hcpcs_line("V2020", "x"))
    with pytest.raises(Refused, match=owner):
        read(hcpcs, path)


def test_relative_values_are_exact_integers_and_the_wording_is_not_read(tmp_path):
    [first, *_] = read(relative_values, rvu_file(tmp_path))
    assert (first.work, first.office_expense, first.facility_expense, first.malpractice, first.factor) == (
        130, 133, 55, 10, 334_009,
    )  # fmt: skip
    assert "not ours" not in repr(first)
    with pytest.raises(Refused, match="decimals"):
        read(relative_values, rvu_file(tmp_path, rvu_line("99213", work="1.305")))
    with pytest.raises(Refused, match="number belongs"):
        read(relative_values, rvu_file(tmp_path, rvu_line("99213", work="one")))
    with pytest.raises(Refused, match="decimals"):
        read(relative_values, rvu_file(tmp_path, rvu_line("99213", work="NaN")))


def test_a_changed_layout_of_relative_values_is_refused(tmp_path):
    path = rvu_file(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"CONV", b"OTHER"))
    with pytest.raises(Refused, match="layout"):
        read(relative_values, path)


def test_localities_are_read_and_notes_left(tmp_path):
    found = read(cost_indices, gpci_file(tmp_path))
    assert [(each.carrier, each.locality, each.expense) for each in found] == [
        ("14112", "03", 1007),
        ("14112", "99", 921),
    ]


def test_pairs_and_limits_are_read(tmp_path):
    pairs = read(code_pairs, ncci_file(tmp_path))
    assert pairs[2] == Pair("99213", "94010", date(2020, 1, 1), date(2026, 6, 30), 1)
    assert read(unit_limits, mue_file(tmp_path))[0] == UnitsLimit("99213", 2, 3)


def test_the_offices_own_list_needs_no_price(tmp_path):
    path = tmp_path / "codes.csv"
    path.write_bytes(
        "CPT,Description,Start,Stop\n99213,Visite été,01/01/2024,\n0101T,,2024-01-01,12/31/2025\n".encode()
    )
    assert read(own_codes, path) == [
        CodeRow("99213", True, "Visite été", date(2024, 1, 1)),
        CodeRow("0101T", True, "0101T", date(2024, 1, 1), date(2025, 12, 31)),
    ]


@pytest.mark.parametrize(("reader", "make"), READERS, ids=lambda each: getattr(each, "__name__", ""))
def test_a_file_that_is_cut_within_a_line_is_refused(tmp_path, reader, make):
    path = make(tmp_path)
    whole = path.read_bytes()
    for end in range(1, len(whole), max(len(whole) // 60, 1)):
        path.write_bytes(whole[:end])
        if whole[:end].endswith(b"\n"):
            continue
        with pytest.raises(Refused):
            read(reader, path)


@pytest.mark.parametrize(("reader", "make"), READERS, ids=lambda each: getattr(each, "__name__", ""))
@pytest.mark.parametrize("how", ["nul", "utf16", "zip", "binary", "empty", "words"])
def test_what_is_not_such_a_file_is_refused(tmp_path, reader, make, how):
    path = make(tmp_path)
    whole = path.read_bytes()
    path.write_bytes({
        "nul": whole[:40] + b"\0" + whole[40:],
        "utf16": whole.decode("cp1252").encode("utf-16"),
        "zip": b"PK\x03\x04" + whole,
        "binary": b"\x81\x8d\xff" + whole,
        "empty": b"",
        "words": b"Dear Sir or Madam\n" * 400,
    }[how])  # fmt: skip
    with pytest.raises(Refused):
        read(reader, path)


@pytest.mark.parametrize(("reader", "make"), READERS, ids=lambda each: getattr(each, "__name__", ""))
def test_an_endless_line_is_refused_without_reading_it_into_memory(tmp_path, reader, make):
    path = make(tmp_path)
    with path.open("r+b") as file:
        file.seek(100 * 1024 * 1024)
        file.write(b"x\n")
        file.seek(0)
        file.write(b"A" * 20_000)
    tracemalloc.start()
    with pytest.raises(Refused, match=r"endlessly|not one"):
        read(reader, path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_order_lines_are_those_of_the_layout():
    [line] = order_lines(ROWS[1:2])
    assert (line[6:13], line[14], line[16:26], line[77:84]) == ("A000   ", "1", "Cholera du", "Cholera")


def test_a_code_that_is_continued_without_end_is_refused(tmp_path):
    first, more = hcpcs_line("A4550", "Tray"), hcpcs_line("A4550", "and more" * 10, "4")
    with pytest.raises(Refused, match="endlessly"):
        read(hcpcs, hcpcs_file(tmp_path, first, *[more] * 200))
    assert read(hcpcs, hcpcs_file(tmp_path, first, *[more] * 20, hcpcs_line("V2020", "x")))
