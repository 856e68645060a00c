"""`medbill bench`: each row beside its floor, measured alternately in the same run (DESIGN 10)."""

import json
import platform
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path

from medbill_desktop import __version__
from medbill_desktop.cli.bench_practice import SCALES
from medbill_desktop.cli.bench_rows import ROWS, Bench, Row
from medbill_desktop.cli.output import Exit, Output, table, write_private


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--only", choices=tuple(ROWS), metavar="NAME", action="append", help=", ".join(ROWS))
    parser.add_argument("--scale", choices=tuple(SCALES), default="office")
    parser.add_argument("--out", type=Path, metavar="FILE.json", default=Path("bench.json"))


def run(args: Namespace, out: Output) -> int:
    """Measure; a row over its aim is a finding, a missing peer is not."""
    bench = Bench(args.scale, out)
    rows: list[Row] = []
    for name in args.only or ROWS:
        out.say(f"Measuring {name} ...")
        rows += ROWS[name](bench)
    document = {
        "version": __version__,
        "system": platform.platform(),
        "python": platform.python_version(),
        "scale": args.scale,
        "build_seconds": bench.build_seconds,
        "rows": [asdict(row) for row in rows],
    }
    write_private(args.out, json.dumps(document, indent=2).encode())
    out.result(document, _say(rows, bench))
    over = [row for row in rows if row.ratio is not None and row.aim is not None and row.ratio > row.aim]
    return Exit.FINDINGS if over else Exit.DONE


def _say(rows: list[Row], bench: Bench) -> list[str]:
    head = ("work", "ours", "floor", "ratio", "aim", "")
    body = [
        (
            row.name,
            _shown(row, row.seconds),
            row.floor if row.floor_seconds is None else _shown(row, row.floor_seconds),
            "" if row.ratio is None else f"{row.ratio:.2f}x",
            "" if row.aim is None else f"{row.aim:g}x",
            "over" if row.ratio is not None and row.aim is not None and row.ratio > row.aim else "",
        )
        for row in rows
    ]
    built = [] if bench.build_seconds is None else ["", f"The practice was built in {bench.build_seconds:,.0f} s."]
    return [*table([head, *body], right=(1, 2, 3, 4)), *built]


def _shown(row: Row, amount: float) -> str:
    if row.name.endswith(", MB"):
        return f"{amount:,.0f} MB"
    return f"{amount * 1000:,.1f} ms" if amount < 10 else f"{amount:,.1f} s"
