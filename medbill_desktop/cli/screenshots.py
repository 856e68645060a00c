"""`medbill screenshots`: every page of the training practice, at both sizes and in both themes (UX Proof)."""

import shutil
import tempfile
from argparse import ArgumentParser, Namespace
from pathlib import Path

from medbill_desktop.cli.output import Exit, Output
from medbill_desktop.training import founding
from medbill_desktop.usecases.installation import open_office
from medbill_desktop.usecases.office import TRAINING_SIGN_IN


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, metavar="DIR", required=True)
    parser.add_argument("--seed", type=int, default=founding.SEED, metavar="N")
    parser.add_argument("--patients", type=int, default=founding.PATIENTS, metavar="N")


def run(args: Namespace, out: Output) -> int:
    from medbill_desktop.ui import office_day  # Qt is loaded only where there are pages to show

    folder = args.out.expanduser().absolute()
    folder.mkdir(parents=True, exist_ok=True)
    base = Path(tempfile.mkdtemp(prefix=".practice-", dir=folder))
    try:
        founding.found(base / "practice", args.seed, args.patients, out).office.close()
        with office_day.opened(open_office(base / "practice", training=True)) as day:
            made = office_day.photograph(day, TRAINING_SIGN_IN.name, TRAINING_SIGN_IN.password, folder, out)
    finally:
        shutil.rmtree(base, ignore_errors=True)
    out.result({"pictures": [str(each) for each in made]}, [f"{len(made)} pictures in {folder}."])
    return Exit.DONE
