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
    assert "not, ours" not in repr(first)
    with pytest.raises(Refused, match="decimals"):
        read(relative_values, rvu_file(tmp_path, rvu_line("99213", work="1.305")))
    with pytest.raises(Refused, match="number belongs"):
        read(relative_values, rvu_file(tmp_path, rvu_line("99213", work="one")))
    with pytest.raises(Refused, match="decimals"):
        read(relative_values, rvu_file(tmp_path, rvu_line("99213", work="NaN")))


def test_rows_as_cms_published_them_come_to_the_totals_beside_them(tmp_path):
    """Rows of PPRRVU2025_Oct.csv, but for their descriptions; the totals stand in the twelfth and thirteenth cell."""
    lines = (
        "90460,,x,A,,0.24,0.43,,0.43,NA,0.02,0.69,0.69,0,XXX,0.00,0.00,0.00,0,0,0,0,0,,32.3465,09,0,99,0.00,0.00,0.00",
        "90472,,x,A,,0.15,0.28,,0.28,NA,0.01,0.44,0.44,5,ZZZ,0.00,0.00,0.00,0,0,0,0,0,,32.3465,09,0,99,0.00,0.00,0.00",
        "0075T,TC,x,C,,0.00,0.00,,0.00,NA,0.00,0.00,0.00,1,XXX,0.00,0.00,0.00,0,0,0,0,0,,32.3465,09,0,99,0.00,0.00,0.00",
        'V5262,,"x,",N,,0.00,0.00,,0.00,,0.00,0.00,0.00,9,XXX,0.00,0.00,0.00,9,9,9,9,9,,32.3465,09,0,99,0.00,0.00,0.00',
    )
    found = read(relative_values, rvu_file(tmp_path, *lines, name="PPRRVU2025_Oct.csv"))
    assert [(each.code, each.modifier, each.status, each.factor) for each in found] == [
        ("90460", "", "A", 323_465), ("90472", "", "A", 323_465), ("0075T", "TC", "C", 323_465),
        ("V5262", "", "N", 323_465),
    ]  # fmt: skip
    for each, total in zip(found, (69, 44, 0, 0), strict=True):
        assert each.work + each.office_expense + each.malpractice == total
        assert each.work + each.facility_expense + each.malpractice == total


def test_columns_of_relative_values_are_found_by_their_names_wherever_they_stand(tmp_path):
    path = rvu_file(tmp_path)
    before = read(relative_values, path)
    lines = path.read_bytes().decode().splitlines()
    cells = [line.replace('"not, ours"', "x").split(",") for line in lines]
    moved = [[*each[:4], "new", *each[4:]] for each in cells]
    path.write_bytes("".join(f"{','.join(each)}\r\n" for each in moved).encode())
    assert read(relative_values, path) == before


@pytest.mark.parametrize(("name", "other"), [(b"CONV", b"OTHER"), (b",WORK,", b",,"), (b",ENDO,", b",CONV FACTOR,")])
def test_a_changed_layout_of_relative_values_is_refused(tmp_path, name, other):
    path = rvu_file(tmp_path)
    path.write_bytes(path.read_bytes().replace(name, other))
    with pytest.raises(Refused, match="layout"):
        read(relative_values, path)


def test_of_two_indices_of_work_the_one_with_the_floor_is_taken(tmp_path):
    path = gpci_file(tmp_path)
    said = path.read_bytes().replace(b"2026 PW GPCI (with", b"2026 PW GPCI (without 1.0 Floor),2026 PW GPCI (with")
    path.write_bytes(said.replace(b",1.000,", b",0.970,1.000,").replace(b"14112", b"4112"))
    assert [(each.carrier, each.locality, each.work) for each in read(cost_indices, path)] == [
        ("04112", "03", 1000), ("04112", "99", 1000),
    ]  # fmt: skip


@pytest.mark.parametrize(("reader", "make"), READERS, ids=lambda each: getattr(each, "__name__", ""))
def test_the_sign_that_old_programs_put_at_the_end_is_no_line(tmp_path, reader, make):
    path = make(tmp_path)
    before = read(reader, path)
    path.write_bytes(path.read_bytes() + b"\x1a")
    assert read(reader, path) == before


@pytest.mark.parametrize(
    ("reader", "make"), [(relative_values, rvu_file), (cost_indices, gpci_file), (unit_limits, mue_file),
                         (code_pairs, ncci_file), (hcpcs, hcpcs_file)],
)  # fmt: skip
@pytest.mark.parametrize(
    "line", [b"\r\n", b",\r\n", b"99215\r\n", b"99215,,\r\n", b"14112,ME\r\n", b"99215,\xb2,1\r\n",
             b"99215," + b"9" * 5000 + b",1\r\n", b"\xb2\xb2\xb2\xb2\xb2,ME,03,A,1,1,1\r\n",
             b"14112,ME,04,A,1e999999,1,1\r\n",
             b"99215,,x,A,,1e9999999,1,,1,,1,1,1,0,XXX,0,0,0,0,0,0,0,0,,1,0,0,0,0,0,0\r\n",
             b"99215\t99213\t\t99999999\t*\t1\r\n", b'"\r\n'],
)  # fmt: skip
def test_a_damaged_line_is_refused_or_left_and_never_more(tmp_path, reader, make, line):
    path = make(tmp_path)
    before = read(reader, path)
    path.write_bytes(path.read_bytes() + line)
    try:
        found = read(reader, path)
    except Refused:
        return
    assert found == before


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
