"""Code sets of their real length: how long they take, what memory, and by how much the vault grows (issue C; EDI K)."""

import time
import tracemalloc
from datetime import date

import pytest

from medbill_desktop.domain.code_sets import CodeSet
from medbill_desktop.usecases.importing_codes import ImportCodes, PreviewCodes, import_codes, preview_codes
from tests.code_files import ncci_file, order_file, shipped_book

DAY = date(2026, 10, 1)
PAIRS = 650_000  # of each of the four files
CODES = [f"{number:05d}" for number in range(10_000, 11_300)]


def an_order_file(folder):
    return order_file(folder, [*shipped_book()])


def a_pair_file(folder):
    others = [f"{number:05d}" for number in range(60_000, 60_500)]
    lines = [f"{code}\t{other}\t*\t20200101\t*\t{int(other) % 2}\tStandards" for code in CODES for other in others]
    assert len(lines) == PAIRS
    return ncci_file(folder, *lines)


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("code_set", "make", "rows", "seconds", "megabytes", "grown"),
    [
        (CodeSet.ICD10CM, an_order_file, 98_186, 20, 150, 3),
        (CodeSet.NCCI, a_pair_file, PAIRS, 40, 60, 16),
    ],
)
def test_a_code_set_of_its_real_length_keeps_within_time_memory_and_room(
    desk, vault, tmp_path, capsys, code_set, make, rows, seconds, megabytes, grown
):
    path = str(make(tmp_path))
    tracemalloc.start()
    assert desk.ask(preview_codes, PreviewCodes(code_set, path, DAY)).rows == rows
    peak = tracemalloc.get_traced_memory()[1] / 1_000_000
    tracemalloc.stop()
    began = time.process_time()
    before = sum(each.stat().st_size for each in vault.path.parent.glob("vault.1.db*"))
    done = desk.run(import_codes, ImportCodes(desk.new_id(), code_set, path, DAY))
    taken = time.process_time() - began
    more = (sum(each.stat().st_size for each in vault.path.parent.glob("vault.1.db*")) - before) / 1_000_000
    with capsys.disabled():
        said = f"{taken:.1f} s of processor, {peak:.0f} MB at most, the vault grows by {more:.1f} MB with its log"
        print(f"\n{code_set} of {rows:,} rows: {said}")
    assert done.rows == rows
    assert taken < seconds
    assert peak < megabytes
    assert more < grown
