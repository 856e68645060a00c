"""`medbill`: the window where no command is given, else the command line. Arguments only; nothing else happens here."""

import gc
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from medbill_desktop import __version__


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit code; a word that is no option is a command."""
    given = list(sys.argv[1:] if argv is None else argv)
    if _names_a_command(given):
        from medbill_desktop.cli import main as cli

        return cli.run(given)
    asked = _window_parser().parse_args(given)
    # What a start loads stays; looking it over for garbage again and again took a tenth of the start. It is turned on
    # again before there is a window (`ui.application.run`).
    gc.disable()
    from medbill_desktop import app

    return app.run(asked.data, asked.training)


def _names_a_command(given: Sequence[str]) -> bool:
    skip = False
    for each in given:
        if skip:
            skip = False
        elif each == "--data":
            skip = True
        elif not each.startswith("-"):
            return True
    return False


def _window_parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="medbill", description="Billing for a small medical practice. `medbill help` lists the commands."
    )
    parser.add_argument("--data", type=Path, metavar="DIR", help="the practice's folder")
    parser.add_argument("--training", action="store_true", help="open a practice of synthetic people")
    parser.add_argument("--version", action="version", version=f"MedBill Desktop {__version__}")
    return parser


if __name__ == "__main__":
    sys.exit(main())
