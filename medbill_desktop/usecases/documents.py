"""Scans and documents of a patient: kept inside the vault, opened with a row each, withdrawn and never deleted.

A front desk opens insurance cards, identification and signed notices; everything else may tell of a diagnosis and
needs the right to see one (SECURITY A, A6, P15, P16). Whoever registers may put any kind in: scanning is desk work.
"""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from medbill_desktop.documents.scan_trial import examine_apart
from medbill_desktop.domain.checks import CARD_WORDS, holds_card_number
from medbill_desktop.domain.dates import say_date
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.names import tidy
from medbill_desktop.domain.problems import Findings, Invalid, Problem, Refused
from medbill_desktop.domain.scans import (
    CLINICAL_KINDS,
    DESK_KINDS,
    KIND_WORDS,
    LIMIT_LEAST,
    LIMIT_MEGABYTES,
    LIMIT_MOST,
    DocumentKind,
    Scan,
    checked_document,
    say_size,
)
from medbill_desktop.domain.scans import DocumentDetails as DocumentDetails
from medbill_desktop.domain.users import Permission
from medbill_desktop.edi.chosen_files import opened_plain
from medbill_desktop.storage import coverages, documents, merged, settings, visits
from medbill_desktop.usecases.declare import Reading, Work, query, usecase
from medbill_desktop.usecases.registering import found_patient

