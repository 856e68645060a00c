"""Finds a secret word in files and texts, however it was written: as is, folded, reversed, UTF-16, Base64, hex, URL.

Archives, gzip and zlib streams, as in a PDF, are opened. Words of a day share a stem, so one search finds them all.
"""

import base64
import gzip
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from itertools import product

DEEPEST = 4
_STREAM = re.compile(rb"stream\r?\n")


@dataclass(frozen=True)
class Hit:
    place: str
    word: str
    way: str


def base64_of(data, shift):
    """Return what of the word stands in Base64 whatever its neighbours are, where it begins at this byte of three."""
    text = base64.b64encode(b"\0" * shift + data + b"\0" * 2)
    first = (0, 2, 3)[shift]
    return text[first : (shift + len(data)) * 8 // 6]


def ways(word):
    """Yield the name of each way to write a word, its bytes, and whether letters of both cases count the same."""
    coded = {"utf-8": word.encode(), "utf-16-le": word.encode("utf-16-le"), "utf-16-be": word.encode("utf-16-be")}
    for (code, data), (turn, order) in product(coded.items(), (("", 1), ("reversed ", -1))):
        told = word[::order].encode(code) if order < 0 else data
        yield f"{turn}{code}", told, True
        yield f"{turn}{code} in hex", told.hex().encode(), True
        yield f"{turn}{code} in URL", "".join(f"%{each:02x}" for each in told).encode(), True
        for shift in range(3):
            yield f"{turn}{code} in Base64 at {shift}", base64_of(told, shift), False
    # Two letters are other letters inside Base64, so the folded word is a word of its own there.
    for form in {word.upper(), word.lower()} - {word}:
        for shift in range(3):
            yield f"folded in Base64 at {shift}", base64_of(form.encode(), shift), False


class Scanner:
    """Looks for words; what it found is in `hits`."""

    def __init__(self, words):
        self.hits, self.bytes = [], 0
        self._exact, self._folded = [], []
        for word in words:
            for way, data, folds in ways(word):
                (self._folded if folds else self._exact).append((word, way, data.lower() if folds else data))

    def text(self, place, text):
        self.data(place, text.encode("utf-8", "surrogateescape"))

    def data(self, place, data, depth=0):
        """Search bytes, and what is packed in them."""
        self.bytes += len(data)
        lower = data.lower()
        for where, known in ((data, self._exact), (lower, self._folded)):
            self.hits += [Hit(place, word, way) for word, way, told in known if told in where]
        if depth < DEEPEST:
            for name, inside in unpacked(data):
                self.data(f"{place} > {name}", inside, depth + 1)

    def tree(self, folder, skip=()):
        """Search every file below a folder, and their names."""
        for path in sorted(folder.rglob("*")):
            if any(path.is_relative_to(each) for each in skip):
                continue
            self.text(f"name of {path}", str(path.relative_to(folder)))
            if path.is_symlink():
                self.text(f"target of {path}", str(path.readlink()))
            elif path.is_file():
                self.data(str(path), path.read_bytes())


def unpacked(data):
    """Yield what is packed in these bytes."""
    if data[:4] == b"PK\3\4":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for each in archive.namelist():
                yield f"name of {each}", each.encode()
                yield each, archive.read(each)
    elif data[:2] == b"\x1f\x8b":
        yield "gzip", gzip.decompress(data)
    elif data[:1] == b"\x78":
        yield from inflated(data, 0)
    elif data[:5] == b"%PDF-":
        for each in _STREAM.finditer(data):
            body = data[each.end() : data.find(b"endstream", each.end())]
            if body[:2] == b"Ga":  # ReportLab writes its streams in ASCII85
                body = base64.a85decode(body.rstrip().removesuffix(b"~>"))
            yield from inflated(body, each.end())


def inflated(data, at):
    try:
        yield f"stream at {at}", zlib.decompressobj().decompress(data)
    except zlib.error:
        return


def packed_ways(word):
    """Yield files that hide a word, for the control that the scanner finds it in each."""
    data = f"a line before {word} and after".encode()
    for way, told, _ in ways(word):
        yield way, b"\1\2" + told + b"\3"
    for shift in range(3):
        yield f"whole Base64 at {shift}", base64.b64encode(b"x" * shift + data)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("inner.gz", gzip.compress(data))
    yield "zip of gzip", archive.getvalue()
    yield "zlib", zlib.compress(data)
    yield "PDF stream", b"%PDF-1.4\n1 0 obj <<>>\nstream\n" + zlib.compress(data) + b"\nendstream\n"
