from dataclasses import replace
from datetime import date
from time import process_time

import pytest
from sqlalchemy import func, select

from medbill_desktop.domain.charges import ServiceLine
from medbill_desktop.domain.code_books import CodeRow
from medbill_desktop.domain.code_sets import CodeSet
from medbill_desktop.domain.money import Cents
from medbill_desktop.domain.problems import Invalid, NotAllowed, Refused
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import code_releases
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.charges import CheckSuperbill, check_superbill
from medbill_desktop.usecases.code_sets import FindCodes, ListReleases, OpenBooks, find_codes, list_releases, open_books
from medbill_desktop.usecases.contracts import PriceLikeMedicare, UseSchedule, price_like_medicare, use_schedule
from medbill_desktop.usecases.importing_codes import ImportCodes, PreviewCodes, day_in_name, import_codes, preview_codes
from medbill_desktop.usecases.watch import Cancelled
from tests.code_files import gpci_file, hcpcs_file, mue_file, ncci_file, order_file, rvu_file, shipped_book
from tests.ledger_rows import SUMMIT, a_patient, a_superbill, charge, furnish

TODAY = date(2026, 11, 18)


@pytest.fixture
def nora(vault):
    furnish(vault)
    return a_patient(vault)


@pytest.fixture(scope="module")
def october():
    """The shipped release with a code more, one less, and one with other words."""
    rows = [row for row in shipped_book() if row.code != "M1711"]
    rows = [replace(row, words="Essential high pressure") if row.code == "I10" else row for row in rows]
    return sorted([*rows, CodeRow("E1188", True, "A code that is new in October")], key=lambda row: row.code)


def bring_in(desk, code_set, path, **more):
    return desk.run(import_codes, ImportCodes(desk.new_id(), code_set, str(path), **more))


def found_at(desk, bill):
    return {p.field: p.code for p in desk.ask(check_superbill, CheckSuperbill(bill)).problems}


def of_diagnosis(desk, nora, code, day):
    return found_at(desk, replace(a_superbill(nora, day), diagnoses=(code,))).get("diagnosis.1", "")


def count(vault, table):
    with vault.reader.begin() as conn:
        return conn.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_diagnosis_is_judged_by_the_release_of_its_day(desk, vault, nora, october, tmp_path):
    assert of_diagnosis(desk, nora, "J45", date(2026, 9, 1)) == "diagnosis-short"
    assert of_diagnosis(desk, nora, "E11.88", date(2026, 9, 30)) == "diagnosis-invalid"
    assert of_diagnosis(desk, nora, "E11.88", TODAY) == "diagnosis-unknown"  # the release of that day is not here
    done = bring_in(desk, CodeSet.ICD10CM, order_file(tmp_path, october))
    assert (done.effective_from, done.rows, done.added, done.ended, done.changed) == (
        date(2026, 10, 1), 98_186, 1, 1, 1,
    )  # fmt: skip
    assert of_diagnosis(desk, nora, "E11.88", TODAY) == ""
    assert of_diagnosis(desk, nora, "E11.88", date(2026, 9, 30)) == "diagnosis-invalid"
    assert of_diagnosis(desk, nora, "M17.11", date(2026, 9, 30)) == ""
    assert of_diagnosis(desk, nora, "M17.11", TODAY) == "diagnosis-invalid"
    judged = desk.ask(check_superbill, CheckSuperbill(a_superbill(nora, TODAY)))
    assert "M17.10" in judged.problems[0].fix  # the nearest that is valid
    [charge_id] = charge(desk, nora, day=date(2026, 9, 30))
    with vault.reader.begin() as conn:
        kept = conn.execute(select(t.charge.c.diagnosis_release).where(t.charge.c.id == charge_id)).scalar_one()
    assert kept == "ICD-10-CM April 2026"


