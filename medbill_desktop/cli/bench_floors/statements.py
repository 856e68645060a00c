"""Floor of the statements row: the same marks by bare canvas calls; knows ReportLab and a file of marks, nothing else.

`python statements.py MARKS.json OUT.pdf` prints the seconds that drawing took. MARKS.json holds
`{"fonts": {name: path}, "documents": [[mark, ...], ...]}` as `documents.statement.marks_of` makes them.
"""

import json
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas


def main(marks_file: str, out_file: str) -> None:
    given = json.loads(Path(marks_file).read_text(encoding="utf-8"))
    for name, path in given["fonts"].items():
        pdfmetrics.registerFont(TTFont(name, path))
    rl_config.useA85 = 0  # as ours
    begin = time.perf_counter()
    canvas = Canvas(out_file, pagesize=(612.0, 792.0), pageCompression=1, invariant=1)
    for marks in given["documents"]:
        draw(canvas, marks)
    canvas.save()
    print(time.perf_counter() - begin)


def draw(canvas: Canvas, marks: Iterable[Sequence[Any]]) -> None:
    font = fill = None
    for kind, *mark in marks:
        if kind == "text":
            name, size, gray, x, y, words = mark
            if font != (name, size):
                font = (name, size)
                canvas.setFont(name, size)
            if fill != gray:
                fill = gray
                canvas.setFillGray(gray)
            canvas.drawString(x, y, words)
        elif kind == "line":
            width, gray, dashed, x1, y1, x2, y2 = mark
            canvas.setLineWidth(width)
            canvas.setStrokeGray(gray)
            canvas.setDash(*((3, 3) if dashed else ()))
            canvas.line(x1, y1, x2, y2)
        elif kind == "fill":
            gray, x, y, w, h = mark
            if fill != gray:
                fill = gray
                canvas.setFillGray(gray)
            canvas.rect(x, y, w, h, stroke=0, fill=1)
        elif kind == "frame":
            width, gray, x, y, w, h = mark
            canvas.setLineWidth(width)
            canvas.setStrokeGray(gray)
            canvas.setDash()
            canvas.rect(x, y, w, h, stroke=1, fill=0)
        else:
            canvas.showPage()
            font = fill = None


if __name__ == "__main__":
    main(*sys.argv[1:3])
