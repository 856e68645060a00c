"""The letters that paper can carry: DejaVu Sans, and character by character Droid Sans Fallback (DESIGN 7, issue A).

DejaVu's digits are all of one width, so columns of figures line up without more ado.
"""

import unicodedata
from collections.abc import Sequence
from threading import Lock
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from medbill_desktop import assets

SANS: Final = "MedBill-Sans"
BOLD: Final = "MedBill-Sans-Bold"
FALLBACK: Final = "MedBill-Sans-Fallback"
NOT_THERE: Final = "\N{REPLACEMENT CHARACTER}"
_FILES: Final = {SANS: "DejaVuSans.ttf", BOLD: "DejaVuSans-Bold.ttf", FALLBACK: "DroidSansFallbackFull.ttf"}

Run = tuple[str, str]  # the name of a font, and the text it sets


class _Face(dict[str, float]):
    """The advance of each character at size 1; a character that the font lacks is not in it."""

    def __init__(self, font: TTFont) -> None:
        super().__init__()
        widths, default = font.face.charWidths, font.face.defaultWidth
        for code in font.face.charToGlyph:
            self[chr(code)] = widths.get(code, default) / 1000


_faces: dict[str, _Face] = {}
_lock = Lock()


def ready() -> None:
    """Register the fonts with ReportLab, once."""
    with _lock:
        for name, file in _FILES.items():
            if name not in _faces:
                font = TTFont(name, str(assets.path(f"fonts/{file}")))
                pdfmetrics.registerFont(font)
                _faces[name] = _Face(font)


def files() -> dict[str, str]:
    """Return where each font lies, for a floor of the bench that draws with the same ones."""
    return {name: str(assets.path(f"fonts/{file}")) for name, file in _FILES.items()}


def runs(text: str, *, bold: bool = False) -> Sequence[Run]:
    """Split a text into runs of one font each; what no font has becomes a replacement mark, a control sign nothing."""
    name = BOLD if bold else SANS
    if text.isascii() and text.isprintable():
        return ((name, text),)
    main, fallback = _face(name), _face(FALLBACK)
    out: list[list[str]] = []
    for char in unicodedata.normalize("NFC", text):
        if unicodedata.category(char) in {"Cc", "Cf"}:
            continue
        font, shown = name, char
        if char not in main:
            font, shown = (FALLBACK, char) if char in fallback else (name, NOT_THERE)
        if out and out[-1][0] == font:
            out[-1][1] += shown
        else:
            out.append([font, shown])
    return tuple((font, words) for font, words in out)


def covers(text: str) -> bool:
    """Tell whether some font has every letter of a text."""
    return text.isascii() or all(NOT_THERE not in words for _, words in runs(text))


def width(text: str, *, bold: bool = False) -> float:
    """Return the width in points at size 1."""
    face = _face(BOLD if bold else SANS)
    try:
        return sum(map(face.__getitem__, text))
    except KeyError:
        return sum(run_width(font, words) for font, words in runs(text, bold=bold))


def run_width(font: str, words: str) -> float:
    """Return the width of one run in points at size 1."""
    return sum(map(_face(font).__getitem__, words))


def _face(name: str) -> _Face:
    if name not in _faces:
        ready()
    return _faces[name]
