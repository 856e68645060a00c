from datetime import date

import pytest
from sqlalchemy import func, select

from medbill_desktop.domain.audit_words import READS
from medbill_desktop.domain.problems import Invalid, NotAllowed, Refused
from medbill_desktop.domain.scans import DocumentKind
from medbill_desktop.domain.users import Role
from medbill_desktop.storage import tables as t
from medbill_desktop.usecases.documents import (
    AddDocument,
    DocumentDetails,
    DocumentLimit,
    ListDocuments,
    OpenDocument,
    SetDocumentLimit,
    WithdrawDocument,
    add_document,
    document_limit,
    list_clinical_documents,
    list_documents,
    open_clinical_document,
    open_document,
    print_clinical_document,
    print_document,
    set_document_limit,
    withdraw_document,
)
from tests.people import a_place, a_provider, a_visit, insured, register
from tests.scans import a_drawing_bomb, a_pdf, a_picture

DAY = date(2026, 11, 18)
CARD = DocumentKind.CARD_FRONT


@pytest.fixture
def put(desk, tmp_path):
    """Put a scan into the vault and return what came of it."""

    def does(patient_id, content=None, kind=CARD, by=None, name="scan.bin", **more):
        path = tmp_path / name
        path.write_bytes(a_picture() if content is None else content)
        door = by or desk
        details = DocumentDetails(kind, more.pop("dated_on", DAY), **more)
        return door.run(add_document, AddDocument(door.new_id(), patient_id, str(path), details))

    return does


def fields(refused):
    return {each.field for each in refused.value.problems}


def counted(vault, table):
    with vault.reader.begin() as conn:
        return conn.execute(select(func.count()).select_from(table)).scalar_one()


def test_a_scan_comes_out_as_it_went_in_and_every_look_at_it_is_in_the_log(desk, vault, put):
    patient_id = register(desk).patient_id
    content = a_pdf(2)
    done = put(patient_id, content, title="Front of the new card")
    assert (done.bytes, done.pages) == (len(content), 2)
    (line,) = desk.ask(list_documents, ListDocuments(patient_id))
    assert (line.words, line.format, line.document.title) == ("Insurance card, front", "pdf", "Front of the new card")
    assert desk.ask(open_document, OpenDocument(line.id)).content == content
    with vault.reader.begin() as conn:
        rows = conn.execute(select(t.audit.c.action, t.audit.c.patient_id, t.audit.c.detail)).all()
    assert [(row.action, row.patient_id) for row in rows[-2:]] == [
        ("document.add", patient_id), ("document.open", patient_id)
    ]  # fmt: skip
    assert not any("Front" in row.detail for row in rows)


def test_the_same_file_is_kept_once_and_not_attached_twice(desk, vault, put):
    first, second = register(desk).patient_id, register(desk, "Berg", "Ole").patient_id
    put(first)
    with pytest.raises(Invalid, match="here already, as insurance card, front of Nov 18, 2026"):
        put(first, kind=DocumentKind.OTHER)
    put(second)
    assert (counted(vault, t.document), counted(vault, t.document_content)) == (2, 1)


def test_a_document_is_withdrawn_with_a_reason_and_never_deleted(desk, vault, put):
    patient_id = register(desk).patient_id
    done = put(patient_id)
    with pytest.raises(Invalid):
        desk.run(withdraw_document, WithdrawDocument(desk.new_id(), done.document_id, " "))
    with pytest.raises(Invalid, match="card number"):
        desk.run(withdraw_document, WithdrawDocument(desk.new_id(), done.document_id, "4111 1111 1111 1111"))
    desk.run(withdraw_document, WithdrawDocument(desk.new_id(), done.document_id, "Card of her sister"))
    (line,) = desk.ask(list_documents, ListDocuments(patient_id))
    assert (line.withdrawn_at is not None, line.withdrawn_reason) == (True, "Card of her sister")
    with pytest.raises(Refused, match="already"):
        desk.run(withdraw_document, WithdrawDocument(desk.new_id(), done.document_id, "again"))
    put(patient_id)  # what was withdrawn may be put in again
    for table in (t.document, t.document_content):
        with pytest.raises(Exception, match="withdrawn, never deleted"), vault.writer.begin() as conn:
            conn.execute(table.delete())


