"""`medbill statements run`: who gets one, and one PDF for the batch (BILLING S)."""

from argparse import ArgumentParser, Namespace
from collections import Counter
from pathlib import Path

from medbill_desktop.cli import signing_in
from medbill_desktop.cli.output import Exit, Output, write_private
from medbill_desktop.domain.money import format_cents
from medbill_desktop.usecases.statements import (
    RunPdf,
    RunStatements,
    SelectStatements,
    run_statements,
    select_statements,
    statement_run_pdf,
)


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, metavar="FILE.pdf", required=True)
    signing_in.add_arguments(parser)


def run(args: Namespace, out: Output) -> int:
    with signing_in.signed_in(args) as desk:
        left_out = Counter(str(each.reason) for each in desk.ask(select_statements, SelectStatements(), out).left_out)
        made = desk.run(run_statements, RunStatements(desk.new_id()), out)
        if made.run_id is not None:
            write_private(args.out, desk.ask(statement_run_pdf, RunPdf(made.run_id), out))
    document = {
        "run_id": made.run_id,
        "statements": made.statements,
        "total_cents": made.total_cents,
        "left_out": dict(sorted(left_out.items())),
        "path": None if made.run_id is None else str(args.out),
    }
    lines = [f"{count:6,} without one: {reason}" for reason, count in sorted(left_out.items())]
    if made.run_id is None:
        out.result(document, [*lines, "Nobody is to get a statement; no file was written."])
    else:
        total = format_cents(made.total_cents)
        out.result(document, [*lines, f"{made.statements:,} statements over {total} in {args.out}."])
    return Exit.DONE
