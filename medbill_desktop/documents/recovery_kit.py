"""The recovery kit as one printed page (SECURITY K20, B15, P2).

Danger: the page is the practice's master key. Its bytes are made in memory, printed or saved once, and forgotten.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import segno
from reportlab.lib.pagesizes import letter
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from medbill_desktop.documents import fonts
from medbill_desktop.documents.fonts import BOLD, SANS

_INK: Final = (0.1, 0.1, 0.1)
_PALE: Final = (0.4, 0.4, 0.4)
_LEFT: Final = 60.0
_WIDTH: Final = letter[0] - 2 * _LEFT
_GROUPS_IN_ROW: Final = 5
_QR_SIDE: Final = 128.0
_QUIET: Final = 4  # empty modules around a QR

_WARNING: Final = (
    "Whoever holds this page and a backup of the practice can read everything in it: every patient, every payment. "
    "No password is asked. Keep it in a safe, away from the computers. Don't photograph it, don't copy it, don't keep "
    "it in a file. If it is lost or was seen, make a new kit at once; this one still opens the backups made before."
)
_USES: Final = (
    (
        'When every computer of the practice is lost: install MedBill Desktop on a new one, choose "Restore a backup" '
        'on its first screen, and give it a backup and this page.'
    ),
    "When one computer has lost its key: choose \"I have the recovery kit\" in the sign-in window there.",
    "It does not sign anybody in: name, password and code are asked after it. Try this page once a year on a backup.",
)  # fmt: skip
_WITHOUT: Final = (
    "A backup is an ordinary age file around a tar archive. The program \"age\" is free and open. Type the line above "
    "without spaces into a file kit.txt, then, with the name of your backup in the place of x:"
)  # fmt: skip
_COMMAND: Final = "age -d -i kit.txt x.mbb.age | tar x"
_AFTER: Final = (
    "This leaves manifest.json and a database that any SQLCipher 4 program opens with the key written in the manifest "
    "as \"dek\". Destroy these files and kit.txt afterwards: they are not protected by anything."
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class KitPage:
    """What stands on the page; `groups` is the line as people read it, its prefix first."""

    practice: str
    vault_id: str
    made_on: date
    line: str = field(repr=False)
    groups: Sequence[str] = field(repr=False)


def recovery_kit_pdf(page: KitPage) -> bytes:
    """Return the page as PDF bytes, the same for the same page; ValueError where groups and line differ."""
    if "".join(page.groups) != page.line:
        raise ValueError("the groups are not the line")
    fonts.ready()
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=letter, invariant=1, pageCompression=1)
    canvas.setTitle("Recovery kit")
    canvas.setAuthor("MedBill Desktop")
    canvas.setCreator("MedBill Desktop")
    canvas.setSubject("Recovery kit")
    canvas.setKeywords("")
    below = _head(canvas, page)
    below = _key(canvas, page, below)
    _words(canvas, below)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def _head(canvas: Any, page: KitPage) -> float:
    top: float = letter[1] - 66
    canvas.setFillColorRGB(*_INK)
    canvas.setFont(BOLD, 22)
    canvas.drawString(_LEFT, top, "Recovery kit")
    _line(canvas, _LEFT, top - 24, _fitted(page.practice, 13, _WIDTH), 13)
    canvas.setFillColorRGB(*_PALE)
    canvas.setFont(SANS, 9.5)
    canvas.drawString(_LEFT, top - 42, f"Practice number {page.vault_id}")
    canvas.drawRightString(
        _LEFT + _WIDTH, top - 42, f"Made on {page.made_on:%B} {page.made_on.day}, {page.made_on.year}"
    )
    canvas.setFillColorRGB(*_INK)
    canvas.setLineWidth(1.2)
    canvas.line(_LEFT, top - 54, _LEFT + _WIDTH, top - 54)
    return top - 54


def _key(canvas: Any, page: KitPage, top: float) -> float:
    """Draw the line in rows of groups, the QR to their right, and what each is for."""
    canvas.setFont(BOLD, 11)
    canvas.drawString(_LEFT, top - 26, "The key, to be typed in this order")
    canvas.setFont(SANS, 15)
    canvas.drawString(_LEFT, top - 52, page.groups[0])
    rest = page.groups[1:]
    for at in range(0, len(rest), _GROUPS_IN_ROW):
        row = top - 78 - 26 * (at // _GROUPS_IN_ROW)
        for place, group in enumerate(rest[at : at + _GROUPS_IN_ROW]):
            canvas.drawString(_LEFT + 64 * place, row, group)
    canvas.setFillColorRGB(*_PALE)
    canvas.setFont(SANS, 8.5)
    canvas.drawString(_LEFT, top - 156, "Small letters, spaces and hyphens don't matter. There is no letter B, I or O")
    canvas.drawString(_LEFT, top - 167, "and, after the first row, no digit 1 in it.")
    canvas.setFillColorRGB(*_INK)
    _qr(canvas, page.line, _LEFT + _WIDTH - _QR_SIDE, top - 20 - _QR_SIDE)
    canvas.setFont(SANS, 8.5)
    canvas.drawCentredString(_LEFT + _WIDTH - _QR_SIDE / 2, top - 30 - _QR_SIDE, "The same line as a QR code")
    return top - 180


def _qr(canvas: Any, text: str, left: float, bottom: float) -> None:
    """Draw the modules as filled rectangles, a run of a row at once, so that print stays sharp."""
    rows = [list(row) for row in segno.make_qr(text, error="m").matrix]
    side = _QR_SIDE / (len(rows) + 2 * _QUIET)
    path = canvas.beginPath()
    for number, row in enumerate(rows):
        start = None
        for column, dark in enumerate([*row, 0]):
            if dark and start is None:
                start = column
            elif not dark and start is not None:
                height = bottom + _QR_SIDE - (number + _QUIET + 1) * side
                path.rect(left + (start + _QUIET) * side, height, (column - start) * side, side)
                start = None
    canvas.drawPath(path, stroke=0, fill=1)


def _words(canvas: Any, top: float) -> None:
    below = _boxed(canvas, _WARNING, top - 16)
    below = _title(canvas, "What it is for", below - 30)
    for number, text in enumerate(_USES, start=1):
        canvas.setFont(SANS, 9.5)
        canvas.drawString(_LEFT, below, f"{number}.")
        below = _paragraph(canvas, text, _LEFT + 16, below, _WIDTH - 16) - 4
    below = _title(canvas, "Without MedBill Desktop", below - 20)
    below = _paragraph(canvas, _WITHOUT, _LEFT, below, _WIDTH)
    canvas.setFont(BOLD, 11)
    canvas.drawString(_LEFT + 16, below - 8, _COMMAND)
    _paragraph(canvas, _AFTER, _LEFT, below - 30, _WIDTH)


def _title(canvas: Any, text: str, at: float) -> float:
    canvas.setFont(BOLD, 11)
    canvas.drawString(_LEFT, at, text)
    return at - 18


def _boxed(canvas: Any, text: str, top: float) -> float:
    """Draw the warning in a frame and return where the frame ends."""
    lines = simpleSplit(text, SANS, 9.5, _WIDTH - 28)
    height = 14 * (len(lines) + 1) + 16
    canvas.setLineWidth(1.2)
    canvas.roundRect(_LEFT, top - height, _WIDTH, height, 4, stroke=1, fill=0)
    canvas.setFont(BOLD, 10.5)
    canvas.drawString(_LEFT + 14, top - 20, "This page opens everything")
    _paragraph(canvas, text, _LEFT + 14, top - 36, _WIDTH - 28)
    return top - height


def _paragraph(canvas: Any, text: str, left: float, top: float, width: float) -> float:
    canvas.setFont(SANS, 9.5)
    for line in simpleSplit(text, SANS, 9.5, width):
        canvas.drawString(left, top, line)
        top -= 14
    return top


def _fitted(text: str, size: float, width: float) -> str:
    """Cut a name that is too long for the row; the practice number beside it is what counts."""
    if fonts.width(text) * size <= width:
        return text
    while text and fonts.width(text + "\u2026") * size > width:
        text = text[:-1]
    return text + "\u2026"


def _line(canvas: Any, left: float, at: float, text: str, size: float) -> None:
    """Draw a name in whatever script it has."""
    for font, words in fonts.runs(text):
        canvas.setFont(font, size)
        canvas.drawString(left, at, words)
        left += fonts.run_width(font, words) * size
