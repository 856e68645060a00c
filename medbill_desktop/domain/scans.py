"""Scans and documents of a patient: which kinds there are, who they concern, and what is said of one (SECURITY A6)."""

from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Final

from medbill_desktop.domain.fields import Form, tidied
from medbill_desktop.domain.ids import Id
from medbill_desktop.domain.problems import Findings

LIMIT_MEGABYTES: Final = 10
LIMIT_LEAST, LIMIT_MOST = 1, 50
LONGEST_TITLE: Final = 80
MOST_PAGES: Final = 200
MOST_PIXELS: Final = 40_000_000  # a letter page at 600 dots an inch has 34 million


class DocumentKind(StrEnum):
    CARD_FRONT = "card_front"
    CARD_BACK = "card_back"
    IDENTITY = "identity"
    NOTICE = "notice"
    AUTHORIZATION = "authorization"
    EOB = "eob"
    ABN = "abn"
    OTHER = "other"


KIND_WORDS: Final = {
    DocumentKind.CARD_FRONT: "Insurance card, front",
    DocumentKind.CARD_BACK: "Insurance card, back",
    DocumentKind.IDENTITY: "Identification",
    DocumentKind.NOTICE: "Signed notice",
    DocumentKind.AUTHORIZATION: "Authorization",
    DocumentKind.EOB: "Explanation of benefits",
    DocumentKind.ABN: "Advance notice (ABN), signed",
    DocumentKind.OTHER: "Other document",
}
# What a front desk needs at the window; all else may tell of a diagnosis, and is opened with the right to see one.
DESK_KINDS: Final = frozenset(
    {DocumentKind.CARD_FRONT, DocumentKind.CARD_BACK, DocumentKind.IDENTITY, DocumentKind.NOTICE}
)
CLINICAL_KINDS: Final = frozenset(DocumentKind) - DESK_KINDS


@dataclass(frozen=True, slots=True)
class DocumentDetails:
    """What a person says of a document; a visit or a coverage where it belongs to one."""

    kind: str
    dated_on: date
    title: str = field(default="", repr=False)
    coverage_id: Id | None = None
    visit_id: Id | None = None


@dataclass(frozen=True, slots=True)
class Scan:
    """What was found in the bytes: `png`, `jpeg` or `pdf`; the size in pixels, of a PDF's first page in points."""

    format: str
    pages: int
    width: int
    height: int


def checked_document(details: DocumentDetails, today: date, found: Findings) -> DocumentDetails:
    """Return the details as they are stored; a title never holds a card number (BILLING S8)."""
    form = Form(found)
    made = tidied(details, form)
    if made.kind not in set(DocumentKind):
        form.stop("kind", "kind", "Choose what kind of document this is.")
    if made.dated_on > today:
        form.stop("future", "dated_on", "The date lies in the future.", "Type the day on the document, or today.")
    if len(made.title) > LONGEST_TITLE:
        form.stop("too-long", "title", f"A title has up to {LONGEST_TITLE} characters.", "Shorten it.")
    return replace(made, kind=DocumentKind(made.kind)) if made.kind in set(DocumentKind) else made


def say_size(size: int) -> str:
    """Return `240 KB` or `3.1 MB`."""
    return f"{max(1, round(size / 1000))} KB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"