def test_the_same_release_again_says_so_and_a_cut_one_keeps_nothing(desk, desk_as, vault, october, tmp_path):
    path = order_file(tmp_path, october)
    preview = desk.ask(preview_codes, PreviewCodes(CodeSet.ICD10CM, str(path)))
    assert (preview.rows, preview.billable, preview.first, preview.last) == (98_186, 74_719, "A00", "Z9989")
    assert count(vault, t.code_release) == 0
    bring_in(desk, CodeSet.ICD10CM, path)
    with pytest.raises(Invalid, match="here already"):
        bring_in(desk, CodeSet.ICD10CM, path)
    lines = path.read_bytes().splitlines(keepends=True)
    for part in (lines[:90_000], lines[:-1], lines[:200] + lines[201:]):
        path.write_bytes(b"".join(part))
        if part == lines[:-1]:
            continue  # one code less at the very end is a shorter list, not a damaged one: the counts tell
        with pytest.raises(Refused):
            bring_in(desk, CodeSet.ICD10CM, path)
    assert count(vault, t.code_release) == 1
    with pytest.raises(NotAllowed):
        bring_in(desk_as(Role.BILLER), CodeSet.ICD10CM, path)


def test_an_import_that_is_cancelled_keeps_nothing(desk, vault, tmp_path):
    class Impatient:
        def step(self, done, total, text):
            raise Cancelled

    command = ImportCodes(desk.new_id(), CodeSet.NCCI, str(ncci_file(tmp_path)))
    with pytest.raises(Cancelled):
        desk.run(import_codes, command, Impatient())
    assert count(vault, t.code_release) == count(vault, t.ncci_group) == 0


def test_the_releases_are_listed_with_what_holds_today_and_what_is_behind(desk, tmp_path):
    bring_in(desk, CodeSet.HCPCS, hcpcs_file(tmp_path))
    lines = desk.ask(list_releases, ListReleases())
    by_set = {each.code_set: each for each in lines}
    assert set(by_set) == set(CodeSet)
    icd, hcpcs, own = (by_set[each] for each in (CodeSet.ICD10CM, CodeSet.HCPCS, CodeSet.OWN))
    assert (icd.release.effective_from, icd.holds_today, icd.behind, icd.due) == (
        date(2026, 4, 1), True, True, date(2026, 10, 1),
    )  # fmt: skip
    assert (hcpcs.release.rows, hcpcs.holds_today, hcpcs.behind) == (6, True, False)
    assert own.release is None


def test_codes_are_found_by_number_and_by_words_on_a_day(desk, tmp_path):
    def find(text, code_set=CodeSet.ICD10CM, on=TODAY):
        return [each.code for each in desk.ask(find_codes, FindCodes(code_set, text, on))]

    assert find("m17.1") == ["M171", "M1710", "M1711", "M1712"]
    assert find("knee osteoarthritis right")[0] == "M1711"
    assert find("") == find("kn") == []
    assert find("J1885", CodeSet.HCPCS) == []
    bring_in(desk, CodeSet.HCPCS, hcpcs_file(tmp_path))
    assert find("ketor", CodeSet.HCPCS) == ["J1885"]
    assert find("Q99", CodeSet.HCPCS) == []  # it ended June 30
    assert find("Q99", CodeSet.HCPCS, date(2026, 6, 30)) == []  # the release begins October 1: nothing is known before


def test_units_and_pairs_warn_only_where_they_were_imported(desk, nora, tmp_path):
    bill = replace(a_superbill(nora, TODAY), lines=(ServiceLine("99213", units=3), ServiceLine("36415")))
    assert found_at(desk, bill) == {}
    bring_in(desk, CodeSet.MUE, mue_file(tmp_path))
    bring_in(desk, CodeSet.NCCI, ncci_file(tmp_path))
    assert found_at(desk, bill) == {"line.1.units": "mue", "line.2.code": "ncci"}
    apart = replace(bill, lines=(ServiceLine("99213"), ServiceLine("36415", modifiers=("59",))))
    assert found_at(desk, apart) == {}
    early = replace(bill, service_date=date(2026, 9, 30))
    assert found_at(desk, early) == {}


