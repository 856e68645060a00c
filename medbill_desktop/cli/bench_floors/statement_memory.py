"""Ours and floor of the memory row of the statements: the most that a process of its own held while it drew them.

`python statement_memory.py ours|bare COUNT` prints the megabytes above what it held before the first page. Both make
each statement's marks as it comes; `ours` draws them as the program does, `bare` by the calls of `statements.py`.
"""

import resource
import sys
from datetime import date
from io import BytesIO

from reportlab.pdfgen.canvas import Canvas

from medbill_desktop.cli.bench_floors.statements import draw
from medbill_desktop.documents import fonts
from medbill_desktop.documents.statement import drawn_pdf, marks_of
from medbill_desktop.training.papers import statements
from medbill_desktop.usecases.watch import Quiet


def main(how: str, count: str) -> None:
    fonts.ready()
    total = int(count)
    next(statements(1, 1, date.today()))  # noqa: DTZ011
    before = megabytes()
    marks = (marks_of(each) for each in statements(1, total, date.today()))  # noqa: DTZ011
    if how == "ours":
        drawn_pdf(marks, total, Quiet())
    else:
        out = BytesIO()
        canvas = Canvas(out, pagesize=(612.0, 792.0), pageCompression=1, invariant=1)
        for each in marks:
            draw(canvas, each)
        canvas.save()
        out.getvalue()
    print(megabytes() - before)


def megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(*sys.argv[1:3])
