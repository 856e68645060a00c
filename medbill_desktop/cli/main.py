"""The command line of `medbill` (DESIGN 11): sub-commands, and what each way of ending means as an exit code."""

import os
import sys
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from medbill_desktop import __version__
from medbill_desktop.cli.output import Exit, Output
from medbill_desktop.cli.signing_in import UsageError
from medbill_desktop.domain.problems import Invalid, Refused
from medbill_desktop.usecases import trouble
from medbill_desktop.usecases.installation import UNREADABLE, log_folder
from medbill_desktop.usecases.process_guard import guard_process
from medbill_desktop.usecases.watch import Cancelled

Handler = Callable[[Namespace, Output], int]

# Command: its module in this room, the function that adds its arguments, the one that runs it, and what it does.
COMMANDS: dict[str, tuple[str, str, str, str]] = {
    "demo": ("demo", "add_arguments", "run", "build a training practice and work one office day"),
    "import": ("imports", "add_arguments", "run", "import patients, payers, coverages or visits from CSV"),
    "statements": ("statements", "add_arguments", "run", "select and print statements"),
    "backup": ("backups", "add_backup", "backup", "make a verified, encrypted backup"),
    "verify": ("backups", "add_verify", "verify", "check a backup with the recovery kit"),
    "restore": ("backups", "add_restore", "restore", "bring a practice back on this computer"),
    "audit": ("audit", "add_arguments", "run", "verify the audit log, or read an archive of it"),
    "report": ("reports", "add_arguments", "run", "write figures to a file"),
    "doctor": ("doctor", "add_arguments", "run", "look the installation and the practice over"),
    "bench": ("bench", "add_arguments", "run", "measure speed against known floors"),
    "screenshots": ("screenshots", "add_arguments", "run", "photograph every page of the training practice"),
    "era": ("later", "add_arguments", "run", "read and post remittances (comes later)"),
    "ack": ("later", "add_arguments", "run", "read acknowledgments (comes later)"),
    "claims": ("later", "add_arguments", "run", "write claims (comes later)"),
}
VERBS = {"statements": ("run",), "audit": ("verify", "open-archive")}


class _Parser(ArgumentParser):
    """Ends with exit code 2 and one sentence where the command line is wrong."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        print(f"{self.prog}: {message}", file=sys.stderr)
        sys.exit(Exit.USAGE)


def run(argv: list[str]) -> int:
    """Run one command and return its exit code; nothing but a fault of the program itself is raised."""
    try:
        args = _parsed(argv)
    except SystemExit as end:
        return int(end.code or 0)
    guard_process()
    log = trouble.install(log_folder())
    out = Output(as_json=args.json)
    try:
        return ended(args.handler, args, out)
    except Exception as error:
        # Its text may quote a patient, so it is written down without (SECURITY P7).
        out.refuse("fault", f"MedBill met a fault of its own (number {log.fault(error)}); the log says where.")
        return Exit.FAULT


def ended(handler: Handler, args: Namespace, out: Output) -> int:
    """Return the exit code of a handler, its refusals turned into words."""
    try:
        return int(handler(args, out))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has gone, the work is done
        return Exit.DONE
    except UsageError as error:
        out.refuse("usage", str(error))
        return Exit.USAGE
    except Invalid as error:
        out.refuse("invalid", str(error), error.problems)
        return Exit.FINDINGS
    except UNREADABLE as error:
        out.refuse("damaged", str(error))
        return Exit.DAMAGED
    except Refused as error:
        out.refuse("refused", str(error))
        return Exit.REFUSED
    except (Cancelled, KeyboardInterrupt):
        out.refuse("cancelled", "Cancelled; nothing was done.")
        return Exit.REFUSED
    except OSError as error:
        out.refuse("unreadable", f"{error.filename or 'A file'}: {error.strerror or 'cannot be read or written'}.")
        return Exit.DAMAGED


def _parsed(argv: list[str]) -> Namespace:
    everywhere = _everywhere(SUPPRESS)
    parser = _Parser(prog="medbill", description="Billing for a small medical practice.", parents=[_everywhere(None)])
    parser.add_argument("--version", action="version", version=f"MedBill Desktop {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    wanted = next((each for each in argv if each in COMMANDS), None)
    for name, (module, add, handler, words) in COMMANDS.items():
        sub = commands.add_parser(name, help=words, description=words, parents=[everywhere])
        if name != wanted:
            continue  # only the command that runs is loaded, so that each of them starts at once
        room = import_module(f"medbill_desktop.cli.{module}")
        sub.set_defaults(handler=getattr(room, handler))
        verbs, adds = VERBS.get(name, ()), getattr(room, add)
        if not verbs:
            adds(sub)
            continue
        offered = sub.add_subparsers(dest="verb", required=True, metavar="|".join(verbs), parser_class=_Parser)
        for verb in verbs:
            made = offered.add_parser(verb, help=words, parents=[everywhere])
            adds(made, verb) if len(verbs) > 1 else adds(made)
    if argv[:1] == ["help"]:
        argv = [*argv[1:], "--help"]
    return parser.parse_args(argv)


def _everywhere(default: object) -> _Parser:
    """The options that stand before or after the command alike."""
    parser = _Parser(add_help=False)
    parser.add_argument("--data", type=Path, metavar="DIR", default=default, help="the practice's folder")
    parser.add_argument(
        "--json", action="store_true", default=default if default == SUPPRESS else False, help="one JSON document"
    )
    return parser