@pytest.mark.parametrize("kind", [DocumentKind.EOB, DocumentKind.AUTHORIZATION, DocumentKind.OTHER])
def test_what_may_tell_of_a_diagnosis_is_scanned_by_a_front_desk_but_not_read(desk, desk_as, put, kind):
    patient_id, front, biller = register(desk).patient_id, desk_as(Role.FRONT_DESK), desk_as(Role.BILLER, number=3)
    done = put(patient_id, kind=kind, by=front, title="Knee surgery")
    assert front.ask(list_documents, ListDocuments(patient_id)) == ()
    with pytest.raises(NotAllowed):
        front.ask(list_clinical_documents, ListDocuments(patient_id))
    with pytest.raises(NotAllowed):
        front.ask(open_clinical_document, OpenDocument(done.document_id))
    with pytest.raises(Refused):
        front.ask(open_document, OpenDocument(done.document_id))
    assert [line.document.title for line in biller.ask(list_clinical_documents, ListDocuments(patient_id))] == [
        "Knee surgery"
    ]
    assert biller.ask(open_clinical_document, OpenDocument(done.document_id)).content == a_picture()


def test_an_auditor_reads_and_puts_nothing_in(desk, desk_as, put):
    patient_id, auditor = register(desk).patient_id, desk_as(Role.AUDITOR)
    done = put(patient_id)
    assert auditor.ask(open_document, OpenDocument(done.document_id)).content
    with pytest.raises(NotAllowed):
        put(patient_id, by=auditor)


