"""What a scan really is: told by its first bytes and proved by decoding it, whatever its name says.

Danger: these bytes come from outside. The name is never believed; a picture's size is read before its pixels are, so
that a few bytes can't ask for gigabytes; a PDF is drawn without forms, so that nothing in it runs.
"""

import math
import warnings
from io import BytesIO
from threading import Lock
from typing import Any, Final

from PIL import Image

from medbill_desktop.domain.problems import Refused
from medbill_desktop.domain.scans import MOST_PAGES, MOST_PIXELS, Scan

PDFIUM: Final = Lock()  # pdfium is not thread-safe: whoever calls it, anywhere in the program, holds this
_MAGIC: Final = ((b"\x89PNG\r\n\x1a\n", "png"), (b"\xff\xd8\xff", "jpeg"))
_PDF, _PDF_WITHIN = b"%PDF-", 1024
_PROOF_PIXELS: Final = 200
_LONGEST_SIDE: Final = 14_400  # points, what the format allows


def format_of(content: bytes) -> str | None:
    """Return `png`, `jpeg` or `pdf` by the first bytes; None where it is none of these."""
    for magic, name in _MAGIC:
        if content.startswith(magic):
            return name
    return "pdf" if _PDF in content[:_PDF_WITHIN] else None


def examine(content: bytes) -> Scan:
    """Decode a scan whole; raises Refused with plain words where it is not one, is damaged, or is too large to show."""
    match format_of(content):
        case None:
            raise Refused("This is neither a picture (PNG, JPEG) nor a PDF, whatever its name says. Scan it again.")
        case "pdf":
            return _pdf(content)
        case name:
            return _picture(content, name)


def _picture(content: bytes, name: str) -> Scan:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(BytesIO(content), formats=[name.upper()]) as picture:
                width, height = picture.size
                if width * height > MOST_PIXELS:
                    raise Refused(
                        f"This picture has {width:,} by {height:,} pixels, more than can be shown."
                        " Scan it with fewer dots an inch."
                    )
                picture.load()
    except Refused:
        raise
    except Image.DecompressionBombError:
        raise Refused("This picture has more pixels than can be shown. Scan it with fewer dots an inch.") from None
    except Exception:
        raise Refused("This picture is damaged and can't be shown. Scan it again.") from None
    return Scan(name, 1, width, height)


def _pdf(content: bytes) -> Scan:
    import pypdfium2  # loaded with the first PDF: most days begin without one

    with PDFIUM:
        try:
            document = pypdfium2.PdfDocument(content)
        except pypdfium2.PdfiumError as error:
            locked = "password" in str(error).casefold()
            said = "This PDF is locked with a password. Save it without one." if locked else _DAMAGED
            raise Refused(said) from None
        try:
            return _proved(document)
        except pypdfium2.PdfiumError:
            raise Refused(_DAMAGED) from None
        finally:
            document.close()


def _proved(document: object) -> Scan:
    pages = len(document)  # type: ignore[arg-type]
    if pages == 0:
        raise Refused("This PDF has no page.")
    if pages > MOST_PAGES:
        raise Refused(f"This PDF has {pages:,} pages; {MOST_PAGES} fit. Split it.")
    for at in reversed(range(pages)):  # the first one last: its size is told
        width, height = _drawn(document[at])  # type: ignore[index]
    return Scan("pdf", pages, round(width), round(height))


def _drawn(page: Any) -> tuple[float, float]:
    """Draw a page small, and return its size; any page may be the one that can't be drawn."""
    width, height = page.get_size()
    if (
        not (math.isfinite(width) and math.isfinite(height) and min(width, height) > 0)
        or max(width, height) > _LONGEST_SIDE
    ):
        raise Refused(_DAMAGED)
    page.render(scale=_PROOF_PIXELS / max(width, height)).close()
    page.close()
    return float(width), float(height)


_DAMAGED: Final = "This PDF is damaged and can't be shown. Save or scan it again."