LIMIT_KEY: Final = "document_megabytes"
MEGABYTE: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A document as the tab shows it."""

    id: Id
    patient_id: Id
    document: DocumentDetails
    words: str  # of its kind
    format: str
    bytes: int
    pages: int
    added_at: datetime
    added_by: str
    withdrawn_at: datetime | None
    withdrawn_reason: str = field(repr=False)
    clinical: bool


@dataclass(frozen=True, slots=True)
class ListDocuments:
    patient_id: Id


@dataclass(frozen=True, slots=True)
class OpenDocument:
    document_id: Id


@dataclass(frozen=True, slots=True)
class DocumentContent:
    line: DocumentLine
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class AddDocument:
    """Put a file into the vault, as it is; the file itself stays where it lies."""

    id: Id
    patient_id: Id
    path: str = field(repr=False)
    document: DocumentDetails


@dataclass(frozen=True, slots=True)
class AddedDocument:
    document_id: Id
    bytes: int
    pages: int


@dataclass(frozen=True, slots=True)
class WithdrawDocument:
    """It was put in by mistake: it stays, marked, with the reason."""

    id: Id
    document_id: Id
    reason: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class DocumentLimit:
    """How large one file may be."""


@dataclass(frozen=True, slots=True)
class DocumentRoom:
    most_megabytes: int
    scans: int
    bytes: int  # of all scans: each backup is so much larger


@dataclass(frozen=True, slots=True)
class SetDocumentLimit:
    id: Id
    megabytes: int


@dataclass(frozen=True, slots=True)
class _Scanned:
    sha256: str
    scan: Scan
    content: bytes = field(repr=False)


@query("document.list", needs=Permission.VIEW_ACCOUNT)
def list_documents(read: Reading, asked: ListDocuments) -> tuple[DocumentLine, ...]:
    """The kinds that a front desk sees."""
    return _lines(read, asked.patient_id, DESK_KINDS)


@query("document.list_clinical", needs=Permission.VIEW_CLINICAL, audit="document.list_clinical")
def list_clinical_documents(read: Reading, asked: ListDocuments) -> tuple[DocumentLine, ...]:
    """The kinds that may tell of a diagnosis, as their titles may."""
    found = _lines(read, asked.patient_id, CLINICAL_KINDS)
    read.entry.about("patient", asked.patient_id, asked.patient_id, found=len(found))
    return found


@query("document.open", needs=Permission.VIEW_ACCOUNT, audit="document.open")
def open_document(read: Reading, asked: OpenDocument) -> DocumentContent:
    return _opened(read, asked.document_id, DESK_KINDS)


@query("document.open_clinical", needs=Permission.VIEW_CLINICAL, audit="document.open_clinical")
def open_clinical_document(read: Reading, asked: OpenDocument) -> DocumentContent:
    return _opened(read, asked.document_id, CLINICAL_KINDS)


@query("document.print", needs=Permission.VIEW_ACCOUNT, audit="document.print", emergency=False)
def print_document(read: Reading, asked: OpenDocument) -> DocumentContent:
    """What goes to a printer now: the row stands before the first page is sent (SECURITY A15)."""
    return _printed(read, asked.document_id, DESK_KINDS)


@query("document.print_clinical", needs=Permission.VIEW_CLINICAL, audit="document.print_clinical", emergency=False)
def print_clinical_document(read: Reading, asked: OpenDocument) -> DocumentContent:
    return _printed(read, asked.document_id, CLINICAL_KINDS)


@query("document.limit", needs=Permission.VIEW_ACCOUNT)
def document_limit(read: Reading, asked: DocumentLimit) -> DocumentRoom:
    return DocumentRoom(_limit(read), *documents.total_bytes(read.conn))


@usecase("document.limit_set", needs=Permission.MANAGE_POLICY, topics={"documents"})
def set_document_limit(work: Work, cmd: SetDocumentLimit) -> None:
    if not LIMIT_LEAST <= cmd.megabytes <= LIMIT_MOST:
        words = f"Choose {LIMIT_LEAST} to {LIMIT_MOST} megabytes."
        raise Invalid(
            [Problem("limit", "megabytes", words, "Larger scans are better scanned with fewer dots an inch.")]
        )
    before = _limit(work)
    settings.put(work.conn, LIMIT_KEY, cmd.megabytes, work.today)
    work.entry.about("practice", 1, before=before, after=cmd.megabytes)


def _scanned(read: Reading, cmd: AddDocument) -> _Scanned:
    """Read and decode the file, outside the writer transaction."""
    most = _limit(read) * MEGABYTE
    read.watch.step(0, 3, "Reading the file")
    content = _read(Path(cmd.path), most)
    read.watch.step(1, 3, "Looking at what it is")
    try:
        scan = examine_apart(content)
    except Refused as refusal:
        raise Invalid([Problem("scan", "path", str(refusal))]) from None
    read.watch.step(2, 3, "Putting it into the vault")
    return _Scanned(sha256(content).hexdigest(), scan, content)


@usecase("document.add", needs=Permission.REGISTER, topics={"documents"}, prepare=_scanned)
def add_document(work: Work, cmd: AddDocument, scanned: _Scanned) -> AddedDocument:
    found, record = Findings(), found_patient(work, cmd.patient_id)
    details = checked_document(cmd.document, work.today, found)
    person = merged.patients(work.conn, record.id)
    _check_place(work, details, person, found)
    held = documents.content_id(work.conn, scanned.sha256)
    before = None if held is None else documents.attached(work.conn, held, person)
    if before is not None:
        words = f"The same file is here already, as {KIND_WORDS[DocumentKind(before.details.kind)].lower()}"
        found.stop("known", "path", f"{words} of {say_date(before.details.dated_on)}.", "Nothing needs to be added.")
    found.raise_stops()
    if held is None:
        held = work.new_id()
        documents.add_content(work.conn, held, scanned.sha256, scanned.scan, scanned.content)
    document_id = work.new_id()
    documents.add(work.conn, document_id, held, record.id, details, work.user.id, work.now)
    work.entry.about(
        "document", document_id, record.id, of_kind=str(details.kind), bytes=len(scanned.content),
        pages=scanned.scan.pages,
    )  # fmt: skip
    return AddedDocument(document_id, len(scanned.content), scanned.scan.pages)


@usecase("document.withdraw", needs=Permission.VOID, topics={"documents"})
def withdraw_document(work: Work, cmd: WithdrawDocument) -> None:
    row, reason = _found(work, cmd.document_id), tidy(cmd.reason)
    found = Findings()
    if not reason:
        found.stop("reason", "reason", "Type why it is withdrawn.", "Such as: belongs to another patient.")
    if holds_card_number(reason):
        found.stop("card-number", "reason", CARD_WORDS)
    if row.withdrawn_at is not None:
        raise Refused("This document was withdrawn already. Nothing was changed.")
    found.raise_stops()
    documents.withdraw(work.conn, row.id, work.user.id, work.now, reason)
    work.entry.about("document", row.id, row.patient_id, of_kind=str(row.details.kind))


def _check_place(work: Work, details: DocumentDetails, person: list[Id], found: Findings) -> None:
    """Stop a coverage or a visit of somebody else."""
    if details.coverage_id is not None:
        policy = coverages.find(work.conn, details.coverage_id)
        if policy is None or policy.patient_id not in person:
            found.stop("coverage", "coverage_id", "This coverage is not the patient's.", "Choose another one.")
    if details.visit_id is not None:
        visit = visits.find(work.conn, details.visit_id)
        if visit is None or visit.patient_id not in person:
            found.stop("visit", "visit_id", "This visit is not the patient's.", "Choose another one.")


def _read(path: Path, most: int) -> bytes:
    """Return the bytes of a file that is not too large; a pipe or a device is no file."""
    try:
        file, _ = opened_plain(path)
        with file:
            content = file.read(most + 1)
    except Refused as refusal:
        raise Invalid([Problem("file", "path", str(refusal), "Choose it again.")]) from None
    except OSError as error:
        raise Invalid([Problem("file", "path", f"This file can't be read: {error.strerror}.")]) from None
    if len(content) > most:
        words = f"This file is larger than {say_size(most)}."
        raise Invalid([Problem("too-large", "path", words, "Scan it in gray or with fewer dots an inch.")])
    if not content:
        raise Invalid([Problem("file", "path", "This file is empty.", "Scan it again.")])
    return content


def _limit(read: Reading) -> int:
    return int(settings.value(read.conn, LIMIT_KEY, read.today, LIMIT_MEGABYTES))


def _found(read: Reading, document_id: Id) -> documents.DocumentRow:
    row = documents.find(read.conn, document_id)
    if row is None:
        raise Refused("This document is not in this practice.")
    return row


def _opened(read: Reading, document_id: Id, kinds: frozenset[DocumentKind]) -> DocumentContent:
    row = _found(read, document_id)
    read.entry.about("document", row.id, row.patient_id, of_kind=str(row.details.kind))
    if row.details.kind not in kinds:
        raise Refused("This kind of document is opened elsewhere.")
    return DocumentContent(_line(row), documents.content(read.conn, row.id))


def _printed(read: Reading, document_id: Id, kinds: frozenset[DocumentKind]) -> DocumentContent:
    shown = _opened(read, document_id, kinds)
    read.entry.about("document", shown.line.id, shown.line.patient_id, pages=shown.line.pages)
    return shown


def _lines(read: Reading, patient_id: Id, kinds: frozenset[DocumentKind]) -> tuple[DocumentLine, ...]:
    rows = documents.of_patients(read.conn, merged.patients(read.conn, patient_id), kinds)
    return tuple(_line(row) for row in rows)


def _line(row: documents.DocumentRow) -> DocumentLine:
    kind = DocumentKind(row.details.kind)
    return DocumentLine(
        row.id, row.patient_id, row.details, KIND_WORDS[kind], row.format, row.bytes, row.pages, row.added_at,
        row.added_by, row.withdrawn_at, row.withdrawn_reason, kind in CLINICAL_KINDS,
    )  # fmt: skip