def test_a_supply_code_is_judged_by_its_own_days(desk, vault, nora, tmp_path):
    with vault.writer.begin() as conn:
        for number, code in enumerate(("J1885", "Q9999", "J1886")):
            row = {"id": 900 + number, "schedule": "standard", "code": code, "modifier": "", "cents": 100}
            words = {"description": "Supply", "generic_words": "Supply", "first_day": date(2020, 1, 1)}
            conn.execute(t.fee.insert().values(row | words))
    bring_in(desk, CodeSet.HCPCS, hcpcs_file(tmp_path))
    assert found_at(desk, a_superbill(nora, TODAY, "J1885", "Q9999", "J1886")) == {
        "line.2.code": "code-invalid", "line.3.code": "code-invalid",
    }  # fmt: skip


def test_prices_like_medicares_are_exact_and_a_payer_on_them_fails_closed(desk, vault, nora, tmp_path):
    bring_in(desk, CodeSet.RVU, rvu_file(tmp_path))
    bring_in(desk, CodeSet.GPCI, gpci_file(tmp_path))
    done = desk.run(price_like_medicare, PriceLikeMedicare(
        desk.new_id(), "medicare 120", "14112", "99", 12_000, date(2026, 10, 1)))  # fmt: skip
    assert (done.priced, done.without) == (2, 5)
    desk.run(use_schedule, UseSchedule(desk.new_id(), SUMMIT, "medicare 120", date(2026, 10, 1)))
    judged = desk.ask(check_superbill, CheckSuperbill(a_superbill(nora, TODAY)))
    # (1.30 x 1.000 + 1.33 x 0.921 + 0.10 x 0.613) x 33.4009 x 1.2 = 103.6599...
    assert judged.total_cents == Cents(103_66)
    assert judged.lines[0].schedule == "medicare 120"
    assert found_at(desk, a_superbill(nora, TODAY, "94010")) == {"line.1.code": "no-price"}
    assert found_at(desk, a_superbill(nora, date(2026, 9, 30), "94010")) == {}
    assert found_at(desk, replace(a_superbill(nora, TODAY, "94010"), self_pay=True)) == {}
    with pytest.raises(Invalid, match="no price yet"):
        desk.run(use_schedule, UseSchedule(desk.new_id(), SUMMIT, "nothing", TODAY))


def test_the_name_of_a_published_file_says_from_when_it_holds():
    for code_set, name, day in (
        (CodeSet.ICD10CM, "icd10cm-order-2027.txt", date(2026, 10, 1)),
        (CodeSet.ICD10CM, "icd10cm_order_2026.txt", date(2025, 10, 1)),
        (CodeSet.ICD10CM, "icd10cm-order-April-1-2026.txt", date(2026, 4, 1)),
        (CodeSet.HCPCS, "HCPC2026_OCT_ANWEB_v2.txt", date(2026, 10, 1)),
        (CodeSet.RVU, "PPRRVU26_JUL.csv", date(2026, 7, 1)),
        (CodeSet.NCCI, "ccipra-v323r0-f4.txt", date(2026, 10, 1)),
        (CodeSet.MUE, "MCR_MUE_PractitionerServices_Eff_10-01-2026.csv", date(2026, 10, 1)),
        (CodeSet.MUE, "MCR_MUE_PractitionerServices_Eff_13-01-2026.csv", None),
        (CodeSet.ICD10CM, "codes.txt", None),
    ):
        assert day_in_name(code_set, name) == day


def test_books_that_were_opened_answer_at_once_and_a_day_without_one_opens_none(desk, vault, tmp_path):
    code_releases._BOOKS.clear()
    bring_in(desk, CodeSet.HCPCS, hcpcs_file(tmp_path))
    assert desk.ask(open_books, OpenBooks(date(2020, 1, 1))) == 0
    assert desk.ask(open_books, OpenBooks(TODAY)) == 2
    assert code_releases.is_ready(code_releases.shipped())
    began = process_time()
    for text in ("m", "m1", "m17", "m17.1", "knee", "knee osteo"):
        desk.ask(find_codes, FindCodes(CodeSet.ICD10CM, text, TODAY))
    assert (process_time() - began) / 6 < 1 / 60
