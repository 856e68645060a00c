"""What a chosen file can do to an import: wait, change, grow, be cut short; nothing is lost, nothing half done."""

import os
from datetime import date
from threading import Barrier, Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from medbill_desktop.domain.code_sets import CodeSet
from medbill_desktop.domain.problems import DiskFull, Invalid, Refused
from medbill_desktop.domain.scans import DocumentKind
from medbill_desktop.edi import csv_files
from medbill_desktop.storage import journal
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.documents import AddDocument, DocumentDetails, add_document
from medbill_desktop.usecases.importing_codes import ImportCodes, PreviewCodes, import_codes, preview_codes
from medbill_desktop.usecases.imports import ImportRows, PreviewImport, import_rows, preview_import
from medbill_desktop.usecases.watch import Cancelled
from tests.code_files import gpci_file, hcpcs_file, mue_file, ncci_file, rvu_file
from tests.history_files import HEAD, a_practice, ledger, row
from tests.people import register
from tests.scans import a_picture

PEOPLE = "source_ref,last,first,birth_date\n" + "".join(f"P{at},Ortiz,Ana {at},1980-10-31\n" for at in range(900))
HEADS = {
    "patients": "last,first,birth_date,zip,ssn", "payers": "name,zip",
    "fees": "code,description,generic_words,price,first_day,last_day",
    "coverages": "patient_ref,payer_ref,member_id,first_day,last_day,rank",
    "visits": "patient_ref,service_date,provider_name,place_name", "history": HEAD.strip(),
    "balances": "patient_ref,amount,as_of,last_service,payer_ref",
    "rates": "payer,code,allowed,first_day,last_day,where",
}  # fmt: skip
CELLS = st.text(max_size=8) | st.sampled_from(
    ["P1", "I1", "1", "0001-01-01", "1800-01-01", "2200-12-31", "9999-12-31", "2026-03-01", "charge", "payment",
     "transfer", "refund", "adjustment", "100.00", "-5", "99999999999", "1e9", "9" * 5000, "99213", "patient",
     "Summit Mutual", "Rowan Vance", "Main office", "facility", '"', "=1", "\u202eevil", "\x07", "٣", "²",
     "1980-10-31T\x0b"]
)  # fmt: skip


class Steps:
    """Counts the steps of a long work; does something at one of them."""

    def __init__(self, at=0, does=None):
        self.count, self._at, self._does = 0, at, does

    def step(self, done, total, said):
        self.count += 1
        if self.count == self._at:
            self._does()


def cancels():
    raise Cancelled


def bring(desk, path, kind="patients", column_map="", watch=None, **more):
    return desk.run(import_rows, ImportRows(desk.new_id(), kind, str(path), column_map, **more), watch)


def count(vault, table):
    with vault.reader.begin() as conn:
        return conn.execute(select(func.count()).select_from(table)).scalar_one()


def in_time(does):
    """Return what comes of it, or fail where it waits for ever."""
    told = []

    def runs():
        try:
            told.append(does())
        except Refused as refused:
            told.append(refused)

    thread = Thread(target=runs, daemon=True)
    thread.start()
    thread.join(15)
    assert not thread.is_alive(), "it waits"
    return told[0]


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    return path


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with a name are POSIX")
def test_a_pipe_in_the_place_of_any_file_is_refused_at_once(desk, vault, people, tmp_path):
    pipe, column_map = tmp_path / "pipe.csv", tmp_path / "map.toml"
    os.mkfifo(pipe)
    column_map.write_text('[visits.providers]\nfile = "pipe.csv"\ncolumns = {source_ref = "a", name = "b"}\n')
    visits = tmp_path / "visits.csv"
    visits.write_text(f"{HEADS['visits']}\n")
    patient_id = register(desk).patient_id
    scan = DocumentDetails(DocumentKind.CARD_FRONT, date(2026, 11, 18))
    tries = [
        lambda: bring(desk, pipe), lambda: bring(desk, people, column_map=str(pipe)),
        lambda: bring(desk, visits, "visits", column_map=str(column_map)),
        lambda: desk.run(add_document, AddDocument(desk.new_id(), patient_id, str(pipe), scan)),
        *(lambda each=each: desk.ask(preview_codes, PreviewCodes(each, str(pipe))) for each in CodeSet),
    ]  # fmt: skip
    for attempt in tries:
        assert "not a file" in str(in_time(attempt))
    assert count(vault, t.patient) == 1


