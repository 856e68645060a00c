"""`medbill import`: lists and ledgers from CSV (DESIGN 11, SECURITY F13-F14)."""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from medbill_desktop.cli import signing_in
from medbill_desktop.cli.output import Exit, Output, shown
from medbill_desktop.domain.problems import Damaged, Invalid, LockedError, NotAllowed, Problem, Refused
from medbill_desktop.usecases.desk import Desk
from medbill_desktop.usecases.imports import (
    WHOLE,
    ImportPreview,
    ImportRows,
    PreviewImport,
    import_rows,
    preview_import,
)

KINDS: Final = ("patients", "payers", "coverages", "visits", "history", "balances")
MOST_SHOWN: Final = 20


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("file", type=Path, metavar="FILE.csv")
    parser.add_argument("--map", metavar="MAP", default="", help="a TOML file, or the name of a map that we ship")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done and do nothing")
    parser.add_argument("--skip-refused", action="store_true", help="import the good rows though others are refused")
    signing_in.add_arguments(parser)


def run(args: Namespace, out: Output) -> int:
    path = str(args.file.expanduser().absolute())
    with signing_in.signed_in(args) as desk:
        preview = _previewed(desk, PreviewImport(args.kind, path, args.map), out)
        does = preview.ready > 0 and (preview.refused == 0 or _leaves_out(args)) and not args.dry_run
        imported = 0
        if does:
            command = ImportRows(desk.new_id(), args.kind, path, args.map, args.skip_refused, preview.sha256)
            imported = desk.run(import_rows, command, out).imported
    out.result(_document(args, preview, imported), _say(args, preview, imported))
    return Exit.DONE if preview.refused == 0 else Exit.FINDINGS


def _previewed(desk: Desk, asked: PreviewImport, out: Output) -> ImportPreview:
    """Return what would be done; a file or a map that can't be read is told apart from who may not read it."""
    try:
        return desk.ask(preview_import, asked, out)
    except (NotAllowed, LockedError, Invalid):
        raise
    except Refused as error:
        raise Damaged(str(error)) from None


def _document(args: Namespace, preview: ImportPreview, imported: int) -> dict[str, object]:
    return {
        "kind": args.kind,
        "file": str(args.file),
        "encoding": preview.encoding,
        "dry_run": args.dry_run,
        "rows": preview.rows,
        "ready": preview.ready,
        "known": preview.known,
        "refused": preview.refused,
        "imported": imported,
        "providers_needed": preview.also_made[0],
        "places_needed": preview.also_made[1],
        "ledger": None if preview.ledger is None else asdict(preview.ledger),
        "read_as": dict(preview.read_as),
        "columns_not_read": list(preview.unread),
        "problems": [shown(each) for each in preview.problems],
        "warnings": [shown(each) for each in preview.warnings],
    }


def _say(args: Namespace, preview: ImportPreview, imported: int) -> list[str]:
    counts = f"{preview.rows:,} rows: {preview.ready:,} ready, {preview.known:,} known, {preview.refused:,} refused."
    read = [f'  read "{column}" as {name}' for column, name in preview.read_as]
    lines = [counts, *read, *_listed(preview.problems, "refused")]
    if args.dry_run:
        return [*lines, "This was a dry run: nothing was imported."]
    if preview.refused and not _leaves_out(args):
        fix = "a ledger comes whole." if args.kind in WHOLE else "or leave them out with --skip-refused."
        return [*lines, f"Nothing was imported. Correct the rows, {fix}".replace("rows, a", "rows: a")]
    what = "rows of a ledger" if args.kind in WHOLE else args.kind
    return [*lines, f"{imported:,} {what} imported."]


def _leaves_out(args: Namespace) -> bool:
    """Tell whether refused rows are left out; a ledger comes whole or not at all."""
    return bool(args.skip_refused) and args.kind not in WHOLE


def _listed(problems: Sequence[Problem], what: str) -> list[str]:
    lines = [f"  {each.segment}, {each.field}: {each.sentence()}" for each in problems[:MOST_SHOWN]]
    more = len(problems) - MOST_SHOWN
    return [*lines, f"  and {more:,} more {what}; --json lists them"] if more > 0 else lines
