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