def test_a_list_that_is_written_to_while_it_is_read_is_refused_whole(desk, vault, people, monkeypatch):
    monkeypatch.setattr(csv_files, "_BLOCK", 4096)
    steps = Steps()
    desk.ask(preview_import, PreviewImport("patients", str(people)), steps)
    whole = people.read_bytes()
    for change in (whole + b"P999,Berg,Ole,1970-01-01\n", whole[: len(whole) // 2], whole.replace(b"Ana", b"Eva"), b""):
        for at in range(1, steps.count + 1):
            people.write_bytes(whole)
            with pytest.raises(Refused):
                bring(desk, people, watch=Steps(at, lambda change=change: people.write_bytes(change)))
            assert count(vault, t.patient) == 0
    people.write_bytes(whole)
    assert bring(desk, people).imported == 900


def test_what_is_imported_is_the_file_that_was_looked_at(desk, vault, people, tmp_path):
    looked = desk.ask(preview_import, PreviewImport("patients", str(people)))
    whole = people.read_bytes()
    people.write_bytes(whole + b"P999,Berg,Ole,1970-01-01\n")
    with pytest.raises(Refused, match="Look at it again"):
        bring(desk, people, sha256=looked.sha256)
    people.write_bytes(whole)
    assert bring(desk, people, sha256=looked.sha256).imported == 900
    path = rvu_file(tmp_path)
    seen = desk.ask(preview_codes, PreviewCodes(CodeSet.RVU, str(path))).sha256
    path.write_bytes(path.read_bytes().replace(b"1.30", b"1.31"))
    with pytest.raises(Refused, match="Look at it again"):
        desk.run(import_codes, ImportCodes(desk.new_id(), CodeSet.RVU, str(path), sha256=seen))
    assert count(vault, t.code_release) == 0


def test_cancelled_at_any_step_nothing_of_a_list_or_a_ledger_is_left(desk, vault, people, tmp_path):
    a_practice(desk, tmp_path)
    people = tmp_path / "more.csv"
    people.write_text(PEOPLE.replace("\nP", "\nQ"), encoding="utf-8")
    path = ledger(tmp_path, row("1", "charge", 1, 200_00, code="99213", payer_ref="I1", claim_ref="A"))
    tables = (t.patient, t.guarantor, t.patient_key, t.journal_line, t.charge, t.visit)
    before = [count(vault, each) for each in tables]
    for file, kind in ((people, "patients"), (path, "history")):
        at = 0
        while True:
            at += 1
            try:
                bring(desk, file, kind, watch=Steps(at, cancels))
            except Cancelled:
                assert [count(vault, each) for each in tables] == before
                continue
            break
        assert at > 3
        before = [count(vault, each) for each in tables]
    assert count(vault, t.patient) == 902
    assert count(vault, t.charge) == 1
    with vault.reader.begin() as conn:
        assert journal.journal_check(conn).is_sound


@pytest.mark.parametrize(
    ("code_set", "make"), [(CodeSet.HCPCS, hcpcs_file), (CodeSet.RVU, rvu_file), (CodeSet.GPCI, gpci_file),
                           (CodeSet.NCCI, ncci_file), (CodeSet.MUE, mue_file)],
)  # fmt: skip
def test_cancelled_at_any_step_nothing_of_a_code_set_is_left(desk, vault, tmp_path, code_set, make):
    path, at = str(make(tmp_path)), 0
    while True:
        at += 1
        try:
            desk.run(import_codes, ImportCodes(desk.new_id(), code_set, path), Steps(at, cancels))
        except Cancelled:
            assert count(vault, t.code_release) == 0
            continue
        break
    assert at > 1
    assert count(vault, t.code_release) == 1


def test_cancelled_at_any_step_no_document_is_left(desk, vault, tmp_path):
    patient_id, path, at = register(desk).patient_id, tmp_path / "card.png", 0
    path.write_bytes(a_picture())
    scan = DocumentDetails(DocumentKind.CARD_FRONT, date(2026, 11, 18))
    while True:
        at += 1
        command = AddDocument(desk.new_id(), patient_id, str(path), scan)
        try:
            desk.run(add_document, command, Steps(at, cancels))
        except Cancelled:
            assert count(vault, t.document_content) == 0
            continue
        break
    assert at == 4
    assert count(vault, t.document_content) == 1


def test_the_same_list_twice_at_once_is_there_once(desk, vault, people):
    both, done = Barrier(2), []

    def brings():
        both.wait()
        done.append(bring(desk, people))

    threads = [Thread(target=brings) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    assert sorted((each.imported, each.known) for each in done) == [(0, 900), (900, 0)]
    assert count(vault, t.patient) == 900


def test_a_disk_that_fills_up_keeps_nothing_of_it_and_it_comes_in_whole_once_there_is_room(desk, vault, people):
    def limit(pages):
        with vault.writer.begin() as conn:
            have = conn.execute(text("PRAGMA page_count")).scalar()
            conn.execute(text(f"PRAGMA max_page_count={have + pages}"))

    for pages in (1, 8, 40):
        limit(pages)
        with pytest.raises(DiskFull):
            bring(desk, people)
        assert count(vault, t.patient) == count(vault, t.patient_key) == 0
    limit(2**20)
    assert bring(desk, people).imported == 900


@pytest.mark.parametrize(
    ("kind", "line"),
    [("fees", "99213,Visit,Visit,{0},2026-01-01,"), ("history", "1,charge,2026-03-01,{0},P1,A,,,,I1,,,99213,"),
     ("balances", "P1,{0},2026-03-01,,"), ("rates", "Summit Mutual,99213,{0},2026-01-01,,")],
)  # fmt: skip
def test_an_amount_of_thousands_of_digits_is_a_refused_row(desk, tmp_path, kind, line):
    a_practice(desk, tmp_path)
    path = tmp_path / "long.csv"
    for digits in (13, 25, 4_000, 5_000, 100_000):
        path.write_text(f"{HEADS[kind]}\n{line.format('9' * digits)}\n", encoding="utf-8")
        preview = desk.ask(preview_import, PreviewImport(kind, str(path)))
        assert (preview.ready, preview.refused) == (0, 1)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(sorted(HEADS)),
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=14), max_size=5),
    shape=st.sampled_from(["as it is", "filled"]),
)
def test_no_row_of_any_kind_breaks_a_preview_or_an_import(desk, vault, tmp_path, kind, rows, shape):
    if not count(vault, t.payer):
        a_practice(desk, tmp_path)
    width = HEADS[kind].count(",") + 1
    if shape == "filled":
        rows = [[*each, *[""] * width][:width] for each in rows]
    path = tmp_path / "any.csv"
    path.write_bytes("\n".join([HEADS[kind], *(",".join(each) for each in rows)]).encode("utf-8", "replace"))
    try:
        preview = desk.ask(preview_import, PreviewImport(kind, str(path)))
        assert preview.ready + preview.known + preview.refused == preview.rows
        bring(desk, path, kind, skip_refused=True)
        desk.ask(preview_import, PreviewImport(kind, str(path)))
    except (Refused, Invalid):
        pass
    with vault.reader.begin() as conn:
        assert journal.journal_check(conn).is_sound