@pytest.mark.parametrize(
    ("content", "more", "field"),
    [
        (b"no picture at all", {}, "path"), (b"", {}, "path"), (a_picture()[:40], {}, "path"),
        (None, {"title": "4111 1111 1111 1111"}, "title"), (None, {"title": "x" * 81}, "title"),
        (None, {"dated_on": date(2026, 11, 19)}, "dated_on"), (None, {"kind": "passport"}, "kind"),
        (None, {"coverage_id": 99}, "coverage_id"), (None, {"visit_id": 99}, "visit_id"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_kept(desk, vault, put, content, more, field):
    with pytest.raises(Invalid) as refused:
        put(register(desk).patient_id, content, **more)
    assert fields(refused) == {field}
    assert counted(vault, t.document_content) == 0


def test_a_file_that_is_no_file_is_refused(desk, tmp_path):
    patient_id = register(desk).patient_id
    for path, said in ((tmp_path / "gone.png", "can't be found"), (tmp_path, "not a file")):
        details = DocumentDetails(CARD, DAY)
        with pytest.raises(Invalid, match=said):
            desk.run(add_document, AddDocument(desk.new_id(), patient_id, str(path), details))


def test_the_limit_binds_to_the_byte_and_is_the_practices_to_choose(desk, desk_as, put):
    patient_id = register(desk).patient_id
    assert desk.ask(document_limit, DocumentLimit()).most_megabytes == 10
    desk.run(set_document_limit, SetDocumentLimit(desk.new_id(), 1))
    for wrong in (0, 51):
        with pytest.raises(Invalid):
            desk.run(set_document_limit, SetDocumentLimit(desk.new_id(), wrong))
    picture = a_picture()
    fits = picture + bytes(1_000_000 - len(picture))
    with pytest.raises(Invalid, match=r"larger than 1\.0 MB"):
        put(patient_id, fits + b"\0")
    assert put(patient_id, fits).bytes == 1_000_000
    assert desk.ask(document_limit, DocumentLimit()) == type(desk.ask(document_limit, DocumentLimit()))(1, 1, 1_000_000)
    with pytest.raises(NotAllowed):
        desk_as(Role.BILLER).run(set_document_limit, SetDocumentLimit(1, 5))


def test_a_document_belongs_to_a_coverage_or_visit_of_the_patient_alone(desk, put):
    mine, other = insured(desk), register(desk, "Berg", "Ole")
    visit_id = a_visit(desk, mine.patient_id, a_provider(desk), a_place(desk))
    put(mine.patient_id, coverage_id=mine.coverage_ids[0], visit_id=visit_id)
    for more in ({"coverage_id": mine.coverage_ids[0]}, {"visit_id": visit_id}):
        with pytest.raises(Invalid):
            put(other.patient_id, a_picture(color="red"), **more)


def test_the_bytes_lie_in_the_encrypted_file_alone(desk, vault, put, tmp_path):
    content = a_pdf(words="CANARY-IN-A-SCAN")
    put(register(desk).patient_id, content, name="scan.pdf")
    (tmp_path / "scan.pdf").unlink()
    held = [path for path in vault.path.parent.rglob("*") if path.is_file()]
    assert held
    assert not any(content[:200] in path.read_bytes() for path in held)


def test_sent_twice_it_is_there_once(desk, vault, put, tmp_path):
    patient_id, path = register(desk).patient_id, tmp_path / "card.png"
    path.write_bytes(a_picture())
    command = AddDocument(desk.new_id(), patient_id, str(path), DocumentDetails(CARD, DAY))
    assert desk.run(add_document, command) == desk.run(add_document, command)
    assert counted(vault, t.document) == 1


def test_a_scan_whose_second_page_draws_for_years_never_reaches_the_screen(desk, put, vault, monkeypatch):
    """Drawn on the window's thread it would stop the lock of the screen as well (SECURITY F16, L5)."""
    monkeypatch.setattr("medbill_desktop.documents.scan_trial.examine_apart.__defaults__", (8.0,))
    patient = register(desk).patient_id
    with pytest.raises(Invalid, match="can't be shown"):
        put(patient, a_drawing_bomb(pages=2, bad=2))
    assert counted(vault, t.document) == 0


def test_titles_that_may_tell_of_a_diagnosis_are_a_look_at_the_record(desk, vault, put):
    patient = register(desk).patient_id
    put(patient, kind=DocumentKind.EOB, title="Letter of the heart clinic")
    assert desk.ask(list_clinical_documents, ListDocuments(patient))
    with vault.reader.begin() as conn:
        looks = select(t.audit.c.patient_id, t.audit.c.detail).where(t.audit.c.action == "document.list_clinical")
        [(about, detail)] = conn.execute(looks).all()
    assert about == patient
    assert "heart" not in detail
    assert "document.list_clinical" in READS


def test_a_print_has_its_own_row_with_its_patient_and_a_desk_prints_no_clinical_paper(desk, desk_as, vault, put):
    who = register(desk).patient_id
    card, eob = put(who), put(who, a_pdf(2), kind=DocumentKind.EOB)
    front = desk_as(Role.FRONT_DESK, number=7)
    assert front.ask(print_document, OpenDocument(card.document_id)).content == a_picture()
    with pytest.raises(NotAllowed):
        front.ask(print_clinical_document, OpenDocument(eob.document_id))
    with pytest.raises(Refused, match="elsewhere"):
        front.ask(print_document, OpenDocument(eob.document_id))
    assert desk.ask(print_clinical_document, OpenDocument(eob.document_id)).line.pages == 2
    c = t.audit.c
    with vault.reader.begin() as conn:
        wanted = select(c.action, c.patient_id).where(c.action.startswith("document.print"), c.outcome == "done")
        rows = conn.execute(wanted.order_by(c.seq)).all()
    assert [tuple(row) for row in rows] == [("document.print", who), ("document.print_clinical", who)]
