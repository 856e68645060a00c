"""Pictures and PDFs made for tests: whole, damaged, too large, and things that only say they are one."""

import struct
import zlib
from io import BytesIO

from PIL import Image
from reportlab.pdfgen.canvas import Canvas


def a_picture(kind="PNG", size=(640, 400), color="white"):
    out = BytesIO()
    Image.new("RGB", size, color).save(out, kind)
    return out.getvalue()


def a_pdf(pages=1, words="Synthetic page", **more):
    out = BytesIO()
    canvas = Canvas(out, pagesize=(612, 792), **more)
    for at in range(pages):
        canvas.drawString(72, 700, f"{words} {at + 1}")
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def a_bomb(width=60_000, height=60_000):
    """A PNG of a few bytes that claims billions of pixels."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def a_drawing_bomb(levels=12, pages=1, bad=1):
    """A PDF of a few kilobytes whose page `bad` draws ten forms that draw ten forms each, and so on."""
    resources = b"/Resources<</XObject<</F %d 0 R>>>>"
    kids = b" ".join(b"%d 0 R" % (4 + at) for at in range(pages))
    first = 4 + pages
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[%b]/Count %d/MediaBox[0 0 612 792]>>" % (kids, pages),
        _pdf_stream(b"", b"/F Do"),
    ]
    for at in range(1, pages + 1):
        draws = b"/Contents 3 0 R" + resources % first if at == bad else b""
        objects.append(b"<</Type/Page/Parent 2 0 R%b>>" % draws)
    for level in range(1, levels + 1):
        inner = resources % (first + level) if level < levels else b""
        head = b"/Type/XObject/Subtype/Form/BBox[0 0 612 792]" + inner
        objects.append(_pdf_stream(head, b"/F Do " * 10 if inner else b"0 0 9 9 re f"))
    out, places = b"%PDF-1.4\n", []
    for number, each in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, each)
    table = b"".join(b"%010d 00000 n \n" % each for each in places)
    size = len(objects) + 1
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end


def _pdf_stream(head, content):
    return b"<<%b/Length %d>>stream\n%b\nendstream" % (head, len(content), content)
